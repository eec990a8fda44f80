"""The typed, immutable form of a policy file: what the engine reads and the pages show.

Names are those of the file.  Amounts are whole fen, rates exact fractions, and every number keeps
the `Mark` that cites it and the `Place` it stands at, so that any result leads back to both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Literal, NamedTuple, Union, get_args

from gongji.policy.problems import Place
from gongji.wording import Bilingual

__all__ = [
    "ABOUT",
    "ACCOUNT_FIRST",
    "CARE_DAY",
    "FILLS",
    "FINDINGS",
    "OUT_OF_SCOPE",
    "PAPERS",
    "RECORD_FIELDS",
    "SERVICES",
    "YES_NO",
    "Along",
    "Alternative",
    "AnswerTitle",
    "Bear",
    "Benefit",
    "Best",
    "Beyond",
    "Burden",
    "Call",
    "Case",
    "Cell",
    "Choices",
    "Citation",
    "Condition",
    "Count",
    "Cut",
    "DerivedFact",
    "Destination",
    "Expression",
    "Fact",
    "Figure",
    "First",
    "Given",
    "Go",
    "Grant",
    "Interval",
    "Known",
    "KnownFinding",
    "Limit",
    "Mark",
    "Meter",
    "Name",
    "Need",
    "Operation",
    "Pay",
    "Policy",
    "Question",
    "QuestionCase",
    "Range",
    "Reading",
    "Refuse",
    "Said",
    "Scope",
    "Service",
    "SetTest",
    "StandIn",
    "Step",
    "Table",
    "Test",
    "Unit",
    "Whole",
    "Words",
]


class Unit(Enum):
    """What a number is.  The value is the word a policy file writes for it."""

    YUAN = "元"
    RATE = "%"
    POINTS = "百分点"
    NUMBER = "number"
    DATE = "date"
    MONTHS = "个月"
    DAYS = "天"
    SET = "set"


# --- citations -----------------------------------------------------------------------------------


class Citation(NamedTuple):
    """One clause that a mark names; `reading` when the rule rests on how it was read."""

    clause: str
    reading: bool = False
    again: bool = False  # the same number, printed a second time in this clause


class Mark(NamedTuple):
    """A footnote mark of the file, such as `^039=072`: the clauses behind a number or a rule."""

    citations: tuple[Citation, ...]

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clause ids it names, in the order written."""
        return tuple(citation.clause for citation in self.citations)


class Reading(NamedTuple):
    """How a clause that leaves something open is read here."""

    clause: str
    text: Bilingual
    place: Place


# --- facts ---------------------------------------------------------------------------------------


class Fact(NamedTuple):
    """Something asked of a person, a bill or (for a `Given`) of whoever publishes the parameter.

    `kind` says how it is written; `values` are the names allowed (empty for number, date and
    text), with their titles; `default` holds when nothing is said (of a date, `today`), None means
    that it must be said; a number is not below `least`, not above `most`, and `whole` if it says
    so; a number or amount is not above those that `not_above` names; a day is not before or after
    those that `not_before` and `not_after` name (`today` is the day asked about, or of care).
    `better_first` orders values by how well a patient fares, where that is so everywhere.
    """

    name: str
    of: Literal["person", "bill"]
    kind: Literal["choice", "yes_no", "number", "amount", "date", "set", "text"]
    title: Bilingual
    values: Mapping[str, Bilingual]
    aliases: Mapping[str, str]
    default: str | None
    least: Fraction = Fraction(0)
    better_first: tuple[str, ...] = ()
    most: Fraction | None = None
    whole: bool = False
    not_above: tuple[str, ...] = ()
    not_before: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()
    falls_on: str = ""  # of a date: MM-DD

    @property
    def said_at(self) -> str:
        """Where a case says it, such as `person.category`."""
        return f"{'person' if self.of == 'person' else 'event'}.{self.name}"


class Choices(NamedTuple):
    """True of a fact whose value is one of these."""

    values: frozenset[str]


