"""Reading parameters: figures and choices that a document leaves to others, as supplied.

{pool_maximum: 240000}                                   one figure
{inpatient_rate: {tier_3 active: 85%, ...}}              one for each value of some facts
{"inpatient_rate[tier_3 active]": 85%}                   the same, one at a time
{average_wage: {from 2024-07-01: 7500, ...}}             one for each period, by its first day
{"average_wage[from 2024-07-01]": 7500}                  the same, one at a time
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

from gongji.engine.amounts import Raw, one_text
from gongji.engine.bill import FactValue
from gongji.engine.inputs import read_day, read_number, read_value, unknown_name
from gongji.engine.periods import by_period, overlaps
from gongji.money import parse_yuan
from gongji.policy.model import Given, Policy, Unit
from gongji.wording import Bilingual, Refused, listed, shortened

__all__ = ["read_parameters"]

_SINCE = re.compile(r"(.*?)\s*\bfrom (\d{4}-\d{2}-\d{2})", re.ASCII)


def read_parameters(policy: Policy, raw: Mapping[str, Raw]) -> dict[str, FactValue]:
    """Parameters that the document leaves open, as supplied: yuan, rates such as 85%, choices.

    Raises `Refused` for one that the policy does not have, for rows and periods that are none,
    and for a figure that is said twice, or once for all time and once for a period.
    """
    found: dict[str, FactValue] = {}
    for name, row, value in _rows(raw):
        where = f"parameters.{name}" if row is None else f"parameters.{name}[{row}]"
        given = policy.given.get(name)
        if given is None:
            raise unknown_name(name, policy.given, where, Bilingual("参数", "parameter"))
        key = _parameter_key(policy, given, row, where)
        if key in found or overlaps(found, key):
            raise _twice(where)
        found[key] = _parameter(policy, given, value, where)
    return found


def _rows(raw: Mapping[str, Raw]) -> Iterator[tuple[str, str | None, Raw]]:
    """Every figure with its parameter's name, and the row in brackets or in a block of rows."""
    for name, value in raw.items():
        bare, bracket, rest = name.partition("[")
        if bracket and rest.endswith("]"):
            yield bare, rest.removesuffix("]"), value
        elif isinstance(value, Mapping) and value:
            for row, one in value.items():
                yield name, row, one
        else:
            yield name, None, value


def _twice(where: str) -> Refused:
    return Refused(
        "said_twice",
        Bilingual(
            f"{where}：这个参数写了两次；同一时期只写一个数，分时期的不再写不分时期的",
            f"{where}: this parameter is said twice; say one figure for a period, and none "
            "without a period beside it",
        ),
        {"field": where},
    )


def _parameter(policy: Policy, given: Given, value: Raw, where: str) -> FactValue:
    text = one_text(value, where)
    if given.unit is Unit.YUAN:
        return Fraction(parse_yuan(text, where))
    if given.unit is Unit.RATE:
        return _rate(text, where)
    return read_number(text, where) if given.unit else read_value(policy, given.fact, text, where)


def _parameter_key(policy: Policy, given: Given, row: str | None, where: str) -> str:
    """`name[value value]` for the facts that a parameter goes by; ` from <day>` where said."""
    since = _SINCE.fullmatch(row.strip()) if row is not None else None
    if since is not None:
        day = read_day(since[2], where)
        return by_period(_parameter_key(policy, given, since[1] or None, where), day)
    if row is None and not given.by:
        return given.name
    if not given.by:
        raise Refused(
            "unknown_field",
            Bilingual(
                f"{where}：“{given.title.zh}”只有一个数；按时期分的写 "
                f"{given.name}[from 2024-07-01]",
                f"{where}: “{given.title.en}” is one figure; by period write "
                f"{given.name}[from 2024-07-01]",
            ),
            {"field": where},
        )
    words = (row or "").replace(",", " ").split()
    if len(words) != len(given.by):
        titles = [_titles_of(policy, fact) for fact in given.by]
        shape = " ".join(next(iter(one)) for one in titles)
        raise Refused(
            "unknown_field",
            Bilingual(
                f"{where}：“{given.title.zh}”按 {listed(given.by)} 各有一个数；"
                f"写 {given.name}[{shape}]",
                f"{where}: “{given.title.en}” has a figure for each {listed(given.by)}; write "
                f"{given.name}[{shape}]",
            ),
            {"field": where, "choices": list(given.by)},
        )
    chosen = []
    for fact, word in zip(given.by, words, strict=True):
        known = _titles_of(policy, fact)
        aliases = policy.facts[fact].aliases if fact in policy.facts else {}
        value = aliases.get(word, word)
        if value not in known:
            raise unknown_name(word, known, where, _title_of(policy, fact))
        chosen.append(value)
    return f"{given.name}[{' '.join(chosen)}]"


def _titles_of(policy: Policy, fact: str) -> Mapping[str, Bilingual]:
    return policy.facts[fact].values if fact in policy.facts else policy.derived[fact].values


def _title_of(policy: Policy, fact: str) -> Bilingual:
    return policy.facts[fact].title if fact in policy.facts else policy.derived[fact].title


def _rate(text: str, where: str) -> Fraction:
    if text.endswith("%"):
        rate = read_number(text.removesuffix("%"), where) / 100
        if rate <= 1:
            return rate
    raise Refused(
        "bad_number",
        Bilingual(
            f"{where}：“{shortened(text)}”不是比例；应为 0% 至 100%，如 85%",
            f"{where}: “{shortened(text)}” is not a rate; expected 0% to 100%, such as 85%",
        ),
        {"field": where},
    )
