"""Names beside the points of a scatter, where they cover as little as possible."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox

from experiments import style as look

SIZE: Final = 8.5  # points
CHARACTERS: Final = {True: 20, False: 10}  # of a name in a line, by whether it is in Latin letters alone
# Places of a name: how far from its point, in points, and in which directions.
_DISTANCES: Final = (6.0, 9.0, 13.0, 18.0, 24.0, 31.0, 40.0, 50.0, 62.0, 76.0)
_ANGLES: Final = np.arange(24) * np.pi / 12.0
_MARKER: Final = 4.5  # points from a marker's middle to its edge
_FAR: Final = 11.0  # points between a point and its name from which on a line joins them
# What it costs to cover a name, a marker, a cross; to be nearer to another point; to leave the panel; each point away.
_NAME, _COVERED, _CROSS, _NEARER, _OUTSIDE, _AWAY = 200.0, 100.0, 8.0, 60.0, 1000.0, 1.0

Float = npt.NDArray[np.float64]


class Named(NamedTuple):
    """A point in data units, the halves of its cross, its name and the name's colour."""

    x: float
    y: float
    half_x: float
    half_y: float
    name: str
    ink: str


def name_points(axes: Axes, points: list[Named]) -> None:
    """Write the names, the most crowded first. Lays the figure out: the size of its panels is final afterwards."""
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ValueError("the panel is on no figure")
    figure.draw_without_rendering()
    room = _Room(axes, points, figure.dpi / 72.0)
    apart = np.linalg.norm(room.middles[:, None] - room.middles, axis=2)
    for index in np.argsort(np.sort(apart, axis=1)[:, : min(len(points), 3)].sum(axis=1), kind="stable"):
        point = points[index]
        font: dict[str, Any] = {"size": SIZE, "color": point.ink, "linespacing": 1.1, "va": "center", "ha": "center"}
        name = "\n".join(look.lines_of(point.name, CHARACTERS[point.name.isascii()]))
        shown = axes.annotate(name, (point.x, point.y), (0, 0), textcoords="offset points", zorder=5, **font)
        shown.set_path_effects([withStroke(linewidth=2.0, foreground=look.WHITE)])
        shown.set_in_layout(False)
        extent = shown.get_window_extent()
        box = room.place(int(index), extent.width, extent.height)
        middle = np.array([(box.x0 + box.x1) / 2.0, (box.y0 + box.y1) / 2.0])
        offset = (middle - room.middles[index]) / room.scale
        shown.set_position((float(offset[0]), float(offset[1])))
        if _gap(box, room.middles[index]) > _FAR * room.scale:
            end = (_nearest(box, room.middles[index]) - room.middles[index]) / room.scale
            thin: dict[str, Any] = {"arrowstyle": "-", "color": look.GREY, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 4}
            line = axes.annotate("", (point.x, point.y), (end[0], end[1]), textcoords="offset points", arrowprops=thin)
            line.set_in_layout(False)


class _Room:
    """What stands in a panel, in pixels, `scale` of them a point; names are added as they are placed."""

    def __init__(self, axes: Axes, points: list[Named], scale: float):
        self.scale, self.panel = scale, axes.get_window_extent()
        to_pixels = axes.transData.transform
        self.middles: Float = to_pixels([(point.x, point.y) for point in points])
        ends = to_pixels([(point.x + point.half_x, point.y + point.half_y) for point in points])
        self.markers = [_around(middle, _MARKER * scale, _MARKER * scale) for middle in self.middles]
        bars = [(middle, *half) for middle, half in zip(self.middles, ends - self.middles, strict=True)]
        bars.append((to_pixels((0.0, 0.0)), self.panel.width, self.panel.height))  # where nothing changes
        self.bars = [_around(middle, across, scale) for middle, across, _ in bars]
        self.bars += [_around(middle, scale, up) for middle, _, up in bars]
        self.names: list[Bbox] = []
        self.lines: list[Float] = []

    def place(self, index: int, width: float, height: float) -> Bbox:
        """The cheapest place of the name of a point; it is taken from then on."""
        half = np.array([width, height]) / 2.0
        sides = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)])
        places = [
            _around(self.middles[index] + side * (far * self.scale + half), half[0], half[1])
            for far in _DISTANCES
            for side in sides
        ]
        best = min(places, key=lambda box: self._price(index, box))
        self.names.append(best.padded(self.scale))
        self.lines.append(self._line(index, best))
        return best

    def _price(self, index: int, box: Bbox) -> float:
        own, others = self.middles[index], np.delete(self.middles, index, axis=0)
        gap, line = _gap(box, own), self._line(index, box)
        nearer = sum(_gap(box, other) < gap + 3.0 * self.scale for other in others)
        inside = [box.x0 >= self.panel.x0, box.x1 <= self.panel.x1, box.y0 >= self.panel.y0, box.y1 <= self.panel.y1]
        price = _NAME * box.count_overlaps(self.names) + _COVERED * box.count_overlaps(self.markers)
        price += _CROSS * box.count_overlaps(self.bars) + _NEARER * nearer + _OUTSIDE * (not all(inside))
        on_line = np.linspace(line[0], line[1], 20)[2:]
        price += _NAME * sum(_holds(name, on_line) for name in self.names)
        markers = [marker for place, marker in enumerate(self.markers) if place != index]
        price += _COVERED * sum(_holds(marker, on_line) for marker in markers)
        price += _COVERED * sum(_crossing(line, other) for other in self.lines)
        return price + _AWAY * gap / self.scale

    def _line(self, index: int, box: Bbox) -> Float:
        return np.array([self.middles[index], _nearest(box, self.middles[index])])


def _around(middle: Float, half_width: float, half_height: float) -> Bbox:
    x, y = middle
    return Bbox.from_extents(x - half_width, y - half_height, x + half_width, y + half_height)


def _nearest(box: Bbox, point: Float) -> Float:
    """The point of a box that is nearest to another."""
    return np.clip(point, box.min, box.max)


def _gap(box: Bbox, point: Float) -> float:
    return float(np.linalg.norm(_nearest(box, point) - point))


def _holds(box: Bbox, points: Float) -> bool:
    """Whether any of the points lies in a box."""
    return bool(((points >= box.min) & (points <= box.max)).all(axis=1).any())


def _crossing(one: Float, other: Float) -> bool:
    """Whether two straight lines, each from its first to its second point, cross."""

    def side(line: Float, point: Float) -> float:
        (x, y), (across, up) = line[0], line[1] - line[0]
        return np.sign(across * (point[1] - y) - up * (point[0] - x))

    return bool(side(one, other[0]) != side(one, other[1]) and side(other, one[0]) != side(other, one[1]))
