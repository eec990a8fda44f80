"""Which questions a visit needs: asked of the engine, one after the other, never listed here.

The engine names the fact that it lacks; it is asked, and until it is answered a first value is
taken and shown as taken.  What the policy takes for granted can be changed as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from gongji.cases.run import settle_case
from gongji.engine.amounts import AMOUNTS
from gongji.engine.figures import titled
from gongji.engine.inputs import ACCOUNT_BALANCE
from gongji.explain.explanation import Explanation
from gongji.money import exact_text
from gongji.policy.model import DerivedFact, Fact, Policy
from gongji.policy.problems import FileRefused
from gongji.policy.versions import Library
from gongji.web.estimate.said import Said, has_amount
from gongji.web.estimate.words import WAYS, field_of, plain
from gongji.wording import Bilingual, Refused

__all__ = ["Asked", "Estimate", "estimated", "settled", "settled_like"]

How = Literal["said", "taken", "assumed", "open"]

_TRIED = "10000.00"
"""The bill by which questions are found before somebody has said what theirs comes to."""

_MOST = 40


class Asked(NamedTuple):
    """A fact that is asked for, and what holds of it now.

    `value` was `said`, is `taken` until somebody says otherwise, or is `assumed` by the policy;
    where nothing can be taken it is `open`, and the rest waits for it.
    """

    fact: Fact
    value: str
    how: How

    @property
    def chosen(self) -> frozenset[str]:
        """The values of a set."""
        words = {one.strip() for one in self.value.split(",")}
        return frozenset(self.fact.aliases.get(one, one) for one in words)

    @property
    def words(self) -> Bilingual:
        """The value as people call it."""
        return self.fact.values.get(self.value, Bilingual(self.value, self.value))


class Wanted(NamedTuple):
    """A figure or a choice that the document leaves to others, by the name it is supplied under."""

    name: str
    title: Bilingual
    fact: Fact


class Estimate(NamedTuple):
    """A visit with its questions, and what came of it.

    `more` can be said but need not; `parameters` are figures left to other documents that matter
    here; `earlier` are the questions of each earlier visit.  `explanation` is None where no amount
    was said yet or something was `refused`; `wrong` is the field of the form that a refusal is
    about, if it is about one.
    """

    said: Said
    policy: Policy
    questions: tuple[Asked, ...]
    more: tuple[Asked, ...]
    parameters: tuple[Wanted, ...]
    explanation: Explanation | None
    refused: Refused | None
    wrong: str = ""
    earlier: tuple[tuple[Asked, ...], ...] = ()

    @property
    def filled(self) -> Said:
        """What was said, with everything that is taken of earlier visits said as well."""
        return _filled(self.said, self.earlier)

    @property
    def message(self) -> Bilingual:
        """What a refusal says to people who fill in a form."""
        assert self.refused is not None
        return plain(self.refused, self.said, self.policy)


def estimated(said: Said, policy: Policy, library: Library) -> Estimate:
    """Ask what has to be asked, of earlier visits too, and settle with what is said and taken.

    A value taken that leads to nothing the policy states gives way to the next that does.
    """
    known = {*(name for name in policy.facts if _is_of(policy, name, "bill")), *AMOUNTS, "date"}
    said = said._replace(
        earlier=tuple({k: v for k, v in one.items() if k in known} for one in said.earlier)
    )
    numbers = range(1, len(said.earlier) + 1)
    visits = tuple(_visit(said, number, policy, library) for number in numbers)
    found = settled(_filled(said, visits), policy, library)
    return found._replace(said=found.said._replace(earlier=said.earlier), earlier=visits)


def _filled(said: Said, visits: tuple[tuple[Asked, ...], ...]) -> Said:
    """What was said, with what is taken of earlier visits said as well."""
    return said._replace(
        earlier=tuple(
            {**one, **{asked.fact.name: asked.value for asked in visit if asked.how == "taken"}}
            for one, visit in zip(said.earlier, visits, strict=True)
        )
    )


def _visit(said: Said, number: int, policy: Policy, library: Library) -> tuple[Asked, ...]:
    """The questions of an earlier visit, for the same person."""
    person = {k: v for k, v in said.facts.items() if _is_of(policy, k, "person")}
    own = {k: v for k, v in said.earlier[number - 1].items() if _is_of(policy, k, "bill")}
    visit = Said(said.policy, said.day, {**person, **own}, (), said.parameters)
    found = settled(visit, policy, library)
    kept = [one for one in (*found.questions, *found.more) if one.how != "assumed"]
    return tuple(one for one in kept if one.fact.of == "bill")


def _is_of(policy: Policy, name: str, whose: str) -> bool:
    return name in policy.facts and policy.facts[name].of == whose


def settled(said: Said, policy: Policy, library: Library) -> Estimate:
    """Like `estimated`, with earlier visits of which everything was said.

    Where it is the amounts that the policy does not rule, nothing else is taken instead.
    """
    found = _settled(said, policy, library, {})
    if found.refused is None:
        return found
    rest = said._replace(facts=_clean(said, found), earlier=(), parameters={})
    if found.refused.kind == "not_stated" and _settled(rest, policy, library, {}).refused:
        for name, value in _others(found):
            other = _settled(said, policy, library, {name: value})
            if other.refused is None or other.refused.kind == "missing_fact":
                return other
    if found.wrong and found.wrong not in {one.fact.name for one in found.questions}:
        asked = _settled(rest, policy, library, {})
        more = tuple(
            one._replace(value=said.facts[found.wrong], how="said")
            if one.fact.name == found.wrong
            else one
            for one in asked.more
        )
        kept = asked._replace(refused=found.refused, wrong=found.wrong, explanation=None, more=more)
        return kept._replace(said=found.said, parameters=found.parameters or asked.parameters)
    return found


def _clean(said: Said, found: Estimate) -> Mapping[str, str]:
    """What was said but for what is wrong, so that the questions can still be asked."""
    wrong = {found.wrong, *AMOUNTS, ACCOUNT_BALANCE}
    return {name: text for name, text in said.facts.items() if name not in wrong}


def _others(found: Estimate) -> Iterator[tuple[str, str]]:
    """The other values that could have been taken, those of the last question first."""
    for one in reversed(found.questions):
        if one.how == "taken" and one.fact.kind != "set":
            yield from ((one.fact.name, value) for value in one.fact.values if value != one.value)


def settled_like(found: Estimate, said: Said, library: Library) -> Estimate:
    """Like `settled`, begun with the questions of another estimate, which are mostly the same.

    It takes one settlement instead of one for each question; where a question of the other is none
    here, its answer was said in vain.
    """
    return _settled(said, found.policy, library, {}, found.questions)


def _settled(
    said: Said,
    policy: Policy,
    library: Library,
    taken: Mapping[str, str],
    begun: tuple[Asked, ...] = (),
) -> Estimate:
    """One way through the questions; `taken` are values to take instead of the first.

    A default that a form sends along says nothing.
    """
    known = {*policy.facts, *AMOUNTS, ACCOUNT_BALANCE}
    facts = {
        name: text
        for name, text in said.facts.items()
        if name in known and not (name in policy.facts and text == policy.facts[name].default)
    }
    said = said._replace(facts=facts)
    amounts = {name: said.facts[name] for name in (*AMOUNTS, ACCOUNT_BALANCE) if name in said.facts}
    if not has_amount(said):
        amounts["in_scope"] = _TRIED
    with_default = {
        name: said.facts[name]
        for name, fact in policy.facts.items()
        if fact.default is not None and name in said.facts
    }
    asked = {one.fact.name: _answer(one.fact, said, {one.fact.name: one.value}) for one in begun}
    while len(asked) < _MOST:
        answers = {name: one.value for name, one in asked.items()}
        tried = said._replace(facts={**amounts, **with_default, **answers})
        try:
            explanation = settle_case(tried.case(policy), library, WAYS)
        except FileRefused:
            raise
        except Refused as refused:
            lacking = _lacking(refused, policy, asked)
            if lacking is None:
                return _refused(said, policy, asked, with_default, refused)
            asked[lacking.name] = one = _answer(lacking, said, taken)
            if one.how == "open":
                return _refused(said, policy, asked, with_default, refused)
            continue
        return Estimate(
            said, policy, _in_order(asked), _more(policy, explanation, with_default),
            _parameters(policy, explanation, said),
            explanation if has_amount(said) else None, None,
        )  # fmt: skip
    raise AssertionError("a policy asks for more facts than it has")


def _in_order(asked: Mapping[str, Asked]) -> tuple[Asked, ...]:
    """Who somebody is, then what happens, each in the order in which it was asked."""
    return tuple(sorted(asked.values(), key=lambda one: one.fact.of == "bill"))


def _lacking(refused: Refused, policy: Policy, asked: Mapping[str, Asked]) -> Fact | None:
    """The fact that the engine lacks, where that is why it refused."""
    name = refused.details.get("field", "")
    if refused.kind != "missing_fact" or not isinstance(name, str) or name in asked:
        return None
    return policy.facts.get(name)


def _answer(fact: Fact, said: Said, taken: Mapping[str, str]) -> Asked:
    if fact.name in said.facts:
        return Asked(fact, said.facts[fact.name], "said")
    if fact.name in taken:
        return Asked(fact, taken[fact.name], "taken")
    if fact.kind == "set":
        return Asked(fact, "none", "taken")
    if fact.values:
        return Asked(fact, next(iter(fact.values)), "taken")
    if fact.kind in {"number", "amount"}:
        return Asked(fact, exact_text(fact.least), "taken")
    return Asked(fact, "", "open")


def _more(policy: Policy, explanation: Explanation, said: Mapping[str, str]) -> tuple[Asked, ...]:
    """What was taken for granted or said instead, in the order of the policy."""
    assumed = explanation.settlement.assumed
    return tuple(
        Asked(fact, said.get(name, assumed.get(name, "")), "said" if name in said else "assumed")
        for name, fact in policy.facts.items()
        if name in said or name in assumed
    )


def _parameters(policy: Policy, explanation: Explanation, said: Said) -> tuple[Wanted, ...]:
    used = (*explanation.settlement.parameters, *explanation.settlement.assumed)
    return _wanted(policy, (*said.parameters, *used))


def _wanted(policy: Policy, names: Iterable[str]) -> tuple[Wanted, ...]:
    """Parameters by their names, a figure for some facts with these in brackets."""
    found: dict[str, Wanted] = {}
    for name in names:
        bare, _, rest = name.partition("[")
        given = policy.given.get(bare)
        values = rest.partition("]")[0].split()
        if given is not None and _are_values(policy, given.by, values):
            title = titled(policy, given.title, dict(zip(given.by, values, strict=True)))
            found[name] = Wanted(name, title, given.fact)
    return tuple(found.values())


def _are_values(policy: Policy, facts: Sequence[str], values: Sequence[str]) -> bool:
    """Whether there is a value for each fact, and each fact has it."""
    every: dict[str, Fact | DerivedFact] = {**policy.facts, **policy.derived}
    return len(facts) == len(values) and all(
        value in every[fact].values for fact, value in zip(facts, values, strict=True)
    )


def _refused(
    said: Said,
    policy: Policy,
    asked: Mapping[str, Asked],
    with_default: Mapping[str, str],
    refused: Refused,
) -> Estimate:
    """What can still be asked where the engine refuses, and which field it is about."""
    more = tuple(Asked(policy.facts[name], text, "said") for name, text in with_default.items())
    given = _wanted(policy, (*said.parameters, str(refused.details.get("parameter", ""))))
    wrong = field_of(refused, said)
    return Estimate(said, policy, _in_order(asked), more, given, None, refused, wrong)
