"""The sessions in `examples/nhsa` against the demo, and what `docs/nhsa.md` shows of them.

The visit of person 3, 林若溪, at a hospital of tier 3 on 2024-12-05, worked out by hand:

- XM0101, class A: 20.00 in scope.
- XM0204, class B, 10 % borne first: 280.00 = 28.00 + 252.00.
- two of YP0201 at 30.00, class B, capped at 28.00: 60.00 = 4.00 over the cap + 5.60 (10 % of 56.00)
  borne first + 50.40.
- YP0901, class C: 58.00 out of the catalogue.

418.00 = 58.00 + 4.00 + 33.60 + 322.40.  Her visits in spring used up the deductible of 600
(312.40 + 420.00 in scope), so the pool pays 60 % of 322.40, 193.44 (CZE-048), and she 224.56.

The stay of person 1, 苏晚, there from 2024-12-02 to 2024-12-06, her first of the year:

- XM0302, class A: 2,400.00 in scope.
- four of XM0103 at 20.00, class A: 80.00.
- five of XM0105 at 90.00, class A, capped at 80.00, of which one is given back: 360.00 = 40.00 +
  320.00.
- two of YP0204 at 378.00, restricted and approved, 20 % borne first: 756.00 = 151.20 + 604.80.

3,596.00 = 40.00 + 151.20 + 3,404.80.  Deductible 1,000 (CZE-037), then 90 % (CZE-039): the pool
pays 90 % of 2,404.80, 2,164.32, and she 1,431.68.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from command import run
from gongji.nhsa.client.replay import read_session
from gongji.nhsa.dialects.sm import sm2_public
from serve_place import serving

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples" / "nhsa").glob("*.jsonl"))
PAGE = (ROOT / "docs" / "nhsa.md").read_text(encoding="utf-8")
NEW_EACH_TIME = re.compile(r"msgid \S+( +inf_refmsgid \S+)?")
AGE = re.compile(r"(age +年龄 +)[0-9.]+ *")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder with a demo book that is served, and where."""
    folder = tmp_path_factory.mktemp("demo")
    book = str(folder / "gongji-demo.db")
    assert run("demo", "--book", book, "--persons", "0")[0] == 0
    with serving("--book", book, folder=folder) as served:
        assert run("access", "open", "H01", "--dialect", "plain", "--book", book)[0] == 0
        yield folder, served.url


