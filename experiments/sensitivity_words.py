"""Words of `finflow sensitivity`: what is said of indices, of interactions, and of what a verdict hangs on."""

from typing import Final

SENSITIVITY_WORDS: Final[dict[str, tuple[str, str]]] = {
    # What a verdict hangs on
    "hinge_own": (
        "{policy}, {measure}: {own} at the scenario's own values; its sign holds at {same} of {points} points.",
        "{policy}，{measure}：情景自身取值下为{own}；设计的{points}个点中{same}个符号相同。",
    ),
    "hinge_no_verdict": (
        "{policy}, {measure}: {own} at the scenario's own values cannot be told apart from 0, so that there is no"
        " verdict yet to hang on a parameter.",
        "{policy}，{measure}：情景自身取值下为{own}，无法与0区分，尚无结论可言取决于某个参数。",
    ),
    "hinge_unknown": (
        "{policy}, {measure}: fewer than two pairs of runs at the scenario's own values, so that there is no verdict.",
        "{policy}，{measure}：情景自身取值的配对运行不足两对，没有结论。",
    ),
    "hinge_first": (
        "Of {assumed} assumed parameters varied, it hangs most on {items}{rest}.",
        "在所变动的{assumed}个假设参数中，它最取决于{items}{rest}。",
    ),
    "hinge_item": ("{axis} ({index}; {sign})", "{axis}（{index}；{sign}）"),
    "hinge_rest": (
        "; indices of {names} are large, too, but no more than luck would make them",
        "；{names}的指数也较大，但不超过随机误差所致",
    ),
    "hinge_mu_star": ("{index} ± {conf} {unit} over its range", "全区间平均变化{index}±{conf}{unit}"),
    "hinge_total": (
        "{index} ± {conf} of the variance over points",
        "占各点方差的{index}±{conf}",
    ),
    "sign_holds": ("the sign holds in both halves of it", "区间上下半段符号相同"),
    "sign_changes": ("the sign changes from one half of it to the other", "区间上下半段符号相反"),
    "sign_cannot be told": ("the sign is not clear in both halves of it", "并非上下半段符号均明确"),
    "hinge_few": (
        "Too few trajectories or blocks are whole to say on which parameters it hangs.",
        "完整的轨迹或分块过少，无法说明取决于哪些参数。",
    ),
    "hinge_flat": (
        "None of the {assumed} assumed parameters varied moves it.",
        "所变动的{assumed}个假设参数均不影响它。",
    ),
    "hinge_none_assumed": (
        "No assumed parameter was varied, so that nothing can be told of them.",
        "没有变动任何假设参数，无从判断。",
    ),
    "hinge_luck_unknown": (
        "One replication at each point: what luck alone would do is not known, and the order may be luck.",
        "每点仅一次重复：不知随机误差本身的影响，上述次序可能出于随机误差。",
    ),
    "hinge_luck": (
        "None of {assumed} assumed parameters varied can be seen to move it by more than luck would ({floor}); largest"
        " are {names}. More replications at each point would tell more.",
        "未见所变动的{assumed}个假设参数对它的影响超过随机误差所致（{floor}）；最大的是{names}。每点增加重复次数可进一步判断。",
    ),
    "hinge_others": (
        "{others} other assumed parameters stayed at their values: of them this says nothing.",
        "另有{others}个假设参数未变动，对其不作判断。",
    ),
    # Charts
    "alt_sensitivity": (
        "Bars with intervals: how strongly current law's level and each policy's effect move with each varied"
        " parameter, a panel each.",
        "带区间的条形图：现行政策水平与各政策效应对每个变动参数的敏感程度，各占一栏。",
    ),
    "alt_interactions": (
        "Triangular heat maps: each lever's own effect on the diagonal, the interaction of every two below it.",
        "三角热力图：对角线为各政策单独效应，其下为两两交互作用。",
    ),
    "sensitivity_level": ("Level under current law", "现行政策下的水平"),
    "sensitivity_effect": ("Effect of {policy}", "{policy}的效应"),
    "sensitivity_mean": ("mean {mean}", "均值{mean}"),
    "axis_mu_star": ("mean change over the whole range, {unit}", "全区间平均变化，{unit}"),
    "axis_total": ("share of the variance over points", "占各点方差的份额"),
    "sensitivity_finding": (
        "{measure}: what '{policy}' does to it moves most with {axis}, {index}",
        "{measure}：{policy}的效应随{axis}变化最大，{index}",
    ),
    "sensitivity_finding_level": (
        "{measure} under current law moves most with {axis}, {index}",
        "现行政策下{measure}随{axis}变化最大，{index}",
    ),
    "sensitivity_finding_luck": (
        "{measure}: no varied parameter can be seen to move an effect by more than luck would",
        "{measure}：未见任何变动参数对效应的影响超过随机误差所致",
    ),
    "sensitivity_finding_unknown": (
        "{measure}: one replication at each point cannot tell parameters from luck",
        "{measure}：每点仅一次重复，无法将参数与随机误差区分",
    ),
    "size_mu_star": ("by {index} {unit} over its range", "全区间变化{index}{unit}"),
    "size_total_over": ("how much of the variance, so few blocks cannot say", "分块过少，占方差多少尚无法定量"),
    "size_total": ("{index} of the variance", "占方差{index}"),
    "foot_morris": (
        "Morris, {units} of {planned} trajectories, replications a point: {replications}; whiskers: 95 % intervals of"
        " the mean, very wide ones cut off; hollow: σ, curvature and interactions",
        "Morris法，{planned}条轨迹中{units}条，每点{replications}次重复；须线：均值的95%区间，过宽者截断；空心点：σ，反映非线性与交互",
    ),
    "foot_sobol": (
        "Sobol, {units} of {planned} blocks, replications a point: {replications}; pale: total, dark: first order;"
        " whiskers: 95 % intervals by bootstrap, very wide ones cut off",
        "Sobol法，{planned}个分块中{units}个，每点{replications}次重复；浅色：总效应，深色：一阶；须线：自助法95%区间，过宽者截断",
    ),
    "foot_luck": (
        "dashed: what luck alone would make of it; grey: not told from it",
        "虚线：仅由随机误差所致的大小；灰色：无法与之区分",
    ),
    "foot_shown": ("{shown} of {all} policies shown, all in the table", "图示{all}项政策中的{shown}项，全部见表"),
    "foot_axes": ("{shown} of {all} parameters shown, all in the table", "图示{all}个参数中的{shown}个，全部见表"),
    "interactions_panel": ("{measure}, {unit}", "{measure}，{unit}"),
    "interactions_off": ("none switched: {level}", "均未切换：{level}"),
    "interactions_law": ("current law: {level}", "现行政策：{level}"),
    "interactions_finding": (
        "{measure}: '{one}' and '{other}' together move it by {size} {unit} beyond what each does",
        "{measure}：{one}与{other}合用，在各自效应之外再变化{size}{unit}",
    ),
    "interactions_none": (
        "{measure}: no two levers of '{policy}' interact as far as {n} replications can tell",
        "{measure}：在{n}次重复下，{policy}中未见两项政策之间的交互作用",
    ),
    "foot_interactions": (
        "framed: each lever by itself, averaged over the others' settings; below: (both − one) − (other − neither);"
        " blue: down, orange: up",
        "带框：各政策单独效应，对其余政策的开关取平均；其下：（两者−其一）−（另一−皆无）；蓝色：下降，橙色：上升",
    ),
    "foot_interactions_n": (
        "{n} of {planned} replications with all {runs} combinations; ± half the 95 % interval; grey: cannot be told"
        " apart from 0; †: not after Holm's correction",
        "{planned}次重复中{n}次具备全部{runs}种组合；±为95%区间的一半；灰色：无法与0区分；†：经霍尔姆校正后不显著",
    ),
}
