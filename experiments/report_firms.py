"""The report's firms and bearers: who gains and loses by size and tier; who bears losses, of a core failure too."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from agents.numeric import BASIS_POINT
from agents.parameters import SIZES, TIERS
from experiments.firm_pairs import THRESHOLD
from experiments.headline import number
from experiments.paired import HIGHER, LOWER
from experiments.pairs import BASELINE
from experiments.policy_charts import LOSS_BEARERS, PAYERS
from experiments.policy_drawing import FEWEST_FIRMS
from experiments.report_effects import both
from experiments.report_guard import filled
from experiments.report_money import both_a_year, flow_cell
from experiments.report_page import (
    DASH,
    FAINT,
    Block,
    Cell,
    Code,
    Heading,
    Prose,
    Section,
    Table,
    Text,
    Unit,
    amount,
    joined,
    money_unit,
    same,
    tone_of,
)
from experiments.report_source import Source
from experiments.report_words import W
from experiments.windows import BEARERS

CORE_FAILURE: Final = Path(__file__).with_name("configs") / "cookbook" / "core_failure.yaml"
_FAILURE: Final = "oem_failure"
_EXAMPLE: Final = ("stresses:", "  - {kind: oem_failure, month: 12, oem: 0}")


def people_section(source: Source) -> Section:
    """A table a policy: size by tier, firms gaining less losing, with their number."""
    section = Section("people", W["people"])
    caption = filled(W["cells_caption"], threshold=f"{THRESHOLD / BASIS_POINT:.0f}")
    rows: list[list[Cell]] = []
    for policy in source.policies:
        rows.append([Cell(_all_smes(source, policy))])
        for size in SIZES:
            cells = [_cell(source, policy, f"cell:{size}:{tier}") for tier in TIERS]
            if any(cell.text != W["no_firms"] for cell in cells):
                rows.append([Cell(both(size)), *cells])
    notes = [filled(W["few_note"], fewest=FEWEST_FIRMS), W["note_colours"]]
    said = [worse_off(source), *paying_more(source)]
    section.blocks += [Prose(said), Table(caption, [W["size"], *map(both, TIERS)], rows, notes)]
    return section


def worse_off(source: Source) -> Text:
    """Policies with the groups of which clearly more firms lose than gain: SMEs as a whole, else size by tier.

    Of so many groups those that still stand when all policies are judged together.
    """
    found: dict[str, list[Text]] = {}
    for policy, row in source.rows("firms_gaining_net", "sme"):
        if row["verdict_holm"] == LOWER:
            found[policy] = [W["all_of_smes"]]
    whole = set(found)
    for size in SIZES:
        for tier in TIERS:
            cell = f"cell:{size}:{tier}"
            need = {policy: row["mean"] for policy, row in source.rows("firms_in_need", cell)}
            for policy, row in source.rows("firms_gaining_net", cell):
                told = policy in whole and size != "large"  # as one of the SMEs
                if row["verdict_holm"] == LOWER and need.get(policy, 0.0) >= FEWEST_FIRMS and not told:
                    found.setdefault(policy, []).append(filled(W["cell"], size=both(size), tier=both(tier)))
    return filled(W["worse_off"], groups=_by_policy(source, found)) if found else W["nobody_worse_off"]


def paying_more(source: Source) -> list[Text]:
    """Policies with those whose cost or loss is clearly higher, judged likewise; nothing if there are none."""
    found: dict[str, list[Text]] = {}
    places = {**PAYERS, **{who: ("loss_borne", f"bearer:{who}") for who in ("suppliers", "informal", "outside")}}
    for who, (indicator, group) in places.items():
        for policy, row in source.rows(indicator, group):
            if row["verdict_holm"] == HIGHER:
                found.setdefault(policy, []).append(both(who))
    return [filled(W["pay_more"], payers=_by_policy(source, found))] if found else []


def _by_policy(source: Source, found: dict[str, list[Text]]) -> Text:
    parts = [filled(W["by_policy"], policy=source.name(policy), those=joined(found[policy], "; ", "；"))
             for policy in source.policies if policy in found]  # fmt: skip
    return joined(parts, ", ", "、")


def _all_smes(source: Source, policy: str) -> Text:
    cell = _cell(source, policy, "sme")
    if cell.note is None:
        return source.name(policy)
    return filled(W["all_smes"], policy=source.name(policy), net=cell.text.en.removesuffix(" %"), sides=cell.note)


def _cell(source: Source, policy: str, group: str) -> Cell:
    found = {
        name: dict(source.rows(name, group)).get(policy)
        for name in ("firms_in_need", "firms_gaining", "firms_losing", "firms_gaining_net")
    }
    need, net = found["firms_in_need"], found["firms_gaining_net"]
    count = need["mean"] if need else 0.0
    if not count > 0.0:
        return Cell(W["no_firms"], FAINT)
    told = number(count, 1 if count < FEWEST_FIRMS else 0)  # 4.6 firms are not five
    if count < FEWEST_FIRMS or net is None:
        return Cell(same(DASH), FAINT, filled(W["few_firms"], count=told))
    gaining, losing = (found[f"firms_{side}"] for side in ("gaining", "losing"))
    sides = {
        "gaining": number(100.0 * gaining["mean"], 0, signed=True) if gaining else DASH,
        "losing": number(-100.0 * losing["mean"], 0, signed=True) if losing else DASH,
    }
    shown = number(100.0 * net["diff"], 0, signed=True)
    return Cell(
        Text(f"{shown} %", f"{shown}%"), tone_of(net["verdict"], 1), filled(W["gain_lose"], **sides, count=told)
    )


# --- Losses ---------------------------------------------------------------------------------------------------


def losses_section(source: Source) -> Section:
    """Losses by bearer under each policy, and what a failure of the core enterprise does to them."""
    section = Section("losses", W["losses"])
    section.blocks.append(_losses(source))
    section.blocks += _core(source)
    return section


def _losses(source: Source) -> Table:
    groups = {bearer: f"bearer:{bearer}" for bearer in LOSS_BEARERS} | {"total": BEARERS}
    columns = {bearer: _rows(source, group) for bearer, group in groups.items()}
    columns = {bearer: found for bearer, found in columns.items() if _counts(found)}
    every = [row[name] for found in columns.values() for row in found.values() for name in ("mean", "diff")]
    unit = money_unit([value * source.steps_a_year for value in every])
    factors = (unit.factor[0] * source.steps_a_year, unit.factor[1] * source.steps_a_year)
    yearly = Unit(factors, unit.name, unit.digits)
    rows = []
    for policy in (BASELINE, *source.policies):
        total = columns.get("total", {}).get(policy)
        cells = [Cell(source.name(policy))]
        for found in columns.values():
            row = found.get(policy)
            if policy != BASELINE:
                cells.append(flow_cell(row, yearly, False))
            else:
                cells.append(_level(row, total, yearly))
        rows.append(cells)
    name = both_a_year(unit.name)
    caption = Text(f"{W['losses_caption'].en}; {name.en}", f"{W['losses_caption'].zh}；{name.zh}")
    notes = [*([W["note_colours"]] if source.policies else []), W["losses_note"]]
    return Table(caption, [W["policy"], *(both(bearer) for bearer in columns)], rows, notes)


def _rows(source: Source, group: str) -> dict[str, dict[Any, Any]]:
    """Rows by policy; of the baseline alone where nothing is compared."""
    if source.compared:
        return dict(source.rows("loss_borne", group))
    if group == BEARERS:
        parts = [source.level("loss_borne", f"bearer:{bearer}")["mean"] for bearer in LOSS_BEARERS]
        level = float(np.nansum(parts))
    else:
        level = source.level("loss_borne", group)["mean"]
    return {BASELINE: {"mean": level, "diff": np.nan}}


def _counts(found: dict[str, dict[Any, Any]]) -> bool:
    """Whether anybody bears anything: bearers of nothing have no column."""
    return any(row["mean"] > 0.0 for row in found.values())


def _level(row: dict[Any, Any] | None, total: dict[Any, Any] | None, unit: Unit) -> Cell:
    if row is None or not np.isfinite(row["mean"]):
        return Cell(same(DASH), FAINT)
    whole = total["mean"] if total else 0.0
    share = f"{100.0 * row['mean'] / whole:.0f}" if whole > 0.0 and row is not total else ""
    return Cell(amount(row["mean"], unit), note=Text(f"{share} %", f"{share}%") if share else None)


def _core(source: Source) -> list[Block]:
    blocks: list[Block] = [Heading(W["core_fails"])]
    stresses = source.experiment.stresses if source.experiment else ()
    failures = [stress for stress in stresses if stress.kind == _FAILURE]
    if failures:
        said = [filled(W["core_here"], rank=one.oem + 1, month=one.month) for one in failures]
        return [*blocks, Prose([*said, W["core_charts"]])]
    command = f"finflow run experiments/configs/cookbook/{CORE_FAILURE.name}"
    return [*blocks, Prose([W["core_not_here"]]), Code([command, "", *_EXAMPLE])]
