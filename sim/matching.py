"""The credit market clears by deferred acceptance (Gale and Shapley 1962) under lenders' limits.

A firm proposes what it still needs, up to the product's limit, to its best untried offer below its reservation rate.
A lender holds proposals by risk-adjusted return, then relation, then slot, until its first limit binds.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from sim.contracts import BILL_DISCOUNT, RECEIVABLE_PLEDGE, TERM_LOAN
from sim.quotes import CAPITAL, OFFERED, SINGLE_NAME, STABLE_FUNDING, TOO_DEAR

BILLS, ACCOUNTS, OUTSIDE_ACCOUNTS = range(3)


class Demands(NamedTuple):
    """What a firm may still take, one row an asker; changed while matching."""

    open: Any  # int64[a, 3] fen still needed by tranche
    reservation: Any  # int64[a, 3] highest APR worth paying, hundredths of a bp
    unsecured: Any  # int64[a] fen left of the unsecured limit
    paper: Any  # int64[a, 3] fen of face free: bills, accounts, outside accounts
    single_name: Any  # int64[a, R] fen each lender may still lend to this name


class Room(NamedTuple):
    """Lenders' limits on new business."""

    capital: Any  # int64[B] fen of risk-weighted assets
    funding: Any  # int64[B] fen of loans


class Proposals(NamedTuple):
    """Growing list of proposals made; `amount` is what is held of it now."""

    asker: Any  # int64[m]
    product: Any  # int64[m]
    place: Any  # int64[m] position in the firm's reach
    lender: Any  # int64[m]
    amount: Any  # int64[m]
    tranche: Any  # int64[m, 3] what of it serves which tranche
    face: Any  # int64[m, 3] paper it ties up
    weight: Any  # int64[m] risk weight in 1/1000
    preference: Any  # int64[m] the lender's order: return on regulatory capital, then relation, then slot


@njit(cache=True)
def _paper_free(a, product, paper):
    if product == BILL_DISCOUNT:
        return paper[a, BILLS]
    if product == RECEIVABLE_PLEDGE:
        return paper[a, ACCOUNTS] + paper[a, OUTSIDE_ACCOUNTS]
    return paper[a, ACCOUNTS]


@njit(cache=True)
def _most(a, product, advance, demands):
    """Most that the product lends this firm now, fen."""
    if product == TERM_LOAN:
        return demands.unsecured[a]
    return np.int64(np.floor(_paper_free(a, product, demands.paper) * advance))


@njit(cache=True)
def _tie_up(a, product, amount, advance, demands, face):
    """Reserve limit or paper for a held amount; writes the face taken from each kind of paper."""
    face[:] = 0
    if product == TERM_LOAN:
        demands.unsecured[a] -= amount
        return
    wanted = min(np.int64(np.ceil(amount / advance)), _paper_free(a, product, demands.paper))
    if product == BILL_DISCOUNT:
        face[BILLS] = wanted
    elif product == RECEIVABLE_PLEDGE:
        face[OUTSIDE_ACCOUNTS] = min(wanted, demands.paper[a, OUTSIDE_ACCOUNTS])
        face[ACCOUNTS] = wanted - face[OUTSIDE_ACCOUNTS]
    else:
        face[ACCOUNTS] = wanted
    for kind in range(3):
        demands.paper[a, kind] -= face[kind]


@njit(cache=True)
def _release(m, advance, demands, proposals):
    """Give back the limit or the paper of a proposal."""
    a = proposals.asker[m]
    if proposals.product[m] == TERM_LOAN:
        demands.unsecured[a] += proposals.amount[m]
    for kind in range(3):
        demands.paper[a, kind] += proposals.face[m, kind]
        proposals.face[m, kind] = 0


# An offer as one integer that sorts by APR, then lender, then product; its place in the firm's reach comes last.
LENDERS, PRODUCTS_AT_MOST, PLACES = 1024, 8, 16


