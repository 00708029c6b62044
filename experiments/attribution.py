"""The section `attribution`: whose shares in a bundle's effects are asked for, its levers' or its families'.

A coalition is the bundle's changes of current law restricted to some of its players. All of them are run, so that
each player's share can be averaged over every order of adding them (`shapley`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, cast

from experiments.bootstrap import FEWEST
from experiments.nodes import Node
from experiments.reforms import Reform
from policies.catalogue import FAMILIES, INSTRUMENTS

MOST_PLAYERS: Final = 8
MOST_RUNS: Final = 2_000  # of all coalitions
LEVER, FAMILY = "lever", "family"
KINDS: Final = (LEVER, FAMILY)
_KEYS: Final = ("bundle", "by")
_PLURAL: Final = {LEVER: "levers", FAMILY: "families"}


@dataclass(frozen=True)
class Attribution:
    """The policy whose effects are shared out, and among what."""

    bundle: str
    by: Literal["lever", "family"]


def players(reform: Reform, by: str) -> dict[str, tuple[str, ...]]:
    """The instruments of a policy by player, in the catalogue's order."""
    groups = FAMILIES if by == FAMILY else {identity: (identity,) for identity in INSTRUMENTS}
    own = {name: tuple(identity for identity in group if identity in reform) for name, group in groups.items()}
    return {name: group for name, group in own.items() if group}


def read(node: Node | None, reforms: Mapping[str, Reform], replications: int) -> Attribution | None:
    """The section `attribution`; ConfigError for a mistake."""
    if node is None:
        return None
    entries = node.mapping(_KEYS, required=("bundle",))
    bundle = entries["bundle"].choice([name for name, reform in reforms.items() if reform])
    by = entries["by"].choice(KINDS) if "by" in entries else LEVER
    count = len(players(reforms[bundle], by))
    if not 2 <= count <= MOST_PLAYERS:
        found = f"{bundle} has {count} {by if count == 1 else _PLURAL[by]}"
        raise node.error(found, f"a bundle of 2 to {MOST_PLAYERS}, each a lever or, with by: family, a family")
    runs = 2**count * replications
    if runs > MOST_RUNS:
        found = f"{2**count} coalitions with {replications} replications are {runs:,} runs"
        raise node.error(found, f"at most {MOST_RUNS:,}: {MOST_RUNS // 2**count} replications, or fewer {_PLURAL[by]}")
    if replications < FEWEST:
        raise node.error(f"{replications} replications", f"at least {FEWEST}, which the bootstrap of shares needs")
    return Attribution(bundle, cast(Literal["lever", "family"], by))


def write(wanted: Attribution) -> dict[str, Any]:
    """Plain data that `read` takes back to the same."""
    return asdict(wanted)
