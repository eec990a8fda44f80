"""Text to nodes: YAML 1.2 read with every scalar as text, every node with its line.

Nothing is guessed from how a scalar looks: `037` stays `037`, `no` stays `no`, `1.10` stays
`1.10`; the slot that a scalar stands in gives it its type.  Refused: a key written twice, anchors
and aliases, tags, a second document, anything that is not UTF-8.  JSON files give the same nodes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Union

import yaml

from gongji.policy.problems import FileRefused, Place, Problem
from gongji.wording import Bilingual

__all__ = [
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "entries_of",
    "plain",
    "read_file",
    "read_json",
    "read_yaml",
]

_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # the C parser where it was built

DEEPEST = 60
"""How deep nodes may nest: far beyond any real file, and far below Python's own limit."""


class Scalar(NamedTuple):
    """A piece of text, as written."""

    text: str
    place: Place


class Sequence(NamedTuple):
    """A list of nodes."""

    items: tuple[Node, ...]
    place: Place


class Mapping(NamedTuple):
    """Keys and their nodes, in the order written; no key twice."""

    entries: tuple[tuple[Scalar, Node], ...]
    place: Place


Node = Union[Scalar, Sequence, Mapping]  # noqa: UP007 - recursive alias, needs the class form


def entries_of(node: Node | None) -> tuple[tuple[Scalar, Node], ...]:
    """The keys of a mapping and what stands under them; nothing where it is no mapping."""
    return node.entries if isinstance(node, Mapping) else ()


