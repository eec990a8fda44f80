"""All that is true of a person or an institution: from which day to which, and known since when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from gongji.api.fields import Answer, Day, Fact, day_text, example
from gongji.book.persons.facts import Stretch as Held

__all__ = ["History", "history_record"]


class Stretch(Answer):
    """A value that holds from a day to a day, both included."""

    name: str
    value: Fact
    since: Day
    until: Day | None


class History(Answer):
    """All that holds of somebody, by name and day."""

    model_config = example(
        {"known_on": None, "stretches": [
            {"name": "category", "value": "active", "since": "2024-01-01", "until": None}]}
    )  # fmt: skip

    known_on: Day | None
    stretches: list[Stretch]


def history_record(stretches: Sequence[Held], known_on: date | None) -> dict[str, Any]:
    """All that holds of somebody, as it is answered."""
    return {
        "known_on": day_text(known_on),
        "stretches": [
            {"name": one.name, "value": one.value, "since": one.since.isoformat(),
             "until": day_text(one.until)}
            for one in stretches
        ],
    }  # fmt: skip
