"""Settling a visit: the way of a bill through a policy, exact to the fen.

    scope -> benefits in their order -> layers and account -> who stands in -> the result

Pure: no clock, no files, no state.  The caller gives the day, the meters and the parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction

from gongji.engine.benefit import run_benefit
from gongji.engine.bill import IN_SCOPE, FactValue, Item, Person, Visit
from gongji.engine.figures import Source, amount_of, rate_of
from gongji.engine.known import Known, assumed_value
from gongji.engine.meters import ACCOUNT, Meters
from gongji.engine.periods import parameters_on, without_later
from gongji.engine.pieces import Piece, gathered, total
from gongji.engine.possible import check_possible
from gongji.engine.refusals import stated_and_worked_out
from gongji.engine.run import Run
from gongji.engine.settlement import BurdenLine, Settlement
from gongji.engine.steps import Basis, Chosen, Drawn, Entered, Marked, Scoped, StoodIn
from gongji.money import half_up
from gongji.policy.model import OUT_OF_SCOPE, Benefit, Best, Burden, Fact, Policy, Scope
from gongji.policy.reach import reached_by_settlements
from gongji.policy.walk import funds_of, pays_account_only

__all__ = ["settle"]

Rank = int | Fraction | str


def settle(
    policy: Policy,
    person: Person,
    meters: Meters,
    visit: Visit,
    parameters: Mapping[str, FactValue] | None = None,
) -> Settlement:
    """Settle a visit under a policy.

    `meters` are the running totals before the visit; those after it are in the result.
    `parameters` are figures that the document leaves to other documents, by name.  Raises
    `Refused` (`missing_fact`, `not_stated`, `impossible_value`) where the rules need something
    that is not known; nothing is settled then.
    """
    given = parameters_on(parameters or {}, visit.day)
    return _at_best(policy, person, meters, visit, given, policy.best)


def _at_best(
    policy: Policy,
    person: Person,
    meters: Meters,
    visit: Visit,
    parameters: Mapping[str, FactValue],
    open_choices: Sequence[Best],
) -> Settlement:
    """Settle with the choices that were not said made so that the person bears least."""
    if not open_choices:
        return _settle(policy, person, meters, visit, parameters)
    said = {*person.facts, *visit.facts, *(name for item in visit.items for name in item.facts)}
    left = [choice for choice in open_choices if choice.fact not in said]
    if not left:
        return _settle(policy, person, meters, visit, parameters)
    choice, *others = left
    found = {
        value: _at_best(
            policy,
            person,
            meters,
            visit._replace(facts={**visit.facts, choice.fact: value}),
            parameters,
            others,
        )
        for value in policy.facts[choice.fact].values
    }
    best = min(found, key=lambda value: found[value].person)
    left_by = tuple((value, one.person) for value, one in found.items())
    basis = Basis(choice.mark, choice.place)
    chosen = Chosen(choice.fact, best, left_by, basis, ())
    return found[best]._replace(steps=(chosen, *found[best].steps))


def _settle(
    policy: Policy,
    person: Person,
    meters: Meters,
    visit: Visit,
    parameters: Mapping[str, FactValue],
) -> Settlement:
    """Settle a visit of which every choice is made."""

    def known_of(item: Item) -> Known:
        facts = {**person.facts, **visit.facts, **item.facts}
        return Known(policy, facts, parameters, meters, visit.day)

    items = _grouped(policy, visit, known_of)
    known = tuple(known_of(item) for item in items)
    for one in known:
        check_possible(policy, one.said(), visit.day)
    run = Run(policy, visit, items, known, meters)
    _through_scope(run)
    for benefit in policy.benefits:
        if benefit.burden is not None:
            _through_layer(run, benefit)
        elif benefit.name in run.waiting:
            _through_benefit(run, benefit)
    assert not run.waiting, "every stretch that waits is taken by its benefit"
    return _result(run, {**person.facts, **visit.facts}, parameters)


def _grouped(policy: Policy, visit: Visit, known_of: Callable[[Item], Known]) -> tuple[Item, ...]:
    """Items with the same facts together, in an order that does not depend on the bill's.

    The order is that of the values in the policy's `facts`, so that a bill settles alike however
    its lines were typed.  Lines that are held against a price of their own stay apart.
    """
    if len(visit.items) == 1:
        return visit.items
    priced = [scope for scope in policy.scopes if scope.beyond is not None]
    apart: list[Item] = []
    groups: dict[tuple[tuple[str, FactValue], ...], dict[str, int]] = {}
    for item in visit.items:
        if priced and any(known_of(item).holds(scope.condition) for scope in priced):
            apart.append(item)
            continue
        facts = tuple(sorted(item.facts.items(), key=lambda one: one[0]))
        parts = groups.setdefault(facts, {})
        for part, fen in item.parts.items():
            parts[part] = parts.get(part, 0) + fen
    items = [*apart, *(Item(parts, dict(facts)) for facts, parts in groups.items())]
    items.sort(key=lambda item: _rank(policy, visit, item))
    return tuple(items)


def _rank(policy: Policy, visit: Visit, item: Item) -> tuple[list[tuple[int, Rank]], list[int]]:
    """By the policy's order of facts and values; what is alike in that, by its amounts.

    Facts that no settlement asks for have no say.
    """
    said = {**visit.facts, **item.facts}
    needed = reached_by_settlements(policy)
    rank = [
        _place(fact, said.get(name), visit.day)
        for name, fact in policy.facts.items()
        if name in needed
    ]
    return rank, [item.parts.get(part, 0) for part in (IN_SCOPE, *OUT_OF_SCOPE)]


def _place(fact: Fact, value: FactValue | None, day: date) -> tuple[int, Rank]:
    """Where a value stands among those of its fact: what was not said comes first."""
    if value is None and fact.default is not None:
        value = assumed_value(fact, day)
    if value is None:
        return (0, 0)
    if isinstance(value, frozenset):
        names = list(fact.values)
        return (1, sum(1 << names.index(member) for member in value))
    if isinstance(value, date):
        return (1, value.toordinal())
    if isinstance(value, str) and fact.values:
        return (1, list(fact.values).index(value))
    return (1, value)


# --- scope ---------------------------------------------------------------------------------------


def _through_scope(run: Run) -> None:
    """Take off what is not in scope, then let every item enter the first benefit that takes it."""
    entries = [run.entry(index).name for index in range(len(run.items))]
    pieces = [Piece(item.parts.get(IN_SCOPE, 0), index) for index, item in enumerate(run.items)]
    for scope in run.policy.scopes:
        if scope.parts:
            _stated_parts(run, scope, entries)
        elif scope.beyond is not None:
            pieces = [part for piece in pieces for part in _marked(run, scope, piece)]
        else:
            pieces = _borne_first(run, scope, pieces, entries)
    for piece in pieces:
        run.waiting.setdefault(entries[piece.item], []).append(piece)


def _stated_parts(run: Run, scope: Scope, entries: Sequence[str]) -> None:
    basis = Basis(scope.mark, scope.place)
    for part in scope.parts:
        stated = [
            (index, item.parts[part]) for index, item in enumerate(run.items) if part in item.parts
        ]
        amount = sum(fen for _, fen in stated)
        if not amount:
            continue
        for index, fen in stated:
            run.bear(Piece(fen, index, "", entries[index], part))
        run.steps.append(Scoped(scope.name, part, amount, None, amount, basis, ()))


def _marked(run: Run, scope: Scope, piece: Piece) -> list[Piece]:
    """Mark what lies beyond an amount of an item."""
    assert scope.beyond is not None
    if not run.known[piece.item].holds(scope.condition):
        return [piece]
    amount = amount_of(scope.beyond.amount, run.known[piece.item])
    if amount.value is None or piece.fen <= half_up(amount.value):
        return [piece]
    edge = half_up(amount.value)
    below, above = piece.split(edge)
    basis = Basis(scope.mark, scope.place)
    run.steps.append(Marked(scope.name, scope.beyond.mark, above.fen, edge, basis, amount.sources))
    return [below, Piece(above.fen, above.item, scope.beyond.mark)]


def _borne_first(
    run: Run, scope: Scope, pieces: Sequence[Piece], entries: Sequence[str]
) -> list[Piece]:
    """Let the person bear a share (or all) of the items concerned; rounded once for the visit."""
    assert scope.cause is not None
    kept: list[Piece] = []
    exact, rounded, base = Fraction(0), 0, 0
    rate = Fraction(1)
    sources: tuple[Source, ...] = ()
    for piece in pieces:
        known = run.known[piece.item]
        stated = run.items[piece.item].parts.get(scope.works_out)
        if not (piece.fen or stated) or not known.holds(scope.condition):
            kept.append(piece)
            continue
        if stated:
            raise stated_and_worked_out(run.policy, scope)
        if scope.share is not None:
            share = rate_of(scope.share, known)
            assert share.value is not None
            rate, sources = share.value, share.sources
        base += piece.fen
        exact += rate * piece.fen
        fen = half_up(exact) - rounded
        rounded += fen
        taken, rest = piece.split(fen)
        run.bear(taken.borne(entries[piece.item], scope.cause))
        kept.append(rest)
    if base:
        shown = rate if scope.share is not None else None
        basis = None if sources else Basis(scope.mark, scope.place)
        run.steps.append(Scoped(scope.name, scope.cause, base, shown, rounded, basis, sources))
    return kept


# --- benefits and layers -------------------------------------------------------------------------


def _through_benefit(run: Run, benefit: Benefit) -> None:
    stretch = gathered(run.waiting.pop(benefit.name), run.policy)
    amounts: dict[Basis, int] = {}
    for piece in stretch:
        basis = run.basis(benefit, piece.item)
        amounts[basis] = amounts.get(basis, 0) + piece.fen
    for basis, amount in amounts.items():
        run.steps.append(Entered(benefit.name, amount, basis, ()))
    run_benefit(run, benefit, stretch)


def _through_layer(run: Run, layer: Benefit) -> None:
    """Let a layer take the burden it is for: causes in their order, then the order of the bill."""
    burden = layer.burden
    assert burden is not None
    if not run.borne or (pays_account_only(layer) and not run.reading(ACCOUNT)):
        return
    taken, left = _drawn(run, layer, burden)
    if not taken:
        return
    run.borne = left
    parts: dict[tuple[str, str], int] = {}
    for piece in taken:
        whose = (piece.cause, piece.benefit)
        parts[whose] = parts.get(whose, 0) + piece.fen
    run.steps.append(
        Drawn(
            layer.name,
            total(taken),
            tuple((cause, benefit, fen) for (cause, benefit), fen in parts.items()),
            run.basis(layer, taken[0].item),
            (),
        )
    )
    run_benefit(run, layer, taken)


def _drawn(run: Run, layer: Benefit, burden: Burden) -> tuple[list[Piece], list[Piece]]:
    """What a layer takes of the burden, and what it leaves.

    Whom the layer is for is asked only where there is something for it to take.
    """
    by_cause: dict[str, list[Piece]] = {cause: [] for cause in burden.causes}
    left: list[Piece] = []
    open_to: dict[int, bool] = {}
    for piece in run.borne:
        pieces = None
        if piece.benefit in burden.benefits and piece.mark not in burden.excepted:
            pieces = by_cause.get(piece.cause.partition(".")[0], by_cause.get(piece.cause))
        if pieces is not None and piece.item not in open_to:
            open_to[piece.item] = run.admits(layer, piece.item)
        if pieces is not None and open_to[piece.item]:
            pieces.append(piece)
        else:
            left.append(piece)
    taken = [
        piece for pieces in by_cause.values() if pieces for piece in gathered(pieces, run.policy)
    ]
    return taken, left


# --- the result ----------------------------------------------------------------------------------


def _result(
    run: Run, facts: Mapping[str, FactValue], parameters: Mapping[str, FactValue]
) -> Settlement:
    policy = run.policy
    payments = _stood_in(run)
    person = total(run.borne) + total(run.from_account)
    not_stated = policy.account_mark is not None and not policy.no_account
    account = None if not_stated else total(run.from_account)
    paid = sum(payments.values())
    if paid + person != run.visit.total:
        raise AssertionError(f"{policy.id}: {paid} + {person} is not {run.visit.total}")
    assert min((*payments.values(), person), default=0) >= 0
    if account is not None:
        assert run.before[ACCOUNT] - account == run.reading(ACCOUNT)
    funds: dict[str, int] = dict.fromkeys(funds_of(policy), 0)
    for (_, fund), fen in payments.items():
        funds[fund] += fen
    assumed: dict[str, str] = {}
    for known in run.known:
        assumed.update(known.assumed)
    return Settlement(
        policy=policy,
        day=run.visit.day,
        facts=facts,
        total=run.visit.total,
        payments=funds,
        by_benefit=tuple((benefit, fund, fen) for (benefit, fund), fen in payments.items()),
        person=person,
        account=account,
        cash=None if account is None else person - account,
        burden=_burden(run),
        imposed=run.imposed,
        before=run.before,
        meters=run.before.moved(
            {key: reading for key, reading in run.live.items() if key.window != "visit"}
        ),
        steps=tuple(run.steps),
        case_marks=tuple(
            ground.mark
            for known in run.known
            for grounds in known.grounds.values()
            for ground in grounds
        ),
        assumed=assumed,
        parameters=without_later(parameters),
        notes=_notes(run),
        reached=tuple(run.reached.values()),
    )


def _notes(run: Run) -> tuple[str, ...]:
    notes = run.visit.notes
    if run.policy.account_mark is not None and run.before[ACCOUNT]:
        notes += ("no_account" if run.policy.no_account else "account_not_stated",)
    if not run.policy.in_force.covers(run.visit.day):
        notes += ("not_in_force",)
    return notes


def _stood_in(run: Run) -> dict[tuple[str, str], int]:
    """Payments with those that somebody makes in place of a fund moved to them."""
    payments = dict(run.payments)
    for stand_in in run.policy.stand_ins:
        if not any(known.holds(stand_in.condition) for known in run.known):
            continue
        for (benefit, fund), fen in run.payments.items():
            if fund in stand_in.funds:
                del payments[(benefit, fund)]
                whose = (benefit, stand_in.payer)
                payments[whose] = payments.get(whose, 0) + fen
                basis = Basis(stand_in.mark, stand_in.place)
                run.steps.append(StoodIn(stand_in.payer, fund, fen, basis, ()))
    return payments


def _burden(run: Run) -> tuple[BurdenLine, ...]:
    lines: dict[tuple[str, str], list[int]] = {}
    for pieces, column in ((run.borne, 0), (run.from_account, 1)):
        for piece in pieces:
            if piece.fen:
                line = lines.setdefault((piece.cause, piece.benefit), [0, 0])
                line[0] += piece.fen
                line[1] += piece.fen if column else 0
    return tuple(
        BurdenLine(cause, benefit, amount, account)
        for (cause, benefit), (amount, account) in lines.items()
    )
