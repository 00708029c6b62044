"""A design over the scenario's parameters in `parameters_sweep`, beside the grid of `experiments.sweep`: draws.

`design: lhs`, `sobol` or `morris` samples the parameters of `over` within ranges; `list` and `csv` give the points
themselves. A range is the one of `experiments.doubt` unless low and high are written; a vector moves by one factor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from experiments import doubt, point_list, sampling, units
from experiments.doubt import Span
from experiments.errors import closest_match
from experiments.leaf import Provenance
from experiments.nodes import Node, joined
from experiments.sampling import Sampling
from experiments.sweep import check_point, expanded
from experiments.values import DECLARED, Value, leaves, read_number, read_value, write_value

OWN: Final = "own"
DOUBTFUL: Final = "doubtful"
DESIGNS: Final = (*sampling.SIZES, *point_list.DESIGNS)
KEYS: Final = {
    "lhs": ("design", "points", "over", "replications"),
    "sobol": ("design", "blocks", "over", "replications"),
    "morris": ("design", "trajectories", "levels", "over", "replications"),
    "list": ("design", "points", "replications"),
    "csv": ("design", "file", "replications"),
}
_OVER: Final = "doubtful, a list of parameters, or a mapping of parameters to own or [low, high]"
_RANGE: Final = "own, or [low, high]"


@dataclass(frozen=True)
class ParameterDesign:
    """Points over parameters: sampled within `spans` (values; factors of a vector), or `listed`."""

    replications: int
    sampling: Sampling | None = None
    spans: dict[str, Span] | None = None
    listed: tuple[dict[str, Value], ...] = ()

    @property
    def kind(self) -> str:
        """As the manifest calls it."""
        return self.sampling.kind if self.sampling else "list"

    def draws(self, seed: int, values: Mapping[str, Value]) -> list[dict[str, Value]]:
        """The values of each draw by path. ValueError if a point can't hold."""
        if self.sampling is None or self.spans is None:
            return list(self.listed)
        return doubt.placed(self.sampling.points(len(self.spans), seed), self.spans, values)

    def words(self) -> str:
        """What is drawn and how."""
        if self.sampling is None or self.spans is None:
            return f"{len(self.listed)} points as written, over {len({p for point in self.listed for p in point})} axes"
        named = [f"{path} {self.range_words(path)}" for path in self.spans]
        most = 6
        more = f" and {len(named) - most} more" if len(named) > most else ""
        return f"{self.sampling.words(len(self.spans))}: {', '.join(named[:most])}{more}"

    def range_words(self, path: str) -> str:
        """Lowest to highest value of a sampled parameter, factors of a vector. KeyError for one that is not sampled."""
        span = (self.spans or {})[path]
        if DECLARED[path].axis is not None:
            return f"×{span[0]:.4g} to ×{span[1]:.4g}"
        return " to ".join(units.brief(end, DECLARED[path].unit, digits=4) for end in span)


def is_design(node: Node) -> bool:
    """Whether a section holds a design, not a grid."""
    return isinstance(node.value, dict) and not {"design", "over"}.isdisjoint(node.value)


def kind_of(node: Node) -> str:
    """Which design a section holds; ConfigError if it says none or another."""
    assert isinstance(node.value, dict)  # else it is no design
    if "design" not in node.value:
        node.mapping(tuple(dict.fromkeys(key for keys in KEYS.values() for key in keys)), required=("design",))
    return node.value["design"].choice(DESIGNS)


def read(
    node: Node, values: Mapping[str, Value], provenance: Mapping[str, Provenance], folder: Path
) -> ParameterDesign:
    """The design in `parameters_sweep`; ConfigError for any mistake."""
    kind = kind_of(node)
    entries = node.mapping(KEYS[kind])
    replications = 1
    if "replications" in entries:
        replications = int(read_number(entries["replications"], "count", 1, doubt.MOST_DRAWS, whole=True))
    if kind in point_list.DESIGNS:
        points = point_list.read(entries, kind, node, folder)
        return ParameterDesign(replications, listed=tuple(_point(point, values) for point in points))
    if "over" not in entries:
        raise node.missing("over")
    spans = _spans(entries["over"], values, provenance)
    sampler = sampling.read(entries, kind, node)
    sampling.check_count(sampler, len(spans), node)
    return ParameterDesign(replications, sampler, spans)


def write(design: ParameterDesign) -> dict[str, Any]:
    """Plain data that `read` takes back to the same, ranges written out."""
    more = {"replications": design.replications}
    if design.sampling is None or design.spans is None:
        points = [{path: write_value(value, DECLARED[path]) for path, value in p.items()} for p in design.listed]
        return {"design": "list", "points": points, **more}
    over = {
        path: [end if DECLARED[path].axis is not None else units.write(end, DECLARED[path].unit) for end in span]
        for path, span in design.spans.items()
    }
    return sampling.write(design.sampling) | {"over": over, **more}


def listed_over(node: Node, allowed: str) -> Node:
    """`over` as a list of paths, as the mapping that gives each its own range; a mapping as it is."""
    if isinstance(node.value, dict):
        return node
    found: dict[str, Node] = {}
    for entry in node.list(allowed):
        path = entry.text(allowed)
        if path in found:
            raise entry.error("found this path before", "each once")
        found[path] = Node(OWN, entry.origin, entry.origin, joined(node.path, path))
    return Node(found, node.origin, node.key, node.path)


def read_ends(node: Node) -> tuple[Node, Node] | None:
    """Low and high as nodes, None for the own range."""
    if node.value == OWN:
        return None
    if not isinstance(node.value, tuple) or len(node.value) != 2:
        raise node.error(node.found(), _RANGE)
    return node.value


def _point(node: Node, values: Mapping[str, Value]) -> dict[str, Value]:
    found = leaves(expanded(node))
    point = {path: read_value(leaf, DECLARED[path]) for path, leaf in found.items()}
    check_point(point, found, values)
    return point


def _spans(
    node: Node, values: Mapping[str, Value], provenance: Mapping[str, Provenance]
) -> dict[str, Span]:  # fmt: skip
    if node.value == DOUBTFUL:
        return doubt.ranges(values, provenance)
    if isinstance(node.value, str):
        raise node.error(node.found(), _OVER, closest_match(node.value, [DOUBTFUL]))
    found = leaves(expanded(listed_over(node, _OVER)))
    if not found:
        raise node.error("found no parameter", _OVER)
    return {path: _span(path, leaf, values[path], provenance[path].source) for path, leaf in found.items()}


def _span(path: str, node: Node, value: Value, source: str | None) -> Span:
    declared = DECLARED[path]
    if declared.whole:
        raise node.error("whole numbers have no range to sample", "a grid, or a list of points")
    ends = read_ends(node)
    if ends is None:
        if (own := doubt.range_of(path, value, source)) is None:
            raise node.error("its value has no range of its own", "[low, high]")
        return own
    if isinstance(value, tuple):
        least = max(0.0, declared.ge / max(value)) if max(value) > 0 else 0.0
        most = declared.le / max(value) if max(value) > 0 else 1.0
        low, high = (read_number(end, "ratio", least, most) for end in ends)
    else:
        low, high = (read_number(end, declared.unit, declared.ge, declared.le) for end in ends)
    if low >= high:
        raise node.error("low is not below high", _RANGE)
    return low, high
