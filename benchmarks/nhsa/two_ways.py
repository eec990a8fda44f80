"""The same outpatient visit by REST and by the national interface, side by side.

    uv run python benchmarks/nhsa/two_ways.py [--visits 60] [--rounds 3] [--lines 5]
        [--server postgresql://…]

One `gongji serve` over a new book, asked by one client and by four.  A visit has some lines by code
and is settled: by REST it is begun, its lines uploaded, and settled (three requests); by the
interface it is registered, described, its lines uploaded, and settled (2201, 2203, 2204, 2207),
plainly, and signed as CSB asks.  With `2206` the bill is tried before.  The bound is as many
requests that only ask who one is.  Told are visits a second, and the server's processor time.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parent.parent / "book"))

from desk import AREA, DAY, MANY, Desk, desk_of
from gongji.book.catalogue.loading import load_catalogue
from gongji.book.exchange.keys import open_key
from gongji.book.sheets import read_sheet
from gongji.nhsa.dialects import csb
from gongji.nhsa.dialects.keys import Key
from gongji.nhsa.messages.numbers import numbered

ITEMS = "code,name,kind,item_class,since\n" + "\n".join(
    f"XA{one:02d},药品{one},drug,甲,2024-01-01" for one in range(1, 51)
)
PATH = "/fsi/api/rsfComIfsService/callService"
CSB = Key("csb", "benchmark", "H1", secret="a secret of the benchmark")
CLIENTS = (1, 4)
PRICE, COUNT, TOTAL = "12.50", "2", "25.00"

Way = Callable[[int], None]


def main() -> None:
    asked = _asked()
    with TemporaryDirectory(prefix="gongji-ways-") as name:
        folder = Path(name)
        address = asked.server or str(folder / "book.db")
        with desk_of(address, folder) as desk:
            _fill(desk)
            ways = _ways(desk, asked.lines)
            busy = ", ".join(f"{one:.1f}" for one in os.getloadavg())
            print(
                f"processes that wanted a processor at the beginning (1, 5, 15 minutes): {busy}\n"
            )
            print("                                    1 client    4 clients   processor a visit")
            _show(desk, ways, asked)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=60, help="visits of each turn")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lines", type=int, default=5, help="lines of each visit")
    parser.add_argument("--server", default="", help="an empty PostgreSQL database; else SQLite")
    return parser.parse_args()


def _fill(desk: Desk) -> None:
    """A catalogue, and the keys of the hospital's own software."""

    def work(act: Any) -> dict[str, Any]:
        load_catalogue(act, desk.book.library, "items", read_sheet("items.csv", ITEMS.encode()))
        open_key(act, "H1", "plain", "H1", {})
        open_key(act, "H1", CSB.dialect, CSB.name, {"secret": CSB.secret})
        return {}

    desk.do(work)


def _ways(desk: Desk, lines: int) -> Mapping[str, Way]:
    interface = _Interface(desk, lines)
    return {
        "bound: four requests, who one is": lambda _: _ask_who(desk),
        "REST": lambda person: _by_rest(desk, person, lines),
        "interface, plain": lambda person: interface.visit(person, signed=False),
        "interface, signed as CSB": lambda person: interface.visit(person, signed=True),
        "interface, tried by 2206 as well": lambda person: interface.visit(
            person, signed=False, tried=True
        ),
    }


def _ask_who(desk: Desk) -> None:
    for _ in range(4):
        desk.who()


def _by_rest(desk: Desk, person: int, lines: int) -> None:
    visit = {
        "person": person, "institution": "H1", "day": DAY.isoformat(),
        "facts": {"setting": "outpatient"},
    }  # fmt: skip
    number = desk.sent("/v1/visits", visit)["visit"]
    said = [
        {"serial": str(one), "day": DAY.isoformat(), "code": f"XA{one:02d}", "quantity": COUNT,
         "price": PRICE, "total": TOTAL}
        for one in range(1, lines + 1)
    ]  # fmt: skip
    desk.sent(f"/v1/visits/{number}/coded-lines", {"lines": said})
    desk.sent(f"/v1/visits/{number}/settlement", None)


