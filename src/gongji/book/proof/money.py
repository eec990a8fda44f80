"""Whether the journal has moved for each visit what its settlements say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from gongji.book.journal import Account
from gongji.book.proof.found import AFTER_ALL, Found, Place
from gongji.book.proof.stretch import Entry, Kept, Stretch
from gongji.wording import Bilingual

__all__ = ["money_differences"]

Moves = Mapping[Account, int]
MovesOf = Callable[[Kept], Moves | None]


def money_differences(stretch: Stretch, moves_of: MovesOf) -> Iterator[Found]:
    """Visits for which the journal has moved other money than their settlements say.

    `moves_of` gives what a settlement moves, None where its rules are gone.  What was booked up to
    the entry of a settlement is what that one says, and all that was booked what the standing one
    says.
    """
    by_visit: dict[int, list[Kept]] = defaultdict(list)
    for one in stretch.kept:
        by_visit[one.visit].append(one)
    for visit, kept in by_visit.items():
        entries = stretch.entries.get(visit, ())
        if not _plainly_moved(kept, entries, moves_of):
            yield from _of_visit(kept, entries, moves_of)
    for visit, entries in stretch.entries.items():
        if visit not in by_visit:
            at = Place(stretch.whose[visit], AFTER_ALL, 0)
            yield Found(at, _without(entries[0]))


def _plainly_moved(kept: Sequence[Kept], entries: Sequence[Entry], moves_of: MovesOf) -> bool:
    """Whether a visit was settled once, and its one entry moves what it says, as nearly all do."""
    if len(kept) != 1 or len(entries) != 1 or kept[0].entry != entries[0].number:
        return False
    says = moves_of(kept[0]) if kept[0].ended is None else None
    return (
        says is not None
        and {account: fen for account, fen in says.items() if fen} == entries[0].moves
    )


def _of_visit(kept: Sequence[Kept], entries: Sequence[Entry], moves_of: MovesOf) -> Iterator[Found]:
    """What does not hold of the money of a visit."""
    mine = {one.entry for one in kept}
    for entry in entries:
        if entry.number not in mine and entry.kind != "reversal":
            yield Found(kept[0].at(4), _without(entry))
    there = {entry.number for entry in entries}
    booked: Counter[Account] = Counter()
    left = list(entries)
    for one in kept if len(kept) == 1 else sorted(kept, key=lambda one: one.number):
        while left and left[0].number <= one.entry:
            booked.update(left.pop(0).moves)
        says = moves_of(one)
        if says is None:
            return
        if one.entry not in there:
            yield Found(one.at(4), _no_entry(one))
        elif not _same(says, booked):
            yield Found(one.at(4), _not_moved(one))
    for entry in left:
        booked.update(entry.moves)
    standing = next((one for one in kept if one.ended is None), None)
    says = moves_of(standing) if standing is not None else {}
    if says is not None and not _same(says, booked):
        yield Found(kept[-1].at(5), _not_moved(kept[-1]))


def _same(says: Moves, booked: Moves) -> bool:
    """Whether moves are the same; what a person pays at the desk or is owed is one."""
    return _by_payer(says) == _by_payer(booked)


def _by_payer(moves: Moves) -> dict[Account, int]:
    found: Counter[Account] = Counter()
    for account, fen in moves.items():
        found[account if account.kind not in {"cash", "person"} else _PERSON] += fen
    return {account: fen for account, fen in found.items() if fen}


_PERSON = Account("", "cash")


def _no_entry(one: Kept) -> Bilingual:
    return Bilingual(
        f"结算 {one.number}：它的分录 {one.entry} 不见了",
        f"settlement {one.number}: its entry {one.entry} is not there",
    )


def _not_moved(one: Kept) -> Bilingual:
    return Bilingual(
        f"结算 {one.number}：账上为就诊 {one.visit} 记的与它不符",
        f"settlement {one.number}: the journal has not moved what it says",
    )


def _without(entry: Entry) -> Bilingual:
    return Bilingual(
        f"分录 {entry.number}：它所记的结算不见了",
        f"entry {entry.number}: the settlement that it books is not there",
    )
