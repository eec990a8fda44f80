"""Catalogues by the national interface: files to be fetched, pages, code tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from book_place import do
from catalogue_place import OPENED, load, sheet
from gongji.book.catalogue.loading import load_own_items
from gongji.book.catalogue.own_codes import approve_own_items, own_items_of
from gongji.book.places import open_area
from gongji.policy.versions import Library
from gongji.wording import Bilingual
from nhsa_files import lines_of
from nhsa_place import HOSPITAL, OTHER, Agency, Software, agency_at

PAGE = {"updt_time": "2000-01-01", "page_num": 1, "page_size": 100}


@pytest.fixture
def agency(tmp_path: Path, library: Library) -> Iterator[Agency]:
    found = agency_at(str(tmp_path / "book.db"), tmp_path, library)
    yield found
    found.book.close()


def downloaded(software: Software, infno: str, ver: str = "0") -> list[dict[str, str]]:
    """The rows of a catalogue by the titles of its columns."""
    there = software.ask(infno, data={"ver": ver})
    lines = lines_of(software.fetch(there["file_qury_no"], there["filename"], owner="plc"))
    titles = software.agency.counter.tables.catalogue_columns[infno]
    assert all(len(line) == len(titles) for line in lines)
    assert there["data_cnt"] == len(lines)
    assert there["dld_end_time"] > software.agency.clock.now.date().isoformat()
    return [dict(zip(titles, line, strict=True)) for line in lines]


def asked(software: Software, infno: str, **more: Any) -> Any:
    return software.ask(infno, data={**PAGE, **more})


# --- files ---------------------------------------------------------------------------------------


def test_each_catalogue_has_its_items_and_the_columns_of_the_tables(agency: Agency) -> None:
    software = agency.software()
    drugs = downloaded(software, "1301")
    assert [(row["医疗目录编码"], row["药品通用名"]) for row in drugs] == [
        ("XA01", "阿司匹林肠溶片"), ("XA09", "旧版注射液"), ("XB02", "头孢呋辛酯片"),
        ("XB05", "利妥昔单抗注射液"), ("XB06", "肿瘤坏死因子抑制剂"),
    ]  # fmt: skip
    old, restricted = drugs[1], drugs[3]
    assert (old["开始日期"], old["结束日期"]) == ("2024-01-01", "2024-03-31")
    assert (drugs[0]["限制使用标志"], restricted["限制使用标志"]) == ("0", "1")
    assert restricted["国家医保药品目录甲乙类标识"] == "乙类"
    assert {row["有效标志"] for row in drugs} == {"1"}
    assert len({row["唯一记录号"] for row in drugs}) == 5
    assert drugs[0]["药品商品名"] == "null"
    services = downloaded(software, "1305")
    assert [row["医疗服务项目名称"] for row in services] == ["特需挂号费", "悬浮红细胞"]
    materials = downloaded(software, "1306")
    assert [row["耗材名称"] for row in materials] == ["冠脉支架"]


def test_only_what_changed_since_a_version_is_in_a_file(agency: Agency) -> None:
    software = agency.software()
    version = max(row["版本号"] for row in downloaded(software, "1301"))
    assert downloaded(software, "1301", version) == []
    load(
        agency.town, "items",
        """
