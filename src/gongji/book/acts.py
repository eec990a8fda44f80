"""Acts: the only way anything changes.  One request, one transaction, one answer, never done twice.

An act is written before its work begins and hangs itself on its strand when the work is done.  Each
hash covers the one before it, so an act that was edited, left out or put in between shows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import chain
from json.encoder import encode_basestring as _quoted
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from gongji.book.schema.acts import ACT, STRAND
from gongji.book.sealed import Seal
from gongji.book.statements import InsertNew, sent
from gongji.book.store import Store
from gongji.wording import Bilingual, Refused

__all__ = [
    "STRANDS",
    "Act",
    "Asked",
    "Json",
    "answered_before",
    "began",
    "broken_acts",
    "canonical",
    "check_key",
    "day_in_china",
    "done",
    "hash_of",
    "in_china",
    "moment_of",
]

STRANDS = 16
"""How many acts can end at the same moment."""

Json = Mapping[str, Any]

_FIRST = bytes(32)
_AT_A_TIME = 1000
_HASHED = (
    "id", "at", "day", "by", "service", "key", "request", "digest", "answer", "strand", "place",
    "before",
)  # fmt: skip
_IN_ONE_FORM = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_NOTHING: Mapping[object, str] = {None: "null", 0: "0", "": '""'}
"""How links of a chain say that a field holds nothing."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CHINA = timezone(timedelta(hours=8))
_MICROSECOND = timedelta(microseconds=1)


class Asked(NamedTuple):
    """Who asks for what.

    `at` is the moment, `day` the day it counts as known; `key` is the caller's own mark for the
    request, so that it is done once however often it arrives.
    """

    service: str
    request: Json
    by: str
    at: datetime
    day: date
    key: str | None = None


class Act(NamedTuple):
    """An act that is under way: its number, its transaction, and who asked for what."""

    number: int
    connection: Connection
    seal: Seal
    asked: Asked


def done(
    store: Store, seal: Seal, asked: Asked, work: Callable[[Act], Json], strand: int = 0
) -> Json:
    """Do the work of a request, or answer as before where it was done already.

    `strand` is any number that spreads acts, such as the person's.  Raises what `work` raises, and
    then nothing is done; `Refused`: `key_used` where the key stands for another request,
    `cut_off` where the database went away.  The work is called again where the database has to
    undo it because of another writer.
    """
    request = canonical(asked.request)
    digest = seal.hash(f"{asked.service} {request}")
    row = {
        "at": moment_of(asked.at), "day": asked.day, "by": asked.by,
        "service": asked.service, "key": asked.key, "request": seal.sealed(request),
        "digest": digest, "answer": b"",
        "strand": strand % STRANDS, "place": None, "before": None, "hash": None,
    }  # fmt: skip

    def once(connection: Connection) -> Json:
        number = _BEGINNING.done(connection, row)
        if number is None:
            return _answered(connection, seal, asked, digest)
        answer = work(Act(number, connection, seal, asked))
        _ended(connection, {**row, "id": number, "answer": seal.sealed(canonical(answer))})
        return answer

    return store.written(once)


def answered_before(act: Act, key: str) -> Json | None:
    """What was answered to another request of the same caller, by its key; None where none was.

    One that is under way beside is waited for.
    """
    asked = act.asked
    probe = {
        "at": moment_of(asked.at), "day": asked.day, "by": asked.by, "service": asked.service,
        "key": key, "request": b"", "digest": b"", "answer": b"", "strand": 0, "place": None,
        "before": None, "hash": None,
    }  # fmt: skip
    with act.connection.begin_nested() as tried:
        there = _BEGINNING.done(act.connection, probe) is None
        tried.rollback()
    if not there:
        return None
    (found,) = sent(act.connection, _DONE, {"by": asked.by, "key": key})
    answer: Json = json.loads(act.seal.opened(found.answer))
    return answer


def canonical(value: object) -> str:
    """JSON in one form: the same text for the same content."""
    return _IN_ONE_FORM.encode(value)


def day_in_china(at: datetime) -> date:
    """The day of a moment: days in the book are days in China, wherever the program runs."""
    return in_china(at).date()


def in_china(at: datetime) -> datetime:
    """A moment by the clocks of China."""
    return at.astimezone(_CHINA)


def moment_of(at: datetime) -> int:
    """A moment as it is kept: microseconds since 1970 in UTC."""
    return (at - _EPOCH) // _MICROSECOND


def began(day: date) -> int:
    """The moment at which a day begins in China, as it is kept."""
    return moment_of(datetime(day.year, day.month, day.day, tzinfo=_CHINA))


