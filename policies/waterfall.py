"""The pricing waterfall: a lender's rate as a sum of named terms.

    lender's rate = funding + operating + expected loss + capital charge + margin

Every function here is a pure function of plain numbers. Rates, shares and probabilities are annual `float64`
on a year of 360 days, terms are days and positive, money is fen. They run inside the quote kernel, once for
each firm, product and lender: what cannot be priced gets an infinite rate, which no legal cap lets through.
"""

import math
from typing import NamedTuple

import numpy as np

from agents.kernels import inlined, kernel
from agents.numeric import bivariate_normal_cdf, normal_ppf, round_rate


class Price(NamedTuple):
    """A lender's rate p.a. and the five terms that add up to it, each rounded where it is born."""

    funding: float  # transfer price of the tenor, less what a refinancing facility saves
    operating: float
    expected_loss: float
    capital: float  # the hurdle over funding, on the part that equity funds
    margin: float  # rent over break-even
    rate: float


# ---- credit risk


@kernel
def default_intensity(pd: float) -> float:
    """The constant intensity p.a. that brings default within a year with probability `pd`; infinite for 1."""
    return -math.log1p(-pd)


@kernel
def default_within(intensity: float, days: float) -> float:
    """Probability of default within `days` at a constant intensity p.a."""
    return round_rate(1.0 - math.exp(-intensity * (days / 360.0)))


@kernel
def term_default_probability(pd: float, days: float) -> float:
    """Probability of default within `days`, from the probability `pd` of default within a year."""
    return default_within(default_intensity(pd), days)


@kernel
def default_in_life(pd: float, days: float) -> float:
    """`term_default_probability` of a PD that is rounded: within a year it is the PD itself, to the last digit kept."""
    return pd if days == 360.0 else term_default_probability(pd, days)


@inlined
def joint_default_probability(pd_a: float, pd_b: float, correlation: float, nodes: np.ndarray) -> float:
    """Probability that two obligors both default: Gaussian copula, Φ₂(G(PD_a), G(PD_b); ρ).

    `nodes` are `bivariate_nodes` of the correlation. A lender with recourse, or with pledged paper, loses only then.
    """
    return round_rate(bivariate_normal_cdf(normal_ppf(pd_a), normal_ppf(pd_b), correlation, nodes))


# ---- what a lender pays for


@kernel
def fixed_cost_rate(fixed_cost_fen: float, amount_fen: float, days: float) -> float:
    """The fixed cost of a contract spread over amount and term, p.a."""
    return fixed_cost_fen / amount_fen * (360.0 / days)


@kernel
def operating_cost(fixed_cost_fen: float, amount_fen: float, days: float, running_share: float) -> float:
    """Operating cost p.a.: the fixed cost of a contract spread over amount and term, plus a running share."""
    return round_rate(fixed_cost_rate(fixed_cost_fen, amount_fen, days) + running_share)


@kernel
def capital_share(risk_weight: float, target_ratio: float) -> float:
    """Share k of a loan that equity funds; never more than the whole loan."""
    return min(risk_weight * target_ratio, 1.0)


@kernel
def capital_room(equity_fen: int, risk_weighted_assets_fen: int, lending_ratio: float) -> int:
    """Fen of risk-weighted assets a lender may add until equity is `lending_ratio` of them; at least 0."""
    return max(math.floor(equity_fen / lending_ratio) - risk_weighted_assets_fen, 0)


@kernel
def facility_relief(funding: float, facility_rate: float, share: float, capital_share: float) -> float:
    """What a refinancing facility takes off the cost of funding, p.a. of principal.

    It refinances `share` of principal, at most the debt-funded part 1 − k, and stays undrawn when it is
    dearer than own funds.
    """
    return round_rate(min(share, 1.0 - capital_share) * max(funding - facility_rate, 0.0))


# ---- competition


@kernel
def logit_margin(alpha: float, odds: float) -> float:
    """Margin 1 / (α(1 − s)) that maximises a lender's profit under logit demand, with share s = odds / (1 + odds)."""
    return round_rate((1.0 + odds) / alpha)


