"""The settlements worked out by hand from the documents, to the fen."""

from __future__ import annotations

from collections import Counter

import pytest

from conftest import CASES
from gongji.cases.case import Case
from gongji.cases.read import case_files, read_cases
from gongji.cases.run import run_case
from gongji.policy.versions import Library

ALL = [case for path in case_files(CASES) for case in read_cases(path)]


@pytest.mark.parametrize("case", ALL, ids=[case.id for case in ALL])
def test_case(case: Case, library: Library) -> None:
    outcome = run_case(case, library)
    assert outcome.differences == ()


def test_every_case_has_an_id_of_its_own_and_cites_clauses_there_are(library: Library) -> None:
    twice = [identity for identity, count in Counter(case.id for case in ALL).items() if count > 1]
    assert twice == []
    for case in ALL:
        name = case.policy.partition("@")[0]
        document = library.document(library.versions(name)[-1].document)
        assert case.expect, case.id
        assert case.clauses, case.id
        assert set(case.clauses) <= set(document.clauses), case.id
