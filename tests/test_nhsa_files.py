"""Files that institutions send and fetch by the national interface."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from zipfile import ZIP_LZMA, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from gongji.book.exchange.files import DAYS_KEPT, MOST_BYTES
from gongji.book.schema.acts import ACT
from gongji.book.schema.exchange import EXCHANGE_FILE
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.messages.tab_files import MOST_LINES, MOST_TEXT, packed, unpacked
from gongji.policy.versions import Library
from nhsa_files import lines_of, sent, zipped
from nhsa_place import HOSPITAL, OTHER, Agency, agency_at

SECRET = b"nobody may read this"


@pytest.fixture
def agency(tmp_path: Path, library: Library) -> Iterator[Agency]:
    found = agency_at(str(tmp_path / "book.db"), tmp_path, library)
    yield found
    found.book.close()


def test_a_file_comes_back_as_it_was_sent(agency: Agency) -> None:
    software = agency.software()
    there = sent(software, bytes(range(256)) + SECRET, "对账.zip")
    assert there["filename"] == "对账.zip"
    assert there["fixmedins_code"] == HOSPITAL
    assert there["dld_endtime"] == "2024-12-30 23:59:59"  # 30 days after 2024-11-30
    number = there["file_qury_no"]
    assert software.fetch(number, "对账.zip") == bytes(range(256)) + SECRET
    assert software.fetch(number, "对账.zip", owner="plc") == bytes(range(256)) + SECRET
    with agency.book.reading() as connection:
        assert all(SECRET not in one for one in connection.scalars(select(EXCHANGE_FILE.c.sealed)))


def test_a_file_may_come_as_base64_and_is_kept_once_however_often_it_comes(agency: Agency) -> None:
    software = agency.software()
    said = {
        "in": b64encode(SECRET).decode(), "filename": "a.zip", "fixmedins_code": HOSPITAL,
    }  # fmt: skip
    first = software.ask("9101", fsUploadIn=said)
    again = software.ask("9101", msgid=software.last, fsUploadIn={**said, "in": list(SECRET)})
    assert again == first
    other = {**said, "in": b64encode(b"other").decode()}
    assert "已用于另一个请求" in software.refused("9101", msgid=software.last, fsUploadIn=other)
    with agency.book.reading() as connection:
        assert len(connection.execute(select(EXCHANGE_FILE.c.id)).all()) == 1
        asked = [agency.book.seal.opened(one) for one in connection.scalars(select(ACT.c.request))]
    assert not any(b64encode(SECRET).decode() in one for one in asked)
    assert sum("sha256" in one for one in asked) == 1


def test_what_does_not_fit_is_refused_in_words(agency: Agency) -> None:
    software, other = agency.software(), agency.software(OTHER)
    number = sent(software, b"x", "a.zip")["file_qury_no"]
    asked = {"file_qury_no": number, "filename": "a.zip", "fixmedins_code": OTHER}
    assert "本机构没有编号为" in other.refused("9102", fsDownloadIn=asked)
    assert "不是本机构" in software.refused("9102", fsDownloadIn=asked)
    mine = {**asked, "fixmedins_code": HOSPITAL}
    assert "文件名不是 b.zip" in software.refused(
        "9102", fsDownloadIn={**mine, "filename": "b.zip"}
    )
    assert "20 位数字" in software.refused("9102", fsDownloadIn={**mine, "file_qury_no": "../1"})
    file = {"in": [1], "filename": "a.zip", "fixmedins_code": HOSPITAL}
    for wrong, words in (
        ({"in": []}, "文件 a.zip 是空的"),
        ({"in": None}, "没有文件"),
        ({"in": [400]}, "不是字节数组"),
        ({"in": "?"}, "base64"),
        ({"filename": "../a.zip"}, "不带路径"),
        ({"filename": "C:\\a.zip"}, "不带路径"),
        ({"filename": "x" * 201}, "超过 200 个"),
        ({"fixmedins_code": OTHER}, "不是本机构"),
    ):
        assert words in software.refused("9101", fsUploadIn={**file, **wrong}), wrong
    much = b64encode(bytes(MOST_BYTES + 1)).decode()
    told = software.refused("9101", fsUploadIn={**file, "in": much})
    assert "15728641 字节，超过 15728640 字节" in told


def test_a_file_can_be_fetched_until_its_last_day(agency: Agency) -> None:
    software = agency.software()
    number = sent(software, b"x", "a.zip")["file_qury_no"]
    agency.clock.forward(days=DAYS_KEPT)
    assert software.fetch(number, "a.zip") == b"x"
    agency.clock.forward(days=1)
    asked = {"file_qury_no": number, "filename": "a.zip", "fixmedins_code": HOSPITAL}
    assert "只能下载到 2024-12-30" in software.refused("9102", fsDownloadIn=asked)


# --- what is in them -----------------------------------------------------------------------------


def test_rows_are_packed_with_tabs_and_null() -> None:
    data = packed("a.zip", [["1", None, "", "a\tb\nc"], [2, "x", "y", "z"]])
    assert lines_of(data) == [["1", "null", "null", "a b c"], ["2", "x", "y", "z"]]
    assert unpacked(data) == [["1", "", "", "a b c"], ["2", "x", "y", "z"]]
    assert lines_of(packed("a.zip", [])) == []


def test_a_text_may_have_a_mark_and_other_ends_of_lines() -> None:
    text = "\ufeff1\tnull\r\n2\tNULL\r\n\r\n"
    assert unpacked(zipped(text)) == [["1", ""], ["2", ""]]


def test_broken_files_are_refused_in_words(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "odd.zip", "w", ZIP_LZMA) as archive:
        archive.writestr("a.txt", "1")
    whole = zipped("1\t2\n" * 100)
    for data, words in (
        (b"1\t2\n", "不是 ZIP"),
        (b"", "不是 ZIP"),
        (whole[:-30], "不是 ZIP"),
        (whole[:40] + b"\xff\xff" + whole[42:], "不是 ZIP"),
        (zipped(), "却有 0 个"),
        (zipped("1", "2"), "却有 2 个"),
        (zipped(b"1\t2\n\xff"), "第 2 行：不是 UTF-8"),
        (zipped("金额".encode("gbk")), "第 1 行：不是 UTF-8"),
        (zipped(bytes(MOST_TEXT + 1)), "解压后超过 64 MB"),
        (zipped("1\n" * (MOST_LINES + 1)), "200001 行，超过 200000 行"),
        ((tmp_path / "odd.zip").read_bytes(), "压缩方式"),
    ):
        with pytest.raises(Rejected) as rejected:
            unpacked(data)
        assert words in rejected.value.err_msg


def test_a_zip_that_hides_its_size_is_not_unpacked_whole() -> None:
    bomb = zipped(bytes(MOST_TEXT + 2**20))
    size = (MOST_TEXT + 2**20).to_bytes(4, "little")
    assert bomb.count(size) == 2
    with pytest.raises(Rejected):
        unpacked(bomb.replace(size, (10).to_bytes(4, "little")))


@given(st.binary(max_size=4), st.integers(0, 400), st.integers(0, 20))
def test_no_zip_ends_in_anything_but_words(put: bytes, at: int, cut: int) -> None:
    whole = zipped("1\t2\n3\t4\n")
    broken = whole[:at] + put + whole[at + cut :]
    with suppress(Rejected):
        assert all(isinstance(cell, str) for line in unpacked(broken) for cell in line)
