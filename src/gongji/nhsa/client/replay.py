"""A recorded session sent again: what later requests take from earlier answers, what differs.

A line of a session is a JSON object: `infno`, `input`, and where wanted `message` (fields around
the input) and `expect` (a part of the answer).  Anywhere in them `${2201.data.mdtrt_id}` stands for
that place of the output of the latest 2201 that has it, `${2207.msgid}` for a field of its message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from gongji.nhsa.client.asking import FIELDS, check_number
from gongji.nhsa.client.places import value_at
from gongji.nhsa.client.session import Answer, Client
from gongji.nhsa.messages.exact_json import as_bytes, as_object
from gongji.wording import Bilingual, Refused, listed, shortened

__all__ = ["Step", "Told", "differences", "read_session", "replayed"]

_REFERENCE = re.compile(r"\$\{([0-9]{4}[A-Z]?)\.([^{}]{1,200})\}", re.ASCII)
_MEMBERS = ("infno", "input", "message", "expect")
_DONE: Mapping[str, object] = {"infcode": 0}
"""What is expected where a line says nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a session, numbered from 1."""

    line: int
    infno: str
    content: object
    message: Mapping[str, object]
    expect: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a step: the answer (None where it could not be asked for), what differs."""

    step: Step
    answer: Answer | None
    differences: tuple[Bilingual, ...]


def read_session(data: bytes, name: str) -> list[Step]:
    """The steps of a session; empty lines are passed over.  Raises `Refused` (`bad_session`)."""
    lines = enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), 1)
    found = [_step(line, number, name) for number, line in lines if line.strip()]
    if not found:
        raise _bad(name, 1, "文件里没有内容", "the file holds nothing")
    return found


def replayed(steps: Sequence[Step], client: Client) -> Iterator[Told]:
    """Send every step, in order.  Raises `Refused` as `Client.ask` does."""
    earlier: dict[str, list[Answer]] = {}
    for step in steps:
        try:
            content = _filled(step.content, earlier)
            more, expect = _filled(step.message, earlier), _filled(step.expect, earlier)
        except LookupError as missing:
            yield Told(step, None, (_not_there(str(missing.args[0])),))
            continue
        answer = client.ask(step.infno, content, more)
        earlier.setdefault(step.infno, []).append(answer)
        found = tuple(differences(expect, answer.told))
        if found and not answer.done and answer.reason:
            why = Bilingual(f"对方说：{answer.reason}", f"the other side says: {answer.reason}")
            found = (why, *found)
        yield Told(step, answer, found)


def differences(expected: object, found: object, place: str = "") -> Iterator[Bilingual]:
    """Where an answer is not as expected: what it has beyond that does not count.

    Numbers are the same by their value, also where one of them is text.
    """
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for name, one in expected.items():
            inside = f"{place}.{name}" if place else str(name)
            yield from differences(one, found.get(name), inside)
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from differences(one, other, f"{place}[{index}]")
    elif not _same(expected, found):
        told = [shortened(as_bytes(one).decode(), 80) for one in (expected, found)]
        yield Bilingual(
            f"{place}：应为 {told[0]}，实为 {told[1]}",
            f"{place}: expected {told[0]}, got {told[1]}",
        )


def _same(one: object, other: object) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | Decimal) or isinstance(other, int | Decimal):
        numbers = _number(one), _number(other)
        return None not in numbers and numbers[0] == numbers[1]
    return one == other


def _number(value: object) -> Decimal | None:
    if isinstance(value, str | int | Decimal):
        try:
            found = Decimal(value)
        except InvalidOperation:
            return None
        return found if found.is_finite() else None
    return None


def _step(line: bytes, number: int, name: str) -> Step:
    try:
        held = as_object(line)
    except ValueError:
        raise _bad(
            name, number, "不是 UTF-8 的 JSON 对象", "this is no JSON object in UTF-8"
        ) from None
    unknown = [one for one in held if one not in _MEMBERS]
    if unknown:
        known = listed(_MEMBERS)
        raise _bad(
            name,
            number,
            f"没有“{shortened(unknown[0])}”一项；可用：{known}",
            f"there is no {shortened(unknown[0])!r}; available: {known}",
        )
    message, expect = held.get("message", {}), held.get("expect", _DONE)
    for member, value in (("message", message), ("expect", expect)):
        if not isinstance(value, Mapping):
            raise _bad(name, number, f"{member} 应为对象", f"{member} should be an object")
    strange = [one for one in message if one not in FIELDS] if isinstance(message, Mapping) else []
    if strange:
        raise _bad(
            name,
            number,
            f"message 里没有“{shortened(strange[0])}”；可用：{listed(FIELDS, 99)}",
            f"message has no {shortened(strange[0])!r}; available: {listed(FIELDS, 99)}",
        )
    infno = str(held.get("infno", ""))
    try:
        check_number(infno)
    except Refused as refused:
        raise _bad(name, number, refused.message.zh, refused.message.en) from None
    assert isinstance(message, Mapping)
    assert isinstance(expect, Mapping)
    return Step(number, infno, held.get("input", {}), message, expect)


def _filled(value: Any, earlier: Mapping[str, list[Answer]]) -> Any:
    """A value with what it refers to in its place.  Raises `LookupError` with the reference."""
    if isinstance(value, Mapping):
        return {name: _filled(one, earlier) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, earlier) for one in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole is not None:
        return _referred(whole, earlier)
    return _REFERENCE.sub(lambda found: _as_text(_referred(found, earlier)), value)


def _referred(found: re.Match[str], earlier: Mapping[str, list[Answer]]) -> object:
    """What an earlier answer, the latest that has it, says at a place."""
    for answer in reversed(earlier.get(found[1], ())):
        for held in (answer.told.get("output"), answer.message):
            with suppress(LookupError, Refused):
                return value_at(held, found[2])
    raise LookupError(found[0])


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else as_bytes(value).decode()


def _not_there(reference: str) -> Bilingual:
    return Bilingual(
        f"没有发出：{reference} 在前面的应答里没有",
        f"not sent: {reference} is in no answer before it",
    )


def _bad(name: str, line: int, zh: str, en: str) -> Refused:
    return Refused(
        "bad_session",
        Bilingual(f"{name} 第 {line} 行：{zh}", f"{name}, line {line}: {en}"),
        {"file": name, "line": str(line)},
    )