@pytest.fixture
def settings(demo: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings that the page shows, at the root of the repository where its commands run."""
    for name in [one for one in os.environ if one.startswith("GONGJI_NHSA")]:
        monkeypatch.delenv(name)
    folder, url = demo
    (shown,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (folder / "nhsa.toml").write_text(shown.replace("http://127.0.0.1:8000", url), encoding="utf-8")
    monkeypatch.setenv("GONGJI_NHSA_SETTINGS", str(folder / "nhsa.toml"))
    monkeypatch.setenv("GONGJI_LANG", "zh")
    monkeypatch.chdir(ROOT)


def shown_sessions() -> list[tuple[str, str]]:
    """The commands of the page with what it shows of their answers."""
    blocks = re.findall(r"```sh\n(gongji nhsa [^\n]+)\n```\n\n```\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 3
    return blocks


def as_shown(text: str) -> list[str]:
    """Lines without what is new each time: the numbers of messages, and how old somebody is."""
    text = AGE.sub(r"\1…", NEW_EACH_TIME.sub("msgid …", text))
    return [line.rstrip() for line in text.strip().splitlines()]


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(("line", "shown"), shown_sessions())
def test_what_the_page_shows_is_what_is_answered(line: str, shown: str) -> None:
    code, out, error = run(*line.split()[1:])
    assert (code, error) == (0, "")
    assert as_shown(out) == as_shown(shown)


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_session_can_be_replayed_again_and_leaves_the_book_in_order(
    path: Path, demo: tuple[Path, str]
) -> None:
    """It takes back what it did, so that the amounts of the second time are those of the first."""
    for _ in range(2):
        code, out, _ = run("nhsa", "replay", str(path), "--json")
        told = [json.loads(line) for line in out.splitlines()]
        assert [one["differences"] for one in told if not one["same"]] == []
        assert (code, len(told)) == (0, len(read_session(path.read_bytes(), path.name)))
    assert run("book", "verify", "--book", str(demo[0] / "gongji-demo.db"))[0] == 0


@pytest.mark.usefixtures("settings")
def test_the_session_on_the_page_of_the_client_comes_out_as_it_says(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "nhsa-client.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    (tmp_path / "day.jsonl").write_text(block, encoding="utf-8")
    code, out, _ = run("nhsa", "replay", str(tmp_path / "day.jsonl"))
    assert (code, out.splitlines()[-1]) == (0, "重放了 4 个交易，都如预期")


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("dialect", ["csb", "x_ca", "x_tif", "oauth", "sealed"])
def test_what_opening_a_key_prints_are_the_settings_of_a_client(
    dialect: str, demo: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is shown under the name that it has in `nhsa.toml`; one that was closed is gone."""
    book = str(demo[0] / "gongji-demo.db")
    words = ["--dialect", dialect, "--book", book]
    if dialect == "sealed":
        monkeypatch.setenv("GONGJI_NHSA_OWN_SM2", f"{7:064x}")
        words[1:2] = ["oauth", "--their-sm2", sm2_public(f"{7:064x}")]
    code, out, _ = run("access", "open", "H01", *words)
    assert code == 0
    shown = dict(re.findall(r"^\S+ .*?([a-z0-9_]+): (\S+)$", out, re.MULTILINE))
    assert set(shown) >= {"dialect", "key", "secret"}
    for name, value in shown.items():
        monkeypatch.setenv(f"GONGJI_NHSA_{name.upper()}", value)
    sign_in = ("nhsa", "9001", *(f"--set=signIn.{one}=1" for one in ("opter_no", "mac", "ip")))
    assert run(*sign_in)[0] == 0
    monkeypatch.setenv("GONGJI_NHSA_SECRET", "another")
    code, out, error = run(*sign_in)
    assert code != 0
    assert "签名不一致" in out or "客户端标识或密钥不对" in error
    monkeypatch.setenv("GONGJI_NHSA_SECRET", shown["secret"])
    assert f"H01  {shown['dialect']}  {shown['key']}" in run("access", "list", "--book", book)[1]
    run("access", "close", shown["key"], "--dialect", shown["dialect"], "--book", book)
    assert shown["key"] not in run("access", "list", "--book", book)[1]


@pytest.mark.usefixtures("settings")
def test_the_amounts_are_those_worked_out_by_hand() -> None:
    """The settlements in the files expect every amount that stands at the head of this module."""
    by_hand = {
        "outpatient": {
            "medfee_sumamt": 41800, "fulamt_ownpay_amt": 5800, "overlmt_selfpay": 400,
            "preselfpay_amt": 3360, "inscp_scp_amt": 32240, "act_pay_dedc": 0, "hifp_pay": 19344,
            "fund_pay_sumamt": 19344, "psn_part_amt": 22456, "psn_cash_pay": 22456,
        },
        "stay": {
            "medfee_sumamt": 359600, "fulamt_ownpay_amt": 0, "overlmt_selfpay": 4000,
            "preselfpay_amt": 15120, "inscp_scp_amt": 340480, "act_pay_dedc": 100000,
            "hifp_pay": 216432, "fund_pay_sumamt": 216432, "psn_part_amt": 143168,
            "psn_cash_pay": 143168,
        },
    }  # fmt: skip
    for path in EXAMPLES:
        (expected,) = [
            step.expect["output"]["setlinfo"]  # type: ignore[index]
            for step in read_session(path.read_bytes(), path.name)
            if step.infno in ("2207", "2304") and step.expect.get("infcode") == 0
        ]
        assert {name: int(one * 100) for name, one in expected.items()} == by_hand[path.stem]
