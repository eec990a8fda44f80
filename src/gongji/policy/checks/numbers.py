"""Every number is printed in the clause it cites, and every reading is written down.

A number whose mark has `~` rests on a reading instead; the reading must then stand in the chapter
of its clause.  A number must also stand in a chapter of its clause, so that the file follows the
document.  In a formula 0, 1 and 100 % are the language's own and are not looked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from gongji.money import exact_text
from gongji.policy.documents import Document
from gongji.policy.expression import figures_of
from gongji.policy.logic import is_day
from gongji.policy.marks import written_mark
from gongji.policy.model import Cell, Citation, Expression, Figure, Mark, Policy, Range, Unit
from gongji.policy.problems import Place
from gongji.policy.reader import Faults
from gongji.policy.walk import marks, uses
from gongji.wording import Bilingual, listed

__all__ = ["check_numbers", "printed"]

_NEUTRAL = {"0", "1", "0%", "100%"}


class _Printed(NamedTuple):
    """A number of the policy as a document would print it, with its mark and place."""

    number: str
    mark: Mark
    chapter: str
    where: str
    place: Place


def check_numbers(policy: Policy, document: Document, faults: Faults) -> None:
    """Hold the numbers and the readings of a policy against its document."""
    chapters = {name: heading for heading, names in policy.chapters.items() for name in names}
    for heading in policy.chapters:
        if not any(clause.stands_in(heading) for clause in document.clauses.values()):
            faults.add(
                policy.places[f"chapter {heading}"],
                f"chapter {heading}",
                Bilingual("文件没有这一章", "the document has no such chapter"),
                Bilingual(f"{document.id} 中的位置", f"a place of {document.id}"),
            )
    for one in _printed_numbers(policy, chapters):
        _check_number(one, document, faults)
    _check_readings(policy, document, chapters, faults)


def printed(figure: Figure) -> str:
    """A figure as a document prints it: `150000` for 15万元, `90%`, `5` for -5百分点."""
    value = abs(figure.value)
    if figure.unit is Unit.YUAN:
        return exact_text(value / 100)
    if figure.unit is Unit.RATE:
        return exact_text(value * 100) + "%"
    return exact_text(value * 100 if figure.unit is Unit.POINTS else value)


def _printed_numbers(policy: Policy, chapters: dict[str, str]) -> Iterator[_Printed]:
    for name, table in policy.tables.items():
        item = f"table {name}" if f"table {name}" in chapters else f"value {name}"
        for cell in table.cells.values():
            yield from _of_cell(cell, chapters[item], item)
    for use in uses(policy):
        yield from _of_expression(use.expression, use.chapter, use.where, use.place)
    for fact in policy.derived.values():
        item = f"fact {fact.name}"
        if fact.of is not None:
            yield from _of_expression(fact.of, chapters[item], item, fact.place)
        for case in fact.cases:
            if isinstance(case.test, Range) and case.mark is not None:
                for edge in {case.test.low, case.test.high} - {None, Fraction(0)}:
                    number = exact_text(edge or Fraction(0))
                    if is_day(policy, fact):
                        number = date.fromordinal(int(edge or 1)).isoformat()
                    yield _Printed(number, case.mark, chapters[item], item, fact.place)


def _of_cell(cell: Cell, chapter: str, where: str) -> Iterator[_Printed]:
    if not isinstance(cell.content, str):
        yield from _of_expression(cell.content, chapter, where, cell.place)


def _of_expression(
    expression: Expression, chapter: str, where: str, place: Place
) -> Iterator[_Printed]:
    alone = isinstance(expression, Figure)
    for figure in figures_of(expression):
        number = printed(figure)
        if figure.mark is not None and (alone or number not in _NEUTRAL):
            yield _Printed(number, figure.mark, chapter, where, place)


def _check_number(one: _Printed, document: Document, faults: Faults) -> None:
    own = [citation for citation in one.mark.citations if not citation.again]
    again = [citation for citation in one.mark.citations if citation.again]
    known = {number for citation in own for number in document.clauses[citation.clause].numbers}
    if one.number not in known and not any(citation.reading for citation in own):
        _missing(one, own, document, faults)
    for citation in again:
        if one.number not in document.clauses[citation.clause].numbers and not citation.reading:
            _missing(one, [citation], document, faults)
    for citation in own:
        if not document.clauses[citation.clause].stands_in(one.chapter):
            faults.add(
                one.place,
                one.where,
                Bilingual(
                    f"{one.number} 引用的 {citation.clause} 在“"
                    f"{document.clauses[citation.clause].place}”",
                    f"{one.number} cites {citation.clause}, which stands in "
                    f"{document.clauses[citation.clause].place!r}",
                ),
                Bilingual(f"“{one.chapter}”中的条款", f"a clause of {one.chapter!r}"),
                Bilingual(
                    "把它移到那一章，或改条款", "move it to that chapter, or mend the citation"
                ),
            )


def _missing(one: _Printed, citations: list[Citation], document: Document, faults: Faults) -> None:
    clauses = ", ".join(citation.clause for citation in citations)
    numbers = sorted(
        {n for citation in citations for n in document.clauses[citation.clause].numbers}
    )
    faults.add(
        one.place,
        one.where,
        Bilingual(
            f"{one.number} 不在 {clauses} 印出的数里（{listed(numbers) or '无'}）",
            f"{one.number} is not among the numbers that {clauses} prints "
            f"({listed(numbers) or 'none'})",
        ),
        Bilingual("印有这个数的条款", "a clause that prints the number"),
        Bilingual(
            f"改正数或条款；若是读法，写成 {written_mark(one.mark)}~ 并写 reading",
            f"mend the number or the citation; if it is a reading, write "
            f"{written_mark(one.mark)}~ and its `reading`",
        ),
    )


def _check_readings(
    policy: Policy, document: Document, chapters: dict[str, str], faults: Faults
) -> None:
    used: dict[str, tuple[str, Place]] = {}
    for mark, where, place in marks(policy):
        _note(mark, where, place, used)
    for one in _printed_numbers(policy, chapters):
        _note(one.mark, one.where, one.place, used)
    for clause, (where, place) in used.items():
        if clause not in policy.readings:
            number = clause.rsplit("-", 1)[-1]
            faults.add(
                place,
                where,
                Bilingual(f"^{number}~ 没有写读法", f"^{number}~ without its reading"),
                Bilingual(f"reading {number}: {{zh, en}}", f"reading {number}: {{zh, en}}"),
                Bilingual(
                    f"写在“{document.clauses[clause].place}”所在的章",
                    f"write it in the chapter of {document.clauses[clause].place!r}",
                ),
            )
    for clause, reading in policy.readings.items():
        number = clause.rsplit("-", 1)[-1]
        heading = chapters.get(f"reading {number}", "")
        home = document.clauses.get(clause)
        if clause not in used:
            faults.add(
                reading.place,
                f"reading {number}",
                Bilingual("没有一处用到这个读法", "nothing rests on this reading"),
                Bilingual(f"某处的 ^{number}~", f"a mark ^{number}~ somewhere"),
            )
        elif home is not None and not home.stands_in(heading):
            faults.add(
                reading.place,
                f"reading {number}",
                Bilingual(f"写在“{heading}”", f"it stands in {heading!r}"),
                Bilingual(f"“{home.place}”所在的章", f"the chapter of {home.place!r}"),
            )


def _note(mark: Mark, where: str, place: Place, used: dict[str, tuple[str, Place]]) -> None:
    for citation in mark.citations:
        if citation.reading:
            used.setdefault(citation.clause, (where, place))
