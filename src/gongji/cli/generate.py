"""`gongji generate`: invented persons and a year of their claims, for `gongji batch` to settle."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gongji.cli.columnar import check_columnar
from gongji.cli.language import (
    JsonOption,
    LanguageOption,
    answering,
    chosen_language,
    print_json,
)
from gongji.cli.places import PoliciesOption, library_of
from gongji.policy.model import Policy
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Language, Refused

if TYPE_CHECKING:
    from gongji.generate.files import Written
    from gongji.generate.plan import Plan

__all__ = ["generate"]

_YEAR = 2024
"""The year of the claims where none is said and the policy is in force in it."""

_MOST_PERSONS = 10**12
_MOST_SEED = 2**64 - 1
_QUIET = 1
"""Seconds after which a run at a terminal says how far it is."""


def generate(
    policy: Annotated[
        str | None, typer.Option(help="政策 · policy, city/scheme or city/scheme@version")
    ] = None,
    persons: Annotated[int | None, typer.Option(help="人数 · how many persons")] = None,
    seed: Annotated[int, typer.Option(help="随机种子 · the same seed, the same files")] = 1,
    year: Annotated[
        int | None, typer.Option(help="年份 · year of the claims", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="文件夹，写入 claims.parquet 和 persons.parquet · folder for both files"),
    ] = None,
    claims: Annotated[
        Path | None, typer.Option(help="单据文件 · file of the claims, .parquet or .csv")
    ] = None,
    persons_out: Annotated[
        Path | None, typer.Option(help="人员文件 · file of the persons, .parquet or .csv")
    ] = None,
    order: Annotated[
        Literal["date", "person", "random"],
        typer.Option(help="单据的次序：按日、按人、打乱 · order of the claims"),
    ] = "date",
    lines_share: Annotated[
        int, typer.Option(help="每 1000 张单据中多行的张数 · bills of several lines in 1,000")
    ] = 30,
    threads: Annotated[int, typer.Option(help="线程数，不影响结果 · threads")] = 2,
    force: Annotated[bool, typer.Option("--force", help="覆盖已有文件 · overwrite")] = False,
    policies: PoliciesOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """生成虚构的参保人和一年的单据 · Make up insured persons and a year of their claims.

    政策、人数、种子相同，文件就相同。 · The same policy, persons and seed, the same files.
    """
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        _check_numbers(persons=persons, seed=seed, lines_share=lines_share, threads=threads)
        if policy is None or persons is None:
            raise _missing("--policy" if policy is None else "--persons")
        persons_file, claims_file = _files(out, claims, persons_out, force=force)
        chosen, in_year = _policy_of(library_of(policies), policy, year)
        check_columnar()
        from gongji.generate.files import write
        from gongji.generate.plan import plan_for

        plan = plan_for(chosen, seed, in_year, lines_share)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
        so_far = _progress(persons, language)
        written = write(plan, persons, persons_file, claims_file, order, threads, so_far)
        if as_json:
            print_json(_record(plan, written, persons_file, claims_file))
        else:
            typer.echo(_said(plan, written, persons_file, claims_file).in_(language))


def _check_numbers(**numbers: int | None) -> None:
    """Refuse numbers that are out of bounds."""
    bounds = {
        "persons": (1, _MOST_PERSONS),
        "seed": (0, _MOST_SEED),
        "lines_share": (0, 1000),
        "threads": (1, 256),
    }
    for name, number in numbers.items():
        least, most = bounds[name]
        option = f"--{name.replace('_', '-')}"
        if number is not None and not least <= number <= most:
            raise Refused(
                "bad_number",
                Bilingual(
                    f"{option}：{number}；应为 {least} 到 {most} 的整数",
                    f"{option}: {number}; expected a whole number from {least} to {most}",
                ),
                {"field": option},
            )


def _missing(option: str) -> Refused:
    return Refused(
        "missing_field",
        Bilingual(
            f"缺少 {option}；例如 gongji generate --policy 城市/制度 --persons 1000 --out 文件夹",
            f"{option} is missing; for example: gongji generate --policy city/scheme --persons "
            "1000 --out FOLDER",
        ),
        {"field": option},
    )


def _files(
    out: Path | None, claims: Path | None, persons_out: Path | None, *, force: bool
) -> tuple[Path, Path]:
    """Where to write, said in one of the two ways; what is there is kept unless `force`."""
    if out is not None and claims is None and persons_out is None:
        files = (out / "persons.parquet", out / "claims.parquet")
        if out.exists() and not out.is_dir():
            raise _bad("--out", f"{out} 不是文件夹", f"{out} is not a folder")
    elif out is None and claims is not None and persons_out is not None:
        files = (persons_out, claims)
        if persons_out.resolve() == claims.resolve():
            raise _bad(
                "--claims",
                "与 --persons-out 是同一个文件；请写到两个文件",
                "the same file as --persons-out; name two files",
            )
    else:
        raise _bad(
            "--out",
            "写 --out 文件夹，或同时写 --claims 和 --persons-out，两种写法只用其一",
            "say either --out FOLDER, or both --claims and --persons-out",
        )
    for file in files:
        if out is None and not file.parent.is_dir():
            raise _bad(str(file), "所在的文件夹不存在", "its folder does not exist")
        if file.is_dir():
            raise _bad(str(file), "是文件夹", "it is a folder")
        if file.exists() and not force:
            raise _bad(
                str(file),
                "文件已经存在；要覆盖请加 --force",
                "the file exists; add --force to overwrite it",
            )
    return files


def _bad(where: str, zh: str, en: str) -> Refused:
    return Refused("bad_input", Bilingual(f"{where}：{zh}", f"{where}: {en}"), {"field": where})


def _policy_of(library: Library, name: str, year: int | None) -> tuple[Policy, int]:
    """The version to make claims for, and their year.

    Of several versions of a year it is the last; a version named with `@` holds for any year.
    """
    if year is not None and not 1970 <= year <= 2100:
        raise _bad("--year", f"{year}；应为 1970 到 2100", f"{year}; expected 1970 to 2100")
    versions = library.versions(name)
    latest = versions[-1].in_force
    wanted = _YEAR if year is None else year
    first, last = date(wanted, 1, 1), date(wanted, 12, 31)
    held = [
        one.in_force
        for one in versions
        if one.in_force.first <= last and (one.in_force.last is None or first <= one.in_force.last)
    ]
    if held:
        return library.policy(name, min(last, held[-1].last or last)), wanted
    if year is None:
        day = latest.last or latest.first
        return library.policy(name, day), day.year
    return library.policy(name, last), wanted


def _progress(persons: int, language: Language) -> Callable[[int], None]:
    """Say on a terminal how far a run is that takes its time."""
    began = monotonic()
    shown = sys.stderr.isatty()

    def so_far(done: int) -> None:
        if shown and monotonic() - began > _QUIET:
            words = Bilingual(f"{done:,} / {persons:,} 人", f"{done:,} of {persons:,} persons")
            end = "\r" if done < persons else "\n"
            sys.stderr.write(f"{words.in_(language)}{end}")
            sys.stderr.flush()

    return so_far


def _record(
    plan: Plan, written: Written, persons_file: Path, claims_file: Path
) -> dict[str, str | int]:
    return {
        "policy": plan.policy.id,
        "version": str(plan.policy.in_force.first),
        "first_day": str(plan.window.first),
        "last_day": str(plan.window.last),
        "persons": written.persons,
        "claims": written.claims,
        "persons_file": str(persons_file),
        "claims_file": str(claims_file),
    }


def _said(plan: Plan, written: Written, persons_file: Path, claims_file: Path) -> Bilingual:
    first, last = plan.window
    return Bilingual(
        f"{plan.policy.id}（{plan.policy.in_force.first} 起），{first} 至 {last}："
        f"{written.persons:,} 人 → {persons_file}；{written.claims:,} 行单据 → {claims_file}",
        f"{plan.policy.id} (from {plan.policy.in_force.first}), {first} to {last}: "
        f"{written.persons:,} persons in {persons_file}, {written.claims:,} rows of claims in "
        f"{claims_file}",
    )
