"""The demo, for people and for machines: what is there, who may ask it, what to try next."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from gongji.book.access.users import ROLE_TITLES
from gongji.cli.open_book import Place
from gongji.cli.show import console
from gongji.cli.wrap import cells
from gongji.money import format_yuan, grouped_yuan
from gongji.policy.versions import Library
from gongji.policy.walk import funds_of
from gongji.wording import Bilingual, Language

if TYPE_CHECKING:
    from gongji.demo.census import AreaCount, Census
    from gongji.demo.making import Made
    from gongji.demo.users import LogIn

__all__ = ["demo_record", "show_demo", "show_served"]

_ALL_INVENTED = Bilingual(
    "人和机构都是虚构的：身份证号以 99 开头，没有这样的省份。",
    "People and institutions are invented: identity numbers begin with 99, which is no province.",
)
_ACCOUNTS = Bilingual("个人账户", "personal accounts")
_USERS = Bilingual(
    "用户和密码（密码只显示这一次）", "Users and passwords, which are shown only now"
)
_SIGN_INS = Bilingual(
    "登录用的用户和密码（每次启动都换新密码）",
    "Users and passwords to sign in with, new each time",
)
_HOW_TO_STOP = Bilingual("按 Ctrl-C 停止", "Ctrl-C stops it")
_NEXT = Bilingual("接下来可以", "Try next")
_NEXT_DO = (
    Bilingual("全部重算一遍，核对到分", "work everything out again, to the fen"),
    Bilingual("启动接口", "serve it over HTTP"),
    Bilingual("另开一个终端，以经办人员身份登录", "log in as the clerk, from another terminal"),
)
_NAMES = 28
"""Columns for what a fund is called."""
_MONEY = 16
_URL = "http://127.0.0.1:8000/v1/tokens"


def demo_record(place: Place, made: Made) -> dict[str, object]:
    """The demo as JSON: money as strings of yuan."""
    census = made.census
    return {
        "book": place.address,
        "key": str(place.key),
        "areas": [
            {
                "code": one.code, "zh": one.name.zh, "en": one.name.en,
                "institutions": one.institutions, "employers": one.employers,
                "persons": one.persons,
                "funds": {name: format_yuan(fen) for name, fen in one.funds.items()},
                "accounts": format_yuan(one.accounts),
            }
            for one in census.areas
        ],
        **{name: count for name, count in census._asdict().items() if name != "areas"},
        "users": [one._asdict() for one in made.users],
    }  # fmt: skip


def show_demo(place: Place, made: Made, library: Library, language: Language) -> None:
    """The demo as a page."""
    out = console()
    made_here = Bilingual(
        f"演示城市建好了：{place.address}，密钥 {place.key}",
        f"The demo is made: {place.address}, its key {place.key}",
    )
    _print(out, Text(made_here.in_(language), "bold"))
    _print(out, Text(_ALL_INVENTED.in_(language)))
    for area in made.census.areas:
        _print(out, Text())
        _show_area(out, area, library, language)
    _print(out, Text())
    _print(out, Text(_of_the_year(made.census).in_(language)))
    _print(out, Text())
    _print(out, Text(_USERS.in_(language), "bold"))
    _show_users(out, made.users, language)
    _print(out, Text())
    _print(out, Text(_NEXT.in_(language), "bold"))
    for does, command in zip(_NEXT_DO, _commands(place, made), strict=True):
        _print(out, Text(f"  {does.in_(language)}", "dim"))
        _print(out, Text(f"  {command}"))


def show_served(url: str, place: Place, users: list[LogIn] | None, language: Language) -> None:
    """Where a book is served; `users` are those of a demo, with their passwords."""
    out = console()
    if users is not None:
        demo = Bilingual(
            f"演示账册 {place.address}，密钥 {place.key}",
            f"The demo is {place.address}, its key {place.key}",
        )
        _print(out, Text(demo.in_(language)))
        _print(out, Text(_ALL_INVENTED.in_(language)))
        _print(out, Text())
        _print(out, Text(_SIGN_INS.in_(language), "bold"))
        _show_users(out, users, language)
        _print(out, Text())
    where = Bilingual(f"请在浏览器里打开 {url}", f"Open {url} in a browser")
    _print(out, Text(where.in_(language), "bold"))
    _print(out, Text(_HOW_TO_STOP.in_(language), "dim"))


def _show_area(out: Console, area: AreaCount, library: Library, language: Language) -> None:
    counts = Bilingual(
        f"医药机构 {area.institutions}，单位和学校 {area.employers}，参保人员 {area.persons}",
        f"institutions {area.institutions}, employers and schools {area.employers}, insured "
        f"{area.persons}",
    )
    title = Text.assemble((area.name.in_(language), "bold"), f"  {counts.in_(language)}")
    _print(out, title)
    for policy_id in dict.fromkeys(name.partition(" ")[0] for name in area.funds):
        latest = library.versions(policy_id)[-1].in_force.first
        policy = library.policy(f"{policy_id}@{latest}", latest)
        _print(out, Text(f"  {policy.title.in_(language)}", "dim"))
        for fund in funds_of(policy):
            fen = area.funds.get(f"{policy_id} {fund}")
            if fen is not None:
                _print(out, _money(policy.funds[fund].in_(language), fen))
    if area.accounts:
        _print(out, _money(_ACCOUNTS.in_(language), area.accounts))


def _money(name: str, fen: int) -> Text:
    shown = f"-{grouped_yuan(-fen)}" if fen < 0 else grouped_yuan(fen)
    return Text(f"    {name}{' ' * (_NAMES - cells(name))}{shown:>{_MONEY}}")


def _of_the_year(census: Census) -> Bilingual:
    return Bilingual(
        f"2024 年：结算 {census.settlements:,}，缴费到账 {census.receipts}，登记备案 "
        f"{census.registrations}，救助认定 {census.approvals}，零星报销 {census.claims}，分录 "
        f"{census.entries:,}",
        f"2024: settlements {census.settlements:,}, receipts of contributions {census.receipts}, "
        f"registrations {census.registrations},\n      approvals of aid {census.approvals}, claims "
        f"{census.claims}, journal entries {census.entries:,}",
    )


def _show_users(out: Console, users: list[LogIn], language: Language) -> None:
    for user in users:
        _print(out, _user(user, language))


def _user(user: LogIn, language: Language) -> Text:
    role = ROLE_TITLES[user.role].in_(language)
    return Text(f"  {user.name:<12}{user.password}   {role} {user.bound}".rstrip())


def _commands(place: Place, made: Made) -> list[str]:
    """What to try next, to be copied as it stands."""
    options = f"--book {shlex.quote(place.address)}"
    if str(place.key) != f"{place.address}.key":
        options += f" --key {shlex.quote(str(place.key))}"
    (clerk,) = [one for one in made.users if one.role == "clerk"]
    said = f'{{"name": "{clerk.name}", "password": "{clerk.password}"}}'
    return [
        f"gongji book verify {options}",
        f"gongji serve {options}",
        f"curl {_URL} --json '{said}'",
    ]


def _print(out: Console, text: Text) -> None:
    out.print(text, soft_wrap=True)
