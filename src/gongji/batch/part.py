"""A part of all claims, settled where it lies: all claims of some persons, and those persons.

This is what runs in the workers of a cluster.  It knows Arrow and nothing of who calls it; the
policies come with the order, so that every worker settles by the very same.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gongji.batch.arrays import Array
from gongji.batch.columns import is_text
from gongji.batch.given import GivenVersions
from gongji.batch.ids import IdForm, ids_of
from gongji.batch.refusals import Why
from gongji.batch.regimes import Options, Regimes
from gongji.batch.results import Form, rejects_table
from gongji.batch.run import Job, Known, Piece, Prepared, run_batch
from gongji.batch.sources import TableSource
from gongji.batch.values import Problems, days_of, reasons_of
from gongji.engine.bill import FactValue
from gongji.kernel.layout import MISSING
from gongji.policy.model import Policy
from gongji.wording import Bilingual, Refused

__all__ = ["REASONS", "Order", "code_digest", "day_numbers", "form_of", "settle_part"]

REASONS = ("reason", "about", "message_zh", "message_en")
"""The columns that say why a row was rejected; null in settled rows."""


class Order(NamedTuple):
    """What is to be done with every part.

    `days` are the numbers of all days that any claim has; `claims` and `persons` the columns of
    the tables, `persons` None where there are none.
    """

    versions: list[Policy]
    policy_id: str
    parameters: Mapping[str, FactValue]
    days: Array
    claims: pa.Schema
    persons: pa.Schema | None
    options: Options
    ignore: frozenset[str]

    def packed(self) -> bytes:
        """The order as it is sent to the workers."""
        return pickle.dumps(self, protocol=5)

    def regimes(self) -> Regimes:
        """Which rules hold on which of the days."""
        library = GivenVersions(self.versions)
        return Regimes(library, self.policy_id, self.parameters, self.days)


def form_of(order: Order, regimes: Regimes) -> pa.Schema:
    """The columns that `settle_part` gives: settled ones, the line, and the reasons."""
    text = {name: is_text(order.claims.field(name).type) for name in ("claim", "person")}
    schema = Form.of(
        regimes, order.options, claim_text=text["claim"], person_text=text["person"]
    ).schema
    if "line" in order.claims.names:
        schema = schema.append(order.claims.field("line"))
    for name in REASONS:
        schema = schema.append(pa.field(name, pa.string()))
    return schema


def settle_part(batches: Iterable[pa.RecordBatch], packed: bytes, code: str) -> Iterator[pa.Table]:
    """Settle the claims in the column `claim`, with the persons in the column `person`.

    A row of `batches` holds one or the other; `twice` says of a claim that its id stands again
    elsewhere.  All of them are in memory at a time.  Raises `Refused` where this machine has
    another gongji than the one that gave the order.
    """
    if code != code_digest():
        raise _other_code()
    order, regimes, form = _opened(packed)
    claims, persons, spoiled = _gathered(order, batches)
    if not claims.num_rows:
        return
    job = Job(
        GivenVersions(order.versions),
        order.policy_id,
        TableSource(claims, "claims"),
        None if persons is None else TableSource(persons, "persons"),
        order.parameters,
        order.options,
        order.ignore,
        known=Known(regimes, spoiled),
    )
    with TemporaryDirectory() as folder:
        run = run_batch(job, Path(folder))
        for piece in run.pieces:
            yield from _told(piece, run, claims, form)


@lru_cache(maxsize=4)
def _opened(packed: bytes) -> tuple[Order, Regimes, pa.Schema]:
    """An order, once for each worker: with its regimes stay the compiled programs."""
    order: Order = pickle.loads(packed)  # noqa: S301 - our own, from the driver
    regimes = order.regimes()
    return order, regimes, form_of(order, regimes)


def _gathered(
    order: Order, batches: Iterable[pa.RecordBatch]
) -> tuple[pa.Table, pa.Table | None, Array]:
    """The claims, the persons, and the ids as numbers of the claims that stand twice."""
    claims: list[pa.RecordBatch] = []
    persons: list[pa.RecordBatch] = []
    spoiled = [np.zeros(0, np.int64)]
    for batch in batches:
        found = _held(batch, "claim")
        claims.append(found)
        twice = batch["twice"].filter(batch["claim"].is_valid()).fill_null(False)
        if pc.any(twice).as_py():
            ids = found["claim"].filter(twice)
            problems = Problems([Why(""), *reasons_of(["claim"])], len(ids))
            spoiled.append(ids_of(ids, problems, "claim", IdForm(is_text(ids.type)))[0])
        if order.persons is not None:
            persons.append(_held(batch, "person"))
    of_persons = None
    if order.persons is not None:
        of_persons = pa.Table.from_batches(persons, order.persons).combine_chunks()
    every = pa.Table.from_batches(claims, order.claims).combine_chunks()
    return every, of_persons, np.unique(np.concatenate(spoiled))


def _held(batch: pa.RecordBatch, name: str) -> pa.RecordBatch:
    """The rows that are in a column of records."""
    column = batch[name]
    there = column.filter(column.is_valid())
    return pa.RecordBatch.from_arrays(there.flatten(), names=[one.name for one in column.type])


def _told(piece: Piece, run: Prepared, claims: pa.Table, form: pa.Schema) -> Iterator[pa.Table]:
    """What came of a bucket: settled rows, and rejected ones with the reason."""
    table = piece.table
    if table.num_rows:
        nulls = [pa.nulls(table.num_rows, field.type) for field in form]
        yield pa.Table.from_arrays([*table.columns, *nulls[len(table.columns) :]], schema=form)
    if len(piece.rejected.why):
        rejects = rejects_table([piece.rejected], run.reasons, run.policy)
        told = claims.take(pc.subtract(rejects["row"], 1))
        columns = []
        for field in form:
            if field.name in ("claim", "person", "line"):
                columns.append(told[field.name].cast(field.type))
            elif field.name in REASONS:
                columns.append(rejects[field.name])
            else:
                columns.append(pa.nulls(rejects.num_rows, field.type))
        yield pa.Table.from_arrays(columns, schema=form)


def day_numbers(dates: pa.Array) -> pa.Array:
    """Dates, or dates as text, as their numbers in the calendar; null where there is none."""
    days = days_of(dates, Problems([Why("bad_date", "date")], len(dates)), "date")
    return pa.array(days, pa.int64(), mask=days == MISSING)


@lru_cache(maxsize=1)
def code_digest() -> str:
    """The SHA-256 of the code of this gongji, the same on all machines that have the same."""
    folder = Path(__file__).resolve().parent.parent
    digest = sha256()
    for path in sorted(folder.rglob("*.py")):
        text = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{path.relative_to(folder).as_posix()} {len(text)}\n".encode())
        digest.update(text)
    return digest.hexdigest()


def _other_code() -> Refused:
    return Refused(
        "other_version",
        Bilingual(
            "这台机器上的 gongji 与发起任务的不是同一版本；各台机器都装同一版本，或随任务打包环境",
            "this machine has another version of gongji than the one that started the job; install "
            "the same one on all machines, or send the environment with the job",
        ),
    )
