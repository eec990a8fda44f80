"""A statement drawn: its record as a page to be printed, and as a PDF of the same page.

Nothing is worked out here; every figure on the paper stands in the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from gongji.book.acts import in_china
from gongji.money import format_yuan, parse_yuan
from gongji.web.amounts import grouped
from gongji.web.page import part
from gongji.wording import Bilingual, Language, Refused

__all__ = ["statement_html", "statement_pdf"]

_SHEET = Path(__file__).parent.parent / "assets" / "statement.css"
_MOVES = {
    "credit": Bilingual("计入", "credited"),
    "credit_reversal": Bilingual("冲回计入", "credits taken back"),
    "settlement": Bilingual("就诊支付", "paid at visits"),
    "resettlement": Bilingual("重新结算的差额", "differences of settling again"),
    "reversal": Bilingual("撤销结算退回", "given back for cancelled settlements"),
    "family_payment": Bilingual("为亲属支付", "paid for relatives"),
    "family_reversal": Bilingual("亲属支付退回", "given back of payments for relatives"),
    "opening": Bilingual("建账余额", "balance taken over"),
    "transfer_in": Bilingual("转入", "transferred in"),
    "transfer_out": Bilingual("转出", "transferred out"),
    "inheritance": Bilingual("继承提取", "paid to heirs"),
    "top_up": Bilingual("一次性补缴划入", "of a lump sum"),
}
"""What entries on an account are called, by their kind."""


def statement_html(
    record: Mapping[str, Any], language: Language, links: Mapping[str, str] | None = None
) -> str:
    """A statement as a page that prints on A4; `links` lead to its other forms."""
    template = f"statement/{record['kind']}.html"
    return _drawn(template, record, language, {"links": links or {}, "linked": True})


def statement_pdf(record: Mapping[str, Any], language: Language) -> bytes:
    """The same page as a PDF.  Raises `Refused`: `missing_package`, `missing_library`."""
    template = f"statement/{record['kind']}.html"
    text = _drawn(template, record, language, {"links": {}, "linked": False})
    try:
        from weasyprint import CSS, HTML
    except ModuleNotFoundError:
        raise Refused(
            "missing_package",
            Bilingual(
                "没有安装 weasyprint，不能生成 PDF；请在网页上打印，或安装附加包 gongji[pdf]",
                "weasyprint is not installed, so there are no PDFs; print the page instead, or "
                "install the extra gongji[pdf]",
            ),
            {"package": "weasyprint"},
        ) from None
    except OSError:
        raise Refused(
            "missing_library",
            Bilingual(
                "这台服务器没有 Pango 库，不能生成 PDF；请在网页上打印，或安装 libpango-1.0-0、"
                "libpangoft2-1.0-0 和中文字体",
                "this server lacks the library Pango, so there are no PDFs; print the page "
                "instead, or install libpango-1.0-0, libpangoft2-1.0-0 and a Chinese font",
            ),
            {"library": "pango"},
        ) from None
    page = HTML(string=text, url_fetcher=_fetch_nothing)
    made: bytes = page.write_pdf(stylesheets=[CSS(filename=str(_SHEET))], pdf_variant="pdf/ua-1")
    return made


def _drawn(
    template: str, record: Mapping[str, Any], language: Language, more: Mapping[str, Any]
) -> str:
    moves = {kind: words.in_(language) for kind, words in _MOVES.items()}
    issued = in_china(datetime.fromisoformat(record["issued_at"]))
    return part(
        language,
        template,
        {
            "it": record,
            "yuan": grouped,
            "funds_of": _funds_of,
            "moves": moves,
            "issued": f"{issued:%Y-%m-%d %H:%M}",
            **more,
        },
    )


def _funds_of(record: Mapping[str, Any]) -> str:
    """What all funds pay together."""
    return format_yuan(sum(parse_yuan(one, "payments") for one in record["payments"].values()))


def _fetch_nothing(address: str) -> NoReturn:
    """A statement is whole; nothing is fetched for it."""
    raise ValueError(address)
