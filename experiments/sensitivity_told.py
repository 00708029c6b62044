"""A sensitivity as tables to print, as sentences in both languages, and as plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from experiments.headline import STYLES, Measure, effect_text, mark, number, tight
from experiments.hinges import BEYOND, WITHIN, Hinge, Hinges
from experiments.indices import MAIN
from experiments.labels import label
from experiments.paired import UNCLEAR, UNKNOWN
from experiments.pairs import BASELINE
from experiments.parameter_names import axis_name
from experiments.quantities import name_of, shown_in, unit_of
from experiments.sensitivity import Sensitivity, verdict_table

MOST_AXES: Final = 20  # rows of a printed table; the CSV has all
_SHARE_DIGITS: Final = 2
_BETWEEN: Final = {"en": " ", "zh": ""}  # sentences


def tables_of(found: Sensitivity) -> dict[str, pd.DataFrame]:
    """By title: for each measure and design the indices of every axis, policies side by side; then the maps."""
    tables = {}
    for measure in found.measures:
        own = found.indices[
            (found.indices["indicator"] == measure.indicator) & (found.indices["group"] == measure.group)
        ]
        for (kind, method), rows in own.groupby(["design", "method"], sort=False):
            # The axes of a design over levers are each policy's own.
            parts = [rows] if kind == "parameters" else [part for _, part in rows.groupby("policy", sort=False)]
            for part in parts:
                tables[_title(found, part, name_of(measure), str(method))] = _side_by_side(found, part, str(method))
        for grid in found.switches:
            part = found.maps[(found.maps["policy"] == grid.policy) & (found.maps["indicator"] == measure.indicator)
                              & (found.maps["group"] == measure.group)]  # fmt: skip
            if len(part):
                what = f"{name_of(measure)}, {unit_of(measure)}"
                tables[f"{found.name(grid.policy, 'en')}: {what}; each lever, and every two"] = _map(
                    part, STYLES[measure.style].digits
                )
    return tables


def sentences(found: Sensitivity, lang: str = "en") -> list[str]:
    """What each policy's effect hangs on, and of how many parameters nothing is said."""
    said = [_BETWEEN[lang].join(hinge_sentences(found, hinge, lang)) for hinge in found.hinges]
    return [*said, label("hinge_others", lang, others=found.others)] if said else said


def hinge_sentences(found: Sensitivity, hinge: Hinges, lang: str) -> list[str]:
    """Of one policy and measure: the effect at the scenario's own values, and what it hangs on."""
    (factor, digits), unit = shown_in(hinge.measure, lang), unit_of(hinge.measure, lang)
    names = {"policy": found.name(hinge.policy, lang), "measure": name_of(hinge.measure, lang)}
    mean, low, high = (factor * float(end) for end in hinge.own[:3])
    own = f"{effect_text(mean, low, high, hinge.verdict, digits)} {unit}".removeprefix("~ ").strip()  # words say it
    form = {UNCLEAR: "hinge_no_verdict", UNKNOWN: "hinge_unknown"}.get(hinge.verdict, "hinge_own")
    said = [label(form, lang, **names, own=own, same=hinge.same, points=hinge.points)]
    within = [axis_name(first.axis.path, lang) for first in hinge.first if first.told == WITHIN]
    if len(within) < len(hinge.first):
        items = label("semicolon", lang).join(
            _item(hinge, first, lang) for first in hinge.first if first.told != WITHIN
        )
        rest = label("hinge_rest", lang, names=label("comma", lang).join(within)) if within else ""
        said.append(label("hinge_first", lang, assumed=hinge.assumed, items=items, rest=rest))
    if hinge.reason:
        floor = index_text(hinge.method, hinge.floor, hinge.measure, lang)
        told = {"floor": f"{floor} {unit}".strip() if hinge.method == "morris" else floor}
        said.append(
            label(f"hinge_{hinge.reason}", lang, **told, assumed=hinge.assumed, names=label("comma", lang).join(within))
        )
    return said


def notes(found: Sensitivity) -> list[str]:
    """What the tables' figures are, and what was left out."""
    said = [
        f"{found.name(gap.policy, 'en')}, {gap.indicator}: {gap.kept} of {gap.planned} {gap.what} are whole; the others"
        " are left out."
        for gap in found.gaps
    ]
    if said:
        said.append(f"{found.failed} runs failed; a run may also have no value of an indicator (`finflow status`).")
    methods = set(found.indices["method"])
    if "morris" in methods:
        said.append("Morris: μ*, the mean size of the change while an axis moves through its range, ± half its 95 %"
                    " interval; σ, how much that change depends on where all axes are.")  # fmt: skip
    if "sobol" in methods:
        said.append("Sobol: total index, ± half its 95 % bootstrap interval, and in brackets the first-order index; the"
                    " rest of the total is interaction.")  # fmt: skip
        if (found.indices["total"] > 1.0).any():
            said.append("A total over 1 is more than the whole: blocks are too few to say how much; more of them keep"
                        " the runs there are.")  # fmt: skip
    if methods:
        said.append("~ is no more than luck alone would make it (row luck), as replications at the same point tell."
                    if found.indices["noise_floor"].notna().any() else
                    "One replication at each point: what luck alone would do is not known.")  # fmt: skip
    if len(found.maps):
        said.append("Maps: on the diagonal a lever's own effect, averaged over the others' settings; beside it the"
                    " interaction of two, (both − one) − (other − neither). ~ cannot be told apart from 0; † not after"
                    " Holm's correction.")  # fmt: skip
    return said


