"""An institution's side of the national interface: messages sent over HTTP, answers read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import httpx

from gongji.nhsa.addresses import BELOW, ONE_FOR_ALL, TOKEN_PATH
from gongji.nhsa.client.asking import Envelopes, check_number
from gongji.nhsa.client.names import path_of
from gongji.nhsa.client.places import value_at
from gongji.nhsa.client.settings import Settings
from gongji.nhsa.dialects.clocks import Clock
from gongji.nhsa.dialects.every import DIALECTS
from gongji.nhsa.dialects.tokens import token_in, token_wanted
from gongji.nhsa.dialects.traffic import HttpAnswer, HttpToSend
from gongji.wording import Bilingual, Refused, shortened

__all__ = ["Answer", "Client"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was sent, and what came back."""

    message: Mapping[str, object]
    """The message as it was before it was signed or sealed."""
    told: Mapping[str, object]
    """The answer, opened; numbers with a point are `Decimal`."""
    status: int
    """Of HTTP."""

    @property
    def infno(self) -> str:
        """The number of the transaction."""
        return str(self.message["infno"])

    @property
    def done(self) -> bool:
        """Whether the other side did what was asked: `infcode` is 0."""
        return str(self.told.get("infcode")) == "0"

    @property
    def reason(self) -> str:
        """Why it did not, in its own words."""
        names = ("err_msg", "message", "error_description", "error")
        said = next((self.told[name] for name in names if self.told.get(name)), "")
        return shortened(str(said), 400)


class Client:
    """A session with an agency; to be used in a `with`.

    A message is sent once: where no answer comes, nobody knows whether it was carried out, so the
    refusal says by which `msgid` to ask or to reverse it.  Raises `Refused`: `bad_key`,
    `missing_package`, `bad_input`.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._key = settings.signing_key()
        self._dialect = DIALECTS[settings.dialect]
        self._envelopes = Envelopes(settings)
        self._http = httpx.Client(timeout=settings.seconds())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def ask(self, infno: str, content: object, more: Mapping[str, object] | None = None) -> Answer:
        """Send a transaction and read its answer, a refusal of the other side's included.

        `more` are fields of the message that are otherwise than usual.  Raises `Refused`:
        `bad_input`, `no_connection`, `no_answer`, `not_json`, `wrong_key`.
        """
        check_number(infno)
        if self._settings.dialect == "oauth" and not self._key.token:
            wanted = token_wanted(self._key, self._settings.url.rstrip("/") + TOKEN_PATH)
            self._key = replace(self._key, token=token_in(self._sent(wanted, "")))
        message = self._envelopes.message(infno, content, more or {}, self._clock())
        request = self._dialect.signed(message, self._key, self._clock, self._url(infno))
        answer = self._sent(request, str(message["msgid"]))
        found = Answer(message, self._dialect.opened(answer, self._key), answer.status)
        self._note_sign_in(found)
        return found

    def _url(self, infno: str) -> str:
        own = self._settings
        path = own.path or ONE_FOR_ALL.get(own.dialect, "")
        if not path:
            found = path_of(infno)
            if not found:
                raise Refused(
                    "bad_input",
                    Bilingual(
                        f"没有资料写明 {infno} 的地址；用 path 说明，如 /fsi/api/服务/方法",
                        f"no source shows the address of {infno}; state it as path, such as "
                        "/fsi/api/service/method",
                    ),
                    {"field": "path"},
                )
            path = f"{BELOW}{found}"
        return own.url.rstrip("/") + "/" + path.replace("{infno}", infno).lstrip("/")

    def _sent(self, request: HttpToSend, msgid: str) -> HttpAnswer:
        try:
            answer = self._http.request(
                request.method, request.url, headers=dict(request.headers), content=request.body
            )
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise _bad_address(self._settings.url) from None
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise _no_connection(request.url, error) from None
        except httpx.HTTPError as error:
            raise _no_answer(request.url, error, msgid, self._settings.seconds()) from None
        return HttpAnswer(answer.status_code, dict(answer.headers), answer.content)

    def _note_sign_in(self, found: Answer) -> None:
        """Messages after a sign-in carry its number."""
        if found.infno == "9001" and found.done:
            try:
                number = value_at(found.told, "output.signinoutb.sign_no")
            except LookupError:
                return
            self._envelopes.sign_no = str(number or "")


def _bad_address(url: str) -> Refused:
    return Refused(
        "bad_input",
        Bilingual(
            f"url：“{shortened(url)}”不是网址；应写成 http://主机:端口 或 https://…",
            f"url: {shortened(url)!r} is no address; expected http://host:port or https://…",
        ),
        {"field": "url"},
    )


def _no_connection(url: str, error: httpx.HTTPError) -> Refused:
    why = shortened(str(error), 120)
    return Refused(
        "no_connection",
        Bilingual(
            f"连不上 {shortened(url, 120)}（{why}）；什么都没有发出。"
            "检查地址、网络和对方是否在运行",
            f"cannot connect to {shortened(url, 120)} ({why}); nothing was sent. Check the "
            "address, the network, and whether the other side runs",
        ),
        {"field": "url"},
    )


def _no_answer(url: str, error: httpx.HTTPError, msgid: str, seconds: int) -> Refused:
    late = isinstance(error, httpx.TimeoutException)
    why = shortened(str(error), 120)
    zh = f"{seconds} 秒内没有应答" if late else f"没有收到应答（{why}）"
    en = f"no answer within {seconds} s" if late else f"no answer came ({why})"
    if msgid:
        zh += f"；对方可能已经办了，先按 msgid {msgid} 查询或冲正（2601），不要直接重发"
        en += (
            f"; it may have been carried out: ask about msgid {msgid} or reverse it (2601) before "
            "sending again"
        )
    return Refused("no_answer", Bilingual(zh, en), {"url": url, "msgid": msgid})
