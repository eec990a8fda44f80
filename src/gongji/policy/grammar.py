"""The shape of a policy file, as data: which words there are and which fields each has.

The loader checks files against these forms, `gongji schema` prints them as a JSON Schema for
editors, and the reference in `docs/policy-words.md` is made from them: one description, three
readers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from gongji.policy.marks import MARK_PATTERN
from gongji.policy.model import (
    ABOUT,
    FILLS,
    FINDINGS,
    OUT_OF_SCOPE,
    SERVICES,
)
from gongji.wording import Bilingual

__all__ = ["DOCUMENT", "FORMS", "ITEM_WORDS", "POLICY", "VOCABULARY", "Form", "Key", "Schema"]

Schema = Mapping[str, Any]

WORD = "[a-z][a-z0-9_]*"

TEXT: Schema = {"type": "string", "minLength": 1}
NAME: Schema = {"type": "string", "pattern": f"^{WORD}$"}
NAMES: Schema = {"type": "array", "items": NAME, "minItems": 1}
CAUSE: Schema = {"type": "string", "pattern": f"^{WORD}(\\.{WORD})?$"}
FIGURE: Schema = {"type": ["string", "number"]}
MARK: Schema = {"type": "string", "pattern": f"^{MARK_PATTERN}$"}
MARKED: Schema = {"type": "string", "pattern": rf"^{WORD}( {MARK_PATTERN})?$"}
VALUE: Schema = {"type": ["string", "number", "boolean"]}
TEST: Schema = {
    "anyOf": [
        VALUE,
        {"type": "array", "items": VALUE, "minItems": 1},
        {
            "type": "object",
            "properties": {
                "with": {"anyOf": [NAME, NAMES]},
                "without": {"anyOf": [NAME, NAMES]},
                "others": VALUE,
                "count": FIGURE,
            },
            "additionalProperties": False,
        },
    ]
}
ALTERNATIVE: Schema = {
    "type": "object",
    "properties": {"cite": MARK},
    "patternProperties": {f"^{WORD}$": TEST},
    "additionalProperties": False,
}
CONDITION: Schema = {"anyOf": [ALTERNATIVE, {"type": "array", "items": ALTERNATIVE}]}
CASE: Schema = {"anyOf": [CONDITION, FIGURE]}


def _ref(form: str) -> Schema:
    return {"$ref": f"#/$defs/{form}"}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of, "minItems": 1}


def _named(of: Schema, keys: str = f"^{WORD}$") -> Schema:
    return {"type": "object", "patternProperties": {keys: of}, "additionalProperties": False}


def _either(*shapes: Schema) -> Schema:
    return {"anyOf": list(shapes)}


class Key(NamedTuple):
    """One field of a form: what may stand there, what it means, whether it must be there."""

    shape: Schema
    help: Bilingual
    required: bool = False


class Form(NamedTuple):
    """A block of a policy file: its fields and what the block is for."""

    name: str
    help: Bilingual
    keys: Mapping[str, Key]


def _key(shape: Schema, zh: str, en: str, *, required: bool = False) -> Key:
    return Key(shape, Bilingual(zh, en), required)


_AREA_CODE: Schema = {"type": ["string", "integer"], "pattern": "^\\d{6}$"}
_TITLE = _key(_ref("bilingual"), "中英文名称", "its name in both languages", required=True)
_CITE = _key(MARK, "所依据的条款", "the clause it rests on")
_CITE_REQUIRED = _key(MARK, "所依据的条款", "the clause it rests on", required=True)
_WHEN = _key(CONDITION, "何时适用", "when it applies")
_AMOUNT = _key(FIGURE, "金额或算式", "an amount or an expression")

_DESTINATION: Mapping[str, Key] = {
    "bear": _key(
        CAUSE,
        "由个人负担，写原因；补充层中写 same 即原因不变",
        "borne by the person, for this cause; in a layer, `same` keeps the cause",
    ),
    "pay": _key(NAME, "由哪个基金支付；account 为个人账户", "the fund that pays, or `account`"),
    "at": _key(FIGURE, "支付比例", "at which rate"),
    "until": _key(
        _either({"type": "string", "pattern": f"^no limit\\s+{MARK_PATTERN}$"}, _named(FIGURE)),
        "支付限额：累计项和金额；没有限额也要写明依据",
        "the limits on payment, meter and amount; or `no limit` with its clause",
    ),
    "then": _key(_ref("destination"), "用满限额后去向", "where the rest goes"),
    "go": _key(
        NAME,
        "去向：on 下一步，next 下一个适用的待遇，或某一待遇",
        "`on` to the next step, `next` benefit that takes the item, or a benefit by name",
    ),
    "refuse": _key(
        _ref("bilingual"),
        "文件未写明，拒绝结算并说明",
        "the document does not say: refused, and why",
    ),
    "cite": _CITE,
}

FORMS: Mapping[str, Form] = {
    form.name: form
    for form in (
        Form(
            "bilingual",
            Bilingual("中英文各一句", "a text in both languages"),
            {
                "zh": _key(TEXT, "中文", "Chinese", required=True),
                "en": _key(TEXT, "英文", "English", required=True),
            },
        ),
        Form(
            "area",
            Bilingual("统筹区的代码和名称", "a pooling area with its name"),
            {
                "code": _key(
                    _AREA_CODE, "行政区划代码", "its division code, GB/T 2260", required=True
                ),
                "zh": _key(TEXT, "中文名称", "its name in Chinese", required=True),
                "en": _key(TEXT, "英文名称", "its name in English", required=True),
            },
        ),
        Form(
            "own_fact",
            Bilingual("本政策自有的事实", "a fact that only this policy knows"),
            {
                "of": _key(
                    {"enum": ["person", "bill"]},
                    "关于人还是关于单据",
                    "known of the person, or said of the bill",
                    required=True,
                ),
                "title": _TITLE,
                "kind": _key(
                    {"enum": ["choice", "yes_no", "number", "amount", "date", "set", "text"]},
                    "写法，缺省为 choice",
                    "how it is written; `choice` unless said",
                ),
                "values": _key(_named(_ref("value_title")), "可取的值", "its values"),
                "default": _key(
                    VALUE,
                    "没有说明时的值；日期写 today，即所问或就医的日期",
                    "what holds when nothing is said; of a date `today`, the day asked about",
                ),
                "better_first": _key(
                    _list(VALUE),
                    "取值由优到劣的顺序，供检查",
                    "its values from the better to the worse for a patient, for the check",
                ),
                "least": _key(FIGURE, "数的最小值，缺省为 0", "the least number; 0 unless said"),
                "most": _key(FIGURE, "数的最大值", "the greatest number"),
                "whole": _key(VALUE, "数须为整数：yes", "`yes` for a whole number"),
                "not_above": _key(
                    _either(NAME, NAMES),
                    "不大于这些数或金额",
                    "numbers or amounts that it does not exceed",
                ),
                "not_before": _key(
                    _either(NAME, NAMES),
                    "不早于这些日期；today 为所问或就医的日期",
                    "days that it does not come before; `today` is the day asked about or of care",
                ),
                "not_after": _key(
                    _either(NAME, NAMES),
                    "不晚于这些日期",
                    "days that it does not come after",
                ),
                "falls_on": _key(
                    {"type": "string", "pattern": r"^\d{2}-\d{2}$"},
                    "日期须为每年的这一天，如 07-01",
                    "the day of every year that it falls on, such as 07-01",
                ),
            },
        ),
        Form(
            "value_title",
            Bilingual("一个取值", "one value of a fact"),
            {
                "zh": _key(TEXT, "中文", "Chinese", required=True),
                "en": _key(TEXT, "英文", "English", required=True),
                "also": _key(_list(VALUE), "其他写法", "other ways to write it"),
            },
        ),
        Form(
            "fact",
            Bilingual(
                "由其他事实推出的事实：按情形，或按一个数的区间（of）",
                "a fact that follows from others: by cases, or by ranges of a number (`of`)",
            ),
            {
                "title": _TITLE,
                "values": _key(_named(_ref("bilingual")), "取值的名称", "names of its values"),
                "of": _key(FIGURE, "按哪个数分区间", "the number whose ranges are the cases"),
                "cases": _key(
                    _named(CASE),
                    "各取值的情形，互不重叠、没有遗漏；末项可写 otherwise，没有说明 of 时为 unsaid",
                    "when it has each value: no overlap, no gap; the last may be `otherwise`; "
                    "`unsaid`: where nobody said what `of` names",
                    required=True,
                ),
                "cite": _CITE,
            },
        ),
        Form(
            "table",
            Bilingual(
                "文件中的一张表；每行末尾写条款", "a table of the document; rows end in their mark"
            ),
            {
                "title": _TITLE,
                "by": _key(NAMES, "行按哪些事实", "the facts that the rows go by"),
                "across": _key(NAME, "列按哪个事实", "the fact that the columns go by"),
                "columns": _key(
                    _list(TEXT),
                    "列名，后附单位；name.value 按 across 展开",
                    "column heads with their unit; `name.value` spreads over `across`",
                ),
                "unit": _key(
                    {"enum": ["元", "%", "百分点", "number"]}, "全表的单位", "unit of every cell"
                ),
                "rows": _key(
                    _named(
                        _either(FIGURE, {"type": "array", "items": FIGURE, "minItems": 1}),
                        f"^{WORD}( {WORD})*$",
                    ),
                    "各行",
                    "the rows",
                    required=True,
                ),
                "cite": _CITE,
            },
        ),
        Form(
            "value",
            Bilingual("一个有名称的数", "one named figure"),
            {
                "title": _TITLE,
                "is": _key(FIGURE, "数或算式", "a figure or an expression", required=True),
                "cite": _CITE,
            },
        ),
        Form(
            "given",
            Bilingual(
                "文件留给其他文件规定的参数，由使用者提供",
                "a parameter left to other documents, to be supplied",
            ),
            {
                "title": _TITLE,
                "unit": _key({"enum": ["元", "%", "number"]}, "单位", "its unit"),
                "by": _key(
                    NAMES,
                    "按哪些事实各有一个数，如级别、人员类别",
                    "the facts for whose values it has a figure each, such as tier and category",
                ),
                "values": _key(_named(_ref("bilingual")), "可取的值", "its values"),
                "default": _key(
                    TEXT, "按读法的缺省值，附条款", "the value by a reading, with its mark"
                ),
                "absent": _key(
                    {"type": "string", "pattern": f"^not applied\\s+{MARK_PATTERN}$"},
                    "未提供时不适用，附条款",
                    "`not applied` when not supplied, with its mark",
                ),
                "cite": _CITE,
            },
        ),
        Form(
            "meter",
            Bilingual("一项累计", "a running total"),
            {
                "title": _TITLE,
                "counts": _key(
                    {"enum": ["visits", "cost", "payment", "burden"]},
                    "累计什么：次数、费用、基金支付、个人负担",
                    "what it counts",
                    required=True,
                ),
                "window": _key(
                    {
                        "type": "string",
                        "pattern": r"^(visit|day|month|year|lifetime|year from \d\d-\d\d)$",
                    },
                    "累计期间：visit、day、month、year、lifetime；"
                    "不从 1 月 1 日起的年度写 year from 07-01",
                    "over which time: visit, day, month, year, lifetime; a year that begins on "
                    "another day is `year from 07-01`",
                    required=True,
                ),
                "per": _key(NAME, "另按什么分别累计", "counted apart for each value of this fact"),
                "shared": _key(
                    {"enum": ["yes", True]},
                    "per 相同的人合并累计，如同一家庭",
                    "one for all persons with the same value of `per`, such as a household",
                ),
                "cite": _CITE_REQUIRED,
            },
        ),
        Form(
            "scale",
            Bilingual("几个待遇共用的一把尺", "a ruler that several benefits share"),
            {
                "along": _key(NAME, "沿哪项累计", "the meter it lies along", required=True),
                "cut": _key(_list(_ref("cut")), "各段", "its stretches", required=True),
                "cite": _CITE,
            },
        ),
        Form(
            "scope",
            Bilingual(
                "进入待遇之前：哪些费用不在政策范围内、由个人先行负担",
                "before any benefit: what is not in scope, or borne first",
            ),
            {
                "title": _TITLE,
                "parts": _key(
                    _list({"enum": list(OUT_OF_SCOPE)}),
                    "单据上单列、不在政策范围内的部分",
                    "the parts that a bill itself states as out of scope",
                ),
                "when": _WHEN,
                "share": _key(FIGURE, "先行负担的比例；不写即全部", "the share; all unless said"),
                "bear": _key(CAUSE, "负担的原因", "the cause it is borne for"),
                "works_out": _key(
                    {"enum": list(OUT_OF_SCOPE)},
                    "单据上的这一部分由此算出，不能再写在单据上",
                    "the part of a bill that this works out, which the bill may not state as well",
                ),
                "beyond": _AMOUNT,
                "mark": _key(NAME, "超出 beyond 部分的记号", "mark of what lies beyond"),
                "cite": _CITE,
            },
        ),
        Form(
            "benefit",
            Bilingual("一项待遇，或对个人负担部分的一层补充", "a benefit, or a layer on burden"),
            {
                "title": _TITLE,
                "for": _key(CONDITION, "哪些费用、哪些人进入", "what enters it", required=True),
                "from": _key(_ref("burden"), "补充层取哪些个人负担", "what a layer takes"),
                "steps": _key(_list(_ref("step")), "依次的步骤", "its steps", required=True),
                "cite": _CITE_REQUIRED,
            },
        ),
        Form(
            "burden",
            Bilingual("补充层取用的个人负担，按所列顺序", "the burden a layer takes, in order"),
            {
                "borne": _key(_list(CAUSE), "负担的原因", "causes", required=True),
                "in": _key(NAMES, "在哪些待遇中", "in which benefits", required=True),
                "except": _key(NAMES, "不含有此记号的部分", "but not what carries these marks"),
            },
        ),
        Form(
            "step",
            Bilingual("待遇中的一步", "one step of a benefit"),
            {
                "when": _WHEN,
                "count": _key(NAME, "计入哪项累计", "the meter that the stretch passes"),
                "along": _key(NAME, "沿已计入的累计分段", "a meter already passed, to cut along"),
                "cut": _key(_list(_ref("cut")), "分段", "the stretches"),
                "scale": _key(NAME, "用一把共用的尺", "a shared scale"),
                "first": _AMOUNT,
                **_DESTINATION,
            },
        ),
        Form(
            "cut",
            Bilingual(
                "一段：到 to 为止；最后一段不写 to", "a stretch up to `to`; the last has none"
            ),
            {"to": _AMOUNT, **_DESTINATION},
        ),
        Form("destination", Bilingual("去向", "where money goes"), _DESTINATION),
        Form(
            "best",
            Bilingual(
                "没有说明这项选择时，取个人负担最少的一种",
                "where this choice is not said, the value that leaves the person least is taken",
            ),
            {"cite": _CITE_REQUIRED},
        ),
        Form(
            "stand_in",
            Bilingual("由谁代基金支付", "who pays in place of funds"),
            {
                "when": _key(CONDITION, "何时适用", "when it applies", required=True),
                "for": _key(NAMES, "代哪些基金", "in place of which funds", required=True),
                "cite": _CITE_REQUIRED,
            },
        ),
        Form(
            "known",
            Bilingual("检查发现、属实的一项", "a finding of the check that is true"),
            {
                "finding": _key({"enum": list(FINDINGS)}, "哪种发现", "its kind", required=True),
                "item": _key(TEXT, "关于哪一项", "what it is about", required=True),
                "because": _key(_ref("bilingual"), "为什么属实", "why it is true", required=True),
            },
        ),
        Form(
            "answer",
            Bilingual("一种回答", "one thing that questions answer"),
            {
                "zh": _key(TEXT, "中文", "Chinese", required=True),
                "en": _key(TEXT, "英文", "English", required=True),
                "kind": _key(
                    {
                        "enum": [
                            "yes_no",
                            "choice",
                            "amount",
                            "rate",
                            "number",
                            "date",
                            "text",
                            "list",
                        ]
                    },
                    "写法，缺省为 yes_no；choice 是同名情形的一个取值",
                    "how it is written; `yes_no` unless said; a `choice` is a value of the fact of "
                    "the same name",
                ),
            },
        ),
        Form(
            "question",
            Bilingual(
                "结算以外的规定：谁可以、该缴多少、从何时起、带什么材料",
                "what is ruled besides settlements: who may, what is due, from when, which papers",
            ),
            {
                "title": _TITLE,
                "about": _key({"enum": list(ABOUT)}, "关于什么", "what it is about", required=True),
                "cases": _key(
                    _list(_ref("question_case")),
                    "各情形，互不重叠；最后一项可不写 when，即其余情形",
                    "its cases, without overlap; the last may be without `when`: all others",
                    required=True,
                ),
                "cite": _CITE_REQUIRED,
            },
        ),
        Form(
            "question_case",
            Bilingual("一个情形和它的回答", "a case and its answers"),
            {
                "when": _WHEN,
                "answer": _key(
                    _named(
                        _either(
                            VALUE,
                            _ref("bilingual"),
                            _list(_either(TEXT, _ref("bilingual"))),
                        )
                    ),
                    "各项回答",
                    "the answers",
                ),
                "needs": _key(
                    _list(_either(MARKED, _list(MARKED), _ref("need"))),
                    "所需材料，后面可写条款，如 receipt ^137；一项写成列表，即其中之一即可",
                    "the papers needed, with the clause if it is one of their own: "
                    "`receipt ^137`; of those in an inner list one will do",
                ),
                "because": _key(_ref("bilingual"), "理由", "the reason"),
                "refuse": _key(
                    _ref("bilingual"), "文件没有写明", "the document does not say, and what"
                ),
                "grants": _key(
                    _ref("grant"),
                    "申请登记、备案、认定的，准予后设定什么；不写即不准予",
                    "what a registration that is applied for sets; none is to be had without it",
                ),
                "claim": _key(
                    {"enum": ["yes", True]},
                    "零星报销的申请按此受理",
                    "a claim handed in on paper is accepted",
                ),
                "cite": _CITE,
            },
        ),
        Form(
            "grant",
            Bilingual("准予的登记设定什么", "what a registration sets"),
            {
                "sets": _key(
                    _named(VALUE),
                    "设定哪些事实：它的一个值，或另一事实的名称，即与之相同；"
                    "可有几个值的，增加这一个",
                    "the facts it sets: to a value, or to that of another fact by its name; one "
                    "that can have several values gains this one",
                    required=True,
                ),
                "for": _key(
                    _named(VALUE),
                    "只对哪些单据，如只对一个病种",
                    "for which bills only, such as those of one disease",
                ),
                "at": _key(
                    {"enum": ["institution", "area"]},
                    "只在登记的机构，或登记的地区",
                    "only at the institutions, or in the area, that the registration names",
                ),
                "single": _key(
                    {"enum": ["yes", True]},
                    "同时只有一个，新的代替原来的",
                    "one at a time: a new one takes the place of the one before",
                ),
                "renews": _key(
                    {"enum": ["yes", True]},
                    "到截止日自动续",
                    "goes on by itself beyond the day until which it was given",
                ),
                "with": _key(
                    NAMES,
                    "还依据哪些问题：它们不否定，起止日按它们的回答",
                    "other questions it rests on: they must not deny it, and its days are theirs",
                ),
            },
        ),
        Form(
            "need",
            Bilingual("有的情形才要的材料", "a paper that is needed in some cases only"),
            {
                "paper": _key(
                    _either(MARKED, _list(MARKED)),
                    "材料；写成列表，即其中之一即可",
                    "the paper; of those in a list one will do",
                    required=True,
                ),
                "when": _key(CONDITION, "何时需要", "when it is needed", required=True),
            },
        ),
        Form(
            "service",
            Bilingual(
                "账册办理一项业务时问哪个问题、怎样问",
                "which question a service of the book asks, and how",
            ),
            {
                "question": _key(NAME, "问哪个问题", "the question asked", required=True),
                "for": _key(
                    CONDITION,
                    "对哪些人；几项依次看，取第一项适用的",
                    "for whom; of several the first that fits",
                ),
                "every": _key(
                    {"type": "string", "pattern": r"^(month|year|year from \d\d-\d\d)$"},
                    "多久一次：month、year；不从 1 月 1 日起的年度写 year from 07-01",
                    "how often: month, year; a year that begins on another day is "
                    "`year from 07-01`",
                ),
                "say": _key(_named(VALUE), "问时写明的情形", "facts that it says"),
                "fill": _key(
                    _named({"enum": list(FILLS)}),
                    "由账册填写的情形",
                    "facts that the book fills with what it knows",
                ),
                "amount": _key(NAME, "哪一项回答是金额", "which of its answers is the amount"),
                "fund": _key(
                    NAME,
                    "金额出自或进入哪个基金",
                    "the fund that the amount comes out of, or goes to",
                ),
                "states": _key(
                    _named(VALUE),
                    "回答准许后，自所答日期起的情形",
                    "what is true of the person from the day answered, where it is allowed",
                ),
            },
        ),
        Form(
            "clause",
            Bilingual("文件的一条", "one clause of a document"),
            {
                "place": _key(TEXT, "在文件中的位置", "where it stands", required=True),
                "kind": _key(TEXT, "种类", "its kind", required=True),
                "numbers": _key(_list(FIGURE), "文中印出的数", "the numbers its text prints"),
                "rule": _key(TEXT, "用自己的话说", "what it rules, in our words", required=True),
                "ambiguity": _key(TEXT, "没有写明之处", "what it leaves open"),
                "informational": _key(
                    _ref("bilingual"),
                    "没有可执行的规定时，说明为什么",
                    "why it needs no rule, where it rules nothing that can be asked",
                ),
            },
        ),
        Form(
            "reading",
            Bilingual(
                "条款没有写明之处，这里的读法", "how a clause that leaves something open is read"
            ),
            {
                "zh": _key(TEXT, "中文", "Chinese", required=True),
                "en": _key(TEXT, "英文", "English", required=True),
            },
        ),
    )
}

ITEM_WORDS = (
    "reading",
    "given",
    "fact",
    "meter",
    "table",
    "value",
    "scale",
    "scope",
    "best",
    "benefit",
    "stand_in",
    "question",
)
"""The words that may open a line of a chapter: `<word> <name>:`."""

_FACT = _either(
    {"enum": ["yes_no", "number", "amount", "date", "text"]},
    {"type": "array", "items": VALUE},
    _ref("own_fact"),
)

POLICY = Form(
    "policy",
    Bilingual("一份政策：一个统筹区一种制度在一段时间内的规则", "one scheme's rules for a time"),
    {
        "policy": _key(
            {"type": "string", "pattern": "^[a-z0-9_-]+/[a-z0-9_-]+$"},
            "名称：城市/制度",
            "its id: city/scheme",
            required=True,
        ),
        "title": _TITLE,
        "area": _key(
            _either(_AREA_CODE, _ref("area")),
            "统筹区：行政区划代码，或代码和名称",
            "the pooling area: its GB/T 2260 code, or code and name",
            required=True,
        ),
        "scheme": _key(NAME, "制度", "the scheme", required=True),
        "document": _key(TEXT, "所依据的文件", "the document it encodes", required=True),
        "in_force": _key(
            TEXT,
            "施行期间：某日 to 某日，或 某日 onwards，附条款",
            "from a day `to` a day, or a day `onwards`, with its mark",
            required=True,
        ),
        "funds": _key(_named(_ref("bilingual")), "本政策自有的基金", "funds of its own"),
        "causes": _key(_named(_ref("bilingual")), "本政策自有的负担原因", "causes of its own"),
        "answers": _key(_named(_ref("answer")), "本政策自有的回答", "answers of its own"),
        "facts": _key(
            _named(_FACT), "问哪些事实、分哪些值", "the facts it asks for", required=True
        ),
        "idle": _key(
            NAMES,
            "本版没有规则用到、但同一政策的其他版本要问的事实；可以写，不影响结果",
            "facts that other versions of the policy ask for and no rule of this one uses; they "
            "may be said and change nothing",
        ),
        "order": _key(
            NAMES,
            "一张单据依次经过的各站；没有待遇的政策不写",
            "the stations in the order of payment; none where there are no benefits",
        ),
        "services": _key(
            {
                "type": "object",
                "properties": {name: _list(_ref("service")) for name in SERVICES},
                "additionalProperties": False,
            },
            "账册的各项业务问哪个问题",
            "which questions the services of the book ask",
        ),
        "known": _key(
            _list(_ref("known")),
            "检查发现的、文件本来如此的情形",
            "findings of the check that are true of the document",
        ),
        "account": _key(
            {"type": "string", "pattern": f"^(not stated|none)\\s+{MARK_PATTERN}$"},
            "文件没有写个人账户如何支付时：not stated 和条款；没有个人账户时：none 和条款",
            "`not stated` and its clause, where no rule says what the account pays; `none` where "
            "there is no account",
        ),
    },
)
"""The top of a policy file; besides these keys it holds `chapter <heading>:` blocks."""

DOCUMENT = Form(
    "document",
    Bilingual("一份文件的条款清单", "the clause ledger of a document"),
    {
        "document": _key(TEXT, "名称：城市/文件", "its id: city/document", required=True),
        "title": _key(TEXT, "文件标题", "its title", required=True),
        "short": _key(TEXT, "引用时的简称", "what citations call it", required=True),
        "number": _key(TEXT, "文号", "its official number"),
        "issuer": _key(TEXT, "发文机关", "who issued it"),
        "published": _key(TEXT, "发布日期", "when it was published"),
        "prefix": _key(
            {"type": "string", "pattern": "^[A-Z][A-Z0-9]*$"},
            "条款编号的前缀",
            "the prefix of its clause ids",
            required=True,
        ),
        "clauses": _key(
            _named(_ref("clause"), "^\\d+$"), "各条", "its clauses by number", required=True
        ),
    },
)

VOCABULARY = Form(
    "vocabulary",
    Bilingual("各政策共用的词", "the words that policies share"),
    {
        "facts": _key(_named(_ref("own_fact")), "事实", "facts", required=True),
        "funds": _key(_named(_ref("bilingual")), "基金", "funds", required=True),
        "causes": _key(
            _named(_ref("bilingual"), f"^{WORD}(\\.{WORD})?$"), "负担原因", "causes", required=True
        ),
        "columns": _key(_named(_ref("bilingual")), "表的列名", "heads of columns", required=True),
        "answers": _key(_named(_ref("answer")), "回答", "answers", required=True),
    },
)
