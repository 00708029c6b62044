"""The credit market clears by deferred acceptance (Gale and Shapley 1962) under lenders' limits.

A firm proposes what it still needs, up to the product's limit, to its best untried offer below its reservation rate.
A lender holds proposals by risk-adjusted return, then relation, then slot, until its first limit binds: capital,
stable funding, or its allotment of a lever (`sim.holding`). The plain version of an offer uses no allotment.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from agents.kernels import inlined, kernel
from agents.threads import in_blocks
from sim.holding import (
    CUT,
    HOLDING,
    LENDER,
    PROPOSAL,
    Allotments,
    Demands,
    apply_cuts,
    choose,
    file_proposals,
    most,
    note_short_each,
    over,
    range_of_use,
    tie_up,
    used_up,
)
from sim.products import KINDS
from sim.quotes import CAPITAL, OFFERED, QUOTA, SINGLE_NAME, TOO_DEAR
from sim.ranking import TAKEN_UP, Ranked, preference, unpack

# How far each firm has come down its list.
PROGRESS: Final = np.dtype(
    [
        ("position", np.int32),  # next offer to look at
        ("dear", np.int32),  # all offers from here on are noted as too dear
        ("began", np.int32),  # the turn in which it last began at the top, if what it may take only shrank since; or −1
        ("settled", np.int32),  # the turn in which it came to the end with nothing, itself unchanged since; or −1
    ],
    align=True,
)


class Room(NamedTuple):
    """Lenders' limits on new business."""

    capital: Any  # int64[B] fen of risk-weighted assets
    funding: Any  # int64[B] fen of loans
    levers: Any  # int64[B, L] fen of allotments
    uses: Any  # bool[B, L] which levers a lender uses at all


class Terms(NamedTuple):
    """What an amount takes of limits."""

    advance: Any  # float64[P]
    paper: Any  # bool[P, KINDS] which kinds of paper a product takes; none: it lends on sales
    use: Any  # float64[a, P, V, L] allotment of each lever that a fen of principal uses, by version
    weight: Any  # int64[a, P] risk weight in 1/1000
    heaviest: int  # the largest of them


class Both(NamedTuple):
    """Both sides of the market while they are matched."""

    ticket: int  # fen, the smallest
    ranked: Ranked
    reason: Any  # int8[a, P, V, R] as in `match`
    terms: Terms
    demands: Demands
    firms: Any  # `PROGRESS`[a]
    lenders: Any  # `LENDER`[B]
    allotments: Allotments
    proposals: Any  # `PROPOSAL`[x]
    held: Any  # `HOLDING`[x] in the order of each lender
    cuts: Any  # `CUT`[x] what each lender has just cut, laid out as `held`


class Held(NamedTuple):
    """Proposals that are held in the end, one row each; columns as in `PROPOSAL`."""

    asker: Any  # int64[m]
    product: Any  # int64[m]
    place: Any  # int64[m]
    rank: Any  # int64[m]
    lender: Any  # int64[m]
    amount: Any  # int64[m] fen
    weight: Any  # int64[m]
    tranche: Any  # int64[m, 3] fen
    face: Any  # int64[m, KINDS] fen


@kernel
def _allot(a, key, amount, open_need, reservation, tranche):
    """Fill tranches in order with `amount`, as far as their reservation rates allow; returns what is used."""
    used = np.int64(0)
    for t in range(3):
        tranche[t] = 0
        if reservation[a, t] >= key:
            tranche[t] = min(open_need[a, t], amount - used)
            used += tranche[t]
    return used


@kernel
def _dearest(a, ticket, open_need, reservation):
    """The highest APR at which a firm still wants a ticket; −1 if there is none."""
    dearest = np.int64(-1)
    for t in range(3):
        wanted = np.int64(0)
        for other in range(3):
            if reservation[a, other] >= reservation[a, t]:
                wanted += open_need[a, other]
        if wanted >= ticket:
            dearest = max(dearest, reservation[a, t])
    return dearest


