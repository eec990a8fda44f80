"""Where tables come from: Parquet and CSV files, and Arrow tables in memory, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from gongji.batch.csv_files import CsvFile
from gongji.batch.plain import plain_schema, plain_table
from gongji.batch.refusals import broken_file
from gongji.wording import Bilingual, Refused

__all__ = ["CsvSource", "ParquetSource", "Part", "Source", "TableSource", "as_arrow", "opened"]

_ROWS = 1 << 18
"""Rows that are read at a time."""

_PARQUET = (".parquet", ".pq")
_CSV = (".csv", ".txt", ".tsv")


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


class CsvSource:
    """A CSV file, of which every value is text until it is known what it is."""

    typed = False

    def __init__(self, file: CsvFile) -> None:
        self.file = file
        self.name = file.name

    def schema(self) -> pa.Schema:
        """The names and types of its columns."""
        return pa.schema([(name, pa.string()) for name in self.file.names])

    def parts(self, columns: Sequence[str]) -> Iterator[Part]:
        """Its rows in their order, part by part."""
        first = 1
        for batch in self.file.batches(columns):
            yield Part(first, partial(list, [batch]))
            first += batch.num_rows


class ParquetSource:
    """Parquet files with the same columns, one after the other: a file, or a folder's."""

    typed = True

    def __init__(self, paths: Sequence[Path], name: str) -> None:
        self.paths = paths
        self.name = name

    def schema(self) -> pa.Schema:
        """The names and types of its columns."""
        return self._schema

    def parts(self, columns: Sequence[str]) -> Iterator[Part]:
        """Its rows in their order, a row group in each part."""
        first = 1
        for path in self.paths:
            with self._opened(path) as file:
                rows = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
            for number, count in enumerate(rows):
                yield Part(first, partial(self._group, path, number, list(columns)))
                first += count

    def _group(self, path: Path, number: int, names: list[str]) -> list[pa.RecordBatch]:
        texts = [
            field.name
            for field in self._schema
            if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        ]
        with self._opened(path, texts) as file:
            table = file.read_row_group(number, columns=names, use_threads=False)
            batches: list[pa.RecordBatch] = plain_table(table).to_batches(max_chunksize=_ROWS)
        return batches

    @contextmanager
    def _opened(self, path: Path, texts: Sequence[str] = ()) -> Iterator[pq.ParquetFile]:
        """One of the files, with some columns of text as dictionaries.  Raises `Refused`."""
        try:
            with pq.ParquetFile(path, read_dictionary=list(texts)) as file:
                yield file
        except (pa.ArrowException, OSError) as error:
            raise broken_file(self.name, path, error) from None

    @cached_property
    def _schema(self) -> pa.Schema:
        schemas = []
        for path in self.paths:
            with self._opened(path) as file:
                schemas.append(plain_schema(file.schema_arrow))
        for path, schema in zip(self.paths, schemas, strict=True):
            if not schema.equals(schemas[0]):
                first = self.paths[0].name
                raise Refused(
                    "broken_file",
                    Bilingual(
                        f"{self.name}：{path.name} 的列与 {first} 不同；同一文件夹的各部分列名和"
                        "类型要一致",
                        f"{self.name}: the columns of {path.name} are not those of {first}; parts "
                        "of a table in one folder have the same names and types",
                    ),
                    {"field": self.name},
                )
        return schemas[0]


def opened(path: Path, name: str) -> Source:
    """A Parquet or CSV file, or a folder of Parquet files, as a table.  Raises `Refused`."""
    ending = path.suffix.lower()
    if path.is_dir():
        parts = sorted(
            one for one in path.iterdir() if one.suffix in _PARQUET and one.name[0] not in "._"
        )
        if parts:
            return ParquetSource(parts, name)
        words = Bilingual(
            f"文件夹 {path} 中没有 Parquet 文件", f"no Parquet files in folder {path}"
        )
    elif not path.is_file():
        words = Bilingual(f"找不到文件 {path}", f"there is no file {path}")
    elif ending in _PARQUET:
        return ParquetSource([path], name)
    elif ending in _CSV:
        return CsvSource(CsvFile(path, name))
    else:
        words = Bilingual(
            f"{path.name} 应为 .parquet 或 .csv 文件",
            f"expected a .parquet or a .csv file, found {path.name}",
        )
    message = Bilingual(f"{name}：{words.zh}", f"{name}: {words.en}")
    raise Refused("bad_input", message, {"field": name})


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
