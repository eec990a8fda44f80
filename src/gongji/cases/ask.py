"""Asking a question of a policy: from what people write to an answer in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gongji.cases.case import Case
from gongji.cases.untold import not_used
from gongji.engine.answer import answer
from gongji.engine.inputs import Raw, read_day, read_facts
from gongji.engine.parameters import read_parameters
from gongji.explain.answers import Told, tell
from gongji.policy.model import Policy, Question
from gongji.policy.reach import reached_by_question
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused, listed, nearest, shortened

__all__ = ["ask_case", "asks", "question_of"]


_EVENTS = ("credit", "change", "readings")
"""The events of a history, which nothing can be asked about."""

_NOT_ASKED = Bilingual("这个问题不问这些。", "The question does not ask for it.")


def asks(case: Case) -> bool:
    """Whether a case asks a question rather than settles a visit."""
    return case.event.get("what", "visit") != "visit"


def ask_case(case: Case, library: Library) -> Told:
    """Answer the question of a case.  Raises `Refused`."""
    day = read_day(case.event.get("date"), "event.date")
    policy = library.policy(case.policy, day)
    question = question_of(policy, str(case.event["what"]), library)
    if case.history:
        raise Refused(
            "bad_input",
            Bilingual(
                f"history：问题（{question.name}）不看此前的事件；请去掉 history，"
                "情形写在 person 和 event 里",
                f"history: a question ({question.name}) looks at no earlier events; leave history "
                "out, and say the facts under person and event",
            ),
            {"field": "history"},
        )
    said: dict[str, Raw] = {k: v for k, v in case.event.items() if k not in ("what", "date")}
    asked = [name for name in reached_by_question(policy, question) if name in policy.facts]
    facts = {
        **read_facts(policy, case.person, "person", asked),
        **read_facts(policy, said, "event", asked),
    }
    parameters = read_parameters(policy, case.parameters)
    told = tell(answer(policy, question, facts, day, parameters), library.document(policy.document))
    idle = [policy.facts[name] for name in said if name not in asked]
    return told._replace(notes=(*told.notes, *not_used(idle, _NOT_ASKED)))


def question_of(policy: Policy, name: str, library: Library) -> Question:
    """A question by its name, or by its Chinese title.  Raises `Refused` (`unknown_question`)."""
    by_title: Mapping[str, str] = {one.title.zh: one.name for one in policy.questions.values()}
    found = policy.questions.get(by_title.get(name, name))
    if found is not None:
        return found
    said = shortened(name)
    words = Bilingual(f"{policy.id} 没有问题“{said}”", f"{policy.id} has no question {said!r}")
    near = nearest(name, [*policy.questions, *by_title])
    elsewhere = [one for one in _versions(library, policy) if name in one.questions]
    if elsewhere:
        first = policy.in_force.first
        others = listed(str(one.in_force.first) for one in elsewhere)
        words = Bilingual(
            f"{policy.id} 自 {first} 起的版本没有问题“{said}”，自 {others} 起的版本有；"
            "请问那时的日期",
            f"the version of {policy.id} from {first} has no question {said!r}, that from {others} "
            "has it; ask about a day of that time",
        )
    elif name in _EVENTS:
        words = Bilingual(
            f"event.what：{name} 是 history 里的事件，不能单独结算；event 写就医或问题",
            f"event.what: {name} is an event of a history and has no result of its own; event is "
            "a visit or a question",
        )
    elif near:
        one = policy.questions[by_title.get(near, near)]
        words += Bilingual(
            f"；最接近的是 {one.name}（{one.title.zh}）",
            f"; the nearest is {one.name} ({one.title.en})",
        )
    words += Bilingual(
        f"；gongji ask --policy {policy.id} 列出可问的问题",
        f"; gongji ask --policy {policy.id} lists what can be asked",
    )
    raise Refused("unknown_question", words, {"choices": list(policy.questions)})


def _versions(library: Library, policy: Policy) -> Iterator[Policy]:
    """The other versions of a policy."""
    for header in library.versions(policy.id):
        if header.in_force.first != policy.in_force.first:
            yield library.policy(f"{policy.id}@{header.in_force.first}", header.in_force.first)
