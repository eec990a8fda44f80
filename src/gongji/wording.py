"""Words in two languages, and the one exception whose words users see.

Chinese is what users see first, English second.  Everything a user can read, an error included,
is a `Bilingual`; which of the two is shown is decided at the edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["Bilingual", "Language", "Refused", "listed", "nearest", "shortened"]

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One piece of text in Chinese and in English."""

    zh: str
    en: str

    def in_(self, language: Language) -> str:
        """The text in `language`."""
        return self.zh if language == "zh" else self.en

    def __add__(self, other: Bilingual) -> Bilingual:
        return Bilingual(self.zh + other.zh, self.en + other.en)

    def with_(self, new: str, instead_of: str) -> Bilingual:
        """The text with a word that both languages share replaced."""
        return Bilingual(self.zh.replace(instead_of, new), self.en.replace(instead_of, new))


class Refused(Exception):
    """A request that cannot be answered, in one clear sentence: what, where, expected, what to do.

    `kind` is a stable word for machines (`unknown_value`, `not_stated`, `out_of_force` ...);
    `details` are plain strings or lists of strings that go with it (clauses, field, choices).
    """

    def __init__(
        self,
        kind: str,
        message: Bilingual,
        details: Mapping[str, str | list[str]] | None = None,
    ) -> None:
        super().__init__(message.en)
        self.kind = kind
        self.message = message
        self.details: dict[str, str | list[str]] = dict(details or {})


def shortened(text: str, most: int = 60) -> str:
    """A text as it was found, for a message: on one line, and not longer than `most`."""
    shown = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
    return shown if len(shown) <= most else f"{shown[:most]}…"


def listed(names: Iterable[str], most: int = 12) -> str:
    """Names separated by commas; a long list is cut and says how many it has."""
    every = list(names)
    shown = ", ".join(every[:most])
    return shown if len(every) <= most else f"{shown} … ({len(every)})"


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that a mistyped word most likely meant, or None where nothing is near."""
    from difflib import get_close_matches  # imported here: only mistakes pay for it

    every = list(choices)
    holding = [one for one in every if len(word) > 1 and word in one]
    if holding:
        return min(holding, key=len)
    found = get_close_matches(word, every, n=1, cutoff=0.6)
    return found[0] if found else None
