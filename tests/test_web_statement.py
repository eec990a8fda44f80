"""Statements as people get them: page, PDF and JSON say what was worked out by hand."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from pypdf import PdfReader
from starlette.testclient import TestClient

from gongji.api.application import application
from gongji.book.book import Book
from gongji.book.sealed import Seal
from gongji.book.store import Store
from gongji.demo.making import made_at
from gongji.policy.versions import Library
from gongji.web.site import site
from gongji.web.statement.drawing import statement_html, statement_pdf
from gongji.wording import Refused
from web_place import hidden_in, words_of

AMOUNT = re.compile(r"-?\d{1,3}(?:,\d{3})*\.\d\d(?!\d)")


class Desk:
    """The demo behind its site, and whoever is signed in."""

    def __init__(self, book: Book, passwords: dict[str, str]) -> None:
        clock = lambda: datetime(2025, 1, 31, 1, tzinfo=UTC)  # noqa: E731
        api = application(book, clock)
        self.client = TestClient(
            site(book.library, lambda: date(2025, 1, 31), api), base_url="http://localhost",
            headers={"Origin": "http://localhost"}, follow_redirects=False,
        )  # fmt: skip
        self.passwords = passwords

    def as_(self, name: str | None) -> TestClient:
        """A browser in which somebody is signed in, or nobody."""
        self.client.cookies.clear()
        if name is not None:
            opened = self.client.get("/sign-in")
            said = {**hidden_in(opened), "name": name, "password": self.passwords[name]}
            assert self.client.post("/sign-in", data=said).status_code == 303
        return self.client


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("demo")
    made = made_at(str(folder / "demo.db"), folder / "demo.key", library, 0, 1)
    book = Book(Store(str(folder / "demo.db")), Seal.from_file(folder / "demo.key"), library)
    yield Desk(book, {one.name: one.password for one in made.users})
    book.close()


def numbers_in(said: str) -> list[str]:
    return sorted(AMOUNT.findall(said))


def pdf_text(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def settlement_on(client: TestClient, person: int, day: str) -> int:
    """The settlement of a person's visit on a day that stands."""
    found = client.get(f"/persons/{person}/statement.json?year=2024").json()
    number: int = next(one["number"] for one in found["settlements"] if one["day"] == day)
    return number


# person, day, and by hand: total, the funds that pay, what is borne (see docs/demo.md)
STORIES = [
    (1, "2024-12-10", "200.00", {"pool": "72.00"}, "128.00"),  # 800 - 88 - 240 - 400
    (2, "2024-02-29", "4,000.00", {"pool": "3,800.00"}, "200.00"),  # 4,000 x 95 %
    (4, "2024-05-15", "6,000.00", {"pool": "4,860.00"}, "1,140.00"),  # (6,000 - 600) x 90 %
    # (120,000 - 600) x 95 %; (17,400 + 6,570 - 20,000) x 60 %
    (5, "2024-07-15", "120,000.00", {"pool": "113,430.00", "catastrophic": "2,382.00"}, "4,188.00"),
]


@pytest.mark.parametrize(("person", "day", "total", "funds", "borne"), STORIES)
def test_all_forms_say_what_was_worked_out_by_hand(
    desk: Desk, person: int, day: str, total: str, funds: dict[str, str], borne: str
) -> None:
    client = desk.as_("supervisor")
    path = f"/settlements/{settlement_on(client, person, day)}/statement"
    record = client.get(f"{path}.json").json()
    page = client.get(path)
    data = client.get(f"{path}.pdf")
    rows = dict(re.findall(r'<th scope="row">([^<]*)</th><td class="num">([^<]*)</td>', page.text))
    titles = {one["line"]: one["title"]["zh"] for one in record["lines"]}
    assert (rows["医疗费总额"], rows["个人负担"]) == (total, borne)
    paid = {fund: rows[titles[f"fund {fund}"]] for fund in record["payments"]}
    assert {fund: fen for fund, fen in paid.items() if fen != "0.00"} == funds
    assert [record["total"], record["person"]] == [one.replace(",", "") for one in (total, borne)]
    said = pdf_text(data.content)
    assert numbers_in(said) == numbers_in(words_of(page))
    for text in (said, page.text):
        assert record["code"] in text
    assert data.headers["content-type"] == "application/pdf"
    assert "no-store" in data.headers["cache-control"]


def test_a_year_in_all_forms(desk: Desk) -> None:
    """江映月: 2,400 credited, 990 at two visits, 750 for her father; 660 are left."""
    client = desk.as_("supervisor")
    path = "/persons/17/statement"
    record = client.get(f"{path}.json?year=2024").json()
    assert record["account"] == {
        "opening": "0.00", "closing": "660.00",
        "moves": {"credit": "2400.00", "family_payment": "-750.00", "settlement": "-990.00"},
    }  # fmt: skip
    page = client.get(f"{path}?year=2024&lang=en")
    assert "At the end" in page.text
    said = words_of(page)
    assert "credited 2,400.00 paid for relatives -750.00 paid at visits -990.00" in said
    assert "At the end 660.00" in said
    text = pdf_text(client.get(f"{path}.pdf?year=2024&lang=en").content)
    assert numbers_in(text) == numbers_in(said)
    client.cookies.clear()


def test_what_relatives_paid_stands_on_the_paper(desk: Desk) -> None:
    """江河清: of 1,400 the pool pays 650, and his daughter's account the 750 that he bears."""
    client = desk.as_("supervisor")
    number = settlement_on(client, 12, "2024-10-09")
    record = client.get(f"/settlements/{number}/statement.json").json()
    assert (record["person"], record["relatives"]) == ("750.00", "750.00")
    assert "其中亲属账户支付 750.00" in words_of(
        client.get(f"/settlements/{number}/statement?lang=zh")
    )


