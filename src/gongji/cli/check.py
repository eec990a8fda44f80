"""`gongji check`: what a policy does that its reader should know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
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
    from rich.console import Console

    from gongji.check.finding import Finding
    from gongji.check.report import Report
    from gongji.policy.model import Known, Policy
    from gongji.policy.versions import Library

__all__ = ["check"]


def check(
    names: Annotated[
        list[str] | None, typer.Argument(help="政策；不写即全部 · policies, all unless named")
    ] = None,
    policies: PoliciesOption = None,
    readings: Annotated[
        bool, typer.Option("--readings", help="列出各处理解 · list the readings in use")
    ] = False,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """检查政策：空档、跳跃、倒挂、用不到的规定 · Analyse policies exactly, bill by bill."""
    language = chosen_language(lang)
    reports: list[Report] = []
    with answering(language, as_json=as_json):
        from gongji.check.report import report_of

        library = library_of(policies)
        for policy in _chosen(library, names or library.ids()):
            reports.append(report_of(policy))
            if not as_json:
                _show(reports[-1], language, readings=readings)
    if as_json:
        from gongji.check.record import report_record

        print_json([report_record(report) for report in reports])
    if not all(report.clean for report in reports):
        raise typer.Exit(FAILED)


def _chosen(library: Library, names: Sequence[str]) -> Iterator[Policy]:
    """The versions of the policies named, or the one version of `policy@day`."""
    for name in names:
        for header in library.versions(name):
            first = header.in_force.first
            yield library.policy(f"{header.id}@{first}", first)


def _show(report: Report, language: Language, *, readings: bool) -> None:
    """Print a report: what is new, what is known, what the document leaves open, the counts."""
    from rich.text import Text

    from gongji.check.finding import SEVERITIES
    from gongji.cli.show import console, show_item

    out = console()
    policy = report.policy
    out.print(Text(f"{policy.id}@{policy.in_force.first}", "bold"))
    for severity, title in SEVERITIES.items():
        new = [one for one in report.new if one.severity == severity]
        if new:
            out.print(Text(f" {_NEW.in_(language)} · {title.in_(language)}", "red"))
            _show_findings(policy, new, language, out)
    if report.gone:
        out.print(Text(f" {_GONE.in_(language)}", "red"))
        for gone in report.gone:
            show_item(out, "!", f"[{gone.kind}, {gone.item}]  {gone.place}", width=2)
    if report.known:
        out.print(Text(f" {_KNOWN.in_(language)}"))
        because = {id(finding): known for finding, known in report.known}
        _show_findings(policy, [one for one, _ in report.known], language, out, because)
    if report.notes:
        out.print(Text(f" {SEVERITIES['note'].in_(language)}"))
        _show_findings(policy, report.notes, language, out)
    if readings:
        out.print(Text(f" {_READINGS.in_(language)}"))
        for reading in report.readings:
            text = f"{reading.text.in_(language)}  {reading.place}"
            show_item(out, reading.clause, text, width=len(reading.clause) + 1)
    out.print(Text(f" {_counted(report).in_(language)}", "dim"))
    out.print()


_NEW = Bilingual("新发现", "New")
_GONE = Bilingual("列为已知，但没有发现", "Listed as known, but not found")
_KNOWN = Bilingual("已知", "Known")
_READINGS = Bilingual("按下列理解处理", "Readings in use")


def _show_findings(
    policy: Policy,
    findings: Sequence[Finding],
    language: Language,
    out: Console,
    because: dict[int, Known] | None = None,
) -> None:
    """Print findings under the title of their kind, each with its clauses and place."""
    from gongji.check.finding import TITLES
    from gongji.cli.show import show_item

    for kind, same in groupby(findings, lambda one: one.kind):
        show_item(out, "", TITLES[kind].in_(language), width=0, style="bold")
        for one in same:
            show_item(out, "·", one.text(policy).in_(language), width=2)
            where = "  ".join(
                (f"[{one.kind}, {one.item}]", *one.clauses, str(one.place or ""))
            ).rstrip()
            show_item(out, "", where, width=2, style="dim")
            if one.also:
                more = Bilingual(
                    f"另有 {len(one.also)} 种，如：{one.also[0].text(policy).zh}",
                    f"and {len(one.also)} more, such as: {one.also[0].text(policy).en}",
                )
                show_item(out, "", more.in_(language), width=2, style="dim")
            if because:
                show_item(out, "", because[id(one)].because.in_(language), width=2)


def _counted(report: Report) -> Bilingual:
    """The last line: how much was found."""
    counts = report.counts
    new, gone, readings = len(report.new), len(report.gone), len(report.readings)
    stale = Bilingual(f"，{gone} 项已不存在", f", {gone} gone") if gone else Bilingual("", "")
    return (
        Bilingual(
            f"错误 {counts['error']}，警告 {counts['warning']}，提示 {counts['note']}；"
            f"其中新发现 {new}",
            f"{counts['error']} errors, {counts['warning']} warnings, {counts['note']} notes; "
            f"{new} of them new",
        )
        + stale
        + Bilingual(f"；理解 {readings} 处", f"; {readings} readings in use")
    )
