"""Current law: what the scenario says was in force, with sources, and what it leaves to the catalogue."""

from pathlib import Path

import pytest

from experiments import config, documents
from experiments.instruments import LEVERS, values_of
from experiments.leaf import calibration_rows
from policies.levers import FOREVER

SMALL = Path(__file__).parents[1] / "experiments" / "configs" / "small.yaml"


@pytest.fixture(scope="module")
def experiment():
    return config.load(SMALL)


def test_law_of_shenzhen_in_spring_2024(experiment):
    law = {instrument.ID: instrument for instrument in experiment.current_law}
    assert set(law) == {"relending_sme", "government_guarantee", "risk_compensation_pool"}
    assert all((instrument.start_day, instrument.end_day) == (-FOREVER, FOREVER) for instrument in law.values())
    relending, pool = values_of(law["relending_sme"]), values_of(law["risk_compensation_pool"])
    assert (relending["rate"], relending["quota"], relending["lenders"]) == (0.0175, 1.76e12, (0, 0, 1))
    assert (pool["share"], pool["balance"]) == (0.3, 5e9)


def test_every_value_of_the_law_has_a_source_or_a_reason(experiment):
    paths = {f"{law.ID}.{name}" for law in experiment.current_law for name in LEVERS[law.ID]}
    assert set(experiment.law_provenance) == paths
    for path, origin in experiment.law_provenance.items():
        assert bool(origin.source) != bool(origin.assumed), path
    assert experiment.law_provenance["government_guarantee.leverage"].source == "guar_leverage_east"


@pytest.mark.parametrize(
    ("source", "scale", "instrument", "parameter"),
    [
        ("relend_sme_rate_1y_2024_01", 0.01, "relending_sme", "rate"),
        ("relend_sme_quota_2023_06", 1e9, "relending_sme", "quota"),
        ("sz_pool_comp_rate_base", 0.01, "risk_compensation_pool", "share"),
        ("sz_pool_size", 1e9, "risk_compensation_pool", "balance"),
    ],
)
def test_values_are_those_of_their_rows(experiment, source, scale, instrument, parameter):
    law = next(law for law in experiment.current_law if instrument == law.ID)
    assert values_of(law)[parameter] == pytest.approx(float(calibration_rows()[source]["value"]) * scale)
    assert experiment.law_provenance[f"{instrument}.{parameter}"].source == source


def test_the_copy_of_a_run_holds_the_law(experiment, tmp_path):
    copy = tmp_path / "resolved.yaml"
    copy.write_text(documents.dump(experiment.resolved()), encoding="utf-8")
    assert config.load(copy) == experiment


def test_a_scenario_may_have_no_law(tmp_path):
    from experiments.scenario import packaged

    text = packaged()["shenzhen_nev_2024"].read_text(encoding="utf-8")
    (tmp_path / "lawless.yaml").write_text(text[: text.index("current_law:")], encoding="utf-8")
    (tmp_path / "x.yaml").write_text("experiment: x\nscenario: lawless.yaml\n", encoding="utf-8")
    assert config.load(tmp_path / "x.yaml").current_law == ()
