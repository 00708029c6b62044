"""What a scenario must say: every parameter with unit, bounds and meaning; value and source stand in the scenario.

A parameter has no default here, so that each number has one home: `experiments/scenarios/*.yaml`.
A field annotated `tuple[float, ...]` holds one value per label of its axis, in the axis' order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Final, get_type_hints

SIZES: Final = ("large", "medium", "small", "micro")
TIERS: Final = ("tier_1", "tier_2", "tier_3")
SUBSECTORS: Final = (
    "battery",
    "motor_and_control",
    "chassis_and_body",
    "interior_and_exterior",
    "electronics_and_software",
    "materials",
)
BANK_KINDS: Final = ("state_owned", "joint_stock", "city_rural")
AXES: Final[dict[str, tuple[str, ...]]] = {
    "size": SIZES,
    "tier": TIERS,
    "subsector": SUBSECTORS,
    "bank_kind": BANK_KINDS,
}


def param(unit: str, meaning: str, *, ge: float, le: float, axis: str | None = None) -> Any:
    """Declare a parameter: `unit` as documented in `docs/model.md`, inclusive bounds, and the axis of a vector.

    Units in use: share, rate (annual), months, days, count, CNY, CNY/yr, logit, ratio, sd, flag.
    An axis of `free` allows any length (checked against another parameter by the scenario loader).
    """
    return field(metadata={"unit": unit, "meaning": meaning, "ge": ge, "le": le, "axis": axis})


@dataclass(frozen=True, kw_only=True)
class Population:
    """How many there are of each kind, how large, where."""

    suppliers: int = param("count", "Supplier slots in all tiers", ge=1, le=5_000_000)
    oems: int = param("count", "Core enterprises", ge=1, le=50)
    banks: tuple[int, ...] = param("count", "Commercial banks of each kind", ge=0, le=50, axis="bank_kind")
    towns: int = param("count", "Towns; a city or rural bank lends in its own only", ge=1, le=50)
    annual_purchases: float = param("CNY/yr", "What all OEMs buy from tier 1", ge=1e4, le=1e15)
    oem_share: tuple[float, ...] = param("share", "Each OEM's part of purchases", ge=0, le=1, axis="free")
    tier_share: tuple[float, ...] = param("share", "Suppliers by tier, by count", ge=0, le=1, axis="tier")
    subsector_share: tuple[float, ...] = param(
        "share", "Suppliers by sub-sector, by count", ge=0, le=1, axis="subsector"
    )
    size_tail: float = param("ratio", "Pareto exponent of firm size", ge=0.8, le=3)
    size_cap: float = param("ratio", "Largest size drawn, in multiples of the smallest", ge=1, le=1e6)
    revenue_per_worker: float = param("CNY/yr", "Sales per worker, for the size standard", ge=1e4, le=1e8)
    size_workers: tuple[int, ...] = param(
        "count", "Workers from which a firm is large, medium, small; fewer is micro", ge=0, le=1e6, axis="free"
    )
    suppliers_per_buyer: float = param("count", "Fewest suppliers a supplier buys from", ge=1, le=50)
    buyers_per_supplier: float = param("count", "Mean buyers of a supplier, larger for larger firms", ge=1, le=50)
    local_share: float = param("share", "House banks that are city or rural banks of the town", ge=0, le=1)
    house_bank_share: tuple[float, ...] = param("share", "House banks by kind of bank", ge=0, le=1, axis="bank_kind")


@dataclass(frozen=True, kw_only=True)
class Technology:
    """What a unit of output takes; shares are of the sales price at birth."""

    input_share: tuple[float, ...] = param("share", "Parts bought inside the chain", ge=0, le=0.9, axis="tier")
    wage_share: tuple[float, ...] = param("share", "Labour", ge=0, le=0.9, axis="tier")
    mark_up_tier: tuple[float, ...] = param("share", "Price over standard cash cost", ge=0, le=1, axis="tier")
    mark_up_size: tuple[float, ...] = param("share", "Added to the mark-up by size", ge=-0.2, le=0.2, axis="size")
    plant_to_sales: float = param("ratio", "Normal plant over annual sales", ge=0, le=5)
    depreciation: float = param("rate", "Plant worn out a year", ge=0, le=1)
    capacity_margin: float = param("ratio", "Capacity over normal output", ge=1, le=5)
    finished_stock_days: float = param("days", "Target finished goods, days of normal output", ge=0, le=180)
    input_stock_days: float = param("days", "Target stock of bought parts, days of normal use", ge=0, le=180)
    stock_adjustment: float = param("share", "Part of a stock gap ordered a month", ge=0, le=1)
    quality_sd: float = param("sd", "Permanent differences of unit cost between firms", ge=0, le=0.5)


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Final demand of the OEMs and of customers outside the chain."""

    level: float = param("ratio", "Demand over its normal level", ge=0, le=10)
    season: float = param("share", "Amplitude of the season", ge=0, le=0.9)
    shock_sd: float = param("sd", "Stationary deviation of the common demand shock (log)", ge=0, le=1)
    shock_persistence: float = param("share", "Monthly persistence of the demand shock", ge=0, le=0.999)
    outside_share: float = param("share", "Part of suppliers' sales that leaves the chain", ge=0, le=0.95)


