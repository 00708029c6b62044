"""The report in a real browser: it opens without a network, switches its language, fits a narrow window, prints."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from report_pages import HOSTILE, charts_of, made

from experiments import report

CHROMIUM = Path("/usr/bin/chromium")
HOW = "these tests need Debian's Chromium at /usr/bin/chromium: apt-get install --no-install-recommends chromium"
WIDTHS = (1200, 360)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 418"><path id="p" d="M 0 0 L 72 41"/></svg>'


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report whose names are hostile, with pictures whose identifiers are all alike."""
    folder = tmp_path_factory.mktemp("report")
    source = made(folder, failed=1, policies=("baseline", "relending"), replications=2, firms=20)
    assert source.compared is not None
    source.said["experiment"] = HOSTILE[0]
    source.compared.told.titles["relending"] = (HOSTILE[1], HOSTILE[3])
    charts = charts_of(source)
    (folder / "charts").mkdir()
    for name in charts:
        (folder / "charts" / f"{name}.svg").write_text(SVG, encoding="utf-8")
    page = folder / report.PAGE
    page.write_text(report.rendered(source, charts, "en", folder), encoding="utf-8")
    return page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM.exists(), HOW
    with sync_playwright() as driver:
        # A root user has no sandbox to run it in; the page is our own.
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        made = driver.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        yield made
        made.close()


@pytest.fixture
def page(browser: Browser, file: Path) -> Iterator[tuple[Page, list[str]]]:
    """The report, opened offline, and all that the browser complained of or asked others for."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, offline=True)
    opened, heard = context.new_page(), []
    opened.on("console", lambda message: heard.append(message.text))
    opened.on("pageerror", lambda error: heard.append(str(error)))
    opened.on("request", lambda asked: None if asked.url.startswith(("file:", "data:")) else heard.append(asked.url))
    opened.goto(file.as_uri())
    yield opened, heard
    context.close()


def test_opens_offline_without_a_word_on_the_console(page: tuple[Page, list[str]]) -> None:
    opened, heard = page
    assert opened.evaluate("document.fonts.ready.then(() => document.fonts.check('16px \"Report Sans\"'))")
    assert (
        opened.evaluate("[...document.images].filter(image => image.offsetParent && !image.naturalWidth).length") == 0
    )
    assert opened.locator("img:visible").count() > 0 and heard == []


def test_hostile_text_runs_nothing_and_is_seen(page: tuple[Page, list[str]]) -> None:
    opened, _ = page
    assert opened.title().startswith(HOSTILE[0])
    assert opened.locator("script").count() == 0
    said = opened.locator("body").inner_text()
    assert HOSTILE[0] in said and HOSTILE[1] in said


def test_language_switches_by_mouse_and_by_key(page: tuple[Page, list[str]]) -> None:
    opened, _ = page
    assert opened.get_by_role("heading", name="In short").is_visible()
    opened.locator("label[for=show-zh]").click()
    assert opened.get_by_role("heading", name="要点").is_visible()
    assert not opened.locator("h2 .en").first.is_visible()
    opened.keyboard.press("ArrowLeft")
    assert opened.get_by_role("heading", name="In short").is_visible()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_window_is_too_narrow(page: tuple[Page, list[str]], width: int, lang: str) -> None:
    opened, _ = page
    opened.set_viewport_size({"width": width, "height": 800})
    opened.locator(f"label[for=show-{lang}]").click()
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    boxes = (
        "[...document.querySelectorAll('.scroll')].filter(box => box.getBoundingClientRect().right > innerWidth + 1)"
    )
    assert opened.evaluate(f"{boxes}.length") == 0


def test_prints_on_a_sane_number_of_pages(page: tuple[Page, list[str]]) -> None:
    opened, _ = page
    pages = len(re.findall(rb"/Type\s*/Page\b", opened.pdf(prefer_css_page_size=True)))
    assert 4 <= pages <= 30
