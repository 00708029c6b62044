"""Chinese words as they are printed: amounts in 亿元 and 万元, full-width marks between characters."""

import re

from experiments.labels import LABELS
from experiments.lever_words import PARAMETERS, SENTENCES
from experiments.report_documents import DOCUMENTS
from experiments.report_terms import GLOSSARY, LIMITS, SCORES
from experiments.report_words import CHEAPEST, VERDICT, W

HAN = "[\u4e00-\u9fff]"
HALF_WIDTH = re.compile(f"{HAN} ?[:;,] ?{HAN}")
TABLES_UNIT = "m CNY"  # of tables whose numbers are m CNY in both languages


def texts() -> list[str]:
    told = [*W.values(), *LIMITS, *(text for row in (*DOCUMENTS, *GLOSSARY) for text in row)]
    told += [*CHEAPEST.values(), *VERDICT.values()]
    words = [text for key, (_, text) in LABELS.items() if key != TABLES_UNIT]
    return [*words, *(text.zh for text in told), *SCORES.values(), *SENTENCES.values(), *PARAMETERS.values()]


def test_no_amount_is_in_millions() -> None:
    assert [text for text in texts() if "百万元" in text] == []


def test_marks_between_characters_are_full_width() -> None:
    assert HALF_WIDTH.search("数据: 图") and HALF_WIDTH.search("指标,家")
    assert [text for text in texts() if HALF_WIDTH.search(text)] == []