code,name,kind,item_class,since,until
XA01,阿司匹林肠溶片,drug,乙,2024-01-01,
XA50,新药,drug,甲,2024-06-01,
""",
        day=OPENED,
    )  # fmt: skip
    changed = downloaded(software, "1301", version)
    assert sorted(
        (row["医疗目录编码"], row["有效标志"], row["国家医保药品目录甲乙类标识"]) for row in changed
    ) == [("XA01", "0", "甲类"), ("XA01", "1", "乙类"), ("XA50", "1", "甲类")]
    assert downloaded(software, "1301", max(row["版本号"] for row in changed)) == []
    assert len(downloaded(software, "1301", "F001_2020")) == 6  # a version of somebody else's


def test_an_item_of_the_area_stands_instead_of_that_of_all(agency: Agency) -> None:
    software = agency.software()
    version = max(row["版本号"] for row in downloaded(software, "1301"))
    own = "code,name,kind,item_class,since,area\nXA01,本地阿司匹林,drug,乙,2024-05-01,320400"
    load(agency.town, "items", own, day=OPENED)
    changed = downloaded(software, "1301", version)
    assert [(row["药品通用名"], row["有效标志"]) for row in changed] == [
        ("阿司匹林肠溶片", "0"), ("本地阿司匹林", "1"),
    ]  # fmt: skip
    (there,) = asked(software, "1312", hilist_code="XA01")["data"]
    assert there["hilist_name"] == "本地阿司匹林"


def test_herbal_pieces_are_told_by_their_charge(agency: Agency) -> None:
    software = agency.software()
    herb = "code,name,kind,item_class,since,fee_kind\nT001,黄芪,drug,甲,2024-01-01,10"
    load(agency.town, "items", herb)
    assert [row["单味药名称"] for row in downloaded(software, "1302")] == ["黄芪"]
    assert len(downloaded(software, "1301")) == 5
    (there,) = asked(software, "1312", list_type="102")["data"]
    assert (there["hilist_code"], there["med_chrgitm_type"]) == ("T001", "10")


def test_diseases_are_those_that_schemes_know_and_other_catalogues_are_empty(
    agency: Agency,
) -> None:
    software = agency.software()
    diseases = {row["门慢门特病种目录代码"]: row for row in downloaded(software, "1309")}
    assert sorted(diseases) == ["M00500", "M01600", "M03900", "M07800", "M08300"]
    assert diseases["M07800"]["医保区划"] == "320400"
    assert diseases["M07800"]["门慢门特病种细分类名称"] != "null"
    assert diseases["M03900"]["门慢门特病种细分类名称"] == "null"
    for infno in ("1303", "1307", "1308", "1310", "1311", "1313", "1314", "1315"):
        assert downloaded(software, infno) == []
    assert "ver" in software.refused("1301", data={"ver": ""})


def test_a_file_of_a_catalogue_is_of_whom_it_was_made_for(agency: Agency) -> None:
    there = agency.software().ask("1305", data={"ver": "0"})
    wanted = {
        "file_qury_no": there["file_qury_no"], "filename": there["filename"],
        "fixmedins_code": "plc",
    }  # fmt: skip
    assert "本机构没有" in agency.software(OTHER).refused("9102", fsDownloadIn=wanted)


# --- pages ---------------------------------------------------------------------------------------


def test_items_come_in_pages(agency: Agency) -> None:
    software = agency.software()
    first = asked(software, "1312", page_size=3)
    assert [row["hilist_code"] for row in first["data"]] == ["C03", "S04", "S07"]
    figures = ("recordCounts", "pageNum", "pageSize", "pages", "size", "startRow")
    assert [first[name] for name in figures] == [7, 1, 3, 3, 3, 1]  # XA09 is over since 2024-03-31
    assert (first["firstPage"], first["lastPage"]) == (True, False)
    last = asked(software, "1312", page_size=3, page_num=3)
    assert [row["hilist_code"] for row in last["data"]] == ["XB06"]
    assert [last[name] for name in figures] == [7, 3, 3, 3, 1, 7]
    assert (last["firstPage"], last["lastPage"]) == (False, True)
    assert asked(software, "1312", page_size=3, page_num=4)["data"] == []
    assert "从 1 起" in software.refused("1312", data={**PAGE, "page_num": 0})


def test_items_are_found_by_what_they_are(agency: Agency) -> None:
    software = agency.software()
    for wanted, codes in (
        ({"hilist_code": "XB02"}, ["XB02"]),
        ({"hilist_name": "阿司匹林"}, ["XA01"]),
        ({"chrgitm_lv": "01"}, ["S07", "XA01"]),
        ({"chrgitm_lv": "03"}, ["S04"]),
        ({"lmt_used_flag": "1"}, ["XB05"]),
        ({"list_type": "201"}, ["S04", "S07"]),
        ({"list_type": "301"}, ["C03"]),
        ({"list_type": "105"}, []),
        ({"med_chrgitm_type": "10"}, []),
        ({"med_use_flag": "0"}, []),
        (
            {"query_date": "2024-03-31", "list_type": "101"},
            ["XA01", "XA09", "XB02", "XB05", "XB06"],
        ),
        ({"query_date": "2023-12-31"}, []),
        ({"updt_time": "2024-01-02"}, []),
        ({"vali_flag": "0"}, ["XA09"]),
        ({"begndate": "2024-02-01"}, []),
        ({"rid": "x-1"}, []),
        ({"insu_admdvs": "320402", "hilist_code": "C03"}, ["C03"]),
    ):
        found = asked(software, "1312", **wanted)
        assert [row["hilist_code"] for row in found["data"]] == codes, wanted
        assert found["recordCounts"] == len(codes)
    (row,) = asked(software, "1312", hilist_code="XA01")["data"]
    assert [row[name] for name in ("chrgitm_lv", "list_type", "vali_flag", "begndate", "enddate")] \
        == ["01", "101", "1", "2024-01-01", None]  # fmt: skip
    assert asked(software, "1312", rid=row["rid"])["data"] == [row]
    assert "五笔" in software.refused("1312", data={**PAGE, "wubi": "abc"})
    assert "没有统筹区 110000" in software.refused("1312", data={**PAGE, "insu_admdvs": "110000"})


def test_caps_are_told_for_each_height_of_institutions(agency: Agency) -> None:
    software = agency.software()
    found = asked(software, "1318")
    fields = ("hilist_code", "hilist_lmtpric_type", "hilist_pric_uplmt_amt")
    # 10 of XB02 is for all, 11.5 for tier 3; 40000 of C03 for all
    assert [tuple(row[name] for name in fields) for row in found["data"]] == [
        ("C03", "1", 40000), ("C03", "2", 40000), ("C03", "3", 40000),
        ("XB02", "1", 10), ("XB02", "2", 10), ("XB02", "3", Decimal("11.5")),
    ]  # fmt: skip
    assert len({row["rid"] for row in found["data"]}) == 6
    third = asked(software, "1318", hilist_lmtpric_type="3", hilist_code="XB02")["data"]
    assert [row["hilist_pric_uplmt_amt"] for row in third] == [Decimal("11.5")]
    assert asked(software, "1318", vali_flag="0")["recordCounts"] == 0
    assert asked(software, "1318", query_date="2023-12-31")["data"] == []


def test_shares_borne_first_are_those_of_the_scheme(agency: Agency) -> None:
    software = agency.software()
    found = asked(software, "1319")
    fields = ("hilist_code", "selfpay_prop_psn_type", "selfpay_prop")
    # class B is 10 % for employees; XB05 has 5 % and XB06 nothing of their own
    assert [tuple(row[name] for name in fields) for row in found["data"]] == [
        ("C03", "310", Decimal("0.1")), ("XB02", "310", Decimal("0.1")),
        ("XB05", "310", Decimal("0.05")), ("XB06", "310", 0),
    ]  # fmt: skip
    assert asked(software, "1319", selfpay_prop_psn_type="390")["data"] == []
    assert len(asked(software, "1319", selfpay_prop_psn_type="310")["data"]) == 4
    assert asked(software, "1319", selfpay_prop_type="20")["data"] == []


def test_items_and_caps_are_those_of_the_place_and_shares_those_of_the_insurer(
    agency: Agency,
) -> None:
    software = agency.software()
    do(agency.book, lambda act: open_area(act, "320200", Bilingual("无锡", "Wuxi")), day=OPENED)
    load(agency.town, "caps", "item,cap,since,area\nC03,30000,2024-01-01,320400", day=OPENED)
    load(agency.town, "caps", "item,cap,since,area\nC03,20000,2024-01-01,320200", day=OPENED)
    caps = asked(software, "1318", insu_admdvs="320200", hilist_code="C03")["data"]
    assert [(one["hilist_pric_uplmt_amt"], one["insu_admdvs"]) for one in caps] == [
        (30000, "320200")
    ] * 3
    assert asked(software, "1319", insu_admdvs="320200")["data"] == []  # it has no scheme
    assert asked(software, "1312", insu_admdvs="320200")["recordCounts"] == 7


def test_own_codes_are_shown_to_their_institution_once_approved(
    agency: Agency, library: Library
) -> None:
    software = agency.software()
    text = "own,name,item,since\nN1,院内阿司匹林,XA01,2024-01-01\nN2,院内支架,C03,2024-01-01"
    do(agency.book, lambda act: load_own_items(act, library, HOSPITAL, sheet(text)))
    assert asked(software, "1317")["data"] == []
    waiting = asked(software, "1317", vali_flag="0")["data"]
    assert [(row["medins_list_codg"], row["memo"]) for row in waiting] == [
        ("N1", "待审核"), ("N2", "待审核"),
    ]  # fmt: skip
    with agency.book.reading() as connection:
        numbers = [one.number for one in own_items_of(connection, HOSPITAL)]
    do(agency.book, lambda act: approve_own_items(act, HOSPITAL, numbers, approved=True))
    found = asked(software, "1317", fixmedins_code=HOSPITAL)["data"]
    fields = ("medins_list_codg", "medins_list_name", "med_list_codg", "list_type", "vali_flag")
    assert [tuple(row[name] for name in fields) for row in found] == [
        ("N1", "院内阿司匹林", "XA01", "101", "1"), ("N2", "院内支架", "C03", "301", "1"),
    ]  # fmt: skip
    assert len(asked(software, "1317", list_type="301")["data"]) == 1
    assert len(asked(software, "1317", med_list_codg="XA01")["data"]) == 1
    assert len(asked(software, "1317", medins_list_name="支架")["data"]) == 1
    assert asked(agency.software(OTHER), "1317")["data"] == []
    told = agency.software(OTHER).refused("1317", data={**PAGE, "fixmedins_code": HOSPITAL})
    assert "只能查询本机构" in told


# --- code tables ---------------------------------------------------------------------------------


def dictionary(software: Software, kind: str, **more: Any) -> Any:
    said = {"type": kind, "parent_value": "", "admdvs": "320400", "date": "2024-11-30",
            "Vali_Flag": "1", **more}  # fmt: skip
    return software.ask("1901", data=said)["list"]


def test_a_code_table_is_found_by_its_name_or_by_a_field(agency: Agency) -> None:
    software = agency.software()
    levels = dictionary(software, "chrgitm_lv")
    assert [(row["value"], row["label"], row["sort"]) for row in levels] == [
        ("01", "甲类", 1), ("02", "乙类", 2), ("03", "丙类", 3),
    ]  # fmt: skip
    assert [row["value"] for row in dictionary(software, "GEND")] == ["0", "1", "2", "9"]
    fields = dictionary(software, "caty")  # the departments, as a field of a visit has them
    departments = dictionary(software, "dept")
    assert [row["value"] for row in fields] == [row["value"] for row in departments]
    below = dictionary(software, "dept", parent_value="A16")
    assert [row["value"] for row in below] == [f"A16.{number:02d}" for number in range(1, 8)]
    assert dictionary(software, "chrgitm_lv", Vali_Flag="0") == []
    wrong = {"type": "chrgitm_lvv", "admdvs": "320400", "date": "2024-11-30", "Vali_Flag": "1"}
    assert "没有字典“chrgitm_lvv”；是否指 chrgitm_lv" in software.refused("1901", data=wrong)


def test_looks_leave_the_book_as_it_is(agency: Agency) -> None:
    software = agency.software()
    before = agency.trial()
    asked(software, "1312")
    downloaded(software, "1301")
    agency.clock.now = datetime(2024, 12, 1, 1, tzinfo=UTC)
    assert agency.trial() == before
    assert agency.clean() == []