class Range(NamedTuple):
    """True of a number from `low` to `high`, both included; None is open.

    A day counts as its number in the calendar (`date.toordinal`).
    """

    low: Fraction | None
    high: Fraction | None


class SetTest(NamedTuple):
    """True of a set with these members and without those, of this size."""

    has: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    others: bool | None = None  # whether it may hold members besides `has`; None: either
    size: Range | None = None


class Said(NamedTuple):
    """True of a fact that was said (or was not), with one of `values` where they are named.

    It never asks for the fact and takes no default.
    """

    said: bool
    values: frozenset[str] = frozenset()


Test = Union[Choices, Range, SetTest, Said]  # noqa: UP007


class Alternative(NamedTuple):
    """Facts that must all hold together; `mark` is the clause of its own, if it has one."""

    tests: tuple[tuple[str, Test], ...]
    mark: Mark | None
    place: Place


class Condition(NamedTuple):
    """Holds when any of its alternatives holds; without alternatives it always holds."""

    alternatives: tuple[Alternative, ...] = ()


class Case(NamedTuple):
    """One value of a derived fact and when it is that."""

    value: str
    condition: Condition | None  # None: otherwise, or by `test`
    test: Test | None  # of the number in `DerivedFact.of`
    mark: Mark | None
    unsaid: bool = False  # where nobody said what `DerivedFact.of` names

    @property
    def is_rest(self) -> bool:
        """Whether the case is `otherwise`."""
        return self.condition is None and self.test is None and not self.unsaid


class DerivedFact(NamedTuple):
    """A fact that follows from others: by cases over facts, or by ranges of a number (`of`)."""

    name: str
    title: Bilingual
    values: Mapping[str, Bilingual]
    of: Expression | None
    cases: tuple[Case, ...]
    place: Place


# --- values --------------------------------------------------------------------------------------


class Figure(NamedTuple):
    """A number as the file writes it: fen for 元, a fraction for % and 百分点."""

    value: Fraction
    unit: Unit
    text: str
    mark: Mark | None
    place: Place | None = None


class Name(NamedTuple):
    """A table, a field of a table, a value, a parameter or a fact."""

    path: str


class Operation(NamedTuple):
    """Two expressions and `+`, `-`, `*` or `/` between them."""

    operator: str
    left: Expression
    right: Expression


class Call(NamedTuple):
    """A function of `gongji.policy.expression.FUNCTIONS` and its arguments."""

    function: str
    arguments: tuple[Expression, ...]


Expression = Union[Figure, Name, Operation, Call]  # noqa: UP007


class Cell(NamedTuple):
    """One cell of a table: an expression, `no limit`, or `not stated`."""

    content: Expression | Literal["no limit", "not stated"]
    mark: Mark
    place: Place


class Column(NamedTuple):
    """A column of a table, or a group of columns spread over the values of `Table.across`."""

    name: str
    title: Bilingual
    unit: Unit
    across: bool


class Table(NamedTuple):
    """Numbers of the document by the facts they depend on.

    `cells` maps (column, row values, value of `across`) to a cell; `any` stands in a row for
    every value of that fact.  A single value is a table with one column and no facts.
    """

    name: str
    title: Bilingual
    by: tuple[str, ...]
    across: str | None
    columns: Mapping[str, Column]
    cells: Mapping[tuple[str, tuple[str, ...], str], Cell]
    rows: tuple[tuple[str, ...], ...]
    place: Place


class Given(NamedTuple):
    """A parameter that the document leaves to other documents.

    With `by` it has a figure for each combination of the values of these facts.  `absent` is what
    its absence means where a reading says so; otherwise a settlement that needs it is refused
    until it is supplied.
    """

    name: str
    title: Bilingual
    unit: Unit | None  # None: one of `fact.values`
    fact: Fact
    mark: Mark
    absent: Literal["not applied"] | None
    absent_mark: Mark | None
    place: Place
    by: tuple[str, ...] = ()


