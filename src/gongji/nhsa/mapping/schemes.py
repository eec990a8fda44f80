"""The codes of the interface in the words of each scheme's policy, as data per pooling area.

A file beside this module speaks of the schemes of one area; see its comments, and `docs/nhsa.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from gongji.nhsa.mapping.ways import Way, read_ways
from gongji.policy import source
from gongji.policy.model import Policy
from gongji.policy.versions import Library
from gongji.policy.walk import funds_of
from gongji.wording import Bilingual, Refused, listed

__all__ = [
    "BUILT_IN", "Fund", "Kind", "Mappings", "SchemeMapping", "check_mappings", "mappings",
]  # fmt: skip

BUILT_IN = Path(__file__).parent

_SHARED = "national.yaml"
_PHARMACY = "P"


class Fund(NamedTuple):
    """How the interface knows a fund: `code` is its fund_pay_type, `field` the sum it counts in."""

    code: str
    title: str
    field: str


class Kind(NamedTuple):
    """A kind of care (`med_type`): what it says of a bill, and of which clearing it is.

    `facts` are in the words of the policy.  `when` are facts that have to hold of the institution,
    such as its kind; of several that fit the first counts.
    """

    when: Mapping[str, str]
    facts: Mapping[str, str]
    clearing: str


class SchemeMapping(NamedTuple):
    """The codes of one scheme.

    `insutype` is the kind of insurance, `persons` the psn_type by facts of the person (the first
    row that fits), `kinds` the kinds of care, `funds` by the policy's names, `account` the personal
    account, `diseases` what disease codes say of a bill (`dise_codg`), `use_account` the fact by
    which a bill says whether the account pays, if the policy has one, `filings` the ways of 2501,
    2503 and 2505 into the policy by their kinds.  `meters` are the codes of 5206 (`cum_type_code`)
    of meters that mean the same, `identities` the psn_idet_type by facts of a person.
    """

    policy: str
    insutype: str
    persons: tuple[tuple[Mapping[str, str], str], ...]
    kinds: Mapping[str, tuple[Kind, ...]]
    funds: Mapping[str, Fund]
    account: Fund
    diseases: Mapping[str, Mapping[str, str]]
    use_account: str | None
    filings: Mapping[str, tuple[Way, ...]]
    meters: Mapping[str, str]
    identities: Mapping[str, Mapping[str, str]]

    def psn_type(self, facts: Mapping[str, object]) -> str:
        """The kind of a person with some facts."""
        return next((code for when, code in self.persons if _fits(when, facts)), "99")

    def kind(self, med_type: str, place: Mapping[str, object]) -> Kind | None:
        """What a kind of care says at an institution with some facts, if the scheme has it."""
        return next((one for one in self.kinds.get(med_type, ()) if _fits(one.when, place)), None)


class Mappings(NamedTuple):
    """All mappings, by the ids of policies; `pharmacy` is what is true of a pharmacy."""

    schemes: Mapping[str, SchemeMapping]
    pharmacy: Mapping[str, str]

    def of(self, policy: str) -> SchemeMapping | None:
        """The mapping of a policy's scheme, if there is one."""
        return self.schemes.get(policy)

    def is_pharmacy(self, code: str, place: Mapping[str, object]) -> bool:
        """Whether an institution with some facts is a pharmacy.

        Where its facts do not say, because no policy of its area asks, its code does: those of
        pharmacies begin with P.
        """
        if self.pharmacy.keys() <= place.keys():
            return _fits(self.pharmacy, place)
        return code.startswith(_PHARMACY)


