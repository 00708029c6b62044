"""Contract tests of every instrument: neutral, small, full, in any order, within its money, booked to whoever pays."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from test_worlds import check_funnel, check_goods, check_money, scenarios
from worlds import lever, parameters, policy, run, world

from agents.carrier import CARRIERS, GUARANTEE_CHAIN, INSURER, NATIONAL_FUND, POOL
from agents.firm import ESTATE
from agents.numeric import sum_by
from agents.parameters import Stress
from policies.catalogue import INSTRUMENTS, REFERENCE_LOANS
from policies.layers import payments
from policies.levers import FOREVER, Policy, parameters_of, strength_of
from sim import credit_market
from sim.contracts import (
    APR,
    APR_GROSS,
    CERTIFICATE_SALE,
    GUARANTEED_LOAN,
    INSURED_BILL_PLEDGE,
    INSURED_FACTORING,
    RATE,
    REVERSE_FACTORING,
    TERM_LOAN,
    TERMS,
)
from sim.facilities import scale_to_population
from sim.lever_terms import PLAIN, WITH, LeverTerms, Signed, lender_refinances, signed_terms
from sim.levers import BUDGETED, RATIONED, Levers
from sim.model import FinancingModel
from sim.payments import Shares, pay_contracts, share_interest
from sim.quotes import OFFERED
from sim.ranking import by_place
from sim.run import simulate
from sim.schedule import STEP

# What each instrument moves: arrays of LeverTerms of products that are there without it, the product it adds, and the
# instrument it rests on. A new product appears at once: its being on offer is a threshold, its cover is not.
EFFECTS = {
    "relending_sme": ({"refinanced", "refinancing_rate", "rate_cap"}, None, None),
    "interest_subsidy": ({"subsidy"}, None, None),
    "discount_subsidy": ({"subsidy"}, None, None),
    "government_guarantee": (set(), GUARANTEED_LOAN, None),
    "guarantee_fee_subsidy": ({"fee_subsidy"}, None, "government_guarantee"),
    "risk_compensation_pool": ({"scheme", "loss_given_default", "effort", "appetite"}, None, None),
    "trade_credit_insurance": (set(), INSURED_FACTORING, None),
    "insured_bill_pledge": (set(), INSURED_BILL_PLEDGE, None),
    "premium_subsidy": ({"premium_subsidy"}, None, "trade_credit_insurance"),
    "reverse_factoring": (set(), REVERSE_FACTORING, None),
    "multi_tier_certificates": (set(), CERTIFICATE_SALE, None),
}
# The array that a strength moves in proportion. Confirmed payables and certificates have none: offered or not.
MOVED = {
    "relending_sme": "refinanced", "interest_subsidy": "subsidy", "discount_subsidy": "subsidy",
    "government_guarantee": "loss_given_default", "guarantee_fee_subsidy": "fee_subsidy",
    "risk_compensation_pool": "loss_given_default", "trade_credit_insurance": "loss_given_default",
    "insured_bill_pledge": "loss_given_default", "premium_subsidy": "premium_subsidy",
}  # fmt: skip
THRESHOLDS = set(INSTRUMENTS) - set(MOVED)
ALL = sorted(INSTRUMENTS)


def of_strength(name, part=1.0, **terms):
    """The instrument at a part of the way from neutral to its preset."""
    entry = strength_of(INSTRUMENTS[name])
    value = entry.neutral + part * (entry.preset - entry.neutral)
    return lever(name, **{entry.declaration.path.split(".")[1]: value}, **terms)


def at_most(name):
    """The instrument at the upper bound of its strength."""
    declaration = strength_of(INSTRUMENTS[name]).declaration
    return lever(name, **{declaration.path.split(".")[1]: declaration.le})


def with_base(name, instrument):
    """The instrument and the one it rests on."""
    base = EFFECTS[name][2]
    return [*([lever(base)] if base else []), instrument]


@pytest.fixture(scope="module")
def state():
    """One world with everybody's books going, between two steps; not to be changed."""
    model = run(world(60, seed=3), 4)
    model.firms.first_time[model.oems :: 5] = True
    return model


def quoted(state, *instruments):
    """The state's next step under these instruments, up to the quotes."""
    model = copy.deepcopy(state)
    model.levers = Levers(policy(*instruments), model.step_number, model.step_days, model.banks.slots)
    scale_to_population(model)
    for process in STEP[: STEP.index(credit_market.match_and_draw)]:
        process(model)
    return model


def terms_by_product(model):
    """{field: array} of the levers' terms, product → its slice; scalars as they are."""
    products = model.market.products.product.tolist()
    arrays = {}
    for name, value in zip(LeverTerms._fields, model.market.levers, strict=True):
        if isinstance(value, np.ndarray):
            arrays |= {(name, product): value[:, :, place] for place, product in enumerate(products)}
        else:
            arrays[name, None] = value
    return arrays


