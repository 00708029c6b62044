"""Firms in columns: the OEMs first, then the suppliers, one slot each. Money accounts are the ledger's."""

from __future__ import annotations

from typing import Final

import numpy as np

from agents.columns import Column, Population

ACTIVE: Final = 0
CLOSING: Final = 1  # closes voluntarily: collects, repays, produces nothing
ESTATE: Final = 2  # insolvent: collects, pays by legal ranking
VACANT: Final = 3  # wound up; the successor takes the slot next step

OVERDUE_CLASSES: Final = ("wages", "tax", "formal", "trade", "informal")
REACH: Final = 9  # house bank and at most eight more


class Firms(Population):
    """Core enterprises and suppliers, index = slot."""

    tier = Column(np.int8, "tier", "0 an OEM; 1 sells to it; 2 to tier 1; ...")
    subsector = Column(np.int8, "sub-sector", "Index in SUBSECTORS; -1 an OEM")
    size = Column(np.int8, "size class", "Index in SIZES, by the national size standard")
    town = Column(np.int8, "town", "Where it is")
    house_bank = Column(np.int16, "bank", "Where it keeps its deposit")
    reach = Column(np.int16, "bank", "Lenders it can ask, house bank first; -1 none", width=REACH)
    annual_sales = Column(np.int64, "fen/yr", "Normal sales of the slot at birth prices")
    annual_inputs = Column(np.int64, "fen/yr", "Normal purchases inside the chain")
    outside_sales = Column(np.int64, "fen/yr", "Normal sales to customers outside the chain")
    unit_cost = Column(np.float64, "share of price", "Standard cash cost, fixed at birth")
    input_cost = Column(np.float64, "share of price", "Part of it bought inside the chain")
    wage_cost = Column(np.float64, "share of price", "Part of it that is labour")
    capacity = Column(np.int64, "fen/step", "Most it can make in a step at birth prices")
    cash_days_out = Column(np.float64, "days", "From cost to cash: mean term of its sales")
    largest_buyer = Column(np.float64, "share", "Largest buyer's part of normal sales")
    asking_cost = Column(np.float64, "fen", "Cost of an application")

    status = Column(np.int8, "status", "ACTIVE, CLOSING, ESTATE or VACANT")
    generation = Column(np.int32, "count", "How many firms the slot has had before")
    age = Column(np.float64, "years", "Since the firm's foundation")
    first_time = Column(np.bool_, "flag", "Never had a bank loan", start=True)
    defaulted = Column(np.bool_, "flag", "Became insolvent this step, or closed leaving debts")
    estate_age = Column(np.int16, "steps", "Since it stopped")
    cost_shock = Column(np.float64, "share", "Its own unit-cost shock")
    quality = Column(np.float64, "share", "Its permanent difference of unit cost")
    finished_units = Column(np.int64, "fen at birth prices", "Finished goods in stock")

    punctuality = Column(np.float64, "share", "Smoothed paid over due; common knowledge", start=1)
    sales = Column(np.float64, "fen/yr", "Smoothed sales")
    margin = Column(np.float64, "share", "Smoothed profit over sales")
    overdue_share = Column(np.float64, "share", "Smoothed overdue over what was due")
    overdue_age = Column(np.int16, "steps", "Consecutive steps overdue by class", width=len(OVERDUE_CLASSES))
    low_equity = Column(np.int16, "steps", "Consecutive steps with net worth below the floor")
    noise_common = Column(np.float64, "standard deviations", "What all lenders misjudge of its score")
    noise_lender = Column(np.float64, "standard deviations", "What each reachable lender misjudges", width=REACH)
