"""What the documents say of the code is what it does now, and nothing in the code is left out."""

import re

import pytest

from agents.parameters import declarations
from experiments import docs, lever_cards
from policies.catalogue import INSTRUMENTS

DOCUMENTS = sorted(docs.FOLDER.glob("*.md"))
MODEL = docs.FOLDER / "model.md"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_document_is_current(path):
    """Else: python -m experiments.docs."""
    text = path.read_text(encoding="utf-8")
    assert docs.rendered(text) == text


def test_every_generated_part_stands_in_some_document():
    used = {name for path in DOCUMENTS for name in docs._START.findall(path.read_text(encoding="utf-8"))}
    assert used == set(docs.PARTS)


def test_the_model_page_has_one_row_for_every_parameter_and_says_its_zero():
    tables = docs._ROWS.findall(MODEL.read_text(encoding="utf-8"))
    rows = [line.split("|")[1:-1] for table in tables for line in table.splitlines()[2:]]
    assert sorted(row[0].strip(" `") for row in rows) == sorted(entry.path for entry in declarations())
    assert [row for row in rows if len(row) != 4 or not row[3].strip()] == []


def test_the_model_page_goes_through_the_step_in_its_order():
    text = docs.hand_written(MODEL.read_text(encoding="utf-8"))
    headings = re.findall(r"^## Phase (\d+):|^### `(\w+\.\w+)`$", text, re.MULTILINE)
    phase, found = "", []
    for number, name in headings:
        phase = number or phase
        if name:
            found.append((phase, name))
    assert found == [(number, name) for number, name, _ in docs.phases()]


def test_every_module_has_its_room_on_the_architecture_page():
    text = (docs.FOLDER / "architecture.md").read_text(encoding="utf-8")
    tables = dict(re.findall(r"^\| `(\w+)/` \| \|\n((?:\|.*\n)+)", text, re.MULTILINE))
    assert set(tables) == {"agents", "policies", "sim", "experiments"}
    for package, table in tables.items():
        modules = {path.name for path in (docs.FOLDER.parent / package).glob("*.py")} - {"__init__.py"}
        assert modules == set(re.findall(r"`(\w+\.py)`", table)), package


def test_every_instrument_has_its_points_and_its_card():
    assert set(lever_cards.POINTS) == set(INSTRUMENTS) and all(lever_cards.POINTS.values())
    text = (docs.FOLDER / "levers.md").read_text(encoding="utf-8")
    assert re.findall(r"^### `(\w+)`$", text, re.MULTILINE) == list(INSTRUMENTS)


def test_links_between_documents_lead_somewhere():
    pages = [*DOCUMENTS, docs.FOLDER.parent / "README.md", docs.FOLDER.parent / "CHANGELOG.md"]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_what_is_stale_is_brought_up_to_date(tmp_path):
    page = tmp_path / "page.md"
    heads = "| parameter | default | status | zero |\n| --- | --- | --- | --- |\n"
    others = "\n| parameter | range |\n| `bank.hurdle` | 9% to 12% |\n"
    part = "<!-- generated: banks -->\nold\n<!-- end: banks -->\n"
    page.write_text(f"{heads}| `bank.hurdle` | 99% | measured | none |\n{others}{part}", encoding="utf-8")
    assert docs.rewrite(tmp_path) == [page]
    assert docs.rewrite(tmp_path) == []
    text = page.read_text(encoding="utf-8")
    assert docs.hand_written(text) == f"{heads}| `bank.hurdle` | 11%/yr | assumed | none |\n{others}\n"
    assert "old" not in text and "| `weak_steps` | int32 | steps |" in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<!-- generated: bank -->\n<!-- end: bank -->", "no generated part 'bank'; did you mean banks"),
        ("<!-- generated: banks -->\n<!-- end: firms -->", "'banks' has no end"),
        (
            "| parameter | default | status |\n| `bank.hurdles` | | |\n",
            "no parameter 'bank.hurdles'; did you mean bank.hurdle",
        ),
    ],
)
def test_a_mistake_in_a_document_is_told(text, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        docs.rendered(text)


def test_cells_keep_the_table_together():
    assert docs._table(["a|b"], [["c|d"]]).splitlines()[-1] == "| c\\|d |"
