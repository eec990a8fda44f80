"""Write the page of the national interface's transactions from the tables they are read by.

uv run python dev/nhsa_pages.py > docs/nhsa-transactions.md
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from gongji.nhsa.messages.exact_json import write_json
from gongji.nhsa.tables import Field, Node, Tables, Transaction, examples, provinces, tables

__all__ = ["page", "sample_input", "sample_output"]

_WIDE = 96

_HEAD = """# Transactions of the national interface · 医保接口交易一览

How hospitals and pharmacies talk to an insurance agency: every transaction that is known here, with
its nodes and fields, and an example of each. The page is made from the tables by which requests are
checked.

定点医药机构与医保经办机构之间的接口：这里认识的每个交易、节点和字段，各带一个示例。本页由检查报文所用的表生成。

- **Nodes · 节点**: `data` is one object, `result[]` a list. “·” stands for what lies directly below
  `input` or `output`. An object where a list is meant is read as a list of one, and the reverse.
  · `data` 是单个对象，`result[]` 是列表；该是列表时给了单个对象，也照样接受，反之亦然。
- **Types · 类型**: S text, N number (`16,2`: 16 digits, 2 of them decimals), I whole number, D day
  `yyyy-MM-dd`, DT moment `yyyy-MM-dd HH:mm:ss`, BYTES bytes; empty where no source says it. Numbers
  may come as text, and a day with a time.
  · S 字符，N 数值，I 整数，D 日期，DT 日期时间，BYTES 字节；没有来源说明的留空。数值可写成文本。
- **Required · 必填**: ● must be there. ○ is demanded in print, but clients leave it out, so its
  lack is not refused. In answers ● is always there.
  · ● 必须有值；○ 文本要求必填，但有客户端不传，缺少时不拒绝。响应中 ● 总有值。
- **Source · 来源**: `=` two sources have the field, `+` it is a later or provincial addition, `-`
  only the second source has it; empty where there is nothing to compare.
  · `=` 两个来源都有，`+` 后来或省级增加，`-` 仅第二来源有；无可比较的留空。
- **Codes · 代码**: a number may come with or without leading zeros (`01` for `1`). Code tables that
  no source prints are not checked. · 代码前的零可有可无；没有公开代码表的字段不检查代码。
- Empty text, blanks, and `null` or `NULL` as text say nothing. Fields that no table knows are
  accepted. · 空串和 `null` 表示没有值；表中没有的字段照收。

**Paths · 路径** are those of the dialects that have an address for each transaction; in the others
all go to one address. No source shows one for these · 以下交易没有来源给出路径：{no_path}
"""

_COLUMNS = (
    "| field | 名称 | type | length | codes | required | source | note |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)

_PROVINCES = """## Provinces · 各省差异

