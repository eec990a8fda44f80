"""Which language a run speaks, and how it ends when it cannot answer."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn, cast

import typer

from gongji.wording import Language, Refused, shortened

__all__ = [
    "BAD_INPUT",
    "FAILED",
    "JsonOption",
    "LanguageOption",
    "answering",
    "chosen_language",
    "print_json",
    "refuse",
    "say_refusal",
]

FAILED = 1
BAD_INPUT = 2


def _checked(value: str | None) -> str | None:
    if value is not None and value not in ("zh", "en"):
        raise typer.BadParameter("zh 或 en · zh or en")
    return value


LanguageOption = Annotated[
    str | None,
    typer.Option(
        "--lang",
        callback=_checked,
        metavar="zh|en",
        help="语言，缺省中文 · language, Chinese first",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON for machines")]


def chosen_language(option: str | None) -> Language:
    """The language asked for; else GONGJI_LANG; else English for an English locale, or Chinese."""
    wanted = option or os.environ.get("GONGJI_LANG", "")
    if wanted in ("zh", "en"):
        return cast(Language, wanted)
    locale = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "en" if locale.startswith("en") else "zh"


def print_json(value: object) -> None:
    """Print a record as JSON on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


@contextmanager
def answering(language: Language, *, as_json: bool) -> Iterator[None]:
    """Turn a refusal into one clear sentence (or a JSON object) and exit status 2."""
    try:
        yield
    except Refused as refused:
        refuse(refused, language, as_json=as_json)


def refuse(refused: Refused, language: Language, *, as_json: bool) -> NoReturn:
    """Say why there is no answer, and end with exit status 2."""
    say_refusal(refused, language, as_json=as_json)
    raise typer.Exit(BAD_INPUT)


def say_refusal(refused: Refused, language: Language, *, as_json: bool) -> None:
    """Why there is no answer, in one sentence; control characters of the input are not echoed."""
    if as_json:
        from gongji.explain.record import refusal_record

        print_json(refusal_record(refused))
    lines = refused.message.in_(language).split("\n")
    sys.stderr.write("".join(f"{shortened(line, len(line))}\n" for line in lines))
