"""The policy library: figures as documents print them, what changed, clauses, search, findings."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import date
from fractions import Fraction
from html.parser import HTMLParser
from urllib.parse import quote, urlencode

import pytest
from starlette.testclient import TestClient

from gongji.policy.model import Figure, Policy
from gongji.policy.versions import Library
from gongji.web.library import checking
from gongji.web.library.changes import Changes, changes_of
from gongji.web.library.reading import Reading, reading_of
from gongji.web.library.search import Found, index_of
from gongji.web.library.sheets import Sheet
from gongji.web.library.shelf import Shelf, shelf_of
from gongji.web.site import site

ZH = {"Accept-Language": "zh"}
EN = {"Accept-Language": "en"}
PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def browser(library: Library) -> TestClient:
    return TestClient(site(library, lambda: date(2024, 6, 1)))


@pytest.fixture(scope="module")
def shelf(library: Library) -> Shelf:
    return shelf_of(library)


def reading(library: Library, version: str) -> Reading:
    policy = library.policy(version, date.fromisoformat(version.partition("@")[2]))
    return reading_of(policy, library.document(policy.document))


def sheets(one: Reading) -> dict[str, Sheet]:
    parts = (*one.figures, *one.other_figures)
    return {sheet.title.zh: sheet for part in parts for sheet in part.sheets}


def rows(sheet: Sheet) -> list[list[str]]:
    return [
        [*(head.words.zh for head in line.heads), *(cell.words.zh for cell in line.cells)]
        for line in sheet.lines
    ]


def text_of(browser: TestClient, address: str, language: dict[str, str] = ZH) -> str:
    answer = browser.get(address, headers=language)
    assert answer.status_code == 200, address
    text: str = answer.text
    return text


class Page(HTMLParser):
    """The anchors of a page, where its links lead, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if said.get("id"):
            self.ids.append(str(said["id"]))
        if tag == "a" and said.get("href"):
            self.links.append(str(said["href"]))

    def handle_data(self, data: str) -> None:
        self.words += data


# --- figures -------------------------------------------------------------------------------------


def test_rates_stand_as_article_15_prints_them(library: Library) -> None:
    """Wuhan: tier 1 80 and 84 %, tier 2 60 and 68 %, tier 3 50 and 60 %; articles 14 and 16."""
    found = sheets(reading(library, "wuhan/employee@2023-02-01"))
    assert rows(found["普通门诊统筹支付比例"]) == [
        ["一级（含乡镇卫生院、社区）", "80%", "84%"],
        ["二级", "60%", "68%"],
        ["三级", "50%", "60%"],
    ]
    assert rows(found["普通门诊起付标准（元）"]) == [["在职", "700"], ["退休", "500"]]
    assert rows(found["普通门诊年度支付限额（元）"]) == [["在职", "3,500"], ["退休", "4,000"]]


def test_a_fact_that_several_rows_share_is_said_once(library: Library) -> None:
    """Zhenjiang: a second stay halves 1,200, 800 and 400; a third costs nothing; retired half."""
    sheet = sheets(reading(library, "zhenjiang/employee@2023-01-01"))["住院起付标准（元）"]
    assert rows(sheet) == [
        ["在职", "首次住院", "1,200", "800", "400", "400"],
        ["第二次住院", "600", "400", "200", "200"],
        ["第三次及以后住院", "0", "0", "0", "0"],
        ["退休", "首次住院", "600", "400", "200", "200"],
        ["第二次住院", "300", "200", "100", "100"],
        ["第三次及以后住院", "0", "0", "0", "0"],
    ]
    assert [[head.rows for head in line.heads] for line in sheet.lines] == [
        [3, 1], [1], [1], [3, 1], [1], [1],
    ]  # fmt: skip


def test_every_figure_has_its_clause(shelf: Shelf) -> None:
    for one in shelf.readings.values():
        for part in (*one.figures, *one.other_figures):
            for sheet in part.sheets:
                for line in sheet.lines:
                    for cell in line.cells:
                        assert cell.refs or line.refs or sheet.refs, (one.version, sheet.title)


