"""Evidence on multi-tier certificates: prices by tier, who holds the OEMs' paper, what follows when an OEM fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from agents.carrier import CARRIERS
from agents.numeric import FEN, sum_by
from agents.oem import indifference_term
from agents.parameters import Stress
from experiments.evidence_runs import Followed, Seen, born, changes, follow, in_bp, like_for_like, mean, value_of
from experiments.reforms import BASELINE
from sim.contracts import CERTIFICATE_SALE
from sim.policy_indicators import BEARERS

if TYPE_CHECKING:
    from experiments.config import Experiment
    from sim.model import FinancingModel

POLICY: Final = "certificates"
LARGEST: Final = 0  # slot of the largest OEM
FAILURE_MONTH: Final = 12
TIERS: Final = (1, 2, 3)
WITHOUT, WITH_THEM = "without certificates", "with certificates"
ACCOUNT_DAYS: Final = 70  # term of tier-2 and tier-3 buyers, `trade.term_days`
_MILLION: Final = FEN * 1e6
_TERMS: Final = (("expected loss", "expected_loss"), ("capital charge", "capital"), ("margin", "margin"),
                 ("operating", "operating"), ("fees", "fees"))  # fmt: skip
_TRADE_LOSSES: Final = ("account_lost", "bill_lost", "account_hold_back_lost", "bill_hold_back_lost")
Fen = npt.NDArray[np.int64]


@dataclass
class Watch:
    """Listens to a run: what suppliers lose on trade debts by tier, defaults by tier, and who holds OEMs' paper."""

    lost: Fen = field(default_factory=lambda: np.zeros((0, 4), np.int64))  # step × tier, fen
    failed: Fen = field(default_factory=lambda: np.zeros((0, 4), np.int64))  # step × tier, firms
    held: list[dict[str, float]] = field(default_factory=list)  # a step each
    _losing: Fen = field(default_factory=lambda: np.zeros(4, np.int64))

    def listen(self, model: FinancingModel) -> None:
        """Hear what is posted from now on."""
        post, tier = model.ledger.post, model.firms.tier.astype(np.int64)

        def heard(event: str, **who: Any) -> None:
            if event in _TRADE_LOSSES:
                index, amount = who["seller"]
                self._losing += sum_by(tier[index], amount, 4)
            post(event, **who)

        model.ledger.post = heard

    def after(self, model: FinancingModel) -> None:
        """Note the step just done."""
        failed = sum_by(model.firms.tier.astype(np.int64), model.firms.defaulted.astype(np.int64), 4)
        self.lost, self.failed = np.vstack((self.lost, self._losing)), np.vstack((self.failed, failed))
        self._losing = np.zeros(4, np.int64)
        self.held.append(holders(model))


def certificates(experiment: Experiment, replication: int) -> list[Seen]:
    """One replication: with and without certificates, each with and without the failure of the largest OEM."""
    failure = (Stress(kind="oem_failure", month=FAILURE_MONTH, oem=LARGEST),)
    runs: dict[tuple[str, bool], tuple[Followed, Watch]] = {}
    for policy in (BASELINE, POLICY):
        for fails in (False, True):
            model, watch = born(experiment, policy, replication, stresses=failure if fails else ()), Watch()
            watch.listen(model)
            runs[policy, fails] = follow(model, experiment.evaluate_steps, watch.after), watch
    quiet = [runs[policy, False] for policy in (BASELINE, POLICY)]
    seen = [*prices(quiet[0][0], quiet[1][0]), *concentration(quiet[0][1], quiet[1][1])]
    for policy, name in ((BASELINE, WITHOUT), (POLICY, WITH_THEM)):
        seen += after_failure(name, *runs[policy, False], *runs[policy, True])
    return seen + _difference(seen)


def prices(base: Followed, run: Followed) -> Iterator[Seen]:
    """What suppliers of each tier pay and how much of their need banks finance; the sale of a slice beside it."""
    columns = ("apr", "funding", "operating", "expected_loss", "capital", "margin", "fees")
    for tier in TIERS:
        case = f"tier {tier}"
        now, then = (rows[(rows["tier"] == tier) & (rows["size"] > 0)] for rows in (run.signed, base.signed))
        for group, change in (
            ("change, all SME credit", changes(now, then, columns)),
            ("change, like for like", like_for_like(now, then, columns)),
        ):
            for name, value in change.items():
                label = "APR" if name == "apr" else f"of which {name.replace('_', ' ')}"
                yield Seen(case, group, label, "bp", in_bp(value))
        for indicator in ("formal_share_of_need", "cost_of_need"):
            values = [value_of(one, indicator, f"tier_{tier}") for one in (run, base)]
            unit, scale = ("bp", 1e4) if indicator == "cost_of_need" else ("pp", 100)
            yield Seen(case, "change, access", indicator.replace("_", " "), unit, scale * (values[0] - values[1]))
        yield from _slices(case, now, then)


def _slices(case: str, now: pd.DataFrame, then: pd.DataFrame) -> Iterator[Seen]:
    """Certificates that the tier sells, against what it pays without them; by hand what a slice saves (oracle 13)."""
    sold, group = now[now["product"] == CERTIFICATE_SALE], "slices sold to banks"
    own, paper = mean(then["apr"], then["weight"]), mean(sold["apr"], sold["weight"])
    fee, days = mean(sold["fees"], sold["weight"]), mean(sold["days"], sold["amount"])
    part = mean(now["product"] == CERTIFICATE_SALE, now["amount"])
    yield Seen(case, group, "part of the tier's credit", "share", part)
    yield Seen(case, group, "APR of a slice", "%", 100 * paper)
    for label, term in _TERMS:
        yield Seen(case, group, f"{label} in it", "bp", in_bp(mean(sold[term], sold["weight"])))
        yield Seen(
            case, group, f"{label}, all credit without certificates", "bp", in_bp(mean(then[term], then["weight"]))
        )
    yield Seen(case, group, "APR, all credit without certificates", "%", 100 * own)
    yield Seen(case, group, "days", "days", days)
    yield Seen(case, group, "saved on 100 by hand (oracle 13)", "CNY", 100 * (own - paper) * days / 360)
    bound = indifference_term(ACCOUNT_DAYS, own, paper - fee, fee * ACCOUNT_DAYS / 360)
    yield Seen(case, group, f"longest slice for an account of {ACCOUNT_DAYS} d, by hand (oracle 8)", "days", bound)


