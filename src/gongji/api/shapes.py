"""What a text has to look like, in words: the patterns of fields mean nothing to most people."""

from __future__ import annotations

from collections.abc import Mapping

from gongji.wording import Bilingual

__all__ = ["SHAPES"]

_SUM = Bilingual("应为两位小数的金额（元），可以小于 0，如 100.00 或 -100.00",
                 "expected yuan with two decimals, which may be below nothing, such as 100.00 or "
                 "-100.00")  # fmt: skip
_PLAIN = Bilingual(
    "不能有换行、制表等控制字符", "expected text without line breaks, tabs and the like"
)
_WORD = Bilingual("应为小写字母和下划线，如 large_amount",
                  "expected small letters and underscores, such as large_amount")  # fmt: skip

SHAPES: Mapping[str, Bilingual] = {
    r"^[0-9]{1,13}\.[0-9]{2}$": Bilingual(
        "应为不小于 0、两位小数的金额（元），如 100.00",
        "expected yuan with two decimals, not negative, such as 100.00",
    ),
    r"^-?[0-9]{1,15}\.[0-9]{2}$": _SUM,
    r"^-?[0-9]{1,12}\.[0-9]{2}$": _SUM,
    r"^-?[0-9]{1,12}(\.[0-9]{1,4})?$": Bilingual(
        "应为至多四位小数的数量，退费写负数，如 3 或 -1.5",
        "expected a quantity with at most four decimals, negative for a return, such as 3 or -1.5",
    ),
    r"^[0-9]{1,12}(\.[0-9]{1,6})?$": Bilingual(
        "应为不小于 0、至多六位小数的单价，如 12.345",
        "expected a price with at most six decimals, not negative, such as 12.345",
    ),
    r"^[0-9]{6}$": Bilingual(
        "应为六位行政区划代码，如 320400", "expected a division code of six digits, such as 320400"
    ),
    r"^([0-9]{6})?$": Bilingual(
        "应为六位行政区划代码，如 320400，或不写",
        "expected a division code of six digits, such as 320400, or nothing",
    ),
    r"^[0-9A-Za-z-]{1,32}$": Bilingual(
        "应为 1 至 32 位字母、数字或短横", "expected 1 to 32 letters, digits or hyphens"
    ),
    r"^[0-9A-Za-z_-]{1,30}$": Bilingual(
        "应为 1 至 30 位字母、数字、短横或下划线",
        "expected 1 to 30 letters, digits, hyphens or underscores",
    ),
    r"^[0-9A-Za-z][0-9A-Za-z._/-]{0,49}$": Bilingual(
        "应为目录编码，如 XB02", "expected a code of the catalogue, such as XB02"
    ),
    r"^[0-9]{4}(-[0-9]{2})?$": Bilingual(
        "应为月份或年度，如 2024-03 或 2024", "expected a month or a year, such as 2024-03 or 2024"
    ),
    r"^[0-9]{4}-[0-9]{2}$": Bilingual("应为月份，如 2024-03", "expected a month, such as 2024-03"),
    r"^20[0-9]{2}-(0[1-9]|1[0-2])$": Bilingual(
        "应为 2000 年以后的月份，如 2024-03", "expected a month from 2000 on, such as 2024-03"
    ),
    r"^[a-z][a-z0-9._-]{1,31}$": Bilingual(
        "应为 2 至 32 位小写字母、数字、点、下划线或短横，以字母开头",
        "expected 2 to 32 small letters, digits, dots, underscores or hyphens, a letter first",
    ),
    r"^[a-z_]+$": _WORD,
    r"^[\x21-\x7e]{1,128}$": Bilingual(
        "应为 1 至 128 个不含空格的英文字符", "expected 1 to 128 ASCII characters without spaces"
    ),
    r"^[^\u0000-\u001f\u007f]*$": _PLAIN,
    r"^[^\u0000-\u001f\u007f]+$": _PLAIN,
}
"""By the pattern of a field."""
