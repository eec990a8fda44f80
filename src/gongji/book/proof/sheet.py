"""Settlements as columns: what went into each, and what it is held to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gongji.book.proof.coding import Array, Coder, parts_of
from gongji.book.proof.spots import NOWHERE, DaySpots, OfText, Spots
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

Texts = Mapping[tuple[str, str], int]
"""The texts that a settlement names, by fact and text, numbered from 0."""


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
        self._said: list[int] = []
        self._parts: list[list[int]] = []
        self._texts: list[Texts] = []
        self._before = _Readings()
        self._moved = _Readings()
        self._paid: list[list[int | None]] = []

    def add(self, which: int, one: Kept) -> None:
        """Gather a settlement; one that only the engine can read is left out."""
        person = self.coder.person(one.person_text, one.person_said)
        lines = self._lines_of(one.bill)
        paid = [*map(one.payments.get, self.funds)]
        if person is None or lines is None or None in paid or len(paid) != len(one.payments):
            return
        said, parts = lines
        texts = self._texts_of(person, said) if self.spots.per_text else {}
        day = self.spots.on(one.day)
        before = self._places(one.before, day, texts)
        moved = self._places(one.moved, day, texts)
        if before is None or moved is None or NOWHERE in moved:
            return
        account = NOT_STATED if one.account_fen is None else one.account_fen
        self._heads.append((
            which, one.day.toordinal(), day.number, person, len(self._said), len(said),
            len(moved), one.total_fen, one.person_fen, account,
        ))  # fmt: skip
        self._said += said
        self._parts += parts
        self._texts.append(texts)
        self._before.add(before, one.before)
        self._moved.add(moved, one.moved)
        self._paid.append(paid)

    def claims(self) -> Claims:
        """What was gathered."""
        heads = np.array(self._heads, np.int64).reshape(-1, 10)
        most = max((len(texts) for texts in self._texts), default=0)
        width = self.spots.layout.width + most * self.spots.per_text
        windows = [
            np.concatenate([day.windows, *[day.windows_of_text] * most]) for day in self.spots.days
        ]
        before = self._before.put(np.zeros((len(heads), width), np.int64))
        return Claims(
            which=heads[:, 0], day=heads[:, 1], person=heads[:, 3], first=heads[:, 4],
            length=heads[:, 5], moves=heads[:, 6], sums=heads[:, 7:],
            windows=np.array(windows, np.int64).reshape(-1, width)[heads[:, 2]],
            before=before, after=self._moved.put(before.copy()),
            paid=np.array(self._paid, np.int64).reshape(-1, len(self.funds)),
            said=np.array(self._said, np.int64),
            parts=np.array(self._parts, np.int64),
            texts=self._texts,
        )  # fmt: skip

    def _lines_of(self, bill: Mapping[str, Any]) -> tuple[list[int], list[list[int]]] | None:
        """Of each line its row of codes and its parts; None where only the engine can read them."""
        coder = self.coder
        items = bill["items"]
        of_all = {name: value for name, value in bill.items() if name not in _OF_LINES}
        if not 0 < len(items) <= MOST_LINES or not of_all.keys().isdisjoint(_AMOUNTS):
            return None
        number = coder.bill(of_all)
        every_said, every_parts = [], []
        for item in items:
            if type(item) is not dict:
                return None
            own: dict[str, Any] = {}
            amounts: dict[str, Any] = {}
            for name, value in item.items():
                (amounts if name in _AMOUNTS else own)[name] = value
            said, parts = coder.line(number, of_all, own), parts_of(amounts)
            if said is None or parts is None:
                return None
            every_said.append(said)
            every_parts.append(parts)
        return every_said, every_parts

    def _texts_of(self, person: int, lines: Iterable[int]) -> Texts:
        coder = self.coder
        every = [*coder.persons.texts[person]]
        for said in lines:
            every += coder.lines.texts[said]
        return {text: number for number, text in enumerate(dict.fromkeys(every))}

    def _places(self, readings: Mapping[str, int], day: DaySpots, texts: Texts) -> list[int] | None:
        """Where readings stand in the row of a settlement, or that it is nowhere.

        None where one is larger than the kernel takes.
        """
        if readings:
            values = readings.values()
            if min(values) < 0 or max(values) > _LARGEST_READING:
                return None
        return [
            self._of_text(spot, texts) if isinstance(spot, OfText) else spot
            for spot in map(day.__getitem__, readings)
        ]

    def _of_text(self, spot: OfText, texts: Texts) -> int:
        text = texts.get((spot.fact, spot.text))
        if text is None:
            return NOWHERE
        return self.spots.layout.width + text * self.spots.per_text + spot.place


class _Readings:
    """Readings of settlements, one after the other: where each stands in the row, and how much."""

    def __init__(self) -> None:
        self.lengths: list[int] = []
        self.places: list[int] = []
        self.values: list[int] = []

    def add(self, places: Sequence[int], readings: Mapping[str, int]) -> None:
        """Gather those of the next settlement."""
        self.lengths.append(len(places))
        self.places += places
        self.values += readings.values()

    def put(self, table: Array) -> Array:
        """Put them into a table that has a row for each settlement; gives the table."""
        rows = np.repeat(np.arange(len(table)), self.lengths)
        places, values = np.array(self.places, np.int64), np.array(self.values, np.int64)
        there = places != NOWHERE
        table[rows[there], places[there]] = values[there]
        return table