@dataclass(frozen=True, kw_only=True)
class Trade:
    """Terms of payment."""

    oem_account_days: float = param("days", "OEM open account before cash or a bill", ge=0, le=360)
    oem_bill_days: float = param("days", "Tenor of the OEM's commercial bill", ge=0, le=360)
    oem_bill_share: float = param("share", "OEM invoices settled by bill when due", ge=0, le=1)
    term_days: tuple[float, ...] = param("days", "Mean term that a buyer of the tier gets", ge=0, le=360, axis="tier")
    term_sd: float = param("days", "Spread of terms between buyers", ge=0, le=60)
    outside_days: float = param("days", "Term of customers outside the chain", ge=0, le=360)
    penalty: float = param("rate", "Penalty interest on overdue trade debt", ge=0, le=1)
    buyer_leaves: float = param("rate", "Yearly hazard that a buyer turns away from a supplier", ge=0, le=1)
    absence_months: float = param("months", "How long such a buyer stays away", ge=1, le=120)


@dataclass(frozen=True, kw_only=True)
class Shocks:
    """Why firms get into trouble."""

    cost_persistence: float = param("share", "Monthly persistence of unit-cost shocks", ge=0, le=0.999)
    cost_innovation: float = param("sd", "Monthly innovation of a firm's unit cost", ge=0, le=0.5)
    cost_by_size: tuple[float, ...] = param("ratio", "Scale of the innovation by size", ge=0, le=5, axis="size")
    sector_share: float = param("share", "Part of the variance common to the sub-sector", ge=0, le=1)
    rare_loss: float = param("rate", "Yearly hazard of a rare loss event", ge=0, le=1)
    rare_loss_size: tuple[float, ...] = param("share", "Its cost over annual sales, by size", ge=0, le=5, axis="size")


@dataclass(frozen=True, kw_only=True)
class Liquidity:
    """What a firm plans with."""

    cash_days: tuple[float, ...] = param("days", "Target cash, days of cash cost", ge=0, le=360, axis="size")
    draw_speed: float = param("share", "Part of the equity above target that owners draw a month", ge=0, le=1)
    equity_target: float = param("share", "Owners' target equity over assets", ge=0, le=1)
    plant_speed: float = param("share", "Part of the plant gap replaced a month", ge=0, le=1)
    plant_limit: float = param("ratio", "Most plant bought, in multiples of depreciation", ge=0, le=20)
    tax: float = param("share", "Tax on positive monthly profit, due next step", ge=0, le=1)
    owners_return: float = param("rate", "Owners' required return: reservation rate of the third tranche", ge=0, le=1)
    lost_standing: float = param("rate", "What paying late costs beyond the penalty", ge=0, le=1)
    punctuality_half_life: float = param("months", "Memory of buyers' punctuality", ge=0.5, le=120)
    smallest_ticket: float = param("CNY", "Smallest need worth an application, smallest loan", ge=0, le=1e9)
    asking_cost: float = param("CNY", "Median cost of an application", ge=0, le=1e7)
    asking_cost_sd: float = param("sd", "Spread of its logarithm between firms", ge=0, le=5)
    approval_memory: float = param("months", "Memory of a group's approval rate and price", ge=1, le=120)
    approval_start: float = param("share", "Approval rate believed at birth", ge=0, le=1)


