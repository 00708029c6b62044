"""What `finflow explain` says of a firm is what the step did, fen by fen and reason by reason."""

import copy
import json
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner
from worlds import SMALL, lever, policy, run, world

from agents.firm import CLOSING, ESTATE, VACANT
from experiments import cli, drawing
from experiments.errors import ConfigError
from experiments.explain import said, slot_of
from experiments.firm_step import VERSIONS, observe
from experiments.firm_tables import money, show
from experiments.rounds import match_watched, proposals_of
from sim import credit_market
from sim.contracts import PRODUCTS, TERMS
from sim.quotes import OFFERED, REASONS
from sim.schedule import STEP

TIGHT = ("opening.capital_ratio=11%", "bank.stable_funding=90%")  # limits of lenders bind
ROUGH = ("shocks.cost_innovation=0.08", "shocks.rare_loss=50%")
LEVERS = policy(
    lever("relending_sme", quota=1e12, lenders=(1, 1, 1)), lever("interest_subsidy", budget=6e9),
    lever("insured_bill_pledge", sizes=(0, 1, 0, 1)), "government_guarantee", "discount_subsidy",
    "guarantee_fee_subsidy", "risk_compensation_pool", "trade_credit_insurance", "premium_subsidy",
    "reverse_factoring", "multi_tier_certificates",
)  # fmt: skip
CASES = [((), None), (TIGHT, None), ((), LEVERS), (TIGHT, LEVERS)]


def before_match(model):
    for process in STEP[: STEP.index(credit_market.match_and_draw)]:
        process(model)
    return model


def everyone(model):
    """(model after it, facts) of every supplier, each observed in a copy of its own."""
    for slot in range(model.oems, model.firms.slots):
        again = copy.deepcopy(model)
        yield again, slot, observe(again, slot)


# ---- the match, round by round


@pytest.mark.parametrize(("options", "levers"), [*CASES, (("opening.capital_ratio=11.5%",), None)])
def test_rounds_end_as_the_match_did(options, levers):
    model = before_match(run(world(60, *options, seed=3, policy=levers), 4))
    start = match_watched(model)
    assert credit_market.match.__module__ == "sim.matching"  # the engine's own again
    real, firms, cut = model.market.proposals, len(start.reach), 0
    for row in range(firms):
        mine, made = real.asker == row, proposals_of(row, start)
        assert [proposal.product for proposal in made] == real.product[mine].tolist()
        assert [proposal.place for proposal in made] == real.place[mine].tolist()
        assert [proposal.held for proposal in made] == real.amount[mine].tolist()
        rounds = [proposal.round for proposal in made]
        assert rounds == sorted(set(rounds))
        for proposal in made:
            assert proposal.proposed >= proposal.at_first >= proposal.held >= 0
            assert proposal.proposed >= start.ticket
            cut += proposal.held < proposal.proposed
    assert firms > 20 and cut > 0


def test_nothing_is_cut_where_lenders_have_room():
    model = before_match(run(world(60, seed=3), 4))
    start = match_watched(model)
    room = start.room._replace(capital=start.room.capital + 10**15, funding=start.room.funding + 10**15)
    many = start._replace(room=room)
    made = [proposal for row in range(len(start.reach)) for proposal in proposals_of(row, many)]
    assert made and all(proposal.proposed == proposal.held for proposal in made)


def test_watching_changes_nothing():
    watched, alone = (before_match(run(world(40, *TIGHT, seed=2), 3)) for _ in range(2))
    match_watched(watched)
    credit_market.match_and_draw(alone)
    for name in ("deposit", "loan", "bill", "informal_loan"):
        assert (watched.ledger.balance("firm", name) == alone.ledger.balance("firm", name)).all()


# ---- the account of a firm