def test_a_settlement_that_no_longer_stands_says_so(desk: Desk) -> None:
    """罗一鸣: the first stay was cancelled (S2), the second settled again."""
    client = desk.as_("supervisor")
    (first, second, third) = (
        client.get(f"/v1/settlements/{one}/statement", headers=_bearer(desk)).json()
        for one in _of_person(desk, 4)
    )
    assert (first["state"], second["state"], third["state"]) == (
        "cancelled", "superseded", "in_force",
    )  # fmt: skip
    # less the deductible of a second stay at tier 2: (6,000 - 360) x 90 %
    assert (second["payments"]["pool"], third["payments"]["pool"]) == ("5076.00", "4860.00")
    page = client.get(f"/settlements/{second['number']}/statement?lang=zh")
    assert f"已重新结算：以结算 S{third['number']} 为准" in page.text
    assert "已撤销" in client.get(f"/settlements/{first['number']}/statement?lang=zh").text


def _bearer(desk: Desk) -> dict[str, str]:
    said = {"name": "supervisor", "password": desk.passwords["supervisor"]}
    token = desk.client.post("/v1/tokens", json=said).json()["token"]
    return {"Authorization": f"Bearer {token}"}


def _of_person(desk: Desk, person: int) -> list[int]:
    found = desk.client.get(f"/v1/settlements?person={person}", headers=_bearer(desk)).json()
    return [one["settlement"] for one in found["items"]]


# --- who sees what -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "settlement", "status"),
    [
        ("insured", 4, 200), ("insured", 5, 404), ("hospital", 30, 200), ("hospital", 4, 404),
        ("clerk", 4, 200), ("auditor", 4, 200), (None, 4, 303), ("clerk", 999, 404),
    ],
)  # fmt: skip
def test_statements_are_open_to_those_whose_they_are(
    desk: Desk, who: str | None, settlement: int, status: int
) -> None:
    answer = desk.as_(who).get(f"/settlements/{settlement}/statement")
    assert answer.status_code == status
    if who is None:
        assert answer.headers["location"] == f"/sign-in?then=/settlements/{settlement}/statement"


def test_the_insured_come_to_their_own_year(desk: Desk) -> None:
    client = desk.as_("insured")
    answer = client.get("/year/statement?year=2024")
    assert answer.headers["location"] == "/persons/1/statement?year=2024"
    assert "苏晚" in client.get(answer.headers["location"]).text
    assert client.get("/persons/2/statement?year=2024").status_code == 404
    assert desk.as_("hospital").get("/persons/1/statement?year=2024").status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/settlements/4/statement.docx", 404), ("/settlements/x/statement", 404),
        ("/settlements/0/statement", 404), ("/settlements/9999999999999999/statement", 404),
        ("/persons/1/statement?year=abc", 422), ("/persons/1/statement?year=2019", 422),
    ],
)  # fmt: skip
def test_addresses_that_lead_nowhere_are_told_in_words(desk: Desk, path: str, status: int) -> None:
    answer = desk.as_("clerk").get(path)
    assert (answer.status_code, "<h1>" in answer.text) == (status, True)


def test_names_are_no_markup(desk: Desk) -> None:
    client = desk.as_("supervisor")
    record: dict[str, Any] = client.get("/settlements/4/statement.json").json()
    record["holder"]["name"] = record["institution"]["name"] = "<script>alert(1)</script>"
    assert "<script" not in statement_html(record, "zh")
    assert unescape(statement_html(record, "zh")).count("<script>alert(1)</script>") == 2


# --- papers that somebody was handed -------------------------------------------------------------


def verified(desk: Desk, number: str, code: str) -> httpx.Response:
    client = desk.as_(None)
    opened = client.get("/verify?lang=zh")
    found: httpx.Response = client.post(
        "/verify", data={**hidden_in(opened), "number": number, "code": code}
    )
    return found


def test_anybody_checks_a_paper(desk: Desk) -> None:
    client = desk.as_("supervisor")
    record = client.get("/settlements/4/statement.json").json()
    year = client.get("/persons/1/statement.json?year=2024").json()
    page = verified(desk, "s4", record["code"].lower())
    assert "有效" in page.text
    assert "60.00" in page.text
    for personal in ("苏晚", record["holder"]["masked"], record["institution"]["name"]):
        assert personal not in page.text
    assert "1,195.00" in verified(desk, f"Y{year['number']}", year["code"]).text
    forged = record["code"][:-1] + ("0" if record["code"][-1] != "0" else "1")
    assert "编号和验证码不符" in verified(desk, "S4", forged).text
    short = verified(desk, "S4", "ABC")
    assert short.status_code == 422
    assert "20 位" in short.text
    assert 'value="S4"' in short.text


def test_a_form_of_another_site_checks_nothing(desk: Desk) -> None:
    client = desk.as_(None)
    answer = client.post("/verify", data={"number": "S4", "code": "0" * 20})
    assert answer.status_code == 403


# --- without what PDFs need ----------------------------------------------------------------------


def test_without_weasyprint_there_is_a_refusal_in_words(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = desk.as_("clerk")
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    answer = client.get("/settlements/4/statement.pdf?lang=zh")
    assert answer.status_code == 422
    assert "gongji[pdf]" in answer.text
    assert client.get("/settlements/4/statement").status_code == 200


def test_without_pango_there_is_a_refusal_in_words(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = desk.as_("clerk").get("/settlements/4/statement.json").json()
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library pango')")
    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(Refused, match="Pango") as refused:
        statement_pdf(record, "zh")
    assert refused.value.kind == "missing_library"
