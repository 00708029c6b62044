"""Lenders' books by kind of bank: parts that make a whole, and what stands of it where nothing was recorded."""

import numpy as np
import pytest
from policy_worlds import shelf

from experiments import lender_books
from experiments.compare import Comparison, compare
from experiments.lender_books import FUNDED, HELD


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return compare(shelf(tmp_path_factory.mktemp("books"), ("baseline", "subsidy"), replications=2, firms=10))


def test_what_banks_hold_is_what_funds_it(compared: Comparison) -> None:
    data = lender_books.books_data(compared)
    stacks = lender_books.stacks_of(data)
    assert np.allclose(stacks[list(HELD)].sum(axis=1), stacks[list(FUNDED)].sum(axis=1))
    assert np.allclose(stacks[list(HELD)].sum(axis=1), [80_000.0, 56_000.0, 16_000.0, 8_000.0])  # m CNY
    equity = compared.of("whole", "capital_ratio", "city_rural").set_index("policy")["mean"]["baseline"]
    assert stacks.loc["city_rural", "book_equity"] == pytest.approx(1e12 * equity / 1e8)


def test_changes_are_paired_differences_in_million_yuan(compared: Comparison) -> None:
    data = lender_books.books_data(compared).set_index(["lender", "item", "policy"])
    effect = compared.of("whole", "chain_bad", "joint_stock").set_index("policy").loc["subsidy"]
    assert data.loc[("joint_stock", "chain_bad", "subsidy"), "diff"] == pytest.approx(effect["diff"] / 1e8)


def test_a_kind_of_bank_without_a_book_is_no_part_of_a_stack(compared: Comparison) -> None:
    data = lender_books.books_data(compared)
    stacks = lender_books.stacks_of(data[data["lender"] != "city_rural"])
    assert stacks.loc["city_rural"].isna().all() and stacks.loc["banks"].notna().all()
