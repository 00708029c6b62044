"""What a sentence of the report may say: nothing moves where the interval covers 0, and nothing is said to cause.

The guard reads the templates, not what is filled in: the name of a policy is the author's, and may hold any word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from experiments.paired import HIGHER, LOWER, SAME, UNCLEAR, UNKNOWN
from experiments.ratios import NO_RATIO
from experiments.report_page import Text

# Words that say that something moves.
CHANGE: Final = re.compile(
    r"\b(lowers?|lowered|raises?|raised|falls?|fell|rises?|rose|cuts?|reduc\w+|increas\w+|decreas\w+|improv\w+|"
    r"worsen\w*|grows?|grew|shrinks?|shrank|boosts?|eases?|helps?|saves?|adds?)\b"
    r"|下降|上升|降低|提高|增加|减少|改善|恶化|扩大|缩小|上涨|下跌|使",
    re.IGNORECASE,
)
# Words that say why.
CAUSE: Final = re.compile(
    r"\b(because|causes?|caused|causing|due to|owing to|thanks to|leads? to|led to|results? in|as a result|"
    r"therefore|hence|driven by|drives?)\b|因为|由于|导致|造成|因此|从而|得益于|归因|驱动",
    re.IGNORECASE,
)


class UnguardedSentence(ValueError):
    """A sentence claims more than was measured: a bug of ours."""


def form_of(verdict: str) -> str:
    """Which form of a sentence a verdict allows: lower, higher, same, unclear, or unknown where nothing is known."""
    forms = {
        LOWER: "lower",
        HIGHER: "higher",
        SAME: "same",
        UNCLEAR: "unclear",
        NO_RATIO: "unclear",
        UNKNOWN: "unknown",
    }
    return forms.get(verdict, "unknown")


def checked(template: Text, form: str) -> Text:
    """The template, if it says no more than its form allows. Raises `UnguardedSentence` otherwise."""
    for sentence in template:
        if found := CAUSE.search(sentence):
            raise UnguardedSentence(f"{found[0]!r} claims a cause: {sentence!r}")
        if form not in ("lower", "higher") and (found := CHANGE.search(sentence)):
            raise UnguardedSentence(f"{found[0]!r} claims a change that was not measured: {sentence!r}")
    return template


def claim(forms: Mapping[str, Text], verdict: str, **values: object) -> Text:
    """The sentence that `verdict` allows out of its forms, filled in.

    A value that is a `Text` is given in the language of the sentence. Raises `UnguardedSentence` if the form claims
    too much, KeyError if there is no such form.
    """
    form = form_of(verdict)
    return filled(checked(forms[form], form), **values)


def filled(template: Text, **values: object) -> Text:
    """A template with its values, in both languages."""
    return Text(
        *(
            sentence.format(
                **{name: value[place] if isinstance(value, Text) else value for name, value in values.items()}
            )
            for place, sentence in enumerate(template)
        )
    )
