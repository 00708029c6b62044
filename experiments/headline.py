"""The lines one reads first: what each policy does to cost, access and health, at what public cost.

Numbers are in the unit of their row. Effects are paired differences from current law with their 95 % interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from agents.numeric import FEN
from experiments.labels import label
from experiments.paired import HIGHER, LOWER, POWER, SAME, UNCLEAR, UNKNOWN
from experiments.pairs import BASELINE
from experiments.ratios import NO_RATIO
from experiments.windows import WHOLE

if TYPE_CHECKING:
    from experiments.compare import Comparison

MILLION: Final = 1e6 * FEN  # fen


class Style(NamedTuple):
    """How a kind of number is shown: level and effect in their units, values multiplied by the factors."""

    level_unit: str
    level_factor: float
    unit: str
    factor: float
    digits: int


STYLES: Final = {
    "price": Style("%", 100.0, "bp", 1e4, 1),
    "share": Style("%", 100.0, "pp", 100.0, 2),
    "money": Style("m CNY", 1 / MILLION, "m CNY", 1 / MILLION, 1),
    "days": Style("d", 1.0, "d", 1.0, 2),
    "count": Style("", 1.0, "", 1.0, 1),
}
_CHINESE_MONEY: Final = Style("10k CNY", 100.0 / MILLION, "10k CNY", 100.0 / MILLION, 0)


def style_of(name: str, lang: str) -> Style:
    """How a kind of number is shown in a language."""
    return _CHINESE_MONEY if (name, lang) == ("money", "zh") else STYLES[name]


class Measure(NamedTuple):
    """A line of the headline: its section, what is measured of whom, how it is shown, whether a year's flow."""

    section: str
    indicator: str
    group: str
    style: str
    yearly: bool = False


MEASURES: Final = (
    Measure("cost", "sme_cost_of_need", "sme", "price"),
    Measure("cost", "sme_apr_like_for_like", "sme", "price"),
    Measure("cost", "sme_apr_gross_like_for_like", "sme", "price"),
    Measure("cost", "sme_apr_net", "sme", "price"),
    Measure("cost", "price_gap_small_large", "all", "price"),
    Measure("access", "formal_share_of_need", "sme", "share"),
    Measure("access", "approval_rate", "sme", "share"),
    Measure("access", "discouraged_share", "sme", "share"),
    Measure("access", "credit_in_use", "sme", "money"),
    Measure("access", "financing_gap", "sme", "money", yearly=True),
    Measure("access", "first_time_borrowers", "sme", "count", yearly=True),
    Measure("health", "default_rate", "sme", "share"),
    Measure("health", "npl_ratio", "banks", "share"),
    Measure("health", "overdue_share", "sme", "share"),
    Measure("health", "oem_payable_days", "all", "days"),
    Measure("health", "supplier_receivable_days", "sme", "days"),
    Measure("health", "output_lost_to_finance", "sme", "share"),
    Measure("public", "public_cost", "public", "money", yearly=True),
    Measure("public", "fiscal_outlay", "public", "money", yearly=True),
    Measure("public", "central_bank_cost", "public", "money", yearly=True),
    Measure("public", "pool_payout", "public", "money", yearly=True),
    Measure("public", "guarantee_net_loss", "public", "money", yearly=True),
)
# Ratio, and the factor that takes it to the unit beside it.
PER_100M: Final = (
    ("credit_per_public_cost", "m CNY", 1e-6),
    ("gap_per_public_cost", "m CNY", 1e-6),
    ("cost_of_need_per_public_cost", "bp", 1e4),
    ("apr_like_for_like_per_public_cost", "bp", 1e4),
)
# What lines are called in a terminal, where columns are narrow.
SHORT: Final = {
    "sme_cost_of_need": "Cost of need",
    "sme_apr_like_for_like": "Rate, like for like",
    "sme_apr_gross_like_for_like": "  gross of subsidy",
    "sme_apr_net": "Rate, all borrowers",
    "price_gap_small_large": "Price, small less large",
    "formal_share_of_need": "Formal, of need",
    "approval_rate": "Approved, of asked",
    "discouraged_share": "Discouraged",
    "credit_in_use": "Bank credit in use",
    "financing_gap": "Financing gap",
    "first_time_borrowers": "First loans",
    "default_rate": "SMEs' defaults a year",
    "npl_ratio": "NPL ratio of chain",
    "overdue_share": "Overdue trade debt",
    "oem_payable_days": "OEMs pay after, with paper",
    "supplier_receivable_days": "SMEs are paid after",
    "output_lost_to_finance": "Output lost",
    "public_cost": "Public cost",
    "fiscal_outlay": "  fiscal outlay",
    "central_bank_cost": "  central bank, implicit",
    "pool_payout": "  pool's pay-outs",
    "guarantee_net_loss": "  guarantors' loss",
    "credit_per_public_cost": "SME credit in use",
    "gap_per_public_cost": "Financing gap a year",
    "cost_of_need_per_public_cost": "Cost of need",
    "apr_like_for_like_per_public_cost": "Rate, like for like",
}
HEADLINE_INDICATORS: Final = tuple(measure.indicator for measure in MEASURES)
COLUMNS: Final = [
    "section", "measure", "id", "group", "policy", "unit", "level_unit", "current_law", "effect", "low", "high", "n",
    "verdict", "variance_reduction", "doubt_low", "doubt_high", "worlds", "same_sign", "boot_low", "boot_high", "p",
    "p_holm", "verdict_holm", "needed",
]  # fmt: skip
_SCALED: Final = ("doubt_low", "doubt_high", "boot_low", "boot_high")
_AS_THEY_STAND: Final = (
    "n", "verdict", "variance_reduction", "worlds", "same_sign", "p", "p_holm", "verdict_holm", "needed",
)  # fmt: skip
NOT_AFTER_HOLM: Final = "†"
NO_DECIMALS: Final = 99.95  # from which on a number is shown without
MOST_LISTED: Final = 4  # in a sentence
MOST_NEEDED: Final = 100_000  # replications beyond which more is no answer
_MINUS: Final = str.maketrans("-", "−")


