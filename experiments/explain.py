"""`finflow explain`: what one firm needed, asked, was quoted and paid in one step of a stored run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from experiments.errors import ConfigError, Origin
from experiments.firm_tables import money, show
from experiments.reforms import BASELINE
from experiments.replay import Replay, born
from experiments.terminal import terminal

if TYPE_CHECKING:
    from experiments.firm_step import Facts

_FIRM: Final = re.compile(r"(?:(oem|supplier)\s+)?(\d+)", re.IGNORECASE)
_NO_NEED: Final = {
    "oem": "{name} sells for cash and has no need to finance: it asks no bank and borrows nothing.",
    "vacant": "Slot {slot} is vacant in this step: its last firm was wound up, the next one comes later.",
    "estate": "{name} is insolvent: its estate collects and pays by legal ranking, and asks for nothing.",
    "closing": "{name} is closing down: it collects, pays its debts and asks for nothing.",
}


def explain(
    folder: Path, firm: str, step: int, form: str = "table", replication: int = 0, policy: str = BASELINE, draw: int = 0
) -> None:
    """Run `folder`'s replication again up to `step` and print the account of `firm`; `form` table or json.

    `firm` is a slot as in the firms' records, "supplier K" as in events, or "OEM K". Raises ConfigError for
    a firm, step or replication that there isn't, StoreError if the run can't be had again.
    """
    replay = born(folder, step, replication, policy, draw)
    slot = slot_of(firm, replay.model.oems, replay.model.firms.slots)
    facts = account_of(replay, slot)
    if form == "json":
        print(json.dumps(facts, ensure_ascii=False, indent=1))
        return
    show(facts, terminal())


def slot_of(text: str, oems: int, slots: int) -> int:
    """The slot that `text` means; ConfigError if there is none."""
    match = _FIRM.fullmatch(text.strip())
    if match:
        kind, number = (match[1] or "").lower(), int(match[2])
        slots_of_kind = {"oem": range(oems), "supplier": range(oems, slots)}.get(kind, range(slots))
        if number < len(slots_of_kind):
            return slots_of_kind[number]
    allowed = f"a slot from {oems} to {slots - 1}, supplier 0 to {slots - oems - 1}, OEM 0 to {oems - 1}"
    raise ConfigError(f"found {text}", Origin("--firm"), allowed=allowed)


def account_of(replay: Replay, slot: int) -> Facts:
    """All that is shown, as plain data; money in fen, rates as fractions a year."""
    from experiments.firm_step import observe

    replay.go()
    facts = observe(replay.model, slot)
    units = {"money": "fen", "rates": "share a year"}
    return {"run": replay.said(), "units": units, "said": said(facts)} | facts


def said(facts: Facts) -> str:
    """The outcome in a sentence or two."""
    firm, asking = facts["firm"], facts["asking"]
    name, need = f"{firm['name'][0].upper()}{firm['name'][1:]}", money(asking["need"])
    why = _NO_NEED.get("oem" if firm["oem"] else firm["status"])
    if why:
        return why.format(name=name, slot=firm["slot"])
    if asking["decision"] == "no need":
        return f"{name} needs nothing: cash and expected collections cover dues, production and buffer."
    if asking["decision"] == "below ticket":
        ticket = money(facts["rules"]["smallest_ticket"])
        return f"{name} needs {need}, less than the smallest loan of {ticket}: it does not ask."
    weighed = f"benefit {money(asking['benefit'])} against a cost of {money(asking['cost'])}"
    if asking["decision"] == "discouraged":
        return f"{name} needs {need} and is discouraged: asking is not worth it, {weighed}."
    if not facts["rules"]["market_open"]:
        return f"{name} needs {need} and would ask, but the credit market is closed."
    offers = sum(offer["offered"] for offer in facts["offers"])
    drawn = money(sum(contract["amount"] for contract in facts["drawn"]))
    return f"{name} needs {need}, asks ({weighed}), gets {offers} offers and draws {drawn}."
