"""Named streams of uniforms: common random numbers for every policy (Philox, counter-based)."""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt


class Streams:
    """Uniforms keyed by (seed, replication, purpose) and counted by (step, slot).

    The number of a slot depends on nothing but these: not on who else draws, nor on how many slots there are.
    """

    def __init__(self, seed: int, replication: int) -> None:
        self.seed = seed
        self.replication = replication
        self._keys: dict[str, npt.NDArray[np.uint64]] = {}

    def uniform(self, purpose: str, step: int, count: int, width: int = 0) -> npt.NDArray[np.float64]:
        """`count` uniforms in (0, 1), or count × width; those of slot i are the same for any larger count."""
        key = self._keys.get(purpose)
        if key is None:
            sequence = np.random.SeedSequence([self.seed, self.replication, zlib.crc32(purpose.encode())])
            key = self._keys[purpose] = sequence.generate_state(2, np.uint64).astype(np.uint64)
        bits = np.random.Philox(key=key, counter=np.array([0, 0, step + 1, 0], np.uint64))
        shape = (count, width) if width else count
        drawn = np.random.Generator(bits).random(shape)
        return np.maximum(drawn, 0.5**54, out=drawn)  # never 0
