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
    HOLDING,
    LENDER,
    PROPOSAL,
    Allotments,
    Demands,
    choose,
    file_proposals,
    most,
    note_short,
    over,
    range_of_use,
    take_levers,
    tie_up,
    used_up,
)
from sim.quotes import CAPITAL, OFFERED, QUOTA, SINGLE_NAME, TOO_DEAR

# An offer as one integer that sorts by APR, then lender, then product; its place in the firm's reach comes last.
LENDER_BITS, PRODUCT_BITS, PLACE_BITS = 10, 4, 5

OFFER: Final = np.dtype(
    [
        ("packed", np.int64),
        ("preference", np.int64),  # the lender's order, the best lowest
        ("weight", np.int32),  # risk weight in 1/1000
        ("levers", np.int16),  # which rationed levers it uses, a bit each
        ("reason", np.int8),  # OFFERED, or why it came to nothing when last looked at
        ("taken_up", np.int8),  # proposed on
    ],
    align=True,
)

# How far each firm has come down its list.
PROGRESS: Final = np.dtype(
    [
        ("position", np.int64),  # next offer to look at
        ("dear", np.int64),  # all offers from here on are noted as too dear
        ("began", np.int64),  # the turn in which it last began at the top
        (
            "settled",
            np.int64,
        ),  # the turn in which it came to the end with nothing, its own state unchanged since; or −1
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


class Held(NamedTuple):
    """Proposals that are held in the end, one row each; columns as in `PROPOSAL`."""

    asker: Any  # int64[m]
    product: Any  # int64[m]
    place: Any  # int64[m]
    lender: Any  # int64[m]
    amount: Any  # int64[m] fen
    weight: Any  # int64[m]
    tranche: Any  # int64[m, 3] fen
    face: Any  # int64[m, KINDS] fen


def rank_offers(
    key: Any, reason: Any, reach: Any, margin: Any, capital: Any, weight: Any, use: Any, uses: Any
) -> tuple[Any, Any]:
    """Each firm's offers from the cheapest to the dearest, ties by lender and then product.

    Returns `OFFER`[x], those of firm a in start[a]:start[a + 1], and `start`. A lender's preference is margin over
    regulatory capital, to 0.01 bp like every decision; then relation, whatever the version, the house bank being
    place 0; then slot.
    """
    start = np.zeros(key.shape[0] + 1, np.int64)
    in_blocks(lambda first, end: _count_offers(first, end, reason, start), key.shape[0], 60.0)
    np.cumsum(start, out=start)
    offers: Any = np.empty(start[-1], OFFER)
    given = (key, reason, reach, margin, capital, weight, use, uses, start, offers)
    in_blocks(lambda first, end: _rank(first, end, *given), key.shape[0], 400.0)
    return offers, start


@kernel
def _count_offers(first_asker, end, reason, count):
    """Write how many offers firm a has into count[a + 1]."""
    for a in range(first_asker, end):
        for p in range(reason.shape[1]):
            for r in range(reason.shape[2]):
                count[a + 1] += reason[a, p, r] == OFFERED


@kernel
def _rank(first_asker, end, key, reason, reach, margin, capital, weight, use, uses, start, offers):
    """Rank the offers of firms first_asker..end−1."""
    _, products, places = key.shape
    width = reach.shape[1]
    packed = np.empty(products * places, np.int64)
    used, by_lender = np.empty(use.shape[1:3], np.int64), np.zeros(uses.shape[0], np.int64)  # levers, a bit each
    for bank in range(uses.shape[0]):
        for lever in range(use.shape[3]):
            by_lender[bank] |= uses[bank, lever] << lever
    for a in range(first_asker, end):
        last = 0
        for p in range(products):
            for r in range(places):
                if reason[a, p, r] != OFFERED:
                    continue
                offer = ((key[a, p, r] << LENDER_BITS | reach[a, r % width]) << PRODUCT_BITS | p) << PLACE_BITS | r
                at = last
                while at > 0 and packed[at - 1] > offer:
                    packed[at] = packed[at - 1]
                    at -= 1
                packed[at] = offer
                last += 1
        for p in range(products):
            for version in range(use.shape[2]):
                used[p, version] = 0
                for lever in range(use.shape[3]):
                    used[p, version] |= (use[a, p, version, lever] > 0) << lever
        for at in range(last):
            p, r = packed[at] >> PLACE_BITS & 2**PRODUCT_BITS - 1, packed[at] & 2**PLACE_BITS - 1
            rank = margin[a, p, r] / max(capital[a, p], 1e-9)
            coarse = np.int64(np.rint(min(max(rank, -1000.0), 1000.0) * 1e6))
            offer = offers[start[a] + at]
            offer.packed = packed[at]
            offer.preference = ((2**31 - coarse << PLACE_BITS) + r % width << 24) + a
            offer.weight = weight[a, p]
            offer.levers = used[p, r // width] & by_lender[reach[a, r % width]]
            offer.reason, offer.taken_up = OFFERED, 0


@kernel
def _tell(offers, start, reason):
    """Write into `reason` what came of every ranked offer."""
    for a in range(start.size - 1):
        for at in range(start[a], start[a + 1]):
            packed = offers[at].packed
            reason[a, packed >> PLACE_BITS & 2**PRODUCT_BITS - 1, packed & 2**PLACE_BITS - 1] = offers[at].reason


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
def _note_too_dear(at, end, offers, firm):
    """All offers from `at` on are too dear; those from `firm.dear` on are noted already."""
    for after in range(at, min(firm.dear, end)):
        if not offers[after].taken_up:
            offers[after].reason = TOO_DEAR
    firm.dear = min(firm.dear, at)


@inlined
def _find(a, ticket, offers, end, firm, terms, demands, lenders, allotments, tranche, free):
    """The first offer on the firm's list from its position on that brings it a ticket or more, and how much; (−1, 0)
    if there is none. A lender that is full refuses at once what it likes less than the worst it holds, and one whose
    allotment of a lever is gone what it likes less than the last user. `free` is scratch: what each product lends the
    firm now, −1 where it is not looked up yet.
    """
    open_need, reservation, on_sales, paper, single_name = demands
    width, dearest = single_name.shape[1], _dearest(a, ticket, open_need, reservation)
    at, brings = firm.position, np.int64(0)
    for p in range(free.size):
        free[p] = -1
    while at < end and brings < ticket:
        offer, here, at = offers[at], at, at + 1
        if offer.taken_up:
            continue
        packed = offer.packed
        price = packed >> PLACE_BITS + PRODUCT_BITS + LENDER_BITS
        if price > dearest:
            if firm.settled < 0:
                _note_too_dear(here, end, offers, firm)
            at = end
            continue
        lender = lenders[packed >> PLACE_BITS + PRODUCT_BITS & 2**LENDER_BITS - 1]
        if lender.chose <= firm.settled:
            continue
        p, r = packed >> PLACE_BITS & 2**PRODUCT_BITS - 1, packed & 2**PLACE_BITS - 1
        offer.reason = OFFERED  # it may have been passed over before
        firm.dear = max(firm.dear, at)
        if single_name[a, r % width] < ticket:
            offer.reason = SINGLE_NAME
            continue
        beyond = offer.preference > lender.worst
        if beyond and (lender.capital_left * 1000 < ticket * max(offer.weight, 1) or lender.funding_left < ticket):
            offer.reason = lender.why_full
            continue
        if offer.levers & lender.short:
            bank = packed >> PLACE_BITS + PRODUCT_BITS & 2**LENDER_BITS - 1
            if used_up(a, p, r // width, bank, offer, beyond, ticket, lender.short, terms.use, allotments):
                offer.reason = QUOTA
                continue
        if free[p] < 0:
            free[p] = most(a, p, terms.paper, terms.advance[p], on_sales, paper)
        if free[p] < ticket:  # better offers have used up the firm's own limit or paper
            continue
        brings = _allot(a, price, min(free[p], single_name[a, r % width]), open_need, reservation, tranche)
    return at - 1 if brings >= ticket else np.int64(-1), brings


@inlined
def _propose(a, at, amount, count, offers, terms, demands, proposals, lenders, allotments, tranche):
    """Note a proposal: firm, lender and levers count it against what they have left."""
    open_need, _, on_sales, paper, single_name = demands
    offer, made, width = offers[at], proposals[count], single_name.shape[1]
    packed = offer.packed
    p, r = packed >> PLACE_BITS & 2**PRODUCT_BITS - 1, packed & 2**PLACE_BITS - 1
    bank = packed >> PLACE_BITS + PRODUCT_BITS & 2**LENDER_BITS - 1
    offer.taken_up = 1
    made.asker, made.product, made.place, made.lender, made.offer = a, p, r, bank, at
    made.amount, made.weight = amount, offer.weight
    for t in range(3):
        made.tranche[t] = tranche[t]
        open_need[a, t] -= tranche[t]
    tie_up(made, terms.paper, terms.advance[p], on_sales, paper)
    single_name[a, r % width] -= amount
    lender = lenders[bank]
    lender.capital -= -(-amount * made.weight // 1000)
    lender.funding -= amount
    take_levers(a, p, r // width, amount, bank, terms.use, allotments)


@kernel
def _open(demands, a):
    return demands.open[a, 0] + demands.open[a, 1] + demands.open[a, 2]


@kernel
def _wake(active):
    for a in range(active.size):
        active[a] = a


@kernel
def _rounds(rounds, ticket, offers, start, terms, demands, proposals, lenders, allotments):
    """Rounds until nobody proposes; returns the number of proposals.

    In a round each active firm that still needs something makes one proposal, then lenders beyond their limits choose.
    Firms that made a proposal stay `active`, −1 comes after the last. A turn ends when a lender has chosen: with less
    held, offers passed over for need, limit, paper or a full lender count again, and all firms begin at the top. A firm
    that went through its list in vain looks again only when a lender `opened` since, may let in what it refused, and
    only at lenders that have chosen since; once nobody proposes, all look a last time, for the record of reasons.
    """
    # Counters begin as int64: a literal 0 would have what takes them compiled once more.
    askers, count, turn = start.size - 1, np.int64(0), np.int64(0)
    active, tranche, free = np.arange(askers), np.empty(3, np.int64), np.empty(terms.advance.size, np.int64)
    opened, quiet = 0, False
    firms: Any = np.empty(askers, PROGRESS)
    held, spare = np.empty(0, HOLDING), np.empty(0, HOLDING)
    for bank in range(lenders.size):
        note_short(bank, ticket, lenders[bank], allotments)
    for a in range(askers):
        firms[a].dear, firms[a].began, firms[a].settled = start[a + 1], -1, -1
    for number in range(rounds):
        if quiet or number == rounds - 1:
            opened = turn
            _wake(active)
        before, still = count, 0
        for a in active:
            if a < 0:
                break
            firm = firms[a]
            if firm.settled >= opened or _open(demands, a) < ticket:
                continue
            if firm.began != turn:
                firm.began, firm.position = turn, start[a]
            at, amount = _find(
                a, ticket, offers, start[a + 1], firm, terms, demands, lenders, allotments, tranche, free
            )
            if at < 0:
                firm.position, firm.settled = start[a + 1], turn
                continue
            _propose(a, at, amount, count, offers, terms, demands, proposals, lenders, allotments, tranche)
            firm.position, firm.settled = at + 1, -1
            active[still] = a
            count, still = count + 1, still + 1
        if count == before:
            if quiet:
                break
            quiet = True
            continue
        if still < askers:
            active[still] = -1
        held, spare = file_proposals(before, count, offers, proposals, lenders, held, spare)
        now = turn
        for bank in range(lenders.size):
            if over(bank, lenders, allotments):
                turn = now + 1
                opens = choose(bank, ticket, offers, terms, demands, proposals, lenders, allotments, held, spare, firms)
                lenders[bank].chose = turn
                opened = turn if opens else opened
        if turn > now:
            _wake(active)
    return count


def match(
    rounds: int, ticket: int, firm: Any, reach: Any, key: Any, reason: Any, advance: Any, weight: Any, margin: Any,
    capital: Any, paper: Any, use: Any, demands: Demands, room: Room,
) -> Any:  # fmt: skip
    """Deferred acceptance, at most `rounds` rounds; returns the proposals made, a record array of `PROPOSAL`.

    a askers, P products, R lenders within reach, places version × reach: `key` int64[a, P, V·R] all-in APR, `reason`
    int8[a, P, V·R] (updated with why offers came to nothing), `weight` int64[a, P] risk weights in 1/1000, `margin`
    float64[a, P, V·R] and `capital` float64[a, P], over which lenders rank it, `advance` float64[P], `paper` bool[P,
    KINDS] which paper it takes, `use` float64[a, P, V, L] of levers; the first lender within reach is the house bank.
    `demands` is used up.
    """
    offers, start = rank_offers(key, reason, reach, margin, capital, weight, use, room.uses)
    lenders: Any = np.zeros(room.capital.size, LENDER)
    lenders["capital"] = lenders["capital_left"] = room.capital
    lenders["funding"] = lenders["funding_left"] = room.funding
    lenders["worst"], lenders["why_full"] = np.iinfo(np.int64).max, CAPITAL
    proposals = np.empty(offers.size, PROPOSAL)  # an offer is proposed on once; what is not used is never touched
    terms, last = Terms(advance, paper, use), np.full(room.levers.shape, -1)
    allotments = Allotments(room.levers.copy(), room.levers.copy(), last, room.uses, *range_of_use(use))
    count = _rounds(rounds, ticket, offers, start, terms, demands, proposals, lenders, allotments)
    _tell(offers, start, reason)
    return proposals[:count].view(np.recarray)


def held(proposals: Any) -> Held:
    """The columns of what lenders hold in the end, in the order in which it was proposed."""
    chosen = np.take(proposals, np.flatnonzero(proposals["amount"] > 0))  # whole rows: half the time of indexing
    return Held(*(chosen[name].astype(np.int64) for name in Held._fields))
