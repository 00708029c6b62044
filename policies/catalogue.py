"""The instruments there are, with presets, clauses and sources; what each does in an offer is in `sim/lever_terms.py`.

Documents in clauses: 000 opinions on finance for the NEV chain, 002 technology finance, 003 supply-chain finance, 004
finance for manufacturing. Sources are rows of calibration.csv.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from policies.levers import Instrument, lever

_SME: Final = (0, 1, 1, 1)
_SMALL: Final = (0, 0, 1, 1)
_WHY_SIZES: Final = "SMEs, as the clause says"


@dataclass(frozen=True, kw_only=True)
class RelendingSme(Instrument):
    """Re-lending for small firms."""

    ID = "relending_sme"
    TITLE = ("Re-lending", "支小再贷款")
    CLAUSE = "000 §10"
    MECHANISMS = ("FundingFacility",)
    SENTENCE = "The central bank refinances a share of loans to small firms at its policy rate, up to a quota."
    EXPECTED = "SME APR down; pass-through reported"
    REFERENCE = "incl_sme_balance_2024"

    share: float = lever(
        "share", "Share of principal refinanced, at most the debt-funded part", 1.0, ge=0, le=1, neutral=0,
        source="relend_funding_ratio",
    )  # fmt: skip
    rate: float = lever("rate", "Policy rate", 0.0175, ge=0, le=0.2, source="relend_sme_rate_1y_2024_01")
    quota: float = lever(
        "CNY", "Most refinanced at a time, in the nation", 1.76e12, ge=0, le=1e15, source="relend_sme_quota_2023_06"
    )
    lenders: tuple[int, ...] = lever(
        "flag", "Which kinds of bank may use it", (0, 0, 1), ge=0, le=1, axis="bank_kind", source="relend_funding_ratio"
    )
    sizes: tuple[int, ...] = lever(
        "flag", "Borrowers by size", _SMALL, ge=0, le=1, axis="size", assumed="small and micro firms, as its name says"
    )
    rate_cap: float = lever(
        "rate", "Highest rate a borrower may pay on a refinanced loan", 0.2, ge=0, le=0.2,
        assumed="no cap: the rule binds lenders by guidance only",
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class InterestSubsidy(Instrument):
    """Interest subsidy on loans."""

    ID = "interest_subsidy"
    TITLE = ("Interest subsidy", "贷款贴息")
    CLAUSE = "000 §7; 002 §1; 004 §17"
    MECHANISMS = ("RateSubsidy",)
    SENTENCE = "The treasury pays part of the interest on SMEs' loans, within a yearly budget."
    EXPECTED = "net APR down by at most the subsidy; the part lenders keep is reported"
    REFERENCE = "sz_incl_sme_balance_2024"

    rate: float = lever(
        "rate",
        "Points the treasury pays",
        0.015,
        ge=0,
        le=0.1,
        neutral=0,
        source="fiscal_subsidy_msme_2026",
    )
    loan_cap: float = lever(
        "CNY", "Most principal subsidised a firm", 5e7, ge=0, le=1e12, source="fiscal_subsidy_msme_2026_loan_cap"
    )
    budget: float = lever(
        "CNY/yr", "Budget of the city", 3e10, ge=0, le=1e14, assumed="enough for all loans of the city's small firms"
    )
    sizes: tuple[int, ...] = lever("flag", "Borrowers by size", _SME, ge=0, le=1, axis="size", assumed=_WHY_SIZES)


@dataclass(frozen=True, kw_only=True)
class DiscountSubsidy(Instrument):
    """Interest subsidy on the discount of bills and confirmed receivables."""

    ID = "discount_subsidy"
    TITLE = ("Discount subsidy", "贴现贴息")
    CLAUSE = "000 §7 (extension)"
    MECHANISMS = ("RateSubsidy",)
    SENTENCE = "The treasury pays part of the discount on SMEs' bills and sold receivables, within a yearly budget."
    EXPECTED = "discount cost down, discount volume up"
    REFERENCE = "sz_incl_sme_balance_2024"

    rate: float = lever(
        "rate", "Points the treasury pays", 0.01, ge=0, le=0.1, neutral=0,
        source="fiscal_subsidy_equip_2024_06",
    )  # fmt: skip
    budget: float = lever(
        "CNY/yr", "Budget of the city", 2e10, ge=0, le=1e14, assumed="enough for all paper that the city's SMEs sell"
    )
    sizes: tuple[int, ...] = lever("flag", "Sellers by size", _SME, ge=0, le=1, axis="size", assumed=_WHY_SIZES)


@dataclass(frozen=True, kw_only=True)
class GovernmentGuarantee(Instrument):
    """Government-backed financing guarantee with re-guarantee tiers."""

    ID = "government_guarantee"
    TITLE = ("Government guarantee", "政府性融资担保")
    CLAUSE = "000 §9; 003 §6"
    MECHANISMS = ("Product", "Guarantee")
    SENTENCE = "A guarantor, a city and a national fund behind it repay lenders most of a failed SME's loan, for a fee."
    EXPECTED = "approval rate up, screening effort down"
    REFERENCE = "sz_incl_sme_balance_2024"

    share: float = lever(
        "share", "Share of the loss that guarantor and funds bear", 0.8, ge=0, le=1, neutral=0,
        source="tech_guar_bank_share_min",
    )  # fmt: skip
    city_fund: float = lever(
        "share", "Of that share, what the city's re-guarantee fund bears", 0.25, ge=0, le=1, source="split_2_2_4_2"
    )
    national_fund: float = lever(
        "share", "Of that share, what the national fund bears", 0.25, ge=0, le=1, source="split_2_2_4_2"
    )
    fee: float = lever("rate", "Guarantee fee", 0.008, ge=0, le=0.1, assumed="below the ceiling of 1 % (guar_fee_max)")
    limit: float = lever(
        "share", "Most lent under guarantee, of annual sales", 0.10, ge=0, le=1,
        assumed="three quarters of what banks lend unsecured",
    )  # fmt: skip
    cut_off: float = lever(
        "share",
        "Largest yearly PD of a borrower",
        0.07,
        ge=0,
        le=1,
        assumed="twice banks' own",
    )
    capital: float = lever(
        "CNY", "Capital of the city's guarantors", 1.5e10, ge=0, le=1e13, assumed="the city's three large guarantors"
    )
    leverage: float = lever(
        "ratio", "Most in force, in multiples of capital", 11.5, ge=0, le=50, source="guar_leverage_east"
    )
    compensation_cap: float = lever(
        "share",
        "Most the national fund pays a year, of its exposure",
        0.04,
        ge=0,
        le=1,
        source="tech_guar_comp_cap",
    )
    risk_weight: float = lever(
        "share", "Risk weight of the guaranteed part, if lower than the borrower's", 1.0, ge=0, le=1.5,
        source="rw_guaranteed_loan",
    )  # fmt: skip
    days_to_pay: float = lever("days", "Overdue before it is called", 90, ge=0, le=720, assumed="a quarter, as usual")
    sizes: tuple[int, ...] = lever("flag", "Borrowers by size", _SME, ge=0, le=1, axis="size", assumed=_WHY_SIZES)


@dataclass(frozen=True, kw_only=True)
class GuaranteeFeeSubsidy(Instrument):
    """Subsidy on guarantee fees."""

    ID = "guarantee_fee_subsidy"
    TITLE = ("Guarantee-fee subsidy", "贴保")
    CLAUSE = "000 §7"
    MECHANISMS = ("FeeSubsidy",)
    SENTENCE = "The treasury pays part of the guarantee fee of SMEs' loans, within a yearly budget."
    EXPECTED = "guaranteed volume up"
    REFERENCE = "sz_incl_sme_balance_2024"

    share: float = lever(
        "share", "Share of the fee", 0.5, ge=0, le=1, neutral=0, source="local_interest_subsidy_tech_sz"
    )
    budget: float = lever("CNY/yr", "Budget of the city", 2e9, ge=0, le=1e14, assumed="half the fees on full leverage")


@dataclass(frozen=True, kw_only=True)
class RiskCompensationPool(Instrument):
    """Risk-compensation pool for banks' SME loans."""

    ID = "risk_compensation_pool"
    TITLE = ("Risk-compensation pool", "风险补偿资金池")
    CLAUSE = "000 §9; 002 §14; 004 §17"
    MECHANISMS = ("LossPool",)
    SENTENCE = "A public pool repays lenders a share of what they lose on SMEs' unsecured loans, until it is empty."
    EXPECTED = "risky-firm approvals up; pool leverage reported"
    REFERENCE = "sz_incl_sme_balance_2024"

    share: float = lever(
        "share", "Share of the lender's remaining loss", 0.3, ge=0, le=0.95, neutral=0, source="sz_pool_comp_rate_base"
    )
    first_loan_tilt: float = lever(
        "share", "Added for first-time borrowers", 0.05, ge=0, le=0.5, source="anhui_pool_comp_rate"
    )
    balance: float = lever("CNY", "Pool of the city", 5e9, ge=0, le=1e13, source="sz_pool_size")
    refill: int = lever(
        "flag", "Whether the city brings it back to its balance every year", 1, ge=0, le=1,
        assumed="the city budgets it yearly; without it current law would fade as the pool drains",
    )  # fmt: skip
    leverage: float = lever(
        "ratio", "Most loans covered at a time, in multiples of the pool's balance", 80, ge=0, le=1000,
        assumed="480 cumulative (sz_pool_gross_leverage) over six years",
    )  # fmt: skip
    sizes: tuple[int, ...] = lever("flag", "Borrowers by size", _SME, ge=0, le=1, axis="size", assumed=_WHY_SIZES)


