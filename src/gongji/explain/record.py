"""A settlement as a record for machines: plain text, lists and mappings, money with two decimals.

The same record is printed by `--json`, held against the `expect` of a case, and sent by the API.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Union

from gongji.engine.bill import FactValue
from gongji.engine.meters import ACCOUNT, MeterKey, Meters
from gongji.engine.settlement import Settlement
from gongji.engine.steps import Chosen, Counted, Paid, Step
from gongji.explain.arithmetic import percent
from gongji.explain.explanation import Explanation, Line
from gongji.explain.names import Cite
from gongji.money import exact_text, format_yuan
from gongji.policy.model import Policy, Unit
from gongji.policy.walk import causes_of
from gongji.wording import Bilingual, Refused

__all__ = [
    "Record",
    "cite_record",
    "in_both",
    "parameter_text",
    "reading_text",
    "record_of",
    "refusal_record",
]

Record = Union[str, int, None, bool, Sequence["Record"], Mapping[str, "Record"]]  # noqa: UP007


def record_of(explanation: Explanation) -> dict[str, Record]:
    """The whole of an explained settlement."""
    one = explanation.settlement
    return {
        "policy": one.policy.id,
        "version": one.policy.in_force.first.isoformat(),
        "digest": one.policy.digest,
        "document": explanation.names.document.title,
        "date": one.day.isoformat(),
        "total": format_yuan(one.total),
        "payments": {fund: format_yuan(fen) for fund, fen in one.payments.items()},
        "person": format_yuan(one.person),
        "account": None if one.account is None else format_yuan(one.account),
        "cash": None if one.cash is None else format_yuan(one.cash),
        "by_benefit": _by_benefit(one),
        "deductible": format_yuan(one.laid_on("deductible")),
        "prior_self_pay": format_yuan(one.laid_on("prior_self_pay")),
        "over_price_cap": format_yuan(one.laid_on("over_price_cap")),
        "out_of_catalogue": format_yuan(one.laid_on("out_of_catalogue")),
        "imposed": {
            cause: format_yuan(one.imposed.get(cause, 0)) for cause in causes_of(one.policy)
        },
        "burden": [
            {
                "cause": line.cause,
                "benefit": line.benefit,
                "amount": format_yuan(line.amount),
                "from_account": format_yuan(line.from_account),
            }
            for line in one.burden
        ],
        "meters": _meters(one),
        "steps": [_step(line) for line in explanation.lines],
        "left": [
            {
                "kind": left.kind,
                "benefit": left.benefit,
                "meter": None if left.meter is None else str(left.meter),
                "edge": format_yuan(left.edge),
                "left": format_yuan(left.left),
                "text": in_both(text),
            }
            for left, text in explanation.left
        ],
        "readings": [
            {**cite_record(cite), "text": in_both(text)} for cite, text in explanation.readings
        ],
        "assumed": dict(one.assumed),
        "parameters": {
            name: parameter_text(one.policy, name, value) for name, value in one.parameters.items()
        },
        "notes": [in_both(text) for text in explanation.notes],
        "assumptions": [in_both(text) for text in explanation.assumptions],
    }


def refusal_record(refused: Refused) -> dict[str, Record]:
    """Why something could not be answered, as `{"error": {...}}`."""
    return {
        "error": {
            "kind": refused.kind,
            "message": in_both(refused.message),
            **refused.details,
        }
    }


def _by_benefit(one: Settlement) -> dict[str, Record]:
    found: dict[str, dict[str, str]] = {}
    for benefit, fund, fen in one.by_benefit:
        found.setdefault(benefit, {})[fund] = format_yuan(fen)
    return {benefit: dict(funds) for benefit, funds in found.items()}


def _meters(one: Settlement) -> dict[str, Record]:
    moved = [key for key in one.meters if one.before[key] != one.meters[key]]
    return {
        "before": {str(key): reading_text(one.policy, key, one.before) for key in moved},
        "after": {str(key): reading_text(one.policy, key, one.meters) for key in moved},
    }


def reading_text(policy: Policy, key: MeterKey, meters: Meters) -> str:
    """How a meter stands: yuan, or a number of visits."""
    if key != ACCOUNT and policy.meters[key.meter].counts == "visits":
        return str(meters[key])
    return format_yuan(meters[key])


def _step(line: Line) -> dict[str, Record]:
    step: Step = line.step
    found: dict[str, Record] = {
        "step": type(step).__name__.lower(),
        "station": step.station,
        "label": in_both(line.text),
        "arithmetic": line.arithmetic,
    }
    for name in ("fund", "cause", "to"):
        if name in step._fields:
            found[name] = getattr(step, name)
    if isinstance(step, Chosen):
        found["value"] = step.value
        found["left"] = {value: format_yuan(fen) for value, fen in step.left}
    elif isinstance(step, Counted):
        fen = step.after - step.before
        found["amount"] = format_yuan(fen) if line.arithmetic else str(fen)
    else:
        found["amount"] = format_yuan(step.amount)
    if isinstance(step, Paid):
        found["shares"] = [
            {"cost": format_yuan(share.cost), "rate": percent(share.rate)} for share in step.shares
        ]
    found["citations"] = [cite_record(cite) for cite in line.cites]
    return found


def cite_record(cite: Cite) -> dict[str, Record]:
    """A clause behind a figure, for machines."""
    return {
        "clause": cite.clause,
        "document": cite.document,
        "place": cite.place,
        "reading": cite.reading,
        "file": cite.file,
    }


def parameter_text(policy: Policy, name: str, value: FactValue) -> str:
    """A supplied parameter as it would be written."""
    if isinstance(value, Fraction):
        unit = policy.given[name.partition("[")[0]].unit
        if unit is Unit.YUAN:
            return format_yuan(int(value))
        return percent(value) if unit is Unit.RATE else exact_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return ", ".join(sorted(value)) if isinstance(value, frozenset) else value


def in_both(text: Bilingual) -> dict[str, Record]:
    """A text as `{zh, en}`."""
    return {"zh": text.zh, "en": text.en}
