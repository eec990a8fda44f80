"""The addresses of the desk that are about persons."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gongji.web.desk.bulk import bulk_page, receipt_page, template_file
from gongji.web.desk.dues import (
    carry_over_page,
    declare_page,
    dues_page,
    receive_page,
    take_back_page,
    withdraw_page,
)
from gongji.web.desk.enrolling import end_page, enrol_page, facts_page, membership_page
from gongji.web.desk.home import find_page, home_page, persons_page
from gongji.web.desk.registering import (
    apply_page,
    bring_page,
    registration_page,
    registrations_page,
)
from gongji.web.desk.registering import end_page as end_registration_page
from gongji.web.desk.turns import (
    approvals_page,
    death_page,
    end_approval_page,
    retirement_page,
    top_up_page,
    transfer_in_page,
    transfer_out_page,
)
from gongji.web.entrance.caller import Page

__all__ = ["ROUTES"]

_BOTH, _POST = ["GET", "POST"], ["POST"]
_PERSON = "/desk/persons/{person}"


async def _form(request: Request) -> Response:
    """The page whose form is sent there, for who asks for the address itself.

    So it is where a refused form is read in the other language, or the address is opened again.
    """
    levels = 2 if request.path_params.get("due") else 1
    page = request.url.path.rsplit("/", levels)[0]
    return RedirectResponse(f"{page}?{request.url.query}".rstrip("?"), 303)


def _sent_to(path: str, write: Page) -> tuple[Route, Route]:
    """The address of a form that stands on the page above it."""
    return Route(path, write, methods=_POST), Route(path, _form)


ROUTES = (
    Route("/desk", home_page),
    Route("/desk/find", find_page, methods=_BOTH),
    Route("/desk/persons", persons_page),
    Route("/desk/enrol", enrol_page, methods=_BOTH),
    Route(f"{_PERSON}/memberships/new", membership_page, methods=_BOTH),
    Route(f"{_PERSON}/memberships/{{membership}}/end", end_page, methods=_BOTH),
    Route(f"{_PERSON}/facts", facts_page, methods=_BOTH),
    Route(f"{_PERSON}/dues", dues_page),
    *_sent_to(f"{_PERSON}/dues/declare", declare_page),
    *_sent_to(f"{_PERSON}/dues/receive", receive_page),
    *_sent_to(f"{_PERSON}/dues/carry-over", carry_over_page),
    *_sent_to(f"{_PERSON}/dues/{{due}}/withdraw", withdraw_page),
    Route(f"{_PERSON}/retirement", retirement_page, methods=_BOTH),
    Route(f"{_PERSON}/retirement/top-up", top_up_page, methods=_BOTH),
    Route(f"{_PERSON}/death", death_page, methods=_BOTH),
    Route(f"{_PERSON}/transfers/out", transfer_out_page, methods=_BOTH),
    Route(f"{_PERSON}/transfers/in", transfer_in_page, methods=_BOTH),
    Route(f"{_PERSON}/approvals", approvals_page, methods=_BOTH),
    Route(f"{_PERSON}/approvals/{{approval}}/end", end_approval_page, methods=_BOTH),
    Route(f"{_PERSON}/registrations/new", apply_page, methods=_BOTH),
    Route("/desk/registrations", registrations_page),
    Route("/desk/registrations/{registration}", registration_page),
    *_sent_to("/desk/registrations/{registration}/papers", bring_page),
    *_sent_to("/desk/registrations/{registration}/end", end_registration_page),
    Route("/desk/contributions", bulk_page, methods=_BOTH),
    Route("/desk/contributions/template", template_file),
    Route("/desk/receipts/{receipt}", receipt_page),
    *_sent_to("/desk/receipts/{receipt}/take-back", take_back_page),
)
"""Pages for those who work at a window; what others do of it is theirs to tell."""