@pytest.mark.parametrize(("options", "levers"), CASES)
def test_every_account_is_what_the_model_did(options, levers):
    model = run(world(30, *options, seed=6, policy=levers), 4)
    seen = set()
    for after, slot, facts in everyone(model):
        plan, asking, need = after.plan, facts["asking"], facts["need"]
        assert [part["amount"] for part in need] == [tranche[slot] for tranche in plan.need]
        assert asking["need"] == sum(part["amount"] for part in need)
        worth = asking["benefit"] > asking["cost"] and asking["need"] >= facts["rules"]["smallest_ticket"]
        assert worth == plan.asked[slot] == (asking["decision"] == "asked")
        assert (asking["decision"] == "discouraged") == plan.discouraged[slot]
        left = plan.dues[slot] - facts["liquidity"]["cash"] - facts["liquidity"]["collections"]
        assert need[0]["amount"] == (max(left, 0) if facts["firm"]["status"] == "active" else 0)
        drawn = sum(contract["amount"] for contract in facts["drawn"])
        assert drawn == sum(part["drawn"] for part in need) == plan.drawn[slot].sum()
        assert drawn == sum(made["held"] for made in facts["proposals"])
        rest = facts["rest"]
        assert rest["informal"] + rest["late"] + rest["cut"] + rest["waits"] == asking["need"] - drawn
        seen.add(asking["decision"])
    assert "asked" in seen


