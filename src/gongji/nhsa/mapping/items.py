"""What the book's catalogue says of an item, in the codes of the interface, and the reverse."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, false, func

__all__ = [
    "DRUG_LISTS", "LEVELS", "charge_of", "list_type_of", "with_charge", "with_level",
    "with_list_type",
]  # fmt: skip

LEVELS = {"class_a": "01", "class_b": "02", "class_c": "03"}
"""`chrgitm_lv`, by the class of an item."""

_OTHER_CHARGE = "14"
_CHARGES = frozenset(f"{number:02d}" for number in range(1, 15))
_HERBS_CHARGE, _HERBS = "10", "102"
_DRUGS = "101"
_LISTS = {"drug": _DRUGS, "service": "201", "material": "301"}
_OTHER_LIST = "105"
DRUG_LISTS = (_DRUGS, _HERBS)
"""The catalogues (`list_type`) of what is taken: drugs and herbal pieces."""


def charge_of(fee_kind: str) -> str:
    """The kind of a charge (`med_chrgitm_type`): as the catalogue says it, else others."""
    return fee_kind if fee_kind in _CHARGES else _OTHER_CHARGE


def list_type_of(kind: str | None, fee_kind: str | None) -> str:
    """Which catalogue an item is of (`list_type`): the charge tells herbal pieces from drugs."""
    if kind == "drug" and fee_kind == _HERBS_CHARGE:
        return _HERBS
    return _LISTS.get(kind or "", _OTHER_LIST)


def with_charge(columns: Any, code: str) -> ColumnElement[bool]:
    """Rows whose charge is of a kind."""
    known = columns.fee_kind.in_(sorted(_CHARGES - {_OTHER_CHARGE}))
    own: ColumnElement[bool] = ~known if code == _OTHER_CHARGE else columns.fee_kind == code
    return own


def with_level(columns: Any, code: str) -> ColumnElement[bool]:
    """Rows of a class."""
    classes = [name for name, level in LEVELS.items() if level == code]
    found: ColumnElement[bool] = columns.item_class.in_(classes)
    return found


def with_list_type(columns: Any, code: str) -> ColumnElement[bool]:
    """Rows of a catalogue."""
    herbs = (columns.kind == "drug") & (func.coalesce(columns.fee_kind, "") == _HERBS_CHARGE)
    if code == _HERBS:
        return herbs  # type: ignore[no-any-return]
    kinds = [kind for kind, list_type in _LISTS.items() if list_type == code]
    if not kinds:
        return columns.kind.is_(None) if code == _OTHER_LIST else false()
    found: ColumnElement[bool] = columns.kind.in_(kinds) & ~herbs
    return found
