"""The page's typeface: the characters it uses, cut out of the font that the charts use, as a data URI.

So Chinese shows on a machine that has no Chinese font, and English looks the same everywhere.
"""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Iterable
from typing import Final

from fontTools import subset
from fontTools.ttLib import TTFont
from pylopdf_fonts_zh_cn import sans_path

_STAMP: Final = 3_786_912_000  # seconds since 1904; no time stamp: the same page has the same font


def font_uri(characters: Iterable[str]) -> str:
    """The font with `characters` that it has, as WOFF; others are left to the reader's machine."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    options = subset.Options(layout_features=["kern", "palt"], notdef_outline=True, desubroutinize=True, hinting=False)
    options.drop_tables += ["DSIG", "VORG", "vhea", "vmtx", "BASE"]
    cut = subset.Subsetter(options)
    cut.populate(unicodes={ord(character) for character in characters})
    written = io.BytesIO()
    with TTFont(sans_path(), recalcTimestamp=False, lazy=True) as font:
        cut.subset(font)
        font["head"].modified = _STAMP  # pyright: ignore[reportAttributeAccessIssue] (its tables are made when read)
        font.flavor = "woff"
        font.save(written)
    return "data:font/woff;base64," + base64.b64encode(written.getvalue()).decode("ascii")
