"""The economy: populations, books and markets, and the step that moves them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mesa
import numpy as np
import numpy.typing as npt

from agents.bank import Banks
from agents.birth import Founding, found
from agents.carrier import CARRIERS, Carriers
from agents.firm import ACTIVE, CLOSING, ESTATE, VACANT, Firms
from agents.handles import (
    CARRIER_HANDLES,
    CentralBank,
    CommercialBank,
    FirmHandle,
    Handle,
    InformalLender,
    Oem,
    Outside,
    Supplier,
    Treasury,
)
from agents.numeric import share_of, sum_by
from agents.parameters import BANK_KINDS, SUBSECTORS, TIERS, Parameters, Stress
from policies.levers import Policy
from sim.clearing import clearing_order
from sim.compiling import compile_ahead
from sim.confirmed import Confirmed
from sim.contagion import exposed
from sim.contracts import PRODUCTS, RATING_GRADES, Book, Contracts, drop_finished
from sim.credit_market import Market
from sim.facilities import scale_to_population
from sim.journal import ASSETS
from sim.ledger import Fen, Ledger
from sim.levers import Levers
from sim.liquidity import Plan
from sim.opening import open_books
from sim.random import Streams
from sim.receivables import Receivables
from sim.recorder import Recorder
from sim.schedule import STEP
from sim.shocks import stationary_sd
from sim.stress import StressCalendar
from sim.trade import Goods

Rows = npt.NDArray[np.int64]


class FinancingModel(mesa.Model):
    """One world. A run is a pure function of parameters, founding, seed, replication and stresses.

    `audit` proves the books every step ("every_step"), after the last ("final", by `Record`), or never ("off").
    Stress months count from `first_step`, the evaluation's start. Raises AuditError when books do not balance.
    """

    def __init__(
        self,
        parameters: Parameters,
        founding: Founding | None = None,
        *,
        seed: int = 1,
        replication: int = 0,
        audit: str = "off",
        stresses: Sequence[Stress] = (),
        first_step: int = 0,
        policy: Policy | None = None,
    ) -> None:
        super().__init__(rng=seed)
        compile_ahead()
        self.parameters = parameters
        self.streams = Streams(seed, replication)
        self.founding = founding or found(
            parameters, lambda purpose, count: self.streams.uniform(f"birth.{purpose}", -1, count)
        )
        self.step_days = parameters.step_days
        self.months = parameters.step_days / 30
        self.step_number = 0
        self.audit = audit
        self.policy = policy or Policy("no_policy")
        self.stress = StressCalendar(stresses, first_step, self.step_days)
        self.recorder: Recorder | None = None
        self.events: list[tuple[int, str, str, str, int]] = []
        self._handles: list[Handle] | None = None
        self._populate()
        self._connect()
        self._set_norms()
        self._start_memory()
        failing = self.stress.oems_to_fail()
        self.exposure = exposed(self.firms, self.network, failing) if failing else None
        open_books(self)
        self.levers = Levers(self.policy, first_step, self.step_days, self.banks.slots)
        scale_to_population(self)

    # ---- birth

    def _populate(self) -> None:
        born, technology = self.founding, self.parameters.technology
        if np.any(np.diff(born.tier) < 0):
            raise ValueError("firms must be in order of tier, OEMs first")
        self.firms, self.banks = Firms(born.tier.size), Banks(born.bank_kind.size)
        firms, banks, tier = self.firms, self.banks, born.tier
        for name in ("tier", "subsector", "size", "town", "house_bank", "reach", "annual_sales", "annual_inputs",
                     "outside_sales", "age"):  # fmt: skip
            setattr(firms, name, getattr(born, name))
        self.oems = int((tier == 0).sum())
        by_size = np.array(technology.mark_up_size)[firms.size] * (tier > 0)
        mark_up = np.array((0.0, *technology.mark_up_tier))[tier] + by_size
        firms.unit_cost = np.round(1 / (1 + mark_up), 10)
        firms.input_cost = firms.annual_inputs / np.maximum(firms.annual_sales, 1)
        firms.wage_cost = np.minimum(
            np.array((0.0, *technology.wage_share))[tier], np.maximum(firms.unit_cost - firms.input_cost, 0)
        )
        step = self.step_days / 360
        firms.capacity = np.floor(firms.annual_sales * step * technology.capacity_margin).astype(np.int64)
        banks.kind, banks.town = born.bank_kind, born.bank_town
        rules, market = self.parameters.bank, self.parameters.market
        banks.funding = np.round(rules.funding + np.array(rules.funding_spread)[banks.kind], 10)
        banks.running_cost = np.array(rules.running_cost)[banks.kind]
        banks.mandate = np.array(market.mandate)[banks.kind]

    def _connect(self) -> None:
        firms, network, parameters = self.firms, self.founding.network, self.parameters
        self.network = network
        self.tiers = len(TIERS)
        bounds = np.searchsorted(firms.tier, np.arange(self.tiers + 2))
        self.rows_of_tier = [slice(int(bounds[t]), int(bounds[t + 1])) for t in range(self.tiers + 1)]
        self.edges_from_tier = [np.flatnonzero(firms.tier[network.supplier] == t) for t in range(self.tiers + 1)]
        self.chain_edges = int(network.buyer_start[firms.slots])
        longest = parameters.oem.longest_bill_days if parameters.oem.term_response > 0 else 0.0
        self.receivables = Receivables(network, parameters.trade, longest, self.step_days, self.oems, firms.slots)
        self.clearing_order = clearing_order(
            firms.slots, network.buyer[: self.chain_edges].astype(np.int64),
            network.supplier[: self.chain_edges].astype(np.int64),
        )  # fmt: skip
        self.carriers = Carriers(len(CARRIERS))
        sizes = dict.fromkeys(ASSETS, 1)
        sizes |= {"firm": firms.slots, "bank": self.banks.slots, "carrier": self.carriers.slots}
        self.ledger = Ledger(sizes, firms.house_bank, core=self.oems, audit=self.audit == "every_step")
        self.contracts = Contracts()
        self.confirmed = Confirmed()
        write_off = max(1, round(parameters.bank.write_off_months / self.months))
        self.bad_loans = np.zeros((write_off, self.banks.slots), np.int64)

    def _set_norms(self) -> None:
        firms, technology, rules = self.firms, self.parameters.technology, self.parameters
        self.input_ratio = np.where(firms.tier > 0, firms.input_cost, (firms.annual_inputs > 0) * 1.0)
        per_day = firms.annual_sales / 360
        self.finished_target = np.floor(technology.finished_stock_days * per_day).astype(np.int64)
        self.input_target = np.floor(technology.input_stock_days * firms.annual_inputs / 360).astype(np.int64)
        self.normal_plant = np.floor(technology.plant_to_sales * firms.annual_sales).astype(np.int64)
        own = np.maximum(firms.unit_cost - firms.input_cost, 0)
        days = np.array(rules.liquidity.cash_days)[firms.size]
        self.normal_daily_cost = own * per_day
        self.normal_buffer = np.floor(days * own * per_day).astype(np.int64)
        sd = stationary_sd(rules.shocks) * np.sqrt(1 - rules.shocks.sector_share)
        self.own_cost_sd = sd * np.array(rules.shocks.cost_by_size)[firms.size]
        nearest = max(1, int(np.ceil(rules.market.shortest_paper_days / self.step_days)))
        self.shortest_paper = nearest

    def _start_memory(self) -> None:
        slots, edges = self.firms.slots, self.network.buyer.size
        rules = self.parameters
        self.plan, self.goods, self.market = Plan(), Goods(), Market()
        self.absent_until = np.zeros(edges, np.int64)
        self.oem_absent_until = np.zeros(slots, np.int64)
        self.asked_to_close, self.closed = np.zeros(slots, np.bool_), np.zeros(slots, np.bool_)
        self.new_borrowers = np.zeros(slots, np.bool_)
        self.defaults = np.zeros(slots, np.int64)
        self.tax_due = np.zeros(slots, np.int64)
        self.parts = np.zeros(slots, np.int64)
        self.left_overdue = np.zeros((5, slots), np.int64)  # by class
        self.left_total, self.due_total = np.zeros(slots, np.int64), np.zeros(slots, np.int64)
        self.defaulted_loans = np.zeros(slots, np.int64)
        self.credit_loss = np.zeros(slots, np.int64)  # what lenders and carriers lost on each firm in this step, fen
        self.trade_loss = np.zeros(slots, np.int64)  # what each firm lost on buyers that failed, in this step, fen
        self.bank_losses = np.zeros(self.banks.slots, np.int64)
        self.paper_price, self.paper_price_before = 0.0, 0.0  # smoothed APR of OEM paper, now and before the evaluation
        self.days_to_pay = 90.0  # of the guarantee that was last in force
        self.refinancing_rate = 0.0  # at which what is refinanced bears interest
        self.implicit_cost = np.zeros(self.banks.slots)  # interest the central bank forgoes on it in this step, fen
        self.demand_shock, self.sector_shock = 0.0, np.zeros(len(SUBSECTORS))
        self.group = self.firms.size.astype(np.int64) * 4 + self.firms.tier
        self.group_approval = np.full(16, rules.liquidity.approval_start)
        start = rules.bank.funding + 0.02
        self.group_price = np.full(16, start)
        self.group_days = np.full(16, 180.0)
        self.reference = np.full((len(PRODUCTS), RATING_GRADES), start)

    # ---- what phases ask of the state

    def punctuality(self) -> npt.NDArray[np.float64]:
        """Share of its dues each buyer is expected to pay; customers outside, last, pay in full. float64[n + 1]."""
        return np.append(self.firms.punctuality, 1.0)

    def unit_shock(self) -> npt.NDArray[np.float64]:
        """Deviation of unit cost from standard, share of it: permanent, sub-sector's and own. float64[n]."""
        return np.append(self.sector_shock, 0.0)[self.firms.subsector] + self.firms.cost_shock + self.firms.quality

    def wear(self) -> Fen:
        """Plant that wears out in a step, fen."""
        share = self.parameters.technology.depreciation * self.step_days / 360
        return share_of(self.ledger.balance("firm", "plant"), share)

    def firm_assets(self) -> Fen:
        """Balance-sheet total by firm, fen."""
        return self.ledger.assets("firm")

    def debts(self) -> Fen:
        """All that a firm owes, fen."""
        return self.ledger.debts("firm")

    def firm_equity(self) -> Fen:
        """Net worth by firm, this step's profit included, fen."""
        return self.ledger.balance("firm", "equity") + self.ledger.balance("firm", "profit")

    def bank_equity(self) -> Fen:
        """Equity by bank, this step's profit included, fen."""
        return self.ledger.balance("bank", "equity") + self.ledger.balance("bank", "profit")

    def chain_book(self) -> Book:
        """What each bank has lent the chain, and what it has to provide for it."""
        return self.contracts.book(self.banks.slots, self.parameters.bank.general_provision)

    def risk_weighted_assets(self, book: Book | None = None) -> Fen:
        """By bank, fen: chain contracts at their weights, claims on shells in full, the rest of the book. `book`: the
        present `chain_book`, where it is known."""
        rest = self.ledger.balance("bank", "rest_loan") * self.parameters.bank.rest_risk_weight
        return np.floor((book or self.chain_book()).weighted + rest + self.bad_loans.sum(axis=0)).astype(np.int64)

    def npl_by_bank(self, book: Book | None = None) -> tuple[Fen, Fen]:
        """Non-performing and total chain book by bank, fen; `book` as above."""
        book, shells = book or self.chain_book(), self.bad_loans.sum(axis=0)
        return book.bad + shells, book.total + shells

    def npl_ratio_by_bank(self) -> npt.NDArray[np.float64]:
        """Non-performing share of each bank's chain book."""
        bad, total = self.npl_by_bank()
        return bad / np.maximum(total, 1)

    def is_active(self) -> npt.NDArray[np.bool_]:
        """Firms in business: neither closing nor estates nor vacant."""
        return self.firms.status == ACTIVE

    def goes_on(self) -> npt.NDArray[np.bool_]:
        """Firms that are neither estates nor vacant."""
        return (self.firms.status == ACTIVE) | (self.firms.status == CLOSING)

    def lose_on_buyers(self, seller: npt.NDArray[Any], lost: npt.NDArray[np.int64]) -> None:
        """Count what suppliers lose of what failed buyers owe them, fen."""
        self.trade_loss += sum_by(seller, lost, self.firms.slots)

    def count_defaults(self, rows: Rows) -> None:
        """Note defaults for the per-slot record."""
        self.defaults[rows] += 1

    def record_event(self, kind: str, subject: str, detail: str, amount: int) -> None:
        """Keep something the reader of results should know of."""
        self.events.append((self.step_number, kind, subject, detail, amount))

    def firm_name(self, slot: int) -> str:
        """How messages call a firm."""
        return f"OEM {slot}" if slot < self.oems else f"supplier {slot - self.oems}"

    def bank_name(self, bank: int) -> str:
        """How messages call a bank."""
        return f"{BANK_KINDS[self.banks.kind[bank]]} bank {bank}"

    def contracts_alive(self) -> npt.NDArray[np.bool_]:
        """Which contracts have something outstanding or paper; lots are told the rows these get when the others are
        dropped, so that memory is bounded by what is alive."""
        contracts, lots = self.contracts, self.receivables.lots
        return drop_finished(
            contracts.principal, contracts.interest, contracts.unearned, contracts.claim, lots.contract
        )

    # ---- time

    def step(self) -> None:
        """One period: the phases of `sim.schedule.STEP`."""
        for process in STEP:
            process(self)
        self.step_number += 1

    # ---- Mesa

    def population(self, sector: str) -> Any:
        """The population whose columns a handle of this sector reads, if it has one."""
        return {"firm": self.firms, "bank": self.banks, "carrier": self.carriers}.get(sector)

    def _register(self) -> None:
        if self._handles is not None:
            return
        self._handles = []
        kinds = [(Oem if slot < self.oems else Supplier, slot) for slot in range(self.firms.slots)]
        kinds += [(CommercialBank, bank) for bank in range(self.banks.slots)]
        kinds += [(InformalLender, 0), (Outside, 0), (Treasury, 0), (CentralBank, 0)]
        kinds += list(zip(CARRIER_HANDLES, range(self.carriers.slots), strict=True))
        for kind, slot in kinds:
            generation = int(self.firms.generation[slot]) if issubclass(kind, FirmHandle) else 0
            self._handles.append(kind(self, slot, generation))

    @property
    def agents(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - Mesa's setter only raises
        """All agents as a Mesa AgentSet; handles are made when somebody first asks for them."""
        self._register()
        return self._all_agents

    @property
    def agents_by_type(self) -> Any:
        """Mesa's dict of agent sets by class."""
        self._register()
        return self._agents_by_type

    @property
    def agent_types(self) -> list[type]:
        """Classes of agents there are."""
        self._register()
        return list(self._agents_by_type)

    def close_firm(self, slot: int) -> None:
        """Let a supplier close voluntarily in the next step, if what it can turn into cash covers its debts."""
        self.asked_to_close[slot] = True

    def renew_handles(self, rows: Rows) -> None:
        """A successor is a new agent: (slot, next generation)."""
        if self._handles is None:
            return
        for slot in rows:
            old = self._handles[slot]
            self.deregister_agent(old)
            self._handles[slot] = type(old)(self, int(slot), int(self.firms.generation[slot]))


__all__ = ["ACTIVE", "CLOSING", "ESTATE", "VACANT", "FinancingModel"]
