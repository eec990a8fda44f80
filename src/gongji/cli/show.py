"""Settlements on the terminal: who pays what, how it came about, what is left.

Reads well at 80 columns; Chinese takes two columns a character.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gongji.cli.wrap import cells, wrapped
from gongji.explain.answers import Told
from gongji.explain.explanation import Explanation, Line
from gongji.money import grouped_yuan as yuan
from gongji.policy.model import PAPERS
from gongji.wording import Bilingual, Language

__all__ = ["console", "show_answer", "show_item", "show_settlement", "title_line"]


_READ_AS = Bilingual(
    "文件没有写明、按下列理解处理", "Where the text leaves something open: as read here"
)
_TAKEN = Bilingual("没有说明、按下列情形处理", "Not said, and taken to be")
_NOTE = Bilingual("注意", "Note")
_SUPPLIED = Bilingual("使用者提供的参数", "Parameters supplied by the user")
_TRIAL = Bilingual(
    "以上为试算，不是医保经办机构的结论。",
    "A calculation, not a decision of the insurance agency.",
)


def console() -> Console:
    """The terminal, 80 columns wide where its width is not known."""
    found = Console(highlight=False, markup=False, emoji=False)
    if not found.is_terminal:
        found.width = 80
    return found


def title_line(explanation: Explanation, language: Language) -> Text:
    """What was settled, under which version of which document."""
    one, names = explanation.settlement, explanation.names
    version = f"{one.policy.id}@{one.policy.in_force.first}"
    return Text.assemble(
        (names.policy.title.in_(language), "bold"),
        f"  {one.day}\n",
        (f"{version}\n{names.document.title}", "dim"),
    )


def show_answer(told: Told, language: Language, out: Console) -> None:
    """Print the answer to a question."""
    one, names = told.answer, told.names
    version = f"{one.policy.id}@{one.policy.in_force.first}"
    head = Text.assemble(
        (one.question.title.in_(language), "bold"),
        f"  {one.day}\n",
        (f"{names.policy.title.in_(language)}\n{version}\n{names.document.title}", "dim"),
    )
    out.print(head)
    out.print()
    for title, words in told.lines:
        line = Bilingual(f"{title.zh}：{words.zh}", f"{title.en}: {words.en}")
        _print(out, _item("·", line.in_(language), 1, out.width))
    if one.case.because is not None:
        _print(out, _item("", one.case.because.in_(language), 1, out.width))
    for cite in told.cites:
        where = f"{cite.clause}{'～' if cite.reading else ''}  {cite.place}  {cite.file}"
        _print(out, _item("", where.rstrip(), 1, out.width, "dim"))
    for heading, lines in (
        (_NOTE, [("", text) for text in told.notes]),
        (Bilingual("所需材料", "Papers needed"), told.needs),
        (Bilingual("还缺", "Still missing"), told.missing or _complete(told)),
        (_READ_AS, [(cite.clause, text) for cite, text in told.readings]),
        (_TAKEN, [("", text) for text in told.assumptions]),
        (_SUPPLIED, [("", text) for text in told.supplied]),
    ):
        _bullets(out, heading, lines, language)


def _complete(told: Told) -> list[tuple[str, Bilingual]]:
    """Said where all the papers that are needed were brought."""
    brought = told.answer.needs and PAPERS in told.answer.facts
    return [("", Bilingual("不缺，材料齐全", "nothing; all papers are there"))] if brought else []


def show_settlement(explanation: Explanation, language: Language, out: Console) -> None:
    """Print an explained settlement."""
    out.print(title_line(explanation, language))
    out.print()
    out.print(_payers(explanation, language))
    _bullets(out, _NOTE, (("", note) for note in explanation.notes), language)
    _section(out, Bilingual("怎么算的", "How it came about"), language)
    _steps(explanation.lines, language, out)
    _bullets(
        out,
        Bilingual("今年还剩", "Left this year"),
        (("", text) for _, text in explanation.left),
        language,
    )
    _bullets(
        out,
        _READ_AS,
        ((cite.clause, text) for cite, text in explanation.readings),
        language,
    )
    _bullets(
        out,
        _TAKEN,
        (("", text) for text in explanation.assumptions),
        language,
    )
    _bullets(
        out,
        _SUPPLIED,
        (("", text) for text in explanation.supplied),
        language,
    )
    out.print()
    out.print(Text(_TRIAL.in_(language), "dim"))


def _payers(explanation: Explanation, language: Language) -> Table:
    one, names = explanation.settlement, explanation.names
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 2))
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    for fund, fen in one.payments.items():
        if fen:
            table.add_row(names.fund(fund).in_(language), yuan(fen), "")
    you = Bilingual("您负担", "You pay").in_(language)
    split = ""
    if one.account is not None and one.cash is not None:
        split = Bilingual(
            f"账户 {yuan(one.account)} · 现金 {yuan(one.cash)}",
            f"account {yuan(one.account)} · cash {yuan(one.cash)}",
        ).in_(language)
    table.add_row(Text(you, "bold"), Text(yuan(one.person), "bold"), Text(split, "dim"))
    table.add_row(Bilingual("合计", "Total").in_(language), yuan(one.total), "")
    return table


def _steps(lines: Iterable[Line], language: Language, out: Console) -> None:
    shown: list[Text] = []
    for index, line in enumerate(lines):
        shown += _item(f"{index + 1}", line.text.in_(language), 2, out.width)
        for cite in line.cites:
            mark = "～" if cite.reading else ""
            where = f"{cite.clause}{mark}  {cite.place}  {cite.file}".rstrip()
            shown += _item("", where, 2, out.width, "dim")
    _print(out, shown)


def _section(out: Console, title: Bilingual, language: Language) -> None:
    out.print()
    out.print(Text(title.in_(language), "bold"))


def _bullets(
    out: Console,
    title: Bilingual,
    lines: Iterable[tuple[str, Bilingual]],
    language: Language,
) -> None:
    shown = list(lines)
    if not shown:
        return
    _section(out, title, language)
    width = max(cells(label or "·") for label, _ in shown)
    _print(
        out,
        [
            line
            for label, text in shown
            for line in _item(label or "·", text.in_(language), width, out.width)
        ],
    )


def show_item(out: Console, label: str, text: str, *, width: int, style: str = "") -> None:
    """Print a label and beside it a text, wrapped with a hanging indent."""
    _print(out, _item(label, text, width, out.width, style))


def _item(label: str, text: str, width: int, columns: int, style: str = "") -> list[Text]:
    """The lines of a label and a text beside it."""
    first = label.rjust(width + 1) if label else " " * (width + 1)
    return [
        Text.assemble((first if number == 0 else " " * (width + 1), "dim"), "  ", (line, style))
        for number, line in enumerate(wrapped(text, columns - width - 3))
    ]


def _print(out: Console, lines: list[Text]) -> None:
    """Print lines in one go, which is much faster than one by one."""
    if lines:
        out.print(Text("\n").join(lines), soft_wrap=True)