@kernel
def _note_too_dear(a, at, end, offers, firm, reason):
    """All offers from `at` on are too dear; those from `firm.dear` on are noted already."""
    for after in range(at, min(firm.dear, end)):
        _, _, p, version, r, _ = unpack(offers[after])
        if not offers[after] & TAKEN_UP:
            reason[a, p, version, r] = TOO_DEAR
    firm.dear = min(firm.dear, at)


@inlined
def _find(a, ticket, turn, offers, earns, top, end, firm, reason, terms, demands, lenders, allotments, tranche, free):
    """The first offer on the firm's list, from its position on or from the top in a new turn, that brings it a ticket
    or more, and how much; (−1, 0) if there is none. A lender that is full refuses at once what it likes less than the
    worst it holds, and one whose allotment of a lever is gone what it likes less than the last user. What the firm
    passed over before it still does, if the lender has not chosen since. `free` is scratch: what each product lends the
    firm now, −1 where it is not looked up yet.
    """
    open_need, reservation, on_sales, paper, single_name = demands
    dearest = _dearest(a, ticket, open_need, reservation)
    at, seen, before, brings = np.int64(firm.position), np.int64(firm.position), firm.began, np.int64(0)
    if before != turn:
        at, firm.began = top, turn
    for p in range(free.size):
        free[p] = -1
    while at < end and brings < ticket:
        offer, here, at = offers[at], at, at + 1
        if offer & TAKEN_UP:
            continue
        price, bank, p, version, r, levers = unpack(offer)
        if price > dearest:
            _note_too_dear(a, here, end, offers, firm, reason)
            at = end
            continue
        if single_name[a, r] < ticket:
            firm.dear = max(firm.dear, at)
            reason[a, p, version, r] = SINGLE_NAME
            continue
        lender = lenders[bank]
        if here < seen and lender.chose <= before:
            continue
        firm.dear = max(firm.dear, at)
        if lender.tight:
            likes = preference(earns[here], r, a)
            least = ticket * max(terms.weight[a, p], 1)
            if likes > lender.worst and (lender.capital_left * 1000 < least or lender.funding_left < ticket):
                reason[a, p, version, r] = lender.why_full
                continue
        if levers & lender.gone:
            reason[a, p, version, r] = QUOTA
            continue
        if levers & lender.short:
            likes = preference(earns[here], r, a)
            short, beyond = levers & lender.short, likes > lender.worst
            if used_up(a, p, version, bank, short, likes, beyond, ticket, terms.use, allotments):
                reason[a, p, version, r] = QUOTA
                continue
        reason[a, p, version, r] = OFFERED  # it may have been passed over before
        if free[p] < 0:
            free[p] = most(a, p, terms.paper, terms.advance[p], on_sales, paper)
        if free[p] < ticket:  # better offers have used up the firm's own limit or paper
            continue
        brings = _allot(a, price, min(free[p], single_name[a, r]), open_need, reservation, tranche)
    return at - 1 if brings >= ticket else np.int64(-1), brings


@inlined
def _propose(a, offer, earns, rank, amount, made, terms, demands, tranche):
    """Note a proposal: the firm counts it against what it still may take."""
    open_need, _, on_sales, paper, single_name = demands
    _, bank, p, version, r, levers = unpack(offer)
    made.asker, made.product, made.place, made.lender = a, p, version * single_name.shape[1] + r, bank
    made.amount, made.weight, made.levers = amount, terms.weight[a, p], levers
    made.preference, made.rank = preference(earns, r, a), rank
    for t in range(3):
        made.tranche[t] = tranche[t]
        open_need[a, t] -= tranche[t]
    tie_up(made, terms.paper, terms.advance[p], on_sales, paper)
    single_name[a, r] -= amount


@kernel
def _open(demands, a):
    return demands.open[a, 0] + demands.open[a, 1] + demands.open[a, 2]