def test_every_table_of_a_policy_stands_on_its_page(shelf: Shelf) -> None:
    for one in shelf.readings.values():
        parts = (*one.figures, *one.other_figures)
        anchors = [
            anchor
            for part in parts
            for sheet in part.sheets
            for anchor in (sheet.anchors or (sheet.anchor,))
        ]
        assert sorted(anchors) == sorted(f"table-{name}" for name in one.policy.tables)


# --- pages ---------------------------------------------------------------------------------------


def test_every_page_of_every_version_holds_together(browser: TestClient, shelf: Shelf) -> None:
    """Anchors are there once, and whatever a page links to within the library is there."""
    for one in shelf.readings.values():
        full = Page(text_of(browser, f"/policies/{one.version}/text"))
        for language in (ZH, EN):
            page = Page(text_of(browser, f"/policies/{one.version}", language))
            assert len(page.ids) == len(set(page.ids)), one.version
            within = {link[1:] for link in page.links if link.startswith("#")}
            assert within - {"main"} <= set(page.ids), one.version
            clauses = {link[9:] for link in page.links if link.startswith("/clauses/")}
            assert clauses
            assert clauses <= shelf.clauses.keys()
        assert len(full.ids) == len(set(full.ids)), one.version


def test_what_rests_on_a_clause_leads_to_where_it_is_read(
    browser: TestClient, shelf: Shelf
) -> None:
    pages: dict[str, set[str]] = {}
    for saying in shelf.sayings:
        address, _, anchor = saying.link.partition("#")
        if address not in pages:
            pages[address] = set(Page(text_of(browser, address)).ids)
        if not saying.item.startswith("policy "):
            assert anchor in pages[address], saying


def test_a_matter_tells_papers_offices_and_what_follows(browser: TestClient) -> None:
    """Wuxi: whoever changes the agreed community hospital brings card, record and agreement."""
    page = Page(text_of(browser, "/policies/wuxi/employee"))
    assert "question-change_agreement" in page.ids or "变更约定的医疗机构" in page.words
    assert "需带：社会保障卡、职工医保病历证、签订的《服务协议》" in page.words
    assert "新选择的社区医院" in page.words


def test_what_the_document_leaves_open_is_listed(library: Library) -> None:
    """Zhenjiang leaves special outpatient diseases to rules that are published separately."""
    one = reading(library, "zhenjiang/employee@2023-01-01")
    special = [point for point in one.open if point.anchor == "benefit-special"]
    assert [ref.clause for ref in special[0].refs] == ["ZJE-023"]
    assert "另行发布" in special[0].what.zh


def test_pages_speak_english_and_keep_the_choice(browser: TestClient) -> None:
    english = text_of(browser, "/policies/zhenjiang/employee?lang=en")
    assert '<html lang="en">' in english
    assert "Rates and limits" in english
    assert browser.get("/policies/zhenjiang/employee").text.count("待遇标准") == 0
    browser.cookies.clear()


# --- clauses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clause", "state"),
    [
        ("ZJE-012", "encoded"),  # 60 % at a tertiary hospital, as printed
        ("ZJE-018", "read"),  # 10,000: of cost or of payment? read as of cost
        ("ZJE-023", "open"),  # 具体规定另行发布
        ("YX-001", "none"),  # what the rules were made by
    ],
)
def test_a_clause_says_what_became_of_it(shelf: Shelf, clause: str, state: str) -> None:
    assert shelf.clauses[clause].state == state


def test_no_clause_is_forgotten(shelf: Shelf) -> None:
    states = {name: entry.state for name, entry in shelf.clauses.items()}
    assert [name for name, state in states.items() if state == "unused"] == []


