"""The policies there are, by id and date.

A library is a folder: `<city>/<scheme>/<first day in force>.yaml` holds the versions of a policy,
`<city>/documents/<name>.yaml` the clause ledgers, `vocabulary.yaml` the shared words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING, NamedTuple

from gongji.policy.cache import digest_of, keep, kept
from gongji.policy.documents import Document
from gongji.policy.model import Policy
from gongji.wording import Bilingual, Refused, listed, nearest

if TYPE_CHECKING:
    from gongji.policy.load import Header

__all__ = ["BUILT_IN", "Library"]

BUILT_IN = Path(__file__).resolve().parent.parent / "policies"
"""The folder of the policies that come with gongji."""

_ID = re.compile(r"[a-z0-9_-]+/[a-z0-9_-]+")
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")
_VOCABULARY = BUILT_IN / "vocabulary.yaml"


_SETTLED_NANOSECONDS = 2 * 10**9
"""How long ago a folder has to have changed for its clock to tell."""


class _Kept(NamedTuple):
    """A checked policy as the cache keeps it, with the digest of its ledger."""

    policy: Policy
    document: Document
    ledger: str


class _Listed(NamedTuple):
    """The versions in a folder: when the folder had changed, when it was listed, what was there."""

    changed: int
    at: int
    files: tuple[Path, ...]


@dataclass(slots=True)
class Library:
    """Policies in folders; a later folder adds versions, or replaces one of the same first day.

    A policy id is `city/scheme`; `city/scheme@2023-02-01` names the version in force from that
    day, whatever the date of service.
    """

    folders: tuple[Path, ...] = (BUILT_IN,)
    _policies: dict[Path, Policy] = field(default_factory=dict)
    _headers: dict[Path, Header] = field(default_factory=dict)
    _documents: dict[str, Document] = field(default_factory=dict)
    _listed: dict[Path, _Listed] = field(default_factory=dict)

    def ids(self) -> list[str]:
        """The ids of all policies."""
        found = {
            f"{path.parent.parent.name}/{path.parent.name}"
            for folder in self.folders
            for path in folder.glob("*/*/*.yaml")
            if _VERSION.fullmatch(path.stem) and path.parent.name != "documents"
        }
        found = {name for name in found if _ID.fullmatch(name)}
        return sorted(found)

    def titles(self) -> dict[str, Bilingual]:
        """The ids of all policies with the titles of their latest versions."""
        return {name: self.versions(name)[-1].title for name in self.ids()}

    def versions(self, policy_id: str) -> list[Header]:
        """The headers of all versions of a policy, oldest first, or of the one named with `@`.

        Raises `Refused` (`unknown_policy`, `unknown_version`) when there is no such policy.
        """
        from gongji.policy.load import read_header

        name, at, version = policy_id.partition("@")
        files = list(self._files(name))
        chosen = [(path, shown) for path, shown in files if not at or path.stem == version]
        if not chosen:
            raise _no_version(name, version, [path.stem for path, _ in files])
        for path, shown in chosen:
            if path not in self._headers:
                self._headers[path] = read_header(path, shown)
        return [self._headers[path] for path, _ in chosen]

    def policy(self, policy_id: str, day: date) -> Policy:
        """The version of a policy in force on `day`, or the one that the id names with `@`.

        Raises `Refused`: `unknown_policy`, or `out_of_force` naming the versions there are.
        """
        name, at, version = policy_id.partition("@")
        files = list(self._files(name))
        if at:
            for path, shown in files:
                if path.stem == version:
                    return self._load(path, shown)
            raise _no_version(name, version, [path.stem for path, _ in files])
        for path, shown in reversed(files):
            if path.stem <= day.isoformat():
                policy = self._load(path, shown)
                if policy.in_force.covers(day):
                    return policy
        raise _out_of_force(name, day, self.versions(name))

    def document(self, identity: str) -> Document:
        """A clause ledger by its id, `city/document`.  Raises `Refused` (`unknown_document`)."""
        if identity not in self._documents:
            from gongji.policy.read_document import read_document

            path, shown = self._ledger(identity)
            self._documents[identity] = read_document(path, shown)
        return self._documents[identity]

    def documents(self) -> list[str]:
        """The ids of all clause ledgers, `city/document`."""
        found = {
            f"{path.parent.parent.name}/{path.stem}"
            for folder in self.folders
            for path in folder.glob("*/documents/*.yaml")
        }
        return sorted(found)

    def _ledger(self, identity: str) -> tuple[Path, str]:
        city, _, name = identity.partition("/")
        for folder in reversed(self.folders):
            path = folder / city / "documents" / f"{name}.yaml"
            if path.is_file():
                return path, _shown(path, folder)
        raise Refused(
            "unknown_document",
            Bilingual(
                f"找不到文件的条款清单 {identity}（应在 <城市>/documents/ 中）",
                f"there is no clause ledger {identity} (it belongs in <city>/documents/)",
            ),
            {"document": identity},
        )

    def _files(self, policy_id: str) -> Iterator[tuple[Path, str]]:
        city, _, scheme = policy_id.partition("/")
        found: dict[str, tuple[Path, str]] = {}
        if _ID.fullmatch(policy_id) and scheme != "documents":
            for folder in self.folders:
                for path in self._versions_in(folder / city / scheme):
                    found[path.stem] = path, _shown(path, folder)
        if not found:
            raise _unknown(policy_id, self.titles())
        for first_day in sorted(found):
            yield found[first_day]

    def _versions_in(self, folder: Path) -> tuple[Path, ...]:
        """The versions in a folder, which is listed anew once something came or went there.

        What changed a moment ago may change again within the same tick of the disk's clock, so it
        is listed anew as well.
        """
        try:
            changed = folder.stat().st_mtime_ns
        except OSError:
            return ()
        before = self._listed.get(folder)
        if before is not None and before.changed == changed < before.at - _SETTLED_NANOSECONDS:
            return before.files
        at = time_ns()
        files = tuple(
            path
            for path in folder.iterdir()
            if path.suffix == ".yaml" and _VERSION.fullmatch(path.stem)
        )
        self._listed[folder] = _Listed(changed, at, files)
        return files

    def _load(self, path: Path, shown: str) -> Policy:
        """A policy as read and checked now, or as kept from when the same bytes were."""
        if path in self._policies:
            return self._policies[path]
        digest = digest_of((_bytes_of(path), _VOCABULARY.read_bytes(), shown.encode()))
        before = kept(digest)
        if isinstance(before, _Kept):
            policy, document, ledger = before
            if ledger == digest_of((_bytes_of(self._ledger(document.id)[0]),)):
                self._policies[path] = policy
                self._documents.setdefault(document.id, document)
                return policy
        from gongji.policy.load import load_policy
        from gongji.policy.vocabulary import read_vocabulary

        vocabulary = read_vocabulary(_VOCABULARY)
        policy = self._policies[path] = load_policy(path, shown, vocabulary, self.document)
        document = self.document(policy.document)
        ledger = digest_of((_bytes_of(self._ledger(document.id)[0]),))
        keep(digest, _Kept(policy, document, ledger))
        return policy


def _bytes_of(path: Path) -> bytes:
    """What a file holds; nothing where it cannot be read, which the loader then reports."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _unknown(policy_id: str, known: dict[str, Bilingual]) -> Refused:
    by_title = {title.zh: name for name, title in known.items()}
    near = nearest(policy_id, [*known, *by_title])
    meant = Bilingual("", "")
    if near:
        near = by_title.get(near, near)
        meant = Bilingual(f"；是否指 {near}", f"; did you mean {near}?")
    chinese = [f"{name}（{title.zh}）" for name, title in known.items()]
    english = [f"{name} ({title.en})" for name, title in known.items()]
    return Refused(
        "unknown_policy",
        Bilingual(
            f"没有政策“{policy_id}”；现有：{listed(chinese)}",
            f"there is no policy {policy_id!r}; there are: {listed(english)}",
        )
        + meant,
        {"policies": list(known)},
    )


def _no_version(name: str, version: str, known: list[str]) -> Refused:
    return Refused(
        "unknown_version",
        Bilingual(
            f"{name} 没有 {version} 起施行的版本；现有：{listed(known)}",
            f"{name} has no version in force from {version}; there are: {listed(known)}",
        ),
        {"versions": known},
    )


def _out_of_force(name: str, day: date, versions: list[Header]) -> Refused:
    known = [_named(header) for header in versions]
    latest = versions[-1].in_force.first
    return Refused(
        "out_of_force",
        Bilingual(
            f"{name} 没有在 {day} 施行的版本；现有：{'；'.join(one.zh for one in known)}。"
            f"若仍要按某一版本试算，写 {name}@{latest}",
            f"no version of {name} is in force on {day}; there are: "
            f"{'; '.join(one.en for one in known)}. To settle under a version all the same, "
            f"name it: {name}@{latest}",
        ),
        {"versions": [one.en for one in known]},
    )


def _named(header: Header) -> Bilingual:
    first, last = header.in_force.first, header.in_force.last
    if last is None:
        return Bilingual(f"{first} 起", f"from {first}")
    return Bilingual(f"{first} 至 {last}", f"{first} to {last}")


def _shown(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if folder == BUILT_IN else str(path)
