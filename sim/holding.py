"""What lenders hold of the proposals made to them, and how one beyond its limits chooses."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from agents.kernels import inlined, kernel
from sim.products import ACCOUNTS, BILLS, CONFIRMED, KINDS, OUTSIDE_ACCOUNTS
from sim.quotes import CAPITAL, QUOTA, STABLE_FUNDING

PROPOSAL: Final = np.dtype(
    [
        ("asker", np.int32),
        ("weight", np.int32),  # risk weight in 1/1000
        ("lender", np.int16),
        ("levers", np.int16),  # which rationed levers it uses, a bit each
        ("product", np.int8),
        ("place", np.int8),  # version × position in the firm's reach
        ("rank", np.int16),  # position among the firm's offers
        ("preference", np.int64),  # the lender's order, the best lowest
        ("amount", np.int64),  # fen, what is held of it now
        ("tranche", np.int64, 3),  # fen of it that serve which tranche
        ("face", np.int64, KINDS),  # fen of paper it ties up
    ],
    align=True,
)

LENDER: Final = np.dtype(
    [
        ("capital", np.int64),  # fen left of risk-weighted assets; below 0 it has to choose
        ("funding", np.int64),  # fen left of loans
        ("worst", np.int64),  # since it last chose: the last preference that it held,
        ("why_full", np.int64),  # which limit was short,
        ("capital_left", np.int64),  # and what was left
        ("funding_left", np.int64),
        ("tight", np.int64),  # whether that was too little for a ticket of some risk weight
        ("short", np.int64),  # of which levers a ticket may find too little left, a bit each
        ("gone", np.int64),  # of which of them nobody gets any more: it holds no user, and too little is left for one
        ("chose", np.int64),  # the turn that its last choice opened, 0 if it never had to
        ("first", np.int64),  # its part of the list of what is held: from here,
        ("sorted", np.int64),  # in order up to here, newcomers after it,
        ("end", np.int64),  # up to here
        ("cut", np.int64),  # its part of the list of cuts, from `first` as well, goes up to here
        ("opened", np.int64),  # the last turn opened by a choice after which it may let in what it had refused
    ],
    align=True,
)

# An entry of a lender's list, the best first; beside its levers a bit says that the proposal is given back for now.
HOLDING: Final = np.dtype([("preference", np.int64), ("proposal", np.int32), ("levers", np.int32)], align=True)
GIVEN_BACK: Final = 2**30

# What a lender cuts of a proposal. Lenders choose at once, so firms, who may have proposals at several, learn it after.
CUT: Final = np.dtype(
    [("kept", np.int64), ("proposal", np.int32), ("asker", np.int32), ("why", np.int64)],  # fen; reason if nothing is
    align=True,
)


class Demands(NamedTuple):
    """What a firm may still take, one row an asker; changed while matching."""

    open: Any  # int64[a, 3] fen still needed by tranche
    reservation: Any  # int64[a, 3] highest APR worth paying, hundredths of a bp
    on_sales: Any  # int64[a, P] fen left of the limits of products that lend on sales
    paper: Any  # int64[a, KINDS] fen of face free by kind of paper
    single_name: Any  # int64[a, R] fen each lender may still lend to this name


class Allotments(NamedTuple):
    """Lenders' allotments of the levers that are rationed."""

    left: Any  # int64[B, L] fen; below 0 the lender has to choose
    spent: Any  # int64[B, L] fen that were left when it last chose
    last: Any  # int64[B, L] the preference of the last user that it then held; −1 if it held none
    uses: Any  # bool[B, L] which levers a lender uses at all
    least: Any  # float64[L] what a fen of principal uses of a lever where it uses any: at least this,
    most: Any  # float64[L] at most this


@inlined
def _lends_on_sales(p, kinds):
    on_sales = True
    for kind in range(KINDS):
        on_sales &= not kinds[p, kind]
    return on_sales


@inlined
def _paper_free(a, p, kinds, paper):
    free = np.int64(0)
    for kind in range(KINDS):
        if kinds[p, kind]:
            free += paper[a, kind]
    return free


