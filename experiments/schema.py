"""The JSON Schema of experiment files, from what the loader itself reads: completion in editors.

`python -m experiments.schema` writes `docs/experiment.schema.json`. Bounds, and what compares several keys,
are left to the loader.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from agents.parameters import AXES, STRESSES, Declaration
from experiments import attribution, config, doubt, parameter_design, policy_names, reforms, sampling, scenario, units
from experiments.instruments import LEVERS
from experiments.labels import LANGUAGES
from experiments.values import DECLARED, nest
from policies.catalogue import INSTRUMENTS

FILE: Final = Path(__file__).resolve().parents[1] / "docs" / "experiment.schema.json"


def schema() -> dict[str, Any]:
    """The schema as plain data."""
    days = _quantity_of("days")
    text = {"type": "string", "minLength": 1}
    asked = [text, _mapping(dict.fromkeys(LANGUAGES, text)) | {"required": list(LANGUAGES)}]
    known = {"description": "A packaged scenario", "enum": list(scenario.packaged())}
    said = {"scenario": text, "date": text, "parameters": {"type": "object"}, "current_law": {"type": "object"}}
    inside = _mapping(said) | {"required": ["scenario", "date", "parameters"]}
    inside["description"] = "The scenario itself, as in the copy that a run keeps"
    properties = {
        "experiment": {"type": "string", "pattern": f"^{scenario.NAME.pattern}$"},
        "title": {"description": "What a report calls the experiment, in one text or one a language", "anyOf": asked},
        "question": {"description": "What the experiment asks, in one text or one a language", "anyOf": asked},
        "scenario": {"anyOf": [known, {"description": "Path to a scenario file", **text}, inside]},
        "horizon": _mapping({"burn_in": days, "evaluate": days}),
        "replications": _whole(1, config.MOST_REPLICATIONS),
        "seed": _whole(0, config.LARGEST_SEED),
        "audit": {"enum": list(config.AUDITS)},
        "parameters": _parameters(nest(DECLARED)),
        "firms": {"description": "Path to a CSV file of firms", **text},
        "edges": {"description": "Path to a CSV file of trade relations", **text},
        "stresses": {"type": "array", "items": _stress()},
        "policies": _policies(),
        "names": _names(),
        "sweep": {"anyOf": [_lever_grid(_values), *_designs("lever", False)]},
        "parameters_sweep": {"anyOf": [_grid(_values), *_designs("parameter", True)]},
        "doubt": _doubt(),
        "equal_cost": _equal_cost(),
        "attribution": _attribution(),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Finflow experiment",
        **_mapping({key: properties[key] for key in config.KEYS}),
        "required": list(config.REQUIRED),
        "$defs": {unit: _quantity(unit) for unit in units.UNITS}
        | {"lever_ranges": _lever_grid(_range), "lever_point": _lever_grid(_value)}
        | {"parameter_ranges": _grid(_range), "parameter_point": _grid(_value)},
    }


def rendered() -> str:
    """The schema as it is published."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def _mapping(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _whole(fewest: int, most: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": fewest, "maximum": most}


def _quantity(unit: str) -> dict[str, Any]:
    """A bare number where the unit allows one, else zero or a text with its unit."""
    kind = units.UNITS[unit]
    number = {"type": "number"} if "" in kind.suffixes else {"const": 0}
    written = {"type": "string", "pattern": units.pattern(unit)}
    return {"description": kind.allowed, "anyOf": [number, written]}