@dataclass(frozen=True, kw_only=True)
class TradeCreditInsurance(Instrument):
    """Insurance credit enhancement of receivables."""

    ID = "trade_credit_insurance"
    TITLE = ("Trade credit insurance", "应收账款信用保险")
    CLAUSE = "000 §11; 003 §1"
    MECHANISMS = ("Product", "CreditInsurance")
    SENTENCE = "An insurer covers receivables sold to a bank against the buyer's failure, for a premium."
    EXPECTED = "receivable advance rate up, APR down for weak buyers' paper"
    REFERENCE = "sz_incl_sme_balance_2024"

    cover: float = lever("share", "Share of the loss covered", 0.9, ge=0, le=1, neutral=0, source="tci_cover_ratio")
    advance: float = lever(
        "share", "Most lent of an insured receivable's face", 0.9, ge=0, le=1, assumed="a tenth more than uninsured"
    )
    cut_off: float = lever(
        "share", "Largest yearly PD of a buyer that the insurer covers", 0.05, ge=0, le=1,
        assumed="insurers decline the weakest tenth of buyers",
    )  # fmt: skip
    loading: float = lever(
        "ratio", "Premium over expected claims", 1.45, ge=1, le=10, source="cn_credit_ins_claims_ratio_2020"
    )
    minimum_premium: float = lever("share", "Least premium, of insured face", 0.002, ge=0, le=0.1, source="tci_rate_cn")
    capital: float = lever("CNY", "Insurers' capital", 1e10, ge=0, le=1e13, assumed="a tenth of sold paper")
    leverage: float = lever(
        "ratio", "Most insured, in multiples of capital", 20, ge=0, le=200, assumed="well above the usual use"
    )
    sizes: tuple[int, ...] = lever("flag", "Sellers by size", _SME, ge=0, le=1, axis="size", assumed=_WHY_SIZES)


