"""The report: what it says is what was measured, whoever reads it, whatever the experiment holds."""

import base64
import html.parser
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fontTools.ttLib import TTFont
from policy_worlds import EFFECTS
from report_pages import HOSTILE, charts_of, made, page, text_of
from typer.testing import CliRunner

from experiments import (
    cli,
    report,
    report_best,
    report_breakeven,
    report_documents,
    report_effects,
    report_figures,
    report_guard,
    report_levers,
    report_money,
    report_page,
    report_terms,
    report_value_words,
    report_words,
)
from experiments.config import load
from experiments.headline import number
from experiments.lever_words import PARAMETERS, SENTENCES
from experiments.paired import HIGHER, LOWER, SAME, UNCLEAR, UNKNOWN
from experiments.report_breakeven import Loan, by_hand
from experiments.report_effects import effects_section, short_section, side_by_side
from experiments.report_font import font_uri
from experiments.report_guard import UnguardedSentence, checked, claim, form_of
from experiments.report_levers import exhausted, in_both, who
from experiments.report_page import Cell, Prose, Table, Text, money, span
from experiments.report_source import Source
from experiments.report_trust import books
from experiments.verdicts import BANDS
from policies.catalogue import INSTRUMENTS

WORLDS: dict[str, dict[str, Any]] = {
    "seven": {"replications": 2, "worlds": 1, "firms": 60},
    "one run": {"policies": ("baseline", "subsidy", "no_policy"), "replications": 1, "firms": 30},
    "unclear": {"policies": ("baseline", "all_four"), "replications": 3, "strength": 0.0, "firms": 30},
    "empty": {"policies": ("baseline", "subsidy"), "replications": 2, "empty": ("micro", "public"), "firms": 9},
}


class Lazily(dict[str, Any]):
    """What is made when a test first asks for it: tests are shared among processes."""

    def __init__(self, make: Callable[[str], Any]):
        super().__init__()
        self.make = make

    def __missing__(self, name: str) -> Any:
        return self.setdefault(name, self.make(name))


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Source]:
    return Lazily(lambda name: made(tmp_path_factory.mktemp("report"), failed=2 * (name == "seven"), **WORLDS[name]))


