"""Results on disk: Parquet or CSV, whole under its name or not there at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from gongji.wording import Bilingual, Refused

__all__ = ["TableWriter", "check_target", "disk_watched", "whole_or_nothing"]

_GROUP_ROWS = 1 << 18
"""Rows of a row group, whatever the pieces that come: the file does not show how it was made."""


def check_target(path: Path, option: str) -> None:
    """Refuse what cannot be written, before any work is done."""
    if path.suffix.lower() not in (".parquet", ".pq", ".csv"):
        raise Refused(
            "bad_input",
            Bilingual(
                f"{option}：{path.name} 应以 .parquet 或 .csv 结尾",
                f"{option}: expected a name that ends in .parquet or .csv, found {path.name}",
            ),
            {"field": option},
        )
    if not path.parent.is_dir():
        raise Refused(
            "bad_input",
            Bilingual(
                f"{option}：没有文件夹 {path.parent}", f"{option}: there is no folder {path.parent}"
            ),
            {"field": option},
        )
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise Refused(
            "bad_input",
            Bilingual(
                f"{option}：文件夹 {path.parent} 不可写；换一个，或改权限",
                f"{option}: the folder {path.parent} cannot be written to; name another, or change "
                "the rights",
            ),
            {"field": option},
        )


@contextmanager
def whole_or_nothing(*targets: Path, replace: bool) -> Iterator[list[Path]]:
    """Names to write under instead; they take the targets' names when all is written.

    Raises `Refused` where `replace` is not said and somebody has written a target meanwhile.
    """
    apart: list[Path] = []
    try:
        for target in targets:
            apart.append(target.with_name(f".{target.stem}-{token_hex(8)}{target.suffix}"))
            apart[-1].touch(0o600, exist_ok=False)  # whose name is noted first, to be put away
        yield apart
        for one in apart:
            one.chmod(0o644)
        if not replace:
            _link_all(apart, targets)
        else:
            for one, target in zip(apart, targets, strict=True):
                one.replace(target)
    finally:
        for one in apart:
            with suppress(OSError):
                one.unlink(missing_ok=True)


def _link_all(apart: Sequence[Path], targets: Sequence[Path]) -> None:
    """Give files their names, all of them or none; a name that is taken stays what it was."""
    given: list[Path] = []
    try:
        for one, target in zip(apart, targets, strict=True):
            os.link(one, target)
            given.append(target)
    except FileExistsError as error:
        for target in given:
            target.unlink()
        taken = error.filename2 or error.filename
        raise Refused(
            "bad_input",
            Bilingual(
                f"运行期间有人写了 {taken}；没有覆盖它，要覆盖请加 --force 再运行",
                f"somebody has written {taken} in the meantime; it is left as it is, run again "
                "with --force to overwrite it",
            ),
            {"field": str(taken)},
        ) from None
    except OSError:  # a file system without links
        for one, target in zip(apart[len(given) :], targets[len(given) :], strict=True):
            one.replace(target)


@contextmanager
def disk_watched(target: Path) -> Iterator[None]:
    """Say in words that the disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise _full(target) from None
        raise


def _full(target: Path) -> Refused:
    return Refused(
        "disk_full",
        Bilingual(
            f"写 {target} 时磁盘已满；没有留下不完整的文件，腾出空间后再运行",
            f"the disk is full while writing {target}; nothing half-written is left, make room "
            "and run again",
        ),
        {"field": str(target)},
    )


class TableWriter:
    """Writes tables that come in pieces as one file, in groups of the same size."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.schema = schema
        self._held: list[pa.Table] = []
        self._rows = 0
        self._csv = path.suffix.lower() == ".csv"
        if self._csv:
            self._writer = pa_csv.CSVWriter(path, schema)
        else:
            whole = [field.name for field in schema if pa.types.is_integer(field.type)]
            self._writer = pq.ParquetWriter(
                path,
                schema,
                compression="lz4",
                use_dictionary=[name for name in schema.names if name not in whole],
                column_encoding=dict.fromkeys(whole, "DELTA_BINARY_PACKED"),
            )

    def write(self, table: pa.Table) -> None:
        """Write a piece, or hold it until a group is full."""
        self._held.append(table)
        self._rows += table.num_rows
        while self._rows >= _GROUP_ROWS:
            every = pa.concat_tables(self._held)
            self._put(every.slice(0, _GROUP_ROWS))
            rest = every.slice(_GROUP_ROWS)
            self._held, self._rows = [rest], rest.num_rows

    def _put(self, table: pa.Table) -> None:
        if self._csv:
            self._writer.write_table(table.combine_chunks())
        else:
            self._writer.write_table(table.combine_chunks(), row_group_size=_GROUP_ROWS)

    def close(self) -> None:
        """Write what is held."""
        if self._held:
            self._put(pa.concat_tables(self._held))
        self._writer.close()
