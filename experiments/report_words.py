"""The words of the report, in English and Chinese: headings, heads of tables, sentences and their forms.

Sentences about effects come in forms (`experiments.report_guard`): which of them stands is for the interval to say.
"""

from __future__ import annotations

from typing import Final

from experiments.report_notes import NOTES
from experiments.report_page import Text
from experiments.report_value_words import VALUE_WORDS

W: Final[dict[str, Text]] = {
    **VALUE_WORDS,
    **NOTES,
    # Sections
    "answers": Text("In short", "要点"),
    "levers": Text("The policies", "政策内容"),
    "effects": Text("Effects against current law", "与现行政策相比的效应"),
    "value": Text("Public cost, and what goes with it", "公共成本及其对应效果"),
    "people": Text("Who gains and who pays", "谁受益、谁承担"),
    "losses": Text("Who bears losses", "谁承担损失"),
    "trust": Text("How sure", "结论可靠性"),
    "law": Text("Current law by itself", "现行政策本身"),
    "limits": Text("What must not be concluded", "不应得出的结论"),
    "reproduce": Text("How to reproduce", "如何复现"),
    "glossary": Text("Terms", "术语"),
    "more": Text("More charts", "其他图表"),
    # Of the page
    "contents": Text("Contents", "目录"),
    "language": Text("Language", "语言"),
    "data": Text("Data", "数据"),
    "colon": Text(": ", "："),
    "about": Text(
        "{firms} suppliers; {months:g} months evaluated after {burn_in:g} of burn-in; {n} replications with"
        " paired seeds from {seed}; configuration {digest}; Finflow {version}",
        "供应商{firms}家；预热{burn_in:g}个月后评估{months:g}个月；{n}次重复（配对种子，起始{seed}）；配置"
        "{digest}；Finflow {version}",
    ),
    "no_question": Text("The configuration states no question.", "配置未写明问题。"),
    "failed_banner": Text(
        "{failed} of {total} planned runs failed and {pending} are not done: the tables hold the others only.",
        "计划的{total}次运行中{failed}次失败、{pending}次未完成：各表仅含其余运行。",
    ),
    "nothing_done": Text("No run has finished: there is nothing to report.", "没有已完成的运行，无可报告内容。"),
    "baseline_only": Text(
        "This experiment holds current law alone: levels, no comparison.", "本实验仅含现行政策：只有水平值，没有比较。"
    ),
    "unreadable": Text(
        "The stored configuration cannot be read by this version; what stands here comes from the manifest.",
        "当前版本无法读取所存配置；此处内容取自清单文件。",
    ),
    "not_compared": Text(
        "No policy has a finished run beside its paired run under current law.",
        "没有政策同时具有已完成的运行及其配对的现行政策运行。",
    ),
    # Heads
    "policy": Text("Policy", "政策"),
    "measure": Text("Measure", "指标"),
    "unit": Text("Unit", "单位"),
    "current_law": Text("Current law", "现行政策"),
    "lever": Text("Lever", "政策工具"),
    "firms": Text("Firms in need", "有需求企业数"),
    "whole": Text("Whole window", "整个评估期"),
    "year": Text("Year {number}", "第{number}年"),
    "group": Text("Group", "群组"),
    "mean": Text("Mean", "均值"),
    "interval": Text("95 % interval", "95%置信区间"),
    "band": Text("Band", "目标区间"),
    "verdict": Text("Verdict", "结论"),
    "replication": Text("Replication", "重复"),
    "what": Text("What", "内容"),
    "file": Text("File", "文件"),
    "status": Text("Status", "状态"),
    # In short
    "short_caption": Text(
        "Change from current law, its 95 % interval, and in how many other worlds the sign holds",
        "较现行政策的变化、95%置信区间，以及符号在多少组其他参数下不变",
    ),
    "doubt": Text("10–90 % over other parameters: {low} to {high}", "其他参数下10%—90%：{low}至{high}"),
    "sign_holds": Text("sign holds in {same} of {worlds} other worlds", "{worlds}组其他参数中{same}组符号不变"),
    "current_law_level": Text("{value}", "{value}"),
    # Levers
    "law_is": Text("In force under current law", "现行政策包括"),
    "no_change": Text("Current law, unchanged", "现行政策不变"),
    "off": Text("switched off", "取消"),
    "new": Text("new", "新设"),
    "as_it_is": Text("as under current law", "与现行政策相同"),
    "from_to": Text("{name}: {before} → {after}", "{name}：{before} → {after}"),
    "is": Text("{name}: {after}", "{name}：{after}"),
    "from_to_date": Text("{start} to {end}", "{start}至{end}"),
    "for_good": Text("the end of the window", "评估期末"),
    "clause": Text("Clause", "条款"),
    "changes": Text("Change to current law", "较现行政策的改动"),
    "dates": Text("Dates", "日期"),
    "levers_caption": Text("Each policy is a change to current law", "每项政策都是对现行政策的改动"),
    "equal_cost_lever": Text(
        "as '{policy}', at the strength at which it costs as much as the others in this set",
        "同“{policy}”，强度调整至与同组政策成本相同",
    ),
    "law_values": Text("What current law's levers are set to", "现行政策各工具的取值"),
    "from_source": Text("From a source", "有来源"),
    "as_assumed": Text("Assumed", "假设"),
    "documents": Text("The documents behind the clauses", "条款出处"),
    "no_numbers": Text(
        "The clauses name instruments and give no numbers. Values come from other sources or are assumed: for current"
        " law the table at the head of this section tells them apart; finflow levers ID names the sources.",
        "条款只列工具、没有数值。取值来自其他来源或为假设：现行政策的取值见本节首表；"
        "来源可用命令 finflow levers 工具代码 查询。",
    ),
    "amounts_scaled": Text(
        "Quotas, budgets and balances are the nation's or the city's; the run scales them to the modelled SME loans.",
        "额度、预算与资金池规模为全国或全市口径；运行时按模型内中小微企业贷款规模缩放。",
    ),
    # What ran out
    "ran_out": Text("When capacity and budgets are used up", "额度与预算何时用满"),
    "ran_out_caption": Text(
        "First month in the evaluation in which capacity was gone; median over the runs in which it happened. Months"
        " count from the end of burn-in",
        "评估期内首次用满的月份；为发生该情形的各次运行的中位数。月份自预热期结束（即评估期开始）起算",
    ),
    "quota_exhausted": Text("capacity for new credit used up", "可新增承保的贷款额度用满"),
    "budget_exhausted": Text("budget of the year spent", "年度预算用完"),
    "pool_empty": Text("pool empty", "资金池资金用完"),
    "what_levers_do": Text("What each lever does", "各工具的作用"),
    "all_of_them": Text("all", "全部"),
    "none_of_them": Text("none", "无"),
    "in_month": Text("month {month}", "第{month}个月"),
    "runs_of": Text("{runs} of {of} runs", "{of}次运行中{runs}次"),
    "never_out": Text("Under no policy did a quota, budget or pool run out.", "各政策下额度、预算与资金池均未用完。"),
    "capacity_is": Text(
        "Capacity is what a lever may cover or refinance at a time: a quota, or a multiple of the capital of guarantor,"
        " pool or insurer. It comes back as what it covers is repaid, so that it is used up more than once; a yearly"
        " budget comes back with the year.",
        "额度指一项工具同一时点最多可覆盖或再融资的金额：为限额，或担保机构、资金池、保险公司资本的倍数。被覆盖的贷款偿还后额度恢复，"
        "故可多次用满；年度预算逐年恢复。",
    ),
    # Effects
    "effects_caption": Text(
        "Paired differences from current law; below each its 95 % interval, then the 10–90 % range over other"
        " parameter values and in how many of them the sign holds",
        "与现行政策的配对差；其下为95%置信区间，再下为其他参数取值下的10%—90%范围及符号不变的组数",
    ),
    "note_colours": Text(
        "Blue: a clear change for the better; orange: for the worse; black: clear, neither; grey: cannot be"
        " told apart from current law.",
        "蓝色：统计上可辨的改善；橙色：统计上可辨的变差；黑色：统计上可辨但无好坏之分；灰色：与现行政策无法区分。",
    ),
    "note_mark": Text(
        "†: told apart by its own interval, but not after Holm's correction for the policies of its line.",
        "†：按自身区间可区分，但对同一指标的各政策作霍尔姆校正后不能。",
    ),
    "would": Text("about {needed} replications would", "约需{needed}次重复"),
    "note_worlds": Text(
        "Other worlds: other values of what is assumed or estimated, with {each} pair of runs each, so that luck is in"
        " them. That all {worlds} keep a sign reassures little: were it otherwise in {share} of such worlds, all"
        " {worlds} would still keep it one time in twenty.",
        "其他参数：对假设或估计的参数另取数值，每组{each}对运行，故含随机误差。{worlds}组全部同向所能说明的有限：即使有{share}"
        "的参数组合会使方向相反，{worlds}组全部同向的概率仍约5%。",
    ),
    "note_edge": Text(
        "Of the measures of In short, in the outermost tenth of its 10–90 % range over other worlds, or outside, lies"
        " the estimate of: {effects}. There the scenario's own values are no middle case: quote the range beside the"
        " estimate.",
        "“要点”各指标中，下列估计值处于其他参数结果区间（10%—90%）的边缘（最外侧十分之一）或区间之外：{effects}。"
        "此处情景自身取值并非居中情形：引用时应附范围。",
    ),
    "edge_of": Text("{policy} ({measure})", "{policy}（{measure}）"),
    "note_interval": Text(
        "n = {n} pairs of runs. Each interval stands alone: of a hundred effects that are truly nil, five"
        " would seem to be something.",
        "n = {n}对运行。各区间单独成立：一百个实际为零的效应中，约有五个看似不为零。",
    ),
    "one_run": Text(
        "One replication has no interval, so nothing can be told apart from current law.",
        "仅一次重复，没有区间，无法与现行政策区分。",
    ),
    "hand": Text("Break-even by hand beside the measured effect", "按公式手算的盈亏平衡利率与实测效应"),
    "hand_caption": Text(
        "What one covered one-year loan costs less or more, by the pricing equation alone, times how much is covered;"
        " and what the runs measured",
        "一笔被覆盖的一年期贷款的价差（仅按定价公式手算）乘以覆盖比例，以及运行实测",
    ),
    "hand_each": Text(
        "By hand, a covered loan less one without the lever, current law → policy, bp",
        "手算：被覆盖的贷款减未使用该工具的贷款，现行政策→该政策，基点",
    ),
    "hand_share": Text("Part of SMEs' credit under it, current law → policy", "占中小微企业信贷比例，现行政策→该政策"),
    "hand_product": Text("Price × part, policy less current law, bp", "价差×比例，该政策减现行政策，基点"),
    "hand_change": Text("change {changes}", "变化{changes}"),
    "hand_total": Text("Sum of its levers, bp", "各工具合计，基点"),
    "measured": Text("Measured, like for like, bp", "实测（同一企业），基点"),
    "hand_note": Text(
        "Solves (1 + r)(1 − PD·LGD) = 1 + funding·(1 − k) + hurdle·k − relief + operating at the run's own"
        " parameters: funding {funding}, PD {pd} (the baseline's yearly default rate of SMEs), LGD {lgd}, k "
        "{k}, hurdle {hurdle}, operating {operating}. Premiums and fees are added, subsidies taken off. The"
        " part under a lever is principal outstanding, of new contracts and old, over SMEs' credit in use, means of"
        " the window. A loan that is newly covered moves by the whole price under the policy, one that was covered"
        " before by the change alone: price × part under the policy less price × part under current law. Of"
        " re-lending the price is that of a bank which it is open to.",
        "按运行自身参数解 (1 + r)(1 − PD·LGD) = 1 + 资金成本·(1 − k) + 要求的资本回报率·k − 再贷款降低的成本 + "
        "运营成本：资金成本{funding}，违约概率PD为{pd}（基准中小微企业年违约率），违约损失率LGD为{lgd}，资本占用比例k为{k}，"
        "要求的资本回报率{hurdle}，运营成本{operating}；另加保费与费用、减补贴。比例为该工具下未偿本金（含旧合同）与"
        "中小微企业信贷平均余额之比，均为评估期平均。新覆盖的贷款按该政策下的全部价差变动，原已覆盖的只变动其差额，故取该政策下价差×比例减现行政策下价差×比例。"
        "再贷款的价差按可使用该工具的银行计。",
    ),
    "hand_apart": Text(
        "Outside the measured interval lies the sum by hand of {policies}. A lever that is switched off has"
        " the price 0, though what it covers still runs out. The equation is that of a loan of the mean"
        " risk: it does not know which loans a lever reaches, what lenders keep as margin, nor who lends.",
        "手算合计落在实测区间之外的：{policies}。取消的工具价差计为0，尽管原已覆盖的贷款尚未到期。"
        "方程对应平均风险的贷款，不含工具实际覆盖哪些贷款、放贷机构保留的利差以及由谁放贷。",
    ),
    "hand_of": Text("{policy} ({hand} by hand, {measured} measured)", "{policy}（手算{hand}，实测{measured}）"),
    "hand_within": Text(
        "Wherever the sum by hand is known, it lies within the measured interval.",
        "凡可手算合计者，均落在实测区间之内。",
    ),
    "no_hand": Text("hangs on the buyer's risk", "取决于买方风险"),
    "first_time_bank": Text("bank new to it", "新获准的银行"),
    "same_bank": Text("bank that has it already", "原已适用的银行"),
    # People
    "size": Text("Size", "规模"),
    "all_smes": Text("{policy} — all SMEs: {net} % ({sides})", "{policy}——中小微企业合计：{net}%（{sides}）"),
    "cells_caption": Text(
        "Gaining less losing firms, % of firms in need (cost of need moves by over {threshold} bp); below it"
        " gaining / losing, and the number of firms in need, mean of runs",
        "受益减受损企业，占有需求企业%（资金需求综合成本变化超过{threshold}个基点）；其下为受益／受损及有需求企业"
        "数（各次运行均值）",
    ),
    "gain_lose": Text("{gaining} / {losing} %, firms: {count}", "{gaining}／{losing}%，企业{count}家"),
    "few_firms": Text("firms: {count}", "企业{count}家"),
    "few_note": Text(
        "Under {fewest} firms in need on average: no share is shown.", "有需求企业平均不足{fewest}家的格子不列比例。"
    ),
    "no_firms": Text("no firm in need", "无有需求企业"),
    # Losses
    "losses_caption": Text(
        "Losses borne a year: level; below it the change from current law with its 95 % interval",
        "年损失承担：水平；其下为较现行政策的变化及95%置信区间",
    ),
    "core_fails": Text("If the core enterprise fails", "核心企业倒闭时"),
    "core_here": Text(
        "In every run of this experiment, under current law too, core enterprise {rank} by size fails in"
        " month {month:g} of the evaluation: the table of losses above is that of a core failure.",
        "本实验的每次运行（包括现行政策）中，规模第{rank}的核心企业在评估期第{month:g}个月倒闭：上表即为核心"
        "企业倒闭情形下的损失。",
    ),
    "core_charts": Text(
        "How far distress spreads through the tiers and for how long, who loses in the year after, and which suppliers"
        " it reaches, is in the charts below.",
        "困境沿各层级扩散多远、持续多久、此后一年由谁承担损失、波及哪些供应商，见下图。",
    ),
    "core_not_here": Text(
        "This experiment has no failure of a core enterprise, so the run does not say who would hold the"
        " losses. The config below makes the largest one fail in month 12, under current law and under each"
        " policy, on a small economy; the lines under stresses can be put into any experiment.",
        "本实验没有核心企业倒闭，运行结果不能说明届时由谁承担损失。下列配置使小型经济中最大的核心企业在第"
        "12个月倒闭（现行政策与各政策均如此）；其中stresses各行可加入任何实验。",
    ),
    "reduced_share": Text("{share} of all losses", "占全部损失{share}"),
    # Trust
    "runs_said": Text(
        "{done} of {total} planned runs are done: {n} replications a policy at the scenario's own parameter values"
        "{more}.",
        "计划{total}次运行，完成{done}次：情景自身参数下每项政策{n}次重复{more}。",
    ),
    "more_draws": Text(", and {draws} other sets of parameters with {each}", "，另有{draws}组参数，各{each}次"),
    "parameters_said": Text(
        "Of the parameters that the experiment does not set itself, {measured} are measured, {estimated}"
        " estimated and {assumed} assumed.",
        "实验未自行设定的参数中，{measured}为实测，{estimated}为估计，{assumed}为假设。",
    ),
    "parameters_unknown": Text(
        "How well the parameters are known is not recorded in this run.", "本次运行未记录参数的可靠程度。"
    ),
    "sensitivity": Text("The assumed parameters that matter most", "最关键的假设参数"),
    "sensitivity_none": Text(
        "This run holds no sensitivity analysis, so it does not say on which assumed parameters a verdict"
        " hangs. `parameters_sweep: {{design: morris, trajectories: 8, replications: 3, over: doubtful}}` in the"
        " configuration and `finflow sensitivity` tell. What it has is {doubt}.",
        "本次运行没有敏感性分析，不能说明结论取决于哪些假设参数。在配置中加入"
        " `parameters_sweep: {{design: morris, trajectories: 8, replications: 3, over: doubtful}}` 并运行"
        " `finflow sensitivity` 即可得知。现有的是{doubt}。",
    ),
    "sensitivity_said": Text(
        "How far each policy's effect moves while one assumed parameter moves through its range, beside what luck alone"
        " would do; `finflow sensitivity` has all parameters.",
        "逐一变动假设参数时各政策效应的变化幅度，并与仅由随机误差所致者对照；全部参数见 `finflow sensitivity`。",
    ),
    "sensitivity_untold": Text(
        "This run's design of parameters would tell, but too little of it is done: `finflow sensitivity` says what is"
        " missing.",
        "本次运行的参数设计可以回答，但完成得过少：`finflow sensitivity` 会说明缺什么。",
    ),
    "doubt_has": Text(
        "the range over {worlds} other sets of parameters in the table of effects", "效应表中{worlds}组其他参数下的范围"
    ),
    "doubt_has_not": Text(
        "the scenario's own values alone; `doubt: {{draws: 32, replications: 2}}` in the configuration draws others",
        "情景自身取值；在配置中加入 `doubt: {{draws: 32, replications: 2}}` 可抽取其他取值",
    ),
    "scorecard": Text("Current law against targets and checks", "现行政策与目标及检验对照"),
    "scorecard_caption": Text(
        "Targets were used in the calibration, some of them late in it, and prove nothing; checks were not used",
        "目标用于校准（部分为后期加入），不构成验证；检验未用于校准",
    ),
    "late_target_kind": Text("target, set late", "目标（后期）"),
    "few_runs": Text(
        "With under ten replications no verdict is better than WARN.", "重复不足十次时，结论最高只能评为“警示”。"
    ),
    "few": Text("under ten replications", "重复不足十次"),
    "reaches_out": Text("the mean's interval reaches out of the band", "均值区间超出目标区间"),
    "nearly": Text("outside by less than a standard error", "超出不到一个标准误"),
    "target_kind": Text("target", "目标"),
    "check_kind": Text("check", "检验"),
    "books": Text("The books", "账目"),
    "books_said": Text(
        "The books of {proved} of {done} finished runs were proved to balance to the fen: {steps} steps checked"
        " (audit.json).",
        "{done}次已完成运行中{proved}次的账目经证明平衡到分：共检查{steps}个时间步（audit.json）。",
    ),
    "books_off": Text(
        "The audit was switched off in this experiment: the books were not proved.",
        "本实验关闭了账目核验：账目未经证明。",
    ),
    "failures": Text("Failed runs", "失败的运行"),
    "failures_caption": Text("Failed runs are in no table above", "失败的运行不在以上任何表中"),
    "stage": Text("Stage", "阶段"),
    "message": Text("Message", "信息"),
    "draw": Text("Draw", "参数组"),
    # Current law alone
    "levels_caption": Text("Levels under current law, whole window", "现行政策下的水平，整个评估期"),
    # Reproduce
    "facts_caption": Text("What made these numbers", "数字的来源"),
    "seed": Text("Seed, replications", "种子、重复次数"),
    "config_digest": Text("Digest of the configuration", "配置摘要"),
    "content_digest": Text("Digest of the content", "内容摘要"),
    "version": Text("Finflow, version of its numbers", "Finflow版本、数值版本"),
    "commit": Text("Source", "源代码"),
    "time": Text("Time taken", "耗时"),
    "uncommitted": Text("{commit}, with uncommitted changes", "{commit}，含未提交修改"),
    "python": Text("Python, platform", "Python、平台"),
    "packages": Text("Packages", "软件包"),
    "inputs": Text("Digest of input files", "输入文件摘要"),
    "files": Text("Tables beside this page", "本页旁的表格"),
    "files_said": Text("Each says its units and notes.", "各文件均注明单位与说明。"),
}

