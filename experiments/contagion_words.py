"""Words of the charts of a core failure."""

from typing import Final

CONTAGION_WORDS: Final[dict[str, tuple[str, str]]] = {
    # Contagion
    "alt_policies_contagion": (
        "Line charts by tier of suppliers in distress and of failures since the core's, and grids of changes, a row a"
        " policy.",
        "折线图与变化表：核心企业倒闭前后各层级陷入困境的供应商与累计倒闭，每行一项政策。",
    ),
    "contagion_none": ("no core enterprise fails in this experiment", "本实验没有核心企业倒闭"),
    "contagion_level": (
        "within {months} months of the core failure {tiers} fail under current law",
        "核心企业倒闭后{months}个月内，现行政策下倒闭的供应商：{tiers}",
    ),
    "contagion_both": (
        "within {months} months of the core failure (in brackets: {before} months before it) {tiers} fail under current"
        " law",
        "核心企业倒闭后{months}个月内（括号内为此前{before}个月），现行政策下倒闭的供应商：{tiers}",
    ),
    "contagion_tier": ("{share} % ({before} %) of {tier}", "{tier}{share}%（{before}%）"),
    "contagion_tier_only": ("{share} % of {tier}", "{tier}{share}%"),
    "contagion_losses": (
        "of {all}m CNY lost, suppliers bear {suppliers}m, lenders {lenders}m, public carriers {public}m, others"
        " {others}m",
        "损失共{all}，其中供应商承担{suppliers}、放贷机构{lenders}、公共部门{public}、其他{others}",
    ),
    "noun_failures": ("the failure rate of all tiers together", "全部供应商合计倒闭率"),
    "panel_of_tier": ("{tier}: {what}", "{tier}：{what}"),
    "panel_distress": ("in distress, % of firms", "陷入困境的企业占比，%"),
    "panel_failed": ("failed since, % of firms", "此后累计倒闭的企业占比，%"),
    "axis_months_since": ("months since the failure", "倒闭后月数"),
    "grid_failed": ("Failed in {months} months: %, change in points", "{months}个月内倒闭：%，变化为百分点"),
    "grid_distress": ("In distress, mean of them: %, points", "同期平均困境占比：%，百分点"),
    "grid_losses": ("Losses in {months} months, m CNY", "{months}个月内损失，万元"),
    "grid_failed_law": ("Failed in {months} months, %", "{months}个月内倒闭，%"),
    "grid_distress_law": ("In distress, mean of {months} months, %", "{months}个月平均困境占比，%"),
    "grid_losses_law": ("Losses in {months} months, m CNY", "{months}个月内损失，万元"),
    "contagion_year": ("after the failure", "倒闭之后"),
    "contagion_before": ("before it", "倒闭之前"),
    "contagion_all": ("all", "全部"),
    "contagion_suppliers": ("suppliers", "供应商"),
    "contagion_lenders": ("lenders", "放贷机构"),
    "contagion_public": ("public", "公共部门"),
    "contagion_others": ("others", "其他"),
    # The network
    "alt_policies_network": (
        "Dots for suppliers, in bands by tier below the core enterprises, coloured by their state in four months around"
        " the failure, with deliveries as bands between; below a grid of changes, a row a policy.",
        "点阵图：核心企业下方按层级排列的供应商，按倒闭前后四个月的状态着色，层间带为供货；下方变化表每行一项政策。",
    ),
    "network_late": ("the experiment ends with the core failure", "实验在核心企业倒闭时结束"),
    "network_level": (
        "a month after the core failure {most} % of the suppliers with {highest} of their sales at it and {least} % of"
        " those with {lowest} are in distress under current law",
        "现行政策下，核心企业倒闭1个月后，销售{highest}流向该企业的供应商中{most}%、{lowest}的供应商中{least}%陷入困境",
    ),
    "network_one": (
        "a month after the core failure {most} % of suppliers are in distress under current law",
        "现行政策下，核心企业倒闭1个月后{most}%的供应商陷入困境",
    ),
    "noun_distress": ("the share of all suppliers in distress in the months after", "此后全部供应商困境占比"),
    "network_failing": ("core enterprise that fails", "将倒闭的核心企业"),
    "network_failing_gone": ("failed", "已倒闭"),
    "network_other": ("other core enterprises", "其他核心企业"),
    "network_band": ("{tier}\n{share} % in\ndistress", "{tier}\n{share}%\n陷入困境"),
    "network_before": ("Month −{months}, before the failure", "倒闭前{months}个月"),
    "network_after": ("Month +{months}, after the failure", "倒闭后{months}个月"),
    "network_dot": ("a dot: 1 firm", "每点1家"),
    "network_dots": ("a dot: {firms} firms", "每点{firms}家"),
    "state_gone": ("out of business", "已停业"),
    "state_overdue": ("debts overdue", "有逾期债务"),
    "state_cut": ("output cut", "因缺资金减产"),
    "state_sound": ("none of these", "正常"),
    "exposure_from_40": ("≥ 40 %", "≥40%"),
    "exposure_from_20": ("20–40 %", "20–40%"),
    "exposure_from_10": ("10–20 %", "10–20%"),
    "exposure_below_10": ("< 10 %", "<10%"),
    "exposure_all": ("all", "全部"),
    "panel_network_change": (
        "In distress, mean of {months} months, by the share of sales that ends at the failing core enterprise: %,"
        " change in points",
        "{months}个月平均困境占比，按销售最终流向倒闭核心企业的比例：%，变化为百分点",
    ),
    "panel_network_law": (
        "In distress, mean of {months} months, % of firms, by the share of sales that ends at the failing core"
        " enterprise",
        "{months}个月平均困境企业占比（%），按销售最终流向倒闭核心企业的比例",
    ),
    "foot_network": (
        "from the left: suppliers by the share of their sales that ends, through all tiers, at the core enterprise that"
        " fails; panels: current law, means over runs; grey and orange bands: deliveries, as thick as they are of the"
        " month before the failure",
        "自左起：按销售（经各层级）最终流向倒闭核心企业的比例排列；图为现行政策，各次运行均值；灰、橙带为供货，"
        "宽度与倒闭前一个月相比",
    ),
    "foot_distress": (
        "in distress: out of business, or with debts overdue at the end of the month; every run has the same failure,"
        " under current law too",
        "陷入困境：已停业，或月末有逾期债务；每次运行均有同一倒闭，现行政策亦然",
    ),
    "foot_losers": (
        "losses: of suppliers, what failed buyers owed them; public: treasury, pool and guarantors; others: workers and"
        " outside suppliers, informal lenders, insurers",
        "损失：供应商为倒闭买方所欠货款；公共部门为财政、资金池与担保；其他为员工与链外供应商、民间出借人、保险公司",
    ),
    "foot_pace": (
        "lines: policies, in the colour before their row, grey where they are many; band: interval under current law,"
        " very wide ones cut off; dotted: failures at the pace of the months before",
        "折线：各政策，颜色见其行首，政策较多时为灰色；阴影：现行政策区间，过宽者截断；点线：按此前速度的倒闭",
    ),
    "foot_pace_law": (
        "line and band: current law and its interval, very wide ones cut off; dotted: failures at the pace of the"
        " months before",
        "折线与阴影：现行政策及其区间，过宽者截断；点线：按此前速度的倒闭",
    ),
}
