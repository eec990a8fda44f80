"""Answers of an agency for people and for machines, and what a replayed session came to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gongji.cli.wrap import cells
from gongji.nhsa.client.names import Named, named_fields, title_of
from gongji.nhsa.client.replay import Told
from gongji.nhsa.client.session import Answer
from gongji.nhsa.messages.exact_json import as_bytes
from gongji.wording import Bilingual, Language, shortened

__all__ = ["answer_record", "print_exact", "show_answer", "show_replayed", "told_record"]

_MOST_COLUMNS = 6
"""Lists with more columns are shown row after row."""

_MOST_CHARACTERS = 400


def answer_record(answer: Answer) -> dict[str, object]:
    """An answer for machines: what it is to, whether it was done, all of it."""
    return {
        "infno": answer.infno,
        "msgid": answer.message["msgid"],
        "done": answer.done,
        "status": answer.status,
        "answer": answer.told,
    }


def told_record(told: Told) -> dict[str, object]:
    """A step of a session for machines."""
    return {
        "line": told.step.line,
        "infno": told.step.infno,
        "same": not told.differences,
        "differences": [{"zh": one.zh, "en": one.en} for one in told.differences],
        "answer": None if told.answer is None else answer_record(told.answer),
    }


def print_exact(record: object, out: Console) -> None:
    """A record as one line of JSON, with every digit that its amounts have."""
    out.file.write(as_bytes(record).decode() + "\n")


def show_answer(answer: Answer, province: str, language: Language, out: Console) -> None:
    """Print an answer: what it is to, then each node as a table; what is empty is left out."""
    out.print(_head(answer, province, language))
    output = answer.told.get("output")
    if not answer.done or output in (None, "", {}, []):
        return
    for name, rows in _nodes(output):
        names = named_fields(answer.infno, name, province)
        out.print()
        out.print(Text(name, "bold"))
        columns = list(dict.fromkeys(code for row in rows for code in _full(row)))
        if len(rows) > 1 and len(columns) <= _MOST_COLUMNS:
            out.print(_across(rows, columns, names, language))
            continue
        for index, row in enumerate(rows):
            if len(rows) > 1:
                out.print(Text(f"[{index}]", "dim"))
            out.print(_down(row, names, language))


def show_replayed(told: Told, language: Language, out: Console) -> None:
    """Print what came of one step of a session."""
    mark = "≠" if told.differences else "="
    head = f"{mark} {told.step.line:>4}  {told.step.infno:<5} {title_of(told.step.infno)}"
    out.print(Text(head.rstrip(), "bold red" if told.differences else ""))
    for one in told.differences:
        out.print(Text(f"        {one.in_(language)}"))


def _head(answer: Answer, province: str, language: Language) -> Text:
    state = Bilingual("完成", "done") if answer.done else Bilingual("被拒绝", "refused")
    title = f"{answer.infno} {title_of(answer.infno, province)}".rstrip()
    reference = answer.told.get("inf_refmsgid")
    ids = f"\nmsgid {answer.message['msgid']}"
    ids += f"  inf_refmsgid {shortened(str(reference))}" if reference else ""
    said = f"\n{answer.reason}" if answer.reason and not answer.done else ""
    return Text.assemble((title, "bold"), f"  {state.in_(language)}", said, (ids, "dim"))


def _nodes(output: object) -> Iterator[tuple[str, Sequence[Mapping[str, object]]]]:
    """The parts of an output by their names: rows of fields; `.` is what stands directly in it."""
    if not isinstance(output, Mapping):
        rows = output if isinstance(output, list) else [output]
        yield ".", [row if isinstance(row, Mapping) else {"": row} for row in rows]
        return
    direct = {name: one for name, one in output.items() if not isinstance(one, Mapping | list)}
    if _full(direct):
        yield ".", [direct]
    for name, one in output.items():
        if isinstance(one, Mapping) and one:
            yield str(name), [one]
        elif isinstance(one, list) and one:
            yield str(name), [row if isinstance(row, Mapping) else {"": row} for row in one]


def _full(row: Mapping[str, object]) -> list[str]:
    """The fields of a row in which there is something."""
    return [code for code, one in row.items() if one not in (None, "", "null", "NULL", [], {})]


def _across(
    rows: Sequence[Mapping[str, object]],
    columns: Sequence[str],
    names: Mapping[str, Named],
    language: Language,
) -> Table:
    """Rows below each other, a field a column, numbers with their points below each other."""
    table = _table()
    shown: list[list[str]] = []
    for code in columns:
        every = [row.get(code) for row in rows]
        title = names[code].title if code in names and language == "zh" else ""
        width = max(cells(title), cells(code))
        if _is_number(*every):
            shown.append([one.rjust(width) for one in _aligned(every)])
            table.add_column(Text(f"{title}\n{code}".strip(), justify="right"), overflow="fold")
        else:
            shown.append([_text(one, code, names) for one in every])
            table.add_column(Text(f"{title}\n{code}".strip()), overflow="fold")
    for row in zip(*shown, strict=True):
        table.add_row(*(Text(one) for one in row))
    return table


def _down(row: Mapping[str, object], names: Mapping[str, Named], language: Language) -> Table:
    """A row as a column of its fields, numbers with their points below each other."""
    table = _table(heads=False)
    table.add_column(style="dim", overflow="fold")
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    codes = _full(row)
    numbers = [code for code in codes if _is_number(row[code])]
    aligned = dict(zip(numbers, _aligned([row[code] for code in numbers]), strict=True))
    for code in codes:
        title = names[code].title if code in names and language == "zh" else ""
        value = aligned.get(code) or _text(row[code], code, names)
        table.add_row(Text(code), Text(title), Text(value))
    return table


def _table(*, heads: bool = True) -> Table:
    return Table(box=box.SIMPLE if heads else None, show_header=heads, pad_edge=False)


def _is_number(*values: object) -> bool:
    found = [one for one in values if one not in (None, "")]
    return bool(found) and all(
        isinstance(one, int | Decimal) and not isinstance(one, bool) for one in found
    )


def _aligned(values: Sequence[object]) -> list[str]:
    """Numbers with all their digits, padded so that their points stand below each other."""
    texts = ["" if one in (None, "") else as_bytes(one).decode() for one in values]
    parts = [text.partition(".") for text in texts]
    whole = max((len(before) for before, _, _ in parts), default=0)
    rest = max((len(point + after) for _, point, after in parts), default=0)
    return [f"{before:>{whole}}{point + after:<{rest}}" for before, point, after in parts]


def _text(value: object, code: str, names: Mapping[str, Named]) -> str:
    """A value on one line; a code with what it means."""
    if isinstance(value, str):
        means = names[code].codes.get(value) if code in names else None
        shown = f"{value} {means}" if means else value
    else:
        shown = "" if value is None else json.dumps(value, ensure_ascii=False, default=str)
    return shortened(shown, _MOST_CHARACTERS)
