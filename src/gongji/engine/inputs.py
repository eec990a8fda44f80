"""Reading what people write of a person and a visit: words and amounts into facts and fen.

Everything arrives as text (or lists of text), from a command line, a case file or a form.  Unknown
names, values that a policy does not have, and amounts that do not add up are refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from fractions import Fraction

from gongji.engine.amounts import AMOUNTS, Raw, check_sums, one_text, read_parts, shown
from gongji.engine.bill import FactValue, Item, Person, Visit
from gongji.engine.meters import ACCOUNT, MeterKey, Meters, key_of
from gongji.money import parse_yuan
from gongji.policy.model import Fact, Meter, Policy
from gongji.wording import Bilingual, Refused, listed, nearest, shortened

__all__ = [
    "ACCOUNT_BALANCE",
    "Raw",
    "read_day",
    "read_facts",
    "read_number",
    "read_opening",
    "read_person",
    "read_value",
    "read_visit",
    "unknown_name",
]

ACCOUNT_BALANCE = "account_balance"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,6})?", re.ASCII)
_METER = re.compile(r"([^\[\]]+)(?:\[([^\[\]]+)\])?")
_EMPTY = (["none"], ["无"])


def read_day(raw: Raw | None, field: str) -> date:
    """A date written YYYY-MM-DD.  Raises `Refused` (`bad_date`)."""
    try:
        if isinstance(raw, str) and _DAY.fullmatch(raw.strip()):
            return date.fromisoformat(raw.strip())
    except ValueError:
        pass
    found = Bilingual(f"{shown(raw)}不是日期", f"{shown(raw)} is not a date")
    if raw is None:
        found = Bilingual("没有日期", "the date is missing")
    raise Refused(
        "bad_date",
        Bilingual(
            f"{field}：{found.zh}；应为 YYYY-MM-DD，如 2024-03-05",
            f"{field}: {found.en}; expected YYYY-MM-DD, such as 2024-03-05",
        ),
        {"field": field},
    )


def read_person(policy: Policy, raw: Mapping[str, Raw], field: str = "person") -> Person:
    """A person's facts.  Raises `Refused` for names and values that the policy does not have."""
    known = {name: fact for name, fact in policy.facts.items() if fact.of == "person"}
    return Person(_facts(policy, known, raw, field))


def read_facts(
    policy: Policy, raw: Mapping[str, Raw], field: str, asked: Collection[str]
) -> dict[str, FactValue]:
    """Facts of the person and of the occasion alike, for a question that may ask for `asked`.

    Other facts of the policy may be said too.  Their places are told within `field`, where there is
    one.  Raises `Refused` for names that it does not have.
    """
    for name in raw:
        if name not in policy.facts:
            near = nearest(name, asked) or nearest(name, policy.facts)
            raise unknown_name(
                name,
                list(asked),
                f"{field}.{name}" if field else name,
                Bilingual("字段", "field"),
                near,
            )
    return _facts(policy, policy.facts, raw, field)


def read_opening(
    policy: Policy, meters: Meters, raw: Mapping[str, Raw], day: date, field: str
) -> Meters:
    """Meters set to readings known from elsewhere, such as a slip: yuan, or a number of visits.

    `account_balance` sets the account; a meter kept per something is written `meter[value]`.
    """
    changes: dict[MeterKey, int] = {}
    for name, value in raw.items():
        where = f"{field}.{name}"
        if name == ACCOUNT_BALANCE:
            changes[ACCOUNT] = parse_yuan(one_text(value, where), where)
            continue
        found = _METER.fullmatch(_without_window(policy, name, day))
        bare, rest = found.groups(default="") if found else ("", "")
        meter = policy.meters.get(bare)
        if meter is not None and meter.per and not rest:
            raise _kept_apart(policy, meter, where)
        if meter is None or bool(rest) != bool(meter.per):
            titles = {
                f"{one.name}[{one.per}]" if one.per else one.name: one.title.zh
                for one in policy.meters.values()
            }
            raise unknown_name(
                name, [*titles, ACCOUNT_BALANCE], where, Bilingual("累计项", "meter")
            )
        per = ""
        if meter.per:
            per = _read_per(policy, meter.per, rest, where)
        text = one_text(value, where)
        key = key_of(meter, per, day)
        if key in changes:
            raise _said_twice(where)
        if meter.counts == "visits":
            changes[key] = int(read_number(text, where, whole=True))
        else:
            changes[key] = parse_yuan(text, where)
    return meters.moved(changes)


def _read_per(policy: Policy, name: str, text: str, where: str) -> str:
    """The value that a meter is kept apart for, of a fact said or derived."""
    if name in policy.facts:
        return str(read_value(policy, policy.facts[name], text, where))
    derived = policy.derived[name]
    if text not in derived.values:
        raise unknown_name(text, derived.values, where, derived.title)
    return text


