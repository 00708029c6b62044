"""Lenders' books by kind of bank: parts that make a whole, and what stands of it where nothing was recorded."""

from dataclasses import replace

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
    held = stacks[list(HELD)].sum(axis=1)
    assert np.allclose(held, stacks[list(FUNDED)].sum(axis=1)) and (stacks >= 0.0).all(axis=None)
    assert np.allclose(held / held["banks"], [1.0, 0.7, 0.2, 0.1])
    equity = compared.of("whole", "balance:equity", "city_rural").set_index("policy")["mean"]["baseline"]
    assert stacks.loc["city_rural", "book_equity"] == pytest.approx(-equity / 1e8)
    names = ("balance:loan", "balance:purchased_accounts", "balance:purchased_bills", "chain_bad")
    own = [compared.of("whole", name, "state_owned").set_index("policy")["mean"]["baseline"] for name in names]
    parts = [amount / 1e8 for amount in own]
    assert stacks.loc["state_owned", "book_chain_sound"] == pytest.approx(sum(parts[:3]) - parts[3])


def test_what_is_owed_is_turned_with_its_interval_and_verdict(compared: Comparison) -> None:
    rows = lender_books.books_data(compared).set_index(["lender", "item", "policy"])
    raw = compared.of("whole", "balance:firm_deposits", "joint_stock").set_index("policy").loc["subsidy"]
    row = rows.loc[("joint_stock", "firm_deposits", "subsidy")]
    assert (row["mean"], row["diff"], row["diff_low"]) == pytest.approx(
        (-raw["mean"] / 1e8, -raw["diff"] / 1e8, -raw["diff_high"] / 1e8)
    )
    assert row["verdict"] == {"higher": "lower", "lower": "higher"}.get(raw["verdict"], raw["verdict"])


def test_changes_are_paired_differences_in_million_yuan(compared: Comparison) -> None:
    data = lender_books.books_data(compared).set_index(["lender", "item", "policy"])
    effect = compared.of("whole", "chain_bad", "joint_stock").set_index("policy").loc["subsidy"]
    assert data.loc[("joint_stock", "chain_bad", "subsidy"), "diff"] == pytest.approx(effect["diff"] / 1e8)


def test_a_kind_of_bank_that_there_is_not_is_no_part_of_the_table(compared: Comparison) -> None:
    effects = compared.effects.copy()
    effects.loc[effects["group"] == "city_rural", ["mean", "low", "high", "baseline"]] = 0.0
    data = lender_books.books_data(replace(compared, effects=effects))
    stacks = lender_books.stacks_of(data)
    assert set(data["lender"]) == {"banks", "state_owned", "joint_stock"}
    assert stacks.loc["city_rural"].isna().all() and stacks.loc["banks"].notna().all()
