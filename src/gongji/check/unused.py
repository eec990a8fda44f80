"""What no visit ever uses: benefits that nothing enters, limits and rules that nothing reaches.

Seen are all walks, and large bills with something in place of what the document leaves open, so
that a rule behind an open figure is not taken for one that is never used.
"""

from __future__ import annotations

from collections.abc import Iterator

from gongji.check.finding import Finding, cited
from gongji.check.look import Looked
from gongji.check.visit import LARGEST
from gongji.engine.figures import amount_of
from gongji.engine.known import Known
from gongji.engine.meters import Meters
from gongji.engine.settlement import Settlement
from gongji.engine.steps import Marked, Paid, Scoped, StoodIn, sources_of
from gongji.money import grouped_yuan
from gongji.policy.marks import written_mark
from gongji.policy.model import (
    Along,
    Bear,
    Benefit,
    Cell,
    Destination,
    Expression,
    Go,
    Mark,
    Pay,
    Policy,
    Refuse,
)
from gongji.policy.problems import Place
from gongji.policy.reach import reached_by_questions, reached_by_settlements
from gongji.policy.walk import destinations
from gongji.wording import Bilingual, Refused

__all__ = ["unused"]


class _Used:
    """What was used by any settlement."""

    def __init__(self, looked: Looked) -> None:
        self.stations: set[str] = set()
        self.others: set[str] = set()
        self.limits: set[tuple[str, str]] = set()
        self.destinations: set[int] = set()
        self.places: set[Place | None] = set()
        self.derived: set[tuple[str, str]] = set()
        self.refusing = {str(one.refused.details.get("mark", "")) for one in looked.unsettled}
        self._passing = _passing(looked.policy)
        for settlement in looked.settlements():
            self._add(settlement)
        for one in looked.unsettled:
            day = looked.policy.in_force.first
            self._derive(Known(looked.policy, one.facts, {}, Meters(), day))

    def _add(self, one: Settlement) -> None:
        known = Known(one.policy, one.facts, one.parameters, one.before, one.day)
        self._derive(known)
        for destination in one.reached:
            self.destinations.add(id(destination))
            if id(destination) in self._passing:
                edge = amount_of(self._passing[id(destination)], known)
                self.places.update(source.place for source in edge.sources)
        for step in one.steps:
            if isinstance(step, Scoped | Marked | StoodIn):
                self.others.add(step.station)
            else:
                self.stations.add(step.station)
            sources = list(sources_of(step))
            if isinstance(step, Paid):
                self.limits.update(
                    (step.station, limit.meter.meter) for limit in step.limits if limit.reached
                )
                sources += [source for share in step.shares for source in share.where.sources]
            self.places.update(source.place for source in sources)

    def _derive(self, known: Known) -> None:
        """Note the values of derived facts, as far as the facts of a visit tell them."""
        for name in known.policy.derived:
            try:
                self.derived.add((name, str(known[name])))
            except Refused:
                continue


def _passing(policy: Policy) -> dict[int, Expression]:
    """The edges of cuts that only send money on, which leaves no step of its own."""
    return {
        id(cut.destination): cut.to
        for benefit in policy.benefits
        for step in benefit.steps
        if isinstance(step, Along)
        for cut in step.cuts
        if cut.to is not None and cut.destination.to == Go("on")
    }


def unused(looked: Looked) -> Iterator[Finding]:
    """Everything of a policy that no visit uses."""
    used = _Used(looked)
    policy = looked.policy
    for benefit in policy.benefits:
        if benefit.name in used.stations:
            yield from _limits(policy, benefit, used)
            yield from _destinations(policy, benefit, used)
        elif not any(_refused(one, benefit, used) for one in _destinations_of(benefit)):
            yield _never_entered(benefit)
            yield from _limits(policy, benefit, used)
    yield from _scopes(policy, used)
    yield from _rows(policy, used)
    yield from _derived(policy, used)


def _never_entered(benefit: Benefit) -> Finding:
    return Finding(
        "never_entered",
        f"benefit {benefit.name}",
        Bilingual(
            f"{benefit.title.zh}：没有一种情形进入", f"{benefit.title.en}: nothing enters it"
        ),
        benefit.mark.clauses,
        benefit.place,
    )


def _limits(policy: Policy, benefit: Benefit, used: _Used) -> Iterator[Finding]:
    """Limits on payment that no bill reaches, whatever came before it."""
    for destination in _destinations_of(benefit):
        if not isinstance(destination.to, Pay):
            continue
        for limit in destination.to.limits:
            if (benefit.name, limit.meter) in used.limits:
                continue
            title = policy.meters[limit.meter].title
            most = grouped_yuan(LARGEST)
            yield Finding(
                "limit_never_reached",
                f"benefit {benefit.name} {limit.meter}",
                Bilingual(
                    f"{benefit.title.zh}：一次 {most} 元以内，不论此前如何就医，“{title.zh}”的限额"
                    f"没有用满的情形",
                    f"{benefit.title.en}: no bill up to {most}, whatever visits came before it, "
                    f"reaches the limit of the {title.en}",
                ),
                (destination.mark or benefit.mark).clauses,
                destination.place,
            )