def test_a_clause_shows_what_rests_on_it_and_its_neighbours(browser: TestClient) -> None:
    page = Page(text_of(browser, "/clauses/ZJE-012"))
    assert "三级（市第一人民医院、江苏大学附属医院）、在职：60%" in page.words
    assert {"/clauses/ZJE-011", "/clauses/ZJE-013"} <= set(page.links)
    assert "/policies/zhenjiang/employee@2023-01-01#table-outpatient_rate" in page.links
    assert "/documents/zhenjiang/outpatient-2022#ZJE-012" in page.links


def test_a_document_lists_all_of_its_clauses(browser: TestClient, library: Library) -> None:
    page = Page(text_of(browser, "/documents/wuhan/outpatient-2023"))
    assert set(library.document("wuhan/outpatient-2023").clauses) <= set(page.ids)


# --- what changed --------------------------------------------------------------------------------


def changed(library: Library, before: str, after: str) -> Changes:
    return changes_of(reading(library, before), reading(library, after))


def figures(changes: Changes, how: str) -> dict[str, dict[str, str | None]]:
    found: dict[str, dict[str, str | None]] = {}
    for item in changes.items:
        if item.kind == "figure" and item.how == how:
            sides = [(one.where.zh, one.after or one.before) for one in item.changes]
            found[item.title.zh] = {where: cell and cell.words.zh for where, cell in sides}
    return found


NEW_STANDARDS = {
    "在职职工": "500", "2001年1月1日后退休": "300", "2000年12月31日前退休": "200",
}  # fmt: skip
"""Shanghai from 1 July 2023; before it the document states none."""


def test_new_standards_are_added_with_their_clauses(library: Library) -> None:
    """Shanghai, main task (二): 500, 300, 200 first; (一): 1,680 to 74 years, 1,890 from 75."""
    found = changed(library, "shanghai/employee@2023-01-01", "shanghai/employee@2023-07-01")
    added = figures(found, "added")
    assert added["门急诊自负段标准（元）"] == NEW_STANDARDS
    assert list(added["退休人员个人账户年度定额（元）"].values()) == ["1,680", "1,890"]
    assert figures(found, "removed") == {}
    item = next(one for one in found.items if one.title.zh == "门急诊自负段标准（元）")
    assert item.changes[0].after is not None
    assert [ref.clause for ref in item.changes[0].after.refs] == ["SH-008"]


def test_what_was_added_is_removed_the_other_way_round(library: Library) -> None:
    back = changed(library, "shanghai/employee@2023-07-01", "shanghai/employee@2023-01-01")
    assert figures(back, "removed")["门急诊自负段标准（元）"] == NEW_STANDARDS
    assert figures(back, "added") == {}


def test_who_pays_changed_on_1_january_2023(library: Library) -> None:
    """Task (四): from that day the pooled fund pays, no longer the local supplementary fund."""
    found = changed(library, "shanghai/employee@2022-02-01", "shanghai/employee@2023-01-01")
    item = next(one for one in found.items if one.anchor == "question-outpatient_payer")
    before = [one.before.words.zh for one in item.changes if one.before]
    after = [one.after.words.zh for one in item.changes if one.after]
    assert "由谁支付：地方附加基金" in before
    assert "由谁支付：统筹基金" in after


def test_versions_of_one_outline_have_the_same_figures(library: Library) -> None:
    """Changzhou's students: one outline for both; only who else is meant in 2023 differs."""
    found = changed(library, "changzhou/student@2023-09-01", "changzhou/student@2024-01-01")
    assert not any(one.kind == "figure" for one in found.items)
    removed = [one.title.zh for one in found.items if one.how == "removed"]
    assert removed == ["2023 年的其他学生"]


