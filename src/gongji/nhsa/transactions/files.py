"""Files that go with messages: sent by an institution, and fetched by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection

from gongji.book.acts import Act
from gongji.book.exchange.files import FileThere, file_with, keep_file
from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.given import Given
from gongji.nhsa.messages.numbers import numbered
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.services import Look, Service, Work

__all__ = ["SERVICES", "end_of", "file_number"]

_OF_ALL = "plc"
"""Whose files those of the catalogue are, for those who fetch them."""


def file_number(call: Call, file: FileThere) -> str:
    """The number by which a file is asked for (`file_qury_no`)."""
    return numbered(call.sender.area, file.number)


def end_of(day: date) -> str:
    """The last moment of a day, as the interface writes moments."""
    return f"{day} 23:59:59"


def _upload(call: Call, act: Act) -> Output:
    """9101: a file is kept; what it holds is looked at by the transaction that names it."""
    given = call.one("fsUploadIn")
    _check_owner(call, given)
    data = given.fields.get("in")
    if not isinstance(data, bytes):
        raise Rejected("fsUploadIn.in（文件数据）：没有文件；请随报文送文件，或送字节数组")
    file = keep_file(act, call.sender.code, given.needed("filename"), data)
    return {
        "file_qury_no": file_number(call, file), "filename": file.name,
        "fixmedins_code": call.sender.code, "dld_endtime": end_of(file.until),
    }  # fmt: skip


def _download(call: Call, connection: Connection) -> Output:
    """9102: a file as it is: `file` are its bytes, which leave without JSON, and `filename`."""
    given = call.one("fsDownloadIn")
    if given.text("fixmedins_code").lower() != _OF_ALL:
        _check_owner(call, given)
    number = given.number("file_qury_no")
    name, data = file_with(connection, call.book.seal, number, call.sender.code, call.day)
    if given.needed("filename") != name:
        raise Rejected(
            f"fsDownloadIn.filename（文件名）：文件 {given.text('file_qury_no')} 的文件名不是 "
            f"{given.text('filename')[:40]}；请用返回的文件名"
        )
    return {"file": data, "filename": name}


def _check_owner(call: Call, given: Given) -> None:
    sent = given.needed("fixmedins_code")
    if sent != call.sender.code:
        raise Rejected(
            f"{given.node}.fixmedins_code（医药机构编号）：{sent} 不是本机构 {call.sender.code}"
        )


SERVICES: Mapping[str, Service] = {"9101": Work(_upload), "9102": Look(_download)}
