"""Made-up results of several policies: the shape of what the engine stores, with effects that are known.

`Shelf` is a store whose runs are frames in memory. Numbers here are invented, for tests and for looking at
pictures only.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from experiments.charts import STAGES, TERMS
from experiments.policy_charts import LOSS_BEARERS
from experiments.store import Run, Store
from sim.contagion import CELLS, LINKED

SIZES, TIERS = ("large", "medium", "small", "micro"), ("tier_1", "tier_2", "tier_3")
GROUPS = ("all", "sme", *SIZES, *TIERS)
BURN_IN, EVALUATE, DAYS = 24, 60, 30
LEVELS = {"all": 0.042, "sme": 0.044, "large": 0.036, "medium": 0.041, "small": 0.046, "micro": 0.062}
LEVELS |= {"tier_1": 0.039, "tier_2": 0.044, "tier_3": 0.049}
GAP = {"all": 0.4, "sme": 0.5, "large": 0.2, "medium": 0.3, "small": 0.5, "micro": 0.7}
GAP |= {"tier_1": 0.3, "tier_2": 0.5, "tier_3": 0.6}
FUNNEL = dict(zip(STAGES, (1.0, 0.71, 0.62, 0.50, 0.49), strict=True))
TERM_SHARES = {"term_funding": 0.42, "term_operating": 0.13, "term_expected_loss": 0.2, "term_capital": 0.13,
               "term_margin": 0.1, "term_fees": 0.0, "term_premium": 0.0, "term_subsidy": 0.0,
               "term_timing": 0.02}  # fmt: skip
LOSS = dict(zip(LOSS_BEARERS, (40.0, 22.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 3.0, 9.0), strict=True))
# m CNY that sectors hold, or owe where negative, of instruments of which both sides come to the same.
BOOKS = {
    ("supplier", "receivable"): 4200.0, ("bank", "purchased_accounts"): 40.0, ("oem", "trade_payable"): -1200.0,
    ("supplier", "trade_payable"): -1900.0, ("outside", "trade_payable"): -1140.0, ("supplier", "bill"): 760.0,
    ("bank", "purchased_bills"): 1430.0, ("oem", "bill_payable"): -2190.0, ("bank", "loan"): 3400.0,
    ("carrier", "claim"): 2.0, ("supplier", "loan"): -3402.0, ("informal", "loan"): 165.0,
    ("supplier", "informal_loan"): -165.0, ("treasury", "tax_receivable"): 42.0, ("oem", "tax_payable"): -12.0,
    ("supplier", "tax_payable"): -30.0, ("central_bank", "refinancing"): 70.0, ("bank", "refinancing"): -70.0,
}  # fmt: skip
# The rest of banks' balance sheet, m CNY; kinds of banks hold these shares of all of it.
OWN_BOOKS = {"reserves": 6000.0, "rest_loan": 75000.0, "firm_deposits": -9000.0, "outside_deposits": -68200.0,
             "allowance": -600.0, "equity": -8000.0}  # fmt: skip
BANK_SHARES = {"sector:bank": 1.0, "state_owned": 0.7, "joint_stock": 0.2, "city_rural": 0.1}
NOTHING_OF = ("interest_receivable", "bad_loan", "central_bank_credit", "unearned", "hold_back")
# What a policy does: to terms of the price (rate), to stages of the funnel and the gap (share), to public cost
# (m CNY a year, by payer) and to who bears losses (m CNY a year).
EFFECTS: dict[str, dict[str, Any]] = {
    "baseline": {},
    "relending": {"term_funding": -0.0031, "term_margin": 0.0004, "gap": -0.004, "central_bank_cost": 18.0},
    "subsidy": {"term_subsidy": -0.0075, "term_margin": 0.0006, "gap": -0.006, "fiscal_outlay": 66.0},
    "insurance": {"term_premium": 0.0022, "term_expected_loss": -0.0021, "gap": -0.03, "fiscal_outlay": 6.0,
                  "insurer": 9.0, "lenders": -8.0},
    "bigger_pool": {"term_expected_loss": -0.0009, "gap": -0.015, "pool_payout": 14.0, "pool": 12.0, "lenders": -11.0},
    "all_four": {"term_funding": -0.003, "term_subsidy": -0.0072, "term_premium": 0.0012, "term_expected_loss": -0.002,
                 "gap": -0.055, "fiscal_outlay": 76.0, "central_bank_cost": 19.0, "pool_payout": 15.0, "insurer": 10.0,
                 "pool": 13.0, "lenders": -17.0},
    "no_policy": {"term_funding": 0.0011, "gap": 0.02, "fiscal_outlay": -21.0, "pool_payout": -4.0, "pool": -2.0,
                  "lenders": 2.0},
}  # fmt: skip
LEVERS_OF = {
    "relending": ("relending_sme",),
    "subsidy": ("interest_subsidy", "discount_subsidy"),
    "insurance": ("trade_credit_insurance",),
    "bigger_pool": ("risk_compensation_pool",),
    "all_four": ("relending_sme", "interest_subsidy", "trade_credit_insurance", "risk_compensation_pool"),
}


class Shelf(Store):
    """Runs in memory; tables derived from them are written to `path` as usual."""

    def __init__(self, path: Path, said: dict[str, Any], runs: dict[Run, dict[str, pd.DataFrame]]):
        super().__init__(path)
        self.said, self.runs_held = said, runs

    def manifest(self) -> dict[str, Any]:
        return self.said

    def planned(self) -> list[Run]:
        return list(self.runs_held)

    def done(self) -> list[Run]:
        return list(self.runs_held)

    def series(self, runs: Iterable[Run] | None = None, indicators: Iterable[str] = (), groups: Iterable[str] = ()):
        rows = self._all("series", runs)
        wanted = list(indicators)
        return rows[rows["indicator"].isin(wanted)] if wanted else rows

    def firms(self, runs: Iterable[Run] | None = None) -> pd.DataFrame:
        return self._all("firms", runs)

    def events(self, runs: Iterable[Run] | None = None) -> pd.DataFrame:
        return self._all("events", runs)

    def columns(self, kind: str, run: Run, names: Iterable[str]) -> pa.Table:
        return pa.Table.from_pandas(self.runs_held[run][kind][list(names)], preserve_index=False)

    def _all(self, kind: str, runs: Iterable[Run] | None) -> pd.DataFrame:
        chosen = self.done() if runs is None else list(runs)
        parts = [
            self.runs_held[run][kind].assign(policy=run.policy, draw=run.draw, replication=run.replication)
            for run in chosen
        ]
        return pd.concat(parts, ignore_index=True)


def manifest(
    policies: Iterable[str], steps: tuple[int, int] = (BURN_IN, EVALUATE), failure: int | None = None
) -> dict[str, Any]:
    stresses = [] if failure is None else [{"kind": "oem_failure", "month": failure, "months": 1, "oem": 0}]
    return {
        "stresses": stresses,
        "experiment": "made-up",
        "digest": "3f9c2a71d04e88b1c0ffee",
        "finflow": "0.1.0",
        "config": "config/none.yaml",
        "steps": {"burn_in": steps[0], "evaluate": steps[1], "days": DAYS},
        "parameters": {"measured": 21, "estimated": 30, "assumed": 49},
        "policies": {
            policy: [
                {"instrument": key, "start_day": 0, "end_day": 10**9, "share": 0.5} for key in LEVERS_OF.get(policy, ())
            ]
            for policy in policies
        },
    }  # fmt: skip


def shelf(
    path: Path, policies: Iterable[str] = tuple(EFFECTS), replications: int = 8, worlds: int = 0, strength: float = 1.0,
    empty: Iterable[str] = (), firms: int = 240, failure: int | None = None,
) -> Shelf:  # fmt: skip
    """A store of `policies` whose effects are `strength` times those of `EFFECTS`; groups `empty` have no values.

    In the month `failure`, if there is one, the largest OEM fails; cells of suppliers in `empty` have no firm.
    """
    names = tuple(policies)
    places = [(draw, run) for draw in range(worlds + 1) for run in range(replications if draw == 0 else 2)]
    runs = {
        Run(f"{policy}-{draw}-{run}", policy, draw, run, 7): made(
            policy, draw, run, strength, tuple(empty), firms, failure
        )
        for policy in names
        for draw, run in places
    }
    return Shelf(path, manifest(names, failure=failure), runs)


def made(
    policy: str, draw: int, run: int, strength: float, empty: tuple[str, ...], firms: int, failure: int | None = None
) -> dict[str, Any]:
    """One run: luck shared by all policies of a replication, and a little of the policy's own."""
    luck = np.random.default_rng([draw, run])
    own = np.random.default_rng([draw, run, list(EFFECTS).index(policy), 1])
    world = 1.0 if draw == 0 else float(np.random.default_rng([draw, 99]).normal(1.0, 0.45))
    effect = {name: value * strength * world for name, value in EFFECTS[policy].items()}
    series = _series(effect, luck, own, empty)
    if failure is not None:
        series = pd.concat([series, _spread(effect, luck, BURN_IN + failure, empty)])
    return {
        "series": series,
        "firms": _firms(effect, luck, own, firms),
        "events": _events(policy, run),
    }


