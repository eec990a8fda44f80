"""Where the pages about money, the catalogue, users and the trail are."""

from __future__ import annotations

from starlette.routing import Route

from gongji.web.money.balances import balance_page, days_page, entries_page, visit_entries_page
from gongji.web.money.catalogue import catalogue_page, own_codes_page
from gongji.web.money.clearing import reconciled_page, reconciliation_page
from gongji.web.money.runs import credits_page, payouts_page, years_page
from gongji.web.money.trail import audit_page, chains_page
from gongji.web.money.users import users_page

__all__ = ["ROUTES"]

_BOTH = ["GET", "POST"]

ROUTES = (
    Route("/desk/money", balance_page),
    Route("/desk/money/days", days_page),
    Route("/desk/money/entries", entries_page),
    Route("/desk/money/credits", credits_page, methods=_BOTH),
    Route("/desk/money/payouts", payouts_page, methods=_BOTH),
    Route("/desk/money/years", years_page, methods=_BOTH),
    Route("/desk/visits/{visit}/entries", visit_entries_page),
    Route("/desk/reconciliation", reconciliation_page, methods=_BOTH),
    Route("/desk/reconciliation/{institution}/{number}", reconciled_page),
    Route("/desk/catalogue", catalogue_page, methods=_BOTH),
    Route("/desk/own-codes", own_codes_page, methods=_BOTH),
    Route("/desk/audit", audit_page),
    Route("/desk/audit/chains", chains_page),
    Route("/desk/users", users_page, methods=_BOTH),
)
"""Money, the catalogue, users, the trail."""
