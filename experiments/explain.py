"""`finflow explain`: what one firm needed, asked, was quoted and paid in one step of a stored run, term by term."""

from __future__ import annotations

import json
import re
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

from experiments.errors import ConfigError, Origin
from experiments.replay import Replay, born
from experiments.terminal import terminal

if TYPE_CHECKING:
    from experiments.firm_step import Facts

_FIRM: Final = re.compile(r"(?:(oem|supplier)\s+)?(\d+)", re.IGNORECASE)
_TRANCHES: Final = {
    "dues": "dues that cash leaves open",
    "production": "production cost",
    "buffer": "buffer, plant, owners, dearer debt",
}
_PAPER: Final = {
    "receivable_pledge": "accounts",
    "recourse_factoring": "accounts in the chain",
    "factoring": "accounts in the chain",
    "bill_discount": "bills",
}
_LIMITS: Final = {
    "capital": "its capital is used up",
    "stable_funding": "its stable funding is used up",
    "single_name": "its limit on one name",
}
_NO_NEED: Final = {
    "oem": "{name} sells for cash and has no need to finance: it asks no bank and borrows nothing.",
    "vacant": "Slot {slot} is vacant in this step: its last firm was wound up, the next one comes later.",
    "estate": "{name} is insolvent: its estate collects and pays by legal ranking, and asks for nothing.",
    "closing": "{name} is closing down: it collects, pays its debts and asks for nothing.",
}


def explain(folder: Path, firm: str, step: int, form: str = "table", replication: int = 0) -> None:
    """Run `folder`'s replication again up to `step` and print the account of `firm`; `form` table or json.

    `firm` is a slot as in the firms' records, "supplier K" as in events, or "OEM K". Raises ConfigError for a firm,
    step or replication that there isn't, StoreError if the run can't be had again.
    """
    replay = born(folder, step, replication)
    slot = slot_of(firm, replay.model.oems, replay.model.firms.slots)
    facts = account_of(replay, slot)
    if form == "json":
        print(json.dumps(facts, ensure_ascii=False, indent=1))
        return
    show(facts, terminal())


def slot_of(text: str, oems: int, slots: int) -> int:
    """The slot that `text` means; ConfigError if there is none."""
    match = _FIRM.fullmatch(text.strip())
    kind, number = (match[1] or "").lower(), int(match[2]) if match else -1
    first, end = {"oem": (0, oems), "supplier": (oems, slots)}.get(kind, (0, slots))
    slot = number + (first if kind else 0)
    if match is None or not first <= slot < end:
        allowed = f"a slot from {oems} to {slots - 1}, supplier 0 to supplier {slots - oems - 1}, OEM 0 to OEM {oems - 1}"
        raise ConfigError(f"found {text}", Origin("--firm"), allowed=allowed)
    return slot


def account_of(replay: Replay, slot: int) -> Facts:
    """All that is shown, as plain data; money in fen, rates as fractions a year."""
    from experiments.firm_step import observe

    replay.go()
    facts = observe(replay.model, slot)
    return {"run": replay.said(), "units": {"money": "fen", "rates": "share a year"}, "said": said(facts)} | facts


def said(facts: Facts) -> str:
    """The outcome in a sentence or two."""
    firm, asking = facts["firm"], facts["asking"]
    why = _NO_NEED.get("oem" if firm["oem"] else firm["status"])
    if why:
        return why.format(**firm)
    name, need = f"{firm['name'][0].upper()}{firm['name'][1:]}", money(asking["need"])
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
    offers, drawn = sum(offer["offered"] for offer in facts["offers"]), sum(each["amount"] for each in facts["drawn"])
    return f"{name} needs {need}, asks ({weighed}), gets {offers} offers and draws {money(drawn)}."


