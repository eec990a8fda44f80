"""Rule set A, as the peers need it: the figures of a stay of an active employee, in whole fen.

They are those of `benchmarks/policies/changzhou-inpatient/active`, which `gongji_engine.py` settles
as it stands; where a figure here were wrong, its row would not be exact.

The bands run on the year's compliant cost with the deductible inside: a stay's cost lies from
`before` to `before + amount`, its deductible is the lowest part of that, and what lies above it is
paid by the band it lies in.  Every fund's payment of a stay is rounded once, half a fen up; what no
fund pays the person bears.
"""

from __future__ import annotations

__all__ = ["FIRST_DEDUCTIBLE", "FIRST_EDGE", "FIRST_RATE", "LATER_DEDUCTIBLE", "SECOND_EDGE"]
__all__ += ["SECOND_RATE"]

FIRST_DEDUCTIBLE = (0, 40_000, 60_000, 100_000)
"""Of the year's first stay, in fen, by tier 1, 2, 3 (there is no tier 0)."""

LATER_DEDUCTIBLE = (0, 24_000, 36_000, 60_000)
"""Of the second and every later stay, in fen, by tier."""

FIRST_EDGE = 15_000_000
"""Upper edge of the first band, in fen of the year's compliant cost."""

SECOND_EDGE = 50_000_000
"""Up to here the basic fund pays, above it the large-amount fund."""

FIRST_RATE = 90
"""Hundredths of the first band that the basic fund pays."""

SECOND_RATE = 95
"""Hundredths above the first band, of both funds."""
