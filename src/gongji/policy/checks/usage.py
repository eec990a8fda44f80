"""Nothing is declared that no rule uses, and the account is never forgotten."""

from __future__ import annotations

from gongji.policy.expression import names_of
from gongji.policy.model import Call, Expression, Meter, Operation, Pay, Policy
from gongji.policy.reach import behind, reached_by_questions, reached_by_settlements
from gongji.policy.reader import Faults, meant, unused
from gongji.policy.walk import destinations, expressions
from gongji.wording import Bilingual, listed

__all__ = ["check_usage"]


def check_usage(policy: Policy, faults: Faults) -> None:
    """Every fact, table, parameter and meter is used; `ordinal` counts visits."""
    _check_account(policy, faults)
    for meter in policy.meters.values():
        _check_per(policy, meter, faults)
    names = reached_by_settlements(policy) | reached_by_questions(policy)
    for word, known in (
        ("facts", policy.facts),
        ("fact", policy.derived),
        ("table", policy.tables),
        ("given", policy.given),
        ("meter", policy.meters),
    ):
        for name in known:
            if name in policy.idle and name in names:
                _check_idle(policy, name, faults)
            elif name not in names and name not in policy.idle:
                place = policy.places.get(f"{word} {name}") or policy.places[f"value {name}"]
                unused(place, f"{word} {name}", faults)
    for expression in expressions(policy):
        _check_ordinals(policy, expression, faults)


def _check_idle(policy: Policy, name: str, faults: Faults) -> None:
    """A fact that a rule uses is not idle."""
    faults.add(
        policy.places["idle"],
        f"idle › {name}",
        Bilingual("有规则用到它", "a rule uses it"),
        Bilingual("没有规则用到的事实", "a fact that no rule uses"),
        Bilingual("从 idle 里去掉", "take it off the list"),
    )


def _check_account(policy: Policy, faults: Faults) -> None:
    pays = any(
        isinstance(destination.to, Pay) and destination.to.fund == "account"
        for benefit in policy.benefits
        for step in benefit.steps
        for destination in destinations(step)
    )
    if policy.benefits and pays is (policy.account_mark is not None):
        faults.add(
            policy.places.get("account") or policy.places["policy"],
            "account",
            Bilingual(
                "写了 account: not stated，又有待遇用账户支付"
                if pays
                else "没有说个人账户支付什么",
                "both `account: not stated` and a benefit that pays from it"
                if pays
                else "nothing says what the personal account pays",
            ),
            Bilingual(
                "pay: account 的待遇，或 account: not stated ^…、account: none ^…",
                "a benefit with `pay: account`, or `account: not stated ^…`, `account: none ^…`",
            ),
        )


def _check_per(policy: Policy, meter: Meter, faults: Faults) -> None:
    """A meter is kept apart for the values of a fact, which does not follow from the meter."""
    if not meter.per:
        return
    known = {**policy.facts, **policy.derived}
    where = f"meter {meter.name} › per"
    if meter.per not in known:
        faults.add(
            meter.place,
            where,
            Bilingual(f"没有“{meter.per}”", f"there is no {meter.per!r}"),
            Bilingual(f"其中之一：{listed(known)}", f"one of: {listed(known)}"),
            meant(meter.per, known),
        )
    elif meter.per in policy.facts and policy.facts[meter.per].kind == "set":
        faults.add(
            meter.place,
            where,
            Bilingual(f"“{meter.per}”可有几个值", f"{meter.per!r} has any number of values"),
            Bilingual("只有一个值的事实", "a fact with one value"),
        )
    elif meter.name in behind(policy, meter.per):
        faults.add(
            meter.place,
            where,
            Bilingual(f"“{meter.per}”由这项累计推出", f"{meter.per!r} follows from this meter"),
            Bilingual("不由它推出的事实", "a fact that does not"),
        )


def _check_ordinals(policy: Policy, expression: Expression, faults: Faults) -> None:
    if isinstance(expression, Operation):
        _check_ordinals(policy, expression.left, faults)
        _check_ordinals(policy, expression.right, faults)
    elif isinstance(expression, Call):
        names = [path for one in expression.arguments for path in names_of(one)]
        visits = [name for name, meter in policy.meters.items() if meter.counts == "visits"]
        if expression.function == "ordinal" and (len(names) != 1 or names[0] not in visits):
            faults.add(
                policy.places["policy"],
                "ordinal",
                Bilingual(f"ordinal({', '.join(names)})", f"ordinal({', '.join(names)})"),
                Bilingual(
                    f"累计次数的一项：{listed(visits)}", f"a meter of visits: {listed(visits)}"
                ),
            )