@pytest.fixture(scope="module", autouse=True)
def no_font() -> Iterator[None]:
    """One test looks at the typeface; the others need not wait for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "font_uri", lambda characters: "data:,")
        yield


@pytest.fixture(scope="module")
def pages(sources: dict[str, Source]) -> dict[str, str]:
    return Lazily(lambda name: page(sources[name]))


# --- Sentences ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "forms",
    [report_words.VERDICT, report_words.CHEAPEST, report_value_words.LESS, report_value_words.BORNE],
)
def test_no_form_of_a_sentence_says_more_than_its_interval(forms: dict[str, Text]) -> None:
    for form, template in forms.items():
        assert checked(template, form) == template


def test_the_guard_stops_a_change_that_was_not_measured_and_every_cause() -> None:
    with pytest.raises(UnguardedSentence, match="not measured"):
        checked(Text("{policy} lowers cost", "成本不变"), "unclear")
    with pytest.raises(UnguardedSentence, match="not measured"):
        checked(Text("cost is the same", "成本下降"), "same")
    for form in ("lower", "unclear"):
        with pytest.raises(UnguardedSentence, match="cause"):
            checked(Text("the cost is low because of {policy}", "成本较低"), form)
        with pytest.raises(UnguardedSentence, match="cause"):
            checked(Text("the cost is low", "由于{policy}，成本较低"), form)


def test_no_word_of_the_report_claims_a_cause() -> None:
    texts = [*report_words.W.values(), *report_terms.LIMITS, *(text for row in report_terms.GLOSSARY for text in row)]
    texts += [*report_words.VERDICT.values(), *report_words.CHEAPEST.values(), report_words.OVERLAP, report_words.ALONE]
    texts += [report_words.NO_PRICE, *report_value_words.LESS.values()]
    for text in texts:
        checked(text, "lower")


def test_a_name_may_hold_any_word_and_any_brace() -> None:
    said = claim(report_words.CHEAPEST, HIGHER, policy="because {n} lowers", size="1", low="0", high="2")
    assert "because {n} lowers" in said.en and "because {n} lowers" in said.zh


@pytest.mark.parametrize(
    ("verdict", "form"),
    [
        (LOWER, "lower"),
        (HIGHER, "higher"),
        (SAME, "same"),
        (UNCLEAR, "unclear"),
        (UNKNOWN, "unknown"),
        ("?", "unknown"),
    ],
)
def test_the_verdict_picks_the_form(verdict: str, form: str) -> None:
    assert form_of(verdict) == form


@pytest.mark.parametrize("name", list(WORLDS))
def test_no_cell_speaks_of_a_change_whose_interval_covers_0(sources: dict[str, Source], name: str) -> None:
    """Every cell of the tables of effects: its verdict and tone against the numbers that stand in it."""
    source = sources[name]
    (short,) = (block for block in short_section(source).blocks if isinstance(block, Table))
    for row in short.rows[2:]:
        for cell in row[1:]:
            if cell.note is None:
                continue
            low, high = _ends(cell)
            moved = np.isfinite(low) and (low > 0.0 or high < 0.0)
            assert bool(report_guard.CHANGE.search(cell.note.zh)) <= moved, cell
            assert (cell.tone in ("good", "bad", "clear")) <= moved, cell
    for words in charts_of(source).values():
        assert not any(report_guard.CAUSE.search(sentence) for sentence in words.title), words


def _ends(cell: Cell) -> tuple[float, float]:
    """The interval that a cell shows, widened by what rounding may hide; NaN if it shows none."""
    assert cell.note is not None
    found = re.match(r"([−\d.,]+) to ([−\d.,]+)", cell.note.en)
    if not found:
        return np.nan, np.nan
    low, high = (float(end.replace("−", "-").replace(",", "")) for end in found.groups())
    return low, high


def test_policies_without_any_effect_are_called_unclear(pages: dict[str, str], sources: dict[str, Source]) -> None:
    said = text_of(pages["unclear"])
    assert "cannot be told apart with n = 3" in said
    assert sources["unclear"].compared is not None


def test_one_run_says_that_it_knows_nothing(pages: dict[str, str]) -> None:
    said = text_of(pages["one run"])
    assert "One replication has no interval" in said and "仅一次重复" in said
    assert "lower\n" not in said.split("Terms")[0].split("In short")[-1].split("The policies")[0]


# --- Numbers --------------------------------------------------------------------------------------------------


def test_numbers_in_the_table_are_those_of_the_comparison(sources: dict[str, Source]) -> None:
    source = sources["seven"]
    assert source.compared is not None
    (table,) = (block for block in effects_section(source).blocks if isinstance(block, Table))
    rows = {row[0].text.en: row for row in table.rows}
    place = [head.en for head in table.heads].index("relending")
    effect = source.compared.of("whole", "sme_cost_of_need", "sme").set_index("policy").loc["relending"]
    cell = rows["Cost of need, SMEs"][place]
    assert float(cell.text.en.replace("−", "-")) == pytest.approx(effect["diff"] * 1e4, abs=0.06)
    low, high = _ends(cell)
    assert (low, high) == pytest.approx((effect["diff_low"] * 1e4, effect["diff_high"] * 1e4), abs=0.06)


def test_money_is_in_units_that_people_use() -> None:
    assert money(1.234e10) == Text("123 m CNY", "1.23亿元")
    assert money(5.6e8) == Text("5.6 m CNY", "560万元")
    assert money(float("nan")) == Text("–", "–")
    assert in_both("20 bn CNY") == Text("20 bn CNY", "200亿元")
    assert in_both("50 m CNY/yr") == Text("50 m CNY/yr", "5,000万元／年")
    assert in_both("1.25%") == Text("1.25%", "1.25%")
    assert span(-1e-9, 1e-9, report_page.Unit((1.0, 1.0), Text("", ""), (1, 1))) is None


def test_flags_are_said_as_whom_they_name() -> None:
    assert who("0/1/1/1", "size") == Text("medium + small + micro", "中型、小型、微型")
    assert who("1/1/1", "bank_kind") == Text("all", "全部")


def test_what_runs_out_is_told_by_kind_and_counted_once_a_run() -> None:
    rows = [
        ("pool", 0, 30, "pool_empty"), ("pool", 0, 50, "pool_empty"), ("pool", 1, 40, "pool_empty"),
        ("pool", 0, 5, "pool_empty"), ("pool", 0, 26, "quota_exhausted"), ("pool", 0, 27, "lever_start"),
    ]  # fmt: skip
    events = pd.DataFrame(rows, columns=["policy", "replication", "step", "kind"]).assign(
        subject="risk_compensation_pool"
    )
    found = exhausted(events, burn_in=24, step_days=30).set_index("kind")
    assert (found.at["pool_empty", "runs"], found.at["pool_empty", "month"]) == (2, 11.0)
    assert (found.at["quota_exhausted", "runs"], found.at["quota_exhausted", "month"]) == (1, 2.0)


def test_twelve_policies_stand_in_groups_of_like_size() -> None:
    assert [len(group) for group in side_by_side([f"p{k}" for k in range(12)])] == [6, 6]
    assert side_by_side([]) == [] and len(side_by_side(["one"])) == 1


def test_cover_left_behind_by_a_lever_that_ended_counts_at_its_share() -> None:
    spans = [
        {"instrument": "risk_compensation_pool", "share": 0.3, "end_day": 0},
        {"instrument": "risk_compensation_pool", "share": 0.5, "end_day": 10**9},
    ]
    assert report_best.share_at_end(spans, "risk_compensation_pool", "share") == 0.5
    assert report_best.share_at_end(spans[:1], "risk_compensation_pool", "share") == 0.3
    assert report_best.share_at_end(spans, "government_guarantee", "share") is None


# --- What reassures too much ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends", "at_edge"), [((-100.0, 0.0), False), ((-25.0, 25.0), True), ((-20.0, 0.0), True), ((0.0, 0.0), False)]
)
def test_an_estimate_in_the_outer_tenth_of_its_range_is_told(ends: tuple[float, float], at_edge: bool) -> None:
    row = {"diff": -24.0, "doubt_low": ends[0], "doubt_high": ends[1]}
    assert report_effects.at_edge(row) is at_edge


def test_signs_over_few_worlds_are_said_to_tell_little(sources: dict[str, Source]) -> None:
    found = sources["seven"]
    said = report_effects.worlds_said(found)
    assert "were it otherwise in 95% of such worlds, all 1 would" in said[0].en
    for sentence in said:
        assert not report_guard.CAUSE.search(sentence.en + sentence.zh)
    assert report_effects.worlds_said(sources["one run"]) == []


def test_ratios_say_by_how_much_effects_were_scaled() -> None:
    scaled = report_money._scaled  # pyright: ignore[reportPrivateUsage]
    assert scaled(4.0, None) == Text("+4.0 m CNY a year in the sample, × 25", "样本中每年+400万元，×25")
    assert scaled(231.0, None).en.endswith("× 0.433")  # to three digits: 1,266 × 0.433 is the row's 548
    assert (
        scaled(-50.0, Text("per 100m CNY saved", "x")).en == "−50.0 m CNY a year in the sample, × 2; per 100m CNY saved"
    )


def test_clauses_lead_to_the_documents_they_are_of() -> None:
    page = (Path(report.__file__).parent / "templates" / "report.html").read_text(encoding="utf-8")
    known = {number.en for number, _ in report_documents.DOCUMENTS}
    for kind in INSTRUMENTS.values():
        assert set(re.findall(r"\b\d{3}\b", kind.CLAUSE)) <= known
    assert "cell.href" in page and 'id="{{ block.key }}"' in page


# --- Break-even by hand ---------------------------------------------------------------------------------------

ORACLE = Loan(funding=0.025, pd=0.03, lgd=0.6, k=0.085, hurdle=0.12, operating=0.01, fee=0.008)


def test_break_even_is_that_of_the_oracle() -> None:
    """Oracle 3: 6.2195 %; re-lending half of the debt-funded part at 1.5 %: 5.7536 %."""
    assert ORACLE.price() == pytest.approx(0.062195, abs=5e-7)
    assert ORACLE.price(relief=0.5 * 0.915 * 0.01) == pytest.approx(0.057536, abs=5e-7)


def test_by_hand_a_subsidy_is_its_points_and_a_pool_takes_its_share_of_the_loss() -> None:
    assert by_hand(ORACLE, "interest_subsidy", None, {"rate": 0.015}) == [("", -0.015)]
    ((_, pool),) = by_hand(ORACLE, "risk_compensation_pool", {"share": 0.3}, {"share": 0.5})
    assert pool == pytest.approx(ORACLE.price(0.5) - ORACLE.price(0.3)) and pool < 0.0
    ((_, off),) = by_hand(ORACLE, "risk_compensation_pool", {"share": 0.3}, None)
    assert off == pytest.approx(ORACLE.price() - ORACLE.price(0.3)) and off > 0.0
    ((_, guarantee),) = by_hand(ORACLE, "government_guarantee", None, {"share": 0.8, "fee": 0.008})
    assert guarantee == pytest.approx(ORACLE.price(0.8) + 0.008 - ORACLE.price())
    assert by_hand(ORACLE, "guarantee_fee_subsidy", None, {"share": 0.5}) == [("", -0.004)]
    assert by_hand(ORACLE, "trade_credit_insurance", None, {"cover": 0.9}) == []


def test_by_hand_relending_tells_new_banks_from_those_that_had_it() -> None:
    law, new = (
        {"rate": rate, "share": 1.0, "lenders": lenders} for rate, lenders in ((0.0175, (0, 0, 1)), (0.0125, (1, 1, 1)))
    )
    cases = dict(by_hand(ORACLE, "relending_sme", law, new))
    assert cases["first_time_bank"] == pytest.approx(ORACLE.price(relief=0.915 * 0.0125) - ORACLE.price())
    assert cases["same_bank"] == pytest.approx(
        ORACLE.price(relief=0.915 * 0.0125) - ORACLE.price(relief=0.915 * 0.0075)
    )
    assert list(dict(by_hand(ORACLE, "relending_sme", law, None))) == ["same_bank"]


class Balances:
    """As much of a report's source as break-evens read: credit of 100, and 10 and 40 of it under the pool."""

    def rows(self, indicator: str, group: str) -> list[tuple[str, dict[str, float]]]:
        if indicator == "credit_in_use":
            return [("baseline", {"mean": 100.0}), ("pool", {"mean": 100.0})]
        return (
            [("baseline", {"mean": 10.0}), ("pool", {"mean": 40.0})] if group == "lever:risk_compensation_pool" else []
        )