def headline(comparison: Comparison, window: str = WHOLE, lang: str = "en") -> pd.DataFrame:
    """A row a line and policy, columns `COLUMNS`; lines that nobody recorded are left out."""
    rows = []
    for measure in MEASURES:
        found = comparison.of(window, measure.indicator, measure.group)
        found = found[found["policy"] != BASELINE]
        style, flow = style_of(measure.style, lang), comparison.steps_a_year if measure.yearly else 1.0
        unit, level_unit = (_a_year(name, measure.yearly, lang) for name in (style.unit, style.level_unit))
        for row in found.to_dict("records"):
            factor = style.factor * flow
            rows.append(
                {
                    "section": label(f"section_{measure.section}", lang),
                    "measure": label(measure.indicator, lang),
                    "id": measure.indicator,
                    "group": measure.group,
                    "policy": row["policy"],
                    "unit": unit,
                    "level_unit": level_unit,
                    "current_law": row["baseline"] * style.level_factor * flow,
                    "effect": row["diff"] * factor,
                    "low": row["diff_low"] * factor,
                    "high": row["diff_high"] * factor,
                    **{name: row[name] * factor for name in _SCALED},
                    **{name: row[name] for name in _AS_THEY_STAND},
                }
            )
    rows += _per_100m(comparison, window, lang)
    return pd.DataFrame(rows, columns=pd.Index(COLUMNS))


def _per_100m(comparison: Comparison, window: str, lang: str) -> list[dict[str, object]]:
    rows = []
    table = comparison.ratios[comparison.ratios["window"] == window]
    for name, unit, factor in PER_100M:
        if lang == "zh" and unit == "m CNY":
            unit, factor = "10k CNY", 100.0 * factor
        for row in table[table["ratio"] == name].to_dict("records"):
            rows.append(
                {
                    "section": label("section_per_100m", lang),
                    "measure": label(name, lang),
                    "id": name,
                    "group": "sme",
                    "policy": row["policy"],
                    "unit": label(unit, lang),
                    "effect": row["value"] * factor,
                    "low": row["low"] * factor,
                    "high": row["high"] * factor,
                    "n": row["n"],
                    "verdict": row["verdict"],
                }
            )
    return rows


def _a_year(unit: str, yearly: bool, lang: str) -> str:
    text = label(unit, lang) if unit else ""
    return label("a_year", lang, unit=text).strip() if yearly else text


# --- In words -----------------------------------------------------------------------------------------------


