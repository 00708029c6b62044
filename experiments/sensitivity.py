"""How sensitive a stored experiment's results are: indices of sampled designs, interactions of lever switches, and
what a verdict hangs on.

Morris needs whole trajectories, Sobol whole blocks, a grid of switches whole replications: what a failed run, or an
indicator without a value, leaves incomplete is left out and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from agents.numeric import FloatArray
from experiments.design import Design
from experiments.headline import Measure
from experiments.hinges import Hinges, hinges, told_from_luck
from experiments.indices import FEWEST, INDICES, MAIN, Responses, indices, method_of
from experiments.interactions import COLUMNS as CONTRASTS
from experiments.interactions import Switches, interactions, pairs_of, switches
from experiments.labels import LANGUAGES
from experiments.pairs import BASELINE
from experiments.policies_told import titles_of
from experiments.quantities import Values, quantities, read, representative, unit_of
from experiments.replay import kept
from experiments.sampled import ASSUMED, Sampled, sampled, unsuited
from experiments.store import Run, Store, StoreError, replacing
from experiments.windows import WHOLE

INDEX_COLUMNS: Final = (
    "design", "method", "policy", "window", "indicator", "group", "unit", "axis", "range", "status", "mean", *INDICES,
    "told", "units", "planned", "replications",
)  # fmt: skip
VERDICT_COLUMNS: Final = (
    "policy", "window", "indicator", "group", "unit", "own", "own_low", "own_high", "own_n", "verdict", "points",
    "same_sign", "noise_floor", "assumed", "reason", "rank", "axis", "index", "index_conf", "told", "sign",
)  # fmt: skip
MAP_COLUMNS: Final = (
    "policy", "window", "indicator", "group", "unit", "first", "second", "law", "off", *CONTRASTS, "planned",
)  # fmt: skip
_WORDS: Final = {"morris": "Morris trajectories", "sobol": "Sobol blocks"}


class Gap(NamedTuple):
    """Of what there were `planned` so many, only `kept` are whole, for one policy and indicator."""

    what: str
    policy: str
    indicator: str
    kept: int
    planned: int


@dataclass(frozen=True)
class Sensitivity:
    """What was found, in the unit of each row.

    `indices` (`INDEX_COLUMNS`) has a row an axis, policy and measure; `baseline` is the level under current law, the
    others are paired differences from it. `maps` (`MAP_COLUMNS`) has a row a switch, its own effect, and two switches,
    their interaction. `others` are assumed parameters that no design varies, `failed` the runs that did.
    """

    said: dict[str, Any]
    window: str
    measures: tuple[Measure, ...]
    indices: pd.DataFrame
    hinges: tuple[Hinges, ...]
    maps: pd.DataFrame
    switches: tuple[Switches, ...]
    gaps: tuple[Gap, ...]
    failed: int
    others: int
    titles: dict[str, tuple[str, ...]]

    def name(self, policy: str, lang: str) -> str:
        """What a policy is called."""
        return self.titles[policy][LANGUAGES.index(lang)]


def sensitivity(store: Store, named: Sequence[str] = (), window: str = WHOLE) -> Sensitivity:
    """Of the quantities `named` (`indicator` or `indicator:group`), or cost and access of SMEs, in one window.

    Raises `StoreError` if runs are still to come, no design of the experiment tells it, or too little of one is whole.
    """
    status = store.runs()["status"].tolist()
    if pending := status.count("pending"):
        raise StoreError(
            f"{store.path} is not finished: {pending} of {len(status)} runs are still to come; "
            "`finflow run` goes on where it was stopped"
        )
    design = kept(store)
    designs, grids = sampled(design), switches(design)
    if not designs and not grids:
        raise StoreError(
            f"{store.path} cannot tell: it has {unsuited(design)}; sensitivity needs `design: morris` or `sobol` in "
            "parameters_sweep or sweep, a sweep of two values each over several levers of a policy, or an attribution"
        )
    runs = _needed(store, designs, grids)
    measures = quantities(store, named, representative(runs, design.policies))
    values = read(store, measures, window, runs)
    found = [(each, measure, each.responses(own)) for measure, own in zip(measures, values, strict=True)
             for each in designs]  # fmt: skip
    maps = [Map(grid, measure, grid.worth(own), grid.law(own)) for measure, own in zip(measures, values, strict=True)
            for grid in grids]  # fmt: skip
    gaps = _gaps(found, maps)
    _refuse_too_few(store, found, maps, gaps)
    said = store.manifest()
    return Sensitivity(
        said=said,
        window=window,
        measures=tuple(measures),
        indices=_index_table(found, window),
        hinges=tuple(_hinges(design, found, dict(zip(measures, values, strict=True)))),
        maps=_map_table(maps, window),
        switches=tuple(grids),
        gaps=gaps,
        failed=status.count("failed"),
        others=_others(design),
        titles=titles_of(tuple(design.policies), said.get("policies", {}), said.get("names", {})),
    )


def write(found: Sensitivity, store: Store) -> None:
    """Tables that have rows, beside the summary: sensitivity.csv, sensitivity_verdicts.csv, interactions.csv."""
    tables = {
        "sensitivity": found.indices, "sensitivity_verdicts": verdict_table(found), "interactions": found.maps,
    }  # fmt: skip
    for name, table in tables.items():
        if len(table):
            with replacing(store.path / f"{name}.csv") as temporary:
                table.to_csv(temporary, index=False, lineterminator="\n")


def verdict_table(found: Sensitivity) -> pd.DataFrame:
    """A row a policy, measure and assumed parameter that it hangs on most, columns `VERDICT_COLUMNS`."""
    rows = []
    for hinge in found.hinges:
        common = {
            **_keys(hinge.policy, hinge.measure, found.window), "own": float(hinge.own.mean),
            "own_low": float(hinge.own.low), "own_high": float(hinge.own.high), "own_n": int(hinge.own.n),
            "verdict": hinge.verdict, "points": hinge.points, "same_sign": hinge.same, "noise_floor": hinge.floor,
            "assumed": hinge.assumed, "reason": hinge.reason,
        }  # fmt: skip
        rows += [
            common | {"rank": rank, "axis": first.axis.path, "index": first.index, "index_conf": first.conf,
                      "told": first.told, "sign": first.sign}
            for rank, first in enumerate(hinge.first, start=1)
        ] or [common]  # fmt: skip
    return pd.DataFrame(rows, columns=pd.Index(VERDICT_COLUMNS))


Found = list[tuple[Sampled, Measure, Responses]]


class Map(NamedTuple):
    """A grid's values by combination, float64[combinations, replications], and the level under current law."""

    grid: Switches
    measure: Measure
    worth: FloatArray
    law: float


