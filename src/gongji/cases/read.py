"""Reading case files: one case or a list, in YAML or JSON.

policy: city/scheme
person: {category: active}
history:                          # earlier events, in the order they were settled
- {date: 2024-02-01, setting: inpatient, tier: 3, in_scope: 100000}
event: {date: 2024-05-01, setting: inpatient, tier: 3, in_scope: 80000}
expect: {payments: {pool: 72960}, person: 7040}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from gongji.cases.case import Case
from gongji.engine.inputs import Raw
from gongji.policy.problems import FileRefused, Place, Problem
from gongji.policy.source import Mapping as MappingNode
from gongji.policy.source import Node, Scalar, Sequence, read_file
from gongji.wording import Bilingual, listed, nearest

__all__ = ["CASE_FIELDS", "case_files", "read_cases"]

CASE_FIELDS: Mapping[str, Bilingual] = {
    "id": Bilingual("编号", "its number"),
    "title": Bilingual("说明", "what it shows"),
    "policy": Bilingual("政策，城市/制度", "the policy, city/scheme"),
    "person": Bilingual("关于人的事实", "facts of the person"),
    "history": Bilingual("此前的事件，按结算先后", "earlier events, in the order of settlement"),
    "event": Bilingual("要结算的就医", "the visit to settle"),
    "parameters": Bilingual("文件留给其他文件规定的参数", "parameters left to other documents"),
    "expect": Bilingual("应得的结果（可只写一部分）", "the result, or a part of it"),
    "clauses": Bilingual("所检验的条款", "the clauses it tests"),
    "working": Bilingual("手算过程", "the arithmetic by hand"),
    "certainty": Bilingual("确定，或依据哪条读法", "certain, or the reading it rests on"),
}
_REQUIRED = ("policy", "event")


def case_files(path: Path) -> Iterator[Path]:
    """The case files at a path: itself, or every .yaml, .yml and .json below a folder."""
    if path.is_dir():
        found = (one for kind in ("*.yaml", "*.yml", "*.json") for one in path.rglob(kind))
        yield from sorted(one for one in found if one.is_file())
    else:
        yield path


def read_cases(path: Path) -> list[Case]:
    """Read a case file.  Raises `FileRefused` naming file, line and field of what is wrong."""
    root = read_file(path)
    if isinstance(root, Sequence) and not root.items:
        raise _refused(root.place, "case", "没有案例", "no case")
    if isinstance(root, Sequence):
        return [_case(node, f"case[{index + 1}]") for index, node in enumerate(root.items)]
    return [_case(root, "case")]


def _case(node: Node, which: str) -> Case:
    if not isinstance(node, MappingNode):
        raise _refused(node.place, which, "不是案例", "not a case")
    found: dict[str, Node] = {}
    for key, value in node.entries:
        if key.text not in CASE_FIELDS:
            near = nearest(key.text, CASE_FIELDS)
            hint = Bilingual(f"改为 {near}", f"write {near}") if near else None
            raise _refused(
                key.place, f"{which} › {key.text}", "没有这个字段", "there is no such field", hint
            )
        found[key.text] = value
    for name in _REQUIRED:
        if name not in found:
            raise _refused(node.place, f"{which} › {name}", "缺少", "missing")
    history = found.get("history")
    events = history.items if isinstance(history, Sequence) else ()
    if history is not None and not isinstance(history, Sequence):
        raise _refused(
            history.place,
            f"{which} › history",
            "不是列表（此前的事件，按结算先后）",
            "not a list (of earlier events, in the order of settlement)",
        )
    clauses = _raw(found["clauses"]) if "clauses" in found else ()
    return Case(
        id=_text(found.get("id"), f"{which} › id") or ("" if which == "case" else which),
        title=_text(found.get("title"), f"{which} › title"),
        policy=_text(found["policy"], f"{which} › policy"),
        person=_block(found.get("person"), f"{which} › person"),
        history=tuple(_block(one, f"{which} › history") for one in events),
        event=_block(found["event"], f"{which} › event"),
        parameters=_block(found.get("parameters"), f"{which} › parameters"),
        expect=_expect(found.get("expect"), which),
        clauses=tuple(str(one) for one in clauses) if not isinstance(clauses, str) else (clauses,),
        place=node.place,
    )


def _expect(node: Node | None, which: str) -> Mapping[str, Raw] | None:
    if node is None:
        return None
    found = _block(node, f"{which} › expect")
    if not found:
        raise _refused(node.place, f"{which} › expect", "是空的", "empty")
    return found


def _block(node: Node | None, field: str) -> Mapping[str, Raw]:
    if node is None or (isinstance(node, Scalar) and not node.text.strip()):
        return {}
    if not isinstance(node, MappingNode):
        raise _refused(node.place, field, "不是 {字段: 值}", "not {field: value}")
    return {key.text: _raw(value) for key, value in node.entries}


def _raw(node: Node) -> Raw:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [_raw(one) for one in node.items]
    return {key.text: _raw(value) for key, value in node.entries}


def _text(node: Node | None, field: str) -> str:
    if node is None:
        return ""
    if not isinstance(node, Scalar):
        raise _refused(node.place, field, "不是一段文字", "not a text")
    return node.text.strip()


def _refused(
    place: Place, field: str, zh: str, en: str, remedy: Bilingual | None = None
) -> FileRefused:
    fields = listed(CASE_FIELDS)
    expected = Bilingual(f"案例的字段：{fields}", f"a case with the fields: {fields}")
    return FileRefused([Problem(place, field, Bilingual(zh, en), expected, remedy)])
