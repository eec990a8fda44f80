"""Parameters that have a figure for each period: which one holds on a day.

A figure by period is kept as `<parameter> from <day>`, the first day of its period.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from gongji.engine.bill import FactValue

__all__ = ["begins_on", "by_period", "overlaps", "parameters_on", "without_later"]

_FROM = " from "


def by_period(name: str, day: date) -> str:
    """The key of the figure that a parameter has from a day on."""
    return f"{name}{_FROM}{day.isoformat()}"


def overlaps(parameters: Mapping[str, FactValue], name: str) -> bool:
    """Whether a figure is for all time and another of that parameter for a period."""
    bare, found, _ = name.partition(_FROM)
    return bare in parameters if found else begins_on(parameters, bare) is not None


def parameters_on(parameters: Mapping[str, FactValue], day: date) -> Mapping[str, FactValue]:
    """The parameters that hold on a day: of figures by period that of the latest begun.

    Of a parameter whose first period has not begun all figures are kept by their periods, so
    that a refusal can say from when there is one.
    """
    if not any(_FROM in name for name in parameters):
        return parameters
    latest: dict[str, str] = {}
    for name in parameters:
        bare, found, since = name.partition(_FROM)
        if found and since <= day.isoformat():
            latest[bare] = max(since, latest.get(bare, ""))
    kept = {
        name: value for name, value in parameters.items() if name.partition(_FROM)[0] not in latest
    }
    return kept | {bare: parameters[f"{bare}{_FROM}{since}"] for bare, since in latest.items()}


def without_later(parameters: Mapping[str, FactValue]) -> Mapping[str, FactValue]:
    """What `parameters_on` gave, without the figures of periods that have not begun."""
    return {name: value for name, value in parameters.items() if _FROM not in name}


def begins_on(parameters: Mapping[str, FactValue], name: str) -> str | None:
    """The first day of the first period of a parameter; None where it has none."""
    days = [one.partition(_FROM)[2] for one in parameters if one.startswith(name + _FROM)]
    return min(days, default=None)
