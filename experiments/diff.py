"""Two stored experiments against each other: how they were asked, made and designed, and how their results differ."""

from __future__ import annotations

import json
from dataclasses import dataclass
from string import hexdigits
from typing import Any, Final

import numpy as np
import pandas as pd

from experiments import diff_config, diff_results
from experiments.diff_config import NOTHING
from experiments.headline import MEASURES, SHORT, STYLES, effect_text, number, tight
from experiments.paired import UNCLEAR
from experiments.store import Store
from experiments.windows import WHOLE

# Of all in one table: which part a row is of, what differs, and in which of the two it is what.
CSV: Final = (
    "part", "what", "policy", "policy_b", "group", "meaning", "change", "level_unit", "a", "b", "both", "a_low",
    "a_high", "a_n", "b_low", "b_high", "b_n", "unit", "diff", "diff_low", "diff_high", "pairs", "verdict",
)  # fmt: skip
_DIGEST, _SHOWN = 40, 12  # characters that a digest or a commit has at least, and that are shown of it
_DIGITS: Final = {measure.indicator: STYLES[measure.style].digits for measure in MEASURES}


@dataclass(frozen=True)
class Diff:
    """What `a` and `b` differ in; `results` is empty if `digest`, that of their content, is the same (else it is "").

    Columns: `made_with` what, a, b; `config` `diff_config.CONFIG`; `policies` `diff_config.POLICIES`; `designs` what,
    a, b, both; `results` `diff_results.COLUMNS`, over `window`.
    """

    a: Store
    b: Store
    window: str
    digest: str
    made_with: pd.DataFrame
    config: pd.DataFrame
    policies: pd.DataFrame
    designs: pd.DataFrame
    results: pd.DataFrame


def diff(a: Store, b: Store, window: str = WHOLE) -> Diff:
    """Hold `b` against `a`. Raises `StoreError` or `ConfigError` if one is no results folder or can't be read."""
    together = diff_config.policies(a, b)
    digest = a.content_digest()
    same = digest == b.content_digest()
    both = together[(together["a"] != NOTHING) & (together["b"] != NOTHING)]
    pairs = [] if same else list(zip(both["a"], both["b"], strict=True))
    return Diff(
        a,
        b,
        window,
        digest if same else "",
        diff_config.made_with(a, b),
        diff_config.configs(a, b),
        together,
        diff_config.designs(a, b, together),
        diff_results.results(a, b, pairs, window),
    )


def sentences(found: Diff) -> list[str]:
    """What is to be said in plain words, the verdict first."""
    count = len(found.a.done())
    said = ["The results differ."]
    if found.digest:
        same = f"The results are the same to the digest {found.digest[:_SHOWN]}: {count} runs."
        said = [same if count else "Neither holds a finished run."]
    shared, alike = found.designs["both"].tolist()[-2:]
    if shared > alike:
        said.append(f"{shared - alike} runs have the same key and not the same content: `finflow verify` says whose.")
    if found.config.empty:
        said.append("The configurations are the same, key by key.")
    if "numbers_version" in set(found.made_with["what"]):
        said.append("The numbers_version differs: the same configuration gives other numbers in each.")
    if len(found.results):
        pairs = sorted(set(found.results["pairs"]))
        if pairs == [0]:
            said.append("No replications share their seed: means stand side by side, without differences.")
        else:
            span = "–".join(str(count) for count in dict.fromkeys((pairs[0], pairs[-1])))
            said.append(
                "A and B are means over all their replications, B − A over those that share their seed"
                f" ({span} pairs); ± half the 95 % interval. /y: a year."
            )
        if (found.results["verdict"] == UNCLEAR).any():
            said.append("~ cannot be told apart with so many.")
    return said


def tables(found: Diff) -> dict[str, pd.DataFrame]:
    """What is printed, by title; parts in which nothing differs are left out."""
    shown = {
        "Made with": found.made_with.map(_brief),
        "Configuration": found.config,
        "Policies": found.policies.assign(same=_sameness(found.policies)).rename(columns={"same": ""}),
        "Design": found.designs,
    }
    for (policy, twin), rows in found.results.groupby(["policy", "policy_b"], sort=False):
        name = policy if policy == twin else f"{policy} in A, {twin} in B"
        shown[f"{name}, {found.window.replace('_', ' ')}"] = _wide(rows)
    capitals = {"a": "A", "b": "B", "both": "in both"}
    return {title: table.rename(columns=capitals) for title, table in shown.items() if len(table)}


def as_data(found: Diff) -> dict[str, Any]:
    """Everything as plain data; what is not known is None."""
    frames = {name: getattr(found, name) for name in ("made_with", "config", "policies", "designs", "results")}
    plain = {name: json.loads(frame.to_json(orient="records", force_ascii=False)) for name, frame in frames.items()}
    folders = {"a": str(found.a.path), "b": str(found.b.path)}
    return {**folders, "window": found.window, "same": bool(found.digest), "said": sentences(found), **plain}


def as_table(found: Diff) -> pd.DataFrame:
    """Everything in one table, columns `CSV`."""
    parts = {
        "made_with": found.made_with,
        "config": found.config.rename(columns={"path": "what"}),
        "policy": found.policies.assign(what="policy", change=_sameness(found.policies)),
        "design": found.designs,
        "result": found.results.rename(columns={"id": "what", "measure": "meaning"}),
    }
    whole = pd.concat([table.astype(object).assign(part=part) for part, table in parts.items()])
    return whole.reindex(columns=pd.Index(CSV))


def _sameness(policies: pd.DataFrame) -> list[str]:
    """What is said of each pair of policies."""
    return [
        "in A alone" if b == NOTHING else "in B alone" if a == NOTHING else "do the same" if same else "differ"
        for a, b, same in zip(policies["a"], policies["b"], policies["same"], strict=True)
    ]


def _brief(text: str) -> str:
    """A digest by its first characters, anything else as it is."""
    return text[:_SHOWN] if len(text) >= _DIGEST and set(text) <= set(hexdigits) else text


def _wide(rows: pd.DataFrame) -> pd.DataFrame:
    """Lines of one policy as texts: both means and the difference, each with half its interval."""
    lines = []
    for row in rows.to_dict("records"):
        digits = _DIGITS[row["id"]]
        change = effect_text(row["diff"], row["diff_low"], row["diff_high"], row["verdict"], digits)
        unit = "" if row["unit"] == row["level_unit"] or not np.isfinite(row["diff"]) else f" {row['unit']}"
        levels = [_level_text(row[side], row[f"{side}_high"]) for side in ("a", "b")]
        lines.append((SHORT[row["id"]].strip(), *levels, row["level_unit"], tight(change) + unit))
    cells = [[cell.replace(" a year", "/y") for cell in line] for line in lines]
    table = pd.DataFrame(cells, columns=pd.Index(["", "A", "B", "unit", "B − A"]))
    table.attrs["right"] = ["A", "B", "B − A"]
    return table


def _level_text(mean: float, high: float) -> str:
    half = f"±{number(high - mean, 2)}" if np.isfinite(high) else ""
    return number(mean, 2) + half
