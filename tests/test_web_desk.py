"""The desk: what a clerk does about persons, with every effect shown before it is one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from openpyxl import Workbook

from api_place import CARD
from book_place import identity
from gongji.policy.versions import Library
from web_place import Browser, Site, hidden_in, site_at, told_in, words_of

NEW = identity("320402", "19900312", 12)
DUES = f"身份证号,所属期,本人上年月平均工资\n{CARD},2024-03,6000\n{CARD},2024-04,6000\n"
"""A wage of 6,000: the person pays 2 %, 120.00, the employer 8.8 %, 528.00 a month."""

CHRONIC = {
    "question": "chronic_registration", "day": "2024-11-01", "facts.chronic_applied": "diabetes",
    "facts.evidence_from": "community", "facts.uploaded_on": "2024-11-01",
}  # fmt: skip
APPLY = "/desk/persons/1/registrations/new?question=chronic_registration"
PAPERS = ["medical_record", "test_report"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("desk")
    with site_at(str(folder / "book.db"), folder, library) as found:
        yield found


@pytest.fixture
def fresh(tmp_path: Path, library: Library) -> Iterator[Site]:
    with site_at(str(tmp_path / "book.db"), tmp_path, library) as found:
        yield found


@pytest.fixture
def clerk(fresh: Site) -> Iterator[Browser]:
    with fresh.browser("clerk") as browser:
        yield browser


def upload(
    browser: Browser, data: bytes, kind: str = "dues", name: str = "a.csv"
) -> httpx.Response:
    page = f"/desk/contributions?scheme=1&kind={kind}"
    said = {"scheme": "1", "kind": kind, "step": "preview"}
    return browser.send(page, said, "/desk/contributions", files={"file": (name, data)})


def confirm(browser: Browser, preview: httpx.Response) -> httpx.Response:
    return browser.client.post("/desk/contributions", data={**hidden_in(preview), "step": "do"})


# --- the box ------------------------------------------------------------------------------------


def test_one_hit_is_gone_to_several_are_chosen_from(clerk: Browser) -> None:
    found = clerk.send("/desk", {"text": CARD}, "/desk/find")
    assert (found.status_code, found.headers["location"]) == (303, "/desk/persons/1")
    clerk.send("/desk/enrol", {"identity": NEW, "name": "张五"})
    several = clerk.send("/desk", {"text": "张"}, "/desk/find")
    assert several.status_code == 200
    assert re.findall(r'href="(/desk/persons/\d+)"', several.text) == [
        "/desk/persons/1", "/desk/persons/2",
    ]  # fmt: skip


def test_what_is_being_typed_is_answered_with_the_hits_alone(clerk: Browser) -> None:
    clerk.client.headers["HX-Request"] = "true"
    part = clerk.send("/desk", {"text": "zhangsan"}, "/desk/find")
    assert "<html" not in part.text
    assert "/desk/persons/1" in part.text
    assert clerk.send("/desk", {"text": ""}, "/desk/find").text.strip() == ""
    typing = clerk.send("/desk", {"text": "32040219800101001"}, "/desk/find")
    assert (typing.status_code, typing.text.strip()) == (200, "")  # no complaint half-way


def test_a_card_with_a_wrong_check_digit_is_told_and_nobody_found_is_said(clerk: Browser) -> None:
    wrong = CARD[:-1] + ("1" if CARD[-1] != "1" else "2")
    answer = clerk.send("/desk", {"text": wrong}, "/desk/find")
    assert answer.status_code == 422
    assert "校验码" in words_of(answer)
    assert "没有查到" in words_of(clerk.send("/desk", {"text": "欧阳"}, "/desk/find"))


# --- enrolling ----------------------------------------------------------------------------------


def test_a_person_is_registered_then_asked_what_the_policy_goes_by_then_insured(
    clerk: Browser,
) -> None:
    done = clerk.send("/desk/enrol", {"identity": NEW, "name": "李四"})
    where = done.headers["location"]
    assert where == "/desk/persons/2/memberships/new"
    form = clerk.get(where)
    assert "已登记" in words_of(form)
    asked = set(re.findall(r'name="facts\.(\w+)"', form.text))
    assert asked == {"category", "surgery_date", "insured_as", "wage"}
    # not what registrations, approvals and contributions set
    said = {"scheme": "1", "since": "2024.5.1", "facts.category": "active",
            "facts.insured_as": "employee", "facts.wage": "8,000"}  # fmt: skip
    done = clerk.again(form, said, where)
    assert (done.status_code, done.headers["location"]) == (303, "/desk/persons/2")
    facts = words_of(clerk.get("/desk/persons/2/facts"))
    assert "现为 8,000.00" in facts
    again = clerk.send(where, said)
    assert again.status_code == 409
    assert "不能重复参保" in words_of(again)


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"identity": NEW[:-1] + ("1" if NEW[-1] != "1" else "2")}, "identity", "校验码"),
        ({"identity": "９９"}, "identity", "18 位"),
        ({"name": ""}, "name", "没有写"),
        ({"name": "李" * 101}, "name", "100"),
        ({"identity": "<script>alert(1)</script>"}, "identity", "身份证号"),
    ],
)
def test_what_is_no_person_stays_as_typed_with_the_reason_beside_it(
    place: Site, said: dict[str, str], field: str, words: str
) -> None:
    with place.browser("clerk") as browser:
        answer = browser.send("/desk/enrol", {"identity": NEW, "name": "李四", **said})
        assert answer.status_code == 422
        assert f'id="w-{field}"' in answer.text
        assert words in " ".join(told_in(answer))
        assert not any(one.startswith(field) for one in told_in(answer))
        assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"since": "2024-02-30"}, "since"),
        ({"since": "昨天"}, "since"),
        ({"facts.wage": "八千"}, "facts.wage"),
        ({"facts.wage": "-1"}, "facts.wage"),
        ({"facts.wage": "8000.001"}, "facts.wage"),
        ({"facts.category": "king"}, "facts.category"),
        ({"employer": "E99"}, "employer"),
        ({"since": "1970-01-01"}, "since"),
    ],
)
def test_a_membership_that_cannot_be_is_refused_beside_its_field(
    clerk: Browser, said: dict[str, str], field: str
) -> None:
    where = clerk.send("/desk/enrol", {"identity": NEW, "name": "李四"}).headers["location"]
    right = {"scheme": "1", "since": "2024-05-01", "facts.category": "active",
             "facts.insured_as": "employee"}  # fmt: skip
    answer = clerk.send(where, {**right, **said})
    assert answer.status_code == 422
    assert f'id="w-{field}"' in answer.text
    (typed,) = said.values()
    assert f'value="{typed}"' in answer.text or field in ("facts.category", "employer")


def test_a_form_sent_twice_has_one_effect(clerk: Browser) -> None:
    opened = clerk.get("/desk/persons/1/approvals")
    said = {"facts.aid_category": "dibao", "since": "2024-09-01", "office": "天宁区民政局",
            "reference": "2024-7"}  # fmt: skip
    first = clerk.again(opened, said, "/desk/persons/1/approvals")
    second = clerk.again(opened, said, "/desk/persons/1/approvals")
    assert (first.status_code, second.status_code) == (303, 303)
    assert clerk.get("/desk/persons/1/approvals").text.count("天宁区民政局") == 1


def test_a_form_that_was_refused_is_mended_and_sent_as_it_came_back(clerk: Browser) -> None:
    answer = clerk.send("/desk/enrol", {"identity": NEW, "name": ""})
    assert answer.status_code == 422
    done = clerk.again(answer, {"identity": NEW, "name": "李四"}, "/desk/enrol")
    assert done.headers["location"] == "/desk/persons/2/memberships/new"


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/desk/persons/1/dues/declare?lang=en", "/desk/persons/1/dues?lang=en"),
        ("/desk/persons/1/dues/7/withdraw", "/desk/persons/1/dues"),
        ("/desk/registrations/1/papers", "/desk/registrations/1"),
        ("/desk/receipts/1/take-back", "/desk/receipts/1"),
    ],
)
def test_where_a_form_was_sent_leads_back_to_its_page(place: Site, address: str, page: str) -> None:
    with place.browser("clerk") as browser:
        answer = browser.get(address)
        assert (answer.status_code, answer.headers["location"]) == (303, page)


def test_a_form_of_another_session_is_refused(fresh: Site) -> None:
    with fresh.browser("clerk") as one, fresh.browser("clerk") as other:
        theirs = hidden_in(one.get("/desk/enrol"))
        said = {**theirs, "identity": NEW, "name": "李四"}
        answer = other.client.post("/desk/enrol", data=said)
        assert answer.status_code == 403
        assert "没有办理" in words_of(answer)
        assert "没有查到" in words_of(one.send("/desk", {"text": NEW}, "/desk/find"))


def test_a_fact_that_others_set_is_not_asked_and_not_taken(clerk: Browser) -> None:
    page = clerk.get("/desk/persons/1/facts")
    for name in ("entitlement", "chronic_diseases", "aid_category", "hardship", "first_paid"):
        assert f'name="facts.{name}"' not in page.text
    answer = clerk.again(page, {"since": "2024-06-01", "facts.hardship": "yes"},
                         "/desk/persons/1/facts")  # fmt: skip
    assert answer.status_code == 422  # what is not asked is not sent on, so nothing was said
    assert "至少填一项" in words_of(answer)


def test_a_membership_is_ended_and_stays_ended(clerk: Browser) -> None:
    page = "/desk/persons/1/memberships/1/end"
    wrong = clerk.send(page, {"last": "2023-01-01"})
    assert wrong.status_code == 422
    assert 'id="w-last"' in wrong.text
    assert clerk.send(page, {"last": "2024-06-30"}).status_code == 303
    assert "2024-06-30" in words_of(clerk.get("/desk/persons/1/dues"))
    assert clerk.get("/desk/persons/1/memberships/99/end").status_code == 404


# --- contributions ------------------------------------------------------------------------------


def test_a_due_is_declared_received_and_taken_back(clerk: Browser) -> None:
    page = "/desk/persons/1/dues"
    declared = clerk.send(page, {"period": "2024-03", "facts.wage": "6000"}, f"{page}/declare")
    assert declared.status_code == 303
    shown = words_of(clerk.get(page))
    assert "2024-03 648.00 个人缴费 120.00 ，单位缴费 528.00 待缴 648.00" in shown
    said = {"dues": ["1"], "amount": "600", "arrived": "2024-03-15"}
    short = clerk.send(page, said, f"{page}/receive")
    assert short.status_code == 422
    assert "648.00" in " ".join(told_in(short))
    assert 'value="600"' in short.text
    paid = clerk.send(page, {**said, "amount": "648.00"}, f"{page}/receive")
    assert paid.status_code == 303
    assert "待缴 648.00" not in words_of(clerk.get(page))
    receipt = words_of(clerk.get("/desk/receipts/1"))
    assert "个人缴费 120.00" in receipt
    assert "单位缴费 528.00" in receipt
    back = clerk.send("/desk/receipts/1", {}, "/desk/receipts/1/take-back")
    assert back.status_code == 303
    assert "待缴 648.00" in words_of(clerk.get(page))
    assert clerk.send(page, {}, f"{page}/1/withdraw").status_code == 303
    assert "已撤回" in words_of(clerk.get(page))


def test_what_was_paid_before_is_carried_over(clerk: Browser) -> None:
    page = "/desk/persons/1/dues"
    said = {"first_paid": "2012-01-10", "through": "2023-12", "months": "145"}
    # from January 2012 to December 2023 are 12 x 12 = 144 months
    much = clerk.send(page, said, f"{page}/carry-over")
    assert much.status_code == 422
    assert "144" in " ".join(told_in(much))
    assert clerk.send(page, {**said, "months": "144"}, f"{page}/carry-over").status_code == 303


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"period": "2024-13"}, "2024-13"),
        ({"period": "三月"}, "月份"),
        ({"period": "2024-03", "facts.wage": "abc"}, "不是金额"),
        ({"period": "2023-03"}, "2023-03"),
    ],
)
def test_a_due_that_cannot_be_is_refused(place: Site, said: dict[str, str], words: str) -> None:
    with place.browser("clerk") as browser:
        page = "/desk/persons/1/dues"
        answer = browser.send(page, said, f"{page}/declare")
        assert answer.status_code == 422
        assert words in words_of(answer)
        assert f'value="{said["period"]}"' in answer.text


def test_a_file_is_shown_row_by_row_and_then_done_without_being_chosen_again(
    clerk: Browser,
) -> None:
    preview = upload(clerk, DUES.encode())
    text = words_of(preview)
    assert preview.status_code == 200
    # 2 x 120.00 and 2 x 528.00
    assert "行数 2 有问题 0" in text
    assert "个人缴费（元） 240.00" in text
    assert "1,056.00" in text
    assert "2 P1 320402********001" in text
    assert "2024-03 个人缴费 120.00 ，单位缴费 528.00" in text
    assert "还没有申报过" in words_of(clerk.get("/desk/persons/1/dues"))  # nothing yet
    done = confirm(clerk, preview)
    assert done.status_code == 303
    again = confirm(clerk, preview)  # a double click
    assert again.status_code == 303
    assert words_of(clerk.get("/desk/persons/1/dues")).count("待缴 648.00") == 2
    arrived = f"身份证号,所属期,金额,到账日\n{CARD},2024-03,648.00,2024-03-15\n"
    paid = upload(clerk, arrived.encode("gb18030"), "receipts")
    assert "个人缴费 120.00 ，单位缴费 528.00" in words_of(paid)
    assert confirm(clerk, paid).status_code == 303
    owing = words_of(clerk.get("/desk/contributions?scheme=1&since=2024-01&through=2024-12"))
    assert "P1 2024-04 个人缴费 120.00 ，单位缴费 528.00" in owing
    assert "P1 2024-03" not in owing


def test_rows_that_are_wrong_stand_with_their_reasons_and_nothing_can_be_confirmed(
    place: Site,
) -> None:
    rows = [
        f"{CARD},2024-07,6000",  # right
        f"{NEW},2024-07,6000",  # nobody
        f"{CARD},2024-13,六千",
        f"{CARD},2024-07,6000",  # a second time
        f"{CARD},2024-08,=1+1",
        "3.20402E+17,2024-07,6000",  # a spreadsheet took it for an amount
        "32040219800101,2024-07,6000",
    ]
    data = "身份证号,所属期,本人上年月平均工资\n" + "\n".join(rows) + "\n"
    with place.browser("clerk") as browser:
        preview = upload(browser, data.encode())
        text = words_of(preview)
        assert "行数 7 有问题 6" in text
        assert "“3.20402E+17”是表格软件改过的" in text
        assert "应为 18 位，这里是 14 位" in text
        assert "没有登记过这个身份证号" in text
        assert "“六千”不是金额" in text
        assert "已经申报过" in text
        assert "“=1+1”不是金额" in text
        assert 'name="content"' not in preview.text
        assert "还没有申报过" in words_of(browser.get("/desk/persons/1/dues"))


def spreadsheet() -> bytes:
    book, data = Workbook(), BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(["身份证号", "所属期", "本人上年月平均工资"])
    sheet.append([CARD, "2024-09", "=6000"])
    book.save(data)
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.csv", "请先选择文件"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a.csv", "不是文字的字符"),
        (b"PK\x03\x04 not a book", "a.xlsx", "不是完好的 XLSX"),
        ("身份证号,月份\n".encode(), "a.csv", "月份"),
        ("身份证号,所属期\n".encode(), "a.csv", "没有内容"),
        (b"x" * (6 * 2**20), "a.csv", "最多 5 MB"),
        (b"x" * (20 * 2**20), "a.csv", "大"),
    ],
    ids=["empty", "picture", "broken", "column", "no rows", "6 MB", "20 MB"],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(
    place: Site, data: bytes, name: str, words: str
) -> None:
    with place.browser("clerk") as browser:
        answer = upload(browser, data, name=name)
        assert answer.status_code in (200, 413, 422)
        assert words in words_of(answer)
        assert 'name="content"' not in answer.text
        assert "Traceback" not in answer.text


def test_a_formula_in_a_spreadsheet_is_no_amount(place: Site) -> None:
    with place.browser("clerk") as browser:
        text = words_of(upload(browser, spreadsheet(), name="a.xlsx"))
        # a formula that no spreadsheet worked out has no value, and nobody knows the wage
        assert "行数 1 有问题 1" in text


def test_a_file_that_was_changed_in_the_page_is_not_done(place: Site) -> None:
    with place.browser("clerk") as browser:
        preview = upload(browser, DUES.replace("2024-03", "2024-10").encode())
        said = {**hidden_in(preview), "step": "do", "content": "AAAA"}
        answer = browser.client.post("/desk/contributions", data=said)
        assert answer.status_code == 422
        assert "重新选择文件" in words_of(answer)


def test_the_empty_table_has_the_columns_of_the_policy(place: Site) -> None:
    with place.browser("clerk") as browser:
        table = browser.get("/desk/contributions/template?scheme=1&kind=dues")
        assert (
            table.content.decode("utf-8-sig").strip()
            == "身份证号,所属期,参保身份,本人上年月平均工资"
        )
        assert "attachment" in table.headers["content-disposition"]


# --- registrations ------------------------------------------------------------------------------


def test_a_registration_shows_what_it_grants_and_what_a_bill_costs_then(clerk: Browser) -> None:
    tried = clerk.send(APPLY, {**CHRONIC, "papers": PAPERS, "step": "try"})
    text = words_of(tried)
    assert tried.status_code == 200
    assert "还没有办理" in text
    assert "自 2024-11-01 起生效" in text
    assert "登记的慢性病：糖尿病" in text
    # 10,000 of outpatient care at primary level.  Without: 600 first, 80 % of the 8,400 up to 9,000
    # is 6,720, the rest is above the limit (CZE-048), which leaves 3,280.  With one disease the
    # fund pays 80 % up to 800 first (CZE-061, CZE-062), so of 1,000; of the 9,000 that go on 600
    # first and 6,720 as before: 7,520, which leaves 2,480.
    assert "不登记 3,280.00 6,720.00" in text
    assert "登记后 2,480.00 7,520.00" in text
    assert "少付 800.00" in text
    assert not clerk.get("/desk/registrations?state=all").text.count('/desk/registrations/1"')
    small = words_of(
        clerk.send(APPLY, {**CHRONIC, "papers": PAPERS, "step": "try", "bill_amount": "nothing"})
    )
    assert "不是金额" in small
    done = clerk.send(APPLY, {**CHRONIC, "papers": PAPERS, "step": "do"})
    assert (done.status_code, done.headers["location"]) == (303, "/desk/registrations/1")
    assert "登记 R1 已生效，自 2024-11-01 起" in words_of(clerk.get("/desk/registrations/1"))


def test_one_that_lacks_papers_waits_until_they_are_brought(clerk: Browser) -> None:
    said = {**CHRONIC, "papers": PAPERS[:1]}
    tried = words_of(clerk.send(APPLY, {**said, "step": "try"}))
    assert "还缺 检查化验报告" in tried
    assert "少付 800.00" in tried  # what it would be with them
    assert clerk.send(APPLY, {**said, "step": "do"}).headers["location"] == "/desk/registrations/1"
    assert "登记待补材料" in words_of(clerk.get("/desk"))
    waiting = words_of(clerk.get("/desk/registrations?state=pending"))
    assert "R1 P1" in waiting
    page, brought = "/desk/registrations/1", {"papers": ["test_report"]}
    early = clerk.send(page, {**brought, "day": "2024-10-01"}, f"{page}/papers")
    assert early.status_code == 422
    assert "早于申请日" in words_of(early)
    done = clerk.send(page, {**brought, "day": "2024-11-05"}, f"{page}/papers")
    assert done.status_code == 303
    assert "生效" in words_of(clerk.get(page))
    assert clerk.send(page, {"last": "2024-11-20"}, f"{page}/end").status_code == 303
    assert "已结束" in words_of(clerk.get(page))


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"facts.chronic_applied": ""}, "facts.chronic_applied", "还没有填"),
        ({"facts.chronic_applied": "cold"}, "facts.chronic_applied", "没有“cold”"),
        ({"facts.uploaded_on": "2024-02-30"}, "facts.uploaded_on", "日期"),
        ({"day": "2024-31-12"}, "day", "日期"),
        ({"day": "2024-12-31"}, "day", "还没有到"),
    ],
)
def test_an_application_that_cannot_be_says_which_answer_it_is(
    place: Site, change: dict[str, str], field: str, words: str
) -> None:
    with place.browser("clerk") as browser:
        answer = browser.send(APPLY, {**CHRONIC, "papers": PAPERS, "step": "try", **change})
        assert answer.status_code == 422
        assert f'id="w-{field}"' in answer.text
        assert words in " ".join(told_in(answer))
        assert "event." not in words_of(answer)


# --- turns of life ------------------------------------------------------------------------------


def test_retirement_is_shown_with_its_clause_before_it_is_assessed(clerk: Browser) -> None:
    page = "/desk/persons/1/retirement"
    said = {"day": "2024-06-10", "months_paid": "300", "facts.retirement_age_reached": "yes"}
    tried = clerk.send(page, {**said, "step": "try"})
    # a man needs 25 years, 300 months (CZE-028)
    assert "自 2024-06-10 起退休" in words_of(tried)
    assert "/clauses/CZE-028" in tried.text
    assert "在职" in words_of(clerk.get("/desk/persons/1/facts"))
    short = clerk.send(page, {**said, "months_paid": "288", "step": "try"})
    # 12 months of 5,000 at 8 % are 12 x 400
    assert "先一次性补缴 4,800.00 元" in words_of(short)
    odd = clerk.send(page, {**said, "months_paid": "两百", "step": "try"})
    assert odd.status_code == 422
    assert 'id="w-months_paid"' in odd.text
    done = clerk.again(tried, {**said, "step": "do"}, page)
    assert (done.status_code, done.headers["location"]) == (303, "/desk/persons/1")
    assert "退休" in words_of(clerk.get("/desk/persons/1/facts"))


def test_a_death_shows_what_it_ends_before_it_is_written_down(clerk: Browser) -> None:
    page = "/desk/persons/1/death"
    tried = clerk.send(page, {"day": "2024-11-01", "step": "try"})
    assert "到 2024-11-01 为止" in words_of(tried)
    assert "2024-11-01" not in words_of(clerk.get("/desk/persons/1/dues"))
    assert clerk.send(page, {"day": "2025-01-01", "step": "try"}).status_code == 422
    assert clerk.again(tried, {"day": "2024-11-01", "step": "do"}, page).status_code == 303
    assert "2024-11-01" in words_of(clerk.get("/desk/persons/1/dues"))


def test_who_moves_leaves_with_a_record_and_who_comes_brings_one(clerk: Browser) -> None:
    page = "/desk/persons/1/transfers/out"
    said = {"last": "2024-08-31", "other": "某市", "months_paid": "176", "balance": "stays"}
    nowhere = clerk.send(page, {**said, "other": "", "step": "try"})
    assert "没有写" in " ".join(told_in(nowhere))
    along = clerk.send(page, {**said, "balance": "goes_along", "step": "do"})
    assert along.status_code == 403
    assert "由主管办理" in words_of(along)
    tried = clerk.send(page, {**said, "step": "try"})
    assert "凭证写明缴费 176 个月，转往 某市" in words_of(tried)
    assert clerk.again(tried, {**said, "step": "do"}, page).status_code == 303
    assert "至 2024-08-31" in words_of(clerk.get(page))


def test_a_transfer_in_counts_its_months(clerk: Browser) -> None:
    page = "/desk/persons/1/transfers/in"
    said = {"other": "某市", "months_paid": "24", "previous_end": "2023-12-31",
            "arrived": "2024-01-05"}  # fmt: skip
    assert clerk.send(page, {**said, "amount": "很多"}).status_code == 422
    assert clerk.send(page, said).status_code == 303
    assert "转入，来自 某市 · 24 个月 · 0.00 元" in words_of(clerk.get(page))


# --- who may -------------------------------------------------------------------------------------

OFFICE = (403, 403, 200, 200, 200)
ALL = (403, 200, 200, 200, 200)
CLERK = (403, 403, 200, 403, 403)
PAGES = {
    "/desk": ALL,
    "/desk/find": ALL,
    "/desk/persons": OFFICE,
    "/desk/enrol": CLERK,
    "/desk/persons/1/memberships/new": CLERK,
    "/desk/persons/1/memberships/1/end": CLERK,
    "/desk/persons/1/facts": CLERK,
    "/desk/persons/1/dues": OFFICE,
    "/desk/persons/1/retirement": CLERK,
    "/desk/persons/1/retirement/top-up": CLERK,
    "/desk/persons/1/death": CLERK,
    "/desk/persons/1/transfers/out": (403, 403, 200, 200, 403),
    "/desk/persons/1/transfers/in": CLERK,
    "/desk/persons/1/approvals": CLERK,
    "/desk/persons/1/registrations/new": CLERK,
    "/desk/registrations": OFFICE,
    "/desk/contributions": OFFICE,
    "/desk/contributions/template": OFFICE,
}
ROLES = ("insured", "institution", "clerk", "supervisor", "auditor")


@pytest.mark.parametrize("at", range(len(ROLES)), ids=ROLES)
def test_every_page_is_open_to_its_roles_and_says_so_to_others(place: Site, at: int) -> None:
    with place.browser(ROLES[at]) as browser:
        for page, statuses in PAGES.items():
            answer = browser.get(page)
            assert answer.status_code == statuses[at], page
            if statuses[at] == 403:
                assert "不对您的角色开放" in words_of(answer), page


def test_who_is_not_signed_in_is_asked_to_sign_in(place: Site) -> None:
    with place.browser() as browser:
        for page in PAGES:
            answer = browser.get(page)
            assert answer.status_code == 303, page
            assert answer.headers["location"].startswith("/sign-in?then=/desk"), page


@pytest.mark.parametrize(
    "page",
    [
        "/desk/persons/99/dues",
        "/desk/persons/99/registrations/new",
        "/desk/persons/x/facts",
        "/desk/persons/1e3/facts",
        "/desk/registrations/99",
        "/desk/receipts/99",
        "/desk/persons/999999999999999999999/dues",
    ],
)
def test_what_is_not_there_is_said_not_to_be(place: Site, page: str) -> None:
    with place.browser("clerk") as browser:
        answer = browser.get(page)
        assert answer.status_code == 404
        assert "没有" in words_of(answer)
    with place.browser("clerk", "en") as browser:
        assert re.search(r"\bno\b|not found", words_of(browser.get(page)), re.IGNORECASE)


def test_only_a_clerk_sends_files(place: Site) -> None:
    with place.browser("supervisor") as browser:
        answer = upload(browser, DUES.encode())
        assert answer.status_code == 403
