"""The object around every request and every answer of the interface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gongji.nhsa.messages.exact_json import read_json
from gongji.nhsa.messages.moments import CHINA
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.messages.values import named, read_value
from gongji.nhsa.tables import Field, Tables

__all__ = ["DONE", "REFUSED", "Message", "answered", "failed", "read_message"]

DONE = 0
"""infcode of what was done."""

REFUSED = -1
"""infcode of what was refused."""

_SERIALS = 10**10


@dataclass(frozen=True, slots=True)
class Message:
    """A request: the fields of the outer object by their names there, texts `""` where empty.

    `inf_time` is in the time of China, without a zone.  `input` is as it came; `checking` reads
    it.
    """

    infno: str
    msgid: str
    mdtrtarea_admvs: str
    insuplc_admdvs: str
    recer_sys_code: str
    dev_no: str
    dev_safe_info: str
    cainfo: str
    signtype: str
    infver: str
    opter_type: str
    opter: str
    opter_name: str
    inf_time: datetime
    fixmedins_code: str
    fixmedins_name: str
    sign_no: str
    input: Mapping[str, Any]


def read_message(given: object, tables: Tables) -> Message:
    """The request that a JSON object holds.  Raises `Rejected`, and nothing else.

    Numbers may be text and text numbers; what nobody knows is passed over.
    """
    if not isinstance(given, Mapping):
        raise Rejected("交易报文不正确：应为一个 JSON 对象")
    values: dict[str, Any] = {}
    for field in tables.request.fields:
        said = given.get(field.code)
        if field.code == "input":
            values[field.code] = _input(field, said)
            continue
        value = read_value(field, said, "", tables)
        if value is None and field.enforced:
            raise Rejected(f"{named(field, '')}：不能为空")
        values[field.code] = "" if value is None else value
    return Message(**values)


def _input(field: Field, said: object) -> Mapping[str, Any]:
    """The input: an object, or one in a string, as the agency's table declares it."""
    if isinstance(said, str) and said.strip().startswith("{"):
        try:
            said = read_json(said)
        except ValueError:
            raise Rejected(f"{named(field, '')}：不是有效的 JSON") from None
    if not isinstance(said, Mapping):
        raise Rejected(f"{named(field, '')}：应为一个 JSON 对象")
    return said


def answered(
    output: object, *, area: str, serial: int, came: datetime, now: datetime, err_msg: str = ""
) -> dict[str, Any]:
    """The answer to what was done.

    `output` is None where the transaction has none; `area` is the administrative division of the
    agency (6 digits); `serial` counts its answers.  `came` and `now`, both with a zone, are when
    the request came and when it is answered.
    """
    moment = now.astimezone(CHINA)
    mark = f"{area:0<6.6}{moment:%Y%m%d%H%M%S}{serial % _SERIALS:010d}"
    return _answer(DONE, mark, err_msg or None, output, came, now)


def failed(reason: Rejected, *, came: datetime, now: datetime) -> dict[str, Any]:
    """The answer to what was refused, with its reason; `came` and `now` as for `answered`."""
    return _answer(REFUSED, None, reason.err_msg, None, came, now)


def _answer(
    infcode: int,
    mark: str | None,
    err_msg: str | None,
    output: object,
    came: datetime,
    now: datetime,
) -> dict[str, Any]:
    return {
        "infcode": infcode,
        "inf_refmsgid": mark,
        "refmsg_time": _milliseconds(came),
        "respond_time": _milliseconds(now),
        "err_msg": err_msg,
        "output": output,
        "warn_msg": None,
        "cainfo": None,
        "signtype": None,
    }


def _milliseconds(moment: datetime) -> str:
    """YyyyMMddHHmmssSSS."""
    there = moment.astimezone(CHINA)
    return f"{there:%Y%m%d%H%M%S}{there.microsecond // 1000:03d}"
