"""How a filing that an institution sends becomes an application under the policy, as data.

Which question of the policy is asked, which facts are said and from where, which papers count as
seen because the institution that files has them.  Nothing is decided here; the policy decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gongji.nhsa.messages.given import Given

__all__ = ["KINDS", "Way", "read_ways", "way_for"]

KINDS = ("referral", "disease", "designation")
"""The kinds of filings: 2501, 2503 and 2505."""


class Way(NamedTuple):
    """One way of filing.

    It is taken where the fields in `sent` have one of their values, where the code of the disease
    is among `diseases` if there are any, and where the facts in `person` hold; the first that fits
    counts.  `question` is asked then, with the facts in `says`, the day of the message for each of
    `days`, and for `disease` what the code means.  `papers` count as brought.

    The fields `at` and `area` name the institution and the division that the registration is for,
    `evidence` the institution whose facts are said, because it made the diagnosis.  `known_by` is
    the fact by which the book knows that a disease is registered: one of the person, or one of the
    bills that the registration is for.
    """

    question: str
    sent: Mapping[str, tuple[str, ...]]
    person: Mapping[str, str]
    says: Mapping[str, str]
    days: tuple[str, ...]
    diseases: Mapping[str, str]
    disease: str
    known_by: str
    papers: tuple[str, ...]
    evidence: str
    at: str
    area: str

    def fits(self, given: Given, person: Mapping[str, object]) -> bool:
        """Whether a filing goes this way, of a person with some facts."""
        return (
            all(given.text(name) in values for name, values in self.sent.items())
            and (not self.diseases or given.text("opsp_dise_code") in self.diseases)
            and all(person.get(name) == value for name, value in self.person.items())
        )


def read_ways(said: Mapping[str, Any]) -> dict[str, tuple[Way, ...]]:
    """The ways of filing of a scheme, by kind, as its mapping writes them."""
    return {kind: tuple(_ways(said.get(kind, ()))) for kind in KINDS}


def way_for(ways: tuple[Way, ...], given: Given, person: Mapping[str, object]) -> Way | None:
    """The way of a filing, if the policy has one for it."""
    return next((one for one in ways if one.fits(given, person)), None)


def _ways(rows: Any) -> Iterator[Way]:
    for row in rows:
        yield Way(
            row["question"],
            {name: _several(values) for name, values in row.get("sent", {}).items()},
            row.get("person", {}), row.get("says", {}), _several(row.get("days", ())),
            row.get("diseases", {}), row.get("disease", ""), row.get("known_by", ""),
            _several(row.get("papers", ())), row.get("evidence", ""), row.get("at", ""),
            row.get("area", ""),
        )  # fmt: skip


def _several(said: Any) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)
