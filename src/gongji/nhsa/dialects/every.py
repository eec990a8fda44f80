"""All dialects by their names, and which of them a request speaks."""

from __future__ import annotations

from collections.abc import Mapping

from gongji.nhsa.dialects import csb, oauth, plain, x_ca, x_tif
from gongji.nhsa.dialects.traffic import Dialect, HttpAsked

__all__ = ["DIALECTS", "dialect_of"]

DIALECTS: Mapping[str, Dialect] = {
    "plain": plain,
    "csb": csb,
    "x_ca": x_ca,
    "x_tif": x_tif,
    "oauth": oauth,
}

_TOLD_BY = {
    "_api_access_key": "csb",
    "_api_signature": "csb",
    "x-ca-key": "x_ca",
    "x-ca-signature": "x_ca",
    "x-tif-paasid": "x_tif",
    "x-tif-signature": "x_tif",
    "authorization": "oauth",
}


def dialect_of(request: HttpAsked) -> str:
    """The dialect whose headers a request has; `plain` where it has none of any."""
    return next((name for header, name in _TOLD_BY.items() if request.header(header)), "plain")
