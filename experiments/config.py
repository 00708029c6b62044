"""An experiment file, resolved: defaults < scenario < file < `--set path=value`, every value checked.

`resolved()` gives back a file that needs no other, so a run folder alone reproduces its runs.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any, Final, Literal, cast

from agents.parameters import STRESSES, Parameters, Stress, build
from experiments import (
    attribution,
    consistency,
    documents,
    doubt,
    equal_cost,
    lever_design,
    parameter_design,
    policy_names,
    reforms,
    scenario,
    sweep,
)
from experiments.attribution import Attribution
from experiments.doubt import Doubt
from experiments.equal_cost import EqualCost
from experiments.labels import LANGUAGES
from experiments.leaf import Provenance
from experiments.lever_design import LeverDesign
from experiments.nodes import Node, overlay
from experiments.parameter_design import ParameterDesign, is_design
from experiments.policy_names import Names
from experiments.reforms import Calendar, Reform
from experiments.sweep import LeverAxis, ParameterAxis
from experiments.values import DECLARED, Value, nest, read_number
from policies.levers import Instrument, Policy

Audit = Literal["off", "final", "every_step"]
Said = str | dict[str, str] | None  # a text, in both languages if by language

AUDITS: Final = ("off", "final", "every_step")
KEYS: Final = (
    "experiment",
    "title",
    "question",
    "scenario",
    "horizon",
    "replications",
    "seed",
    "audit",
    "parameters",
    "firms",
    "edges",
    "stresses",
    "policies",
    "names",
    "sweep",
    "parameters_sweep",
    "doubt",
    "equal_cost",
    "attribution",
)
REQUIRED: Final = ("experiment", "scenario")
MOST_REPLICATIONS: Final = 100_000
LARGEST_SEED: Final = 2**53 - 1  # whole numbers up to here survive JSON and every spreadsheet
LONGEST_HORIZON: Final = 36_000  # days: a century
LONGEST_STRESS: Final = 1_200  # months
_TITLE_LENGTH: Final = 80
_QUESTION_LENGTH: Final = 2_000

_DEFAULTS: Final = """
horizon: {burn_in: 24 months, evaluate: 60 months}
replications: 10
seed: 20240301
audit: final
"""


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """An experiment with nothing left open; provenance by parameter path, files as absolute paths.

    Current law is in force since ever (`start_day` −FOREVER); `reforms` say what each policy changes of it, and
    all are compared with it.
    """

    name: str
    scenario: str
    date: datetime.date
    parameters: Parameters
    provenance: dict[str, Provenance]
    current_law: tuple[Instrument, ...]
    law_provenance: dict[str, Provenance]
    burn_in_days: int
    evaluate_days: int
    replications: int
    seed: int
    audit: Audit
    reforms: dict[str, Reform]
    stresses: tuple[Stress, ...] = ()
    sweep: tuple[LeverAxis, ...] = ()
    lever_design: LeverDesign | None = None  # in place of the grid `sweep`
    parameters_sweep: tuple[ParameterAxis, ...] = ()
    parameter_design: ParameterDesign | None = None  # in place of the grid `parameters_sweep`
    doubt: Doubt | None = None
    equal_cost: EqualCost | None = None
    attribution: Attribution | None = None
    firms: Path | None = None
    edges: Path | None = None
    title: Said = None  # what a report calls it, if not by its name
    question: Said = None
    names: Names = field(default_factory=dict)  # of policies, for charts and reports

    @property
    def burn_in_steps(self) -> int:
        """Steps before anything is measured."""
        return self.burn_in_days // self.parameters.step_days

    @property
    def evaluate_steps(self) -> int:
        """Steps that are measured."""
        return self.evaluate_days // self.parameters.step_days

    @property
    def policies(self) -> dict[str, Policy]:
        """Every policy by name, the baseline first, those of the sweep after the one they vary."""
        return {name: reforms.policy(name, change, self.current_law) for name, change in self.all_reforms.items()}

    @property
    def all_reforms(self) -> dict[str, Reform]:
        """What every policy changes, those of the sweep too."""
        if self.lever_design:
            return self.lever_design.derived(self.reforms, self.seed)
        return sweep.derived(self.reforms, self.sweep)

    def draws(self) -> list[dict[str, Value]]:
        """Values that differ from the scenario's, by path, for every draw after its own: of a design, or in doubt."""
        if self.parameter_design:
            return self.parameter_design.draws(self.seed, self.values())
        if self.doubt is None:
            return sweep.grid(self.parameters_sweep)
        return doubt.points(self.doubt, self.seed, self.values(), self.provenance)

    def values(self) -> dict[str, Value]:
        """Every parameter's value in base units, by path."""
        return {path: _at(self.parameters, path) for path in DECLARED}

    def resolved(self) -> dict[str, Any]:
        """Plain data for `documents.dump`: a file that gives this experiment again, with no other file."""
        data: dict[str, Any] = {
            "experiment": self.name,
            "title": self.title,
            "question": self.question,
            "scenario": scenario.write(
                self.scenario, self.date, self.values(), self.provenance, self.current_law, self.law_provenance
            ),
            "horizon": {"burn_in": f"{self.burn_in_days} d", "evaluate": f"{self.evaluate_days} d"},
            "replications": self.replications,
            "seed": self.seed,
            "audit": self.audit,
            "firms": str(self.firms) if self.firms else None,
            "edges": str(self.edges) if self.edges else None,
            "stresses": [_plain_stress(stress) for stress in self.stresses],
            "policies": reforms.write(self.reforms),
            "names": self.names,
            "sweep": lever_design.write(self.lever_design) if self.lever_design else sweep.write_levers(self.sweep),
            "parameters_sweep": parameter_design.write(self.parameter_design)
            if self.parameter_design
            else sweep.write_parameters(self.parameters_sweep),
            "doubt": asdict(self.doubt) if self.doubt else None,
            "equal_cost": equal_cost.write(self.equal_cost) if self.equal_cost else None,
            "attribution": attribution.write(self.attribution) if self.attribution else None,
        }
        return {key: value for key, value in data.items() if value not in (None, [], {})}

    def world_digest(self) -> str:
        """SHA-256 of what decides the numbers of a replication, policies apart: not names, provenance, audit.

        OSError if the file of firms or edges is gone.
        """
        return digest_of(
            {
                "date": self.date.isoformat(),
                "parameters": asdict(self.parameters),
                "burn_in_days": self.burn_in_days,
                "evaluate_days": self.evaluate_days,
                "seed": self.seed,
                "stresses": [asdict(stress) for stress in self.stresses],
                "firms": _content(self.firms),
                "edges": _content(self.edges),
            }
        )

    def digest(self) -> str:
        """SHA-256 of what decides the numbers of the experiment: the world's, its policies and draws, no replications.

        OSError if the file of firms or edges is gone.
        """
        return digest_of(
            {
                "world": self.world_digest(),
                "policies": {name: policy_content(policy) for name, policy in self.policies.items()},
                "draws": self.draws(),
                "equal_cost": asdict(self.equal_cost) if self.equal_cost else None,
            }
            | ({"attribution": asdict(self.attribution)} if self.attribution else {})  # others keep theirs
        )


