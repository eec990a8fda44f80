"""Asking a question of a policy: from what people write to an answer in words."""

from __future__ import annotations

from collections.abc import Mapping

from gongji.cases.case import Case
from gongji.engine.answer import answer
from gongji.engine.inputs import Raw, read_day, read_facts
from gongji.engine.parameters import read_parameters
from gongji.explain.answers import Told, tell
from gongji.policy.model import Policy, Question
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused, listed, nearest

__all__ = ["ask_case", "asks", "question_of"]


def asks(case: Case) -> bool:
    """Whether a case asks a question rather than settles a visit."""
    return case.event.get("what", "visit") != "visit"


def ask_case(case: Case, library: Library) -> Told:
    """Answer the question of a case.  Raises `Refused`."""
    day = read_day(case.event.get("date"), "event.date")
    policy = library.policy(case.policy, day)
    question = question_of(policy, str(case.event["what"]))
    said: dict[str, Raw] = {k: v for k, v in case.event.items() if k not in ("what", "date")}
    facts = {
        **read_facts(policy, case.person, "person"),
        **read_facts(policy, said, "event"),
    }
    parameters = read_parameters(policy, case.parameters)
    return tell(answer(policy, question, facts, day, parameters), library.document(policy.document))


def question_of(policy: Policy, name: str) -> Question:
    """A question by its name, or by its Chinese title.  Raises `Refused` (`unknown_question`)."""
    by_title: Mapping[str, str] = {one.title.zh: one.name for one in policy.questions.values()}
    found = policy.questions.get(by_title.get(name, name))
    if found is not None:
        return found
    near = nearest(name, [*policy.questions, *by_title])
    near = by_title.get(near, near) if near else None
    zh = [f"{one.name}（{one.title.zh}）" for one in policy.questions.values()]
    en = [f"{one.name} ({one.title.en})" for one in policy.questions.values()]
    words = Bilingual(
        f"{policy.id} 没有问题“{name}”；可问：{listed(zh, 40) or '无'}",
        f"{policy.id} has no question {name!r}; there are: {listed(en, 40) or 'none'}",
    )
    if near:
        words += Bilingual(f"；最接近的是 {near}", f"; the nearest is {near}")
    raise Refused("unknown_question", words, {"choices": list(policy.questions)})
