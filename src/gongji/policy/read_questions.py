"""Reading questions: what a document rules besides settlements, case by case."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping

from gongji.policy.context import Context, merged
from gongji.policy.grammar import FORMS
from gongji.policy.marks import split_mark
from gongji.policy.model import (
    ABOUT,
    PAPERS,
    YES_NO,
    Expression,
    Mark,
    Need,
    Question,
    QuestionCase,
    Unit,
    Words,
)
from gongji.policy.problems import Place
from gongji.policy.read_facts import read_condition
from gongji.policy.read_grants import read_grant
from gongji.policy.read_values import read_expression, require_unit
from gongji.policy.reader import fields, items, one_of, text
from gongji.policy.source import Mapping, Node, Sequence, entries_of
from gongji.policy.vocabulary import bilingual
from gongji.wording import Bilingual

__all__ = ["read_question"]

_UNITS = {
    "amount": Unit.YUAN,
    "rate": Unit.RATE,
    "number": Unit.NUMBER,
    "date": Unit.DATE,
}


def read_question(name: str, node: Node, context: Context, chapter: str, place: Place) -> Question:
    """`question <name>:` with its cases."""
    where = f"question {name}"
    faults = context.faults
    found = fields(node, FORMS["question"], where, faults)
    mark = context.cite(found, where)
    assert mark is not None, "the form requires it"
    nodes = items(found["cases"], f"{where} › cases", faults)
    cases = tuple(
        _case(one, f"{where} › case {index + 1}", context, mark) for index, one in enumerate(nodes)
    )
    for case in cases[:-1]:
        if case.condition is None:
            faults.add(
                case.place,
                where,
                Bilingual("没有 when 的情形不在最后", "a case without `when` is not the last"),
                Bilingual("只有最后一项可以不写 when", "only the last may be without `when`"),
            )
    return Question(
        name,
        bilingual(found["title"], f"{where} › title", faults),
        one_of(found["about"], ABOUT, f"{where} › about", faults),
        cases,
        mark,
        chapter,
        place,
    )


def _case(node: Node, where: str, context: Context, outer: Mark) -> QuestionCase:
    faults = context.faults
    found = fields(node, FORMS["question_case"], where, faults)
    mark = context.cite(found, where) or outer
    condition = None
    if "when" in found:
        condition = read_condition(found["when"], f"{where} › when", context)
    answers: dict[str, str | Expression | Words] = {}
    for key, value in entries_of(found.get("answer")):
        with faults.go_on():
            if key.text not in context.answers:
                raise context.unknown(key.place, where, key.text, context.answers)
            kind = context.answers[key.text].kind
            if kind == "choice":
                answers[key.text] = _choice(key.text, value, where, context)
            else:
                answers[key.text] = _answer(value, kind, f"{where} › {key.text}", context, mark)
    refuse = None
    if "refuse" in found:
        refuse = bilingual(found["refuse"], f"{where} › refuse", faults)
    if bool(refuse) == bool(answers or "needs" in found):
        raise faults.add(
            node.place,
            where,
            Bilingual("没有回答，或既回答又 refuse", "no answer, or an answer and `refuse`"),
            Bilingual("answer、needs，或 refuse", "`answer` or `needs`, or else `refuse`"),
        )
    case = QuestionCase(
        condition,
        answers,
        _needs(found.get("needs"), where, context),
        bilingual(found["because"], f"{where} › because", faults) if "because" in found else None,
        refuse,
        mark,
        node.place,
    )
    return _with_leave(case, found, where, context)


def _with_leave(
    case: QuestionCase, found: AbstractMapping[str, Node], where: str, context: Context
) -> QuestionCase:
    """A case with what it grants and whether it accepts a claim, which no refusal does."""
    denies = case.refuse is not None or case.answers.get("allowed") == "no"
    for key in ("grants", "claim"):
        if key in found and denies:
            raise context.faults.add(
                found[key].place,
                f"{where} › {key}",
                Bilingual("既不准予又准予", "denied and granted at once"),
                Bilingual(f"refuse、allowed: no，或 {key}", f"`refuse`, `allowed: no`, or `{key}`"),
            )
    if "claim" in found:
        one_of(found["claim"], ("yes", "true"), f"{where} › claim", context.faults)
        case = case._replace(claim=True)
    if "grants" in found:
        grant = read_grant(found["grants"], f"{where} › grants", case.condition, context)
        case = case._replace(grant=grant)
    return case


def _choice(name: str, node: Node, where: str, context: Context) -> str:
    """A value of the fact that the answer is called after."""
    where = f"{where} › {name}"
    fact = context.facts.get(name)
    if fact is None or fact.kind != "choice":
        raise context.unknown(
            node.place,
            where,
            name,
            {known: one.title for known, one in context.facts.items() if one.kind == "choice"},
        )
    return one_of(node, fact.values, where, context.faults)


def _answer(
    node: Node, kind: str, where: str, context: Context, mark: Mark
) -> str | Expression | Words:
    if kind == "yes_no":
        words, _ = split_mark(text(node, where, context.faults))
        if words in YES_NO:
            return words
        raise context.unknown(node.place, where, words, dict(YES_NO))
    if kind == "text":
        return Words((_words(node, where, context),))
    if kind == "list":
        nodes = items(node, where, context.faults)
        return Words(tuple(_words(one, where, context) for one in nodes))
    expression, _ = read_expression(node, where, context, mark)
    return require_unit(expression, _UNITS[kind], node.place, where, context)


def _words(node: Node, where: str, context: Context) -> Bilingual:
    """A text in both languages, or one that reads alike in both, such as an address."""
    if isinstance(node, Mapping):
        return bilingual(node, where, context.faults)
    words = text(node, where, context.faults)
    return Bilingual(words, words)


def _needs(node: Node | None, where: str, context: Context) -> tuple[Need, ...]:
    if node is None:
        return ()
    where = f"{where} › needs"
    papers = context.facts.get(PAPERS)
    if papers is None or papers.kind != "set":
        raise context.faults.add(
            node.place,
            where,
            Bilingual(f"facts 里没有 {PAPERS}", f"no `{PAPERS}` among the facts"),
            Bilingual(f"{PAPERS}：一组证件和材料", f"`{PAPERS}`, a set of papers"),
        )
    return tuple(
        _need(one, where, papers.values, context) for one in items(node, where, context.faults)
    )


def _need(
    node: Node, where: str, papers: AbstractMapping[str, Bilingual], context: Context
) -> Need:
    """One paper, or several of which one will do; alone, or with `when`."""
    condition = None
    paper = node
    if isinstance(node, Mapping):
        found = fields(node, FORMS["need"], where, context.faults)
        condition = read_condition(found["when"], f"{where} › when", context)
        paper = found["paper"]
    nodes = paper.items if isinstance(paper, Sequence) else (paper,)
    read = [split_mark(text(one, where, context.faults)) for one in nodes]
    for name, _ in read:
        if name not in papers:
            raise context.unknown(paper.place, where, name, papers)
    marks = [context.mark(mark, paper.place, where) for _, mark in read if mark]
    return Need(tuple(name for name, _ in read), merged(*marks), condition)
