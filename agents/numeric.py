"""Exact integer money and the few special functions: one arithmetic for the whole project.

Money is int64 fen and float64 holds integers exactly only up to 2**53, so sums, products and shares of money
go through here. Scalar functions compile into other kernels; those named `*_each` take whole arrays.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from agents.kernels import inlined, kernel

FEN = 100  # fen per yuan
DAYS_PER_YEAR = 360  # 30E/360
BASIS_POINT = 1e-4

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


# --- Products and shares of money ---------------------------------------------------------------------------


@njit(cache=True)
def mul_div(a, b, c):
    """floor(a * b / c), exact, for a, b >= 0, 0 < c <= 2**60 and a result below 2**53; int64.

    The float estimate errs by at most six, so the true remainder fits int64 although the products do not:
    computed modulo 2**64 (in uint64, where wrapping is defined) it comes out exact.
    Raises ZeroDivisionError if c is 0.
    """
    quotient = np.int64(np.float64(a) * np.float64(b) / np.float64(c))
    remainder = np.int64(np.uint64(a) * np.uint64(b) - np.uint64(quotient) * np.uint64(c))
    while remainder < 0:
        remainder += c
        quotient -= 1
    while remainder >= c:
        remainder -= c
        quotient += 1
    return quotient


@kernel
def mul_div_each(a, b, c):
    """`mul_div` row by row over int64[n] arrays; ValueError if their lengths differ."""
    if not a.size == b.size == c.size:
        raise ValueError("mul_div_each needs three arrays of one length")
    result = np.empty(a.size, np.int64)
    for row in range(a.size):
        result[row] = mul_div(a[row], b[row], c[row])
    return result


def share_of(amount: IntArray, share: FloatArray | float) -> IntArray:
    """floor(amount * share) in fen, of the correctly rounded product; amounts below 2**53.

    So 30 % of 10 fen is 3 although the double nearest to 0.3 is a little less. Never above `amount` for a
    share of at most 1.
    """
    return np.floor(amount * share).astype(np.int64)


# --- Apportioning: parts that add up ------------------------------------------------------------------------


@kernel
def apportion_segments(total, weights, start):
    """Split total[n] fen (0 <= total < 2**53) over the rows start[i]:start[i+1] of weights[m]; int64[m].

    Cumulative rounding: a row gets the rounded (half down) cumulative share less the one before it. Each
    segment adds up to its total exactly; rows of no weight, and segments of no weight, get nothing.
    """
    parts = np.zeros(weights.size, np.int64)
    for segment in range(total.size):
        whole = 0.0
        for row in range(start[segment], start[segment + 1]):
            whole += weights[row]
        if whole <= 0.0:
            continue
        cumulative, given = 0.0, np.int64(0)
        for row in range(start[segment], start[segment + 1]):
            cumulative += weights[row]
            share = total[segment] * (cumulative / whole)  # the quotient ends at exactly 1
            reached = np.int64(share)
            if share - reached > 0.5:
                reached += 1
            parts[row] = reached - given
            given = reached
    return parts


def apportion(total: int, weights: ArrayLike) -> IntArray:
    """`apportion_segments` for a single total in fen."""
    shares = np.asarray(weights, np.float64)
    return apportion_segments(np.array([total], np.int64), shares, np.array([0, shares.size], np.int64))


# --- Exact sums (np.bincount with weights is float64: wrong above 2**53) ------------------------------------


@kernel
def add_at(target, index, amount):
    """target[index[k]] += amount[k] for every k, in place, int64; IndexError outside 0..n-1."""
    if index.size != amount.size:
        raise ValueError("add_at needs one amount for each index")
    for row in range(index.size):
        if not 0 <= index[row] < target.size:
            raise IndexError("add_at: index outside the target")
        target[index[row]] += amount[row]


@kernel
def sum_by(index, amount, size):
    """Sum of amount[m] for each value 0..size-1 of index[m]; int64[size]; IndexError outside it."""
    totals = np.zeros(size, np.int64)
    add_at(totals, index, amount)
    return totals


@kernel
def rows_where(flag, index):
    """Rows k of int32[m] for whose index[k] the flag bool[n] is set; int64, in order."""
    rows, found = np.empty(index.size, np.int64), 0
    for k in range(index.size):
        rows[found] = k  # kept if the next one comes behind it
        found += flag[index[k]]
    return rows[:found]


@kernel
def sum_segments(start, amount):
    """Sum of amount[start[i]:start[i+1]] for every segment; int64[n] from start[n+1]."""
    totals = np.zeros(start.size - 1, np.int64)
    for segment in range(totals.size):
        for row in range(start[segment], start[segment + 1]):
            totals[segment] += amount[row]
    return totals


# --- Rounding of rates --------------------------------------------------------------------------------------


@kernel
def round_rate(rate):
    """A rate, PD or score to 1e-10, half to even: done where it is born, lest paths hang on noise."""
    return np.rint(rate * 1e10) / 1e10


def round_rate_each(rate: ArrayLike) -> FloatArray:
    """`round_rate` over an array, bit for bit the same."""
    return np.rint(np.asarray(rate, np.float64) * 1e10) / 1e10


@kernel
def decision_key(rate):
    """A finite rate in hundredths of a basis point, int64: what choices compare, ties going by id."""
    return np.int64(np.rint(rate * 1e6))


def decision_key_each(rate: ArrayLike) -> IntArray:
    """`decision_key` over an array."""
    return np.rint(np.asarray(rate, np.float64) * 1e6).astype(np.int64)


# --- Time ---------------------------------------------------------------------------------------------------


def step_probability(annual: ArrayLike, step_days: int) -> FloatArray:
    """Probability within a step of an event that has the probability `annual` within a year of 360 days."""
    return 1.0 - (1.0 - np.asarray(annual, np.float64)) ** (step_days / DAYS_PER_YEAR)


def step_persistence(monthly_rho: ArrayLike, step_days: int) -> FloatArray:
    """Autocorrelation over a step of a process that has `monthly_rho` over 30 days."""
    return np.asarray(monthly_rho, np.float64) ** (step_days / 30)


def split_term(days: ArrayLike, step_days: int) -> tuple[IntArray, FloatArray]:
    """Spread a term in days over the two neighbouring due steps: (earlier_steps, share_later).

    The share falls due at step earlier_steps + 1, the rest at earlier_steps, which keeps the mean term.
    """
    steps, rest = np.divmod(np.asarray(days), step_days)
    return steps.astype(np.int64), rest / step_days


# --- The normal law -----------------------------------------------------------------------------------------

# Wichura (1988), Applied Statistics 37, AS 241, PPND16: numerators and denominators, constant term first.
_CENTRE = (
    (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
     1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
     3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2,
     5.3941960214247511077e3, 2.1213794301586595867e4, 3.9307895800092710610e4,
     2.8729085735721942674e4, 5.2264952788528545610e3),
)  # fmt: skip
_SHOULDER = (
    (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
     3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
     2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0,
     6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2,
     5.47593808499534494600e-4, 1.05075007164441684324e-9),
)  # fmt: skip
_TAIL = (
    (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
     2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
     2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
     1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
     1.42151175831644588870e-7, 2.04426310338993978564e-15),
)  # fmt: skip

# Gauss-Legendre, 20 points on [-1, 1]: the negative nodes and their weights.
_NODES = (
    -0.9931285991850949, -0.9639719272779138, -0.9122344282513259, -0.8391169718222188, -0.7463319064601508,
    -0.6360536807265150, -0.5108670019508271, -0.3737060887154195, -0.2277858511416451, -0.07652652113349733,
)  # fmt: skip
_WEIGHTS = (
    0.01761400713915212, 0.04060142980038694, 0.06267204833410907, 0.08327674157670475, 0.1019301198172404,
    0.1181945319615184, 0.1316886384491766, 0.1420961093183821, 0.1491729864726037, 0.1527533871307258,
)  # fmt: skip


@kernel
def _rational(coefficients, x):
    above, below = 0.0, 0.0
    for power in range(7, -1, -1):
        above = above * x + coefficients[0][power]
        below = below * x + coefficients[1][power]
    return above / below


@kernel
def normal_cdf(x):
    """Standard normal distribution function, accurate in both tails."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


