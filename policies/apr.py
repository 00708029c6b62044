"""The all-in APR: the simple annual rate that makes a borrower's promised cash flows worth nothing today.

It solves Σ CF_t / (1 + APR·t/year) = 0, fees, withheld discount and hold-back included. Rates are annual
`float64`, terms days; amounts may be in any unit, inflows to the borrower positive. The engine's year has
360 days; published figures on another day count come from the same functions with another `year`.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from agents.kernels import kernel
from agents.numeric import round_rate

BULLET_NEAR = 1e-4  # a change of the APR after which the error left is of the order of its cube

_STRIP = 128  # loans at once in `bullet_apr_each`, and where its columns begin in one array: at constant distances the
# compiler sees that they do not overlap
_RATE, _PAYMENTS, _FEE, _APR, _INTEREST, _SLOPE, _BEND, _WORTH = (_STRIP * column for column in range(8))


class EarlyPaymentCost(NamedTuple):
    """Annual cost of forgoing a discount for early payment."""

    simple: float
    effective: float


def all_in_apr(days: ArrayLike, amounts: ArrayLike, year: float = 360.0) -> float:
    """APR of the cash flows `amounts` on `days` since signing, for the borrower (received > 0, paid < 0).

    A subsidy counts on the day it is received. The root is unique when the flows turn once from in to out;
    when positive, also when their running total does (Norstrom 1972, J. of Financial and Quantitative
    Analysis 7; it holds for simple discounting too). Raises `ValueError` when the shapes differ, nothing is
    received on day 0, or the flows define no single rate.
    """
    times, flows = _by_day(days, amounts, year)
    total = float(flows.sum())

    def value(rate: float) -> float:
        return float(np.sum(flows / (1.0 + rate * times)))

    if total < 0.0 and (_turns_once(flows) or _turns_once(np.cumsum(flows))):
        low, high = 0.0, 1.0
        while value(high) < 0.0:  # ends: only the inflow of day 0 keeps its value as the rate rises
            high *= 2.0
    elif total >= 0.0 and _turns_once(flows):
        low, high = (1e-12 - 1.0) / times[-1], 0.0  # towards the pole the last payment outweighs all
    else:
        raise ValueError("the cash flows define no single rate: they must turn once from received to paid")
    return round_rate(brentq(value, low, high, xtol=1e-14))


def _by_day(days: ArrayLike, amounts: ArrayLike, year: float) -> tuple[NDArray, NDArray]:
    """Years since signing, ascending, and the net flow on each."""
    each_day, each_amount = np.asarray(days, np.float64), np.asarray(amounts, np.float64)
    if each_day.shape != each_amount.shape or each_day.ndim != 1:
        raise ValueError(f"days and amounts must be two equal lists: {each_day.shape}, {each_amount.shape}")
    unique, position = np.unique(each_day, return_inverse=True)
    net = np.bincount(position, each_amount, unique.size)
    if unique.size < 2 or unique[0] != 0.0 or not net[0] > 0.0:
        raise ValueError("the cash flows must start with money received on day 0 and go on after it")
    return unique / year, net


def _turns_once(flows: NDArray) -> bool:
    """Whether the flows, zeros left out, change sign exactly once."""
    signs = np.sign(flows[flows != 0.0])
    return int(np.count_nonzero(np.diff(signs))) == 1


def effective_rate(apr: float, days: float, year: float = 360.0) -> float:
    """The simple rate `apr` of a loan over `days`, compounded to a year."""
    return round_rate((1.0 + apr * days / year) ** (year / days) - 1.0)


def discounted_receivable_cash_flows(
    face: float, days: float, advance: float, rate: float, fee: float, year: float = 360.0
) -> tuple[NDArray, NDArray]:
    """Days and amounts, in the unit of `face`, of a receivable sold at a discount.

    The discount on the advanced share and the fee, a share of face, are withheld up front. At maturity the
    debtor's payment redeems the advance and returns the hold-back without interest, which so nets out.
    """
    advanced = face * advance
    cash = advanced * (1.0 - rate * days / year) - face * fee
    return np.array([0.0, days]), np.array([cash, -advanced])


def early_payment_cost(discount: float, discount_days: float, net_days: float, year: float = 360.0) -> EarlyPaymentCost:
    """Cost of paying in full on `net_days` instead of less `discount` on `discount_days`.

    Raises `ValueError` when the discount leaves nothing to pay or ends no sooner than the term.
    """
    if net_days <= discount_days:
        raise ValueError(f"the discount must end before the term: {discount_days} d, {net_days} d")
    days = net_days - discount_days
    simple = all_in_apr([0.0, days], [1.0 - discount, -1.0], year)
    return EarlyPaymentCost(simple, effective_rate(simple, days, year))


@kernel
def bullet_apr(rate: float, step_days: float, payments: int, fee: float = 0.0) -> float:
    """APR of a loan that pays simple interest every `step_days` and its principal with the last payment.

    `fee` is a share of principal withheld at signing. The same as `all_in_apr`, for the quote kernel. The
    present value of what is paid falls with the APR and is convex, as are all its even derivatives: Halley's method
    goes to the root from either side without overshooting.
    """
    step = step_days / 360.0
    apr = _bullet_start(rate, step, payments, fee)
    for _ in range(20):
        interest, slope, bend, worth = 0.0, 0.0, 0.0, 0.0  # of a rate of 1, of which derivatives; of the last payment
        for j in range(1, payments + 1):
            worth = 1.0 / (1.0 + apr * (j * step))
            interest += worth
            fall = worth * worth * j
            slope += fall
            bend += fall * worth * j
        change = _halley_change(rate, step, payments, fee, interest, slope, bend, worth)
        apr -= change
        if abs(change) < BULLET_NEAR:
            break
    return round_rate(apr)


@kernel
def _bullet_start(rate, step, payments, fee):
    """Where `bullet_apr` starts: its series in the rate, to the third order."""
    term = step * payments
    second = 0.5 * (term - step)
    third = 2 * second * term - term * term - 0.5 * second * (term + step) + (term + step) * (2 * term + step) / 6
    full = (rate + fee / term) / (1.0 - fee)
    return full + rate * full * (second + third * rate)


@kernel
def _halley_change(rate, step, payments, fee, interest, slope, bend, worth):
    """What a step of Halley's method takes off the APR."""
    value = rate * step * interest + worth - (1.0 - fee)
    slope = -step * (rate * step * slope + payments * worth * worth)
    bend = 2.0 * step * step * (rate * step * bend + payments * payments * worth * worth * worth)
    return 2.0 * value * slope / (2.0 * slope * slope - value * bend)


