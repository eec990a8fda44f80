"""The facts of one line of a bill, where they stand, and those of a lane's line."""

from __future__ import annotations

from collections.abc import Collection

from gongji.kernel.derived import DerivedFacts

__all__ = ["LaneFacts"]


class LaneFacts(DerivedFacts):
    """Facts that are read from the columns of a line, or from those of its person.

    `by_person` are those in columns of persons.  Of several lines, every derived fact and what
    `ordinals` stood at is worked out once for each line; a lane is one of `marks` parts of a line.
    `choices` are facts that, where nobody said them, are tried with every value.
    """

    by_person: Collection[str] = ()
    ordinals: tuple[str, ...] = ()
    marks = 1
    choices: Collection[str] = ()

    def load(self, at: str) -> None:
        """Read every column for the line at an index, those of persons at the person's."""
        every = self.said
        for where, names in (
            ("pv", [name for name in every if name in self.by_person]),
            (at, [name for name in every if name not in self.by_person]),
        ):
            self.said = names
            super().load(where)
        self.said = every
        for name in self.choices:
            self.src.put(f"y_{name} = choice if asked == 1 else y_{name}")
            if self.policy.facts[name].default is not None:
                self.src.put(f"x_{name} = y_{name}")

    def load_lane(self) -> None:
        """At the head of a loop over lanes: everything known of the lane's line."""
        put = self.src.put
        put(f"line = l // {self.marks}")
        put("at = r + line")
        self.load("at")
        for name in self.ordinals:
            put(f"before_{name} = l_before_{name}[line]")
        for name in self.layout.derived:
            put(f"d_{name} = l_{name}[line]")
