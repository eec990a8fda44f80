"""Why a visit is not settled or a question not answered, and what would do it."""

from __future__ import annotations

from collections.abc import Iterable

from gongji.policy.marks import written_mark
from gongji.policy.model import Fact, Given, Mark, Policy, Scope
from gongji.wording import Bilingual, Refused, listed

__all__ = [
    "missing_fact",
    "missing_parameter",
    "no_divisor",
    "no_rule",
    "not_stated",
    "stated_and_worked_out",
]

_HOW = {
    "number": Bilingual("一个数（没有就写 0）", "a number (0 if there is none)"),
    "amount": Bilingual("金额（元）", "an amount in yuan"),
    "date": Bilingual("日期 YYYY-MM-DD", "a date, YYYY-MM-DD"),
    "text": Bilingual("一个名称", "a name"),
    "set": Bilingual("；没有就写 none", "; `none` if there is none"),
}


def missing_fact(policy: Policy, fact: Fact) -> Refused:
    """A fact that the rules need and nobody said."""
    choices = [f"{name} {title.zh}" for name, title in fact.values.items()]
    english = [f"{name} ({title.en})" for name, title in fact.values.items()]
    how = _HOW.get(fact.kind, Bilingual("", ""))
    return Refused(
        "missing_fact",
        Bilingual(
            f"{policy.id} 还需要知道“{fact.title.zh}”（{fact.said_at}）："
            f"{listed(choices, 20)}{how.zh}",
            f"{policy.id} needs to know “{fact.title.en}” ({fact.said_at}): "
            f"{listed(english, 20)}{how.en}",
        ),
        {"field": fact.name, "choices": list(fact.values)},
    )


def missing_parameter(given: Given, title: Bilingual, name: str, since: str | None) -> Refused:
    """A parameter that the document leaves to another document and nobody supplied.

    `name` is what to supply, `title` what it is called there; `since` is the day from which its
    first figure holds, where figures were supplied for later days only.
    """
    clauses = listed(given.mark.clauses)
    details: dict[str, str | list[str]] = {"clauses": list(given.mark.clauses), "parameter": name}
    if since is not None:
        return Refused(
            "not_stated",
            Bilingual(
                f"“{title.zh}”（{clauses}）的第一个数自 {since} 起，所结算的日期还没有；"
                f"补上更早时期的数，如 {name}[from …]",
                f"not stated: the first figure of the {title.en} ({clauses}) is from {since}, and "
                f"there is none for this day; supply that of an earlier period, such as "
                f"{name}[from ...]",
            ),
            {**details, "from": since},
        )
    return Refused(
        "not_stated",
        Bilingual(
            f"文件没有写明“{title.zh}”（{clauses}）；请提供参数 parameters.{name}",
            f"not stated: the document does not give “{title.en}” ({clauses}); supply it as "
            f"parameters.{name}",
        ),
        details,
    )


def not_stated(policy: Policy, what: Bilingual, mark: Mark, about: str = "") -> Refused:
    """A rule that the document does not give; no parameter stands for it.

    `about` is the name of the benefit or the table in which it would stand.
    """
    clauses = listed(mark.clauses)
    details: dict[str, str | list[str]] = {"clauses": list(mark.clauses)}
    details |= {"mark": written_mark(mark), "policy": policy.id}
    if about:
        details["about"] = about
    return Refused(
        "not_stated",
        Bilingual(
            f"文件没有写明：{what.zh}（{clauses}）",
            f"not stated: {what.en} ({clauses})",
        ),
        details,
    )


def no_rule(policy: Policy, facts: Iterable[str]) -> Refused:
    """An item that no benefit of the policy takes."""
    if not policy.benefits:
        return Refused(
            "not_stated",
            Bilingual(
                f"{policy.id} 只回答问题，不能结算：文件没有写支付多少；"
                f"可问的见 gongji ask --policy {policy.id}",
                f"not stated: {policy.id} answers questions only, its document does not say what "
                f"is paid; what can be asked: gongji ask --policy {policy.id}",
            ),
            {"policy": policy.id},
        )
    shown = listed(facts)
    return Refused(
        "not_stated",
        Bilingual(
            f"{policy.id} 没有适用于这种费用的规定（{shown}）",
            f"not stated: no rule of {policy.id} covers such cost ({shown})",
        ),
        {"policy": policy.id},
    )


def no_divisor(policy: Policy, name: str) -> Refused:
    """A share of nothing: what it would be divided by is 0.

    `name` is the name of a figure of the policy, or a formula as its file writes it.
    """
    title = Bilingual(name, name)
    for titled in (policy.facts, policy.given, policy.tables):
        if name in titled:
            title = titled[name].title
    return Refused(
        "impossible_value",
        Bilingual(
            f"“{title.zh}”是 0，不能作除数，没有比例可算；请检查这个数",
            f"“{title.en}” is 0, of which there is no share to work out; check that figure",
        ),
        {"field": name},
    )


def stated_and_worked_out(policy: Policy, scope: Scope) -> Refused:
    """A part that a bill states although the policy works it out of the cost in scope."""
    clauses = listed(scope.mark.clauses)
    part = scope.works_out
    return Refused(
        "said_twice",
        Bilingual(
            f"{part} 已写在单据上，{policy.id} 又要按“{scope.title.zh}”从 in_scope 中算出"
            f"（{clauses}）；只写扣除前的 in_scope，或者不写要求计算它的情形",
            f"{part} is stated on the bill, and {policy.id} works it out of in_scope as well "
            f"({scope.title.en}, {clauses}); give in_scope before it is taken off, or leave out "
            f"what asks for it",
        ),
        {"field": part, "clauses": list(scope.mark.clauses), "about": scope.name},
    )