def number(value: float, digits: int = 1, signed: bool = False) -> str:
    """With a proper minus and thousands; a dash for NaN, no decimals from 100 on, no sign on what rounds to 0."""
    if not np.isfinite(value):
        return "–"
    shown = 0 if abs(value) >= NO_DECIMALS else digits
    if round(value, shown) == 0.0:
        return "0"
    return f"{value:{'+' if signed else ''},.{shown}f}".translate(_MINUS)


def effect_text(effect: float, low: float, high: float, verdict: str, digits: int = 1) -> str:
    """An effect with half its interval, `~` before what cannot be told apart from current law.

    A ratio's interval is not symmetric: both ends are given.
    """
    if verdict == NO_RATIO:
        return NO_RATIO
    if not np.isfinite(effect):
        return "–"
    if verdict == SAME:
        return "0"
    text = number(effect, digits, signed=True)
    if not np.isfinite(high):
        return text
    unclear = "~ " if verdict == UNCLEAR else ""
    upper, lower = high - effect, effect - low
    if np.isclose(upper, lower, rtol=0.02, atol=1e-12):
        return f"{unclear}{text} ± {number(upper, digits)}"
    return f"{unclear}{text} ({number(low, digits)} to {number(high, digits)})"


def tight(text: str) -> str:
    """An effect without spaces around its signs, so that a narrow column of a terminal holds it in a line."""
    return text.replace(" ± ", "±").replace("~ ", "~")


def mark(row: Mapping[Any, Any] | pd.Series) -> str:
    """`NOT_AFTER_HOLM` beside what its own interval tells apart, but not all policies of its line together."""
    return NOT_AFTER_HOLM if row["verdict"] in (HIGHER, LOWER) and row.get("verdict_holm") == UNCLEAR else ""


def _short(identity: str, unit: str) -> dict[str, str]:
    """What a line and its unit are called in a terminal."""
    return {"": SHORT[identity], "unit": unit.replace(" a year", "/y").replace("a year", "/y")}


