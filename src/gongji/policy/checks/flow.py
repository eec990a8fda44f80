"""Money flows downwards and is placed: every benefit sends all of it somewhere, once."""

from __future__ import annotations

from gongji.policy.model import (
    OUT_OF_SCOPE,
    Along,
    Bear,
    Benefit,
    Count,
    Destination,
    First,
    Go,
    Pay,
    Policy,
    Refuse,
    Step,
)
from gongji.policy.reader import Faults
from gongji.policy.walk import causes_left_by, destinations
from gongji.wording import Bilingual, listed

__all__ = ["check_flow"]


def check_flow(policy: Policy, faults: Faults) -> None:
    """Check the steps of every benefit, the targets of `go`, and what layers take."""
    _check_parts(policy, faults)
    names = [benefit.name for benefit in policy.benefits]
    for index, benefit in enumerate(policy.benefits):
        _check_end(benefit, faults)
        _check_meters(policy, benefit, faults)
        later = [one.name for one in policy.benefits[index + 1 :] if one.burden is None]
        for step in benefit.steps:
            for destination in destinations(step):
                _check_destination(benefit, destination, later, faults)
        if benefit.burden is not None:
            _check_burden(policy, benefit, names[:index], faults)


def _check_parts(policy: Policy, faults: Faults) -> None:
    """What a bill states as out of scope is borne in one place, where bills are settled at all."""
    if not policy.benefits:
        return
    for part in OUT_OF_SCOPE:
        stating = [scope for scope in policy.scopes if part in scope.parts]
        if len(stating) != 1:
            faults.add(
                stating[1].place if stating else policy.places["policy"],
                f"scope › parts › {part}",
                Bilingual(f"写了 {len(stating)} 次", f"stated {len(stating)} times"),
                Bilingual(
                    "恰好一个 scope 的 parts 写有它", "one scope that has it among its parts"
                ),
            )


def _check_end(benefit: Benefit, faults: Faults) -> None:
    """The last step must place all that reaches it, whatever the facts."""
    if not benefit.steps or not _places_all(benefit.steps[-1]):
        faults.add(
            benefit.place,
            f"benefit {benefit.name} › steps",
            Bilingual("最后一步没有安放全部费用", "the last step does not place everything"),
            Bilingual(
                "无条件的最后一步：pay、bear、go 或分段",
                "an unconditional last step: pay, bear, go, or a cut without `go: on`",
            ),
        )


def _places_all(step: Step) -> bool:
    if isinstance(step, Count | First) or step.when.alternatives:
        return False
    return not any(isinstance(one.to, Go) and one.to.to == "on" for one in destinations(step))


def _check_meters(policy: Policy, benefit: Benefit, faults: Faults) -> None:
    counted: set[str] = set()
    kind = "burden" if benefit.burden is not None else "cost"
    for step in benefit.steps:
        if isinstance(step, Count):
            counts = policy.meters[step.meter].counts
            if counts not in ("visits", kind):
                _wrong_meter(benefit, step.meter, counts, kind, faults)
            if step.meter in counted:
                _twice(benefit, step.meter, faults)
            counted.add(step.meter)
        elif isinstance(step, Along) and (
            step.meter not in counted or policy.meters[step.meter].counts == "visits"
        ):
            faults.add(
                benefit.place,
                f"benefit {benefit.name} › {step.meter}",
                Bilingual("沿它分段，但之前没有计入", "cut along before it is counted"),
                Bilingual(f"先写 count: {step.meter}", f"`count: {step.meter}` before it"),
            )
        for destination in destinations(step):
            if isinstance(destination.to, Pay):
                for limit in destination.to.limits:
                    counts = policy.meters[limit.meter].counts
                    if counts != "payment":
                        _wrong_meter(benefit, limit.meter, counts, "payment", faults)


def _wrong_meter(benefit: Benefit, meter: str, found: str, wanted: str, faults: Faults) -> None:
    faults.add(
        benefit.place,
        f"benefit {benefit.name} › {meter}",
        Bilingual(f"这项累计的是 {found}", f"this meter counts {found}"),
        Bilingual(f"累计 {wanted} 的一项", f"a meter that counts {wanted}"),
    )


def _twice(benefit: Benefit, meter: str, faults: Faults) -> None:
    faults.add(
        benefit.place,
        f"benefit {benefit.name} › {meter}",
        Bilingual("同一笔费用计了两次", "the same money is counted twice"),
        Bilingual("每项累计只计一次", "each meter once"),
    )


def _check_destination(
    benefit: Benefit, destination: Destination, later: list[str], faults: Faults
) -> None:
    to = destination.to
    layer = benefit.burden is not None
    wrong: Bilingual | None = None
    expected = Bilingual("", "")
    if isinstance(to, Bear) and (to.cause == "same") is not layer:
        wrong = Bilingual(f"bear: {to.cause}", f"bear: {to.cause}")
        expected = Bilingual("补充层里写 same，别处写原因", "`same` in a layer, a cause elsewhere")
    elif isinstance(to, Go) and to.to != "on" and (layer or to.to not in ("next", *later)):
        wrong = Bilingual(f"go: {to.to}", f"go: {to.to}")
        expected = Bilingual(
            f"on、next 或之后的待遇：{listed(later)}",
            f"on, next, or a benefit that comes later: {listed(later)}",
        )
    elif isinstance(to, Pay) and to.fund == "account" and (to.then is None) is not layer:
        wrong = Bilingual("待遇中的 pay: account", "pay: account in a benefit")
        expected = Bilingual(
            "账户先付的写 then，说明用完之后；账户付个人负担的写在补充层中（from），不写 then",
            "`then` where the account pays first; a layer (`from`), without it, where it pays "
            "what is borne",
        )
    elif isinstance(to, Refuse) and layer:
        wrong = Bilingual("补充层里的 refuse", "refuse in a layer")
        expected = Bilingual("比例写 not stated", "`not stated` as its rate")
    if wrong is not None:
        faults.add(destination.place, f"benefit {benefit.name}", wrong, expected)


def _check_burden(policy: Policy, layer: Benefit, above: list[str], faults: Faults) -> None:
    assert layer.burden is not None
    for name in layer.burden.benefits:
        if name not in above:
            faults.add(
                layer.place,
                f"benefit {layer.name} › from › in › {name}",
                Bilingual("不在它之前", "it does not come before this layer"),
                Bilingual(f"之前的待遇：{listed(above)}", f"an earlier one: {listed(above)}"),
            )
    possible = {
        cause
        for benefit in policy.benefits
        if benefit.name in layer.burden.benefits
        for cause in causes_left_by(benefit)
    }
    for scope in policy.scopes:
        possible |= {*scope.parts, *((scope.cause,) if scope.cause else ())}
    for cause in layer.burden.causes:
        if not any(one == cause or one.startswith(f"{cause}.") for one in possible):
            faults.add(
                layer.place,
                f"benefit {layer.name} › from › borne › {cause}",
                Bilingual("这些待遇不产生这种负担", "these benefits never leave this burden"),
                Bilingual(
                    f"其中之一：{listed(sorted(possible))}", f"one of: {listed(sorted(possible))}"
                ),
            )
