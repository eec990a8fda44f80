"""Files as nodes: nothing is guessed from how a scalar looks, and every fault has its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from gongji.policy.problems import FileRefused
from gongji.policy.source import Mapping, Scalar, Sequence, read_file, read_json, read_yaml


def _value(text: str, key: str = "a") -> object:
    root = read_yaml(text, "f.yaml")
    assert isinstance(root, Mapping)
    return {name.text: node for name, node in root.entries}[key]


@pytest.mark.parametrize(
    "written", ["037", "no", "yes", "on", "1.10", "1e3", "2024-01-01", "null", "~", "0x1F", "12:30"]
)
def test_every_scalar_stays_text(written: str) -> None:
    node = _value(f"a: {written}\n")
    assert isinstance(node, Scalar)
    assert node.text == written


def test_every_node_has_its_line() -> None:
    root = read_yaml("a: 1\nb:\n- x\n- {c: 2}\n", "f.yaml")
    assert isinstance(root, Mapping)
    (_, _), (b, list_) = root.entries
    assert b.place.line == 2
    assert isinstance(list_, Sequence)
    assert [item.place.line for item in list_.items] == [3, 4]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "'a' is written twice (first on line 1)"),
        ("a: [1, 2\nb: 3\n", 2, "not valid YAML"),
        ("a: &x 1\nb: *x\n", 1, "anchor or alias"),
        ("a: !!python/object 1\n", 1, "a YAML tag"),
        ("a: !odd 1\n", 1, "a YAML tag"),
        ("", 1, "the file is empty"),
        ("# nothing\n", 1, "the file is empty"),
        ("a: 1\n---\nb: 2\n", 2, "a second YAML document"),
        ("? [a, b]\n: 1\n", 1, "a key that is not a word"),
        ("a:\n\t- 1\n", 2, "not valid YAML"),
        ("a: \x07\n", 1, "a control character, U+0007"),
    ],
)
def test_faults_name_file_line_and_remedy(text: str, line: int, words: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read_yaml(text, "f.yaml")
    (problem,) = refused.value.problems
    assert problem.place.file == "f.yaml"
    assert problem.place.line == line
    assert words in problem.text("en")


def test_deep_nesting_is_refused_not_crashed() -> None:
    with pytest.raises(FileRefused, match="nested"):
        read_yaml("[" * 40000, "f.yaml")
    with pytest.raises(FileRefused, match="nested"):
        read_json("[" * 100 + "]" * 100, "f.json")


def test_json_gives_the_same_nodes(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text('{"a": 33.350, "b": true, "c": null, "d": ["x", 1]}', encoding="utf-8")
    root = read_file(path)
    assert isinstance(root, Mapping)
    found = {name.text: node for name, node in root.entries}
    assert found["a"] == Scalar("33.350", root.place)
    assert found["b"] == Scalar("yes", root.place)
    assert found["c"] == Scalar("", root.place)
    assert isinstance(found["d"], Sequence)


@pytest.mark.parametrize(
    ("text", "words"),
    [('{"a": 1, "a": 2}', "written twice"), ('{"a": }', "not valid JSON"), ("", "not valid JSON")],
)
def test_faulty_json(text: str, words: str) -> None:
    with pytest.raises(FileRefused, match=words):
        read_json(text, "f.json")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="cannot be opened"):
        read_file(tmp_path / "missing.yaml")
    with pytest.raises(FileRefused, match="cannot be opened"):
        read_file(tmp_path)
    odd = tmp_path / "odd.yaml"
    odd.write_bytes("a: 医保\n".encode("gbk"))
    with pytest.raises(FileRefused, match="not UTF-8"):
        read_file(odd)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    root = read_file(path)
    assert isinstance(root, Mapping)
    assert [name.text for name, _ in root.entries] == ["a", "b"]
