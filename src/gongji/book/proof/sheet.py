"""Settlements as columns: what went into each, and what it is held to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from gongji.book.proof.coding import Array, Coder, amounts_of
from gongji.book.proof.spots import DaySpots, OfText, Spots
from gongji.book.proof.stretch import Kept
from gongji.engine.amounts import AMOUNTS
from gongji.kernel.draft import MOST_LINES
from gongji.kernel.number import LARGEST_FEN

__all__ = ["NOT_STATED", "Claims", "Sheet", "Texts"]

NOT_STATED = -1
"""What stands for an amount from the account where the document does not say what it pays."""

_LARGEST_READING = 100 * LARGEST_FEN
_AMOUNTS = frozenset(AMOUNTS)
_OF_LINES = {"date", "items"}

Reading = tuple[int, int, int]
"""Whose, where in the row, how much."""

Texts = Mapping[tuple[str, str], int]
"""The texts that a settlement names, by fact and text, numbered from 0."""


class Line(NamedTuple):
    """A line of a bill: its row of codes, and its parts in fen."""

    said: int
    parts: tuple[int, ...]


class Claims(NamedTuple):
    """Settlements as columns; `which` are their places among those that were given.

    A settlement has a row of readings `before` and `after` it: those of the person, then those of
    each text that it names.  `windows` are the numbers of theirs; `moves` says how many readings
    were kept as moved, `paid` what each fund paid, `sums` the total, the person's part and the
    account's.  Its lines are `length` from `first` on, each with a row of codes and its parts.
    """

    which: Array
    day: Array
    person: Array
    first: Array
    length: Array
    windows: Array
    before: Array
    after: Array
    moves: Array
    paid: Array
    sums: Array
    said: Array
    parts: Array
    texts: list[Texts]


class Sheet:
    """Settlements as they are gathered, by the rules of one policy and its `funds`."""

    def __init__(self, coder: Coder, spots: Spots, funds: tuple[str, ...]) -> None:
        self.coder = coder
        self.spots = spots
        self.funds = funds
        self._heads: list[tuple[int, ...]] = []
        self._days: list[DaySpots] = []
        self._lines: list[Line] = []
        self._texts: list[Texts] = []
        self._before: list[Reading] = []
        self._moved: list[Reading] = []
        self._paid: list[list[int | None]] = []

    def add(self, which: int, one: Kept) -> None:
        """Gather a settlement; one that only the engine can read is left out."""
        person = self.coder.person(one.person_text, one.person_said)
        lines = self._lines_of(one)
        paid = [*map(one.payments.get, self.funds)]
        if person is None or lines is None or None in paid or len(paid) != len(one.payments):
            return
        texts = self._texts_of(person, lines) if self.spots.per_text else {}
        day = self.spots.on(one.day)
        number = len(self._heads)
        before = self._readings(number, one.before, day, texts)
        moved = self._readings(number, one.moved, day, texts)
        if before is None or moved is None or len(moved) != len(one.moved):
            return
        account = NOT_STATED if one.account_fen is None else one.account_fen
        self._heads.append((
            which, one.day.toordinal(), person, len(self._lines), len(lines), len(moved),
            one.total_fen, one.person_fen, account,
        ))  # fmt: skip
        self._days.append(day)
        self._lines += lines
        self._texts.append(texts)
        self._before += before
        self._moved += moved
        self._paid.append(paid)

    def claims(self) -> Claims:
        """What was gathered."""
        heads = np.array(self._heads, np.int64).reshape(-1, 9)
        most = max((len(texts) for texts in self._texts), default=0)
        windows = [
            np.concatenate([day.windows, *[day.windows_of_text] * most]) for day in self._days
        ]
        before = np.zeros(
            (len(heads), self.spots.layout.width + most * self.spots.per_text), np.int64
        )
        _put(before, self._before)
        after = before.copy()
        _put(after, self._moved)
        return Claims(
            which=heads[:, 0], day=heads[:, 1], person=heads[:, 2], first=heads[:, 3],
            length=heads[:, 4], moves=heads[:, 5], sums=heads[:, 6:],
            windows=np.array(windows, np.int64).reshape(before.shape),
            before=before, after=after,
            paid=np.array(self._paid, np.int64).reshape(-1, len(self.funds)),
            said=np.array([line.said for line in self._lines], np.int64),
            parts=np.array([line.parts for line in self._lines], np.int64),
            texts=self._texts,
        )  # fmt: skip

    def _lines_of(self, one: Kept) -> list[Line] | None:
        """The lines of a bill; None where only the engine can read them."""
        bill = {name: value for name, value in one.bill.items() if name not in _OF_LINES}
        items = one.bill["items"]
        if not 0 < len(items) <= MOST_LINES or not bill.keys().isdisjoint(_AMOUNTS):
            return None
        found = []
        for item in items:
            if type(item) is not dict:
                return None
            own = {name: value for name, value in item.items() if name not in _AMOUNTS}
            said, parts = self.coder.line(bill, own), amounts_of(item)
            if said is None or parts is None:
                return None
            found.append(Line(said, parts))
        return found

    def _texts_of(self, person: int, lines: Iterable[Line]) -> Texts:
        coder = self.coder
        every = [*coder.persons.texts[person]]
        for line in lines:
            every += coder.lines.texts[line.said]
        return {text: number for number, text in enumerate(dict.fromkeys(every))}

    def _readings(
        self, number: int, readings: Mapping[str, int], day: DaySpots, texts: Texts
    ) -> list[Reading] | None:
        """The readings that a settlement has to do with.

        None where one is larger than the kernel takes.
        """
        found: list[Reading] = []
        known = day.known
        for name, value in readings.items():
            spot = known[name] if name in known else day.find(name)
            if spot is None:
                continue
            if not 0 <= value <= _LARGEST_READING:
                return None
            if isinstance(spot, OfText):
                text = texts.get((spot.fact, spot.text))
                if text is None:
                    continue
                begin = self.spots.layout.width + text * self.spots.per_text
                found.append((number, begin + spot.place, value))
            else:
                found.append((number, spot, value))
        return found


def _put(table: Array, readings: list[Reading]) -> None:
    """Put readings into a table that has a row for each settlement."""
    if readings:
        claims, places, values = np.array(readings, np.int64).T
        table[claims, places] = values
