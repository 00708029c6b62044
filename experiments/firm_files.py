"""Own firms and own trade links: firms.csv and edges.csv in place of the generated population.

Columns and rules: `docs/data-dictionary.md`. Columns and cells left out are filled from the scenario by the
same draws as in a generated population, and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from agents.birth import UNSAID, Draw, Founding, Register, draw_tier_links, settle
from agents.network import Links
from agents.numeric import FEN, FloatArray, IntArray
from agents.parameters import BANK_KINDS, SUBSECTORS, TIERS, Parameters
from experiments.csv_table import Table, read_table
from experiments.errors import ConfigError, Origin

if TYPE_CHECKING:
    from experiments.config import Experiment
    from sim.random import Streams

KINDS: Final = ("oem", "supplier")
FIRM_COLUMNS: Final = {
    "id": True,  # whether the column must be there
    "kind": True,
    "tier": True,
    "sub_sector": True,
    "annual_sales_cny": True,
    "town": False,
    "house_bank_kind": False,
    "age_years": False,
}
EDGE_COLUMNS: Final = {"buyer_id": True, "supplier_id": True, "share": True, "term_days": False}


@dataclass(frozen=True)
class Filled:
    """What the files left to the scenario.

    `ids`: the file's id of each firm, in the order of the founding's columns. `columns`: how many cells of
    each column were drawn (`links`: how many links). `adjusted`: how many values did not fit the others, by
    what was done about it.
    """

    ids: tuple[str, ...]
    columns: dict[str, int]
    adjusted: dict[str, int]

    def sentences(self) -> list[str]:
        """One sentence for each thing filled in or adjusted."""
        drawn = [f"{name}: {n} filled in from the scenario" for name, n in self.columns.items() if n]
        return drawn + [f"{what}: {n}" for what, n in self.adjusted.items() if n]


def own_firms(experiment: Experiment, replication: int) -> tuple[Founding, Filled] | None:
    """The population of the experiment's files, if it names any; `ConfigError` for a mistake in them."""
    if experiment.firms is None and experiment.edges is None:
        return None
    from sim.random import Streams

    draw = partial(_at_birth, Streams(experiment.seed, replication))
    return read_founding(experiment.firms, experiment.edges, experiment.parameters, draw)


def _at_birth(streams: Streams, purpose: str, count: int) -> FloatArray:
    return streams.uniform(f"birth.{purpose}", -1, count)  # as the model does for a synthetic population


def read_founding(
    firms_path: Path | None, edges_path: Path | None, parameters: Parameters, draw: Draw
) -> tuple[Founding, Filled]:
    """The population of the files, its network generated if not given. ConfigError on any mistake."""
    if firms_path is None:
        raise ConfigError("found links without firms", Origin(str(edges_path)), allowed="a firms file too")
    firms = read_table(firms_path, FIRM_COLUMNS)
    ids, register, blank = _read_register(firms, parameters)
    n_oem = int(np.sum(register.tier == 0))
    reported = register.size * FEN
    purchases = reported[:n_oem] / ((1 + parameters.oem.own_cost_share) * (1 + parameters.oem.mark_up))
    links, rescaled = None, 0
    if edges_path is not None:
        edges = read_table(edges_path, EDGE_COLUMNS)
        links, rescaled = _read_links(edges, ids, register)
        blank["term_days"] = int(np.isnan(links.term_days).sum())
    raised = drawn = 0

    def link(tier: int, inputs: FloatArray) -> Links:
        nonlocal drawn
        if links is None:
            made = draw_tier_links(register, tier, inputs, parameters, draw)
            drawn += made.buyer.size
            return made
        return _rows(links, register.tier[links.supplier] == tier)

    def sales(selected: np.ndarray, chain_sales: FloatArray) -> FloatArray:
        nonlocal raised
        raised += int(np.sum(chain_sales > reported[selected] + 1))
        return np.maximum(reported[selected], chain_sales)

    try:
        founding = settle(register, purchases, link, sales, parameters, draw)
    except ValueError as error:
        raise ConfigError(str(error), Origin(firms.file)) from error
    adjusted = {
        "buyers whose shares did not add up to 1 and were rescaled": rescaled,
        "suppliers whose annual_sales_cny was raised to what their buyers take": raised,
    }
    return founding, Filled(ids, {**blank, "links": drawn}, adjusted)


def _read_ids(table: Table) -> list[str]:
    first: dict[str, int] = {}
    for row, name in enumerate(table.columns["id"]):
        if name == "":
            table.fail(row, "id", allowed="an id that no other firm has")
        if name in first:
            problem = f"found '{name[:60]}' again, first in line {table.lines[first[name]]}"
            table.fail(row, "id", problem, "an id that no other firm has")
        first[name] = row
    return table.columns["id"]