def test_a_changed_figure_stands_beside_what_it_was(library: Library) -> None:
    """60 % at the two tertiary hospitals, made 62 %; all else is as it was."""
    policy = library.policy("zhenjiang/employee", date(2024, 6, 1))
    table = policy.tables["outpatient_rate"]
    cells = {
        key: cell._replace(content=cell.content._replace(value=Fraction(62, 100)))
        if isinstance(cell.content, Figure) and cell.content.value == Fraction(60, 100)
        else cell
        for key, cell in table.cells.items()
    }
    tables = {**policy.tables, "outpatient_rate": table._replace(cells=cells)}
    document = library.document(policy.document)
    after = reading_of(replace(policy, tables=tables), document)
    found = changes_of(reading_of(policy, document), after)
    assert [(one.title.zh, one.how) for one in found.items] == [("门诊支付比例", "changed")]
    (change,) = found.items[0].changes
    assert change.where.zh == "三级（市第一人民医院、江苏大学附属医院）、在职"
    assert change.before is not None
    assert change.after is not None
    assert (change.before.words.zh, change.after.words.zh) == ("60%", "62%")


def test_another_order_of_payment_is_a_change(library: Library) -> None:
    policy = library.policy("zhenjiang/employee", date(2024, 6, 1))
    document = library.document(policy.document)
    after = reading_of(replace(policy, benefits=policy.benefits[::-1]), document)
    found = changes_of(reading_of(policy, document), after)
    assert [one.title.zh for one in found.items] == ["支付顺序"]


def test_nothing_changes_between_a_version_and_itself(shelf: Shelf) -> None:
    for one in shelf.readings.values():
        assert changes_of(one, one).items == ()


def test_changes_are_chosen_in_the_address(browser: TestClient) -> None:
    address = "/policies/shanghai/employee/changes"
    chosen = Page(text_of(browser, f"{address}?from=2022-02-01&to=2023-01-01"))
    assert "地方附加基金" in chosen.words
    usual = Page(text_of(browser, address)).words
    assert "1,680" in usual


# --- search --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def find(shelf: Shelf):  # type: ignore[no-untyped-def]
    index = index_of(shelf)

    def found(sought: str, area: str = "") -> Found:
        return index.find(sought, "zh", area)

    return found


def told(found: Found) -> list[str]:
    return ["".join(text for text, _ in hit.title) for hit in found.hits]


def test_two_characters_are_enough(find) -> None:  # type: ignore[no-untyped-def]
    found = find("转诊")
    assert found.total > 10
    assert not found.near
    assert any(on for hit in found.hits for _, on in (*hit.title, *hit.excerpt))


def test_several_words_narrow_and_titles_come_first(find) -> None:  # type: ignore[no-untyped-def]
    found = find("门诊 起付", area="321100")
    assert found.total < find("门诊", area="321100").total
    assert told(found)[0] == "门诊起付标准（元）"
    assert {"321100", "420100"} <= {area for area, _, _ in found.areas}


def test_a_clause_is_found_by_its_number_in_any_case(find) -> None:  # type: ignore[no-untyped-def]
    assert told(find("zje-012"))[0] == "ZJE-012"
    assert told(find("ＺＪＥ－０１２"))[0] == "ZJE-012"


def test_a_number_is_found_whole_however_it_is_written(find) -> None:  # type: ignore[no-untyped-def]
    plain, with_comma = find("1680"), find("1,680")
    assert told(plain) == told(with_comma)
    assert any("退休人员个人账户年度定额" in one for one in told(plain))
    assert not any("1,680" in one for one in told(find("680")))  # part of another number
    marked = [text for hit in plain.hits for text, on in hit.excerpt if on]
    assert "1,680" in marked


def test_what_people_say_is_found_by_what_documents_write(find) -> None:  # type: ignore[no-untyped-def]
    assert any("限额" in one for one in told(find("封顶 住院")))


def test_where_nothing_has_all_words_the_nearest_is_shown(find) -> None:  # type: ignore[no-untyped-def]
    found = find("门诊慢性病支付多少比例")
    assert found.near
    assert any("慢性病" in one for one in told(found))


@pytest.mark.parametrize(
    "sought",
    [
        "<script>alert(1)</script>",
        "%00\x00\x1b[31m",
        "a" * 50_000,
        "((((",
        "\\",
        "🀄" * 50,
        "' OR 1=1",
    ],
)
def test_hostile_words_find_nothing_and_harm_nothing(browser: TestClient, sought: str) -> None:
    text = text_of(browser, f"/policies?{urlencode({'q': sought})}")
    assert "<script>alert" not in text
    assert "没有找到" in text or "相近" in text
    assert len(text) < 200_000


