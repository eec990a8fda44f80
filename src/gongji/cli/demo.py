"""`gongji demo`: a small invented city in a new book, to look around in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gongji.cli.demo_here import BOOK, PERSONS, SEED
from gongji.cli.language import (
    JsonOption,
    LanguageOption,
    answering,
    chosen_language,
    print_json,
)
from gongji.cli.open_book import place_of
from gongji.cli.packages import check_packages
from gongji.cli.places import library_of
from gongji.cli.progress import progress_at_terminal

__all__ = ["demo"]

_MOST_PERSONS = 100_000


def demo(
    book: Annotated[
        str,
        typer.Option(
            metavar="FILE|postgresql://…",
            help="新账册：SQLite 文件，或空的 PostgreSQL 数据库 · the new book: a SQLite file, or "
            "an empty database",
        ),
    ] = BOOK,
    key: Annotated[
        Path | None,
        typer.Option(
            help="新密钥文件，缺省为账册文件名加 .key · its new key file, by default beside it",
            show_default=False,
        ),
    ] = None,
    persons: Annotated[
        int,
        typer.Option(
            min=0,
            max=_MOST_PERSONS,
            help="有故事的 18 人以外还有多少人 · how many besides the 18 who have a story",
        ),
    ] = PERSONS,
    seed: Annotated[int, typer.Option(help="随机种子 · the same seed, the same city")] = SEED,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """在新账册里建一座小小的演示城市，不覆盖任何文件 · Make a small city to look around in.

    机构、人员、一年的缴费和就医都是虚构的，都经正式业务办理；每种角色给一个用户。 · Institutions,
    people, a year of contributions and care: all invented, and all done by the services themselves;
    with a user of every role.
    """
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        place = place_of(book, key)
        check_packages("api")
        from gongji.cli.show_demo import demo_record, show_demo
        from gongji.demo.making import made_at

        library = library_of(None)
        tell = progress_at_terminal(language)
        made = made_at(place.address, place.key, library, persons, seed, tell)
        if as_json:
            print_json(demo_record(place, made))
        else:
            show_demo(place, made, library, language)
