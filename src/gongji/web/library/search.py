"""Search of the library: clauses, tables, rules, matters and their papers, ranked, with excerpts.

Words are found as they stand, so two Chinese characters are enough; a number is found as a whole
number, however its thousands are written.  Where nothing has every word, what comes near is shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from gongji.web.library.shelf import STATES, Saying, Shelf
from gongji.wording import Bilingual, Language

__all__ = ["Found", "Hit", "Index", "index_of", "plain_words"]

_LONGEST, _MOST_WORDS, _MOST_HITS, _AROUND = 80, 8, 60, 36
_NEAR_SHARE = 2
"""Of the pairs of characters of a word one in so many must be there, for a text to come near."""

_KINDS = {
    "policy": Bilingual("政策", "policy"),
    "table": Bilingual("标准", "figures"),
    "question": Bilingual("办事", "matter"),
    "rule": Bilingual("规则", "rule"),
    "clause": Bilingual("条款", "clause"),
    "document": Bilingual("文件", "document"),
}
_WEIGHTS = {"policy": 30, "table": 24, "question": 20, "document": 12, "rule": 8, "clause": 4}

_NOT_FOUND = ("reading ", "policy ", "meter ")
"""Items that stand for nothing that anybody looks for; their clauses are found."""

_ALSO = {
    "报销": ("支付", "享受待遇"),
    "封顶": ("限额",),
    "门槛": ("起付",),
    "起付线": ("起付标准",),
    "个账": ("个人账户",),
    "社保卡": ("医保卡", "社会保障卡"),
    "断缴": ("中断",),
    "补交": ("补缴",),
    "转院": ("转诊",),
    "外地": ("异地",),
    "慢病": ("慢性病",),
    "门特": ("特殊病",),
    "门慢": ("慢性病",),
    "手续": ("材料", "需带"),
    "证件": ("材料", "需带"),
}
"""What people say for what documents write."""


class _Text(NamedTuple):
    """Something that can be found: its folded title and texts in both languages."""

    kind: str
    area: str
    link: str
    title: Bilingual
    where: Bilingual
    texts: tuple[Bilingual, ...]
    folded_title: str
    folded: str


class Hit(NamedTuple):
    """Something found: pieces of its title and of the text around what matched, and its place."""

    kind: Bilingual
    link: str
    title: tuple[tuple[str, bool], ...]
    excerpt: tuple[tuple[str, bool], ...]
    where: Bilingual


class Found(NamedTuple):
    """What a search gives: the hits shown of how many, by area; `near` where none has all words.

    `sought` is what was searched for, `cut` whether that was less than what was written.
    """

    sought: str
    cut: bool
    near: bool
    total: int
    hits: tuple[Hit, ...]
    areas: tuple[tuple[str, Bilingual, int], ...]


def plain_words(written: str) -> str:
    """What somebody typed as one line of plain characters."""
    shown = "".join(one if one.isprintable() else " " for one in written[: 4 * _LONGEST])
    return " ".join(unicodedata.normalize("NFKC", shown).split())


class Index(NamedTuple):
    """Everything that can be found."""

    texts: tuple[_Text, ...]
    titles: tuple[Bilingual, ...]
    areas: tuple[tuple[str, Bilingual], ...]

    def find(self, written: str, language: Language, area: str = "") -> Found:
        """What has every word; where there is nothing, what comes near."""
        plain = plain_words(written)
        sought = plain[:_LONGEST]
        words = sought.casefold().split()[:_MOST_WORDS]
        tests = [_test(word) for word in words]
        found = [one for one in self.texts if all(test.search(one.folded) for test in tests)]
        near = not found and bool(words)
        if near:
            pairs = [pair for word in words for pair in _pairs(word)]
            tests = [re.compile(re.escape(pair)) for pair in pairs]
            least = -(-len(pairs) // _NEAR_SHARE)
            found = [one for one in self.texts if _holding(one, pairs) >= least]
        counts: dict[str, int] = {}
        for one in found:
            counts[one.area] = counts.get(one.area, 0) + 1
        areas = tuple((area, name, counts[area]) for area, name in self.areas if area in counts)
        chosen = [one for one in found if area in ("", one.area)] if area in counts else found
        ranked = sorted(chosen, key=lambda one: -_rank(one, tests, sought.casefold()))
        hits = tuple(_hit(one, tests, language) for one in ranked[:_MOST_HITS])
        return Found(sought, plain != sought, near, len(chosen), hits, areas)


def index_of(shelf: Shelf) -> Index:
    """The index of a shelf: the latest version of every policy, every clause, every document."""
    texts = (*_of_policies(shelf), *_of_documents(shelf), *_of_clauses(shelf))
    titles = tuple(dict.fromkeys(
        matter.title for city in shelf.cities for title in city.titles
        for topic in title.last.topics for matter in topic.matters[:1]
    ))  # fmt: skip
    return Index(texts, titles, tuple((city.area, city.title) for city in shelf.cities))


def _of_policies(shelf: Shelf) -> Iterator[_Text]:
    latest = {}
    for city in shelf.cities:
        for title in city.titles:
            one = title.last
            latest[one.version] = one.policy
            words = Bilingual(one.document.title, "")
            link = f"/policies/{one.policy.id}"
            yield _text("policy", one.policy.area, link, one.policy.title, city.title, (words,))
    together: dict[tuple[str, str], list[Saying]] = {}
    for saying in shelf.sayings:
        if saying.version in latest and not saying.item.startswith(_NOT_FOUND):
            together.setdefault((saying.version, saying.item), []).append(saying)
    for (version, item), sayings in together.items():
        word = item.partition(" ")[0]
        kind = word if word in ("table", "question") else "rule"
        policy, first = latest[version], sayings[0]
        texts = tuple(dict.fromkeys(one.words for one in sayings))
        yield _text(kind, policy.area, first.link, first.title, policy.title, texts)


def _of_documents(shelf: Shelf) -> Iterator[_Text]:
    areas = {one.document.id: one.policy.area for one in shelf.readings.values()}
    for document in shelf.documents.values():
        words = Bilingual(f"{document.number} {document.issuer} {document.published}", "")
        title = Bilingual(document.title, document.title)
        area = areas.get(document.id, "")
        yield _text("document", area, f"/documents/{document.id}", title, words, (words,))


def _of_clauses(shelf: Shelf) -> Iterator[_Text]:
    areas = {one.document.id: one.policy.area for one in shelf.readings.values()}
    for entry in shelf.clauses.values():
        clause, short = entry.clause, entry.document.short or entry.document.title
        said = tuple(dict.fromkeys(saying.words for saying in entry.sayings))
        own = (Bilingual(clause.rule, clause.rule), Bilingual("", clause.ambiguity))
        place = Bilingual(f"{short} {clause.place}", f"{short} {clause.place}")
        title = Bilingual(clause.id, clause.id)
        words = (*said, *own, place, entry.kind, STATES[entry.state])
        area = areas.get(entry.document.id, "")
        yield _text("clause", area, f"/clauses/{clause.id}", title, place, words)


def _text(
    kind: str,
    area: str,
    link: str,
    title: Bilingual,
    where: Bilingual,
    texts: tuple[Bilingual, ...],
) -> _Text:
    parts = [title, where, *texts]
    folded = _folded("\n".join([*(one.zh for one in parts), *(one.en for one in parts)]))
    return _Text(kind, area, link, title, where, texts, _folded(f"{title.zh}\n{title.en}"), folded)


_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")


def _folded(text: str) -> str:
    """A text as it is searched: one case, one width, no commas within numbers."""
    return _THOUSANDS.sub("", unicodedata.normalize("NFKC", text).casefold())


def _test(word: str) -> re.Pattern[str]:
    """What a word is found by: itself or what documents write for it; of a number all of it."""
    folded = _THOUSANDS.sub("", word)
    ways = [folded, *_ALSO.get(word, ())]
    joined = "|".join(re.escape(one) for one in ways)
    if re.fullmatch(r"[\d.]+", folded):
        return re.compile(rf"(?<![\d.]){joined}(?![\d]|\.\d)")
    if re.fullmatch(r"[\d.]+%", folded):
        return re.compile(rf"(?<![\d.]){joined}")
    return re.compile(joined)


def _pairs(word: str) -> list[str]:
    """The pairs of neighbouring characters of a Chinese word; other words as they are."""
    if len(word) <= 2 or word.isascii():
        return [word]
    return [word[at : at + 2] for at in range(len(word) - 1)]


def _holding(one: _Text, pairs: list[str]) -> int:
    return sum(pair in one.folded for pair in pairs)


def _rank(one: _Text, tests: list[re.Pattern[str]], sought: str) -> int:
    """How well something fits: its title first, then its kind, then how often."""
    rank = _WEIGHTS[one.kind]
    rank += 1000 if one.folded_title.split("\n")[0] == sought else 0
    rank += 100 if sought in one.folded_title else 0
    rank += sum(60 for test in tests if test.search(one.folded_title))
    rank += 25 if sought in one.folded else 0
    return rank + sum(min(5, len(test.findall(one.folded))) for test in tests)


def _hit(one: _Text, tests: list[re.Pattern[str]], language: Language) -> Hit:
    """The text that has most of the words, cut around the first of them."""
    texts = [text for text in (each.in_(language) for each in one.texts) if text]
    if one.kind == "table":
        texts = ["；".join(texts)]
    best = max(texts, key=lambda text: sum(bool(test.search(_folded(text))) for test in tests),
               default="")  # fmt: skip
    title = one.title.in_(language)
    found = [at.start() for test in tests for at in test.finditer(best.casefold())]
    start = max(0, min(found, default=0) - _AROUND)
    end = min(len(best), start + 4 * _AROUND)
    cut = f"{'…' if start else ''}{best[start:end]}{'…' if end < len(best) else ''}"
    excerpt = () if best == title else _pieces(cut, tests)
    return Hit(_KINDS[one.kind], one.link, _pieces(title, tests), excerpt, one.where)


def _pieces(text: str, tests: list[re.Pattern[str]]) -> tuple[tuple[str, bool], ...]:
    """A text cut where matches begin and end; numbers are matched with their commas."""
    lower = text.casefold()
    if len(lower) != len(text):  # a character that has two small ones: shown without marks
        return ((text, False),)
    bare = [at for at in range(len(lower)) if not _THOUSANDS.match(lower, at)]
    squeezed = "".join(lower[at] for at in bare)
    marked = bytearray(len(text))
    for test in tests:
        for match in test.finditer(squeezed):
            if match.end() > match.start():
                first, last = bare[match.start()], bare[match.end() - 1]
                marked[first : last + 1] = b"\1" * (last + 1 - first)
    pieces: list[tuple[str, bool]] = []
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or marked[at] != marked[start]:
            pieces.append((text[start:at], bool(marked[start])))
            start = at
    return tuple(pieces)