@inlined
def most(a, p, kinds, advance, on_sales, paper):
    """Most that the product lends this firm now, fen."""
    on_paper = np.int64(np.floor(_paper_free(a, p, kinds, paper) * advance))
    return on_sales[a, p] if _lends_on_sales(p, kinds) else on_paper


@inlined
def tie_up(made, kinds, advance, on_sales, paper):
    """Reserve limit or paper for the amount of a proposal; notes what is taken from each kind of paper, accounts
    outside the chain first."""
    a, p = np.int64(made.asker), np.int64(made.product)
    for kind in range(KINDS):
        made.face[kind] = 0
    wanted = min(np.int64(np.ceil(made.amount / advance)), _paper_free(a, p, kinds, paper))
    on_sales[a, p] -= made.amount if _lends_on_sales(p, kinds) else 0
    for kind in (OUTSIDE_ACCOUNTS, ACCOUNTS, BILLS, CONFIRMED):
        if kinds[p, kind]:
            made.face[kind] = min(wanted, paper[a, kind])
            wanted -= made.face[kind]
            paper[a, kind] -= made.face[kind]


@inlined
def _lever_room(left, use):
    """Most principal that a lever leaves, fen, where a fen of it uses `use`."""
    return np.int64(np.floor(max(left, 0) / use))


@inlined
def used_up(a, p, version, bank, levers, likes, any_user, ticket, use, allotments):
    """Whether one of `levers` leaves less than a ticket to an offer that the lender likes less than the last user it
    held when it last chose, or, with `any_user`, than all that it held."""
    for lever in range(allotments.least.size):
        if levers >> lever & 1 and (any_user or likes > allotments.last[bank, lever]):
            spent = allotments.spent[bank, lever]  # mostly so little that how much the offer uses is no matter
            if spent < ticket * allotments.least[lever] or _lever_room(spent, use[a, p, version, lever]) < ticket:
                return True
    return False


@kernel
def range_of_use(use):
    """The least and the most of each lever that a fen of principal uses where it uses any; float64[2, L]."""
    span = np.empty((2, use.shape[3]))
    span[0], span[1] = np.inf, 0.0
    for a in range(use.shape[0]):
        for p in range(use.shape[1]):
            for version in range(use.shape[2]):
                for lever in range(use.shape[3]):
                    if use[a, p, version, lever] > 0:
                        span[0, lever] = min(span[0, lever], use[a, p, version, lever])
                        span[1, lever] = max(span[1, lever], use[a, p, version, lever])
    return span


@inlined
def take_levers(made, amount, use, width, allotments):
    """Note what an amount (negative: given back) of a proposal uses of its lender's allotments."""
    a, p, bank, version = np.int64(made.asker), np.int64(made.product), np.int64(made.lender), made.place // width
    for lever in range(allotments.most.size if made.levers else 0):
        if made.levers >> lever & 1:
            used = np.int64(np.ceil(abs(amount) * use[a, p, version, lever]))
            allotments.left[bank, lever] -= used if amount > 0 else -used


@inlined
def _levers_room(made, use, width, allotments):
    """Most principal of a proposal that its lender's allotments leave, fen."""
    a, p, bank, version = np.int64(made.asker), np.int64(made.product), np.int64(made.lender), made.place // width
    room = np.int64(2**62)
    for lever in range(allotments.most.size if made.levers else 0):
        if made.levers >> lever & 1:
            room = min(room, _lever_room(allotments.left[bank, lever], use[a, p, version, lever]))
    return room


@inlined
def _exceeded(bank, allotments):
    """Of which levers a lender's allotments are exceeded, a bit each."""
    exceeded = 0
    for lever in range(allotments.most.size):
        if allotments.left[bank, lever] < 0:
            exceeded |= 1 << lever
    return exceeded


@kernel
def over(bank, lenders, allotments):
    """Whether a lender holds more than one of its limits allows."""
    return lenders[bank].capital < 0 or lenders[bank].funding < 0 or _exceeded(bank, allotments) != 0


@inlined
def _is_short(bank, lever, ticket, allotments):
    """Whether a lender may have too little left of a lever for a ticket."""
    return allotments.left[bank, lever] < ticket * allotments.most[lever]


