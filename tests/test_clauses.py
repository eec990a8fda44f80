"""The clause index: where every clause lives, and the cases that test it."""

from __future__ import annotations

import json
from pathlib import Path

from command import run

OWN = Path(__file__).parent / "policies"
WORDS = ("clauses", "--policies", str(OWN), "--policy", "linshui/officer")


def _case(folder: Path) -> str:
    case = {
        "id": "LO-C1",
        "policy": "linshui/officer",
        "clauses": ["LO-008"],
        "event": {"what": "office", "date": "2024-08-01"},
        "expect": {"address": {"zh": "人民路 1 号"}},
    }
    path = folder / "case.json"
    path.write_text(json.dumps(case), encoding="utf-8")
    return str(path)


def test_a_clause_knows_its_homes_and_its_cases(tmp_path: Path) -> None:
    code, out, _ = run(*WORDS, "LO-008", "--cases", _case(tmp_path), "--json")
    (row,) = json.loads(out)
    assert code == 0
    assert row["place"] == "第八条"
    assert [(home["policy"], home["item"]) for home in row["homes"]] == [
        ("linshui/officer@2024-07-01", "question office")
    ]
    assert row["cases"] == ["LO-C1"]
    code, out, _ = run(*WORDS, "LO-008", "--cases", _case(tmp_path), "--lang", "en")
    assert "cases: LO-C1" in out
    assert "linshui/officer/2024-07-01.yaml:" in out


def test_what_has_no_home_or_no_case_is_open(tmp_path: Path) -> None:
    code, out, _ = run(*WORDS, "--open", "--cases", _case(tmp_path), "--json")
    found = [row["clause"] for row in json.loads(out)]
    assert code == 1
    assert "LO-008" not in found
    assert "LO-005" in found


def test_an_unknown_clause_is_refused() -> None:
    code, _, err = run(*WORDS, "LO-800", "--lang", "en")
    assert code == 2
    assert "there is no clause 'LO-800'; the nearest is LO-0" in err


def test_a_clause_that_rules_nothing_says_why(tmp_path: Path) -> None:
    for path in OWN.rglob("*.yaml"):
        target = tmp_path / path.relative_to(OWN)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8")
        if path.name == "rights-2024.yaml":
            text += "  '003':\n    place: 第三条\n    kind: context\n    rule: Aims.\n"
            text += "    informational: {zh: 只写目的, en: aims only}\n"
        target.write_text(text, encoding="utf-8")
    words = ("clauses", "--policies", str(tmp_path), "--policy", "linshui/rights")
    code, out, _ = run(*words, "LR-003", "--lang", "en")
    assert code == 0
    assert "no rule follows: aims only" in out
    code, out, _ = run(*words, "LR-003", "--open")
    assert (code, out) == (0, "")


def test_every_clause_of_every_document_has_a_home_and_a_case() -> None:
    """Or says why no rule follows from it; the cases themselves are run in test_cases."""
    code, out, _ = run("clauses", "--open", "--json")
    assert [row["clause"] for row in json.loads(out)] == []
    assert code == 0
    rows = json.loads(run("clauses", "--json")[1])
    assert len(rows) == len({row["clause"] for row in rows}) == 790
    both = [row["clause"] for row in rows if row["informational"] and row["homes"]]
    assert both == []
