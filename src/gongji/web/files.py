"""A file that is looked at first and then done: between the two it stays in the page.

Nothing has to be kept on the server for whoever never comes back, and what is confirmed is what was
shown.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping

from gongji.web.form import Form, Sent
from gongji.wording import Bilingual, Refused

__all__ = ["kept_file", "sent_file"]

_MOST_BYTES = 5 * 2**20


def sent_file(form: Form) -> Sent:
    """The file: as it was just sent, or as it stayed in the page since it was shown.

    Raises `Refused` (`no_file`, `too_large`, `changed_file`).
    """
    if form.text("step") == "do":
        return _as_kept(form)
    sent = form.files.get("file")
    if sent is None or not sent.content:
        raise Refused(
            "no_file",
            Bilingual("请先选择文件：CSV 或 XLSX，不能是空的。",
                      "Choose a file first: CSV or XLSX, not empty."),
        )  # fmt: skip
    if len(sent.content) > _MOST_BYTES:
        much, most = -(-len(sent.content) // 2**20), _MOST_BYTES // 2**20
        raise Refused(
            "too_large",
            Bilingual(f"文件有 {much} MB，最多 {most} MB；请分成几个文件。",
                      f"The file has {much} MB, at most {most} are taken; part it."),
        )  # fmt: skip
    return Sent(sent.name[:100] or "file", sent.content)


def kept_file(sent: Sent) -> Mapping[str, str]:
    """What stays of a file in the page, by the names of hidden fields."""
    return {
        "name": sent.name, "content": b64encode(sent.content).decode(),
        "digest": hashlib.sha256(sent.content).hexdigest(),
    }  # fmt: skip


def _as_kept(form: Form) -> Sent:
    try:
        content = b64decode(form.said.get("content", ""), validate=True)
    except ValueError:
        content = b""
    if not content or hashlib.sha256(content).hexdigest() != form.text("digest"):
        raise Refused(
            "changed_file",
            Bilingual("页面里的文件不完整，没有办理；请重新选择文件再预览。",
                      "The file in the page is not whole, and nothing was done; choose it again."),
        )  # fmt: skip
    return Sent(form.text("name")[:100] or "file", content)
