"""A settlement as the API tells it, made ready for the page that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from gongji.engine.settlement import BurdenLine
from gongji.explain.names import Cite, Names
from gongji.policy.versions import Library
from gongji.web.amounts import fen_of
from gongji.web.explained.waterfall import Bar, bars
from gongji.wording import Bilingual

__all__ = ["Line", "Told", "cite_of", "told", "words_of"]


class Line(NamedTuple):
    """One step in words: its sentence, its arithmetic, and the clauses behind it."""

    text: Bilingual
    arithmetic: str
    cites: tuple[Cite, ...]


class Told(NamedTuple):
    """A settlement as a page shows it; amounts in fen, `quoted` what the clauses say.

    `account` and `cash` are None where the document does not say what the account pays.
    """

    policy: str
    title: Bilingual
    version: str
    document: str
    day: str
    total: int
    funds: int
    person: int
    account: int | None
    cash: int | None
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    quoted: Mapping[str, str]
    left: tuple[Bilingual, ...]
    notes: tuple[Bilingual, ...]
    assumptions: tuple[Bilingual, ...]
    readings: tuple[tuple[Cite, Bilingual], ...]


def told(library: Library, record: Mapping[str, Any]) -> Told:
    """A settlement out of the record of it that the API gives."""
    policy = library.policy(record["policy"], date.fromisoformat(record["version"]))
    document = library.document(policy.document)
    lines = tuple(
        Line(words_of(one["label"]), one["arithmetic"], tuple(map(cite_of, one["citations"])))
        for one in record["steps"]
    )
    cited = {cite.clause for line in lines for cite in line.cites}
    total = fen_of(record["total"])
    payments = {fund: fen_of(text) for fund, text in record["payments"].items()}
    burden = [
        BurdenLine(one["cause"], one["benefit"], fen_of(one["amount"]), fen_of(one["from_account"]))
        for one in record["burden"]
    ]
    account, cash = record["account"], record["cash"]
    return Told(
        policy=policy.id, title=policy.title, version=record["version"],
        document=record["document"], day=record["date"], total=total,
        funds=sum(payments.values()), person=fen_of(record["person"]),
        account=None if account is None else fen_of(account),
        cash=None if cash is None else fen_of(cash),
        bars=bars(total, payments, burden, Names(policy, document)), lines=lines,
        quoted={name: document.clauses[name].rule for name in cited if name in document.clauses},
        left=tuple(words_of(one["text"]) for one in record["left"]),
        notes=tuple(map(words_of, record["notes"])),
        assumptions=tuple(map(words_of, record["assumptions"])),
        readings=tuple((cite_of(one), words_of(one["text"])) for one in record["readings"]),
    )  # fmt: skip


def words_of(record: Mapping[str, str]) -> Bilingual:
    """Words in both languages, as the API gives them."""
    return Bilingual(record["zh"], record["en"])


def cite_of(record: Mapping[str, Any]) -> Cite:
    """A clause behind a figure, as the API gives it."""
    return Cite(
        record["clause"], record["document"], record["place"], bool(record["reading"]),
        record["file"],
    )  # fmt: skip