@kernel
def choice_odds(alpha: float, costs: np.ndarray, start: np.ndarray, outside: np.ndarray, odds: np.ndarray) -> None:
    """Write into `odds` each lender's odds s / (1 − s) of being chosen in its borrower's logit demand, at its own best
    price.

    `costs` are the break-even rates of the lenders within reach (infinite: no offer), those of borrower i from
    `start`[i] to `start`[i + 1]; `outside` its rate of the outside offer: last step's market price plus switching
    cost; finite. One pass: a lender takes its rivals at cost plus the least margin, 1/α, and answers with its own best
    price p = c + 1 / (α(1 − s(p))). With o its odds at that same least margin, those at its own best price are W(o), W
    Lambert's function.

    The odds at its *own price*, not at cost, are what keeps dp/dc = 1 − s inside (0, 1). With s taken at cost
    dp/dc = (1 − 2s) / (1 − s): a lender with over half of the demand would raise its price as its cost falls.
    """
    rivals = np.empty(costs.size)
    for i in range(outside.size):
        outside_cost = outside[i] - 1.0 / alpha  # the outside offer is a price already
        best, lowest = -1, outside_cost
        for j in range(start[i], start[i + 1]):
            if costs[j] < lowest:
                best, lowest = j, costs[j]
        # Attraction relative to the best offer, whose own is 1. That one stays out of the sum: subtracting it
        # again would lose the digits of small rivals.
        rest = math.exp(alpha * (lowest - outside_cost)) if best >= 0 else 0.0
        for j in range(start[i], start[i + 1]):
            odds[j] = 1.0 if j == best else math.exp(alpha * (lowest - costs[j]))
            if j != best:
                rest += odds[j]
        for j in range(start[i], start[i + 1]):
            rivals[j] = rest if j == best else 1.0 + rest - odds[j]
    for j in range(costs.size):
        rivals[j] = odds[j] / max(rivals[j], 1e-300)
    lambert_w(rivals, odds)


@kernel
def lambert_w(x: np.ndarray, w: np.ndarray) -> None:
    """Write W(x) for each x ≥ 0 into `w`, to a relative 3e-9, up to 10 to 1e-10: a start within 2 %, then Fritsch's
    fourth-order step.

    The start is a ratio of polynomials fitted to W(x)/x up to 10, and Winitzki's beyond. Logarithms stand in loops of
    their own, so that the others take several x in one instruction.
    """
    log = np.empty(x.size)
    for j in range(x.size):
        w[j] = x[j] * (1.0 + 0.433192 * x[j]) / (1.0 + (1.372324 + 0.160929 * x[j]) * x[j])
    for j in range(x.size):
        if x[j] >= 10.0:
            high = math.log1p(x[j])
            w[j] = high * (1.0 - math.log1p(high) / (2.0 + high))
    for j in range(x.size):
        log[j] = x[j] / w[j]
    for j in range(x.size):
        log[j] = math.log(log[j])
    for j in range(x.size):
        z = log[j] - w[j]
        q = 2.0 * (1.0 + w[j]) * (1.0 + w[j] + 2.0 / 3.0 * z)
        better = w[j] * (1.0 + z * (q - z) / ((1.0 + w[j]) * (q - 2.0 * z)))
        w[j] = x[j] if x[j] < 1e-9 else better  # W(x) = x(1 − x + …)


# ---- the price


@kernel
def price(
    funding: float,
    capital_share: float,
    hurdle: float,
    operating: float,
    loss: float,
    days: float,
    margin: float,
    relief: float = 0.0,
) -> Price:
    """The terms of a lender's rate r, which solve

        (1 + r·d/360)(1 − loss) = 1 + [f(1−k) + h·k − relief + operating + margin]·d/360

    with f `funding`, k `capital_share`, h `hurdle`, d `days` the principal-weighted life and loss = PD_d·LGD
    over it. The expected-loss term is loss·(1 + r·d/360)·360/d. A sure total loss has no price: infinite.
    """
    funding_term, operating, capital = cost_terms(funding, capital_share, hurdle, operating, relief)
    margin = round_rate(margin)
    expected_loss, rate = loss_and_rate(funding_term + operating + capital + margin, loss_odds(loss), days)
    return Price(funding_term, operating, expected_loss, capital, margin, rate)


@kernel
def cost_terms(
    funding: float, capital_share: float, hurdle: float, operating: float, relief: float = 0.0
) -> tuple[float, float, float]:
    """The terms that do not depend on loss and margin: funding, operating, capital."""
    return round_rate(funding - relief), round_rate(operating), round_rate(capital_share * (hurdle - funding))


@kernel
def loss_odds(loss: float) -> float:
    """What is lost per fen that comes back, loss / (1 − loss); infinite for a sure total loss."""
    return loss / (1.0 - loss) if loss < 1.0 else math.inf


@kernel
def loss_and_rate(cost: float, odds: float, days: float) -> tuple[float, float]:
    """The expected-loss term and the rate, where the other terms come to `cost` and the `loss_odds` to `odds`."""
    expected_loss = round_rate(odds * (360.0 / days + cost))
    return expected_loss, round_rate(cost + expected_loss)


@kernel
def break_even_rate(
    funding: float,
    capital_share: float,
    hurdle: float,
    operating: float,
    loss: float,
    days: float,
    relief: float = 0.0,
) -> float:
    """The price without a margin: a lender's cost, by which it competes."""
    return price(funding, capital_share, hurdle, operating, loss, days, 0.0, relief).rate
