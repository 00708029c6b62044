"""The credit market clears by deferred acceptance (Gale and Shapley 1962) under lenders' limits.

A firm proposes what it still needs, up to the product's limit, to its best untried offer below its reservation rate.
A lender holds proposals by risk-adjusted return, then relation, then slot, until its first limit binds: capital,
stable funding, or its allotment of a lever. The plain version of an offer uses no allotment.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from agents.kernels import kernel
from sim.products import ACCOUNTS, BILLS, CONFIRMED, KINDS, OUTSIDE_ACCOUNTS
from sim.quotes import CAPITAL, NEVER, OFFERED, QUOTA, SINGLE_NAME, STABLE_FUNDING, TOO_DEAR


class Demands(NamedTuple):
    """What a firm may still take, one row an asker; changed while matching."""

    open: Any  # int64[a, 3] fen still needed by tranche
    reservation: Any  # int64[a, 3] highest APR worth paying, hundredths of a bp
    on_sales: Any  # int64[a, P] fen left of the limits of products that lend on sales
    paper: Any  # int64[a, KINDS] fen of face free by kind of paper
    single_name: Any  # int64[a, R] fen each lender may still lend to this name


class Offers(NamedTuple):
    """What lenders quoted, and how far each firm has come down its list; places are version × reach."""

    ranking: Any  # int64[x] as `rank_offers` gives it; `TAKEN_UP` where it has been proposed on
    start: Any  # int64[a + 1]
    reason: Any  # int8[a, P, V·R]
    weight: Any  # int64[a, P]
    margin: Any  # float64[a, P, V·R]
    capital: Any  # float64[a, P]
    advance: Any  # float64[P]
    paper: Any  # bool[P, KINDS] which kinds of paper a product takes; none: it lends on sales
    use: Any  # float64[a, P, V, L] allotment of each lever that a fen of principal uses, by version
    position: Any  # int64[a] next offer in the ranking to look at
    began: Any  # int64[a] the turn in which the firm last began at the top of its list
    settled: (
        Any  # int64[a] the turn in which it came to the end with nothing, and nothing of its own has changed; or −1
    )


class Room(NamedTuple):
    """Lenders' limits on new business."""

    capital: Any  # int64[B] fen of risk-weighted assets
    funding: Any  # int64[B] fen of loans
    levers: Any  # int64[B, L] fen of allotments
    uses: Any  # bool[B, L] which levers a lender uses at all


class Proposals(NamedTuple):
    """Growing list of proposals made; `amount` is what is held of it now."""

    asker: Any  # int64[m]
    product: Any  # int64[m]
    place: Any  # int64[m] version × position in the firm's reach
    lender: Any  # int64[m]
    amount: Any  # int64[m]
    tranche: Any  # int64[m, 3] what of it serves which tranche
    face: Any  # int64[m, KINDS] paper it ties up
    weight: Any  # int64[m] risk weight in 1/1000
    preference: Any  # int64[m] the lender's order: return on regulatory capital, then relation, then slot
    child: Any  # int64[m] the lender's heap of what it holds: first child, −1 none
    sibling: Any  # int64[m] next child of the same parent


class Books(NamedTuple):
    """What lenders hold: the worst of it on top of a pairing heap, what is left of their limits, whom they refuse."""

    top: Any  # int64[B] proposal, −1 none
    capital: Any  # int64[B] fen left; below 0 it has to choose
    funding: Any  # int64[B]
    worst: (
        Any  # int64[B, 4] since it last chose: the last preference it held, why it was full, capital and funding left
    )
    chose: Any  # int64[B] the turn that its last choice opened, 0 if it never had to
    levers: Any  # int64[B, L] fen left of allotments
    spent: Any  # int64[B, L] the same when it last chose
    uses: Any  # bool[B, L]


@kernel
def _paper_free(a, kinds, paper):
    free = np.int64(0)
    for kind in range(KINDS):
        if kinds[kind]:
            free += paper[a, kind]
    return free


@kernel
def _most(a, p, kinds, advance, on_sales, paper):
    """Most that the product lends this firm now, fen."""
    if not kinds.any():
        return on_sales[a, p]
    return np.int64(np.floor(_paper_free(a, kinds, paper) * advance))


@kernel
def _tie_up(a, m, p, kinds, amount, advance, on_sales, paper, face):
    """Reserve limit or paper for a held amount; writes into row m of `face` what is taken from each kind of paper,
    accounts outside the chain first."""
    if not kinds.any():
        on_sales[a, p] -= amount
        return
    wanted = min(np.int64(np.ceil(amount / advance)), _paper_free(a, kinds, paper))
    for kind in (OUTSIDE_ACCOUNTS, ACCOUNTS, BILLS, CONFIRMED):
        if kinds[kind]:
            face[m, kind] = min(wanted, paper[a, kind])
            wanted -= face[m, kind]
            paper[a, kind] -= face[m, kind]