@dataclass(frozen=True, kw_only=True)
class InsuredBillPledge(Instrument):
    """Loans against insured commercial bills."""

    ID = "insured_bill_pledge"
    TITLE = ("Insured bill pledge", "保险+商票质押")
    CLAUSE = "000 §11"
    MECHANISMS = ("Product", "CreditInsurance")
    SENTENCE = "A bank lends on a pledged commercial bill that an insurer covers against the acceptor's failure."
    EXPECTED = "commercial-bill pledge volume up"
    REFERENCE = "sz_incl_sme_balance_2024"

    cover: float = lever("share", "Share of the loss covered", 0.9, ge=0, le=1, neutral=0, source="tci_cover_ratio")
    advance: float = lever("share", "Most lent of a bill's face", 0.9, ge=0, le=1, assumed="as insured receivables")
    cut_off: float = lever(
        "share",
        "Largest yearly PD of a pledger",
        0.07,
        ge=0,
        le=1,
        assumed="twice banks' own: the bill is covered",
    )
    loading: float = lever(
        "ratio", "Premium over expected claims", 1.45, ge=1, le=10, source="cn_credit_ins_claims_ratio_2020"
    )
    minimum_premium: float = lever("share", "Least premium, of insured face", 0.002, ge=0, le=0.1, source="tci_rate_cn")
    capital: float = lever("CNY", "Insurers' capital", 1e10, ge=0, le=1e13, assumed="as for receivables")
    leverage: float = lever(
        "ratio", "Most insured, in multiples of capital", 20, ge=0, le=200, assumed="as for receivables"
    )
    sizes: tuple[int, ...] = lever("flag", "Pledgers by size", _SME, ge=0, le=1, axis="size", assumed=_WHY_SIZES)


