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
        "折线图：应付账款逾期占比的走势，按层级与企业规模。",
    ),
    "alt_policies_cost": (
        "Dots with intervals: changes of SMEs' cost of need and like-for-like rate, a row a policy.",
        "带区间的点图：各政策下中小微企业资金需求综合成本与同一企业年化成本的变化。",
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
        "散点图：各政策的公共成本与中小微企业信贷，以及每1亿元对应的效应。",
    ),
    "alt_policies_losses": (
        "Stacked bars of losses by who bears them and a grid of their changes, a row a policy.",
        "堆叠条形图与变化表：各政策下损失由谁承担。",
    ),
    "alt_policies_gains": (
        "Grid of firms gaining less firms losing by size and tier, and of who pays, a row a policy.",
        "变化表：各政策下受益减受损企业（按规模与层级）以及由谁出资。",
    ),
    "alt_policies_forest": (
        "Dots with intervals: changes of the main indicators, a panel an indicator, a row a policy.",
        "带区间的点图：各政策下主要指标的变化，每列一个指标。",
    ),
    "alt_policies_time_to_cash": (
        "Dots with intervals: changes of the days until suppliers have their money, a panel a tier, a row a policy.",
        "带区间的点图：各政策下供应商回款天数的变化，每列一个层级。",
    ),
    "alt_policies_lenders": (
        "Grids of changes of banks' NPL ratio, capital ratio and return on equity by kind of bank, a row a policy.",
        "变化表：各政策下各类银行的不良率、资本充足率与资本回报率。",
    ),
    "alt_policies_frontier": (
        "Two scatters of what SMEs gain against public cost, a point a policy, undominated ones joined by a line.",
        "两幅散点图：各政策的公共成本与中小微企业所得，不劣于其他政策者连线。",
    ),
    # Units below a panel
    "unit_bp": ("bp", "基点"),
    "unit_pp": ("percentage points", "百分点"),
    "unit_m CNY a year": ("m CNY a year", "万元／年"),
    "unit_d": ("days", "天"),
    # Forest
    "forest_sme_cost_of_need": ("Cost of need, SMEs", "资金需求综合成本"),
    "forest_formal_share_of_need": ("Formal finance of need", "正规融资占需求"),
    "forest_overdue_share": ("Overdue trade debt, SMEs", "逾期应付账款占比"),
    "forest_default_rate": ("Defaults a year, SMEs", "年违约率"),
    "forest_public_cost": ("Public cost", "公共成本"),
    "forest_finding": (
        "{count} of {of} effects can be told apart from current law with {n} replications",
        "{of}项效应中{count}项可与现行政策区分（{n}次重复）",
    ),
    "foot_bars": (
        "pale bars: 10–90 % of effects over {worlds:.0f} other sets of parameters, noise included",
        "浅色条：{worlds:.0f}组其他参数下效应的10%—90%范围（含噪声）",
    ),
    "foot_level": ("first row: level under current law", "首行：现行政策水平"),
    # Days
    "days_tier_1": ("Tier 1: days to cash", "一级：回款天数"),
    "days_tier_2": ("Tier 2: days to cash", "二级：回款天数"),
    "days_tier_3": ("Tier 3: days to cash", "三级：回款天数"),
    "days_level": (
        "Under current law {tier} waits {level} days for its money",
        "现行政策下{tier}供应商平均{level}天后回款",
    ),
    "noun_days": ("{tier}'s time to cash", "{tier}供应商回款天数"),
    "size_days": ("{value} days", "{value}天"),
    "foot_days": (
        "days to cash: receivables and bills still held, over sales; what is sold to a bank counts as paid",
        "回款天数：仍持有的应收账款与票据除以销售额；已转让给银行的视为已回款",
    ),
    # Lenders
    "lender_banks": ("all", "全部"),
    "lender_state_owned": ("state", "国有"),
    "lender_joint_stock": ("joint stock", "股份制"),
    "lender_city_rural": ("city, rural", "城商行、农商行"),
    "lenders_npl_ratio": ("NPL ratio, chain book, %", "产业链贷款不良率，%"),
    "lenders_capital_ratio": ("Capital ratio, %", "资本充足率，%"),
    "lenders_return_on_equity": ("Return on equity, % a year", "资本回报率，%／年"),
    "noun_npl": ("banks' NPL ratio", "银行产业链贷款不良率"),
    # Names of points in a scatter
    "numbered": ("{number}  {name}", "{number}  {name}"),
    # Frontier
    "frontier_cost": ("Fall of SMEs' cost of need, bp", "中小微企业资金需求综合成本下降，基点"),
    "frontier_formal": ("Rise of formal finance of SMEs' need, points", "中小微企业正规融资占需求比例上升，百分点"),
    "frontier_title": (
        "Clearly dominated, as another costs less and does more: {parts}",
        "明确劣于其他政策（成本更高、效果更差）的：{parts}",
    ),
    "frontier_some": (
        "for {measure} {count} of {of} policies ({policies})",
        "{measure}方面{of}项中{count}项（{policies}）",
    ),
    "frontier_none": ("for {measure} none of {of}", "{measure}方面{of}项中没有"),
    "frontier_copies": (", {count} of {of} at equal cost", "，等成本{of}项中{count}项"),
    "frontier_of_sme_cost_of_need": ("cost of need", "资金需求综合成本"),
    "frontier_of_formal_share_of_need": ("formal finance", "正规融资"),
    "foot_frontier": (
        "line: not dominated by any other's estimates; hollow: dominated by estimates; X: clearly, intervals apart",
        "连线：按估计值不劣于任何其他政策；空心：按估计值劣于其他政策；X：明确劣于其他政策（成本更高、效果更差，区间不相交）",
    ),
    "alt_policies_attribution": (
        "Bars with intervals: what each lever or family adds to a policy's change of SMEs' cost of need and access.",
        "带区间的条形图：组合中各政策对中小微企业资金需求综合成本与融资可得性变化的贡献。",
    ),
    # Who finances whom
    "alt_financing_flows": (
        "Flow diagram of who finances whom: creditors, instruments and debtors, bands as wide as amounts.",
        "流向图：谁为谁融资，从债权人经各工具到债务人，带宽为金额。",
    ),
    "alt_policies_financing": (
        "Flow diagram of who finances whom under current law, and a grid of changes, a column a band, a row a policy.",
        "流向图与变化表：现行政策下谁为谁融资，以及各政策下的变化。",
    ),
    "panel_flows": (
        "Who finances whom under current law, m CNY on average over the window",
        "现行政策下谁为谁融资（评估期平均，亿元）",
    ),
    "panel_flow_changes": (
        "First row: current law, m CNY; below: change of what creditors hold, and of what debtors owe",
        "首行：现行政策，亿元；以下：债权人持有与债务人所欠的变化",
    ),
    "flows_creditors": ("who lends or waits", "债权人"),
    "flows_instruments": ("by what", "工具"),
    "flows_debtors": ("who owes", "债务人"),
    "flows_node": ("{name} {amount}", "{name} {amount}"),
    "flows_supplier": ("Suppliers", "供应商"),
    "flows_oem": ("OEMs", "整车企业"),
    "flows_bank": ("Banks", "银行"),
    "flows_carrier": ("Guarantors", "担保机构"),
    "flows_informal": ("Informal lenders", "民间出借人"),
    "flows_outside": ("Outside suppliers", "链外供应商"),
    "flows_customers": ("Outside customers", "链外客户"),
    "flows_treasury": ("Treasury", "财政"),
    "flows_central_bank": ("Central bank", "中央银行"),
    "short_supplier": ("suppliers", "供应商"),
    "short_oem": ("OEMs", "整车企业"),
    "short_bank": ("banks", "银行"),
    "short_carrier": ("guar.", "担保"),
    "short_informal": ("informal", "民间"),
    "short_outside": ("outside", "链外"),
    "short_treasury": ("treasury", "财政"),
    "short_central_bank": ("centr. b.", "央行"),
    "instrument_trade credit": ("Trade credit", "应收账款"),
    "instrument_bills": ("Bills", "商业汇票"),
    "instrument_loans": ("Bank loans", "银行贷款"),
    "instrument_informal loans": ("Informal loans", "民间借贷"),
    "instrument_wages": ("Wages due", "应付工资"),
    "instrument_outside supplies": ("Other supplies", "链外赊购"),
    "instrument_taxes": ("Taxes due", "应交税款"),
    "instrument_refinancing": ("Re-lending", "再贷款"),
    "head_trade credit": ("trade credit", "应收账款"),
    "head_bills": ("bills", "汇票"),
    "head_loans": ("loans", "贷款"),
    "head_informal loans": ("informal", "民间借贷"),
    "head_wages": ("wages", "工资"),
    "head_outside supplies": ("supplies", "链外赊购"),
    "head_taxes": ("taxes", "税款"),
    "head_refinancing": ("re-lending", "再贷款"),
    "head_owed": ("{name}, owed by", "{name}（债务人）"),
    "flows_none": ("Nobody owed anything in the window", "评估期内没有债权债务"),
    "flows_level": (
        "Suppliers extend {supplier} % of the credit in the chain, banks {bank} %",
        "产业链融资中供应商提供{supplier}%，银行提供{bank}%",
    ),
    "noun_loans": ("suppliers' bank debt", "供应商银行贷款"),
    "size_stock": ("{value}m CNY", "{value}"),
    "foot_flows": (
        "bank loans: without bills and accounts sold to banks; left out: deposits, interest, hold-backs, loans to"
        " failed firms, banks' business outside the chain",
        "银行贷款不含转让给银行的票据与账款；未含存款、利息、扣留款、已倒闭企业贷款及银行链外业务",
    ),
    "foot_neither": (
        "first row: level under current law; below: change, coloured where it can be told apart from 0",
        "首行：现行政策水平；以下：变化，着色者可与0区分",
    ),
    # Single firms
    "alt_policies_rates": (
        "Strips of quantiles of the rate that single SMEs pay, a panel a tier, a row a policy.",
        "分位数条形：各政策下中小微企业各自支付的利率，每列一个层级。",
    ),
    "alt_policies_winners": (
        "Small bars of firms that pay less, the same and more by size and tier, and quantiles of the change for all"
        " SMEs, a row a policy.",
        "小条形图与分位数：各政策下成本下降、不变、上升的企业，按规模与层级，以及全部中小微企业的变化。",
    ),
    "panel_rates": ("SMEs of {tier} ({firms} borrow)", "{tier}中小微企业（{firms}家借款）"),
    "axis_rates": ("all-in rate net of subsidy, % a year", "扣除补贴后综合年化成本，%"),
    "noun_median": ("{tier}'s median rate", "{tier}中小微企业的年化成本中位数"),
    "median_level": (
        "Under current law half of {tier}'s borrowing SMEs pay over {level} % a year",
        "现行政策下{tier}借款中小微企业有一半年化成本高于{level}%",
    ),
    "foot_strips": (
        "line: from the 10 % to the 90 % quantile of firms; bar: middle half; mark: median; each firm counts once;"
        " means of these over runs",
        "线：企业的10%至90%分位；条：中间一半；竖线：中位数；每家企业计一次；为各次运行的平均",
    ),
    "foot_medians": (
        "at the right: change of the median, bp, with its interval",
        "右侧：中位数变化（基点）及其区间",
    ),
    "panel_winners": (
        "Firms in need by their cost of need, median change in bp; first row: how many",
        "有需求企业按资金需求综合成本变化划分，及变化中位数（基点）；首行：企业数",
    ),
    "panel_winners_sme": ("All SMEs; at the right: less / more", "中小微企业；右：降／升"),
    "side_less": ("pay less", "成本下降"),
    "side_same": ("about the same", "基本不变"),
    "side_more": ("pay more", "成本上升"),
    "less_and_more": ("{less} / {more} %", "{less}%／{more}%"),
    "foot_sides": (
        "less, more: the firm's cost of need moves by over {threshold:.0f} bp; under {fewest} firms: blank",
        "下降、上升：企业资金需求综合成本变化超过{threshold:.0f}个基点；不足{fewest}家的格子留空",
    ),
    "winners_none": (
        "SMEs that pay less and SMEs that pay more cannot be told apart in number with {n} replications",
        "成本变低与变高的中小微企业数量无法区分（{n}次重复）",
    ),
    "winners_one": (
        "{policy}: {less} % of SMEs pay less, {more} % pay more",
        "{policy}：{less}%的中小微企业成本下降，{more}%成本上升",
    ),
    "winners_most": (
        "The policy under which the most SMEs pay less is {policy}: {less} %, while {more} % pay more",
        "{policy}下成本下降的中小微企业最多，占{less}%，另有{more}%成本上升",
    ),
    # Points of a sweep
    "at_equal_cost": (" at equal cost", "（等成本）"),
    "at_point": (", {name} {value}", "，{name}{value}"),
    # Calendar
    "alt_policies_calendar": (
        "Calendar of instruments by policy: bars over months in force, marks where capacity or budget is used up.",
        "政策日历：各政策下每项工具的有效月份，以及额度或预算用满的时点。",
    ),
    "panel_calendar": (
        "What is in force when; at the right: when it is first used up, and in how many runs",
        "各工具的有效期；右侧：首次用满的月份与次数",
    ),
    "axis_months": ("month of the evaluation", "评估期第几个月"),
    "calendar_as_law": ("as under current law", "同现行政策"),
    "calendar_in_force": ("in force", "有效"),
    "calendar_off": ("off", "取消"),
    "calendar_same": ("no change", "无变化"),
    "calendar_mark": ("month {month} ({runs}/{of})", "第{month}个月（{of}次中{runs}次）"),
    "calendar_out": (
        "Capacity or budget of what a policy changes is used up under {count} of {of} policies; first: {instrument},"
        " month {month} ({policy})",
        "{of}项政策中{count}项所变动的额度或预算会用满；最早为{instrument}，第{month}个月（{policy}）",
    ),
    "calendar_both": (
        "{instrument}: {what} first used up in month {month} under current law, {policies}",
        "{instrument}{what}首次用满：现行政策下为第{month}个月，{policies}",
    ),
    "calendar_capacity": ("capacity", "额度"),
    "calendar_budget": ("yearly budget", "年度预算"),
    "calendar_under": ("month {month} under {policy}", "{policy}下为第{month}个月"),
    "calendar_under_some": (
        "month {month} under {policy} ({runs} of {of} runs)",
        "{policy}下为第{month}个月（{of}次中{runs}次）",
    ),
    "calendar_others": (", and otherwise under {count} more", "，另有{count}项政策下月份不同"),
    "calendar_law": (
        "first to be used up under current law: {instrument}, month {month}",
        "现行政策下最早用满的为{instrument}，在第{month}个月",
    ),
    "calendar_never": (
        "No quota, budget or pool runs out in the evaluation",
        "评估期内没有额度、预算或资金池用完",
    ),
    "foot_calendar": (
        "blue: what the policy changes of current law; grey: as under current law; hatched: switched off;"
        " X: median month, after burn-in, in which capacity or budget is first used up; capacity comes back as covered"
        " loans are repaid; what is not shown of a policy is as under current law",
        "蓝色：较现行政策的变化；灰色：同现行政策；斜线：取消；X：预热期后首次用满的月份（中位数），额度随被覆盖贷款偿还而恢复；未列出的工具同现行政策",
    ),
    # Sweeps
    "alt_policies_response": (
        "Lines with bands: changes of cost, access and public cost by the value of the parameter that is varied.",
        "带区间的折线图：成本、融资可得性与公共成本的变化，按所变动参数的取值。",
    ),
    "alt_policies_heat": (
        "Heat maps of changes of cost, access and public cost by the values of the two parameters that are varied.",
        "热力图：成本、融资可得性与公共成本的变化，按所变动两项参数的取值。",
    ),
    "sweep_none": ("No lever parameter was varied", "未变动任何政策参数"),
    "swept_in_words": ("{instrument}: {parameter}", "{instrument}{parameter}"),
    "swept_axis": ("{instrument}: {parameter}", "{instrument}：{parameter}"),
    "panel_curve": ("change, {unit}", "变化，{unit}"),
    "foot_curves": (
        "bands: intervals; hollow: cannot be told apart from current law, which is the square and the line at 0",
        "带：区间；空心：与现行政策无法区分；方块与0线：现行政策",
    ),
    "foot_heat": (
        "each cell: change from current law and half its interval; blue for the better, orange for the worse, grey"
        " cannot be told apart from 0",
        "每格：较现行政策变化及区间半宽；蓝为改善，橙为变差，灰色无法与0区分",
    ),
    "foot_framed": ("framed: current law's values", "加框：现行政策的取值"),
    "curve_apart": (
        "{policy}: {what} differs from current law by {first} bp at {low} and by {last} bp at {high} ({parameter})",
        "{policy}：{parameter}为{low}时，{what}与现行政策相差{first}个基点，为{high}时相差{last}个",
    ),
    "curve_alike": (
        "{policy}: intervals of the effect on {what} overlap at {low} and {high} ({parameter})",
        "{policy}：{parameter}为{low}与{high}时，{what}效应的区间重叠",
    ),
    "heat_best": (
        "{count} of {of} points lower SMEs' cost of need, by up to {size} ({policy})",
        "{of}个取值点中{count}个使中小微企业资金需求综合成本下降，最多{size}（{policy}）",
    ),
    "heat_no_fall": (
        "At none of {of} points is SMEs' cost of need lower than under current law with {n} replications",
        "{of}个取值点的中小微企业资金需求综合成本均不低于现行政策（{n}次重复）",
    ),
    "heat_unclear": (
        "At none of {of} points can the effect on SMEs' cost of need be told apart from 0 with {n} replications",
        "{of}个取值点对中小微企业资金需求综合成本的影响均无法与0区分（{n}次重复）",
    ),
    # Lenders' books
    "alt_policies_lender_books": (
        "Stacked bars of both sides of banks' balance sheets by kind of bank, and a grid of changes, a row a policy.",
        "堆叠条形图与变化表：各类银行资产负债表的两侧，以及各政策下的变化。",
    ),
    "panel_books": ("Assets, %; amounts in m CNY", "资产，%；数字为亿元"),
    "panel_funding": ("Liabilities and equity, %; amounts in m CNY", "负债与资本，%；数字为亿元"),
    "panel_books_change": (
        "First row: current law, m CNY; below: change of the chain book, of what is bad of it, of firms' deposits, and"
        " of equity",
        "首行：现行政策，亿元；以下：产业链贷款、其中不良、企业存款、资本的变化",
    ),
    "book_chain_sound": ("chain, sound", "产业链正常"),
    "book_rest_sound": ("rest, sound", "链外正常"),
    "book_bad": ("bad", "不良"),
    "book_reserves": ("reserves", "准备金"),
    "book_equity": ("equity", "资本"),
    "book_firm_deposits": ("firms' deposits", "企业存款"),
    "book_outside_deposits": ("others' deposits", "其他存款"),
    "book_central_bank": ("central bank", "央行"),
    "book_other": ("other", "其他"),
    "head_chain_book": ("chain", "产业链"),
    "head_chain_bad": ("bad", "不良"),
    "head_firm_deposits": ("deposits", "存款"),
    "head_equity": ("equity", "资本"),
    "noun_chain_book": ("banks' chain book", "银行产业链贷款"),
    "foot_books": (
        "averages over the window; loans with bought paper; central bank: re-lending and standing facility; other:"
        " provisions, discount not yet earned, what is held back of bought paper",
        "评估期平均；贷款含买入票据与账款；央行：再贷款与常备借贷便利；其他：拨备、未实现贴现息、买入票据预留款",
    ),
}
