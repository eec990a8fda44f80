"""The JSON Schema of policy files, for editors; made from the same forms that the loader checks."""

from __future__ import annotations

from typing import Any

from gongji.policy.grammar import FORMS, ITEM_WORDS, POLICY, Form

__all__ = ["policy_schema"]

_NUMBER = r"\d+"
_WORD = "[a-z][a-z0-9_]*"


def policy_schema() -> dict[str, Any]:
    """The schema of a policy file, JSON Schema draft 2020-12."""
    items = {
        f"^{word} {_NUMBER if word == 'reading' else _WORD}$": {"$ref": f"#/$defs/{word}"}
        for word in ITEM_WORDS
    }
    chapter = {
        "type": "object",
        "description": "文件的一章 · a chapter of the document",
        "patternProperties": items,
        "additionalProperties": False,
    }
    top = _block(POLICY)
    top["patternProperties"] = {"^chapter .+$": chapter}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gongji policy",
        **top,
        "$defs": {name: _block(form) for name, form in FORMS.items()},
    }


def _block(form: Form) -> dict[str, Any]:
    block: dict[str, Any] = {
        "type": "object",
        "description": f"{form.help.zh} · {form.help.en}",
        "properties": {
            name: {**key.shape, "description": f"{key.help.zh} · {key.help.en}"}
            for name, key in form.keys.items()
        },
        "additionalProperties": False,
    }
    required = [name for name, key in form.keys.items() if key.required]
    return {**block, "required": required} if required else block
