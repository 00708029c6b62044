"""The account of one firm in one step as tables for people: percent, basis points, 万元."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from experiments.firm_step import Facts

_TRANCHES: Final = {
    "dues": "dues that cash leaves open",
    "production": "production cost",
    "buffer": "buffer, plant, owners, dearer debt",
}
_LEVERS: Final = ("fees", "premium", "subsidy")  # terms behind the lender's rate
_LIMITS: Final = {
    "capital": "no capital left",
    "stable_funding": "no stable funding left",
    "single_name": "limit on one name",
    "quota": "its allotment of a lever is gone",
}


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
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_header=any(heads))
    for head in heads:
        table.add_column(head, justify="right" if head in right else "left", overflow="fold")
    return table


def _who(firm: Facts) -> Table:
    table = _table("", "")
    place = "" if firm["oem"] else f"{firm['size']}, tier {firm['tier']}, {words(firm['subsector'])}"
    table.add_row(f"slot {firm['slot']}", f"{firm['name']}: {place or 'core enterprise'}")
    table.add_row("normal sales", f"{money(firm['annual_sales'])} a year")
    table.add_row("house bank", words(firm["house_bank"]))
    table.add_row("status", f"{firm['status']}, generation {firm['generation']}, {firm['age']:.1f} years old")
    if not firm["oem"]:
        table.add_row("bank loans", "none so far" if firm["first_time"] else "has had some")
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
    heads = ("needed", "worth at most", "loan saves", "benefit", "drawn")
    table = _table("tranche", *heads, right=heads)
    for need in facts["need"]:
        amount, benefit, drawn = (money(need[name]) for name in ("amount", "benefit", "drawn"))
        table.add_row(
            _TRANCHES[need["tranche"]], amount, *map(rate, (need["reservation"], need["saved"])), benefit, drawn
        )
    table.add_section()
    drawn = money(sum(need["drawn"] for need in facts["need"]))
    table.add_row("all", money(asking["need"]), "", "", money(asking["benefit"]), drawn)
    table.caption_justify = "left"
    table.caption = (
        f"Benefit = need × (loan saves - price) × life/360 × approval. Its group, {asking['group']}, last saw "
        f"a price of {rate(asking['price'])}, a life of {asking['days']:.0f} d, {asking['approval']:.0%} approved. "
        f"Asking costs {money(asking['cost'])}: {asking['decision']}."
    )
    return table


def _offers(facts: Facts) -> Table:
    table = _table("product", "lender", "rate", "APR", "what became of it", right=("rate", "APR"))
    held = {_which(made): made["held"] for made in facts["proposals"]}
    for product in dict.fromkeys(offer["product"] for offer in facts["offers"]):
        here = _worth_showing([offer for offer in facts["offers"] if offer["product"] == product], held)
        here.sort(key=lambda offer: offer["apr"] or float("inf"))
        heads = [words(product), f"  up to {money(here[0]['limit'])}", f"  for {here[0]['days']:.0f} d"]
        heads += [f"  {layer}" for layer in _cover(here)]  # who bears what of a loss
        rows = [_offer(offer, held, facts["rules"]) for offer in here]
        if all(offer["reason"] == "not_eligible" for offer in here):
            heads, rows = heads[:1], [("all", "–", "–", _not_eligible(here[0], facts["rules"]))]
        for head, row in zip_longest(heads, rows, fillvalue=()):
            table.add_row(str(head or ""), *row)
        table.add_section()
    return table


def _which(offer: Facts) -> tuple[str, str, str]:
    return offer["product"], offer["lender"], offer["version"]


def _worth_showing(offers: list[Facts], held: dict[tuple[str, str, str], int]) -> list[Facts]:
    """A product's offers without plain ones that say nothing new: of the same price, or none as it lives by levers."""
    full = {offer["lender"]: offer for offer in offers if offer["version"] == "with levers"}
    return [
        offer
        for offer in offers
        if offer["version"] == "with levers"
        or _which(offer) in held
        or (offer["reason"] != "not_eligible" and offer["apr"] != full[offer["lender"]]["apr"])
    ]


