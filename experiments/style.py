"""How every chart looks: one palette, one typeface, one frame of title, picture and footer.

The typeface comes with a package, so Chinese shows on a machine that has no Chinese font, and English looks
the same everywhere. It has one weight; size and tone make the hierarchy.
"""

import re
import textwrap
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, Final

import matplotlib
import numpy as np
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, MaxNLocator
from pylopdf_fonts_zh_cn import sans_path

# Okabe and Ito (2008), told apart by colour-blind readers; neighbours in a chart also differ in lightness.
BLACK, GREY, PALE = "#1A1A1A", "#5C5C5C", "#D0D0D0"
BLUE, SKY, GREEN, ORANGE, VERMILLION, PURPLE = (
    "#0072B2",
    "#56B4E9",
    "#009E73",
    "#E69F00",
    "#D55E00",
    "#CC79A7",
)
YELLOW: Final = "#F0E442"
WHITE: Final = "#FFFFFF"
WIDTH, HEIGHT, DPI = 10.0, 5.8, 160  # inches, inches, dots per inch
ROWS, ROW = 8, 0.28  # named rows that a page holds, and inches for each further one or each less
FEWEST_ROWS: Final = 3  # a page is no lower than for so many
TITLE, HEADING, SMALL = 14.0, 10.5, 8.5  # points
LINE_CHARACTERS: Final = {
    "en": (98, 168),
    "zh": (47, 79),
}  # that fit the width, in the title and in the footer; Latin ones count half in Chinese

_CHINESE: Final = re.compile("[\u4e00-\u9fff]")
_BEFORE_UNIT: Final = re.compile(r"(?<=\d) (?=(?:bp|points|days)\b|%)")
_STOPS: Final = "）；，。、：”／"
_STAR: Final = "(?:\u00a0[*·])?"
# Words that titles and footers are made of, longer ones first where one begins another; no line breaks inside them.
_WORDS: Final = (
    "中小微企业|核心企业|供应商|放贷机构|公共部门|银行|企业|产业链|现行政策|政策|组合|资金需求|融资需求|需求|综合成本|公共成本|融资成本|年化成本|成本|"
    "融资缺口|中位数|资金池|信贷|贷款|借款|账款|票据|存款|资本|补贴|提款|损失|承担|提供|价格|销售|流向|逾期|倒闭|陷入|困境|受益|受损|多于|无法|可与|"
    "区分|下降|上升|最多|最大|变化|影响|效应|差异|明显|没有|估计|平均|余额|数量|比例|增加额|折算|对应|每年|合计|全部|重复|区间|均值|配对|运行|"
    "评估期|预热|置信|随机误差|误差|参数|取值|符号|相同|结论|取决于|四舍五入|首次|用满|月份|额度|预算|括号|此前|此后|其中|以下|首行|扣除|重叠|相差|"
    "高于|低于|交互作用|[一二三]级"
)
_COUNTED: Final = "(?:个?(?:百分点|基点|月)|[百亿万]*元|[项次天家对年])?"  # what a number is of
_TOKEN: Final = re.compile(f"[“（]*(?:第?[!-~\u00a0·−±–]+{_COUNTED}|{_WORDS}|.)[{_STOPS}]*{_STAR}")
_LATIN: Final = re.compile("[ -~\u00a0]")


@cache
def typeface() -> str:
    """Name of the one typeface, known to Matplotlib from then on."""
    path = str(sans_path())
    font_manager.fontManager.addfont(path)
    return font_manager.FontProperties(fname=path).get_name()


def styled() -> AbstractContextManager[None]:
    """Matplotlib's settings while a chart is drawn and saved."""
    return matplotlib.rc_context(
        {
            "font.family": [typeface()],
            "font.size": 10.0,
            "text.color": BLACK,
            "axes.edgecolor": GREY,
            "axes.labelcolor": GREY,
            "axes.labelsize": 9.5,
            "axes.titlesize": HEADING,
            "axes.titlelocation": "left",
            "axes.titlepad": 8.0,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "xtick.color": GREY,
            "ytick.color": GREY,
            "xtick.labelsize": 9.5,
            "ytick.labelsize": 9.5,
            "grid.color": "#E6E6E6",
            "grid.linewidth": 0.8,
            "hatch.linewidth": 0.6,
            "svg.fonttype": "path",  # the reader's machine need not have the typeface
            "svg.hashsalt": "finflow",  # the same data give the same file
        }
    )


def new_figure(title: str, footer: str, lang: str, rows: int = 0) -> Figure:
    """A page with its title at the top and its footer at the foot, and a layout that keeps clear of both.

    It is as tall as its named rows below each other need, `ROWS` of them if none are given.
    """
    height = HEIGHT + ROW * (max(rows or ROWS, FEWEST_ROWS) - ROWS)
    figure = Figure(figsize=(WIDTH, height), dpi=DPI)
    heading, foot = balanced(title, LINE_CHARACTERS[lang][0]), lines_of(footer, LINE_CHARACTERS[lang][1])
    top = _paragraph(figure, heading, 1.0 - 0.2 / height, size=TITLE, va="top")
    bottom = _paragraph(figure, foot, 0.145 / height, size=SMALL, va="bottom", color=GREY)
    clear = (0.012, bottom + 0.07 / height, 0.976, top - bottom - 0.174 / height)  # left, bottom, width, height
    figure.set_layout_engine(ConstrainedLayoutEngine(rect=clear, w_pad=0.06, h_pad=0.06, wspace=0.04))
    return figure


