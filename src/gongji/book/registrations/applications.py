"""Applications for a registration: what the policy decides of what was said and brought."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from gongji.book.acts import Act
from gongji.book.places import known
from gongji.book.registrations.asking import Paper, answered, denied, known_facts, lacking
from gongji.book.rules import Rules, Scheme, rules_of
from gongji.book.schema.places import INSTITUTION
from gongji.cases.ask import question_of
from gongji.engine.answer import Answer
from gongji.engine.granted import Granted, granted
from gongji.engine.inputs import Raw
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["Application", "Decision", "decision_of"]


class Application(NamedTuple):
    """What is asked for on a day: facts said, papers brought, the institutions or area it names.

    `since` and `until` are the days that are wanted, where those are fewer than what is granted.
    """

    day: date
    said: Mapping[str, Raw]
    papers: Collection[str] = ()
    institutions: Sequence[str] = ()
    area: str = ""
    since: date | None = None
    until: date | None = None


class Decision(NamedTuple):
    """What the rules come to: what is granted, over which days, and the papers that lack."""

    rules: Rules
    granted: Granted
    since: date
    until: date | None
    missing: list[Paper]


def decision_of(
    act: Act,
    library: Library,
    scheme: Scheme,
    person: int,
    question: str,
    application: Application,
) -> Decision:
    """What a question, and those that it rests on, decide of an application.

    Raises `Refused`: `not_allowed` with the policy's reason, `no_institution`, `no_area`,
    `not_asked_for`, `bad_stretch`, `unknown_institution`, and what the engine refuses.
    """
    rules = rules_of(library, scheme, application.day)
    policy = rules.policy
    for institution in application.institutions:
        known(act, INSTITUTION, institution)
    there = known_facts(act.connection, policy, person, application.day, application.institutions)

    def asked(name: str) -> Answer:
        one = question_of(policy, name, library)
        return answered(rules, one, there, application.said, application.papers, application.day)

    first = asked(question)
    if first.case.grant is None:
        raise denied(first)
    others = [asked(name) for name in first.case.grant.rests_on]
    for other in others:
        if other.values.get("allowed") == "no":
            raise denied(other)
    found = granted(first)
    assert found is not None, "its case has a grant"
    _check_places(found, application)
    days = {
        name: [value for one in (first, *others) if isinstance(value := one.values.get(name), date)]
        for name in ("from", "until")
    }
    since = max(days["from"], default=application.day)
    since = max(since, application.since or since)
    if application.until is not None:
        days["until"].append(application.until)
    until = None if found.grant.renews else min(days["until"], default=None)
    if until is not None and until < since:
        raise Refused(
            "bad_stretch",
            Bilingual(f"登记到 {until} 为止，早于起始日 {since}",
                      f"it would end on {until}, before it begins on {since}"),
            {"field": "facts"},
        )  # fmt: skip
    return Decision(rules, found, since, until, lacking([first, *others]))


def _check_places(found: Granted, application: Application) -> None:
    """A registration names the places that its rule asks for, and no others."""
    wanted = found.grant.at
    area = application.area
    if wanted == "institution" and not application.institutions:
        raise Refused(
            "no_institution",
            Bilingual("请写明登记的机构", "name the institution that it is registered for"),
            {"field": "institutions"},
        )
    if wanted == "area" and not (len(area) == 6 and area.isascii() and area.isdigit()):
        raise Refused(
            "no_area",
            Bilingual("请写明备案的地区：六位行政区划代码，如 310000",
                      "name the area that is filed: a division code of six digits, such as 310000"),
            {"field": "area"},
        )  # fmt: skip
    if (wanted != "institution" and application.institutions) or (wanted != "area" and area):
        stray = "area" if wanted != "area" and area else "institutions"
        words = {"area": Bilingual("地区", "an area"),
                 "institutions": Bilingual("机构", "an institution")}[stray]  # fmt: skip
        raise Refused(
            "not_asked_for",
            Bilingual(f"这项登记不分{words.zh}，请去掉",
                      f"this registration does not name {words.en}; leave it out"),
            {"field": stray},
        )  # fmt: skip
