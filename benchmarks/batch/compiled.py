"""Numba's compiler, with the types of the functions it is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

__all__ = ["compiled"]

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """The function as machine code; compiled at its first call, for one thread."""
    return cast("F", njit(function))