@kernel
def _lever_use(amount, share):
    """Fen of an allotment that so much principal uses."""
    return np.int64(np.ceil(amount * share))


@kernel
def _lever_room(a, p, version, left, uses, use):
    """Most principal that a lender's allotments leave, fen."""
    room = np.int64(2**62)
    for lever in range(left.size):
        if uses[lever] and use[a, p, version, lever] > 0:
            room = min(room, np.int64(np.floor(max(left[lever], 0) / use[a, p, version, lever])))
    return room


@kernel
def _take_levers(a, p, version, amount, bank, use, levers, uses):
    """Note what an amount (negative: given back) uses of a lender's allotments."""
    for lever in range(levers.shape[1]):
        if uses[bank, lever] and use[a, p, version, lever] > 0:
            used = _lever_use(abs(amount), use[a, p, version, lever])
            levers[bank, lever] -= used if amount > 0 else -used


# An offer as one integer that sorts by APR, then lender, then product; its place in the firm's reach comes last.
LENDER_BITS, PRODUCT_BITS, PLACE_BITS = 10, 4, 5
TAKEN_UP = -1


@kernel
def rank_offers(key, reason, reach):
    """Each firm's offers from the cheapest to the dearest, ties by lender and then product.

    Returns packed offers int64[x], those of firm a in start[a]:start[a + 1], and `start`. One loop sorts and packs: of
    the array for the most there could be, only what is used is ever touched.
    """
    askers, products, places = key.shape
    width = reach.shape[1]
    start = np.zeros(askers + 1, np.int64)
    ranking = np.empty(askers * products * places, np.int64)
    last = 0
    for a in range(askers):
        for p in range(products):
            for r in range(places):
                if reason[a, p, r] != OFFERED:
                    continue
                offer = ((key[a, p, r] << LENDER_BITS | reach[a, r % width]) << PRODUCT_BITS | p) << PLACE_BITS | r
                at = last
                while at > start[a] and ranking[at - 1] > offer:
                    ranking[at] = ranking[at - 1]
                    at -= 1
                ranking[at] = offer
                last += 1
        start[a + 1] = last
    return ranking[:last], start


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
def _preference(a, p, r, width, margin, capital):
    """A lender's order of proposals as one integer, the best lowest: margin over regulatory capital, to 0.01 bp like
    every decision; then relation, whatever the version, the house bank being place 0; then slot."""
    rank = margin[a, p, r] / max(capital[a, p], 1e-9)
    coarse = np.int64(np.rint(min(max(rank, -1000.0), 1000.0) * 1e6))
    return ((2**31 - coarse << PLACE_BITS) + r % width << 24) + a


@kernel
def _cut(m, kept, why, offers, demands, proposals):
    """Reduce a held proposal to `kept` fen; what is given back is open again, last tranche first."""
    open_need, _, on_sales, paper, single_name = demands
    face, tranche = proposals.face, proposals.tranche
    a, p, r = proposals.asker[m], proposals.product[m], proposals.place[m]
    kinds = offers.paper[p]
    if not kinds.any():
        on_sales[a, p] += proposals.amount[m]
    for kind in range(KINDS):
        paper[a, kind] += face[m, kind]
        face[m, kind] = 0
    back = proposals.amount[m] - kept
    single_name[a, r % single_name.shape[1]] += back
    for t in range(2, -1, -1):
        taken = min(back, tranche[m, t])
        tranche[m, t] -= taken
        open_need[a, t] += taken
        back -= taken
    proposals.amount[m] = kept
    if kept > 0:
        _tie_up(a, m, p, kinds, kept, offers.advance[p], on_sales, paper, face)
    else:
        offers.reason[a, p, r] = why
    offers.settled[a] = -1


@kernel
def _link(one, other, preference, child, sibling):
    """Join two heaps; returns the worse of their tops (of two alike the later), which is the top of both."""
    if preference[other] > preference[one] or (preference[other] == preference[one] and other > one):
        one, other = other, one
    sibling[other] = child[one]
    child[one] = other
    return one


@kernel
def _without_top(top, preference, child, sibling):
    """What is left of a heap without its top: its children joined in pairs, then one after the other; −1 if none."""
    pairs, rest = np.int64(-1), child[top]
    while rest >= 0:
        pair, rest = rest, sibling[rest]
        if rest >= 0:
            second, rest = rest, sibling[rest]
            pair = _link(pair, second, preference, child, sibling)
        sibling[pair], pairs = pairs, pair
    joined = np.int64(-1)
    while pairs >= 0:
        pair, pairs = pairs, sibling[pairs]
        joined = pair if joined < 0 else _link(joined, pair, preference, child, sibling)
    return joined