@dataclass(frozen=True, kw_only=True)
class Oem:
    """The core enterprises."""

    mark_up: float = param("share", "Car price over unit cost", ge=0, le=1)
    own_cost_share: float = param("share", "OEM's own labour and other cost, over its purchases", ge=0, le=5)
    cash_months: float = param("months", "Purchases held in cash; owners draw the rest", ge=0, le=24)
    absence_months: float = param("months", "Demand lost after an OEM's failure before a successor", ge=1, le=120)
    term_response: float = param(
        "share",
        "Part of what suppliers would put up with by which OEMs lengthen terms as finance gets cheaper",
        ge=0,
        le=1,
    )
    longest_bill_days: float = param("days", "Longest tenor of a bill that the rules allow", ge=0, le=720)


@dataclass(frozen=True, kw_only=True)
class Informal:
    """Informal lenders."""

    rate: float = param("rate", "Rate to a punctual borrower", ge=0, le=1)
    overdue_slope: float = param("rate", "Added per unit of the borrower's overdue share", ge=0, le=1)
    limit: float = param("share", "Most they lend, of annual sales", ge=0, le=2)


@dataclass(frozen=True, kw_only=True)
class Product:
    """A financing product: what it lends on, how much, how long, at what cost."""

    limit: float = param("share", "Most lent: of annual sales, or of the paper's face", ge=0, le=2)
    tenor_days: float = param("days", "Tenor of a loan; paper runs to its due date", ge=0, le=3600)
    loss_given_default: float = param("share", "Loss when all who owe default", ge=0, le=1)
    fixed_cost: float = param("CNY", "Lender's cost per contract", ge=0, le=1e6)
    cut_off: float = param("share", "Largest yearly PD of who owes first", ge=0, le=1)


@dataclass(frozen=True, kw_only=True)
class Products:
    """The archetypes on offer."""

    term_loan: Product
    receivable_pledge: Product
    recourse_factoring: Product
    factoring: Product
    bill_discount: Product


@dataclass(frozen=True, kw_only=True)
class Score:
    """Coefficients of the lenders' scorecard (logit of the yearly default probability)."""

    intercept: float = param("logit", "Level", ge=-20, le=20)
    log_sales: float = param("logit", "Per log of sales over 20m CNY", ge=-5, le=5)
    young: float = param("logit", "Age under three years", ge=-5, le=5)
    debt_ratio: float = param("logit", "Per unit of debt over assets", ge=-20, le=20)
    margin: float = param("logit", "Per unit of smoothed profit over sales", ge=-50, le=50)
    liquidity: float = param("logit", "Per month of cost held in cash, at most 3", ge=-20, le=20)
    overdue: float = param("logit", "Per unit of overdue share over six months", ge=-50, le=50)
    largest_buyer: float = param("logit", "Per unit of the largest buyer's share", ge=-5, le=5)
    first_time: float = param("logit", "Never borrowed from a bank", ge=-5, le=5)
    core: float = param("logit", "A core enterprise", ge=-10, le=5)
    subsector: tuple[float, ...] = param("logit", "By sub-sector", ge=-5, le=5, axis="subsector")
    noise_sd: float = param("logit", "What a lender misjudges, standard deviation", ge=0, le=5)
    noise_common: float = param("share", "Part of that variance common to all lenders", ge=0, le=1)
    noise_file: float = param("share", "Part of it gone once the firm has a credit file", ge=0, le=1)
    noise_relation: float = param("share", "Part of it gone for the house bank", ge=0, le=1)
    noise_half_life: float = param("months", "Half-life of the misjudgement", ge=0.5, le=240)
    intercept_speed: float = param("share", "Monthly move of a lender's intercept to its own defaults", ge=0, le=1)
    credibility: float = param("ratio", "Expected defaults at which a record of defaults counts half", ge=0.1, le=1000)


