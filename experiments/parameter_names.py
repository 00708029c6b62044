"""What each parameter of a scenario is called in charts and sentences, in English and Chinese, by its path."""

from __future__ import annotations

import re
from typing import Final

from experiments.labels import LANGUAGES
from experiments.lever_words import amount_in_chinese, parameter_words
from experiments.policies_told import instrument_title
from experiments.values import DECLARED

_PRODUCTS: Final = {
    "term_loan": ("unsecured loans", "信用贷款"),
    "receivable_pledge": ("receivable pledges", "应收账款质押"),
    "recourse_factoring": ("recourse factoring", "有追索权保理"),
    "factoring": ("non-recourse factoring", "无追索权保理"),
    "bill_discount": ("discounted bills", "票据贴现"),
}
_OF_A_PRODUCT: Final = {
    "limit": ("limit of {}", "{}额度上限"),
    "tenor_days": ("tenor of {}", "{}期限"),
    "loss_given_default": ("loss given default of {}", "{}违约损失率"),
    "fixed_cost": ("cost per contract of {}", "{}单笔固定成本"),
    "cut_off": ("PD cut-off of {}", "{}违约概率上限"),
}
_END: Final = re.compile(r"(×?[\d.,]+) ?(.*)")  # of a range: a number or factor and its unit
_IN_CHINESE: Final = {"d": "天", "months": "个月"}
NAMES: Final[dict[str, tuple[str, str]]] = {
    "step_days": ("length of a step", "步长"),
    "population.suppliers": ("number of suppliers", "供应商数量"),
    "population.oems": ("number of carmakers", "整车企业数量"),
    "population.banks": ("number of banks", "银行数量"),
    "population.towns": ("number of towns", "镇街数量"),
    "population.annual_purchases": ("carmakers' purchases", "整车企业年采购额"),
    "population.oem_share": ("carmakers' shares of purchases", "各整车企业采购份额"),
    "population.tier_share": ("suppliers by tier", "供应商层级构成"),
    "population.subsector_share": ("suppliers by sub-sector", "供应商行业构成"),
    "population.size_tail": ("tail of firm size", "企业规模尾部指数"),
    "population.size_cap": ("largest firm size", "最大企业规模"),
    "population.revenue_per_worker": ("sales per worker", "人均销售额"),
    "population.size_workers": ("size standard in workers", "按人数的规模标准"),
    "population.suppliers_per_buyer": ("suppliers of a buyer", "每个买方的供应商数"),
    "population.buyers_per_supplier": ("buyers of a supplier", "每个供应商的买方数"),
    "population.local_share": ("house banks that are local", "主办行为本地银行的比例"),
    "population.house_bank_share": ("house banks by kind", "主办行类型构成"),
    "technology.input_share": ("bought parts in cost", "外购零部件成本占比"),
    "technology.wage_share": ("labour in cost", "人工成本占比"),
    "technology.mark_up_tier": ("mark-up by tier", "各层级加价率"),
    "technology.mark_up_size": ("mark-up by size", "各规模加价率"),
    "technology.plant_to_sales": ("plant over sales", "厂房设备与销售额之比"),
    "technology.depreciation": ("depreciation of plant", "折旧率"),
    "technology.capacity_margin": ("spare capacity", "产能余量"),
    "technology.finished_stock_days": ("finished stock", "产成品库存天数"),
    "technology.input_stock_days": ("stock of parts", "零部件库存天数"),
    "technology.stock_adjustment": ("speed of restocking", "补库速度"),
    "technology.quality_sd": ("spread of unit cost", "单位成本离散度"),
    "demand.level": ("level of demand", "需求水平"),
    "demand.season": ("season of demand", "需求季节幅度"),
    "demand.shock_sd": ("size of demand shocks", "需求冲击幅度"),
    "demand.shock_persistence": ("persistence of demand shocks", "需求冲击持续性"),
    "demand.outside_share": ("sales outside the chain", "链外销售占比"),
    "trade.oem_account_days": ("carmakers' open account", "整车企业赊账天数"),
    "trade.oem_bill_days": ("tenor of carmakers' bills", "整车企业票据期限"),
    "trade.oem_bill_share": ("carmakers' payment by bill", "整车企业票据支付占比"),
    "trade.term_days": ("payment terms by tier", "各层级账期"),
    "trade.term_sd": ("spread of payment terms", "账期离散度"),
    "trade.outside_days": ("payment terms outside the chain", "链外客户账期"),
    "trade.penalty": ("penalty on late payment", "逾期付款罚息率"),
    "trade.buyer_leaves": ("hazard that a buyer leaves", "买方流失概率"),
    "trade.absence_months": ("absence of a buyer that left", "买方流失后的空缺期"),
    "shocks.cost_persistence": ("persistence of cost shocks", "成本冲击持续性"),
    "shocks.cost_innovation": ("size of cost shocks", "成本冲击幅度"),
    "shocks.cost_by_size": ("cost shocks by size", "各规模成本冲击幅度"),
    "shocks.sector_share": ("cost shocks common to a sub-sector", "成本冲击的行业共同部分"),
    "shocks.rare_loss": ("hazard of a rare loss", "罕见损失概率"),
    "shocks.rare_loss_size": ("size of a rare loss", "罕见损失幅度"),
    "liquidity.cash_days": ("target cash", "目标现金天数"),
    "liquidity.draw_speed": ("speed of owners' draws", "所有者提款速度"),
    "liquidity.equity_target": ("target equity", "目标权益比率"),
    "liquidity.plant_speed": ("speed of investment", "投资速度"),
    "liquidity.plant_limit": ("limit of investment", "投资上限"),
    "liquidity.tax": ("tax on profit", "利润税率"),
    "liquidity.owners_return": ("return that owners ask", "所有者要求回报率"),
    "liquidity.lost_standing": ("standing lost by paying late", "拖欠的信誉成本"),
    "liquidity.punctuality_half_life": ("memory of punctuality", "守约记忆半衰期"),
    "liquidity.smallest_ticket": ("smallest loan", "最小贷款额"),
    "liquidity.asking_cost": ("cost of an application", "申请成本"),
    "liquidity.asking_cost_sd": ("spread of application cost", "申请成本离散度"),
    "liquidity.approval_memory": ("memory of approvals", "获批率记忆期"),
    "liquidity.approval_start": ("approval rate believed at birth", "初始获批率预期"),
    "oem.mark_up": ("carmakers' mark-up", "整车企业加价率"),
    "oem.own_cost_share": ("carmakers' own cost", "整车企业自有成本占比"),
    "oem.cash_months": ("carmakers' cash", "整车企业现金月数"),
    "oem.absence_months": ("absence of a failed carmaker", "整车企业倒闭后的空缺期"),
    "oem.term_response": ("carmakers' lengthening of terms", "整车企业账期延长反应"),
    "oem.longest_bill_days": ("longest bill", "票据最长期限"),
    "informal.rate": ("informal rate", "民间借贷利率"),
    "informal.overdue_slope": ("informal rate for overdue debt", "民间利率的逾期加价"),
    "informal.limit": ("informal limit", "民间借贷上限"),
    "score.intercept": ("score: level", "评分：截距"),
    "score.log_sales": ("score: sales", "评分：销售额"),
    "score.young": ("score: young firm", "评分：新设企业"),
    "score.debt_ratio": ("score: debt ratio", "评分：负债率"),
    "score.margin": ("score: profit margin", "评分：利润率"),
    "score.liquidity": ("score: cash", "评分：现金"),
    "score.overdue": ("score: overdue debt", "评分：逾期"),
    "score.largest_buyer": ("score: largest buyer", "评分：最大买方占比"),
    "score.first_time": ("score: first-time borrower", "评分：首贷户"),
    "score.core": ("score: core enterprise", "评分：核心企业"),
    "score.subsector": ("score: sub-sector", "评分：行业"),
    "score.noise_sd": ("lenders' misjudgement", "放贷机构误判幅度"),
    "score.noise_common": ("misjudgement common to lenders", "误判的共同部分"),
    "score.noise_file": ("misjudgement a credit file removes", "信用档案消除的误判"),
    "score.noise_relation": ("misjudgement a house bank lacks", "主办行免去的误判"),
    "score.noise_half_life": ("half-life of misjudgement", "误判半衰期"),
    "score.intercept_speed": ("speed of lenders' learning", "放贷机构学习速度"),
    "score.credibility": ("credibility of a record of defaults", "违约记录可信度"),
    "market.reach_sme": ("lenders an SME reaches", "中小微企业可及放贷机构数"),
    "market.reach_large": ("lenders a large firm reaches", "大型企业可及放贷机构数"),
    "market.rounds": ("rounds of proposals", "撮合轮数"),
    "market.price_sensitivity": ("price sensitivity of borrowers", "借款人价格敏感度"),
    "market.switching_cost": ("cost of switching lenders", "更换放贷机构的成本"),
    "market.captive": ("mark-up from market power", "市场势力加价"),
    "market.mandate": ("margin given up on SMEs", "对中小微企业的让利"),
    "market.legal_cap": ("highest lawful rate", "法定利率上限"),
    "market.joint_correlation": ("correlation of joint defaults", "联合违约相关性"),
    "market.shortest_paper_days": ("shortest paper financed", "可融资单据最短剩余期限"),
    "market.open": ("banks lend", "银行放贷开关"),
    "bank.funding": ("banks' transfer price of funds", "银行内部资金价格"),
    "bank.funding_spread": ("spread on the transfer price", "资金价格加点"),
    "bank.running_cost": ("banks' running cost", "银行运营成本"),
    "bank.hurdle": ("return on equity that banks ask", "银行要求净资产收益率"),
    "bank.target_capital": ("capital ratio in pricing", "定价用资本充足率"),
    "bank.minimum_capital": ("legal minimum of capital", "法定最低资本充足率"),
    "bank.lending_capital": ("capital ratio to lend down to", "停贷资本充足率"),
    "bank.payout_capital": ("capital ratio to pay out above", "分红资本充足率"),
    "bank.payout_speed": ("speed of banks' payout", "银行分红速度"),
    "bank.recapitalisation_months": ("months to recapitalisation", "资本补充期"),
    "bank.risk_weight": ("risk weight by size", "各规模风险权重"),
    "bank.deposit_rate": ("rate on deposits", "存款利率"),
    "bank.reserve_rate": ("rate on reserves", "准备金利率"),
    "bank.reserve_ratio": ("reserve ratio", "准备金率"),
    "bank.standing_rate": ("rate of the standing facility", "常备借贷便利利率"),
    "bank.stable_funding": ("lending over stable funding", "稳定资金可贷比例"),
    "bank.single_name": ("limit on one borrower", "单一客户上限"),
    "bank.general_provision": ("general provision", "一般准备率"),
    "bank.npl_days": ("days until non-performing", "列为不良的逾期天数"),
    "bank.write_off_months": ("months until write-off", "核销月数"),
    "bank.screening_response": ("screening lost under cover", "受保后放松审查的程度"),
    "bank.screening_cost": ("cost of screening", "审查成本占比"),
    "bank.cover_appetite": ("appetite under cover", "受保后的放贷意愿"),
    "bank.npl_tolerance": ("NPL ratio that is tolerated", "不良率容忍度"),
    "bank.chain_share": ("chain book over all loans", "产业链贷款占比"),
    "bank.rest_yield": ("yield of the rest of the book", "其余贷款收益率"),
    "bank.rest_default": ("default rate of the rest of the book", "其余贷款违约率"),
    "bank.rest_loss": ("loss on the rest of the book", "其余贷款违约损失率"),
    "bank.rest_cost": ("cost of the rest of the book", "其余贷款运营成本"),
    "bank.rest_risk_weight": ("risk weight of the rest of the book", "其余贷款风险权重"),
    "insolvency.overdue_days": ("overdue days until insolvency", "破产前逾期天数"),
    "insolvency.overdue_threshold": ("overdue debt that counts", "逾期计入门槛"),
    "insolvency.equity_floor": ("net worth at insolvency", "破产净值线"),
    "insolvency.equity_days": ("days below that net worth", "低于净值线的天数"),
    "insolvency.stock_haircut": ("loss on stocks sold off", "存货变现折价"),
    "insolvency.plant_haircut": ("loss on plant sold off", "厂房设备变现折价"),
    "insolvency.closure": ("hazard of closure", "自愿关闭概率"),
    "insolvency.closure_young": ("closure of young firms", "新设企业关闭倍数"),
    "insolvency.estate_months": ("longest life of an estate", "破产清算最长期限"),
    "insolvency.entrant_cycle": ("cash that entrants bring", "新进企业自带资金比例"),
    "insolvency.default_cost_cash": ("cash lost in default", "违约时损失的现金"),
    "insolvency.default_cost_claims": ("collections lost in default", "违约时损失的回款"),
    "opening.capital_ratio": ("opening capital ratio", "期初资本充足率"),
    "opening.npl_ratio": ("opening NPL ratio", "期初不良率"),
    "opening.loan_use": ("opening use of limits", "期初额度使用率"),
    "opening.bill_sold": ("opening bills discounted", "期初已贴现票据占比"),
    "opening.equity_sd": ("opening spread of loan use", "期初额度使用离散度"),
    "opening.mean_age": ("opening age of firms", "期初企业平均年龄"),
}


