"""What evidence estimates, on frames made by hand and on a tiny world; statements that are theorems of the pricing."""

import numpy as np
import pandas as pd
import pytest

from experiments import docs
from experiments import evidence as taken
from experiments.evidence_certificates import LARGEST, holders
from experiments.evidence_insurance import _uninsured_offers, thirds
from experiments.evidence_relending import BASE, lenders_within, same_offer
from experiments.evidence_runs import (
    Seen,
    born,
    by_hand,
    changes,
    like_for_like,
    offers_of,
    pairs_of,
    up_to_quotes,
)
from experiments.evidence_subsidy import same_offer as subsidised
from experiments.reforms import BASELINE
from policies.catalogue import InterestSubsidy, RelendingSme
from sim.contracts import INSURED_FACTORING

TINY = (
    "parameters.population={suppliers: 60, annual_purchases: 1.44 bn CNY/yr}",
    "horizon={burn_in: 3 months, evaluate: 12 months}", "parameters.market.reach_sme=2",
)  # fmt: skip
DUST = 1e-9  # rates are rounded to 1e-10 where they are born


@pytest.fixture(scope="module")
def tiny():
    return taken.packaged(*TINY)


def quoted(experiment, policy, **more):
    model = born(experiment, policy, 0, **more)
    up_to_quotes(model)
    return model


@pytest.fixture(scope="module")
def offers(tiny):
    """Offers of the first step by policy, all from the same state."""
    policies = (BASELINE, BASE, "relending_local", "relending_all", "subsidy")
    return {policy: offers_of(quoted(tiny, policy)) for policy in policies}


def offer(firm, lender, rate, cost, funding):
    return {"firm": firm, "product": 0, "lender": lender, "sold": False, "key": rate,
            "rate": rate, "cost": cost, "funding": funding, "own_funding": 0.02, "k": 0.1, "operating": 0.004,
            "loss": 0.01, "days": 360.0, "share": 0.5}  # fmt: skip


def made(seen):
    return {(entry.group, entry.measure): entry.value for entry in seen}


def test_pass_through_of_made_offers_by_hand():
    rows = [(1, 0, 0.05, 0.04), (1, 1, 0.05, 0.04), (2, 0, 0.06, 0.05), (3, 0, 0.06, 0.05), (4, 2, 0.06, 0.05)]
    base = pd.DataFrame([offer(*row, funding=0.02) for row in rows])
    base["amount"], base["size"] = [100.0, 100.0, 300.0, 100.0, 100.0], [2, 2, 2, 0, 2]
    case = base.assign(
        rate=[0.047, 0.049, 0.056, 0.02, 0.05], cost=[0.036, 0.04, 0.042, 0.02, 0.05],
        funding=[0.016, 0.02, 0.012, 0.01, 0.02],
    )  # fmt: skip
    told = made(same_offer("made", base, case, RelendingSme(rate=0.0125), 0.11))
    users = "offers with the facility"
    # The large firm is not eligible; lender 1 is a rival of lender 0 at firm 1; nobody at firm 4 uses the facility.
    assert told[users, "price change / own cost change"] == pytest.approx((100 * 0.75 + 300 * 0.5) / 400)
    assert told[users, "own cost change"] == pytest.approx(-(100 * 40 + 300 * 80) / 400)
    assert told["rivals without the facility", "price change"] == pytest.approx(-10)
    assert told["rivals without the facility", "own cost change"] == 0
    # Oracle 3: (1 − k) of 75 bp over 1 − PD·LGD.
    assert told[users, "own cost change by hand (oracle 3)"] == pytest.approx(-75 * 0.9 / 0.99)


def test_means_of_two_runs_and_of_the_firms_in_both():
    then = pd.DataFrame({"firm": [1, 1, 2], "weight": [1.0, 3.0, 4.0], "apr": [0.04, 0.08, 0.05]})
    now = pd.DataFrame({"firm": [1, 3], "weight": [5.0, 5.0], "apr": [0.06, 0.01]})
    assert changes(now, then, ("apr",))["apr"] == pytest.approx(0.035 - 0.06)
    assert like_for_like(now, then, ("apr",))["apr"] == pytest.approx(0.06 - 0.07)


def test_break_even_by_hand_is_oracle_3():
    frame = pd.DataFrame([{"own_funding": 0.025, "operating": 0.01, "loss": 0.018, "days": 360.0, "k": 0.085}])
    assert by_hand(frame, [1.0], 0.12) == pytest.approx(0.062195, abs=5e-7)
    assert by_hand(frame, [1.0], 0.12, relief=0.5 * 0.915 * 0.01) == pytest.approx(0.057536, abs=5e-7)


def test_terciles_by_rank():
    assert thirds(np.array([0.3, 0.1, 0.2, 0.6, 0.5, 0.4])).tolist() == [1, 0, 0, 2, 2, 1]


def test_summary_takes_means_of_values_and_ratios_of_means():
    runs = [[Seen("c", "g", "m", "bp", value), Seen("c", "g", "r", "ratio", value, over)]
            for value, over in ((1.0, 2.0), (3.0, 4.0))]  # fmt: skip
    table = taken.summary(runs).set_index("measure")
    assert table.loc["m", ["mean", "n"]].tolist() == [2, 2]
    assert np.isnan(table.loc["r", "mean"])  # the denominator's interval covers 0
    (block,) = taken.blocks(table.reset_index())
    assert block["c"].tolist() == ["2.0 ± 12.7", "–"] and block["group"].tolist() == ["g", ""]