@dataclass(frozen=True, kw_only=True)
class Market:
    """Who meets whom in the credit market, and how prices form."""

    reach_sme: int = param("count", "Lenders beyond the house bank that an SME reaches", ge=0, le=8)
    reach_large: int = param("count", "Lenders beyond the house bank that a large firm reaches", ge=0, le=8)
    rounds: int = param("count", "Rounds of proposals at most", ge=1, le=500)
    price_sensitivity: float = param("ratio", "Logit demand: alpha per unit of rate", ge=1, le=5000)
    switching_cost: float = param("rate", "Outside offer above the market price", ge=0, le=0.2)
    captive: float = param("share", "Mark-up on margins from market power", ge=-1, le=5)
    mandate: tuple[float, ...] = param(
        "rate", "Inclusive mandate: margin given up on SMEs", ge=-0.05, le=0.05, axis="bank_kind"
    )
    legal_cap: float = param("rate", "Highest lawful rate of a lender", ge=0, le=1)
    joint_correlation: float = param("share", "Gaussian copula of two obligors' defaults", ge=0, le=0.9)
    shortest_paper_days: float = param("days", "Shortest remaining life of paper that is financed", ge=0, le=180)
    open: int = param("flag", "0: no bank lends", ge=0, le=1)


@dataclass(frozen=True, kw_only=True)
class Bank:
    """Commercial banks."""

    funding: float = param("rate", "Transfer price for the tenors lent", ge=0, le=0.2)
    funding_spread: tuple[float, ...] = param(
        "rate", "Added to the transfer price", ge=-0.05, le=0.05, axis="bank_kind"
    )
    running_cost: tuple[float, ...] = param("rate", "Running cost over principal", ge=0, le=0.1, axis="bank_kind")
    hurdle: float = param("rate", "Normal return on equity", ge=0, le=0.5)
    target_capital: float = param("share", "Capital ratio in pricing", ge=0, le=0.5)
    minimum_capital: float = param("share", "Legal minimum", ge=0, le=0.5)
    lending_capital: float = param("share", "Ratio down to which a bank lends", ge=0.001, le=0.5)
    payout_capital: float = param("share", "Ratio above which it pays out", ge=0, le=0.9)
    payout_speed: float = param("share", "Part of the excess paid out a month", ge=0, le=1)
    recapitalisation_months: float = param("months", "Months under the minimum before it is recapitalised", ge=1, le=60)
    risk_weight: tuple[float, ...] = param("share", "Risk weight by the borrower's size", ge=0, le=3, axis="size")
    deposit_rate: float = param("rate", "Paid on firms' deposits", ge=0, le=0.2)
    reserve_rate: float = param("rate", "Earned on reserves", ge=0, le=0.2)
    reserve_ratio: float = param("share", "Reserves over deposits", ge=0, le=0.9)
    standing_rate: float = param("rate", "Standing facility of the central bank", ge=0, le=0.3)
    stable_funding: float = param("share", "Most lent, of deposits and equity", ge=0, le=2)
    single_name: float = param("share", "Most lent to one firm, of equity", ge=0, le=1)
    general_provision: float = param("share", "Allowance on performing loans", ge=0, le=0.5)
    npl_days: float = param("days", "Overdue longer is non-performing", ge=1, le=720)
    write_off_months: float = param("months", "Non-performing longer is written off", ge=1, le=120)
    screening_response: float = param(
        "share", "Screening effort lost when others bear the whole loss (moral hazard)", ge=0, le=0.8
    )
    screening_cost: float = param("share", "Part of the running cost that is screening", ge=0, le=1)
    cover_appetite: float = param(
        "share", "Part of a loan's smaller loss under cover by which the cut-off rises", ge=0, le=1
    )
    npl_tolerance: float = param(
        "share", "NPL ratio at which the cut-off stays; it halves at 1.5 times", ge=0.001, le=1
    )
    chain_share: tuple[float, ...] = param("share", "Chain book over all loans", ge=0.001, le=1, axis="bank_kind")
    rest_yield: tuple[float, ...] = param("rate", "Yield of the rest of the book", ge=0, le=0.3, axis="bank_kind")
    rest_default: tuple[float, ...] = param("rate", "Its yearly default rate", ge=0, le=0.3, axis="bank_kind")
    rest_loss: float = param("share", "Its loss given default", ge=0, le=1)
    rest_cost: float = param("rate", "Its running cost", ge=0, le=0.1)
    rest_risk_weight: float = param("share", "Its risk weight", ge=0, le=3)