def check_mappings(found: Mappings, library: Library) -> None:
    """Make sure that mappings speak of the policies there are, in all of their versions.

    Raises `Refused` (`bad_mapping`) with what a policy does not know.
    """
    known = set(library.ids())
    for mapping in found.schemes.values():
        for version in library.versions(mapping.policy) if mapping.policy in known else ():
            policy = library.policy(mapping.policy, version.in_force.first)
            unknown = sorted({*_unknown_words(mapping, policy)})
            if unknown:
                raise Refused(
                    "bad_mapping",
                    Bilingual(
                        f"接口对照 {mapping.policy}：政策（{version.in_force.first} 起）里没有 "
                        f"{listed(unknown)}",
                        f"the mapping of {mapping.policy}: the policy from "
                        f"{version.in_force.first} on does not know {listed(unknown)}",
                    ),
                    {"policy": mapping.policy},
                )


def _unknown_words(mapping: SchemeMapping, policy: Policy) -> Iterator[str]:
    """Facts, values, meters and funds that only one of the two knows."""
    yield from (name for name in mapping.meters if name not in policy.meters)
    yield from (name for name in funds_of(policy) if name not in mapping.funds)
    kinds = [kind.facts for kinds in mapping.kinds.values() for kind in kinds]
    for facts in kinds:
        for name, value in facts.items():
            fact = policy.facts.get(name)
            if fact is None or value not in fact.values:
                yield f"{name}: {value}"


@cache
def mappings(*folders: Path) -> Mappings:
    """The built-in mappings and those of some folders; later files replace earlier ones."""
    found: dict[str, SchemeMapping] = {}
    shared: Mapping[str, Any] = source.plain(source.read_file(BUILT_IN / _SHARED))
    for folder in (BUILT_IN, *folders):
        for path in sorted(folder.glob("*.yaml")):
            if path.name != _SHARED:
                found.update({one.policy: one for one in _read(path, shared)})
    return Mappings(found, shared["pharmacy"])


def _read(path: Path, shared: Mapping[str, Any]) -> Iterator[SchemeMapping]:
    """The schemes of a file.  Raises `Refused` (`bad_file`, `bad_mapping`)."""
    whole: Any = source.plain(source.read_file(path))
    schemes = whole.get("schemes") if isinstance(whole, dict) else None
    if not isinstance(schemes, dict):
        raise _not_so(path, "schemes")
    for policy, said in schemes.items():
        try:
            basis = [shared["all"], *([shared[said["like"]]] if "like" in said else [])]
            yield _scheme(policy, [*basis, said])
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            missing = str(error) if isinstance(error, KeyError) else ""
            raise _not_so(path, f"{policy} {missing}".strip()) from None


def _not_so(path: Path, where: str) -> Refused:
    return Refused(
        "bad_mapping",
        Bilingual(
            f"接口对照 {path}：{where} 写得不对，或缺少；写法见内置的对照和 docs/nhsa.md",
            f"the mapping {path}: {where} is missing or not as it should be; see those that are "
            "built in and docs/nhsa.md",
        ),
        {"file": str(path)},
    )


def _scheme(policy: str, layers: list[Mapping[str, Any]]) -> SchemeMapping:
    """One scheme: of each key the last layer counts; kinds and funds of all layers together."""
    every: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            together = key in ("kinds", "funds")
            every[key] = {**every.get(key, {}), **value} if together else value
    return SchemeMapping(
        policy,
        every["insutype"],
        tuple((row.get("when", {}), row["psn_type"]) for row in every["persons"]),
        {code: tuple(_kinds(rows)) for code, rows in every["kinds"].items()},
        {name: Fund(*row) for name, row in every["funds"].items()},
        Fund(*every["account"]),
        every.get("diseases", {}),
        every.get("use_account"),
        read_ways(every.get("filings", {})),
        every.get("meters", {}),
        every.get("identities", {}),
    )


def _kinds(rows: Any) -> Iterator[Kind]:
    for row in rows if isinstance(rows, list) else [rows]:
        yield Kind(row.get("when", {}), row.get("facts", {}), row["clearing"])


def _fits(when: Mapping[str, str], facts: Mapping[str, object]) -> bool:
    return all(facts.get(name) == value for name, value in when.items())
