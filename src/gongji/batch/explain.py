"""Any row of a batch explained: settled again by the engine, on the meters of its row."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc

from gongji.batch.by_engine import keys_of, person_of, visit_of
from gongji.batch.regimes import Options
from gongji.batch.run import Job, run_batch
from gongji.batch.sources import Source, TableSource
from gongji.engine.bill import FactValue
from gongji.engine.known import Known
from gongji.engine.meters import ACCOUNT, MeterKey, Meters
from gongji.engine.settle import settle
from gongji.engine.settlement import Settlement
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["explained"]


def explained(
    library: Library,
    policy_id: str,
    claim: str,
    claims: Source,
    persons: Source | None,
    settled: Source,
    parameters: Mapping[str, FactValue],
    ignore: Collection[str] = (),
) -> Settlement:
    """The settlement of one claim, with all its steps.

    `settled` is what a batch wrote with `steps`: the meters before the claim are taken from it.
    Raises `Refused` where the claim is not there, where the row holds no meters, and where the
    engine does not come to what stands in the row: then claims, persons, policy or parameters are
    not those of the batch, or the bill's lines count on meters apart.
    """
    row = _rows(settled, "claim", claim)
    if not row.num_rows:
        raise _not_there(settled, claim)
    if "stations" not in row.column_names:
        raise Refused(
            "missing_column",
            Bilingual(
                f"{settled.name}：没有结算前的累计；用 --steps 重新结算",
                f"{settled.name}: there are no meters before the claims; settle with --steps",
            ),
            {"table": settled.name},
        )
    bill = _rows(claims, "claim", claim)
    if not bill.num_rows:
        raise _not_there(claims, claim)
    people = None
    if persons is not None:
        people = TableSource(_rows(persons, "person", str(bill["person"][0])), persons.name)
    job = Job(
        library,
        policy_id,
        TableSource(bill, claims.name),
        people,
        parameters,
        Options(by="engine"),
        ignore,
    )
    with TemporaryDirectory() as folder:
        run = run_batch(job, Path(folder))
        pieces = list(run.pieces)
    mine = pieces[0].claims
    if not mine.size:
        raise _not_there(claims, claim)
    day = row["date"][0].as_py()
    policy = library.policy(policy_id, day)
    by_person = frozenset(name[2:] for name in (mine.persons or {}) if name.startswith("c_"))
    person = person_of(mine, 0, policy, run.settler.facts, by_person)
    visit = visit_of(mine, range(mine.size), policy, run.settler.facts, by_person)
    known = Known(policy, {**person.facts, **visit.items[0].facts}, parameters, Meters(), day)
    one = settle(policy, person, _meters(row, known), visit, parameters)
    _check(row, one)
    return one


def _rows(source: Source, name: str, wanted: str) -> pa.Table:
    """The rows of a table with an id."""
    schema = source.schema()
    every = (
        batch.filter(pc.equal(batch[name].cast(pa.string()), wanted))
        for part in source.parts(schema.names)
        for batch in part.read()
    )
    found = [one for one in every if one.num_rows]
    return pa.Table.from_batches(found) if found else schema.empty_table()


def _meters(row: pa.Table, known: Known) -> Meters:
    """The meters before a claim as its row tells them."""
    readings: dict[MeterKey, int] = {}
    if "account_before_fen" in row.column_names:
        readings[ACCOUNT] = int(row["account_before_fen"][0].as_py())
    for key in keys_of(known):
        if f"before_{key.meter}" in row.column_names:
            readings[key] = int(row[f"before_{key.meter}"][0].as_py())
    return Meters(readings)


def _check(row: pa.Table, one: Settlement) -> None:
    paid = {f"paid_{fund}_fen": fen for fund, fen in one.payments.items()}
    for name, fen in {**paid, "person_fen": one.person}.items():
        stands = int(row[name][0].as_py())
        if stands != fen:
            raise Refused(
                "not_the_same",
                Bilingual(
                    f"{name}：结果中是 {stands} 分，现在算出 {fen} 分；单据、人员、政策或参数已不是"
                    "当时的，或这张单据各行的累计分开计",
                    f"{name}: the row has {stands} fen, the engine comes to {fen}; claims, persons,"
                    " policy or parameters are not those of the batch, or the lines of the bill "
                    "count on meters apart",
                ),
                {"field": name},
            )


def _not_there(source: Source, claim: str) -> Refused:
    return Refused(
        "unknown_claim",
        Bilingual(f"{source.name}：没有单据 {claim}", f"{source.name}: there is no claim {claim}"),
        {"table": source.name, "claim": claim},
    )