def show(facts: Facts, console: Console) -> None:
    """Print the account as tables, those that say something."""
    run = facts["run"]
    where = f"Step {run['step']} ({run['period']}), replication {run['replication']}, {run['experiment']}"
    console.print(f"[bold]{facts['said']}[/bold]\n{where}.", highlight=False)
    parts: dict[str, Table] = {"The firm": _who(facts["firm"])}
    if not facts["firm"]["oem"] and facts["firm"]["status"] == "active":
        parts["Its plan"] = _liquidity(facts["liquidity"])
        parts["Its need, and whether to ask"] = _need(facts)
    if facts["offers"]:
        parts["Offers and refusals, by product the cheapest first"] = _offers(facts)
    if facts["proposals"]:
        parts["Its proposals"] = _proposals(facts["proposals"])
    if facts["drawn"]:
        parts["What it drew, and the price term by term"] = _price(facts["drawn"])
    if facts["asking"]["need"]:
        parts["What banks left open"] = _rest(facts["rest"], facts["liquidity"]["production"])
    for title, table in parts.items():
        console.print(f"\n[italic]{title}[/italic]")
        console.print(table)


def _table(*heads: str, right: tuple[str, ...] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=any(heads))
    for head in heads:
        table.add_column(head, justify="right" if head in right else "left", overflow="fold")
    return table


def _who(firm: Facts) -> Table:
    table = _table("", "")
    kind = "core enterprise" if firm["oem"] else f"{firm['size']}, tier {firm['tier']}, {words(firm['subsector'])}"
    table.add_row(f"slot {firm['slot']}", f"{firm['name']}: {kind}")
    table.add_row("normal sales", f"{money(firm['annual_sales'])} a year")
    table.add_row("house bank", words(firm["house_bank"]))
    borrower = "" if firm["oem"] else "; never had a bank loan" if firm["first_time"] else "; has had bank loans"
    table.add_row("status", f"{firm['status']}, generation {firm['generation']}, {firm['age']:.1f} years old{borrower}")
    return table


def _liquidity(plan: Facts) -> Table:
    table = _table("", "amount", right=("amount",))
    for label, amount in (
        ("cash", plan["cash"]),
        ("expected collections", plan["collections"]),
        ("dues of this step", plan["dues"]),
        ("  of which wages, tax, banks", plan["dues_first"]),
        ("production cost planned", plan["production"]),
        ("plant to buy", plan["plant"]),
        ("owners' draw", plan["owners_draw"]),
        ("informal debt to replace", plan["informal_to_replace"]),
    ):
        table.add_row(label, money(amount))
    table.add_row("cash it wants to keep", f"{plan['cash_days']:g} days of production cost")
    return table


def _need(facts: Facts) -> Table:
    asking = facts["asking"]
    heads = ("needed", "worth at most", "benefit of asking", "drawn")
    table = _table("tranche", *heads, right=heads)
    for need in facts["need"]:
        cells = (money(need["amount"]), rate(need["reservation"]), money(need["benefit"]), money(need["drawn"]))
        table.add_row(_TRANCHES[need["tranche"]], *cells)
    table.add_section()
    drawn = sum(need["drawn"] for need in facts["need"])
    table.add_row("all", money(asking["need"]), "", money(asking["benefit"]), money(drawn))
    table.caption_justify = "left"
    table.caption = (
        f"Benefit = need × (worth - {rate(asking['price'])}) × {asking['days']:.0f}/360 × {asking['approval']:.0%}: price, "
        f"life and approval that {asking['group']} saw last. Asking costs {money(asking['cost'])}: {asking['decision']}."
    )
    return table


def _offers(facts: Facts) -> Table:
    table = _table("product", "lender", "rate", "APR", "what became of it", right=("rate", "APR"))
    held = {(made["product"], made["lender"]): made["held"] for made in facts["proposals"]}
    for product in dict.fromkeys(offer["product"] for offer in facts["offers"]):
        here = [offer for offer in facts["offers"] if offer["product"] == product]
        here.sort(key=lambda offer: offer["apr"] or float("inf"))
        heads = [words(product), f"  up to {money(here[0]['limit'])}", f"  for {here[0]['days']:.0f} d"]
        rows = [_offer(offer, held, facts["rules"]) for offer in here]
        if all(offer["reason"] == "not_eligible" for offer in here):
            heads, rows = heads[:1], [("all", "–", "–", _not_eligible(product, facts["rules"]))]
        for head, row in zip_longest(heads, rows, fillvalue=()):
            table.add_row(str(head or ""), *row)
        table.add_section()
    return table


def _offer(offer: Facts, held: dict[tuple[str, str], int], rules: Facts) -> tuple[str, ...]:
    lender = words(offer["lender"]) + (" (house)" if offer["house_bank"] else "")
    prices = (rate(offer["rate"]), rate(offer["apr"])) if offer["offered"] else ("–", "–")
    return (lender, *prices, _became(offer, held, rules))