def test_where_nothing_is_found_something_is_suggested(browser: TestClient) -> None:
    page = Page(text_of(browser, f"/policies?q={quote('象牙海岸')}"))
    assert "没有找到" in page.words
    assert any(link.startswith("/policies?q=") for link in page.links)


def test_english_words_are_found_in_english(browser: TestClient) -> None:
    assert "<mark>referral</mark>" in text_of(browser, "/policies?q=Referral", EN).lower()


# --- findings ------------------------------------------------------------------------------------


def test_findings_are_worked_out_apart_and_lead_to_an_estimate(browser: TestClient) -> None:
    """Zhenjiang, active, tier 1 (80 %): 800 first, then 20 % of 10,000 is 2,000; cash is 2,800 at
    10,800, and 6,000 (from where catastrophic insurance pays) 3,200 later, at 14,000."""
    address = "/policies/zhenjiang/employee/findings"
    assert "刷新" in text_of(browser, address)
    end = time.monotonic() + PATIENCE_SECONDS
    while "刷新" in (text := text_of(browser, address)) and time.monotonic() < end:
        time.sleep(1)
    page = Page(text)
    assert "10,800.00 元至 14,000.00 元之间没有基金支付" in page.words
    assert "门诊共付段限额用满以后" in page.words  # the reason that the policy gives
    visits = [link for link in page.links if link.startswith("/estimate?policy=")]
    answer = text_of(browser, visits[0])
    assert re.search(r'<p class="big"><span class="num"[^>]*>6,000\.00</span>', answer)


def test_a_check_that_fails_says_so_and_the_last_who_asks_is_first(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first check runs while two more are asked for; of these the later one goes before."""
    names = ("wuxi/child", "wuxi/retired_cadre", "national/resident")
    policies = [library.policy(name, date(2024, 6, 1)) for name in names]
    asked = threading.Event()
    began: list[str] = []

    def start(policy: Policy) -> subprocess.Popen[bytes]:
        began.append(policy.id)
        asked.wait(PATIENCE_SECONDS)
        fails = [sys.executable, "-c", "raise SystemExit(1)"]
        return subprocess.Popen(fails, stdout=subprocess.PIPE)

    monkeypatch.setattr(checking, "start_check", start)
    checks = checking.Checks()
    assert checks.known(policies[0]).state == "not asked"
    assert checks.of(policies[0]).state == "running"
    while not began:
        time.sleep(0.01)
    for policy in policies[1:]:
        assert checks.of(policy).state == "running"
    asked.set()
    end = time.monotonic() + PATIENCE_SECONDS
    while checks.known(policies[1]).state == "running" and time.monotonic() < end:
        time.sleep(0.05)
    assert began == ["wuxi/child", "national/resident", "wuxi/retired_cadre"]
    assert {checks.of(policy).state for policy in policies} == {"failed"}


# --- what there is not ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "/policies/zhenjiang/nothing",
        "/policies/zhenjiang",
        "/policies/zhenjiang/employee@1999-01-01",
        "/policies/zhenjiang/employee@",
        "/policies/../../etc/passwd",
        "/policies/shanghai/employee/changes?from=yesterday",
        "/policies/shanghai/employee/changes?to=%3Cb%3E",
        "/policies/zhenjiang/employee@1/findings",
        "/clauses/zje-012",
        "/clauses/ZJE-999",
        "/documents/zhenjiang/nothing",
        "/documents/",
    ],
)
def test_what_there_is_not_is_said_in_words(browser: TestClient, address: str) -> None:
    answer = browser.get(address, headers=ZH)
    assert answer.status_code == 404
    assert "没有" in answer.text
    assert "Traceback" not in answer.text
    assert "<b>" not in answer.text
