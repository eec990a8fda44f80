"""A town with a small catalogue, for tests: sheets from text, and visits to put items on."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple

from book_place import TODAY, do, identity, insured, new_at
from gongji.book.book import Book
from gongji.book.care.visits import begin_visit
from gongji.book.catalogue.kept_lines import KeptLine
from gongji.book.catalogue.lines import add_items
from gongji.book.catalogue.list_facts import load_list_facts
from gongji.book.catalogue.loading import Loaded, load_catalogue
from gongji.book.catalogue.pricing import CodedLine
from gongji.book.persons.people import register
from gongji.book.places import open_area, open_institution, open_scheme
from gongji.book.registrations.applications import Application
from gongji.book.registrations.registering import apply
from gongji.book.rules import scheme_of
from gongji.book.sheets import Sheet, read_sheet
from gongji.policy.versions import Library
from gongji.wording import Bilingual

__all__ = ["OPENED", "Town", "line", "load", "sheet", "stay", "town_at", "upload"]

OPENED = date(2024, 1, 1)

ITEMS = """
code,name,kind,item_class,since,until,restricted
XA01,阿司匹林肠溶片,drug,甲,2024-01-01,,
XB02,头孢呋辛酯片,drug,乙,2024-01-01,,
XB05,利妥昔单抗注射液,药品,乙,2024-01-01,,是
XB06,肿瘤坏死因子抑制剂,drug,class_b,2024-01-01,,
C03,冠脉支架,material,乙,2024-01-01,,
S04,特需挂号费,service,丙,2024-01-01,,
S07,悬浮红细胞,service,甲,2024-01-01,,
XA09,旧版注射液,drug,甲,2024-01-01,2024-03-31,
"""
CAPS = """
item,cap,since,tier
XB02,10,2024-01-01,
XB02,11.5,2024-01-01,tier_3
C03,40000,2024-01-01,
"""
RATES = """
item,rate,since,policy
class_b,10%,2024-01-01,changzhou/employee
XB05,0.05,2024-01-01,
XB06,0,2024-01-01,
"""
LISTS = """
item,list,since
XB05,rare_disease,2024-01-01
XB06,city_list,2024-01-01
XB02,chronic_hypertension,2024-01-01
C03,special_material,2024-01-01
S07,blood,2024-01-01
"""
LIST_FACTS = """
list,fact,value,if_fact,if_value
blood,item,blood,,
special_material,item,special_material,,
special_material,quantity,@quantity,,
rare_disease,drug_list,rare_disease,,
city_list,drug_list,city_list,,
chronic_hypertension,in_chronic_list,yes,chronic_diseases,高血压
drug,in_chronic_list,no,,
"""


class Town(NamedTuple):
    """A book with a hospital, one insured person, and a catalogue."""

    book: Book
    person: int
    scheme: int


def sheet(text: str, name: str = "catalogue.csv") -> Sheet:
    return read_sheet(name, text.strip().encode())


def load(town: Town, kind: str, text: str, day: date = TODAY, **more: Any) -> Loaded:
    found: Loaded = do(
        town.book,
        lambda act: load_catalogue(act, town.book.library, kind, sheet(text), **more),
        day=day,
    )
    return found


def town_at(address: str, folder: Path, library: Library) -> Town:
    book = new_at(address, folder, library)

    def opened(act: Any) -> Town:
        open_area(act, "320400", Bilingual("常州", "Changzhou"))
        scheme = open_scheme(act, library, "320400", "changzhou/employee", {})
        facts = {"provider": "hospital", "tier": "tier_3", "designated": "yes"}
        open_institution(act, "320400", "H1", "常州一院", OPENED, facts)
        open_institution(act, "320400", "H2", "常州二院", OPENED, {**facts, "tier": "tier_2"})
        person = register(act, identity("320402", "19800101", 1), "张三")
        who = {"category": "active", "chronic_diseases": "hypertension"}
        insured(act, library, person, scheme, OPENED, who)
        papers = ["cell_diagnosis", "imaging", "gene_test", "treatment_record", "discharge_summary"]
        drugs = {"filed_on": "2024-01-01"}
        places = ["H1", "H2"]
        asked = Application(OPENED, drugs, papers, places)
        apply(act, library, person, "dual_channel_application", asked)
        its = scheme_of(act.connection, scheme)
        texts = {"items": ITEMS, "caps": CAPS, "rates": RATES, "lists": LISTS}
        for kind, text in texts.items():
            load_catalogue(act, library, kind, sheet(text))
        load_list_facts(act, library, its, OPENED, sheet(LIST_FACTS))
        return Town(book, person, scheme)

    town: Town = do(book, opened, day=OPENED)
    return town


def stay(
    town: Town,
    since: str,
    until: str,
    *,
    institution: str = "H1",
    setting: str = "inpatient",
    channel: Literal["direct", "claim"] = "direct",
    day: date = TODAY,
) -> int:
    """A visit from a day to a day, without lines."""

    def work(act: Any) -> int:
        return begin_visit(
            act, town.book.library, town.person, institution, date.fromisoformat(until),
            {"setting": setting}, date.fromisoformat(since), channel,
        )  # fmt: skip

    visit: int = do(town.book, work, day=day)
    return visit


def line(serial: str, code: str | None, quantity: str, price: str, **more: Any) -> CodedLine:
    day = date.fromisoformat(more.pop("day", "2024-03-02"))
    return CodedLine(serial, day, quantity, price, code, **more)


def upload(town: Town, visit: int, *lines: CodedLine, **more: Any) -> list[KeptLine]:
    found: list[KeptLine] = do(
        town.book, lambda act: add_items(act, town.book.library, visit, lines), **more
    )
    return found
