"""Each firm's offers in the order in which it would take them, and the order in which a lender likes proposals.

An offer is one integer that sorts by APR, then lender, then product, then version, the plain one last. Its other bits
say with which levers it comes and whether it was proposed on. There are many: so small, more of them stay in the cache.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from agents.kernels import inlined, kernel
from agents.threads import in_blocks
from sim.levers import RATIONED
from sim.quotes import OFFERED

# From the highest bits down: APR, lender, product, version, place in the firm's reach, rationed levers, a bit each.
LENDER_BITS, PRODUCT_BITS, VERSION_BITS, REACH_BITS, LEVER_BITS = 10, 4, 1, 4, len(RATIONED)
TAKEN_UP: Final = 1  # the lowest bit: proposed on


class Ranked(NamedTuple):
    """All offers, those of firm a in start[a]:start[a + 1], the cheapest first."""

    offers: Any  # int64[x] packed as above
    earns: Any  # int32[x] the lender's margin over regulatory capital, to 0.01 bp like every decision
    start: Any  # int64[a + 1]


def rank_offers(key: Any, reason: Any, reach: Any, margin: Any, capital: Any, use: Any, uses: Any) -> Ranked:
    """Each firm's offers from the cheapest to the dearest, ties by lender and then product.

    `key`, `reason` and `margin` are [a, P, V, R] here, the rest as in `sim.matching.match`.
    """
    start = np.zeros(key.shape[0] + 1, np.int64)
    in_blocks(lambda first, end: _count_offers(first, end, reason, start), key.shape[0], 60.0)
    np.cumsum(start, out=start)
    ranked = Ranked(np.empty(start[-1], np.int64), np.empty(start[-1], np.int32), start)
    given = (key, reason, reach, margin, capital, use, uses, ranked)
    in_blocks(lambda first, end: _rank(first, end, *given), key.shape[0], 400.0)
    return ranked


@kernel
def _count_offers(first_asker, end, reason, count):
    """Write how many offers firm a has into count[a + 1]."""
    for a in range(first_asker, end):
        for p in range(reason.shape[1]):
            for version in range(reason.shape[2]):
                for r in range(reason.shape[3]):
                    count[a + 1] += reason[a, p, version, r] == OFFERED


@kernel
def _rank(first_asker, end, key, reason, reach, margin, capital, use, uses, ranked):
    """Rank the offers of firms first_asker..end−1."""
    _, products, versions, width = key.shape
    levers, (offers, earns, start) = use.shape[3], ranked
    by_lender = np.zeros(uses.shape[0], np.int64)
    found, gain = np.empty(products * versions * width, np.int64), np.empty(products * versions * width, np.int32)
    for bank in range(uses.shape[0]):
        for lever in range(levers):
            by_lender[bank] |= uses[bank, lever] << lever
    for a in range(first_asker, end):
        count = 0
        for p in range(products):
            for version in range(versions):
                used = 0
                for lever in range(levers):
                    used |= (use[a, p, version, lever] > 0) << lever
                for r in range(width):
                    if reason[a, p, version, r] == OFFERED:
                        bank = reach[a, r]
                        offer = (np.int64(key[a, p, version, r]) << LENDER_BITS | bank) << PRODUCT_BITS | p
                        offer = (offer << VERSION_BITS | version) << REACH_BITS | r
                        found[count] = (offer << LEVER_BITS | used & by_lender[bank]) << 1
                        over_capital = margin[a, p, version, r] / max(capital[a, p], 1e-9)
                        gain[count] = np.rint(min(max(over_capital, -1000.0), 1000.0) * 1e6)
                        count += 1
        # Counting what comes before each is done many at a time, without a branch: faster than any sorting of so few.
        for this in range(count):
            place = start[a]
            for other in range(count):
                place += found[other] < found[this]
            offers[place], earns[place] = found[this], gain[this]


@inlined
def unpack(offer):
    """APR, lender, product, version, place within reach and levers of an offer."""
    levers, offer = offer >> 1 & 2**LEVER_BITS - 1, offer >> LEVER_BITS + 1
    r, offer = offer & 2**REACH_BITS - 1, offer >> REACH_BITS
    version, offer = offer & 2**VERSION_BITS - 1, offer >> VERSION_BITS
    p, offer = offer & 2**PRODUCT_BITS - 1, offer >> PRODUCT_BITS
    return offer >> LENDER_BITS, offer & 2**LENDER_BITS - 1, p, version, r, levers


@inlined
def preference(earns, r, a):
    """A place in the lender's order, the best lowest: by what it earns, then by relation, whatever the version, the
    house bank being r = 0; then by slot."""
    return ((2**31 - earns << REACH_BITS) + r << 24) + a
