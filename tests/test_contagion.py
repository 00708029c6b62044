"""What a run records of a core failure, and lenders' books by kind: recomputed firm by firm, and identities."""

import numpy as np
import pytest
from worlds import finish, policy, run, run_until, world

from agents.firm import ACTIVE, ESTATE
from agents.parameters import BANK_KINDS, TIERS, Stress
from sim.contagion import CELLS, EXPOSURES, LINKED, OEMS, STATES, claims_on_failed, exposed, states
from sim.indicators import Lines, cost_of_need, measure
from sim.policy_indicators import BEARERS
from sim.recorder import close_period

MONTH = 10
FAILURE = Stress(kind="oem_failure", month=MONTH, oem=0)
ROUGH = ("shocks.rare_loss=30%", "shocks.cost_innovation=0.04", "shocks.rare_loss_size=[20%, 20%, 20%, 20%]")


def measured(model):
    """{(group, indicator): value} of a step whose books are not closed yet."""
    lines = Lines()
    losses = model.bank_losses.copy()
    measure(model, lines, cost_of_need(model))
    model.bank_losses[:] = losses
    frame = lines.frame()
    return dict(zip(zip(frame["group"], frame["indicator"], strict=True), frame["value"], strict=True))


@pytest.fixture(scope="module")
def failed():
    """(model in the month in which its largest OEM fails, before books close; what it records)."""
    levers = policy("multi_tier_certificates", "reverse_factoring")
    model = run(world(120, *ROUGH, seed=3, stresses=(FAILURE,), policy=levers), MONTH)
    run_until(model, close_period)
    assert model.firms.status[0] == ESTATE
    return model, measured(model)


def test_books_of_every_kind_of_bank_are_whole_and_add_up_to_the_sector(failed):
    model, said = failed
    lines = [indicator for group, indicator in said if group == "sector:bank" and indicator.startswith("balance:")]
    assert "balance:reserves" in lines and "balance:outside_deposits" in lines and "balance:equity" in lines
    for kind in BANK_KINDS:
        assert sum(said[kind, line] for line in lines) == 0.0
        assert said[kind, "balance:equity"] == -model.bank_equity()[model.banks.kind == BANK_KINDS.index(kind)].sum()
    for line in lines:
        assert sum(said[kind, line] for kind in BANK_KINDS) == said["sector:bank", line]


def test_exposure_is_what_of_sales_ends_at_the_failing_oem(failed):
    model, _ = failed
    network, firms, exposure = model.network, model.firms, model.exposure
    share = {0: 1.0} | dict.fromkeys(range(1, model.oems), 0.0) | {firms.slots: 0.0}
    for slot in range(model.oems, firms.slots):  # buyers come before their suppliers
        edges = network.by_supplier[network.supplier_start[slot] : network.supplier_start[slot + 1]]
        inside = edges[network.buyer[edges] < firms.slots]
        sales = [network.share[edge] * firms.annual_inputs[network.buyer[edge]] for edge in inside]
        reach = sum(sale * share[int(network.buyer[edge])] for sale, edge in zip(sales, inside, strict=True))
        share[slot] = reach / firms.annual_sales[slot]
    assert exposure.share == pytest.approx([share[slot] for slot in range(firms.slots)])
    for slot in range(model.oems, firms.slots):
        tier, name = CELLS[exposure.cell[slot]].split(":")
        low = {"from_40": 0.4, "from_20": 0.2, "from_10": 0.1, "below_10": 0.0}[name]
        high = {"from_40": 1.1, "from_20": 0.4, "from_10": 0.2, "below_10": 0.1}[name]
        assert TIERS.index(tier) + 1 == firms.tier[slot] and low <= exposure.share[slot] < high


def test_with_every_oem_failing_a_firm_is_exposed_with_all_it_sells_into_the_chain(failed):
    model, _ = failed
    firms = model.firms
    everything = exposed(firms, model.network, range(model.oems)).share
    first = firms.tier == 1
    assert everything[first] == pytest.approx(1 - firms.outside_sales[first] / firms.annual_sales[first], abs=1e-3)


def test_every_supplier_counts_in_one_state_and_failures_are_those_of_the_step(failed):
    model, said = failed
    firms, exposure = model.firms, model.exposure
    flags = dict(zip(STATES, states(model), strict=True))
    assert (sum(flags.values()) == 1).all()
    assert (flags["gone"] == (firms.status != ACTIVE)).all()
    late = model.left_overdue.sum(axis=0) > 0
    assert (flags["overdue"] == (late & ~flags["gone"])).all() and flags["overdue"].any()
    assert not (flags["sound"] & late).any()
    for place, cell in enumerate(CELLS):
        mine = exposure.cell == place
        for name, flag in flags.items():
            assert said[f"exposure:{cell}", f"firms_{name}"] == (flag & mine).sum()
        assert said[f"exposure:{cell}", "failures"] == (firms.defaulted & mine).sum()
    by_tier = said["tier_1", "default_rate"]
    assert by_tier > 0.0 or not firms.defaulted[firms.tier == 1].any()


