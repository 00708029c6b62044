"""The report's public money: by year and payer, per 100m yuan, additionality, leakage, contingent liabilities."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pandas as pd

from agents.numeric import BASIS_POINT, FEN
from experiments.borrowers_told import LINES, RATIOS, UNITS
from experiments.headline import PER_100M, number
from experiments.labels import LANGUAGES
from experiments.money import YI
from experiments.paired import HIGHER, LOWER, UNCLEAR, UNKNOWN
from experiments.pairs import BASELINE
from experiments.policy_charts import MOST_SCALED, PAYERS, too_cheap_to_scale, value_data
from experiments.ratios import NO_RATIO
from experiments.report_best import COVERS, beside_best, share_at_end
from experiments.report_effects import both, effect_cell, side_by_side, with_unit
from experiments.report_equal_cost import equal_cost_blocks
from experiments.report_guard import claim, filled
from experiments.report_less import cheaper_ways
from experiments.report_levers import title_of
from experiments.report_page import (
    DASH,
    FAINT,
    MILLION,
    Block,
    Cell,
    Heading,
    Prose,
    Section,
    Table,
    Text,
    Unit,
    amount,
    joined,
    money,
    money_unit,
    same,
    span,
    tone_of,
)
from experiments.report_source import Source
from experiments.report_words import ALONE, APART, CHEAPEST, NO_PRICE, OVERLAP, W
from sim.windows import WHOLE

_HUNDRED: Final = 100.0  # m CNY
_BETTER_RATIO: Final = {"credit_per_public_cost": 1, "gap_per_public_cost": -1}


def value_section(source: Source) -> Section:
    """What the public pays, when, for what, and what it may still have to pay."""
    section = Section("value", W["value"])
    first = [*_cheapest(source), *_without_price(source), *cheaper_ways(source)]
    section.blocks += [Prose(first), _per_100m(source)]
    section.blocks += equal_cost_blocks(source)
    section.blocks += [Heading(W["by_year"]), _by_year(source), Heading(W["by_payer"]), _by_payer(source)]
    section.blocks += _additional(source)
    section.blocks += _contingent(source)
    return section


# --- Per 100m yuan --------------------------------------------------------------------------------------------


def _cheapest(source: Source) -> list[Text]:
    """Which policy has the most extra credit per 100m yuan, and whether others can be told apart from it."""
    compared = source.compared
    assert compared is not None
    table = compared.ratios
    table = table[(table["ratio"] == "credit_per_public_cost") & (table["window"] == WHOLE)]
    if source.n == 1:
        return [claim(CHEAPEST, UNKNOWN)]
    data = value_data(compared)
    cost = data[(data["measure"] == "public_cost") & (data["verdict"] == HIGHER)]
    cheap = too_cheap_to_scale(data)
    dearer = set(cost["policy"]) & set(compared.told.counted) - cheap
    clear = table[(table["verdict"] == HIGHER) & table["policy"].isin(list(dearer))]
    if clear.empty:
        return [claim(CHEAPEST, UNCLEAR, n=source.n)]
    best = clear.iloc[int(clear["value"].argmax())]
    unit = money_unit([best["high"] * FEN], YI.yuan)
    size, low, high = (amount(best[key] * FEN, unit) for key in ("value", "low", "high"))
    ends = {"size": with_unit(size, unit), "low": low, "high": high}
    said = [claim(CHEAPEST, HIGHER, policy=source.name(best["policy"]), **ends)]
    others = clear[clear["policy"] != best["policy"]]
    near = [source.name(row["policy"]) for row in others.to_dict("records") if row["high"] >= best["low"]]
    if near:
        said.append(filled(OVERLAP, others=joined(near, ", ", "、")))
    else:
        said.append(ALONE if others.empty else APART)
    if left_out := [source.name(policy) for policy in cost["policy"] if policy in cheap]:
        said.append(filled(W["left_out"], policies=joined(left_out, ", ", "、")))
    whole = compared.ratios[compared.ratios["window"] == WHOLE]
    return [*said, beside_best(source, whole, best["policy"])]


def _without_price(source: Source) -> list[Text]:
    """Policies with clearly more SME credit at a public cost that may be none: a ratio would hide them."""
    assert source.compared is not None
    data = value_data(source.compared)
    verdicts = {name: rows.set_index("policy")["verdict"] for name, rows in data.groupby("measure")}
    credit, cost = (verdicts.get(name, {}) for name in ("credit_in_use", "public_cost"))
    free = [name for name in source.policies if credit.get(name) == HIGHER and cost.get(name) == UNCLEAR]
    names = joined([source.name(policy) for policy in free], ", ", "、")
    return [filled(NO_PRICE, policies=names)] if free else []


def _per_100m(source: Source) -> Table:
    compared = source.compared
    assert compared is not None
    ratios = compared.ratios[compared.ratios["window"] == WHOLE]
    data = value_data(compared)
    cheap = too_cheap_to_scale(data)
    cost = data[(data["measure"] == "public_cost") & data["verdict"].isin((LOWER, HIGHER))]
    costs = {row["policy"]: row["diff"] for row in cost.to_dict("records")}
    units = {name: _ratio_unit(ratios[ratios["ratio"] == name], unit, factor) for name, unit, factor in PER_100M}
    heads = [W["policy"]]
    for name, unit in units.items():
        heads.append(_named(both(name), unit.name))
    rows = []
    for policy in source.policies:
        found = {row["ratio"]: row for row in ratios[ratios["policy"] == policy].to_dict("records")}
        saves = W["saves_cost"] if costs.get(policy, 0.0) < 0.0 else None
        cells = [Cell(source.name(policy), note=_scaled(costs[policy], saves) if policy in costs else None)]
        for name, unit in units.items():
            cells.append(_ratio_cell(found.get(name), unit, policy in cheap, _BETTER_RATIO.get(name, -1)))
        rows.append(cells)
    notes = [W["scaled_note"], W["ratio_doubt"]]
    if cheap & set(costs):
        notes.append(filled(W["cheap_note"], least=money(_HUNDRED / MOST_SCALED * MILLION * FEN), most=MOST_SCALED))
    return Table(W["per_100m_caption"], heads, rows, notes)


def _scaled(cost: float, saves: Text | None) -> Text:
    """By how much a policy's own effects are multiplied; `cost` in m CNY a year."""
    sign = "+" if cost > 0.0 else "−"
    paid = money(abs(cost) * MILLION * FEN)
    factor = f"{_HUNDRED / abs(cost):.3g}"  # three digits, so that an effect times it gives the row
    said = filled(W["scaled"], cost=Text(sign + paid.en, sign + paid.zh), factor=factor)
    return joined([said, saves]) if saves else said


