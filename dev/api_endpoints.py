"""Write the list of what the API offers from the description that it gives of itself.

uv run python dev/api_endpoints.py > docs/api-endpoints.md
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gongji.api.application import rooms
from gongji.book.access.users import ROLES

__all__ = ["page"]

_HEAD = """# Endpoints of the API · 接口一览

What the [book over HTTP](api.md) offers, and to whom; `/openapi.json` tells the fields, examples
and refusals of each. All addresses begin with `/v1`.

账册接口一览，以及对谁开放；字段、示例和拒绝见 `/openapi.json`。地址都以 `/v1` 开头。

“●” marks the roles that are let in: 参保人 insured, 机构 institution, 经办 clerk, 主管 supervisor,
审计 auditor. What is not theirs is not there for them. “try” can be tried with `?try=yes`: the
answer tells what would come of it, and nothing is kept. A “file” is CSV or XLSX in the body.

“try”可先试：加 `?try=yes`，回答会发生什么，什么都不保存。“file”表示正文是 CSV 或 XLSX 文件。
"""
_TITLES = ("参保人", "机构", "经办", "主管", "审计")


def page() -> str:
    """The whole page."""
    found: dict[str, list[str]] = {}
    for path, methods in rooms().openapi()["paths"].items():
        for method, operation in methods.items():
            row = _row(method.upper(), path.removeprefix("/v1"), operation)
            found.setdefault(_subject(operation), []).append(row)
    return "\n".join([_HEAD, *(line for tag, rows in found.items() for line in _part(tag, rows))])


def _subject(operation: Mapping[str, Any]) -> str:
    english, _, chinese = operation["tags"][0].partition(" · ")
    return f"{english.capitalize()} · {chinese}"


def _part(subject: str, rows: list[str]) -> Iterator[str]:
    yield f"## {subject}\n"
    yield f"| | | {' | '.join(_TITLES)} |"
    yield f"| --- | --- |{' --- |' * len(_TITLES)}"
    yield from rows
    yield ""


def _row(method: str, path: str, operation: Mapping[str, Any]) -> str:
    chinese, _, english = operation["description"].partition("\n")[0].partition(" · ")
    let_in = operation.get("x-roles", ROLES)
    marks = " | ".join("●" if role in let_in else "" for role in ROLES)
    more = [word for word, so in _more(operation).items() if so]
    notes = f" ({', '.join(more)})" if more else ""
    return f"| `{method} {path}`{notes} | {chinese} · {' '.join(english.split())} | {marks} |"


def _more(operation: Mapping[str, Any]) -> dict[str, bool]:
    names = {one["name"] for one in operation.get("parameters", [])}
    content = operation.get("requestBody", {}).get("content", {})
    return {"file": "text/csv" in content, "try": "try" in names}


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - this is what it is for
