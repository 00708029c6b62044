"""Words of the charts beyond `labels`: alternative texts, and what the charts of these last say."""

from typing import Final

CHART_WORDS: Final[dict[str, tuple[str, str]]] = {
    # Alternative text: what is drawn
    "alt": ("{drawn} {title}. {footer}.", "{drawn}{title}。{footer}。"),
    "alt_price_of_credit": (
        "Line chart of the all-in rate of new credit over time, by tier and by firm size.",
        "折线图：新增信贷综合年化成本的走势，按层级与企业规模。",
    ),
    "alt_price_terms": (
        "Stacked bars of the terms of the price of credit, by firm size and tier.",
        "堆叠条形图：贷款价格各分项，按企业规模与层级。",
    ),
    "alt_access_funnel": (
        "Bars from financing need to money drawn, by count and amount, and refusals by reason.",
        "条形图：从融资需求到提款的户数与金额，以及各拒绝原因。",
    ),
    "alt_balance_sheets": (
        "Stacked bars of the balance sheets of each sector.",
        "堆叠柱形图：各部门资产负债表。",
    ),
    "alt_late_payment": (
        "Line chart of the overdue share of trade debt over time, by tier and by firm size.",
        "折线图：商业债务逾期占比的走势，按层级与企业规模。",
    ),
    "alt_policies_cost": (
        "Dots with intervals: changes of SMEs' cost of need and like-for-like rate, a row a policy.",
        "带区间的点图：各政策下中小微企业资金需求成本与同一企业年化成本的变化。",
    ),
    "alt_policies_price": (
        "Stacked bars of the terms of the price of SME credit and a grid of their changes, a row a policy.",
        "堆叠条形图与变化表：各政策下中小微企业信贷价格的分项。",
    ),
    "alt_policies_access": (
        "Bars of the share of SMEs' need that reaches each stage of borrowing, a row a policy.",
        "条形图：各政策下中小微企业需求到达各借款阶段的比例。",
    ),
    "alt_policies_gap": (
        "Grid of changes of the financing gap by firm size and tier, a row a policy.",
        "变化表：各政策下融资缺口的变化，按企业规模与层级。",
    ),
    "alt_policies_public_cost": (
        "Scatter of SME credit against public cost, a point a policy, and both effects per 100m CNY.",
        "散点图：各政策的公共成本与中小微信贷，以及每1亿元对应的效应。",
    ),
    "alt_policies_losses": (
        "Stacked bars of losses by who bears them and a grid of their changes, a row a policy.",
        "堆叠条形图与变化表：各政策下损失由谁承担。",
    ),
    "alt_policies_gains": (
        "Grid of firms gaining less firms losing by size and tier, and of who pays, a row a policy.",
        "变化表：各政策下受益减受损企业（按规模与层级）以及由谁出资。",
    ),
}
