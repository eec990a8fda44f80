"""A million claims of all policies, settled by kernel and engine: the same tables, to the fen.

Half of them are what `gongji generate` makes up, half are wild: odd facts, amounts at the edges of
the policy and a fen beside them.  `GONGJI_RANDOM_CLAIMS` asks for more, or for less.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from gongji.batch.regimes import Options
from gongji.batch.table import Settled, settle_tables
from gongji.generate.plan import plan_for
from gongji.generate.tables import generate
from gongji.policy.model import Policy
from gongji.policy.versions import BUILT_IN, Library
from gongji.wording import Refused
from wild import wild_tables

EXAMPLES = Path(__file__).parent.parent / "examples" / "policies"
LIBRARY = Library((BUILT_IN, EXAMPLES))
CLAIMS = int(os.environ.get("GONGJI_RANDOM_CLAIMS", "1_000_000"))
PARTS = 2
"""Parts of each half of a policy's claims, so that processors can share them."""

CLAIMS_OF_A_PERSON = 5
EVERY = Options(causes=True, steps=True)


def _settling() -> list[str]:
    """Every version of every policy that settles anything."""
    return [
        f"{name}@{head.in_force.first}"
        for name in LIBRARY.ids()
        for head in LIBRARY.versions(name)
        if LIBRARY.policy(f"{name}@{head.in_force.first}", head.in_force.first).benefits
    ]


SETTLING = _settling()
PERSONS = CLAIMS // (2 * PARTS * CLAIMS_OF_A_PERSON * len(SETTLING)) + 1


def _policy(name: str) -> Policy:
    return LIBRARY.policy(name, date.fromisoformat(name.partition("@")[2]))


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", SETTLING)
def test_wild_claims(name: str, part: int) -> None:
    policy = _policy(name)
    persons, claims = wild_tables(policy, PERSONS, seed=part)
    _compared(policy, persons, claims)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", SETTLING)
def test_plausible_claims(name: str, part: int) -> None:
    policy = _policy(name)
    year = policy.in_force.first.year
    try:
        plan_for(policy, part, year)
    except Refused:  # nothing in it settles without further parameters
        persons, claims = wild_tables(policy, PERSONS, seed=100 + part)
    else:
        persons, claims = generate(policy, PERSONS, part, year)
    _compared(policy, persons, claims)


def test_claims_of_one_line() -> None:
    """Tables without `line` go another way, without a look at how many lines there are."""
    for name in SETTLING:
        policy = _policy(name)
        persons, claims = wild_tables(policy, 40, seed=7)
        single = pa.compute.equal(claims["line"], 0)
        _compared(policy, persons, claims.filter(single).drop_columns(["line"]))


def test_text_ids_and_persons_who_change_within_the_year() -> None:
    for name in SETTLING:
        policy = _policy(name)
        persons, claims = wild_tables(policy, 40, seed=11)
        later, _ = wild_tables(policy, 40, seed=12)
        middle = policy.in_force.first.replace(month=7)
        since = [None] * persons.num_rows + [middle] * later.num_rows
        people = pa.concat_tables([persons, later]).append_column(
            "since", pa.array(since, pa.date32())
        )
        ids = [f"3204{one:04d}" for one in people["person"].to_pylist()]
        mine = [f"3204{one:04d}" for one in claims["person"].to_pylist()]
        text_people = people.set_column(0, "person", pa.array(ids))
        place = claims.column_names.index("person")
        text_claims = claims.set_column(place, "person", pa.array(mine))
        _compared(policy, text_people, text_claims)
        by_text = settle_tables(policy, text_people, text_claims, options=EVERY)
        by_number = settle_tables(policy, people, claims, options=EVERY)
        assert by_text.table.drop_columns("person").equals(by_number.table.drop_columns("person"))


def test_python_settles_what_machine_code_does() -> None:
    for name in SETTLING:
        policy = _policy(name)
        persons, claims = wild_tables(policy, 25, seed=3)
        compiled = settle_tables(policy, persons, claims, options=EVERY)
        slow = EVERY._replace(by="python")
        interpreted = settle_tables(policy, persons, claims, options=slow)
        assert compiled.table.equals(interpreted.table), name
        assert compiled.rejects.equals(interpreted.rejects), name


def _compared(policy: Policy, persons: pa.Table, claims: pa.Table) -> None:
    kernel = settle_tables(policy, persons, claims, options=EVERY)
    engine = settle_tables(policy, persons, claims, options=EVERY._replace(by="engine"))
    assert kernel.rejects["row"].equals(engine.rejects["row"])
    assert _reasons(kernel, claims) == _reasons(engine, claims)
    for column in engine.table.column_names:
        assert kernel.table[column].equals(engine.table[column]), column
    assert kernel.summary.rows == claims.num_rows
    assert engine.table.num_rows or engine.rejects.num_rows == claims.num_rows


def _reasons(settled: Settled, claims: pa.Table) -> list[tuple[str, str, str, str]]:
    """Why bills of one line are rejected; of several, any of the reasons that there are may do."""
    lines = Counter(str(claim) for claim in claims["claim"].to_pylist())
    return [
        (row["reason"], row["about"], row["message_zh"], row["message_en"])
        for row in settled.rejects.to_pylist()
        if lines[row["claim"]] == 1
    ]
