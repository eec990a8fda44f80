"""Wrapping text for a terminal: Chinese breaks between any two characters, Latin at spaces."""

from __future__ import annotations

from unicodedata import east_asian_width

__all__ = ["cells", "wrapped"]

_NOT_FIRST = frozenset("，。；：、？！）》”’％…,.;:?!)%")
_NOT_LAST = frozenset("（《“‘(")


def cells(text: str) -> int:
    """How many columns a text takes on a terminal: two for a wide character."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def wrapped(text: str, width: int) -> list[str]:
    """The lines of a text at most `width` columns wide (a longer word stands alone).

    No line begins with closing punctuation or ends with an opening bracket.
    """
    lines: list[str] = []
    line, taken = "", 0
    for unit in _units(text):
        if line and taken + cells(unit.rstrip()) > width:
            lines.append(line.rstrip())
            line = unit.lstrip()
            taken = cells(line)
        else:
            line += unit
            taken += cells(unit)
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _units(text: str) -> list[str]:
    """Pieces between which a line may break: punctuation stays with what it belongs to."""
    units: list[str] = []
    before = ""
    for char in text:
        kind = _kind(char)
        joins = bool(units) and (
            char in _NOT_FIRST or units[-1][-1] in _NOT_LAST or kind == "space"
        )
        if joins or (units and kind == before == "word"):
            units[-1] += char
        else:
            units.append(char)
        before = kind
    return units


def _kind(char: str) -> str:
    """How a character breaks: between any two ideographs, but not inside a word."""
    if char.isspace():
        return "space"
    return "ideograph" if "\u2e80" <= char <= "\u9fff" or "\uff00" <= char <= "\uffef" else "word"