@pytest.mark.parametrize(("options", "levers"), CASES)
def test_offers_and_reasons_are_the_markets(options, levers):
    model = run(world(30, *options, seed=6, policy=levers), 4)
    seen = set()
    for after, slot, facts in everyone(model):
        rows = np.flatnonzero(after.market.askers.firm == slot)
        assert bool(rows.size) == bool(facts["offers"])
        if not rows.size:
            continue
        row, quotes, reach = rows[0], after.market.quotes, after.market.askers.reach[rows[0]]
        there = np.tile(reach >= 0, quotes.reason.shape[2] // reach.size)
        reasons = np.array([REASONS[why] for why in quotes.reason[row][:, there].ravel()])
        assert [offer["reason"] for offer in facts["offers"]] == reasons.tolist()
        assert {offer["version"] for offer in facts["offers"]} == set(VERSIONS[: 2 if levers else 1])
        for offer in facts["offers"]:
            seen.add(offer["product"])
            if offer["reason"] in ("not_eligible", "no_lender"):
                assert not offer["offered"]
            elif not offer["for_its_class"]:
                raise AssertionError("an offer to a class that it is not for")
            else:  # the PD and cut-off shown are the reason given
                assert (offer["pd"] > offer["cut_off"]) == (offer["reason"] == "risk")
            assert offer["offered"] == (offer["rate"] is not None)
            assert not offer["offered"] or levers or offer["apr"] >= offer["rate"] - 1e-6
            assert not offer["covered_by"] or levers
        for made in facts["proposals"]:
            assert (made["limit"] is None) == (made["held"] == made["proposed"])
            assert made["limit"] in (None, "capital", "stable_funding", *(("quota",) if levers else ()))
    assert seen == set(PRODUCTS[: 10 if levers else 5])


@pytest.mark.parametrize("levers", [None, LEVERS])
def test_prices_are_sums_of_their_terms_and_of_the_offer_taken(levers):
    facts = [facts for _, _, facts in everyone(run(world(30, seed=6, policy=levers), 4))]
    contracts = [(contract, each["offers"]) for each in facts for contract in each["drawn"]]
    assert len(contracts) > 5
    for contract, offers in contracts:
        assert list(contract["terms"]) == list(TERMS)
        charges = [contract["terms"][name] for name in ("fees", "premium", "subsidy")]
        assert sum(contract["terms"].values()) - sum(charges) == pytest.approx(contract["rate"], abs=1e-9)
        assert sum(contract["terms"].values()) + contract["timing"] == pytest.approx(contract["apr"], abs=1e-9)
        assert levers or charges == [0, 0, 0]
        assert charges[2] <= 0 <= min(charges[:2])
        assert contract["apr"] <= contract["apr_gross"]
        assert sum(contract["by_tranche"].values()) == contract["amount"]
        which = ("product", "lender", "version")
        taken = [o for o in offers if all(o[name] == contract[name] for name in which)]
        assert len(taken) == 1
        assert taken[0]["covered_by"] == contract["covered_by"]
        assert taken[0]["rate"] == contract["rate"]
        assert taken[0]["apr"] == pytest.approx(contract["apr"], abs=1e-6)
        assert taken[0]["reason"] == REASONS[OFFERED]
        assert taken[0]["pd"] == contract["pd"]


def test_who_covers_what_and_what_a_spent_allotment_leaves():
    """A subsidy too small for all: some draw the plain version after their lender's allotment was refused."""
    small = policy(lever("interest_subsidy", budget=8e9), "risk_compensation_pool")
    model = run(world(40, seed=6, policy=small), 3)
    model.firms.first_time[model.oems :: 2] = True
    facts = [facts for _, _, facts in everyone(model)]
    offers = [offer for each in facts for offer in each["offers"]]
    pooled = [o for o in offers if o["product"] == "term_loan" and o["version"] == "with levers" and o["for_its_class"]]
    layers = {(layer["carrier"], layer["rank"], layer["share"]) for o in pooled for layer in o["covered_by"]}
    assert layers == {("pool", 3, 0.3), ("pool", 3, 0.35)}  # more for first-time borrowers
    assert not any(o["covered_by"] for o in offers if o["version"] == "plain" or o["product"] != "term_loan")
    assert "quota" in {offer["reason"] for offer in offers}
    versions = {(contract["version"], contract["terms"]["subsidy"] < 0) for each in facts for contract in each["drawn"]}
    assert ("plain", False) in versions and ("with levers", True) in versions and ("plain", True) not in versions


def printed(facts):
    console = Console(width=100, record=True, file=open("/dev/null", "w"))  # noqa: SIM115 (as short as the test)
    show(facts, console)
    console.file.close()
    return console.export_text()


RUN = {"experiment": "x", "replication": 0, "step": 4, "step_days": 30, "period": "evaluation"}


def test_every_firm_can_be_shown_within_100_columns():
    words = ""
    for options, levers in (*CASES[:3], (("market.open=0", *ROUGH), None)):
        for _, _, facts in everyone(run(world(20, *options, seed=6, policy=levers), 4)):
            text = printed({"run": RUN, "said": said(facts)} | facts)
            assert max(map(len, text.splitlines())) <= 100
            words += text
    for expected in ("drawn:", "not needed", "= all-in APR", "no stable funding left", "refused",
                     "the credit market is closed",
                     "is discouraged: asking is not worth it", "informal lenders", "debtor's PD", "subsidy", "plain",
                     "pool 30%", "guaranteed loan", "national fund 20%", "insurer 90%",
                     "not for firms of its size"):  # fmt: skip
        assert expected in words, expected


def test_who_has_no_need_is_said_so():
    model = run(world(20, seed=1), 2)
    slot, sentences = model.oems, {}
    for status in (VACANT, ESTATE, CLOSING):
        again = copy.deepcopy(model)
        again.firms.status[slot] = status
        facts = observe(again, slot)
        sentences[facts["firm"]["status"]] = said(facts)
        assert "Its need" not in printed({"run": RUN, "said": said(facts)} | facts)
    assert "vacant" in sentences["vacant"]
    assert "estate collects" in sentences["estate"]
    assert "closing down" in sentences["closing"]
    assert "no need to finance" in said(observe(copy.deepcopy(model), 0))


# ---- which firm


@pytest.mark.parametrize(
    ("text", "slot"),
    [("5", 5), ("0", 0), (" 22 ", 22), ("OEM 1", 1), ("oem 2", 2), ("supplier 0", 3), ("Supplier 19", 22)],
)
def test_firms_are_named_as_in_records_and_events(text, slot):
    assert slot_of(text, oems=3, slots=23) == slot


@pytest.mark.parametrize("text", ["23", "-1", "OEM 3", "supplier 20", "OEM", "bank 1", "", "1.5", "²"])
def test_other_firms_there_are_none(text):
    with pytest.raises(ConfigError, match="a slot from 3 to 22, supplier 0 to 19, OEM 0 to 2"):
        slot_of(text, oems=3, slots=23)


def test_money_is_for_people():
    assert [money(fen) for fen in (0, 99_900, 123_456_789, -5_000_000)] == [
        "0", "999 yuan", "123.5 万元", "-5.0 万元"]  # fmt: skip


# ---- the command


def finflow(*arguments):
    return CliRunner().invoke(cli.app, arguments, env={"COLUMNS": "100"})


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """The folder of a finished run of the small experiment, cut down."""
    folder = tmp_path_factory.mktemp("stored") / "small"
    options = ("parameters.population.suppliers=40", "parameters.population.annual_purchases=0.96 bn CNY/yr")
    stress = "stresses=[{kind: demand_stop, month: 1, months: 2}]"  # in months of the evaluation
    sets = [part for option in (*options, stress, "replications=2") for part in ("--set", option)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "draw_all", lambda series, meta, out: [])  # takes longer than all the rest
        done = finflow("run", str(SMALL), "--out", str(folder), "--quiet", "--workers", "1", *sets)
    assert done.exit_code == 0, done.output
    return folder


def test_the_replay_is_the_run(stored):
    """Step by step, what firms needed and drew adds up to what the run itself stored."""
    from experiments.replay import born
    from experiments.store import Store

    store = Store(stored)
    series = store.series([store.done()[1]])
    series = series[(series["group"] == "all")].set_index(["step", "indicator"])["value"]
    for step in (0, 9):
        replay = born(stored, step, 1)
        replay.go()
        model = replay.model
        observe(model, 5)
        assert model.plan.need.total.sum() == series[step, "need_amount"]
        assert model.market.amount.sum() == series[step, "drawn_amount"]
        assert model.plan.informal.sum() == series[step, "informal_amount"]


def test_the_command_prints_tables_and_the_same_as_json(stored):
    result = finflow("explain", str(stored), "--firm", "supplier 4", "--step", "9", "--format", "json")
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert (facts["firm"]["slot"], facts["run"]["step"], facts["run"]["period"]) == (7, 9, "evaluation")
    table = finflow("explain", str(stored), "--firm", "7", "--step", "9").stdout
    assert facts["said"].split(":")[0][:40] in table
    assert money(facts["liquidity"]["cash"]) in table
    other = finflow("explain", str(stored), "--firm", "7", "--step", "9", "--replication", "1").stdout
    assert "replication 1" in other and other != table


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--firm", "43", "--step", "9"), "--firm: found 43; allowed here: a slot from 3 to 42"),
        (("--firm", "7", "--step", "18"), "--step: found 18; allowed here: 0 to 17 (6 steps of burn-in"),
        (("--firm", "7", "--step", "-1"), "--step: found -1"),
        (("--firm", "7", "--step", "1", "--replication", "2"), "--replication: found 2; allowed here: 0 to 1"),
    ],
)
def test_mistakes_are_one_message_and_code_2(stored, options, message):
    result = finflow("explain", str(stored), *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr and len(result.stderr.splitlines()) == 1


def test_an_oem_is_no_mistake(stored):
    result = finflow("explain", str(stored), "--firm", "OEM 1", "--step", "2")
    assert result.exit_code == 0 and "OEM 1 sells for cash and has no need to finance" in result.stdout


@pytest.mark.parametrize(
    ("change", "message"),
    [({"numbers_version": -1}, "numbers differ"), ({"digest": "0"}, "have changed since")],
)
def test_a_run_that_cannot_be_had_again_is_refused(stored, monkeypatch, change, message):
    from experiments import replay

    manifest = replay.Store(stored).manifest() | change
    monkeypatch.setattr(replay, "Store", lambda _: SimpleNamespace(manifest=lambda: manifest, path=stored))
    result = finflow("explain", str(stored), "--firm", "7", "--step", "1")
    assert result.exit_code == 2 and message in result.stderr
