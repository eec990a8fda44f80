"""The rows of the table: who settles rule set A, from which columns, beside what.

A new peer is a file with a function `(Admissions, threads) -> Job` and one line here.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["GROUPS", "LOOP", "OPENFISCA", "ROWS", "Row"]

SORTED = "sorted columns in memory"
DATED = "date order across persons, nothing sorted"
BROUGHT = "date order in, claim order out, sort included"
BOUND = "bounds: no rule, only the bytes"
GROUPS = (SORTED, DATED, BROUGHT, BOUND)


class Row(NamedTuple):
    """One line of the table: `function` of the file `module`, in a process of its own.

    `group` says which columns it gets.  Where it `keeps_pages`, glibc is told to keep the memory
    that a call gave back; otherwise the system clears large arrays anew in every call.
    """

    group: str
    title: str
    module: str
    function: str
    threads: int = 1
    keeps_pages: bool = False

    @property
    def by_person(self) -> bool:
        """Whether its claims come sorted by person; in date order otherwise."""
        return self.group in (SORTED, BOUND)


LOOP = {
    SORTED: "Numba loop by hand",
    DATED: "Numba loop by hand",
    BROUGHT: "Numba loop by hand, counting sort",
}
"""For each group the row that the others' speed is given in parts of."""

OPENFISCA = {
    SORTED: (SORTED, "OpenFisca, integers"),
    DATED: (BROUGHT, "OpenFisca, integers"),
    BROUGHT: (BROUGHT, "OpenFisca, integers"),
}
"""For each group the row of OpenFisca that the others are compared with."""

ROWS = (
    Row(SORTED, LOOP[SORTED], "numba_loop", "straightforward"),
    Row(SORTED, "  nearly branch-free", "numba_loop", "nearly_branch_free"),
    Row(SORTED, "    result columns made anew", "numba_loop", "new_columns"),
    Row(SORTED, "    columns anew, pages kept", "numba_loop", "new_columns", keeps_pages=True),
    Row(SORTED, "NumPy, segments", "numpy_segments", "by_person"),
    Row(SORTED, "  pages kept", "numpy_segments", "by_person", keeps_pages=True),
    Row(SORTED, "DuckDB, windows", "duckdb_windows", "settled"),
    Row(SORTED, "Polars, windows", "polars_windows", "settled"),
    Row(SORTED, "OpenFisca, integers", "openfisca_integer", "settled"),
    Row(SORTED, "  pages kept", "openfisca_integer", "settled", keeps_pages=True),
    Row(SORTED, "  laid out in months, left there", "openfisca_integer", "without_months"),
    Row(SORTED, "OpenFisca, floats, idiomatic", "openfisca_idiomatic", "settled"),
    Row(SORTED, "Python, plain integers", "plain_integers", "by_person"),
    Row(SORTED, "gongji, kernel", "gongji_kernel", "by_person"),
    Row(SORTED, "  step columns as well", "gongji_kernel", "with_steps"),
    Row(SORTED, "gongji, engine, with steps", "gongji_engine", "by_person"),
    Row(DATED, LOOP[DATED], "numba_loop", "date_order"),
    Row(DATED, "gongji, kernel", "gongji_kernel", "date_order"),
    Row(DATED, "Python, plain integers", "plain_integers", "date_order"),
    Row(BROUGHT, LOOP[BROUGHT], "numba_loop", "sort_included"),
    Row(BROUGHT, "gongji, kernel", "gongji_kernel", "sort_included"),
    Row(BROUGHT, "NumPy, segments", "numpy_segments", "sort_included"),
    Row(BROUGHT, "DuckDB, windows", "duckdb_windows", "settled"),
    Row(BROUGHT, "DuckDB, windows, 2 threads", "duckdb_windows", "settled", 2),
    Row(BROUGHT, "Polars, windows", "polars_windows", "settled"),
    Row(BROUGHT, "Polars, windows, 2 threads", "polars_windows", "settled", 2),
    Row(BROUGHT, "OpenFisca, integers", "openfisca_integer", "settled"),
    Row(BROUGHT, "OpenFisca, floats, idiomatic", "openfisca_idiomatic", "settled"),
    Row(BOUND, "the same columns read and written", "bandwidth", "touch"),
    Row(BOUND, "copy of 256 MiB, as bytes of claims", "bandwidth", "copy"),
)
