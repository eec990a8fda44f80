"""Messages of the national interface that come at the same moment, in either database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest

from gongji.book.acts import Act
from gongji.nhsa import counter
from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.services import Work
from gongji.policy.versions import Library
from nhsa_care import admission, admitted, asked, diagnosis, discharged, drug, purchase, uploaded
from nhsa_place import HOSPITAL, OTHER, PERSON, PHARMACY, Agency, agency_at

DRUGS = [drug("1", "XA01", "40", "20", "800.00"), drug("2", "XB02", "5", "12", "60.00")]


@pytest.fixture
def agency(address: str, tmp_path: Path, library: Library) -> Iterator[Agency]:
    found = agency_at(address, tmp_path, library)
    yield found
    found.book.close()


def together(*works: Callable[[], Any]) -> list[Any]:
    """What works give that begin at the same moment; the sentence of one that is refused."""
    gate = Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return work()
        except Rejected as rejected:
            return rejected.err_msg

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def refusals(answers: list[Any]) -> list[str]:
    return [one for one in answers if isinstance(one, str)]


def test_a_person_is_admitted_by_one_of_two_hospitals(agency: Agency) -> None:
    def admit(institution: str) -> Callable[[], Any]:
        software = agency.software(institution)
        return lambda: software.ask("2401", mdtrtinfo=admission(), diseinfo=[diagnosis()])

    (refused,) = refusals(together(admit(HOSPITAL), admit(OTHER)))
    assert "在院状态不能办理入院" in refused


def test_a_stay_that_is_settled_by_many_at_once_is_settled_once(agency: Agency) -> None:
    software = agency.software()
    case = admitted(software)
    uploaded(software, case)
    discharged(software, case)
    settling = [lambda: software.ask("2304", data=asked(case)) for _ in range(4)]
    refused = refusals(together(*settling))
    assert len(refused) == 3
    assert all("已经结算，不能再次结算" in one for one in refused)
    assert agency.trial()["institution", "", "H1"] == 425000
    assert agency.clean() == []


def test_a_message_that_comes_many_times_at_once_is_done_once(agency: Agency) -> None:
    software = agency.software(PHARMACY)
    message = "P1202411300002"
    first, *others = together(
        *[
            lambda: software.ask("2102", msgid=message, druginfo=purchase(), drugdetail=DRUGS)
            for _ in range(4)
        ]
    )
    assert first["setlinfo"]["medins_setl_id"] == message
    assert others == [first] * 3
    assert agency.trial()["institution", "", "P1"] == 86000
    assert agency.clean() == []


def test_a_purchase_that_is_taken_back_both_ways_at_once_is_taken_back_once(
    agency: Agency,
) -> None:
    software = agency.software(PHARMACY)
    info = software.ask("2102", druginfo=purchase(), drugdetail=DRUGS)["setlinfo"]
    of_message = {"psn_no": PERSON, "omsgid": software.last, "oinfno": "2102"}
    numbers = {"setl_id": info["setl_id"], "mdtrt_id": info["mdtrt_id"], "psn_no": PERSON}
    answers = together(
        lambda: software.ask("2601", data=of_message),
        lambda: software.ask("2103", data=numbers),
        lambda: software.ask("2601", data=of_message),
    )
    assert len(refusals(answers)) == 2
    assert agency.trial() == {}
    assert agency.clean() == []


def test_a_reversal_waits_for_the_message_that_is_still_being_worked_on(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The institution gave up waiting; what it reverses must not come true after it."""
    software = agency.software(PHARMACY)
    settled, go_on = Event(), Event()
    work = counter.SERVICES["2102"]
    assert isinstance(work, Work)

    def slowly(call: Call, act: Act) -> Output:
        found = work.do(call, act)
        settled.set()
        assert go_on.wait(20)
        return found

    monkeypatch.setattr(counter, "SERVICES", {**counter.SERVICES, "2102": Work(slowly)})
    message = "P1202411300001"
    with ThreadPoolExecutor(2) as pool:
        buying = pool.submit(
            software.ask, "2102", msgid=message, druginfo=purchase(), drugdetail=DRUGS
        )
        assert settled.wait(20)
        of_message = {"psn_no": PERSON, "omsgid": message, "oinfno": "2102"}
        reversing = pool.submit(software.ask, "2601", data=of_message)
        assert wait([reversing], timeout=1).done == set()
        go_on.set()
        assert buying.result(20)["setlinfo"]["medfee_sumamt"] == 860
        assert reversing.result(20) is None
    assert agency.trial() == {}
    assert agency.clean() == []