def _destinations(policy: Policy, benefit: Benefit, used: _Used) -> Iterator[Finding]:
    """Where a benefit would send money that never comes; what lies behind a limit goes with it."""
    for destination in _destinations_of(benefit):
        if id(destination) in used.destinations or _refused(destination, benefit, used):
            continue
        if any(_behind_limit(one, destination) for one in _destinations_of(benefit)):
            continue
        words = _words(policy, destination)
        yield Finding(
            "never_reached",
            f"benefit {benefit.name}: {_written(destination)}",
            Bilingual(
                f"{benefit.title.zh}：没有费用到“{words.zh}”这一步",
                f"{benefit.title.en}: no cost comes to {words.en!r}",
            ),
            (destination.mark or benefit.mark).clauses,
            destination.place,
        )


def _behind_limit(one: Destination, behind: Destination) -> bool:
    """Whether one comes after the limit of another, which has a finding of its own or none."""
    return isinstance(one.to, Pay) and one.to.then is behind and bool(one.to.limits)


def _destinations_of(benefit: Benefit) -> list[Destination]:
    return [one for step in benefit.steps for one in destinations(step)]


def _refused(destination: Destination, benefit: Benefit, used: _Used) -> bool:
    return (
        isinstance(destination.to, Refuse)
        and written_mark(destination.mark or benefit.mark) in used.refusing
    )


def _written(destination: Destination) -> str:
    to = destination.to
    if isinstance(to, Bear):
        return f"bear {to.cause}"
    if isinstance(to, Pay):
        return f"pay {to.fund}"
    return f"go {to.to}" if isinstance(to, Go) else "refuse"


def _words(policy: Policy, destination: Destination) -> Bilingual:
    to = destination.to
    if isinstance(to, Bear):
        return policy.causes.get(to.cause, Bilingual("仍由个人负担", "borne as before"))
    if isinstance(to, Pay):
        fund = policy.funds.get(to.fund, Bilingual("个人账户", "the account"))
        return Bilingual(f"{fund.zh}支付", f"{fund.en} pays")
    if isinstance(to, Go):
        return Bilingual(f"转到 {to.to}", f"on to {to.to}")
    return to.why


def _scopes(policy: Policy, used: _Used) -> Iterator[Finding]:
    stations = [
        (f"scope {one.name}", one.name, one.title, one.mark, one.place)
        for one in policy.scopes
        if not one.parts
    ]
    stations += [
        (f"stand_in {one.payer}", one.payer, policy.funds[one.payer], one.mark, one.place)
        for one in policy.stand_ins
    ]
    for item, name, title, mark, place in stations:
        if name not in used.others:
            yield _never(item, title, mark, place)


def _rows(policy: Policy, used: _Used) -> Iterator[Finding]:
    """Rows of tables in which no settlement ever looks, where questions do not use the table."""
    asked = reached_by_questions(policy)
    for name, table in policy.tables.items():
        if name in asked or name not in reached_by_settlements(policy):
            continue
        rows: dict[tuple[str, ...], list[Cell]] = {}
        for (_, row, _), cell in table.cells.items():
            rows.setdefault(row, []).append(cell)
        for row, cells in rows.items():
            stated = [cell for cell in cells if cell.content != "not stated"]
            if not stated or any(cell.place in used.places for cell in cells):
                continue
            item = f"table {name}" + (f" {' '.join(row)}" if row else "")
            yield _never(item, table.title, stated[0].mark, stated[0].place)


def _derived(policy: Policy, used: _Used) -> Iterator[Finding]:
    """Values that a derived fact never has, where settlements rest on it alone."""
    asked = reached_by_questions(policy)
    for name, fact in policy.derived.items():
        if name in asked or not any(one == name for one, _ in used.derived):
            continue
        for case in fact.cases:
            if (name, case.value) not in used.derived:
                title = fact.values[case.value]
                words = Bilingual(f"{fact.title.zh} {title.zh}", f"{fact.title.en} {title.en}")
                mark = case.mark or Mark(())
                yield _never(f"fact {name} {case.value}", words, mark, fact.place)


def _never(item: str, title: Bilingual, mark: Mark, place: Place) -> Finding:
    return Finding(
        "never_reached",
        item,
        Bilingual(f"{title.zh}：没有一种情形用到", f"{title.en}: nothing comes to it"),
        cited([mark]),
        place,
    )
