"""What an institution reads in an answer, where the dialect does nothing to it."""

from __future__ import annotations

from gongji.nhsa.dialects.traffic import HttpAnswer
from gongji.nhsa.messages.exact_json import as_object
from gongji.wording import Bilingual, Refused, shortened

__all__ = ["object_of"]


def object_of(answer: HttpAnswer) -> dict[str, object]:
    """The object that an answer holds.  Raises `Refused` (`not_json`)."""
    try:
        return as_object(answer.body)
    except ValueError:
        found = shortened(answer.body.decode("utf-8", "replace"))
    raise Refused(
        "not_json",
        Bilingual(
            f"对方的应答（HTTP {answer.status}）不是 JSON 对象：{found or '空'}；检查地址和端口",
            f"the answer (HTTP {answer.status}) is no JSON object: {found or 'empty'}; check the "
            "address and the port",
        ),
        {"status": str(answer.status)},
    )
