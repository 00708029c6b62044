"""Order-free shares of what several players bring about together (Shapley 1953)."""

from __future__ import annotations

from math import comb

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]


def shapley(worth: Float) -> Float:
    """Each player's share, float64[players, ...], of worth by coalition, float64[2 ** players, ...].

    Bit i of a coalition's number says whether player i is in it; no number of players but such gives a first axis that
    is not a power of two: ValueError. A share is what the player adds to those who came before it, averaged over all
    orders in which they may come. Shares sum to worth[-1] − worth[0]; a player that never adds anything has 0.
    """
    coalitions = len(worth)
    players = coalitions.bit_length() - 1
    if coalitions != 2**players:
        raise ValueError(f"{coalitions} coalitions are those of no number of players")
    number = np.arange(coalitions)
    size = np.array([int(one).bit_count() for one in number])
    shares = np.zeros((players, *worth.shape[1:]))
    for player in range(players):
        without = number[(number >> player) & 1 == 0]
        weight = np.array([1.0 / (players * comb(players - 1, before)) for before in size[without]])
        shares[player] = np.tensordot(weight, worth[without | (1 << player)] - worth[without], axes=1)
    return shares