def _ratio_unit(rows: pd.DataFrame, name: str, factor: float) -> Unit:
    """In which unit a ratio is shown; amounts, which are stored in yuan, by the largest of them."""
    if name == "m CNY":
        unit = money_unit(list(rows["value"] * FEN))
        return unit._replace(factor=(unit.factor[0] * FEN, unit.factor[1] * FEN))
    return Unit((factor, factor), both(name))


def _ratio_cell(row: dict[Any, Any] | None, unit: Unit, cheap: bool, good: int) -> Cell:
    if row is None:
        return Cell(same(DASH), FAINT)
    if row["verdict"] == NO_RATIO:
        return Cell(W["not_defined"], FAINT)
    if cheap:
        return Cell(W["too_cheap"], FAINT)
    low, high = (amount(row[end], unit) for end in ("low", "high"))
    ends = Text(f"{low.en} to {high.en}", f"{low.zh}至{high.zh}")
    return Cell(amount(row["value"], unit, signed=True), tone_of(row["verdict"], good), ends)


# --- By year and payer ----------------------------------------------------------------------------------------


def _by_year(source: Source) -> Block:
    windows = source.compared.effects["window"].unique() if source.compared else []
    years = [str(name) for name in windows if str(name).startswith("year_")]
    if not years:
        return Prose([W["no_years"]])
    spans = [*years, WHOLE]
    found = {span: dict(source.rows("public_cost", "public", span)) for span in spans}
    titles = [filled(W["year"], number=name.removeprefix("year_")) for name in years] + [W["whole"]]
    return _flows(source, W["by_year_caption"], W["policy"], titles, list(found.values()))


def _by_payer(source: Source) -> Table:
    public = {who: place for who, place in PAYERS.items() if place[1] == "public"}
    others = {who: place for who, place in PAYERS.items() if who not in public}
    payers = {**public, "public_cost": ("public_cost", "public"), **others}  # the sum stands behind its parts
    found = {who: dict(source.rows(*place)) for who, place in payers.items()}
    found = {who: rows for who, rows in found.items() if rows}
    titles = [filled(W["not_public"], payer=both(who)) if who in others else both(who) for who in found]
    return _flows(source, W["by_year_caption"], W["policy"], titles, list(found.values()), W["payers_note"])


def flow_cell(row: dict[Any, Any] | None, unit: Unit, level: bool, good: int = -1) -> Cell:
    """A yearly amount: its level, and below it the change with its interval."""
    if row is None or not np.isfinite(row["mean"]):
        return Cell(same(DASH), FAINT)
    shown = amount(row["mean"], unit)
    if level:
        return Cell(shown)
    change = effect_cell(row | {"worlds": 0}, unit, good)
    below = change.text if change.note is None else joined([change.text, change.note], "\n", "\n")
    return Cell(shown, change.tone, below)


def _flows(
    source: Source,
    caption: Text,
    first: Text,
    titles: Iterable[Text],
    columns: list[dict[str, dict[Any, Any]]],
    *notes: Text,
) -> Table:
    """Policies as rows, flows as columns, all in one unit, which the caption names."""
    every = [row[name] for found in columns for row in found.values() for name in ("mean", "diff")]
    unit = money_unit([value * source.steps_a_year for value in every])
    factors = (unit.factor[0] * source.steps_a_year, unit.factor[1] * source.steps_a_year)
    unit = Unit(factors, unit.name, unit.digits)
    rows = [
        [Cell(source.name(policy)), *(flow_cell(found.get(policy), unit, policy == BASELINE) for found in columns)]
        for policy in (BASELINE, *source.policies)
    ]
    names = both_a_year(unit.name)
    said = Text(f"{caption.en}; {names.en}", f"{caption.zh}；{names.zh}")
    return Table(said, [first, *titles], rows, [W["note_colours"], *notes])


