"""Refusals over HTTP: problem details as RFC 9457 has them, in the caller's language.

Every kind that the book refuses with comes out here; a new one needs nothing but its own name.  A
kind `unknown_x` is a 404 where `x` stands in the address, and what collides with the state of the
book (`…_already`, `…_twice`) a 409.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from gongji.api.shapes import SHAPES
from gongji.wording import Bilingual, Language, Refused, shortened

__all__ = ["DOCUMENTED", "Problem", "language_of", "problem", "refused_problem", "said_wrong"]

_MEDIA = "application/problem+json"
_STATUS = {
    "no_token": 401,
    "bad_token": 401,
    "wrong_password": 401,
    "not_allowed": 403,
    "no_such_page": 404,
    "wrong_method": 405,
    "account_overdrawn": 409,
    "conflict": 409,
    "rules_gone": 409,
    "too_large": 413,
    "too_many_tries": 429,
    "missing_key": 400,
    "bad_json": 400,
    "internal": 500,
    "busy": 503,
}
_TITLES = {
    400: Bilingual("请求不完整", "The request is not complete"),
    401: Bilingual("没有登录", "Not logged in"),
    403: Bilingual("没有权限", "Not allowed"),
    404: Bilingual("没有找到", "Not found"),
    405: Bilingual("方法不对", "Wrong method"),
    409: Bilingual("与账册现状冲突", "In conflict with what the book holds"),
    413: Bilingual("请求过大", "Too large"),
    422: Bilingual("不予办理", "Refused"),
    429: Bilingual("尝试过多", "Too many tries"),
    500: Bilingual("程序出错", "An error of ours"),
    503: Bilingual("暂时忙", "Busy for the moment"),
}
_WAIT_SECONDS = {429: "900", 503: "1"}
_RANGE = re.compile(r"\s*([A-Za-z*-]+)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?\s*", re.ASCII)


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str
    detail: str


class Problem(BaseModel):
    """请求为什么没有办理 · Why a request is not done."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:gongji:problem:not_stated",
                    "title": "Refused",
                    "status": 422,
                    "detail": "not stated: the document does not give “rate” (BH-018); supply it "
                    "as parameters.inpatient_rate",
                    "kind": "not_stated",
                    "clauses": ["BH-018"],
                }
            ]
        }
    )

    type: str = Field(description="urn:gongji:problem: and the kind")
    title: str = Field(description="what a status stands for, in the language asked for")
    status: int
    detail: str = Field(description="one sentence: what, where, expected, what to do")
    kind: str = Field(description="a stable word for machines")
    field: str | None = Field(None, description="the field that is meant")
    clauses: list[str] | None = Field(None, description="the clauses that refuse")
    details: dict[str, str | list[str]] | None = Field(
        None, description="what else goes with the kind, such as the choices there are"
    )
    errors: list[FieldProblem] | None = Field(None, description="every field that is wrong")
    reference: str | None = Field(None, description="under which number the log tells more")


