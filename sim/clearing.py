"""Settlement of everything due at once: the greatest clearing vector, in whole fen.

Eisenberg and Noe (2001), Management Science 47, with senior claims and the default costs of Rogers and
Veraart (2013), Management Science 59. Every part of a debtor's payment is rounded down, so the map from what
firms receive to what they pay is monotone on integers and a greatest fixed point exists (Tarski), whatever
the order of computation. Over the strongly connected components in topological order nearly every firm takes
one exact pass. The others start from everything paid in full, the one start that is surely not below the
greatest fixed point.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from agents.kernels import kernel
from agents.numeric import IntArray, mul_div
from agents.threads import in_blocks

MAX_SWEEPS = 1_000  # a ring that leaks little may need millions: past this, pay upwards from zero instead


class ClearingOrder(NamedTuple):
    """Strongly connected components of a debtor -> creditor network, debtors before their creditors."""

    order: IntArray  # [n] nodes by component, by id inside one
    component_start: IntArray  # [c + 1] component i is order[component_start[i]:component_start[i + 1]]
    component: IntArray  # [n] component of each node
    cyclic: np.ndarray  # bool[c] several nodes, or one that owes itself: needs iteration


class Dues(NamedTuple):
    """What n nodes have and owe, int64 fen, none negative; m items in CSR order of their debtor."""

    cash: IntArray  # [n] at hand before anything is paid
    senior: IntArray  # [n] wages, tax, banks: paid first, leaves the system
    pool: IntArray  # [n] then paid pro rata: at least the sum of its items, the rest goes outside
    item_start: IntArray  # [n + 1] items of node i are item_start[i]:item_start[i + 1]
    due: IntArray  # [m]
    cap: IntArray  # [m] what a bank takes first of the item (sold or pledged paper); only the excess arrives
    creditor: IntArray  # [m] node that is paid, -1 outside the system


class Settlement(NamedTuple):
    """Who pays what; what rounding leaves of `paid` stays with the debtor."""

    paid: IntArray  # [n] what a node may spend on senior claims and pool together
    item_paid: IntArray  # [m]
    sweeps: int  # of the component that took most; 1 in an acyclic network
    unsettled: int  # components that met MAX_SWEEPS: payable, but part of what could be paid stays due


class _Books(NamedTuple):
    """Working state: at any time income is what the current item payments bring."""

    income: IntArray
    pool_paid: IntArray
    paid: IntArray
    item_paid: IntArray


def clearing_order(n: int, debtor: IntArray, creditor: IntArray) -> ClearingOrder:
    """Order the n nodes of a static network of edges debtor[m] -> creditor[m] (-1: outside) for `clear`."""
    inside = creditor >= 0
    debtor, creditor = debtor[inside], creditor[inside]
    edges = csr_array((np.ones(debtor.size, np.int8), (debtor, creditor)), shape=(n, n))
    count, label = connected_components(edges, directed=True, connection="strong")
    smallest_node = np.unique(label, return_index=True)[1]
    by_smallest_node = np.empty(count, np.int64)  # the labels' own order is not documented
    by_smallest_node[np.argsort(smallest_node)] = np.arange(count)
    label = by_smallest_node[label]

    between = label[debtor] != label[creditor]
    rank = _topological_rank(count, label[debtor][between], label[creditor][between])
    component = rank[label]
    size = np.bincount(component, minlength=count)
    cyclic = size > 1
    cyclic[component[debtor[debtor == creditor]]] = True
    component_start = np.concatenate(([0], np.cumsum(size))).astype(np.int64)
    order = np.argsort(component, kind="stable").astype(np.int64)
    return ClearingOrder(order, component_start, component, cyclic)


def _topological_rank(count: int, tail: IntArray, head: IntArray) -> IntArray:
    """Rank of each of `count` vertices of an acyclic graph, every tail before its head.

    By depth, then by vertex: in a tiered network the kernels then run through memory nearly in sequence.
    """
    start = np.concatenate(([0], np.cumsum(np.bincount(tail, minlength=count)))).astype(np.int64)
    successor = head[np.argsort(tail, kind="stable")]
    depth = _depth(start, successor, np.bincount(head, minlength=count).astype(np.int64))
    rank = np.empty(count, np.int64)
    rank[np.argsort(depth, kind="stable")] = np.arange(count)
    return rank


@kernel
def _depth(start, successor, waiting_for):
    """Edges on the longest path that ends at each vertex (Kahn 1962); uses up the in-degrees given."""
    depth = np.zeros(waiting_for.size, np.int64)
    ready, last = np.empty(waiting_for.size, np.int64), 0
    for vertex in range(waiting_for.size):
        if waiting_for[vertex] == 0:
            ready[last] = vertex
            last += 1
    for first in range(waiting_for.size):
        vertex = ready[first]
        for edge in range(start[vertex], start[vertex + 1]):
            after = successor[edge]
            depth[after] = max(depth[after], depth[vertex] + 1)
            waiting_for[after] -= 1
            if waiting_for[after] == 0:
                ready[last] = after
                last += 1
    return depth


def clear(order: ClearingOrder, dues: Dues, cash_recovery: float = 1.0, claim_recovery: float = 1.0) -> Settlement:
    """Settle `dues` by the greatest clearing vector; each item must run along an edge of the order's network.

    A node that cannot pay senior claims and pool in full keeps only the floor of `cash_recovery` of its cash
    and of `claim_recovery` of its income from items (default costs; 1.0 is none). Past MAX_SWEEPS a component
    starts again from nothing paid and pays upwards, every sweep out of what was received by then.
    Raises ValueError for a negative amount, items above their pool, an item against the order, or a recovery
    outside [0, 1].
    """
    if not (0.0 <= cash_recovery <= 1.0 and 0.0 <= claim_recovery <= 1.0):
        raise ValueError(f"recoveries must lie in [0, 1], got {cash_recovery} and {claim_recovery}")
    _check(order, dues)
    n, m = dues.cash.size, dues.due.size
    books = _Books(np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(m, np.int64))
    sweeps, unsettled = _settle(order, dues, books, cash_recovery, claim_recovery)
    return Settlement(books.paid, books.item_paid, sweeps, unsettled)


def _check(order: ClearingOrder, dues: Dues) -> None:
    """Raise ValueError for dues that `clear` cannot take."""
    faulty: list[int] = []
    in_blocks(lambda first, end: faulty.append(_first_faulty(order, dues, first, end)), dues.cash.size, 20.0)
    node = min(faulty)
    if node < dues.cash.size:
        raise ValueError(f"node {node}: negative amount, items above its pool, or an item against the clearing order")


@kernel
def _first_faulty(order, dues, begin, end):
    """The first node of begin..end−1 with a negative amount, items above its pool, or an item against the order; the
    number of all nodes if none has."""
    cash, senior, pool, item_start, due, cap, creditor = dues
    for node in range(begin, end):
        own, total = order.component[node], np.int64(0)
        faulty = cash[node] < 0 or senior[node] < 0
        for item in range(item_start[node], item_start[node + 1]):
            total += due[item]
            faulty |= due[item] < 0 or cap[item] < 0
            if creditor[item] >= 0:
                other = order.component[creditor[item]]
                faulty |= other < own or (other == own and not order.cyclic[own])
        if faulty or total > pool[node]:
            return node
    return cash.size


@kernel
def _settle(order, dues, books, cash_recovery, claim_recovery):
    """Clear component after component; (sweeps of the one that took most, how many did not come to rest)."""
    most_sweeps, unsettled, done = 1, 0, np.int64(0)
    for component in range(order.cyclic.size):
        if not order.cyclic[component]:
            continue
        first, last = order.component_start[component], order.component_start[component + 1]
        _sweep(order.order, done, first, dues, books, cash_recovery, claim_recovery)  # single firms: exact
        total = 0
        for in_full in (True, False):  # from nothing paid only if it does not come to rest from all paid in full
            sweeps, still = _iterate(order.order, first, last, in_full, dues, books, cash_recovery, claim_recovery)
            total += sweeps
            if still:
                break
            unsettled += in_full
        most_sweeps, done = max(most_sweeps, total), last
    _sweep(order.order, done, order.order.size, dues, books, cash_recovery, claim_recovery)
    return most_sweeps, unsettled


@kernel
def _iterate(order, begin, end, in_full, dues, books, cash_recovery, claim_recovery):
    """Sweep order[begin:end], a component, until nothing moves, at most MAX_SWEEPS times, from every pool paid in full
    or from nothing paid: (sweeps, whether it came to rest)."""
    _, _, pool, item_start, due, cap, creditor = dues
    income, pool_paid, _, item_paid = books
    for place in range(begin, end):
        node = order[place]
        pool_paid[node] = pool[node] if in_full else 0
        first, last = item_start[node], item_start[node + 1]
        _pay_items(first, last, pool_paid[node], pool[node], due, cap, creditor, item_paid, income)
    for sweep in range(1, MAX_SWEEPS + 1):
        if not _sweep(order, begin, end, dues, books, cash_recovery, claim_recovery):
            return sweep, True
    return MAX_SWEEPS, False


@kernel
def _sweep(order, begin, end, dues, books, cash_recovery, claim_recovery):
    """Let each node of order[begin:end] pay out of what it has by now (Gauss-Seidel); whether any payment changed."""
    cash, senior, pool, item_start, due, cap, creditor = dues
    income, pool_paid, paid, item_paid = books
    changed = False
    for place in range(begin, end):
        node = order[place]
        resources = cash[node] + income[node]
        if resources < senior[node] + pool[node]:
            resources = np.int64(cash_recovery * cash[node]) + np.int64(claim_recovery * income[node])
        to_pool = min(max(resources - senior[node], 0), pool[node])
        paid[node] = min(resources, senior[node]) + to_pool
        if to_pool != pool_paid[node]:
            pool_paid[node] = to_pool
            first, last = item_start[node], item_start[node + 1]
            _pay_items(first, last, to_pool, pool[node], due, cap, creditor, item_paid, income)
            changed = True
    return changed


@kernel
def _pay_items(first, last, amount, pool, due, cap, creditor, item_paid, income):
    """Replace what the items of one node are paid, and with it what they bring their creditors."""
    for item in range(first, last):
        before = item_paid[item]
        now = due[item] if amount == pool else mul_div(amount, due[item], pool)
        item_paid[item] = now
        if creditor[item] >= 0:
            income[creditor[item]] += max(0, now - cap[item]) - max(0, before - cap[item])
