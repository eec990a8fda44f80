"""`gongji ask` and its kin: what a policy rules besides settlements, asked from options.

gongji ask --policy city/scheme                        the questions there are
gongji contribute top_up --policy city/scheme          what one asks for
gongji entitle suspension --policy city/scheme --date 2024-05-01 --fact insured_as=flexible
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from gongji.cli.language import (
    JsonOption,
    LanguageOption,
    answering,
    chosen_language,
    print_json,
)
from gongji.cli.options import ASKING, Said, by_option
from gongji.cli.places import PoliciesOption, library_of
from gongji.cli.questions import COMMANDS, chosen, list_questions
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
_Date = Annotated[
    list[str] | None, typer.Option("--date", "--on", help="所问的日期 · the day asked about")
]
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


def _command(name: str, words: str) -> Callable[..., None]:
    """A command that asks the questions of a policy that it is about."""

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
            which = said.about[""].get("policy")
            if which is None:
                raise _missing(library, name, question)
            found = _version(library, which, said.about[""].get("date"))
            asked = chosen(library, found, question, COMMANDS.get(name))
            if not isinstance(asked, Question):
                list_questions(found, asked, name, language, as_json=as_json)
            elif day or fact or parameter or _free(found, asked):
                with _pointing(name, _shortest(library, found), asked):
                    case = _case(which, asked, _day(found, asked, said), said)
                    _answer(case, library, language, as_json=as_json)
            else:
                _sheet(found, asked, name, language, as_json=as_json)

    run.__doc__ = words
    return run


def _missing(library: Library, command: str, question: str | None) -> Refused:
    ids = library.ids()
    line = f"gongji {command} --policy {question if question in ids else ids[0]}"
    return Refused(
        "missing_field",
        Bilingual(
            f"缺少 --policy，如 {line}；现有政策：{listed(ids, 40)}",
            f"--policy is missing, such as {line}; policies: {listed(ids, 40)}",
        ),
        {"field": "--policy"},
    )


def _version(library: Library, name: str, day: str | None) -> Policy:
    """The version in force on the day asked about; without a day the latest."""
    from gongji.engine.inputs import read_day

    if day is not None:
        return library.policy(name, read_day(day, "--date"))
    return library.policy(name, library.versions(name)[-1].in_force.first)


def _free(policy: Policy, question: Question) -> bool:
    """Whether a question can be answered without being told anything, not even a day."""
    from gongji.explain.sheet import sheet_of

    sheet = sheet_of(policy, question)
    asked = [one for one in sheet.facts if one.default is None and one.kind != "set"]
    return _any_day(question) and not asked and not sheet.parameters


def _any_day(question: Question) -> bool:
    """Whether a question does not go by days; it is asked of the version."""
    return question.about in ("office", "papers")


@contextmanager
def _pointing(command: str, policy: str, question: Question) -> Iterator[None]:
    """Where something is missing, say how to see all that the question may ask for."""
    try:
        yield
    except Refused as refused:
        if refused.kind not in ("missing_fact", "missing_field"):
            raise
        line = f"gongji {command} {question.name} --policy {policy}"
        words = Bilingual(f"；要说明的全部情形：{line}", f"; all it may ask for: {line}")
        raise Refused(refused.kind, refused.message + words, refused.details) from None


def _shortest(library: Library, policy: Policy) -> str:
    """The shortest name of a version: the policy's id where it is the latest."""
    latest = library.versions(policy.id)[-1].in_force.first
    first = policy.in_force.first
    return policy.id if first == latest else f"{policy.id}@{first}"


def _sheet(
    policy: Policy, question: Question, command: str, language: Language, *, as_json: bool
) -> None:
    from gongji.explain.sheet import sheet_of, sheet_record

    sheet = sheet_of(policy, question)
    if as_json:
        print_json(sheet_record(sheet))
        return
    from gongji.cli.show_sheet import show_sheet

    show_sheet(sheet, command, language)


def _answer(case: Case, library: Library, language: Language, *, as_json: bool) -> None:
    from gongji.cases.ask import ask_case
    from gongji.explain.answers import answer_record

    with by_option(ASKING):
        told = ask_case(case, library)
    if as_json:
        print_json(answer_record(told))
        return
    from gongji.cli.show import console, show_answer

    show_answer(told, language, console())


def _day(policy: Policy, question: Question, said: Said) -> str:
    """The day asked about; what does not go by days is asked of the version."""
    day = said.about[""].get("date")
    if day is None and _any_day(question):
        return policy.in_force.first.isoformat()
    if day is None:
        first = policy.in_force.first
        raise Refused(
            "missing_field",
            Bilingual(
                f"缺少 --date：所问的日期，如 --date {first}",
                f"--date is missing: the day asked about, such as --date {first}",
            ),
            {"field": "--date"},
        )
    return day


def _case(name: str, question: Question, day: str, said: Said) -> Case:
    from gongji.cases.case import Case
    from gongji.policy.problems import Place

    event = {"what": question.name, "date": day, **said.about["facts"]}
    return Case("", "", name, {}, (), event, said.about["parameters"], None, (), Place("", 0))


ask = _command("ask", "问政策结算以外的规定 · Ask what a policy rules besides settlements.")
enrol = _command("enrol", "能不能参保、参加哪种 · Who may or must enrol, in which scheme.")
contribute = _command("contribute", "该缴多少 · What is due.")
entitle = _command("entitle", "从何时起享受待遇 · From when, until when in benefit.")
account = _command(
    "account", "个人账户计入多少、能付什么 · What the account is credited, what it may pay."
)
register = _command("register", "备案、认定、约定 · Registrations, recognitions, agreements.")
papers = _command("papers", "带什么材料、还缺什么 · Papers to bring, and missing.")
offices = _command("offices", "去哪里办、打什么电话 · Offices and hotlines.")