def _without_window(policy: Policy, name: str, day: date) -> str:
    """The name of a meter; a record writes it with its window, `pooled_cost@2024`."""
    bare, at, window = name.rpartition("@")
    meter = policy.meters.get(bare.partition("[")[0]) if at else None
    return bare if meter is not None and key_of(meter, "", day).window == window else name


def read_visit(policy: Policy, raw: Mapping[str, Raw], field: str = "event") -> Visit:
    """A visit: `date`, facts of the bill, amounts, and items where the cost differs in kind.

    Amounts are `total`, `in_scope`, `over_price_cap`, `prior_self_pay`, `out_of_catalogue`.
    Without `in_scope` it is what the other parts leave of the total; a remainder of the total
    that no part explains is booked as out of catalogue, and a note says so.
    """
    known = {name: fact for name, fact in policy.facts.items() if fact.of == "bill"}
    day = read_day(raw.get("date"), f"{field}.date")
    said = {k: v for k, v in raw.items() if k not in (*AMOUNTS, "date", "items")}
    facts = _facts(policy, known, said, field)
    amounts = {name: raw[name] for name in AMOUNTS if name in raw}
    listed_items = raw.get("items")
    if listed_items is None:
        parts, notes = read_parts(amounts, field)
        return Visit(day, (Item(parts),), facts, notes)
    if isinstance(listed_items, str | Mapping) or not listed_items:
        raise Refused(
            "bad_input",
            Bilingual(
                f"{field}.items 应为至少一项的列表",
                f"{field}.items: expected a list of at least one item",
            ),
            {"field": f"{field}.items"},
        )
    items: list[Item] = []
    every_note: tuple[str, ...] = ()
    for index, one in enumerate(listed_items):
        where = f"{field}.items[{index + 1}]"
        if not isinstance(one, Mapping):
            raise Refused(
                "bad_input",
                Bilingual(f"{where} 应为 {{…}}", f"{where}: expected a block of fields"),
                {"field": where},
            )
        own = _facts(policy, known, {k: v for k, v in one.items() if k not in AMOUNTS}, where)
        _check_against_visit(policy, own, facts, where, field)
        parts, notes = read_parts({k: one[k] for k in AMOUNTS if k in one}, where)
        every_note += tuple(note for note in notes if note not in every_note)
        items.append(Item(parts, own))
    check_sums(amounts, items, field)
    return Visit(day, tuple(items), facts, every_note)


def _check_against_visit(
    policy: Policy,
    own: Mapping[str, FactValue],
    visit: Mapping[str, FactValue],
    where: str,
    field: str,
) -> None:
    """What is said of the whole bill cannot be otherwise on one of its lines."""
    for name, value in own.items():
        if name in visit and visit[name] != value:
            title = policy.facts[name].title
            raise Refused(
                "impossible_value",
                Bilingual(
                    f"{where}.{name}：“{title.zh}”与 {field}.{name} 不一致；"
                    f"各行不同的，只写在各行里",
                    f"{where}.{name}: “{title.en}” differs from {field}.{name}; where lines "
                    f"differ, say it on the lines only",
                ),
                {"field": f"{where}.{name}"},
            )


def _facts(
    policy: Policy, known: Mapping[str, Fact], raw: Mapping[str, Raw], field: str
) -> dict[str, FactValue]:
    found: dict[str, FactValue] = {}
    for name, value in raw.items():
        where = f"{field}.{name}" if field else name
        fact = known.get(name)
        if fact is None:
            elsewhere = policy.facts.get(name)
            if elsewhere is not None:
                raise _misplaced(name, elsewhere, where)
            of_bill = known and next(iter(known.values())).of == "bill"
            of_line = field.endswith("]") and "items[" in field
            more = AMOUNTS if of_line else ("date", *AMOUNTS, "items")
            names = [*known, *(more if of_bill else ())]
            raise unknown_name(name, names, where, Bilingual("字段", "field"))
        if fact.kind == "set":
            words = value.split(",") if isinstance(value, str) else value
            if isinstance(words, Mapping):
                raise unknown_name(name, fact.values, where, fact.title)
            members = [one_text(one, where).strip() for one in words]
            if members in _EMPTY:
                members = []
            found[name] = frozenset(str(read_value(policy, fact, one, where)) for one in members)
        else:
            found[name] = read_value(policy, fact, one_text(value, where), where)
    return found


