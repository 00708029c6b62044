"""What lenders hold of the proposals made to them, and how one beyond its limits chooses."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from agents.kernels import kernel
from sim.products import ACCOUNTS, BILLS, CONFIRMED, KINDS, OUTSIDE_ACCOUNTS
from sim.quotes import CAPITAL, QUOTA, STABLE_FUNDING

PROPOSAL: Final = np.dtype(
    [
        ("asker", np.int32),
        ("offer", np.int32),  # its row in the ranking
        ("weight", np.int32),  # risk weight in 1/1000
        ("lender", np.int16),
        ("product", np.int8),
        ("place", np.int8),  # version × position in the firm's reach
        ("amount", np.int64),  # fen, what is held of it now
        ("tranche", np.int64, 3),  # fen of it that serve which tranche
        ("face", np.int64, KINDS),  # fen of paper it ties up
    ],
    align=True,
)

LENDER: Final = np.dtype(
    [
        ("capital", np.int64),  # fen left of risk-weighted assets; below 0 it has to choose
        ("funding", np.int64),  # fen left of loans
        ("worst", np.int64),  # since it last chose: the last preference that it held,
        ("why_full", np.int64),  # which limit was short,
        ("capital_left", np.int64),  # and what was left
        ("funding_left", np.int64),
        ("short", np.int64),  # of which levers a ticket may find too little left, a bit each
        ("chose", np.int64),  # the turn that its last choice opened, 0 if it never had to
        ("first", np.int64),  # its part of the list of what is held: from here,
        ("sorted", np.int64),  # in order up to here, newcomers after it,
        ("end", np.int64),  # up to here
    ],
    align=True,
)

# An entry of a lender's list, the best first.
HOLDING: Final = np.dtype([("preference", np.int64), ("proposal", np.int32), ("levers", np.int32)], align=True)


class Demands(NamedTuple):
    """What a firm may still take, one row an asker; changed while matching."""

    open: Any  # int64[a, 3] fen still needed by tranche
    reservation: Any  # int64[a, 3] highest APR worth paying, hundredths of a bp
    on_sales: Any  # int64[a, P] fen left of the limits of products that lend on sales
    paper: Any  # int64[a, KINDS] fen of face free by kind of paper
    single_name: Any  # int64[a, R] fen each lender may still lend to this name


@kernel
def _lends_on_sales(p, kinds):
    for kind in range(KINDS):  # noqa: SIM110 - Numba compiles no generator expression
        if kinds[p, kind]:
            return False
    return True


@kernel
def _paper_free(a, p, kinds, paper):
    free = np.int64(0)
    for kind in range(KINDS):
        if kinds[p, kind]:
            free += paper[a, kind]
    return free


@kernel
def most(a, p, kinds, advance, on_sales, paper):
    """Most that the product lends this firm now, fen."""
    if _lends_on_sales(p, kinds):
        return on_sales[a, p]
    return np.int64(np.floor(_paper_free(a, p, kinds, paper) * advance))


@kernel
def tie_up(made, kinds, advance, on_sales, paper):
    """Reserve limit or paper for the amount of a proposal; notes what is taken from each kind of paper, accounts
    outside the chain first."""
    a, p = np.int64(made.asker), np.int64(made.product)
    for kind in range(KINDS):
        made.face[kind] = 0
    if _lends_on_sales(p, kinds):
        on_sales[a, p] -= made.amount
        return
    wanted = min(np.int64(np.ceil(made.amount / advance)), _paper_free(a, p, kinds, paper))
    for kind in (OUTSIDE_ACCOUNTS, ACCOUNTS, BILLS, CONFIRMED):
        if kinds[p, kind]:
            made.face[kind] = min(wanted, paper[a, kind])
            wanted -= made.face[kind]
            paper[a, kind] -= made.face[kind]


@kernel
def lever_room(a, p, version, bank, left, uses, use):
    """Most principal that a lender's allotments `left` leave, fen."""
    room = np.int64(2**62)
    for lever in range(left.shape[1]):
        if uses[bank, lever] and use[a, p, version, lever] > 0:
            room = min(room, np.int64(np.floor(max(left[bank, lever], 0) / use[a, p, version, lever])))
    return room


