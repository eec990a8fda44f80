"""What accounts, entries, funds and services are called."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi.routing import APIRoute

from gongji.api.application import ROOMS
from gongji.nhsa.tables import tables
from gongji.policy.versions import Library
from gongji.web.entrance.caller import Caller
from gongji.wording import Bilingual

__all__ = [
    "BROUGHT",
    "account_title",
    "entry_title",
    "fund_title",
    "funds_of",
    "last_day_booked",
    "service_titles",
]

_KINDS: Mapping[str, Bilingual] = {
    "fund": Bilingual("基金", "Fund"),
    "account": Bilingual("个人账户", "Personal accounts"),
    "institution": Bilingual("应付医药机构", "Owed to institution"),
    "cash": Bilingual("医药机构已收现金", "Cash taken at institution"),
    "person": Bilingual("应付参保人", "Owed to person"),
    "bank": Bilingual("银行存款", "Bank"),
}
_ENTRIES: Mapping[str, Bilingual] = {
    "settlement": Bilingual("结算", "Settlement"),
    "resettlement": Bilingual("重新结算", "Settled again"),
    "reversal": Bilingual("撤销", "Cancellation"),
    "family_payment": Bilingual("家庭共济支付", "Family payment"),
    "family_reversal": Bilingual("家庭共济退回", "Family payment back"),
    "contribution": Bilingual("缴费到账", "Contribution"),
    "credit": Bilingual("计入个人账户", "Credit to an account"),
    "claim_paid": Bilingual("零星报销支付", "Claim paid"),
    "payout": Bilingual("拨付", "Payout"),
    "opening": Bilingual("期初余额", "Opening balance"),
    "inheritance": Bilingual("账户继承", "Inheritance"),
    "top_up": Bilingual("一次性补缴", "Top-up"),
    "refund": Bilingual("账户余额退还", "Balance paid out"),
    "transfer_in": Bilingual("转入", "Transfer in"),
    "transfer_out": Bilingual("转出", "Transfer out"),
}


def account_title(library: Library, line: Mapping[str, Any]) -> Bilingual:
    """What an account of the ledger is called; a fund after its policy."""
    kind, name, owner = line["kind"], line["name"], line["owner"]
    title = _KINDS.get(kind, Bilingual(kind, kind))
    if kind == "fund":
        return fund_title(library, name)
    if owner:
        return Bilingual(f"{title.zh} {owner}", f"{title.en} {owner}")
    return title


def entry_title(kind: str) -> Bilingual:
    """What a kind of entry is called."""
    return _ENTRIES.get(kind, Bilingual(kind, kind))


def funds_of(library: Library, policy: str) -> Mapping[str, Bilingual]:
    """What the funds of a policy are called."""
    version = library.versions(policy)[-1]
    return library.policy(policy, version.in_force.first).funds


async def last_day_booked(caller: Caller, area: str) -> date:
    """The last day on which anything was booked in an area; today where nothing was."""
    found = await caller.door.get(f"/areas/{area}/trial-balance", day=caller.today.isoformat())
    return caller.today if found["last"] is None else date.fromisoformat(found["last"])


def service_titles() -> dict[str, Bilingual]:
    """What the services of the API and of the national interface are called, by name."""
    found = {
        f"nhsa_{infno}": Bilingual(f"{one.title}（接口 {infno}）", f"{one.english} ({infno})")
        for infno, one in tables().transactions.items()
    }
    for one in ROOMS:
        for route in one.room.routes:
            if isinstance(route, APIRoute):
                first = (route.endpoint.__doc__ or route.name).splitlines()[0]
                zh, _, en = first.partition(" · ")
                short = en.partition(".")[0].partition(":")[0].partition(";")[0]
                found[route.name] = Bilingual(zh, short or zh)
    return found


BROUGHT: Mapping[str, Bilingual] = {
    "begin_the_demo": Bilingual("演示账册开始", "The demo begins"),
    "load": Bilingual("载入原有数据", "Load what there was"),
    "load_catalogue": Bilingual("载入目录", "Load the catalogue"),
    "load_list_facts": Bilingual("载入名录含义", "Load what lists mean"),
    "open_user": Bilingual("开用户", "Open a user"),
    "open_balances": Bilingual("接管余额", "Take balances over"),
    "enrol": Bilingual("参保", "Enrol"),
    "approve_aid": Bilingual("救助认定", "Approve aid"),
    "declare": Bilingual("申报缴费", "Declare contributions"),
    "receive": Bilingual("缴费到账", "Receive contributions"),
    "apply": Bilingual("登记备案", "Register"),
    "bring": Bilingual("登记补材料", "Bring papers to a registration"),
    "authorise": Bilingual("授权亲属", "Authorise a relative"),
    "pay_for_relative": Bilingual("为亲属支付", "Pay for a relative"),
    "credit_accounts": Bilingual("计入个人账户", "Credit accounts"),
    "pay_institutions": Bilingual("拨付医药机构", "Pay institutions"),
    "reconcile": Bilingual("对账", "Reconcile"),
    "receive_claim": Bilingual("受理报销", "Take a claim in"),
    "check_claim": Bilingual("审核报销", "Check a claim"),
    "complete_claim": Bilingual("报销补件", "Bring papers to a claim"),
    "settle_claim": Bilingual("报销结算", "Settle a claim"),
    "pay_claim": Bilingual("报销支付", "Pay a claim"),
    "settle_anew": Bilingual("重新结算", "Settle anew"),
    "assess_retirement": Bilingual("退休核定", "Assess retirement"),
    "pay_top_up": Bilingual("一次性补缴", "Pay missing years"),
    "record_death": Bilingual("登记死亡", "Record a death"),
    "inherit": Bilingual("账户继承", "Inherit an account"),
}
"""What acts are called that came by the command line, such as those that made the demo."""


def fund_title(library: Library, name: str) -> Bilingual:
    """The title of a fund; `name` is the policy and the fund, `fund` may stand before them."""
    if name in _KINDS:
        return _KINDS[name]
    name = name.removeprefix("fund ")
    policy, _, fund = name.partition(" ")
    if policy not in library.ids():
        return Bilingual(name, name)
    version = library.versions(policy)[-1]
    title = funds_of(library, policy).get(fund, Bilingual(fund, fund))
    return Bilingual(f"{version.title.zh} · {title.zh}", f"{version.title.en} · {title.en}")