@kernel
def _let_propose(first, end, active, before, turn, opened, both):
    """Let each of the firms active[first:end] that still needs something make one proposal, into rows from before +
    first on; returns how many did. What lenders have left counts as at the round's beginning, so firms don't meet."""
    ticket, ranked, reason, terms, demands, firms, lenders, allotments, proposals, _, _ = both
    offers, earns, _, start, ends = ranked
    count = before + first
    tranche, free = np.empty(3, np.int64), np.empty(terms.advance.size, np.int64)
    for a in active[first:end]:
        firm = firms[a]
        if firm.settled >= opened or _open(demands, a) < ticket:
            continue
        at, amount = _find(
            a, ticket, turn, offers, earns, start[a], ends[a], firm, reason, terms, demands, lenders, allotments,
            tranche, free,
        )  # fmt: skip
        if at < 0:
            firm.position, firm.settled = ends[a], turn
            continue
        _propose(a, offers[at], earns[at], at - start[a], amount, proposals[count], terms, demands, tranche)
        offers[at] |= TAKEN_UP
        firm.position, firm.settled = at + 1, -1
        count += 1
    return count - before - first


def _all_propose(active: Any, before: int, turn: int, opened: int, both: Both) -> int:
    """Let all active firms propose, by blocks; returns the number of proposals made so far, which lie in the order of
    firms without a gap."""
    made: dict[int, int] = {}

    def block(first: int, end: int) -> None:
        made[first] = _let_propose(first, end, active, before, turn, opened, both)

    in_blocks(block, active.size, 500.0)
    rows = both.proposals.view(np.int64).reshape(-1, PROPOSAL.itemsize // 8)  # records would move field by field
    count = before
    for first, new in sorted(made.items()):
        if count < before + first:
            rows[count : count + new] = rows[before + first : before + first + new]
        count += new
    return count


@kernel
def _let_choose(first, end, filed, start, turn, both):
    """Give lenders first..end−1 their proposals, filed[start[bank]:start[bank + 1]]; let those beyond their limits
    choose."""
    ticket, _, _, terms, demands, _, lenders, allotments, proposals, held, cuts = both
    width = demands.single_name.shape[1]
    for bank in range(first, end):
        lender = lenders[bank]
        file_proposals(
            bank, filed[start[bank] : start[bank + 1]], proposals, lenders, allotments, terms.use, width, held
        )
        lender.cut = lender.first
        if over(bank, lenders, allotments):
            lender.chose = turn + 1
            if choose(bank, ticket, terms, width, proposals, lenders, allotments, held, cuts):
                lender.opened = turn + 1


def _decide(before: int, count: int, turn: int, both: Both) -> tuple[bool, bool]:
    """Give lenders the proposals before..count−1; let those beyond their limits choose, then firms have back what was
    cut. Returns whether any did, and whether any of these may now let in what it refused at once before."""
    lenders = both.lenders
    to = both.proposals["lender"][before:count].copy()
    filed, start = before + np.argsort(to, kind="stable"), np.zeros(lenders.size + 1, np.int64)
    np.cumsum(np.bincount(to, minlength=lenders.size), out=start[1:])
    listed = int((lenders["end"] - lenders["first"]).sum())
    each = (400.0 * (count - before) + 10.0 * listed) / lenders.size
    in_blocks(lambda first, end: _let_choose(first, end, filed, start, turn, both), lenders.size, each)
    cut = int((lenders["cut"] - lenders["first"]).sum())
    if cut:
        given = (both.reason, both.terms, both.demands, both.proposals, lenders, both.cuts, both.firms)
        in_blocks(lambda first, end: apply_cuts(first, end, *given), both.firms.size, 300.0 * cut / both.firms.size)
    return bool((lenders["chose"] > turn).any()), bool((lenders["opened"] > turn).any())


def _rounds(rounds: int, both: Both) -> int:
    """Rounds until nobody proposes; returns the number of proposals.

    In a round each active firm that still needs something makes one proposal, then lenders beyond their limits choose.
    Firms that made a proposal stay active. A turn ends when a lender has chosen: with less held, offers passed over for
    need, limit, paper or a full lender count again, and all firms begin at the top. A firm that went through its list
    in vain looks again only when a lender `opened` since, may let in what it refused, and only at lenders that have
    chosen since; once nobody proposes, all look a last time, for the record of reasons.
    """
    everyone = np.arange(both.firms.size, dtype=np.int32)
    active, count, turn, opened, quiet = everyone, 0, 0, 0, False
    for number in range(rounds):
        if quiet or number == rounds - 1:
            active, opened = everyone, turn
        before, count = count, _all_propose(active, count, turn, opened, both)
        if count == before:
            if quiet:
                break
            quiet = True
            continue
        active = both.proposals["asker"][before:count].copy()
        chose, opens = _decide(before, count, turn, both)
        if chose:
            active, turn = everyone, turn + 1
        if opens:
            opened = turn
    return count


def _lenders(room: Room, reach: Any, offers_each: int) -> tuple[Any, Any, Any]:
    """`LENDER`[B] before the first proposal, and their lists, `HOLDING` and `CUT`: each has a part with a row for every
    offer that it may have made, at most `offers_each` a firm; what is not used is never touched."""
    lenders: Any = np.zeros(room.capital.size, LENDER)
    lenders["capital"] = lenders["capital_left"] = room.capital
    lenders["funding"] = lenders["funding_left"] = room.funding
    lenders["worst"], lenders["why_full"] = np.iinfo(np.int64).max, CAPITAL
    end = np.cumsum(np.bincount(reach[reach >= 0], minlength=lenders.size) * offers_each)
    lenders["first"][1:] = end[:-1]
    lenders["sorted"] = lenders["end"] = lenders["first"]
    return lenders, np.empty(end[-1], HOLDING), np.empty(end[-1], CUT)


def match(
    rounds: int, ticket: int, reach: Any, ranked: Ranked, reason: Any, advance: Any, weight: Any, paper: Any, use: Any,
    demands: Demands, room: Room,
) -> Any:  # fmt: skip
    """Deferred acceptance, at most `rounds` rounds; returns the proposals made, a record array of `PROPOSAL`.

    a askers, P products, R lenders within reach, places version × reach: `ranked` all offers, of which those proposed
    on are marked, `reason` int8[a, P, V·R] (updated with why offers came to nothing), `weight` int64[a, P] risk weights
    in 1/1000, `advance` float64[P], `paper` bool[P, KINDS] which paper it takes, `use` float64[a, P, V, L] of levers;
    the first lender within reach is the house bank. `demands` is used up.
    """
    askers, products, versions = use.shape[:3]
    reason = reason.reshape(askers, products, versions, reach.shape[1])
    firms = np.empty(askers, PROGRESS)
    firms["dear"], firms["began"], firms["settled"] = ranked.end, -1, -1
    lenders, *lists = _lenders(room, reach, products * versions)
    terms, last = Terms(advance, paper, use, weight, int(weight.max(initial=1))), np.full(room.levers.shape, -1)
    allotments = Allotments(room.levers.copy(), room.levers.copy(), last, room.uses, *range_of_use(use))
    note_short_each(ticket, lenders, allotments)
    # An offer is proposed on once, and a round takes a row for each who may; what is not used is never touched.
    proposals = np.empty(int((ranked.end - ranked.first).sum()) + askers, PROPOSAL)
    both = Both(ticket, ranked, reason, terms, demands, firms, lenders, allotments, proposals, *lists)
    return proposals[: _rounds(rounds, both)].view(np.recarray)


@kernel
def _read(first, end, rows, proposals, held):
    """Write proposals rows[first:end] into columns of `Held`."""
    asker, product, place, rank, lender, amount, weight, tranche, face = held
    for m in range(first, end):
        made = proposals[rows[m]]
        asker[m], product[m], place[m], rank[m] = made.asker, made.product, made.place, made.rank
        lender[m], amount[m], weight[m] = made.lender, made.amount, made.weight
        for t in range(tranche.shape[1]):
            tranche[m, t] = made.tranche[t]
        for kind in range(KINDS):
            face[m, kind] = made.face[kind]


def held(proposals: Any) -> Held:
    """The columns of what lenders hold in the end, in the order in which it was proposed."""
    rows = np.flatnonzero(proposals["amount"] > 0)
    columns = Held(*(np.empty((rows.size, *PROPOSAL[name].shape), np.int64) for name in Held._fields))
    made = proposals.view(PROPOSAL, np.ndarray)
    in_blocks(lambda first, end: _read(first, end, rows, made, columns), rows.size, 15.0)
    return columns
