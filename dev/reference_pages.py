"""Write the reference pages of `docs/reference/`: each policy read aloud, each document's clauses.

python dev/reference_pages.py            write them
python dev/reference_pages.py --check    fail where a page is not as it would be written
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from gongji.cases.index import ClauseRow, clause_index
from gongji.cases.read import case_files, read_cases
from gongji.explain.summary import Block, summary_of
from gongji.policy.documents import Document
from gongji.policy.marks import MARK_PATTERN, read_mark
from gongji.policy.model import Policy
from gongji.policy.versions import Library

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "reference"
POLICIES = "../../src/gongji/policies"


def main() -> int:
    """Write the pages, or tell which are stale."""
    pages = dict(pages_of(Library()))
    if "--check" in sys.argv:
        stale = stale_pages(pages)
        for name in stale:
            sys.stdout.write(f"docs/reference/{name} is not as dev/reference_pages.py writes it\n")
        return 1 if stale else 0
    PAGES.mkdir(exist_ok=True)
    for path in PAGES.glob("*.md"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        (PAGES / name).write_text(text, encoding="utf-8")
    return 0


def stale_pages(pages: Mapping[str, str]) -> list[str]:
    """The names of pages that are missing, left over, or not as they would be written."""
    there = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}
    return sorted(name for name in {*pages, *there} if pages.get(name) != there.get(name))


def pages_of(library: Library) -> Iterator[tuple[str, str]]:
    """Every page by its name: the list of cities, the policies, the clauses."""
    policies = [
        library.policy(f"{name}@{header.in_force.first}", header.in_force.first)
        for name in library.ids()
        for header in library.versions(name)
    ]
    documents = [library.document(name) for name in library.documents()]
    yield "README.md", _list_page(policies, documents)
    for policy in policies:
        yield _policy_file(policy), _policy_page(policy, library.document(policy.document))
    paths = case_files(ROOT / "tests" / "cases")
    rows = clause_index(library, [case for path in paths for case in read_cases(path)])
    for document in documents:
        yield _clauses_file(document), _clauses_page([r for r in rows if r.document is document])


def _policy_file(policy: Policy) -> str:
    return f"{policy.id.replace('/', '-')}-{policy.in_force.first}.md"


def _clauses_file(document: Document) -> str:
    return f"clauses-{document.id.replace('/', '-')}.md"


# --- the list of cities --------------------------------------------------------------------------


def _list_page(policies: list[Policy], documents: list[Document]) -> str:
    lines = [
        "# Policies and clauses, city by city · 各地政策与条款",
        "",
        "Made from the policies, their documents and the cases. In English:",
        "`gongji policy ID --lang en`.",
    ]
    for city in dict.fromkeys(policy.id.partition("/")[0] for policy in policies):
        lines += ["", f"## {city}", ""]
        lines += [
            f"- [{policy.title.zh} · {_plain(policy.title.en)}]({_policy_file(policy)}), "
            f"`{policy.id}`, {_in_force(policy)}"
            for policy in policies
            if policy.id.startswith(f"{city}/")
        ]
        lines += [
            f"- [{_plain(document.title)}：条款 · clauses]({_clauses_file(document)})"
            for document in documents
            if document.id.startswith(f"{city}/")
        ]
    return "\n".join(lines) + "\n"


def _in_force(policy: Policy) -> str:
    first, last = policy.in_force.first, policy.in_force.last
    return f"{first} – {last}" if last else f"{first} 起 · from {first}"


# --- a policy ------------------------------------------------------------------------------------


def _policy_page(policy: Policy, document: Document) -> str:
    lines = [
        f"# {policy.title.zh}",
        "",
        f"{policy.title.en}. `{policy.id}`, {_in_force(policy)}. 依据 · from:",
        f"[{_plain(document.title)}]({_clauses_file(document)}).",
    ]
    for section in summary_of(policy, document):
        lines += ["", f"## {section.heading.zh}"]
        for block in section.blocks:
            lines += ["", f"### {block.title.zh}", "", *_block(block, document)]
    return "\n".join(lines) + "\n"


def _block(block: Block, document: Document) -> Iterator[str]:
    if block.file:
        yield f"`{block.name}` · {_linked(block.file)}"
        yield ""
    if block.head or any(len(row) > 2 for row in block.rows):
        width = max(len(row) for row in (block.head, *block.rows))
        head, *rows = (
            [*(_cell(cell.zh, document) for cell in cells), *[""] * (width - len(cells))]
            for cells in (block.head, *block.rows)
        )
        for words in (head, ["---"] * width, *rows):
            yield f"| {' | '.join(words)} |"
        return
    for cells in block.rows:
        yield "- " + "  ".join(_cell(cell.zh, document) for cell in cells if cell.zh)


def _cell(text: str, document: Document) -> str:
    """Words as they are, a citation mark as links to its clauses; `～`: by a reading."""
    if not re.fullmatch(MARK_PATTERN, text):
        return _plain(text)
    mark = read_mark(text, document.prefix)
    return " ".join(
        f"[{one.clause}{'～' if one.reading else ''}]"
        f"({_clauses_file(document)}#{one.clause.lower()})"
        for one in (mark.citations if mark else ())
    )


# --- the clauses of a document -------------------------------------------------------------------


def _clauses_page(rows: list[ClauseRow]) -> str:
    document = rows[0].document
    lines = [
        f"# {_plain(document.title)}",
        "",
        f"`{document.id}`. Each clause with its place, what it rules in our words, what it leaves",
        "open, the rules that rest on it, and the cases that test it.",
    ]
    for row in rows:
        clause = row.clause
        lines += ["", f"## {clause.id}", "", f"{_plain(clause.place)} · {clause.kind}", ""]
        lines.append(_plain(clause.rule))
        if clause.ambiguity:
            lines += ["", f"*Left open:* {_plain(clause.ambiguity)}"]
        if clause.informational is not None:
            reason = clause.informational
            lines += ["", f"*No rule follows:* {_plain(reason.en)}（{_plain(reason.zh)}）"]
        if row.homes:
            lines.append("")
            lines += [f"- `{home.item}` · {_linked(str(home.place))}" for home in row.homes]
        if row.cases:
            lines += ["", f"Cases: {', '.join(row.cases)}"]
    return "\n".join(lines) + "\n"


# --- Markdown ------------------------------------------------------------------------------------


def _linked(place: str) -> str:
    """`city/scheme/2024-01-01.yaml:210` as a link to that line."""
    file, _, line = place.partition(":")
    return f"[{place}]({POLICIES}/{file}#L{line})"


def _plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    shown = text.strip()
    for sign in "\\*_|<~`[":
        shown = shown.replace(sign, f"\\{sign}")
    return shown


if __name__ == "__main__":
    sys.exit(main())