def test_by_hand_more_loans_under_a_lever_count_like_better_terms() -> None:
    hand_cells = report_breakeven._hand_cells  # pyright: ignore[reportPrivateUsage]
    law, more = {"share": 0.3}, {"share": 0.5}
    cells, product = hand_cells(Balances(), ORACLE, "pool", "risk_compensation_pool", law, more)  # type: ignore[arg-type]
    plain = ORACLE.price()
    assert product == pytest.approx(0.4 * (ORACLE.price(0.5) - plain) - 0.1 * (ORACLE.price(0.3) - plain))
    assert cells[1].text.en == "10.0% → 40.0%"
    prices, parts, (printed,) = ([float(x.strip(" %").replace("−", "-")) for x in cell.text.en.split("→")]
                                 for cell in cells)  # fmt: skip
    assert prices[1] * parts[1] / 100 - prices[0] * parts[0] / 100 == pytest.approx(printed, abs=0.1)
    assert cells[0].note and cells[0].note.en == f"change {number(prices[1] - prices[0], signed=True)}"
    _, unknown = hand_cells(Balances(), ORACLE, "pool", "interest_subsidy", None, {"rate": 0.01})  # type: ignore[arg-type]
    assert unknown is None


def test_a_subsidy_is_told_in_its_three_sizes() -> None:
    rows = {
        ("lever_cost", "lever:interest_subsidy"): {"mean": 2.0},
        ("credit_in_use", "sme"): {"mean": 6000.0},
        ("sme_apr_like_for_like", "sme"): {"diff": -0.005},
        ("sme_apr_gross_like_for_like", "sme"): {"diff": -0.0005},
    }
    reforms = {"subsidy": {"interest_subsidy": None}, "both": {"interest_subsidy": None, "relending_sme": None}}
    source: Any = SimpleNamespace(
        experiment=SimpleNamespace(all_reforms=reforms, current_law=()), steps_a_year=12.0, name=report_page.same,
        rows=lambda name, group: [(policy, rows[name, group]) for policy in reforms],
    )  # fmt: skip
    (said,) = report_breakeven._sizes_of_subsidies(source, {"subsidy": -0.0042, "both": -0.006})
    for text in said:
        assert text.startswith("subsidy") and all(size in text for size in ("−40.0", "−42.0", "−45.0"))
    source.experiment.current_law = (SimpleNamespace(ID="interest_subsidy"),)
    assert report_breakeven._sizes_of_subsidies(source, {"subsidy": -0.0042}) == []


