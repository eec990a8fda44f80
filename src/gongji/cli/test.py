"""`gongji test`: every case that says what it expects, run and held to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

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
from gongji.cli.places import PoliciesOption, library_of
from gongji.explain.answers import Told
from gongji.explain.record import Record
from gongji.policy.model import RECORD_FIELDS
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Language, Refused, listed

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["differences_record", "show_differences", "test"]


class _Result(NamedTuple):
    """What came of one case: an outcome, or a refusal that it did not expect."""

    case: Case
    outcome: Outcome | None
    refused: Refused | None

    @property
    def passed(self) -> bool:
        return self.outcome is not None and not self.outcome.differences


def test(
    paths: Annotated[list[Path], typer.Argument(help="文件或文件夹 · files and folders")],
    policies: PoliciesOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """运行写有 expect 的案例 · Run every case that has `expect`.

    每个差别连同得出它的步骤一起列出。 · Each difference is printed with the steps that led to it.
    """
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        from gongji.cases.read import case_files, read_cases

        library = library_of(policies)
        files = dict.fromkeys(file for path in paths for file in case_files(path))
        cases = [case for file in files for case in read_cases(file)]
        results = list(_results([case for case in cases if case.expect is not None], library))
        if not results:
            raise Refused(
                "bad_input",
                Bilingual(
                    "没有找到写有 expect 的案例", "there is no case with `expect` in these paths"
                ),
            )
    passed = sum(result.passed for result in results)
    failed = len(results) - passed
    if as_json:
        print_json(
            {
                "passed": passed,
                "failed": failed,
                "failures": [_record(result) for result in results if not result.passed],
            }
        )
    else:
        _show([result for result in results if not result.passed], language)
        typer.echo(f"{passed} passed, {failed} failed")
    if failed:
        raise typer.Exit(FAILED)


def _results(cases: list[Case], library: Library) -> Iterator[_Result]:
    for case in cases:
        try:
            yield _Result(case, run_case(case, library), None)
        except Refused as refused:
            yield _Result(case, None, refused)


def differences_record(outcome: Outcome) -> list[Record]:
    """Where a result is not what its case expects, for machines."""
    return [
        {"path": one.path, "expected": one.expected, "got": one.got} for one in outcome.differences
    ]


def _record(result: _Result) -> dict[str, Record]:
    found: dict[str, Record] = {
        "id": result.case.id,
        "title": result.case.title,
        "place": str(result.case.place),
    }
    if result.refused is not None:
        found["refused"] = {"zh": result.refused.message.zh, "en": result.refused.message.en}
    if result.outcome is not None:
        found["differences"] = differences_record(result.outcome)
    return found


def _show(failures: list[_Result], language: Language) -> None:
    if not failures:
        return
    from rich.text import Text

    from gongji.cli.show import console, show_item

    out = console()
    for result in failures:
        case = result.case
        out.print(Text.assemble((case.id, "bold"), f" {case.title}  ", (str(case.place), "dim")))
        if result.refused is not None:
            show_item(out, "·", result.refused.message.in_(language), width=1)
        if result.outcome is not None:
            show_differences(result.outcome, language, out)
            _show_steps(result.outcome, language, out)
        out.print()


def show_differences(outcome: Outcome, language: Language, out: Console) -> None:
    """Print where a result is not what its case expects, or that it is."""
    if outcome.case.expect is None:
        return
    from gongji.cli.show import show_item

    out.print()
    if not outcome.differences:
        out.print(Bilingual("与 expect 相符", "As expected").in_(language), style="green")
        return
    out.print(Bilingual("与 expect 不符", "Not as expected").in_(language), style="red")
    for one in outcome.differences:
        there = listed([name for name in one.there if name not in RECORD_FIELDS], 20)
        got = Bilingual(
            f"结果中没有这一项；有：{there}", f"the result has no such field; it has: {there}"
        )
        if one.got is not None:
            got = Bilingual(f"得到 {one.got}", f"got {one.got}")
        words = Bilingual(
            f"{one.path}：应为 {one.expected}，{got.zh}",
            f"{one.path}: expected {one.expected}, {got.en}",
        )
        show_item(out, "·", words.in_(language), width=1, style="red")


def _show_steps(outcome: Outcome, language: Language, out: Console) -> None:
    from gongji.cli.show import show_item

    if isinstance(outcome.explanation, Told):
        for title, words in outcome.explanation.lines:
            text = f"{title.in_(language)}: {words.in_(language)}"
            show_item(out, "", text, width=3, style="dim")
    elif outcome.explanation is not None:
        for line in outcome.explanation.lines:
            clauses = ", ".join(cite.clause for cite in line.cites)
            text = f"{line.text.in_(language)} [{clauses}]"
            show_item(out, "", text, width=3, style="dim")
