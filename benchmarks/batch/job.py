"""What a peer gives the harness: a call to be timed, made ready beforehand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

__all__ = ["Columns", "Job"]

Columns = Sequence[Any]
"""Deductible, basic fund, large-amount fund, person: whole fen, in the order of the claims given.

Four columns in whatever form the peer makes them: arrays, lists, columns of its own tables.
"""


class Job(NamedTuple):
    """A call that settles `claims` claims, from data in the peer's own form.

    `settle` is called many times and does all the work anew each time.  What it returns is checked
    against plain integers; a bound, which settles nothing, returns None.
    """

    settle: Callable[[], Columns | None]
    claims: int
