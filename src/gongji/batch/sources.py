"""Where tables come from: Parquet and CSV files, and Arrow tables in memory, batch by batch."""

from __future__ import annotations

import csv
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from gongji.batch.plain import plain_schema, plain_table
from gongji.wording import Bilingual, Refused

__all__ = ["FileSource", "Part", "Source", "TableSource", "as_arrow", "opened"]

_ROWS = 1 << 18
"""Rows that are read at a time."""

_CSV_BLOCK = 1 << 25
_BEGINNING = 1 << 20
"""Bytes of a CSV that show how its characters are written."""


class Source(Protocol):
    """A table that can be read more than once."""

    name: str
    """What it is called in messages."""

    typed: bool
    """Whether its columns have types of their own; all is text otherwise."""

    def schema(self) -> pa.Schema:
        """The names and types of its columns."""

    def parts(self, columns: Sequence[str]) -> Iterator[Part]:
        """Its rows in their order, part by part; those columns only.  Raises `Refused`."""


class Part(NamedTuple):
    """Some rows of a table, not read yet: any thread can read them."""

    first_row: int
    read: Callable[[], list[pa.RecordBatch]]


class TableSource:
    """An Arrow table in memory."""

    typed = True

    def __init__(self, table: pa.Table, name: str) -> None:
        self.table = plain_table(table)
        self.name = name

    def schema(self) -> pa.Schema:
        """The names and types of its columns."""
        return self.table.schema

    def parts(self, columns: Sequence[str]) -> Iterator[Part]:
        """Its rows in their order, part by part."""
        table = self.table.select(list(columns))
        for first in range(0, table.num_rows, _ROWS):
            some = table.slice(first, _ROWS)
            yield Part(first + 1, some.to_batches)


class FileSource:
    """A Parquet or CSV file; of a CSV every value is text until it is known what it is."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        if not path.is_file():
            raise Refused(
                "bad_input",
                Bilingual(f"{name}：找不到文件 {path}", f"{name}: there is no file {path}"),
                {"field": name},
            )
        self.parquet = self.typed = path.suffix.lower() in (".parquet", ".pq")
        if not self.parquet and path.suffix.lower() not in (".csv", ".txt", ".tsv"):
            raise Refused(
                "bad_input",
                Bilingual(
                    f"{name}：{path.name} 应为 .parquet 或 .csv 文件",
                    f"{name}: expected a .parquet or a .csv file, found {path.name}",
                ),
                {"field": name},
            )

    def schema(self) -> pa.Schema:
        """The names and types of its columns."""
        try:
            if self.parquet:
                return self._schema
            with self._csv(None) as reader:
                return reader.schema
        except (pa.ArrowException, OSError, UnicodeError, csv.Error) as error:
            raise self._broken(error) from None

    def parts(self, columns: Sequence[str]) -> Iterator[Part]:
        """Its rows in their order; a file that is cut off or not what it seems is refused."""
        names = list(columns)
        if self.parquet:
            yield from self._groups(names)
            return
        first = 1
        try:
            with self._csv(names) as reader:
                for batch in reader:
                    yield Part(first, partial(list, [batch]))
                    first += batch.num_rows
        except (pa.ArrowException, OSError, UnicodeError, csv.Error) as error:
            raise self._broken(error) from None

    def _groups(self, names: list[str]) -> Iterator[Part]:
        """The row groups of a Parquet file."""
        try:
            with pq.ParquetFile(self.path) as file:
                rows = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
        except (pa.ArrowException, OSError, UnicodeError, csv.Error) as error:
            raise self._broken(error) from None
        first = 1
        for number, count in enumerate(rows):
            yield Part(first, partial(self._group, number, names))
            first += count

    def _group(self, number: int, names: list[str]) -> list[pa.RecordBatch]:
        texts = [
            field.name
            for field in self._schema
            if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        ]
        try:
            with pq.ParquetFile(self.path, read_dictionary=texts) as file:
                table = file.read_row_group(number, columns=names, use_threads=False)
            table = plain_table(table)
            batches: list[pa.RecordBatch] = table.to_batches(max_chunksize=_ROWS)
        except (pa.ArrowException, OSError, UnicodeError, csv.Error) as error:
            raise self._broken(error) from None
        return batches

    @cached_property
    def _schema(self) -> pa.Schema:
        return plain_schema(pq.read_schema(self.path))

    def _csv(self, columns: Sequence[str] | None) -> pa_csv.CSVStreamingReader:
        separator = "\t" if self.path.suffix.lower() == ".tsv" else ","
        encoding = self._encoding()
        with self.path.open(encoding=encoding, newline="") as file:
            names = next(csv.reader(file, delimiter=separator), [])
        return pa_csv.open_csv(
            self.path,
            read_options=pa_csv.ReadOptions(
                block_size=_CSV_BLOCK, use_threads=False, encoding=encoding.removesuffix("-sig")
            ),
            parse_options=pa_csv.ParseOptions(delimiter=separator, newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=None if columns is None else list(columns),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )

    def _encoding(self) -> str:
        """UTF-8, or what spreadsheets in China write where it cannot be that."""
        with self.path.open("rb") as file:
            beginning = file.read(_BEGINNING)
        try:
            getincrementaldecoder("utf-8")().decode(beginning)
        except UnicodeDecodeError:
            return "gb18030"
        return "utf-8-sig"

    def _broken(self, error: Exception) -> Refused:
        found = str(error).splitlines()[0] if str(error) else type(error).__name__
        return Refused(
            "broken_file",
            Bilingual(
                f"{self.name}：{self.path.name} 读不出来（{found}）；文件可能没有写完，请重新导出",
                f"{self.name}: {self.path.name} cannot be read ({found}); it may have been cut "
                "off, export it again",
            ),
            {"field": self.name},
        )


def opened(path: Path, name: str) -> FileSource:
    """A file to be read as a table.  Raises `Refused`."""
    return FileSource(path, name)


def as_arrow(table: Any, name: str) -> TableSource:
    """An Arrow, Polars or pandas table as a source.  Raises `Refused` for anything else."""
    if isinstance(table, pa.Table):
        return TableSource(table, name)
    if type(table).__module__.partition(".")[0] == "pandas":
        return TableSource(_of_pandas(table, name), name)
    if hasattr(table, "__arrow_c_stream__"):  # Polars, and whatever else speaks Arrow
        return TableSource(pa.table(table), name)
    if hasattr(table, "to_arrow"):
        return TableSource(table.to_arrow(), name)
    raise Refused(
        "wrong_type",
        Bilingual(
            f"{name}：{type(table).__name__} 不是表；应为 Arrow、Polars 或 pandas 的表",
            f"{name}: {type(table).__name__} is no table; expected one of Arrow, Polars or pandas",
        ),
        {"field": name},
    )


def _of_pandas(frame: Any, name: str) -> pa.Table:
    """A frame of pandas without its index; columns of nothing but NaN are of no type."""
    try:
        table = pa.Table.from_pandas(frame, preserve_index=False)
    except pa.ArrowException as error:
        found = error.args[-1]
        raise Refused(
            "wrong_type",
            Bilingual(
                f"{name}：有一列的值不是同一类型（{found}）；先用 astype() 统一",
                f"{name}: the values of a column are not of one type ({found}); make them so "
                "with astype()",
            ),
            {"table": name},
        ) from None
    for place, field in enumerate(table.schema):
        empty = table[place].null_count == table.num_rows
        if empty and pa.types.is_floating(field.type):
            table = table.set_column(place, field.name, pa.nulls(table.num_rows))
    return table
