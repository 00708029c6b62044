"""The report's policies in words: levers with clauses, what they change and when, and when they are used up."""

from __future__ import annotations

from typing import Final

import pandas as pd

from agents.parameters import AXES
from experiments import units
from experiments.equal_cost import SUFFIX
from experiments.instruments import LEVERS, values_of
from experiments.lever_words import GROUPS, SENTENCES, amount_in_chinese, parameter_words
from experiments.pairs import BASELINE
from experiments.policies_told import DAYS_A_MONTH, EXHAUSTED, NO_POLICY
from experiments.policy_words import LeverChange, changes, evaluation_date
from experiments.report_documents import DOCUMENTS
from experiments.report_guard import filled
from experiments.report_page import Block, Cell, Heading, Prose, Section, Table, Terms, Text, joined, same
from experiments.report_source import Source
from experiments.report_words import W
from policies.catalogue import INSTRUMENTS

SOURCED: Final = ("measured", "estimated")  # some rows of calibration.csv are assumptions themselves
_RISK_POOL: Final = "risk_compensation_pool"
_EMPTY: Final = "pool_empty"
_DOCUMENTS: Final = "documents"  # anchor


def levers_section(source: Source) -> Section:
    """Current law, each policy's changes to it with clauses and dates, and what ran out."""
    section = Section("levers", W["levers"])
    if source.experiment is None:
        section.blocks.append(Prose([W["unreadable"]]))
    section.blocks.append(_law(source))
    if source.experiment is not None:
        dated = source.experiment.date.isoformat()
        off = NO_POLICY in source.policies
        section.blocks.append(Prose([filled(W["law_dated"], date=dated), *([W["law_off"]] if off else [])]))
    section.blocks += _values_of_law(source)
    if rows := _changes(source):
        heads = [W["policy"], W["lever"], W["changes"], W["dates"]]
        section.blocks.append(Table(W["levers_caption"], heads, rows, [W["amounts_scaled"]], words=len(heads)))
    section.blocks += _sentences(source)
    section.blocks += [Heading(W["documents"]), Terms(DOCUMENTS, _DOCUMENTS), Prose([W["no_numbers"]], tone="note")]
    section.blocks += _ran_out(source)
    return section


def title_of(instrument: str) -> Text:
    """An instrument's title; its id if the catalogue does not have it."""
    kind = INSTRUMENTS.get(instrument)
    return Text(*kind.TITLE) if kind else same(instrument)


def _law(source: Source) -> Block:
    spans = source.said.get("policies", {}).get(BASELINE, [])
    names = dict.fromkeys(span.get("instrument", "") for span in spans)
    told = [_titled(name) for name in names if name]
    listed = joined(told, ", ", "、") if told else same("–")
    return Prose([Text(f"{W['law_is'].en}: {listed.en}.", f"{W['law_is'].zh}：{listed.zh}。")])


def _values_of_law(source: Source) -> list[Block]:
    """What current law's levers are set to: what has a source and what is assumed."""
    if source.experiment is None or not source.experiment.current_law:
        return []
    rows = []
    for instrument in source.experiment.current_law:
        found: dict[bool, list[Text]] = {True: [], False: []}
        for name, value in values_of(instrument).items():
            declaration = LEVERS[instrument.ID][name].declaration
            shown = units.brief(value, declaration.unit)
            said = who(shown, declaration.axis) if declaration.axis else in_both(shown)
            words = parameter_words(name)
            origin = source.experiment.law_provenance[f"{instrument.ID}.{name}"]
            found[origin.status in SOURCED].append(Text(f"{words[0]} {said.en}", f"{words[1]}{said.zh}"))
        cells = [Cell(joined(found[sourced], ", ", "，") if found[sourced] else same("–")) for sourced in (True, False)]
        rows.append([_lever(instrument.ID), *cells])
    heads = [W["lever"], W["from_source"], W["as_assumed"]]
    return [Table(W["law_values"], heads, rows, words=len(heads))]


def clause_of(instrument: str) -> Text:
    """The clause that names an instrument; empty if the catalogue does not have it."""
    kind = INSTRUMENTS.get(instrument)
    clause = kind.CLAUSE if kind else ""
    chinese = clause.replace("; ", "；").replace(", ", "、").replace(" (extension)", W["extension"].zh)
    return Text(clause.replace(" (extension)", W["extension"].en), chinese)


def _changes(source: Source) -> list[list[Cell]]:
    """A row a policy and lever."""
    if source.experiment is None:
        return []
    made = changes(source.experiment)
    start = evaluation_date(source.experiment, 0)
    rows = []
    for policy in source.policies or [name for name in made if name != BASELINE]:
        name = source.name(policy)
        if policy.endswith(SUFFIX):
            origin = source.name(policy.removesuffix(SUFFIX))
            rows.append(
                [Cell(name), Cell(same("")), Cell(filled(W["equal_cost_lever"], policy=origin)), Cell(same(""))]
            )
            continue
        for change in made.get(policy, []) or [None]:
            if change is None:
                rows.append([Cell(name), Cell(same("")), Cell(W["no_change"]), Cell(same(""))])
            else:
                rows.append([Cell(name), _lever(change.instrument), Cell(_what(change)), Cell(_when(change, start))])
            name = same("")  # told once, above its other levers
    return rows