# What is said of an effect, by what its interval allows.
VERDICT: Final[dict[str, Text]] = {
    "lower": Text("lower", "下降"),
    "higher": Text("higher", "上升"),
    "same": Text("identical in every pair", "每对运行均相同"),
    "unclear": Text("cannot be told apart with n = {n}", "n = {n} 时无法区分"),
    "unknown": Text("not known", "未知"),
}
CHEAPEST: Final[dict[str, Text]] = {
    "higher": Text(
        "Of the estimates of extra SME credit in use per 100m CNY a year that can be told apart from 0, the largest is"
        " that of {policy}: {size} ({low} to {high}).",
        "每年每1亿元公共成本对应的、较现行政策增加的中小微企业信贷平均余额，在能与0区分的估计中最大的是{policy}："
        "{size}（{low}至{high}）。",
    ),
    "unclear": Text(
        "With {n} replications no policy has extra SME credit per 100m CNY of public cost that can be told"
        " apart from 0.",
        "{n}次重复下，没有政策的“每年每1亿元公共成本对应的中小微企业信贷变化额”能与0区分。",
    ),
    "unknown": Text(
        "One replication has no interval: no policy can be called the cheapest.",
        "仅一次重复，没有区间：不能说哪项政策最便宜。",
    ),
}
OVERLAP: Final = Text(
    "Its interval overlaps that of {others}, so these cannot be ranked.", "其区间与{others}的重叠，无法排序。"
)
APART: Final = Text("No other policy's interval overlaps it.", "没有其他政策的区间与之重叠。")
NO_PRICE: Final = Text(
    "Under {policies} SMEs have more bank credit in use, and the change of public cost cannot be told apart from 0:"
    " there is no ratio, and it may be cheaper than any that has one.",
    "{policies}下中小微企业信贷平均余额较高，而公共成本变化与0无法区分：没有比值，其单位成本可能低于所有有比值的政策。",
)
ALONE: Final = Text(
    "No other policy has a ratio of its own that is defined and clear.", "没有其他政策的该比值既有定义又能与0区分。"
)
