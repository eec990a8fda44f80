"""Persons found by their names: what people type of one, as keyed hashes beside the sealed name.

A name is found whole, by its words, by one to three of its characters in a row, and by how it
sounds: all syllables, or the first letters of them, where gongji[pinyin] is installed.  Equal
hashes are all that can be seen without the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from sqlalchemy import ColumnElement, insert, select

from gongji.book.acts import Act
from gongji.book.catalogue.initials import plain
from gongji.book.schema.people import NAME_MARK, PERSON
from gongji.book.sealed import Seal

__all__ = ["mark_name", "masked_name", "named", "typed"]

_BETWEEN = re.compile(r"[\s·•・‧∙]+")
"""What stands between the words of a name."""

_LEFT_OUT = re.compile(r"[\s·•・‧∙.'’\-\u200b-\u200f\u2060\ufeff]+")
"""What people write in a name or leave out as they like."""

_ASCII = re.compile(r"[\x00-\x7f]")
_LONGEST_RUN = 3
_MARK_BYTES = 16


def typed(text: str) -> str:
    """What is typed of a name, in the one form that is looked up: `Su Wan` is `suwan`."""
    return _LEFT_OUT.sub("", plain(text)).replace("ü", "v")


def masked_name(name: str) -> str:
    """A name as lists show it: the first character hidden, 苏晚 is `*晚`."""
    return f"*{name[1:]}" if len(name) > 1 else "*"


def mark_name(act: Act, person: int, name: str) -> None:
    """Write down what a new person can be found by."""
    marks = {_mark(act.seal, one) for one in _typed_of(name)}
    rows = [{"mark": mark, "person": person} for mark in sorted(marks)]
    if rows:
        act.connection.execute(insert(NAME_MARK), rows)


def named(seal: Seal, text: str) -> ColumnElement[bool]:
    """The condition that a person bears a name of which a text is what people type."""
    marked = select(NAME_MARK.c.person).where(NAME_MARK.c.mark == _mark(seal, typed(text)))
    return PERSON.c.id.in_(marked)


def _mark(seal: Seal, text: str) -> bytes:
    """Half a hash is enough to tell names apart, and there are some ten of each person."""
    return seal.hash(f"name {text}")[:_MARK_BYTES]


def _typed_of(name: str) -> Iterator[str]:
    """Everything that finds a name."""
    whole = typed(name)
    if not whole:
        return
    yield whole
    words = [typed(one) for one in _BETWEEN.split(plain(name))]
    yield from (one for one in words if one)
    if whole.isascii():
        return
    for length in range(1, _LONGEST_RUN + 1):
        runs = (whole[start : start + length] for start in range(len(whole) - length + 1))
        yield from (run for run in runs if not _ASCII.search(run))
    for syllables in _readings(whole):
        yield "".join(syllables)
        yield "".join(one[0] for one in syllables)


def _readings(name: str) -> Iterator[Sequence[str]]:
    """How a name can be read: as its characters are read most, or one of them otherwise.

    曾 is ceng and zeng; the dictionary knows which in words, not in the names of people.
    """
    try:
        from pypinyin import lazy_pinyin
    except ImportError:
        return
    yield [one for one in map(typed, lazy_pinyin(name)) if one]
    each = [_readings_of(one) for one in name]
    most = [some[0] for some in each]
    for place, some in enumerate(each):
        for other in some:
            yield [*most[:place], other, *most[place + 1 :]]


@lru_cache(maxsize=1 << 13)
def _readings_of(character: str) -> Sequence[str]:
    from pypinyin import Style, pinyin

    (found,) = pinyin(character, style=Style.NORMAL, heteronym=True)
    return tuple(typed(one) or character for one in found)