@kernel
def _over(lender, books):
    """Whether a lender holds more than one of its limits allows."""
    if books.capital[lender] < 0 or books.funding[lender] < 0:
        return True
    for left in books.levers[lender]:  # noqa: SIM110 - Numba compiles no generator expression
        if left < 0:
            return True
    return False


@kernel
def _choose(lender, ticket, offers, demands, proposals, books):
    """Let one lender beyond its limits choose among the proposals it has: best first, as far as its limits go.

    Only the worst are at stake: they are taken off until the others fit, and come back as far as they do.
    """
    amount, weight, preference = proposals.amount, proposals.weight, proposals.preference
    child, sibling, use, width = proposals.child, proposals.sibling, offers.use, demands.single_name.shape[1]
    top, why, at_stake = books.top[lender], CAPITAL, np.int64(-1)
    while _over(lender, books):
        m, top = top, _without_top(top, preference, child, sibling)
        a, p, version = proposals.asker[m], proposals.product[m], proposals.place[m] // width
        books.capital[lender] += -(-amount[m] * weight[m] // 1000)
        books.funding[lender] += amount[m]
        _take_levers(a, p, version, -amount[m], lender, use, books.levers, books.uses)
        sibling[m], at_stake = at_stake, m
    last = preference[top] if top >= 0 else np.int64(-1)
    while at_stake >= 0:
        m, at_stake = at_stake, sibling[at_stake]
        a, p, version = proposals.asker[m], proposals.product[m], proposals.place[m] // width
        by_capital, funding = books.capital[lender] * 1000 // max(weight[m], 1), books.funding[lender]
        by_levers = _lever_room(a, p, version, books.levers[lender], books.uses[lender], use)
        room = min(by_capital, funding, by_levers)
        if amount[m] > room:
            short = QUOTA if by_levers == room else CAPITAL if by_capital < funding else STABLE_FUNDING
            why = short if short != QUOTA else why
            _cut(m, room if room >= ticket else 0, short, offers, demands, proposals)
        if amount[m] == 0:
            continue
        books.capital[lender] -= -(-amount[m] * weight[m] // 1000)
        books.funding[lender] -= amount[m]
        _take_levers(a, p, version, amount[m], lender, use, books.levers, books.uses)
        last, child[m] = preference[m], -1
        top = m if top < 0 else _link(m, top, preference, child, sibling)
    books.top[lender] = top
    books.spent[lender] = books.levers[lender]
    worst = books.worst
    worst[lender, 0], worst[lender, 1] = last, why
    worst[lender, 2], worst[lender, 3] = books.capital[lender], books.funding[lender]


@kernel
def _propose(turn, ticket, active, offers, demands, proposals, books, count):
    """Each active firm that still needs something makes one proposal; returns the new number of proposals.

    A lender that is full refuses at once what it likes less than the worst it holds. Firms that made a proposal stay
    in `active`, −1 comes after the last. A firm that went through its list in vain looks again only at lenders that
    have chosen since.
    """
    ranking, start, reason, weight, margin, capital, advance, kinds, use, position, began, settled = offers
    open_need, reservation, on_sales, paper, single_name = demands
    asker, product, place, lender, held, tranches, face, weights, preference, child, sibling = proposals
    worst, chose, width = books.worst, books.chose, single_name.shape[1]
    tranche, still = np.empty(3, np.int64), 0
    for a in active:
        if a < 0:
            break
        if open_need[a, 0] + open_need[a, 1] + open_need[a, 2] < ticket:
            continue
        if began[a] != turn:
            began[a], position[a] = turn, start[a]
        before, dearest = count, _dearest(a, ticket, open_need, reservation)
        for at in range(position[a], start[a + 1]):
            offer = ranking[at]
            if offer == TAKEN_UP:
                continue
            p, r = offer >> PLACE_BITS & 2**PRODUCT_BITS - 1, offer & 2**PLACE_BITS - 1
            price = offer >> PLACE_BITS + PRODUCT_BITS + LENDER_BITS
            if price > dearest:
                if settled[a] >= 0:
                    break  # this and all that come after were too dear already
                reason[a, p, r] = TOO_DEAR
                continue
            bank = offer >> PLACE_BITS + PRODUCT_BITS & 2**LENDER_BITS - 1
            if chose[bank] <= settled[a]:
                continue
            reason[a, p, r] = OFFERED  # it may have been passed over before
            if single_name[a, r % width] < ticket:
                reason[a, p, r] = SINGLE_NAME
                continue
            full = min(worst[bank, 2] * 1000 // max(weight[a, p], 1), worst[bank, 3]) < ticket
            spent = _lever_room(a, p, r // width, books.spent[bank], books.uses[bank], use) < ticket
            if (full or spent) and _preference(a, p, r, width, margin, capital) > worst[bank, 0]:
                reason[a, p, r] = worst[bank, 1] if full else QUOTA
                continue
            most = min(_most(a, p, kinds[p], advance[p], on_sales, paper), single_name[a, r % width])
            amount = _allot(a, price, most, open_need, reservation, tranche)
            if amount < ticket:
                continue  # the firm's own limit or paper is used up by better offers
            ranking[at] = TAKEN_UP
            asker[count], product[count], place[count], lender[count] = a, p, r, bank
            held[count], weights[count] = amount, weight[a, p]
            preference[count] = _preference(a, p, r, width, margin, capital)
            for t in range(3):
                tranches[count, t] = tranche[t]
                open_need[a, t] -= tranche[t]
            face[count] = 0
            _tie_up(a, count, p, kinds[p], amount, advance[p], on_sales, paper, face)
            single_name[a, r % width] -= amount
            books.capital[bank] -= -(-amount * weight[a, p] // 1000)
            books.funding[bank] -= amount
            _take_levers(a, p, r // width, amount, bank, use, books.levers, books.uses)
            child[count], top = -1, books.top[bank]
            books.top[bank] = count if top < 0 else _link(count, top, preference, child, sibling)
            position[a], count = at + 1, count + 1
            break
        if count > before:
            settled[a] = -1
            active[still] = a
            still += 1
        else:
            position[a], settled[a] = start[a + 1], turn
    if still < active.size:
        active[still] = -1
    return count


@kernel
def _rounds(done, rounds, turn, ticket, active, offers, demands, proposals, books, count):
    """Rounds until nobody proposes or the list may overflow: (rounds done, turn, number of proposals).

    A turn ends when a lender has chosen: with less held, offers passed over for need, limit, paper or a full lender
    count again, and all firms begin at the top.
    """
    while done < rounds and count + active.size <= proposals.asker.size:
        before, now = count, turn
        count = _propose(turn, ticket, active, offers, demands, proposals, books, count)
        if count == before:
            return rounds, turn, count
        for lender in range(books.top.size):
            if _over(lender, books):
                _choose(lender, ticket, offers, demands, proposals, books)
                turn = now + 1
                books.chose[lender] = turn
        if turn > now:
            for a in range(active.size):
                active[a] = a
        done += 1
    return done, turn, count


def match(
    rounds: int, ticket: int, firm: Any, reach: Any, key: Any, reason: Any, advance: Any, weight: Any, margin: Any,
    capital: Any, paper: Any, use: Any, demands: Demands, room: Room,
) -> Proposals:  # fmt: skip
    """Deferred acceptance, at most `rounds` rounds; returns the proposals, `amount` being what is held in the end.

    a askers, P products, R lenders within reach, places version × reach: `key` int64[a, P, V·R] all-in APR, `reason`
    int8[a, P, V·R] (updated with why offers came to nothing), `weight` int64[a, P] risk weights in 1/1000, `margin`
    float64[a, P, V·R] and `capital` float64[a, P], over which lenders rank it, `advance` float64[P], `paper` bool[P,
    KINDS] which paper it takes, `use` float64[a, P, V, L] of levers; the first lender within reach is the house bank.
    `demands` is used up.
    """
    progress = np.full((3, firm.size), -1)
    offers = Offers(*rank_offers(key, reason, reach), reason, weight, margin, capital, advance, paper, use, *progress)
    nobody = np.full(room.capital.size, -1)
    worst = np.stack((np.full_like(nobody, NEVER), np.full_like(nobody, CAPITAL), room.capital, room.funding), axis=1)
    levers = room.levers.copy()
    books = Books(
        nobody, room.capital.copy(), room.funding.copy(), worst, np.zeros_like(nobody), levers, levers.copy(), room.uses
    )
    proposals, active, done, turn, count = _grown(None, 4 * firm.size), np.arange(firm.size), 0, 0, 0
    while done < rounds:
        if count + firm.size > proposals.asker.size:
            proposals = _grown(proposals, count + 4 * firm.size)
        done, turn, count = _rounds(done, rounds, turn, ticket, active, offers, demands, proposals, books, count)
    return Proposals(*(column[:count] for column in proposals))


def _grown(old: Proposals | None, size: int) -> Proposals:
    width = {"tranche": (size, 3), "face": (size, KINDS)}
    new = Proposals(**{name: np.empty(width.get(name, (size,)), np.int64) for name in Proposals._fields})
    if old is not None:
        for column, before in zip(new, old, strict=True):
            column[: before.shape[0]] = before
    return new