@njit(cache=True)
def rank_offers(key, reason, reach):
    """Each firm's offers from the cheapest to the dearest, ties by lender and then product.

    Returns int64[a, P·R] of offers packed by `LENDERS`, `PRODUCTS_AT_MOST` and `PLACES`, −1 after the last.
    """
    askers, products, width = key.shape
    ranking = np.full((askers, products * width), -1, np.int64)
    for a in range(askers):
        count = 0
        for p in range(products):
            for r in range(width):
                if reason[a, p, r] != OFFERED:
                    continue
                offer = ((key[a, p, r] * LENDERS + reach[a, r]) * PRODUCTS_AT_MOST + p) * PLACES + r
                place = count
                while place > 0 and ranking[a, place - 1] > offer:
                    ranking[a, place] = ranking[a, place - 1]
                    place -= 1
                ranking[a, place] = offer
                count += 1
    return ranking


@njit(cache=True)
def _allot(a, key, amount, open_need, reservation, tranche):
    """Fill tranches in order with `amount`, as far as their reservation rates allow; returns what is used."""
    used = np.int64(0)
    for t in range(3):
        tranche[t] = 0
        if reservation[a, t] >= key:
            tranche[t] = min(open_need[a, t], amount - used)
            used += tranche[t]
    return used


@njit(cache=True)
def _preference(rank, place, asker):
    """A lender's order of proposals as one integer, the best lowest; the house bank is place 0, askers go by slot."""
    coarse = np.int64(np.rint(rank * 1e6))  # to 0.01 bp, like every decision
    return ((2**31 - coarse) * PLACES + place) * 2**24 + asker


@njit(cache=True)
def _propose(a, offers, position, key, reason, reach, advance, weight, rank, ticket, demands, proposals, last):
    """Make firm a's next proposal if it has one; returns the new number of proposals."""
    open_need, reservation, single_name = demands.open, demands.reservation, demands.single_name
    tranche = np.empty(3, np.int64)
    while position[a] < offers.shape[1] and offers[a, position[a]] >= 0:
        offer = offers[a, position[a]]
        p, r = offer // PLACES % PRODUCTS_AT_MOST, offer % PLACES
        position[a] += 1
        if _allot(a, key[a, p, r], np.int64(2**62), open_need, reservation, tranche) < ticket:
            reason[a, p, r] = TOO_DEAR
            continue
        if single_name[a, r] < ticket:
            reason[a, p, r] = SINGLE_NAME
            continue
        most = min(_most(a, p, advance[p], demands), single_name[a, r])
        amount = _allot(a, key[a, p, r], most, open_need, reservation, tranche)
        if amount < ticket:
            continue  # the firm's own limit or paper is used up by better offers
        proposals.asker[last], proposals.product[last], proposals.place[last] = a, p, r
        proposals.lender[last], proposals.amount[last] = reach[a, r], amount
        proposals.weight[last], proposals.preference[last] = weight[a, p], _preference(rank[a, p, r], r, a)
        for t in range(3):
            proposals.tranche[last, t] = tranche[t]
            open_need[a, t] -= tranche[t]
        _tie_up(a, p, amount, advance[p], demands, proposals.face[last])
        single_name[a, r] -= amount
        return last + 1
    return last


@njit(cache=True)
def _cut(m, kept, why, advance, reason, demands, proposals):
    """Reduce a held proposal to `kept` fen; what is given back is open again, last tranche first."""
    a, p, r = proposals.asker[m], proposals.product[m], proposals.place[m]
    _release(m, advance[p], demands, proposals)
    back = proposals.amount[m] - kept
    demands.single_name[a, r] += back
    for t in range(2, -1, -1):
        taken = min(back, proposals.tranche[m, t])
        proposals.tranche[m, t] -= taken
        demands.open[a, t] += taken
        back -= taken
    proposals.amount[m] = kept
    if kept > 0:
        _tie_up(a, p, kept, advance[p], demands, proposals.face[m])
    else:
        reason[a, p, r] = why


