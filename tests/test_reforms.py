"""Policies of an experiment file: changes to current law, put together, swept, and given back."""

import datetime
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import config, documents
from experiments.instruments import presets, values_of
from experiments.reforms import days_between
from policies.levers import FOREVER

TEXT = """\
experiment: x
scenario: shenzhen_nev_2024
policies:
  no_policy: none
  relending: {relending_sme: {rate: 1.25%, lenders: [1, 1, 1], start: 2025-01}}
  subsidy: {interest_subsidy: {rate: 2%, start: 12 months, end: 2026-03-01}}
  pool: {risk_compensation_pool: {share: 50%, end: 24 months, scale: absolute}}
  bare: {government_guarantee: off}
  several: [relending, subsidy]
  nested: [several, pool, several]
"""


@pytest.fixture
def load(tmp_path):
    def loaded(text=TEXT, *sets):
        path = tmp_path / "x.yaml"
        path.write_text(text, encoding="utf-8")
        return config.load(path, sets)

    return loaded


def spans(policy):
    """(instrument, start, end) of each span."""
    return sorted((span.ID, span.start_day, span.end_day) for span in policy.instruments)


def of(policy, identity):
    return sorted((i for i in policy.instruments if identity == i.ID), key=lambda i: i.start_day)


def test_the_baseline_is_current_law_even_if_unwritten(load):
    made = load("experiment: x\nscenario: shenzhen_nev_2024\n")
    assert list(made.policies) == ["baseline"]
    assert made.policies["baseline"].instruments == made.current_law
    assert load("experiment: x\nscenario: shenzhen_nev_2024\npolicies: {baseline: {}}\n") == made


def test_none_switches_current_law_off_when_the_evaluation_starts(load):
    made = load()
    assert spans(made.policies["no_policy"]) == [(law.ID, -FOREVER, 0) for law in sorted(made.current_law, key=id_of)]
    assert spans(made.policies["bare"]) == sorted(
        (law.ID, -FOREVER, 0 if law.ID == "government_guarantee" else FOREVER) for law in made.current_law
    )


def id_of(instrument):
    return instrument.ID


def test_a_change_of_the_law_takes_its_place_from_its_day_on(load):
    made = load()
    before, after = of(made.policies["relending"], "relending_sme")
    assert (before.start_day, before.end_day, after.start_day, after.end_day) == (-FOREVER, 300, 300, FOREVER)
    law = next(law for law in made.current_law if law.ID == "relending_sme")
    assert values_of(before) == values_of(law)
    assert values_of(after) == values_of(law) | {"rate": 0.0125, "lenders": (1, 1, 1)}


def test_after_a_change_that_ends_the_law_is_as_before(load):
    first, changed, last = of(load().policies["pool"], "risk_compensation_pool")
    assert [(i.start_day, i.end_day) for i in (first, changed, last)] == [(-FOREVER, 0), (0, 720), (720, FOREVER)]
    assert (changed.share, changed.scaled, changed.balance) == (0.5, False, 5e9)
    assert replace(last, start_day=-FOREVER, end_day=0) == first


def test_what_is_not_in_force_starts_from_presets(load):
    (subsidy,) = of(load().policies["subsidy"], "interest_subsidy")
    assert values_of(subsidy) == presets("interest_subsidy") | {"rate": 0.02}
    assert (subsidy.start_day, subsidy.end_day) == (360, 720)


def test_policies_add_up_in_any_depth_and_order(load):
    made = load().policies
    parts = set(made["relending"].instruments) | set(made["subsidy"].instruments) | set(made["pool"].instruments)
    law = set(made["baseline"].instruments)
    changed = {"relending_sme", "risk_compensation_pool"}
    assert set(made["nested"].instruments) == {i for i in parts if not (i in law and i.ID in changed)}
    turned = load(TEXT.replace("[relending, subsidy]", "[subsidy, relending]")).policies["several"]
    assert set(turned.instruments) == set(made["several"].instruments)


def test_a_change_to_what_is_law_already_is_current_law(load):
    made = load(TEXT, "policies.same.risk_compensation_pool.share=30%")
    assert set(made.policies["same"].instruments) == set(made.current_law)


def test_set_changes_one_lever(load):
    made = load(TEXT, "policies.relending.relending_sme.rate=150 bp")
    assert of(made.policies["relending"], "relending_sme")[1].rate == 0.015
    assert of(made.policies["several"], "relending_sme")[1].rate == 0.015


def test_sweep_of_one_policy_and_of_all_that_set_the_instrument(load):
    one = load(TEXT + "sweep: {relending.relending_sme.rate: [1%, 1.5%]}\n")
    assert [name for name in one.policies if "[" in name] == [
        "relending[relending_sme.rate=1%]",
        "relending[relending_sme.rate=1.5%]",
    ]
    assert of(one.policies["relending[relending_sme.rate=1%]"], "relending_sme")[1].rate == 0.01
    every = load(TEXT + "sweep: {relending_sme.rate: [1%, 1.5%]}\n")
    assert {name.split("[")[0] for name in every.policies if "[" in name} == {"relending", "several", "nested"}


def test_sweep_is_a_grid_over_the_axes_of_a_policy(load):
    text = TEXT + "sweep: {relending_sme.quota: [1 tn CNY, 2 tn CNY], several.interest_subsidy.rate: [1%, 2%, 3%]}\n"
    names = [name for name in load(text).policies if name.startswith("several[")]
    assert len(names) == 6 and names[1] == "several[relending_sme.quota=1 tn CNY,interest_subsidy.rate=2%]"
    assert load(text).policies.keys() == load(TEXT, f"sweep={text.split('sweep: ')[1]}").policies.keys()
    dotted = load(
        TEXT, "sweep.relending_sme.quota=[1 tn CNY, 2 tn CNY]", "sweep.several.interest_subsidy.rate=[1%, 2%, 3%]"
    )
    assert dotted.policies == load(text).policies


def test_what_is_resolved_gives_the_same_policies(load, tmp_path):
    made = load(TEXT + "sweep: {relending_sme.rate: [1%, 1.5%]}\nparameters_sweep: {bank.hurdle: [9%, 11%]}\n")
    copy = tmp_path / "resolved.yaml"
    copy.write_text(documents.dump(made.resolved()), encoding="utf-8")
    again = config.load(copy)
    assert again.policies == made.policies
    assert (again.parameters_sweep, again.digest()) == (made.parameters_sweep, made.digest())


def test_the_digest_sees_policies_and_the_world_does_not(load):
    plain = load()
    for option in ("policies.pool.risk_compensation_pool.share=45%", "policies.bare=none"):
        other = load(TEXT, option)
        assert other.digest() != plain.digest() and other.world_digest() == plain.world_digest()


@given(st.dates(datetime.date(2000, 1, 1), datetime.date(2060, 1, 1)), st.integers(0, 600))
def test_a_month_has_thirty_days(first, months):
    month = first.year * 12 + first.month - 1 + months
    later = datetime.date(month // 12, month % 12 + 1, min(first.day, 28))
    assert days_between(first, later) == 30 * months - (min(first.day, 30) - min(first.day, 28))