DOCUMENTED: dict[int | str, dict[str, Any]] = {
    status: {
        "description": f"{_TITLES[status].zh} · {_TITLES[status].en}",
        "content": {_MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status in sorted(_TITLES)
    if status != HTTPStatus.INTERNAL_SERVER_ERROR
}
"""The refusals that any request can meet, for its description."""


def refused_problem(request: Request, refused: Refused) -> Response:
    """A refusal as a problem."""
    details = dict(refused.details)
    field, clauses = details.pop("field", None), details.pop("clauses", None)
    return problem(
        request,
        refused.kind,
        refused.message,
        field=field,
        clauses=clauses,
        details=details or None,
    )


def problem(request: Request, kind: str, message: Bilingual, **more: object) -> Response:
    """A problem of a kind, in the language that the request asks for."""
    status = _status_of(kind, request.path_params)
    language = language_of(request.headers.get("accept-language", ""))
    record = {
        "type": f"urn:gongji:problem:{kind}",
        "title": _TITLES[status].in_(language),
        "status": status,
        "detail": message.in_(language),
        "kind": kind,
        **{name: value for name, value in more.items() if value is not None},
    }
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status in _WAIT_SECONDS:
        headers["Retry-After"] = _WAIT_SECONDS[status]
    return Response(json.dumps(record, ensure_ascii=False), status, headers, _MEDIA)


def _status_of(kind: str, path: Mapping[str, object]) -> int:
    if kind in _STATUS:
        return _STATUS[kind]
    if kind.endswith(("_already", "_twice")):
        return 409
    word = kind.removeprefix("unknown_")
    return 404 if word != kind and word in path else 422


def language_of(accepted: str) -> Language:
    """Chinese or English, whichever the header `Accept-Language` wants more; else Chinese."""
    wanted: dict[Language, str] = {}
    for part in accepted.split(","):
        found = _RANGE.fullmatch(part)
        if found is None:
            continue
        tag, weight = found[1].lower(), found[2] or "1"
        for language in ("zh", "en"):
            if tag == language or tag.startswith(f"{language}-"):
                wanted[language] = max(weight, wanted.get(language, ""))
    if wanted.get("en", "") > wanted.get("zh", "") and wanted["en"].strip("0."):
        return "en"
    return "zh"


# --- what the framework refuses ------------------------------------------------------------------

_WORDS = {
    "missing": Bilingual("没有写", "is missing"),
    "extra_forbidden": Bilingual("没有这个字段", "there is no such field"),
    "string_type": Bilingual("应为文字", "expected text"),
    "string_unicode": Bilingual("不是有效的文字", "is no valid text"),
    "dict_type": Bilingual("应为 JSON 对象", "expected a JSON object"),
    "model_attributes_type": Bilingual("应为 JSON 对象", "expected a JSON object"),
    "list_type": Bilingual("应为列表", "expected a list"),
    "int_type": Bilingual("应为整数", "expected a whole number"),
    "int_parsing": Bilingual("应为整数", "expected a whole number"),
    "int_from_float": Bilingual("应为整数", "expected a whole number"),
    "int_parsing_size": Bilingual("数过大", "the number is too large"),
    "bool_type": Bilingual("应为 true 或 false", "expected true or false"),
    "bool_parsing": Bilingual("应为 true 或 false", "expected true or false"),
    "value_error": Bilingual(
        "应为 1850 至 2999 年的日期 YYYY-MM-DD，如 2024-03-05",
        "expected a date from 1850 to 2999, YYYY-MM-DD, such as 2024-03-05",
    ),
}
_LIMITS = {
    "literal_error": ("expected", Bilingual("应为 {} 之一", "expected one of {}")),
    "greater_than_equal": ("ge", Bilingual("应不小于 {}", "expected {} or more")),
    "less_than_equal": ("le", Bilingual("应不大于 {}", "expected {} or less")),
    "string_too_long": ("max_length", Bilingual("至多 {} 个字", "at most {} characters")),
    "string_too_short": ("min_length", Bilingual("至少 {} 个字", "at least {} characters")),
    "too_long": ("max_length", Bilingual("至多 {} 项", "at most {} of them")),
    "too_short": ("min_length", Bilingual("至少 {} 项", "at least {} of them")),
}
_UNFIT = Bilingual("不符合要求", "is not as it should be")


def said_wrong(request: Request, error: RequestValidationError) -> Response:
    """A request whose fields are not as they are described; each of them is named."""
    language = language_of(request.headers.get("accept-language", ""))
    found = [(_field(one["loc"]), _sentence(one)) for one in error.errors()]
    if any(one["type"] == "json_invalid" for one in error.errors()):
        words = Bilingual("请求正文不是 JSON", "the body of the request is no JSON")
        return problem(request, "bad_json", words)
    missing = {one["loc"][-1] for one in error.errors() if one["type"] == "missing"}
    if "Idempotency-Key" in missing:
        words = Bilingual(
            "缺少请求头 Idempotency-Key；每个写入请求自取一个新的键，重发时用同一个",
            "the header Idempotency-Key is missing; take a new key for every request that writes, "
            "and the same one to send it again",
        )
        return problem(request, "missing_key", words, field="Idempotency-Key")
    field, words = found[0]
    return problem(
        request,
        "bad_input",
        Bilingual(f"{field}：{words.zh}", f"{field}: {words.en}"),
        field=field,
        errors=[{"field": one, "detail": why.in_(language)} for one, why in found[:20]],
    )


def _field(loc: Sequence[int | str]) -> str:
    """Where it stands, as people write it: `lines[1].in_scope`."""
    found = ""
    for part in loc[1:]:
        found += f"[{part + 1}]" if isinstance(part, int) else f".{shortened(part)}"
    return found.removeprefix(".") or "body"


def _sentence(error: Mapping[str, Any]) -> Bilingual:
    """What is wrong, without what was said: it may be personal."""
    kind = error["type"]
    if kind == "string_pattern_mismatch":
        return SHAPES.get(error["ctx"]["pattern"], _UNFIT)
    if kind in {"string_too_short", "too_short"} and error["ctx"]["min_length"] == 1:
        return _WORDS["missing"]
    if kind.endswith("_type") and error["input"] is None:
        return _WORDS["missing"]
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        limit = str(error["ctx"][name])
        return Bilingual(words.zh.format(limit), words.en.format(limit))
    return _WORDS.get(kind, _UNFIT)


def _methods_at(request: Request) -> set[str]:
    """What an address takes; the framework tells of the first endpoint there only."""
    found: set[str] = set()
    for method in ("DELETE", "GET", "POST", "PUT"):
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            found.add(method)
    return found


def turned_away(request: Request, error: HTTPException) -> Response:
    """What the framework itself turns away: an address or a method that there is not."""
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = ", ".join(sorted(_methods_at(request)))
        words = Bilingual(f"这个地址只接受 {allowed}", f"this address takes {allowed}")
        found = problem(request, "wrong_method", words)
        found.headers["Allow"] = allowed
        return found
    if error.status_code == HTTPStatus.NOT_FOUND:
        words = Bilingual("没有这个地址；接口列表见 /openapi.json",
                          "there is no such address; /openapi.json lists them")  # fmt: skip
        return problem(request, "no_such_page", words)
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        words = Bilingual("请求正文过大，请分几次发",
                          "the body of the request is too large; send it in parts")  # fmt: skip
        return problem(request, "too_large", words)
    words = Bilingual("请求正文读不出来", "the body of the request cannot be read")
    return problem(request, "bad_json", words)
