"""What a report's page is made of: texts in both languages, tables, figures, sections; and numbers for people.

Nothing here is HTML: the template turns these into tags and escapes every text, so that names from a configuration
stay text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from agents.numeric import FEN
from experiments.headline import NO_DECIMALS, number
from experiments.money import MILLION, YI, chinese_unit, said
from experiments.paired import HIGHER, LOWER

GOOD, BAD, CLEAR, FAINT, PLAIN = "good", "bad", "clear", "faint", ""
DASH: Final = "–"


class Text(NamedTuple):
    """The same in English and in Chinese."""

    en: str
    zh: str


class Cell(NamedTuple):
    """A table's cell: its text, its tone (`GOOD`, `BAD`, `CLEAR`, `FAINT`, `PLAIN`) and a smaller line below.

    `href` is where that line leads to.
    """

    text: Text
    tone: str = PLAIN
    note: Text | None = None
    href: str = ""


class Link(NamedTuple):
    """A file beside the report; `href` empty where there is no way to it."""

    name: str
    href: str
    about: Text


@dataclass(frozen=True)
class Table:
    """Rows under heads; the first column names the row. A row of one cell spans the table as a heading."""

    caption: Text
    heads: Sequence[Text]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[Text] = ()
    words: int = 1  # so many columns from the left hold words and are set to the left, the others numbers
    kind: str = "table"


@dataclass(frozen=True)
class Prose:
    """Paragraphs, or a list of points."""

    texts: Sequence[Text]
    points: bool = False
    tone: str = PLAIN
    kind: str = "prose"


@dataclass(frozen=True)
class Terms:
    """A list of terms with what each means, and its anchor."""

    rows: Sequence[tuple[Text, Text]]
    key: str = ""
    kind: str = "terms"


@dataclass(frozen=True)
class Figure:
    """A picture in both languages as data URIs, what it shows in words, and the file of its data."""

    pictures: Text
    alt: Text
    data: Link
    kind: str = "figure"


@dataclass(frozen=True)
class Code:
    """Commands to type."""

    lines: Sequence[str]
    kind: str = "code"


@dataclass(frozen=True)
class Links:
    """Files beside the report."""

    rows: Sequence[Link]
    kind: str = "links"


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    text: Text
    kind: str = "heading"


Block = Table | Prose | Terms | Figure | Code | Links | Heading


@dataclass
class Section:
    """A part of the page with an anchor."""

    key: str
    title: Text
    blocks: list[Block] = field(default_factory=list)


def same(text: object) -> Text:
    """A text that is the same in both languages: a name, a number."""
    return Text(str(text), str(text))


def joined(parts: Sequence[Text], en: str = "; ", zh: str = "；") -> Text:
    """Texts one after another."""
    return Text(en.join(part.en for part in parts), zh.join(part.zh for part in parts))


# --- Numbers --------------------------------------------------------------------------------------------------


class Unit(NamedTuple):
    """How a quantity is shown in both languages: factor to the unit, the unit, digits."""

    factor: tuple[float, float]
    name: Text
    digits: tuple[int, int] = (1, 1)


def money_unit(fen: Sequence[float], large: float = 10.0 * YI.yuan) -> Unit:
    """m CNY, and 亿元 or 万元 by the largest of the amounts: 亿元 from `large` yuan on.

    In Chinese as many digits are shown as in English, so that both leave 0 out of an interval or neither.
    """
    known = [abs(value) for value in fen if np.isfinite(value)]
    most = max(known, default=0.0) / FEN
    chinese = chinese_unit(most, large)
    return Unit(
        (1.0 / (MILLION * FEN), 1.0 / (chinese.yuan * FEN)),
        Text("m CNY", chinese.name),
        (1 if most >= MILLION else 2, 3 if chinese == YI else chinese.digits),
    )


def amount(value: float, unit: Unit, signed: bool = False) -> Text:
    """A number in `unit` without the unit; a dash for NaN."""
    (en, zh), (digits, more) = unit.factor, unit.digits
    if abs(value * en) >= NO_DECIMALS:
        more = max(more - digits, 0)  # English drops its decimals
    return Text(number(value * en, digits, signed), number(value * zh, more, signed))


def money(fen: float) -> Text:
    """An amount with its unit."""
    if not np.isfinite(fen):
        return same(DASH)
    millions = fen / (MILLION * FEN)
    english = said(millions, "en", 1 if abs(millions) >= 1.0 else 2)
    return Text(f"{english} m CNY", said(millions, "zh"))


def effect(value: float, low: float, high: float, unit: Unit) -> tuple[Text, Text | None]:
    """A difference, and the interval it stands in; no interval where there is none."""
    if not np.isfinite(value):
        return same(DASH), None
    shown = amount(value, unit, signed=True)
    if not (np.isfinite(low) and np.isfinite(high)):
        return shown, None
    if low == high == value:
        return shown, None
    return shown, span(low, high, unit)


def span(low: float, high: float, unit: Unit) -> Text | None:
    """From `low` to `high`; None if both are shown as 0."""
    ends = amount(low, unit), amount(high, unit)
    if ends[0].en == ends[1].en == "0":
        return None
    return Text(f"{ends[0].en} to {ends[1].en}", f"{ends[0].zh}至{ends[1].zh}")


def tone_of(verdict: str, good: int = 0) -> str:
    """How a difference is toned: `good` is +1 where more is better, -1 where less is, 0 where neither."""
    if verdict not in (HIGHER, LOWER):
        return FAINT
    sign = 1 if verdict == HIGHER else -1
    return CLEAR if good == 0 else GOOD if sign == good else BAD


def known(verdict: str) -> bool:
    """Whether a verdict says that something moved."""
    return verdict in (HIGHER, LOWER)
