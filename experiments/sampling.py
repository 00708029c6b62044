"""How points of a design are sampled: Latin hypercube, Sobol (Saltelli), Morris. Samplers are scipy's and SALib's.

Points lie in the unit cube; whoever asks puts them into ranges. A larger design begins with the points of a smaller
one with the same seed and axes, so that its runs are kept: hypercubes and trajectories are added one after the other,
and Sobol's sequence goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import numpy as np

from agents.numeric import FloatArray
from experiments.nodes import Node
from experiments.values import read_number

Kind = Literal["lhs", "sobol", "morris"]

SIZES: Final[dict[Kind, str]] = {"lhs": "points", "sobol": "blocks", "morris": "trajectories"}  # key of each
MOST: Final = 4_096  # of hypercube points, blocks or trajectories
MOST_POINTS: Final = 20_000
LEVELS: Final = (4, 6, 8)
HYPERCUBE: Final = 0xD0  # each keeps a sampler's numbers apart from other uses of the seed
_SOBOL, _MORRIS = 0xD1, 0xD2


@dataclass(frozen=True)
class Sampling:
    """Sampler and size: points of each hypercube, Sobol's blocks, Morris' trajectories and the levels of its grid."""

    kind: Kind
    sizes: tuple[int, ...]
    levels: int = LEVELS[0]

    def units(self) -> int:
        """Hypercubes' points, blocks or trajectories: what is whole or of no use to the indices."""
        return sum(self.sizes)

    def unit_points(self, axes: int) -> int:
        """Points of one unit: 1, or a trajectory's, or a block's."""
        return {"lhs": 1, "sobol": axes + 2, "morris": axes + 1}[self.kind]

    def count(self, axes: int) -> int:
        """All points."""
        return self.units() * self.unit_points(axes)

    def points(self, axes: int, seed: int) -> FloatArray:
        """float64[points, axes] from 0 to 1, unit by unit: a function of its arguments."""
        if self.kind == "lhs":
            from scipy.stats import qmc  # takes a while to import, and few experiments need it

            cubes = qmc.LatinHypercube(axes, rng=np.random.default_rng([seed, HYPERCUBE]))
            return np.concatenate([cubes.random(size) for size in self.sizes])
        problem, (size,) = problem_of(axes), self.sizes
        if self.kind == "sobol":
            from SALib.sample import sobol

            rng: Any = np.random.default_rng([seed, _SOBOL])
            return sobol.sample(problem, size, calc_second_order=False, seed=rng)
        from SALib.sample import morris

        return morris.sample(problem, size, num_levels=self.levels, seed=np.random.default_rng([seed, _MORRIS]))

    def words(self, axes: int) -> str:
        """The design as a sentence begins."""
        size = " + ".join(str(size) for size in self.sizes)
        if self.kind == "lhs":
            return f"{size} points of a Latin hypercube over {axes} axes"
        if self.kind == "sobol":
            return f"{self.count(axes)} points: {size} Saltelli blocks of {axes + 2} from Sobol's sequence, {axes} axes"
        return (
            f"{self.count(axes)} points: {size} Morris trajectories of {axes + 1}, one of {axes} axes moved at a time"
            f" on {self.levels} levels"
        )


def problem_of(axes: int) -> dict[str, Any]:
    """SALib's description of the unit cube."""
    return {"num_vars": axes, "names": [str(axis) for axis in range(axes)], "bounds": [[0.0, 1.0]] * axes}


def read(entries: dict[str, Node], design: str, node: Node) -> Sampling:
    """Size and levels from a design's entries; ConfigError for a mistake."""
    kind = cast(Kind, design)
    name = SIZES[kind]
    if name not in entries:
        raise node.missing(name)
    levels = entries.get("levels")
    return Sampling(kind, _sizes(entries[name], kind), int(levels.choice([str(n) for n in LEVELS])) if levels else 4)


def check_count(sampling: Sampling, axes: int, node: Node) -> None:
    """ConfigError for a design of too many points."""
    if (count := sampling.count(axes)) > MOST_POINTS:
        raise node.error(f"{count} points", f"at most {MOST_POINTS}")


def write(sampling: Sampling) -> dict[str, Any]:
    """Plain data that `read` takes back to the same."""
    sizes = list(sampling.sizes)
    data: dict[str, Any] = {"design": sampling.kind, SIZES[sampling.kind]: sizes if len(sizes) > 1 else sizes[0]}
    return data | ({"levels": sampling.levels} if sampling.kind == "morris" else {})


def _sizes(node: Node, kind: Kind) -> tuple[int, ...]:
    """Several for hypercubes that are added to each other, else one; Sobol's points are even by powers of 2."""
    nodes: Sequence[Node] = node.value if kind == "lhs" and isinstance(node.value, tuple) else (node,)
    if not nodes:
        raise node.error("found no number", "the number of points, or a list of them")
    sizes = tuple(int(read_number(entry, "count", 1 if kind == "sobol" else 2, MOST, whole=True)) for entry in nodes)
    if kind == "sobol" and sizes[0] & (sizes[0] - 1):
        raise node.error(node.found(), f"a power of 2 up to {MOST}")
    return sizes
