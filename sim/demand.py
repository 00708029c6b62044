"""Phase 2: final demand, and orders passed up the tiers. Quantities are fen at birth prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.firm import ACTIVE
from agents.numeric import add_at, apportion_segments, step_persistence, step_probability
from agents.oem import demand_factor
from agents.supplier import planned_output

if TYPE_CHECKING:
    from sim.model import FinancingModel


def place_orders(model: FinancingModel) -> None:
    """Final demand of OEMs and of outside customers; orders go from tier to tier with the gaps to target stocks."""
    factor = _common_demand(model)
    _buyers_leave(model)
    firms, network, plan = model.firms, model.network, model.plan
    active = firms.status == ACTIVE
    per_step = model.step_days / 360
    speed = monthly_share(model.parameters.technology.stock_adjustment, model.months)
    weights = np.where(active[network.supplier] & (model.absent_until <= model.step_number), network.share, 0.0)

    outside = np.floor(firms.outside_sales * per_step * factor).astype(np.int64)
    plan.outside_orders = np.where(active & (firms.tier > 0), outside, 0)
    cars = np.floor(firms.annual_inputs * per_step * factor).astype(np.int64)
    plan.output = np.where((firms.tier == 0) & active & (model.oem_absent_until <= model.step_number), cars, 0)
    plan.orders, received = np.zeros(network.buyer.size, np.int64), plan.outside_orders.copy()
    for tier in range(model.tiers + 1):
        rows = model.rows_of_tier[tier]
        if tier:
            plan.output[rows] = np.where(
                active[rows],
                planned_output(
                    received[rows], firms.finished_units[rows], model.finished_target[rows], speed, firms.capacity[rows]
                ),
                0,
            )
        edges = _order_inputs(model, rows, speed, weights)
        add_at(received, network.supplier[edges], plan.orders[edges])


def monthly_share(monthly: float, months: float) -> float:
    """A monthly share over `months` of a month: 1 − (1 − share)^months."""
    return 1 - (1 - monthly) ** months


def _common_demand(model: FinancingModel) -> float:
    rules = model.parameters.demand
    persistence = float(step_persistence(rules.shock_persistence, model.step_days))
    draw = float(model.streams.normal("demand", model.step_number, 1)[0])
    model.demand_shock = persistence * model.demand_shock + rules.shock_sd * np.sqrt(1 - persistence**2) * draw
    day = model.step_number * model.step_days % 360
    return demand_factor(model.demand_shock, day, rules) * model.stress.demand(model.step_number)


def _buyers_leave(model: FinancingModel) -> None:
    """A buyer turns away from a supplier at random and comes back after a model year; never from its only one."""
    rules = model.parameters.trade
    hazard = float(step_probability(rules.buyer_leaves, model.step_days))
    uniform = model.streams.uniform("buyer_leaves", model.step_number, model.chain_edges)
    away = int(np.ceil(rules.absence_months / model.months))
    present = model.absent_until[: model.chain_edges] <= model.step_number
    leaves = np.flatnonzero((uniform < hazard) & present)
    buyer = model.network.buyer[leaves]
    leaves = leaves[model.network.buyer_start[buyer + 1] - model.network.buyer_start[buyer] > 1]
    model.absent_until[leaves] = model.step_number + away


def _order_inputs(model: FinancingModel, rows: slice, speed: float, weights: np.ndarray) -> slice:
    """Order what planned output of a tier takes and a part of the gap to its target stock of parts; on which edges."""
    firms, plan = model.firms, model.plan
    held = model.ledger.balance("firm", "input_stock")[rows]
    needed = np.ceil(plan.output[rows] * model.input_ratio[rows]).astype(np.int64)
    gap = np.trunc(speed * (model.input_target[rows] - held)).astype(np.int64)
    stopped = (firms.status[rows] != ACTIVE) | (model.input_ratio[rows] == 0) | (plan.output[rows] == 0)
    wanted = np.where(stopped, 0, np.maximum(needed + gap, 0))
    start = model.network.buyer_start[rows.start : rows.stop + 1]
    edges = slice(int(start[0]), int(start[-1]))
    plan.orders[edges] = apportion_segments(wanted, weights[edges], start - edges.start)
    return edges
