"""`gongji policies` and `gongji policy`: what policies there are, and what one of them says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from gongji.cli.language import (
    JsonOption,
    LanguageOption,
    answering,
    chosen_language,
    print_json,
)
from gongji.cli.places import PoliciesOption, library_of
from gongji.cli.wrap import wrapped
from gongji.engine.inputs import read_day
from gongji.policy.model import Policy
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Language

if TYPE_CHECKING:
    from rich.console import Console

    from gongji.explain.summary import Block, Section
    from gongji.policy.documents import Document
    from gongji.policy.load import Header

__all__ = ["policies", "policy"]


def policies(
    folder: PoliciesOption = None, lang: LanguageOption = None, as_json: JsonOption = False
) -> None:
    """列出全部政策及其版本 · List all policies and their versions."""
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        library = library_of(folder)
        headers = [header for name in library.ids() for header in library.versions(name)]
    if as_json:
        print_json([_header(header) for header in headers])
        return
    from rich.table import Table

    from gongji.cli.show import console

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for zh, en in (("政策", "policy"), ("名称", "title"), ("施行", "in force"), ("区划", "area")):
        table.add_column(zh if language == "zh" else en, overflow="fold")
    for header in headers:
        last = header.in_force.last
        table.add_row(
            header.id,
            header.title.in_(language),
            f"{header.in_force.first} – {last or ''}",
            header.area,
        )
    console().print(table)


def _header(header: Header) -> dict[str, object]:
    last = header.in_force.last
    return {
        "policy": header.id,
        "title": {"zh": header.title.zh, "en": header.title.en},
        "area": header.area,
        "scheme": header.scheme,
        "document": header.document,
        "from": header.in_force.first.isoformat(),
        "to": last.isoformat() if last else None,
    }


def policy(
    name: Annotated[str, typer.Argument(help="政策，城市/制度 · policy, city/scheme")],
    on: Annotated[
        str | None, typer.Option("--on", help="某日施行的版本 · the version in force on a day")
    ] = None,
    folder: PoliciesOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """用文字和表格读一份政策，每个数附条款 · Read a policy, every number with its clause."""
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        from gongji.explain.summary import summary_of

        library = library_of(folder)
        found = _chosen(library, name, on)
        sections = summary_of(found, library.document(found.document))
    if as_json:
        from gongji.explain.summary import summary_record

        print_json(summary_record(found, library.document(found.document), sections))
        return
    _show(found, library.document(found.document), sections, language)


def _chosen(library: Library, name: str, on: str | None) -> Policy:
    """The version asked for: by `@`, by the day, or the latest."""
    if on is not None:
        return library.policy(name, read_day(on, "--on"))
    first = library.versions(name)[-1].in_force.first
    return library.policy(name, first)


def _show(policy: Policy, document: Document, sections: list[Section], language: Language) -> None:
    from rich.text import Text

    from gongji.cli.show import console
    from gongji.policy.marks import written_mark

    out = console()
    first, last = policy.in_force
    out.print(Text(policy.title.in_(language), "bold"))
    out.print(Text(f"{policy.id}  {policy.file}", "dim"))
    issued = (document.title, document.number, document.issuer, document.published)
    out.print(Text("  ".join(word for word in issued if word), "dim"))
    out.print(Text(f"{first} – {last or ''}  {written_mark(policy.in_force_mark)}", "dim"))
    for line in _further(policy):
        out.print(Text(line.in_(language), "dim"))
    for section in sections:
        out.print()
        out.print(Text(section.heading.in_(language), "bold"))
        for block in section.blocks:
            _show_block(out, block, language)


def _further(policy: Policy) -> Iterator[Bilingual]:
    """Where to read on: the clauses behind a policy, and the questions that it answers."""
    from gongji.cli.questions import commands_for

    line = f"gongji clauses --policy {policy.id}"
    yield Bilingual(f"条款：{line}", f"clauses: {line}")
    if policy.questions:
        line, kinds = f"gongji ask --policy {policy.id}", ", ".join(commands_for(policy))
        yield Bilingual(f"提问：{line}", f"questions: {line}")
        if kinds:
            yield Bilingual(f"按类提问：{kinds}", f"by kind: {kinds}")


def _show_block(out: Console, block: Block, language: Language) -> None:
    """A title with its place, then a table, or sentences with the clauses behind each."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    title = Text(block.title.in_(language))
    title.append(f"  {block.file}", "dim")
    out.print(Padding(title, (0, 0, 0, 1)))
    if not block.head and all(len(row) <= 2 for row in block.rows):
        for row in block.rows:
            words, *marks = (cell.in_(language) for cell in row)
            mark = "".join(marks)
            lines = wrapped(f"{words}  {mark}" if mark else words, out.width - 5)
            for number, line in enumerate(lines):
                shown = Text(("   " if number == 0 else "     ") + line)
                if mark:
                    shown.highlight_words([mark], "dim")
                out.print(shown, soft_wrap=True)
        return
    table = Table(box=None, show_header=bool(block.head), padding=(0, 2, 0, 2))
    for index in range(max(len(row) for row in (block.head, *block.rows) if row)):
        head = block.head[index].in_(language) if block.head else ""
        table.add_column(head, header_style="dim", overflow="fold")
    for row in block.rows:
        table.add_row(*(cell.in_(language) for cell in row))
    out.print(table)