@kernel
def normal_ppf(p):
    """Inverse of `normal_cdf` to a relative 1e-15 (Wichura 1988); -inf at 0, inf at 1, nan outside [0, 1]."""
    if not 0.0 < p < 1.0:
        return -math.inf if p == 0.0 else (math.inf if p == 1.0 else math.nan)
    centred = p - 0.5
    if abs(centred) <= 0.425:
        return centred * _rational(_CENTRE, 0.180625 - centred * centred)
    depth = math.sqrt(-math.log(min(p, 1.0 - p)))
    size = _rational(_SHOULDER, depth - 1.6) if depth <= 5.0 else _rational(_TAIL, depth - 5.0)
    return math.copysign(size, centred)


@kernel
def _bivariate_weak(x, y, rho):
    """For |rho| < 0.1: Φ(x)Φ(y) + φ(x)φ(y) Σ ρ^(n+1)/(n+1)! He_n(x)He_n(y), the tetrachoric series, to 1e-14."""
    total, power = 0.0, rho
    h0, h1, g0, g1 = 0.0, 1.0, 0.0, 1.0  # He_(n−1), He_n of x and of y
    for n in range(10):
        total += power * h1 * g1
        power *= rho / (n + 2)
        h0, h1 = h1, x * h1 - n * h0
        g0, g1 = g1, y * g1 - n * g0
    density = math.exp(-0.5 * (x * x + y * y)) / (2.0 * math.pi)
    return normal_cdf(x) * normal_cdf(y) + density * total


