"""`gongji nhsa`: transactions of the national interface sent to an agency, as hospitals send them.

Exit status: 0 done (or a replayed session came out as expected), 1 refused by the other side (or
something differed), 2 nothing could be sent, or no answer came that can be read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from gongji.cli.language import (
    FAILED,
    JsonOption,
    LanguageOption,
    answering,
    chosen_language,
)
from gongji.cli.packages import check_packages
from gongji.wording import Bilingual, Language, Refused, shortened

if TYPE_CHECKING:
    from gongji.nhsa.client.session import Client
    from gongji.nhsa.client.settings import Settings

__all__ = ["nhsa"]

_MOST_BYTES = 64 * 2**20
_SETTINGS = "GONGJI_NHSA_SETTINGS"

SettingsOption = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        envvar=_SETTINGS,
        help="设置文件，缺省为 nhsa.toml · the settings, by default nhsa.toml",
        show_default=False,
    ),
]
UrlOption = Annotated[
    str | None, typer.Option("--url", help="医保经办机构的地址 · where the agency is")
]
DialectOption = Annotated[
    str | None,
    typer.Option(
        "--dialect",
        metavar="plain|csb|x_ca|x_tif|oauth",
        help="签名方式 · how requests are signed",
    ),
]
KeyOption = Annotated[
    str | None,
    typer.Option("--key", help="AK、paasid 或客户端标识 · access key, paasid or client id"),
]
SecretOption = Annotated[
    str | None,
    typer.Option(
        "--secret",
        help="密钥；本机别人看得到命令行，请改用设置文件或 GONGJI_NHSA_SECRET · "
        "shown to all on this machine: rather use the settings or GONGJI_NHSA_SECRET",
    ),
]


class _ByNumber(TyperGroup):
    """A group in which `2206` means `call 2206`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # of the library within typer
        if args and args[0] not in self.commands:
            args = ["call", *args]
        return super().resolve_command(ctx, args)


nhsa = typer.Typer(
    cls=_ByNumber,
    help="国家医保接口：按编号发送交易，如 gongji nhsa 1101 · "
    "the national interface: send a transaction by its number, such as gongji nhsa 1101",
    no_args_is_help=True,
    epilog="退出状态：0 完成；1 对方拒绝，或与预期不同；2 发不出去，或读不懂应答 · "
    "exit status: 0 done, 1 refused by the other side or not as expected, 2 not sent, or no "
    "answer that can be read",
)


@nhsa.command()
def call(
    infno: Annotated[str, typer.Argument(metavar="编号", help="交易编号 · the number")],
    given: Annotated[
        str | None,
        typer.Option(
            "--input", metavar="FILE|-", help="JSON：input，或整个报文 · the input, or a message"
        ),
    ] = None,
    put: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="节点.字段=值",
            help="如 data.psn_no=1、feedetail[0].cnt=2；没有点的是报文头 · "
            "without a point, a field of the message",
        ),
    ] = None,
    settings: SettingsOption = None,
    url: UrlOption = None,
    dialect: DialectOption = None,
    key: KeyOption = None,
    secret: SecretOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """发送一个交易并显示应答 · Send one transaction and show its answer.

    报文头（msgid、时间、机构、经办人）自动填写。 · The message around the input is filled in.
    """
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        check_packages("nhsa")
        from gongji.cli.show import console
        from gongji.cli.show_nhsa import answer_record, print_exact, show_answer

        content, more = _asked(given, put or [])
        said = _settings(settings, url=url, dialect=dialect, key=key, secret=secret)
        with _client(said) as client:
            found = client.ask(infno, content, more)
        if as_json:
            print_exact(answer_record(found), console())
        else:
            show_answer(found, said.province, language, console())
    if not found.done:
        raise typer.Exit(FAILED)


