"""Double entry in fen: the only writer of money. Books balance holder by holder and instrument by instrument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from agents.kernels import kernel
from agents.numeric import sum_by
from sim.journal import ASSETS, BANK_OF, INSTRUMENTS, JOURNAL, LIABILITIES, Entry

Fen = npt.NDArray[np.int64]
Index = npt.NDArray[Any]
OWN = ("equity", "profit")


class _Line(NamedTuple):
    """An entry of an event and the two accounts that it moves, by `up` and `down` for each fen."""

    entry: Entry
    debit: Fen
    credit: Fen
    up: int
    down: int
    role: str | None  # in whose place among those given its holders and amounts stand; None: it takes the total
    house: bool  # its holders are the house banks of these


@dataclass
class AuditError(Exception):
    """The books do not prove: where, after which event, on which account, and the two sides that should be equal."""

    step: int
    event: str
    account: str
    left: int
    right: int

    def __str__(self) -> str:
        return (
            f"books do not balance at step {self.step}, after {self.event}: {self.account} "
            f"is {self.left} fen on one side and {self.right} fen on the other (difference {self.left - self.right})"
        )


@kernel
def _book(debit, credit, up, down, index, amount):
    """Move two accounts of the holders `index` by `amount`, with sign `up` and `down`; IndexError for no holder."""
    if index.size != amount.size:
        raise ValueError("one amount for each holder")
    for row in range(index.size):
        holder = index[row]
        if not 0 <= holder < debit.size:
            raise IndexError("no such holder")
        debit[holder] += up * amount[row]
        credit[holder] += down * amount[row]


class Ledger:
    """Balances by sector and account, one int64 per holder; assets and liabilities both positive.

    `house` gives every firm's house bank. With `audit`, every posting is checked and control totals are kept, so that
    a balance changed in any other way is found; with `tracing`, flows are summed by event and sector for the matrices.
    """

    def __init__(self, sizes: dict[str, int], house: Index, *, core: int, audit: bool) -> None:
        self.sizes = sizes
        self.house = house
        self.core = core  # firms before this index are OEMs: a sector of their own in the matrices
        self.audit = audit
        self.tracing = False
        self.step = 0
        self.event = "birth"
        accounts = {sector: (*ASSETS[sector], *LIABILITIES[sector], *OWN) for sector in sizes}
        # All accounts of a sector in one table, a row an account: their sums take one call.
        self._sheet = {sector: np.zeros((len(accounts[sector]), size), np.int64) for sector, size in sizes.items()}
        self._balance: dict[tuple[str, str], Fen] = {
            (sector, account): row
            for sector, sheet in self._sheet.items()
            for account, row in zip(accounts[sector], sheet, strict=True)
        }
        self._lines: dict[tuple[str, ...], list[_Line]] = {}  # by event posted so far and the roles given
        self._control: dict[tuple[str, str], int] = dict.fromkeys(self._balance, 0)
        self._touched: dict[tuple[str, str], str] = dict.fromkeys(self._balance, "birth")
        self.flows: dict[tuple[str, str], int] = {}
        self.totals: dict[str, int] = {}  # posted in this step by event, fen
        self._readonly = {}
        for key, array in self._balance.items():
            view = array.view()
            view.flags.writeable = False
            self._readonly[key] = view

    def balance(self, sector: str, account: str) -> Fen:
        """Read-only view of an account, fen, one per holder."""
        return self._readonly[sector, account]

    def assets(self, sector: str) -> Fen:
        """Balance-sheet total by holder, fen."""
        return self._sheet[sector][: len(ASSETS[sector])].sum(axis=0)

    def debts(self, sector: str) -> Fen:
        """All that each holder owes, fen."""
        first = len(ASSETS[sector])
        return self._sheet[sector][first : first + len(LIABILITIES[sector])].sum(axis=0)

    def sheet(self, sector: str) -> Fen:
        """Read-only view of all accounts of a sector: assets, liabilities, equity, this step's profit; int64[accounts,
        holders], fen."""
        view = self._sheet[sector].view()
        view.flags.writeable = False
        return view

    def open(self, sector: str, account: str, amount: Fen) -> None:
        """Opening balance of an account, against equity."""
        side = 1 if account in ASSETS[sector] else -1
        self._balance[sector, account] += amount
        self._balance[sector, "equity"] += side * amount
        total = int(amount.sum())
        self._control[sector, account] += total
        self._control[sector, "equity"] += side * total

    def post(self, event: str, **who: Any) -> None:
        """Post an event. Each firm or bank role is given as `(index, amount)` or, for all holders at once, an amount.

        Sectors of one holder take the total (give `total=` where nobody else is named). Amounts are non-negative
        fen. A firm's bank follows from the firm.
        Raises AuditError (with `audit`) when the roles' totals differ, KeyError on an unknown event or missing role.
        """
        first = next(iter(who.values()))
        amounts = first[1] if isinstance(first, tuple) else first
        if amounts.size == 0:
            return
        total = int(amounts.sum())
        if total == 0 and not self.audit:
            return
        self.event = event
        self.totals[event] = self.totals.get(event, 0) + total
        key = (event, *who)
        for line in self._lines.get(key) or self._lines_of(key):
            index, amount = None, None
            if line.role is not None:
                given = who[line.role]
                index, amount = given if isinstance(given, tuple) else (None, given)
                if line.house:
                    index = self.house if index is None else self.house[index]
            if self.audit:
                self._check(line.entry, amount, total)
            self._move(line, index, amount, total)
            if self.tracing:
                self._trace(event, line.entry, index, amount, total)

    def _lines_of(self, key: tuple[str, ...]) -> list[_Line]:
        """Lines of an event, key[0], for which these roles are given."""
        lines = []
        for entry in JOURNAL[key[0]].entries:
            debit, credit = (self._balance[entry.sector, account] for account in (entry.debit, entry.credit))
            lines.append(_Line(entry, debit, credit, *entry.signs, *self._source(entry, key[1:])))
        self._lines[key] = lines
        return lines

    def _source(self, entry: Entry, roles: tuple[str, ...]) -> tuple[str | None, bool]:
        """The role given that says whom an entry is about, and whether through its house banks; None: nobody does, it
        takes the total."""
        role = entry.role
        if role in roles:
            return role, False
        if role in BANK_OF:
            return next(candidate for candidate in BANK_OF[role] if candidate in roles), True
        if entry.sector in ("firm", "bank") or self.sizes[entry.sector] > 1:
            raise KeyError(f"{self.event}: who is the {role}?")
        return None, False

    def _check(self, entry: Entry, amount: Fen | None, total: int) -> None:
        if amount is None:
            return
        if amount.size and int(amount.min()) < 0:
            raise AuditError(self.step, self.event, f"{entry.role}: negative amount", int(amount.min()), 0)
        if int(amount.sum()) != total:
            account = f"{entry.role}: {entry.debit} / {entry.credit}"
            raise AuditError(self.step, self.event, account, int(amount.sum()), total)

    def _move(self, line: _Line, index: Index | None, amount: Fen | None, total: int) -> None:
        entry, debit, credit, up, down = line[:5]
        if entry.sector == "bank" and index is not None and amount is not None:
            index, amount = None, sum_by(index, np.ascontiguousarray(amount), self.sizes["bank"])
        if amount is None:
            debit[0] += up * total
            credit[0] += down * total
        elif index is None:
            for account, sign in ((debit, up), (credit, down)):
                (np.add if sign > 0 else np.subtract)(account, amount, out=account)
        else:
            # Not a column of a table: kernels are compiled for each layout.
            _book(debit, credit, up, down, index, np.ascontiguousarray(amount))
        if self.audit:
            for account, sign in ((entry.debit, up), (entry.credit, down)):
                self._control[entry.sector, account] += sign * total
                self._touched[entry.sector, account] = self.event

    def _trace(self, event: str, entry: Entry, index: Index | None, amount: Fen | None, total: int) -> None:
        sector = entry.sector
        key = f"{event}|{entry.role}"
        if sector != "firm" or amount is None:
            self.flows[key, sector] = self.flows.get((key, sector), 0) + total
            return
        core = int(amount[: self.core].sum() if index is None else amount[index < self.core].sum())
        self.flows[key, "oem"] = self.flows.get((key, "oem"), 0) + core
        self.flows[key, "supplier"] = self.flows.get((key, "supplier"), 0) + total - core

    def close(self) -> None:
        """Close the step: profit into equity."""
        self.totals.clear()
        for sector in self.sizes:
            profit = self._balance[sector, "profit"]
            self._balance[sector, "equity"] += profit
            profit[:] = 0
            self._control[sector, "equity"] += self._control[sector, "profit"]
            self._control[sector, "profit"] = 0

    def reset_control(self) -> None:
        """Take the present balances as control totals, for a ledger that ran without audit."""
        self._control = {key: int(array.sum()) for key, array in self._balance.items()}

    def prove(self) -> None:
        """Prove every account against its postings, every holder's sheet, every instrument; raise AuditError."""
        for key, array in self._balance.items():
            held, posted = int(array.sum()), self._control[key]
            if held != posted:
                raise AuditError(self.step, self._touched[key], ".".join(key), held, posted)
        for account in (*ASSETS["firm"], *LIABILITIES["firm"]):
            lowest = int(self._balance["firm", account].min())
            if lowest < 0:
                holder = int(self._balance["firm", account].argmin())
                where = f"firm {holder}: {account} below zero"
                raise AuditError(self.step, self._touched["firm", account], where, lowest, 0)
        for sector in self.sizes:
            assets = sum((self._balance[sector, account] for account in ASSETS[sector]), np.int64(0))
            owed = sum((self._balance[sector, account] for account in (*LIABILITIES[sector], *OWN)), np.int64(0))
            wrong = np.flatnonzero(np.atleast_1d(assets != owed))
            if wrong.size:
                holder = int(wrong[0])
                left, right = int(np.atleast_1d(assets)[holder]), int(np.atleast_1d(owed)[holder])
                raise AuditError(self.step, self.event, f"{sector} {holder}: assets against claims", left, right)
        for name, accounts in INSTRUMENTS.items():
            held = sum(int(self._balance[key].sum()) for key in accounts if key[1] in ASSETS[key[0]])
            owed = sum(int(self._balance[key].sum()) for key in accounts if key[1] in LIABILITIES[key[0]])
            if held != owed:
                raise AuditError(self.step, self._touched[accounts[0]], name, held, owed)

    def prove_detail(self, sector: str, account: str, detail: Fen) -> None:
        """Prove that an account equals the sum of its detail (invoices, contracts), holder by holder."""
        booked = self._balance[sector, account]
        wrong = np.flatnonzero(booked != detail)
        if wrong.size:
            holder = int(wrong[0])
            where = f"{sector} {holder}: {account} against its detail"
            raise AuditError(self.step, self._touched[sector, account], where, int(booked[holder]), int(detail[holder]))