def policy_content(policy: Policy) -> list[tuple[str, int, dict[str, Any]]]:
    """What a policy does, not its name: (instrument, first day, all its values) in that order, as plain data."""
    spans = sorted(policy.instruments, key=lambda span: (span.ID, span.start_day))
    return [(span.ID, span.start_day, {"instrument": span.ID} | asdict(span)) for span in spans]


def load(path: Path | str, sets: Iterable[str] = ()) -> Experiment:
    """Read an experiment file with `path=value` options on top; ConfigError says where and why it can't."""
    file = Path(path)
    defaults = documents.parse(_DEFAULTS, "defaults", numbered=False)
    assert defaults is not None  # the text above is no empty document
    layers = (documents.read_file(file), *(documents.assignment(option) for option in sets))
    return _resolve(reduce(overlay, layers, defaults), file.absolute().parent)


def _resolve(root: Node, folder: Path) -> Experiment:
    entries = root.mapping(KEYS, required=REQUIRED)
    name = scenario.read_name(entries["experiment"])
    horizon = entries["horizon"].mapping(("burn_in", "evaluate"))
    world = scenario.read(scenario.find(entries["scenario"], folder), entries.get("parameters"))
    overridden = {path for path, origin in world.provenance.items() if origin.status == "set"}
    consistency.check(world.values, world.nodes, overridden)
    parameters = build(nest(world.values))
    evaluate = _days(horizon["evaluate"], parameters.step_days, fewest_steps=1)
    changes = reforms.read(entries.get("policies"), Calendar(world.date, evaluate, world.law))
    seed = _whole(entries["seed"], 0, LARGEST_SEED)
    levers, uncertain = entries.get("sweep"), entries.get("parameters_sweep")
    lever_points = parameter_points = None
    if levers is not None and is_design(levers):
        lever_points, levers = lever_design.read(levers, changes, world.law, seed, folder), None
    if uncertain is not None and is_design(uncertain):
        parameter_points = parameter_design.read(uncertain, world.values, world.provenance, folder)
        uncertain = None
    axes = sweep.read_levers(levers, changes, world.law)
    derived = lever_points.derived(changes, seed) if lever_points else sweep.derived(changes, axes)
    replications = _whole(entries["replications"], 1, MOST_REPLICATIONS)
    made = Experiment(
        name=name,
        scenario=world.name,
        date=world.date,
        parameters=parameters,
        provenance=world.provenance,
        current_law=world.law,
        law_provenance=world.law_provenance,
        burn_in_days=_days(horizon["burn_in"], parameters.step_days, fewest_steps=0),
        evaluate_days=evaluate,
        replications=replications,
        seed=seed,
        audit=cast(Audit, entries["audit"].choice(AUDITS)),
        stresses=_stresses(entries.get("stresses"), evaluate, parameters.population.oems),
        reforms=changes,
        sweep=axes,
        lever_design=lever_points,
        parameters_sweep=sweep.read_parameters(uncertain, world.values),
        parameter_design=parameter_points,
        firms=_file(entries.get("firms"), folder),
        edges=_file(entries.get("edges"), folder),
        doubt=doubt.read(entries.get("doubt")),
        equal_cost=equal_cost.read(entries.get("equal_cost"), derived),
        attribution=attribution.read(entries.get("attribution"), derived, replications),
        title=_said(entries.get("title"), _TITLE_LENGTH, lines=False),
        question=_said(entries.get("question"), _QUESTION_LENGTH),
        names=policy_names.read(entries.get("names"), [name for name in changes if name != reforms.BASELINE]),
    )
    if "doubt" in entries:
        _check_draws(made, entries["doubt"])
    elif parameter_points:
        _check_draws(made, entries["parameters_sweep"])
    return made


