"""The report's cheaper ways: which policy does as much as another for clearly less public cost, and who else bears it.

Both are held against current law, not against each other, so that costs differ clearly only where the intervals leave
a gap between them.
"""

from __future__ import annotations

from typing import Any, Final

from experiments.headline import MEASURES, Measure
from experiments.paired import HIGHER, LOWER
from experiments.pairs import BASELINE
from experiments.policy_charts import LOSS_BEARERS
from experiments.report_effects import BETTER, SHORT, both, unit_of, with_unit
from experiments.report_guard import claim, filled
from experiments.report_page import Text, Unit, amount, effect, joined
from experiments.report_source import Source
from experiments.report_value_words import BORNE, LESS
from experiments.report_words import W

_COST: Final = "public_cost"
_PUBLIC_BEARERS: Final = ("guarantor", "city_fund", "national_fund", "pool")  # whose losses public cost holds

Row = dict[Any, Any]


def cheaper_ways(source: Source) -> list[Text]:
    """A sentence for each two policies of which one does as much for clearly less, and who bears what is not public."""
    if source.compared is None:
        return []
    rows = {measure: dict(source.rows(measure.indicator, measure.group))
            for measure in MEASURES if measure.indicator in SHORT}  # fmt: skip
    counted = source.compared.told.counted
    less = {policy: [other for other in counted if other != policy and does_as_much(rows, policy, other)]
            for policy in counted}  # fmt: skip
    beaten = {other for others in less.values() for other in others}
    said = []
    for policy, others in less.items():
        if policy in beaten or not others:
            continue  # of a chain of policies the first alone is told
        said += [_sentence(source, rows, policy, other) for other in others]
        said.append(_borne(source, policy))
    return said


def does_as_much(rows: dict[Measure, dict[str, Row]], policy: str, other: str) -> bool:
    """Whether `policy` costs the public clearly less than `other` and each of its effects is clear, good and no less
    by the estimates.
    """
    for measure, found in rows.items():
        if policy not in found or other not in found:
            return False
        own, its = found[policy], found[other]
        if measure.indicator == _COST:
            if not own["diff_high"] < its["diff_low"]:
                return False
            continue
        good = BETTER[measure.indicator]
        if own["verdict"] != (HIGHER if good > 0 else LOWER) or not own["diff"] * good >= its["diff"] * good:
            return False
    return True


def _sentence(source: Source, rows: dict[Measure, dict[str, Row]], policy: str, other: str) -> Text:
    effects, clearly, costs = [], [], Text("", "")
    for measure, found in rows.items():
        own, its = found[policy], found[other]
        values = [row[name] for row in (own, its) for name in ("diff", "diff_low", "diff_high")]
        unit = unit_of(measure, values, source.steps_a_year)
        ends = {"own": _with_interval(own, unit), "its": _with_interval(its, unit)}
        if measure.indicator == _COST:
            costs = filled(W["beside"], **ends)
            if own["worlds"] > 0:
                kept = {"same": f"{own['same_sign']:.0f}", "worlds": f"{own['worlds']:.0f}"}
                costs = joined([costs, filled(W["sign_holds"], **kept)])
            continue
        effects.append(filled(W["effect_beside"], measure=both(measure.indicator), **ends))
        good = BETTER[measure.indicator]
        nearest = own["diff_low"] > its["diff_high"] if good > 0 else own["diff_high"] < its["diff_low"]
        if nearest:
            clearly.append(both(measure.indicator))
    more = filled(W["clearly_more"], measures=joined(clearly, ", ", "、")) if clearly else W["nothing_clearly_more"]
    named = {"policy": source.name(policy), "other": source.name(other)}
    return claim(LESS, LOWER, **named, costs=costs, effects=joined(effects), more=more)


def _with_interval(row: Row, unit: Unit) -> Text:
    shown, interval = effect(row["diff"], row["diff_low"], row["diff_high"], unit)
    told = with_unit(shown, unit)
    return Text(f"{told.en} ({interval.en})", f"{told.zh}（{interval.zh}）") if interval else told


def _borne(source: Source, policy: str) -> Text:
    """Whose losses, outside public cost, are clearly higher under a policy, and whose lower."""
    rows = {bearer: row for bearer in LOSS_BEARERS if bearer not in _PUBLIC_BEARERS
            for name, row in source.rows("loss_borne", f"bearer:{bearer}") if name == policy != BASELINE}  # fmt: skip
    loss = Measure("public", "loss_borne", "", "money", yearly=True)
    values = [row[name] for row in rows.values() for name in ("diff", "diff_low", "diff_high")]
    unit = unit_of(loss, values, source.steps_a_year)
    sides = {verdict: [filled(W["borne_by"], bearer=both(bearer), change=amount(row["diff"], unit, signed=True))
                       for bearer, row in rows.items() if row["verdict_holm"] == verdict]
             for verdict in (HIGHER, LOWER)}  # fmt: skip
    said = [claim(BORNE, verdict, policy=source.name(policy), unit=unit.name, bearers=joined(those, ", ", "、"))
            for verdict, those in sides.items() if those]  # fmt: skip
    return joined(said, " ", "") if said else filled(BORNE["unclear"], policy=source.name(policy))
