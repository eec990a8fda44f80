"""What the interface says when it will not do something: one Chinese sentence, in err_msg."""

from __future__ import annotations

from gongji.wording import Refused

__all__ = ["MOST_CHARACTERS", "Rejected"]

MOST_CHARACTERS = 200
"""The most characters of err_msg."""


class Rejected(Exception):
    """A request that is refused, in one Chinese sentence: which field, which value, which rule.

    `kind` is a stable word for machines: `bad_message` for what the tables do not allow, else
    that of the refusal it was made from.
    """

    def __init__(self, err_msg: str, kind: str = "bad_message") -> None:
        clean = "".join(
            one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in err_msg
        )
        self.err_msg = (
            clean if len(clean) <= MOST_CHARACTERS else clean[: MOST_CHARACTERS - 1] + "…"
        )
        super().__init__(self.err_msg)
        self.kind = kind

    @classmethod
    def of(cls, refused: Refused) -> Rejected:
        """What book or policy refuse, as the interface says it."""
        return cls(refused.message.zh, refused.kind)