def changed(before, after):
    """Fields that differ for products that both have, and products that only the second has."""
    old, new = terms_by_product(before), terms_by_product(after)
    differing = {key[0] for key, value in old.items() if not np.array_equal(value, new[key])}
    return differing, {product for name, product in new if (name, product) not in old and product is not None}


# ---- every instrument


def test_all_instruments_are_declared_here_and_each_has_one_strength():
    assert set(EFFECTS) == set(INSTRUMENTS)
    for kind in INSTRUMENTS.values():
        assert sum(entry.neutral is not None for entry in parameters_of(kind)) == 1
        strength = strength_of(kind)
        bounds = strength.declaration
        assert bounds.ge <= strength.neutral < strength.preset <= bounds.le
        for entry in parameters_of(kind):
            values = entry.preset if isinstance(entry.preset, tuple) else (entry.preset,)
            assert all(entry.declaration.ge <= value <= entry.declaration.le for value in values), entry


def series_of(instruments, steps=6, seed=3, suppliers=40, **more):
    record = simulate(
        parameters(suppliers), seed=seed, burn_in_steps=0, evaluate_steps=steps, audit="every_step",
        policy=policy(*instruments), **more,
    )  # fmt: skip
    return record


def same(one, other):
    """Whether two records hold the same bits in series and firms."""
    for frame in ("series", "firms"):
        left, right = getattr(one, frame), getattr(other, frame)
        for name in left.columns:
            a, b = left[name].to_numpy(), right[name].to_numpy()
            if a.dtype == object or a.dtype.kind not in "fiub":
                if list(map(str, a)) != list(map(str, b)):
                    return False
            elif a.tobytes() != b.tobytes():
                return False
    return True


@pytest.fixture(scope="module")
def without():
    return series_of([])


@pytest.mark.parametrize("name", ALL)
def test_at_its_neutral_strength_it_changes_nothing_bit_for_bit(name, without):
    base = EFFECTS[name][2]
    reference = series_of([lever(base)]) if base else without
    assert same(series_of(with_base(name, of_strength(name, 0.0))), reference)
    if not base:
        assert not same(series_of([lever(name)]), without)  # it does something


@pytest.mark.parametrize("name", ALL)
def test_at_its_highest_strength_it_moves_its_own_arrays_and_no_others(name, state):
    base = EFFECTS[name][2]
    before = quoted(state, *([lever(base)] if base else []))
    after = quoted(state, *with_base(name, at_most(name)))
    fields_moved, products = changed(before, after)
    expected, product, _ = EFFECTS[name]
    if name in MOVED and not product:
        assert MOVED[name] in fields_moved
    assert fields_moved <= expected
    assert products == ({product} if product else set())


def effect(state, name, part):
    """How far the array of the instrument's point is from where it is without it, summed."""
    base, product = EFFECTS[name][2], EFFECTS[name][1]
    apart = {"first_loan_tilt": 0.0} if name == "risk_compensation_pool" else {}  # a part of its own
    model = quoted(state, *with_base(name, of_strength(name, part, **apart)))
    values = terms_by_product(model)
    if product:
        place = model.market.products.product.tolist().index(product)
        uncovered = model.market.products.loss_given_default[place]
        return abs(values[MOVED[name], product][WITH] - uncovered).sum()
    plain = terms_by_product(quoted(state, *([lever(base)] if base else [])))
    keys = [key for key in plain if key[0] == MOVED[name]]
    return sum(np.abs(values[key] - plain[key]).sum() for key in keys)


@pytest.mark.parametrize("name", sorted(MOVED))
def test_a_hundredth_of_its_strength_does_less_than_a_twentieth(name, state):
    full, little = (effect(state, name, part) for part in (1.0, 0.01))
    assert 0 < little < 0.05 * full


@pytest.mark.parametrize("name", sorted(THRESHOLDS))
def test_a_threshold_is_there_or_not(name, state):
    nothing, *values = (quoted(state, of_strength(name, part)) for part in (0.0, 0.01, 1.0))
    assert changed(*values) == (set(), set())
    assert changed(nothing, values[0]) == (set(), {EFFECTS[name][1]})


# ---- together


def test_the_order_of_instruments_means_nothing():
    names = [*ALL]
    one, other = (series_of([lever(name) for name in order], steps=8) for order in (names, names[::-1]))
    assert same(one, other)
    assert sorted(one.events["subject"]) == sorted(other.events["subject"])


