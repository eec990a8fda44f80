"""`gongji settle`: one visit settled and explained, from a case file or from options."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, cast

import typer

from gongji.cases.case import Case
from gongji.cases.run import Outcome, run_case
from gongji.cli.language import (
    BAD_INPUT,
    FAILED,
    JsonOption,
    LanguageOption,
    answering,
    chosen_language,
    print_json,
)
from gongji.cli.options import SETTLING, Said, by_option
from gongji.cli.places import PoliciesOption, library_of, located
from gongji.engine.amounts import AMOUNTS
from gongji.engine.inputs import Raw, read_day
from gongji.explain.answers import Told
from gongji.explain.record import Record
from gongji.policy.model import Policy
from gongji.policy.problems import FileRefused, Place
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Language, Refused, listed, nearest

__all__ = ["settle"]

_CaseFile = Annotated[
    Path | None, typer.Argument(help="案例文件 · a case file", show_default=False)
]
_Fact = Annotated[
    list[str] | None,
    typer.Option(help="其他事实，名称=值 · any other fact, name=value (repeat)"),
]
_Reading = Annotated[
    list[str] | None,
    typer.Option(help="今年已有的累计，名称=数 · a meter's reading so far, name=value"),
]
_Parameter = Annotated[
    list[str] | None,
    typer.Option(help="文件未定的参数，名称=值 · a parameter, name=value"),
]


def _option(words: str, *names: str) -> typer.models.OptionInfo:
    return cast(typer.models.OptionInfo, typer.Option(*names, help=words))


def settle(
    case: _CaseFile = None,
    policy: Annotated[list[str] | None, _option("政策 · policy, city/scheme")] = None,
    day: Annotated[
        list[str] | None, _option("就医（出院）日期 · day of care, of discharge", "--date")
    ] = None,
    category: Annotated[list[str] | None, _option("人员类别 · category")] = None,
    setting: Annotated[list[str] | None, _option("就医类型 · setting")] = None,
    tier: Annotated[list[str] | None, _option("医院级别 · hospital tier")] = None,
    area: Annotated[list[str] | None, _option("就医地 · area of care")] = None,
    provider: Annotated[list[str] | None, _option("机构种类 · kind of provider")] = None,
    hospital: Annotated[list[str] | None, _option("医院 · hospital")] = None,
    in_scope: Annotated[list[str] | None, _option("政策范围内费用 · cost in scope")] = None,
    total: Annotated[list[str] | None, _option("总费用 · total")] = None,
    over_price_cap: Annotated[list[str] | None, _option("超限价 · above price caps")] = None,
    prior_self_pay: Annotated[list[str] | None, _option("先行自付 · prior self-pay")] = None,
    out_of_catalogue: Annotated[list[str] | None, _option("目录外 · out of catalogue")] = None,
    account_balance: Annotated[list[str] | None, _option("账户余额 · account balance")] = None,
    fact: _Fact = None,
    reading: _Reading = None,
    parameter: _Parameter = None,
    policies: PoliciesOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """结算一次就医，说明每一分钱 · Settle a visit and explain every fen.

    给一个案例文件，或用选项写明一次就医。 · Give a case file, or say the visit in options.
    """
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        library = library_of(policies)
        said = Said()
        said.options("", policy=policy)
        said.options(
            "visit",
            date=day,
            category=category,
            setting=setting,
            tier=tier,
            care_area=area,
            provider=provider,
            hospital=hospital,
            in_scope=in_scope,
            total=total,
            over_price_cap=over_price_cap,
            prior_self_pay=prior_self_pay,
            out_of_catalogue=out_of_catalogue,
        )
        said.options("reading", account_balance=account_balance)
        said.pairs("visit", "--fact", fact)
        said.pairs("reading", "--reading", reading)
        said.pairs("parameter", "--parameter", parameter)
        cases = [_case_of(library, said)] if case is None else _cases_in(case, said)
        outcomes = list(_outcomes(cases, library, from_file=case is not None))
        _show(outcomes, language, as_json=as_json)
    if any(outcome.refused and not _expected(outcome) for outcome in outcomes):
        raise typer.Exit(BAD_INPUT)
    if any(outcome.differences for outcome in outcomes):
        raise typer.Exit(FAILED)


def _outcomes(cases: list[Case], library: Library, *, from_file: bool) -> Iterator[Outcome]:
    """What comes of each case; of several, one that is refused does not hide the others."""
    for case in cases:
        try:
            with located(case) if from_file else by_option(SETTLING):
                yield run_case(case, library)
        except FileRefused:
            raise
        except Refused as refused:
            if len(cases) == 1:
                raise
            yield Outcome(case, None, refused, ())


def _expected(outcome: Outcome) -> bool:
    return outcome.case.expect is not None and "error" in outcome.case.expect


def _show(outcomes: list[Outcome], language: Language, *, as_json: bool) -> None:
    if as_json:
        records = [_record(outcome) for outcome in outcomes]
        print_json(records[0] if len(records) == 1 else records)
        return
    from gongji.cli.show import console, show_answer, show_settlement
    from gongji.cli.test import show_differences

    out = console()
    for index, outcome in enumerate(outcomes):
        if index:
            out.print()
        if isinstance(outcome.explanation, Told):
            show_answer(outcome.explanation, language, out)
        elif outcome.explanation is not None:
            show_settlement(outcome.explanation, language, out)
        elif outcome.refused is not None:
            out.print(outcome.refused.message.in_(language))
        show_differences(outcome, language, out)


def _record(outcome: Outcome) -> dict[str, Record]:
    """The result, and how it differs from what its case expects."""
    from gongji.cli.test import differences_record

    found = dict(outcome.record)
    if outcome.case.expect is not None:
        found["differences"] = differences_record(outcome)
    return found


def _cases_in(path: Path, said: Said) -> list[Case]:
    """The cases of a file, which say everything themselves."""
    from gongji.cases.read import read_cases

    more = [name for about in said.about.values() for name in about]
    if more:
        raise Refused(
            "bad_input",
            Bilingual(
                f"给了案例文件，又用选项说了 {listed(more)}；两者只用其一",
                f"a case file and options besides ({listed(more)}); use one or the other",
            ),
            {"field": more[0]},
        )
    return read_cases(path)


def _case_of(library: Library, said: Said) -> Case:
    """The case that options describe: what is known of the person apart from the visit."""
    policy_id, visit, readings = (
        said.about[""].get("policy"),
        said.about["visit"],
        said.about["reading"],
    )
    if policy_id is None or "date" not in visit:
        missing = "--policy" if policy_id is None else "--date"
        raise Refused(
            "missing_field",
            Bilingual(
                f"缺少 {missing}；给一个案例文件，或至少 --policy、--date、--category、--setting、"
                f"--in-scope。现有政策：{', '.join(library.ids())}",
                f"{missing} is missing; give a case file, or at least --policy, --date, "
                f"--category, --setting and --in-scope. Policies: {', '.join(library.ids())}",
            ),
            {"field": missing},
        )
    day = visit["date"]
    policy = library.policy(policy_id, read_day(day, "--date"))
    for name in visit:
        if name not in (*policy.facts, *AMOUNTS, "date"):
            raise _no_fact(policy, name)
    person: dict[str, Raw] = {k: v for k, v in visit.items() if _of_person(policy, k)}
    event: dict[str, Raw] = {k: v for k, v in visit.items() if k not in person}
    history: tuple[dict[str, Raw], ...] = ()
    if readings:
        history = ({"what": "readings", "date": day, "meters": dict(readings)},)
    place = Place("", 0)
    return Case(
        "", "", policy_id, person, history, event, dict(said.about["parameter"]), None, (), place
    )


def _no_fact(policy: Policy, name: str) -> Refused:
    near = nearest(name, policy.facts)
    words = Bilingual(
        f"--fact：{policy.id} 不问“{name}”；可用：{listed(policy.facts, 40)}",
        f"--fact: {policy.id} does not ask for {name!r}; it asks for: {listed(policy.facts, 40)}",
    )
    if near:
        words += Bilingual(f"；最接近的是 {near}", f"; the nearest is {near}")
    return Refused("unknown_field", words, {"field": "--fact", "choices": list(policy.facts)})


def _of_person(policy: Policy, name: str) -> bool:
    fact = policy.facts.get(name)
    return fact is not None and fact.of == "person"