def check_key(connection: Connection, seal: Seal) -> None:
    """Make sure that a key is that of the book.  Raises `Refused` (`wrong_key`)."""
    request = connection.scalar(select(ACT.c.request).order_by(ACT.c.id).limit(1))
    if request is not None:
        seal.opened(request)


# --- rows ----------------------------------------------------------------------------------------

_BEGINNING = InsertNew(ACT, ACT.c.id, (ACT.c.by, ACT.c.key))
_DONE = select(ACT.c.digest, ACT.c.answer).where(
    (ACT.c.by == bindparam("by")) & (ACT.c.key == bindparam("key"))
)
_STRAND = STRAND.c.number == bindparam("strand")
_LAST = select(STRAND.c.place, STRAND.c.hash).where(_STRAND).with_for_update()
_LENGTHENED = update(STRAND).where(_STRAND).values(place=bindparam("last"), hash=bindparam("hash"))
_HUNG = (
    update(ACT)
    .where(ACT.c.id == bindparam("act"))
    .values({name: bindparam(name) for name in ("answer", "place", "before", "hash")})
)


def _answered(connection: Connection, seal: Seal, asked: Asked, digest: bytes) -> Json:
    """What was answered to a request that was done already."""
    (found,) = sent(connection, _DONE, {"by": asked.by, "key": asked.key})
    if found.digest != digest:
        raise Refused(
            "key_used",
            Bilingual(
                f"幂等键 {asked.key} 已用于另一个请求；新的请求请换新的键",
                f"the idempotency key {asked.key} stands for another request; take a new key for a "
                "new request",
            ),
            {"field": "key"},
        )
    answer: Json = json.loads(seal.opened(found.answer))
    return answer


def _ended(connection: Connection, act: Mapping[str, Any]) -> None:
    """Hang an act on its strand; the strand is held from here to the end of the transaction."""
    strand = act["strand"]
    (last,) = sent(connection, _LAST, {"strand": strand})
    made = {**act, "place": last.place + 1, "before": last.hash}
    hashed = hash_of(made[name] for name in _HASHED)
    hung = {name: made[name] for name in ("answer", "place", "before")}
    sent(connection, _HUNG, {"act": act["id"], **hung, "hash": hashed})
    sent(connection, _LENGTHENED, {"strand": strand, "last": made["place"], "hash": hashed})


def hash_of(parts: Iterable[object]) -> bytes:
    """The hash of a link in a chain: all that it holds, the hash before it too.

    Bytes follow the words, which say how many they are; so nothing can pass for another.
    """
    words = []
    data = [b""]
    for part in parts:
        if isinstance(part, bytes):
            words.append(str(len(part)))
            data.append(part)
        elif part:
            words.append(_quoted(str(part)))
        else:
            words.append(_NOTHING[part])
    data[0] = f"[{','.join(words)}]".encode()
    return hashlib.sha256(b"".join(data)).digest()


def broken_acts(
    connection: Connection, told: Callable[[int], None] = lambda _: None
) -> Iterator[Bilingual]:
    """What does not hold in the strands of acts; nothing where all hold.

    `told` is told how many were looked at, now and then.
    """
    last = dict.fromkeys(range(STRANDS), (0, _FIRST))
    columns = [ACT.c[name] for name in _HASHED]
    rows = connection.execute(
        select(ACT.c.hash, *columns).order_by(ACT.c.strand, ACT.c.place),
        execution_options={"yield_per": _AT_A_TIME},
    )
    for done, (hashed, *parts) in enumerate(chain.from_iterable(rows.partitions())):
        if not done % _AT_A_TIME:
            told(done)
        number, (strand, place, before) = parts[0], parts[-3:]
        if hashed is None:
            yield Bilingual(f"操作 {number}：没有做完", f"act {number}: it never ended")
            continue
        last_place, last_hash = last.get(strand, (0, _FIRST))
        if (place, before) != (last_place + 1, last_hash):
            yield Bilingual(
                f"操作 {number}：第 {strand} 条链上它之前的操作不见了",
                f"act {number}: what came before it on strand {strand} is not there",
            )
        if hashed != hash_of(parts):
            yield Bilingual(
                f"操作 {number}：与写下时不同", f"act {number}: it is not as it was written"
            )
        last[strand] = place, hashed
    rows = connection.execute(select(STRAND.c.number, STRAND.c.place, STRAND.c.hash))
    ends = {number: (place, hashed) for number, place, hashed in rows}
    for strand, end in last.items():
        if ends.get(strand) != end:
            yield Bilingual(
                f"第 {strand} 条链：最后的操作不见了",
                f"strand {strand}: its last acts are not there",
            )