def _lever(instrument: str) -> Cell:
    return Cell(title_of(instrument), note=clause_of(instrument), href=f"#{_DOCUMENTS}")


def _sentences(source: Source) -> list[Block]:
    """What each lever that is in force under some policy does."""
    spans = [span for policy in source.said.get("policies", {}).values() for span in policy]
    used = [name for name in INSTRUMENTS if any(span.get("instrument") == name for span in spans)]
    rows = [(_titled(name), Text(INSTRUMENTS[name].SENTENCE, SENTENCES[name])) for name in used]
    return [Heading(W["what_levers_do"]), Terms(rows)] if rows else []


def _titled(name: str) -> Text:
    title, clause = title_of(name), clause_of(name)
    return Text(f"{title.en} ({clause.en})", f"{title.zh}（{clause.zh}）")


def _what(change: LeverChange) -> Text:
    if change.kind == "off":
        return W["off"]
    form = "is" if change.kind == "new" else "from_to"
    parts = [W["new"]] if change.kind == "new" else []
    for parameter, before, after in change.values:
        axis = LEVERS[change.instrument][parameter].declaration.axis
        said = [who(value, axis) if axis else in_both(value) for value in (before, after)]
        name = Text(*parameter_words(parameter))
        parts.append(filled(W[form], name=name, before=said[0], after=said[1]))
    return joined(parts, ", ", "，") if parts else W["as_it_is"]


def who(flags: str, axis: str) -> Text:
    """Whom flags by size or kind of bank name, as `0/1/1/1`."""
    named = [name for name, flag in zip(AXES[axis], flags.split("/"), strict=True) if flag not in ("0", "0.0")]
    if len(named) == len(AXES[axis]):
        return W["all_of_them"]
    return joined([Text(*GROUPS[name]) for name in named], " + ", "、") if named else W["none_of_them"]


def _when(change: LeverChange, start: str) -> Text:
    end = same(change.end) if change.end else W["for_good"]
    return filled(W["from_to_date"], start=change.start or start, end=end)


def in_both(value: str) -> Text:
    """A value as it is written in English, amounts in Chinese in 亿元 and 万元."""
    return Text(value, amount_in_chinese(value))


# --- What runs out --------------------------------------------------------------------------------------------


def exhausted(events: pd.DataFrame, burn_in: int, step_days: int) -> pd.DataFrame:
    """First month of the evaluation in which something ran out: policy, subject, kind, runs, month (median).

    `events` are those of runs at the scenario's own parameters; what happened before the evaluation is left out.
    """
    rows = events[events["kind"].isin(EXHAUSTED) & (events["step"] >= burn_in)]
    month = (rows["step"] - burn_in) * step_days / DAYS_A_MONTH
    keys = ["policy", "subject", "kind"]
    first = rows.assign(month=month).groupby([*keys, "replication"])["month"].min()
    return first.groupby(level=keys).agg(runs="count", month="median").reset_index()


def _ran_out(source: Source) -> list[Block]:
    runs = [run for run in source.store.done() if run.draw == 0]
    if not runs:
        return []
    steps = source.said["steps"]
    found = exhausted(source.store.events(runs), steps["burn_in"], steps["days"])
    blocks: list[Block] = [Heading(W["ran_out"])]
    if found.empty:
        return [*blocks, Prose([W["never_out"]])]
    counts = pd.Series([run.policy for run in runs]).value_counts()
    kinds = list(dict.fromkeys(zip(found["subject"], found["kind"], strict=True)))
    heads = [W["policy"]]
    for subject, kind in kinds:
        title, what = title_of(str(subject)), W[str(kind)]
        heads.append(Text(f"{title.en}: {what.en}", f"{title.zh}：{what.zh}"))
    rows = []
    for policy in (BASELINE, *source.policies):
        own = {(row["subject"], row["kind"]): row for row in found[found["policy"] == policy].to_dict("records")}
        cells = [Cell(source.name(policy))]
        for place in kinds:
            if row := own.get(place):
                told = filled(W["runs_of"], runs=row["runs"], of=int(counts[policy]))
                cells.append(Cell(filled(W["in_month"], month=f"{row['month']:g}"), note=told))
            else:
                cells.append(Cell(same("–"), "faint"))
        rows.append(cells)
    pooled = _RISK_POOL in {span.get("instrument") for spans in source.said["policies"].values() for span in spans}
    notes = [W["capacity_is"], *([W["never_empty"]] if pooled and _EMPTY not in set(found["kind"]) else [])]
    return [*blocks, Table(W["ran_out_caption"], heads, rows, notes)]