def holders(model: FinancingModel) -> dict[str, float]:
    """Who holds claims on OEMs at the end of a step: accounts, bills, certificates; fen, and shares of firms."""
    receivables, network, lots, held = model.receivables, model.network, model.receivables.lots, model.confirmed
    edges, tier = receivables.bill_edges, model.firms.tier.astype(np.int64)
    own = receivables.bill.sum(axis=0) + receivables.overdue_bill
    own += receivables.account[:, :edges].sum(axis=0) + receivables.overdue[:edges]
    on_oem = network.buyer[lots.edge] < model.oems
    kept, sold = on_oem & ~lots.sold, on_oem & lots.sold
    firm = np.concatenate((network.supplier[:edges], network.supplier[lots.edge[kept]], held.holder))
    debtor = np.concatenate((network.buyer[:edges], network.buyer[lots.edge[kept]], network.buyer[held.edge]))
    face = np.concatenate((own, lots.face[kept], held.face))
    at_banks, bank_debtor = lots.face[sold], network.buyer[lots.edge[sold]]
    largest, at_banks_largest = face * (debtor == LARGEST), at_banks[bank_debtor == LARGEST].sum()
    told = {f"tier {t}": float(face[tier[firm] == t].sum()) for t in TIERS}
    told |= {f"firms, tier {t}": _share_of_firms(tier, firm[largest > 0], t) for t in TIERS}
    return told | {
        "banks": float(at_banks.sum()), "all": float(face.sum() + at_banks.sum()),
        "largest": float(largest.sum() + at_banks_largest), "banks, largest": float(at_banks_largest),
        "bank book": float(model.contracts.principal.sum()),
    }  # fmt: skip


def _share_of_firms(tier: Fen, those: Fen, number: int) -> float:
    """How many firms of a tier are among `those`, each counted once."""
    return np.unique(those[tier[those] == number]).size / max(int((tier == number).sum()), 1)


def concentration(base: Watch, run: Watch) -> Iterator[Seen]:
    """Means over the last year."""
    group = "claims on OEMs, last year"
    for case, watch in ((WITHOUT, base), (WITH_THEM, run)):
        last = pd.DataFrame(watch.held[-12:]).mean()
        yield Seen(case, group, "outstanding", "m CNY", last["all"] / _MILLION)
        yield Seen(case, group, "on the largest OEM", "share", last["largest"] / last["all"])
        for name in (*(f"tier {t}" for t in TIERS), "banks"):
            yield Seen(case, group, f"held by {name}", "share", last[name] / last["all"])
        for t in TIERS:
            yield Seen(case, group, f"firms of tier {t} with a claim on the largest", "share", last[f"firms, tier {t}"])
        share = last["banks, largest"] / last["bank book"]
        yield Seen(case, group, "largest OEM's paper over banks' chain book", "share", share)


def after_failure(case: str, calm: Followed, watch: Watch, hit: Followed, after: Watch) -> Iterator[Seen]:
    """What the failure adds in the year from its month on: losses by bearer, defaults by tier."""
    year, group = slice(FAILURE_MONTH, FAILURE_MONTH + 12), "added by the failure, year after"
    lost = (after.lost[year] - watch.lost[year]).sum(axis=0)
    failed = (after.failed[year] - watch.failed[year]).sum(axis=0)
    changed = {bearer: _losses(hit, bearer, year) - _losses(calm, bearer, year) for bearer in (*BEARERS, *CARRIERS)}
    for t in TIERS:
        yield Seen(case, group, f"lost by suppliers of tier {t}", "m CNY", lost[t] / _MILLION)
    public = sum(changed[carrier] for carrier in CARRIERS)
    for bearer in ("lenders", "informal", "outside", "treasury"):
        yield Seen(case, group, f"lost by {bearer}", "m CNY", changed[bearer] / _MILLION)
    yield Seen(case, group, "lost by risk carriers", "m CNY", public / _MILLION)
    yield Seen(case, group, "lost in all", "m CNY", sum(changed.values()) / _MILLION)
    tier = hit.model.firms.tier
    for t in TIERS:
        yield Seen(case, group, f"defaults, tier {t}", "% of firms", 100 * failed[t] / max(int((tier == t).sum()), 1))
    yield Seen(case, group, "defaults, all suppliers", "count", float(failed[1:].sum()))


def _losses(run: Followed, bearer: str, year: slice) -> float:
    rows = run.record.series
    rows = rows[(rows["indicator"] == "loss_borne") & (rows["group"] == f"bearer:{bearer}")]
    return float(rows.loc[rows["step"].isin(range(year.start, year.stop)), "value"].sum())


def _difference(seen: list[Seen]) -> list[Seen]:
    """What is seen with certificates less the same without."""
    base = {(entry.group, entry.measure): entry.value for entry in seen if entry.case == WITHOUT}
    return [
        entry._replace(case="difference", value=entry.value - base[entry.group, entry.measure])
        for entry in seen
        if entry.case == WITH_THEM
    ]
