"""The report's trust: runs, doubt, parameters, scorecard, proof of the books, failures, and how to reproduce it all."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any, Final

from experiments.errors import ConfigError
from experiments.headline import number
from experiments.indices import FEWEST
from experiments.labels import LANGUAGES
from experiments.policies_told import STATUSES, parameter_shares
from experiments.progress import readable_time
from experiments.report_guard import filled
from experiments.report_page import (
    DASH,
    Block,
    Cell,
    Code,
    Heading,
    Link,
    Links,
    Prose,
    Section,
    Table,
    Terms,
    Text,
    joined,
    same,
)
from experiments.report_source import Source
from experiments.report_terms import GLOSSARY, LIMITS, SCORES
from experiments.report_words import W
from experiments.sensitivity import sensitivity
from experiments.sensitivity_told import sentences
from experiments.store import StoreError
from experiments.verdicts import BANDS, FAIL, FEW, PASS, WARN, reason, scores, shown

MOST_FAILURES: Final = 20  # rows; `finflow status` lists them all
_UNITS_OF_TIME: Final = {"s": "秒", "min": "分钟", "h": "小时"}
_BAND_WORDS: Final = ((" to ", "至"), ("over ", "高于"), (" d", "天"), (" bp", "个基点"))
_VERDICTS: Final = {PASS: "通过", WARN: "警示", FAIL: "未达"}
_LATE_TARGETS: Final = ("granted_share", "discouraged_share")  # checks once, then brought into their bands
_TONES: Final = {PASS: "good", FAIL: "bad"}
_FILES: Final = {
    "headline.xlsx": Text(
        "the lines one reads first, by window, with units and notes", "主要指标（分窗口），含单位与说明"
    ),
    "comparison.csv": Text("every indicator's paired difference", "各指标配对差"),
    "ratios.csv": Text("ratios of effects", "效应之比"),
    "summary.csv": Text("levels of every indicator", "各指标水平"),
    "design.csv": Text("values of the parameters in every draw", "各参数组取值"),
    "equal_cost.csv": Text("strengths at equal public cost", "等成本强度"),
    "audit.json": Text("proof of the books", "账目证明"),
    "manifest.json": Text("versions, seeds, digests", "版本、种子与摘要"),
}


def trust_section(source: Source) -> Section:
    """How many runs, how far parameters are known, what the model gets right, whether the books balance."""
    section = Section("trust", W["trust"])
    section.blocks.append(Prose([*_runs(source), _parameters(source)]))
    section.blocks += [Heading(W["sensitivity"]), Prose(hanging_on(source))]
    if len(source.summary):
        section.blocks += [Heading(W["scorecard"]), _scorecard(source)]
    section.blocks += [Heading(W["books"]), Prose([books(source)])]
    section.blocks += failures(source)
    return section


def _runs(source: Source) -> list[Text]:
    draws = source.said.get("draws", {}).get("replications", [])
    more = filled(W["more_draws"], draws=len(draws) - 1, each=draws[-1]) if len(draws) > 1 else same("")
    said = filled(W["runs_said"], done=source.count("done"), total=len(source.runs), n=source.n, more=more)
    return [said, filled(W["note_interval"], n=source.n)] if source.n > 1 else [said, W["one_run"]]


def _parameters(source: Source) -> Text:
    shares = parameter_shares(source.store, source.said)
    if not shares:
        return W["parameters_unknown"]
    return filled(W["parameters_said"], **{status: f"{shares[status]:.0%}" for status in STATUSES})


def hanging_on(source: Source) -> list[Text]:
    """What each verdict hangs on, where parameters were sampled so that it can be told; else how to find out."""
    if source.said.get("draws", {}).get("kind") in FEWEST:
        try:
            found = sensitivity(source.store)
        except (ConfigError, StoreError):
            return [W["sensitivity_untold"]]  # the command says why, with paths that are none of a reader's
        return [W["sensitivity_said"], *map(Text, *(sentences(found, lang) for lang in LANGUAGES))]
    worlds = len(source.said.get("draws", {}).get("replications", [])) - 1
    doubt = filled(W["doubt_has"], worlds=worlds) if worlds > 0 else filled(W["doubt_has_not"])
    return [filled(W["sensitivity_none"], doubt=doubt)]


def _scorecard(source: Source) -> Table:
    rows: list[list[Cell]] = []
    bands = {band.label: band for band in BANDS}
    numbers = scores(source.summary)
    for row, found in zip(shown(numbers).to_dict("records"), numbers.to_dict("records"), strict=True):
        band = bands[str(row["label"])]
        name = Text(band.label, SCORES[band.indicator])
        kind = W["late_target_kind" if band.indicator in _LATE_TARGETS else f"{row['kind']}_kind"]
        verdict = str(row["verdict"]) or DASH
        why = None
        if verdict == WARN:
            why = W[reason(found["mean"], found["standard_error"], found["n"], found["low"], found["high"])]
        texts = (name, kind, in_both(str(row["mean"])), in_both(str(row["band"] or DASH)))
        said = Text(verdict, _VERDICTS.get(verdict, verdict))
        rows.append([*map(Cell, texts), Cell(said, _TONES.get(verdict, ""), why)])
    heads = [W["measure"], W["what"], W["mean"], W["band"], W["verdict"]]
    notes = [*([W["few_runs"]] if source.n < FEW else []), W["note_approved"], W["note_gap"]]
    return Table(W["scorecard_caption"], heads, rows, notes, words=len(heads))


def in_both(text: str) -> Text:
    """A value or a band of the scorecard, which is written in English."""
    chinese = text
    for english, own in _BAND_WORDS:
        chinese = chinese.replace(english, own)
    return Text(text, chinese)


def books(source: Source) -> Text:
    """How many finished runs had their books proved, and how many steps were checked."""
    file = source.store.path / "audit.json"
    proofs: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    checked = [int(proof.get("steps_checked", 0)) for proof in proofs]
    proved = sum(steps > 0 for steps in checked)
    if not proved:
        return W["books_off"]
    form = "books_final" if set(checked) <= {0, 1} else "books_said"
    return filled(W[form], proved=proved, done=source.count("done"), steps=number(sum(checked), 0))


def failures(source: Source) -> list[Block]:
    """Failed runs with stage and message."""
    rows = source.runs[source.runs["status"] == "failed"]
    if rows.empty:
        return []
    columns = ("policy", "draw", "replication", "stage", "message")
    cells = [[Cell(same(row[name])) for name in columns] for row in rows.head(MOST_FAILURES).to_dict("records")]
    table = Table(W["failures_caption"], [W[name] for name in columns], cells, words=len(columns))
    return [Heading(W["failures"]), table]


# --- Limits, reproduction, terms ------------------------------------------------------------------------------


def limits_section() -> Section:
    """What must not be concluded."""
    return Section("limits", W["limits"], [Prose(LIMITS, points=True)])


def glossary_section() -> Section:
    """What words mean."""
    return Section("glossary", W["glossary"], [Terms(GLOSSARY)])


def reproduce_section(source: Source, beside: Path) -> Section:
    """Commands, versions, digests, and the tables in the folder; `beside` is the folder the page is written to."""
    said, store = source.said, source.store
    # Named by their place in the folder of results: no path of the machine that made them.
    commit = (said.get("git") or {}).get("commit")
    install = [*([f"git checkout {commit}"] if commit else []), "make install"]
    commands = [
        f"finflow run {shlex.quote(said['config'])} --out again",
        "finflow compare again",
        "finflow report again",
        "finflow verify .",
    ]
    linked = store.path.resolve() == beside.resolve()
    links = [
        Link(name, name if linked else "", about) for name, about in _FILES.items() if (store.path / name).exists()
    ]
    blocks: list[Block] = [Prose([W["source_said"]]), Code(install), Prose([W["reproduce_said"]]), Code(commands)]
    blocks += [Prose([W["same_numbers"]]), _facts(source)]
    return Section("reproduce", W["reproduce"], [*blocks, Heading(W["files"]), Prose([W["files_said"]]), Links(links)])


def _facts(source: Source) -> Table:
    said = source.said
    seeds, git = said.get("seed_plan", {}), said.get("git") or {}
    commit = same(git.get("commit", DASH))
    if git.get("dirty"):
        commit = filled(W["uncommitted"], commit=commit)
    packages = [f"{name} {version}" for name, version in said.get("packages", {}).items()]
    facts: dict[str, Text] = {
        "seed": _listed(seeds.get("seed", DASH), seeds.get("replications", DASH)),
        "config_digest": same(said["digest"]),
        "content_digest": same(said.get("content_digest", DASH)),
        "version": _listed(said["finflow"], said.get("numbers_version", DASH)),
        "commit": commit,
        "time": time_taken(source),
        "python": _listed(said.get("python", DASH), said.get("platform", DASH)),
        "packages": _listed(*packages) if packages else same(DASH),
    }
    if said.get("inputs"):
        facts["inputs"] = _listed(*(f"{name} {digest}" for name, digest in said["inputs"].items()))
    rows = [[Cell(W[name]), Cell(text)] for name, text in facts.items()]
    return Table(W["facts_caption"], [W["what"], same("")], rows, words=2)


def _listed(*parts: object) -> Text:
    return joined([same(part) for part in parts], ", ", "、")


def time_taken(source: Source) -> Text:
    """What the finished runs took by their own clocks."""
    if "seconds" not in source.runs:
        return same(DASH)
    taken = readable_time(float(source.runs.loc[source.runs["status"] == "done", "seconds"].sum()))
    count, unit = taken.split()
    total = Text(taken, f"{count}{_UNITS_OF_TIME[unit]}")
    return filled(W["time_said"], total=total, done=source.count("done"))
