"""A whole outpatient visit by the national interface, for tests that look at what came of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from nhsa_place import CARD, PERSON, Software, fee

__all__ = ["Visited", "visit"]


class Visited(NamedTuple):
    """What a visit was given: `mdtrt_id` and `setl_id`, and the answer to its settlement."""

    case: str
    settlement: str
    answer: Any


def visit(
    software: Software,
    *lines: tuple[str, str, str],
    med_type: str = "11",
    disease: str = "J06",
    serial: str = "1",
) -> Visited:
    """Register, describe, upload and settle; a line is an item's code, its count and its price."""
    said = {
        "psn_no": PERSON, "insutype": "310", "begntime": "2024-11-30 08:00:00",
        "mdtrt_cert_type": "02", "mdtrt_cert_no": CARD, "ipt_otp_no": f"20241130-{serial}",
        "dept_code": "01", "dept_name": "内科", "caty": "A03",
    }  # fmt: skip
    case = software.ask("2201", data=said)["data"]["mdtrt_id"]
    what = {
        "mdtrt_id": case, "psn_no": PERSON, "med_type": med_type,
        "begntime": "2024-11-30 08:05:00", "dise_codg": disease, "dise_name": "某病",
        "main_cond_dscr": "发热三天",
    }  # fmt: skip
    found = [
        {
            "diag_type": "1", "diag_srt_no": number, "diag_code": code, "diag_name": name,
            "diag_dept": "内科", "dise_dor_no": "D1", "dise_dor_name": "李医生",
            "diag_time": "2024-11-30 08:10:00", "vali_flag": "1",
        }
        for number, code, name in ((2, "I10.x00", "高血压"), (1, "J06.900", "上呼吸道感染"))
    ]  # fmt: skip
    software.ask("2203", mdtrtinfo=what, diseinfo=found)
    sums = [f"{int(count) * int(price)}.00" for _, count, price in lines]
    sent = [
        fee(case, f"{serial}0{place}", code, count, price, total, rxno="R1")
        for place, ((code, count, price), total) in enumerate(zip(lines, sums, strict=True))
    ]
    software.ask("2204", feedetail=sent)
    asked = {
        "psn_no": PERSON, "mdtrt_cert_type": "02", "mdtrt_cert_no": CARD, "med_type": med_type,
        "medfee_sumamt": f"{sum(int(one[:-3]) for one in sums)}.00", "psn_setlway": "01",
        "mdtrt_id": case, "chrg_bchno": "B1", "acct_used_flag": "1", "insutype": "310",
        "dise_codg": disease,
    }  # fmt: skip
    answer = software.ask("2207", data=asked)
    return Visited(case, answer["setlinfo"]["setl_id"], answer)
