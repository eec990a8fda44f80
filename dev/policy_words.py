"""Write the reference of the policy format from the grammar that the loader reads with.

uv run python dev/policy_words.py > docs/policy-words.md
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gongji.policy.grammar import (
    CASE,
    CAUSE,
    CONDITION,
    DOCUMENT,
    FORMS,
    ITEM_WORDS,
    MARK,
    NAME,
    POLICY,
    VALUE,
    Form,
    Schema,
)

__all__ = ["reference"]

_HEAD = """# Words of the policy format · 政策文件用词

Every field of every block, as the loader reads it. [policy-format.md](policy-format.md) explains
how they work together; `gongji schema` prints the same as JSON Schema for editors.

这里列出每一种块的每一个字段，与读取程序用的是同一份定义。怎么写见
[policy-format.zh.md](policy-format.zh.md)；`gongji schema` 输出供编辑器使用的 JSON Schema。

“●” marks what must be there. · “●”为必填。
"""
_CHAPTERS = """\
Then `chapter <heading>:` blocks; a heading is a place of the clause ledger. Each holds items,
`<word> <name>:`, of the kinds below.

其后是 `chapter 章节:` 块，章节名取自条款清单；块内是下列各种 `<词> <名称>:`。
"""


_SHAPES: Sequence[tuple[Schema, str]] = (
    (CONDITION, "condition"),
    (CASE, "condition or range"),
    (MARK, "mark"),
    (NAME, "name"),
    (CAUSE, "name"),
    (VALUE, "value"),
)


def reference() -> str:
    """The whole page."""
    items = [FORMS[word] for word in ITEM_WORDS]
    inner = [form for name, form in FORMS.items() if name not in (*ITEM_WORDS, "clause")]
    parts = [
        _HEAD,
        "## A policy file · 政策文件\n",
        *_form(POLICY, "policy file"),
        _CHAPTERS,
        "## Items of a chapter · 章节中的各项\n",
        *(line for form in items for line in _form(form, f"{form.name} <name>")),
        "## Inside them · 各项之内\n",
        *(line for form in inner for line in _form(form, form.name)),
        "## A clause ledger · 条款清单\n",
        *_form(DOCUMENT, "document"),
        *_form(FORMS["clause"], "clause"),
    ]
    return "\n".join(parts)


def _form(form: Form, title: str) -> Iterator[str]:
    yield f"### `{title}`\n\n{form.help.zh} · {form.help.en}\n"
    yield "| field | | 含义 | meaning | form |\n| --- | --- | --- | --- | --- |"
    for name, key in form.keys.items():
        must = "●" if key.required else ""
        yield f"| `{name}` | {must} | {key.help.zh} | {key.help.en} | {_shape(key.shape)} |"
    yield ""


def _shape(shape: Schema) -> str:
    """What may stand in a field, in a word."""
    known = next((word for one, word in _SHAPES if one == shape), None)
    if known is not None:
        return known
    if "$ref" in shape:
        return f"`{str(shape['$ref']).rsplit('/', 1)[-1]}`"
    if "enum" in shape:
        return ", ".join(f"`{value}`" for value in shape["enum"])
    if "anyOf" in shape:
        found = dict.fromkeys(_shape(one) for one in shape["anyOf"])
        return " or ".join(found)
    kind = shape.get("type")
    if kind == "array":
        return f"list of {_shape(shape['items'])}"
    if kind == "object":
        inner = list(shape.get("patternProperties", {}).values())
        return f"name: {_shape(inner[0])}" if inner else "fields"
    return "figure" if isinstance(kind, list) else "text"


if __name__ == "__main__":
    print(reference(), end="")  # noqa: T201 - this is what it is for
