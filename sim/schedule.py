"""The step, as one visible tuple."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sim import (
    accrual,
    behaviour,
    carriers,
    credit_market,
    demand,
    facilities,
    insolvency,
    lenders,
    liquidity,
    recorder,
    settlement,
    shocks,
    trade,
)

Process = Callable[[Any], None]

STEP: Final[tuple[Process, ...]] = (
    accrual.open_period,  # 1 interest and penalties accrue, recourse is called, paper is freed
    facilities.open_period,  # 1 levers start and end; quotas and budgets are split among lenders
    lenders.balance_reserves,  # 1 Outside's deposits move, reserves keep their ratio
    shocks.strike,  # 2 unit costs move, rare losses strike
    demand.place_orders,  # 2 final demand; orders passed up the tiers
    liquidity.plan_liquidity,  # 3 each firm's financing need in three tranches; who asks
    credit_market.ask,  # 4 scores and noise; what each asker is eligible for
    credit_market.quote_prices,  # 5 lenders price what is eligible, term by term
    credit_market.match_and_draw,  # 6 deferred acceptance under limits; draw-down; informal lenders
    trade.produce_and_invoice,  # 7 goods made and shipped, costs accrue, receivables born; no money moves
    settlement.settle,  # 8 everything due, at once, by priority; plant and owners last
    carriers.call_guarantees,  # 9 guarantor and funds repay loans that are overdue for long enough
    insolvency.resolve,  # 9 successors, insolvencies, closures; estates wound up: who bears the loss
    facilities.refinance,  # 10 what the central bank refinances follows the loans behind it
    lenders.keep_books,  # 10 deposits, costs, provisions, write-offs, capital
    behaviour.adapt,  # 11 firms close their books; approval rates and prices are remembered
    recorder.close_period,  # 12 public accounts, standing facility, books proved, indicators written
)