def plain(node: Node) -> Any:
    """Nodes as mappings, lists and texts."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [plain(one) for one in node.items]
    return {key.text: plain(value) for key, value in node.entries}


def read_file(path: Path, shown: str | None = None) -> Node:
    """Read a YAML or JSON file into nodes; `shown` is the name that messages use for it.

    Raises `FileRefused` when it cannot be read: missing, a folder, not UTF-8, not YAML or JSON.
    """
    name = shown or str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(
            Place(name, 0),
            Bilingual(f"第 {error.start} 字节不是 UTF-8", f"byte {error.start} is not UTF-8"),
            Bilingual("UTF-8 编码的文本文件", "a text file in UTF-8"),
            Bilingual("用编辑器另存为 UTF-8", "save it as UTF-8 in your editor"),
        ) from None
    except OSError as error:
        raise _refused(
            Place(name, 0),
            Bilingual(f"打不开（{error.strerror}）", f"cannot be opened ({error.strerror})"),
            Bilingual("一个能读的文件", "a file that can be read"),
            Bilingual("检查路径和权限", "check the path and the permissions"),
        ) from None
    return read_json(text, name) if path.suffix == ".json" else read_yaml(text, name)


def read_yaml(text: str, file: str) -> Node:
    """Read one YAML document into nodes; `file` is its name in messages."""
    events: Any = yaml.parse(text, Loader=_Loader)  # a generator of events
    try:
        return _document(events, file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _refused(
            Place(file, mark.line + 1 if mark else 0),
            Bilingual(f"不是合法的 YAML（{error.problem}）", f"not valid YAML ({error.problem})"),
            Bilingual("一个 YAML 文档", "one YAML document"),
            Bilingual(
                "检查这一行及上一行的缩进、冒号和引号",
                "check the indentation, colons and quotes of this line and the one above",
            ),
        ) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _refused(
            Place(file, line),
            Bilingual(
                f"有控制字符 U+{error.character:04X}",
                f"a control character, U+{error.character:04X}",
            ),
            Bilingual("不含控制字符的文本", "text without control characters"),
        ) from None
    finally:
        events.close()


def read_json(text: str, file: str) -> Node:
    """Read a JSON document into nodes; numbers keep their written form."""
    try:
        value = json.loads(text, parse_float=str, parse_int=str, object_pairs_hook=_Pairs)
    except (json.JSONDecodeError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
        raise _refused(
            Place(file, line),
            Bilingual(f"不是合法的 JSON（{reason}）", f"not valid JSON ({reason})"),
            Bilingual("一个 JSON 文档", "one JSON document"),
        ) from None
    return _from_json(value, Place(file, 0), 0)


class _Pairs(list[tuple[str, Any]]):
    """The pairs of a JSON object, kept as pairs so that a key written twice is seen."""


def _from_json(value: Any, place: Place, depth: int) -> Node:
    if depth > DEEPEST:
        raise _too_deep(place)
    if isinstance(value, _Pairs):
        entries = tuple(
            (Scalar(key, place), _from_json(one, place, depth + 1)) for key, one in value
        )
        _refuse_twice(entries)
        return Mapping(entries, place)
    if isinstance(value, list):
        return Sequence(tuple(_from_json(one, place, depth + 1) for one in value), place)
    if value is None:
        return Scalar("", place)
    if isinstance(value, bool):
        return Scalar("yes" if value else "no", place)
    return Scalar(str(value), place)


def _document(events: Iterator[Any], file: str) -> Node:
    """The one document of a stream of events."""
    next(events)  # the start of the stream
    if isinstance(next(events), yaml.StreamEndEvent):
        raise _refused(
            Place(file, 1),
            Bilingual("文件是空的", "the file is empty"),
            Bilingual("至少一个字段", "at least one field"),
        )
    root = _node(next(events), events, file, 0)
    next(events)  # the end of the document
    after = next(events)
    if not isinstance(after, yaml.StreamEndEvent):
        raise _refused(
            _place(after, file),
            Bilingual("第二个 YAML 文档", "a second YAML document"),
            Bilingual("一个 YAML 文档", "one YAML document"),
        )
    return root


def _node(event: Any, events: Iterator[Any], file: str, depth: int) -> Node:
    """The node that begins with an event."""
    place = _place(event, file)
    if depth > DEEPEST:
        raise _too_deep(place)
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
        raise _refused(
            place,
            Bilingual("用了 YAML 锚点或别名（& *）", "a YAML anchor or alias (& *)"),
            Bilingual("照写一遍，或取一个名字", "the text written out, or a named value"),
        )
    if event.tag is not None:
        raise _refused(
            place,
            Bilingual(f"用了 YAML 标签 {event.tag}", f"a YAML tag {event.tag}"),
            Bilingual("普通文本", "plain text"),
        )
    if isinstance(event, yaml.ScalarEvent):
        return Scalar(event.value, place)
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(_node(event, events, file, depth + 1))
        return Sequence(tuple(items), place)
    entries = []
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _node(event, events, file, depth + 1)
        if not isinstance(key, Scalar):
            raise _refused(
                key.place,
                Bilingual("键不是一个词", "a key that is not a word"),
                Bilingual("一个词或一句话", "a word or a phrase"),
            )
        entries.append((key, _node(next(events), events, file, depth + 1)))
    _refuse_twice(entries)
    return Mapping(tuple(entries), place)


def _place(event: Any, file: str) -> Place:
    return Place(file, event.start_mark.line + 1)


def _refuse_twice(entries: list[tuple[Scalar, Node]] | tuple[tuple[Scalar, Node], ...]) -> None:
    seen: dict[str, Place] = {}
    for key, _ in entries:
        if key.text in seen:
            raise _refused(
                key.place,
                Bilingual(
                    f"“{key.text}”写了两次（上一次在第 {seen[key.text].line} 行）",
                    f"{key.text!r} is written twice (first on line {seen[key.text].line})",
                ),
                Bilingual("每个键只写一次", "each key once"),
                Bilingual("删去一个，或改名", "remove one of them, or rename it"),
                field=key.text,
            )
        seen[key.text] = key.place


def _too_deep(place: Place) -> FileRefused:
    return _refused(
        place,
        Bilingual(f"嵌套超过 {DEEPEST} 层", f"nested more than {DEEPEST} levels deep"),
        Bilingual("一个正常的文件", "an ordinary file"),
    )


def _refused(
    place: Place,
    found: Bilingual,
    expected: Bilingual,
    remedy: Bilingual | None = None,
    field: str = "file",
) -> FileRefused:
    return FileRefused([Problem(place, field, found, expected, remedy)])
