"""A value is what its text says, in the unit its parameter declares, and nothing else is taken."""

import contextlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import documents, schema, units
from experiments.values import DECLARED, leaves, read_value

TABLE = [
    ("1.5%", "rate", 0.015),
    ("2.0 % / yr", "rate", 0.02),
    ("2 percent", "rate", 0.02),
    ("150 bp", "rate", 0.015),
    ("185bp/yr", "rate", 0.0185),
    ("0.0185 /yr", "rate", 0.0185),
    ("-20 bp", "rate", -0.002),
    ("0", "rate", 0.0),
    ("30%", "share", 0.3),
    (".3", "share", 0.3),
    ("1.15", "ratio", 1.15),
    ("3.5%", "sd", 0.035),
    ("-4.0", "logit", -4.0),
    ("1_500", "count", 1500.0),
    ("1", "flag", 1.0),
    ("60 d", "days", 60.0),
    ("1 day", "days", 1.0),
    ("24 months", "days", 720.0),
    ("1.5 years", "days", 540.0),
    ("2 years", "months", 24.0),
    ("15 d", "months", 0.5),
    ("600 CNY", "CNY", 600.0),
    ("600元", "CNY", 600.0),
    ("50万元", "CNY", 500_000.0),
    ("1.2 亿元", "CNY", 120_000_000.0),
    ("20m yuan", "CNY", 20_000_000.0),
    ("20 bn CNY", "CNY", 2e10),
    ("1.76tn CNY", "CNY", 1.76e12),
    ("36 bn CNY/yr", "CNY/yr", 3.6e10),
    ("1.0m CNY/yr", "CNY/yr", 1e6),
    ("1e3 CNY", "CNY", 1000.0),
]
NEEDS_A_UNIT = ("rate", "days", "months", "CNY", "CNY/yr")
REFUSED = [
    *(("1", unit) for unit in NEEDS_A_UNIT),
    ("30%", "logit"),
    ("30%", "count"),
    ("30 d", "rate"),
    ("30 bp", "share"),
    ("2%/d", "rate"),
    ("36 bn CNY", "CNY/yr"),
    ("36 bn CNY/yr", "CNY"),
    ("20 BN CNY", "CNY"),
    ("20 M CNY", "CNY"),
    ("1 500", "count"),
    ("1,500", "count"),
    ("1__0", "count"),
    ("٣", "count"),
    ("nan", "ratio"),
    ("inf", "ratio"),
    ("1e999", "ratio"),
    ("1e9999", "ratio"),
    ("0x10", "count"),
    ("1/3", "share"),
    ("%", "share"),
    ("", "share"),
    ("1" * 100, "ratio"),
]


@pytest.mark.parametrize(("text", "unit", "value"), TABLE)
def test_text_is_this_value(text: str, unit: str, value: float) -> None:
    assert units.read(text, unit) == value


@pytest.mark.parametrize(("text", "unit"), REFUSED)
def test_text_is_refused(text: str, unit: str) -> None:
    with pytest.raises(units.UnitError) as caught:
        units.read(text, unit)
    assert caught.value.allowed == units.UNITS[unit].allowed


def test_the_closest_unit_is_offered() -> None:
    with pytest.raises(units.UnitError, match="found '24 month s'") as caught:
        units.read("24 month s", "days")
    assert caught.value.closest == "months"


@given(
    st.sampled_from(sorted(units.UNITS)),
    st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**17), 10**17).map(float),
)
def test_written_value_is_read_back_exactly(unit: str, value: float) -> None:
    assert units.read(str(units.write(value, unit)), unit) == value


@given(st.integers(-(10**6), 10**6))
def test_percent_basis_points_and_base_are_the_same_float(points: int) -> None:
    percent = f"{points // 100}.{points % 100:02d}" if points >= 0 else f"-{-points // 100}.{-points % 100:02d}"
    assert units.read(f"{points} bp", "rate") == units.read(f"{percent}%", "rate") == points / 10_000


@given(st.sampled_from(sorted(units.UNITS)), st.text(max_size=12))
def test_any_text_is_a_finite_value_or_refused(unit: str, text: str) -> None:
    with contextlib.suppress(units.UnitError):
        assert abs(units.read(text, unit)) < float("inf")


@pytest.mark.parametrize(("text", "unit", "value"), TABLE)
def test_published_pattern_takes_what_the_reader_takes(text: str, unit: str, value: float) -> None:
    tidy = text.replace(" / ", "/")  # an editor asks for the plain spelling
    assert re.search(units.pattern(unit), tidy)


@pytest.mark.parametrize(("text", "unit"), [(t, u) for t, u in REFUSED if len(t) < 60 and t != "1e999"])
def test_published_pattern_refuses_what_the_reader_refuses(text: str, unit: str) -> None:
    assert not re.search(units.pattern(unit), text)


def test_every_declared_unit_is_known() -> None:
    assert {declaration.unit for declaration in DECLARED.values()} <= set(units.UNITS)


def test_bounds_in_messages_are_values_of_the_unit() -> None:
    for declaration in DECLARED.values():
        for bound in (declaration.ge, declaration.le):
            assert units.read(units.show(bound, declaration.unit), declaration.unit) == pytest.approx(bound)


def test_a_vector_is_read_in_the_order_of_its_axis() -> None:
    node = documents.parse("bank: {funding_spread: [0, 8 bp, 0.2%]}", "x")
    assert node is not None
    ((path, leaf),) = leaves(node).items()
    assert read_value(leaf, DECLARED[path]) == (0.0, 0.0008, 0.002)


def test_published_schema_is_current() -> None:
    """Else: python -m experiments.schema."""
    assert schema.FILE.read_text(encoding="utf-8") == schema.rendered()
    assert json.loads(schema.rendered())["required"] == ["experiment", "scenario"]