@kernel
def _note_short(bank, ticket, lender, allotments):
    """Note of which levers a lender may have too little left for a ticket, and of which it has for everybody."""
    lender.short = lender.gone = 0
    for lever in range(allotments.most.size):
        short = _is_short(bank, lever, ticket, allotments)
        least = ticket * allotments.least[lever]
        lender.short |= short << lever
        lender.gone |= (short and allotments.last[bank, lever] < 0 and allotments.left[bank, lever] < least) << lever


@kernel
def note_short_each(ticket, lenders, allotments):
    """Note of which levers lenders have too little left before anything is proposed."""
    for bank in range(lenders.size):
        _note_short(bank, ticket, lenders[bank], allotments)


@kernel
def file_proposals(bank, filed, proposals, lenders, allotments, use, width, held):
    """Add the proposals with numbers `filed` to what their lender holds, and count them against what it has left."""
    lender = lenders[bank]
    for m in filed:
        made = proposals[m]
        lender.capital -= -(-made.amount * made.weight // 1000)
        lender.funding -= made.amount
        take_levers(made, made.amount, use, width, allotments)
        entry = held[lender.end]
        entry.preference, entry.proposal, entry.levers = made.preference, m, made.levers
        lender.end += 1


@kernel
def _merge(entries, low, middle, high, scratch):
    """Merge two sorted neighbours, from the worst down, so that what stays in its place costs nothing; of two alike
    the later stays behind."""
    for at in range(middle, high):
        scratch[at - middle] = entries[at]
    left, right, at = middle - 1, high - middle - 1, high - 1
    while right >= 0:
        if left >= low and entries[left].preference > scratch[right].preference:
            entries[at] = entries[left]
            left -= 1
        else:
            entries[at] = scratch[right]
            right -= 1
        at -= 1


@kernel
def _sort(lender, held):
    """Put what a lender holds in order, the best first: sort the newcomers byte by byte from the lowest up, alike ones
    as they came, then merge. There are thousands at a time: by comparing them it would take thrice as long."""
    first, end = lender.sorted, lender.end
    scratch, place, differ = np.empty(end - first, HOLDING), np.empty(257, np.int64), np.int64(0)
    for at in range(first, end):
        differ |= held[at].preference ^ held[first].preference
    for shift in range(0, 64, 8):
        if differ >> shift & 255 == 0:
            continue
        place[:] = 0
        for at in range(first, end):
            place[(held[at].preference >> shift & 255) + 1] += 1
        for byte in range(256):
            place[byte + 1] += place[byte]
        for at in range(first, end):
            byte = held[at].preference >> shift & 255
            scratch[place[byte]] = held[at]
            place[byte] += 1
        for at in range(first, end):
            held[at] = scratch[at - first]
    _merge(held, lender.first, first, end, scratch)


@inlined
def _cut(made, kept, why, reason, terms, demands, firms):
    """Reduce a held proposal to `kept` fen; what is given back is open again, last tranche first."""
    a, p, back = np.int64(made.asker), np.int64(made.product), made.amount - kept
    single_name = demands.single_name
    version, r = made.place // single_name.shape[1], made.place % single_name.shape[1]
    demands.on_sales[a, p] += made.amount if _lends_on_sales(p, terms.paper) else 0
    for kind in range(KINDS):
        demands.paper[a, kind] += made.face[kind]
    single_name[a, r] += back
    for t in range(2, -1, -1):
        taken = min(back, made.tranche[t])
        made.tranche[t] -= taken
        demands.open[a, t] += taken
        back -= taken
    made.amount = kept
    tie_up(made, terms.paper, terms.advance[p], demands.on_sales, demands.paper)
    if kept == 0:
        reason[a, p, version, r] = why
    firms[a].began = firms[a].settled = -1


@kernel
def apply_cuts(first, end, reason, terms, demands, proposals, lenders, cuts, firms):
    """Let firms first..end−1 have back what lenders have just cut, lender by lender."""
    for bank in range(lenders.size):
        for at in range(lenders[bank].first, lenders[bank].cut):
            cut = cuts[at]
            if first <= cut.asker < end:
                _cut(proposals[cut.proposal], cut.kept, cut.why, reason, terms, demands, firms)


@inlined
def _give_back(entry, proposals, lender, allotments, use, width):
    """Take a proposal off what a lender's limits have to carry."""
    made = proposals[entry.proposal]
    entry.levers |= GIVEN_BACK
    lender.capital += -(-made.amount * made.weight // 1000)
    lender.funding += made.amount
    take_levers(made, -made.amount, use, width, allotments)


@kernel
def _note_left(bank, ticket, heaviest, lender, held, allotments):
    """Note what a lender has left now that it has chosen; whether it may let in what it has refused at once before."""
    opens = lender.capital > lender.capital_left or lender.funding > lender.funding_left
    opens &= lender.capital * 1000 >= ticket and lender.funding >= ticket
    worst = held[lender.end - 1].preference if lender.end > lender.first else np.int64(-1)
    opens |= worst > lender.worst
    opens &= lender.tight != 0  # else it has refused nobody for either
    for lever in range(allotments.most.size):
        last, at, short = np.int64(-1), lender.end - 1, _is_short(bank, lever, ticket, allotments)
        while short and not lender.gone >> lever & 1 and last < 0 and at >= lender.first:
            if held[at].levers >> lever & 1:
                last = held[at].preference
            at -= 1
        spent, was_short = allotments.left[bank, lever], lender.short >> lever & 1
        enough = spent > allotments.spent[bank, lever] and spent >= ticket * allotments.least[lever]
        opens |= was_short and (enough or last > allotments.last[bank, lever])
        allotments.spent[bank, lever], allotments.last[bank, lever] = spent, last
    _note_short(bank, ticket, lender, allotments)
    lender.worst, lender.capital_left, lender.funding_left = worst, lender.capital, lender.funding
    lender.tight = lender.funding < ticket or lender.capital * 1000 < ticket * heaviest
    return opens


@kernel
def choose(bank, ticket, terms, width, proposals, lenders, allotments, held, cuts):
    """Let one lender beyond its limits choose among the proposals it has: best first, as far as its limits go.

    Only the worst are at stake: they are taken off until the others fit capital and funding, then further up those
    that use a lever which is still exceeded; all come back as far as they fit. What does not is noted in `cuts`.
    Returns whether the lender may now let in what it has refused at once before.
    """
    lender, use = lenders[bank], terms.use
    _sort(lender, held)
    kept, why = lender.end, CAPITAL
    while lender.capital < 0 or lender.funding < 0:
        kept -= 1
        _give_back(held[kept], proposals, lender, allotments, use, width)
    exceeded = _exceeded(bank, allotments)
    while exceeded:
        kept -= 1
        if held[kept].levers & exceeded:
            _give_back(held[kept], proposals, lender, allotments, use, width)
            exceeded = _exceeded(bank, allotments)
    for at in range(kept, lender.end):
        if not held[at].levers & GIVEN_BACK:
            held[kept] = held[at]
            kept += 1
            continue
        held[at].levers ^= GIVEN_BACK
        made = proposals[held[at].proposal]
        by_capital, by_funding = lender.capital * 1000 // max(made.weight, 1), lender.funding
        by_levers = _levers_room(made, use, width, allotments)
        room, amount = min(by_capital, by_funding, by_levers), made.amount
        if amount > room:
            short = QUOTA if by_levers == room else CAPITAL if by_capital < by_funding else STABLE_FUNDING
            why = short if short != QUOTA else why
            amount, cut = room if room >= ticket else 0, cuts[lender.cut]
            cut.kept, cut.proposal, cut.asker, cut.why = amount, held[at].proposal, made.asker, short
            lender.cut += 1
        if amount == 0:
            continue
        lender.capital -= -(-amount * made.weight // 1000)
        lender.funding -= amount
        take_levers(made, amount, use, width, allotments)
        held[kept] = held[at]
        kept += 1
    lender.end = lender.sorted = kept
    lender.why_full = why
    return _note_left(bank, ticket, terms.heaviest, lender, held, allotments)
