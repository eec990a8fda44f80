"""What the library holds, read once: cities and their policies, documents, every clause.

A clause is shown by what became of it: every sentence and figure of the policies that rests on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from gongji.policy.documents import Clause, Document
from gongji.policy.versions import Library
from gongji.web.library.reading import Matter, Part, Reading, reading_of
from gongji.web.library.sheets import Ref, anchor_of, refs_in, refs_of
from gongji.wording import Bilingual, Refused

__all__ = ["KINDS", "STATES", "City", "Entry", "Saying", "Shelf", "Title", "shelf_of"]

STATES = {
    "encoded": Bilingual("已写成规则", "encoded"),
    "read": Bilingual("按理解写成规则", "encoded by a reading"),
    "open": Bilingual("文件没有写明", "not stated here"),
    "past": Bilingual("只用于以前的版本", "earlier versions only"),
    "none": Bilingual("不含规则", "no rule follows"),
    "unused": Bilingual("还没有写成规则", "not encoded"),
}
"""What can become of a clause, the best first."""

KINDS = {
    "account": Bilingual("个人账户", "account"),
    "benefit": Bilingual("待遇", "benefit"),
    "context": Bilingual("背景", "context"),
    "contribution": Bilingual("缴费", "contribution"),
    "directory": Bilingual("机构名录", "directory"),
    "eligibility": Bilingual("享受资格", "eligibility"),
    "enrolment": Bilingual("参保", "enrolment"),
    "exclusion": Bilingual("不予支付", "exclusion"),
    "material": Bilingual("材料", "papers"),
    "notice": Bilingual("说明", "notice"),
    "out-of-area": Bilingual("异地就医", "out-of-area care"),
    "payment-method": Bilingual("付费方式", "payment of institutions"),
    "registration": Bilingual("登记备案", "registration"),
    "settlement": Bilingual("结算", "settlement"),
    "supervision": Bilingual("监督管理", "supervision"),
}
"""What a clause is about, as its ledger says."""

_IN_FORCE = Bilingual("施行日期", "in force")
_ACCOUNT = Bilingual("个人账户的支付", "what the account pays")
_ON_PAGE = ("table", "value", "benefit", "scope", "question", "given", "reading")


class Saying(NamedTuple):
    """A sentence or figure of a version, the item that it stands in, and the clauses behind it."""

    version: str
    item: str
    title: Bilingual
    words: Bilingual
    refs: tuple[Ref, ...]
    open: bool

    @property
    def link(self) -> str:
        """Where it is read."""
        word, _, rest = self.item.partition(" ")
        if word in _ON_PAGE:
            name = f"table {rest}" if word == "value" else self.item
            return f"/policies/{self.version}#{anchor_of(name)}"
        return f"/policies/{self.version}/text#{anchor_of(self.item)}"


class Entry(NamedTuple):
    """A clause in its document: its state, its neighbours, and what rests on it."""

    document: Document
    clause: Clause
    state: str
    sayings: tuple[Saying, ...]
    before: str | None
    after: str | None

    @property
    def kind(self) -> Bilingual:
        """What it is about; as the ledger writes it where that is no common word."""
        return KINDS.get(self.clause.kind, Bilingual(self.clause.kind, self.clause.kind))

    @property
    def readings(self) -> tuple[Bilingual, ...]:
        """How it is read, each wording once."""
        own = [one.words for one in self.sayings if one.item.startswith("reading ")]
        return tuple(dict.fromkeys(own))


class Title(NamedTuple):
    """A policy: its versions, the latest last, and how many clauses the latest one rests on."""

    readings: tuple[Reading, ...]
    states: Mapping[str, int]

    @property
    def last(self) -> Reading:
        """The latest version."""
        return self.readings[-1]


class City(NamedTuple):
    """A pooling area, by its code, and its policies."""

    area: str
    title: Bilingual
    titles: tuple[Title, ...]


class Shelf(NamedTuple):
    """All that the library holds."""

    cities: tuple[City, ...]
    readings: Mapping[str, Reading]
    sayings: tuple[Saying, ...]
    clauses: Mapping[str, Entry]
    documents: Mapping[str, Document]

    def title(self, name: str) -> Title:
        """A policy by its id.  Raises `Refused` (`unknown_policy`)."""
        for city in self.cities:
            for one in city.titles:
                if one.last.policy.id == name:
                    return one
        raise Refused(
            "unknown_policy",
            Bilingual(
                "没有这份政策，或者已经改名", "there is no such policy, or it has another name"
            ),
            {"field": "policy"},
        )

    def states(self, document: Document) -> Mapping[str, int]:
        """How many clauses of a document are in each state."""
        return _counted(self.clauses[name].state for name in document.clauses)


def shelf_of(library: Library) -> Shelf:
    """Everything on the shelf, read once."""
    readings: dict[str, Reading] = {}
    latest: list[str] = []
    cities: dict[str, Bilingual] = {}
    for name in library.ids():
        for header in library.versions(name):
            first = header.in_force.first
            policy = library.policy(f"{name}@{first}", first)
            one = reading_of(policy, library.document(policy.document))
            readings[one.version] = one
        latest.append(f"{name}@{header.in_force.first}")
        cities[header.area] = header.city
    sayings = tuple(saying for one in readings.values() for saying in _sayings(one))
    documents = {name: library.document(name) for name in library.documents()}
    clauses = {entry.clause.id: entry for entry in _entries(documents, sayings, set(latest))}
    return Shelf(
        tuple(_cities(cities, readings, clauses, latest)), readings, sayings, clauses, documents
    )


def _cities(
    names: Mapping[str, Bilingual],
    readings: Mapping[str, Reading],
    clauses: Mapping[str, Entry],
    latest: list[str],
) -> Iterator[City]:
    found: dict[str, list[Title]] = {}
    for version in latest:
        policy = readings[version].policy
        own = {name for saying in _sayings(readings[version]) for name in _clauses(saying)}
        states = _counted(clauses[name].state for name in own if name in clauses)
        every = tuple(one for one in readings.values() if one.policy.id == policy.id)
        found.setdefault(policy.area, []).append(Title(every, states))
    for area, titles in sorted(found.items()):
        yield City(area, names[area], tuple(titles))


def _counted(states: Iterator[str]) -> Mapping[str, int]:
    counts = Counter(states)
    return {name: counts[name] for name in STATES if counts[name]}


def _clauses(saying: Saying) -> set[str]:
    return {ref.clause for ref in saying.refs}


def _entries(
    documents: Mapping[str, Document], sayings: tuple[Saying, ...], latest: set[str]
) -> Iterator[Entry]:
    resting: dict[str, list[Saying]] = {}
    for saying in sayings:
        for name in _clauses(saying):
            resting.setdefault(name, []).append(saying)
    for document in documents.values():
        names = list(document.clauses)
        for at, (name, clause) in enumerate(document.clauses.items()):
            own = tuple(resting.get(name, ()))
            before = names[at - 1] if at else None
            after = names[at + 1] if at + 1 < len(names) else None
            yield Entry(document, clause, _state(clause, own, latest), own, before, after)


def _state(clause: Clause, own: tuple[Saying, ...], latest: set[str]) -> str:
    if not own:
        return "none" if clause.informational is not None else "unused"
    if all(one.version not in latest for one in own):
        return "past"
    if all(one.open or one.item.startswith("reading ") for one in own):
        return "open"
    read = any(ref.reading for one in own for ref in one.refs if ref.clause == clause.id)
    return "read" if read else "encoded"


# --- sentences -----------------------------------------------------------------------------------


def _sayings(one: Reading) -> Iterator[Saying]:
    """Every sentence and figure of a version that has a clause."""
    policy, prefix = one.policy, one.document.prefix
    days = Bilingual(f"{policy.in_force.first} 起", f"from {policy.in_force.first}")
    if policy.in_force.last is not None:
        days += Bilingual(f"，至 {policy.in_force.last}", f" to {policy.in_force.last}")
    yield Saying(one.version, "policy in_force", _IN_FORCE, days, one.printed, open=False)
    if policy.account_mark is not None:
        words = STATES["open"] if not policy.no_account else Bilingual("没有个人账户", "no account")
        yield Saying(one.version, "policy account", _ACCOUNT, words, refs_of([policy.account_mark]),
                     open=not policy.no_account)  # fmt: skip
    for part in (*one.figures, *one.other_figures):
        yield from _of_part(one.version, part)
    for topic in one.topics:
        for matter in topic.matters:
            yield from _of_matter(one.version, matter)
    for rule in one.rules:
        word, _, name = rule.anchor.partition("-")
        refused = any(point.anchor == rule.anchor for point in one.open)
        yield Saying(one.version, f"{word} {name}", rule.title, rule.title, rule.refs, refused)
    for section in one.sections[1:]:
        for block in section.blocks:
            if block.name.partition(" ")[0] in ("table", "value", "question"):
                continue
            refusing = {point.what for point in one.open if point.anchor == anchor_of(block.name)}
            for row in block.rows:
                words, refs = row[0], refs_in(row[-1].zh, prefix) if len(row) > 1 else ()
                if block.name.startswith("reading "):
                    refs = (Ref(f"{prefix}-{block.name.partition(' ')[2]}", reading=True),)
                is_open = block.name.startswith("given ") or words in refusing
                yield Saying(one.version, block.name, block.title, words, refs, open=is_open)


def _of_matter(version: str, matter: Matter) -> Iterator[Saying]:
    """The answers of a matter, their reasons and papers, and what is not stated."""
    item = f"question {matter.anchor.partition('-')[2]}"
    for case in matter.cases:
        cells = [
            cell._replace(words=title + Bilingual("：", ": ") + cell.words)
            for title, cell in case.answers
        ]
        cells += [*case.rest, *(one for one in (case.because, case.refuse) if one)]
        for cell in cells:
            refs, is_open = (*cell.refs, *case.refs), cell is case.refuse
            yield Saying(version, item, matter.title, cell.words, refs, is_open)
        for cell in case.when:
            if cell.refs:
                yield Saying(version, item, matter.title, cell.words, cell.refs, False)
    refused = all(case.refuse is not None for case in matter.cases)
    yield Saying(version, item, matter.title, matter.title, matter.refs, refused)


def _of_part(version: str, part: Part) -> Iterator[Saying]:
    """The figures of some tables, each with the rows and the column that it stands in."""
    for sheet in part.sheets:
        above: list[Bilingual] = []
        for number, line in enumerate(sheet.lines):
            left = [one.words for one in line.heads]
            above = above[: max(0, len(sheet.by) - len(left))] + left
            anchor = sheet.anchors[number] if sheet.anchors else sheet.anchor
            item = f"table {anchor.partition('-')[2]}"
            title = line.heads[0].words if sheet.anchors else sheet.title
            for column, cell in zip(sheet.columns, line.cells, strict=True):
                parts = [] if sheet.anchors else [*above, column]
                where = Bilingual(
                    "、".join(one.zh for one in parts if one.zh),
                    ", ".join(one.en for one in parts if one.en),
                )
                if where.zh:
                    where += Bilingual("：", ": ")
                yield Saying(
                    version,
                    item,
                    title,
                    where + cell.words,
                    (*cell.refs, *line.refs, *sheet.refs),
                    cell.open,
                )
