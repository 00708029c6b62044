"""Each firm's offers in the order in which it would take them, and the order in which a lender likes proposals.

An offer is one integer that sorts by APR, then lender, then product, then version, the plain one last. Its other bits
say with which levers it comes and whether it was proposed on. There are many: so small, more of them stay in the cache.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from agents.kernels import inlined, kernel
from sim.levers import RATIONED

# From the highest bits down: APR, lender, product, version, place in the firm's reach, rationed levers, a bit each.
LENDER_BITS, PRODUCT_BITS, VERSION_BITS, REACH_BITS, LEVER_BITS = 10, 4, 1, 4, len(RATIONED)
TAKEN_UP: Final = 1  # the lowest bit: proposed on


class Ranked(NamedTuple):
    """All offers, those of firm a in first[a]:end[a], the cheapest first; what lies between two firms is not used."""

    offers: Any  # int64[x] packed as above
    earns: Any  # int32[x] the lender's margin over regulatory capital, to 0.01 bp like every decision
    margin: Any  # float64[x] the lender's, p.a.
    first: Any  # int64[a]
    end: Any  # int64[a]

    def of(self, a: int) -> Ranked:
        """Those of firm a alone."""
        return self._replace(first=self.first[a : a + 1], end=self.end[a : a + 1])


class Filed(NamedTuple):
    """The offers to some firms as they are found, columns as in `Ranked`; each firm has as much room."""

    offers: Any  # int64[firms, most]
    earns: Any  # int32[firms, most]
    margin: Any  # float64[firms, most]
    count: Any  # int64[firms]


def room_for(firms: int, most: int) -> Ranked:
    """Room for at most so many offers a firm; what is not used is never touched."""
    room = firms * most
    return Ranked(
        np.empty(room, np.int64), np.empty(room, np.int32), np.empty(room), np.empty(firms, np.int64),
        np.empty(firms, np.int64),
    )  # fmt: skip


@kernel
def empty_file(firms, most):
    """`Filed` with nothing in it."""
    shape = (firms, most)
    return Filed(np.empty(shape, np.int64), np.empty(shape, np.int32), np.empty(shape), np.zeros(firms, np.int64))


@inlined
def earned(margin, capital):
    """A margin p.a. over the share of principal that the lender has to hold in capital, as `Ranked` has it."""
    return np.int32(np.rint(min(max(margin / max(capital, 1e-9), -1000.0), 1000.0) * 1e6))


@kernel
def rank(at, first, last, filed, ranked):
    """Put the offers of firms first..last−1 from the cheapest to the dearest, ties by lender and then product, into
    `ranked` from `at` on; returns where they end. Nothing is filed any more then."""
    found, count = filed.offers, filed.count
    for a in range(first, last):
        i = a - first
        ranked.first[a] = at
        # Counting what comes before each is done many at a time, without a branch: faster than any sorting of so few.
        for this in range(count[i]):
            place = at
            for other in range(count[i]):
                place += found[i, other] < found[i, this]
            ranked.offers[place], ranked.earns[place] = found[i, this], filed.earns[i, this]
            ranked.margin[place] = filed.margin[i, this]
        at += count[i]
        ranked.end[a], count[i] = at, 0
    return at


@inlined
def pack(apr, lender, p, version, r, levers):
    """An offer as one integer, not yet proposed on."""
    offer = ((np.int64(apr) << LENDER_BITS | lender) << PRODUCT_BITS | p) << VERSION_BITS | version
    return ((offer << REACH_BITS | r) << LEVER_BITS | levers) << 1


@inlined
def unpack(offer):
    """APR, lender, product, version, place within reach and levers of an offer."""
    levers, offer = offer >> 1 & 2**LEVER_BITS - 1, offer >> LEVER_BITS + 1
    r, offer = offer & 2**REACH_BITS - 1, offer >> REACH_BITS
    version, offer = offer & 2**VERSION_BITS - 1, offer >> VERSION_BITS
    p, offer = offer & 2**PRODUCT_BITS - 1, offer >> PRODUCT_BITS
    return offer >> LENDER_BITS, offer & 2**LENDER_BITS - 1, p, version, r, levers


def by_place(
    ranked: Ranked, products: int, versions: int, reach: int
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Whether there is an offer, its APR in hundredths of a bp and the lender's margin p.a., each [a, P, V·R], 0 where
    there is none: for those who look at offers one by one."""
    shape = (ranked.first.size, products, versions, reach)
    there, key, margin = np.zeros(shape, np.bool_), np.zeros(shape, np.int64), np.zeros(shape)
    for a, (first, end) in enumerate(zip(ranked.first, ranked.end, strict=True)):
        apr, _, *where, _ = unpack.py_func(ranked.offers[first:end])  # pyright: ignore[reportFunctionMemberAccess] - missing in the stubs
        at = (a, *where)
        there[at], key[at], margin[at] = True, apr, ranked.margin[first:end]
    flat = (*shape[:2], versions * reach)
    return there.reshape(flat), key.reshape(flat), margin.reshape(flat)


@inlined
def preference(earns, r, a):
    """A place in the lender's order, the best lowest: by what it earns, then by relation, whatever the version, the
    house bank being r = 0; then by slot."""
    return ((2**31 - earns << REACH_BITS) + r << 24) + a
