"""`gongji settle`: one visit settled and explained, from a case file or from options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gongji.cases.case import Case
from gongji.cases.run import Outcome, run_case
from gongji.cli.language import (
    FAILED,
    JsonOption,
    LanguageOption,
    answering,
    chosen_language,
    print_json,
)
from gongji.cli.places import PoliciesOption, library_of, located
from gongji.engine.inputs import Raw, read_day
from gongji.policy.library import Library
from gongji.policy.model import Policy
from gongji.policy.problems import Place
from gongji.wording import Bilingual, Language, Refused

__all__ = ["settle"]


def settle(
    case: Annotated[
        Path | None, typer.Argument(help="案例文件 · a case file", show_default=False)
    ] = None,
    policy: Annotated[str | None, typer.Option(help="政策 · policy, city/scheme")] = None,
    day: Annotated[
        str | None, typer.Option("--date", help="就医（出院）日期 · day of care, of discharge")
    ] = None,
    category: Annotated[str | None, typer.Option(help="人员类别 · category")] = None,
    setting: Annotated[str | None, typer.Option(help="就医类型 · setting")] = None,
    tier: Annotated[str | None, typer.Option(help="医院级别 · hospital tier")] = None,
    area: Annotated[str | None, typer.Option(help="就医地 · area of care")] = None,
    provider: Annotated[str | None, typer.Option(help="机构种类 · kind of provider")] = None,
    hospital: Annotated[str | None, typer.Option(help="医院 · hospital")] = None,
    in_scope: Annotated[str | None, typer.Option(help="政策范围内费用 · cost in scope")] = None,
    total: Annotated[str | None, typer.Option(help="总费用 · total")] = None,
    over_price_cap: Annotated[str | None, typer.Option(help="超限价 · above price caps")] = None,
    prior_self_pay: Annotated[str | None, typer.Option(help="先行自付 · prior self-pay")] = None,
    out_of_catalogue: Annotated[str | None, typer.Option(help="目录外 · out of catalogue")] = None,
    account_balance: Annotated[str | None, typer.Option(help="账户余额 · account balance")] = None,
    fact: Annotated[
        list[str] | None,
        typer.Option(help="其他事实，名称=值 · any other fact, name=value (repeat)"),
    ] = None,
    reading: Annotated[
        list[str] | None,
        typer.Option(help="今年已有的累计，名称=数 · a meter's reading so far, name=value"),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(help="文件未定的参数，名称=值 · a parameter, name=value"),
    ] = None,
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
        if case is not None:
            from gongji.cases.read import read_cases

            cases = read_cases(case)
        else:
            facts = {
                "category": category,
                "setting": setting,
                "tier": tier,
                "care_area": area,
                "provider": provider,
                "hospital": hospital,
            }
            amounts = {
                "in_scope": in_scope,
                "total": total,
                "over_price_cap": over_price_cap,
                "prior_self_pay": prior_self_pay,
                "out_of_catalogue": out_of_catalogue,
            }
            cases = [
                _case_of(
                    library,
                    policy,
                    day,
                    {name: value for name, value in facts.items() if value is not None},
                    {name: value for name, value in amounts.items() if value is not None},
                    _pairs(fact, "--fact"),
                    {
                        **_pairs(reading, "--reading"),
                        **({"account_balance": account_balance} if account_balance else {}),
                    },
                    _pairs(parameter, "--parameter"),
                )
            ]
        outcomes = [_run(one, library, from_file=case is not None) for one in cases]
        _show(outcomes, language, as_json=as_json)
    if any(outcome.differences for outcome in outcomes):
        raise typer.Exit(FAILED)


def _run(case: Case, library: Library, *, from_file: bool) -> Outcome:
    if not from_file:
        return run_case(case, library)
    with located(case):
        return run_case(case, library)


def _show(outcomes: list[Outcome], language: Language, *, as_json: bool) -> None:
    if as_json:
        records = [outcome.record for outcome in outcomes]
        print_json(records[0] if len(records) == 1 else records)
        return
    from gongji.cli.show import console, show_settlement
    from gongji.cli.test import show_differences

    out = console()
    for index, outcome in enumerate(outcomes):
        if index:
            out.print()
        if outcome.explanation is not None:
            show_settlement(outcome.explanation, language, out)
        elif outcome.refused is not None:
            out.print(outcome.refused.message.in_(language))
        show_differences(outcome, language, out)


def _case_of(
    library: Library,
    policy_id: str | None,
    day: str | None,
    facts: dict[str, str],
    amounts: dict[str, str],
    others: dict[str, str],
    readings: dict[str, str],
    parameters: dict[str, str],
) -> Case:
    if policy_id is None or day is None:
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
    policy = library.policy(policy_id, read_day(day, "--date"))
    person: dict[str, Raw] = {}
    event: dict[str, Raw] = {"date": day}
    for name, value in {**facts, **others}.items():
        block = person if _of_person(policy, name) else event
        block[name] = value
    event.update(amounts)
    history: tuple[dict[str, Raw], ...] = ()
    if readings:
        history = ({"what": "readings", "date": day, "meters": dict(readings)},)
    return Case("", "", policy_id, person, history, event, dict(parameters), None, (), Place("", 0))


def _of_person(policy: Policy, name: str) -> bool:
    fact = policy.facts.get(name)
    return fact is not None and fact.of == "person"


def _pairs(written: list[str] | None, option: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in written or ():
        name, equals, value = one.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise Refused(
                "bad_input",
                Bilingual(
                    f"{option}：“{one}”应写成 名称=值，如 {option} provider=primary",
                    f"{option}: {one!r} should be name=value, such as {option} provider=primary",
                ),
                {"field": option},
            )
        found[name.strip()] = value.strip()
    return found
