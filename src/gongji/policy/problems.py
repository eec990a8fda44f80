"""What is wrong with a file: where, what was found, what was expected, what to do.

Problems are data.  A reader collects as many as it can and raises them together as one
`FileRefused`, so that a clerk mends a file in one go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gongji.wording import Bilingual, Language, Refused

__all__ = ["FileRefused", "Place", "Problem"]


class Place(NamedTuple):
    """A position in a file: `line` counts from 1, and is 0 where the format keeps no lines."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Problem(NamedTuple):
    """One fault of a file, as its author needs to hear it."""

    place: Place
    field: str
    found: Bilingual
    expected: Bilingual
    remedy: Bilingual | None = None

    def text(self, language: Language) -> str:
        """One line: file, line, field, what was found, what was expected, what to do."""
        if language == "zh":
            remedy = f"；改法：{self.remedy.zh}" if self.remedy else ""
            return f"{self.place}：{self.field}：{self.found.zh}；应为：{self.expected.zh}{remedy}"
        remedy = f"; to mend it: {self.remedy.en}" if self.remedy else ""
        return f"{self.place}: {self.field}: {self.found.en}; expected {self.expected.en}{remedy}"


class FileRefused(Refused):
    """A file that does not load, with every problem found in it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "bad_file",
            Bilingual(
                "\n".join(problem.text("zh") for problem in self.problems),
                "\n".join(problem.text("en") for problem in self.problems),
            ),
            {"problems": [problem.text("en") for problem in self.problems]},
        )
