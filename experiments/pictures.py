"""A chart on disk: PNG and SVG in one language, its table as CSV, its words in every language as JSON.

The JSON holds `title`, `alt` and `footer`, each by language. Title and alternative text are also inside the
pictures: as `Title` and `Description` of the PNG, as `<title>` and `<desc>` of the SVG.
"""

from __future__ import annotations

import html
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from experiments import style as look
from experiments.labels import LANGUAGES, label
from experiments.store import replacing

_SVG_DPI: Final = 72  # what the format counts in
_WORDS: Final = ("title", "alt", "footer")


class Picture(NamedTuple):
    """What is to be saved: `titles` and `footers` have an entry a language, `draw` fills the page in one of them."""

    name: str
    data: pd.DataFrame
    titles: dict[str, str]
    footers: dict[str, str]
    draw: Callable[[Figure, str], None]
    rows: int = 0  # of named lines below each other, which may need a taller page


def publish(picture: Picture, folder: Path, lang: str) -> list[Path]:
    """Save the picture with words in `lang` in `folder`: PNG, SVG, CSV and JSON; returns the paths.

    Pictures in another language than English carry it in their names; table and words are the same in all.
    """
    stem = picture.name if lang == "en" else f"{picture.name}_{lang}"
    table, words = folder / f"{picture.name}.csv", folder / f"{picture.name}.json"
    with replacing(table) as temporary:
        picture.data.to_csv(temporary, index=False, float_format="%.10g", lineterminator="\n")
    said = words_of(picture)
    with replacing(words) as temporary:
        temporary.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    with look.styled():
        figure = look.new_figure(said["title"][lang], said["footer"][lang], lang, picture.rows)
        picture.draw(figure, lang)
        pictures = _save(figure, folder / stem, said["title"][lang], said["alt"][lang])
    return [*pictures, table, words]


def words_of(picture: Picture) -> dict[str, dict[str, str]]:
    """Title, alternative text and footer by language; the text says what is drawn, what it shows, and of how much."""
    said: dict[str, dict[str, str]] = {word: {} for word in _WORDS}
    for lang in LANGUAGES:
        title = picture.titles[lang]
        said["title"][lang] = title[0].upper() + title[1:]
        said["footer"][lang] = picture.footers[lang]
        parts = {"drawn": label(f"alt_{kind_of(picture.name)}", lang), "title": said["title"][lang]}
        said["alt"][lang] = label("alt", lang, **parts, footer=picture.footers[lang])
    return said


def kind_of(name: str) -> str:
    """Which chart this is, of those of which there may be several."""
    return name.split(".")[0]


def _save(figure: Figure, stem: Path, title: str, alt: str) -> list[Path]:
    """The figure as `stem`.png and `stem`.svg, without time stamps.

    Each canvas draws once. `Figure.savefig` would draw twice for each format and lay out anew.
    """
    png, svg = stem.with_name(stem.name + ".png"), stem.with_name(stem.name + ".svg")
    with replacing(png) as temporary:
        FigureCanvasAgg(figure).print_png(temporary, metadata={"Software": None, "Title": title, "Description": alt})
    figure.set_layout_engine("none")  # the same for both, and it takes long to find
    figure.dpi = _SVG_DPI
    text = io.StringIO()
    FigureCanvasSVG(figure).print_svg(text, metadata={"Date": None, "Creator": None, "Title": title})
    described = f"</title>\n <desc>{html.escape(alt, quote=False)}</desc>"
    with replacing(svg) as temporary:
        temporary.write_text(text.getvalue().replace("</title>", described, 1), encoding="utf-8")
    return [png, svg]
