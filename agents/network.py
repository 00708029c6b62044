"""Who buys from whom: the trade network as sorted edges, and the rule that draws one from sizes.

Firms are one index space: OEMs first, then suppliers; `n_firms` as a buyer stands for Outside customers.
A supplier of tier t sells to buyers of tier t - 1 (OEMs are tier 0) and to Outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from agents.numeric import FloatArray, IntArray

DEGREE_ELASTICITY: Final = 0.75  # links grow slower than size: large firms also trade more a link (assumed)
FREE_LINKS: Final = 1.25  # links over the buyers' minima, at least: large buyers need more (assumed)
SHARE_SPREAD: Final = 0.3  # standard deviation of log shares beyond what sizes explain (assumed)
BALANCING_ROUNDS: Final = 3  # where no exact balance exists, more would drive shares to 0 and 1 (assumed)


@dataclass(frozen=True)
class Links:
    """Edges between one tier of buyers and the next, not yet indexed.

    `buyer`, `supplier`: int64[E] firm numbers, no pair twice; `share`: float64[E] of the buyer's purchases,
    adding up to 1 for each buyer in it; `term_days`: float64[E], NaN where the scenario shall say it.
    """

    buyer: IntArray
    supplier: IntArray
    share: FloatArray
    term_days: FloatArray


@dataclass(frozen=True)
class Network:
    """The edges, sorted by buyer and then supplier; OEMs' come first, Outside's last.

    `buyer`, `supplier`: int32[E]; buyer `n_firms` is Outside, with exactly one edge per supplier.
    `share`: float64[E] of the buyer's purchases inside the chain, adding up to 1 for each buyer that has
    suppliers; 1 on Outside edges. `term_days`: float64[E].
    `buyer_start`: int64[n_firms + 2]: the edges of buyer b are buyer_start[b]:buyer_start[b + 1].
    `by_supplier`: int64[E], edge numbers sorted by supplier; those of firm f are
    by_supplier[supplier_start[f]:supplier_start[f + 1]], `supplier_start`: int64[n_firms + 1].
    """

    buyer: np.ndarray
    supplier: np.ndarray
    share: FloatArray
    term_days: FloatArray
    buyer_start: IntArray
    by_supplier: IntArray
    supplier_start: IntArray

    def purchases(self, rows: IntArray) -> IntArray:
        """All edges of these buyers, given in ascending order."""
        start, count = self.buyer_start[rows], self.buyer_start[rows + 1] - self.buyer_start[rows]
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        return np.repeat(start, count) + within


def index_network(links: list[Links], n_oem: int, n_firms: int, outside_days: float) -> Network:
    """Join the tiers' links, add the edges to Outside, sort, and index both sides."""
    suppliers = np.arange(n_oem, n_firms)
    outside = Links(
        buyer=np.full(suppliers.size, n_firms),
        supplier=suppliers,
        share=np.ones(suppliers.size),
        term_days=np.full(suppliers.size, outside_days),
    )
    every = [*links, outside]
    buyer = np.concatenate([part.buyer for part in every])
    supplier = np.concatenate([part.supplier for part in every])
    order = np.lexsort((supplier, buyer))
    buyer, supplier = buyer[order].astype(np.int32), supplier[order].astype(np.int32)
    by_supplier = np.argsort(supplier, kind="stable")
    return Network(
        buyer=buyer,
        supplier=supplier,
        share=np.concatenate([part.share for part in every])[order],
        term_days=np.concatenate([part.term_days for part in every])[order],
        buyer_start=_starts(buyer, n_firms + 1),
        by_supplier=by_supplier,
        supplier_start=_starts(supplier[by_supplier], n_firms),
    )


