"""What the documentation site makes of the repository's pages: hooks that `mkdocs.yml` names.

Pages outside docs/ (the README, the changelog, the page on results) join it, links follow them, and what a page says
to `experiments.docs` in comments is taken out. A page of docs/ that the navigation does not list is put at its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT: Final = Path(__file__).resolve().parents[1]
GUESTS: Final = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "results/README.md": "results.md"}
UNLISTED: Final = "More"
TYPEFACE: Final = "chinese.woff"

_CHINESE: Final = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_LINK: Final = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_COMMENT: Final = re.compile(r"^<!--.*?-->$", re.MULTILINE)
_CODE: Final = re.compile(r"(^```.*?^```$|^(?: {4}[^\n]*\n)+|`[^`\n]*`)", re.MULTILINE | re.DOTALL)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List every page of docs/ in the navigation."""
    nav: list[Any] = list(config.nav or [])
    listed = set(pages_of(nav))
    if missing := [page.name for page in sorted(Path(config.docs_dir).glob("*.md")) if page.name not in listed]:
        nav.append({UNLISTED: missing})
    config.nav = nav
    return config


def on_post_build(config: MkDocsConfig) -> None:
    """Put the Chinese characters that the site uses beside its style sheet, for readers without such a typeface."""
    site = Path(config.site_dir)
    texts = (page.read_text(encoding="utf-8") for page in site.glob("*.html"))
    write_typeface(set().union(*(_CHINESE.findall(text) for text in texts)), site / "assets" / TYPEFACE)


def write_typeface(characters: Iterable[str], to: Path) -> None:
    """The charts' typeface with these characters alone, as WOFF."""
    from fontTools import subset
    from pylopdf_fonts_zh_cn import sans_path

    options = subset.Options(flavor="woff", layout_features=[], notdef_outline=True)
    cut = subset.Subsetter(options)
    cut.populate(text="".join(sorted(characters)))
    with subset.load_font(str(sans_path()), options) as font:
        cut.subset(font)
        subset.save_font(font, str(to), options)


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages that lie outside docs/."""
    from mkdocs.structure.files import File

    for source, page in GUESTS.items():
        files.append(File.generated(config, page, content=guest(source)))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """A page of docs/ as the site shows it."""
    uri = page.file.src_uri
    return markdown if uri in GUESTS.values() else shown(markdown, f"docs/{uri}")


def pages_of(nav: Any) -> Iterator[str]:
    """Names of all pages in a navigation of nested lists and mappings."""
    if isinstance(nav, str):
        yield nav
    else:
        for entry in nav.values() if isinstance(nav, dict) else nav:
            yield from pages_of(entry)


def guest(source: str) -> str:
    """The text of a page outside docs/, as the site shows it."""
    return shown((ROOT / source).read_text(encoding="utf-8"), source)


def shown(text: str, source: str) -> str:
    """A page without comments, its links as they are on the site; `source` is its path in the repository."""
    home = PurePosixPath(source).parent
    parts = _CODE.split(_COMMENT.sub("", text))
    return "".join(part if number % 2 else _LINK.sub(lambda link: _moved(link, home), part)
                   for number, part in enumerate(parts))  # fmt: skip


def _moved(link: re.Match[str], home: PurePosixPath) -> str:
    """A link from the site's page; what is not on the site stays as its words alone, a picture opens at full size."""
    mark, words, target = link.groups()
    path, hash_, anchor = target.partition("#")
    if not path or ":" in path:
        return link[0]
    place = normpath(str(home / path))
    there = GUESTS.get(place, place.removeprefix("docs/") if place.startswith("docs/") else None)
    if not there:
        return words
    moved = f"{mark}[{words}]({there}{hash_}{anchor})"
    return f"[{moved}]({there})" if mark else moved
