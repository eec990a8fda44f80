"""The counter: a message that was let in is done, looked up or tried, and answered.

Nothing that is sent ends in anything but an answer in the protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple
from zlib import crc32

from sqlalchemy import select

from gongji.book.access.sights import Sight, Sights
from gongji.book.acts import Act, Asked, Json, day_in_china
from gongji.book.book import Book
from gongji.book.schema.places import INSTITUTION
from gongji.book.store import OF_THE_STORE
from gongji.nhsa.mapping import Mappings
from gongji.nhsa.messages.call import Call, Output, Sender
from gongji.nhsa.messages.checking import checked_input, transaction_of
from gongji.nhsa.messages.envelope import Message
from gongji.nhsa.messages.given import Given
from gongji.nhsa.messages.numbers import number_in
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.messages.wire import as_it_leaves
from gongji.nhsa.services import Look, Service, Trial, Work
from gongji.nhsa.tables import Tables
from gongji.nhsa.transactions import (
    accumulators,
    benefits,
    catalogue,
    catalogue_pages,
    dictionaries,
    fee_queries,
    filed,
    files,
    filings,
    outpatients,
    persons,
    pharmacies,
    queries,
    reconciling,
    reversal,
    settlement_lists,
    signing,
    ward_bills,
    wards,
)
from gongji.wording import Refused

__all__ = ["SERVICES", "Counter"]

SERVICES: Mapping[str, Service] = {
    **outpatients.SERVICES,
    **pharmacies.SERVICES,
    **reversal.SERVICES,
    **ward_bills.SERVICES,
    **wards.SERVICES,
    **catalogue.SERVICES,
    **catalogue_pages.SERVICES,
    **dictionaries.SERVICES,
    **files.SERVICES,
    **reconciling.SERVICES,
    **settlement_lists.SERVICES,
    **signing.SERVICES,
    **persons.SERVICES,
    **benefits.SERVICES,
    **filings.SERVICES,
    **filed.SERVICES,
    **queries.SERVICES,
    **fee_queries.SERVICES,
    **accumulators.SERVICES,
}
"""What stands behind each transaction, by its number."""


_OURS = {*OF_THE_STORE, "wrong_key"}
"""Refusals that are for those who run the server: they name its insides."""


class Counter(NamedTuple):
    """Where messages are answered: the book, its sights, what codes mean, the tables, the clock."""

    book: Book
    sights: Sights
    mappings: Mappings
    tables: Tables
    clock: Callable[[], datetime]

    def answer(self, message: Message, institution: str) -> Any:
        """What a message of an institution is answered.

        Raises `Rejected` in words for whatever cannot be done; then nothing of it is kept.  What
        ails the book itself goes on as it is.
        """
        at = self.clock()
        try:
            call = self._call(message, institution, at)
            service = SERVICES.get(call.transaction)
            if service is None:
                raise Rejected(f"交易 {message.infno} 暂未开通", "unknown_transaction")
            output = self._done(call, service, message)
            return as_it_leaves(self.tables.transactions[message.infno], output)
        except Refused as refused:
            if refused.kind in _OURS:
                raise
            if refused.kind == "key_used":
                raise Rejected(
                    f"msgid（发送方报文ID）：{message.msgid} 已用于另一个请求；"
                    "新的请求请换新的 msgid",
                    refused.kind,
                ) from None
            raise Rejected.of(refused) from None

    def _call(self, message: Message, institution: str, at: datetime) -> Call:
        if message.fixmedins_code != institution:
            raise Rejected(
                f"fixmedins_code：报文里是 {message.fixmedins_code}，签名属于 {institution}"
            )
        transaction = transaction_of(self.tables, message.infno)
        rows = checked_input(transaction, message.input, self.tables)
        nodes = {name: [Given(name, row) for row in found] for name, found in rows.items()}
        with self.book.reading() as connection:
            row = connection.execute(
                select(INSTITUTION).where(INSTITUTION.c.code == institution)
            ).one_or_none()
        if row is None:
            raise Rejected(f"fixmedins_code：没有登记编号为 {institution} 的定点医药机构")
        sender = Sender(row.code, row.name, row.area)
        return Call(
            transaction.base or message.infno.removesuffix("A"), message.msgid, message.opter,
            sender, nodes, at, self.book, self.mappings, self.tables, message.infno,
        )  # fmt: skip

    def _done(self, call: Call, service: Service, message: Message) -> Output:
        """Do what is asked; looks and trials leave the trace of a look."""
        if isinstance(service, Work):
            asked = self._asked(call, message)
            strand = crc32(message.msgid.encode())
            return _kept(self.book.do(asked, _work(service.do, call), strand))
        outcome, output = "done", None
        try:
            output = self._looked(call, service, message)
        except Rejected:
            outcome = "rejected"
            raise
        except Refused as refused:
            outcome = refused.kind
            raise
        finally:
            service_name, whom = f"nhsa_{call.transaction}", _whom(call, output)
            self.sights.write(Sight(call.at, _who(call), service_name, "", whom, outcome))
        return output

    def _looked(self, call: Call, service: Look | Trial, message: Message) -> Output:
        """What is read, or worked out and undone."""
        if isinstance(service, Look):
            with self.book.reading() as connection:
                return service.read(call, connection)
        return _kept(self.book.tried(self._asked(call, message), _work(service.work, call)))

    def _asked(self, call: Call, message: Message) -> Asked:
        """The request of an act; the number of the message is its key."""
        said = _plainly(message.input, _files(call))
        request = {"infno": message.infno, "input": said, "operator": call.operator}
        key = f"{message.infno} {message.msgid}"
        day = day_in_china(call.at)
        return Asked(f"nhsa_{call.transaction}", request, _who(call), call.at, day, key)


def _files(call: Call) -> dict[str, str]:
    """The fields of a message that are files, and instead of each its hash."""
    return {
        name: f"sha256 {sha256(value).hexdigest()}"
        for rows in call.nodes.values()
        for row in rows
        for name, value in row.fields.items()
        if isinstance(value, bytes)
    }


def _plainly(said: Any, files: Mapping[str, str]) -> Any:
    """What was said with its numbers as text, to be kept; files are kept elsewhere."""
    if isinstance(said, Mapping):
        return {name: files.get(name) or _plainly(one, files) for name, one in said.items()}
    if isinstance(said, list):
        return [_plainly(one, files) for one in said]
    return format(said, "f") if isinstance(said, Decimal) else said


def _who(call: Call) -> str:
    return f"nhsa {call.sender.code}"


def _whom(call: Call, output: Output) -> int | None:
    """Whom a look concerns: who was named, or who was found by a card."""
    named = [row.text("psn_no") for rows in call.nodes.values() for row in rows]
    if output is not None and "baseinfo" in output:
        named.append(output["baseinfo"]["psn_no"])
    for one in named:
        with suppress(Rejected):
            return number_in(one, "psn_no")
    return None


def _work(do: Callable[[Call, Act], Output], call: Call) -> Callable[[Act], Json]:
    def work(act: Act) -> Json:
        return {"output": do(call, act)}

    return work


def _kept(answer: Json) -> Output:
    output: Output = answer["output"]
    return output
