"""Papers that are brought, and those that lack: each with the clauses that ask for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field

from gongji.api.fields import Answer, Name, Words, example
from gongji.book.registrations.asking import Paper
from gongji.explain.record import in_both

__all__ = ["Brought", "Lacking", "lacking_record"]

Brought = Annotated[list[Name], Field(max_length=64)]
"""Papers by the names or the titles that the policy has for them."""


class Lacking(Answer):
    """A paper that lacks; of `names` one will do."""

    model_config = example(
        {"names": ["bank_card"], "title": {"zh": "本人银行借记卡", "en": "own bank card"},
         "clauses": ["ABC-012"]}
    )  # fmt: skip

    names: list[str]
    title: Words
    clauses: list[str]


def lacking_record(missing: Iterable[Paper]) -> list[dict[str, Any]]:
    """Papers that lack, as they are answered."""
    return [
        {"names": list(one.names), "title": in_both(one.title), "clauses": list(one.clauses)}
        for one in missing
    ]
