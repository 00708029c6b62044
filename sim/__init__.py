"""Moves time and money: the schedule, markets, ledger, settlement, indicators."""
