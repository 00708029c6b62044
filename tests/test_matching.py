"""Deferred acceptance under limits and allotments: the kernel against a plain version, and what it promises."""

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from plain_offers import ranked_of

from sim.holding import HOLDING, LENDER, Demands, _sort
from sim.matching import Room, match
from sim.quotes import CAPITAL, NOT_ELIGIBLE, OFFERED, QUOTA, SINGLE_NAME, STABLE_FUNDING, TOO_DEAR

TICKET = 10
BEST, WORST = (-1e9,), (1e9,)  # before and after all that a lender may rank
PRODUCTS, TRANCHES, PAPERS = 6, 3, 4
ADVANCE = (1.0, 0.5, 0.75, 0.8, 1.0, 1.0)
TERM, PLEDGE, RECOURSE, FACTORING, BILL, CERTIFICATE = range(PRODUCTS)
# Kinds of paper each product takes, in that order: 0 bills, 1 accounts, 2 accounts outside, 3 confirmed payables.
PAPER = {TERM: (), PLEDGE: (2, 1), RECOURSE: (1,), FACTORING: (1,), BILL: (0,), CERTIFICATE: (3,)}
KINDS = np.array([[kind in PAPER[product] for kind in range(PAPERS)] for product in range(PRODUCTS)])


@dataclass
class Offer:
    key: int
    lender: int
    product: int
    place: int
    rank: float
    plain: bool  # without the levers that are rationed
    uses: list  # of each allotment of this lender, fen for a fen of principal
    tried: bool = False


@dataclass
class Firm:
    number: int
    open: list
    reservation: list
    on_sales: list
    paper: list
    single_name: list
    weight: list
    offers: list = field(default_factory=list)

    def most(self, product):
        if product == TERM:
            return self.on_sales[TERM]
        return floor(sum(self.paper[kind] for kind in PAPER[product]) * Fraction(ADVANCE[product]))

    def takes(self, key, amount):
        """Parts by tranche, in order, of what the firm accepts of `amount` at this rate."""
        parts = []
        for t in range(TRANCHES):
            willing = self.open[t] if self.reservation[t] >= key else 0
            parts.append(min(willing, amount - sum(parts)))
        return parts


@dataclass
class Held:
    firm: Firm
    offer: Offer
    parts: list
    face: list

    @property
    def amount(self):
        return sum(self.parts)


def tie_up(firm, product, amount):
    face, missing = [0] * PAPERS, ceil(amount / Fraction(ADVANCE[product]))
    if product == TERM:
        firm.on_sales[TERM] -= amount
        return face
    for kind in PAPER[product]:
        face[kind] = min(missing, firm.paper[kind])
        missing -= face[kind]
        firm.paper[kind] -= face[kind]
    return face


def order(firm, offer):
    """How a lender ranks proposals, the best lowest."""
    return (-offer.rank, offer.place, firm.number)


def propose(firm, full):
    """The firm's best untried offer that brings it a ticket or more and that is not refused at once."""
    for offer in sorted(firm.offers, key=lambda o: (o.key, o.lender, o.product, o.plain)):
        if offer.tried or (offer.lender in full and full[offer.lender].refuses(firm, offer)):
            continue
        limit = min(firm.most(offer.product), firm.single_name[offer.place])
        parts = firm.takes(offer.key, limit)
        if sum(parts) < TICKET:
            continue
        offer.tried = True
        firm.open = [have - part for have, part in zip(firm.open, parts, strict=True)]
        firm.single_name[offer.place] -= sum(parts)
        return Held(firm, offer, parts, tie_up(firm, offer.product, sum(parts)))
    return None


def cut(held, kept):
    firm, product = held.firm, held.offer.product
    if product == TERM:
        firm.on_sales[TERM] += held.amount
    firm.paper = [have + face for have, face in zip(firm.paper, held.face, strict=True)]
    held.face = [0] * PAPERS
    back = held.amount - kept
    firm.single_name[held.offer.place] += back
    for t in reversed(range(TRANCHES)):
        part = min(back, held.parts[t])
        held.parts[t] -= part
        firm.open[t] += part
        back -= part
    if kept:
        held.face = tie_up(firm, product, kept)


def capital_for(held):
    weight = held.firm.weight[held.offer.product]
    return ceil(Fraction(held.amount * weight, 1000))


def allotments_for(held):
    return [ceil(held.amount * share) for share in held.offer.uses]


