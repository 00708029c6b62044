"""The proposals of one firm in the order made: what it proposed, what was held then and in the end."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim import credit_market
from sim.holding import Demands
from sim.matching import Room, match
from sim.ranking import Ranked, by_place

if TYPE_CHECKING:
    from sim.model import FinancingModel


class Matched(NamedTuple):
    """All that a match starts from, as the step's own call of `sim.matching.match` had it."""

    rounds: int
    ticket: int
    reach: Any
    ranked: Ranked
    reason: Any
    advance: Any
    weight: Any
    paper: Any
    use: Any
    demands: Demands
    room: Room


class Proposal(NamedTuple):
    """One proposal; amounts in fen. `at_first` is held after its own round, `held` in the end."""

    round: int
    product: int  # row of the products on offer
    place: int  # version × position in the firm's reach
    proposed: int
    at_first: int
    held: int


def match_watched(model: FinancingModel) -> Matched:
    """Do phase 6 of the model's step and return what its match started from.

    The step's own call is copied on its way, so that what is shown cannot differ from what was run.
    """
    started: list[Matched] = []

    def watched(*arguments: Any) -> Any:
        started.append(Matched(*copy.deepcopy(arguments)))
        return match(*arguments)

    credit_market.match = watched
    try:
        credit_market.match_and_draw(model)
    finally:
        credit_market.match = match
    return started[0]


def proposals_of(row: int, start: Matched) -> list[Proposal]:
    """What asker `row` proposed, round by round: the match is run again with one round more each time."""
    made: list[tuple[int, int, int, int, int]] = []
    held: list[int] = []
    demands, seen = start.demands, 0
    for rounds in range(1, start.rounds + 1):
        again = copy.deepcopy(start)._replace(rounds=rounds)
        after = match(*again)
        mine = np.flatnonzero(after.asker == row)
        if mine.size > len(made):
            product, place = int(after.product[mine[-1]]), int(after.place[mine[-1]])
            proposed = _proposed(row, product, place, start, demands)
            made.append((rounds, product, place, proposed, int(after.amount[mine[-1]])))
        held = after.amount[mine].tolist()
        if after.asker.size == seen:
            break
        demands, seen = again.demands, after.asker.size
    return [Proposal(*proposal, last) for proposal, last in zip(made, held, strict=True)]


def apr_of(row: int, product: int, place: int, start: Matched) -> int:
    """APR of an offer, hundredths of a bp."""
    products, versions = start.use.shape[1:3]
    _, key, _ = by_place(start.ranked.of(row), products, versions, start.reach.shape[1])
    return int(key[0, product, place])


def _proposed(row: int, product: int, place: int, start: Matched, demands: Demands) -> int:
    """What the firm proposes: its open tranches worth the price, within what product and lender allow it."""
    worth = demands.reservation[row] >= apr_of(row, product, place, start)
    wanted = int(demands.open[row][worth].sum())
    kinds = start.paper[product]
    if kinds.any():
        most = int(np.floor(demands.paper[row, kinds].sum() * start.advance[product]))
    else:
        most = int(demands.on_sales[row, product])
    return min(wanted, most, int(demands.single_name[row, place % start.reach.shape[1]]))
