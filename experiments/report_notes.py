"""Notes of the report that say what a number counts where it stands, and how to come by the same numbers."""

from __future__ import annotations

from typing import Final

from experiments.report_page import Text

NOTES: Final[dict[str, Text]] = {
    "note_sizes": Text(
        "Policies differ in size: see their public cost. The largest change is not the best policy, and no title that"
        " says up to ranks them.",
        "各政策力度不同，见其公共成本。变化最大不等于最好，标题中的“最多”也不是排名。",
    ),
    "signs_open": Text(
        "A sign is called clear at the scenario's own parameter values. Beyond these it is open where it holds in fewer"
        " than nine in ten other worlds (under {least} of {worlds}); here that is so for: {effects}.",
        "统计上可辨，仅指情景自身参数取值下。其他参数中方向不变者不足九成（{worlds}组中不到{least}组）的，不宜推及其他取值；"
        "本表中有：{effects}。",
    ),
    "signs_hold": Text(
        "A sign is called clear at the scenario's own parameter values; every clear one here holds in at least nine in"
        " ten other worlds ({least} of {worlds}).",
        "统计上可辨，仅指情景自身参数取值下；本表中各项可辨的方向在至少九成（{worlds}组中{least}组）其他参数下不变。",
    ),
    "of_policy": Text("{policy} {value}", "{policy}{value}"),
    "lenders_losses": Text("lenders' losses", "放贷机构损失"),
    "note_need": Text(
        "The financing gap is an amount, the unmet share what is left to 100 % of formal finance of need: they move by"
        " different parts where need itself is another. Clear changes of SMEs' need: {policies}.",
        "融资缺口为金额，未满足比例为100%减正规融资占需求比例；需求本身变动时，两者变幅不同。中小微企业需求统计上可辨的变化：{policies}。",
    ),
    "note_opposite": Text(
        "Defaults a year count SMEs, with bank credit or without; the NPL ratio, lenders' losses and all losses count"
        " money: lenders bear less of a loss under cover, and have less to lose with less credit out. The two clearly"
        " move in opposite ways under: {policies}.",
        "年违约率按中小微企业户数，无论有无银行信贷；不良率、放贷机构损失与全部损失按金额，有覆盖时放贷机构少担损失，贷款余额较少时可能的损失也少。"
        "二者方向相反且均统计上可辨的：{policies}。",
    ),
    "note_bundle": Text(
        "'{policy}' holds {parts}. The sum of their estimates beside its own: {effects}. A bundle is no sum: its levers"
        " meet on the same loans.",
        "{policy}包含{parts}。各项估计值之和与其自身对照：{effects}。组合不等于各项相加：各工具会用于同一笔贷款。",
    ),
    "sum_beside": Text("{measure} {sum} beside {own}", "{measure}{sum}，对比{own}"),
    "hand_by_amount": Text(
        "This PD counts firms. By amount of loans SMEs' yearly default rate is {pd}, and the sums by hand would be:"
        " {policies} (bp).",
        "此处违约率按户数。按贷款金额，中小微企业年违约率为{pd}，手算合计将为：{policies}（基点）。",
    ),
    "hand_funding": Text(
        "Funding is that of the kind of bank which has it cheapest. The dearest kind pays {funding}: for it the price"
        " by hand of re-lending under current law is {dearer}, not {usual} (bp). The runs, and the cost of"
        " central-bank funds, have each bank's own.",
        "资金成本取最低一类银行。最高一类为{funding}，对其而言现行再贷款的手算价差为{dearer}而非{usual}（基点）；"
        "运行与央行资金隐性成本均按各银行自身资金成本。",
    ),
    "hand_dearest": Text(
        "At the funding of the dearest kind, {funding}, the sums by hand with re-lending would be: {policies} (bp).",
        "按最高一类银行的资金成本{funding}，含再贷款的手算合计将为：{policies}（基点）。",
    ),
    "subsidy_sizes": Text(
        "{policy} has three sizes (bp): {paid} is what is paid a year over all of SMEs' credit in use, {hand} by hand"
        " are its points times the part of that credit under it, {net} is the change of the net rate less that of the"
        " gross one, of firms that borrow in both runs. They weigh by different loans.",
        "{policy}有三种口径（基点）：{paid}为年支出除以全部中小微企业信贷平均余额；{hand}为手算，即补贴点数乘以所覆盖信贷占比；"
        "{net}为两次运行均借款企业的补贴后成本变化减补贴前成本变化。三者权重不同。",
    ),
    "hand_without": Text("without {levers}", "不含{levers}"),
    "all_losses": Text("all losses", "全部损失"),
    "note_flow": Text(
        "Financing gap sums what is unmet over the months of a year; bank credit in use is a balance. Do not hold the"
        " one against the other.",
        "融资缺口为一年中各月未满足需求之和，银行信贷平均余额为余额，两者不可相互比较。",
    ),
    "law_dated": Text(
        "Current law means what is in force on the scenario's date, {date}; rates and rules may have moved since.",
        "现行政策指情景日期{date}有效的政策；此后利率与规则可能已有调整。",
    ),
    "law_off": Text(
        "All levers off takes away the instruments of current law, and adds none.",
        "取消全部政策只取消现行政策中的上述工具，不涉及其他各项政策新设的工具。",
    ),
    "extension": Text(" (extension of this study)", "（本研究延伸）"),
    "never_empty": Text(
        "The pool's money never ran out in any run: what was used up is how much more it may cover.",
        "各次运行中资金池内的资金均未用完：用满的只是可新增承保的额度。",
    ),
    "note_sample": Text(
        "Amounts and counts are those of the {firms} modelled suppliers, not of the city. What policies set (quotas,"
        " budgets, the pool) is the nation's or the city's, and scaled to the modelled firms in the run.",
        "金额与户数为模型内{firms}家供应商的合计，不是全市数；政策的额度、预算与资金池规模为全国或全市口径，"
        "运行时按模型内企业缩放。",
    ),
    "nought": Text("a clear difference that rounds to 0", "统计上可辨，但四舍五入为0"),
    "note_approved": Text(
        "Applications approved counts firms: of those that asked, how many are offered a loan and accept it, however"
        " small (accepted in the chart of access, there of all in need)."
        " Granted of asked (How sure) counts money: what they draw, of all that those who asked need.",
        "“申请获批率”按户数：申请企业中获报价并接受（无论金额）者的占比，即融资可得性图中的“接受”，但后者以全部有需求企业为分母。“获批金额占申请”（“结论可靠性”一节）按金额："
        "实际提款占申请企业全部需求。",
    ),
    "note_gap": Text(
        "Price, small less large, and tier 3 less tier 1, are means of the months' gaps, each month alike. Titles of"
        " the charts of current law have the gap over all contracts of the window, by amount and time: the two differ"
        " by some bp.",
        "“小型与大型企业价差”“三级与一级价差”为各月价差的平均，每月权重相同；现行政策各图标题中的价差按评估期全部合同的"
        "金额与时间加权，两者相差几个基点。",
    ),
    "worse_off": Text(
        "More firms clearly lose than gain, after Holm's correction too, by policy and group: {groups}.",
        "受损企业多于受益企业且统计上可辨（经霍尔姆校正仍成立）的政策与群组：{groups}。",
    ),
    "nobody_worse_off": Text(
        "In no group of firms do more clearly lose than gain under any policy.",
        "任何政策下均没有受损企业多于受益企业且统计上可辨的群组。",
    ),
    "pay_more": Text(
        "Cost or loss is clearly higher than under current law, likewise, by policy and payer: {payers}. Amounts"
        " stand in Who pays and Who bears losses.",
        "同样，成本或损失高于现行政策且统计上可辨的政策与承担方：{payers}。金额见“各方年成本”与“谁承担损失”。",
    ),
    "by_policy": Text("{policy} ({those})", "{policy}（{those}）"),
    "cell": Text("{size}, {tier}", "{size}、{tier}"),
    "all_of_smes": Text("SMEs as a whole", "中小微企业整体"),
    "losses_note": Text(
        "Before guarantee fees. Trade creditors: suppliers of the chain that sold on credit. Outside: wages, and bills"
        " of suppliers outside the chain, that failed firms leave unpaid.",
        "均未减担保费。赊销供应商：产业链内以赊销供货的供应商。链外：倒闭企业拖欠的职工工资与链外供应商货款。",
    ),
    "books_final": Text(
        "The books of {proved} of {done} finished runs were proved to balance to the fen, once, at the end of each run"
        " (audit.json).",
        "{done}次已完成运行中{proved}次的账目经证明平衡到分：每次运行在结束时检查一次（audit.json）。",
    ),
    "source_said": Text(
        "Finflow is run from its source, which whoever gave you this page has. In it, at the commit of the table below,"
        " with Python 3.11 or newer and make:",
        "Finflow由源代码运行，源代码可向提供本页者索取。在其文件夹中检出下表“源代码”一栏的版本；"
        "需Python 3.11或更新版本与make：",
    ),
    "reproduce_said": Text(
        "The folder of results holds the configuration with every default filled in. Go to that folder and use the"
        " finflow that make install put into the source's .venv/bin. With the versions in the table below the same"
        " numbers come out; with others `finflow verify .`, which runs some of the runs again, tells whether they do:",
        "结果文件夹含有补全全部默认值的配置。进入该文件夹，使用 make install 安装到源代码 .venv/bin 下的finflow。"
        "软件版本与下表一致时得到相同数字；不一致时可用 `finflow verify .` 抽样重跑核对：",
    ),
    "same_numbers": Text(
        "`finflow diff . again` says whether the numbers are the same: they are if the digest of the content is."
        " `finflow compare again` holds that run's policies against its own current law, not against this run. A search"
        " for equal cost runs again too.",
        "`finflow diff . again` 说明数字是否相同：内容摘要相同即数字相同。"
        "`finflow compare again` 是将新结果中的各项政策"
        "与其自身的现行政策比较，"
        "不是与本次结果比较。等成本搜索也会重新进行。",
    ),
    "time_said": Text(
        "{total} for {done} runs, if run one after another; a search for equal cost comes on top",
        "{done}次运行逐一进行共{total}；等成本搜索另计",
    ),
}
