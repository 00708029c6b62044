"""On which assumed parameters a policy's effect hangs: the largest indices, and whether the effect's sign holds.

A sign is told over each half of a parameter's range, all others moving, if the intervals over trajectories or blocks
and over replications both leave 0 out: the one for the points that happened to be drawn, the other for luck, which all
points share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from agents.numeric import FloatArray
from experiments.headline import Measure
from experiments.indices import MAIN, Responses, indices, method_of
from experiments.paired import Interval, student, verdicts
from experiments.sampled import ASSUMED, Axis

MOST: Final = 3
HOLDS, CHANGES, UNTOLD = "holds", "changes", "cannot be told"
BEYOND, WITHIN = "beyond luck", "within luck"

Reason = Literal["", "few", "flat", "none_assumed", "luck_unknown", "luck"]


@dataclass(frozen=True)
class Hinge:
    """A parameter, its Morris μ* or Sobol total with half its interval, whether luck would do as much, and the sign."""

    axis: Axis
    index: float
    conf: float
    told: str
    sign: str


@dataclass(frozen=True)
class Hinges:
    """What a policy's effect on one measure hangs on.

    `own` is the effect at the scenario's own values; `same` of `points` have its sign. `first` are the assumed
    parameters of the largest index, those beyond luck before others, at most `MOST` of `assumed`; `reason` is why
    nothing can be told of them, if so.
    """

    policy: str
    measure: Measure
    method: str
    own: Interval
    points: int
    same: int
    floor: float
    assumed: int
    first: tuple[Hinge, ...]
    reason: Reason

    @property
    def verdict(self) -> str:
        """Of the effect at the scenario's own values."""
        return str(verdicts(self.own).item())


def told_from_luck(index: FloatArray, conf: FloatArray, floor: FloatArray) -> list[str]:
    """Of each index whether it is larger than luck alone would make it; nothing where luck is not known."""
    beyond = np.where(index - conf > floor, BEYOND, WITHIN)
    return [str(word) for word in np.where(np.isnan(floor) | np.isnan(index), "", beyond)]


def hinges(policy: str, measure: Measure, axes: tuple[Axis, ...], found: Responses, own: FloatArray) -> Hinges:
    """`own` are the effect's replications at the scenario's own values, float64[replications]."""
    at_own = student(own)
    same = int((np.sign(found.means) == np.sign(at_own.mean)).sum())
    assumed = [place for place, axis in enumerate(axes) if axis.status == ASSUMED]

    def judged(reason: Reason, floor: float = np.nan, first: tuple[Hinge, ...] = ()) -> Hinges:
        return Hinges(policy, measure, method_of(found.sampling), at_own, found.means.size, same, floor, len(assumed),
                      first, reason)  # fmt: skip

    if not found.enough:
        return judged("few")
    if not assumed:
        return judged("none_assumed")
    if found.flat:
        return judged("flat")
    table = indices(found)
    main = MAIN[method_of(found.sampling)]
    index, conf, floor = table[main], table[f"{main}_conf"], table["noise_floor"]
    told = told_from_luck(index, conf, floor)
    largest = sorted(assumed, key=lambda place: (told[place] == WITHIN, -index[place]))[:MOST]
    first = tuple(
        Hinge(axes[place], float(index[place]), float(conf[place]), told[place], sign_over(found, place))
        for place in largest
    )
    if np.isnan(floor[0]):
        return judged("luck_unknown", first=first)
    return judged("" if BEYOND in {hinge.told for hinge in first} else "luck", float(floor[0]), first)


def sign_over(found: Responses, axis: int) -> str:
    """Whether the sign holds or changes between the halves of an axis' range, if it can be told in both."""
    upper = found.points[found.kept][:, :, axis] >= 0.5  # a trajectory steps by over a half: it has points in both
    signs = [_sign(found, inside) for inside in (~upper, upper)]
    if 0 in signs:
        return UNTOLD
    return HOLDS if signs[0] == signs[1] else CHANGES


def _sign(found: Responses, inside: np.ndarray) -> int:
    """1 or −1 for the mean effect of these points, 0 if it cannot be told."""
    by_unit = student(_means(found.means, inside))
    by_luck = student([_means(found.whole[:, :, number].ravel(), inside.ravel())
                       for number in range(found.whole.shape[2])])  # fmt: skip
    told = {int(np.sign(each.mean)) if each.low > 0.0 or each.high < 0.0 else 0 for each in (by_unit, by_luck)}
    return told.pop() if len(told) == 1 else 0


def _means(values: FloatArray, inside: np.ndarray) -> FloatArray:
    """Mean along the last axis of what is inside and known; NaN where nothing is."""
    known = inside & ~np.isnan(values)
    count = known.sum(axis=-1)
    return np.divide(
        np.where(known, values, 0.0).sum(axis=-1), count, out=np.full(count.shape, np.nan), where=count > 0
    )
