"""What each chart shows: tidy tables computed from the stored series, saved beside the pictures.

`series` holds the rows of all replications of one policy: replication, step, group, indicator, unit, value,
weight. A window's value is sum(value * weight) / sum(weight) over its steps of positive weight, taken per
replication; the tables give its mean over `n` replications with the 95 % Student interval `low` to `high`
(NaN for one replication). A group without a value is absent from a table; an indicator that nobody recorded
raises KeyError.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import special

from agents.numeric import BASIS_POINT, DAYS_PER_YEAR, FEN
from experiments.labels import LANGUAGES

TIERS: Final = ("tier_1", "tier_2", "tier_3")
SIZES: Final = ("large", "medium", "small", "micro")
OEM: Final = "sector:oem"
TERMS: Final = (
    "term_funding",
    "term_operating",
    "term_expected_loss",
    "term_capital",
    "term_margin",
    "term_fees",
    "term_premium",
    "term_subsidy",
    "term_timing",
)
LEVER_TERMS: Final = ("term_fees", "term_premium", "term_subsidy")  # recorded since there are levers
STAGES: Final = ("need", "asked", "offered", "accepted", "drawn")
REASONS: Final = ("not_eligible", "risk", "price_cap", "too_dear", "capital", "stable_funding", "single_name")
SECTORS: Final = ("oem", "supplier", "informal", "bank", "central_bank", "treasury", "outside")
# What the accounts of the ledger are drawn as, from the ground up; one that is missing raises KeyError.
FAMILIES: Final = {
    "goods_and_plant": "finished_goods input_stock plant",
    "trade_credit": "receivable bill hold_back purchased_accounts purchased_bills trade_payable bill_payable",
    "loans": "loan bad_loan rest_loan informal_loan informal_claim funding shell_debt interest_receivable"
    " interest_payable outside_claim central_bank_loan standing_credit central_bank_credit refinancing claim"
    " unearned allowance",
    "money": "deposit firm_deposits outside_deposits reserves account treasury_account carrier_accounts",
    "other": "wages_receivable wages_payable supplies_receivable outside_payable tax_receivable tax_payable",
    "net_worth": "equity profit net_worth",
}
FAMILY_OF: Final = {account: family for family, accounts in FAMILIES.items() for account in accounts.split()}
PERCENT: Final = 100.0
BILLION: Final = 1e9 * FEN  # fen


@dataclass(frozen=True)
class ChartMeta:
    """Where the numbers of a chart come from, and the language it speaks ("en" or "zh", else ValueError)."""

    experiment: str
    digest: str
    version: str
    burn_in_steps: int
    step_days: int
    lang: str = "en"
    failures: tuple[float, ...] = ()  # months of the evaluation in which core enterprises are ordered to fail

    @classmethod
    def of(cls, said: Mapping[str, Any], lang: str) -> ChartMeta:
        """What a store's manifest says of it."""
        steps, failures = said["steps"], tuple(month for month, _ in core_failures(said.get("stresses", ())))
        return cls(said["experiment"], said["digest"], said["finflow"], steps["burn_in"], steps["days"], lang, failures)

    def __post_init__(self) -> None:
        if self.lang not in LANGUAGES:
            raise ValueError(f"language {self.lang!r} is unknown; allowed: {', '.join(LANGUAGES)}")


def core_failures(stresses: Iterable[Mapping[str, Any]]) -> tuple[tuple[float, int], ...]:
    """Month and rank by size of the OEMs that are ordered to fail, in order."""
    return tuple(sorted((stress["month"], stress["oem"]) for stress in stresses if stress["kind"] == "oem_failure"))


# --- From rows to means with intervals ----------------------------------------------------------------------


def select(series: pd.DataFrame, indicators: Sequence[str], groups: Sequence[str]) -> pd.DataFrame:
    """The rows of some indicators and groups; KeyError for an indicator that nobody recorded."""
    recorded = set(series["indicator"].unique())
    if absent := [indicator for indicator in indicators if indicator not in recorded]:
        raise KeyError(f"the series do not hold the indicators {absent}")
    return series[series["indicator"].isin(indicators) & series["group"].isin(groups)]


