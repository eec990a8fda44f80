"""`gongji book`: a book made, brought up to date, filled, verified, backed up and restored.

Exit status: 0 done, 1 the book does not come out as it was kept, 2 refused, and nothing was done.
"""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gongji.cli.language import (
    FAILED,
    JsonOption,
    LanguageOption,
    answering,
    chosen_language,
    print_json,
)
from gongji.cli.open_book import BookOption, KeyOption, open_book, place_of
from gongji.cli.places import PoliciesOption, library_of
from gongji.cli.progress import progress_at_terminal
from gongji.wording import Bilingual, Language, Refused

if TYPE_CHECKING:
    from gongji.book.book import Book
    from gongji.book.proof.verify import Report

__all__ = ["book"]

_MOST_NAME = 64

book = typer.Typer(
    help="账册：建立、升级、导入、核对、备份、恢复 · the book: people, visits and money, kept",
    no_args_is_help=True,
    epilog="退出状态：0 完成；1 核对出差异；2 拒绝，什么都没做 · "
    "exit status: 0 done, 1 verify found a difference, 2 refused and nothing done",
)


@book.command()
def init(
    book: BookOption = None,
    key: KeyOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """建立空的账册和它的密钥 · Make an empty book and its key.

    密钥不在账册里，也不在备份里：请另外保管，丢了就看不到姓名和证件号。 · The key is neither in the
    book nor in its backups: keep it apart, without it names and numbers are lost.
    """
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        place = place_of(book, key)
        from gongji.book.book import new_book

        new_book(place.address, place.key)
        _say(
            language,
            Bilingual(
                f"账册已建立：{book}\n密钥：{place.key}。"
                "请另存一份在别处；没有它，姓名和证件号就读不出来",
                f"the book is made: {book}\nits key: {place.key}. "
                "Keep a copy elsewhere; without it names and identity numbers cannot be read",
            ),
            {"book": str(book), "key": str(place.key)},
            as_json=as_json,
        )


@book.command()
def migrate(
    book: BookOption = None,
    key: KeyOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """把账册升级到程序所用的结构 · Bring the tables of a book up to this program.

    全部升级，或一步不动；先备份。 · All steps or none; back the book up first.
    """
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        place = place_of(book, key)
        from gongji.book.migrate import brought_up
        from gongji.cli.open_book import store_of

        with store_of(place) as store:
            before, after = brought_up(store)
        words = Bilingual(
            f"账册已从 {before} 升级到 {after}", f"the book went from {before} to {after}"
        )
        if before == after:
            words = Bilingual(f"账册已经是 {after}，不用升级", f"the book is at {after} already")
        _say(language, words, {"before": before, "after": after}, as_json=as_json)


@book.command()
def load(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="CSV、XLSX 文件或文件夹 · CSV or XLSX files, or folders", show_default=False
        ),
    ] = None,
    book: BookOption = None,
    key: KeyOption = None,
    policies: PoliciesOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """导入统筹区、险种、机构、单位和参保人员 · Bring areas, schemes, places and persons in.

    全部导入，或什么都不导入；同样的文件再导入一次，什么都不会重复。 · All of it or nothing; the
    same files again do nothing twice.
    """
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        if not files:
            raise Refused(
                "missing_field",
                Bilingual("请给出要导入的文件，例如 gongji book load 文件夹 --book book.db",
                          "name the files to load, such as gongji book load FOLDER --book book.db"),
                {"field": "FILES"},
            )  # fmt: skip
        place = place_of(book, key)
        from gongji.book.acts import day_in_china
        from gongji.book.loading.brought import brought_in, sheets_in

        sheets = sheets_in(files)
        with open_book(place, library_of(policies)) as opened:
            asked_by, now = _who(), datetime.now(UTC)
            found = brought_in(
                opened, sheets, asked_by, now, day_in_china(now),
                progress_at_terminal(language),
            )  # fmt: skip
        from gongji.cli.show_book import load_record, loaded_words

        _say(language, loaded_words(found), load_record(found), as_json=as_json)


@book.command()
def verify(
    book: BookOption = None,
    key: KeyOption = None,
    policies: PoliciesOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """全部重算一遍，到分，指出第一处差异 · Work everything out again and name the first difference.

    有差异时退出状态为 1。 · Exit status 1 where something differs.
    """
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        with open_book(place_of(book, key), library_of(policies)) as opened:
            report = _verified(opened, language)
        from gongji.cli.show_book import report_record, report_words

        _say(language, report_words(report), report_record(report), as_json=as_json)
    if report.difference is not None:
        raise typer.Exit(FAILED)


@book.command()
def backup(
    to: Annotated[
        Path | None, typer.Option("--to", help="备份文件，不会覆盖 · the file to write, a new one")
    ] = None,
    book: BookOption = None,
    key: KeyOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """把账册此刻的状态写成一个文件，不影响他人办理 · Write the book as it stands to one file.

    密钥不在备份里，请另外保管。 · The key is not in the backup: keep it apart.
    """
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        if to is None:
            raise _missing("--to", "gongji book backup --book book.db --to backup.zip")
        place = place_of(book, key)
        from gongji.book.backups.backup import backed_up
        from gongji.cli.open_book import store_of
        from gongji.cli.show_book import backup_record, backup_words

        with store_of(place) as store:
            now = datetime.now(UTC)
            made = backed_up(store, to, now, progress_at_terminal(language))
        _say(language, backup_words(made, to), backup_record(made, to), as_json=as_json)


@book.command()
def restore(
    from_: Annotated[
        Path | None, typer.Option("--from", help="备份文件 · the backup to restore")
    ] = None,
    book: BookOption = None,
    key: KeyOption = None,
    policies: PoliciesOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """把备份恢复到空的地方，然后核对 · Restore a backup into an empty place, and verify it.

    SQLite 的备份可以恢复到 PostgreSQL，反之亦然；要用原来的密钥。 · From SQLite to PostgreSQL and
    back as you like; the key is the one of the book that was backed up.
    """
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        if from_ is None:
            raise _missing("--from", "gongji book restore --from backup.zip --book book.db")
        place = place_of(book, key)
        library = library_of(policies)
        from gongji.book.backups.restoring import restored
        from gongji.book.sealed import Seal
        from gongji.cli.show_book import report_record, report_words, restored_words

        seal = Seal.from_file(place.key)
        made = restored(from_, place.address, seal, progress_at_terminal(language))
        with open_book(place, library) as opened:
            report = _verified(opened, language)
        words = restored_words(made, str(book)) + Bilingual("\n", "\n") + report_words(report)
        record = {"made": made.made, "sha256": made.sha256, **report_record(report)}
        _say(language, words, record, as_json=as_json)
    if report.difference is not None:
        raise typer.Exit(FAILED)


def _verified(book: Book, language: Language) -> Report:
    from gongji.book.proof.apart import verified_apart

    told = progress_at_terminal(language)
    return verified_apart(book.store, book.library, os.cpu_count() or 1, progress=told)


def _say(language: Language, words: Bilingual, record: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print_json(record)
    else:
        typer.echo(words.in_(language))


def _who() -> str:
    """Who sits at the terminal, as the machine knows them."""
    try:
        return f"terminal:{getpass.getuser()}"[:_MOST_NAME]
    except (OSError, KeyError):
        return "terminal"


def _missing(option: str, example: str) -> Refused:
    return Refused(
        "missing_field",
        Bilingual(f"缺少 {option}；例如 {example}", f"{option} is missing; for example: {example}"),
        {"field": option},
    )
