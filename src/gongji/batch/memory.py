"""Memory that is freed and wanted again the next moment, kept instead of given back.

Columns come and go by the megabyte.  Given back to the system each time, they come again as fresh
pages, and to have these filled with zeros takes a sixth of the time of a large run.
"""

from __future__ import annotations

import ctypes

__all__ = ["keep_pages"]

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""The numbers of these settings in the `mallopt` of the GNU C library."""

_KEPT = 1 << 30
_LARGEST = 1 << 25
"""Bytes of the largest block that can be kept; larger ones are pages of their own."""


def keep_pages() -> None:
    """Set the C library to keep freed memory, for this whole process; others are left as they are.

    For a process that does nothing but a batch: what is kept is not there for other processes.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another C library, another system
        return
    for setting, value in (
        (_TRIM_THRESHOLD, _KEPT),
        (_MMAP_THRESHOLD, _LARGEST),
        (_ARENA_MAX, 1),
    ):
        mallopt(setting, value)
