"""`gongji ask` and its kin: what a policy rules besides settlements, asked from options.

gongji ask --policy changzhou/employee                        the questions there are
gongji contribute --policy changzhou/employee --date 2024-05-01 --fact base_wage=8000
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from gongji.cli.language import (
    JsonOption,
    LanguageOption,
    answering,
    chosen_language,
    print_json,
)
from gongji.cli.options import Said, by_option
from gongji.cli.places import PoliciesOption, library_of
from gongji.policy.model import Policy, Question
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Language, Refused, listed

if TYPE_CHECKING:
    from gongji.cases.case import Case

__all__ = [
    "account",
    "ask",
    "contribute",
    "enrol",
    "entitle",
    "offices",
    "papers",
    "register",
]

_Policy = Annotated[list[str] | None, typer.Option(help="政策 · policy, city/scheme")]
_Date = Annotated[list[str] | None, typer.Option("--date", help="所问的日期 · the day asked about")]
_Facts = Annotated[
    list[str] | None, typer.Option("--fact", help="事实，名称=值 · a fact, name=value (repeat)")
]
_Parameters = Annotated[
    list[str] | None,
    typer.Option("--parameter", help="文件未定的参数，名称=值 · a parameter, name=value"),
]
_Which = Annotated[
    str | None, typer.Argument(help="哪个问题，名称或标题 · the question, by name or title")
]


def _command(words: str, about: Sequence[str]) -> Callable[..., None]:
    """A command that asks the questions of a policy that are about some things."""

    def run(
        question: _Which = None,
        policy: _Policy = None,
        day: _Date = None,
        fact: _Facts = None,
        parameter: _Parameters = None,
        policies: PoliciesOption = None,
        lang: LanguageOption = None,
        as_json: JsonOption = False,
    ) -> None:
        language = chosen_language(lang)
        with answering(language, as_json=as_json):
            library = library_of(policies)
            said = Said()
            said.options("", policy=policy, date=day)
            said.pairs("facts", "--fact", fact)
            said.pairs("parameters", "--parameter", parameter)
            name = said.about[""].get("policy")
            if name is None:
                raise _missing(library)
            found = _version(library, name, said.about[""].get("date"))
            asked = _chosen(found, question, about)
            if isinstance(asked, Question):
                case = _case(name, asked, _day(found, asked, said), said)
                _answer(case, library, language, as_json=as_json)
            else:
                _list(asked, language, as_json=as_json)

    run.__doc__ = words
    return run


def _missing(library: Library) -> Refused:
    return Refused(
        "missing_field",
        Bilingual(
            f"缺少 --policy；现有政策：{listed(library.ids())}",
            f"--policy is missing; policies: {listed(library.ids())}",
        ),
        {"field": "--policy"},
    )


def _version(library: Library, name: str, day: str | None) -> Policy:
    """The version in force on the day asked about; without a day the latest."""
    from gongji.engine.inputs import read_day

    if day is not None:
        return library.policy(name, read_day(day, "--date"))
    return library.policy(name, library.versions(name.partition("@")[0])[-1].in_force.first)


def _chosen(
    policy: Policy, question: str | None, about: Sequence[str]
) -> Question | list[Question]:
    """The question asked; or the questions there are, where none was named and there are many."""
    from gongji.cases.ask import question_of

    if question is not None:
        return question_of(policy, question)
    found = [one for one in policy.questions.values() if not about or one.about in about]
    if not policy.questions:
        raise Refused(
            "unknown_question",
            Bilingual(
                f"{policy.id} 只有结算的规定，没有别的问题可问",
                f"{policy.id} rules settlements only; there is nothing else to ask",
            ),
        )
    if not found:
        raise Refused(
            "unknown_question",
            Bilingual(
                f"{policy.id} 没有这类问题；gongji ask --policy {policy.id} 列出全部",
                f"{policy.id} has no such question; gongji ask --policy {policy.id} lists them all",
            ),
        )
    return found[0] if len(found) == 1 and about else found


def _list(questions: list[Question], language: Language, *, as_json: bool) -> None:
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


def _answer(case: Case, library: Library, language: Language, *, as_json: bool) -> None:
    from gongji.cases.ask import ask_case
    from gongji.explain.answers import answer_record

    with by_option():
        told = ask_case(case, library)
    if as_json:
        print_json(answer_record(told))
        return
    from gongji.cli.show import console, show_answer

    show_answer(told, language, console())


def _day(policy: Policy, question: Question, said: Said) -> str:
    """The day asked about; what does not go by days is asked of the version."""
    day = said.about[""].get("date")
    if day is None and question.about in ("office", "papers"):
        return policy.in_force.first.isoformat()
    if day is None:
        raise Refused(
            "missing_field",
            Bilingual(
                "缺少 --date：所问的日期，如 --date 2024-05-01",
                "--date is missing: the day asked about, such as --date 2024-05-01",
            ),
            {"field": "--date"},
        )
    return day


def _case(name: str, question: Question, day: str, said: Said) -> Case:
    from gongji.cases.case import Case
    from gongji.policy.problems import Place

    event = {"what": question.name, "date": day, **said.about["facts"]}
    return Case("", "", name, {}, (), event, said.about["parameters"], None, (), Place("", 0))


ask = _command("问政策结算以外的规定 · Ask what a policy rules besides settlements.", ())
enrol = _command(
    "能不能参保、参加哪种 · Who may or must enrol, and in which scheme.", ("enrolment",)
)
contribute = _command("该缴多少 · What is due.", ("contribution",))
entitle = _command("从何时起享受待遇 · From when, until when in benefit.", ("entitlement",))
account = _command(
    "个人账户计入多少、能付什么 · What the account is credited, what it may pay.", ("account",)
)
register = _command(
    "备案、认定、约定 · Registrations, recognitions, agreements.", ("registration", "channel")
)
papers = _command("带什么材料 · Which papers to bring.", ("papers",))
offices = _command("去哪里办、打什么电话 · Offices and hotlines.", ("office",))
