"""Write the reference pages of `docs/reference/`: each policy read aloud, each document's clauses.

python dev/reference_pages.py            write them
python dev/reference_pages.py --check    fail where a page is not as it would be written
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from gongji.cases.index import ClauseRow, clause_index
from gongji.cases.read import case_files, read_cases
from gongji.explain.summary import Block, summary_of
from gongji.policy.model import Policy
from gongji.policy.versions import Library

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "reference"


def main() -> int:
    """Write the pages, or tell which are stale."""
    library = Library()
    pages = dict(_pages(library))
    if "--check" in sys.argv:
        there = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}
        stale = sorted(name for name in {*pages, *there} if pages.get(name) != there.get(name))
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


def _pages(library: Library) -> Iterator[tuple[str, str]]:
    paths = case_files(ROOT / "tests" / "cases")
    rows = clause_index(library, [case for path in paths for case in read_cases(path)])
    for name in library.ids():
        for header in library.versions(name):
            first = header.in_force.first
            policy = library.policy(f"{name}@{first}", first)
            yield _file(policy), _policy_page(policy, library)
    for identity in library.documents():
        mine = [row for row in rows if row.document.id == identity]
        yield f"clauses-{identity.replace('/', '-')}.md", _clauses_page(mine)


def _file(policy: Policy) -> str:
    return f"{policy.id.replace('/', '-')}-{policy.in_force.first}.md"


def _policy_page(policy: Policy, library: Library) -> str:
    document = library.document(policy.document)
    last = policy.in_force.last or ""
    clauses = f"clauses-{document.id.replace('/', '-')}.md"
    lines = [
        f"# {policy.title.zh}",
        "",
        (
            f"{policy.title.en}. `{policy.id}`, {policy.in_force.first} – {last}. "
            f"依据 · from: {document.title}（[条款 · clauses]({clauses})）。"
        ),
    ]
    for section in summary_of(policy, document):
        lines += ["", f"## {section.heading.zh}"]
        for block in section.blocks:
            lines += ["", f"### {block.title.zh}", "", *_block(block)]
    return "\n".join(lines) + "\n"


def _block(block: Block) -> Iterator[str]:
    if block.file:
        yield f"`{block.name}` · `{block.file}`"
        yield ""
    if block.head or any(len(row) > 2 for row in block.rows):
        width = max(len(row) for row in (block.head, *block.rows))
        head = [cell.zh for cell in block.head] + [""] * (width - len(block.head))
        yield _row(head)
        yield _row(["---"] * width)
        for cells in block.rows:
            yield _row([cell.zh for cell in cells] + [""] * (width - len(cells)))
        return
    for cells in block.rows:
        words, *marks = (cell.zh for cell in cells)
        shown = " ".join(f"`{mark}`" for mark in marks if mark)
        yield f"- {_plain(words)}{'  ' + shown if shown else ''}"


def _clauses_page(rows: list[ClauseRow]) -> str:
    document = rows[0].document
    lines = [
        f"# {document.title}",
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
            lines += [f"- `{home.policy}` `{home.item}` `{home.place}`" for home in row.homes]
        if row.cases:
            lines += ["", f"Cases: {', '.join(row.cases)}"]
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(_plain(cell) for cell in cells) + " |"


def _plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    shown = text.strip()
    for sign in "\\*_|<~`":
        shown = shown.replace(sign, f"\\{sign}")
    return shown


if __name__ == "__main__":
    sys.exit(main())
