"""Writing a population to two files, Parquet or CSV, each whole under its name or not there at all.

Blocks are drawn by several threads and written in their order, so the files do not depend on how
many there are.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from gongji.generate.bills import Order
from gongji.generate.plan import Plan
from gongji.generate.tables import BLOCK, block, some
from gongji.wording import Bilingual, Refused

__all__ = ["SUFFIXES", "Written", "write"]

SUFFIXES = (".parquet", ".csv")

_FEN = "_fen"


class Written(NamedTuple):
    """How many persons and claims (lines of bills where there are several) were written."""

    persons: int
    claims: int


def write(
    plan: Plan,
    persons: int,
    persons_file: Path,
    claims_file: Path,
    order: Order = "date",
    threads: int = 2,
    so_far: Callable[[int], None] = lambda _: None,
) -> Written:
    """Write `persons` persons and their claims; `so_far` hears how many persons are done.

    What stands under the two names is replaced at the end, in one step each.  Parquet holds
    amounts as whole fen (`total_fen`), CSV as yuan with two decimals (`total`).  Raises `Refused`
    (`bad_input`, `bad_number`, `io`), and leaves nothing of its own then.
    """
    claims = done = 0
    with _written(persons_file) as add_persons, _written(claims_file) as add_claims:
        for people, bills in _drawn(plan, persons, order, threads):
            add_persons(people)
            add_claims(bills)
            claims += bills.num_rows
            done += people.num_rows
            so_far(done)
    return Written(persons, claims)


def _drawn(
    plan: Plan, persons: int, order: Order, threads: int
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Blocks in their order, a few of them drawn ahead."""
    ahead: deque[Future[tuple[pa.Table, pa.Table]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for first in range(0, some(persons), BLOCK):
                ahead.append(pool.submit(block, plan, first, min(BLOCK, persons - first), order))
                if len(ahead) > threads:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for one in ahead:
                one.cancel()


@contextmanager
def _written(path: Path) -> Iterator[Callable[[pa.Table], None]]:
    """A function that adds a table to a file, which takes its name when all went well."""
    if path.suffix not in SUFFIXES:
        raise _suffix(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    writer: Any = None

    def add(table: pa.Table) -> None:
        nonlocal writer
        made = table if path.suffix == ".parquet" else _in_yuan(table)
        with _named(path):
            if writer is None:
                writer = _writer(beside, path, made.schema)
            writer.write_table(made)

    try:
        yield add
        with _named(path):
            writer.close()
            beside.replace(path)
    finally:
        with suppress(OSError):
            if writer is not None:
                writer.close()
        with suppress(OSError):
            beside.unlink(missing_ok=True)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Say of a failure which file it was about."""
    try:
        yield
    except OSError as error:
        raise _failed(path, error) from None


def _writer(beside: Path, path: Path, schema: pa.Schema) -> Any:
    if path.suffix == ".csv":
        return pa.csv.CSVWriter(beside, schema)
    texts = [one.name for one in schema if pa.types.is_dictionary(one.type)]
    return pa.parquet.ParquetWriter(beside, schema, use_dictionary=texts, compression="snappy")


def _in_yuan(table: pa.Table) -> pa.Table:
    """A table as CSV has it: amounts in yuan, texts as they are."""
    columns = {}
    for name in table.column_names:
        column = table[name].combine_chunks()
        if name.endswith(_FEN):
            columns[name.removesuffix(_FEN)] = _yuan(column)
        else:
            text = pa.types.is_dictionary(column.type)
            columns[name] = column.cast(pa.string()) if text else column
    return pa.table(columns)


def _yuan(fen: pa.Array) -> pa.Array:
    """Whole fen, none of them negative, as decimals of yuan: the same numbers with two places."""
    wide = np.zeros((len(fen), 2), dtype=np.int64)
    wide[:, 0] = fen.fill_null(0).to_numpy()
    made = pa.Array.from_buffers(
        pa.decimal128(18, 2), len(fen), [None, pa.py_buffer(wide.tobytes())]
    )
    if fen.null_count:
        return pa.compute.if_else(fen.is_valid(), made, None)
    return made


def _suffix(path: Path) -> Refused:
    return Refused(
        "bad_input",
        Bilingual(
            f"{path}：文件名应以 {' 或 '.join(SUFFIXES)} 结尾",
            f"{path}: expected a file name that ends in {' or '.join(SUFFIXES)}",
        ),
        {"field": str(path)},
    )


def _failed(path: Path, error: OSError) -> Refused:
    why = os.strerror(error.errno) if error.errno else str(error)
    return Refused(
        "io",
        Bilingual(
            f"{path}：写不了（{why}）；检查磁盘空间和权限，没有留下写了一半的文件",
            f"{path}: could not be written ({why}); check the disk and the permissions; no "
            "half-written file was left",
        ),
        {"field": str(path)},
    )
