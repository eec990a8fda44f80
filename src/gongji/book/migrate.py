"""Bringing the tables of a book to what this version of the program works with."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from gongji.book.store import Store
from gongji.wording import Bilingual, Refused

__all__ = ["brought_up", "check_current", "migrated", "steps_config", "upgraded", "version_of"]


def version_of(connection: Connection) -> str | None:
    """The step that a book has come to; None where there is no book."""
    return MigrationContext.configure(connection).get_current_revision()


def migrated(store: Store) -> tuple[str | None, str]:
    """Take all steps that are missing, or none of them.  Gives the steps before and after."""
    with store.writing() as connection:
        return upgraded(connection)


def upgraded(connection: Connection) -> tuple[str | None, str]:
    """Take all steps that are missing, in a transaction.  Gives the steps before and after."""
    config = steps_config()
    before = version_of(connection)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    after = version_of(connection)
    assert after is not None
    return before, after


def brought_up(store: Store) -> tuple[str | None, str]:
    """Bring a book that is there up to this program.  Gives the steps before and after.

    Raises `Refused`: `no_book`, `new_book`.
    """
    try:
        with store.reading() as connection:
            check_current(connection)
    except Refused as refused:
        if refused.kind != "old_book":
            raise
    return migrated(store)


def check_current(connection: Connection) -> None:
    """Make sure that a book is what the program works with.  Raises `Refused`."""
    steps = ScriptDirectory.from_config(steps_config())
    there, wanted = version_of(connection), steps.get_current_head()
    if there == wanted:
        return
    if there is None:
        raise Refused(
            "no_book",
            Bilingual(
                "这里还没有账册；先运行 gongji book init",
                "there is no book here; run gongji book init",
            ),
            {"field": "book"},
        )
    known = {one.revision for one in steps.walk_revisions()}
    if there in known:
        raise Refused(
            "old_book",
            Bilingual(
                f"账册的结构是 {there}，程序要 {wanted}；先备份，再运行 gongji book migrate",
                f"the book is at {there}, the program wants {wanted}; back it up and run gongji "
                "book migrate",
            ),
            {"field": "book"},
        )
    raise Refused(
        "new_book",
        Bilingual(
            f"账册的结构 {there} 比程序新；请用新版程序打开",
            f"the book is at {there}, which this program does not know; open it with a newer one",
        ),
        {"field": "book"},
    )


def steps_config() -> Config:
    """What Alembic has to know of the steps."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