@kernel
def largest_use(use):
    """The most of each lever that a fen of principal can use; float64[L]."""
    largest = np.zeros(use.shape[3])
    for a in range(use.shape[0]):
        for p in range(use.shape[1]):
            for version in range(use.shape[2]):
                for lever in range(use.shape[3]):
                    largest[lever] = max(largest[lever], use[a, p, version, lever])
    return largest


@kernel
def take_levers(a, p, version, amount, bank, use, levers, uses):
    """Note what an amount (negative: given back) uses of a lender's allotments."""
    for lever in range(levers.shape[1]):
        if uses[bank, lever] and use[a, p, version, lever] > 0:
            used = np.int64(np.ceil(abs(amount) * use[a, p, version, lever]))
            levers[bank, lever] -= used if amount > 0 else -used


@kernel
def _exceeded(bank, levers):
    """Of which levers a lender's allotments are exceeded, a bit each."""
    exceeded = 0
    for lever in range(levers.shape[1]):
        if levers[bank, lever] < 0:
            exceeded |= 1 << lever
    return exceeded


@kernel
def over(bank, lenders, levers):
    """Whether a lender holds more than one of its limits allows."""
    return lenders[bank].capital < 0 or lenders[bank].funding < 0 or _exceeded(bank, levers) != 0


@kernel
def file_proposals(before: Any, count: Any, offers: Any, proposals: Any, lenders: Any, held: Any, spare: Any):
    """Add proposals before..count−1 to what their lenders hold; returns the list and another of its size.

    Lenders' parts lie one after the other, so all move up to make room for newcomers.
    """
    total = count - before
    for lender in lenders:
        total += lender.end - lender.first
    if spare.size < total:
        spare = np.empty(2 * total, HOLDING)
    coming, at = np.zeros(lenders.size, np.int64), np.int64(0)
    for m in range(before, count):
        coming[proposals[m].lender] += 1
    for bank in range(lenders.size):
        lender, first = lenders[bank], at
        for entry in range(lender.first, lender.end):
            spare[at] = held[entry]
            at += 1
        lender.sorted += first - lender.first
        lender.first, lender.end = first, at
        at += coming[bank]
    for m in range(before, count):
        lender = lenders[proposals[m].lender]
        entry, offer = spare[lender.end], offers[proposals[m].offer]
        entry.preference, entry.proposal, entry.levers = offer.preference, m, offer.levers
        lender.end += 1
    return spare, held if held.size >= spare.size else np.empty(spare.size, HOLDING)


@kernel
def _merge(entries, low, middle, high, scratch):
    """Merge two sorted neighbours, from the worst down, so that what stays in its place costs nothing; of two alike
    the later stays behind."""
    for at in range(middle, high):
        scratch[at - middle] = entries[at]
    left, right, at = middle - 1, high - middle - 1, high - 1
    while right >= 0:
        if left >= low and entries[left].preference > scratch[right].preference:
            entries[at] = entries[left]
            left -= 1
        else:
            entries[at] = scratch[right]
            right -= 1
        at -= 1


@kernel
def _sort(lender, held, scratch):
    """Put what a lender holds in order, the best first: sort the newcomers, then merge."""
    width = 1
    while width < lender.end - lender.sorted:
        for low in range(lender.sorted, lender.end - width, 2 * width):
            _merge(held, low, low + width, min(low + 2 * width, lender.end), scratch)
        width *= 2
    _merge(held, lender.first, lender.sorted, lender.end, scratch)