def _check_draws(experiment: Experiment, node: Node) -> None:
    if experiment.doubt and (experiment.parameters_sweep or experiment.parameter_design):
        raise node.error("parameters_sweep is there too", "one of doubt and parameters_sweep: both make draws")
    try:
        experiment.draws()
    except ValueError as error:
        raise node.error(str(error), "a scenario whose assumptions leave room for it") from None


def _whole(node: Node, fewest: int, most: int) -> int:
    return int(read_number(node, "count", fewest, most, whole=True))


def _days(node: Node, step_days: int, fewest_steps: int) -> int:
    days = read_number(node, "days", 0, LONGEST_HORIZON)
    if days % step_days or days < fewest_steps * step_days:
        least = "at least one step, " if fewest_steps else ""
        raise node.error(node.found(), f"{least}whole steps of {step_days} d")
    return int(days)


def _stresses(node: Node | None, evaluate_days: int, oems: int) -> tuple[Stress, ...]:
    return tuple(_stress(entry, evaluate_days, oems) for entry in node.list("a list of stresses")) if node else ()


def _stress(node: Node, evaluate_days: int, oems: int) -> Stress:
    entries = node.mapping(("kind", "month", "months", "oem"), required=("kind", "month"))
    kind = entries["kind"].choice(STRESSES)
    fields = {"month": _whole(entries["month"], 0, (evaluate_days - 1) // 30)}
    if "months" in entries:
        fields["months"] = _whole(entries["months"], 1, LONGEST_STRESS)
    if "oem" in entries:
        if kind != "oem_failure":
            raise entries["oem"].error(f"a {kind} concerns no single OEM", "oem with kind oem_failure")
        fields["oem"] = _whole(entries["oem"], 0, oems - 1)
    return Stress(kind=kind, **fields)


def _plain_stress(stress: Stress) -> dict[str, Any]:
    data = asdict(stress)
    if stress.kind != "oem_failure":
        del data["oem"]
    return data


def _file(node: Node | None, folder: Path) -> Path | None:
    if node is None:
        return None
    return documents.find_file(node, folder, "the path of a CSV file")


def _said(node: Node | None, longest: int, lines: bool = True) -> Said:
    """A text of at most so many characters, or one a language; in one line unless `lines` may be more."""
    if node is None:
        return None
    if isinstance(node.value, dict):
        texts = node.mapping(LANGUAGES, required=LANGUAGES)
        return {lang: _text(entry, "a text", longest, lines) for lang, entry in texts.items()}
    return _text(node, f"a text, or one a language under {', '.join(LANGUAGES)}", longest, lines)


def _text(node: Node, allowed: str, longest: int, lines: bool) -> str:
    text = node.text(allowed)
    if len(text) > longest:
        raise node.error(f"found {len(text)} characters", f"at most {longest}")
    if not (lines or text.isprintable()):
        raise node.error(node.found(), "a text in one line")
    return text


def digest_of(content: Any) -> str:
    """SHA-256 of plain data."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _content(path: Path | None) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path else None


def _at(parameters: Parameters, path: str) -> Value:
    return reduce(getattr, path.split("."), cast(Any, parameters))
