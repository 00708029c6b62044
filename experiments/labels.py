"""Every word on a chart, in English and Chinese: one table, so that no language lags behind the other."""

from typing import Final

from experiments.chart_words import CHART_WORDS
from experiments.contagion_words import CONTAGION_WORDS
from experiments.finding_words import FINDING_WORDS
from experiments.sensitivity_words import SENSITIVITY_WORDS

LANGUAGES: Final = ("en", "zh")

LABELS: Final[dict[str, tuple[str, str]]] = {
    **SENSITIVITY_WORDS,
    **CONTAGION_WORDS,
    **FINDING_WORDS,
    # Who
    "sme": ("SMEs", "中小微企业"),
    "large": ("large", "大型"),
    "medium": ("medium", "中型"),
    "small": ("small", "小型"),
    "micro": ("micro", "微型"),
    "tier_1": ("tier 1", "一级"),
    "tier_2": ("tier 2", "二级"),
    "tier_3": ("tier 3", "三级"),
    "sector:oem": ("OEMs", "整车企业"),
    "sector:supplier": ("Suppliers", "供应商"),
    "sector:bank": ("Banks", "银行"),
    "sector:informal": ("Informal lenders", "民间出借人"),
    "sector:outside": ("Outside", "链外"),
    "sector:treasury": ("Treasury", "财政"),
    "sector:central_bank": ("Central bank", "中央银行"),
    # Terms of a price
    "term_funding": ("funding", "资金成本"),
    "term_operating": ("operating", "运营成本"),
    "term_expected_loss": ("expected loss", "预期损失"),
    "term_capital": ("capital", "资本成本"),
    "term_margin": ("margin", "利差"),
    "term_fees": ("fees", "担保与平台费"),
    "term_premium": ("premium", "保费"),
    "term_subsidy": ("subsidy", "补贴"),
    "total": ("total", "合计"),
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
    # Policies
    "baseline": ("current law", "现行政策"),
    "no_policy": ("all levers off", "取消全部政策"),
    "no_policy_does": ("switching all levers off", "取消全部政策"),  # as the subject of a sentence
    "quoted": ("'{name}'", "{name}"),
    "several": ("{name}", "“{name}”组合"),
    # What is measured
    "sme_cost_of_need": ("Cost of need, SMEs", "资金需求综合成本（中小微企业）"),
    "sme_apr_like_for_like": ("All-in rate net of subsidy, like for like", "同一企业年化综合成本（扣除补贴后）"),
    "sme_apr_gross_like_for_like": (
        "All-in rate gross of subsidy, like for like",
        "同一企业年化综合成本（扣除补贴前）",
    ),
    "sme_apr_net": ("All-in rate net of subsidy, all borrowers", "全部借款企业年化综合成本（扣除补贴后）"),
    "price_gap_small_large": ("Price, small less large", "小型与大型企业价差"),
    "formal_share_of_need": ("Formal finance of need", "正规融资占需求比例"),
    "approval_rate": ("Applications approved", "申请获批率"),
    "discouraged_share": ("Discouraged, of those in need", "有需求而未申请比例"),
    "credit_in_use": ("Bank credit in use", "银行信贷平均余额"),
    "financing_gap": ("Financing gap", "融资缺口"),
    "first_time_borrowers": ("First-time borrowers", "首贷户数"),
    "default_rate": ("SMEs' defaults a year", "中小微企业年违约率"),
    "npl_ratio": ("NPL ratio, chain book", "产业链贷款不良率"),
    "overdue_share": ("Overdue trade debt", "逾期应付账款占比"),
    "oem_payable_days": ("OEMs pay after, with paper", "整车企业付款天数（含票据）"),
    "supplier_receivable_days": ("SMEs are paid after", "中小微企业回款天数"),
    "output_lost_to_finance": ("Output lost to lack of finance", "因融资不足损失的产出"),
    "public_cost": ("Public cost", "公共成本"),
    "fiscal_outlay": ("of which fiscal outlay", "其中：财政支出"),
    "central_bank_cost": ("of which implicit cost of central-bank funds", "其中：央行资金隐性成本"),
    "pool_payout": ("of which pool's pay-outs", "其中：资金池补偿支出"),
    "guarantee_net_loss": ("of which guarantors' net loss", "其中：担保净损失"),
    "credit_per_public_cost": ("Change of SME credit in use", "中小微企业信贷平均余额变化"),
    "gap_per_public_cost": ("Change of SMEs' financing gap a year", "中小微企业年融资缺口变化"),
    "cost_of_need_per_public_cost": ("Change of SMEs' cost of need", "中小微企业资金需求综合成本变化"),
    "apr_like_for_like_per_public_cost": ("Change of the like-for-like rate", "同一企业年化综合成本变化"),
    "all_players": ("all together", "合计"),
    "family_refinancing": ("refinancing", "再贷款"),
    "family_subsidies": ("subsidies", "补贴"),
    "family_guarantees": ("guarantees and pools", "担保与风险补偿"),
    "family_insurance": ("insurance", "保险"),
    "family_confirmed": ("confirmed payables", "确权融资"),
    "section_cost": ("Cost", "成本"),
    "section_access": ("Access", "融资可得性"),
    "section_health": ("Health", "经营与信用状况"),
    "section_public": ("Public cost", "公共成本"),
    "section_per_100m": ("Per 100m CNY of public cost a year", "每年每1亿元公共成本"),
    "m CNY": ("m CNY", "百万元"),
    "10k CNY": ("10k CNY", "万元"),
    "bp": ("bp", "基点"),
    "pp": ("pp", "百分点"),
    "%": ("%", "%"),
    "d": ("d", "天"),
    "a_year": ("{unit} a year", "{unit}／年"),
    "whole": ("whole window", "整个评估期"),
    "first_12": ("first 12 months", "前12个月"),
    "last_24": ("last 24 months", "后24个月"),
    "note_money": (
        "Money and counts belong to the sample of firms, not to the city.",
        "金额与户数为模型内企业（样本）的合计，不是全市数。",
    ),
    "note_price": (
        "Like for like: SMEs that borrowed in both paired runs, at the baseline's weights. The rate of all borrowers"
        " also moves with who borrows.",
        "同一企业口径：配对的两次运行中均借款的中小微企业，按基准权重加权；全部借款企业口径还受借款人构成影响。",
    ),
    "note_per_100m": (
        "Ratios of effects have Fieller intervals, and are not defined where the change of public cost cannot be told"
        " apart from 0. Of a policy that costs the public less they are per 100m CNY saved, with the effect's sign.",
        "效应之比采用菲勒区间；公共成本变化与0无法区分时，比值无定义。公共成本下降的政策按每节省1亿元计，符号同效应。",
    ),
    "note_doubt": (
        "doubt_low to doubt_high: 10–90 % range of the effect over other parameter values (worlds), noise of their few"
        " replications included; same_sign: in how many of them the effect keeps its sign.",
        "doubt_low至doubt_high：其他参数取值下效应的10%—90%范围（含少量重复的噪声）；same_sign：符号不变的参数取值个数。",
    ),
    "note_grey": (
        "Grey numbers cannot be told apart from current law.",
        "灰色数字表示与现行政策无法区分。",
    ),
    # Who bears losses, who pays
    "lenders": ("lenders", "放贷机构"),
    "suppliers": ("trade creditors", "赊销供应商"),
    "guarantor": ("guarantor", "担保机构"),
    "city_fund": ("city fund", "市融资担保基金"),
    "national_fund": ("national fund", "国家融资担保基金"),
    "insurer": ("insurer", "保险公司"),
    "pool": ("pool", "资金池"),
    "treasury": ("treasury", "财政"),
    "informal": ("informal", "民间出借人"),
    "outside": ("outside", "链外"),
    "payer_treasury": ("treasury", "财政"),
    "payer_central_bank": ("central bank", "央行"),
    "payer_pool": ("pool", "资金池"),
    "payer_guarantors": ("guarantors", "担保"),
    "payer_insurers": ("insurers", "保险"),
    "payer_lenders": ("lenders", "放贷机构"),
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
    "axis_overdue": (
        "overdue share of trade debt, %, over 12 months",
        "应付账款逾期占比，%，12个月滚动",
    ),
    "axis_price": ("bp p.a., new contracts weighted by amount × days", "基点／年，新合同按金额×天数加权"),
    "axis_count": ("cases a year, one a firm and step", "笔／年（每家企业每个时间步一笔）"),
    "axis_amount": ("bn CNY a year", "亿元／年"),
    "axis_refusals": ("refusals a year", "每年拒绝次数"),
    "axis_balance": ("bn CNY: liabilities below 0, assets above", "亿元（0以上为资产，以下为负债）"),
    "by_count": ("By count (of need)", "按笔数（占需求）"),
    "by_amount": ("By amount (of need)", "按金额（占需求）"),
    "by_reason": ("Refusals by reason", "拒绝原因"),
    "firms": ("Firms in the chain and their informal lenders", "产业链企业及民间出借人"),
    "rest": ("Banks, the state and the world outside", "银行、公共部门与链外"),
    "share_of_need": ("{amount} ({share:.0f} %)", "{amount}（{share:.0f}%）"),
    "end_of_line": ("{value:.{digits}f} % {name}", "{value:.{digits}f}% {name}"),
    "burn_in": ("burn-in", "预热期"),
    "no_data": (" (no value: {groups})", "（无数据：{groups}）"),
    "so_many_runs": (" (n = {n})", "（n = {n}）"),
    "core_failure": ("core failure", "核心企业倒闭"),
    "foot_failure": ("a core enterprise fails in month\u00a0{month:g}", "第{month:g}个月有核心企业倒闭"),
    "no_contract": ("no contract", "无合同"),
    "comma": (", ", "、"),
    # Panels, axes and notes of charts by policy
    "panel_need": ("Cost of need, SMEs", "资金需求综合成本（中小微企业）"),
    "panel_like": ("All-in rate, like for like, SMEs", "同一企业年化综合成本（中小微企业）"),
    "axis_change_bp": ("change from current law, bp p.a.", "较现行政策变化，基点／年"),
    "level_of_law": ("{level:.2f} %", "{level:.2f}%"),
    "key_net": ("net of subsidy", "扣除补贴后"),
    "key_gross": ("gross of subsidy", "扣除补贴前"),
    "worlds_of": ("{same:.0f}/{worlds:.0f}", "{same:.0f}/{worlds:.0f}"),
    "panel_price": ("Price of SMEs' new credit, bp p.a.", "中小微企业新增信贷价格，基点／年"),
    "panel_price_change": ("Change from current law, bp", "较现行政策变化，基点"),
    "axis_share_of_need": ("% of need", "占需求比例，%"),
    "key_amount": ("by amount", "按金额"),
    "key_count": ("by count of firms", "按企业数"),
    "panel_gap": (
        "Financing gap: % of need under current law, below it the change in points",
        "融资缺口：首行为现行政策下占需求比例（%），以下为变化（百分点）",
    ),
    "panel_scatter": ("Public cost and SME credit", "公共成本与中小微企业信贷"),
    "axis_public_cost": ("change of public cost, m CNY a year", "公共成本变化，万元／年"),
    "axis_public_cost_stock": ("change of public cost, m CNY a year", "公共成本变化，亿元／年"),  # beside stocks
    "axis_credit": ("change of SME credit in use, m CNY", "中小微企业信贷平均余额变化，亿元"),
    "panel_per_100m": (
        "SME credit in use per 100m CNY a year, m CNY",
        "每年每1亿元公共成本对应的信贷平均余额变化，亿元",
    ),
    "panel_bp_per_100m": (
        "Cost of need per 100m CNY a year, bp",
        "每年每1亿元公共成本对应的资金需求综合成本变化，基点",
    ),
    "span": ("{low} to {high}", "{low}至{high}"),
    "not_defined": ("not defined", "无定义"),
    "too_cheap": ("costs too little to scale", "成本过小，不宜放大"),
    "panel_losses": ("Losses borne, m CNY a year", "损失承担，万元／年"),
    "panel_losses_change": ("Change from current law, m CNY a year", "较现行政策变化，万元／年"),
    "panel_firms": (
        "Firms gaining less firms losing, % of those in need; first row: firms in need",
        "受益企业减受损企业，占有需求企业的%；首行：有需求企业数",
    ),
    "panel_payers": ("Cost or loss, m CNY a year", "成本或损失，万元／年"),
    "no_value": ("no value", "无数据"),
    "axis_change_points": ("change from current law, points", "较现行政策变化，百分点"),
    "panel_formal": ("Formal finance of need, SMEs", "正规融资占需求比例（中小微企业）"),
    "share_of_total": ("{text} ({share}\u00a0%)", "{text}（{share}%）"),
    "foot_shapley": (
        "a share is what is added, on average over all orders of adding (Shapley); they sum to the bundle's change;"
        " intervals by bootstrap (BCa)",
        "贡献为各种加入次序下新增效应的平均（Shapley值），合计等于组合效应；区间为自助法（BCa）",
    ),
    "attribution_none": ("No policy was taken apart", "未对任何政策进行分解"),
    "attribution_unclear": (
        "'{policy}': its effect on {what} cannot be told apart from 0, hence no shares",
        "{policy}：{what}的变化无法与0区分，不作分解",
    ),
    "attribution_largest": (
        "Of what '{policy}' changes in {what}, {size}, the largest part is that of {player}: {share} %",
        "{policy}对{what}的影响为{size}，其中{player}贡献最大（{share}%）",
    ),
    # Footer of charts by policy
    "paired": (
        "n = {n} pairs of runs; 95 % intervals of paired differences from current law",
        "n = {n} 对运行；区间为与现行政策配对差的95%置信区间",
    ),
    "one_pair": ("n = 1 pair of runs, hence no interval", "n = 1 对运行，无区间"),
    "foot_doubt": (
        "pale bars: 10–90 % of effects over {worlds:.0f} other sets of parameters, noise included; at the right: in how"
        " many the sign of a clear effect holds",
        "浅色条：{worlds:.0f}组其他参数下效应的10%—90%范围（含噪声）；右侧：可与0区分的效应符号不变的组数",
    ),
    "foot_grey": (
        "grey: cannot be told apart from current law",
        "灰色：与现行政策无法区分",
    ),
    "foot_sides_of_bars": (
        "bars blue for the better, orange for the worse, grey cannot be told apart from current law",
        "条形：蓝为改善，橙为变差，灰色与现行政策无法区分",
    ),
    "foot_stages": (
        "asked for to accepted, by amount: all that firms need which got so far; drawn: what they draw",
        "申请至接受（按金额）：到达该阶段企业的全部需求；提款：实际提款额",
    ),
    "foot_colours": (
        "first row: level under current law; below: change, blue for the better, orange for the worse, grey cannot be"
        " told apart from 0",
        "首行：现行政策水平；以下：变化，蓝为改善，橙为变差，灰色无法与0区分",
    ),
    "foot_holm": ("†:\u00a0clear by itself, not after Holm's correction", "†：单独可区分，经霍尔姆校正后不能"),
    "foot_depth": (
        "palest: under {small}; full colour: from {full}",
        "最浅：不足{small}；最深：达到{full}",
    ),
    "size_of_level": ("{value}\u00a0% of current law's level", "现行政策水平的{value}%"),
    "slash": (" / ", "／"),
    "foot_grey_numbers": ("grey numbers: cannot be told apart from 0", "灰色数字：无法与0区分"),
    "foot_hollow": (
        "hollow: public cost falls, so its effects are per 100m CNY saved",
        "空心：公共成本下降，为每节省1亿元对应的效应",
    ),
    # What names the largest of several estimates in a title, and what it is not.
    "up_to": ("up to", "最多"),
    "foot_up_to": (
        "up\u00a0to: the largest estimate, no ranking, as policies differ in size",
        "“最多”指估计最大者；各政策力度不同，并非排名",
    ),
    "foot_outside": (
        "outside: wages and bills of suppliers outside the chain left unpaid by failed firms",
        "链外：倒闭企业拖欠的职工工资与链外供应商货款",
    ),
    "foot_composition": ("includes changes in who borrows", "含借款人构成变化"),
    "foot_threshold": (
        "a firm gains or loses if its cost of need moves by over {threshold:.0f} bp; under {fewest} firms: blank",
        "企业资金需求综合成本变化超过{threshold:.0f}个基点计为受益或受损；不足{fewest}家的格子留空",
    ),
    "foot_fieller": (
        "ratios with Fieller intervals: each policy's own effects, scaled; not what 100m CNY would buy; not defined"
        " where the change of public cost cannot be told apart from 0",
        "比值采用菲勒区间，为各政策自身效应按比例放大，并非1亿元实际能换来的效果；公共成本变化与0无法区分时无定义",
    ),
    "foot_start_all": ("levers change in month {month:g}", "政策于第{month:g}个月起变动"),
    "foot_start": ("{policy}: from month\u00a0{month:g}", "{policy}：自第{month:g}个月起"),
    "foot_end": ("{policy}: until month\u00a0{month:g}", "{policy}：至第{month:g}个月止"),
    "foot_exhausted": (
        "used up otherwise than under current law: {policies}",
        "用满情况与现行政策不同：{policies}",
    ),
    "ran_out_lever": (
        "{policy} ({instrument}, month\u00a0{month:g}, {runs} of {of} runs)",
        "{policy}（{instrument}，第{month:g}个月，{of}次中{runs}次）",
    ),
    "ran_out": (
        "{policy} (month\u00a0{month:g}, {runs} of {of} runs)",
        "{policy}（第{month:g}个月，{of}次中{runs}次）",
    ),
    "foot_exhausted_law": (
        "under current law capacity of {instrument} is used up in month\u00a0{month:g}, {runs} of {of} runs",
        "现行政策下{instrument}第{month:g}个月用满（{of}次中{runs}次）",
    ),
    "foot_star": (
        "*\u00a0capacity or budget is used up otherwise than under current law (see the calendar)",
        "*\u00a0额度或预算用满情况与现行政策不同（见政策日历）",
    ),
    "foot_parameters": ("{assumed:.0f}\u00a0% of parameters assumed", "{assumed:.0f}%的参数为假设值"),
    # Footer
    "interval": (
        "current law; n = {n} replications; 95 % intervals of the mean",
        "现行政策；n = {n} 次重复；区间为均值的95%置信区间",
    ),
    "intervals_cut": (
        "current law; n = {n} replications; 95 % intervals of the mean, very wide ones cut off",
        "现行政策；n = {n} 次重复；区间为均值的95%置信区间，过宽者截断",
    ),
    "bands": (
        "current law; n = {n} replications; bands: 95 % intervals of the mean, very wide ones cut off",
        "现行政策；n = {n} 次重复；阴影为均值的95%置信区间，过宽者截断",
    ),
    "means": (
        "current law; n = {n} replications; means, intervals in the table",
        "现行政策；n = {n} 次重复；图为均值，区间见数据表",
    ),
    "one_run": ("current law; n = 1 replication, hence no interval", "现行政策；n = 1 次重复，无区间"),
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
        "{experiment}, config\u00a0{digest}, Finflow\u00a0{version}",
        "{experiment}，配置\u00a0{digest}，Finflow\u00a0{version}",
    ),
    "separator": ("\u00a0· ", "\u00a0· "),
    "semicolon": ("; ", "；"),
} | CHART_WORDS

BILLION_IN_UNIT: Final = {"en": 1.0, "zh": 10.0}  # amounts are shown in bn CNY and in 亿元


def label(key: str, lang: str, **values: object) -> str:
    """The text of `key` in `lang`, `values` filled in; KeyError or ValueError if either is unknown."""
    return LABELS[key][LANGUAGES.index(lang)].format(**values)
