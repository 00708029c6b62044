"""The credit market clears by deferred acceptance (Gale and Shapley 1962) under lenders' limits.

A firm proposes what it still needs, up to the product's limit, to its best untried offer below its reservation rate.
A lender holds proposals by risk-adjusted return, then relation, then slot, until its first limit binds.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from agents.kernels import kernel
from sim.contracts import BILL_DISCOUNT, RECEIVABLE_PLEDGE, TERM_LOAN
from sim.quotes import CAPITAL, NEVER, OFFERED, SINGLE_NAME, STABLE_FUNDING, TOO_DEAR
from sim.receivables import ACCOUNTS, BILLS, OUTSIDE_ACCOUNTS


class Demands(NamedTuple):
    """What a firm may still take, one row an asker; changed while matching."""

    open: Any  # int64[a, 3] fen still needed by tranche
    reservation: Any  # int64[a, 3] highest APR worth paying, hundredths of a bp
    unsecured: Any  # int64[a] fen left of the unsecured limit
    paper: Any  # int64[a, 3] fen of face free: bills, accounts, outside accounts
    single_name: Any  # int64[a, R] fen each lender may still lend to this name


class Offers(NamedTuple):
    """What lenders quoted, and how far each firm has come down its list."""

    ranking: Any  # int64[x] as `rank_offers` gives it; `TAKEN_UP` where it has been proposed on
    start: Any  # int64[a + 1]
    reason: Any  # int8[a, P, R]
    weight: Any  # int64[a, P]
    margin: Any  # float64[a, P, R]
    capital: Any  # float64[a, P]
    advance: Any  # float64[P]
    progress: Any  # int64[3, a] by firm, see below


class Room(NamedTuple):
    """Lenders' limits on new business."""

    capital: Any  # int64[B] fen of risk-weighted assets
    funding: Any  # int64[B] fen of loans


class Proposals(NamedTuple):
    """Proposals made; `amount` is what is held of it in the end."""

    asker: Any  # int64[m]
    product: Any  # int64[m]
    place: Any  # int64[m] position in the firm's reach
    lender: Any  # int64[m]
    amount: Any  # int64[m]
    weight: Any  # int64[m] risk weight in 1/1000
    tranche: Any  # int64[m, 3] what of it serves which tranche
    face: Any  # int64[m, 3] paper it ties up


# While matching, few tables of many rows stand for many arrays: Numba compiles by the argument.
# `made`, int64[15, m]: one column a proposal. First the columns of `Proposals`, `amount` being what is held of it now.
ASKER, PRODUCT, PLACE, LENDER, AMOUNT, WEIGHT = range(6)
TRANCHE, FACE = 6, 9  # three rows each
PREFERENCE = 12  # the lender's order: return on regulatory capital, then relation, then slot; the best lowest
CHILD, SIBLING = 13, 14  # what a lender holds is a pairing heap, the worst on top: first child, next of the same parent
MADE_ROWS = 15
# `books`, int64[8, B]: one column a lender.
TOP = 0  # the worst it holds, −1 nothing
CAPITAL_LEFT, FUNDING_LEFT = 1, 2  # fen; below 0 it has to choose
CHOSE = 3  # the turn that its last choice opened, 0 if it never had to
# As it last chose: the worst preference it held, why it was full, what was left.
WORST, WHY, CAPITAL_THEN, FUNDING_THEN = 4, 5, 6, 7
# `progress`, int64[3, a]: one column a firm.
POSITION = 0  # next offer in the ranking to look at
BEGAN = 1  # the turn in which it last began at the top of its list
SETTLED = 2  # the turn in which it came to the end in vain; −1 if anything of its own has changed since


@kernel
def _paper_free(a, product, paper):
    if product == BILL_DISCOUNT:
        return paper[a, BILLS]
    if product == RECEIVABLE_PLEDGE:
        return paper[a, ACCOUNTS] + paper[a, OUTSIDE_ACCOUNTS]
    return paper[a, ACCOUNTS]


@kernel
def _most(a, product, advance, unsecured, paper):
    """Most that the product lends this firm now, fen."""
    if product == TERM_LOAN:
        return unsecured[a]
    return np.int64(np.floor(_paper_free(a, product, paper) * advance))


