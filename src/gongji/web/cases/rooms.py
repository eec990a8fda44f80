"""Where the pages of cases are."""

from __future__ import annotations

from starlette.routing import Route

from gongji.web.cases.cancelling import anew_page, cancel_page, owed_page
from gongji.web.cases.claims import claim_page, claims_page, new_claim_page, notice_page
from gongji.web.cases.visit import items_page, visit_page
from gongji.web.cases.visits import new_visit_page, visits_page

__all__ = ["ROUTES"]

_BOTH = ["GET", "POST"]

ROUTES = (
    Route("/desk/visits", visits_page),
    Route("/desk/visits/new", new_visit_page, methods=_BOTH),
    Route("/desk/visits/{visit}", visit_page, methods=_BOTH),
    Route("/desk/items", items_page),
    Route("/desk/claims", claims_page),
    Route("/desk/claims/{claim}", claim_page, methods=_BOTH),
    Route("/desk/claims/{claim}/notice", notice_page),
    Route("/desk/persons/{person}/claims/new", new_claim_page, methods=_BOTH),
    Route("/desk/settlements/{settlement}/cancel", cancel_page, methods=_BOTH),
    Route("/desk/persons/{person}/settle-anew", anew_page, methods=_BOTH),
    Route("/desk/owed", owed_page),
)
"""Visits, claims, and what is taken back."""