class _Interface:
    """A hospital's own software; each thread keeps its own connection."""

    def __init__(self, desk: Desk, lines: int) -> None:
        self._port, self._lines = desk.port, lines
        self._serial = count(1)
        self._own = threading.local()

    def visit(self, person: int, *, signed: bool, tried: bool = False) -> None:
        number, at = numbered(AREA, person), f"{DAY} 09:00:00"
        card = {"mdtrt_cert_type": "01", "mdtrt_cert_no": "EC0001"}
        registered = {
            "psn_no": number, "insutype": "310", "begntime": at, **card, "dept_code": "01",
            "ipt_otp_no": str(next(self._serial)), "dept_name": "内科", "caty": "A03",
        }  # fmt: skip
        case = self._sent("2201", {"data": registered}, signed)["data"]["mdtrt_id"]
        described = {
            "mdtrt_id": case, "psn_no": number, "med_type": "11", "begntime": at,
            "dise_codg": "J06", "dise_name": "上呼吸道感染",
        }  # fmt: skip
        disease = {
            "diag_type": "1", "diag_srt_no": 1, "diag_code": "J06.900", "diag_name": "感染",
            "diag_dept": "内科", "dise_dor_no": "D1", "dise_dor_name": "李医生", "diag_time": at,
            "vali_flag": "1",
        }  # fmt: skip
        self._sent("2203A", {"mdtrtinfo": described, "diseinfo": [disease]}, signed)
        lines = [
            {"feedetl_sn": str(one), "mdtrt_id": case, "psn_no": number, "chrg_bchno": "1",
             "rx_circ_flag": "0", "fee_ocur_time": at, "med_list_codg": f"XA{one:02d}",
             "medins_list_codg": f"XA{one:02d}", "det_item_fee_sumamt": TOTAL, "cnt": COUNT,
             "pric": PRICE, "bilg_dept_codg": "01", "bilg_dept_name": "内科",
             "bilg_dr_codg": "D1", "bilg_dr_name": "李医生", "hosp_appr_flag": "0"}
            for one in range(1, self._lines + 1)
        ]  # fmt: skip
        self._sent("2204", {"feedetail": lines}, signed)
        settled = {
            "psn_no": number, **card, "med_type": "11", "psn_setlway": "01", "mdtrt_id": case,
            "medfee_sumamt": str(25 * self._lines), "chrg_bchno": "1", "acct_used_flag": "1",
            "insutype": "310",
        }  # fmt: skip
        if tried:
            self._sent("2206", {"data": settled}, signed)
        self._sent("2207", {"data": settled}, signed)

    def _sent(self, infno: str, said: Mapping[str, Any], signed: bool) -> Any:  # noqa: FBT001
        message = {
            "infno": infno, "msgid": f"H1{next(self._serial):028d}", "mdtrtarea_admvs": AREA,
            "insuplc_admdvs": AREA, "recer_sys_code": "FSI_LOCAL", "infver": "1.0",
            "opter_type": "1", "opter": "1", "opter_name": "收费员",
            "inf_time": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}", "fixmedins_code": "H1",
            "fixmedins_name": "第一医院", "sign_no": "", "input": said,
        }  # fmt: skip
        headers, body = {"Content-Type": "application/json"}, json.dumps(message).encode()
        if signed:
            sent = csb.signed(message, CSB, lambda: datetime.now(UTC), "")
            headers, body = dict(sent.headers), sent.body
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        self._own.connection.request("POST", PATH, body, headers)
        told = json.loads(self._own.connection.getresponse().read())
        assert told.get("infcode") == 0, told
        return told["output"]


def _show(desk: Desk, ways: Mapping[str, Way], asked: argparse.Namespace) -> None:
    rates: dict[tuple[str, int], list[float]] = {}
    burnt: dict[str, list[float]] = {}
    for _ in range(asked.rounds):
        for clients in CLIENTS:
            for name, way in ways.items():
                persons = desk.persons(min(MANY, asked.visits))
                before, began = _processor(desk), perf_counter()
                with ThreadPoolExecutor(clients) as pool:
                    whose = [persons[one % len(persons)] for one in range(asked.visits)]
                    list(pool.map(way, whose))
                took = perf_counter() - began
                rates.setdefault((name, clients), []).append(asked.visits / took)
                spent = (_processor(desk) - before) / asked.visits
                burnt.setdefault(name, []).append(spent)
    for name in ways:
        one, four = (statistics.median(rates[name, clients]) for clients in CLIENTS)
        print(
            f"{name:<34} {one:7.1f} /s   {four:7.1f} /s   {min(burnt[name]) * 1000:8.1f} ms least"
        )


def _processor(desk: Desk) -> float:
    times = psutil.Process(desk.server).cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