@kernel
def _tie_up(a, m, product, amount, advance, unsecured, paper, made):
    """Reserve limit or paper for a held amount; notes with proposal m what is taken of each kind of paper."""
    if product == TERM_LOAN:
        unsecured[a] -= amount
        return
    wanted = min(np.int64(np.ceil(amount / advance)), _paper_free(a, product, paper))
    if product == BILL_DISCOUNT:
        made[FACE + BILLS, m] = wanted
    elif product == RECEIVABLE_PLEDGE:
        made[FACE + OUTSIDE_ACCOUNTS, m] = min(wanted, paper[a, OUTSIDE_ACCOUNTS])
        made[FACE + ACCOUNTS, m] = wanted - made[FACE + OUTSIDE_ACCOUNTS, m]
    else:
        made[FACE + ACCOUNTS, m] = wanted
    for kind in range(3):
        paper[a, kind] -= made[FACE + kind, m]


# An offer as one integer that sorts by APR, then lender, then product; its place in the firm's reach comes last.
LENDER_BITS, PRODUCT_BITS, PLACE_BITS = 10, 3, 4
TAKEN_UP = -1


@kernel
def rank_offers(key, reason, reach):
    """Each firm's offers from the cheapest to the dearest, ties by lender and then product.

    Returns packed offers int64[x], those of firm a in start[a]:start[a + 1], and `start`. One loop sorts and packs: of
    the array for the most there could be, only what is used is ever touched.
    """
    askers, products, width = key.shape
    start = np.zeros(askers + 1, np.int64)
    ranking = np.empty(askers * products * width, np.int64)
    last = 0
    for a in range(askers):
        for p in range(products):
            for r in range(width):
                if reason[a, p, r] != OFFERED:
                    continue
                offer = ((key[a, p, r] << LENDER_BITS | reach[a, r]) << PRODUCT_BITS | p) << PLACE_BITS | r
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
def _preference(a, p, r, margin, capital):
    """A lender's order of proposals as one integer, the best lowest: margin over regulatory capital, to 0.01 bp like
    every decision; then relation, the house bank being place 0; then slot."""
    rank = margin[a, p, r] / max(capital[a, p], 1e-9)
    coarse = np.int64(np.rint(min(max(rank, -1000.0), 1000.0) * 1e6))
    return ((2**31 - coarse << PLACE_BITS) + r << 24) + a


@kernel
def _cut(m, kept, why, reason, advance, progress, demands, made):
    """Reduce a held proposal to `kept` fen; what is given back is open again, last tranche first."""
    open_need, _, unsecured, paper, single_name = demands
    a, p, r = made[ASKER, m], made[PRODUCT, m], made[PLACE, m]
    if p == TERM_LOAN:
        unsecured[a] += made[AMOUNT, m]
    back = made[AMOUNT, m] - kept
    single_name[a, r] += back
    for t in range(2, -1, -1):
        paper[a, t] += made[FACE + t, m]
        made[FACE + t, m] = 0
        taken = min(back, made[TRANCHE + t, m])
        made[TRANCHE + t, m] -= taken
        open_need[a, t] += taken
        back -= taken
    made[AMOUNT, m] = kept
    if kept > 0:
        _tie_up(a, m, p, kept, advance[p], unsecured, paper, made)
    else:
        reason[a, p, r] = why
    progress[SETTLED, a] = -1


@kernel
def _link(one, other, made):
    """Join two heaps; returns the worse of their tops (of two alike the later), which is the top of both."""
    ahead = made[PREFERENCE, other] - made[PREFERENCE, one]
    if ahead > 0 or (ahead == 0 and other > one):
        one, other = other, one
    made[SIBLING, other] = made[CHILD, one]
    made[CHILD, one] = other
    return one


@kernel
def _without_top(top, made):
    """What is left of a heap without its top: its children joined in pairs, then one after the other; −1 if none."""
    pairs, rest = np.int64(-1), made[CHILD, top]
    while rest >= 0:
        pair, rest = rest, made[SIBLING, rest]
        if rest >= 0:
            second, rest = rest, made[SIBLING, rest]
            pair = _link(pair, second, made)
        made[SIBLING, pair], pairs = pairs, pair
    joined = np.int64(-1)
    while pairs >= 0:
        pair, pairs = pairs, made[SIBLING, pairs]
        joined = pair if joined < 0 else _link(joined, pair, made)
    return joined


