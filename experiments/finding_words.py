"""Words of the titles of charts, in English and Chinese; which of them stands is for intervals to say (`findings`)."""

from typing import Final

FINDING_WORDS: Final[dict[str, tuple[str, str]]] = {
    # Findings: what policies move
    "noun_cost": ("SMEs' cost of need", "中小微企业资金需求综合成本"),
    "noun_price": ("the average price of SME credit", "中小微企业信贷平均价格"),
    "noun_drawn": ("the share of need that SMEs draw", "中小微企业提款占需求比例"),
    "noun_gap": ("SMEs' financing gap", "中小微企业融资缺口"),
    "noun_lenders_losses": ("the loss that lenders bear", "放贷机构损失"),
    "noun_public_cost": ("public cost", "公共成本"),
    "size_bp": ("{value} bp", "{value}个基点"),
    "size_points": ("{value} points", "{value}个百分点"),
    "size_money": ("{value}m CNY a year", "{value}／年"),
    "moves_nothing": ("{what}: no value", "{what}：无数据"),
    "moves_one_run": (
        "{what}: one replication cannot tell policies from current law",
        "{what}：仅一次重复，无法区分各政策与现行政策",
    ),
    "moves_one_unclear": (
        "{policy}: {what} cannot be told apart from current law with {n} replications",
        "{policy}：{what}与现行政策无法区分（{n}次重复）",
    ),
    "moves_all_unclear": (
        "no policy's effect on {what} can be told apart from 0 with {n} replications",
        "各政策对{what}的影响均无法与0区分（{n}次重复）",
    ),
    "moves_lower_one": ("{policy} lowers {what} by {size}", "{policy}使{what}下降{size}"),
    "moves_lower_many": (
        "{count} of {of} policies lower {what}, by up to {size} ({policy})",
        "{of}项政策中{count}项使{what}下降，最多{size}（{policy}）",
    ),
    "moves_lower_all": (
        "{of} of {of} policies lower {what}, by up to {size} ({policy})",
        "{of}项政策均使{what}下降，最多{size}（{policy}）",
    ),
    "moves_lower_one_too": ("{policy} lowers it, by {size}", "{policy}使其下降{size}"),
    "moves_lower_many_too": (
        "{count} lower it, by up to {size} ({policy})",
        "{count}项使其下降，最多{size}（{policy}）",
    ),
    "moves_higher_one": ("{policy} raises {what} by {size}", "{policy}使{what}上升{size}"),
    "moves_higher_many": (
        "{count} of {of} policies raise {what}, by up to {size} ({policy})",
        "{of}项政策中{count}项使{what}上升，最多{size}（{policy}）",
    ),
    "moves_higher_all": (
        "{of} of {of} policies raise {what}, by up to {size} ({policy})",
        "{of}项政策均使{what}上升，最多{size}（{policy}）",
    ),
    "moves_higher_one_too": ("{policy} raises it, by {size}", "{policy}使其上升{size}"),
    "moves_higher_many_too": (
        "{count} raise it, by up to {size} ({policy})",
        "{count}项使其上升，最多{size}（{policy}）",
    ),
    "moves_nought_one": (
        "{policy}: a clear difference in {what} that rounds to 0",
        "{policy}：{what}差异可与0区分，但四舍五入为0",
    ),
    "moves_nought_many": (
        "{what}: under {count} of {of} policies a clear difference that rounds to 0",
        "{what}：{of}项政策中{count}项差异可与0区分，但四舍五入为0",
    ),
    "moves_nought_one_too": ("{policy}: a clear difference that rounds to 0", "{policy}：差异可与0区分，但四舍五入为0"),
    "moves_nought_many_too": (
        "under {count} a clear difference that rounds to 0",
        "{count}项差异可与0区分，但四舍五入为0",
    ),
    "copies_lower": ("at equal cost {count} of {of} lower it", "等成本的{of}项中{count}项使其下降"),
    "copies_higher": ("at equal cost {count} of {of} raise it", "等成本的{of}项中{count}项使其上升"),
    "copies_lower_all": ("at equal cost {of} of {of} lower it", "等成本的{of}项均使其下降"),
    "copies_higher_all": ("at equal cost {of} of {of} raise it", "等成本的{of}项均使其上升"),
    "moves_rest": ("{count} cannot be told apart from current law", "{count}项与现行政策无法区分"),
    "moves_rest_one": ("one cannot be told apart from current law", "1项与现行政策无法区分"),
    "price_term": ("; largest change of a term: {term}, {size}", "；变化最大的分项：{term}（{size}）"),
    "one_run_each": (
        "One replication tells no policy from current law",
        "仅一次重复，无法区分各政策与现行政策",
    ),
    "value_none": (
        "No policy has extra SME credit for its public cost that can be told apart from 0 with {n} replications",
        "没有政策的“每年每1亿元公共成本对应的中小微企业信贷变化额”能与0区分（{n}次重复）",
    ),
    "value_one": (
        "Extra SME credit, scaled to 100m CNY of public cost a year: {size}m CNY ({low} to {high}) under {policy}",
        "按每年1亿元公共成本折算的中小微企业信贷增加额：{policy}{size}亿元（{low}至{high}）",
    ),
    "value_many": (
        "Extra SME credit, scaled to 100m CNY of public cost a year: largest estimate {size}m CNY ({low} to {high})"
        " under {policy}; clear for {count} of {of} policies",
        "按每年1亿元公共成本折算的中小微企业信贷增加额：估计最大的是{policy}，{size}亿元（{low}至{high}）；{of}项政策中{count}项可与0区分",
    ),
    "value_left_out": ("; too cheap to scale: {policies}", "；成本过小、不宜放大：{policies}"),
    "losses_level": (
        "Lenders bear {share:.0f} % of losses under current law",
        "现行政策下放贷机构承担{share:.0f}%的损失",
    ),
    "gains_more": (
        "More SMEs gain than lose under {count} of {of} policies",
        "{of}项政策中{count}项使受益的中小微企业多于受损的",
    ),
    "gains_one_more": ("more SMEs gain than lose under '{policy}'", "{policy}：受益的中小微企业多于受损的"),
    "gains_one_fewer": ("more SMEs lose than gain under '{policy}'", "{policy}：受损的中小微企业多于受益的"),
    "gains_copies_more": (
        "at equal cost more gain under {count} of {of}",
        "等成本的{of}项中{count}项受益的多于受损的",
    ),
    "gains_copies_fewer": (
        "at equal cost more lose under {count} of {of}",
        "等成本的{of}项中{count}项受损的多于受益的",
    ),
    "gains_fewer_too": ("the reverse holds under {count}", "{count}项相反"),
    "gains_fewer": (
        "more SMEs lose than gain under {count} of {of} policies",
        "{of}项政策中{count}项使受损的中小微企业多于受益的",
    ),
    "gains_unclear": (
        "Gaining and losing SMEs cannot be told apart in number with {n} replications",
        "受益与受损中小微企业的数量无法区分（{n}次重复）",
    ),
    # Findings: the title of a chart
    "apr_none": ("SMEs took no loan in the window", "评估期内中小微企业没有新贷款"),
    "apr_level": ("SMEs borrow at {level:.2f} % a year on average", "中小微企业平均年化融资成本为{level:.2f}%"),
    "apr_more": ("; tier 3 pays {gap} bp more than tier 1", "；三级比一级高{gap}个基点"),
    "apr_less": ("; tier 3 pays {gap} bp less than tier 1", "；三级比一级低{gap}个基点"),
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
        "Small firms pay {gap:.0f} bp more for credit than large ones; the widest gap is in {term}, {part:.0f} bp",
        "小型企业贷款价格比大型企业高{gap:.0f}个基点，差距最大的是{term}（{part:.0f}个）",
    ),
    "price_less": (
        "Small firms pay {gap:.0f} bp less for credit than large ones; the widest gap is in {term}, {part:.0f} bp",
        "小型企业贷款价格比大型企业低{gap:.0f}个基点，差距最大的是{term}（{part:.0f}个）",
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
        "; most common refusal: {reason}, {count} a year",
        "；最主要的拒绝原因：{reason}（每年{count}次）",
    ),
    "balance_none": ("Balance sheets at the end of the window", "评估期末各部门资产负债表"),
    "balance_level": (
        "Suppliers are owed {trade:,.1f} bn CNY of trade credit and bills and owe {loans:,.1f} bn in loans",
        "供应商持有商业信用与票据{trade:,.0f}亿元，欠贷款{loans:,.0f}亿元",
    ),
    "overdue_none": ("Nothing fell due to be paid in the window", "评估期内没有到期应付款"),
    "overdue_level": (
        "On average {level:.1f} % of the trade debt of {who} is overdue",
        "{who}供应商应付账款平均有{level:.1f}%逾期",
    ),
    "overdue_more": (", {gap} points more than at OEMs", "，比整车企业高{gap}个百分点"),
    "overdue_less": (", {gap} points less than at OEMs", "，比整车企业低{gap}个百分点"),
    "overdue_unclear": ("; no clear difference from OEMs", "，与整车企业没有明显差异"),
}
