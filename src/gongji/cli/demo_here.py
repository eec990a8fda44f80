"""The demo of the current folder: made where there is none, else opened with new passwords."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gongji.cli.open_book import Place, open_book, place_of
from gongji.cli.progress import progress_at_terminal
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Language, Refused

if TYPE_CHECKING:
    from gongji.demo.users import LogIn

__all__ = ["BOOK", "PERSONS", "SEED", "demo_here"]

BOOK = "gongji-demo.db"
PERSONS, SEED = 120, 1
"""How many live there besides those who have a story, and which of all cities it is."""


def demo_here(library: Library, language: Language) -> tuple[Place, list[LogIn]]:
    """Where the demo of this folder lies, and its users with passwords that are new.

    Raises `Refused`: `no_demo` where the book of this name is a real one, which stays as it is;
    `io` where the folder cannot be written to; what making and opening a book raise.
    """
    place = place_of(BOOK, None)
    if not Path(BOOK).exists():
        return place, _made(place, library, language)
    from gongji.demo.reopening import reopened

    with open_book(place, library) as book:
        return place, reopened(book, datetime.now(UTC))


def _made(place: Place, library: Library, language: Language) -> list[LogIn]:
    from gongji.demo.making import made_at

    words = Bilingual(
        f"正在建演示账册 {BOOK}，约十秒，只做这一次",
        f"making the demo {BOOK}, about ten seconds, this once",
    )
    typer.echo(words.in_(language), err=True)
    tell = progress_at_terminal(language)
    try:
        return made_at(place.address, place.key, library, PERSONS, SEED, tell).users
    except OSError as error:
        folder = Path.cwd()
        raise Refused(
            "io",
            Bilingual(
                f"在 {folder} 里建不成演示账册（{error.strerror}）；请换一个可以写的文件夹，"
                "或用 --book 写明一本账册",
                f"the demo cannot be made in {folder} ({error.strerror}); go to a folder that can "
                "be written to, or name a book with --book",
            ),
            {"field": "--book"},
        ) from None