def test_groups_with_the_same_cases_share_a_table():
    seen = [Seen(case, group, "m", "bp", 1.0) for group, cases in (("g", "ab"), ("h", "c"), ("i", "ab"))
            for case in cases]  # fmt: skip
    tables = taken.blocks(taken.summary([seen, seen]))
    assert [list(table.columns[3:]) for table in tables] == [["a", "b"], ["c"]]
    assert tables[0]["group"].tolist() == ["g", "i"]


@pytest.mark.parametrize(("reach", "said"), [(0, "1 lender"), (7, "8 lenders")])
def test_lenders_are_counted_with_the_house_bank(reach, said):
    assert lenders_within(reach) == said


def test_policies_share_the_state_of_their_first_step(offers):
    firms = [set(frame["firm"]) for frame in offers.values()]
    assert all(each == firms[0] for each in firms) and firms[0]


def test_local_relending_passes_through_in_part_and_rivals_never_raise_their_price(offers):
    """The theorem: dp/dc = 1 − s in (0, 1) where all lenders with the facility gain the same."""
    pairs = pairs_of(offers[BASE], offers["relending_local"])
    price, cost = pairs["rate_now"] - pairs["rate_then"], pairs["cost_now"] - pairs["cost_then"]
    used = cost < -DUST
    assert used.sum() > 5
    ratio = (price / cost)[used]
    assert (ratio > 0).all() and (ratio <= 1 + 1e-4).all()
    assert (cost[~used].abs() < DUST).all() and (price[~used] < DUST).all()
    assert (price[~used] < -DUST).any()


def test_a_facility_saves_at_most_the_debt_funded_part_and_nobody_pays_more(offers):
    pairs = pairs_of(offers[BASE], offers["relending_all"])
    saved = pairs["cost_then"] - pairs["cost_now"]
    gap = pairs["own_funding_now"] - 0.0125
    assert (saved <= gap * (1 - pairs["k_now"]) / (1 - pairs["loss_now"]) + DUST).all()
    assert (pairs["rate_now"] <= pairs["rate_then"] + DUST).all()


def test_a_subsidy_lowers_net_rates_by_at_most_itself_and_leaves_gross_rates_alone(tiny, offers):
    pairs = pairs_of(offers[BASELINE], offers["subsidy"])
    points = next(entry.rate for entry in tiny.policies["subsidy"].instruments if isinstance(entry, InterestSubsidy))
    paid = pairs["subsidy_then"] - pairs["subsidy_now"]
    assert (paid > 0).any() and (paid <= points + DUST).all()
    assert (pairs["rate_now"] == pairs["rate_then"]).all()
    told = made(subsidised(offers[BASELINE], offers["subsidy"], points))
    assert told["loans subsidised", "largest fall of a net rate"] >= -1e4 * points - 1e-6


def test_insured_paper_without_its_cover_differs_by_named_terms_alone(tiny):
    model = quoted(tiny, "insurance")
    pairs = pairs_of(_uninsured_offers(model), offers_of(model))
    insured = pairs[pairs["product"] == INSURED_FACTORING]
    assert len(insured) and (insured["premium_then"] == 0).all() and (insured["premium_now"] > 0).all()
    assert (insured["loss_now"] <= insured["loss_then"]).all() and (
        insured["capital_now"] == insured["capital_then"]
    ).all()
    others = pairs[pairs["premium_now"] == 0]
    assert (others["apr_now"] == others["apr_then"]).all()


def test_effort_held_fixed_leaves_the_state_and_takes_cover_for_nothing(tiny):
    free, held = (quoted(tiny, "pool", fixed_effort=fixed) for fixed in (False, True))
    assert free.market.askers.score.tolist() == held.market.askers.score.tolist()
    assert (held.market.levers.effort == 1).all() and (free.market.levers.effort < 1).any()


def test_holders_of_claims_on_oems_add_up_to_what_oems_owe(tiny):
    model = born(tiny, "certificates", 0)
    for _ in range(4):
        model.step()
    told, oems = holders(model), slice(0, model.oems)
    books = model.ledger.balance
    owed = books("firm", "trade_payable") + books("firm", "bill_payable")
    assert told["all"] == pytest.approx(owed[oems].sum())
    assert told["largest"] == pytest.approx(owed[LARGEST])
    assert told["tier 1"] + told["tier 2"] + told["tier 3"] + told["banks"] == pytest.approx(told["all"])
    assert told["tier 2"] > 0


@pytest.mark.slow
def test_a_quick_look_fills_every_table_and_is_read_back(tmp_path):
    result = taken.evidence(tmp_path, 2, True, quick=True)
    assert set(result.tables) == set(taken.TOPICS) and all(len(table) > 10 for table in result.tables.values())
    again = taken.read_back(tmp_path)
    for topic, table in result.tables.items():
        assert list(again.tables[topic].columns) == list(taken.COLUMNS)
        assert len(again.tables[topic]) == len(table)


def test_the_document_prints_the_tables_that_lie_beside_it():
    text = (docs.FOLDER / "evidence.md").read_text(encoding="utf-8")
    assert docs.rendered(text) == text
    for topic in taken.TOPICS:
        assert f"<!-- generated: evidence_{topic} -->" in text
