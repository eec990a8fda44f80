"""CSV files as they come, every value as text; what cannot be read is told by its row."""

from __future__ import annotations

import csv
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Iterator, Sequence
from functools import cached_property
from os import SEEK_END
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from gongji.batch.refusals import broken_file
from gongji.wording import Bilingual, Refused, shortened

__all__ = ["CsvFile"]

_BLOCK = 1 << 25
_BEGINNING = 1 << 20
"""Bytes that show how the characters of a file are written."""

_SEPARATORS = {".tsv": "\t"}
_OTHERS = (";", "\t", ",", "|")


class CsvFile:
    """A file with a head line and commas, or tabs where it is a .tsv; `name` is for messages."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self.separator = _SEPARATORS.get(path.suffix.lower(), ",")

    @property
    def names(self) -> list[str]:
        """The names of its columns.  Raises `Refused`."""
        return self._head[0]

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Its rows in their order, those columns only.  Raises `Refused`."""
        names, alone = self._head
        if alone:
            return
        done = 0
        ragged: list[pa_csv.InvalidRow] = []
        last = names[-1]
        value: str | None = None
        try:
            with self._reader(list(dict.fromkeys([*columns, last])), ragged) as reader:
                for batch in reader:
                    done += batch.num_rows
                    if batch.num_rows:
                        value = batch[last][-1].as_py()
                    yield batch.select(list(columns))
        except (pa.ArrowException, OSError, UnicodeError) as error:
            if ragged:
                raise self._ragged(ragged[0]) from None
            if "straddling" in str(error):  # a value that is longer than a block
                raise self._unclosed(done + 1) from None
            raise broken_file(self.name, self.path, error) from None
        if "\n" in (value or "") and not self._ends_quoted():
            raise self._unclosed(done)

    @cached_property
    def _head(self) -> tuple[list[str], bool]:
        """The names in the head line, and whether nothing comes after it."""
        try:
            with self.path.open(encoding=self._encoding, newline="") as file:
                lines = csv.reader(file, delimiter=self.separator)
                names = next((line for line in lines if line), [])
                alone = not file.readline()
        except (OSError, UnicodeError, csv.Error) as error:
            raise broken_file(self.name, self.path, error) from None
        if not names:
            raise self._refused("文件是空的；至少要有一行列名", "is empty; it needs a head line")
        if len(names) == 1:
            self._check_separator(names[0])
        return names, alone

    def _reader(
        self, columns: list[str], ragged: list[pa_csv.InvalidRow]
    ) -> pa_csv.CSVStreamingReader:
        """A reader of some columns, which adds a row with too few or too many to `ragged`."""

        def handle(row: pa_csv.InvalidRow) -> str:
            ragged.append(row)
            return "error"

        return pa_csv.open_csv(
            self.path,
            read_options=pa_csv.ReadOptions(
                block_size=_BLOCK, use_threads=False, encoding=self._encoding.removesuffix("-sig")
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=self.separator, newlines_in_values=True, invalid_row_handler=handle
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(self.names, pa.string()),
                include_columns=columns,
                strings_can_be_null=True,
                null_values=[""],
            ),
        )

    @cached_property
    def _encoding(self) -> str:
        """UTF-8, or what spreadsheets in China write where it cannot be that."""
        with self.path.open("rb") as file:
            beginning = file.read(_BEGINNING)
        if beginning.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\0" in beginning[:4]:
            raise self._refused(
                "的编码是 UTF-16（“Unicode 文本”）；请另存为 CSV UTF-8（逗号分隔）",
                "is written in UTF-16 (“Unicode text”); save it as CSV UTF-8 (comma delimited)",
            )
        try:
            getincrementaldecoder("utf-8")().decode(beginning)
        except UnicodeDecodeError:
            return "gb18030"
        return "utf-8-sig"

    def _ends_quoted(self) -> bool:
        """Whether the last thing in the file is a quote."""
        with self.path.open("rb") as file:
            file.seek(-min(8, file.seek(0, SEEK_END)), SEEK_END)
            return file.read().rstrip().endswith(b'"')

    # --- what is wrong with it -------------------------------------------------------------------

    def _check_separator(self, head: str) -> None:
        found = [one for one in _OTHERS if one in head and one != self.separator]
        if found:
            what = {"\t": Bilingual("制表符", "tabs")}.get(found[0], Bilingual(found[0], found[0]))
            raise self._refused(
                f"的列用 {what.zh} 分隔；.csv 应用逗号，.tsv 用制表符",
                f"has its columns separated by {what.en}; expected commas, or tabs in a .tsv",
            )

    def _ragged(self, row: pa_csv.InvalidRow) -> Refused:
        number = row.number - 1  # the head line is none
        text = shortened(row.text, 40)
        return self._refused(
            f"的第 {number} 行有 {row.actual_columns} 列，应有 {row.expected_columns} 列：{text}；"
            "值里的逗号要加引号，引号要成对；没有写完的文件请重新导出",
            f"has {row.actual_columns} columns in row {number}, expected {row.expected_columns}: "
            f"{text}; a comma inside a value needs quotes around it, quotes come in pairs, and a "
            "file that was cut off is to be exported again",
        )

    def _unclosed(self, number: int) -> Refused:
        return self._refused(
            f"自第 {number} 行起有一个引号没有配对",
            f"has a quote, in row {number} or after it, that is never closed; quotes come in pairs",
        )

    def _refused(self, zh: str, en: str) -> Refused:
        return Refused(
            "broken_file",
            Bilingual(f"{self.name}：{self.path.name} {zh}", f"{self.name}: {self.path.name} {en}"),
            {"field": self.name},
        )