class Meter(NamedTuple):
    """A running total: what it counts, over which window, and per what besides the person.

    A year begins on `first_day`, month and day: 1 January unless the policy says otherwise.  A
    `shared` meter is one for all persons of whom the fact in `per` is the same, such as a
    household.
    """

    name: str
    title: Bilingual
    counts: Literal["visits", "cost", "payment", "burden"]
    window: Literal["visit", "day", "month", "year", "lifetime"]
    per: str | None
    mark: Mark
    place: Place
    first_day: tuple[int, int] = (1, 1)
    shared: bool = False


# --- what happens to money -----------------------------------------------------------------------


class Bear(NamedTuple):
    """To the person, for a cause; `same` in a layer leaves the cause as it was."""

    cause: str


class Limit(NamedTuple):
    """A limit on payment: the meter that counts it and the amount it may reach."""

    meter: str
    amount: Expression


class Pay(NamedTuple):
    """A fund (or `account`) pays at a rate until a limit on payment is reached, then `then`."""

    fund: str
    rate: Expression | None  # None: all of it
    limits: tuple[Limit, ...]
    then: Destination | None


class Go(NamedTuple):
    """On to the next step (`on`), the next benefit that takes the item (`next`), or a benefit."""

    to: str


class Refuse(NamedTuple):
    """The document does not say: nothing can be settled where money lies here."""

    why: Bilingual


class Destination(NamedTuple):
    """Where a stretch of money goes, with the clause that sends it there."""

    to: Bear | Pay | Go | Refuse
    mark: Mark | None
    place: Place


class Cut(NamedTuple):
    """The money from the last edge up to this one on a meter; `to` None is the open end."""

    to: Expression | None
    destination: Destination


class Count(NamedTuple):
    """The stretch passes a meter, which rises by it (a meter of visits: by one)."""

    meter: str
    when: Condition


class Along(NamedTuple):
    """The stretch is cut at positions on a meter that it has passed."""

    meter: str
    cuts: tuple[Cut, ...]
    when: Condition


class First(NamedTuple):
    """The first so much of the stretch goes elsewhere, the rest goes on."""

    amount: Expression
    destination: Destination
    when: Condition


class Whole(NamedTuple):
    """The whole stretch goes there."""

    destination: Destination
    when: Condition


Step = Union[Count, Along, First, Whole]  # noqa: UP007


class Burden(NamedTuple):
    """What a layer takes: burden of these causes and benefits, in this order, but for marked."""

    causes: tuple[str, ...]
    benefits: tuple[str, ...]
    excepted: frozenset[str]


class Benefit(NamedTuple):
    """A station on the way of a bill: what enters it and what happens to it there.

    A benefit with `burden` is a layer: it takes what the person still bears instead of items.
    """

    name: str
    title: Bilingual
    condition: Condition
    burden: Burden | None
    steps: tuple[Step, ...]
    mark: Mark
    chapter: str
    place: Place


class Beyond(NamedTuple):
    """What lies beyond this amount of an item is marked, so that a layer can leave it out."""

    amount: Expression
    mark: str


OUT_OF_SCOPE = ("over_price_cap", "prior_self_pay", "out_of_catalogue")
"""The parts of a bill that are not in scope, as the bill itself states them."""


ACCOUNT_FIRST = "account_first"
"""The cause of what a personal account pays before a benefit does."""


class Scope(NamedTuple):
    """A station before all benefits: what leaves the scope, or is marked, and is borne why.

    Exactly one of: `parts` (the bill's own parts that are not in scope), `beyond`, or `cause`
    with a `share` of the items (None: all of them).
    """

    name: str
    title: Bilingual
    condition: Condition
    parts: tuple[str, ...]
    share: Expression | None
    cause: str | None
    beyond: Beyond | None
    mark: Mark
    chapter: str
    place: Place
    works_out: str = ""  # the part that a bill may not state as well


class Best(NamedTuple):
    """A choice that, where it is not said, is made so that the person bears least."""

    fact: str
    mark: Mark
    place: Place