def wide(lines: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """A line a row, policies side by side as texts by the names that `names` gives them, sections as rows."""
    rows: list[dict[str, str]] = []
    section = None
    for (part, identity, unit), group in lines.groupby(["section", "id", "unit"], sort=False):
        if part != section:
            rows.append(dict.fromkeys(["", "unit", "current law", *names.values()], "") | {"": str(part)})
            section = part
        level, level_unit = group["current_law"].iloc[0], group["level_unit"].iloc[0]
        told = number(level, 2) if np.isfinite(level) else ""
        texts = _short(str(identity), str(unit))
        texts[""] = f" {texts['']}"
        texts["current law"] = (
            told if level_unit == unit or not told else f"{told} {level_unit}".strip().removesuffix(" a year")
        )
        for row in group.to_dict("records"):
            values = (row["effect"], row["low"], row["high"], row["verdict"])
            texts[names[row["policy"]]] = tight(effect_text(*values, digits=_digits(str(unit)))) + mark(row)
        rows.append(texts)
    columns = ["", "unit", "current law", *names.values()]
    table = pd.DataFrame(rows, columns=pd.Index(columns)).fillna("–")
    table.attrs["right"] = columns[2:]
    return table


def doubt_text(lines: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """The 10–90 % range of effects over other parameter values and how many keep the sign; empty without draws."""
    known = lines[lines["worlds"].fillna(0) > 0]
    rows = []
    for (identity, unit), group in known.groupby(["id", "unit"], sort=False):
        texts = _short(str(identity), str(unit))
        for row in group.to_dict("records"):
            if row["verdict"] == SAME and row["doubt_low"] == row["doubt_high"] == 0.0:
                continue
            span = "…".join(number(row[name], _digits(str(unit))) for name in ("doubt_low", "doubt_high"))
            # Of an effect whose own sign is not known there is none to hold.
            holds = "" if row["verdict"] == UNCLEAR else f" {row['same_sign']:.0f}/{row['worlds']:.0f}"
            texts[names[row["policy"]]] = span + holds
        rows.append(texts)
    table = pd.DataFrame(rows, columns=pd.Index(["", "unit", *names.values()])).fillna("–")
    table.attrs["right"] = list(names.values())
    return table


def needed_text(lines: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """About how many replications would tell apart what is not; empty if all is, or one replication has no spread."""
    unclear = lines[(lines["verdict"] == UNCLEAR) & lines["needed"].notna()]
    rows = []
    for (identity, unit), group in unclear.groupby(["id", "unit"], sort=False):
        texts = _short(str(identity), str(unit))
        texts[""] = texts[""].strip()
        rows.append(texts | {names[row["policy"]]: about(row["needed"]) for row in group.to_dict("records")})
    table = pd.DataFrame(rows, columns=pd.Index(["", *names.values()])).fillna("")
    table.attrs["right"] = list(names.values())
    return table


def about(replications: float) -> str:
    """Two digits are more than is known."""
    if replications > MOST_NEEDED:
        return f">{MOST_NEEDED:,}"
    return f"{float(f'{replications:.2g}'):,.0f}"


def _digits(unit: str) -> int:
    return next((style.digits for style in STYLES.values() if style.unit == unit), 1)


def sentences(lines: pd.DataFrame, names: dict[str, str]) -> list[str]:
    """What has to be said beside the numbers, in plain words."""
    n = int(lines["n"].max()) if len(lines) else 0
    said = [text for policy, name in names.items() if (text := _nothing_told(lines, policy, name, n))]
    if (lines["verdict"] == UNCLEAR).any():
        said.append(
            f"~ cannot be told apart from current law with {n} replications. About as many as the table of replications"
            f" says would, in {POWER:.0%} of experiments, if effect and spread are what they seem."
        )
    if any(map(mark, lines.to_dict("records"))):
        said.append(
            f"{NOT_AFTER_HOLM} is told apart by its own interval, but not after Holm's correction for the"
            f" {len(names)} policies of its line."
        )
    said += _bootstrap_told(lines, names)
    if (lines["verdict"] == NO_RATIO).any():
        said.append(f"{NO_RATIO}: the policy's public cost cannot be told apart from that of current law.")
    cheaper = set(lines.loc[(lines["id"] == "public_cost") & (lines["verdict"] == LOWER), "policy"])
    if saving := [name for policy, name in names.items() if policy in cheaper]:
        said.append(f"{', '.join(saving)}: costs the public less than current law; its effects are per 100m CNY saved.")
    said.append("Cost of need and rates are SMEs' and all-in, net of subsidy but where they are gross; /y: a year.")
    said.append(
        f"Differences from current law, run by run with the same seed; ± half the 95 % interval, n = {n}. Each"
        " interval stands alone: of a hundred effects that are truly nil, five would seem to be something."
    )
    return said


def _nothing_told(lines: pd.DataFrame, policy: str, name: str, n: int) -> str:
    """What is said of a policy that no line tells apart from current law, and how many replications might."""
    own = lines[(lines["policy"] == policy) & (lines["verdict"] != NO_RATIO)]
    verdicts = set(own["verdict"])
    if verdicts <= {UNKNOWN}:
        return f"{name}: one replication has no interval, so nothing can be told apart from current law."
    if not verdicts <= {UNCLEAR, SAME, UNKNOWN}:
        return ""
    text = f"{name} cannot be told apart from current law with {n} replications, in any line"
    cost = own.loc[(own["id"] == MEASURES[0].indicator) & own["needed"].notna(), "needed"]
    if cost.empty or cost.iloc[0] <= n:
        return f"{text}."
    return f"{text}; about {about(cost.iloc[0])} would tell its cost of need apart."


def _bootstrap_told(lines: pd.DataFrame, names: dict[str, str]) -> list[str]:
    """Where the bootstrap interval tells apart what Student's does not, or the reverse."""
    known = lines[lines["boot_low"].notna() & lines["verdict"].isin((HIGHER, LOWER, UNCLEAR))]
    apart = (known["boot_low"] > 0.0) | (known["boot_high"] < 0.0)
    wider, narrower = (
        [f"{SHORT[row['id']].strip()} ({names[row['policy']]})" for row in known[where].to_dict("records")]
        for where in (~apart & (known["verdict"] != UNCLEAR), apart & (known["verdict"] == UNCLEAR))
    )
    said = []
    if wider:
        said.append(f"The bootstrap does not tell apart, though Student's interval does: {_some(wider)}.")
    if narrower:
        said.append(f"The bootstrap, narrow where replications are few, would tell apart also: {_some(narrower)}.")
    return said


def _some(things: Sequence[str]) -> str:
    """The first few of many."""
    rest = len(things) - MOST_LISTED
    return ", ".join(things[:MOST_LISTED]) + (f" and {rest} more" if rest > 0 else "")
