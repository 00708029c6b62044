"""What seems to be at odds between tables, said where it meets: gap and unmet share, defaults and losses, bundles."""

from __future__ import annotations

from typing import Final

import numpy as np

from experiments.headline import MEASURES, number
from experiments.paired import HIGHER, LOWER
from experiments.pairs import BASELINE
from experiments.report_effects import SHORT, both, unit_of, with_unit
from experiments.report_guard import filled
from experiments.report_page import Text, amount, joined, known
from experiments.report_source import Source
from experiments.report_words import W
from experiments.windows import BEARERS

# What counts firms, and what counts money of lenders: a policy may move them in opposite ways.
_BY_FIRMS: Final = ("default_rate", "sme")
_BY_MONEY: Final = (
    (both("npl_ratio"), "npl_ratio", "banks"),
    (W["lenders_losses"], "loss_borne", "bearer:lenders"),
    (W["all_losses"], "loss_borne", BEARERS),
)


def apart_said(source: Source) -> list[Text]:
    """The sentences, each only where there is something to say."""
    return [*need_said(source), *opposite_said(source), *bundles_said(source)]


def need_said(source: Source) -> list[Text]:
    """By how much need itself, on which the gap and the unmet share differ, is clearly other under a policy."""
    parts = []
    for policy, row in source.rows("need_amount", "sme"):
        if policy != BASELINE and known(row["verdict"]) and row["baseline"] > 0.0:
            change = number(100.0 * row["diff"] / row["baseline"], 1, signed=True)
            if change != "0":
                parts.append(filled(W["of_policy"], policy=source.name(policy), value=f"{change}\u00a0%"))
    return [filled(W["note_need"], policies=joined(parts, ", ", "、"))] if parts else []


def opposite_said(source: Source) -> list[Text]:
    """Policies under which defaults by number and NPL or lenders' losses clearly move in opposite ways."""
    defaults = {policy: row["verdict"] for policy, row in source.rows(*_BY_FIRMS) if policy != BASELINE}
    found: dict[str, list[Text]] = {}
    for name, *place in _BY_MONEY:
        for policy, row in source.rows(*place):
            if {defaults.get(policy), row["verdict"]} == {HIGHER, LOWER}:
                found.setdefault(policy, []).append(name)
    parts = [filled(W["by_policy"], policy=source.name(policy), those=joined(those)) for policy, those in found.items()]
    return [filled(W["note_opposite"], policies=joined(parts, ", ", "、"))] if parts else []


def bundles_said(source: Source) -> list[Text]:
    """Of each policy that holds others, the sum of their effects beside its own."""
    said = []
    for policy, parts in bundles(source).items():
        effects = []
        for measure in (one for one in MEASURES if one.indicator in (*SHORT, "sme_apr_like_for_like")):
            rows = dict(source.rows(measure.indicator, measure.group))
            if policy not in rows or not all(part in rows for part in parts):
                continue
            total = float(np.sum([rows[part]["diff"] for part in parts]))
            unit = unit_of(measure, [total, rows[policy]["diff"]], source.steps_a_year)
            ends = {name: with_unit(amount(value, unit, signed=True), unit)
                    for name, value in (("sum", total), ("own", rows[policy]["diff"]))}  # fmt: skip
            effects.append(filled(W["sum_beside"], measure=both(measure.indicator), **ends))
        names = joined([source.name(part) for part in parts], ", ", "、")
        said.append(filled(W["note_bundle"], policy=source.name(policy), parts=names, effects=joined(effects)))
    return said


def bundles(source: Source) -> dict[str, list[str]]:
    """Policies that are several others together, each lever as in one of these, with the others' names."""
    if source.experiment is None:
        return {}
    reforms = {name: dict(reform) for name, reform in source.experiment.all_reforms.items() if name in source.policies}
    found = {}
    for policy, whole in reforms.items():
        parts = [name for name, own in reforms.items()
                 if own and name != policy and len(own) < len(whole) and own.items() <= whole.items()]  # fmt: skip
        if len(parts) > 1 and sum(len(reforms[part]) for part in parts) == len(whole):
            found[policy] = parts
    return found
