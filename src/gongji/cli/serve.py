"""`gongji serve` and `gongji user`: the book over HTTP, and the first who may ask it."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from gongji.cli.language import LanguageOption, answering, chosen_language
from gongji.cli.open_book import BookOption, KeyOption, open_book, place_of
from gongji.cli.places import PoliciesOption, library_of
from gongji.wording import Bilingual, Refused

if TYPE_CHECKING:
    from gongji.book.book import Book

__all__ = ["check_packages", "serve", "user"]

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
    port: Annotated[int, typer.Option(min=0, max=65535, help="端口 · the port")] = 8000,
    log: Annotated[
        bool, typer.Option("--log", help="每个请求记一行 · write a line for every request")
    ] = False,
    lang: LanguageOption = None,
) -> None:
    """启动账册接口服务 · Serve the book over HTTP.

    日志里没有身份证号、姓名和请求地址 · The log holds no identity number, no name and no address
    that was asked for.
    """
    with answering(chosen_language(lang), as_json=False):
        place = place_of(book, key)
        check_packages()
        with open_book(place, library_of(policies)) as opened:
            import uvicorn

            from gongji.api.application import application

            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
            logging.getLogger("gongji.api").setLevel(logging.INFO if log else logging.WARNING)
            uvicorn.run(
                application(opened),
                host=host,
                port=port,
                log_config=None,
                access_log=False,  # it writes addresses as they were sent
                server_header=False,
            )


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
        check_packages()
        with open_book(place, library_of(None)) as opened:
            number = _open_supervisor(opened, name, password)
    words = Bilingual(f"已开用户 {name}（{number}）", f"opened user {name} ({number})")
    typer.echo(words.in_(language))


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


def check_packages() -> None:
    """Make sure that what serves the book is installed.  Raises `Refused` (`missing_package`)."""
    for package in ("argon2", "fastapi", "uvicorn"):
        if find_spec(package) is None:
            raise Refused(
                "missing_package",
                Bilingual(
                    f"没有安装 {package}；接口服务需要附加包 gongji[api]，"
                    "在检出的文件夹里运行 pip install '.[api]'",
                    f"{package} is not installed; to serve the book needs the extra gongji[api], "
                    "run pip install '.[api]' in the checkout",
                ),
                {"package": package},
            )