@kernel
def _choose(lender, ticket, reason, advance, progress, demands, made, books):
    """Let one lender beyond its limits choose among the proposals it has: best first, as far as its limits go.

    Only the worst are at stake: they are taken off until the others fit, and come back as far as they do.
    """
    capital, funding, top = books[CAPITAL_LEFT, lender], books[FUNDING_LEFT, lender], books[TOP, lender]
    why, at_stake = CAPITAL, np.int64(-1)
    while capital < 0 or funding < 0:
        m, top = top, _without_top(top, made)
        capital += _weighted(made[AMOUNT, m], made[WEIGHT, m])
        funding += made[AMOUNT, m]
        made[SIBLING, m], at_stake = at_stake, m
    last = made[PREFERENCE, top] if top >= 0 else np.int64(-1)
    while at_stake >= 0:
        m, at_stake = at_stake, made[SIBLING, at_stake]
        room = min(capital * 1000 // max(made[WEIGHT, m], 1), funding)
        if made[AMOUNT, m] > room:
            why = CAPITAL if room < funding else STABLE_FUNDING
            _cut(m, room if room >= ticket else 0, why, reason, advance, progress, demands, made)
        if made[AMOUNT, m] == 0:
            continue
        capital -= _weighted(made[AMOUNT, m], made[WEIGHT, m])
        funding -= made[AMOUNT, m]
        last, made[CHILD, m] = made[PREFERENCE, m], -1
        top = m if top < 0 else _link(m, top, made)
    books[TOP, lender], books[CAPITAL_LEFT, lender], books[FUNDING_LEFT, lender] = top, capital, funding
    books[WORST, lender], books[WHY, lender] = last, why
    books[CAPITAL_THEN, lender], books[FUNDING_THEN, lender] = capital, funding


@kernel
def _weighted(amount, weight):
    """Risk-weighted assets, rounded up; `weight` in 1/1000."""
    return -(-amount * weight // 1000)


@kernel
def _propose(turn, ticket, active, offers, demands, made, books, count):
    """Each active firm that still needs something makes one proposal; returns the new number of proposals.

    A lender that is full refuses at once what it likes less than the worst it holds. Firms that made a proposal stay
    in `active`, −1 comes after the last. A firm that went through its list in vain looks again only at lenders that
    have chosen since.
    """
    ranking, start, reason, weight, margin, capital, advance, progress = offers
    open_need, reservation, unsecured, paper, single_name = demands
    tranche, still = np.empty(3, np.int64), 0
    for a in active:
        if a < 0:
            break
        if open_need[a, 0] + open_need[a, 1] + open_need[a, 2] < ticket:
            continue
        if progress[BEGAN, a] != turn:
            progress[BEGAN, a], progress[POSITION, a] = turn, start[a]
        before, dearest, settled = count, _dearest(a, ticket, open_need, reservation), progress[SETTLED, a]
        for at in range(progress[POSITION, a], start[a + 1]):
            offer = ranking[at]
            if offer == TAKEN_UP:
                continue
            p, r = offer >> PLACE_BITS & 2**PRODUCT_BITS - 1, offer & 2**PLACE_BITS - 1
            price = offer >> PLACE_BITS + PRODUCT_BITS + LENDER_BITS
            if price > dearest:
                if settled >= 0:
                    break  # this and all that come after were too dear already
                reason[a, p, r] = TOO_DEAR
                continue
            bank = offer >> PLACE_BITS + PRODUCT_BITS & 2**LENDER_BITS - 1
            if books[CHOSE, bank] <= settled:
                continue
            reason[a, p, r] = OFFERED  # it may have been passed over before
            if single_name[a, r] < ticket:
                reason[a, p, r] = SINGLE_NAME
                continue
            full = min(books[CAPITAL_THEN, bank] * 1000 // max(weight[a, p], 1), books[FUNDING_THEN, bank]) < ticket
            if full and _preference(a, p, r, margin, capital) > books[WORST, bank]:
                reason[a, p, r] = books[WHY, bank]
                continue
            most = min(_most(a, p, advance[p], unsecured, paper), single_name[a, r])
            amount = _allot(a, price, most, open_need, reservation, tranche)
            if amount < ticket:
                continue  # the firm's own limit or paper is used up by better offers
            ranking[at] = TAKEN_UP
            made[ASKER, count], made[PRODUCT, count], made[PLACE, count], made[LENDER, count] = a, p, r, bank
            made[AMOUNT, count], made[WEIGHT, count] = amount, weight[a, p]
            made[PREFERENCE, count], made[CHILD, count] = _preference(a, p, r, margin, capital), -1
            for t in range(3):
                made[TRANCHE + t, count], made[FACE + t, count] = tranche[t], 0
                open_need[a, t] -= tranche[t]
            _tie_up(a, count, p, amount, advance[p], unsecured, paper, made)
            single_name[a, r] -= amount
            books[CAPITAL_LEFT, bank] -= _weighted(amount, weight[a, p])
            books[FUNDING_LEFT, bank] -= amount
            books[TOP, bank] = count if books[TOP, bank] < 0 else _link(count, books[TOP, bank], made)
            progress[POSITION, a], count = at + 1, count + 1
            break
        if count > before:
            progress[SETTLED, a], active[still] = -1, a
            still += 1
        else:
            progress[POSITION, a], progress[SETTLED, a] = start[a + 1], turn
    if still < active.size:
        active[still] = -1
    return count


@kernel
def _rounds(done, rounds, turn, ticket, active, offers, demands, made, books, count):
    """Rounds until nobody proposes or the table may overflow: (rounds done, turn, number of proposals).

    A turn ends when a lender has chosen: with less held, offers passed over for need, limit, paper or a full lender
    count again, and all firms begin at the top.
    """
    while done < rounds and count + active.size <= made.shape[1]:
        before, now = count, turn
        count = _propose(turn, ticket, active, offers, demands, made, books, count)
        if count == before:
            return rounds, turn, count
        for lender in range(books.shape[1]):
            if books[CAPITAL_LEFT, lender] < 0 or books[FUNDING_LEFT, lender] < 0:
                _choose(lender, ticket, offers.reason, offers.advance, offers.progress, demands, made, books)
                turn = now + 1
                books[CHOSE, lender] = turn
        if turn > now:
            for a in range(active.size):
                active[a] = a
        done += 1
    return done, turn, count


def match(
    rounds: int, ticket: int, firm: Any, reach: Any, key: Any, reason: Any, advance: Any, weight: Any, margin: Any,
    capital: Any, demands: Demands, room: Room,
) -> Proposals:  # fmt: skip
    """Deferred acceptance, at most `rounds` rounds; returns the proposals, `amount` being what is held in the end.

    a askers, P products, R lenders within reach: `key` int64[a, P, R] all-in APR, `reason` int8[a, P, R] (updated with
    why offers came to nothing), `weight` int64[a, P] risk weights in 1/1000, `margin` float64[a, P, R] and `capital`
    float64[a, P], over which lenders rank it, `advance` float64[P]; the first lender within reach is the house bank.
    `demands` is used up.
    """
    progress = np.full((3, firm.size), -1)
    offers = Offers(*rank_offers(key, reason, reach), reason, weight, margin, capital, advance, progress)
    nobody, never = np.full(room.capital.size, -1), np.zeros(room.capital.size, np.int64)
    books = np.stack((nobody, *room, never, np.full_like(nobody, NEVER), np.full_like(nobody, CAPITAL), *room))
    made = np.empty((MADE_ROWS, 4 * firm.size), np.int64)
    active, done, turn, count = np.arange(firm.size), 0, 0, 0
    while done < rounds:
        if count + firm.size > made.shape[1]:
            made = np.concatenate((made[:, :count], np.empty((MADE_ROWS, 4 * firm.size), np.int64)), axis=1)
        done, turn, count = _rounds(done, rounds, turn, ticket, active, offers, demands, made, books, count)
    made = made[:, :count]
    asker, product, place, lender, amount, weight = made[:TRANCHE]
    tranche, face = made[TRANCHE : TRANCHE + 3].T, made[FACE : FACE + 3].T
    return Proposals(asker, product, place, lender, amount, weight, tranche, face)
