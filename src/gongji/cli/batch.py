"""`gongji batch`: whole tables of claims settled, from files to files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from gongji.cli.columnar import check_columnar
from gongji.cli.language import (
    FAILED,
    JsonOption,
    LanguageOption,
    answering,
    chosen_language,
    print_json,
)
from gongji.cli.parameters import ParameterOption, parameters_of
from gongji.cli.places import PoliciesOption, library_of
from gongji.cli.progress import progress_at_terminal
from gongji.cli.show_batch import batch_record, show_batch
from gongji.wording import Bilingual, Refused

__all__ = ["batch"]

_MEGABYTE = 1 << 20


_Policy = Annotated[
    str | None, typer.Option(help="政策 · policy, city/scheme or city/scheme@version")
]
_Claims = Annotated[
    Path | None, typer.Option(help="单据，.parquet、.csv 或文件夹 · claims: Parquet, CSV, a folder")
]
_Persons = Annotated[
    Path | None,
    typer.Option(help="人员，.parquet、.csv 或文件夹 · persons: Parquet, CSV, a folder"),
]
_Out = Annotated[Path | None, typer.Option(help="结算结果 · where settled claims go")]
_Rejects = Annotated[
    Path | None, typer.Option(help="未结算的行，缺省在结果旁 · where rejected rows go")
]
_Ignore = Annotated[
    list[str] | None, typer.Option(help="不读的列，* 为所有不认识的 · a column to leave out")
]
_Causes = Annotated[
    bool, typer.Option("--causes", help="加写各种自付原因 · what each cause laid on the person")
]
_Steps = Annotated[
    bool, typer.Option("--steps", help="加写结算前的累计，可逐条说明 · meters before each claim")
]
_By = Annotated[
    Literal["kernel", "python", "engine"],
    typer.Option(help="用什么结算，结果相同 · what settles; all give the same"),
]
_Threads = Annotated[
    int | None, typer.Option(help="线程数，不影响结果 · threads", show_default=False)
]
_Memory = Annotated[
    int, typer.Option(help="等待中的行最多占的内存（MB） · memory for waiting rows, in MB")
]
_Force = Annotated[bool, typer.Option("--force", help="覆盖已有文件 · overwrite")]


def batch(
    policy: _Policy = None,
    claims: _Claims = None,
    persons: _Persons = None,
    out: _Out = None,
    rejects: _Rejects = None,
    parameter: ParameterOption = None,
    ignore: _Ignore = None,
    causes: _Causes = False,
    steps: _Steps = False,
    by: _By = "kernel",
    threads: _Threads = None,
    memory: _Memory = 1024,
    force: _Force = False,
    policies: PoliciesOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """成批结算单据 · Settle whole tables of claims.

    线程、内存、输入的次序都不影响结果。 · Neither threads nor memory nor the order of rows change
    the result.
    """
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        for option, given in (("--policy", policy), ("--claims", claims), ("--out", out)):
            if given is None:
                raise _missing(option)
        assert policy is not None
        assert claims is not None
        assert out is not None
        check_columnar()
        from gongji.batch.files import settle_files
        from gongji.batch.memory import keep_pages
        from gongji.batch.regimes import Options
        from gongji.batch.run import Job
        from gongji.batch.sources import opened

        library = library_of(policies)
        library.versions(policy)
        beside = rejects or out.with_name(f"{out.stem}.rejects{out.suffix}")
        _check_targets(out, beside, [claims, *([persons] if persons else [])], force=force)
        job = Job(
            library,
            policy,
            opened(claims, "--claims"),
            opened(persons, "--persons") if persons is not None else None,
            parameters_of(library, policy, parameter),
            Options(causes, steps, by),
            tuple(ignore or ()),
            _number("--threads", os.cpu_count() or 1 if threads is None else threads, 256),
            _number("--memory", memory, 1 << 20) * _MEGABYTE,
        )
        keep_pages()
        summary = settle_files(job, out, beside, progress_at_terminal(language), replace=force)
        if as_json:
            print_json(batch_record(job, summary, out, beside))
        else:
            show_batch(job, summary, out, beside, language)
        if summary.rows and not summary.settled_rows:
            raise typer.Exit(FAILED)


def _check_targets(out: Path, rejects: Path, inputs: list[Path], *, force: bool) -> None:
    """Refuse targets that cannot be written, or that would destroy something."""
    from gongji.batch.writing import check_target

    for option, path in (("--out", out), ("--rejects", rejects)):
        check_target(path, option)
        if any(path.resolve() == one.resolve() for one in inputs):
            raise _bad(option, f"{path} 就是输入的文件", f"{path} is a file of the input")
        if any(path.resolve().parent == one.resolve() for one in inputs):
            raise _bad(
                option,
                f"{path} 在输入的文件夹里，会被当成输入",
                f"{path} is in a folder of the input",
            )
        if path.is_dir():
            raise _bad(option, f"{path} 是文件夹", f"{path} is a folder")
        if path.exists() and not force:
            raise _bad(
                option, f"{path} 已经存在；要覆盖请加 --force", f"{path} exists; --force overwrites"
            )
    if out.resolve() == rejects.resolve():
        raise _bad("--rejects", "与 --out 是同一个文件", "the same file as --out")


def _bad(where: str, zh: str, en: str) -> Refused:
    return Refused("bad_input", Bilingual(f"{where}：{zh}", f"{where}: {en}"), {"field": where})


def _number(option: str, number: int, most: int) -> int:
    if 1 <= number <= most:
        return number
    raise _bad(
        option,
        f"{number}；应为 1 到 {most} 的整数",
        f"{number}; expected a whole number from 1 to {most}",
    )


def _missing(option: str) -> Refused:
    return Refused(
        "missing_field",
        Bilingual(
            f"缺少 {option}；例如 gongji batch --policy 城市/制度 --claims claims.parquet "
            "--persons persons.parquet --out settled.parquet",
            f"{option} is missing; for example: gongji batch --policy city/scheme --claims "
            "claims.parquet --persons persons.parquet --out settled.parquet",
        ),
        {"field": option},
    )