def _quantity_of(unit: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{unit.replace('/', '~1')}"}


def _parameters(tree: dict[str, Any]) -> dict[str, Any]:
    entries = {
        name: _value(entry) if isinstance(entry, Declaration) else _parameters(entry) for name, entry in tree.items()
    }
    return _mapping(entries)


def _value(declaration: Declaration) -> dict[str, Any]:
    low, high = units.show(declaration.ge, declaration.unit), units.show(declaration.le, declaration.unit)
    one = _quantity_of(declaration.unit)
    meaning = f"{declaration.meaning} ({declaration.unit}, {low} to {high})"
    if declaration.axis is None:
        return {"description": meaning, **one}
    labels = AXES.get(declaration.axis, ())
    length = {"minItems": len(labels), "maxItems": len(labels)} if labels else {"minItems": 1}
    order = f"; in order: {', '.join(labels)}" if labels else ""
    return {"description": meaning + order, "type": "array", "items": one, **length}


def _values(declaration: Declaration) -> dict[str, Any]:
    return {"type": "array", "items": _value(declaration), "minItems": 1}


def _grid(entry: Callable[[Declaration], dict[str, Any]]) -> dict[str, Any]:
    """Keys of parameters of the scenario, each with what `entry` says of it."""
    return _mapping({path: entry(declared) for path, declared in DECLARED.items()})


def _range(declaration: Declaration) -> dict[str, Any]:
    """Of a sampled axis: its own range, or low and high; of a vector these are factors."""
    end = _quantity_of(declaration.unit if declaration.axis is None else "ratio")
    ends = {"description": "Low and high", "type": "array", "items": end, "minItems": 2, "maxItems": 2}
    return {"anyOf": [{"description": "The range it has", "const": parameter_design.OWN}, ends]}


def _designs(kind: str, draws: bool) -> list[dict[str, Any]]:
    """The designs of a section over what `kind` says: of the scenario's parameters (`draws`), else of levers."""
    over, point = ({"$ref": f"#/$defs/{kind}_{what}"} for what in ("ranges", "point"))
    text = {"type": "string", "minLength": 1}
    doubtful = {"description": "All that is assumed or estimated", "const": parameter_design.DOUBTFUL}
    axes = [{"description": "Paths", "type": "array", "items": text, "minItems": 1}, over]
    points = {"description": "Points of the hypercube", **_whole(2, sampling.MOST)}
    known = {
        "over": {"anyOf": [doubtful, *axes] if draws else axes},
        "blocks": {"description": "Saltelli blocks, a power of 2", **_whole(1, sampling.MOST)},
        "trajectories": {"description": "Morris trajectories", **_whole(2, sampling.MOST)},
        "levels": {"description": "Levels of Morris' grid", "enum": list(sampling.LEVELS)},
        "file": {"description": "Path to a CSV file, a row a point, a column a path", **text},
        "replications": {"description": "Of every policy at each point", **_whole(1, doubt.MOST_DRAWS)},
    }
    sizes = {
        "lhs": {"anyOf": [points, {"description": "Hypercubes one after the other", "type": "array", "items": points}]},
        "list": {"type": "array", "items": point, "minItems": 1},
    }
    found = []
    for design, keys in parameter_design.KEYS.items():
        mine = {key: known.get(key, sizes.get(design)) for key in keys if draws or key != "replications"}
        needed = [key for key in mine if key not in ("levels", "replications")]
        found.append(_mapping(mine | {"design": {"const": design}}) | {"required": needed})
    return found


def _doubt() -> dict[str, Any]:
    draws = {"description": "Points of the Latin hypercube", **_whole(2, doubt.MOST_DRAWS)}
    each = {"description": "Replications of every policy at each point", **_whole(1, doubt.MOST_DRAWS)}
    return _mapping({"draws": draws, "replications": each}) | {"required": ["draws"]}


def _equal_cost() -> dict[str, Any]:
    names = {"description": "Policies, by name", "type": "array", "items": {"type": "string"}, "minItems": 1}
    cost = {**_quantity_of("CNY/yr"), "description": "What each is to cost over the baseline, in the modelled economy"}
    return _mapping({"policies": names, "public_cost": cost}) | {"required": ["policies", "public_cost"]}


def _attribution() -> dict[str, Any]:
    bundle = {"description": "The policy whose effects are shared out, by name", "type": "string", "minLength": 1}
    by = {"description": "Among its levers, or among families of levers", "enum": list(attribution.KINDS)}
    return _mapping({"bundle": bundle, "by": by}) | {"required": ["bundle"]}


def _policies() -> dict[str, Any]:
    text = {"type": "string", "minLength": 1}
    instruments = {name: _instrument(name) for name in LEVERS}
    one = [
        {"description": "Current law switched off when the evaluation starts", "const": reforms.NONE},
        {"description": "Several policies at once, by name", "type": "array", "items": text},
        {"description": "Changes to current law; {} is current law", **_mapping(instruments)},
    ]
    names = {"pattern": f"^{scenario.NAME.pattern}$"}
    return {"type": "object", "propertyNames": names, "additionalProperties": {"anyOf": one}}


def _names() -> dict[str, Any]:
    text = {"type": "string", "minLength": 1, "maxLength": policy_names.LONGEST}
    names = _mapping(dict.fromkeys(LANGUAGES, text)) | {"minProperties": 1}
    said = "What charts and reports call a policy, by language"
    return {"description": said, "type": "object", "additionalProperties": names}


def _instrument(name: str) -> dict[str, Any]:
    kind = INSTRUMENTS[name]
    day = {"description": "2025-01, 2025-01-15 or a time from the evaluation's start", "type": "string"}
    values = {parameter: _value(lever.declaration) for parameter, lever in LEVERS[name].items()}
    changes = _mapping(values | dict.fromkeys(reforms.DATES, day) | {"scale": {"enum": list(reforms.SCALES)}})
    off = {"description": "Switched off when the evaluation starts", "const": reforms.OFF}
    return {"description": f"{kind.TITLE[0]} {kind.TITLE[1]}: {kind.SENTENCE}", "anyOf": [off, changes]}


def _lever_grid(entry: Callable[[Declaration], dict[str, Any]]) -> dict[str, Any]:
    """Keys `instrument.parameter`, of all policies that set it, or `policy.instrument.parameter`."""
    grid = {
        rf"^({scenario.NAME.pattern}\.)?{name}\.{parameter}$": entry(lever.declaration)
        for name, levers in LEVERS.items()
        for parameter, lever in levers.items()
    }
    return {"type": "object", "additionalProperties": False, "patternProperties": grid}


def _stress() -> dict[str, Any]:
    properties = {
        "kind": {"enum": list(STRESSES)},
        "month": {"description": "Month of the evaluation, the first is 0", "type": "integer", "minimum": 0},
        "months": _whole(1, config.LONGEST_STRESS),
        "oem": {"description": "Rank of the failing OEM, 0 the largest", "type": "integer", "minimum": 0},
    }
    return _mapping(properties) | {"required": ["kind", "month"]}


if __name__ == "__main__":
    FILE.write_text(rendered(), encoding="utf-8")