class StandIn(NamedTuple):
    """Who pays in place of which funds, once everything is settled."""

    payer: str
    condition: Condition
    funds: tuple[str, ...]
    mark: Mark
    place: Place


# --- questions -----------------------------------------------------------------------------------


class AnswerTitle(NamedTuple):
    """One thing that questions answer: what it is called, and how it is written.

    A `choice` is a value of the fact of the same name.
    """

    title: Bilingual
    kind: Literal["yes_no", "choice", "amount", "rate", "number", "date", "text", "list"]


class Words(NamedTuple):
    """An answer in words: one text, or a list of them."""

    texts: tuple[Bilingual, ...]


class Need(NamedTuple):
    """A paper to bring: the names of those of which one will do, and its clause if it has one.

    `condition` says when it is needed; None: always.
    """

    names: tuple[str, ...]
    mark: Mark | None = None
    condition: Condition | None = None


class Grant(NamedTuple):
    """What a registration sets: facts, each to one of its values or to what another fact says.

    Facts of a bill are set for bills on which `only` holds, and `at` the institution or in the area
    that the registration names; everywhere where it is empty.  `single`: a new one takes the place
    of the one before.  `renews`: it goes on beyond the day until which it was given.  `rests_on`
    are other questions that must not deny it, and whose days it has.
    """

    sets: Mapping[str, str | Name]
    only: Mapping[str, str | Name]
    at: Literal["", "institution", "area"]
    single: bool
    renews: bool
    rests_on: tuple[str, ...]


class QuestionCase(NamedTuple):
    """One case of a question: when it holds, what is answered then, and why.

    `condition` None is the case for all others.  An answer is `yes` or `no`, an expression (of an
    amount, a rate, a number, a date), or texts.  `needs` are papers to bring.  `refuse` says what
    the document does not state.  `grant` is what a registration sets that is asked for; without it
    there is none to be had.  `claim`: a claim handed in on paper is accepted.
    """

    condition: Condition | None
    answers: Mapping[str, str | Expression | Words]
    needs: tuple[Need, ...]
    because: Bilingual | None
    refuse: Bilingual | None
    mark: Mark
    place: Place
    grant: Grant | None = None
    claim: bool = False


class Question(NamedTuple):
    """Something else that a document rules: who may, what is due, from when, with which papers."""

    name: str
    title: Bilingual
    about: str
    cases: tuple[QuestionCase, ...]
    mark: Mark
    chapter: str
    place: Place


SERVICES = (
    "due",
    "begun",
    "lapsed",
    "paid_up",
    "gone_on",
    "in_benefit",
    "credit",
    "family",
    "inheritance",
    "refund",
    "retirement",
    "top_up",
    "year_end",
)
"""The services of the book that ask a policy.

`due` is what is due for a month or a year.  Whether somebody is in benefit: `begun` who has begun
to pay, `lapsed` whose months are unpaid, `paid_up` who paid them up, `gone_on` who went on without
that, `in_benefit` who paid for a year.  `credit` is what is credited to accounts, `family` whom
they may pay for, `inheritance` who inherits them, `refund` when they are paid out on a transfer,
`retirement` who retires, `top_up` what is paid for missing years, `year_end` what is carried over.
"""

FILLS: Mapping[str, str] = {
    "first_day": "date",
    "born": "date",
    "sex": "choice",
    "relation": "choice",
    "listed": "yes_no",
    "balance": "amount",
    "months_paid": "number",
    "day": "date",
    "topped_up": "yes_no",
    "topped_up_on": "date",
    "enrolled_on": "date",
    "first_paid": "date",
    "restarted": "yes_no",
    "resumed_on": "date",
    "paid_months": "number",
    "unpaid_from": "date",
    "unpaid_months": "number",
    "suspended_from": "date",
    "months_owed": "number",
    "paid_up_on": "date",
    "paid_on": "date",
}
"""What the book itself can fill a fact with, and the kind of that fact.  `first_day` is that of
the month or year credited, `day` that on which something is done.  From `enrolled_on` on it is the
record of contributions: the first full payment, a break within the wait and when payment went on
after it, months paid or unpaid in a row up to last month, the first unpaid month and the day when
it suspended benefit, the months of that gap, when it was paid up or payment went on, and when a
year was paid."""


