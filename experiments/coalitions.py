"""The policies that an attribution needs, and which of them the experiment has anyway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from experiments.attribution import players
from experiments.config import Experiment, digest_of, policy_content
from experiments.reforms import BASELINE, policy
from policies.levers import Policy


@dataclass(frozen=True)
class Coalitions:
    """Players of a bundle and, by the number whose bits say who is in, the policy that each coalition is.

    `added` are the policies among them that the experiment does not have under another name; the others are not run
    twice.
    """

    bundle: str
    by: str
    players: tuple[str, ...]
    policies: tuple[str, ...]
    added: dict[str, Policy]

    def said(self) -> dict[str, Any]:
        """As the manifest holds it, so that the store alone tells which run is which."""
        return {
            "bundle": self.bundle,
            "by": self.by,
            "players": list(self.players),
            "policies": list(self.policies),
            "added": list(self.added),
        }


def coalitions(experiment: Experiment, has: Mapping[str, Policy]) -> Coalitions | None:
    """What the experiment's attribution needs beside the policies that it `has`; None if it asks for none."""
    wanted = experiment.attribution
    if wanted is None:
        return None
    reform, law = experiment.all_reforms[wanted.bundle], experiment.current_law
    groups = players(reform, wanted.by)
    # The first name of each content: what a policy does, not what it is called, decides its runs.
    names = {_content(own): name for name, own in reversed(list(has.items()))}
    names |= {_content(has[name]): name for name in (wanted.bundle, BASELINE)}
    chosen, added = [], {}
    for number in range(2 ** len(groups)):
        members = [player for place, player in enumerate(groups) if number >> place & 1]
        inside = {identity for player in members for identity in groups[player]}
        name = f"{wanted.bundle}@only={'+'.join(members)}"
        own = policy(name, {identity: change for identity, change in reform.items() if identity in inside}, law)
        known = names.setdefault(_content(own), name)
        if known == name:
            added[name] = own
        chosen.append(known)
    return Coalitions(wanted.bundle, wanted.by, tuple(groups), tuple(chosen), added)


def _content(policy: Policy) -> str:
    return digest_of(policy_content(policy))
