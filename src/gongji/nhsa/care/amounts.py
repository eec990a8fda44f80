"""A settlement in the sums of the interface, which hold together before an answer leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from gongji.book.catalogue.amounts import Amounts
from gongji.engine.settlement import Settlement
from gongji.money import format_yuan, half_up
from gongji.nhsa.mapping import SchemeMapping

__all__ = ["AMOUNTS", "Sums", "check_sums", "splits", "sums_of"]

FUND_SUMS = (
    "hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "hifdm_pay", "maf_pay",
    "oth_pay",
)  # fmt: skip
"""The sums that together are what all funds pay (`fund_pay_sumamt`)."""

_SPLITS = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
AMOUNTS = (
    "medfee_sumamt", *_SPLITS, "act_pay_dedc", *FUND_SUMS, "fund_pay_sumamt", "psn_part_amt",
    "acct_pay", "psn_cash_pay", "hosp_part_amt", "acct_mulaid_pay",
)  # fmt: skip
"""The amounts of a settlement; the balance is none of them."""
_RATIO_PLACES = 10**4


class Sums(NamedTuple):
    """The amounts of a settlement by the fields of the interface, in fen.

    `details` are what each fund, and the account, paid: the code of its kind with its title and
    amount.  `ratio` is the share of the costs in scope that the basic fund paid.
    """

    fen: Mapping[str, int]
    details: tuple[tuple[str, str, int], ...]
    ratio: Fraction
    balance: int

    def info(self) -> dict[str, str]:
        """The amounts as `setlinfo` says them: yuan with two decimals."""
        amounts = {name: format_yuan(self.fen[name]) for name in AMOUNTS}
        tenths = half_up(self.ratio * _RATIO_PLACES)
        ratio = f"{tenths // _RATIO_PLACES}.{tenths % _RATIO_PLACES:04d}"
        return {**amounts, "pool_prop_selfpay": ratio, "balc": format_yuan(self.balance)}

    def rows(self) -> list[dict[str, str | None]]:
        """What each fund paid, as `setldetail` says it."""
        in_scope = format_yuan(self.fen["inscp_scp_amt"])
        return [
            {
                "fund_pay_type": code, "inscp_scp_amt": in_scope, "crt_payb_lmt_amt": None,
                "fund_payamt": format_yuan(fen), "fund_pay_type_name": title,
                "setl_proc_info": None,
            }
            for code, title, fen in self.details
        ]  # fmt: skip


def splits(parts: Amounts) -> dict[str, int]:
    """The parts of a bill by the names of the interface, in fen."""
    return {
        "fulamt_ownpay_amt": parts.out_of_catalogue, "overlmt_selfpay": parts.over_price_cap,
        "preselfpay_amt": parts.prior_self_pay, "inscp_scp_amt": parts.in_scope,
    }  # fmt: skip


def sums_of(parts: Amounts, one: Settlement, mapping: SchemeMapping, balance: int) -> Sums:
    """The sums of a settlement; `parts` are those of its lines, `balance` is left on the account.

    Where a document does not say what the account pays, it paid nothing.
    """
    fen = dict.fromkeys(AMOUNTS, 0)
    fen["medfee_sumamt"] = one.total
    fen |= splits(parts)
    fen["act_pay_dedc"] = one.laid_on("deductible")
    paid: Counter[tuple[str, str]] = Counter()
    for name, amount in one.payments.items():
        fund = mapping.funds[name]
        fen[fund.field] += amount
        paid[fund.code, fund.title] += amount
    account = one.account or 0
    paid[mapping.account.code, mapping.account.title] += account
    fen["fund_pay_sumamt"] = sum(one.payments.values())
    fen["psn_part_amt"], fen["acct_pay"] = one.person, account
    fen["psn_cash_pay"] = one.person - account
    details = tuple((*fund, amount) for fund, amount in paid.items() if amount)
    ratio = Fraction(fen["hifp_pay"], parts.in_scope) if parts.in_scope else Fraction(0)
    found = Sums(fen, details, ratio, balance)
    check_sums(found)
    return found


def check_sums(sums: Sums) -> None:
    """Make sure that the sums hold together as the interface promises; they are ours to keep."""
    fen = sums.fen
    assert fen["medfee_sumamt"] == sum(fen[name] for name in _SPLITS)
    assert fen["medfee_sumamt"] == (
        fen["fund_pay_sumamt"] + fen["psn_part_amt"] + fen["hosp_part_amt"]
    )
    assert fen["psn_part_amt"] == fen["acct_pay"] + fen["psn_cash_pay"]
    assert fen["fund_pay_sumamt"] == sum(fen[name] for name in FUND_SUMS)
    assert sum(amount for *_, amount in sums.details) == (
        fen["fund_pay_sumamt"] + fen["acct_pay"] + fen["hosp_part_amt"]
    )
