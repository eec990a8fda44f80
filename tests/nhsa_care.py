"""What institutions send of a stay and of a purchase, for tests of the national interface.

The stay, worked out by hand.  At a hospital of tier 3, from 2024-11-20 to 2024-11-28:

- 200 of XA01 at 20.00, class A, of which 50 are given back: 3,000.00, all in scope.
- 100 of XB02 at 12.00, class B, capped at 11.50, 10 % borne first: 1,200.00 = 50.00 over the cap,
  115.00 (10 % of 1,150.00) borne first, 1,035.00 in scope.
- S04, class C: 50.00 out of the catalogue.

4,250.00 = 50.00 + 50.00 + 115.00 + 4,035.00.  It is the first stay of the year of an active
employee: deductible 1,000 (CZE-037), then 90 % up to 150,000 (CZE-039).  The pool pays 90 % of
3,035.00, 2,731.50; the person bears 1,518.50.  2,731.50 / 4,035.00 = 0.67695..., 0.6770.

The purchase, at a retail pharmacy on 2024-11-30:

- 40 of XA01 at 20.00, class A: 800.00, all in scope, ordinary care: deductible 600, then 70 % at a
  pharmacy (CZE-048): 140.00.
- 5 of XB02 at 12.00: a pharmacy has no tier, so the cap is 10: 60.00 = 10.00 over the cap, 5.00
  (10 % of 50.00) borne first, 45.00 in scope; on the list of the person's hypertension, 80 %
  without a deductible (CZE-060, CZE-061): 36.00.

860.00 = 10.00 + 5.00 + 845.00.  The pool pays 176.00, the person 684.00.  176.00 / 845.00 =
0.20828..., 0.2083.
"""

from __future__ import annotations

from typing import Any

from nhsa_place import CARD, PERSON, Software, fee

__all__ = [
    "admission",
    "admitted",
    "asked",
    "change",
    "diagnosis",
    "discharge",
    "discharged",
    "drug",
    "purchase",
    "stay_lines",
    "uploaded",
]


def diagnosis(number: int = 1, code: str = "I10.x00", **more: Any) -> dict[str, Any]:
    return {
        "psn_no": PERSON, "diag_type": "1", "maindiag_flag": "1", "diag_srt_no": number,
        "diag_code": code, "diag_name": "原发性高血压", "diag_dept": "内科", "dise_dor_no": "D1",
        "dise_dor_name": "李医生", "diag_time": "2024-11-20 10:00:00", **more,
    }  # fmt: skip


def admission(**more: Any) -> dict[str, Any]:
    """`mdtrtinfo` of 2401; the disease is one of outpatient care, as real software sends it."""
    return {
        "psn_no": PERSON, "insutype": "310", "begntime": "2024-11-20 09:30:00",
        "mdtrt_cert_type": "02", "mdtrt_cert_no": CARD, "cert_type": "01", "certno": CARD,
        "med_type": "21", "ipt_no": "ZY001", "atddr_no": "D1", "chfpdr_name": "李医生",
        "adm_diag_dscr": "高血压", "adm_dept_codg": "01", "adm_dept_name": "内科", "adm_bed": "B1",
        "dscg_maindiag_code": "I10.x00", "dscg_maindiag_name": "原发性高血压",
        "dise_codg": "M01600", "insuplc_admdvs": "320400", "mdtrtarea_admvs": "320400", **more,
    }  # fmt: skip


def admitted(software: Software, **more: Any) -> str:
    """A person is admitted; the number of the stay."""
    said = software.ask("2401", mdtrtinfo=admission(**more), diseinfo=[diagnosis()])
    case: str = said["result"]["mdtrt_id"]
    return case


def change(case: str, **more: Any) -> dict[str, Any]:
    """`adminfo` of 2403."""
    return {
        "mdtrt_id": case, "psn_no": PERSON, "begntime": "2024-11-20 09:30:00",
        "mdtrt_cert_type": "02", "med_type": "21", "ipt_otp_no": "ZY001", "atddr_no": "D1",
        "chfpdr_name": "李医生", "adm_diag_dscr": "高血压", "adm_dept_codg": "01",
        "adm_dept_name": "内科", "adm_bed": "B2", "dscg_maindiag_code": "I10.x00",
        "dscg_maindiag_name": "原发性高血压", **more,
    }  # fmt: skip


def discharge(case: str, **more: Any) -> dict[str, Any]:
    """`dscginfo` of 2402."""
    return {
        "mdtrt_id": case, "psn_no": PERSON, "insutype": "310", "endtime": "2024-11-28 11:00:00",
        "dscg_dept_codg": "01", "dscg_dept_name": "内科", "dscg_bed": "B1", "dscg_way": "1",
        **more,
    }  # fmt: skip


def discharged(software: Software, case: str, **more: Any) -> None:
    """The person of a stay is discharged."""
    of_stay = diagnosis(mdtrt_id=case)
    said = discharge(case, **more)
    assert software.ask("2402", dscginfo=said, diseinfo=[of_stay]) is None


def stay_lines(case: str) -> list[dict[str, Any]]:
    """All lines of the stay in one list, the last of which gives something back."""
    when = {"fee_ocur_time": "2024-11-21 08:00:00", "med_type": "21"}
    back = {**when, "fee_ocur_time": "2024-11-22 08:00:00", "init_feedetl_sn": "1"}
    return [
        fee(case, "1", "XA01", "200", "20", "4000.00", **when),
        fee(case, "2", "XB02", "100", "12", "1200.00", **when),
        fee(case, "3", "S04", "1", "50", "50.00", **when),
        fee(case, "4", "XA01", "-50", "20", "-1000.00", **back),
    ]


def uploaded(software: Software, case: str) -> list[dict[str, Any]]:
    """The lines of the stay come in two messages; what was answered to them."""
    lines = stay_lines(case)
    found: list[dict[str, Any]] = [
        one for part in (lines[:2], lines[2:])
        for one in software.ask("2301", feedetail=part)["result"]
    ]  # fmt: skip
    return found


def asked(case: str, total: str = "4250.00", **more: Any) -> dict[str, Any]:
    """`data` of 2303 and 2304."""
    return {
        "psn_no": PERSON, "mdtrt_cert_type": "02", "mdtrt_cert_no": CARD, "certno": CARD,
        "psn_cert_type": "01", "psn_type": "11", "psn_name": "张三", "medfee_sumamt": total,
        "psn_setlway": "01", "mdtrt_id": case, "acct_used_flag": "1", "insutype": "310",
        "mid_setl_flag": "0", "insuplc_admdvs": "320400", "mdtrtarea_admvs": "320400", **more,
    }  # fmt: skip


def purchase(**more: Any) -> dict[str, Any]:
    """`druginfo` of 2101 and 2102."""
    return {
        "psn_no": PERSON, "mdtrt_cert_type": "02", "mdtrt_cert_no": CARD, "psn_cert_type": "01",
        "certno": CARD, "psn_type": "11", "psn_name": "张三", "begntime": "2024-11-30 08:30:00",
        "medfee_sumamt": "860.00", "insutype": "310", "acct_used_flag": "1", "med_type": "41",
        **more,
    }  # fmt: skip


def drug(serial: str, code: str, count: str, price: str, total: str, **more: Any) -> dict[str, Any]:
    """A line of `drugdetail`."""
    return {
        "feedetl_sn": serial, "rx_circ_flag": "0", "fee_ocur_time": "2024-11-30 08:30:00",
        "med_list_codg": code, "medins_list_codg": f"own-{code}", "det_item_fee_sumamt": total,
        "cnt": count, "pric": price, **more,
    }  # fmt: skip