def _series(effect: dict[str, float], luck: Any, own: Any, empty: tuple[str, ...]) -> pd.DataFrame:
    steps = np.arange(BURN_IN + EVALUATE)
    on = (steps >= BURN_IN).astype(float)
    noise = 1.0 + 0.03 * luck.standard_normal() + 0.02 * luck.standard_normal(steps.size)
    wobble = 0.004 * own.standard_normal() * on
    parts = []

    def add(group: str, indicator: str, unit: str, value: Any, weight: Any = 1.0) -> None:
        if group in empty:
            value, weight = np.nan, 0.0
        parts.append((group, indicator, unit, *(np.broadcast_to(one, steps.size) for one in (value, weight))))

    for group in GROUPS:
        weight = 2.4e14 * noise * (1.0 - 0.4 * effect.get("gap", 0.0) * on)
        total = np.zeros(steps.size)
        for term in TERMS:
            value = (TERM_SHARES[term] * LEVELS[group]) * noise * (1 + wobble) + effect.get(term, 0.0) * on
            total = total + value
            add(group, term, "rate", value, weight)
        add(group, "apr_net", "rate", total, weight)
        add(group, "apr_gross", "rate", total - effect.get("term_subsidy", 0.0) * on, weight)
        need = 6e11 * noise
        gap = np.clip(GAP[group] * (1 + wobble) + effect.get("gap", 0.0) * on, 0.0, 1.0)
        add(group, "financing_gap", "fen", need * gap)
        for stage, share in FUNNEL.items():
            got = need * (1.0 - gap if stage == "drawn" else share - 0.6 * effect.get("gap", 0.0) * on * (share < 1.0))
            add(group, f"{stage}_amount", "fen", got)
            add(group, f"{stage}_count", "count", np.round(got / 2.5e9))
        add(group, "default_rate", "rate", 0.03 * noise * (1 + 3 * wobble), 1e3)
        add(group, "formal_share_of_need", "share", 1.0 - gap, need)
        add(group, "overdue_share", "share", 0.06 * noise * (1 + 2 * wobble), need)
        add(group, "receivables_to_output", "share", (0.2 + 0.1 * effect.get("gap", 0.0) * on) * noise, need)
    add("sme", "sme_apr_net", "rate", total, weight)
    cost = 0.061 * noise * (1 + wobble) + on * (0.35 * effect.get("gap", 0.0) * 0.1 + _price(effect) * 0.6)
    add("sme", "sme_cost_of_need", "rate", cost, 6e11)
    add("sme", "approval_rate", "share", 0.76 * noise - 0.4 * effect.get("gap", 0.0) * on, 2e2)
    add("banks", "npl_ratio", "share", 0.014 * noise * (1 + 5 * wobble), 1e12)
    for lender, level in (("state_owned", 0.015), ("joint_stock", 0.012), ("city_rural", 0.03)):
        add(lender, "npl_ratio", "share", level * noise * (1 + 5 * wobble), 3e11)
    for lender, size in (("banks", 1.0), ("state_owned", 0.7), ("joint_stock", 0.2), ("city_rural", 0.1)):
        add(lender, "npl_ratio_whole", "share", 0.018 * noise, 8e12 * size)
        add(lender, "capital_ratio", "share", 0.15 * noise * (1 + 0.1 * wobble), 1e12)
        add(lender, "return_on_equity", "rate", 0.1 * noise * (1 + wobble), 1e12)
    million = 1e8 / 12.0
    public = {"fiscal_outlay": 21.0, "central_bank_cost": 8.0, "pool_payout": 4.0, "guarantee_net_loss": 0.0}
    flows = {
        name: np.maximum(level * noise + effect.get(name, 0.0) * on, 0.0) * million for name, level in public.items()
    }
    for name, flow in flows.items():
        add("public", name, "fen", flow)
    add("public", "public_cost", "fen", sum(flows.values()))
    for bearer, level in LOSS.items():
        loss = np.maximum(level * noise * (1 + 8 * wobble) + effect.get(bearer, 0.0) * on, 0.0) * million
        add(f"bearer:{bearer}", "loss_borne", "fen", loss)
    for (sector, account), stock in BOOKS.items():
        moved = (
            stock
            * (1.0 - 2.0 * effect.get("gap", 0.0) * on * (account == "loan" and sector != "informal"))
            * (noise + wobble)
        )
        add(f"sector:{sector}", f"balance:{account}", "fen", moved * 1e8)
    chain = {account: stock for (sector, account), stock in BOOKS.items() if sector == "bank"}
    for bank, share in BANK_SHARES.items():
        sheet = OWN_BOOKS | dict.fromkeys(NOTHING_OF, 0.0) | ({} if bank == "sector:bank" else chain)
        for account, stock in sheet.items():
            add(bank, f"balance:{account}", "fen", share * stock * (noise + wobble) * 1e8)
    for name in ("lever_volume", "lever_balance"):
        add("lever:relending_sme", name, "fen", 3e11 * on * abs(effect.get("term_funding", 0.0)) / 0.003)
    columns = {
        name: np.repeat([part[k] for part in parts], steps.size)
        for k, name in enumerate(("group", "indicator", "unit"))
    }
    values = {name: np.concatenate([part[k] for part in parts]) for k, name in ((3, "value"), (4, "weight"))}
    return pd.DataFrame({"step": np.tile(steps, len(parts))} | columns | values)