def axis_name(path: str, lang: str) -> str:
    """What the parameter at `path` is called, of a scenario or, as `instrument.parameter`, of a lever."""
    place = LANGUAGES.index(lang)
    if path in NAMES:
        return NAMES[path][place]
    first, *middle, last = path.split(".")
    if path in DECLARED:
        return _OF_A_PRODUCT[last][place].format(_PRODUCTS[middle[0]][place])
    own = f"{instrument_title(first, lang)}{': ' if lang == 'en' else '：'}"
    return own + parameter_words(last)[place]


def span_text(span: str, lang: str) -> str:
    """A range such as "11.25 d to 18.75 d" with its unit once, in English 11.25–18.75 d, in Chinese 11.25–18.75天."""
    ends = [amount_in_chinese(end) if lang == "zh" else end for end in span.split(" to ")]
    parts = [_END.fullmatch(end) for end in ends]
    if len(parts) != 2 or not (parts[0] and parts[1]):
        return "–".join(ends)
    (low, unit), (high, other) = parts[0].groups(), parts[1].groups()
    gap = "" if lang == "zh" else "\u00a0"
    low, high = (f"{float(end.replace(',', '')):,.6g}" if end[0].isdigit() else end for end in (low, high))
    unit, other = (gap + _IN_CHINESE.get(one, one) if lang == "zh" else gap + one for one in (unit, other))
    return f"{low}{'' if unit == other else unit}–{high}{other}".rstrip()
