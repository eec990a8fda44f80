"""`gongji clauses`: every clause, what it rules, where it lives, which cases test it."""

from __future__ import annotations

from pathlib import Path
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
from gongji.policy.versions import BUILT_IN, Library
from gongji.wording import Bilingual, Language, Refused, listed, nearest

if TYPE_CHECKING:
    from gongji.cases.index import ClauseRow
    from gongji.explain.record import Record

__all__ = ["clauses"]

_CASES = BUILT_IN.parent.parent.parent / "tests" / "cases"
"""The cases of a checkout; an installed package has none."""


def clauses(
    which: Annotated[list[str] | None, typer.Argument(help="条款编号 · clause ids")] = None,
    policy: Annotated[str | None, typer.Option(help="某一政策所依据的文件 · of a policy")] = None,
    missing: Annotated[
        bool, typer.Option("--open", help="只列没有落实或没有案例的 · those without home or case")
    ] = False,
    cases: Annotated[
        list[Path] | None, typer.Option(help="案例的文件或文件夹 · files and folders of cases")
    ] = None,
    policies: PoliciesOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """条款索引：每一条规定了什么、落在哪里、哪些案例检验 · The clause index."""
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        from gongji.cases.index import clause_index
        from gongji.cases.read import case_files, read_cases

        library = library_of(policies)
        paths = cases or ([_CASES] if _CASES.is_dir() else [])
        known = [case for path in paths for file in case_files(path) for case in read_cases(file)]
        rows = _chosen(library, clause_index(library, known), policy, which or [])
    if missing:
        rows = [row for row in rows if row.open]
    if as_json:
        print_json([_record(row) for row in rows])
    else:
        for row in rows:
            _show(row, language)
    if missing and rows:
        raise typer.Exit(FAILED)


def _chosen(
    library: Library, rows: list[ClauseRow], policy: str | None, which: list[str]
) -> list[ClauseRow]:
    if policy is not None:
        documents = {header.document for header in library.versions(policy)}
        rows = [row for row in rows if row.document.id in documents]
    if not which:
        return rows
    known = [row.clause.id for row in rows]
    for name in which:
        if name not in known:
            near = nearest(name, known)
            raise Refused(
                "unknown_clause",
                Bilingual(
                    f"没有条款“{name}”" + (f"；最接近的是 {near}" if near else ""),
                    f"there is no clause {name!r}" + (f"; the nearest is {near}" if near else ""),
                ),
                {"clause": name},
            )
    return [row for row in rows if row.clause.id in which]


def _record(row: ClauseRow) -> dict[str, Record]:
    reason = row.clause.informational
    return {
        "clause": row.clause.id,
        "document": row.document.id,
        "place": row.clause.place,
        "kind": row.clause.kind,
        "rule": row.clause.rule,
        "left_open": row.clause.ambiguity or None,
        "informational": None if reason is None else {"zh": reason.zh, "en": reason.en},
        "homes": [
            {"policy": home.policy, "item": home.item, "file": str(home.place)}
            for home in row.homes
        ],
        "cases": list(row.cases),
    }


def _show(row: ClauseRow, language: Language) -> None:
    from rich.text import Text

    from gongji.cli.show import console, show_item

    out = console()
    out.print(
        Text.assemble((row.clause.id, "bold"), f"  {row.document.short}  {row.clause.place}"),
        soft_wrap=True,
    )
    show_item(out, "", row.clause.rule, width=1)
    if row.clause.ambiguity:
        show_item(out, "?", row.clause.ambiguity, width=1, style="dim")
    if row.clause.informational is not None:
        reason = Bilingual("无须落实：", "no rule follows: ") + row.clause.informational
        show_item(out, "·", reason.in_(language), width=1)
    for home in row.homes:
        show_item(out, "→", f"{home.policy}  {home.item}  {home.place}", width=1)
    if row.cases:
        words = Bilingual("案例：", "cases: ").in_(language) + listed(row.cases, 8)
        show_item(out, "✓", words, width=1)