def _spread(effect: dict[str, float], luck: Any, failure: int, empty: tuple[str, ...]) -> pd.DataFrame:
    """What a run records of a failure: distress that fades, failures that follow, fewer of both with a smaller gap."""
    steps = np.arange(BURN_IN + EVALUATE)
    since = steps - failure
    fading = np.where(since > 0, np.exp(-np.maximum(since, 0) / 6.0), 0.0) * (1.0 + 8.0 * effect.get("gap", 0.0))
    parts = []
    for place, cell in enumerate(CELLS):
        firms = 0 if cell in empty else 12 + 4 * (place % 4) + 10 * (place // 4)
        hit = fading * (0.9 - 0.2 * (place % 4)) / (1 + place // 4)
        gone = np.round(firms * (0.03 + 0.1 * hit))
        overdue = np.round(firms * (0.04 + 0.7 * hit))
        cut = np.round(0.05 * firms)
        own = {"firms_gone": gone, "firms_overdue": overdue, "firms_cut": cut,
               "firms_sound": firms - gone - overdue - cut,
               "lost_on_failed": 1e8 * gone * (place + 1.0),
               "failures": luck.binomial(firms, np.clip(0.003 + 0.02 * hit, 0.0, 1.0))}  # fmt: skip
        parts += [
            (f"exposure:{cell}", name, "count", np.broadcast_to(value, steps.size)) for name, value in own.items()
        ]
    for link in LINKED:
        stops = link.startswith("link:failing") & (since >= 0)
        parts.append((link, "deliveries", "fen", np.where(stops, 0.0, 1e9 * (1.0 - 0.5 * fading))))
    return pd.concat(
        pd.DataFrame({"step": steps, "group": group, "indicator": name, "unit": unit, "value": value, "weight": 1.0})
        for group, name, unit, value in parts
    )


def _price(effect: dict[str, float]) -> float:
    return sum(value for name, value in effect.items() if name.startswith("term_"))


def _firms(effect: dict[str, float], luck: Any, own: Any, firms: int) -> pd.DataFrame:
    size = np.array(SIZES)[luck.choice(4, firms, p=(0.05, 0.2, 0.4, 0.35))]
    tier = luck.choice((1, 2, 3), firms, p=(0.3, 0.4, 0.3))
    sales = np.round(luck.lognormal(25.0, 1.0, firms))
    need = np.round(sales * 0.6)
    hunger = luck.random(firms) + 0.02 * own.standard_normal(firms) * (effect != {})
    gets = hunger < 0.55 - 2.0 * effect.get("gap", 0.0)
    apr = 0.03 + 0.03 * luck.random(firms) + _price(effect) + 0.001 * own.standard_normal(firms)
    granted = np.where(gets, np.round(need * 0.6), 0.0)
    bad = luck.random(firms) < 0.08 + 0.1 * (hunger > 0.5)
    table = {
        "slot": np.arange(firms), "tier": tier, "size": size, "subsector": "battery", "annual_sales": sales,
        "need": need, "asked": need, "granted": granted, "weight": granted * 120.0, "apr": np.where(gets, apr, np.nan),
        "apr_gross": np.where(gets, apr - effect.get("term_subsidy", 0.0), np.nan), "informal": 0.0, "late": 0.0,
        "output_lost": 0.0, "cost": need * np.where(gets, 0.7 * apr + 0.02, 0.09) * DAYS / 360, "defaulted": bad * 1e8,
        "credit_loss": bad * gets * granted * 0.05, "defaults": bad.astype(int),
    }  # fmt: skip
    return pd.concat([pd.DataFrame(table).assign(window=window) for window in ("whole", "first_12", "last_24")])


def _events(policy: str, run: int) -> pd.DataFrame:
    rows = [(BURN_IN, "lever_start", key, "", 0) for key in LEVERS_OF.get(policy, ())]
    if policy == "bigger_pool" and run % 2 == 0:
        rows.append((BURN_IN + 31 + run, "pool_empty", "risk_compensation_pool", "", 0))
    if policy == "subsidy":
        rows.append((BURN_IN + 9, "budget_exhausted", "interest_subsidy", "", 0))
    return pd.DataFrame(rows, columns=["step", "kind", "subject", "detail", "amount"])