@nhsa.command()
def replay(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="会话，JSON 行 · JSON lines")],
    settings: SettingsOption = None,
    url: UrlOption = None,
    dialect: DialectOption = None,
    key: KeyOption = None,
    secret: SecretOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """重放记录的会话，指出哪些应答不同 · Replay a session and say which answers differ.

    每行 {"infno", "input", "expect"}；${2201.data.mdtrt_id} 取前面应答里的值。 ·
    ${2201.data.mdtrt_id} stands for what an earlier answer says.
    """
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        check_packages("nhsa")
        from gongji.cli.show import console
        from gongji.cli.show_nhsa import print_exact, show_replayed, told_record
        from gongji.nhsa.client.replay import read_session, replayed

        steps = read_session(_read(file), file)
        said = _settings(settings, url=url, dialect=dialect, key=key, secret=secret)
        out, every, differ = console(), 0, 0
        with _client(said) as client:
            for told in replayed(steps, client):
                every, differ = every + 1, differ + bool(told.differences)
                if as_json:
                    print_exact(told_record(told), out)
                else:
                    show_replayed(told, language, out)
        if not as_json:
            typer.echo(_summary(every, differ, language))
    if differ:
        raise typer.Exit(FAILED)


def _summary(every: int, differ: int, language: Language) -> str:
    so = Bilingual("都如预期", "all as expected")
    if differ:
        so = Bilingual(f"{differ} 个与预期不同", f"{differ} not as expected")
    words = Bilingual(f"重放了 {every} 个交易，", f"{every} transactions replayed, ") + so
    return words.in_(language)


def _settings(file: Path | None, **options: str | None) -> Settings:
    from gongji.nhsa.client.settings import read_settings

    return read_settings(file, os.environ, options)


def _client(settings: Settings) -> Client:
    from gongji.nhsa.client.session import Client

    return Client(settings, lambda: datetime.now(UTC))


def _asked(given: str | None, put: list[str]) -> tuple[dict[str, Any], Mapping[str, object]]:
    """The input and the fields of the message that are said.  Raises `Refused` (`bad_input`)."""
    from gongji.nhsa.client.asking import FIELDS
    from gongji.nhsa.client.places import put_at
    from gongji.nhsa.messages.exact_json import as_object

    held: dict[str, Any] = {}
    if given is not None:
        try:
            held = as_object(_read(given))
        except ValueError:
            raise _bad(
                f"--input {given} 不是 UTF-8 的 JSON 对象",
                f"--input {given} is no JSON object in UTF-8",
            ) from None
    content, more = held, {}
    if "infno" in held and isinstance(held.get("input"), dict):  # a whole message
        content = held["input"]
        made_anew = ("infno", "msgid", "inf_time", "cainfo", "signtype")
        more = {name: held[name] for name in FIELDS if name in held and name not in made_anew}
    for one in put:
        place, equals, value = one.partition("=")
        if not equals:
            raise _bad(
                f"--set：“{shortened(one)}”应写成 节点.字段=值，如 --set data.psn_no=1",
                f"--set: {shortened(one)!r} should be node.field=value, such as --set "
                "data.psn_no=1",
            )
        if place in FIELDS:
            more[place] = value
        elif "." not in place:
            raise _bad(
                f"--set：报文头没有“{shortened(place)}”；input 里的写成 节点.字段=值",
                f"--set: the message has no field {shortened(place)!r}; in the input write "
                "node.field=value",
            )
        else:
            put_at(content, place, value)
    return content, more


def _read(name: str) -> bytes:
    """What a file holds, or standard input for `-`.  Raises `Refused` (`bad_input`)."""
    try:
        if name == "-":
            return sys.stdin.buffer.read(_MOST_BYTES)
        with Path(name).open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError as error:
        raise _bad(
            f"读不了 {name}（{error.strerror}）", f"cannot read {name} ({error.strerror})"
        ) from None


def _bad(zh: str, en: str) -> Refused:
    return Refused("bad_input", Bilingual(zh, en), {"field": "--input"})