def test_what_estates_owe_their_suppliers_and_lenders_is_all_they_owe_for_goods(failed):
    model, said = failed
    estate, books, lots = model.firms.status == ESTATE, model.ledger.balance, model.receivables.lots
    owed = books("firm", "trade_payable")[estate].sum() + books("firm", "bill_payable")[estate].sum()
    sold = lots.sold & estate[np.minimum(model.network.buyer[lots.edge], model.firms.slots - 1)]
    sold &= model.network.buyer[lots.edge] < model.firms.slots
    claims = claims_on_failed(model)
    assert claims.sum() + lots.advanced[sold].sum() == owed
    confirmed = estate[model.network.buyer[model.confirmed.edge]]
    assert claims[model.firms.tier == 1].sum() > model.confirmed.face[confirmed].sum() > 0 and (claims >= 0).all()
    first = sum(said[f"exposure:{cell}", "claims_on_failed"] for cell in CELLS if cell.startswith("tier_1"))
    assert first == claims[model.firms.tier == 1].sum()


def test_what_suppliers_lose_in_a_failure_stood_in_their_claims_before():
    model = run(world(60, seed=3, stresses=(FAILURE,)), MONTH + 1)
    before = claims_on_failed(model).sum()
    run_until(model, close_period)
    lost = sum(model.ledger.totals.get(event, 0) for event in BEARERS["suppliers"])
    assert 0 < lost <= before


def test_what_suppliers_lose_is_told_by_tier_with_everything_they_lose():
    levers = policy("multi_tier_certificates", "reverse_factoring")
    model = run(world(60, *ROUGH, seed=3, stresses=(FAILURE,), policy=levers), MONTH)
    totals, kinds = np.zeros(len(TIERS)), set()
    for _ in range(8):
        run_until(model, close_period)
        said, posted = measured(model), model.ledger.totals
        by_tier = [sum(said[f"exposure:{cell}", "lost_on_failed"] for cell in CELLS if cell.startswith(tier))
                   for tier in TIERS]  # fmt: skip
        assert sum(by_tier) == said["bearer:suppliers", "loss_borne"]  # OEMs sell to nobody who could fail
        kinds |= {event for event in BEARERS["suppliers"] if posted.get(event, 0)}
        totals += by_tier
        finish(model, close_period)
    assert {"account_lost", "bill_lost"} <= kinds and (totals[:2] > 0).all()


def test_deliveries_between_groups_are_all_deliveries_of_the_chain(failed):
    model, said = failed
    network, exposure = model.network, model.exposure
    delivered = model.goods.delivered[: model.chain_edges]
    assert sum(said[link, "deliveries"] for link in LINKED) == delivered.sum()
    buyer, supplier = network.buyer[: model.chain_edges], network.supplier[: model.chain_edges]
    for name, here in (("failing", buyer == 0), ("other", (buyer > 0) & (buyer < model.oems))):
        assert (
            sum(said[link, "deliveries"] for link in LINKED if link.startswith(f"link:{name}>"))
            == delivered[here].sum()
        )
    place = CELLS.index("tier_2:from_20")
    here = (exposure.cell[supplier] == place) & (exposure.cell[buyer] == CELLS.index("tier_1:from_40"))
    assert said["link:tier_1:from_40>tier_2:from_20", "deliveries"] == delivered[here].sum()
    assert len(LINKED) == len(OEMS) * len(EXPOSURES) + (len(TIERS) - 1) * len(EXPOSURES) ** 2


def test_a_run_without_an_ordered_failure_records_nothing_of_it_and_computes_the_same():
    plain, other = world(40, seed=3), world(40, seed=3, stresses=(Stress(kind="oem_failure", month=99),))
    for model in (plain, other):
        run_until(run(model, 3), close_period)
    without, stressed = measured(plain), measured(other)
    assert not any(group.startswith(("exposure:", "link:")) for group, _ in without)
    same = {key: value for key, value in stressed.items() if not key[0].startswith(("exposure:", "link:"))}
    assert list(same) == list(without)
    assert np.array_equal(list(same.values()), list(without.values()), equal_nan=True)