@kernel
def _cut(made, kept, why, offers, terms, demands, firms):
    """Reduce a held proposal to `kept` fen; what is given back is open again, last tranche first."""
    a, p, back = np.int64(made.asker), np.int64(made.product), made.amount - kept
    single_name = demands.single_name
    if _lends_on_sales(p, terms.paper):
        demands.on_sales[a, p] += made.amount
    for kind in range(KINDS):
        demands.paper[a, kind] += made.face[kind]
    single_name[a, made.place % single_name.shape[1]] += back
    for t in range(2, -1, -1):
        taken = min(back, made.tranche[t])
        made.tranche[t] -= taken
        demands.open[a, t] += taken
        back -= taken
    made.amount = kept
    if kept > 0:
        tie_up(made, terms.paper, terms.advance[p], demands.on_sales, demands.paper)
    else:
        for kind in range(KINDS):
            made.face[kind] = 0
        offers[made.offer].reason = why
    firms[a].settled = -1


@kernel
def _give_back(made, bank, lender, levers, uses, use, width):
    """Take a proposal off what a lender's limits have to carry."""
    a, p, version = np.int64(made.asker), np.int64(made.product), made.place // width
    lender.capital += -(-made.amount * made.weight // 1000)
    lender.funding += made.amount
    take_levers(a, p, version, -made.amount, bank, use, levers, uses)


@kernel
def choose(
    bank, ticket, offers, terms, demands, proposals, lenders, levers, spent, uses, largest, held, scratch, firms
):
    """Let one lender beyond its limits choose among the proposals it has: best first, as far as its limits go.

    Only the worst are at stake: they are taken off until the others fit capital and funding, then further up those
    that use a lever which is exceeded; all come back as far as they fit. Returns whether the lender may now let in what
    it has refused at once before.
    """
    lender, use, width = lenders[bank], terms.use, demands.single_name.shape[1]
    _sort(lender, held, scratch)
    kept, why = lender.end, CAPITAL
    while lender.capital < 0 or lender.funding < 0:
        kept -= 1
        _give_back(proposals[held[kept].proposal], bank, lender, levers, uses, use, width)
    others, exceeded = kept, _exceeded(bank, levers)
    while _exceeded(bank, levers):
        kept -= 1
        if held[kept].levers & exceeded:
            _give_back(proposals[held[kept].proposal], bank, lender, levers, uses, use, width)
    for at in range(kept, lender.end):
        if at < others and not held[at].levers & exceeded:
            held[kept] = held[at]
            kept += 1
            continue
        made = proposals[held[at].proposal]
        a, p, version = np.int64(made.asker), np.int64(made.product), made.place // width
        by_capital, by_funding = lender.capital * 1000 // max(made.weight, 1), lender.funding
        by_levers = lever_room(a, p, version, bank, levers, uses, use)
        room = min(by_capital, by_funding, by_levers)
        if made.amount > room:
            short = QUOTA if by_levers == room else CAPITAL if by_capital < by_funding else STABLE_FUNDING
            why = short if short != QUOTA else why
            _cut(made, room if room >= ticket else 0, short, offers, terms, demands, firms)
        if made.amount == 0:
            continue
        lender.capital -= -(-made.amount * made.weight // 1000)
        lender.funding -= made.amount
        take_levers(a, p, version, made.amount, bank, use, levers, uses)
        held[kept] = held[at]
        kept += 1
    worst = held[kept - 1].preference if kept > lender.first else np.int64(-1)
    lender.end = lender.sorted = kept
    opens = lender.capital > lender.capital_left or lender.funding > lender.funding_left
    short, lender.short = lender.short, 0
    for lever in range(levers.shape[1]):
        opens |= short >> lever & 1 and levers[bank, lever] > spent[bank, lever]
        spent[bank, lever] = levers[bank, lever]
        if levers[bank, lever] < ticket * largest[lever]:
            lender.short |= 1 << lever
    opens &= lender.capital * 1000 >= ticket and lender.funding >= ticket
    opens |= worst > lender.worst
    lender.worst, lender.why_full = worst, why
    lender.capital_left, lender.funding_left = lender.capital, lender.funding
    return opens