def window_values(rows: pd.DataFrame, meta: ChartMeta) -> pd.DataFrame:
    """Value of the evaluation window: replication, group, indicator, value."""
    known = rows[(rows["step"] >= meta.burn_in_steps) & (rows["weight"] > 0.0)]
    product = known["value"] * known["weight"]
    keys = ["replication", "group", "indicator"]
    sums = known.assign(product=product).groupby(keys)[["product", "weight"]].sum(skipna=False)
    return sums.assign(value=sums["product"] / sums["weight"])[["value"]].reset_index()


def rolling_values(rows: pd.DataFrame, meta: ChartMeta) -> pd.DataFrame:
    """Value of the twelve months up to each step of one indicator: replication, group, step, value.

    A run shorter than a year has the one value of the whole run, at its end. NaN where nothing had weight.
    """
    known = rows[rows["weight"] > 0.0]
    if known.empty:
        return pd.DataFrame({"replication": [], "group": [], "step": [], "value": []})
    steps = np.arange(rows["step"].min(), rows["step"].max() + 1)
    width = min(DAYS_PER_YEAR // meta.step_days, steps.size)

    def moving_sum(column: str) -> pd.DataFrame:
        # Summed anew at each step: a running sum would leave rounding where the window is empty.
        wide = table.pivot(index="step", columns=["replication", "group"], values=column)
        wide = wide.reindex(steps).fillna(0.0)
        sums = np.lib.stride_tricks.sliding_window_view(wide.to_numpy(), width, axis=0).sum(axis=-1)
        return pd.DataFrame(sums, index=wide.index[width - 1 :], columns=wide.columns)

    table = known.assign(product=known["value"] * known["weight"])
    ratio = moving_sum("product") / moving_sum("weight")
    return ratio.melt(ignore_index=False, value_name="value").reset_index()


def over_replications(values: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Mean, 95 % Student interval and n of `value` over the replications that have one; a row each key."""
    summary = values.dropna(subset="value").groupby(list(keys))["value"].agg(["mean", "sem", "count"])
    half = summary["sem"] * special.stdtrit(summary["count"] - 1, 0.975)
    mean, n = summary["mean"], summary["count"]
    return pd.DataFrame({"mean": mean, "low": mean - half, "high": mean + half, "n": n}).reset_index()


def paired_gap(values: pd.DataFrame, first: str, second: str, keys: Sequence[str] = ()) -> pd.DataFrame:
    """First group less second, replication by replication, as rows of the group "first - second"."""
    wide = values.pivot(index=["replication", *keys], columns="group", values="value")
    gap = wide.reindex(columns=[first, second])
    return (gap[first] - gap[second]).reset_index(name="value").assign(group=f"{first} - {second}")


# --- One table a chart --------------------------------------------------------------------------------------


def _share_over_time(
    series: pd.DataFrame, meta: ChartMeta, indicator: str, by_tier: Sequence[str], *gaps: tuple[str, str]
) -> pd.DataFrame:
    """Per cent over time in two panels; the window's values and their gaps in the panel "window"."""
    rows = select(series, [indicator], [*by_tier, *SIZES, "sme"])
    monthly = over_replications(rolling_values(rows, meta), ["group", "step"])
    monthly["years"] = (monthly["step"] + 1 - meta.burn_in_steps) * meta.step_days / DAYS_PER_YEAR
    values = window_values(rows, meta)
    window = over_replications(pd.concat([values, *(paired_gap(values, *gap) for gap in gaps)]), ["group"])
    panels = {
        "by_tier": monthly[monthly["group"].isin(by_tier)],
        "by_size": monthly[monthly["group"].isin(SIZES)],
        "window": window,
    }
    table = pd.concat([part.assign(panel=panel) for panel, part in panels.items()], ignore_index=True)
    table[["mean", "low", "high"]] *= PERCENT
    return table[["panel", "group", "step", "years", "mean", "low", "high", "n"]].assign(unit="%")


def apr_data(series: pd.DataFrame, meta: ChartMeta) -> pd.DataFrame:
    """Net all-in APR of new contracts, % p.a.: by tier and size over twelve months, and in the window.

    Columns panel (by_tier, by_size, window), group, step, years, mean, low, high, n, unit.
    """
    return _share_over_time(series, meta, "apr_net", TIERS, ("tier_3", "tier_1"))


def overdue_data(series: pd.DataFrame, meta: ChartMeta) -> pd.DataFrame:
    """Overdue share, %, of OEMs, tiers and sizes over twelve months and in the window; as `apr_data`."""
    return _share_over_time(series, meta, "overdue_share", (OEM, *TIERS), *((tier, OEM) for tier in TIERS))


def price_data(series: pd.DataFrame, meta: ChartMeta) -> pd.DataFrame:
    """Terms of the price and their total, bp p.a., by size and tier; and small firms less large ones.

    Columns group, term (those recorded and "total"), mean, low, high, n, unit.
    """
    recorded = set(series["indicator"].unique())
    terms = [term for term in TERMS if term in recorded or term not in LEVER_TERMS]
    rows = select(series, terms, ["sme", *SIZES, *TIERS])
    values = window_values(rows, meta)
    wide = values.pivot(index=["replication", "group"], columns="indicator", values="value")
    wide = wide.reindex(columns=terms)
    wide["total"] = wide.sum(axis=1, skipna=False)
    values = wide.reset_index().melt(["replication", "group"], var_name="term", value_name="value")
    values = pd.concat([values, paired_gap(values, "small", "large", ["term"])])
    table = over_replications(values, ["group", "term"])
    table[["mean", "low", "high"]] /= BASIS_POINT
    return table.assign(unit="bp")


def funnel_data(series: pd.DataFrame, meta: ChartMeta) -> pd.DataFrame:
    """From need to money of SMEs, a year: by count and amount, as a share of need, and refusals by reason.

    Columns measure (count, amount, count_share, amount_share, refusals), stage, mean, low, high, n, unit.
    """
    stages = {f"{stage}_{measure}": (measure, stage) for measure in ("count", "amount") for stage in STAGES}
    reasons = {f"refused_{reason}_count": ("refusals", reason) for reason in REASONS}
    place = stages | reasons
    rows = select(series, list(place), ["sme"])
    rows = rows[rows["step"] >= meta.burn_in_steps]
    years = (series["step"].max() + 1 - meta.burn_in_steps) * meta.step_days / DAYS_PER_YEAR
    flows = (rows.groupby(["replication", "indicator"])["value"].sum() / years).reset_index()
    flows["measure"] = [place[indicator][0] for indicator in flows["indicator"]]
    flows["stage"] = [place[indicator][1] for indicator in flows["indicator"]]
    flows.loc[flows["measure"] == "amount", "value"] /= BILLION
    steps = flows[flows["measure"] != "refusals"]
    need = steps[steps["stage"] == "need"].set_index(["replication", "measure"])["value"]
    whole = steps.set_index(["replication", "measure"]).index.map(need).to_numpy(np.float64)
    share = PERCENT * steps["value"] / np.where(whole > 0.0, whole, np.nan)
    shares = steps.assign(value=share, measure=steps["measure"] + "_share")
    table = over_replications(pd.concat([flows, shares]), ["measure", "stage"])
    units = {"count": "a year", "refusals": "a year", "amount": "bn CNY a year"}
    return table.assign(unit=table["measure"].map(units).fillna("% of need"))


def balance_data(series: pd.DataFrame, meta: ChartMeta) -> pd.DataFrame:
    """Balance sheets of the sectors after the last step, bn CNY, assets positive; net worth closes each.

    Columns sector, account, family, mean, low, high, n, unit.
    """
    accounts = [name for name in series["indicator"].unique() if name.startswith("balance:")]
    if not accounts:
        raise KeyError("the series do not hold any indicator balance:<account>")
    rows = select(series, accounts, [f"sector:{sector}" for sector in SECTORS])
    rows = rows[rows["step"] == series["step"].max()]
    values = pd.DataFrame(
        {
            "replication": rows["replication"],
            "sector": rows["group"],
            "account": rows["indicator"].str.removeprefix("balance:"),
            "value": rows["value"],
        }
    )
    closing = (-values.groupby(["replication", "sector"])["value"].sum()).reset_index()
    table = over_replications(pd.concat([values, closing.assign(account="net_worth")]), ["sector", "account"])
    table[["mean", "low", "high"]] /= BILLION
    table.insert(2, "family", [FAMILY_OF[account] for account in table["account"]])
    return table.assign(unit="bn CNY")
