"""Own firms and links: what is given is kept, what is missing is drawn and counted, mistakes are named."""

import csv
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from agents.birth import Founding, found
from agents.network import Network
from agents.parameters import BANK_KINDS, SUBSECTORS, Parameters, build
from experiments import csv_table, documents, firm_files, scenario
from experiments.errors import ConfigError
from experiments.firm_files import EDGE_COLUMNS, FIRM_COLUMNS, read_founding
from experiments.values import nest
from sim.random import Streams

EXAMPLES = Path(str(resources.files("experiments"))) / "examples"
DICTIONARY = Path(__file__).parents[1] / "docs" / "data-dictionary.md"
SHENZHEN: Parameters = build(nest(scenario.read(documents.read_file(scenario.packaged()["shenzhen_nev_2024"])).values))
FIRMS = """id,kind,tier,sub_sector,annual_sales_cny
a,oem,,,1430000
b,supplier,1,battery,2000000
c,supplier,1,materials,900000
d,supplier,2,materials,5000000
"""
EDGES = """buyer_id,supplier_id,share
a,b,0.75
a,c,0.25
b,d,1
c,d,1
"""

Read = Callable[..., tuple[Founding, firm_files.Filled]]


def draw(purpose: str, count: int) -> np.ndarray:
    return Streams(1, 0).uniform(purpose, 0, count)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def call(firms: str | bytes, edges: str | None = None) -> tuple[Founding, firm_files.Filled]:
        firms_path, edges_path = tmp_path / "firms.csv", tmp_path / "edges.csv"
        firms_path.write_bytes(firms.encode() if isinstance(firms, str) else firms)
        edges_path.write_text(edges or "", encoding="utf-8")
        return read_founding(firms_path, edges_path if edges is not None else None, SHENZHEN, draw)

    return call


def edges_of(network: Network, firms: int) -> dict[tuple[int, int], tuple[float, float]]:
    inside = network.buyer < firms
    columns = (network.buyer, network.supplier, network.share, network.term_days)
    rows = zip(*[column[inside].tolist() for column in columns], strict=True)
    return {(buyer, supplier): (share, term) for buyer, supplier, share, term in rows}