def _cover(offers: list[Facts]) -> list[str]:
    """Who bears what of a loss on a product, in the order in which they pay."""
    layers = next((offer["covered_by"] for offer in offers if offer["covered_by"]), [])
    return [f"{words(layer['carrier'])} {layer['share']:.0%}" for layer in layers]


def _offer(offer: Facts, held: dict[tuple[str, str, str], int], rules: Facts) -> tuple[str, ...]:
    lender = short(offer["lender"]) + (" (house)" if offer["house_bank"] else "")
    lender += " plain" if offer["version"] == "plain" else ""
    prices = (rate(offer["rate"]), rate(offer["apr"])) if offer["offered"] else ("–", "–")
    return (lender, *prices, _became(offer, held, rules))


def _not_eligible(offer: Facts, rules: Facts) -> str:
    if not offer["for_its_class"]:
        return "not for firms of its size"
    if offer["on"] == "sales":
        return f"less than {money(rules['smallest_ticket'])} left of its limit"
    return f"no free {offer['on']} of {rules['shortest_paper_days']} d or more"


def _became(offer: Facts, held: dict[tuple[str, str, str], int], rules: Facts) -> str:
    """What became of one offer, in words."""
    proposal = held.get(_which(offer))
    if proposal:
        return f"drawn: {money(proposal)}"
    match offer["reason"]:
        case "risk":
            pd, cut_off = rate(offer["pd"]), rate(offer["cut_off"])
            return f"debtor's PD {pd} over {cut_off}" if offer["debtor_owes"] else f"PD {pd} over cut-off {cut_off}"
        case "price_cap":
            return f"price over cap of {rate(rules['legal_cap'])}, or of a lever"
        case "no_lender":
            return "takes no new business"
        case "too_dear":
            return "too dear for what is open"
        case "capital" | "stable_funding" | "single_name" | "quota":
            return f"refused: {_LIMITS[offer['reason']]}"
    return "not needed: cheaper ones first"


def _proposals(proposals: list[Facts]) -> Table:
    heads = ("round", "APR", "proposed", "held")
    table = _table("round", "product", "lender", *heads[1:], "why", right=heads)
    for made in proposals:
        lender = short(made["lender"]) + (" plain" if made["version"] == "plain" else "")
        what = (words(made["product"]), lender, rate(made["apr"]))
        amounts = (money(made["proposed"]), money(made["held"]))
        table.add_row(str(made["round"]), *what, *amounts, _decided(made))
    return table


def _decided(made: Facts) -> str:
    if made["held"] == made["proposed"]:
        return "held in full"
    cut = "cut" if made["held"] else "refused"
    later = " later" if made["held"] < made["held_at_first"] else ""
    return f"{cut}{later}: {_LIMITS[made['limit']]}"


def _price(drawn: list[Facts]) -> Table:
    """One column a contract, one line a term, so that the terms read as a sum."""
    heads = [f"{words(each['product'])}\n{words(each['lender'])}" for each in drawn]
    table = _table("", *heads, right=tuple(heads))
    table.add_row("amount", *(money(each["amount"]) for each in drawn))
    for tranche in _TRANCHES:
        table.add_row(f"  for {tranche}", *(money(each["by_tranche"][tranche]) for each in drawn))
    table.add_row("life", *(f"{each['days']:.0f} d" for each in drawn))
    covers = [_cover([each]) for each in drawn]
    if any(covers):
        table.add_row("of a loss", *("\n".join(cover) for cover in covers))
    table.add_row("PD in the price", *(rate(each["pd"]) for each in drawn), end_section=True)
    for term in (term for term in drawn[0]["terms"] if term not in _LEVERS):
        table.add_row(words(term), *(points(each["terms"][term]) for each in drawn))
    table.add_row("= lender's rate", *(rate(each["rate"]) for each in drawn))
    for term in (term for term in _LEVERS if any(each["terms"][term] for each in drawn)):
        table.add_row(words(term), *(points(each["terms"][term]) for each in drawn))
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
    return f"{round(value * 1e4, 1) + 0.0:.1f} bp"  # no minus before a nought


def short(lender: str) -> str:
    """A lender's name under a head that says what it is."""
    return words(lender.replace(" bank", ""))


def words(name: str) -> str:
    """A name of the model as words."""
    return name.replace("_", " ")