def both_a_year(unit: Text) -> Text:
    """A unit of a flow."""
    return Text(*(both("a_year", unit=unit[place])[place] for place in range(len(LANGUAGES))))


# --- Additionality and contingent liabilities -----------------------------------------------------------------


def _additional(source: Source) -> list[Block]:
    compared = source.compared
    assert compared is not None
    ratios = compared.ratios[compared.ratios["window"] == WHOLE]
    lines: list[tuple[Text, dict[str, Cell]]] = []
    for line in LINES:
        unit = Unit((line.factor, line.factor), Text(*UNITS[line.unit]), (1, 1))
        found = dict(source.rows(line.indicator, line.group))
        cells = {policy: _level_cell(row, unit) if line.level else effect_cell(row | {"worlds": 0}, unit)
                 for policy, row in found.items() if policy != BASELINE}  # fmt: skip
        lines.append((_named(Text(*line.text), unit.name), cells))
    plain = Unit((1.0, 1.0), Text(*UNITS["ratio"]), (2, 2))
    for text, name in RATIOS:
        own = ratios[ratios["ratio"] == name].to_dict("records")
        cells = {row["policy"]: _ratio_cell(row, plain, False, 0) for row in own}
        lines.append((_named(Text(*text), plain.name), cells))
    tables: list[Block] = []
    for policies in side_by_side(source.policies):
        rows = [[Cell(text), *(cells.get(policy, Cell(same(DASH), FAINT)) for policy in policies)]
                for text, cells in lines if cells]  # fmt: skip
        tables.append(Table(W["additional_caption"], [W["measure"], *map(source.name, policies)], rows))
    notes = [W["two_extras"], _beyond_scale(source, ratios), *_above_one(source, ratios)]
    return [Heading(W["additional"]), *tables, Prose(notes, tone="note")]


def _named(text: Text, unit: Text) -> Text:
    """A line with its unit."""
    return Text(f"{text.en}, {unit.en}", f"{text.zh}（{unit.zh}）")


def _beyond_scale(source: Source, ratios: pd.DataFrame) -> Text:
    """What an additionality outside 0 to 1 means, and which policies' is clearly above."""
    above = set(ratios.loc[(ratios["ratio"] == "additionality") & (ratios["low"] > 1.0), "policy"])
    names = joined([source.name(policy) for policy in source.policies if policy in above], ", ", "、")
    return filled(W["beyond_scale"], clearly=filled(W["clearly_above"], policies=names) if above else same(""))


def _above_one(source: Source, ratios: pd.DataFrame) -> list[Text]:
    """Of ratios that are clearly above 1, what moved beside their denominators."""
    said = []
    for ratio, sentence, form, parts in (
        ("pass_through_of_lenders_cost", "over_cost", "by_margin", {"term_margin": 1.0}),
        ("pass_through_of_subsidy", "over_subsidy", "by_others", {"sme_apr_net": 1.0, "term_subsidy": -1.0}),
    ):
        above = set(ratios.loc[(ratios["ratio"] == ratio) & (ratios["low"] > 1.0), "policy"])
        rows = {name: dict(source.rows(name, "sme")) for name in parts}
        named = []
        for policy in (policy for policy in source.policies if policy in above):
            moved = sum(factor * rows[name][policy]["diff"] for name, factor in parts.items()) / BASIS_POINT
            named.append(filled(W[form], policy=source.name(policy), value=number(moved, signed=True)))
        if named:
            said.append(filled(W[sentence], policies=joined(named, ", ", "、")))
    return said


def _level_cell(row: dict[Any, Any], unit: Unit) -> Cell:
    ends = span(row["low"], row["high"], unit) if np.isfinite(row["low"]) else None
    return Cell(amount(row["mean"], unit), note=ends)


def _contingent(source: Source) -> list[Block]:
    columns: dict[str, dict[str, Cell]] = {}
    for instrument, parameter, bearer in COVERS:
        for policy, row in source.rows("lever_balance", f"lever:{instrument}"):
            share = share_at_end(source.said.get("policies", {}).get(policy, []), instrument, parameter)
            if share is not None and row["mean"] > 0.0:
                most = filled(
                    W["at_most"], bearer=both(bearer), share=f"{share:.0%}", amount=money(row["mean"] * share)
                )
                columns.setdefault(instrument, {})[policy] = Cell(money(row["mean"]), note=most)
    if not columns:
        return []
    rows = [
        [Cell(source.name(policy)), *(cells.get(policy, Cell(same(DASH), FAINT)) for cells in columns.values())]
        for policy in (BASELINE, *source.policies)
    ]
    heads = [W["policy"], *map(title_of, columns)]
    return [Heading(W["contingent"]), Table(W["contingent_caption"], heads, rows, [W["contingent_note"]])]
