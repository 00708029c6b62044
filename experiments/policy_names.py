"""What an experiment calls its policies on charts and in reports, by language; a policy's own name runs it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from experiments.labels import LANGUAGES
from experiments.nodes import Node

LONGEST: Final = 40  # characters: it stands beside a row of a chart

Names = dict[str, dict[str, str]]  # by policy and language


def read(node: Node | None, policies: Collection[str]) -> Names:
    """The section `names`: of any of `policies`, a name a language; ConfigError for a mistake."""
    if node is None:
        return {}
    return {policy: _of_policy(entry) for policy, entry in node.mapping(policies).items()}


def _of_policy(node: Node) -> dict[str, str]:
    names = {lang: _name(entry) for lang, entry in node.mapping(LANGUAGES).items()}
    if not names:
        raise node.error("found no name", f"one or more of {', '.join(LANGUAGES)}")
    return names


def _name(node: Node) -> str:
    allowed = f"a text of at most {LONGEST} characters in one line"
    text = node.text(allowed).strip()
    if len(text) > LONGEST or not text.isprintable():
        raise node.error(node.found(), allowed)
    return text
