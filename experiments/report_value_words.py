"""The words of the report's section on public money, in English and Chinese; the others are in `report_words`."""

from __future__ import annotations

from typing import Final

from experiments.report_page import Text

VALUE_WORDS: Final[dict[str, Text]] = {
    "per_100m": Text("Per 100m CNY of public cost a year", "每年每1亿元公共成本"),
    "per_100m_caption": Text(
        "Ratios of effects with Fieller intervals; not defined where the change of public cost cannot be told"
        " apart from 0",
        "效应之比（菲勒区间）；公共成本变化与0无法区分时无定义",
    ),
    "scaled": Text("{cost} a year in the sample, × {factor}", "样本中每年{cost}，×{factor}"),
    "scaled_note": Text(
        "Each row is its effects times the factor beside its name, as if they went in proportion with public cost."
        " Compare rows; do not read what 100m CNY would buy.",
        "各行为效应乘以名称下的倍数，即假定与公共成本成比例。用于各行之间比较，不宜读作1亿元实际能换来的效果。",
    ),
    "ratio_doubt": Text(
        "Intervals here are of luck alone: ratios are not taken over other parameters. How far both effects move there"
        " stands in the table of effects.",
        "此处区间仅反映随机冲击，未对其他参数计算比值；两项效应在其他参数下的范围见效应表。",
    ),
    "cheap_note": Text(
        "Costs too little to scale: under {least} a year in the sample, a factor of over {most}. What such a"
        " policy does stands in the table of effects, at its own size.",
        "成本过小、不宜放大：样本中每年不足{least}，倍数将超过{most}。其效应按自身规模见效应表。",
    ),
    "left_out": Text("Left out, as too cheap to scale: {policies}.", "因成本过小、不宜放大而未计入：{policies}。"),
    "beside_best": Text("What stands of {policy} in other tables: {facts}.", "{policy}在其他表中：{facts}。"),
    "best_additional": Text(
        "extra credit on banks' chain book is {value} ({low} to {high}) of the extra credit under levers",
        "银行产业链信贷增量为政策工具覆盖余额增量的{value}（{low}至{high}）",
    ),
    "best_relief": Text(
        "change of lenders' losses {losses} a year, beside a change of public cost of {cost}",
        "放贷机构年损失变化{losses}，公共成本年变化{cost}",
    ),
    "best_called": Text(
        "cover could be called for {most} at most (current law {law})",
        "最高代偿、补偿或赔付{most}（现行政策{law}）",
    ),
    "not_defined": Text("not defined", "无定义"),
    "too_cheap": Text("costs too little to scale", "成本过小，不宜放大"),
    "saves_cost": Text("effects per 100m CNY saved", "每节省1亿元对应的效应"),
    "beside": Text("{own} beside {its}", "{own}，对比{its}"),
    "effect_beside": Text("{measure} {own} beside {its}", "{measure}{own}，对比{its}"),
    "clearly_more": Text("clearly more, intervals apart, in: {measures}", "区间不相交、效果更大的：{measures}"),
    "nothing_clearly_more": Text("in none of them are the intervals apart", "各项区间均相交"),
    "borne_by": Text("{bearer} {change}", "{bearer}{change}"),
    "by_year": Text("Public cost by budget year", "分年度公共成本"),
    "by_year_caption": Text(
        "Level in each year; below it the change from current law with its 95 % interval",
        "各年水平；其下为较现行政策的变化及95%置信区间",
    ),
    "no_years": Text(
        "The evaluation is shorter than a year: there is no budget year to show.",
        "评估期不足一年，没有可列示的预算年度。",
    ),
    "by_payer": Text("Who pays, a year", "各方年成本"),
    "not_public": Text("not public: {payer}", "非公共：{payer}"),
    "payers_note": Text(
        "Public cost is the sum of the columns to its left; what insurers and lenders lose, to its right, is no part of"
        " it. Guarantors: losses of guarantor, city fund and national fund less the fees that they earn; Who"
        " bears losses has these three before fees.",
        "公共成本为其左各列之和，不含其右保险公司与放贷机构的损失。“担保”为担保机构、市融资担保基金（再担保）与国家融资担保基金的损失减担保费收入；"
        "“谁承担损失”一节所列三者未减担保费。",
    ),
    "additional": Text("Additionality and leakage", "增量效应（额外性）与漏损"),
    "additional_caption": Text(
        "How much of the credit is new, who borrows only with the policy, and how much of a cost reaches the price",
        "多少信贷是新增的、哪些企业仅在该政策下借款、成本变化有多少传导到价格",
    ),
    "two_extras": Text(
        "Two senses of extra: per 100m CNY, SMEs' extra credit is held against what the public pays; here the chain's"
        " extra credit is held against all credit that levers cover. A lever may cost little a"
        " loan and cover many loans that are made without it too: it then has much of the first and little of the"
        " second. A loan under two levers"
        " counts under both, so that of a bundle the ratio is smaller than it would be loan by loan.",
        "“新增”有两种含义：每1亿元之比以公共支出为分母；此处以政策工具覆盖的全部信贷为分母。单笔成本低、但覆盖大量本来就会发放的贷款的工具，"
        "前者大而后者小。同时适用两项工具的贷款各计一次，故组合政策的该比值偏小。",
    ),
    "beyond_scale": Text(
        "Additionality can lie outside 0 to 1. Above 1, credit that no lever covers is higher too, not only what is"
        " covered{clearly}. Below 0, the chain has less bank credit while more of it is covered. Of levers switched off"
        " it is the part of the covered credit that is gone; the rest is lent without cover.",
        "增量效应可在0至1之外：大于1表示未被任何工具覆盖的信贷也更多{clearly}；小于0表示覆盖增多而产业链银行信贷更少。"
        "取消政策时，它是原覆盖信贷中消失的部分，其余在无覆盖下照样发放。",
    ),
    "clearly_above": Text(" (interval above 1: {policies})", "（区间高于1：{policies}）"),
    "over_cost": Text(
        "Lenders' rate moves by more than their cost (interval above 1) under {policies}: their margin moves the same"
        " way. These are means of new credit and also move with who borrows from whom.",
        "贷款利率变化大于放贷机构成本变化（区间高于1）的：{policies}：利差同向变化。均为新增信贷均值，也随借贷双方构成变动。",
    ),
    "over_subsidy": Text(
        "The net rate moves by more than the subsidy (interval above 1) under {policies}: what is beyond the subsidy is"
        " other terms of the price, those of a bundle's other levers too, and is no pass-through.",
        "净利率变化大于补贴（区间高于1）的：{policies}：超出补贴的部分是价格的其他分项（组合中还含其他工具），不属于传导。",
    ),
    "by_margin": Text("{policy} (margin {value} bp)", "{policy}（利差{value}个基点）"),
    "by_others": Text("{policy} (beyond the subsidy {value} bp)", "{policy}（补贴之外{value}个基点）"),
    "contingent": Text("Contingent liabilities", "或有负债"),
    "contingent_caption": Text(
        "Principal outstanding under cover, mean over the window, and the most that cover could be called for"
        " if all of it were lost",
        "被覆盖的未偿本金（评估期均值），以及全部损失时的最高代偿、补偿或赔付金额",
    ),
    "at_most": Text("{bearer} {share}: at most {amount}", "{bearer}承担{share}：最高{amount}"),
    "contingent_note": Text(
        "Before the limits of capital, of a pool's balance and of the national fund's yearly cap, which bind"
        " first. Share as set by the policy for the end of the window; first-time borrowers' extra cover is"
        " left out.",
        "未计资本、资金池余额与国家融资担保基金年度上限等先行约束。比例取政策在评估期末的设定；未含首贷户加成。",
    ),
    "equal_cost": Text("At equal public cost", "公共成本相同时"),
    "equal_cost_caption": Text(
        "Where each policy comes to the same public cost; costs are changes from current law, m CNY a year",
        "各政策公共成本相同时的取值；成本为较现行政策的变化，万元／年",
    ),
    "searched": Text(
        "The search ran {replications} replications of {months} months for each strength that it tried, in the modelled"
        " economy, until their mean change of public cost was within {tolerance} of {target} a year, the target of"
        " the configuration.",
        "搜索时，每个强度在模型经济中运行{replications}次重复、{months}个月，直至公共成本变化的均值与配置所设目标（每年{target}）相差不超过{tolerance}。",
    ),
    "strength_is": Text(
        "Strength 0 is current law's value, or where an instrument does nothing; 1 is the bound of the parameter that"
        " makes it stronger. A policy's instruments have one strength, so that two subsidies with one bound"
        " get one rate, whatever their rates in the policy itself. Only the values named here were varied, the"
        " others are as the policy has them: not attainable means by these alone.",
        "强度0为现行政策取值或工具不起作用处，1为强度参数的上限。一项政策的各工具强度相同，故上限相同的两项贴息利率相同，不论其在原政策中的比例。"
        "仅变动此处所列取值，其余同该政策；“无法达到”仅就这些取值而言。",
    ),
    "then_run": Text(
        "What was found was then run like the other policies, {n} replications of {months} months; the last column is"
        " what it cost there, which other luck and other months move away from the target.",
        "求得后按其他政策同样运行：{n}次重复、{months}个月；末列为该运行中的成本，因随机冲击与月份不同而与目标有出入。",
    ),
    "held_together": Text(
        "At this cost only {policies} can be held against each other. {verdict}",
        "在该成本下可相互比较的只有{policies}。{verdict}",
    ),
    "no_winner": Text(
        "In none of {measures} does one's interval stand clear of the others', so they cannot be ranked.",
        "{measures}中均没有哪项的区间与其余不相交，无法排序。",
    ),
    "winners": Text(
        "An interval stands clear of the others' in: {measures}; in the rest they cannot be ranked.",
        "区间与其余不相交的：{measures}；其余指标无法排序。",
    ),
    "winner": Text("{measure} ({policy})", "{measure}（{policy}）"),
    "at_values": Text("Values", "取值"),
    "strength": Text("Strength, 0 to 1", "强度（0至1）"),
    "cost_found": Text("Cost in the search", "搜索中的成本"),
    "cost_run": Text("Cost in the full runs", "完整运行中的成本"),
    "at_bound": Text("mean cost is less even at its bound", "取上限时平均成本仍不足"),
    "at_weakest": Text("mean cost is more even at its weakest", "取最弱时平均成本仍超出"),
    "interval_holds": Text("the interval holds the target", "区间含目标"),
    "solved": Text("solved", "已求得"),
    "nearest": Text("nearest that exists", "最接近值"),
    "not attainable": Text("not attainable", "无法达到"),
}

# Of two policies of which one costs the public clearly less; that alone is what the intervals must say.
LESS: Final[dict[str, Text]] = {
    "lower": Text(
        "For clearly less public cost '{policy}' does as much as '{other}', or more, by the estimates. Change of public"
        " cost: {costs}. {effects}; {more}.",
        "按估计值，{policy}的效果不低于{other}，而公共成本较低，且统计上可辨。公共成本变化：{costs}。{effects}；{more}。",
    ),
}
# Who bears what is not public cost.
BORNE: Final[dict[str, Text]] = {
    "higher": Text(
        "What others than the public bear under {policy}: losses are clearly higher for {bearers} ({unit}).",
        "{policy}下公共部门以外的损失：统计上可辨、上升的有{bearers}（{unit}）。",
    ),
    "lower": Text("Clearly lower for {bearers} ({unit}).", "统计上可辨、下降的有{bearers}（{unit}）。"),
    "unclear": Text(
        "Under {policy} no losses outside public cost can be told apart from current law's.",
        "{policy}下公共部门以外的损失与现行政策均无法区分。",
    ),
}
