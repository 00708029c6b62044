"""The words of the report's section on public money, in English and Chinese; the others are in `report_words`."""

from __future__ import annotations

from typing import Final

from experiments.report_page import Text

VALUE_WORDS: Final[dict[str, Text]] = {
    "per_100m": Text("Per 100m CNY of public cost a year", "每1亿元年公共成本"),
    "per_100m_caption": Text(
        "Ratios of effects with Fieller intervals; not defined where the change of public cost cannot be told"
        " apart from 0",
        "效应之比（Fieller区间）；公共成本变化与0无法区分时无定义",
    ),
    "scaled": Text("{cost} a year in the sample, × {factor}", "样本中每年{cost}，×{factor}"),
    "scaled_note": Text(
        "Each row is its effects times the factor beside its name, as if they went in proportion with public cost."
        " Compare rows; do not read what 100m CNY would buy.",
        "各行为效应乘以名称下的倍数，即假定与公共成本成比例。用于各行之间比较，不宜读作1亿元实际能换来的效果。",
    ),
    "not_defined": Text("not defined", "无定义"),
    "too_cheap": Text("costs too little to scale", "成本过小，不宜放大"),
    "saves_cost": Text("effects per 100m CNY saved", "每节省1亿元对应的效应"),
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
    "additional": Text("Additionality and leakage", "新增性与漏损"),
    "additional_caption": Text(
        "How much of the credit is new, who borrows only with the policy, and how much of a cost reaches the price",
        "多少信贷是新增的、哪些企业仅在该政策下借款、成本变化有多少传导到价格",
    ),
    "two_extras": Text(
        "Two senses of extra: per 100m CNY, SMEs' extra credit is held against what the public pays; here the chain's"
        " extra credit is held against all credit that levers cover. A lever that is cheap by the loan and covers many"
        " which would have been made anyway has much of the first and little of the second. A loan under two levers"
        " counts under both, so that of a bundle the ratio is smaller than it would be loan by loan.",
        "“新增”有两种含义：每1亿元之比以公共支出为分母；此处以政策工具覆盖的全部信贷为分母。单笔成本低、但覆盖大量本来就会发放的贷款的工具，"
        "前者大而后者小。同时适用两项工具的贷款各计一次，故组合政策的该比值偏小。",
    ),
    "over_cost": Text(
        "Lenders' rate moves by more than their cost (interval above 1) under {policies}: their margin moves the same"
        " way. These are means of new credit and also move with who borrows from whom.",
        "贷款利率变化大于贷款人成本变化（区间高于1）的：{policies}：利差同向变化。均为新增信贷均值，也随借贷双方构成变动。",
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
        "被覆盖的未偿本金（评估期均值），以及全部损失时最多须代偿的金额",
    ),
    "at_most": Text("{bearer} {share}: at most {amount}", "{bearer}承担{share}：最高{amount}"),
    "contingent_note": Text(
        "Before the limits of capital, of a pool's balance and of the national fund's yearly cap, which bind"
        " first. Share as set by the policy for the end of the window; first-time borrowers' extra cover is"
        " left out.",
        "未计资本、资金池余额与国家基金年度上限等先行约束。比例取政策在评估期末的设定；未含首贷户加成。",
    ),
    "equal_cost": Text("At equal public cost", "公共成本相同时"),
    "equal_cost_caption": Text("Strength at which each policy costs the same", "各政策成本相同时的强度"),
    "strength": Text("Strength", "强度"),
    "target": Text("Target, m CNY a year", "目标，百万元／年"),
    "cost_found": Text("Cost found, m CNY a year", "所得成本，百万元／年"),
    "solved": Text("solved", "已求得"),
    "nearest": Text("nearest that exists", "最接近值"),
    "not attainable": Text("not attainable", "无法达到"),
}
