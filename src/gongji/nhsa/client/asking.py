"""The message around an input: its fields filled in, its number made."""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Mapping
from datetime import datetime

from gongji.nhsa.client.settings import Settings
from gongji.nhsa.messages.moments import CHINA, moment_text
from gongji.wording import Bilingual, Refused, shortened

__all__ = ["FIELDS", "Envelopes", "check_number"]

FIELDS = (
    "infno", "msgid", "mdtrtarea_admvs", "insuplc_admdvs", "recer_sys_code", "dev_no",
    "dev_safe_info", "cainfo", "signtype", "infver", "opter_type", "opter", "opter_name",
    "inf_time", "fixmedins_code", "fixmedins_name", "sign_no",
)  # fmt: skip
"""The fields of a message beside its input, in the order of the agency's table."""

_SERIALS = 10_000
_NUMBER = re.compile(r"[0-9]{4}[A-Z]?", re.ASCII)


class Envelopes:
    """Makes the messages of one session; each has a `msgid` of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._serials = itertools.count(secrets.randbelow(_SERIALS))
        self.sign_no = settings.sign_no
        """What 9001 answered; every later message carries it."""

    def message(
        self, infno: str, content: object, more: Mapping[str, object], now: datetime
    ) -> dict[str, object]:
        """The message of an input; `more` are fields that are otherwise than usual.

        `msgid` is the institution's code, the time and a serial number, as the agency prints it.
        """
        own, there = self._settings, now.astimezone(CHINA)
        usual: dict[str, object] = dict.fromkeys(FIELDS, "")
        usual |= {
            name: getattr(own, name) for name in FIELDS if hasattr(own, name) and name != "sign_no"
        }
        usual |= {
            "infno": infno,
            "msgid": f"{own.fixmedins_code}{there:%Y%m%d%H%M%S}"
            f"{next(self._serials) % _SERIALS:04d}",
            "opter_name": own.opter_name or own.opter,
            "inf_time": moment_text(there),
            "fixmedins_name": own.fixmedins_name or own.fixmedins_code,
            "sign_no": self.sign_no,
        }
        return {**usual, **more, "input": content}


def check_number(infno: str) -> None:
    """Make sure that a text can be the number of a transaction.  Raises `Refused` (`bad_input`)."""
    if not _NUMBER.fullmatch(infno):
        raise Refused(
            "bad_input",
            Bilingual(
                f"“{shortened(infno)}”不是交易编号；应为四位数字，如 1101、2206、2203A",
                f"{shortened(infno)!r} is no number of a transaction; expected four digits, such "
                "as 1101, 2206, 2203A",
            ),
            {"field": "infno"},
        )