def test_two_of_a_kind_at_once_are_refused_and_one_after_the_other_are_not():
    twice = [lever("interest_subsidy", rate=rate) for rate in (0.01, 0.02)]
    with pytest.raises(ValueError, match="interest_subsidy is there twice"):
        Policy("both", tuple(twice))
    first, second = replace(twice[0], end_day=90), replace(twice[1], start_day=90)
    model = world(30, seed=2, policy=Policy("in turn", (first, second)))
    rates = []
    for _ in range(5):
        model.step()
        rates.append(float(model.market.levers.subsidy[WITH].max()))
    assert rates == [0.01, 0.01, 0.01, 0.02, 0.02]


@pytest.mark.parametrize("name", [None, *ALL])
def test_before_it_starts_a_lever_moves_no_bit(name, without):
    later = [lever(entry, start_day=90) for entry in (ALL if name is None else [name])]
    series = series_of(later, steps=5).series
    early, plain = (frame[frame["step"] < 3] for frame in (series, without.series))
    assert early["value"].to_numpy().tobytes() == plain["value"].to_numpy().tobytes()
    assert early["weight"].to_numpy().tobytes() == plain["weight"].to_numpy().tobytes()


def test_a_lever_that_ends_leaves_no_new_contract_of_its_own():
    ends = [lever(name, end_day=60) for name in ALL]
    model = world(40, seed=3, policy=policy(*ends))
    for step in range(5):
        model.step()
        new = model.contracts.start == step
        assert new.any()
        touched = (model.contracts.scheme > 0) | (model.contracts.subsidy > 0) | (model.contracts.refinanced > 0)
        assert touched[new].any() == (step < 2)
        assert (model.contracts.product[new] > 4).any() == (step < 2)
    kinds = {(when, kind, subject) for when, kind, subject, _, _ in model.events if kind.startswith("lever")}
    assert kinds == {(0, "lever_start", name) for name in ALL} | {(2, "lever_end", name) for name in ALL}


# ---- money


SCARCE = [
    lever("relending_sme", quota=1e11, lenders=(1, 1, 1)), lever("interest_subsidy", budget=5e8),
    lever("discount_subsidy", budget=2e9), lever("government_guarantee", capital=1e9),
    lever("guarantee_fee_subsidy", budget=5e8), lever("risk_compensation_pool", balance=2e9, leverage=40),
    lever("trade_credit_insurance", capital=2e9), lever("insured_bill_pledge", capital=2e9),
    lever("premium_subsidy", budget=2e8),
]  # fmt: skip
ROUGH = ("shocks.cost_innovation=0.06", "shocks.rare_loss=30%")


def exposures(model):
    """What each carrier would pay if all open covers were lost, reckoned contract by contract."""
    contracts, total = model.contracts, np.zeros(len(CARRIERS), np.int64)
    for row in range(contracts.count):
        if contracts.called[row]:
            continue
        principal = contracts.principal[row : row + 1]
        layers = model.levers.schemes[contracts.scheme[row]]
        paid = payments(principal, principal, layers)[0]
        for place, layer in enumerate(layers):
            total[layer.carrier] += paid[place]
    return total


@pytest.mark.parametrize("options", [(), ROUGH])
def test_no_budget_quota_or_cover_is_ever_overdrawn(options):
    model = world(60, *options, seed=5, policy=policy(*SCARCE))
    match = STEP.index(credit_market.match_and_draw)
    used, refinanced, quota = set(), 0, 0
    for step in range(36):
        for process in STEP[: match + 1]:
            process(model)
        levers, now = model.levers, exposures(model)
        opened = {name: (levers.capacity[name], levers.taken[name]) for name in RATIONED}
        for name in BUDGETED:
            assert levers.spent[name] <= opened[name][0], (step, name)
            assert levers.spent[name] >= opened[name][1]
        for name, carried in (
            ("government_guarantee", now[list(GUARANTEE_CHAIN)].sum()), ("trade_credit_insurance", now[INSURER]),
            ("insured_bill_pledge", now[INSURER]),
            ("risk_compensation_pool", model.contracts.principal[levers.covers(POOL)[model.contracts.scheme]].sum()),
        ):  # fmt: skip
            assert carried <= max(opened[name]), (step, name)
            used |= {name} if carried > 0.9 * opened[name][0] > 0 else set()
        used |= {name for name in BUDGETED if levers.spent[name] > 0.9 * opened[name][0]}
        for process in STEP[match + 1 :]:
            process(model)
        model.step_number += 1
        quota = levers.fen(SCARCE[0], SCARCE[0].quota)
        assert model.ledger.balance("bank", "refinancing").sum() <= quota, step
        refinanced = max(refinanced, int(model.ledger.balance("bank", "refinancing").sum()))
        assert (model.ledger.balance("carrier", "account") >= 0).all()
        if (step + 1) % 12 == 0:
            assert levers.starts_budget_year(step + 1)
    assert used >= {"interest_subsidy", "government_guarantee"}  # it does come to the limit
    kinds = {(kind, subject) for _, kind, subject, _, _ in model.events}
    assert refinanced > 0.9 * quota
    assert ("budget_exhausted", "interest_subsidy") in kinds


