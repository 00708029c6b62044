"""The title of a chart says what its data show, and no more than they show.

Two groups are said to differ only where the interval of their paired difference leaves out 0 and the difference is not
0 in the digits shown; one replication has no interval, so its title states levels alone.
"""

from typing import Final

import pandas as pd

from experiments import style as look
from experiments.charts import OEM, TERMS, TIERS
from experiments.headline import number
from experiments.labels import BILLION_IN_UNIT, label

BASIS_POINTS_A_PERCENT: Final = 100.0


def _row(data: pd.DataFrame, **keys: str) -> pd.Series | None:
    """The one row with these keys, or nothing."""
    for column, key in keys.items():
        data = data[data[column] == key]
    return None if data.empty else data.iloc[0]


def _verdict(gap: pd.Series | None, shown: str) -> str | None:
    """ "more", "less" or "unclear"; nothing without an interval."""
    if gap is None or pd.isna(gap["low"]):
        return None
    if shown == "0":
        return "unclear"
    if gap["low"] > 0.0:
        return "more"
    return "less" if gap["high"] < 0.0 else "unclear"


def _shown(gap: pd.Series | None, factor: float = 1.0, digits: int = 0) -> str:
    """The size of a gap as a title has it."""
    return "" if gap is None else number(abs(float(gap["mean"])) * factor, digits)


def _level_and_gap(
    data: pd.DataFrame, lang: str, chart: str, who: str, gap_name: str, factor: float = 1.0, digits: int = 0
) -> str:  # fmt: skip
    """A level of the window, and how one group's differs from another's, times `factor`, where that is known."""
    window = data[data["panel"] == "window"]
    level = _row(window, group=who)
    if level is None:
        return label(f"{chart}_none", lang)
    title = label(f"{chart}_level", lang, level=level["mean"], who=label(who, lang))
    gap = _row(window, group=gap_name)
    shown = _shown(gap, factor, digits)
    if verdict := _verdict(gap, shown):
        title += label(f"{chart}_{verdict}", lang, gap=shown)
    return title


def apr_finding(data: pd.DataFrame, lang: str) -> str:
    """What SMEs pay, and whether tier 3 pays more than tier 1."""
    return _level_and_gap(data, lang, "apr", "sme", "tier_3 - tier_1", factor=BASIS_POINTS_A_PERCENT)


def overdue_finding(data: pd.DataFrame, lang: str) -> str:
    """How much is overdue at the tier that pays latest, and whether that is more than at the OEMs."""
    tiers = data[(data["panel"] == "window") & data["group"].isin(TIERS)].sort_values("mean", ascending=False)
    worst = str(tiers["group"].iloc[0]) if tiers["mean"].notna().any() else TIERS[0]
    return _level_and_gap(data, lang, "overdue", worst, f"{worst} - {OEM}", digits=1)


def price_finding(data: pd.DataFrame, lang: str) -> str:
    """Whether small firms pay more than large ones and for which term; else what SMEs pay most for."""
    gaps = data[data["group"] == "small - large"]
    gap = _row(gaps, term="total")
    verdict = _verdict(gap, _shown(gap))
    if gap is not None and verdict in ("more", "less"):
        terms = gaps[gaps["term"].isin(TERMS)].set_index("term")["mean"]
        widest = str((terms if verdict == "more" else -terms).idxmax())
        values = {"gap": abs(gap["mean"]), "term": label(widest, lang), "part": abs(terms[widest])}
        return label(f"price_{verdict}", lang, **values)
    small = _row(data, group="small", term="total")
    if small is not None and verdict == "unclear":
        return label("price_unclear", lang, total=small["mean"])
    sme = _row(data, group="sme", term="total")
    if sme is None:
        return label("price_none", lang)
    terms = data[(data["group"] == "sme") & data["term"].isin(TERMS)].set_index("term")["mean"]
    largest = str(terms.idxmax())
    return label("price_level", lang, total=sme["mean"], term=label(largest, lang), part=terms[largest])


def funnel_finding(data: pd.DataFrame, lang: str) -> str:
    """The share of need that is drawn, and the leading reason of refusal where its lead is clear."""
    share = _row(data, measure="amount_share", stage="drawn")
    if share is None:
        return label("funnel_none", lang)
    title = label("funnel_level", lang, share=share["mean"])
    reasons = data[data["measure"] == "refusals"].sort_values("mean", ascending=False)
    if len(reasons) > 1 and reasons["low"].iloc[0] > reasons["high"].iloc[1]:
        most = reasons.iloc[0]
        title += label("funnel_reason", lang, reason=label(most["stage"], lang), count=look.amount(most["mean"]))
    return title


def balance_finding(data: pd.DataFrame, lang: str) -> str:
    """Suppliers' trade credit given beside their loans taken."""
    suppliers = data[data["sector"] == "sector:supplier"]
    trade = suppliers[(suppliers["family"] == "trade_credit") & (suppliers["mean"] > 0.0)]["mean"].sum()
    loans = suppliers[(suppliers["family"] == "loans") & (suppliers["mean"] < 0.0)]["mean"].sum()
    if trade == 0.0 and loans == 0.0:
        return label("balance_none", lang)
    unit = BILLION_IN_UNIT[lang]
    return label("balance_level", lang, trade=trade * unit, loans=-loans * unit)
