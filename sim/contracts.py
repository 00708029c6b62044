"""Tables of what is alive: bank contracts, and the paper pledged for or sold under them."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from agents.columns import Column, Population
from agents.kernels import kernel
from agents.threads import in_blocks

PRODUCTS: Final = (
    "term_loan", "receivable_pledge", "recourse_factoring", "factoring", "bill_discount",
    "guaranteed_loan", "insured_factoring", "insured_bill_pledge", "reverse_factoring", "certificate_sale",
)  # fmt: skip
(TERM_LOAN, RECEIVABLE_PLEDGE, RECOURSE_FACTORING, FACTORING, BILL_DISCOUNT, GUARANTEED_LOAN, INSURED_FACTORING,
 INSURED_BILL_PLEDGE, REVERSE_FACTORING, CERTIFICATE_SALE) = range(len(PRODUCTS))  # fmt: skip
TERMS: Final = ("funding", "operating", "expected_loss", "capital", "margin", "fees", "premium", "subsidy")
RATE, APR, PD, APR_GROSS, LOSS = range(len(TERMS), len(TERMS) + 5)  # columns of a price behind its terms
RATING_GRADES: Final = 10


@kernel
def _move_up(column, mask):
    """Close the gaps that rows outside the mask leave in a column of unsigned integers."""
    last = 0
    for row in range(mask.size):
        column[last] = column[row]
        last += mask[row]


class Table(Population):
    """Columns with a moving end: rows are appended in batches and dropped when they are done."""

    def __init__(self, capacity: int = 256) -> None:
        super().__init__(capacity)
        self._whole = {name: self.__dict__[name] for name in self.columns}  # up to the capacity, `slots`
        self._end_at(0)

    def append(self, rows: int, **values: Any) -> npt.NDArray[np.int64]:
        """Add rows; columns not named start at their declared value. Returns the new row numbers."""
        first, end = self.count, self.count + rows
        if end > self.slots:
            self._resize(max(end, self.slots * 3))  # what is not written to takes no memory
        for name, column in self.columns.items():
            self._whole[name][first:end] = values.pop(name, column.start)
        if values:
            raise KeyError(f"{type(self).__name__} has no column {sorted(values)}")
        self._end_at(end)
        return np.arange(first, end)

    def keep(self, mask: npt.NDArray[np.bool_]) -> None:
        """Drop the other rows; those kept stay in order."""
        left = int(np.count_nonzero(mask))
        if left == mask.size:
            return
        # Rows moved as arrays take long to compile.
        arrays = self._whole.values()
        parts = [part.view(f"u{a.itemsize}") for a in arrays for part in (a.T if a.ndim > 1 else (a,))]

        def move(first: int, end: int) -> None:
            for part in parts[first:end]:
                _move_up(part, mask)

        in_blocks(move, len(parts), 1.0 * mask.size)
        self._end_at(left)
        if self.slots > 1024 and left < self.slots // 8:
            self._resize(max(left * 3, 256))

    def _resize(self, slots: int) -> None:
        names, kept = list(self.columns), min(slots, self.slots)

        def move(first: int, end: int) -> None:
            for name in names[first:end]:
                old = self._whole[name]
                new = self._whole[name] = np.empty((slots, *old.shape[1:]), old.dtype)  # `append` fills in the rest
                new[:kept] = old[:kept]

        in_blocks(move, len(names), 1.0 * kept)
        self.slots = slots
        self._end_at(self.count)

    def _end_at(self, count: int) -> None:
        """Columns end at this row."""
        self.count = count
        self.__dict__.update((name, array[:count]) for name, array in self._whole.items())

    def nbytes(self) -> int:
        """Memory held by the columns, bytes."""
        return sum(array.nbytes for array in self._whole.values())


class Book(NamedTuple):
    """What lenders have lent the chain, by lender, fen."""

    total: npt.NDArray[np.int64]
    bad: npt.NDArray[np.int64]
    weighted: npt.NDArray[np.float64]  # principal × risk weight
    provision: npt.NDArray[np.float64]  # a general part of what performs, the expected loss of what does not


class Contracts(Table):
    """Bank contracts alive. A purchase of paper is one, too: its principal is what the bank has advanced on it."""

    borrower = Column(np.int32, "firm", "Who drew")
    lender = Column(np.int16, "bank", "Who lent")
    product = Column(np.int8, "product", "Index in PRODUCTS")
    start = Column(np.int32, "step", "Step of draw-down")
    due = Column(np.int32, "step", "Step in which the principal is due")
    principal = Column(np.int64, "fen", "Outstanding")
    interest = Column(np.int64, "fen", "Accrued and not yet paid")
    unearned = Column(np.int64, "fen", "Discount not yet earned")
    rate = Column(np.float64, "rate", "Agreed rate")
    pd = Column(np.float64, "share", "Yearly default probability in the price")
    risk_weight = Column(np.float64, "share", "Risk weight")
    loss_given_default = Column(np.float64, "share", "What the lender loses of it if all who owe default, after cover")
    scheme = Column(np.int16, "scheme", "Who bears a loss on it: row of the schemes of cover; 0 the lender alone")
    subsidy = Column(np.float64, "rate", "Part of the rate that the treasury pays")
    refinanced = Column(np.float64, "share", "Part of principal that the central bank refinances")
    claim = Column(
        np.int64, "fen", "Principal that guarantor, city fund and national fund have repaid the lender", width=3
    )
    overdue_steps = Column(np.int16, "steps", "Consecutive steps overdue")
    bad = Column(np.bool_, "flag", "Non-performing")
    loan = Column(np.bool_, "flag", "The borrower owes it; otherwise the debtors of bought paper do")
    called = Column(np.bool_, "flag", "Its guarantee was called")

    def book(self, lenders: int, general_provision: float) -> Book:
        """The contracts summed by lender."""
        sums = _by_lender(
            self.lender, self.principal, self.bad, self.risk_weight, self.loss_given_default, general_provision, lenders
        )
        return Book(*sums)


@kernel
def _by_lender(lender, principal, bad, risk_weight, loss_given_default, general_provision, lenders):
    total, non_performing = np.zeros(lenders, np.int64), np.zeros(lenders, np.int64)
    weighted, provision = np.zeros(lenders), np.zeros(lenders)
    for c in range(lender.size):
        bank, amount = lender[c], principal[c]
        total[bank] += amount
        weighted[bank] += amount * risk_weight[c]
        if bad[c]:
            non_performing[bank] += amount
            provision[bank] += amount * loss_given_default[c]
        else:
            provision[bank] += amount * general_provision
    return total, non_performing, weighted, provision


@kernel
def drop_finished(principal, interest, unearned, claim, contract):
    """Which contracts are alive: with something outstanding, or paper, `contract` int32[x] telling whose a lot is; that
    becomes its row when the others are dropped."""
    alive, row = np.zeros(principal.size, np.bool_), np.empty(principal.size, np.int32)
    for c in contract:
        alive[c] = True
    last = 0
    for c in range(principal.size):
        owed = claim[c, 0] > 0 or claim[c, 1] > 0 or claim[c, 2] > 0
        alive[c] |= principal[c] > 0 or interest[c] > 0 or unearned[c] > 0 or owed
        row[c] = last
        last += alive[c]
    for lot in range(contract.size):
        contract[lot] = row[contract[lot]]
    return alive


class Lots(Table):
    """Paper pledged or sold: a part of the invoices of one edge due in one step, and the contract it serves."""

    edge = Column(np.int32, "edge", "Whose invoices")
    due = Column(np.int32, "step", "When they are due")
    face = Column(np.int64, "fen", "What the debtor owes")
    advanced = Column(np.int64, "fen", "Sold paper: what the bank advanced and takes first")
    contract = Column(np.int32, "row", "Row of the contract")
    bill = Column(np.bool_, "flag", "A bill, not an account")
    sold = Column(np.bool_, "flag", "Sold, not pledged")
