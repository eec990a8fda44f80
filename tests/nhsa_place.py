"""Institutions of a small town whose software talks to the counter, without a network between."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api_place import Clock
from book_place import do, identity
from catalogue_place import OPENED, Town, town_at
from gongji.book.access.sights import Sights
from gongji.book.book import Book
from gongji.book.journal import trial_balance
from gongji.book.places import open_institution
from gongji.book.proof.verify import differences
from gongji.book.schema.sights import SIGHT
from gongji.nhsa.counter import Counter
from gongji.nhsa.mapping import mappings
from gongji.nhsa.messages.envelope import read_message
from gongji.nhsa.messages.exact_json import read_json, write_json
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.tables import tables
from gongji.policy.versions import Library
from nhsa_shapes import differences as misshapen

__all__ = [
    "CARD",
    "HOSPITAL",
    "OTHER",
    "PERSON",
    "PHARMACY",
    "Agency",
    "Software",
    "agency_at",
    "fee",
]

CARD = identity("320402", "19800101", 1)
"""The identity number of the one who is insured."""

PERSON = f"320400{1:014d}"
"""The number by which the interface knows them: the first person of the book."""

HOSPITAL, OTHER, PHARMACY = "H1", "H2", "P1"


class Agency:
    """A book with its counter; the hospital's day is 2024-11-30."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.book: Book = town.book
        self.person = town.person
        self.scheme = town.scheme
        self.clock = Clock()
        self.counter = Counter(town.book, Sights(town.book.store), mappings(), tables(), self.clock)

    def software(self, institution: str = HOSPITAL) -> Software:
        """The software of an institution."""
        return Software(self, institution)

    def trial(self) -> dict[tuple[str, str, str], int]:
        """What is booked, in fen: by the kind, name and owner of accounts; without those empty."""
        with self.book.reading() as connection:
            lines = trial_balance(connection, "320400", self.clock.now.date())
        return {
            (one.account.kind, one.account.name, one.account.owner): one.fen
            for one in lines
            if one.fen
        }

    def sights(self) -> list[tuple[str, str, str]]:
        """What was looked at: the service, who asked for it, and how it ended."""
        with self.book.reading() as connection:
            rows = connection.execute(select(SIGHT).order_by(SIGHT.c.place))
            return [(row.service, row.by, row.outcome) for row in rows]

    def clean(self) -> list[str]:
        """What verifying the book finds."""
        with self.book.reading() as connection:
            return list(differences(connection, self.book.library))


class Software:
    """Asks as an institution's own software does; every answer has to have the tables' shape."""

    _serial = count(1)

    def __init__(self, agency: Agency, institution: str) -> None:
        self.agency = agency
        self.institution = institution
        self.last = ""
        """The number of the last message."""

    def ask(self, infno: str, *, msgid: str = "", **nodes: Any) -> Any:
        """What a transaction answers, as it is on the wire.  Raises `Rejected`."""
        said = self.envelope(infno, nodes, msgid)
        self.last = said["msgid"]
        read = read_message(read_json(write_json(said)), self.agency.counter.tables)
        output = self.agency.counter.answer(read, self.institution)
        transaction = self.agency.counter.tables.transactions[infno]
        assert list(misshapen(transaction, output, self.agency.counter.tables)) == []
        return read_json(write_json(output))

    def fetch(self, number: str, name: str, owner: str = "") -> bytes:
        """The bytes of a file.  Raises `Rejected`."""
        asked = {
            "file_qury_no": number, "filename": name, "fixmedins_code": owner or self.institution,
        }  # fmt: skip
        said = self.envelope("9102", {"fsDownloadIn": asked})
        read = read_message(read_json(write_json(said)), self.agency.counter.tables)
        output = self.agency.counter.answer(read, self.institution)
        assert output is not None
        assert output["filename"] == name
        data: bytes = output["file"]
        return data

    def refused(self, infno: str, **nodes: Any) -> str:
        """The sentence with which a transaction is refused."""
        with pytest.raises(Rejected) as rejected:
            self.ask(infno, **nodes)
        return rejected.value.err_msg

    def envelope(self, infno: str, nodes: Mapping[str, Any], msgid: str = "") -> dict[str, Any]:
        """A whole message."""
        number = next(Software._serial)
        return {
            "infno": infno, "msgid": msgid or f"{self.institution}{number:018d}",
            "mdtrtarea_admvs": "320400", "insuplc_admdvs": "320400", "recer_sys_code": "FSI_LOCAL",
            "infver": "1.0", "opter_type": "1", "opter": "001", "opter_name": "收费员",
            "inf_time": "2024-11-30 09:00:00", "fixmedins_code": self.institution,
            "fixmedins_name": "一院", "sign_no": "", "input": nodes,
        }  # fmt: skip


def agency_at(address: str, folder: Path, library: Library) -> Agency:
    """A town with a small catalogue, two hospitals and a pharmacy, all of which have a counter."""
    town = town_at(address, folder, library)

    def opened(act: Any) -> dict[str, Any]:
        facts = {"provider": "pharmacy", "designated": "yes"}
        open_institution(act, "320400", PHARMACY, "安和大药房", OPENED, facts)
        return {}

    do(town.book, opened, day=OPENED)
    agency = Agency(town)
    agency.clock.now = datetime(2024, 11, 30, 1, tzinfo=UTC)
    return agency


def fee(case: str, serial: str, code: str, count: str, price: str, total: str, **more: Any) -> Any:
    """A line of a bill as 2204 and 2301 take it."""
    return {
        "feedetl_sn": serial, "mdtrt_id": case, "psn_no": PERSON, "chrg_bchno": "B1",
        "rx_circ_flag": "0", "fee_ocur_time": "2024-11-30 08:30:00", "med_list_codg": code,
        "medins_list_codg": f"own-{code}", "det_item_fee_sumamt": total, "cnt": count,
        "pric": price, "bilg_dept_codg": "01", "bilg_dept_name": "内科", "bilg_dr_codg": "D1",
        "bilg_dr_name": "李医生", "hosp_appr_flag": "1", **more,
    }  # fmt: skip
