"""What options say: each thing once, and refusals in the words of the options."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from gongji.wording import Bilingual, Refused

__all__ = ["ASKING", "SETTLING", "Said", "by_option"]

SETTLING = {
    "person.category": "--category",
    "person.account_balance": "--account-balance",
    "event.date": "--date",
    "event.setting": "--setting",
    "event.tier": "--tier",
    "event.care_area": "--area",
    "event.provider": "--provider",
    "event.hospital": "--hospital",
    "event.in_scope": "--in-scope",
    "event.total": "--total",
    "event.over_price_cap": "--over-price-cap",
    "event.prior_self_pay": "--prior-self-pay",
    "event.out_of_catalogue": "--out-of-catalogue",
}
"""The fields of a case that `gongji settle` has options of their own for."""

ASKING = {"event.date": "--date"}
"""Those of the commands that ask; everything else is a `--fact`."""

_BLOCKS = {
    "person.": "--fact ",
    "event.": "--fact ",
    "history[1].meters.": "--reading ",
    "parameters.": "--parameter ",
}


@contextmanager
def by_option(options: Mapping[str, str]) -> Iterator[None]:
    """Name options rather than fields of a case: `--tier`, `--fact surgery_date=`."""
    try:
        yield
    except Refused as refused:
        zh, en = (_in_options(one, options) for one in (refused.message.zh, refused.message.en))
        raise Refused(refused.kind, Bilingual(zh, en), refused.details) from None


def _in_options(words: str, options: Mapping[str, str]) -> str:
    for field, option in options.items():
        words = re.sub(rf"\b{re.escape(field)}(?!\w)", option, words, flags=re.ASCII)
    for block, option in _BLOCKS.items():
        words = words.replace(block, option)
    return words


class Said:
    """What the options say, by what it is about; nothing may be said twice."""

    def __init__(self) -> None:
        self.about: dict[str, dict[str, str]] = defaultdict(dict)

    def options(self, about: str, **options: list[str] | None) -> None:
        """Note options that have a name of their own."""
        for name, values in options.items():
            for value in values or ():
                self._add(about, name, value)

    def pairs(self, about: str, option: str, written: list[str] | None) -> None:
        """Note what is written as name=value.  Raises `Refused`."""
        for one in written or ():
            name, equals, value = one.partition("=")
            if not equals or not name.strip() or not value.strip():
                raise Refused(
                    "bad_input",
                    Bilingual(
                        f"{option}：“{one}”应写成 名称=值，如 {option} provider=primary",
                        f"{option}: {one!r} should be name=value, such as {option} "
                        "provider=primary",
                    ),
                    {"field": option},
                )
            self._add(about, name.strip(), value.strip())

    def _add(self, about: str, name: str, value: str) -> None:
        if name in self.about[about]:
            raise Refused(
                "said_twice",
                Bilingual(
                    f"“{name}”说了两次：{self.about[about][name]} 和 {value}；只说一次",
                    f"{name} is said twice: {self.about[about][name]} and {value}; say it once",
                ),
                {"field": name},
            )
        self.about[about][name] = value