def test_the_examples_are_read_as_written() -> None:
    founding, filled = read_founding(EXAMPLES / "firms.csv", EXAMPLES / "edges.csv", SHENZHEN, draw)
    with (EXAMPLES / "firms.csv").open(encoding="utf-8") as file:
        firms = {row["id"]: row for row in csv.DictReader(file)}
    with (EXAMPLES / "edges.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert set(filled.ids) == set(firms)
    for slot, name in enumerate(filled.ids):
        row = firms[name]
        assert founding.annual_sales[slot] == 100 * int(row["annual_sales_cny"])
        assert founding.tier[slot] == int(row["tier"] or 0)
        assert founding.subsector[slot] == (SUBSECTORS.index(row["sub_sector"]) if row["sub_sector"] else -1)
        assert founding.town[slot] == int(row["town"] or founding.town[slot] + 1) - 1
        assert founding.age[slot] == float(row["age_years"] or founding.age[slot])
        kind = BANK_KINDS[founding.bank_kind[founding.house_bank[slot]]]
        assert kind == (row["house_bank_kind"] or kind)
    made = edges_of(founding.network, len(firms))
    assert len(made) == len(rows)
    for row in rows:
        share, term = made[filled.ids.index(row["buyer_id"]), filled.ids.index(row["supplier_id"])]
        assert share == pytest.approx(float(row["share"]))
        assert term == float(row["term_days"] or term)
    assert filled.columns == {
        "town": 2,
        "house_bank_kind": 4,
        "age_years": 1,
        "term_days": sum(not row["term_days"] for row in rows),
        "links": 0,
    }
    assert not any(filled.adjusted.values())


def test_normal_flows_by_hand(read: Read) -> None:
    founding, filled = read(FIRMS, EDGES)
    assert filled.ids == ("a", "b", "c", "d")
    # 1.43m / (1.3 × 1.1) = 1m of purchases; tier 1 buys half of its sales.
    assert founding.annual_inputs.tolist() == [100_000_000, 100_000_000, 45_000_000, 0]
    assert founding.outside_sales.tolist() == [143_000_000, 125_000_000, 65_000_000, 355_000_000]
    assert founding.network.term_days[:2].tolist() == [60, 60]


def test_sales_below_what_buyers_take_are_raised_and_counted(read: Read) -> None:
    founding, filled = read(FIRMS.replace("900000", "100000"), EDGES)
    assert founding.annual_sales[2] == 25_000_000 and founding.outside_sales[2] == 0
    assert filled.sentences()[-1] == ("suppliers whose annual_sales_cny was raised to what their buyers take: 1")


def test_shares_are_rescaled_and_counted(read: Read) -> None:
    plain, _ = read(FIRMS, EDGES)
    scaled, filled = read(FIRMS, EDGES.replace("0.75", "75").replace("0.25", "25"))
    assert np.array_equal(plain.network.share, scaled.network.share)
    assert filled.adjusted["buyers whose shares did not add up to 1 and were rescaled"] == 1


def test_order_of_rows_columns_and_blank_lines_do_not_matter(read: Read) -> None:
    plain, _ = read(FIRMS, EDGES)
    header, *rows = EDGES.splitlines()
    shuffled, _ = read("\ufeff" + FIRMS.replace("\n", "\r\n\r\n"), "\n".join([header, *reversed(rows)]))
    for name in ("annual_sales", "annual_inputs", "reach", "age"):
        assert np.array_equal(getattr(plain, name), getattr(shuffled, name))
    assert np.array_equal(plain.network.share, shuffled.network.share)


def test_the_largest_oem_comes_first_and_tiers_in_order(read: Read) -> None:
    header, *rows = FIRMS.splitlines()
    firms = "\n".join([header, *reversed(rows), "z,oem,0,,9000000"])
    founding, filled = read(firms)
    assert filled.ids == ("z", "a", "c", "b", "d")
    assert founding.tier.tolist() == [0, 0, 1, 1, 2]


def test_links_are_drawn_for_firms_alone(read: Read) -> None:
    founding, filled = read(FIRMS)
    assert filled.columns["links"] == len(edges_of(founding.network, 4)) == 4
    assert filled.columns["town"] == filled.columns["age_years"] == 4
    assert "links: 4 filled in from the scenario" in filled.sentences()


def test_a_generated_population_comes_back_from_its_own_files(tmp_path: Path) -> None:
    born = found(SHENZHEN, draw)
    firms = ["id,kind,tier,sub_sector,annual_sales_cny,town,house_bank_kind,age_years"]
    for slot, tier in enumerate(born.tier):
        kind, sector = ("oem,", "") if tier == 0 else (f"supplier,{tier}", SUBSECTORS[born.subsector[slot]])
        bank = BANK_KINDS[born.bank_kind[born.house_bank[slot]]]
        sales = f"{born.annual_sales[slot] / 100:.2f}"
        town, age = born.town[slot] + 1, float(born.age[slot])
        firms.append(f"f{slot},{kind},{sector},{sales},{town},{bank},{age!r}")
    edges = ["buyer_id,supplier_id,share,term_days"]
    for (buyer, supplier), (share, term) in edges_of(born.network, born.tier.size).items():
        edges.append(f"f{buyer},f{supplier},{share!r},{term!r}")
    (tmp_path / "firms.csv").write_text("\n".join(firms), encoding="utf-8")
    (tmp_path / "edges.csv").write_text("\n".join(edges), encoding="utf-8")
    back, filled = read_founding(tmp_path / "firms.csv", tmp_path / "edges.csv", SHENZHEN, draw)
    assert filled.ids == tuple(f"f{slot}" for slot in range(born.tier.size))
    assert not any(filled.columns.values()) and not any(filled.adjusted.values())
    for name in ("tier", "subsector", "size", "annual_sales", "town", "age"):
        assert np.array_equal(getattr(born, name), getattr(back, name)), name
    for name in ("annual_inputs", "outside_sales"):
        assert np.allclose(getattr(born, name), getattr(back, name), rtol=0, atol=3), name
    for name in ("buyer", "supplier", "term_days", "buyer_start", "by_supplier", "supplier_start"):
        assert np.array_equal(getattr(born.network, name), getattr(back.network, name)), name
    assert np.allclose(born.network.share, back.network.share, rtol=1e-12)


MISTAKES_IN_FIRMS = [
    (("b,supplier", "a,supplier"), 3, "id: found 'a' again, first in line 2"),
    (("b,supplier", ",supplier"), 3, "id: found an empty cell; allowed here: an id that no other"),
    (("b,supplier", "b,suplier"), 3, "kind: found 'suplier'; allowed here: oem, supplier; did you mean sup"),
    (("c,supplier,1", "c,supplier,4"), 4, "tier: found '4'; allowed here: a whole number from 0 to 3"),
    (("c,supplier,1", "c,supplier,1.5"), 4, "tier: found '1.5'"),
    (("c,supplier,1", "c,supplier,0"), 4, "tier: found '0'; allowed here: 0 or empty for an oem, 1 to 3"),
    (("c,supplier,1", "c,supplier,"), 4, "tier: found an empty cell"),
    (("a,oem,,", "a,oem,1,"), 2, "tier: found '1'"),
    (("battery", "batery"), 3, "sub_sector: found 'batery'.*did you mean battery[?]"),
    (("battery", ""), 3, "sub_sector: found an empty cell"),
    (("a,oem,,,", "a,oem,,battery,"), 2, "sub_sector: found 'battery'; allowed here: an empty cell"),
    (("900000", "nan"), 4, "annual_sales_cny: found 'nan'; allowed here: a number from 1 to 1e"),
    (("900000", "inf"), 4, "annual_sales_cny: found 'inf'"),
    (("900000", "-5"), 4, "annual_sales_cny: found '-5'"),
    (("900000", "0.9 m"), 4, "annual_sales_cny: found '0.9 m'"),
    (("900000", ""), 4, "annual_sales_cny: found an empty cell"),
    (("900000", "900000,3"), 4, "found 6 cells; allowed here: 5 cells"),
    (("sub_sector", "subsector"), 1, "found the column 'subsector'.*did you mean sub_sector[?]"),
    (("sub_sector", "kind"), 1, "found the column 'kind' twice"),
    (("id,kind,tier,", "id,kind,town,"), 1, "the column 'tier' is missing"),
]


@pytest.mark.parametrize(("change", "line", "message"), MISTAKES_IN_FIRMS)
def test_a_mistake_in_firms_is_named(read: Read, change: tuple[str, str], line: int, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as raised:
        read(FIRMS.replace(*change, 1))
    assert raised.value.line == line and raised.value.file.endswith("firms.csv")


MISTAKES_IN_EDGES = [
    (("a,b", "a,bb"), 2, "supplier_id: found 'bb'; allowed here: an id of the firms file; did you mean b[?]"),
    (("b,d", "x9,d"), 4, "buyer_id: found 'x9'"),
    (("b,d", "b,b"), 4, "supplier_id: a firm can't buy from itself"),
    (("b,d", "b,c"), 4, "supplier_id: a buyer of tier 1 and a supplier of tier 1"),
    (("b,d", "a,d"), 4, "a buyer of tier 0 and a supplier of tier 2.*a supplier one tier above its buyer"),
    (("b,d", "d,b"), 4, "a buyer of tier 2 and a supplier of tier 1"),
    (("b,d", "c,d"), 5, "supplier_id: found the link of line 4 again; allowed here: one row for each"),
    (("0.25", "0"), 3, "share: found '0'; allowed here: a number from 1e-09"),
    (("0.25", "-0.25"), 3, "share: found '-0.25'"),
    (("0.25", "inf"), 3, "share: found 'inf'"),
    (("0.25", ""), 3, "share: found an empty cell"),
    (("share", "shares"), 1, "found the column 'shares'.*did you mean share[?]"),
    (("a,b,0.75\na,c,0.25\n", ""), None, "found no link for the oem 'a'"),
    ((EDGES.partition("\n")[2], ""), None, "found no rows"),
]


@pytest.mark.parametrize(("change", "line", "message"), MISTAKES_IN_EDGES)
def test_a_mistake_in_edges_is_named(read: Read, change: tuple[str, str], line: int | None, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as raised:
        read(FIRMS, EDGES.replace(*change, 1))
    assert raised.value.line == line and raised.value.file.endswith("edges.csv")


def test_optional_columns_have_bounds(read: Read) -> None:
    header, first, *rest = FIRMS.splitlines()
    for column, cell, message in (
        ("town", "5", "town: found '5'; allowed here: a whole number from 1 to 4"),
        (
            "house_bank_kind",
            "joint-stock",
            "house_bank_kind: found 'joint-stock'.*did you mean joint_stock[?]",
        ),
        ("age_years", "-1", "age_years: found '-1'"),
    ):
        rows = [f"{header},{column}", f"{first},{cell}", *(f"{row}," for row in rest)]
        with pytest.raises(ConfigError, match=message):
            read("\n".join(rows))


def test_files_that_are_no_tables(read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="not UTF-8"):
        read(FIRMS.encode() + "电池".encode("gbk"))
    with pytest.raises(ConfigError, match="no well-formed CSV"):
        read(FIRMS + 'e,"supplier')
    with pytest.raises(ConfigError, match="found no firm of kind supplier"):
        read("\n".join(FIRMS.splitlines()[:2]))
    with pytest.raises(ConfigError, match="found no such file"):
        read_founding(tmp_path / "none.csv", None, SHENZHEN, draw)
    with pytest.raises(ConfigError, match="found links without firms"):
        read_founding(None, EXAMPLES / "edges.csv", SHENZHEN, draw)
    monkeypatch.setattr(csv_table, "MOST_BYTES", 100)
    with pytest.raises(ConfigError, match="found 147 bytes; allowed here: at most 100 bytes"):
        read(FIRMS)


def test_the_kind_of_house_bank_is_kept_or_refused(read: Read, tmp_path: Path) -> None:
    header, first, *rest = FIRMS.splitlines()
    rows = [f"{header},town,house_bank_kind", f"{first},3,city_rural", *(f"{row},," for row in rest)]
    founding, _ = read("\n".join(rows))
    assert BANK_KINDS[founding.bank_kind[founding.house_bank[0]]] == "city_rural"
    assert founding.bank_town[founding.house_bank[0]] == founding.town[0] == 2
    (tmp_path / "asked.csv").write_text("\n".join(rows), encoding="utf-8")
    without = replace(SHENZHEN, population=replace(SHENZHEN.population, banks=(4, 4, 0)))
    with pytest.raises(ConfigError, match="no city_rural bank lends in town 3"):
        read_founding(tmp_path / "asked.csv", None, without, draw)


def test_the_dictionary_names_every_column_in_both_languages() -> None:
    english, chinese = DICTIONARY.read_text(encoding="utf-8").split("\n# ")[0:2]
    for text in (english, chinese):
        for column in [*FIRM_COLUMNS, *EDGE_COLUMNS]:
            assert f"| `{column}` |" in text
        for option in [*SUBSECTORS, *BANK_KINDS]:
            assert f"`{option}`" in text
