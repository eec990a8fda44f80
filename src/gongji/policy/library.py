"""The policies there are, by id and date.

A library is a folder: `<city>/<scheme>/<first day in force>.yaml` holds the versions of a policy,
`<city>/documents/<name>.yaml` the clause ledgers, `vocabulary.yaml` the shared words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path

from gongji.policy.documents import Document, read_document
from gongji.policy.load import Header, load_policy, read_header
from gongji.policy.model import Policy
from gongji.policy.vocabulary import Vocabulary, read_vocabulary
from gongji.wording import Bilingual, Refused, listed, nearest

__all__ = ["BUILT_IN", "Library"]

BUILT_IN = Path(__file__).resolve().parent.parent / "policies"
"""The folder of the policies that come with gongji."""

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(slots=True)
class Library:
    """Policies in folders; later folders add to the built-in one.

    A policy id is `city/scheme`; `city/scheme@2023-02-01` names the version in force from that
    day, whatever the date of service.
    """

    folders: tuple[Path, ...] = (BUILT_IN,)
    _policies: dict[Path, Policy] = field(default_factory=dict)
    _documents: dict[str, Document] = field(default_factory=dict)

    def ids(self) -> list[str]:
        """The ids of all policies."""
        found = {
            f"{path.parent.parent.name}/{path.parent.name}"
            for folder in self.folders
            for path in folder.glob("*/*/*.yaml")
            if path.parent.name != "documents"
        }
        return sorted(found)

    def versions(self, policy_id: str) -> list[Header]:
        """The headers of all versions of a policy, oldest first.

        Raises `Refused` (`unknown_policy`) when there is no such policy.
        """
        return [read_header(path, shown) for path, shown in self._files(policy_id)]

    def policy(self, policy_id: str, day: date) -> Policy:
        """The version of a policy in force on `day`, or the one that the id names with `@`.

        Raises `Refused`: `unknown_policy`, or `out_of_force` naming the versions there are.
        """
        name, _, version = policy_id.partition("@")
        files = list(self._files(name))
        if version:
            for path, shown in files:
                if path.stem == version:
                    return self._load(path, shown)
            raise self._no_version(name, version, [path.stem for path, _ in files])
        for path, shown in reversed(files):
            if path.stem <= day.isoformat():
                policy = self._load(path, shown)
                if day in policy.in_force:
                    return policy
        raise self._out_of_force(name, day)

    def document(self, identity: str) -> Document:
        """A clause ledger by its id, `city/document`."""
        if identity not in self._documents:
            city, _, name = identity.partition("/")
            for folder in reversed(self.folders):
                path = folder / city / "documents" / f"{name}.yaml"
                if path.is_file():
                    self._documents[identity] = read_document(path, _shown(path, folder))
                    break
            else:
                raise Refused(
                    "unknown_document",
                    Bilingual(
                        f"找不到文件的条款清单 {identity}",
                        f"there is no clause ledger {identity}",
                    ),
                )
        return self._documents[identity]

    @property
    def vocabulary(self) -> Vocabulary:
        """The words shared by all policies."""
        return _vocabulary(BUILT_IN / "vocabulary.yaml")

    def _files(self, policy_id: str) -> Iterator[tuple[Path, str]]:
        city, _, scheme = policy_id.partition("/")
        found = [
            (path, _shown(path, folder))
            for folder in self.folders
            for path in (folder / city / scheme).glob("*.yaml")
            if scheme and _VERSION.fullmatch(path.stem)
        ]
        if not found or not re.fullmatch(r"[a-z0-9_-]+/[a-z0-9_-]+", policy_id):
            raise self._unknown(policy_id)
        yield from sorted(found, key=lambda one: one[0].stem)

    def _load(self, path: Path, shown: str) -> Policy:
        if path not in self._policies:
            self._policies[path] = load_policy(path, shown, self.vocabulary, self.document)
        return self._policies[path]

    def _unknown(self, policy_id: str) -> Refused:
        known = self.ids()
        near = nearest(policy_id, known)
        meant = (
            Bilingual(f"；是否指 {near}", f"; did you mean {near}?") if near else Bilingual("", "")
        )
        return Refused(
            "unknown_policy",
            Bilingual(
                f"没有政策“{policy_id}”；现有：{listed(known)}",
                f"there is no policy {policy_id!r}; there are: {listed(known)}",
            )
            + meant,
            {"policies": known},
        )

    def _no_version(self, name: str, version: str, known: list[str]) -> Refused:
        return Refused(
            "unknown_version",
            Bilingual(
                f"{name} 没有 {version} 起施行的版本；现有：{listed(known)}",
                f"{name} has no version in force from {version}; there are: {listed(known)}",
            ),
            {"versions": known},
        )

    def _out_of_force(self, name: str, day: date) -> Refused:
        known = [_named(header) for header in self.versions(name)]
        first = self.versions(name)[-1].in_force.first
        return Refused(
            "out_of_force",
            Bilingual(
                f"{name} 没有在 {day} 施行的版本；现有：{'；'.join(one.zh for one in known)}。"
                f"若要按某一版本试算，写 {name}@{first}",
                f"no version of {name} is in force on {day}; there are: "
                f"{'; '.join(one.en for one in known)}. To settle under a version all the same, "
                f"name it: {name}@{first}",
            ),
            {"versions": [one.en for one in known]},
        )


def _named(header: Header) -> Bilingual:
    first, last = header.in_force.first, header.in_force.last
    return Bilingual(f"{first} 至 {last}" if last else f"{first} 起", f"{first} to {last or 'now'}")


def _shown(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if folder == BUILT_IN else str(path)


@lru_cache(maxsize=1)
def _vocabulary(path: Path) -> Vocabulary:
    return read_vocabulary(path)
