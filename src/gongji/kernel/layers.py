"""Layers as code: what takes the burden that is left, by cause, benefit and line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gongji.kernel.benefits import Course, Way
from gongji.kernel.draft import Draft
from gongji.kernel.source import Unsupported
from gongji.policy.model import Benefit, Condition
from gongji.policy.walk import pays_account_only

__all__ = ["write_layer"]


def write_layer(draft: Draft, layer: Benefit) -> None:
    """Let a layer take the burden it is for: causes in their order, then benefits, then lines."""
    groups = _groups(draft, layer)
    if not groups:
        return
    if draft.lanes:
        _over_lanes(draft, layer, groups)
    else:
        _over_keys(draft, layer, [place for group in groups for place in group])


def _over_keys(draft: Draft, layer: Benefit, places: list[int]) -> None:
    src = draft.src
    course = _course(draft, layer)
    course.stretch = src.let("sum", " + ".join(f"b[{place}]" for place in places))
    guard = f" and {draft.readings.account()} > 0" if pays_account_only(layer) else ""
    with src.block(f"if {course.stretch} > 0{guard}"):
        held = draft.facts.holds(layer.condition) if layer.condition != Condition() else "True"
        with src.block(f"if {held}"):
            _note_station(draft, layer)
            course.open()

            @contextmanager
            def pieces() -> Iterator[None]:
                with src.block(f"for q in range({len(places)})"):
                    src.put(f"key = {src.array(places)}[q]")
                    with src.block("if b[key] > 0"):
                        yield
                draft.facts.check()

            draft.through(course, pieces, "b[key]", "key")
            course.close()


def _over_lanes(draft: Draft, layer: Benefit, groups: list[list[int]]) -> None:
    """First who is open to the layer and with how much, then the pieces in their order."""
    src = draft.src
    course = _course(draft, layer)
    every = [place for group in groups for place in group]
    count = len(draft.keys)
    guard = f"{draft.readings.account()} > 0" if pays_account_only(layer) else "True"
    with src.block(f"if {guard}"):
        src.put("sum_l = 0")
        with src.block(draft.head):
            src.put("opened[l] = 0")
            mine = src.let("mine", " + ".join(f"b[l*{count} + {place}]" for place in every))
            with src.block(f"if {mine} > 0 and {_unmarked(draft, layer)}"):
                draft.facts.load_lane()
                held = draft.facts.holds(layer.condition)
                with src.block(f"if {held}"):
                    src.put("opened[l] = 1")
                    src.put(f"sum_l += {mine}")
        draft.facts.check()
        course.stretch = "sum_l"
        with src.block("if sum_l > 0"):
            _note_station(draft, layer)
            course.open("opened[l] == 1")
            firsts = [0]
            for group in groups:
                firsts.append(firsts[-1] + len(group))

            @contextmanager
            def pieces() -> Iterator[None]:
                ends = src.array(firsts)
                with src.block(f"for g in range({len(groups)})"):
                    with src.block(draft.head):
                        with src.block("if opened[l] == 1"):
                            draft.facts.load_lane()
                            with src.block(f"for q in range({ends}[g], {ends}[g + 1])"):
                                src.put(f"key = l*{count} + {src.array(every)}[q]")
                                with src.block("if b[key] > 0"):
                                    yield
                            draft.facts.check()
                        draft.facts.check()
                    draft.facts.check()
                draft.facts.check()

            draft.through(course, pieces, "b[key]", "key")
            course.close()


def _course(draft: Draft, layer: Benefit) -> Course:
    def left(paid: str) -> None:
        draft.src.put(f"b[key] -= {paid}")

    def nothing(_: str, what: str) -> None:
        raise Unsupported(f"{layer.name} sends money on to {what}")

    way = Way(nothing, nothing, left)
    return Course(layer, draft.facts, draft.figures, draft.readings, way)


def _groups(draft: Draft, layer: Benefit) -> list[list[int]]:
    """The burden that a layer takes, in its order: by cause, then benefit; kinds stay together."""
    burden = layer.burden
    assert burden is not None
    order = [benefit.name for benefit in draft.policy.benefits]
    taken: set[int] = set()
    groups = []
    for wanted in burden.causes:
        by_benefit: dict[int, list[tuple[str, int]]] = {}
        for place, (benefit, cause) in enumerate(draft.keys):
            bare = cause.partition(".")[0]
            whole = bare if bare in burden.causes else cause
            if benefit in burden.benefits and whole == wanted and place not in taken:
                by_benefit.setdefault(order.index(benefit), []).append((cause, place))
                taken.add(place)
        groups += [[place for _, place in sorted(by_benefit[one])] for one in sorted(by_benefit)]
    return groups


def _unmarked(draft: Draft, layer: Benefit) -> str:
    """Code that is true of lanes that a layer does not leave out for their mark."""
    assert layer.burden is not None
    excepted = [draft.marks.index(one) for one in layer.burden.excepted if one in draft.marks]
    parts = [f"l % {len(draft.marks)} != {place}" for place in sorted(excepted)]
    return " and ".join(parts) or "True"


def _note_station(draft: Draft, layer: Benefit) -> None:
    place = draft.policy.benefits.index(layer)
    draft.src.put(f"stations |= {1 << place}")