A province can be named; in these things its tables then differ from the rest of this page.
指定省份后，以下内容与本页其余部分不同。
"""


def page() -> str:
    """The whole page."""
    known = tables()
    no_path = ", ".join(one.infno for one in known.transactions.values() if not one.path)
    lines = [_HEAD.format(no_path=no_path), *_contents(known), *_envelope(known)]
    for transaction in known.transactions.values():
        lines += _part(transaction, known)
    lines += [_PROVINCES, *(f"- **{name}**: {_differs(known, name)}" for name in provinces()), ""]
    return "\n".join([*lines, *_codes(known)])


def _contents(known: Tables) -> Iterator[str]:
    yield "| | | | path |\n| --- | --- | --- | --- |"
    for one in known.transactions.values():
        path = f"`{one.path}`" if one.path else ""
        yield f"| [{one.infno}](#{_anchor(one)}) | {one.title} | {one.english} | {path} |"
    yield ""


def _title(one: Transaction) -> str:
    return f"{one.infno} {one.title} · {one.english}"


def _anchor(one: Transaction) -> str:
    """How a heading is linked to: small letters, blanks as hyphens, no punctuation."""
    kept = (char for char in _title(one).lower() if char.isalnum() or char in " -_")
    return "".join(kept).replace(" ", "-")


def _envelope(known: Tables) -> Iterator[str]:
    yield "## The object around them · 外层报文\n"
    yield "**Request · 请求**\n"
    yield _COLUMNS
    yield from (_row(field, answer=False) for field in known.request.fields)
    yield "\n**Answer · 响应**\n"
    yield _COLUMNS
    yield from (_row(field, answer=True) for field in known.response.fields)
    yield ""


def _part(transaction: Transaction, known: Tables) -> Iterator[str]:
    yield f"## {_title(transaction)}\n"
    facts = [f"`/fsi/api/{transaction.path}`" if transaction.path else "", transaction.note]
    yield " · ".join(fact for fact in facts if fact) + "\n"
    if transaction.base:
        base = known.transactions[transaction.base]
        yield (
            f"It has the fields of [{base.infno}](#{_anchor(base)}). · "
            f"字段与 [{base.infno}](#{_anchor(base)}) 相同。\n"
        )
    else:
        yield from _fields(transaction)
    if columns := known.catalogue_columns.get(transaction.infno):
        said = " | ".join(f"{place} {title}" for place, title in enumerate(columns, 1))
        yield f"**Columns of the file · 文件各列**: {said}\n"


def _fields(transaction: Transaction) -> Iterator[str]:
    for direction, nodes, sample in (
        ("Input · 输入", transaction.input, sample_input(transaction)),
        ("Output · 输出", transaction.output, sample_output(transaction)),
    ):
        yield from _nodes(direction, nodes, sample)
    for direction, fields in (
        ("Input file · 输入文件", transaction.file_in),
        ("Output file · 输出文件", transaction.file_out),
    ):
        yield from _table(direction, fields)


def _nodes(direction: str, nodes: tuple[Node, ...], sample: object) -> Iterator[str]:
    if not nodes:
        yield f"**{direction}**: none · 无\n"
        return
    for path, node in _paths(nodes, ""):
        yield from _table(f"{direction} `{path}`", node.fields)
    yield f"```json\n{_pretty(sample)}\n```\n"


def _paths(nodes: Iterable[Node], above: str) -> Iterator[tuple[str, Node]]:
    for node in nodes:
        path = f"{above}{'·' if node.name == '.' else node.name}{'[]' if node.many else ''}"
        yield path, node
        yield from _paths(node.inner, f"{path}.")


def _table(title: str, fields: tuple[Field, ...]) -> Iterator[str]:
    if fields:
        yield f"**{title}**\n"
        yield _COLUMNS
        yield from (_row(field, answer=title.startswith("Output")) for field in fields)
        yield ""
    elif title.startswith(("Input ·", "Output ·")):
        yield f"**{title}**: no source shows its fields · 没有来源给出字段\n"


def _row(one: Field, *, answer: bool) -> str:
    codes = f"`{one.dictionary}`" if one.dictionary else ""
    required = "●" if one.enforced or (answer and one.required) else "○" if one.required else ""
    also = f"also {', '.join(f'`{name}`' for name in one.also)}" if one.also else ""
    core = f"`{one.core}`" if one.core else ""
    note = "; ".join(part for part in (one.note, also) if part).replace("|", "\\|")
    cells = (f"`{one.code}`", one.title, one.kind, one.said_length, codes, required, core, note)
    return f"| {' | '.join(cells)} |"


def sample_input(transaction: Transaction) -> object:
    """An example of its input: what must be there, and what else has an example of its own."""
    return _sample(transaction.input, transaction.base or transaction.infno, "input")


def sample_output(transaction: Transaction) -> object:
    """An example of its output, or None where it has none."""
    return _sample(transaction.output, transaction.base or transaction.infno, "output")


def _sample(nodes: tuple[Node, ...], infno: str, direction: str) -> object:
    found: dict[str, object] = {}
    for node in nodes:
        row = _sample_row(node, infno, direction)
        if node.name != ".":
            found[node.name] = [row] if node.many else row
        elif node.many:
            return [row]
        else:
            found |= row
    return found or None


def _sample_row(node: Node, infno: str, direction: str) -> dict[str, object]:
    row: dict[str, object] = {}
    for field in node.fields:
        own = [examples().get((infno, said, field.code)) for said in (direction, "")]
        said = own[0] or own[1]
        if said is None and field.required:
            said = examples()["", "", field.code]
        if said is not None:
            row[field.code] = Decimal(said) if field.kind in ("N", "I") else said
    return row | {inner.name: [_sample_row(inner, infno, direction)] for inner in node.inner}


def _pretty(value: object, indent: str = "") -> str:
    """JSON with as many fields on a line as there is room for, each object on its own lines."""
    if isinstance(value, list):
        inside = ",\n".join(f"{indent}  {_pretty(one, indent + '  ')}" for one in value)
        return f"[\n{inside}\n{indent}]"
    if not isinstance(value, Mapping):
        return write_json(value)
    lines = [""]
    for name, one in value.items():
        said = f"{write_json(name)}: {_pretty(one, indent + '  ')}"
        if lines[-1] and (isinstance(one, (list, Mapping)) or _width(lines[-1] + said) > _WIDE):
            lines.append("")
        lines[-1] += f"{' ' if lines[-1] else ''}{said},"
    inside = "\n".join(f"{indent}  {line}" for line in lines)
    return f"{{\n{inside.removesuffix(',')}\n{indent}}}"


def _width(line: str) -> int:
    """Chinese characters are two wide."""
    return sum(1 if char < "\u2000" else 2 for char in line)


def _differs(known: Tables, name: str) -> str:
    """What the tables of a province add, leave out or call otherwise."""
    there = tables(name)
    found = []
    for dictionary, codes in there.dictionaries.items():
        before = known.titles(dictionary)
        new = [f"`{code}` {title}" for code, title in codes.items() if before.get(code) != title]
        gone = [f"`{code}`" for code in before if code not in codes]
        if new:
            found.append(f"`{dictionary}` has · 有 {', '.join(new)}")
        if gone:
            found.append(f"`{dictionary}` has no · 无 {', '.join(gone)}")
    for infno, one in there.transactions.items():
        base = known.transactions[infno]
        new = [
            f"`{node.name}.{field.code}` {field.title}"
            for node, before in zip(
                (*one.input, *one.output), (*base.input, *base.output), strict=True
            )
            for field in node.fields
            if field not in before.fields
        ]
        if new and not one.base:
            found.append(f"{infno} {', '.join(new)}")
    return "; ".join(found)


def _codes(known: Tables) -> Iterator[str]:
    yield "## Code tables · 代码表\n"
    for name, codes in known.dictionaries.items():
        said = "; ".join(f"`{code}` {title}" for code, title in codes.items())
        yield f"- **{name}**: {said}"
    yield ""


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - this is what it is for