# --- The page -------------------------------------------------------------------------------------------------


class Tags(html.parser.HTMLParser):
    """Checks that tags close in order; collects identifiers, links and addresses."""

    VOID = ("meta", "link", "input", "img", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.addresses: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.scripts += tag == "script"
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.links += [value for name, value in attrs if tag == "a" and name == "href" and value]
        self.addresses += [value for name, value in attrs if name == "src" and value]
        assert not any(name.startswith("on") for name in given)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", list(WORLDS))
def test_the_page_is_whole_and_asks_nobody_for_anything(pages: dict[str, str], name: str) -> None:
    tags = Tags()
    tags.feed(pages[name])
    assert tags.open == [] and tags.scripts == 0
    assert len(tags.ids) == len(set(tags.ids))
    assert {link[1:] for link in tags.links if link.startswith("#")} <= set(tags.ids)
    assert all(address.startswith("data:") for address in tags.addresses)
    assert not re.search(r"https?://", re.sub(r'"data:[^"]*"', "", pages[name]))


@pytest.mark.parametrize(
    "key", ["answers", "levers", "effects", "value", "people", "losses", "trust", "limits", "reproduce"]
)
def test_sections_stand_in_the_order_of_a_decision(pages: dict[str, str], key: str) -> None:
    order = re.findall(r'<section id="(\w+)">', pages["seven"])
    assert key in order and order[0] == "answers" and order[-1] == "glossary"
    assert order.index("effects") < order.index("value") < order.index("losses") < order.index("trust")


def test_failed_runs_are_told(pages: dict[str, str]) -> None:
    said = text_of(pages["seven"])
    assert "2 of 30 planned runs failed" in said and "step 3" in said and HOSTILE[0] in said


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    source = made(tmp_path, policies=("baseline", "relending"), replications=2, firms=12)
    assert source.compared is not None
    source.said["experiment"] = HOSTILE[0]
    source.compared.told.titles["relending"] = (HOSTILE[1], HOSTILE[2])
    source.said["git"]["commit"] = HOSTILE[3]
    markup = page(source)
    tags = Tags()
    tags.feed(markup)
    assert tags.scripts == 0 and tags.open == [] and markup.count("</style>") == 1
    said = text_of(markup)
    assert HOSTILE[0] in said and HOSTILE[1] in said and HOSTILE[2] in said and HOSTILE[3] in said


@pytest.mark.parametrize(
    ("title", "name"),
    [
        (None, ("x", "x")),
        ("Losses", ("Losses", "Losses")),
        ({"en": "Losses", "zh": "损失分担"}, ("Losses", "损失分担")),
    ],
)
def test_a_report_is_called_by_the_experiments_title(title: Any, name: tuple[str, str]) -> None:
    source: Any = SimpleNamespace(experiment=SimpleNamespace(title=title), said={"experiment": "x"})
    assert report.name(source) == Text(*name)


def test_both_languages_are_there_and_the_asked_one_first(sources: dict[str, Source]) -> None:
    markup = page(sources["unclear"], "zh")
    assert re.search(r'id="show-zh" checked', markup) and not re.search(r'id="show-en" checked', markup)
    assert '<html lang="zh-CN">' in markup
    assert "Who bears losses" in markup and "谁承担损失" in markup


def test_the_same_results_give_the_same_page(sources: dict[str, Source], pages: dict[str, str]) -> None:
    assert page(sources["unclear"]) == pages["unclear"]


def test_every_character_of_both_languages_is_in_the_font(pages: dict[str, str]) -> None:
    said = text_of(pages["unclear"])
    kind, _, data = font_uri(said).partition(",")
    assert kind == "data:font/woff;base64"
    with TTFont(io.BytesIO(base64.b64decode(data))) as font:
        held = set(font.getBestCmap() or ())
    used = {ord(character) for character in said if character.isprintable()}
    assert used - held == set()


def test_words_are_there_for_every_lever_and_band() -> None:
    assert set(SENTENCES) == set(INSTRUMENTS)
    assert {field for kind in INSTRUMENTS.values() for field in kind.__annotations__} <= set(PARAMETERS)
    assert {band.indicator for band in BANDS} <= set(report_terms.SCORES)


def test_books_are_only_called_proved_where_they_were(sources: dict[str, Source]) -> None:
    source = sources["unclear"]
    audit = source.store.path / "audit.json"
    audit.write_text('[{"steps_checked": 84}, {"steps_checked": 0}]', encoding="utf-8")
    assert "1 of 6 finished runs" in books(source).en
    assert "84 steps" in books(source).en
    audit.write_text('[{"steps_checked": 1}, {"steps_checked": 1}]', encoding="utf-8")
    assert "once, at the end of each run" in books(source).en and "steps" not in books(source).en
    audit.write_text('[{"steps_checked": 0}]', encoding="utf-8")
    assert "not proved" in books(source).en
    audit.unlink()


def test_largest_ratio_is_no_winner_where_intervals_overlap(sources: dict[str, Source]) -> None:
    section = report_money.value_section(sources["seven"])
    (prose,) = (block for block in section.blocks[:1] if isinstance(block, Prose))
    assert len(prose.texts) >= 2 or "cannot be told apart" in prose.texts[0].en


def test_what_is_too_cheap_to_scale_is_said_to_be_left_out(
    sources: dict[str, Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = sources["seven"]
    cheapest = report_money._cheapest  # pyright: ignore[reportPrivateUsage]
    assert not any("Left out" in text.en for text in cheapest(source))
    monkeypatch.setattr(report_money, "too_cheap_to_scale", lambda data: {"insurance"})
    *_, left_out, beside = cheapest(source)
    assert left_out.en == "Left out, as too cheap to scale: insurance."
    assert "change of lenders' losses" in beside.en  # facts of the largest ratio that stand in other tables


def test_more_credit_at_a_cost_that_may_be_none_is_named_beside_the_ratios(
    sources: dict[str, Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = sources["seven"]
    first, second, third = source.policies[:3]
    rows = [
        *(
            ("credit_in_use", policy, verdict)
            for policy, verdict in ((first, HIGHER), (second, HIGHER), (third, UNCLEAR))
        ),
        *(
            ("public_cost", policy, verdict)
            for policy, verdict in ((first, UNCLEAR), (second, HIGHER), (third, UNCLEAR))
        ),
    ]
    data = pd.DataFrame(rows, columns=pd.Index(["measure", "policy", "verdict"]))
    monkeypatch.setattr(report_money, "value_data", lambda _: data)
    (said,) = report_money._without_price(source)
    assert said.en.startswith(f"Under {source.name(first).en} SMEs")
    monkeypatch.setattr(report_money, "value_data", lambda _: data[data["verdict"] == HIGHER])
    assert report_money._without_price(source) == []


def test_charts_left_by_others_are_shown_with_their_words_if_they_are_of_this_configuration(tmp_path: Path) -> None:
    source = made(tmp_path, policies=("baseline", "relending"), replications=2, firms=12)
    folder = tmp_path / "charts"
    folder.mkdir()
    digest = source.said["digest"][:12]
    for name, footer in (("sankey", f"config {digest}"), ("stale", "config 000000000000")):
        said = {"title": "Flows", "alt": "Flows <b>", "footer": footer}
        words = {word: {"en": text, "zh": f"中文{text}"} for word, text in said.items()}
        (folder / f"{name}.json").write_text(json.dumps(words), encoding="utf-8")
        svg = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M 1.23456 2" transform="scale(0.015625)"/></svg>'
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
    charts = report_figures.charts_of(source)
    assert list(charts) == ["sankey"] and charts["sankey"].title == Text("Flows", "中文Flows")
    markup = report.rendered(source, charts, "en", tmp_path)
    assert "More charts" in markup and 'alt="Flows &lt;b&gt;"' in markup and 'alt="中文Flows &lt;b&gt;"' in markup
    assert "1.23456" not in markup and "0.015625" in markup and 'href="charts/sankey.csv"' in markup


def test_the_command_refuses_what_is_no_results_folder(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli.app, ["report", str(tmp_path / "nowhere")])
    assert result.exit_code == 2 and "no results folder" in result.stderr


def test_names_of_policies_are_those_of_the_experiment(sources: dict[str, Source]) -> None:
    assert sources["seven"].policies == tuple(name for name in EFFECTS if name != "baseline")
    assert report.title(sources["seven"], charts_of(sources["seven"])).en
    assert report_breakeven.hand_blocks(sources["seven"]) == []  # its configuration cannot be read


def test_of_current_law_alone_the_report_tells_what_a_failure_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = made(tmp_path, policies=("baseline",), replications=2, firms=10, failure=12)
    monkeypatch.setattr(report_figures, "draw_all", lambda *_: [])  # the made-up series hold nothing for these
    report_figures.draw(source)
    charts = report_figures.charts_of(source)
    assert source.compared is None and list(charts) == ["policies_contagion", "policies_network"]
    title = report.title(source, charts)
    assert "suppliers bear" in title.en and "供应商承担" in title.zh


def test_values_of_current_law_are_told_apart_by_whether_they_are_assumed() -> None:
    experiment = load(Path(report_levers.__file__).parent / "configs" / "four_levers.yaml")
    told = report_levers._values_of_law  # pyright: ignore[reportPrivateUsage]
    (table,) = told(SimpleNamespace(experiment=experiment))  # type: ignore[arg-type]
    assert isinstance(table, Table)
    origins = experiment.law_provenance
    for row, instrument in zip(table.rows, experiment.current_law, strict=True):
        own = [origin.status for name, origin in origins.items() if name.startswith(f"{instrument.ID}.")]
        counts = [len(cell.text.en.split(", ")) for cell in row[1:]]
        assert counts == [len(own) - own.count("assumed"), own.count("assumed")]
