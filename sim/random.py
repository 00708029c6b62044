"""Named streams of uniforms: common random numbers for every policy (Philox, counter-based)."""

from __future__ import annotations

import threading
import zlib
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from agents.threads import in_blocks

Float = npt.NDArray[np.float64]
PER_COUNT: Final = 4  # numbers that Philox makes of one count
_NOTHING: Final = np.zeros(PER_COUNT, np.uint64)  # of a count before is left


class Streams:
    """Uniforms keyed by (seed, replication, purpose) and counted by (step, slot).

    The number of a slot depends on nothing but these: not on who else draws, nor on how many slots there are.
    """

    def __init__(self, seed: int, replication: int) -> None:
        self.seed = seed
        self.replication = replication
        self._keys: dict[str, npt.NDArray[np.uint64]] = {}

    def uniform(self, purpose: str, step: int, count: int, width: int = 0) -> Float:
        """`count` uniforms in (0, 1), or count × width; those of slot i are the same for any larger count."""
        drawn = np.empty((count, width) if width else count)
        in_blocks(lambda first, end: self._draw(purpose, step, drawn, first, end), -(-drawn.size // PER_COUNT), 20.0)
        return drawn

    def normal(self, purpose: str, step: int, count: int, width: int = 0) -> Float:
        """The same numbers as standard normal deviates."""
        drawn = self.uniform(purpose, step, count, width)
        in_blocks(lambda first, end: ndtri(drawn[first:end], out=drawn[first:end]), count, 25.0 * max(width, 1))
        return drawn

    def _draw(self, purpose: str, step: int, drawn: Float, first: int, end: int) -> None:
        """Fill in what belongs to the counts first..end−1 of the generator, `PER_COUNT` numbers each."""
        part = drawn.reshape(-1)[first * PER_COUNT : end * PER_COUNT]
        _at(self._key(purpose), np.array([first, 0, step + 1, 0], np.uint64)).random(out=part)
        np.maximum(part, 0.5**54, out=part)  # never 0

    def _key(self, purpose: str) -> npt.NDArray[np.uint64]:
        key = self._keys.get(purpose)
        if key is None:
            sequence = np.random.SeedSequence([self.seed, self.replication, zlib.crc32(purpose.encode())])
            key = self._keys[purpose] = sequence.generate_state(2, np.uint64).astype(np.uint64)
        return key


_of_thread = threading.local()


def _at(key: npt.NDArray[np.uint64], counter: npt.NDArray[np.uint64]) -> np.random.Generator:
    """This thread's generator, put to this key and count: a new one would first ask the system for a seed."""
    generator = getattr(_of_thread, "generator", None)
    if generator is None:
        generator = _of_thread.generator = np.random.Generator(np.random.Philox(0))
    generator.bit_generator.state = {
        "bit_generator": "Philox", "state": {"counter": counter, "key": key}, "buffer": _NOTHING,
        "buffer_pos": _NOTHING.size, "has_uint32": 0, "uinteger": 0,
    }  # fmt: skip
    return generator
