"""Kernels that sum over firms and contracts in one pass, against NumPy: bit for bit the same."""

import numpy as np
from hypothesis import given
from test_kernels import SEEDS, random

from agents.numeric import rows_where
from sim import indicators
from sim import policy_indicators as levers
from sim.contracts import (
    CERTIFICATE_SALE,
    GUARANTEED_LOAN,
    INSURED_BILL_PLEDGE,
    INSURED_FACTORING,
    PRODUCTS,
    REVERSE_FACTORING,
    Contracts,
    drop_finished,
)


@given(SEEDS)
def test_sums_by_cell_are_those_of_bincount_bit_for_bit(seed):
    rng, draw = random(seed)
    cell, columns, weight = draw(50, 6, np.uint16), rng.normal(size=(50, 3)), rng.random(50)
    quantities = (rng.random(50) < 0.5, draw(50, 1000), weight)
    for quantity in quantities:
        total = np.zeros(6)
        indicators._add_by(cell, quantity, total)
        assert total.tolist() == np.bincount(cell, quantity, 6).tolist()
    totals = indicators._weighted_sums(cell, weight, columns, 6)
    for column, total in zip(columns.T, totals.T, strict=True):
        assert total.tolist() == np.bincount(cell, weight * column, 6).tolist()


@given(SEEDS)
def test_rows_whose_index_is_flagged(seed):
    rng, draw = random(seed)
    flag, index = rng.random(7) < 0.4, draw(30, 7, np.int32)
    assert rows_where(flag, index).tolist() == np.flatnonzero(flag[index]).tolist()


@given(SEEDS)
def test_contracts_summed_by_lender(seed):
    rng, draw = random(seed)
    table = Contracts()
    table.append(
        40, lender=draw(40, 5, np.int16), principal=draw(40, 10**12), bad=rng.random(40) < 0.3,
        risk_weight=rng.random(40), loss_given_default=rng.random(40),
    )  # fmt: skip
    book = table.book(6, 0.015)
    for sums, of_contract in (
        (book.total, table.principal), (book.bad, table.principal * table.bad),
        (book.weighted, table.principal * table.risk_weight),
        (book.provision, table.principal * np.where(table.bad, table.loss_given_default, 0.015)),
    ):  # fmt: skip
        assert sums.tolist() == np.bincount(table.lender, of_contract, 6).tolist()


@given(SEEDS)
def test_contracts_are_alive_while_something_is_owed_or_has_paper(seed):
    rng, draw = random(seed)
    principal, interest, unearned = (draw(20, 2) * (rng.random(20) < 0.4) for _ in range(3))
    claim, contract = draw(60, 2).reshape(20, 3) * (rng.random((20, 3)) < 0.2), draw(6, 20, np.int32)
    paper = contract.copy()
    alive = drop_finished(principal, interest, unearned, claim, contract)
    owed = principal + interest + unearned + claim.sum(axis=1)
    assert alive.tolist() == [bool(owed[c] > 0 or c in paper) for c in range(20)]
    assert np.flatnonzero(alive)[contract].tolist() == paper.tolist()


@given(SEEDS)
def test_principal_under_each_lever(seed):
    rng, draw = random(seed)
    step, pooled = 4, np.array([False, True, False])
    principal, start, product = draw(40, 1000), draw(40, 5, np.int32), draw(40, len(PRODUCTS), np.int8)
    loan, scheme = rng.random(40) < 0.5, draw(40, 3, np.int16)
    refinanced, subsidy = (rng.random(40) * (rng.random(40) < 0.5) for _ in range(2))
    new, old = levers._principal_under(
        step, principal, start, product, loan, scheme, refinanced, subsidy, pooled, levers.LEVER_OF_PRODUCT
    )
    under = {
        "relending_sme": refinanced > 0, "interest_subsidy": loan & (subsidy > 0),
        "discount_subsidy": ~loan & (subsidy > 0), "risk_compensation_pool": pooled[scheme],
        "government_guarantee": product == GUARANTEED_LOAN, "trade_credit_insurance": product == INSURED_FACTORING,
        "insured_bill_pledge": product == INSURED_BILL_PLEDGE, "reverse_factoring": product == REVERSE_FACTORING,
        "multi_tier_certificates": product == CERTIFICATE_SALE,
    }  # fmt: skip
    for name, fresh, rest in zip(levers.UNDER, new, old, strict=True):
        assert fresh == principal[under[name] & (start == step)].sum()
        assert rest == principal[under[name] & (start != step)].sum()
