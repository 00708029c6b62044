"""Levers in Chinese: what each instrument does and what its parameters are called; the English is in the catalogue."""

from __future__ import annotations

import re
from typing import Final

from experiments.money import chinese_unit

_AMOUNT: Final = re.compile(r"([\d.]+) (m |bn |tn )?CNY(/yr)?")
_SCALES: Final = {"": 1.0, "m ": 1e6, "bn ": 1e9, "tn ": 1e12}

SENTENCES: Final[dict[str, str]] = {
    "relending_sme": "人民银行按再贷款利率，向符合条件的银行提供相当于其小微企业贷款一定比例的再贷款资金，以额度为限。",
    "interest_subsidy": "财政承担中小微企业贷款利息的一部分，以年度预算为限。",
    "discount_subsidy": "财政承担中小微企业票据贴现与应收账款转让成本的一部分，以年度预算为限。",
    "government_guarantee": (
        "中小微企业贷款违约后由政府性融资担保机构代偿大部分，市融资担保基金、国家融资担保基金按比例分险；收取担保费。"
    ),
    "guarantee_fee_subsidy": "财政承担中小微企业贷款担保费的一部分，以年度预算为限。",
    "risk_compensation_pool": "公共资金池补偿放贷机构在中小微企业信用贷款上的部分损失，以池内资金为限。",
    "trade_credit_insurance": "保险公司对转让给银行的应收账款承保买方违约风险，收取保费。",
    "insured_bill_pledge": "银行以承兑人违约风险已投保的商业汇票为质押放款。",
    "premium_subsidy": "财政承担中小微企业信用保险保费的一部分，以年度预算为限。",
    "reverse_factoring": "整车企业确认部分应付账款；供应商按整车企业风险无追索权转让。",
    "multi_tier_certificates": "供应商以整车企业凭证的拆分份额支付自己的供应商，按整车企业风险转让。",
}
PARAMETERS: Final[dict[str, str]] = {
    "share": "比例",
    "rate": "利率",
    "quota": "额度",
    "lenders": "适用银行",
    "sizes": "适用规模",
    "rate_cap": "借款利率上限",
    "loan_cap": "单户本金上限",
    "budget": "年度预算",
    "city_fund": "其中市融资担保基金比例",
    "national_fund": "其中国家融资担保基金比例",
    "fee": "担保费率",
    "limit": "最高授信占年销售额",
    "cut_off": "最高违约概率",
    "capital": "资本",
    "leverage": "放大倍数",
    "compensation_cap": "国家融资担保基金年代偿上限",
    "risk_weight": "担保部分风险权重",
    "days_to_pay": "代偿前逾期天数",
    "first_loan_tilt": "首贷户加成",
    "balance": "资金池规模",
    "refill": "是否每年补足",
    "cover": "赔付比例",
    "advance": "最高融资比例",
    "loading": "保费与预期赔付之比",
    "minimum_premium": "最低保费率",
    "platform_fee": "平台费率",
    "loss_given_default": "违约损失率",
    "passed": "最高可拆分支付比例",
}
# Who is named by flags of sizes and kinds of bank.
GROUPS: Final[dict[str, tuple[str, str]]] = {
    "large": ("large", "大型"),
    "medium": ("medium", "中型"),
    "small": ("small", "小型"),
    "micro": ("micro", "微型"),
    "state_owned": ("state-owned banks", "国有大行"),
    "joint_stock": ("joint-stock banks", "股份制银行"),
    "city_rural": ("city and rural banks", "城商行与农商行"),
}


def parameter_words(name: str) -> tuple[str, str]:
    """What a parameter of an instrument is called, in English and Chinese."""
    return name.replace("_", " "), PARAMETERS.get(name, name)


def amount_in_chinese(value: str) -> str:
    """An amount as it is written in English, in 亿元 or 万元; any other text as it is."""
    if not (found := _AMOUNT.fullmatch(value)):
        return value
    yuan = float(found[1]) * _SCALES[found[2] or ""]
    unit = chinese_unit(yuan)
    return f"{yuan / unit.yuan:,.6g}{unit.name}{'／年' if found[3] else ''}"