@njit(cache=True)
def _hold(members, advance, reason, ticket, capital, funding, demands, proposals):
    """Let one lender choose among the proposals it has: best first, until its first limit binds."""
    for m in members:
        room = min(capital * 1000 // max(proposals.weight[m], 1), funding)
        if proposals.amount[m] > room:
            why = CAPITAL if room < funding else STABLE_FUNDING
            _cut(m, room if room >= ticket else 0, why, advance, reason, demands, proposals)
        capital -= -(-proposals.amount[m] * proposals.weight[m] // 1000)
        funding -= proposals.amount[m]


@njit(cache=True)
def _over_limit(capital_used, funding_used, room):
    over = np.zeros(room.capital.size, np.bool_)
    for lender in range(over.size):
        over[lender] = capital_used[lender] > room.capital[lender] or funding_used[lender] > room.funding[lender]
    return over


@njit(cache=True)
def _lenders_choose(count, advance, reason, ticket, room, demands, proposals):
    """Every lender whose limits the proposals exceed ranks them and gives back what does not fit."""
    capital_used = np.zeros(room.capital.size, np.int64)
    funding_used = np.zeros(room.capital.size, np.int64)
    for m in range(count):
        lender = proposals.lender[m]
        capital_used[lender] += -(-proposals.amount[m] * proposals.weight[m] // 1000)
        funding_used[lender] += proposals.amount[m]
    over = _over_limit(capital_used, funding_used, room)
    if not over.any():
        return
    held = np.flatnonzero(over[proposals.lender[:count]] & (proposals.amount[:count] > 0))
    held = held[np.argsort(proposals.preference[held])]
    for lender in np.flatnonzero(over):
        members = held[proposals.lender[held] == lender]
        _hold(
            members, advance, reason, ticket, room.capital[lender], room.funding[lender], demands, proposals
        )


@njit(cache=True)
def _round(ticket, offers, position, reach, key, reason, advance, weight, rank, demands, proposals, count):
    """Each firm that still needs something makes one proposal; returns the new number of proposals."""
    open_need = demands.open
    for a in range(reach.shape[0]):
        if open_need[a, 0] + open_need[a, 1] + open_need[a, 2] >= ticket:
            count = _propose(
                a, offers, position, key, reason, reach, advance, weight, rank, ticket, demands, proposals, count
            )
    return count


def match(
    rounds: int, ticket: int, firm: Any, reach: Any, key: Any, reason: Any, advance: Any, weight: Any, rank: Any,
    demands: Demands, room: Room,
) -> Proposals:  # fmt: skip
    """Deferred acceptance, at most `rounds` rounds; returns the proposals, `amount` being what is held in the end.

    a askers, P products, R lenders within reach: `key` int64[a, P, R] all-in APR, `reason` int8[a, P, R] (updated with
    why offers came to nothing), `weight` int64[a, P] risk weights in 1/1000, `rank` float64[a, P, R] risk-adjusted
    return, `advance` float64[P]; the first lender within reach is the house bank. `demands` is used up.
    """
    offers, position = rank_offers(key, reason, reach), np.zeros(firm.size, np.int64)
    proposals, count = _grown(None, 2 * firm.size + 1), 0
    for _ in range(rounds):
        if count + firm.size >= proposals.asker.size:
            proposals = _grown(proposals, count + 2 * firm.size)
        before = count
        count = _round(
            ticket, offers, position, reach, key, reason, advance, weight, rank, demands, proposals, count
        )
        if count == before:
            break
        _lenders_choose(count, advance, reason, ticket, room, demands, proposals)
    return Proposals(*(column[:count] for column in proposals))


def _grown(old: Proposals | None, size: int) -> Proposals:
    wide = (size, 3)
    new = Proposals(
        *(np.zeros(size, np.int64) for _ in range(5)),
        np.zeros(wide, np.int64),
        np.zeros(wide, np.int64),
        np.zeros(size, np.int64),
        np.zeros(size, np.int64),
    )
    if old is not None:
        for column, before in zip(new, old, strict=True):
            column[: before.shape[0]] = before
    return new