@dataclass(frozen=True, kw_only=True)
class Insolvency:
    """When a firm ends, and what then."""

    overdue_days: float = param("days", "Overdue longer is insolvent", ge=1, le=3600)
    overdue_threshold: float = param("share", "Overdue counts above this part of monthly sales", ge=0, le=1)
    equity_floor: float = param("share", "Net worth over assets below which a firm is insolvent", ge=-10, le=1)
    equity_days: float = param("days", "How long below before it is", ge=1, le=720)
    stock_haircut: float = param("share", "Lost when stocks are sold off", ge=0, le=1)
    plant_haircut: float = param("share", "Lost when plant is sold off", ge=0, le=1)
    closure: float = param("rate", "Yearly hazard of voluntary closure", ge=0, le=1)
    closure_young: float = param("ratio", "Its multiple under three years of age", ge=0, le=10)
    estate_months: float = param("months", "Longest life of an estate; what it is owed then is sold", ge=1, le=120)
    entrant_cycle: float = param("share", "Part of the first cash cycle that an entrant's owners pay in", ge=0, le=2)
    default_cost_cash: float = param(
        "share", "Cash lost when a firm can't pay in full (Rogers and Veraart)", ge=0, le=1
    )
    default_cost_claims: float = param("share", "Collections lost then", ge=0, le=1)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """The books at birth."""

    capital_ratio: float = param("share", "Banks' capital ratio", ge=0, le=0.9)
    npl_ratio: float = param("share", "Non-performing part of the chain book", ge=0, le=0.5)
    loan_use: float = param("share", "Part of the unsecured limit in use", ge=0, le=1)
    bill_sold: float = param("share", "Part of OEM bills already discounted", ge=0, le=1)
    equity_sd: float = param("sd", "Spread of loan use between firms", ge=0, le=1)
    mean_age: float = param("ratio", "Mean age of firms in years (exponential)", ge=0.1, le=100)


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """All parameters of a scenario; `step_days` is the length of a step."""

    step_days: int = param("days", "Length of a step, a divisor of 30", ge=1, le=30)
    population: Population
    technology: Technology
    demand: Demand
    trade: Trade
    shocks: Shocks
    liquidity: Liquidity
    oem: Oem
    informal: Informal
    products: Products
    score: Score
    market: Market
    bank: Bank
    insolvency: Insolvency
    opening: Opening


@dataclass(frozen=True)
class Declaration:
    """One parameter as declared: dotted path, unit, meaning, bounds, axis, and whether it is a whole number."""

    path: str
    unit: str
    meaning: str
    ge: float
    le: float
    axis: str | None
    whole: bool


def declarations(kind: type = Parameters, prefix: str = "") -> Iterator[Declaration]:
    """Every parameter below `kind`, in declared order."""
    hints: dict[str, Any] = get_type_hints(kind)
    for entry in fields(kind):
        path = f"{prefix}{entry.name}"
        hint = hints[entry.name]
        if isinstance(hint, type) and is_dataclass(hint):
            yield from declarations(hint, f"{path}.")
        else:
            whole = hint is int or hint == tuple[int, ...]
            yield Declaration(path=path, whole=whole, **entry.metadata)


def build(values: dict[str, Any], kind: type = Parameters) -> Any:
    """Make the nested dataclasses from plain nested values (already read and checked); KeyError on a missing one."""
    hints: dict[str, Any] = get_type_hints(kind)
    made = {}
    for entry in fields(kind):
        value = values[entry.name]
        hint = hints[entry.name]
        if isinstance(hint, type) and is_dataclass(hint):
            made[entry.name] = build(value, hint)
        else:
            made[entry.name] = tuple(value) if isinstance(value, list | tuple) else value
    return kind(**made)


STRESSES: Final = ("oem_failure", "lending_stop", "demand_stop", "late_payment")


@dataclass(frozen=True, kw_only=True)
class Stress:
    """A scenario shock that all runs of an experiment share: what, from which month of the evaluation, how long.

    `oem` is the rank by size (0 the largest) of the core enterprise that fails; other kinds ignore it.
    """

    kind: str
    month: int
    months: int = 1
    oem: int = 0
