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


class Offers(NamedTuple):
    """What lenders quoted, and how far each firm has come down its list."""

    ranking: Any  # int64[a, P·R] as `rank_offers` gives it
    position: Any  # int64[a] next place in the ranking to look at
    proposed: Any  # bool[a, P, R] taken up at some time
    reach: Any  # int16[a, R]
    key: Any  # int64[a, P, R]
    reason: Any  # int8[a, P, R]
    weight: Any  # int64[a, P]
    rank: Any  # float64[a, P, R]
    advance: Any  # float64[P]
    worst: Any  # int64[B, 4] by lender: the last preference it holds, why it is full, capital and funding left


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
def _most(a, product, advance, unsecured, paper):
    """Most that the product lends this firm now, fen."""
    if product == TERM_LOAN:
        return unsecured[a]
    return np.int64(np.floor(_paper_free(a, product, paper) * advance))


@njit(cache=True)
def _tie_up(a, m, product, amount, advance, unsecured, paper, face):
    """Reserve limit or paper for a held amount; writes into row m of `face` what is taken from each kind of paper."""
    if product == TERM_LOAN:
        unsecured[a] -= amount
        return
    wanted = min(np.int64(np.ceil(amount / advance)), _paper_free(a, product, paper))
    if product == BILL_DISCOUNT:
        face[m, BILLS] = wanted
    elif product == RECEIVABLE_PLEDGE:
        face[m, OUTSIDE_ACCOUNTS] = min(wanted, paper[a, OUTSIDE_ACCOUNTS])
        face[m, ACCOUNTS] = wanted - face[m, OUTSIDE_ACCOUNTS]
    else:
        face[m, ACCOUNTS] = wanted
    for kind in range(3):
        paper[a, kind] -= face[m, kind]


@njit(cache=True)
def _release(m, demands, proposals):
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
    coarse = np.int64(np.rint(min(max(rank, -1000.0), 1000.0) * 1e6))  # to 0.01 bp, like every decision
    return ((2**31 - coarse) * PLACES + place) * 2**24 + asker


@njit(cache=True)
def _cut(m, kept, why, offers, demands, proposals):
    """Reduce a held proposal to `kept` fen; what is given back is open again, last tranche first."""
    a, p, r = proposals.asker[m], proposals.product[m], proposals.place[m]
    _release(m, demands, proposals)
    back = proposals.amount[m] - kept
    demands.single_name[a, r] += back
    for t in range(2, -1, -1):
        taken = min(back, proposals.tranche[m, t])
        proposals.tranche[m, t] -= taken
        demands.open[a, t] += taken
        back -= taken
    proposals.amount[m] = kept
    if kept > 0:
        _tie_up(a, m, p, kept, offers.advance[p], demands.unsecured, demands.paper, proposals.face)
    else:
        offers.reason[a, p, r] = why


