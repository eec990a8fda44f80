"""Findings of the checker in words, each with the visit that shows it as an estimate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from gongji.policy.model import Policy
from gongji.web.estimate.said import Said
from gongji.web.library.sheets import Ref
from gongji.wording import Bilingual

__all__ = ["FindingShown", "findings_shown"]


class FindingShown(NamedTuple):
    """A finding in words: its kind, how much it matters, why it is true of the document.

    `visit` is the query of an estimate that shows it, empty where no single visit does.
    """

    kind: str
    severity: str
    text: Bilingual
    because: Bilingual | None
    refs: tuple[Ref, ...]
    visit: str
    also: tuple[Bilingual, ...]


def findings_shown(policy: Policy, record: Mapping[str, Any]) -> tuple[FindingShown, ...]:
    """The findings of a report, those that nobody has explained first, notes last."""
    return tuple(_shown(policy, one) for name in ("new", "known", "notes") for one in record[name])


def _shown(policy: Policy, one: Mapping[str, Any]) -> FindingShown:
    because = one.get("because")
    return FindingShown(
        one["finding"], one["severity"], _both(one["text"]),
        None if because is None else _both(because),
        tuple(Ref(clause, reading=False) for clause in one["clauses"]),
        "" if one["example"] is None else _visit(policy, one["example"]),
        tuple(_both(other["text"]) for other in one.get("also", ())),
    )  # fmt: skip


def _both(text: Mapping[str, str]) -> Bilingual:
    return Bilingual(text["zh"], text["en"])


def _visit(policy: Policy, example: Mapping[str, Any]) -> str:
    """The address of an estimate of the visit, with those before it on the same day."""
    day = policy.in_force.first.isoformat()
    facts = _facts(example["facts"])
    if example["in_scope"] is not None:
        facts["in_scope"] = example["in_scope"]
    mine = {name for name, fact in policy.facts.items() if fact.of == "person"}
    earlier = tuple(
        {"date": day, "in_scope": one["in_scope"],
         **{name: text for name, text in _facts(one["facts"]).items() if name not in mine}}
        for one in example["earlier"]
    )  # fmt: skip
    return Said(policy.id, day, facts, earlier).query()


def _facts(facts: Mapping[str, Any]) -> dict[str, str]:
    """Facts as they are typed; of a set its members with commas, none in so many words."""
    return {
        name: (",".join(value) or "none") if isinstance(value, list) else str(value)
        for name, value in facts.items()
    }
