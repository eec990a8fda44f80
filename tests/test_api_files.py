"""Files over HTTP: a month's contributions, tried and taken; what is wrong is told by its row."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import openpyxl
import pytest

from api_place import CARD, House, house_at, key, ok
from api_table import insure, send_file
from book_place import identity
from gongji.book.proof.verify import differences
from gongji.policy.versions import Library

OTHER = identity("320402", "19820202", 2)


@pytest.fixture
def house(address: str, tmp_path: Path, library: Library) -> Iterator[House]:
    with house_at(address, tmp_path, library) as found:
        yield found


def clean(house: House) -> list[str]:
    with house.book.reading() as connection:
        return list(differences(connection, house.book.library))


def two(clerk: httpx.Client) -> None:
    """A second insured person."""
    said = {"identity": OTHER, "name": "李四"}
    person = ok(clerk.post("/persons", json=said, headers=key()))["person"]
    insure(clerk, person)


# Changzhou: the employer pays 8.8 %, the employee 2 %.  Of 8,000: 704.00 and 160.00.  Of 6,000:
# 528.00 and 120.00.  Together 1,232.00 and 280.00, 1,512.00 in all.

WAGES = f"身份证号,period,wage\n{CARD},2024-01,8000\n{OTHER},2024-01,6000\n"
ARRIVED = (
    "identity,period,amount,arrived\n"
    f"{CARD},2024-01,864.00,2024-01-15\n"
    f"{OTHER},2024-01,648.00,2024-01-20\n"
)


def test_a_month_is_tried_declared_owed_and_received(house: House) -> None:
    with house.client("clerk") as clerk:
        two(clerk)
        dues, receipts, owing = (
            f"/schemes/{house.town.scheme}/{one}"
            for one in ("dues/file", "receipts/file", "owing?through=2024-01")
        )
        wanted = {"rows": 2, "shares": {"employee": "280.00", "employer": "1232.00"}}
        assert ok(send_file(clerk, f"{dues}?try=yes", WAGES)) == wanted
        assert ok(clerk.get(owing))["items"] == []
        same = key()
        assert ok(send_file(clerk, dues, WAGES, same)) == wanted
        assert ok(send_file(clerk, dues, WAGES, same)) == wanted  # sent again, done once
        used = send_file(clerk, dues, WAGES.replace("6000", "7000"), same)
        assert (used.status_code, used.json()["kind"]) == (422, "key_used")
        first = ok(clerk.get(f"{owing}&most=1"))
        assert [one["unpaid"] for one in first["items"]] == [
            {"employee": "160.00", "employer": "704.00"}
        ]
        rest = ok(clerk.get(owing, params={"through": "2024-01", "after": first["next"]}))
        assert (len(rest["items"]), rest["next"]) == (1, None)
        assert rest["items"][0]["unpaid"] == {"employee": "120.00", "employer": "528.00"}
        assert ok(send_file(clerk, receipts, ARRIVED)) == {"rows": 2, "amount": "1512.00"}
        assert ok(clerk.get(owing))["items"] == []
        amounts = [one["amount"] for one in ok(clerk.get("/receipts"))["items"]]
        assert amounts == ["864.00", "648.00"]
    assert clean(house) == []


def test_a_spreadsheet_is_a_file_too(house: House) -> None:
    table = openpyxl.Workbook()
    sheet = table.active
    assert sheet is not None
    for row in (["identity", "period", "wage"], [CARD, "2024-01", 8000]):
        sheet.append(row)
    data = io.BytesIO()
    table.save(data)
    with house.client("clerk") as clerk:
        found = send_file(clerk, "/schemes/1/dues/file", data.getvalue())
        assert ok(found) == {"rows": 1, "shares": {"employee": "160.00", "employer": "704.00"}}


def test_a_file_with_wrong_rows_is_refused_as_a_whole(house: House) -> None:
    with house.client("clerk") as clerk:
        two(clerk)
        wrong = f"{WAGES}{identity('320402', '19990909', 9)},2024-01,6000\n{CARD},2024-13,6000\n"
        path = "/schemes/1/dues/file?file=一月.csv"
        refused = send_file(clerk, path, wrong, {**key(), "Accept-Language": "en"})
        problem = refused.json()
        assert (refused.status_code, problem["kind"]) == (422, "bad_file")
        assert problem["detail"].startswith("一月.csv has 2 problems and none of it was taken")
        assert [one[:14] for one in problem["details"]["problems"]] == [
            "row 4 identity", "row 5 period: ",
        ]  # fmt: skip
        assert CARD not in refused.text
        assert ok(clerk.get("/schemes/1/owing?through=2024-12&since=2024-01"))["items"] == []


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "是空的"),
        (b"identity,period\n", "没有内容"),
        ("identity,月份,wage\n".encode(), "没有“月份”"),
        (b"PK\x03\x04 and nothing more", "XLSX"),
        (b"\xff\xfei\x00d\x00", "UTF-16"),
        (f'identity,period,wage\n"{CARD},2024-01'.encode(), "引号"),
    ],
)
def test_bodies_that_are_no_such_file(
    tmp_path: Path, library: Library, data: bytes, told: str
) -> None:
    with (
        house_at(str(tmp_path / "book.db"), tmp_path, library) as house,
        house.client("clerk") as clerk,
    ):
        refused = send_file(clerk, "/schemes/1/dues/file", data)
        assert (refused.status_code, refused.json()["kind"]) == (422, "bad_file")
        assert told in refused.json()["detail"]


def test_benefit_comes_with_the_clause_that_decides(house: House) -> None:
    """Paid up to December 2023 and not for January: suspended from February on."""
    mine = f"/persons/{house.town.person}/entitlement?day=2024-03-15"
    house.clock.forward(days=1)
    with house.client("clerk") as clerk, house.client("insured") as insured:
        ok(send_file(clerk, "/schemes/1/dues/file", WAGES.partition(OTHER)[0]))
        found = ok(insured.get(mine))
        assert (found["entitled"], found["answer"]["question"]) == (False, "suspension")
        assert found["clauses"]
        assert set(found["clauses"]) <= {
            one["clause"] for one in found["answer"]["citations"]
        }  # fmt: skip
        before = ok(insured.get(f"{mine}&known_on=2024-11-30"))  # when nothing was owed
        assert (before["entitled"], before["answer"]["question"]) == (True, "benefit_start")


def test_a_preview_tells_what_every_row_would_do_and_keeps_nothing(house: House) -> None:
    with house.client("clerk") as clerk:
        two(clerk)
        data = WAGES + f"{CARD},2024-01,8000\n{identity('320402', '19850505', 5)},2024-01,\n"
        found = ok(send_file(clerk, "/schemes/1/dues/file/preview?file=a.csv", data))
        assert (found["rows"], found["wrong"], found["more"]) == (4, 2, False)
        assert found["shares"] == {"employee": "280.00", "employer": "1232.00"}
        first, second, again, unknown = found["items"]
        assert first["shares"] == {"employee": "160.00", "employer": "704.00"}
        assert second["masked"] == "320402********0029"[:14] + OTHER[-4:]
        assert [one["column"] for one in again["wrong"]] == ["period"]
        assert [one["column"] for one in unknown["wrong"]] == ["identity"]
        few = ok(send_file(clerk, "/schemes/1/dues/file/preview?most=3", data))
        assert [one["row"] for one in few["items"]] == [2, 4, 5]  # wrong ones before others
        assert few["more"]
        assert ok(clerk.get("/schemes/1/owing?through=2024-12&since=2024-01"))["items"] == []
        assert ok(send_file(clerk, "/schemes/1/dues/file", WAGES))["rows"] == 2
        paid = ok(send_file(clerk, "/schemes/1/receipts/file/preview", ARRIVED))
        assert paid["shares"] == {"employee": "280.00", "employer": "1232.00"}
        assert ok(clerk.get("/receipts"))["items"] == []
        ok(send_file(clerk, "/schemes/1/receipts/file", ARRIVED))
        number = ok(clerk.get("/receipts"))["items"][0]["receipt"]
        receipt = ok(clerk.get(f"/receipts/{number}"))
        assert {one["share"]: one["amount"] for one in receipt["paid"]} == {
            "employee": "160.00", "employer": "704.00",
        }  # fmt: skip
    assert clean(house) == []