@njit(cache=True)
def _hold(members, ticket, capital, funding, last, lender, offers, demands, proposals):
    """Let one lender choose among the proposals it has: best first, as far as its limits go.

    Notes in `offers.worst` what it refuses from now on; `last` is its order of the worst that it holds already.
    """
    why = CAPITAL
    for m in members:
        room = min(capital * 1000 // max(proposals.weight[m], 1), funding)
        if proposals.amount[m] > room:
            why = CAPITAL if room < funding else STABLE_FUNDING
            _cut(m, room if room >= ticket else 0, why, offers, demands, proposals)
        capital -= -(-proposals.amount[m] * proposals.weight[m] // 1000)
        funding -= proposals.amount[m]
        if proposals.amount[m] > 0:
            last = proposals.preference[m]
    worst = offers.worst
    offers.position[:] = 0  # with less held, offers passed over for need, limit, paper or a full lender count again
    worst[lender, 0], worst[lender, 1], worst[lender, 2], worst[lender, 3] = last, why, capital, funding


@njit(cache=True)
def _usage(members, proposals):
    """Risk-weighted assets and loans that proposals come to, fen."""
    capital, funding = np.int64(0), np.int64(0)
    for m in members:
        capital += -(-proposals.amount[m] * proposals.weight[m] // 1000)
        funding += proposals.amount[m]
    return capital, funding


@njit(cache=True)
def _over_limit(count, lender, amount, weight, room):
    """Which lenders hold more than their limits allow."""
    capital, funding = np.zeros(room.capital.size, np.int64), np.zeros(room.capital.size, np.int64)
    for m in range(count):
        capital[lender[m]] += -(-amount[m] * weight[m] // 1000)
        funding[lender[m]] += amount[m]
    return np.flatnonzero((capital > room.capital) | (funding > room.funding))


@njit(cache=True)
def _select(values, rank):
    """The value that would stand at `rank` if `values` (reordered here) were sorted (Hoare 1961).

    np.partition does the same, but takes Numba ten seconds to compile.
    """
    low, high = 0, values.size - 1
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i, j = i + 1, j - 1
        if rank <= j:
            high = j
        elif rank >= i:
            low = i
        else:
            break
    return values[rank]


@njit(cache=True)
def _lenders_choose(before, count, ticket, room, offers, demands, proposals):
    """Every lender whose limits the proposals exceed ranks them and gives back what does not fit.

    Where few are new (from `before` on), only the worst few can be at stake: the others are held without ranking.
    """
    lender_of, amount, preference = proposals.lender, proposals.amount, proposals.preference
    for lender in _over_limit(count, lender_of, amount, proposals.weight, room):
        members = np.flatnonzero((lender_of[:count] == lender) & (amount[:count] > 0))
        capital, funding, last = room.capital[lender], room.funding[lender], np.int64(-1)
        at_stake = 8 * (members >= before).sum() + 32
        if at_stake < members.size:
            liking = preference[members]
            cut = _select(liking.copy(), members.size - at_stake)
            safe_capital, safe_funding = _usage(members[liking < cut], proposals)
            if safe_capital <= capital and safe_funding <= funding:
                capital, funding = capital - safe_capital, funding - safe_funding
                members, last = members[liking >= cut], liking[liking < cut].max()
        members = members[np.argsort(preference[members])]
        _hold(members, ticket, capital, funding, last, lender, offers, demands, proposals)


@njit(cache=True)
def _round(ticket, offers, demands, proposals, count):
    """Each firm that still needs something makes one proposal; returns the new number of proposals.

    A lender that is full refuses at once what it likes less than the worst it holds.
    """
    ranking, position, proposed, reach, key, reason, weight, rank, advance, worst = offers
    open_need, reservation, unsecured, paper, single_name = demands
    asker, product, place, lender, held, tranches, face, weights, preference = proposals
    tranche = np.empty(3, np.int64)
    for a in range(reach.shape[0]):
        if open_need[a, 0] + open_need[a, 1] + open_need[a, 2] < ticket:
            continue
        while position[a] < ranking.shape[1] and ranking[a, position[a]] >= 0:
            offer = ranking[a, position[a]]
            p, r = offer // PLACES % PRODUCTS_AT_MOST, offer % PLACES
            position[a] += 1
            if proposed[a, p, r]:
                continue
            reason[a, p, r] = OFFERED  # it may have been passed over before
            price, bank = key[a, p, r], reach[a, r]
            if _allot(a, price, np.int64(2**62), open_need, reservation, tranche) < ticket:
                reason[a, p, r] = TOO_DEAR
                continue
            if single_name[a, r] < ticket:
                reason[a, p, r] = SINGLE_NAME
                continue
            liking = _preference(rank[a, p, r], r, a)
            if liking > worst[bank, 0] and min(worst[bank, 2] * 1000 // max(weight[a, p], 1), worst[bank, 3]) < ticket:
                reason[a, p, r] = worst[bank, 1]
                continue
            most = min(_most(a, p, advance[p], unsecured, paper), single_name[a, r])
            amount = _allot(a, price, most, open_need, reservation, tranche)
            if amount < ticket:
                continue  # the firm's own limit or paper is used up by better offers
            proposed[a, p, r] = True
            asker[count], product[count], place[count], lender[count] = a, p, r, bank
            held[count], weights[count], preference[count] = amount, weight[a, p], liking
            for t in range(3):
                tranches[count, t] = tranche[t]
                open_need[a, t] -= tranche[t]
            _tie_up(a, count, p, amount, advance[p], unsecured, paper, face)
            single_name[a, r] -= amount
            count += 1
            break
    return count


@njit(cache=True)
def _rounds(done, rounds, ticket, room, offers, demands, proposals, count):
    """Rounds until nobody proposes or the list may overflow: (rounds done, number of proposals)."""
    while done < rounds and count + offers.reach.shape[0] <= proposals.asker.size:
        before = count
        count = _round(ticket, offers, demands, proposals, count)
        if count == before:
            return rounds, count
        _lenders_choose(before, count, ticket, room, offers, demands, proposals)
        done += 1
    return done, count


def match(
    rounds: int, ticket: int, firm: Any, reach: Any, key: Any, reason: Any, advance: Any, weight: Any, rank: Any,
    demands: Demands, room: Room,
) -> Proposals:  # fmt: skip
    """Deferred acceptance, at most `rounds` rounds; returns the proposals, `amount` being what is held in the end.

    a askers, P products, R lenders within reach: `key` int64[a, P, R] all-in APR, `reason` int8[a, P, R] (updated with
    why offers came to nothing), `weight` int64[a, P] risk weights in 1/1000, `rank` float64[a, P, R] risk-adjusted
    return, `advance` float64[P]; the first lender within reach is the house bank. `demands` is used up.
    """
    ranking, position = rank_offers(key, reason, reach), np.zeros(firm.size, np.int64)
    proposed = np.zeros(key.shape, np.bool_)
    worst = np.tile(np.array([np.iinfo(np.int64).max, CAPITAL, 0, 0]), (room.capital.size, 1))
    offers = Offers(ranking, position, proposed, reach, key, reason, weight, rank, advance, worst)
    proposals, done, count = _grown(None, 2 * firm.size), 0, 0
    while done < rounds:
        if count + firm.size > proposals.asker.size:
            proposals = _grown(proposals, count + 2 * firm.size)
        done, count = _rounds(done, rounds, ticket, room, offers, demands, proposals, count)
    return Proposals(*(column[:count] for column in proposals))


def _grown(old: Proposals | None, size: int) -> Proposals:
    by_three = ("tranche", "face")
    new = Proposals(**{name: np.zeros((size, 3) if name in by_three else size, np.int64) for name in Proposals._fields})
    if old is not None:
        for column, before in zip(new, old, strict=True):
            column[: before.shape[0]] = before
    return new
