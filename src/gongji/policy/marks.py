"""Citation marks: `^039`, `^039~`, `^012+013`, `^039=072`.

`^039` cites clause 039 of the policy's document.  `~` after a clause: the rule rests on a reading
of it.  `+`: both clauses carry it.  `=`: the same number is printed again in that clause.
"""

from __future__ import annotations

import re

from gongji.policy.model import Citation, Mark

__all__ = ["MARK_PATTERN", "read_mark", "split_mark", "written_mark"]

MARK_PATTERN = r"\^\d+~?(?:[+=]\d+~?)*"
_TRAILING = re.compile(rf"^(.*?)\s*({MARK_PATTERN})$", re.DOTALL)
_PART = re.compile(r"([\^+=])(\d+)(~?)")


def read_mark(text: str, prefix: str) -> Mark | None:
    """The mark that `text` is, with clause ids completed by the document's `prefix`; else None."""
    if not re.fullmatch(MARK_PATTERN, text):
        return None
    return Mark(
        tuple(
            Citation(f"{prefix}-{number}", reading=bool(tilde), again=sign == "=")
            for sign, number, tilde in _PART.findall(text)
        )
    )


def split_mark(text: str) -> tuple[str, str | None]:
    """Text and the mark at its end, if it ends in one: `800 ^008` is (`800`, `^008`)."""
    found = _TRAILING.match(text.strip())
    return (found.group(1).strip(), found.group(2)) if found else (text.strip(), None)


def written_mark(mark: Mark) -> str:
    """The mark as a file writes it, for messages and summaries."""
    parts = []
    for index, citation in enumerate(mark.citations):
        sign = "^" if index == 0 else "=" if citation.again else "+"
        number = citation.clause.rsplit("-", 1)[-1]
        parts.append(f"{sign}{number}{'~' if citation.reading else ''}")
    return "".join(parts)