@dataclass(frozen=True, kw_only=True)
class PremiumSubsidy(Instrument):
    """Subsidy on insurance premiums."""

    ID = "premium_subsidy"
    TITLE = ("Premium subsidy", "保费补贴")
    CLAUSE = "002 §15"
    MECHANISMS = ("FeeSubsidy",)
    SENTENCE = "The treasury pays part of the premium of SMEs' credit insurance, within a yearly budget."
    EXPECTED = "insured volume up"
    REFERENCE = "sz_incl_sme_balance_2024"

    share: float = lever(
        "share", "Share of the premium", 0.5, ge=0, le=1, neutral=0, source="local_interest_subsidy_tech_sz"
    )
    budget: float = lever("CNY/yr", "Budget of the city", 2e9, ge=0, le=1e14, assumed="half of premiums at full use")


@dataclass(frozen=True, kw_only=True)
class ReverseFactoring(Instrument):
    """Core enterprises confirm what they owe."""

    ID = "reverse_factoring"
    TITLE = ("Reverse factoring", "反向保理")
    CLAUSE = "003 §7"
    MECHANISMS = ("Product", "PaymentRule")
    SENTENCE = "OEMs confirm part of their payables; suppliers sell these without recourse at the OEM's risk."
    EXPECTED = "tier-1 APR towards OEM's"

    share: float = lever(
        "share", "Share of OEM invoices confirmed", 0.4, ge=0, le=1, neutral=0,
        assumed="the share of accounts that studies of the chain take as confirmed",
    )  # fmt: skip
    platform_fee: float = lever("rate", "Platform's fee", 0.002, ge=0, le=0.1, assumed="twenty basis points")
    loss_given_default: float = lever(
        "share", "Loss on a confirmed payable", 0.45, ge=0, le=1, source="lgd_firb_senior"
    )


@dataclass(frozen=True, kw_only=True)
class MultiTierCertificates(Instrument):
    """Splittable certificates of what an OEM owes, passed up the tiers."""

    ID = "multi_tier_certificates"
    TITLE = ("Multi-tier certificates", "多级信用传递")
    CLAUSE = "003 §5, §7"
    MECHANISMS = ("Product", "PaymentRule")
    SENTENCE = "Suppliers pay their own suppliers with slices of the OEM's certificate, sold at the OEM's risk."
    EXPECTED = "tier-2/3 APR down; concentration up"

    share: float = lever(
        "share", "Share of OEM invoices issued as certificates", 0.4, ge=0, le=1, neutral=0,
        assumed="as reverse factoring: the same payables, confirmed",
    )  # fmt: skip
    passed: float = lever(
        "share",
        "Most of an invoice paid with slices",
        0.8,
        ge=0,
        le=1,
        assumed="some is kept for wages",
    )
    platform_fee: float = lever("rate", "Platform's fee", 0.003, ge=0, le=0.1, assumed="thirty basis points")
    loss_given_default: float = lever("share", "Loss on a certificate", 0.45, ge=0, le=1, source="lgd_firb_senior")


# Loans that quotas and budgets refer to, CNY: the amounts of these rows of calibration.csv (a test compares them).
REFERENCE_LOANS: Final = {"incl_sme_balance_2024": 33.3e12, "sz_incl_sme_balance_2024": 1.9e12}

INSTRUMENTS: Final[dict[str, type[Instrument]]] = {
    kind.ID: kind
    for kind in (
        RelendingSme, InterestSubsidy, DiscountSubsidy, GovernmentGuarantee, GuaranteeFeeSubsidy, RiskCompensationPool,
        TradeCreditInsurance, InsuredBillPledge, PremiumSubsidy, ReverseFactoring, MultiTierCertificates,
    )
}  # fmt: skip

# Instruments by how they work; each is in one family.
FAMILIES: Final[dict[str, tuple[str, ...]]] = {
    "refinancing": (RelendingSme.ID,),
    "subsidies": (InterestSubsidy.ID, DiscountSubsidy.ID, GuaranteeFeeSubsidy.ID, PremiumSubsidy.ID),
    "guarantees": (GovernmentGuarantee.ID, RiskCompensationPool.ID),
    "insurance": (TradeCreditInsurance.ID, InsuredBillPledge.ID),
    "confirmed": (ReverseFactoring.ID, MultiTierCertificates.ID),
}
