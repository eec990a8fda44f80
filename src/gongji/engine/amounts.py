"""Reading amounts: what a bill adds up to, and how it divides into parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Union

from gongji.engine.bill import IN_SCOPE, Item
from gongji.money import grouped_yuan, parse_yuan
from gongji.policy.model import OUT_OF_SCOPE
from gongji.wording import Bilingual, Refused, shortened

__all__ = ["AMOUNTS", "Raw", "check_sums", "divided", "one_text", "read_parts", "shown"]

Raw = Union[str, Sequence["Raw"], Mapping[str, "Raw"]]  # noqa: UP007 - recursive alias
"""What people write: a text, a list, or a block of fields."""

_TOTAL = "total"
AMOUNTS = (_TOTAL, IN_SCOPE, *OUT_OF_SCOPE)
"""The amounts that a bill or one of its items can state."""


def read_parts(amounts: Mapping[str, Raw], field: str) -> tuple[dict[str, int], tuple[str, ...]]:
    """The parts of a bill or an item in fen, and the notes on what was taken for granted.

    Raises `Refused`.
    """
    return divided({name: _fen(value, f"{field}.{name}") for name, value in amounts.items()}, field)


def divided(fen: Mapping[str, int], field: str) -> tuple[dict[str, int], tuple[str, ...]]:
    """How amounts in fen divide a bill or an item into parts, and what was taken for granted.

    Without `in_scope` it is what the other parts leave of the total; a remainder of the total
    that no part explains is booked as out of catalogue.  Raises `Refused`.
    """
    if _TOTAL not in fen and IN_SCOPE not in fen:
        raise Refused(
            "missing_amount",
            Bilingual(
                f"没有金额；请给出 {field}.in_scope（政策范围内费用）或 {field}.total（总费用）",
                f"no amount; give {field}.in_scope (cost in policy scope) or {field}.total",
            ),
            {"field": field, "choices": [IN_SCOPE, _TOTAL]},
        )
    parts = dict(fen)
    total = parts.pop(_TOTAL, None)
    if total is None:
        return parts, ()
    rest = total - sum(parts.values())
    if rest < 0:
        raise Refused(
            "parts_exceed_total",
            Bilingual(
                f"{field}.total：各部分之和 {grouped_yuan(total - rest)} 超过总费用 "
                f"{grouped_yuan(total)}；应不超过总费用",
                f"{field}.total: the parts add up to {grouped_yuan(total - rest)}, more than the "
                f"total {grouped_yuan(total)}; expected at most the total",
            ),
            {"field": f"{field}.total"},
        )
    if IN_SCOPE not in parts:
        return {**parts, IN_SCOPE: rest}, () if parts or not rest else ("total_in_scope",)
    if rest:
        parts["out_of_catalogue"] = parts.get("out_of_catalogue", 0) + rest
        return parts, ("remainder_out_of_catalogue",)
    return parts, ()


def _fen(value: Raw, where: str) -> int:
    return parse_yuan(one_text(value, where), where)


def check_sums(amounts: Mapping[str, Raw], items: Sequence[Item], field: str) -> None:
    """Amounts stated beside a list of items must be what the items add up to."""
    for name, value in amounts.items():
        where = f"{field}.{name}"
        stated = parse_yuan(one_text(value, where), where)
        summed = sum(item.total if name == _TOTAL else item.parts.get(name, 0) for item in items)
        if stated != summed:
            raise Refused(
                "parts_exceed_total" if summed > stated else "parts_fall_short",
                Bilingual(
                    f"{where}：写的是 {grouped_yuan(stated)}，各项之和是 {grouped_yuan(summed)}；"
                    "两者应相等",
                    f"{where}: stated as {grouped_yuan(stated)}, but the items add up to "
                    f"{grouped_yuan(summed)}; expected the same",
                ),
                {"field": where},
            )


def one_text(raw: Raw, where: str) -> str:
    """The one text that must stand there.  Raises `Refused` (`bad_input`)."""
    text = raw.strip() if isinstance(raw, str) else ""
    if text:
        return text
    raise Refused(
        "bad_input",
        Bilingual(f"{where}：应为一个值", f"{where}: expected one value, found {shown(raw)}"),
        {"field": where},
    )


def shown(raw: Raw | None) -> str:
    """What was found, for a message."""
    if raw is None:
        return "空"
    return f"“{shortened(raw)}”" if isinstance(raw, str) else "[…]"
