"""How often things are so: the distributions that invented persons and bills are drawn from.

Every number is a share in whole parts (of what its docstring says) or an amount in whole yuan.
They are plausible, not measured: orders of magnitude of Chinese cities around 2023.  They are
said by the words that all policies share; what a policy adds of its own is drawn evenly.
`docs/generate.md` shows them in tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = [
    "ACCOUNT",
    "CARE",
    "CATEGORIES",
    "CHANGED",
    "CHANGED_OF_PERSON",
    "DRUGS",
    "LINES",
    "LIVES",
    "LONGEST_AGO",
    "MONTHS",
    "OTHER_CARE",
    "OTHER_CHANGE",
    "PARTS",
    "PROVIDERS",
    "SCHEMES",
    "SPECIAL_DISEASE",
    "TIERS",
    "TIERS_OF_STAYS",
    "TIER_COST",
    "VALUES",
    "WEEKDAYS",
    "Care",
    "Category",
    "Life",
    "Part",
]


class Life(NamedTuple):
    """A stretch of life: ages (whole years, triangular) and how much care it needs.

    `chronic` and `special` are persons in 1,000 with a chronic or a special disease.  `visits` is
    the median of bills a year in hundredths, for persons without such a disease; `stays` is how
    many stays there are for 100 of those of working age, bill for bill.
    """

    youngest: int
    likeliest: int
    oldest: int
    chronic: int
    special: int
    visits: int
    stays: int


LIVES: Mapping[str, Life] = {
    "infant": Life(0, 1, 2, 2, 1, 420, 130),
    "child": Life(3, 4, 6, 4, 2, 330, 70),
    "student": Life(6, 13, 22, 10, 3, 140, 40),
    "working": Life(20, 37, 58, 60, 6, 220, 100),
    "grown": Life(18, 52, 90, 150, 9, 260, 140),
    "old": Life(55, 66, 94, 380, 20, 480, 200),
    "oldest": Life(88, 91, 99, 600, 30, 700, 300),
}
"""Stretches of life by name."""


class Category(NamedTuple):
    """A category of insured: its share among those that a policy has, and its stretch of life."""

    share: int
    life: str


CATEGORIES: Mapping[str, Category] = {
    "active": Category(6200, "working"),
    "retired": Category(2600, "old"),
    "veteran": Category(10, "oldest"),
    "flexible": Category(1000, "working"),
    "flexible_retired": Category(350, "old"),
    "urban_village_pensioner": Category(150, "old"),
    "resident": Category(6000, "grown"),
    "student": Category(2800, "student"),
    "preschool": Category(700, "child"),
    "infant": Category(500, "infant"),
}
"""By the value of `category`; another category is as `resident`."""

SCHEMES: Mapping[str, str] = {"student": "student", "employee": "working"}
"""The stretch of life where a policy has no categories, by the end of its id; else `grown`."""


class Care(NamedTuple):
    """A setting: how many of 10,000 bills it has, and what they cost.

    The shares are those of persons without registered disease, with a chronic and with a special
    one.  `median` is in yuan; two thirds of bills lie between it divided by `spread` tenths and it
    times `spread` tenths.
    """

    ordinary: int
    chronic: int
    special: int
    median: int
    spread: int


CARE: Mapping[str, Care] = {
    "outpatient": Care(7000, 4600, 3600, 190, 24),
    "pharmacy": Care(2100, 1500, 900, 90, 22),
    "emergency": Care(300, 250, 300, 380, 24),
    "inpatient": Care(170, 260, 700, 7800, 24),
    "maternity": Care(40, 5, 5, 420, 20),
    "day_surgery": Care(30, 40, 60, 5200, 17),
    "emergency_rescue": Care(8, 15, 25, 3200, 24),
    "chronic": Care(0, 3000, 600, 280, 20),
    "special": Care(0, 0, 3300, 1500, 28),
    "dual_channel": Care(0, 20, 250, 6500, 21),
    "negotiated_drug": Care(0, 20, 250, 4200, 21),
    "rare_disease_fund": Care(0, 0, 8, 90000, 18),
}
"""By the value of `setting`."""

OTHER_CARE = Care(200, 200, 200, 300, 24)
"""A setting that only one policy knows."""

TIER_COST: Mapping[str, int] = {"tier_1": 55, "tier_2": 90, "tier_3": 140, "unrated": 50}
"""What a bill costs at a hospital of that tier, for 100 of the median of its setting."""

TIERS: Mapping[str, int] = {"tier_1": 40, "tier_2": 28, "tier_3": 30, "unrated": 2}
TIERS_OF_STAYS: Mapping[str, int] = {"tier_1": 10, "tier_2": 38, "tier_3": 51, "unrated": 1}
"""Parts of 100 of the bills that say a tier; of stays and costly care the second."""

PROVIDERS: Mapping[str, Mapping[str, int]] = {
    "outpatient": {"hospital": 58, "primary": 35, "clinic": 3, "pharmacy": 4},
    "emergency": {"hospital": 95, "primary": 5},
    "chronic": {"hospital": 50, "primary": 50},
    "inpatient": {"hospital": 95, "primary": 5},
    "pharmacy": {"pharmacy": 100},
}
"""Parts of 100 by setting, where a policy asks for the kind of provider."""

VALUES: Mapping[str, Mapping[str, int]] = {
    "entitlement": {"normal": 985, "none": 10},
    "referral": {"unreferred": 400, "referred": 500, "emergency": 95},
    "prescriber": {"hospital": 50, "primary": 40, "clinic": 5, "none": 5},
}
"""Relative shares of the values of facts without a default; a value not listed has 5."""

SPECIAL_DISEASE = "special_disease"
"""The fact of a bill that names the special disease a person has all year."""

CHANGED: Mapping[str, Mapping[str, int]] = {
    "care_area": {"long_term": 150, "referred": 120, "emergency": 60, "unreferred": 120},
    "designated": {"no": 20},
    "use_account": {"no": 100},
    "item_class": {"class_b": 900},
    "item": {"blood": 20, "special_material": 60},
    "drug_list": {"city_list": 500, "rare_disease": 20},
}
"""In 10,000 bills, how many say another value than the default of a fact of the bill."""

CHANGED_OF_PERSON: Mapping[str, Mapping[str, int]] = {
    "entitlement": {"none": 60, "employer_arrears": 40},
    "hardship": {"yes": 150},
    "aid_category": {"dibao": 120, "tekun": 25, "orphan": 5, "other": 30},
}
"""In 10,000 persons, how many have another value than the default of a fact of the person."""

OTHER_CHANGE = 40
"""The same for a fact that is not listed: so many in 10,000, shared evenly by its other values."""

LINES = ("item", "item_class", "quantity", "in_chronic_list", "drug_list")
"""Facts in which the lines of one bill differ."""

DRUGS = 20
"""How many names there are for a fact of the bill that is a name."""

LONGEST_AGO = 30
"""Years to the farthest day of a person's past that a bill asks for."""


class Part(NamedTuple):
    """A part of a bill that is not in scope: on so many of 100 bills, up to so much of 100."""

    bills: int
    most: int


PARTS: Mapping[str, Part] = {
    "over_price_cap": Part(4, 6),
    "prior_self_pay": Part(45, 16),
    "out_of_catalogue": Part(35, 20),
}
"""By part; the share of a bill that has the part is even between nothing and the most."""

ACCOUNT = (1600, 33, 12)
"""Balance of the personal account: median in yuan, spread in tenths, and how many of 100 are 0."""

WEEKDAYS = (120, 112, 108, 106, 108, 80, 66)
"""Bills on a Monday, a Tuesday ... for 100 of the day that is even."""

MONTHS = (112, 92, 106, 104, 101, 97, 96, 94, 96, 94, 101, 107)
"""Bills in January, February ... day for day, for 100 of the month that is even."""
