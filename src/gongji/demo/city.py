"""The files that the demo is made of: tables as any city has them, and what happens in its year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from gongji.book.sheets import Sheet, sheet_at
from gongji.policy import source

__all__ = ["YEAR", "Resident", "notes", "table"]

YEAR = 2024
"""The year of the city that the files tell of."""

_FOLDER = Path(__file__).parent / "city"


class Resident(NamedTuple):
    """Somebody who lives in the city.

    `payer` pays the contributions (an employer or school by its code, or `self`), since `paid` and
    without a gap until the book begins; `late` are months that arrive on a day of their own, or
    `never`.  `amounts` are due of a month where the policy's document does not say it.  Of the
    crowd `habit` says which care they have, `disease` and `aided` what they are registered for.
    """

    serial: int
    name: str
    born: date
    scheme: str
    facts: Mapping[str, str]
    payer: str | None = None
    paid: date | None = None
    amounts: Mapping[str, str] | None = None
    late: Mapping[str, str] = {}
    habit: str | None = None
    disease: str | None = None
    aided: bool = False


def table(name: str) -> Sheet:
    """A table of the city, as institutions and offices send them."""
    return sheet_at(_FOLDER / f"{name}.csv")


def notes(name: str) -> Any:
    """What is written of the city: mappings and lists, all else as it is written."""
    return source.plain(source.read_file(_FOLDER / f"{name}.yaml"))
