"""Where policies are looked for, and where in a case file a refusal arose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from gongji.cases.case import Case
from gongji.policy.problems import FileRefused
from gongji.policy.versions import BUILT_IN, Library
from gongji.wording import Bilingual, Refused

__all__ = ["PoliciesOption", "library_of", "located"]

PoliciesOption = Annotated[
    Path | None,
    typer.Option(
        "--policies",
        help="另加一个政策文件夹（城市/制度/日期.yaml） · a folder of further policies",
        show_default=False,
    ),
]


def library_of(folder: Path | None) -> Library:
    """The built-in policies, and those of a folder of one's own."""
    if folder is None:
        return Library()
    if not folder.is_dir():
        raise Refused(
            "bad_input",
            Bilingual(f"--policies：{folder} 不是文件夹", f"--policies: {folder} is not a folder"),
            {"field": "--policies"},
        )
    if not Library((folder,)).ids():
        raise Refused(
            "bad_input",
            Bilingual(
                f"--policies：{folder} 里没有 城市/制度/YYYY-MM-DD.yaml；请给出上一级文件夹",
                f"--policies: there is no city/scheme/YYYY-MM-DD.yaml in {folder}; give the folder "
                "that holds the cities",
            ),
            {"field": "--policies"},
        )
    return Library((BUILT_IN, folder))


@contextmanager
def located(case: Case) -> Iterator[None]:
    """Say of a refusal in which case of which file it arose."""
    try:
        yield
    except FileRefused:
        raise
    except Refused as refused:
        where = f"{case.place}: {case.id or case.title or 'case'}: "
        raise Refused(
            refused.kind, Bilingual(where, where) + refused.message, refused.details
        ) from None
