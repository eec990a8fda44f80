"""Requests of every room, and what becomes of each for each role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx

from api_place import CARD, House, key, write
from book_place import identity

__all__ = ["ROWS", "Tried", "insure", "more_things", "send", "send_file"]


class Tried(NamedTuple):
    """A request, and what becomes of it for each role, in the order of `ROLES`.

    What is said is JSON, or a file where it is text.
    """

    method: str
    path: str
    said: Any
    statuses: tuple[int, int, int, int, int]


def send(client: httpx.Client, one: Tried, there: dict[str, int]) -> httpx.Response:
    """Send a request, filled in with what is there."""
    headers = key() if one.method in ("POST", "PUT") else {}
    path = one.path.format(**there)
    if isinstance(one.said, str):
        return send_file(client, path, one.said, headers)
    return client.request(one.method, path, json=one.said, headers=headers)


def send_file(
    client: httpx.Client, path: str, data: str | bytes, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """Send a file, which is CSV where it is text."""
    content = data.encode() if isinstance(data, str) else data
    kind = "text/csv" if isinstance(data, str) else "application/octet-stream"
    return client.post(path, content=content, headers={**(headers or key()), "Content-Type": kind})


_RELATIVE = identity("320402", "19820202", 2)
_CHRONIC = {"designated": "yes", "evidence_from": "community", "uploaded_on": "2024-03-01"}
_EVIDENCE = ["medical_record", "test_report"]
_PAPERS = ["id", "receipt", "itemised_list", "discharge_summary", "bank_card"]
_CARE = {
    "institution": "H1", "day": "2024-05-01", "lines": [{"in_scope": "10000.00"}],
    "facts": {"setting": "inpatient", "care_area": "unreferred"}, "papers": _PAPERS,
}  # fmt: skip
_AID = {"facts": {"aid_category": "dibao"}, "office": "天宁区民政局"}
_ITEM = "code,name,kind,item_class,since,area\nXA01,阿司匹林肠溶片,drug,甲,2024-01-01,\n"
_CODED = {"serial": "A2", "day": "2024-03-01", "quantity": "2", "price": "1.5", "code": "XA01"}
_SPAN = {"first": "2024-11-01", "last": "2024-11-30"}
_NOTHING = {"rows": 0, "total": "0.00", "funds": "0.00", "account": "0.00"}

# insured, institution, clerk, supervisor, auditor; see `test_api_roles` for what is filled in.
# 422: let in, and refused by the book: the policy of the town has no accounts and no family use.
ROWS: dict[str, Tried] = {
    "see_year_of_entitlement": Tried(
        "GET", "/persons/{person}/entitlement/year?year=2024", None, (200, 403, 200, 200, 200)
    ),
    "see_left": Tried(
        "GET", "/persons/{person}/left?day=2024-11-30", None, (200, 403, 200, 200, 200)
    ),
    "see_outstanding": Tried(
        "GET", "/persons/{person}/outstanding", None, (200, 403, 200, 200, 200)
    ),
    "list_years_of_person": Tried(
        "GET", "/persons/{person}/years", None, (200, 403, 200, 200, 200)
    ),
    "change_institution_facts": Tried(
        "POST", "/institutions/H2/facts", {"since": "2024-07-01", "facts": {"tier": "tier_2"}},
        (403, 403, 403, 200, 403),
    ),
    "see_institution_history": Tried(
        "GET", "/institutions/H1/history", None, (403, 200, 200, 200, 200)
    ),
    "declare_by_file": Tried(
        "POST", "/schemes/1/dues/file", f"identity,period,wage\n{CARD},2024-06,6000\n",
        (403, 403, 200, 403, 403),
    ),
    "receive_by_file": Tried(
        "POST", "/schemes/1/receipts/file",
        f"identity,period,amount,arrived\n{CARD},2024-06,648.00,2024-06-15\n",
        (403, 403, 200, 403, 403),
    ),
    "preview_dues": Tried(
        "POST", "/schemes/1/dues/file/preview", f"identity,period,wage\n{CARD},2024-07,6000\n",
        (403, 403, 200, 403, 403),
    ),
    "preview_receipts": Tried(
        "POST", "/schemes/1/receipts/file/preview",
        f"identity,period,amount,arrived\n{CARD},2024-07,648.00,2024-07-15\n",
        (403, 403, 200, 403, 403),
    ),
    "see_receipt": Tried("GET", "/receipts/{receipt}", None, (403, 403, 200, 200, 200)),
    "see_what_waits": Tried("GET", "/waiting", None, (403, 200, 200, 200, 200)),
    "list_all_registrations": Tried(
        "GET", "/registrations?state=pending", None, (403, 403, 200, 200, 200)
    ),
    "list_owing": Tried(
        "GET", "/schemes/1/owing?through=2024-12&since=2024-01", None, (403, 403, 200, 200, 200)
    ),
    "list_receipts": Tried("GET", "/receipts", None, (403, 403, 200, 200, 200)),
    "apply_for_registration": Tried(
        "POST", "/persons/{person}/registrations",
        {"question": "chronic_registration", "day": "2024-03-04", "papers": _EVIDENCE,
         "facts": {**_CHRONIC, "chronic_applied": "hypertension"}},
        (403, 403, 200, 403, 403),
    ),
    "list_registrations": Tried(
        "GET", "/persons/{person}/registrations", None, (200, 403, 200, 200, 200)
    ),
    "see_registration": Tried(
        "GET", "/registrations/{registration}", None, (200, 403, 200, 200, 200)
    ),
    "bring_papers": Tried(
        "POST", "/registrations/{registration}/papers", {"day": "2024-03-06", "papers": _EVIDENCE},
        (403, 403, 200, 403, 403),
    ),
    "end_a_registration": Tried(
        "POST", "/registrations/{registration}/end", {"last": "2024-10-31"},
        (403, 403, 200, 403, 403),
    ),
    "write_approval_down": Tried(
        "POST", "/persons/{person}/approvals",
        {**_AID, "since": "2024-09-01", "until": "2024-10-31", "reference": "2024-18"},
        (403, 403, 201, 403, 403),
    ),
    "list_approvals": Tried("GET", "/persons/{person}/approvals", None, (200, 403, 200, 200, 200)),
    "end_an_approval": Tried(
        "POST", "/approvals/{approval}/end", {"last": "2024-07-31"}, (403, 403, 200, 403, 403)
    ),
    "upload_coded_lines": Tried(
        "POST", "/visits/{visit}/coded-lines", {"lines": [_CODED]}, (403, 200, 200, 403, 403)
    ),
    "list_coded_lines": Tried(
        "GET", "/visits/{visit}/coded-lines", None, (200, 200, 200, 200, 200)
    ),
    "withdraw_coded_lines": Tried(
        "POST", "/visits/{visit}/coded-lines/withdraw", {"serials": ["A1"]},
        (403, 200, 200, 403, 403),
    ),
    "see_cancellation": Tried(
        "GET", "/settlements/{kept}/cancellation", None, (403, 403, 200, 200, 200)
    ),
    "list_owed": Tried("GET", "/schemes/1/owed", None, (403, 403, 200, 200, 200)),
    "see_owed": Tried("GET", "/persons/{person}/owed?scheme=1", None, (200, 403, 200, 200, 200)),
    "settle_person_anew": Tried(
        "POST", "/persons/{person}/settle-anew", {"scheme": 1}, (403, 403, 403, 200, 403)
    ),
    "receive_a_claim": Tried(
        "POST", "/persons/{person}/claims", {**_CARE, "receipts": ["N9"]},
        (403, 403, 201, 403, 403),
    ),
    "see_claim": Tried("GET", "/claims/{claim}", None, (200, 403, 200, 200, 200)),
    "list_claims": Tried("GET", "/claims", None, (200, 403, 200, 200, 200)),
    "complete_a_claim": Tried(
        "POST", "/claims/{claim}/papers", {"papers": ["bank_card"]}, (403, 403, 200, 403, 403)
    ),
    "check_a_claim": Tried("POST", "/claims/{claim}/check", None, (403, 403, 200, 403, 403)),
    "settle_a_claim": Tried("POST", "/claims/{claim}/settlement", None, (403, 403, 200, 403, 403)),
    "pay_a_claim": Tried("POST", "/claims/{to_pay}/payment", None, (403, 403, 403, 200, 403)),
    "withdraw_a_claim": Tried(
        "POST", "/claims/{to_give_back}/withdraw", None, (403, 403, 200, 403, 403)
    ),
    "open_unlisted_institution": Tried(
        "POST", "/unlisted-institutions", {"area": "320400", "name": "某县人民医院"},
        (403, 403, 201, 403, 403),
    ),
    "credit_the_accounts": Tried(
        "POST", "/schemes/1/credits", {"month": "2024-03-01", "day": "2024-03-20"},
        (403, 403, 403, 200, 403),
    ),
    "reverse_a_credit": Tried("POST", "/credits/1/reverse", None, (403, 403, 403, 404, 403)),
    "list_credits": Tried("GET", "/persons/{person}/credits", None, (200, 403, 200, 200, 200)),
    "see_accounts": Tried("GET", "/persons/{person}/accounts", None, (200, 403, 200, 200, 200)),
    "list_account_entries": Tried(
        "GET", "/persons/{person}/accounts/320400/entries", None, (200, 403, 200, 200, 200)
    ),
    "authorise_relative": Tried(
        "POST", "/persons/{person}/authorisations",
        {"relative": _RELATIVE, "relation": "spouse", "since": "2024-03-01"},
        (422, 403, 422, 403, 403),
    ),
    "revoke_authorisation": Tried(
        "POST", "/authorisations/1/revoke", {"last": "2024-06-30"}, (404, 403, 404, 403, 403)
    ),
    "list_authorisations": Tried(
        "GET", "/persons/{person}/authorisations", None, (200, 403, 200, 200, 200)
    ),
    "list_authorised_by": Tried(
        "GET", "/persons/{person}/authorised-by", None, (200, 403, 200, 200, 200)
    ),
    "pay_from_relative": Tried(
        "POST", "/visits/{paid}/family-payments",
        {"owner": 1, "amount": "1.00", "day": "2024-03-20"}, (403, 422, 422, 403, 403),
    ),
    "write_death_down": Tried(
        "POST", "/persons/{free}/death", {"day": "2024-11-01"}, (403, 403, 201, 403, 403)
    ),
    "see_death": Tried("GET", "/persons/{dead}/death", None, (403, 403, 200, 200, 200)),
    "pay_heirs": Tried(
        "POST", "/persons/{dead}/inheritance",
        {"scheme": 1, "day": "2024-11-30",
         "heirs": [{"identity": _RELATIVE, "name": "李四", "share": "1"}]},
        (403, 403, 403, 422, 403),
    ),
    "take_back_a_death": Tried(
        "POST", "/deaths/{death}/take-back", None, (403, 403, 403, 200, 403)
    ),
    "transfer_person_in": Tried(
        "POST", "/persons/{person}/transfers-in",
        {"scheme": 1, "other": "某市", "months_paid": 12, "previous_end": "2009-12-01",
         "arrived": "2024-01-05"},
        (403, 403, 201, 403, 403),
    ),
    "list_transfers": Tried("GET", "/persons/{person}/transfers", None, (200, 403, 200, 200, 200)),
    "transfer_person_out": Tried(
        "POST", "/persons/{person}/transfers-out?try=yes",
        {"last": "2024-11-30", "other": "某市", "months_paid": 179, "balance": "stays"},
        (403, 403, 200, 200, 403),
    ),
    "assess_person": Tried(
        "POST", "/persons/{person}/retirement?try=yes",
        {"day": "2024-01-15", "facts": {"retirement_age_reached": "yes"}},
        (403, 403, 200, 403, 403),
    ),
    "take_top_up": Tried(
        "POST", "/persons/{person}/retirement/top-up", {"day": "2024-11-30", "amount": "4800.00"},
        (403, 403, 422, 403, 403),
    ),
    "search_items": Tried("GET", "/items?text=XA", None, (200, 200, 200, 200, 200)),
    "see_item_history": Tried("GET", "/items/history?code=XA01", None, (200, 200, 200, 200, 200)),
    "see_item_terms": Tried(
        "GET", "/items/terms?code=XA01&institution=H1&scheme=1", None, (200, 200, 200, 200, 200)
    ),
    "load_catalogue_file": Tried(
        "POST", "/catalogue/items/file?file=items.csv", _ITEM, (403, 403, 403, 200, 403)
    ),
    "load_list_facts_file": Tried(
        "POST", "/schemes/1/list-facts/file?since=2024-01-01",
        "list,fact,value\nblood,item,blood\n", (403, 403, 403, 200, 403),
    ),
    "see_list_facts": Tried("GET", "/schemes/1/list-facts", None, (403, 200, 200, 200, 200)),
    "see_unmapped_lists": Tried(
        "GET", "/catalogue/unmapped-lists", None, (403, 403, 200, 200, 200)
    ),
    "load_own_codes": Tried(
        "POST", "/institutions/H1/own-codes/file",
        "own,name,item,since\nY002,阿司匹林,XA01,2024-01-01\n", (403, 200, 403, 403, 403),
    ),
    "list_own_codes": Tried("GET", "/institutions/H1/own-codes", None, (403, 200, 200, 200, 200)),
    "judge_own_codes": Tried(
        "POST", "/institutions/H1/own-codes/judge", {"numbers": [1], "approved": True},
        (403, 403, 200, 403, 403),
    ),
    "reconcile_institution": Tried(
        "POST", "/institutions/H1/reconciliations", {**_SPAN, "totals": _NOTHING},
        (403, 201, 201, 403, 403),
    ),
    "reconcile_institution_rows": Tried(
        "POST", "/institutions/H1/reconciliations/file?first=2024-11-01&last=2024-11-30",
        "settlement,visit,total,funds,account\n99,99,1.00,1.00,0.00\n", (403, 201, 201, 403, 403),
    ),
    "list_reconciliations": Tried(
        "GET", "/institutions/H1/reconciliations", None, (403, 200, 200, 200, 200)
    ),
    "list_differences": Tried(
        "GET", "/institutions/H1/reconciliations/{reconciliation}/differences", None,
        (403, 200, 200, 200, 200),
    ),
    "pay_the_institutions": Tried(
        "POST", "/areas/320400/payouts", {"month": "2024-10"}, (403, 403, 403, 200, 403)
    ),
    "list_statements": Tried(
        "GET", "/areas/320400/statements?month=2024-10", None, (403, 200, 200, 200, 200)
    ),
    "list_daily_balances": Tried(
        "GET", "/areas/320400/daily-balances?first=2024-03-01&last=2024-11-30", None,
        (403, 403, 200, 200, 200),
    ),
    "open_with_balances": Tried(
        "POST", "/schemes/1/opening-balances", {"day": "2023-12-31", "funds": {"pool": "-1.00"}},
        (403, 403, 403, 201, 403),
    ),
    "close_a_year": Tried(
        "POST", "/areas/320400/years/2023/close", None, (403, 403, 403, 200, 403)
    ),
    "reopen_a_year": Tried(
        "POST", "/areas/320400/years/2023/reopen", {"reason": "漏记一笔"}, (403, 403, 403, 200, 403)
    ),
    "list_closings": Tried("GET", "/areas/320400/years", None, (403, 403, 200, 200, 200)),
}  # fmt: skip


def more_things(house: House, there: dict[str, int]) -> dict[str, int]:
    """What these requests are about, besides what is `there`."""
    found = dict(there)
    person = there["person"]
    with (
        house.client("institution") as hospital,
        house.client("clerk") as clerk,
        house.client("supervisor") as boss,
    ):
        for name, card in (("relative", _RELATIVE), ("dead", identity("320402", "19300303", 3))):
            found[name] = write(clerk, "/persons", {"identity": card, "name": name})["person"]
        insure(clerk, found["relative"])
        said = {
            "person": found["relative"], "institution": "H1", "day": "2024-03-01",
            "facts": {"setting": "inpatient"},
        }  # fmt: skip
        found["paid"] = write(hospital, "/visits", said)["visit"]
        write(hospital, f"/visits/{found['paid']}/lines", {"lines": [{"in_scope": "100.00"}]})
        found["kept"] = write(hospital, f"/visits/{found['paid']}/settlement")["settlement"]
        asked = {"question": "chronic_registration", "day": "2024-03-04",
                 "facts": {**_CHRONIC, "chronic_applied": "diabetes"}}  # fmt: skip
        pending = write(clerk, f"/persons/{person}/registrations", asked)
        assert pending["state"] == "pending"
        found["registration"] = pending["registration"]
        approval = {**_AID, "since": "2024-03-01", "until": "2024-08-31", "reference": "2024-17"}
        found["approval"] = write(clerk, f"/persons/{person}/approvals", approval)["approval"]
        for number, name in enumerate(("claim", "to_pay", "to_give_back")):
            claim = {**_CARE, "receipts": [f"N{number}"]}
            found[name] = write(clerk, f"/persons/{person}/claims", claim)["claim"]
        write(clerk, f"/claims/{found['to_pay']}/check")
        write(clerk, f"/claims/{found['to_pay']}/settlement")
        died = write(clerk, f"/persons/{found['dead']}/death", {"day": "2024-10-01"})
        found["death"] = died["death"]
        assert send(boss, ROWS["load_catalogue_file"], found).status_code == 200
        codes = ROWS["load_own_codes"]._replace(
            said="own,name,item,since\nY001,阿司匹林,XA01,2024-01-01\n"
        )
        assert send(hospital, codes, found).status_code == 200
        line = {**_CODED, "serial": "A1"}
        write(hospital, f"/visits/{there['visit']}/coded-lines", {"lines": [line]})
        rows = send(hospital, ROWS["reconcile_institution_rows"], found)
        found["reconciliation"] = rows.json()["reconciliation"]
    return found


def insure(clerk: httpx.Client, person: int) -> None:
    """Insure somebody who has paid for years."""
    facts = {"category": "active", "insured_as": "employee"}
    said = {"scheme": 1, "since": "2024-01-01", "facts": facts}
    write(clerk, f"/persons/{person}/memberships", said)
    before = {"scheme": 1, "first_paid": "2010-01-10", "through": "2023-12", "months": 168}
    write(clerk, f"/persons/{person}/carry-over", before)
