"""The documentation site builds strictly, without a network, and holds every page; its recipes and levers are real."""

import re
import socket
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from mkdocs.commands.build import build
from mkdocs.config import load_config

from experiments import docs, lever_evidence, record, site_pages
from experiments.config import load
from experiments.describe import describe
from experiments.firm_files import own_firms
from experiments.policy_gallery import POLICY_CHARTS
from experiments.scale import modelled_loans
from policies.catalogue import INSTRUMENTS

ROOT = docs.FOLDER.parent
RECIPES = sorted(docs.COOKBOOK.glob("*.yaml"))
COOKBOOK = (docs.FOLDER / "cookbook.md").read_text(encoding="utf-8")


class Loaded(HTMLParser):
    """What a page makes the browser load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "img", "iframe", "source"):
            self.found.append(given.get("src") or "")
        elif tag == "link":
            self.found.append(given.get("href") or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly in a process that can't reach any other machine."""
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_MKDOCS_2_WARNING", "1")
        patch.setattr(socket.socket, "connect", lambda *_: pytest.fail("the site's build wants a network"))
        build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder), strict=True))
    return folder


@pytest.mark.slow
def test_the_site_has_every_page_and_all_are_in_its_navigation(site: Path) -> None:
    pages = {page.stem for page in docs.FOLDER.glob("*.md")} | {Path(name).stem for name in site_pages.GUESTS.values()}
    assert pages <= {page.stem for page in site.glob("*.html")}
    linked = set(re.findall(r'href="([\w-]+)\.html" class="md-nav__link"', (site / "limits.html").read_text("utf-8")))
    assert pages - {"limits"} <= linked


@pytest.mark.slow
def test_pages_load_nothing_from_a_network_and_show_no_comments(site: Path) -> None:
    for page in site.glob("*.html"):
        loaded = Loaded()
        loaded.feed(page.read_text(encoding="utf-8"))
        assert [address for address in loaded.found if "//" in address] == [], page.name
        assert "generated:" not in page.read_text(encoding="utf-8"), page.name
    assert not [sheet for sheet in site.rglob("*.css") if re.search(r"url\([\"']?https?:", sheet.read_text("utf-8"))]


@pytest.mark.slow
def test_the_site_brings_its_chinese_characters(site: Path) -> None:
    used = set(re.findall("[\u4e00-\u9fff]", "".join(page.read_text("utf-8") for page in site.glob("*.html"))))
    with TTFont(site / "assets" / site_pages.TYPEFACE) as font:
        assert used and {ord(character) for character in used} <= set(font.getBestCmap())
    assert site_pages.TYPEFACE in (site / "assets" / "site.css").read_text(encoding="utf-8")


def test_what_a_page_links_to_is_where_the_site_has_it() -> None:
    text = (
        "[a](docs/model.md#x) [b](results/README.md) ![c](docs/p/q.png) [d](agents/firm.py) [e](#y) `[f](docs/z.md)`\n"
    )
    assert site_pages.shown(text, "README.md") == (
        "[a](model.md#x) [b](results.md) [![c](p/q.png)](p/q.png) d [e](#y) `[f](docs/z.md)`\n"
    )
    assert site_pages.shown("[a](../README.md) [b](evidence.md)", "docs/levers.md") == "[a](index.md) [b](evidence.md)"
    assert site_pages.shown("<!-- generated: x -->\n| a |\n<!-- end: x -->\n", "docs/x.md") == "\n| a |\n\n"


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_is_valid_and_answers_a_question(path: Path) -> None:
    experiment = load(path)
    assert experiment.name == path.stem and experiment.question and len(experiment.policies) > 1
    own = own_firms(experiment, 0)
    said = describe(experiment, modelled_loans(experiment), 1, own[1] if own else None)
    assert "runs" in said and "time" in said
    assert f"<!-- generated: recipe_{path.stem} -->" in COOKBOOK


def test_the_cookbook_has_twelve_recipes_and_names_charts_that_exist() -> None:
    assert len(re.findall(r"^## \d+\. ", COOKBOOK, re.MULTILINE)) == len(RECIPES) == 12
    named = set(re.findall(r"`(policies_\w+)`", COOKBOOK))
    assert named and named <= set(POLICY_CHARTS)
    for part in re.split(r"^## \d+\. ", COOKBOOK, flags=re.MULTILINE)[1:]:
        assert "**Read**" in part


def test_every_lever_says_its_break_even_and_what_was_measured_or_that_nothing_was() -> None:
    assert set(lever_evidence.LINES) == set(INSTRUMENTS)
    kept = load(lever_evidence.CONFIGS / "evidence.yaml").policies
    assert set(lever_evidence.IN_EVIDENCE.values()) <= set(kept)
    four = load(lever_evidence.CONFIGS / "four_levers_full.yaml")
    for name in INSTRUMENTS:
        rows = list(lever_evidence.rows(name))
        assert any(hand for _, hand, *_ in rows), name
        measured = any(seen for _, _, seen, *_ in rows)
        assert measured != (lever_evidence.sources(name) == [lever_evidence.NOT_MEASURED]), name
        assert any(line.seen for line in lever_evidence.LINES[name]) == (name in lever_evidence.IN_EVIDENCE)
    for name, (policy, other) in lever_evidence.IN_FOUR_LEVERS.items():
        assert set(four.reforms[policy]) == {name, other} - {""}


def test_the_recorded_four_levers_are_those_of_the_configuration() -> None:
    """Their cards name the configuration that made them."""
    made = record.read_back("run").set_index("what")["value"]["config"]
    assert made == load(lever_evidence.CONFIGS / "four_levers_full.yaml").digest()


def test_recorded_figures_on_cards_are_those_of_the_tables() -> None:
    rows = {what: (hand, seen) for what, hand, seen, *_ in lever_evidence.rows("risk_compensation_pool")}
    cover = lever_evidence._tables()["cover"]
    seen_apr, hand_apr = (
        cover.loc[("pool", "covered less uncovered loan", measure), "mean"].item()
        for measure in ("APR", "break-even and fee by hand (oracle 3)")
    )
    hand, seen = rows["APR of a covered less an uncovered loan, share 50 %"]
    for told, recorded in ((seen, seen_apr), (hand, hand_apr)):
        assert told.split("±")[0] == f"{recorded:.1f}".replace("-", "−")