@dataclass
class Full:
    """What a lender had left when it last had to choose, and the worst it then held, also of each lever's users."""

    worst: tuple
    capital: int
    funding: int
    allotments: list
    last: list = field(default_factory=list)

    def room(self, weight, offer):
        by_levers = [left // share for left, share in zip(self.allotments, offer.uses, strict=True) if share]
        return floor(min(self.capital * 1000 // weight, self.funding, *by_levers))

    def refuses(self, firm, offer):
        here = order(firm, offer)
        if here > self.worst and self.room(firm.weight[offer.product], offer) < TICKET:
            return True
        levers = zip(self.allotments, offer.uses, self.last, strict=True)
        return any(share and here > last and left // share < TICKET for left, share, last in levers)

    def take(self, held):
        self.capital, self.funding = self.capital - capital_for(held), self.funding - held.amount
        self.allotments = [left - used for left, used in zip(self.allotments, allotments_for(held), strict=True)]


def choose(proposals, capital, funding, allotments):
    """One lender holds the best of its proposals until its first limit binds; None if none binds."""
    state = Full(BEST, capital, funding, allotments)
    for held in proposals:
        state.take(held)
    if min(state.capital, state.funding, *state.allotments) >= 0:
        return None
    state = Full(BEST, capital, funding, allotments, [BEST] * len(allotments))
    for held in sorted(proposals, key=lambda h: order(h.firm, h.offer)):
        room = state.room(held.firm.weight[held.offer.product], held.offer)
        if held.amount > room:
            cut(held, room if room >= TICKET else 0)
        state.take(held)
        if held.amount:
            state.worst = order(held.firm, held.offer)
            state.last = [
                state.worst if share else last for share, last in zip(held.offer.uses, state.last, strict=True)
            ]
    return state


def plain_match(rounds, firms, capital, funding, allotments):
    made, full = [], {}
    for lender, limits in enumerate(zip(capital, funding, allotments, strict=True)):
        full[lender] = Full(WORST, *limits, [BEST] * len(limits[2]))  # nobody holds what is too little from the start
    for _ in range(rounds):
        new = [propose(firm, full) for firm in firms if sum(firm.open) >= TICKET]
        if not any(new):
            break
        made += [held for held in new if held]
        for lender in range(len(capital)):
            mine = [held for held in made if held.offer.lender == lender and held.amount]
            full |= (
                {lender: state} if (state := choose(mine, capital[lender], funding[lender], allotments[lender])) else {}
            )
    return made


@st.composite
def markets(draw, plenty=False):
    """Arguments of `match` for at most six firms and four lenders; with `plenty` no lender's limit binds."""
    lenders, reach = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    count = draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))  # fills what need not shrink
    scale = draw(st.sampled_from([30, 100, 1000]))

    def fen(*shape):
        return rng.integers(0, scale, shape) * (rng.random(shape) < 0.8)

    reaches = np.full((count, reach), -1, np.int16)
    for a in range(count):
        known = rng.permutation(lenders)[:reach]
        reaches[a, : known.size] = known
    versions = draw(st.sampled_from([1, 2]))
    levers = draw(st.integers(0, 3)) if versions == 2 else 0
    shape = (count, PRODUCTS, versions * reach)
    reason = np.where(rng.random(shape) < 0.8, OFFERED, NOT_ELIGIBLE).astype(np.int8)
    reason[np.broadcast_to(np.tile(reaches < 0, versions)[:, None, :], shape)] = NOT_ELIGIBLE
    demands = Demands(
        fen(count, 3), rng.integers(1, 9, (count, 3)), fen(count, PRODUCTS), fen(count, PAPERS),
        np.full((count, reach), 10**9) if plenty else fen(count, reach) * 3,
    )  # fmt: skip
    uses = rng.random((lenders, levers)) < 0.8
    if plenty:
        room = Room(*np.full((2, lenders), 10**9), np.full((lenders, levers), 10**9), uses)
    else:
        room = Room(fen(lenders) * 2, fen(lenders) * 3, fen(lenders, levers), uses)
    shares = rng.integers(0, 9, (count, PRODUCTS, 2, levers)) / 8 * (rng.random((count, PRODUCTS, 2, levers)) < 0.6)
    return {
        "firm": np.sort(rng.permutation(50)[:count]),
        "reach": reaches,
        "key": rng.integers(1, 8, shape),
        "reason": reason,
        "advance": np.array(ADVANCE),
        "weight": rng.choice([200, 750, 850, 1000], (count, PRODUCTS)),
        "margin": rng.integers(0, 4, shape) / 4.0,
        "capital": np.ones((count, PRODUCTS)),
        "paper": KINDS,
        # Eighths: exact as floats, so that the plain version need not round as the kernel does.
        # The plain version may need some of it as well: what a product lives by.
        "use": shares[:, :, :versions] * np.array([1, rng.random() < 0.5])[:versions, None],
        "demands": demands,
        "room": room,
    }


def copied(market):
    """Fresh arguments of `match`, which uses up demands and reasons and marks offers."""
    names = ("reach", "reason", "advance", "weight", "paper", "use", "room")
    fresh = {name: market[name] for name in names} | {"reason": market["reason"].copy()}
    offers = (market[name] for name in ("key", "reason", "reach", "margin", "capital", "use"))
    fresh["ranked"] = ranked_of(*offers, market["room"].uses)
    fresh["demands"] = Demands(*(column.copy() for column in market["demands"]))
    return fresh


def exact(shares):
    return [Fraction(float(share)) for share in shares]


def firms_of(market):
    firms, demands = [], market["demands"]
    for a, number in enumerate(market["firm"]):
        columns = (demands.open, demands.reservation, demands.on_sales, demands.paper, demands.single_name)
        firm = Firm(int(number), *(column[a].tolist() for column in columns), market["weight"][a].tolist())
        for p, place in zip(*np.nonzero(market["reason"][a] == OFFERED), strict=True):
            version, r = divmod(int(place), market["reach"].shape[1])
            lender, key = int(market["reach"][a, r]), int(market["key"][a, p, place])
            shares = market["use"][a, p, version] * market["room"].uses[lender]
            offer = Offer(key, lender, int(p), r, float(market["margin"][a, p, place]), version == 1, exact(shares))
            firm.offers.append(offer)
        firms.append(firm)
    return firms


@settings(max_examples=300)
@given(markets(), st.integers(1, 40))
def test_the_kernel_holds_what_the_plain_version_holds(market, rounds):
    fast, room = match(rounds, TICKET, **copied(market)), market["room"]
    limits = (room.capital.tolist(), room.funding.tolist(), room.levers.tolist())
    plain, width = plain_match(rounds, firms_of(market), *limits), market["reach"].shape[1]
    row = {number: a for a, number in enumerate(market["firm"].tolist())}
    rows = [
        (
            row[h.firm.number], h.offer.product, h.offer.place + width * h.offer.plain, h.offer.lender, h.amount,
            h.parts, h.face,
        )
        for h in plain
    ]  # fmt: skip
    columns = (fast.asker, fast.product, fast.place, fast.lender, fast.amount, fast.tranche, fast.face)
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == rows


@settings(max_examples=150)
@given(markets())
def test_nobody_gets_more_than_need_limit_or_paper_and_lenders_keep_their_limits(market):
    got = match(60, TICKET, **copied(market))
    demands, lenders = market["demands"], market["room"].capital.size
    a, amount = got.asker, got.amount
    assert (amount >= 0).all()
    assert ((amount == 0) | (amount >= TICKET)).all()
    assert (got.tranche.sum(axis=1) == amount).all()
    by_tranche, paper = np.zeros_like(demands.open), np.zeros_like(demands.paper)
    np.add.at(by_tranche, a, got.tranche)
    np.add.at(paper, a, got.face)
    assert (by_tranche <= demands.open).all()
    assert (paper <= demands.paper).all()
    term = got.product == TERM
    on_sales = demands.on_sales[:, TERM]
    assert (np.bincount(a[term], amount[term], minlength=on_sales.size) <= on_sales).all()
    assert (got.face[term] == 0).all()
    assert (amount[~term] <= got.face[~term].sum(axis=1) * np.array(ADVANCE)[got.product[~term]]).all()
    named = np.zeros_like(demands.single_name)
    width = market["reach"].shape[1]
    np.add.at(named, (a, got.place % width), amount)
    assert (named <= demands.single_name).all()
    used = np.ceil(amount * got.weight / 1000)
    assert (np.bincount(got.lender, used, lenders) <= market["room"].capital).all()
    assert (np.bincount(got.lender, amount, lenders) <= market["room"].funding).all()
    shares = market["use"][a, got.product, got.place // width] * market["room"].uses[got.lender]
    allotted = np.zeros_like(market["room"].levers)
    np.add.at(allotted, got.lender, np.ceil(amount[:, None] * shares).astype(np.int64))
    assert (allotted <= market["room"].levers).all()
    too_dear = demands.reservation[a] < market["key"][a, got.product, got.place][:, None]
    assert (got.tranche[too_dear] == 0).all()


@settings(max_examples=150)
@given(markets())
def test_no_firm_and_lender_both_wish_for_an_offer_that_was_never_taken_up(market):
    """Stability, up to partial fills: no offer is proposed on twice, and no lender lends part of a ticket."""
    after = copied(market)
    got = match(10_000, TICKET, **after)
    demands, tried = after["demands"], set(zip(got.asker, got.product, got.place, strict=True))
    tried |= set(zip(*np.nonzero(np.isin(after["reason"], (CAPITAL, STABLE_FUNDING, QUOTA))), strict=True))
    width = market["reach"].shape[1]
    firms = firms_of(dict(market, demands=demands))
    for a, firm in enumerate(firms):
        for offer in firm.offers:
            if (a, offer.product, offer.place + width * offer.plain) in tried:
                continue
            wished = min(firm.most(offer.product), firm.single_name[offer.place])
            assert sum(firm.takes(offer.key, wished)) < TICKET, (a, offer)


@settings(max_examples=150)
@given(markets())
def test_a_lender_that_refused_has_no_room_left_beyond_better_proposals(market):
    market["weight"][:] = 750  # with several weights, room too small for one may be enough for another
    market["use"][:] = 0
    market["use"][:, :, 0] = 0.5
    market["room"].uses[:] = True
    market_after = copied(market)
    got, width = match(10_000, TICKET, **market_after), market["reach"].shape[1]

    def place(got, m):
        return got.asker[m], got.product[m], got.place[m]

    def order(m):
        a, p, r = got.asker[m], got.product[m], got.place[m]
        return -market["margin"][a, p, r], r % width, market["firm"][a]

    # Where an allotment binds, too, what is cut for it makes room that a plain offer refused before does not get back.
    short = {lender for m, lender in enumerate(got.lender) if market_after["reason"][place(got, m)] == QUOTA}
    for m in np.flatnonzero(got.amount < TICKET):
        lender = got.lender[m]
        if lender in short and got.place[m] >= width:
            continue
        mine = np.flatnonzero((got.lender == lender) & (got.amount > 0))
        better = [x for x in mine if order(x) <= order(m)]
        used = sum(-(-got.amount[x] * got.weight[x] // 1000) for x in better)
        capital = (market["room"].capital[lender] - used) * 1000 // got.weight[m]
        funding = market["room"].funding[lender] - sum(got.amount[x] for x in better)
        taken = sum(-(-got.amount[x] // 2) for x in better if got.place[x] < width)
        levers = 2 * (market["room"].levers[lender] - taken) if got.place[m] < width else []
        assert min(capital, funding, *levers) < TICKET


@settings(max_examples=150)
@given(markets(plenty=True))
def test_with_no_lender_at_its_limit_each_firm_takes_its_cheapest_offers_in_order(market):
    got = match(10_000, TICKET, **copied(market))
    for a, firm in enumerate(firms_of(market)):
        mine = got.asker == a
        taken = list(zip(got.product[mine], got.place[mine], got.amount[mine], strict=True))
        expected, width = [], market["reach"].shape[1]
        while (held := propose(firm, {})) is not None:  # alone in the world, one after the other
            expected.append((held.offer.product, held.offer.place + width * held.offer.plain, held.amount))
        assert taken == expected


def one_offer(amount, *, key=5, reservation=9, single=10**9, capital=10**9, funding=10**9, quota=10**9):
    """A market of one firm, one lender and one unsecured offer, of which a fen uses half a fen of a quota."""
    reason = np.full((1, PRODUCTS, 1), NOT_ELIGIBLE, np.int8)
    reason[0, TERM, 0] = OFFERED
    demands = Demands(
        np.array([[amount, 0, 0]]), np.full((1, 3), reservation), np.full((1, PRODUCTS), amount),
        np.zeros((1, PAPERS), np.int64), np.array([[single]]),
    )  # fmt: skip
    reach, use, uses = np.array([[0]], np.int16), np.full((1, PRODUCTS, 1, 1), 0.5), np.array([[True]])
    keys, margin, capital_each = np.full((1, PRODUCTS, 1), key), np.zeros((1, PRODUCTS, 1)), np.ones((1, PRODUCTS))
    result = match(
        5, TICKET, reach, ranked_of(keys, reason, reach, margin, capital_each, use, uses), reason, np.array(ADVANCE),
        np.full((1, PRODUCTS), 750), KINDS, use, demands,
        Room(np.array([capital]), np.array([funding]), np.array([[quota]]), uses),
    )  # fmt: skip
    return int(result.amount.sum()), int(reason[0, TERM, 0])


def test_why_an_offer_came_to_nothing():
    assert one_offer(100) == (100, OFFERED)
    assert one_offer(100, reservation=4) == (0, TOO_DEAR)
    assert one_offer(100, single=TICKET - 1) == (0, SINGLE_NAME)
    assert one_offer(100, capital=7) == (0, CAPITAL)
    assert one_offer(100, funding=9) == (0, STABLE_FUNDING)
    assert one_offer(100, quota=4) == (0, QUOTA)


def test_the_marginal_proposal_is_filled_in_part_down_to_the_smallest_ticket():
    assert one_offer(100, single=40)[0] == 40
    assert one_offer(100, capital=30)[0] == 40  # 40 fen at a weight of 75 % take 30 of capital
    assert one_offer(100, funding=TICKET)[0] == TICKET
    assert one_offer(100, quota=20)[0] == 40
    assert one_offer(TICKET - 1)[0] == 0


def test_what_an_allotment_does_not_reach_for_is_lent_without_the_lever():
    """One lender, two versions of one offer: the cheaper one until its allotment is gone, then the plain one."""
    need = np.array([[100, 0, 0], [100, 0, 0], [100, 0, 0]])
    firms = len(need)
    reason = np.full((firms, PRODUCTS, 2), NOT_ELIGIBLE, np.int8)
    reason[:, TERM] = OFFERED
    key = np.broadcast_to([4, 5], (firms, PRODUCTS, 2)).copy()
    margin = np.zeros((firms, PRODUCTS, 2))
    margin[:, TERM] = np.array([[1.0, 1.0], [3.0, 3.0], [2.0, 2.0]])  # the lender likes the second best
    demands = Demands(
        need, np.full((firms, 3), 9), np.full((firms, PRODUCTS), 100), np.zeros((firms, PAPERS), np.int64),
        np.full((firms, 1), 10**9),
    )  # fmt: skip
    reach, uses = np.zeros((firms, 1), np.int16), np.array([[True]])
    use = np.ones((firms, PRODUCTS, 2, 1)) * np.array([[1], [0]])
    got = match(
        24, TICKET, reach, ranked_of(key, reason, reach, margin, np.ones((firms, PRODUCTS)), use, uses), reason,
        np.array(ADVANCE), np.full((firms, PRODUCTS), 750), KINDS, use, demands,
        Room(np.array([10**9]), np.array([10**9]), np.array([[150]]), uses),
    )  # fmt: skip
    held = {(int(a), int(v)): int(x) for a, v, x in zip(got.asker, got.place, got.amount, strict=True) if x}
    assert held == {(1, 0): 100, (2, 0): 50, (2, 1): 50, (0, 1): 100}
    assert reason[0, TERM].tolist() == [QUOTA, OFFERED]


def test_nobody_asks():
    nobody, reach, use = np.zeros((0, PRODUCTS, 1)), np.zeros((0, 1), np.int16), np.zeros((0, PRODUCTS, 1, 0))
    demands = Demands(*(np.zeros((0, width), np.int64) for width in (3, 3, PRODUCTS, PAPERS, 1)))
    room = Room(np.array([100]), np.array([100]), np.zeros((1, 0), np.int64), np.zeros((1, 0), np.bool_))
    got = match(
        5, TICKET, reach, ranked_of(nobody, nobody, reach, nobody, np.ones((0, PRODUCTS)), use, room.uses),
        nobody.astype(np.int8), np.array(ADVANCE), np.zeros((0, PRODUCTS), np.int64), KINDS, use, demands, room,
    )  # fmt: skip
    assert got.size == 0


@given(st.integers(0, 2**32 - 1), st.integers(0, 40), st.integers(0, 400), st.sampled_from([3, 2**20, 2**60]))
@settings(max_examples=40)
def test_a_lender_puts_newcomers_among_what_it_holds_and_alike_ones_as_they_came(seed, sorted_, newcomers, range_):
    rng = np.random.default_rng(seed)
    held = np.zeros(3 + sorted_ + newcomers + 2, HOLDING)  # others' parts lie before and after
    held["preference"] = rng.integers(0, range_, held.size)
    held["proposal"] = np.arange(held.size)
    held["preference"][3 : 3 + sorted_].sort()
    lenders = np.zeros(1, LENDER)
    lenders["first"], lenders["sorted"], lenders["end"] = 3, 3 + sorted_, held.size - 2
    expected = held.copy()
    mine = expected[3:-2]
    expected[3:-2] = mine[np.lexsort((mine["proposal"], mine["preference"]))]
    sort_of_first(lenders, held)
    assert (held == expected).all()


@njit
def sort_of_first(lenders, held):
    _sort(lenders[0], held)