@kernel
def bivariate_nodes(rho):
    """What `bivariate_normal_cdf` needs of a correlation, once for many points: sines and 1 − sine²; float64[2, 20]."""
    nodes, angle, at = np.empty((2, 2 * len(_NODES))), math.asin(rho), 0
    for node in _NODES:
        for side in (node, -node):
            sine = math.sin(angle * (1.0 + side) / 2.0)
            nodes[0, at], nodes[1, at] = sine, 1.0 - sine * sine
            at += 1
    return nodes


@inlined
def bivariate_normal_cdf(x, y, rho, nodes):
    """P(X <= x, Y <= y) for standard normals of correlation rho in [-1, 1]; absolute error about 1e-15.

    Genz (2004), Statistics and Computing 14 (after Drezner and Wesolowsky 1990), with 20 points throughout, `nodes`
    those of rho; the tetrachoric series where the correlation is weak.
    """
    if x == -math.inf or y == -math.inf:
        return 0.0
    if x == math.inf or y == math.inf:
        return normal_cdf(min(x, y))
    if abs(rho) < 0.1:
        return max(0.0, _bivariate_weak(x, y, rho))
    if abs(rho) >= 0.925:
        return _bivariate_near_one(-x, -y, rho)
    squares, product, angle = (x * x + y * y) / 2.0, x * y, math.asin(rho)
    integral, at = 0.0, 0
    for weight in _WEIGHTS:
        for _ in range(2):
            integral += weight * math.exp((nodes[0, at] * product - squares) / nodes[1, at])
            at += 1
    return max(0.0, integral * angle / (4.0 * math.pi) + normal_cdf(x) * normal_cdf(y))


@kernel
def _bivariate_near_one(h, k, rho):
    """P(X > h, Y > k) for |rho| >= 0.925: expands around |rho| = 1, where the plain integrand has a spike."""
    if rho < 0.0:
        k = -k
    product, gap, variance = h * k, (h - k) ** 2, (1.0 - rho) * (1.0 + rho)
    integral = 0.0
    if variance > 0.0:
        c, d, half = (4.0 - product) / 8.0, (12.0 - product) / 16.0, math.sqrt(variance) / 2.0
        exponent = -(gap / variance + product) / 2.0
        if exponent > -100.0:
            series = 1.0 - c * (gap - variance) * (1.0 - d * gap / 5.0) / 3.0 + c * d * variance**2 / 5.0
            integral = 2.0 * half * math.exp(exponent) * series
        if product > -100.0:
            distance = math.sqrt(gap)
            edge = math.sqrt(2.0 * math.pi) * normal_cdf(-distance / (2.0 * half)) * distance
            integral -= math.exp(-product / 2.0) * edge * (1.0 - c * gap * (1.0 - d * gap / 5.0) / 3.0)
        for node, weight in zip(_NODES, _WEIGHTS):  # noqa: B905 - numba's zip takes no strict
            for side in (node, -node):
                square = (half * (1.0 + side)) ** 2
                root = math.sqrt(1.0 - square)
                exponent = -(gap / square + product) / 2.0
                if exponent > -100.0:
                    spike = math.exp(-product * square / (2.0 * (1.0 + root) ** 2)) / root
                    smooth = 1.0 + c * square * (1.0 + d * square)
                    integral += half * weight * math.exp(exponent) * (spike - smooth)
        integral /= -2.0 * math.pi
    if rho > 0.0:
        return max(0.0, integral + normal_cdf(-max(h, k)))
    if k <= h:
        return max(0.0, -integral)
    between = normal_cdf(k) - normal_cdf(h) if h < 0.0 else normal_cdf(-h) - normal_cdf(-k)
    return max(0.0, between - integral)