def read_value(policy: Policy, fact: Fact, text: str, where: str) -> FactValue:
    """The value of a fact as people write it.  Raises `Refused` for what it cannot be."""
    word = text.strip()
    if fact.kind == "number":
        return read_number(word, where, whole=fact.whole, least=fact.least, most=fact.most)
    if fact.kind == "amount":
        return Fraction(parse_yuan(word, where))
    if fact.kind == "date":
        return read_day(word, where)
    if fact.kind == "text":
        return _word(word, where)
    if word in fact.values:
        return word
    if word in fact.aliases:
        return fact.aliases[word]
    for value, title in fact.values.items():
        if word in (title.zh, title.en):
            return value
    choices = [f"{name} {title.zh}" for name, title in fact.values.items()]
    english = [f"{name} ({title.en})" for name, title in fact.values.items()]
    named = {title.zh: value for value, title in fact.values.items()} | dict(fact.aliases)
    near = nearest(word, [*fact.values, *named])
    near = named.get(near, near) if near else None
    hint = Bilingual("", "")
    if near:
        title = fact.values[near]
        hint = Bilingual(
            f"；最接近的是 {near}（{title.zh}）", f"; the nearest is {near} ({title.en})"
        )
    raise Refused(
        "unknown_value",
        Bilingual(
            f"{where}：{policy.id} 的“{fact.title.zh}”没有“{shortened(word)}”；可选："
            f"{listed(choices, 20)}",
            f"{where}: “{shortened(word)}” is no value of “{fact.title.en}” in {policy.id}; "
            f"expected one of: {listed(english, 20)}",
        )
        + hint,
        {"field": where, "choices": list(fact.values)},
    )


def _word(text: str, where: str) -> str:
    """A name that people give, such as a drug's."""
    if len(text) <= 40 and text.isprintable() and not set(text) & set("[]@"):
        return text
    raise Refused(
        "bad_input",
        Bilingual(
            f"{where}：“{shortened(text)}”；应为一个名称，至多 40 个字，不含 [ ] @",
            f"{where}: “{shortened(text)}”; expected a name of at most 40 characters without [ ] @",
        ),
        {"field": where},
    )


def read_number(
    text: str,
    where: str,
    *,
    whole: bool = False,
    least: Fraction = Fraction(0),
    most: Fraction | None = None,
) -> Fraction:
    """A plain number between `least` and `most`.  Raises `Refused` (`bad_number`)."""
    number = Fraction(text) if _NUMBER.fullmatch(text) else None
    fits = number is not None and number >= least and (most is None or number <= most)
    if number is not None and fits and not (whole and number.denominator != 1):
        return number
    what = Bilingual("数，如 3 或 2.5", "a number, such as 3 or 2.5")
    if whole:
        what = Bilingual("整数", "a whole number")
    bounds = Bilingual(f"不小于 {least} 的", f"{least} or more")
    if most is not None:
        bounds = Bilingual(f" {least} 到 {most} 的", f"from {least} to {most}")
    raise Refused(
        "bad_number",
        Bilingual(
            f"{where}：“{shortened(text)}”；应为{bounds.zh}{what.zh}",
            f"{where}: “{shortened(text)}”; expected {what.en}, {bounds.en}",
        ),
        {"field": where},
    )


def unknown_name(
    name: str,
    known: Sequence[str] | Mapping[str, object],
    where: str,
    what: Bilingual,
    near: str | None = None,
) -> Refused:
    """A name that is none of those known, with the nearest of them, or another that is near."""
    choices = list(known)
    near = near or nearest(name, choices)
    hint = (
        Bilingual(f"；最接近的是 {near}", f"; the nearest is {near}") if near else Bilingual("", "")
    )
    return Refused(
        "unknown_field",
        Bilingual(
            f"{where}：没有{what.zh}“{shortened(name)}”；可用：{listed(choices, 30) or '无'}",
            f"{where}: there is no {what.en} “{shortened(name)}”; there are: "
            f"{listed(choices, 30) or 'none'}",
        )
        + hint,
        {"field": where, "choices": choices},
    )


def _said_twice(where: str) -> Refused:
    return Refused(
        "said_twice",
        Bilingual(
            f"{where}：同一个累计项写了两次；只写一次",
            f"{where}: this meter is said twice; say it once",
        ),
        {"field": where},
    )


def _kept_apart(policy: Policy, meter: Meter, where: str) -> Refused:
    """A reading that must say which of several it is."""
    name = meter.per or ""
    known = policy.facts if name in policy.facts else policy.derived
    title, values = known[name].title, list(known[name].values)
    words = Bilingual(f"写 {meter.name}[…]，括号中写{title.zh}", f"write {meter.name}[{title.en}]")
    if values:
        words = Bilingual(
            f"写 {meter.name}[{values[0]}]，可选：{listed(values, 20)}",
            f"write {meter.name}[{values[0]}], one of: {listed(values, 20)}",
        )
    return Refused(
        "unknown_field",
        Bilingual(
            f"{where}：“{meter.title.zh}”分别累计；{words.zh}",
            f"{where}: “{meter.title.en}” is kept apart; {words.en}",
        ),
        {"field": where, "choices": [f"{meter.name}[{value}]" for value in values]},
    )


def _misplaced(name: str, fact: Fact, where: str) -> Refused:
    side = (
        Bilingual("person（人）", "person")
        if fact.of == "person"
        else Bilingual("event（单据）", "event")
    )
    return Refused(
        "unknown_field",
        Bilingual(
            f"{where}：“{name}”应写在 {side.zh} 里", f"{where}: {name!r} belongs in the {side.en}"
        ),
        {"field": where},
    )
