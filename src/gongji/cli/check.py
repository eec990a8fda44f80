"""`gongji check`: what a policy does that its reader should know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gongji.cli.language import (
    FAILED,
    JsonOption,
    LanguageOption,
    answering,
    chosen_language,
    print_json,
)
from gongji.cli.places import PoliciesOption, library_of
from gongji.wording import Bilingual, Language

if TYPE_CHECKING:
    from gongji.check.findings import Finding
    from gongji.check.report import Report
    from gongji.explain.record import Record

__all__ = ["check"]

_KINDS = {
    "gap": Bilingual("没有基金支付的区间", "stretch that no fund pays"),
    "cliff": Bilingual("多一分钱，负担大变", "one fen more changes much"),
    "worse_pays_more": Bilingual("差的反而负担少", "the worse bears less"),
    "never_entered": Bilingual("用不到的待遇", "benefit that nothing enters"),
    "limit_never_reached": Bilingual("用不满的限额", "limit that nothing reaches"),
    "not_stated": Bilingual("文件没有写明", "not stated"),
}


def check(
    names: Annotated[
        list[str] | None, typer.Argument(help="政策；不写即全部 · policies, all unless named")
    ] = None,
    policies: PoliciesOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """检查政策：空档、跳跃、倒挂、用不到的规定 · Analyse policies exactly, bill by bill."""
    language = chosen_language(lang)
    reports: list[Report] = []
    with answering(language, as_json=as_json):
        from gongji.check.report import report_of

        library = library_of(policies)
        for name in names or library.ids():
            bare, at, _ = name.partition("@")
            for header in library.versions(bare):
                version = f"{bare}@{header.in_force.first}"
                if at and version != name:
                    continue
                report = report_of(library.policy(version, header.in_force.first))
                reports.append(report)
                if not as_json:
                    _show(report, language)
    if as_json:
        print_json([_record(report) for report in reports])
    if not all(report.clean for report in reports):
        raise typer.Exit(FAILED)


def _show(report: Report, language: Language) -> None:
    from rich.text import Text

    from gongji.cli.show import console, show_item

    out = console()
    first = report.policy.in_force.first
    out.print(Text(f"{report.policy.id}@{first}", "bold"))
    for finding in report.new:
        show_item(out, "!", _line(finding, language), width=1, style="red")
    for known in report.gone:
        words = Bilingual("列为已知，但没有发现", "listed as known, but not found").in_(language)
        show_item(out, "!", f"{known.kind}  {known.item}：{words}  {known.place}", width=1)
    for finding, known in report.known:
        show_item(out, "·", _line(finding, language), width=1)
        show_item(out, "", known.because.in_(language), width=1, style="dim")
    for finding in report.not_stated:
        show_item(out, "?", finding.text.in_(language), width=1, style="dim")
    count = len(report.readings)
    words = Bilingual(f"理解 {count} 处", f"{count} readings in use").in_(language)
    show_item(out, "", words, width=1, style="dim")
    out.print()


def _line(finding: Finding, language: Language) -> str:
    clauses = ", ".join(finding.clauses)
    kind = _KINDS[finding.kind].in_(language)
    return f"{kind}  [{finding.kind}, {finding.item}]  {finding.text.in_(language)}  {clauses}"


def _record(report: Report) -> dict[str, Record]:
    return {
        "policy": report.policy.id,
        "version": report.policy.in_force.first.isoformat(),
        "clean": report.clean,
        "new": [_finding(one) for one in report.new],
        "known": [
            {**_finding(one), "because": {"zh": why.because.zh, "en": why.because.en}}
            for one, why in report.known
        ],
        "gone": [{"finding": one.kind, "item": one.item} for one in report.gone],
        "not_stated": [_finding(one) for one in report.not_stated],
        "readings": [one.clause for one in report.readings],
    }


def _finding(one: Finding) -> dict[str, Record]:
    return {
        "finding": one.kind,
        "item": one.item,
        "text": {"zh": one.text.zh, "en": one.text.en},
        "clauses": list(one.clauses),
    }