class Service(NamedTuple):
    """Which question a service of the book asks, for whom, how often, and with which facts.

    `say` are facts with their values, `fill` facts with what the book puts there (`FILLS`).
    `amount` names the answer that is the amount, `fund` the fund that it comes out of or goes to; a
    credit says `every` as well.  `states` is true of the person where the answer allows it.
    """

    question: str
    condition: Condition | None
    every: str | None
    say: Mapping[str, str]
    fill: Mapping[str, str]
    amount: str | None
    fund: str | None
    states: Mapping[str, str]
    place: Place


KnownFinding = Literal[
    "rate_outside",
    "no_figure",
    "gap",
    "no_rule",
    "overlap",
    "cliff",
    "worse_pays_more",
    "never_entered",
    "never_reached",
    "limit_never_reached",
]
FINDINGS: tuple[str, ...] = get_args(KnownFinding)
"""What the check can find that a policy must either mend or list as known."""

RECORD_FIELDS = (
    "policy",
    "version",
    "digest",
    "date",
    "question",
    "about",
    "because",
    "needs",
    "complete",
    "missing",
    "missing_clauses",
    "exactly",
    "citations",
    "readings",
    "assumed",
    "assumptions",
    "notes",
    "parameters",
    "error",
)
"""What the record of every answered question says besides its answers."""

CARE_DAY = "treated_on"
"""The fact that is the day of care where a question is asked about a claim for it."""

YES_NO: Mapping[str, Bilingual] = {"yes": Bilingual("是", "yes"), "no": Bilingual("否", "no")}
"""How the values of a `yes_no` fact or answer are called."""

PAPERS = "papers"
"""The fact whose values are the papers that a question can need."""

ABOUT = (
    "enrolment",
    "contribution",
    "entitlement",
    "account",
    "registration",
    "channel",
    "papers",
    "scope",
    "check",
    "office",
)
"""What questions can be about."""


class Interval(NamedTuple):
    """Days from `first` to `last`, both included; `last` None is open."""

    first: date
    last: date | None

    def covers(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.first <= day and (self.last is None or day <= self.last)


class Known(NamedTuple):
    """A finding of the check that is true of the document: its kind, its item, and why."""

    kind: str
    item: str
    because: Bilingual
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """One scheme of one pooling area over one in-force interval.

    `digest` is the SHA-256 of everything its meaning depends on; two policies are the same object
    or different ones (no structural equality), so compiled plans can hang on them.
    """

    id: str
    title: Bilingual
    area: str
    scheme: str
    document: str
    in_force: Interval
    in_force_mark: Mark
    facts: Mapping[str, Fact]
    derived: Mapping[str, DerivedFact]
    tables: Mapping[str, Table]
    given: Mapping[str, Given]
    meters: Mapping[str, Meter]
    scopes: tuple[Scope, ...]  # in the order of the bill's way
    benefits: tuple[Benefit, ...]  # in the order of payment
    stand_ins: tuple[StandIn, ...]
    account_mark: Mark | None  # set where no rule says what the account pays, or there is none
    no_account: bool
    readings: Mapping[str, Reading]
    chapters: Mapping[str, tuple[str, ...]]  # heading -> `<word> <name>` of what stands in it
    funds: Mapping[str, Bilingual]
    causes: Mapping[str, Bilingual]
    file: str
    digest: str
    places: Mapping[str, Place] = field(default_factory=dict)  # `<word> <name>` -> where it stands
    questions: Mapping[str, Question] = field(default_factory=dict)
    answers: Mapping[str, AnswerTitle] = field(default_factory=dict)
    known: tuple[Known, ...] = ()
    best: tuple[Best, ...] = ()
    idle: frozenset[str] = frozenset()  # facts that only other versions use
    services: Mapping[str, tuple[Service, ...]] = field(default_factory=dict)
