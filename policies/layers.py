"""Who bears a loss: ranked layers of carriers over what the lender lost. One list prices before and pays after.

Rank 1 pays first, each next rank sees what is left; layers of one rank split the same remainder. The lender bears the
rest and the fen that rounding leaves (`model.md` section 6).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from agents.numeric import mul_div_each, share_of

Fen = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]


class Layer(NamedTuple):
    """One carrier's part: `share` of what is left above `deductible`, at most `cap`; the last two of exposure."""

    carrier: int  # row of the carriers
    rank: int
    share: float
    deductible: float = 0.0
    cap: float = 1e18  # in effect none


Layers = tuple[Layer, ...]


def _split(loss: Any, exposure: Any, layers: Sequence[Layer], part: Callable[[Any, float], Any]) -> list[Any]:
    """What each layer pays of `loss`, in the order given; `part(x, share)` takes a share of an array."""
    paid: list[Any] = [None] * len(layers)
    left = loss
    for rank in sorted({layer.rank for layer in layers}):
        remainder = left
        for place, layer in enumerate(layers):
            if layer.rank == rank:
                base = np.maximum(remainder - part(exposure, layer.deductible), 0)
                paid[place] = np.minimum(part(base, layer.share), part(exposure, layer.cap))
                left = left - paid[place]
    return paid


def payments(loss: Fen, exposure: Fen, layers: Sequence[Layer]) -> Fen:
    """What each layer pays of each loss: int64[m, L] fen for losses int64[m] on exposures at default int64[m]."""
    paid = _split(loss, exposure, layers, _whole_share)
    return np.stack(paid, axis=1) if paid else np.zeros((loss.size, 0), np.int64)


def _whole_share(amount: Fen, share: float) -> Fen:
    return amount if share >= 1 else share_of(amount, share)


def expected_payments(loss: Float, layers: Sequence[Layer], ability: Float) -> Float:
    """Shares of exposure that layers are expected to pay: float64[m, L] for losses float64[m] as shares of exposure.

    `ability` by carrier is the part of its promises that its money covers (0 to 1).
    """
    promised = _split(loss, np.ones_like(loss), layers, lambda amount, share: amount * min(share, 1e18))
    kept = [amount * ability[layer.carrier] for amount, layer in zip(promised, layers, strict=True)]
    return np.stack(kept, axis=1) if kept else np.zeros((loss.size, 0))


def within(wanted: Fen, available: int) -> Fen:
    """Claims int64[m] on one carrier, cut pro rata to what it has, rounded down; fen."""
    total = int(wanted.sum())
    if total <= available:
        return wanted
    dense = np.ascontiguousarray(wanted)  # not a column of a table: kernels are compiled for each layout
    return mul_div_each(dense, np.full(dense.size, max(available, 0)), np.full(dense.size, total))