def _not_eligible(product: str, rules: Facts) -> str:
    if product == "term_loan":
        return f"less than {money(rules['smallest_ticket'])} left of its limit"
    return f"too little free {_PAPER[product]} with {rules['shortest_paper_days']} d or more to run"


def _became(offer: Facts, held: dict[tuple[str, str], int], rules: Facts) -> str:
    """What became of one product and lender, in words."""
    proposal = held.get((offer["product"], offer["lender"]))
    if proposal:
        return f"drawn: {money(proposal)}"
    match offer["reason"]:
        case "risk":
            whose = "debtor's PD" if offer["product"] in ("factoring", "bill_discount") else "PD"
            return f"refused: {whose} {rate(offer['pd'])} over cut-off {rate(offer['cut_off'])}"
        case "price_cap":
            return f"refused: price above the cap of {rate(rules['legal_cap'])}"
        case "no_lender":
            return "takes no new business"
        case "too_dear":
            return "too dear for what is still needed"
        case "single_name":
            return "nothing left of its limit on one name"
        case "capital" | "stable_funding":
            return f"proposed, refused: {_LIMITS[offer['reason']]}"
    return "not needed: better offers first"


def _proposals(proposals: list[Facts]) -> Table:
    heads = ("round", "APR", "proposed", "held")
    table = _table("round", "product", "lender", *heads[1:], "why", right=heads)
    for made in proposals:
        cells = (rate(made["apr"]), money(made["proposed"]), money(made["held"]))
        table.add_row(str(made["round"]), words(made["product"]), words(made["lender"]), *cells, _decided(made))
    return table


def _decided(made: Facts) -> str:
    if made["held"] == made["proposed"]:
        return "held in full"
    cut = "cut" if made["held"] else "refused"
    later = " later, for better proposals" if made["held"] < made["held_at_first"] else ""
    return f"{cut}{later}: {_LIMITS[made['limit']]}"


def _price(drawn: list[Facts]) -> Table:
    """One column a contract, one line a term, so that the terms read as a sum."""
    heads = [f"{words(each['product'])}\n{words(each['lender'])}" for each in drawn]
    table = _table("", *heads, right=tuple(heads))
    table.add_row("amount", *(money(each["amount"]) for each in drawn))
    for tranche in _TRANCHES:
        table.add_row(f"  for {tranche}", *(money(each["by_tranche"][tranche]) for each in drawn))
    table.add_row("life", *(f"{each['days']:.0f} d" for each in drawn))
    table.add_row("PD in the price", *(rate(each["pd"]) for each in drawn), end_section=True)
    for term in drawn[0]["terms"]:
        table.add_row(words(term), *(points(each["terms"][term]) for each in drawn))
    table.add_row("= lender's rate", *(rate(each["rate"]) for each in drawn))
    table.add_row("timing", *(points(each["timing"]) for each in drawn))
    table.add_row("= all-in APR", *(rate(each["apr"]) for each in drawn))
    return table


def _rest(rest: Facts, production: int) -> Table:
    table = _table("", "amount", "", right=("amount",))
    share = f"{rest['cut'] / max(production, 1):.0%} of the production cost planned"
    for label, amount, note in (
        ("borrowed from informal lenders", rest["informal"], f"at {rate(rest['informal_rate'])}"),
        ("planned to be paid late", rest["late"], "dues that no cash is expected for"),
        ("output cut", rest["cut"], share),
        ("waits", rest["waits"], "buffer, plant, owners, dearer debt"),
    ):
        if amount:
            table.add_row(label, money(amount), note)
    if not table.row_count:
        table.add_row("nothing", "", "")
    return table


def money(fen: float) -> str:
    """Fen for people: 万元 (10,000 yuan), below that yuan."""
    if abs(fen) >= 1e6:
        return f"{fen / 1e6:,.1f} 万元"
    return f"{fen / 100:,.0f} yuan" if fen else "0"


def rate(value: float) -> str:
    """A yearly rate or probability in percent."""
    return f"{value:.2%}"


def points(value: float) -> str:
    """A term of a price in basis points."""
    return f"{value * 1e4:.1f} bp"


def words(name: str) -> str:
    """A name of the model as words."""
    return name.replace("_", " ")
