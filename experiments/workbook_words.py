"""Words of the workbook in English and Chinese: heads, and what each column of the headline means."""

from typing import Final

HEADS: Final = {
    "unit": ("unit", "单位"),
    "level": ("current law", "现行政策"),
    "level_unit": ("its unit", "其单位"),
    "effect": ("{policy}: effect", "{policy}：效应"),
    "low": ("95 % from", "95%区间下限"),
    "high": ("95 % to", "95%区间上限"),
    "everything": ("All columns", "全部列"),
    "notes": ("Notes", "说明"),
    "column": ("column", "列"),
    "meaning": ("what it holds", "含义"),
    "source": (
        "{experiment}, configuration {digest}, Finflow {version}.",
        "{experiment}，配置 {digest}，Finflow {version}。",
    ),
    "window": (
        "Window: {months:g} months after {burn_in:g} of burn-in.",
        "评估期：预热{burn_in:g}个月之后的{months:g}个月。",
    ),
    "paired": (
        "Effects are differences from current law, run by run with the same seed, n = {n}; the interval is Student's.",
        "效应为与现行政策之差，同一随机种子逐次配对，n = {n}；区间为学生氏t区间。",
    ),
}

COLUMN_NOTES: Final = {
    "window": ("months of the evaluation that are meant", "评估期内的月份范围"),
    "section": ("part of the headline", "所属部分"),
    "measure": ("what is measured", "指标"),
    "id": ("name of the indicator in the tables of the run", "指标在结果表中的名称"),
    "group": ("whom it is measured of", "统计对象"),
    "policy": ("the policy that is compared with current law", "与现行政策比较的政策"),
    "unit": ("unit of the effect and of all that bounds it", "效应及其区间的单位"),
    "level_unit": ("unit of the level under current law", "现行政策水平的单位"),
    "current_law": ("mean level under current law", "现行政策下的平均水平"),
    "effect": ("mean paired difference from current law", "与现行政策配对差的均值"),
    "low": ("lower end of its 95 % interval (Student)", "95%区间下限（学生氏t）"),
    "high": ("upper end", "上限"),
    "n": ("replications compared", "配对的重复次数"),
    "verdict": ("higher, lower, identical, or cannot be told apart", "更高、更低、相同或无法区分"),
    "variance_reduction": ("how many times pairing lowers the variance", "配对使方差降低的倍数"),
    "doubt_low": ("10 % quantile of the effect over other parameter values", "其他参数取值下效应的10%分位"),
    "doubt_high": ("90 % quantile", "90%分位"),
    "worlds": ("how many other parameter values were tried", "其他参数取值的个数"),
    "same_sign": ("in how many of them the effect keeps its sign", "其中效应符号不变的个数"),
    "boot_low": ("lower end of the 95 % bootstrap interval", "自助法95%区间下限"),
    "boot_high": ("upper end", "上限"),
    "p": ("p-value of no difference", "无差异假设的p值"),
    "p_holm": ("the same after Holm's correction over the policies of the line", "对本行各政策作霍尔姆校正后的p值"),
    "verdict_holm": ("verdict after that correction", "校正后的结论"),
    "needed": ("about how many replications would tell the difference apart", "大约需要多少次重复才能区分"),
}

VERDICTS: Final = {
    "higher": "更高",
    "lower": "更低",
    "identical": "相同",
    "cannot be told apart": "无法区分",
    "not defined": "无定义",
    "": "",
}