def draw_links(
    buyers: IntArray,
    suppliers: IntArray,
    purchases: FloatArray,
    sales: FloatArray,
    fewest: float,
    mean_buyers: float,
    uniforms: tuple[FloatArray, FloatArray],
) -> Links:
    """Links between `buyers` (int64[b], purchases > 0) and `suppliers` (int64[s], wanted sales > 0).

    Each supplier has `mean_buyers` on average, at least one; each buyer at least `fewest` suppliers, as far
    as there are that many (this raises the mean where both cannot hold). Larger firms have more links.
    `uniforms`: two arrays, at least as long as `link_count` says; what is beyond is ignored.
    """
    total = link_count(buyers.size, suppliers.size, fewest, mean_buyers)
    least = min(round(fewest), suppliers.size)
    bought_from = spread_degrees(purchases**DEGREE_ELASTICITY, least, suppliers.size, total)
    sold_to = spread_degrees(sales**DEGREE_ELASTICITY, 1, buyers.size, total)
    buyer, supplier = deal(bought_from, sold_to, uniforms[0][:total])
    spread = np.exp(SHARE_SPREAD * np.sqrt(12) * (uniforms[1][:total] - 0.5))
    flow = (purchases / bought_from)[buyer] * (sales / sold_to)[supplier] * spread
    share = balance_shares(buyer, supplier, flow, purchases, sales * (purchases.sum() / sales.sum()))
    return Links(buyers[buyer], suppliers[supplier], share, np.full(total, np.nan))


def link_count(buyers: int, suppliers: int, fewest: float, mean_buyers: float) -> int:
    """How many links a tier gets: what the mean asks for, as far as both sides' minima and maxima allow."""
    least = FREE_LINKS * min(round(fewest), suppliers) * buyers
    return min(max(round(mean_buyers * suppliers), suppliers, round(least)), buyers * suppliers)


def spread_degrees(weight: FloatArray, least: int, most: int, total: int) -> IntArray:
    """int64[n] adding up to `total`: `least` for each plus a part by weight, none above `most`.

    What the largest have no room for goes to the others by weight; remainders to the largest fractions.
    """
    room, extra = most - least, total - least * weight.size
    order = np.argsort(-weight, kind="stable")
    descending = weight[order]
    still_open = np.cumsum(descending[::-1])[::-1]  # weight of this one and all smaller ones
    level = (extra - room * np.arange(weight.size)) / still_open
    full = int(np.argmax(level * descending <= room * (1 + 1e-12)))  # that many have no room left
    part = np.minimum(level[full] * weight, room)
    whole = np.floor(part).astype(np.int64)
    short = extra - int(whole.sum())
    whole[np.argsort(whole - part, kind="stable")[:short]] += 1
    return least + whole


def deal(bought_from: IntArray, sold_to: IntArray, uniform: FloatArray) -> tuple[IntArray, IntArray]:
    """Pair buyers' and suppliers' link ends at random, no pair twice; sorted by buyer, then supplier.

    Like dealing cards: each buyer's ends are spread evenly, with jitter, over the pack, and each supplier
    takes as many as it has customers. A pair dealt twice moves to the buyer's next free supplier, so buyers
    keep their number of links exactly and suppliers nearly, at least one.
    """
    total = uniform.size
    buyer = np.repeat(np.arange(bought_from.size), bought_from)
    ends = np.repeat(bought_from, bought_from)
    rank = np.arange(total) - np.repeat(np.cumsum(bought_from) - bought_from, bought_from)
    supplier = np.empty(total, np.int64)
    supplier[np.argsort((rank + uniform) / ends, kind="stable")] = np.repeat(np.arange(sold_to.size), sold_to)
    apart = buyer * (2 * sold_to.size)  # keeps the running maximum inside one buyer
    supplier = np.maximum.accumulate(supplier - rank + apart) - apart + rank
    return buyer, np.minimum(supplier, sold_to.size - ends + rank)


def balance_shares(
    buyer: IntArray, supplier: IntArray, flow: FloatArray, purchases: FloatArray, sales: FloatArray
) -> FloatArray:
    """Shares float64[E] of each buyer's purchases, near those that give each supplier its wanted sales.

    Biproportional fitting (Deming and Stephan 1940) from the first guess `flow`, ending with the buyers, so
    that their shares add up to 1.
    """
    for _ in range(BALANCING_ROUNDS):
        flow = flow * (sales / np.bincount(supplier, flow, sales.size))[supplier]
        flow = flow * (purchases / np.bincount(buyer, flow, purchases.size))[buyer]
    return flow / purchases[buyer]


def _starts(sorted_keys: np.ndarray, size: int) -> IntArray:
    """Where each key 0..size-1 begins, and the end."""
    return np.searchsorted(sorted_keys, np.arange(size + 1)).astype(np.int64)
