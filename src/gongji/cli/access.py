"""`gongji access`: the keys by which institutions' own software is known to the gateway."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gongji.cli.language import (
    JsonOption,
    LanguageOption,
    answering,
    chosen_language,
    print_json,
)
from gongji.cli.open_book import BookOption, KeyOption, open_book, place_of
from gongji.cli.packages import check_packages
from gongji.cli.places import library_of
from gongji.wording import Bilingual, Language

if TYPE_CHECKING:
    from collections.abc import Callable

    from gongji.book.acts import Act
    from gongji.book.book import Book

__all__ = ["access"]

access = typer.Typer(
    help="机构软件接入国家接口的密钥 · keys of institutions' software for the national interface",
    no_args_is_help=True,
)

DialectOption = Annotated[
    str,
    typer.Option(help="网关方言：plain csb x_ca x_tif oauth · the dialect of the gateway"),
]


@access.command("open")
def open_access(
    institution: Annotated[str, typer.Argument(help="机构编号 · the institution's code")],
    dialect: DialectOption = "csb",
    lenient_clock: Annotated[
        bool,
        typer.Option(
            "--lenient-clock",
            help="放宽时间戳，供时钟不准的旧客户端 · for old clients whose clock is wrong",
        ),
    ] = False,
    their_sm2: Annotated[
        str,
        typer.Option(help="机构的 SM2 公钥（oauth）：报文加密并签名 · its public key of SM2"),
    ] = "",
    book: BookOption = None,
    key: KeyOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """开一个密钥，只显示这一次 · Open a key; it is shown this once.

    plain 没有签名，只用于可信内网和试用 · plain has no signature: for trusted networks.
    """
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        place = place_of(book, key)
        check_packages("book", "api")
        with open_book(place, library_of(None)) as opened:
            from gongji.book.exchange.keys import open_key
            from gongji.nhsa.issuing import issued

            made = issued(
                institution, dialect, lenient_clock=lenient_clock, their_sm2=their_sm2
            )  # fmt: skip
            number = _done(
                opened,
                "open_access",
                {"institution": institution, "dialect": dialect, "name": made.name},
                lambda act: open_key(act, institution, dialect, made.name, made.kept),
            )
        record = {
            "access": number, "institution": institution, "dialect": dialect, "key": made.name,
            **made.given, **({"their_sm2": made.public} if made.public else {}),
        }  # fmt: skip
        _say(record, language, as_json=as_json)


@access.command("close")
def close_access(
    name: Annotated[str, typer.Argument(help="密钥名称 · the name of the key")],
    dialect: DialectOption = "csb",
    book: BookOption = None,
    key: KeyOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """停用一个密钥 · Close a key; nobody is let in by it any more."""
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        place = place_of(book, key)
        check_packages("book")
        with open_book(place, library_of(None)) as opened:
            from gongji.book.exchange.keys import close_key

            said = {"dialect": dialect, "name": name}
            number = _done(
                opened, "close_access", said, lambda act: close_key(act, dialect, name)
            )  # fmt: skip
        _say({"access": number, "closed": name}, language, as_json=as_json)


@access.command("list")
def list_access(
    book: BookOption = None,
    key: KeyOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """列出在用的密钥，不显示密码 · The keys in use, without their secrets."""
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        place = place_of(book, key)
        check_packages("book")
        with open_book(place, library_of(None)) as opened, opened.reading() as connection:
            from gongji.book.exchange.keys import keys_of

            found = [
                {
                    "access": one.number, "institution": one.institution, "dialect": one.dialect,
                    "key": one.name, "lenient_clock": bool(one.said.get("lenient_clock")),
                }
                for one in keys_of(connection, opened.seal)
            ]  # fmt: skip
        if as_json:
            print_json({"keys": found})
            return
        for one in found:
            clock = (
                Bilingual("（放宽时间戳）", " (lenient clock)") if one["lenient_clock"] else None
            )
            shown = f"{one['institution']}  {one['dialect']}  {one['key']}"
            typer.echo(shown + (clock.in_(language) if clock else ""))


def _done(book: Book, service: str, said: dict[str, Any], work: Callable[[Act], int]) -> int:
    """Do something to the keys, as who sits at the machine."""
    from gongji.book.acts import Asked, day_in_china

    at = datetime.now(UTC)
    asked = Asked(service, said, "command line", at, day_in_china(at))
    return int(book.do(asked, lambda act: {"access": work(act)})["access"])


_TITLES = {
    "access": Bilingual("编号", "number"),
    "institution": Bilingual("机构", "institution"),
    "dialect": Bilingual("方言 dialect", "dialect"),
    "key": Bilingual("名称 key", "key"),
    "secret": Bilingual("密钥 secret", "secret"),
    "user": Bilingual("用户名 user", "user"),
    "password": Bilingual("密码 password", "password"),
    "their_sm2": Bilingual("本方 SM2 公钥 their_sm2", "our public key of SM2, their_sm2"),
    "closed": Bilingual("已停用", "closed"),
}


def _say(record: dict[str, Any], language: Language, *, as_json: bool) -> None:
    if as_json:
        print_json(record)
        return
    for name, value in record.items():
        typer.echo(f"{_TITLES[name].in_(language)}: {value}")
