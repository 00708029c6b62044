"""Offers as tables by asker, product and place, and ranked firm by firm in plain Python."""

from types import SimpleNamespace

import numpy as np

from sim.levers import RATIONED
from sim.quotes import OFFERED
from sim.quoting import quote
from sim.ranking import Ranked, by_place


def quoted(askers, *more):
    """`quote`, with `key` and `margin` of all places beside it."""
    quotes = quote(askers, *more)
    products, reach = askers.limit.shape[1], askers.reach.shape[1]
    offered, key, margin = by_place(quotes.ranked, products, quotes.reason.shape[2] // reach, reach)
    assert (offered == (quotes.reason == OFFERED)).all()
    return SimpleNamespace(**quotes._asdict(), key=key, margin=margin)


def ranked_of(key, reason, reach, margin, capital, use, uses):
    """`Ranked` by APR, then lender, product and version; an offer is these, its place and its levers, a bit each."""
    offers, earns, margins, first, end = [], [], [], [], []
    width = reach.shape[1]
    for a in range(reach.shape[0]):
        mine = []
        for p, place in zip(*np.nonzero(reason[a] == OFFERED), strict=True):
            (version, r), share = divmod(int(place), width), margin[a, p, place]
            lender = int(reach[a, r])
            levers = sum(1 << x for x in range(use.shape[3]) if use[a, p, version, x] > 0 and uses[lender, x])
            over_capital = min(max(share / max(capital[a, p], 1e-9), -1000.0), 1000.0)
            order = (int(key[a, p, place]), lender, int(p), version)
            mine.append((order, r, levers, round(over_capital * 1e6), share))
        first.append(len(offers))
        for (apr, lender, p, version), r, levers, earned, share in sorted(mine):
            bits = f"{lender:010b}{p:04b}{version:01b}{r:04b}{levers:0{len(RATIONED)}b}0"
            offers.append((apr << len(bits)) + int(bits, 2))  # an APR may be below 0 where fees are paid back
            earns.append(earned)
            margins.append(share)
        end.append(len(offers))
    return Ranked(
        np.array(offers, np.int64), np.array(earns, np.int32), np.array(margins), np.array(first, np.int64),
        np.array(end, np.int64),
    )  # fmt: skip
