"""`gongji serve` and `gongji user`: pages and API of a book, and the first who may ask it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gongji.cli.language import LanguageOption, answering, chosen_language
from gongji.cli.listening import listening_at, serve_until_stopped, url_of
from gongji.cli.open_book import BookOption, KeyOption, open_book, place_of
from gongji.cli.packages import check_packages
from gongji.cli.places import PoliciesOption, library_of
from gongji.wording import Bilingual

if TYPE_CHECKING:
    from datetime import date

    from starlette.types import ASGIApp

    from gongji.book.book import Book

__all__ = ["serve", "user"]

PasswordOption = Annotated[
    str,
    typer.Option(
        "--password",
        envvar="GONGJI_PASSWORD",
        prompt="密码 · password",
        hide_input=True,
        confirmation_prompt=True,
        show_default=False,
        help="缺省在终端上问 · asked for at the terminal",
    ),
]


def serve(
    book: BookOption = None,
    key: KeyOption = None,
    policies: PoliciesOption = None,
    host: Annotated[str, typer.Option(help="监听地址 · the address to listen at")] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="端口，0 为任一空闲的 · the port, 0 for any free one"),
    ] = 8000,
    log: Annotated[
        bool, typer.Option("--log", help="每个请求记一行 · write a line for every request")
    ] = False,
    mapping: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="更多的国家接口代码对照 · a folder with more mappings of the national interface",
        ),
    ] = None,
    province: Annotated[
        str, typer.Option(help="按哪个省的接口表校验 · whose tables messages are held to")
    ] = "",
    lang: LanguageOption = None,
) -> None:
    """启动网页和接口 · Serve pages, the API at /v1, the national interface at /fsi/api.

    不写 --book 就用当前文件夹里的演示账册，没有就先建；显示每种角色的登录密码，每次启动都换新 ·
    Without --book it serves the demo in this folder, which it makes where there is none; users of
    every role are shown, with new passwords each time.

    日志里没有身份证号、姓名和请求地址 · The log holds no identity number, no name and no address
    that was asked for.
    """
    language = chosen_language(lang)
    with answering(language, as_json=False):
        check_packages("book", "api", "web")
        place = None if book is None and key is None else place_of(book, key)
        with listening_at(host, port) as listening:
            from gongji.cli.demo_here import demo_here
            from gongji.cli.show_demo import show_served

            library = library_of(policies)
            users = None
            if place is None:
                place, users = demo_here(library, language)
            with open_book(place, library) as opened:
                logging.basicConfig(
                    level=logging.WARNING, format="%(asctime)s %(name)s %(message)s"
                )
                logging.getLogger("gongji.api").setLevel(logging.INFO if log else logging.WARNING)
                gate = _gate(opened, mapping, province)
                app = _site(opened, gate, demo=users is not None)
                show_served(url_of(listening), place, users, language)
                serve_until_stopped(app, listening)


def user(
    name: Annotated[str, typer.Argument(help="用户名 · the name")],
    password: PasswordOption,
    book: BookOption = None,
    key: KeyOption = None,
    lang: LanguageOption = None,
) -> None:
    """开一个主管用户，其余用户经接口开 · Open a supervisor; others are opened over HTTP."""
    language = chosen_language(lang)
    with answering(language, as_json=False):
        place = place_of(book, key)
        check_packages("api")
        with open_book(place, library_of(None)) as opened:
            number = _open_supervisor(opened, name, password)
    words = Bilingual(f"已开用户 {name}（{number}）", f"opened user {name} ({number})")
    typer.echo(words.in_(language))


def _gate(book: Book, mapping: Path | None, province: str) -> ASGIApp:
    """The gateway of the national interface."""
    from gongji.nhsa.gateway import gateway

    return gateway(book, mapping=mapping, province=province)


def _site(book: Book, gate: ASGIApp, *, demo: bool) -> ASGIApp:
    """The pages, with the API and the gateway of the national interface beside them."""
    from datetime import UTC, datetime

    from gongji.api.application import application
    from gongji.book.acts import day_in_china
    from gongji.nhsa.gateway import beside
    from gongji.web.site import site

    def today() -> date:
        return day_in_china(datetime.now(UTC))

    return beside(site(book.library, today, application(book), demo=demo), gate)


def _open_supervisor(book: Book, name: str, password: str) -> int:
    from datetime import UTC, datetime

    from gongji.api.passwords import hash_of_password
    from gongji.book.access.users import User, open_user
    from gongji.book.acts import Asked, day_in_china

    person, hashed = User(name, "supervisor"), hash_of_password(password)
    at = datetime.now(UTC)
    asked = Asked("open_user", person._asdict(), "command line", at, day_in_china(at))
    answer = book.do(asked, lambda act: {"user": open_user(act, person, hashed)})
    return int(answer["user"])
