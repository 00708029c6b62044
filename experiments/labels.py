"""Every word on a chart, in English and Chinese: one table, so that no language lags behind the other."""

from typing import Final

LANGUAGES: Final = ("en", "zh")

LABELS: Final[dict[str, tuple[str, str]]] = {
    # Who
    "sme": ("SMEs", "中小微企业"),
    "large": ("large", "大型"),
    "medium": ("medium", "中型"),
    "small": ("small", "小型"),
    "micro": ("micro", "微型"),
    "tier_1": ("tier 1", "一级"),
    "tier_2": ("tier 2", "二级"),
    "tier_3": ("tier 3", "三级"),
    "sector:oem": ("OEMs", "整车厂"),
    "sector:supplier": ("Suppliers", "供应商"),
    "sector:bank": ("Banks", "银行"),
    "sector:informal": ("Informal lenders", "民间放贷人"),
    "sector:outside": ("Outside", "外部"),
    "sector:treasury": ("Treasury", "财政"),
    "sector:central_bank": ("Central bank", "中央银行"),
    # Terms of a price
    "term_funding": ("funding", "资金成本"),
    "term_operating": ("operating", "运营成本"),
    "term_expected_loss": ("expected loss", "预期损失"),
    "term_capital": ("capital", "资本成本"),
    "term_margin": ("margin", "利差"),
    "term_timing": ("timing", "计息时点"),
    # Stages of access and reasons of refusal
    "need": ("needed", "有需求"),
    "asked": ("asked for", "申请"),
    "offered": ("offered", "获报价"),
    "accepted": ("accepted", "接受"),
    "drawn": ("drawn", "提款"),
    "not_eligible": ("not eligible", "不符合准入"),
    "risk": ("risk too high", "风险过高"),
    "price_cap": ("above price cap", "超出利率上限"),
    "too_dear": ("too dear for the firm", "企业嫌贵"),
    "capital": ("bank capital", "银行资本不足"),
    "stable_funding": ("stable funding", "稳定资金不足"),
    "single_name": ("single-name limit", "单户限额"),
    # Families of accounts
    "money": ("money", "货币资金"),
    "trade_credit": ("trade credit and bills", "商业信用与票据"),
    "loans": ("loans", "贷款"),
    "goods_and_plant": ("goods and plant", "存货与设备"),
    "other": ("other", "其他"),
    "net_worth": ("net worth", "净值"),
    # Panels, axes and notes
    "by_tier": ("By tier, suppliers of all sizes", "按层级（各规模供应商）"),
    "by_size": ("By size", "按企业规模"),
    "axis_years": ("years from the start of the window", "自评估期开始的年数"),
    "axis_apr": (
        "all-in APR net of subsidy, % p.a., over 12 months",
        "扣除补贴后综合年化成本，%，12个月滚动",
    ),
    "axis_overdue": ("overdue share, %, over 12 months", "逾期占比，%，12个月滚动"),
    "axis_price": ("bp p.a., new contracts weighted by amount × days", "基点／年，新合同按金额×天数加权"),
    "axis_count": ("firms × steps a year; % of need", "每年企业×时间步数；占需求%"),
    "axis_amount": ("bn CNY a year; % of need", "亿元／年；占需求%"),
    "axis_refusals": ("refusals a year", "每年拒绝次数"),
    "axis_balance": ("bn CNY: liabilities below 0, assets above", "亿元（0以上为资产，以下为负债）"),
    "by_count": ("By count", "按笔数"),
    "by_amount": ("By amount", "按金额"),
    "by_reason": ("Refusals by reason", "拒绝原因"),
    "firms": ("Firms in the chain and their informal lenders", "链上企业及民间放贷人"),
    "rest": ("Banks, the state and the world outside", "银行、公共部门与外部"),
    "share_of_need": ("({share:.0f} %)", "（{share:.0f}%）"),
    "end_of_line": ("{value:.1f} % {name}", "{value:.1f}% {name}"),
    "burn_in": ("burn-in", "预热期"),
    "no_data": (" (no value: {groups})", "（无数据：{groups}）"),
    "no_contract": ("no contract", "无合同"),
    "comma": (", ", "、"),
    # Footer
    "interval": (
        "n = {n} replications; 95 % intervals of the mean",
        "n = {n} 次重复；区间为均值的95%置信区间",
    ),
    "means": (
        "n = {n} replications; means, intervals in the table",
        "n = {n} 次重复；图为均值，区间见数据表",
    ),
    "one_run": ("n = 1 replication, hence no interval", "n = 1 次重复，无区间"),
    "no_run": ("n = 0: nothing to show", "n = 0：无数据"),
    "window": (
        "window: {months:g} months after {burn_in:g} of burn-in",
        "评估期：预热{burn_in:g}个月后的{months:g}个月",
    ),
    "window_end": (
        "end of the window: month {months:g} after {burn_in:g} of burn-in",
        "评估期末：预热{burn_in:g}个月后的第{months:g}个月",
    ),
    "origin": (
        "{experiment}, config {digest}, Finflow {version}",
        "{experiment}，配置 {digest}，Finflow {version}",
    ),
    "separator": (" · ", " · "),
    # Findings: the title of a chart
    "apr_none": ("SMEs took no loan in the window", "评估期内中小微企业没有新贷款"),
    "apr_level": ("SMEs borrow at {level:.2f} % a year", "中小微企业融资成本为年化{level:.2f}%"),
    "apr_more": ("; tier 3 pays {gap:.2f} points more than tier 1", "；三级比一级高{gap:.2f}个百分点"),
    "apr_less": ("; tier 3 pays {gap:.2f} points less than tier 1", "；三级比一级低{gap:.2f}个百分点"),
    "apr_unclear": (
        "; no clear difference between tier 3 and tier 1",
        "；三级与一级之间没有明显差异",
    ),
    "price_none": ("No contract was signed in the window", "评估期内没有新合同"),
    "price_level": (
        "The price of SME credit is {total:.0f} bp, of which {term} is {part:.0f} bp",
        "中小微企业贷款价格为{total:.0f}个基点，其中{term}占{part:.0f}个",
    ),
    "price_more": (
        "Small firms pay {gap:.0f} bp more than large ones; the widest gap is in {term}, {part:.0f} bp",
        "小型企业比大型企业多付{gap:.0f}个基点，差距最大的是{term}（{part:.0f}个）",
    ),
    "price_less": (
        "Small firms pay {gap:.0f} bp less than large ones; the widest gap is in {term}, {part:.0f} bp",
        "小型企业比大型企业少付{gap:.0f}个基点，差距最大的是{term}（{part:.0f}个）",
    ),
    "price_unclear": (
        "No clear difference between the price of small firms' credit, {total:.0f} bp, and large ones'",
        "小型企业的贷款价格（{total:.0f}个基点）与大型企业没有明显差异",
    ),
    "funnel_none": ("SMEs needed no finance in the window", "评估期内中小微企业没有融资需求"),
    "funnel_level": (
        "SMEs draw {share:.0f} % of the finance they need",
        "中小微企业提款额占融资需求的{share:.0f}%",
    ),
    "funnel_reason": (
        "; most common refusal: {reason}",
        "；最主要的拒绝原因：{reason}",
    ),
    "balance_none": ("Balance sheets at the end of the window", "评估期末各部门资产负债表"),
    "balance_level": (
        "Suppliers are owed {trade:,.1f} bn CNY of trade credit and bills and owe {loans:,.1f} bn in loans",
        "供应商持有商业信用与票据{trade:,.0f}亿元，欠贷款{loans:,.0f}亿元",
    ),
    "overdue_none": ("Nothing fell due to be paid in the window", "评估期内没有到期应付款"),
    "overdue_level": ("{level:.1f} % is overdue at tier 3", "三级供应商逾期占比为{level:.1f}%"),
    "overdue_more": (", {gap:.1f} points more than at OEMs", "，比整车厂高{gap:.1f}个百分点"),
    "overdue_less": (", {gap:.1f} points less than at OEMs", "，比整车厂低{gap:.1f}个百分点"),
    "overdue_unclear": ("; no clear difference from OEMs", "，与整车厂没有明显差异"),
}

BILLION_IN_UNIT: Final = {"en": 1.0, "zh": 10.0}  # amounts are shown in bn CNY and in 亿元


def label(key: str, lang: str, **values: object) -> str:
    """The text of `key` in `lang`, `values` filled in; KeyError or ValueError if either is unknown."""
    return LABELS[key][LANGUAGES.index(lang)].format(**values)
