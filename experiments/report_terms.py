"""What the report explains and warns of, in English and Chinese: limits and terms."""

from __future__ import annotations

from typing import Final

from experiments.report_page import Text

LIMITS: Final[tuple[Text, ...]] = (
    Text(
        "No forecast and no amount for the city: most parameters are assumed, prices are constant, demand has"
        " no trend, and credit does not come back as demand. Read differences, ratios and signs; money and"
        " counts belong to the sample.",
        "不是预测，也不是全市金额：多数参数为假设，价格不变，需求没有趋势，信贷也不回流为需求。应读差值、比值"
        "与方向；金额与户数为模型内企业的合计。",
    ),
    Text(
        "No ranking by presets: instruments differ in size. Compare what a yuan of public cost goes with,"
        " with its interval.",
        "不按预设排序：各工具规模不同。应比较每元公共成本对应的效果及其区间。",
    ),
    Text(
        "No effect where the interval covers 0. Titles and In short speak of the scenario's own parameter values: where"
        " a sign holds in fewer than nine in ten other worlds, it is open beyond them. Each interval stands alone: of"
        " many, some will seem to be something.",
        "区间含0的，不算有效应。标题与“要点”所述为情景自身参数取值下的结果：其他参数中方向不变者不足九成的，不宜推及其他取值。"
        "各区间单独成立：数量多了，总有一些看似显著。",
    ),
    Text(
        "Public cost is not welfare: it leaves out administration, capital tied up, taxes, and what moral"
        " hazard does outside the chain. Guarantee losses come well after the fees.",
        "公共成本不等于福利：不含行政成本、占用资本、税收以及产业链之外的道德风险。担保损失远晚于担保费发生。",
    ),
    Text(
        "Nobody cheats in this model: no false or double pledge, no diversion. Levers look better than they might be.",
        "模型未考虑虚假融资、重复质押和资金挪用，可能高估政策效果。",
    ),
    Text(
        "A mean price may move with who gets credit. Look at like-for-like prices.",
        "平均价格会随借款企业构成变动。应看同一企业口径的价格。",
    ),
    Text(
        "Default and bad-loan rates were targets of the calibration; that they look right is no validation."
        " Single firms and small groups mean nothing.",
        "违约率与不良率是校准目标，其数值合理不构成验证。单个企业与小群组的结果没有意义。",
    ),
    Text(
        "Equal bases only: a policy is held against current law with the same seed, the same firms and the"
        " same luck. Nothing here compares two policies with each other but where it says so.",
        "只在相同基础上比较：每项政策与相同种子、相同企业、相同随机冲击下的现行政策相比。除注明外，政策之间未"
        "直接比较。",
    ),
)