def _read_register(table: Table, parameters: Parameters) -> tuple[tuple[str, ...], Register, dict[str, int]]:
    """Ids and firms, OEMs first (largest first), then suppliers by tier; the empty cells of each column."""
    ids = _read_ids(table)
    oem = table.choices("kind", KINDS, blank=False) == KINDS.index("oem")
    for kind, missing in (("oem", not oem.any()), ("supplier", bool(oem.all()))):
        if missing:
            raise ConfigError(f"found no firm of kind {kind}", Origin(table.file), allowed="at least one")
    tier = table.numbers("tier", 0, len(TIERS), "a whole number", blank=oem)
    tier = np.where(np.isnan(tier), 0, tier).astype(np.int8)
    for row in np.flatnonzero(oem != (tier == 0)):
        table.fail(int(row), "tier", allowed="0 or empty for an oem, 1 to 3 for a supplier")
    subsector = table.choices("sub_sector", SUBSECTORS, blank=oem)
    for row in np.flatnonzero(oem & (subsector != UNSAID)):
        table.fail(int(row), "sub_sector", allowed="an empty cell for an oem: it has none")
    sales = table.numbers("annual_sales_cny", 1, 1e14, "a number", blank=False)
    town = table.numbers("town", 1, parameters.population.towns, "a whole number", blank=True)
    house_kind = table.choices("house_bank_kind", BANK_KINDS, blank=True)
    age = table.numbers("age_years", 0, 500, "a number", blank=True)
    town = np.where(np.isnan(town), UNSAID, town - 1).astype(np.int8)  # the files count from 1
    order = np.lexsort((np.where(oem, -sales, 0), tier))
    register = Register(
        tier=tier[order],
        size=sales[order],
        subsector=subsector[order],
        town=town[order],
        house_kind=house_kind[order],
        age=age[order],
    )
    blank = {
        "town": int(np.sum(town == UNSAID)),
        "house_bank_kind": int(np.sum(house_kind == UNSAID)),
        "age_years": int(np.isnan(age).sum()),
    }
    return tuple(ids[row] for row in order), register, blank


def _read_links(table: Table, ids: tuple[str, ...], register: Register) -> tuple[Links, int]:
    """All links, sorted by buyer and supplier, shares adding up to 1; and how many buyers' shares did not."""
    slot = {name: place for place, name in enumerate(ids)}
    buyer, supplier = (_slots(table, column, slot) for column in ("buyer_id", "supplier_id"))
    share = table.numbers("share", 1e-9, 1e15, "a number", blank=False)
    term = table.numbers("term_days", 0, 360, "a number", blank=True)
    for row in np.flatnonzero(buyer == supplier):
        table.fail(int(row), "supplier_id", "a firm can't buy from itself")
    for row in np.flatnonzero(register.tier[supplier] != register.tier[buyer] + 1):
        sides = [f"tier {register.tier[side[row]]}" for side in (buyer, supplier)]
        problem = f"a buyer of {sides[0]} and a supplier of {sides[1]} (an oem is tier 0)"
        table.fail(int(row), "supplier_id", problem, "a supplier one tier above its buyer")
    order = np.lexsort((supplier, buyer))
    again = np.flatnonzero((np.diff(buyer[order]) == 0) & (np.diff(supplier[order]) == 0)) + 1
    if again.size:
        row = int(order[again[0]])
        earlier = table.lines[order[again[0] - 1]]
        problem = f"found the link of line {earlier} again"
        table.fail(row, "supplier_id", problem, "one row for each buyer and supplier")
    total = np.bincount(buyer, share, len(ids))
    for oem in np.flatnonzero((register.tier == 0) & (total == 0)):
        problem = f"found no link for the oem '{ids[oem][:60]}'"
        raise ConfigError(problem, Origin(table.file), allowed="at least one supplier for each oem")
    rescaled = int(np.sum((total > 0) & (np.abs(total - 1) > 1e-6)))
    links = Links(buyer, supplier, share / total[buyer], term)
    return _rows(links, order), rescaled


def _slots(table: Table, column: str, slot: dict[str, int]) -> IntArray:
    """The firm number of each id; ConfigError at one that firms.csv does not have."""
    slots = np.array([slot.get(name, UNSAID) for name in table.columns[column]], np.int64)
    for row in np.flatnonzero(slots == UNSAID):
        table.fail(int(row), column, allowed="an id of the firms file", options=tuple(slot))
    return slots


def _rows(links: Links, rows: np.ndarray) -> Links:
    return Links(links.buyer[rows], links.supplier[rows], links.share[rows], links.term_days[rows])
