"""Scope and benefits as code: what leaves the scope, who takes a line, and where money goes."""

from __future__ import annotations

from gongji.kernel.benefits import Course, Way, rounded
from gongji.kernel.draft import Draft
from gongji.kernel.source import Unsupported
from gongji.policy.model import Benefit, Scope

__all__ = ["write_benefit", "write_entry", "write_scopes", "write_stand_ins"]


def write_entry(draft: Draft, entry: str) -> None:
    """Find the first benefit that takes a line, into the variable `entry`."""
    src = draft.src
    src.put(f"{entry} = -1")
    with src.block("while True"):
        for index, benefit in enumerate(draft.stations):
            with src.block(f"if {draft.facts.holds(benefit.condition)}"):
                src.put(f"{entry} = {index}")
                src.put("break")
        draft.facts.leave("no_rule", draft.policy.id)
    draft.facts.check()


# --- scope ---------------------------------------------------------------------------------------


def write_scopes(draft: Draft) -> None:
    """Take off what is not in scope, and let the rest wait for the first benefit."""
    money = "f[l]" if draft.lanes else "fen"
    for scope in draft.policy.scopes:
        if scope.parts:
            with draft.each_lane(_first_part(draft)):
                for part in scope.parts:
                    if part in draft.parts:
                        with draft.src.block(f"if a_{part}[at] > 0"):
                            draft.bear_at_entry(f"a_{part}[at]", part)
        elif scope.beyond is not None:
            _mark(draft, scope, money)
        else:
            _bear_first(draft, scope, money)
    if not draft.lanes:
        for index, benefit in enumerate(draft.stations):
            draft.src.put(f"{draft.waiting(benefit.name)} = fen if entry == {index} else -1")
        return
    with draft.src.block(draft.head):
        for benefit in draft.stations:
            draft.src.put(f"{draft.waiting(benefit.name)} = -1")
        with draft.src.block(f"if f[l] > 0 or {_first_part(draft)}"):
            first = f"entry_of[l // {len(draft.marks)}]*{draft.room}"
            draft.src.put(f"n[{first} + l] = f[l]")


def _first_part(draft: Draft) -> str:
    """Code that is true of the lane that stands for its line, before anything was marked."""
    return f"l % {len(draft.marks)} == 0" if draft.lanes else "True"


def _mark(draft: Draft, scope: Scope, money: str) -> None:
    """Mark what lies beyond an amount of a line; a bill with such is one of several lanes."""
    assert scope.beyond is not None
    src = draft.src
    if draft.lanes and len(draft.marks) > 2:
        raise Unsupported("lines that can have two marks")
    mark = draft.marks.index(scope.beyond.mark)
    with draft.each_lane(_first_part(draft)), src.block(f"if {money} > 0"):
        held = draft.facts.holds(scope.condition)
        with src.block(f"if {held}"):
            amount = draft.figures.number(scope.beyond.amount).rounded("round")
            guard = f" and not ({amount.unlimited})" if amount.unlimited else ""
            with src.block(f"if {money} > {amount.code}{guard}"):
                if not draft.lanes:
                    draft.facts.leave("marked", scope.name)
                    return
                src.put(f"f[l - l % {len(draft.marks)} + {mark}] += f[l] - {amount.code}")
                src.put(f"f[l] = {amount.code}")


def _bear_first(draft: Draft, scope: Scope, money: str) -> None:
    """Let the person bear a share (or all) of the lines concerned; rounded once for the visit."""
    assert scope.cause is not None
    src = draft.src
    sums = scope.share is not None and draft.lanes
    over = 1
    if scope.share is not None:
        over = draft.aside(lambda: draft.figures.rate(scope.share).over)
    if sums:
        src.put("exact = 0")
        src.put("done = 0")
    concerned = f"{money} > 0"
    if scope.works_out in draft.parts:
        at = f"r + l // {len(draft.marks)}" if draft.lanes else "r"
        concerned += f" or (a_{scope.works_out}[{at}] > 0 and {_first_part(draft)})"
    with draft.each_lane(concerned), src.block(f"if {concerned}"):
        held = draft.facts.holds(scope.condition)
        with src.block(f"if {held}"):
            if scope.works_out in draft.parts:
                with src.block(f"if a_{scope.works_out}[at] > 0"):
                    draft.facts.leave("said_twice", scope.name)
            taken = src.let("taken", money)
            if scope.share is not None:
                share = draft.figures.rate(scope.share).scaled(over)
                if sums:
                    src.put(f"exact += {money}*{share.code}")
                    src.put(f"{taken} = {rounded('exact', over)} - done")
                    src.put(f"done += {taken}")
                else:
                    src.put(f"{taken} = {rounded(f'{money}*{share.code}', over)}")
            with src.block(f"if {taken} > 0"):
                draft.bear_at_entry(taken, scope.cause)
            src.put(f"{money} -= {taken}")


# --- benefits ------------------------------------------------------------------------------------


def write_benefit(draft: Draft, benefit: Benefit) -> None:
    """Send what waits for a benefit through it."""
    src = draft.src
    waiting = draft.waiting(benefit.name)

    def bear(fen: str, cause: str) -> None:
        draft.bear(fen, benefit.name, cause)

    def send(fen: str, target: str) -> None:
        if target == "next":
            _next(draft, benefit, fen)
        else:
            _wait(draft, target, fen)

    course = Course(benefit, draft.facts, draft.figures, draft.readings, Way(bear, send, None))
    place = draft.policy.benefits.index(benefit)
    if not draft.lanes:
        with src.block(f"if {waiting} >= 0"):
            src.put(f"stations |= {1 << place}")
            course.open()
            src.put(f"fen = {waiting}")
            course.piece()
            course.close()
        return
    src.put("sum_l = -1")
    with src.block(draft.head), src.block(f"if {waiting} >= 0"):
        src.put(f"sum_l = max(sum_l, 0) + {waiting}")
    with src.block("if sum_l >= 0"):
        src.put(f"stations |= {1 << place}")
        course.stretch = "sum_l"
        course.open(f"{waiting} >= 0")
        draft.through(course, lambda: draft.each_lane(f"{waiting} >= 0"), waiting, "l")
        course.close()
    draft.facts.check()


def _wait(draft: Draft, target: str, fen: str) -> None:
    waiting = draft.waiting(target)
    draft.src.put(f"{waiting} = max({waiting}, 0) + {fen}")


def _next(draft: Draft, benefit: Benefit, fen: str) -> None:
    """On to the next benefit that takes the line."""
    later = draft.stations[draft.stations.index(benefit) + 1 :]
    with draft.src.block("while True"):
        for one in later:
            with draft.src.block(f"if {draft.facts.holds(one.condition)}"):
                _wait(draft, one.name, fen)
                draft.src.put("break")
        draft.facts.leave("no_rule", draft.policy.id)
    draft.facts.check()


def write_stand_ins(draft: Draft) -> None:
    """Let those pay who stand in for funds: where that holds of any line."""
    src = draft.src
    for stand_in in draft.policy.stand_ins:
        src.put("stands = 0")
        with draft.each_lane():
            held = draft.facts.holds(stand_in.condition)
            with src.block(f"if {held}"):
                src.put("stands = 1")
        with src.block("if stands"):
            for fund in stand_in.funds:
                src.put(f"y_{stand_in.payer} += y_{fund}")
                src.put(f"y_{fund} = 0")
