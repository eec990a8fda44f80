"""What the engine says of a case, in words for somebody who fills in a form.

The engine names fields as case files do (`event.in_scope`, `history[1].date`); a form has labels.
"""

from __future__ import annotations

import re

from gongji.cases.untold import Ways
from gongji.engine.inputs import ACCOUNT_BALANCE
from gongji.policy.model import Policy
from gongji.web.estimate.said import Said
from gongji.wording import Bilingual, Language, Refused

__all__ = ["AMOUNT_TITLES", "WAYS", "field_of", "out_of_force", "plain"]

WAYS = Ways(
    Bilingual(
        "；看过的，在“今年此前看过的”里补上",
        "; add those there were under “Earlier visits this year”",
    ),
    Bilingual("算钱用不到，不影响结果。", "It does not matter to the result."),
    Bilingual("。请改正这一次，或者把它去掉", ". Mend this visit, or remove it"),
    lambda number: Bilingual(f"此前第 {number} 次", f"Earlier visit no. {number}"),
)
"""How somebody before the page can say more."""

AMOUNT_TITLES = {
    "in_scope": Bilingual("医保范围内的费用", "Cost within the catalogue"),
    "total": Bilingual("总费用", "Total of the bill"),
    "prior_self_pay": Bilingual("先行自付（乙类）", "Borne first (class B)"),
    "over_price_cap": Bilingual("超限价", "Above price caps"),
    "out_of_catalogue": Bilingual("目录外（自费）", "Outside the catalogue"),
    ACCOUNT_BALANCE: Bilingual("个人账户余额", "On the personal account"),
}

_PATH = re.compile(
    r"(?:(?:event|person|parameters)\.|history\[(\d+)\]\.?)((?:[A-Za-z_]\w*)?(?:\[[^\]]*\])?)",
    re.ASCII,
)


def field_of(refused: Refused, said: Said) -> str:
    """The field of the form that a refusal is about, `2.in_scope` of an earlier visit; or none."""
    field = refused.details.get("field", "")
    event = str(refused.details.get("event", ""))
    if "parameter" in refused.details:
        return f"p.{refused.details['parameter']}"
    if not isinstance(field, str):
        return ""
    found = _PATH.fullmatch(field)
    past = _PATH.fullmatch(event)
    number = found[1] if found is not None and found[1] else past[1] if past is not None else None
    name = found[2] if found is not None else field
    if field == "event":  # no amount says how large the bill is
        name = "in_scope"
    if number is not None:
        return f"{said.counted[int(number) - 1]}.{name or 'date'}"
    return f"p.{name}" if field.startswith("parameters.") else name


def plain(refused: Refused, said: Said, policy: Policy | None) -> Bilingual:
    """A refusal without the paths of case files, which say nothing to people before a form.

    `policy` is None where there is none to name its fields.
    """

    def titled(language: Language, text: str) -> str:
        def title(found: re.Match[str]) -> str:
            words = _title(found[2].partition("[")[0], policy).in_(language)
            if found[1] is None:
                return words
            if int(found[1]) > len(said.counted):  # what somebody typed, quoted
                return found[0]
            return f"{WAYS.event(said.counted[int(found[1]) - 1]).in_(language)} {words}".strip()

        return _PATH.sub(title, text)

    message = refused.message
    if refused.kind == "out_of_force":
        message = out_of_force(refused)
    return Bilingual(titled("zh", message.zh), titled("en", message.en))


def out_of_force(refused: Refused) -> Bilingual:
    """That no document at hand rules a day, and which days are ruled."""
    field = str(refused.details.get("field", ""))
    where = Bilingual(f"{field}：", f"{field}: ") if field else Bilingual("", "")
    known = ", ".join(refused.details.get("versions", []))
    return where + Bilingual(
        f"手头没有管这一天的文件；有的是：{known.replace(' to ', ' 至 ').replace('from ', '自 ')}",
        f"no document at hand rules this day; there are: {known}",
    )


def _title(name: str, policy: Policy | None) -> Bilingual:
    if policy is not None and name in policy.facts:
        return policy.facts[name].title
    if policy is not None and name in policy.given:
        return policy.given[name].title
    if name in AMOUNT_TITLES:
        return AMOUNT_TITLES[name]
    return Bilingual("日期", "date") if name == "date" else Bilingual(name, name)
