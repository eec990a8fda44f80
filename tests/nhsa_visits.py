"""Outpatient visits as a hospital's software begins them and asks for their settlement."""

from __future__ import annotations

from typing import Any

from nhsa_place import CARD, PERSON, Software, fee

__all__ = ["asked", "given_back", "registered", "settled"]


def registered(software: Software, own: str = "20241130-1") -> str:
    """A visit that is registered and described."""
    said = {
        "psn_no": PERSON, "insutype": "310", "begntime": "2024-11-30 08:00:00",
        "mdtrt_cert_type": "02", "mdtrt_cert_no": CARD, "ipt_otp_no": own,
        "dept_code": "01", "dept_name": "内科", "caty": "A03",
    }  # fmt: skip
    case: str = software.ask("2201", data=said)["data"]["mdtrt_id"]
    visit = {
        "mdtrt_id": case, "psn_no": PERSON, "med_type": "11", "begntime": "2024-11-30 08:05:00",
        "dise_codg": "J06", "dise_name": "上呼吸道感染",
    }  # fmt: skip
    disease = {
        "diag_type": "1", "diag_srt_no": 1, "diag_code": "J06.900", "diag_name": "上呼吸道感染",
        "diag_dept": "内科", "dise_dor_no": "D1", "dise_dor_name": "李医生",
        "diag_time": "2024-11-30 08:10:00", "vali_flag": "1",
    }  # fmt: skip
    assert software.ask("2203A", mdtrtinfo=visit, diseinfo=[disease]) is None
    return case


def asked(software: Software, case: str, **more: Any) -> dict[str, Any]:
    return {
        "psn_no": PERSON, "mdtrt_cert_type": "02",
        "mdtrt_cert_no": CARD, "med_type": "11", "medfee_sumamt": "770.00", "psn_setlway": "01",
        "mdtrt_id": case, "chrg_bchno": "B1", "acct_used_flag": "1", "insutype": "310", **more,
    }  # fmt: skip


def settled(software: Software, own: str, code: str, count: str, price: str, total: str) -> Any:
    """`setlinfo` of a visit of one line that is settled."""
    case = registered(software, own)
    software.ask("2204", feedetail=[fee(case, "1", code, count, price, total)])
    return software.ask("2207", data=asked(software, case, medfee_sumamt=total))["setlinfo"]


def given_back(software: Software, info: Any) -> Any:
    """`setlinfo` of the cancelling of a settlement."""
    said = {name: info[name] for name in ("setl_id", "mdtrt_id", "psn_no")}
    return software.ask("2208", data=said)["setlinfo"]
