"""Which question is asked: by its name or title, by what a command is about; lists of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gongji.cli.language import print_json
from gongji.policy.model import Policy, Question
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Language, Refused

__all__ = ["COMMANDS", "About", "chosen", "commands_for", "list_questions"]

About = Callable[[Question], bool]
"""Whether a command is about a question."""


def _about(*kinds: str) -> About:
    return lambda question: question.about in kinds


def _needing_papers(question: Question) -> bool:
    """Whether a question is about papers, or an answer to it names papers to bring."""
    return question.about == "papers" or any(case.needs for case in question.cases)


COMMANDS: Mapping[str, About] = {
    "enrol": _about("enrolment"),
    "contribute": _about("contribution"),
    "entitle": _about("entitlement"),
    "account": _about("account"),
    "register": _about("registration", "channel"),
    "papers": _needing_papers,
    "offices": _about("office"),
}
"""The commands that ask one kind of question; `gongji ask` asks all of them."""


def commands_for(policy: Policy) -> list[str]:
    """The commands that have something to ask of a policy."""
    return [name for name, asks in COMMANDS.items() if any(map(asks, policy.questions.values()))]


def chosen(
    library: Library, policy: Policy, name: str | None, wanted: About | None
) -> Question | list[Question]:
    """The question asked; or the questions there are, where none was named and there are many.

    Raises `Refused` (`unknown_question`).
    """
    from gongji.cases.ask import question_of

    if name is not None:
        return question_of(policy, name, library)
    found = [one for one in policy.questions.values() if wanted is None or wanted(one)]
    if not policy.questions:
        raise Refused(
            "unknown_question",
            Bilingual(
                f"{policy.id} 只有结算的规定，没有别的问题可问；结算用 gongji settle",
                f"{policy.id} rules settlements only; there is nothing else to ask, "
                "`gongji settle` settles",
            ),
        )
    if not found:
        raise Refused(
            "unknown_question",
            Bilingual(
                f"{policy.id} 的文件没有这类规定；gongji ask --policy {policy.id} 列出可问的问题",
                f"the document of {policy.id} rules nothing of the kind; gongji ask --policy "
                f"{policy.id} lists what can be asked",
            ),
        )
    return found[0] if len(found) == 1 and wanted is not None else found


def list_questions(
    policy: Policy,
    questions: Sequence[Question],
    command: str,
    language: Language,
    *,
    as_json: bool,
) -> None:
    """Print questions by name and title, and how to ask one."""
    if as_json:
        print_json(
            [
                {
                    "question": one.name,
                    "about": one.about,
                    "title": {"zh": one.title.zh, "en": one.title.en},
                }
                for one in questions
            ]
        )
        return
    from gongji.cli.show import console, show_item

    out = console()
    width = max(len(one.name) for one in questions)
    for one in questions:
        show_item(out, one.name.ljust(width), one.title.in_(language), width=width)
    line = f"gongji {command} {questions[0].name} --policy {policy.id}"
    how = Bilingual(f"问一个：{line}", f"to ask one: {line}").in_(language)
    out.print()
    show_item(out, "", how, width=0, style="dim")