def _paragraph(figure: Figure, lines: list[str], y: float, **font: Any) -> float:
    """Lines of text; the height of the page at which they end."""
    figure.text(0.02, y, "\n".join(lines), linespacing=1.3, **font)
    height = len(lines) * 1.35 * font["size"] / 72.0 / figure.get_figheight()
    return y - height if font["va"] == "top" else y + height


def lines_of(text: str, width: int) -> list[str]:
    """Lines of at most `width` characters, if no word is longer; Chinese breaks before no stop, and a number keeps its
    unit.
    """
    if not _CHINESE.search(text):
        return textwrap.wrap(_BEFORE_UNIT.sub("\u00a0", text), width, break_on_hyphens=False)
    lines = [""]
    for token in _TOKEN.findall(text):
        if _wide(lines[-1] + token) > width and lines[-1]:
            lines.append(token.lstrip(" \u00a0"))
        else:
            lines[-1] += token
    return lines


def balanced(text: str, width: int) -> list[str]:
    """As few lines as `lines_of` makes, about equally long, so that no last word stands alone."""
    lines = lines_of(text, width)
    for narrower in range(width - 1, width // 2, -1):
        if len(tried := lines_of(text, narrower)) > len(lines):
            break
        lines = tried
    return lines


def _wide(text: str) -> float:
    """How many Chinese characters are as wide as `text`."""
    return len(text) - 0.45 * len(_LATIN.findall(text))


def spread(places: list[float], gap: float, low: float, high: float) -> list[float]:
    """Places moved until neighbours are `gap` apart, in the same order, within low to high if they fit.

    Neighbours that touch form a block; each block sits at the mean of what its members asked for.
    """
    order = np.argsort(places, kind="stable")
    blocks: list[list[float]] = []  # where each member of a block would have the block's first one be
    for rank, index in enumerate(order):
        blocks.append([places[index] - rank * gap])
        while len(blocks) > 1 and np.mean(blocks[-2]) > np.mean(blocks[-1]):
            last = blocks.pop()
            blocks[-1] += last
    starts = np.repeat([np.mean(block) for block in blocks], [len(block) for block in blocks])
    starts = np.maximum(np.minimum(starts, high - (len(places) - 1) * gap), low)
    moved = np.empty(len(places))
    moved[order] = starts + gap * np.arange(len(places))
    return [float(place) for place in moved]


def readable_on(colour: str) -> str:
    """Black or white, whichever stands out more from `colour` (luminance after WCAG 2)."""
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ [0.2126, 0.7152, 0.0722])
    return WHITE if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else BLACK


def bare_rows(axes: Axes, rows: np.ndarray, names: list[str]) -> None:
    """Named rows from the top down, without ticks, for horizontal bars."""
    axes.set_yticks(rows, names)
    axes.set_ylim(rows[-1] + 0.6, rows[0] - 0.6)
    axes.tick_params(axis="y", length=0, labelcolor=BLACK)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")


def key(axes: Axes, columns: int) -> None:
    """The colours' names in one line above the panel, in the order of stacking."""
    legend = axes.legend(
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=columns,
        frameon=False,
        borderpad=0.0,
        borderaxespad=0.6,
        handlelength=0.9,
        handleheight=0.9,
        handletextpad=0.5,
        columnspacing=1.5,
    )
    legend.set_in_layout(False)  # it may be wider than its panel; the panel's title leaves the height for it


def plain_ticks(axes: Axes, most: int, factor: float = 1.0) -> None:
    """At most so many round values below the panel, without zeros that say nothing; shown `factor` times as large."""
    axes.xaxis.set_major_locator(MaxNLocator(most, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{factor * value:,g}".replace("-", "−")))


def interval(axes: Axes, table: pd.DataFrame, rows: np.ndarray, markersize: float = 0.0) -> None:
    """The intervals of horizontal bars as lines, with a dot at the mean if that has a size."""
    half = (table["high"] - table["mean"]).to_numpy()
    known = np.isfinite(half)
    means = table["mean"].to_numpy()[known]
    whiskers = {"color": BLACK, "elinewidth": 1.1, "capsize": 2.5}
    axes.errorbar(means, rows[known], xerr=half[known], fmt="o", markersize=markersize, **whiskers)


def beside(axes: Axes, x: float, row: float, text: str, **font: Any) -> None:
    """Text a little to the right of a bar's end."""
    axes.annotate(text, (x, row), xytext=(7, 0), textcoords="offset points", va="center_baseline", **font)


def within(lines: pd.DataFrame, most: float = np.inf) -> tuple[float, float]:
    """From where to where an axis shows lines (`mean`) with their bands (`low` to `high`), at most up to `most`.

    A band of few replications may be many times wider than the lines are apart; it is then cut off.
    """
    low, high = lines["mean"].min(), lines["mean"].max()
    if not np.isfinite(low):
        return 0.0, 1.0
    room = max(high - low, 0.05 * abs(high), 1e-9)
    bottom = max(np.nanmin([low, lines["low"].min()]), low - room) - 0.05 * room
    top = min(np.nanmax([high, lines["high"].max()]), high + room, most) + 0.05 * room
    return bottom, top


def amount(value: float) -> str:
    """A number with the digits one reads: 1,234, 56, 7.8, 0.12, 0, and what rounds to 0 without being it as ≈0."""
    size = abs(value)
    if 0.0 < size < 0.005:
        return "≈0"
    digits = 0 if size >= 10.0 or size == 0.0 else 1 if size >= 1.0 else 2
    return f"{value:,.{digits}f}"