@kernel
def bullet_apr_each(rate: NDArray, step_days: float, payments: NDArray, fee: NDArray, apr: NDArray) -> None:
    """Write `bullet_apr` of each loan into `apr`, bit for bit the same; `payments` are whole float64.

    One step of Halley's method for all, several loans in one instruction; the few for which it is not enough take
    the longer way.
    """
    step, loans = step_days / 360.0, np.empty(8 * _STRIP)
    for first in range(0, rate.size, _STRIP):
        size, most = min(_STRIP, rate.size - first), 0.0
        for n in range(size):
            loans[_RATE + n], loans[_PAYMENTS + n], loans[_FEE + n] = (
                rate[first + n],
                payments[first + n],
                fee[first + n],
            )
            most = max(most, payments[first + n])
        for n in range(size):
            loans[_APR + n] = _bullet_start(loans[_RATE + n], step, loans[_PAYMENTS + n], loans[_FEE + n])
            loans[_INTEREST + n] = loans[_SLOPE + n] = loans[_BEND + n] = loans[_WORTH + n] = 0.0
        for j in range(1, int(most) + 1):
            for n in range(size):
                due = j <= loans[_PAYMENTS + n]
                worth = 1.0 / (1.0 + loans[_APR + n] * (j * step))
                fall = worth * worth * j
                loans[_INTEREST + n] += worth if due else 0.0
                loans[_SLOPE + n] += fall if due else 0.0
                loans[_BEND + n] += fall * worth * j if due else 0.0
                loans[_WORTH + n] = worth if due else loans[_WORTH + n]
        for n in range(size):
            change = _halley_change(
                loans[_RATE + n], step, loans[_PAYMENTS + n], loans[_FEE + n], loans[_INTEREST + n], loans[_SLOPE + n],
                loans[_BEND + n], loans[_WORTH + n],
            )  # fmt: skip
            loans[_APR + n] = round_rate(loans[_APR + n] - change)
            loans[_WORTH + n] = change
        for n in range(size):
            apr[first + n] = loans[_APR + n]
            if not abs(loans[_WORTH + n]) < BULLET_NEAR:
                apr[first + n] = bullet_apr(rate[first + n], step_days, int(payments[first + n]), fee[first + n])


@kernel
def discount_apr(rate: float, days: float, fee: float = 0.0) -> float:
    """APR of paper bought at a discount `rate`, withheld up front with `fee`, a share of what is advanced.

    Infinite when nothing is left to pay out.
    """
    withheld = rate * days / 360.0 + fee
    if withheld >= 1.0:
        return math.inf
    return round_rate(withheld / (1.0 - withheld) * (360.0 / days))


@kernel
def apr_timing(apr: float, rate: float) -> float:
    """The timing term of a price: what the APR adds to the sum of the named terms."""
    return round_rate(apr - rate)
