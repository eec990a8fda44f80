"""What an institution's client must know: from options, the environment and a file.

What is on the command line counts before the environment, the environment before the file.  Secrets
belong into the file or the environment: a command line is shown to everybody on the machine.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from gongji.nhsa.dialects.every import DIALECTS
from gongji.nhsa.dialects.keys import Key
from gongji.wording import Bilingual, Refused, listed, nearest, shortened

__all__ = ["SETTINGS_FILE", "Settings", "environment_name", "read_settings"]

SETTINGS_FILE = "nhsa.toml"
"""What is read in the folder where a command runs, if it is there and no other is named."""

_LONGEST_WAIT = 600


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a client must know, each a text; what is said of nothing is empty."""

    url: str = ""
    """Where the agency is, up to what all its addresses have in common."""
    path: str = ""
    """The rest of the address, where it is not the dialect's own; may hold `{infno}`."""
    dialect: str = "plain"
    key: str = ""
    """Access key, paasid or client id; the institution's code in `plain`."""
    secret: str = field(default="", repr=False)
    api_name: str = "{infno}"
    user: str = ""
    password: str = field(default="", repr=False)
    scope: str = ""
    own_sm2: str = field(default="", repr=False)
    their_sm2: str = ""
    signer: str = ""
    timeout: str = "30"
    """How long an answer is waited for, in whole seconds."""
    province: str = ""
    """Whose tables name the fields of an answer."""
    fixmedins_code: str = ""
    fixmedins_name: str = ""
    mdtrtarea_admvs: str = ""
    insuplc_admdvs: str = ""
    recer_sys_code: str = "MBS_LOCAL"
    infver: str = "V1.0"
    opter_type: str = "1"
    opter: str = "gongji"
    opter_name: str = ""
    sign_no: str = ""

    def seconds(self) -> int:
        """How long to wait.  Raises `Refused` (`bad_input`)."""
        written = self.timeout
        if written.isascii() and written.isdigit() and 0 < int(written[:9]) <= _LONGEST_WAIT:
            return int(written)
        raise _bad(
            f"timeout：“{shortened(written)}”应为 1 到 {_LONGEST_WAIT} 的整数，单位秒",
            f"timeout: {shortened(written)!r} should be whole seconds from 1 to {_LONGEST_WAIT}",
            "timeout",
        )

    def signing_key(self) -> Key:
        """The key that these settings describe.

        Raises `Refused` (`missing_field`, `bad_key`, `missing_package`).
        """
        needed = () if self.dialect == "plain" else ("key", "secret")
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            raise _missing(*missing)
        return Key(
            self.dialect,
            self.fixmedins_code if self.dialect == "plain" else self.key,
            self.fixmedins_code,
            self.secret,
            api_name=self.api_name,
            user=self.user,
            password=self.password,
            scope=self.scope,
            own_sm2=self.own_sm2,
            their_sm2=self.their_sm2,
            signer=self.signer,
        )


_NAMES = tuple(one.name for one in fields(Settings))
_NEEDED = ("url", "fixmedins_code", "mdtrtarea_admvs")


def environment_name(setting: str) -> str:
    """What a setting is called in the environment: `GONGJI_NHSA_SECRET`."""
    return f"GONGJI_NHSA_{setting.upper()}"


def read_settings(
    file: Path | None, environment: Mapping[str, str], options: Mapping[str, str | None]
) -> Settings:
    """The settings of a run.  Without a file, `nhsa.toml` is read where there is one.

    Raises `Refused`: `bad_settings`, `missing_field`, `bad_input`, `unknown_value`.
    """
    said: dict[str, str] = {}
    if file is not None or Path(SETTINGS_FILE).exists():
        said |= _from_file(file or Path(SETTINGS_FILE))
    for name in _NAMES:
        if environment_name(name) in environment:
            said[name] = environment[environment_name(name)]
    said |= {name: value for name, value in options.items() if value is not None}
    found = replace(Settings(), **said)
    missing = [name for name in _NEEDED if not getattr(found, name)]
    if missing:
        raise _missing(*missing)
    if found.dialect not in DIALECTS:
        raise _unknown("dialect", found.dialect, DIALECTS)
    found.seconds()
    return found


def _from_file(path: Path) -> dict[str, str]:
    try:
        held = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        why = shortened(getattr(error, "strerror", None) or str(error), 120)
        raise _bad(
            f"读不了设置文件 {path}：{why}",
            f"cannot read the settings {path}: {why}",
            str(path),
            "bad_settings",
        ) from None
    for name, value in held.items():
        if name not in _NAMES:
            raise _unknown(str(path), name, _NAMES)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise _bad(
                f"{path}：{name} 应为文字，写在引号里",
                f"{path}: {name} should be text in quotation marks",
                name,
                "bad_settings",
            )
    return {name: str(value) for name, value in held.items()}


def _missing(*names: str) -> Refused:
    """All that lacks at once, so that nobody has to try as often as there are settings."""
    variables = [environment_name(name) for name in names]
    are, them = ("is", "it") if len(names) == 1 else ("are", "them")
    return Refused(
        "missing_field",
        Bilingual(
            f"没有说明 {'、'.join(names)}；写进 {SETTINGS_FILE}，或设环境变量 "
            f"{'、'.join(variables)}",
            f"{', '.join(names)} {are} not stated; write {them} in {SETTINGS_FILE} or set "
            f"{', '.join(variables)}",
        ),
        {"field": names[0]},
    )


def _unknown(where: str, word: str, choices: Mapping[str, object] | tuple[str, ...]) -> Refused:
    near = nearest(word, choices)
    zh, en = (f"；是不是 {near}？", f"; did you mean {near}?") if near else ("", "")
    return Refused(
        "unknown_value",
        Bilingual(
            f"{where}：没有“{shortened(word)}”{zh}；可用：{listed(choices, 99)}",
            f"{where}: there is no {shortened(word)!r}{en}; available: {listed(choices, 99)}",
        ),
        {"field": where},
    )


def _bad(zh: str, en: str, where: str, kind: str = "bad_input") -> Refused:
    return Refused(kind, Bilingual(zh, en), {"field": where})
