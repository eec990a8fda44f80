"""The whole way of a batch: tables in, coded, parted by person, settled bucket by bucket, written.

The result is the same whatever the threads, the memory, the order of the input and whether the
programs are compiled: buckets are ranges of persons, and they are written in their order.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event, Lock
from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa

from gongji.batch.arrays import Array
from gongji.batch.buckets import Buckets, Plan, Sample
from gongji.batch.claims import Claims, Rejected, claims_of, households, shared_facts
from gongji.batch.coder import Coder
from gongji.batch.columns import Columns, check_ignored, claim_columns, facts_of, person_columns
from gongji.batch.ids import Ids, Look, mixed
from gongji.batch.persons import persons_at, persons_in_order
from gongji.batch.refusals import Why
from gongji.batch.regimes import Options, Regimes, Shown
from gongji.batch.results import Form
from gongji.batch.rows import Rows
from gongji.batch.seen import Seen
from gongji.batch.settling import Outcome, Settler
from gongji.batch.sources import Part, Source
from gongji.batch.summary import Summary
from gongji.batch.values import Problems, days_of
from gongji.engine.bill import IN_SCOPE, FactValue
from gongji.kernel.layout import MISSING, facts_in_settlements
from gongji.policy.model import Fact, Policy
from gongji.policy.versions import Library

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")

__all__ = ["Job", "Known", "Piece", "Prepared", "Progress", "all_versions", "needed", "run_batch"]

Progress = Callable[[str, int, int], None]
"""Told of a phase, what is done and what there is, in rows."""

_OUTSIDE = ("claim_twice", "lines_differ", "other_line", "line_twice", "unknown_person", "not_yet")


class Known(NamedTuple):
    """What must be known of all claims where a run settles a part of them.

    `regimes` are those of the days of all claims; `spoiled` the ids, as numbers, of claims that
    stand twice among all.
    """

    regimes: Regimes
    spoiled: Array


class Job(NamedTuple):
    """What is to be settled, and how; `memory` are the bytes that waiting rows may take."""

    policies: Library
    policy_id: str
    claims: Source
    persons: Source | None = None
    parameters: Mapping[str, FactValue] = {}
    options: Options = Options()
    ignore: Collection[str] = ()
    threads: int = 1
    memory: int = 1 << 29
    known: Known | None = None


class Piece(NamedTuple):
    """What came of one bucket."""

    table: pa.Table
    rejected: Rejected
    claims: Claims
    outcome: Outcome


class Prepared(NamedTuple):
    """What all buckets share."""

    form: Form
    reasons: list[Why]
    policy: Policy | None
    settler: Settler
    pieces: Iterator[Piece]
    summary: Summary


def run_batch(job: Job, folder: Path, progress: Progress = lambda *_: None) -> Prepared:
    """Prepare a run; what is settled comes out of `pieces`, bucket after bucket.

    `folder` is for what does not fit into memory.  Raises `Refused`.
    """
    return _Run(job, folder, progress).prepared()


def all_versions(library: Library, policy_id: str) -> list[Policy]:
    """Every version of a policy, or the one named with `@`, oldest first.  Raises `Refused`."""
    name = policy_id.partition("@")[0]
    days = [head.in_force.first for head in library.versions(policy_id)]
    return [library.policy(f"{name}@{day}", day) for day in days]


def needed(columns: Columns, versions: Sequence[Policy]) -> Columns:
    """Columns without the facts that no settlement asks for."""
    asked = {fact.name for policy in versions for fact in facts_in_settlements(policy)}
    facts = {name: one for name, one in columns.facts.items() if name in asked}
    return columns._replace(facts=facts)


class _Run:
    def __init__(self, job: Job, folder: Path, progress: Progress) -> None:
        self.job = job
        self.folder = folder
        self.progress = progress
        self.versions = all_versions(job.policies, job.policy_id)
        self.facts: dict[str, Fact] = facts_of(self.versions)
        if job.known is None:  # a part of a table has no columns that are left out
            tables = [job.claims, *([job.persons] if job.persons is not None else [])]
            check_ignored(job.ignore, [table.schema() for table in tables])
        self.columns = claim_columns(
            job.claims.schema(), self.facts, job.claims.name, job.ignore,
            with_persons=job.persons is not None,
        )  # fmt: skip
        self.of_persons: Columns | None = None
        if job.persons is not None:
            self.of_persons = person_columns(
                job.persons.schema(), self.facts, job.persons.name, job.ignore
            )
        self.shared = shared_facts(self.versions)
        self.columns = needed(self.columns, self.versions)
        if self.of_persons is not None:
            self.of_persons = needed(self.of_persons, self.versions)
        self.alike = self._of_persons_in_claims()
        self.reasons: list[Why] = []
        self.lock = Lock()
        self.stopped = Event()
        self.started = time.monotonic_ns()

    def _of_persons_in_claims(self) -> list[str]:
        """The coded columns of claims that say something of the person."""
        names = [name for name in self.columns.facts if self.facts[name].of == "person"]
        texts = [name for name in names if self.facts[name].kind == "text"]
        return [*(f"c_{name}" for name in names), *(f"t_{name}" for name in texts)]

    def prepared(self) -> Prepared:
        """Read everything, and promise the rest."""
        job, columns = self.job, self.columns
        plan, days, rows = self._looked()
        more = [Why(kind) for kind in _OUTSIDE]
        coder = Coder.of(self.versions[-1], self.facts, columns, more, self.ids)
        if self.of_persons is not None:
            of_persons = Coder.of(self.versions[-1], self.facts, self.of_persons, more, self.ids)
            coder.reasons.extend(why for why in of_persons.reasons if why not in coder.reasons)
            coder.reasons.append(Why("person_twice", "person"))
        self.reasons = coder.reasons
        seen = Seen(self.folder, lined=columns.line)
        claims = self._coded(coder, plan, seen, rows)
        with ThreadPoolExecutor(1) as beside:
            twice = beside.submit(seen.twice)
            persons = self._persons(plan)
            spoiled = twice.result()
        if job.known is None:
            regimes = Regimes(job.policies, job.policy_id, job.parameters, days)
        else:
            regimes = job.known.regimes
            spoiled = np.union1d(spoiled, job.known.spoiled)
        by_person = frozenset(self.of_persons.facts) if self.of_persons else frozenset[str]()
        parts = set(columns.money) - {"total"}
        if "total" in columns.money:
            parts |= {IN_SCOPE, "out_of_catalogue"}
        said = frozenset(columns.facts) | by_person
        table = Shown(said, by_person, frozenset(parts), plain=not columns.line)
        settler = Settler(regimes, self.facts, table, job.options, self.reasons, self.stopped)
        form = Form.of(
            regimes,
            job.options,
            claim_text=self.ids.claim.text,
            person_text=self.ids.person.text,
        )
        summary = Summary(rows=rows)
        policy = regimes.list[-1].policy if regimes.list else None
        steps = self._pieces(claims, persons, spoiled, settler, form, summary)
        return Prepared(form, self.reasons, policy, settler, steps, summary)

    # --- reading ---------------------------------------------------------------------------------

    def _looked(self) -> tuple[Plan, Array, int]:
        """A first look: where buckets begin, which days there are, how many rows."""
        sample = Sample()
        days: set[int] = set()
        nothing = [Why("missing_value", "person"), Why("bad_date", "date")]

        def work(part: Part) -> list[tuple[pa.RecordBatch, Array]]:
            found = []
            for batch in part.read():
                problems = Problems(nothing, batch.num_rows)
                found.append((batch, _distinct(days_of(batch["date"], problems, "date"))))
            return found

        schema, typed = self.job.claims.schema(), self.job.claims.typed
        looks = {name: Look(schema.field(name).type, typed=typed) for name in ("person", "claim")}
        # text may turn out to be numbers only when all of it was seen
        names = ["person", "date", *([] if typed else ["claim"])]
        for batches in self._threaded(work, self.job.claims.parts(names)):
            for batch, some in batches:
                days.update(some.tolist())
                looks["person"].add(batch["person"])
                if not typed:
                    looks["claim"].add(batch["claim"])
                sample.add(batch["person"])
            self.progress("look", sample.rows, 0)
        days.discard(MISSING)
        self.ids = Ids(looks["person"].form(), looks["claim"].form())
        plan = sample.plan(self.ids.person, whole=bool(self.shared))
        return plan, np.array(sorted(days), np.int64), sample.rows

    def _coded(self, coder: Coder, plan: Plan, seen: Seen, rows: int) -> Buckets:
        """All claims, coded and parted."""
        buckets = Buckets(plan, self.job.memory, self.folder, "claims")
        unread = np.array([why.about == "claim" for why in self.reasons])

        def work(part: Part) -> tuple[list[list[Array]], list[tuple[int, Rows]]]:
            ids: list[list[Array]] = []
            found: list[tuple[int, Rows]] = []
            first = part.first_row
            for batch in part.read():
                coded = coder.claims(batch, first)
                first += batch.num_rows
                known = ~unread[coded["problem"]]
                every = known.all()
                person = coded["person"]
                if "person_text" in coded:
                    person = mixed(coded["person_text"])
                if "sequence" in coded:
                    person = person ^ (coded["sequence"] * np.int64(0x9E3779B97F4A7C1))
                columns = (coded["claim"], person, coded["day"])
                ids.append([one if every else one[known] for one in columns])
                found += buckets.split(coded)
            return ids, found

        done = 0
        for ids, parts in self._threaded(work, self.job.claims.parts(self.columns.names)):
            for claim, person, day in ids:
                seen.add(claim, person, day)
            buckets.add_split(parts)
            done += sum(len(one["row"]) for _, one in parts)
            self.progress("read", done, rows)
        return buckets

    def _persons(self, plan: Plan) -> Buckets | None:
        if self.job.persons is None or self.of_persons is None:
            return None
        coder = Coder(self.versions[-1], self.facts, self.of_persons, self.reasons, self.ids)
        buckets = Buckets(plan, self.job.memory // 4, self.folder, "persons")

        def work(part: Part) -> list[tuple[int, Rows]]:
            return [one for batch in part.read() for one in buckets.split(coder.persons(batch))]

        for parts in self._threaded(work, self.job.persons.parts(self.of_persons.names)):
            buckets.add_split(parts)
        return buckets

    # --- settling --------------------------------------------------------------------------------

    def _pieces(
        self,
        claims: Buckets,
        persons: Buckets | None,
        spoiled: Array,
        settler: Settler,
        form: Form,
        summary: Summary,
    ) -> Iterator[Piece]:
        twice = self.reasons.index(Why("person_twice", "person")) if persons is not None else 0
        unknown = self.reasons.index(Why("unknown_person"))

        def work(bucket: int) -> Piece | None:
            with self.lock:
                rows = claims.take(bucket)
                of_persons = persons.take(bucket) if persons is not None else None
            if rows is None:
                return None
            if persons is not None:
                of_persons = persons_in_order(of_persons, twice, unknown)
            if self.shared:
                rows["home"] = self._homes(rows, of_persons)
            mine, rejected = claims_of(
                rows, of_persons, spoiled, self.reasons, ["home"] if self.shared else [],
                lined=self.columns.line, alike=self.alike,
            )  # fmt: skip
            outcome = settler.settle(mine)
            return Piece(form.table(mine, outcome), rejected, mine, outcome)

        values = {name: list(fact.values) for name, fact in self.facts.items()}
        done = 0
        for piece in self._threaded(work, iter(range(claims.plan.size))):
            if piece is None:
                continue
            summary.add(piece.table, piece.claims, piece.outcome, values)
            every = self._all_rejected(piece)
            done += piece.claims.size + len(piece.rejected.why)
            summary.rejected_rows += len(every.why)
            summary.settled_rows += piece.claims.size + len(piece.rejected.why) - len(every.why)
            for code, count in enumerate(np.bincount(every.why).tolist()):
                if count:
                    why = self.reasons[code]
                    summary.reasons[(why.kind, why.about)] += count
            summary.milliseconds = (time.monotonic_ns() - self.started) // 1_000_000
            self.progress("settle", done, summary.rows)
            yield piece._replace(rejected=every)
        assert summary.settled_rows + summary.rejected_rows == summary.rows, "no row is lost"

    def _all_rejected(self, piece: Piece) -> Rejected:
        """The rows set apart before, and all lines of the claims that were rejected."""
        claims, outcome = piece.claims, piece.outcome
        if not outcome.why.any():
            return piece.rejected
        claim = np.cumsum(claims.lines > 0) - 1
        starts = np.flatnonzero(claims.lines)
        why = outcome.why[starts][claim]
        bad = np.flatnonzero(why)
        names = [name for name in piece.rejected.rows if name in claims.rows]
        rows = {
            name: np.concatenate([piece.rejected.rows[name], claims.rows[name][bad]])
            for name in names
        }
        return Rejected(rows, np.concatenate([piece.rejected.why, why[bad]]))

    def _homes(self, rows: Rows, persons: Rows | None) -> Array:
        """The number of the household that each claim's person belongs to."""
        texts = {}
        for name in self.shared:
            column = rows.get(f"t_{name}")
            if column is None and persons is not None and f"t_{name}" in persons:
                at, found = persons_at(rows, persons)
                column = np.where(found == 1, persons[f"t_{name}"][at], b"")
            if column is not None:
                texts[f"t_{name}"] = column
        return households({**rows, **texts}, [name[2:] for name in texts])

    # --- threads ---------------------------------------------------------------------------------

    def _threaded(self, work: Callable[[_Item], _Made], items: Iterator[_Item]) -> Iterator[_Made]:
        """Work on items by several threads; the results come in the order of the items."""
        if self.job.threads <= 1:
            for item in items:
                yield work(item)
            return
        waiting: deque[Future[_Made]] = deque()
        with ThreadPoolExecutor(self.job.threads) as pool:
            try:
                for item in items:
                    waiting.append(pool.submit(work, item))
                    if len(waiting) > self.job.threads:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for one in waiting:  # of a run that ends before its time
                    self.stopped.set()
                    one.cancel()


def _distinct(days: Array) -> Array:
    """The days there are; days of any order lie close together."""
    known: Array = days[days != MISSING]
    if not len(known):
        return known
    least = int(known.min())
    span = int(known.max()) - least + 1
    if span > len(known) + 4096:
        every: Array = np.unique(known)
        return every
    there = np.zeros(span, bool)
    there[known - least] = True
    found: Array = np.flatnonzero(there) + least
    return found
