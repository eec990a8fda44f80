"""A small agency that listens: it checks and seals as gongji does, and answers from a list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from gongji.nhsa.dialects.every import DIALECTS, dialect_of
from gongji.nhsa.dialects.keys import Keys
from gongji.nhsa.dialects.tokens import TOKEN_PATH, grant
from gongji.nhsa.dialects.traffic import Denied, HttpAnswer, HttpAsked, Opened
from nhsa_keys import key_of

__all__ = ["Agency", "agency"]

Answers = Mapping[str, Callable[[Mapping[str, object]], object]]
"""What is answered to a number: the output for an input; a text refuses."""


class Agency:
    """What an agency has seen, and how it answers."""

    def __init__(self, answers: Answers, keys: Keys) -> None:
        self.answers = answers
        self.keys = keys
        self.url = ""
        self.opened: list[Opened] = []
        self.paths: list[str] = []
        self.ended = Event()

    def handle(self, request: HttpAsked) -> HttpAnswer:
        """As a gateway does: whose it is, whether it is new, what comes of it."""
        try:
            if request.path == TOKEN_PATH:
                return grant(request, self.keys, _now)
            dialect = DIALECTS[dialect_of(request)]
            found = dialect.check(request, self.keys, _now)
        except Denied as denied:
            return denied.answer()
        assert not found.mark or found.mark not in {one.mark for one in self.opened}
        self.opened.append(found)
        self.paths.append(request.path)
        given, infno = found.message["input"], str(found.message["infno"])
        assert isinstance(given, dict)
        if infno == "9998":
            self.ended.wait()
        if infno == "9999":
            return HttpAnswer(502, {}, b"<html>\x1b[31mBad Gateway</html>")
        answer = self.answers[infno](given)
        refused = isinstance(answer, str)
        told = {
            "infcode": -1 if refused else 0,
            "inf_refmsgid": None if refused else "320400202611211857110000000001",
            "err_msg": answer if refused else None,
            "output": None if refused else answer,
        }
        return dialect.seal(told, found.key)


def _now() -> datetime:
    return datetime.now(UTC)


def _person(given: Mapping[str, object]) -> object:
    return {
        "baseinfo": {"psn_no": "1000001", "psn_name": "张三", "gend": "1", "naty": None},
        "insuinfo": [
            {"balc": Decimal("1373.63"), "insutype": "310", "emp_name": ""},
            {"balc": 0, "insutype": "510", "emp_name": ""},
        ],
        "idetinfo": [],
    }


def _settled(given: Mapping[str, object]) -> object:
    data = given["data"]
    assert isinstance(data, dict)
    if data.get("mdtrt_id") != "300179916":
        return f"就诊ID {data.get('mdtrt_id')} 不存在"
    return {
        "setlinfo": {
            "mdtrt_id": "300179916",
            "medfee_sumamt": Decimal("4.52"),
            "acct_pay": Decimal("10023.50"),
            "hifp_pay": 0,
            "med_type": "11",
        }
    }


USUAL: Answers = {
    "9001": lambda given: {"signinoutb": {"sign_no": "680003", "sign_time": "2026-11-21"}},
    "1101": _person,
    "2201": lambda given: {"data": {"mdtrt_id": "300179916", "psn_no": "1000001"}},
    "2206": _settled,
    "2208": lambda given: None,
    "5204": lambda given: [{"cnt": 1, "text": "a\x1b[31mb"}, {"cnt": 20, "text": "c"}],
}


@contextmanager
def agency(answers: Answers = USUAL, keys: Keys = key_of) -> Iterator[Agency]:
    """An agency at a free port, until the end."""
    found = Agency(answers, keys)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = HttpAsked.of("POST", self.path, dict(self.headers.items()), body)
            answer = found.handle(request)
            with suppress(ConnectionError):  # of a client that did not wait
                self.send_response(answer.status)
                for name, value in {**answer.headers, "Content-Length": len(answer.body)}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:  # not to the terminal
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        found.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield found
        finally:
            found.ended.set()
            server.shutdown()
            thread.join()