def as_data(found: Sensitivity) -> dict[str, Any]:
    """All tables and sentences as plain data; what is not known is None."""
    frames = {"indices": found.indices, "verdicts": verdict_table(found), "interactions": found.maps}
    plain = {name: json.loads(frame.to_json(orient="records", force_ascii=False)) for name, frame in frames.items()}
    return {"window": found.window, **plain, "gaps": [gap._asdict() for gap in found.gaps], "said": sentences(found)}


def index_words(method: str, index: float, measure: Measure, lang: str) -> str:
    """An index of a measure as it stands in a sentence; a share over 1 is no share, but what few blocks make of one."""
    if method == "sobol" and index > 1.0:
        return label("size_total_over", lang)
    text = index_text(method, index, measure, lang)
    return label(f"size_{MAIN[method]}", lang, index=text, unit=unit_of(measure, lang))


def _item(hinge: Hinges, first: Hinge, lang: str) -> str:
    index, conf = (index_text(hinge.method, value, hinge.measure, lang) for value in (first.index, first.conf))
    main = MAIN[hinge.method]
    text = label(f"hinge_{main}", lang, index=index, conf=conf, unit=unit_of(hinge.measure, lang))
    return label(
        "hinge_item", lang, axis=axis_name(first.axis.path, lang), index=text, sign=label(f"sign_{first.sign}", lang)
    )


def index_text(method: str, value: float, measure: Measure, lang: str = "en") -> str:
    """An index of Morris in the measure's unit in a language, of Sobol as a share; `value` is in the English unit."""
    if method != "morris":
        return number(value, _SHARE_DIGITS)
    factor, digits = shown_in(measure, lang)
    return number(factor * value, digits)


def _title(found: Sensitivity, rows: pd.DataFrame, measure: str, method: str) -> str:
    row = rows.iloc[0]
    of = "" if row["design"] == "parameters" else f"{found.name(row['policy'], 'en')}, "
    shown = f"μ* ± (σ), {row['unit']}" if method == "morris" else "total ± (first order), share of variance"
    return f"{of}{measure}: {shown}"


def _side_by_side(found: Sensitivity, rows: pd.DataFrame, method: str) -> pd.DataFrame:
    """An axis a row, the largest index of any policy first; a last row for luck."""
    main = MAIN[method]
    measure = next(m for m in found.measures if m.indicator == rows["indicator"].iloc[0])
    by_policy = {
        policy: {row["axis"]: row for row in part.to_dict("records")}
        for policy, part in rows.groupby("policy", sort=False)
    }
    heads = {policy: "current law" if policy == BASELINE else found.name(str(policy), "en") for policy in by_policy}
    order = order_of(rows.assign(index=rows[main], floor=rows["noise_floor"]))
    table = []
    for axis in order[:MOST_AXES]:
        span = str(rows.loc[rows["axis"] == axis, "range"].iloc[0])
        texts = {"axis": axis_name(str(axis), "en"), "path": str(axis), "range": span}
        table.append(texts | {heads[policy]: _cell(part[axis], method, measure) for policy, part in by_policy.items()})
    luck = {
        heads[policy]: index_text(method, next(iter(part.values()))["noise_floor"], measure)
        for policy, part in by_policy.items()
    }
    shown = pd.DataFrame(
        [*table, {"axis": "luck", "path": "", "range": ""} | luck],
        columns=pd.Index(["axis", "path", "range", *heads.values()]),
    )
    shown.attrs["right"] = list(heads.values())
    return shown


def order_of(rows: pd.DataFrame) -> list[str]:
    """Axes by their `index`, the largest of any policy's effect first; by the level's where there is no effect.

    Policies are weighed by what luck would do to them (`floor`), or by their own largest if that is not known.
    """
    effects = rows[rows["policy"] != BASELINE]
    ranked = (effects if len(effects) else rows).copy()
    own = ranked.groupby("policy")["index"].transform("max")
    ranked["rank"] = ranked["index"] / ranked["floor"].where(ranked["floor"] > 0.0, own).replace(0.0, 1.0)
    largest = ranked.groupby("axis", sort=False)["rank"].max()
    return list(largest.sort_values(ascending=False, kind="stable").index)


def _cell(row: Mapping[Any, Any], method: str, measure: Measure) -> str:
    main = MAIN[method]
    index, conf, more = (index_text(method, row[name], measure)
                         for name in (main, f"{main}_conf", "sigma" if method == "morris" else "first"))  # fmt: skip
    return f"{'' if row['told'] in (BEYOND, '') else '~'}{index}±{conf} ({more})"


def _map(rows: pd.DataFrame, digits: int) -> pd.DataFrame:
    """Switches by number against switches: own effects on the diagonal, interactions below."""
    names = list(dict.fromkeys(rows["first"]))
    heads = [str(place) for place in range(1, len(names) + 1)]
    columns = list(zip(heads, names, strict=True))
    texts = {(row["first"], row["second"]): tight(effect_text(row["effect"], row["low"], row["high"], row["verdict"],
             digits)) + mark(row) for row in rows.to_dict("records")}  # fmt: skip
    table = pd.DataFrame(
        {"": f"{head} {name}"} | {column: texts.get((other, name), "") for column, other in columns}
        for head, name in columns
    )  # fmt: skip
    table.attrs["right"] = heads
    return table