def plain_signed(model, chosen):
    """What levers add to accepted offers, column by column."""
    market, width = model.market, model.market.askers.reach.shape[1]
    askers, terms, products = market.askers, market.levers, market.products
    a, p = chosen.asker, chosen.product
    at, life = (chosen.place // width, askers.group[a], p), askers.days[a, p] / 360
    debt = 1 - np.minimum(askers.risk_weight[a, p] * model.parameters.bank.target_capital, 1)
    room = np.where(products.sold[p], 1, np.minimum(1, askers.subsidy_room[a] / askers.amount[a, p]))
    premium, platform = market.terms[:, TERMS.index("premium")] * life, products.fee[p] * life
    shares = (terms.fee[at] * life - platform, platform, premium, terms.fee_subsidy[at] * life,
              terms.premium_subsidy[at] * premium)  # fmt: skip
    return Signed(
        terms.scheme[at], terms.loss_given_default[at],
        np.minimum(np.round(terms.subsidy[at] * room, 10), np.maximum(market.terms[:, RATE], 0)),
        np.where(lender_refinances(model)[chosen.lender], np.minimum(terms.refinanced[at], debt), 0),
        *(np.floor(chosen.amount * np.maximum(share, 0)).astype(int) for share in shares),
    )  # fmt: skip


def test_what_levers_add_to_accepted_offers(monkeypatch):
    model = world(60, *ROUGH, seed=5, policy=policy(*(lever(name) for name in ALL)))
    seen = set()

    def signed(model, chosen):
        now = signed_terms(model, chosen)
        for name, one, plain in zip(Signed._fields, now, plain_signed(model, chosen), strict=True):
            assert (one == plain).all(), name
            seen.update([name] if one.any() else [])
        return now

    monkeypatch.setattr(credit_market, "signed_terms", signed)
    run(model, 4)
    assert seen == set(Signed._fields)


def step_traced(model):
    """What the next step posts, {event: fen}, and the indicators that it leaves, {(group, name): value}."""
    from sim.recorder import Recorder

    model.ledger.tracing = True
    model.ledger.flows.clear()
    model.recorder = Recorder({"whole": range(10**6)})
    model.step()
    frame = model.recorder.lines.frame()
    seen = dict(zip(zip(frame["group"], frame["indicator"], strict=True), frame["value"], strict=True))
    posted = {}
    for (key, sector), amount in model.ledger.flows.items():
        event, role = key.split("|")
        posted[event, role] = posted.get((event, role), 0) + amount
        assert sector
    return posted, seen


def test_what_a_lever_costs_is_booked_to_whoever_pays_it():
    model = world(60, *ROUGH, seed=5, policy=policy(*(lever(name) for name in ALL)))
    everything = {}
    subsidies = ("interest_subsidy", "discount_subsidy", "guarantee_fee_subsidy", "premium_subsidy")
    for _ in range(24):
        refinancing = model.ledger.balance("bank", "refinancing").copy()
        rate = model.refinancing_rate
        worth = model.ledger.balance("carrier", "equity").copy()
        posted, seen = step_traced(model)

        def total(event, role, posted=posted):
            return posted.get((event, role), 0)

        for name in subsidies:
            event = f"{name}_paid"
            assert seen[f"lever:{name}", "lever_cost"] == total(event, "treasury") == total(event, "firm")
        assert seen["public", "fiscal_outlay"] == sum(total(f"{name}_paid", "treasury") for name in subsidies)
        forgone = (refinancing * np.maximum(model.banks.funding - rate, 0)).sum() / 12
        assert seen["lever:relending_sme", "lever_cost"] == pytest.approx(forgone, abs=1)
        assert total("refinancing_interest", "bank") == pytest.approx(refinancing.sum() * rate / 12, abs=20)
        carriers = seen["lever:government_guarantee", "lever_cost"]
        lost = sum(seen[f"bearer:{CARRIERS[carrier]}", "loss_borne"] for carrier in GUARANTEE_CHAIN)
        assert carriers == lost - total("guarantee_fee", "carrier")
        assert seen["public", "pool_payout"] == seen["bearer:pool", "loss_borne"]
        parts = ("fiscal_outlay", "central_bank_cost", "pool_payout", "guarantee_net_loss")
        assert seen["public", "public_cost"] == pytest.approx(sum(seen["public", part] for part in parts))
        # Carriers' worth moves by what their owners pay in, what they earn, and what they lose; by nothing else.
        losses = sum(seen[f"bearer:{name}", "loss_borne"] for name in CARRIERS)
        earned = total("guarantee_fee", "carrier") + total("insurance_premium", "carrier")
        paid_in = total("carrier_endowed", "carrier") + total("insurer_endowed", "carrier")
        gain = int((model.ledger.balance("carrier", "equity") - worth).sum())
        assert gain == paid_in + earned - losses
        booked = ("loss_compensated", "claim_lost", "insured_account_compensated", "insured_bill_compensated")
        assert losses == sum(total(event, "carrier") for event in booked)
        for key, amount in posted.items():
            everything[key[0]] = everything.get(key[0], 0) + amount
    wanted = {f"{name}_paid" for name in subsidies} | {"refinanced", "refinancing_interest", "carrier_endowed"}
    wanted |= {"guarantee_fee", "insurance_premium", "guarantee_called", "loss_compensated"}
    assert wanted <= {event for event, amount in everything.items() if amount}


def test_every_contract_commits_what_it_will_cost_and_years_begin_anew():
    """Reckoned contract by contract: principal × points × life for rates, what is paid at once for fees."""
    terms = {"interest_subsidy": {"loan_cap": 1e12}}  # above the cap more is set aside than is paid
    model = world(60, seed=5, policy=policy(*(lever(name, **terms.get(name, {})) for name in ALL)))
    match, seen = STEP.index(credit_market.match_and_draw), set()
    for step in range(15):
        before = dict(model.levers.spent) if step % 12 else dict.fromkeys(BUDGETED, 0)
        for process in STEP[: match + 1]:
            process(model)
        contracts, market = model.contracts, model.market
        new = np.flatnonzero(contracts.start == step)[-market.firm.size :]
        assert (contracts.borrower[new] == market.firm).all()
        points = market.amount * contracts.subsidy[new] * market.days / 360
        expected = {
            "interest_subsidy": points[contracts.loan[new]].sum(),
            "discount_subsidy": points[~contracts.loan[new]].sum(),
            "guarantee_fee_subsidy": model.ledger.totals.get("guarantee_fee_subsidy_paid", 0),
            "premium_subsidy": model.ledger.totals.get("premium_subsidy_paid", 0),
        }
        for name, cost in expected.items():
            committed = model.levers.spent[name] - before[name]
            assert 0 <= committed - cost + 1e-3 < 2 * new.size + 1e-9 * cost, (step, name)
            seen |= {name} if cost else set()
        for process in STEP[match + 1 :]:
            process(model)
        model.step_number += 1
    assert seen == set(BUDGETED)


def test_a_lever_is_rationed_among_the_lenders_that_may_use_it_by_what_they_lend_to_smes():
    model = run(world(60, seed=5, policy=policy("relending_sme", "interest_subsidy")), 6)
    levers, kind, lent = model.levers, model.banks.kind, model.banks.sme_lending.copy()
    before, contracts = lent.copy(), model.contracts
    refinanced = contracts.refinanced > 0
    assert refinanced.any()
    assert (kind[contracts.lender[refinanced]] == 2).all()
    assert (model.firms.size[contracts.borrower[refinanced]] >= 2).all()
    assert contracts.loan[refinanced].all()
    model.step()
    for name, may in (("relending_sme", kind == 2), ("interest_subsidy", kind >= 0)):
        allotted = levers.allotment[RATIONED.index(name)]
        assert allotted.sum() == levers.available(name) > 0
        assert not allotted[~may].any()
        weight = np.maximum(before, 1) * may
        assert allotted == pytest.approx(allotted.sum() * weight / weight.sum(), abs=1)
    # A twelfth of the year's gap to what it lent now, annualised: half of it is forgotten in six months.
    market = model.market
    sme = model.firms.size[market.firm] > 0
    now = np.bincount(market.lender[sme], market.amount[sme], minlength=kind.size) * 12
    assert model.banks.sme_lending == pytest.approx(before + (1 - 0.5 ** (1 / 6)) * (now - before))


def test_a_facility_dearer_than_own_funds_is_not_drawn():
    dear = lever("relending_sme", rate=0.05, lenders=(1, 1, 1))
    model = run(world(40, seed=5, policy=policy(dear)), 4)
    assert model.market.firm.size > 0
    assert not model.contracts.refinanced.any()
    assert not model.ledger.balance("bank", "refinancing").any()


def test_the_treasury_pays_its_points_of_what_punctual_borrowers_pay():
    model = run(world(40, seed=5, policy=policy(lever("interest_subsidy", rate=0.01))), 4)
    contracts = model.contracts
    rows = np.flatnonzero(contracts.loan & (contracts.subsidy > 0))
    contracts.overdue_steps[rows[::3]] = 1
    punctual = rows[contracts.overdue_steps[rows] == 0]
    contracts.interest[:] = 10**6
    due = sum_by(contracts.borrower, contracts.interest, model.firms.slots)
    before = model.ledger.balance("treasury", "account")[0]
    shares = Shares.none(model, contracts.interest.copy())
    share_interest(model, shares, due, due)
    pay_contracts(model, shares)
    points = contracts.subsidy[punctual] / contracts.rate[punctual]
    paid = before - model.ledger.balance("treasury", "account")[0]
    assert paid == pytest.approx((10**6 * points).sum(), abs=punctual.size)
    assert np.minimum(contracts.rate[punctual], 0.01) == pytest.approx(contracts.subsidy[punctual], abs=1e-9)


def test_amounts_refer_to_what_is_modelled():
    model = world(30, seed=2)
    scales = model.levers.scales
    assert set(scales) == set(REFERENCE_LOANS)
    modelled = {name: scale * REFERENCE_LOANS[name] for name, scale in scales.items()}
    assert len({round(value) for value in modelled.values()}) == 1
    sme = (model.firms.size > 0) & (np.arange(model.firms.slots) >= model.oems)
    assert next(iter(modelled.values())) * 100 >= model.ledger.balance("firm", "loan")[sme].sum() > 0
    budget = lever("interest_subsidy", budget=1e9)
    assert model.levers.fen(replace(budget, scaled=False), 1e9) == 10**11
    assert model.levers.fen(budget, 1e9) == int(1e9 * scales["sz_incl_sme_balance_2024"] * 100)


# ---- cover


def covered(model, product=GUARANTEED_LOAN):
    """Rows of contracts that somebody covers."""
    return np.flatnonzero((model.contracts.product == product) & (model.contracts.scheme > 0))


def test_a_called_guarantee_pays_its_shares_once_and_the_borrower_owes_the_carriers():
    model = run(world(60, seed=3, policy=policy(lever("government_guarantee", compensation_cap=1.0))), 3)
    contracts = model.contracts
    rows = covered(model)[:4]
    contracts.overdue_steps[rows] = 3  # 90 days
    principal, accounts = contracts.principal[rows].copy(), model.ledger.balance("carrier", "account").copy()
    from sim.carriers import call_guarantees

    call_guarantees(model)
    shares = {0: 0.4, 1: 0.2, 2: 0.2}
    for carrier, share in shares.items():
        expected = np.floor(principal * share).astype(np.int64)
        assert (contracts.claim[rows, carrier] == expected).all()
        paid = accounts[carrier] - model.ledger.balance("carrier", "account")[carrier]
        assert paid == expected.sum() == model.ledger.balance("carrier", "claim")[carrier]
    assert (contracts.principal[rows] + contracts.claim[rows].sum(axis=1) == principal).all()
    after = model.ledger.balance("carrier", "account").copy()
    call_guarantees(model)  # a second time: nothing more
    assert (model.ledger.balance("carrier", "account") == after).all()
    assert contracts.called[rows].all()


def test_what_is_lost_on_loans_is_borne_by_the_layers_that_priced_it():
    """An estate leaves nothing: layers of the contract's own scheme pay, in fen, and the rest is the lender's."""
    from sim.carriers import compensate_loans

    guarantee = lever("government_guarantee", compensation_cap=1.0)
    model = run(world(60, seed=3, policy=policy(guarantee, "risk_compensation_pool")), 3)
    contracts = model.contracts
    rows = np.flatnonzero((contracts.scheme > 0) & contracts.loan)
    rows = rows[np.argsort(contracts.principal[rows], kind="stable")][:12]  # what the carriers can afford
    assert {TERM_LOAN, GUARANTEED_LOAN} <= set(contracts.product[rows])
    principal, accounts = contracts.principal[rows].copy(), model.ledger.balance("carrier", "account").copy()
    wanted, left = np.zeros(len(CARRIERS), np.int64), principal.copy()
    for at, row in enumerate(rows):
        layers = model.levers.schemes[contracts.scheme[row]]
        paid = payments(principal[at : at + 1], principal[at : at + 1], layers)[0]
        left[at] -= paid.sum()
        for place, layer in enumerate(layers):
            wanted[layer.carrier] += paid[place]
        # The lender's part of a loss is what its price reckons with: LGD after cover over LGD before.
        lgd = model.parameters.products.term_loan.loss_given_default
        assert left[at] / principal[at] == pytest.approx(contracts.loss_given_default[row] / lgd, abs=1e-5)
    enough = (wanted <= accounts).all()
    compensate_loans(model, rows)
    assert enough
    assert (accounts - model.ledger.balance("carrier", "account") == wanted).all()
    assert (contracts.principal[rows] == left).all()
    assert (model.carriers.lost == wanted).all()


def test_an_empty_pool_pays_no_more_and_says_so():
    model = world(60, *ROUGH, seed=5, policy=policy(lever("risk_compensation_pool", balance=2e6, leverage=1000)))
    run(model, 24)
    assert model.ledger.balance("carrier", "account")[POOL] >= 0
    assert ("pool_empty", "risk_compensation_pool") in {(kind, subject) for _, kind, subject, _, _ in model.events}


def test_the_national_fund_pays_no_more_a_year_than_its_cap():
    model = world(60, *ROUGH, seed=5, policy=policy(lever("government_guarantee", compensation_cap=0.01)))
    paid, most, years = 0, 0, set()
    for step in range(30):
        if step % 12 == 0:
            paid, most = 0, 0
        model.step()
        paid += int(model.carriers.paid[NATIONAL_FUND])
        most = max(most, int(model.carriers.exposure[NATIONAL_FUND]))
        assert paid <= 0.01 * most
        if paid > 0.0099 * most > 0:
            years.add(step // 12)
    assert len(years) > 1  # it binds


# ---- in the same state, which way prices go


def offers(model, version=WITH):
    """{(firm, product, lender): (rate, net APR in 0.01 bp)} of a version of all offers."""
    askers, quotes, products = model.market.askers, model.market.quotes, model.market.products.product
    width, found, rate = askers.reach.shape[1], {}, np.full(quotes.reason.shape, np.inf)
    offered = np.nonzero(quotes.reason == OFFERED)
    _, apr, margin = by_place(quotes.ranked, products.size, quotes.reason.shape[2] // width, width)
    rate[offered] = credit_market.accepted_terms(
        *offered, margin[offered], askers, credit_market.lenders_now(model), credit_market.pricing_rules(model),
        tuple(model.market.levers), quotes.both,
    )[:, RATE]  # fmt: skip
    for a, p, r in np.ndindex(quotes.reason.shape[0], quotes.reason.shape[1], width):
        place = version * width + r
        if place < quotes.reason.shape[2] and quotes.reason[a, p, place] == OFFERED:
            key = (int(askers.firm[a]), int(products[p]), int(askers.reach[a, r]))
            found[key] = (rate[a, p, place], int(apr[a, p, place]))
    return found


def both(state, *instruments):
    """Pairs of the same offers without and with levers."""
    before, after = offers(quoted(state)), offers(quoted(state, *instruments))
    return [(key, before[key], after[key]) for key in before.keys() & after.keys()]


def test_relending_lowers_the_rate_of_eligible_offers_by_less_than_its_relief(state):
    lever_in_force = lever("relending_sme", rate=0.005, lenders=(0, 0, 1))
    model = quoted(state, lever_in_force)
    funding, kind = model.banks.funding, model.banks.kind
    lower = other = 0
    for (firm, product, lender), (before, _), (after, _) in both(state, lever_in_force):
        eligible = kind[lender] == 2 and model.firms.size[firm] >= 2 and product in (0, 1, 2)
        if eligible:
            assert before - 1.1 * (funding[lender] - 0.005) < after < before
            lower += 1
        elif kind[lender] != 2 or product not in (0, 1, 2):
            other += 1
            assert after <= before if product in (0, 1, 2) else after == before  # margins answer to cheaper rivals
    assert lower > 20
    assert other > 20


def test_a_subsidy_lowers_the_net_price_by_at_most_itself_and_never_the_lenders_rate(state):
    touched = 0
    for (firm, product, _), (rate, apr), (rate_after, apr_after) in both(state, lever("interest_subsidy", rate=0.01)):
        assert rate == rate_after
        if product in (0, 1, 2) and state.firms.size[firm] > 0:
            assert 0 < (apr - apr_after) / 1e6 <= 0.01 * 1.1  # what is paid before the end weighs a little more
            touched += 1
        else:
            assert apr == apr_after
    assert touched > 20


def test_a_pool_lowers_rates_of_unsecured_loans_and_screening_gets_lazier(state):
    pool = lever("risk_compensation_pool", share=0.5)
    rates = [(before[0], after[0]) for (_, product, _), before, after in both(state, pool) if product == TERM_LOAN]
    assert np.mean([after < before for before, after in rates]) > 0.9
    model = quoted(state, pool)
    place = model.market.products.product.tolist().index(TERM_LOAN)
    effort, response = model.market.levers.effort, model.parameters.bank.screening_response
    assert effort[WITH, 6, place] == pytest.approx(1 - 0.5 * response)
    assert (effort[PLAIN] == 1).all()
    assert effort[WITH, 0, place] == 1  # large firms are not covered


def test_insurance_lends_more_on_paper_that_it_makes_bankable(state):
    model = quoted(state, "trade_credit_insurance")
    products, askers = model.market.products.product.tolist(), model.market.askers
    plain, insured = products.index(3), products.index(INSURED_FACTORING)
    assert (askers.limit[:, insured] >= askers.limit[:, plain]).all()
    assert (askers.limit[:, insured] > askers.limit[:, plain]).any()


def test_net_and_gross_differ_by_the_subsidy_and_nothing_else(state):
    model = quoted(state, "interest_subsidy", "discount_subsidy")
    credit_market.match_and_draw(model)
    terms = model.market.terms
    subsidised = terms[:, 7] < 0
    assert subsidised.any()
    assert (terms[~subsidised, APR] == terms[~subsidised, APR_GROSS]).all()
    assert (terms[subsidised, APR] < terms[subsidised, APR_GROSS]).all()
    assert (terms[:, 5:7] == 0).all()
    assert (terms[:, RATE] > 0).all()


# ---- when it gets rough


def test_an_oem_fails_under_all_levers_and_the_books_hold():
    """Guarantees are called, the insurer pays for paper, the pool for loans."""
    model = world(
        60, *ROUGH, seed=4, policy=policy(*(lever(name) for name in ALL)),
        stresses=(Stress(kind="oem_failure", month=4, oem=0),),
    )  # fmt: skip
    paid = np.zeros(len(CARRIERS), np.int64)
    for _ in range(24):
        model.step()
        paid += model.carriers.paid
        assert (model.ledger.balance("carrier", "account") >= 0).all()
    assert any(kind == "oem_failure" for _, kind, *_ in model.events)
    assert (paid > 0).all(), dict(zip(CARRIERS, paid, strict=True))
    assert (model.firms.status == ESTATE).any() or model.firms.generation.any()


@st.composite
def policies(draw):
    """Some instruments, each at a strength of its own, from some month to some other; money scarce or plenty."""
    instruments = []
    for name in draw(st.lists(st.sampled_from(ALL), unique=True)):
        bounds = strength_of(INSTRUMENTS[name]).declaration
        field = bounds.path.split(".")[1]
        share = draw(st.sampled_from([0.0, 0.01, 0.3, 1.0]))
        terms = {field: bounds.ge + share * (bounds.le - bounds.ge), "start_day": draw(st.sampled_from([0, 60]))}
        terms["end_day"] = draw(st.sampled_from([FOREVER, 150]))
        for money in ("quota", "budget", "capital", "balance"):
            if hasattr(INSTRUMENTS[name], money):
                terms[money] = getattr(INSTRUMENTS[name], money) * draw(st.sampled_from([0.0, 0.001, 1.0]))
        instruments.append(lever(name, **terms))
    return policy(*instruments)


@settings(max_examples=25, phases=set(Phase) - {Phase.shrink, Phase.explain})  # a world is dear
@given(scenarios(), policies(), st.sampled_from([None, 2]))
def test_in_any_world_under_any_policy_the_books_hold(scenario, levers, failure):
    suppliers, options, seed = scenario
    stresses = (Stress(kind="oem_failure", month=failure),) if failure else ()
    model = world(suppliers, *options, seed=seed, policy=levers, stresses=stresses)
    for _ in range(10):
        stock = model.firms.finished_units.copy()
        model.step()  # proves books, invoices, lots, contracts, claims and parts
        check_goods(model, stock)
        check_money(model)
        check_funnel(model)
        contracts, carriers = model.contracts, model.carriers
        assert (model.ledger.balance("carrier", "account") >= 0).all()
        assert (contracts.claim >= 0).all()
        assert not contracts.claim[~contracts.called].any()
        assert (carriers.paid >= 0).all()
        assert ((contracts.scheme >= 0) & (contracts.scheme < len(model.levers.schemes))).all()
        assert ((contracts.refinanced >= 0) & (contracts.refinanced <= 1)).all()
        assert (contracts.subsidy >= 0).all()
        assert (contracts.subsidy <= np.maximum(contracts.rate, 0) + 1e-9).all()
        assert (model.levers.allotment >= 0).all()


def test_instruments_of_current_law_hold_from_birth_on():
    law = replace(lever("risk_compensation_pool"), start_day=-FOREVER)
    model = FinancingModel(parameters(30), seed=1, audit="every_step", first_step=3, policy=Policy("law", (law,)))
    model.step()
    assert (model.contracts.scheme[model.contracts.start == 0] > 0).any()