GLOSSARY: Final[tuple[tuple[Text, Text], ...]] = (
    (
        Text("Acceptor", "承兑人"),
        Text(
            "Who must pay a bill when it falls due.",
            "汇票到期时负有付款义务的一方。",
        ),
    ),
    (
        Text("Additionality", "增量效应（额外性）"),
        Text(
            "Change of credit on banks' chain book over change of credit under levers, both outstanding: 1, all of it"
            " new; 0, all would have been lent anyway. Above 1 uncovered credit is higher too; below 0 there is less"
            " credit while more is covered.",
            "银行产业链信贷变化与政策工具覆盖余额变化之比：1为全部新增，0为本来就会发放；大于1表示未覆盖的信贷也更多，小于0表示覆盖增多而信贷更少。",
        ),
    ),
    (
        Text("Advance", "最高融资比例"),
        Text(
            "Part of a receivable's or bill's face that a bank lends at once.",
            "银行按应收账款或票据面额先行放款的比例。",
        ),
    ),
    (
        Text("All-in rate (APR)", "年化综合成本（APR）"),
        Text(
            "What a borrower pays a year for credit: interest, fees, premium and timing, less subsidy; % a year.",
            "借款人每年为信贷支付的全部：利息、费用、保费与计息时点，减补贴；年%。",
        ),
    ),
    (
        Text("Bank credit, counted in three ways", "银行信贷的三种口径"),
        Text(
            "Credit in use: SMEs', new contracts of the window by amount and time. Bank loans to suppliers, in who"
            " finances whom: what suppliers of all sizes owe on loans, without bills and accounts that they sold. Chain"
            " book: loans and bought paper of all firms in the chain. The policy that moves one most need not move"
            " another most.",
            "信贷平均余额：仅中小微企业，评估期新合同按金额与时间计。供应商银行贷款（谁为谁融资）：各规模供应商所欠贷款，不含已转让的票据与账款。"
            "产业链贷款：链内全部企业的贷款，以及银行买入的票据与账款。三者中变化最大的政策不必相同。",
        ),
    ),
    (Text("Basis point (bp)", "基点"), Text("A hundredth of a percentage point.", "百分之一个百分点。")),
    (
        Text("Break-even by hand", "按公式手算的盈亏平衡利率"),
        Text(
            "The price at which a lender neither gains nor loses on one loan, from the pricing equation alone.",
            "仅按定价公式计算的、放贷机构在单笔贷款上不盈不亏的利率。",
        ),
    ),
    (
        Text("Burn-in", "预热期"),
        Text(
            "Months that the run takes before anything is counted; policies differ from current law only after it.",
            "正式计数之前的运行月份；此后各政策才与现行政策不同。",
        ),
    ),
    (
        Text("Capacity", "额度"),
        Text(
            "What a lever may cover or refinance at a time; it comes back as that is repaid.",
            "一项工具同一时点最多可覆盖或再融资的金额，偿还后恢复。",
        ),
    ),
    (
        Text("City fund, national fund", "市融资担保基金、国家融资担保基金"),
        Text(
            "Re-guarantors that bear part of a guarantor's share of a loss.",
            "分担担保机构部分损失的再担保机构。",
        ),
    ),
    (
        Text("Contingent liability", "或有负债"),
        Text(
            "What a guarantor, pool or insurer must pay if borrowers fail.",
            "借款人违约时，担保机构须代偿、资金池须补偿或保险公司须赔付的金额。",
        ),
    ),
    (
        Text("Core enterprise", "核心企业"),
        Text("The carmaker (OEM) at the head of the chain.", "产业链首端的整车企业。"),
    ),
    (
        Text("Cost of need", "资金需求综合成本"),
        Text(
            "Cost of financing all that a firm needs: bank credit, informal credit, paying late and lost output,"
            " over the need; % a year.",
            "满足全部资金需求的成本（银行信贷、民间借贷、延期付款和产出损失的代价）除以需求；年%。",
        ),
    ),
    (
        Text("Credit in use", "信贷平均余额"),
        Text("Average principal out of the window's new contracts.", "评估期内新签合同的未偿本金，按时间平均。"),
    ),
    (
        Text("Current law", "现行政策"),
        Text(
            "What is in force in the scenario on its date; every policy is a change to it.",
            "情景日期有效的政策；各项政策均为对它的改动。",
        ),
    ),
    (
        Text("Cut off", "最高违约概率"),
        Text(
            "Highest yearly probability of default that guarantor or insurer takes.",
            "担保机构或保险公司可接受的最高年违约概率。",
        ),
    ),
    (
        Text("Discount", "贴现"),
        Text(
            "Sale of a bill to a bank before it falls due, at less than its face.",
            "票据到期前以低于面额的价格卖给银行。",
        ),
    ),
    (
        Text("Dominated", "劣于其他政策"),
        Text(
            "Another policy costs the public no more and does no less; clearly, if both intervals lie apart.",
            "另有政策公共成本不更高、效果不更差；两项区间均不相交时称为明确。",
        ),
    ),
    (
        Text("Doubt", "参数不确定性"),
        Text(
            "The same experiment in other worlds, in which what is assumed or estimated is otherwise.",
            "在其他参数取值（改变假设或估计的部分）下重做同一实验。",
        ),
    ),
    (
        Text("Draw", "提款"),
        Text(
            "To take up a loan or sell a receivable or bill: what is drawn is borrowed.",
            "实际借入贷款，或卖出应收账款、票据。",
        ),
    ),
    (
        Text("Fen", "分"),
        Text(
            "A hundredth of a yuan, in which all books are kept.",
            "百分之一元，账目的记账单位。",
        ),
    ),
    (
        Text("Fieller interval", "菲勒（Fieller）区间"),
        Text(
            "The interval of a ratio of two means; not defined where the denominator may be 0.",
            "两均值之比的区间；分母可能为0时无定义。",
        ),
    ),
    (
        Text("Financing gap", "融资缺口"),
        Text(
            "Need that no formal credit meets, summed over the months of a year: what stays unmet counts again in every"
            " month, so it is no balance.",
            "正规信贷未满足的需求，按年累计：持续未满足的需求每月重复计入，故不可与余额比较。",
        ),
    ),
    (
        Text("Formal finance, informal finance", "正规融资、民间借贷"),
        Text(
            "From banks; from private lenders at their own rate.",
            "来自银行的融资；按自身利率放款的私人借贷。",
        ),
    ),
    (
        Text("Funding, operating, relief, margin", "资金成本、运营成本、再贷款降低的成本、利差"),
        Text(
            "Parts of a bank's price: its cost of money and of running a loan, what re-lending takes off the former,"
            " and what it earns beyond its costs.",
            "银行定价的分项：资金成本、单笔贷款运营成本、再贷款使前者降低的部分，以及成本之外的收益。",
        ),
    ),
    (
        Text("Guarantor", "担保机构"),
        Text(
            "Public company that repays a lender most of a failed SME's loan.",
            "代偿违约中小微企业大部分贷款的公共担保公司。",
        ),
    ),
    (
        Text("Holm's correction", "霍尔姆（Holm）校正"),
        Text(
            "With several policies on a line some will seem to move it by luck. After the correction the chance that"
            " any truly idle one is called clear is at most 5 %.",
            "同一指标下比较的政策多了，总有一些因随机误差而看似显著。校正后，至少有一项无效政策被误判为显著的概率不超过5%。",
        ),
    ),
    (
        Text("Implicit cost of central-bank funds", "央行资金隐性成本"),
        Text(
            "What re-lending saves banks on what they would pay for funds otherwise.",
            "再贷款使银行较其自身资金成本少付的部分。",
        ),
    ),
    (
        Text("k, hurdle", "资本占用比例k、要求的资本回报率"),
        Text(
            "Capital that a loan ties up, of its principal; return that owners want on it, a year.",
            "贷款占用资本与本金之比；股东对其要求的年收益率。",
        ),
    ),
    (
        Text("Leakage", "漏损"),
        Text(
            "Credit that goes to firms which borrow under current law too, and what lenders keep of a subsidy or"
            " of cheaper funds.",
            "流向在现行政策下也能借款的企业的信贷，以及补贴或低成本资金中由放贷机构留存的部分。",
        ),
    ),
    (
        Text("Lever", "政策工具"),
        Text(
            "An instrument of policy, such as re-lending or a guarantee; a policy sets one or several.",
            "再贷款、担保等政策工具；一项政策设定一个或多个。",
        ),
    ),
    (
        Text("Leverage", "放大倍数"),
        Text(
            "Most that may be covered, in multiples of capital or balance.",
            "最多可覆盖金额为资本或余额的倍数。",
        ),
    ),
    (
        Text("LGD, PD", "违约损失率（LGD）、违约概率（PD）"),
        Text("Loss given default; probability of default within a year.", "违约时损失占敞口的比例；一年内违约的概率。"),
    ),
    (
        Text("Like for like", "同一企业口径"),
        Text(
            "Firms that borrowed in both paired runs, at the weights under current law.",
            "配对两次运行中均借款的企业，按现行政策下的权重。",
        ),
    ),
    (
        Text("Loading", "保费与预期赔付之比"),
        Text(
            "Premium over the claims that are expected.",
            "保费为预期赔付的多少倍。",
        ),
    ),
    (
        Text("m CNY, bn CNY", "万元、亿元"),
        Text(
            "Million and billion yuan: 1m CNY is 100 万元, 1bn CNY is 10 亿元.",
            "1万元=10,000元；1亿元=10,000万元。",
        ),
    ),
    (
        Text("Morris design", "Morris设计"),
        Text(
            "A way to move one parameter at a time that finds those which matter most.",
            "逐一变动参数以找出最关键者的方法。",
        ),
    ),
    (
        Text("n", "n"),
        Text(
            "Number of paired replications: the same world and luck, with and without the policy.",
            "配对重复次数：相同的模拟环境与随机冲击，有无该政策各一次。",
        ),
    ),
    (
        Text("Need", "资金需求"),
        Text(
            "Money that a firm lacks in a month for what falls due, for production and for what else it plans.",
            "企业当月到期应付、生产及其他计划所缺的资金。",
        ),
    ),
    (
        Text("NPL", "不良贷款"),
        Text(
            "Loan overdue by more than 90 days, or whose borrower failed.",
            "逾期超过90天或借款人倒闭的贷款。",
        ),
    ),
    (
        Text("Other worlds", "其他参数"),
        Text(
            "The same experiment with other values of what is assumed or estimated.",
            "假设或估计的参数另取数值的同一实验。",
        ),
    ),
    (
        Text("Paired seeds", "配对种子"),
        Text(
            "Two runs with the same random numbers, with and without a policy.",
            "有无政策的两次运行使用相同随机数。",
        ),
    ),
    (
        Text("Pass-through", "传导"),
        Text(
            "Part of a change of the lender's cost, or of a subsidy, that reaches the borrower's price.",
            "放贷机构成本变化或补贴传导到借款利率的比例。",
        ),
    ),
    (
        Text("Preset", "预设"),
        Text(
            "The values that an experiment gives a policy.",
            "实验为政策设定的取值。",
        ),
    ),
    (
        Text("Public cost", "公共成本"),
        Text(
            "Fiscal outlay, the implicit cost of central-bank funds, pay-outs of the pool and guarantors' net loss.",
            "财政支出、央行资金隐性成本、资金池补偿支出与担保净损失之和。",
        ),
    ),
    (
        Text("SME", "中小微企业"),
        Text("Medium, small and micro firms by the national size standard.", "按国家划型标准的中型、小型与微型企业。"),
    ),
    (
        Text("Tier", "层级"),
        Text(
            "1 sells to the carmaker, 2 to tier 1, 3 to tier 2.", "一级向整车企业供货，二级向一级供货，三级向二级供货。"
        ),
    ),
)

SCORES: Final[dict[str, str]] = {
    "sme_apr_net": "中小微企业年化综合成本（扣除补贴后）",
    "npl_ratio": "产业链贷款不良率",
    "oem_payable_days": "整车企业付款天数（含票据）",
    "oem_open_account_days": "其中：账期天数",
    "supplier_receivable_days": "供应商回款天数（账期）",
    "default_rate": "年违约率（按户数）",
    "default_rate_amount": "年违约率（按贷款金额）",
    "informal_rate": "民间借贷利率",
    "exit_rate": "年退出率",
    "granted_share": "获批金额占申请",
    "discouraged_share": "有需求而未申请比例",
    "price_gap_small_large": "小型与大型企业价差",
    "price_gap_tier3_tier1": "三级与一级价差",
    "capital_ratio": "银行资本充足率",
    "overdue_share": "逾期应付账款占比",
}
