"""What a question asks for, on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from gongji.cli.show import console, show_item
from gongji.explain.sheet import Sheet
from gongji.wording import Bilingual, Language

__all__ = ["show_sheet"]

_FACTS = Bilingual(
    "要说明的情形（--fact 名称=值，只问用得到的）", "Facts (--fact name=value; asked as needed)"
)
_PARAMETERS = Bilingual(
    "文件没有写明的参数（--parameter 名称=值）", "Not in the document (--parameter name=value)"
)


def show_sheet(sheet: Sheet, command: str, language: Language) -> None:
    """Print a question with the facts and parameters that it may ask for, and how to ask it."""
    out = console()
    policy, question = sheet.policy, sheet.question
    out.print(Text(question.title.in_(language), "bold"))
    out.print(Text(f"{policy.title.in_(language)}\n{policy.id}@{policy.in_force.first}", "dim"))
    facts = [(one.name, one.title + _after(sheet.written(one))) for one in sheet.facts]
    given = [(one.name, one.title + _after(sheet.unit(one))) for one in sheet.parameters]
    for heading, lines in ((_FACTS, facts), (_PARAMETERS, given)):
        _table(heading, lines, language)
    first = next((one for one in sheet.facts if one.default is None), None)
    words = f"gongji {command} {question.name} --policy {policy.id} --date {policy.in_force.first}"
    if first is not None:
        words += f" --fact {first.name}={next(iter(first.values), '…')}"
    out.print()
    out.print(Text(Bilingual("写法", "Such as").in_(language), "bold"))
    show_item(out, "", words, width=0)


def _after(written: Bilingual) -> Bilingual:
    return Bilingual(f"：{written.zh}", f": {written.en}")


def _table(heading: Bilingual, lines: Sequence[tuple[str, Bilingual]], language: Language) -> None:
    if not lines:
        return
    out = console()
    out.print()
    out.print(Text(heading.in_(language), "bold"))
    width = max(len(name) for name, _ in lines)
    for name, words in lines:
        show_item(out, name.ljust(width), words.in_(language), width=width)