Maps = list[Map]


def _needed(store: Store, designs: Iterable[Sampled], grids: Iterable[Switches]) -> list[Run]:
    """Finished runs at the points of the designs, and those they are paired with."""
    places = {place for each in designs for place in each.places}
    places |= {(policy, 0) for grid in grids for policy in grid.policies}
    places |= {(policy, 0) for policy, _ in places} | {(BASELINE, draw) for _, draw in places} | {(BASELINE, 0)}
    return [run for run in store.done() if (run.policy, run.draw) in places]


def _gaps(found: Found, maps: Maps) -> tuple[Gap, ...]:
    gaps = [Gap(_WORDS[method_of(each.sampling)], each.policy, measure.indicator, own.kept.size, each.sampling.units())
            for each, measure, own in found]  # fmt: skip
    gaps += [Gap("replications of all combinations", own.grid.policy, own.measure.indicator, own.worth.shape[1],
                 own.grid.replications) for own in maps]  # fmt: skip
    return tuple(gap for gap in gaps if gap.kept < gap.planned)


def _refuse_too_few(store: Store, found: Found, maps: Maps, gaps: tuple[Gap, ...]) -> None:
    if any(own.enough for _, _, own in found) or any(each.worth.shape[1] for each in maps):
        return
    needed = {f"{own.kept.size} of {each.sampling.units()} {_WORDS[method]} are whole and {FEWEST[method]} are needed"
              for each, _, own in found for method in (method_of(each.sampling),)}  # fmt: skip
    needed |= {f"{gap.kept} of {gap.planned} {gap.what} are whole" for gap in gaps if not found}
    status = store.runs()["status"].tolist()
    raise StoreError(f"{store.path} has too little for indices: {'; '.join(sorted(needed))}; "
                     f"{status.count('failed')} of {len(status)} runs failed (`finflow status`)")  # fmt: skip


def _keys(policy: str, measure: Measure, window: str) -> dict[str, str]:
    names = {"indicator": measure.indicator, "group": measure.group, "unit": unit_of(measure)}
    return {"policy": policy, "window": window, **names}


def _index_table(found: Found, window: str) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for each, measure, own in found:
        if not own.enough:
            continue
        table, method = indices(own), method_of(each.sampling)
        told = told_from_luck(table[MAIN[method]], table[f"{MAIN[method]}_conf"], table["noise_floor"])
        common = {
            **_keys(each.policy, measure, window), "design": each.kind, "method": method,
            "mean": float(own.means.mean()), "units": own.kept.size, "planned": each.sampling.units(),
            "replications": each.replications,
        }  # fmt: skip
        rows += [
            common | {"axis": axis.path, "range": axis.span, "status": axis.status, "told": told[place]}
            | {name: float(column[place]) for name, column in table.items()}
            for place, axis in enumerate(each.axes)
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=pd.Index(INDEX_COLUMNS))


def _map_table(maps: Maps, window: str) -> pd.DataFrame:
    tables = []
    for grid, measure, worth, law in maps:
        if worth.shape[1]:
            names = [grid.titles[place][0] for place in range(grid.count)]
            pairs = pairs_of(grid.count)
            tables.append(interactions(worth).assign(
                **_keys(grid.policy, measure, window), first=[names[one] for one, _ in pairs],
                second=[names[other] for _, other in pairs], law=law, off=float(worth[0].mean()),
                planned=grid.replications,
            ))  # fmt: skip
    whole = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return whole.reindex(columns=pd.Index(MAP_COLUMNS))


def _hinges(design: Design, found: Found, values: dict[Measure, Values]) -> Iterable[Hinges]:
    """Of every policy's effect, where parameters were varied."""
    for each, measure, own in found:
        if each.kind == "parameters" and each.policy != BASELINE:
            at_own = values[measure]
            effect = [at_own.get((each.policy, 0, number), np.nan) - at_own.get((BASELINE, 0, number), np.nan)
                      for number in range(design.experiment.replications)]  # fmt: skip
            yield hinges(each.policy, measure, each.axes, own, np.array(effect))


def _others(design: Design) -> int:
    """Assumed parameters that are not varied."""
    made = design.experiment.parameter_design
    varied = set(made.spans or ()) if made else set()
    return sum(o.status == ASSUMED and path not in varied for path, o in design.experiment.provenance.items())
