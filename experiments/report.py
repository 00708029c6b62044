"""A results folder as one page that opens without a network, in English and Chinese, for people who decide."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from experiments.compare import write
from experiments.labels import LANGUAGES
from experiments.report_apart import apart_said
from experiments.report_breakeven import hand_blocks
from experiments.report_effects import effects_section, levels_table, short_section
from experiments.report_figures import Words, add_figures, charts_of, draw
from experiments.report_firms import losses_section, people_section
from experiments.report_font import font_uri
from experiments.report_guard import filled
from experiments.report_levers import levers_section
from experiments.report_money import value_section
from experiments.report_page import Prose, Section, Text, same
from experiments.report_source import DIGEST, Source, read
from experiments.report_trust import glossary_section, limits_section, reproduce_section, trust_section
from experiments.report_words import W
from experiments.store import Store, replacing
from experiments.workbook import write_workbook

PAGE: Final = "report.html"
_GAP: Final = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])")
# Whose finding is the page's title: what policies do, else what a failure does, else what there is.
_TITLE_CHARTS: Final = ("policies_cost", "policies_contagion", "price_of_credit")


def write_report(store: Store, lang: str = "en", out: Path | None = None) -> Path:
    """Write the report of `store` to `out`, or into its folder, and return where; `lang` is what it shows first.

    Leaves charts in both languages, and tables if there is something to compare, in the folder. Raises `StoreError` if
    this is no results folder or the page can't be written.
    """
    source = read(store)
    page = out or store.path / PAGE
    if source.compared:
        write(source.compared, store)
        write_workbook(source.compared, store.path / "headline.xlsx")
    draw(source)
    text = rendered(source, charts_of(source), lang, page.parent)
    with replacing(page) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return page


def rendered(source: Source, charts: dict[str, Words], lang: str, beside: Path) -> str:
    """The page as HTML; `charts` are the words of those that lie in the run's folder."""
    sections = sections_of(source, beside)
    add_figures(source, charts, sections, linked=source.store.path.resolve() == beside.resolve())
    template = _environment().get_template(PAGE)
    content: dict[str, Any] = {
        "lang": lang,
        "languages": LANGUAGES,
        "title": title(source, charts),
        "name": name(source),
        "question": _question(source),
        "about": _about(source),
        "banner": _banner(source),
        "sections": sections,
        "words": W,
    }
    plain = template.render(content, font="")
    return template.render(content, font=font_uri(set(plain)))


def sections_of(source: Source, beside: Path) -> list[Section]:
    """All that the page tells, in the order in which one decides."""
    if source.compared:
        effects = effects_section(source)
        if said := apart_said(source):
            effects.blocks.append(Prose(said, tone="note"))
        effects.blocks += hand_blocks(source)
        told = [short_section(source), levers_section(source), effects, value_section(source), people_section(source),
                losses_section(source)]  # fmt: skip
    elif len(source.summary):
        only = set(source.runs["policy"]) == {"baseline"}
        first = Section("answers", W["answers"], [Prose([W["baseline_only" if only else "not_compared"]])])
        first.blocks.append(levels_table(source))
        told = [first, levers_section(source), losses_section(source)]
    else:
        told = [Section("answers", W["answers"], [Prose([W["nothing_done"]])]), levers_section(source)]
    law = Section("law", W["law"], [Prose([W["note_gap"]], tone="note")])
    told += [trust_section(source), law, limits_section(), reproduce_section(source, beside)]
    if source.count("done") == 0:
        told = [section for section in told if section.key != "law"]
    return [*told, glossary_section()]


def title(source: Source, charts: dict[str, Words]) -> Text:
    """The finding one reads first; what the experiment is called if there is none."""
    return next((charts[name].title for name in _TITLE_CHARTS if name in charts), name(source))


def name(source: Source) -> Text:
    """What the experiment is called: its title, or else its name."""
    said = source.experiment.title if source.experiment else None
    return Text(said["en"], said["zh"]) if isinstance(said, dict) else same(said or source.said["experiment"])


def _question(source: Source) -> Text:
    asked = source.experiment.question if source.experiment else None
    if not asked:
        return W["no_question"]
    return Text(*(_paragraphs(asked if isinstance(asked, str) else asked[lang]) for lang in LANGUAGES))


def _paragraphs(text: str) -> str:
    """A line of the file is no line of the page, but an empty one parts paragraphs; Chinese lines join without gap."""
    parts = (_GAP.sub("", " ".join(part.split())) for part in re.split(r"\n\s*\n", text.strip()))
    return "\n\n".join(parts)


def _about(source: Source) -> Text:
    said = source.said
    values = {"months": source.months, "burn_in": source.burn_in_months, "n": source.n, "version": said["finflow"]}
    return filled(
        W["about"], firms=source.firms or "–", seed=said["seed_plan"]["seed"], digest=said["digest"][:DIGEST], **values
    )


def _banner(source: Source) -> Text | None:
    failed, pending = source.count("failed"), source.count("pending")
    if not failed and not pending:
        return None
    return filled(W["failed_banner"], failed=failed, pending=pending, total=len(source.runs))


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("experiments"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["both"] = both
    return made


def both(text: Text | tuple[str, str]) -> Markup:
    """A text in both languages, each under its own class; once if they are the same."""
    english, chinese = (escape(part).replace("\n", Markup("<br>")) for part in text)
    if english == chinese:
        return Markup(english)
    spans = zip(LANGUAGES, ("en", "zh-CN"), (english, chinese), strict=True)
    return Markup("").join(
        Markup('<span class="{}" lang="{}">{}</span>').format(name, code, part) for name, code, part in spans
    )
