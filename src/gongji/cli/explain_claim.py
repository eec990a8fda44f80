"""`gongji explain`: one claim of a batch, step by step, as `gongji settle` tells of a visit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gongji.cli.columnar import check_columnar
from gongji.cli.language import (
    JsonOption,
    LanguageOption,
    answering,
    chosen_language,
    print_json,
)
from gongji.cli.parameters import ParameterOption, parameters_of
from gongji.cli.places import PoliciesOption, library_of
from gongji.wording import Bilingual, Refused

__all__ = ["explain"]


def explain(
    claim: Annotated[
        str | None, typer.Argument(help="单据号 · the claim's id", show_default=False)
    ] = None,
    policy: Annotated[str | None, typer.Option(help="政策 · policy, city/scheme")] = None,
    claims: Annotated[Path | None, typer.Option(help="单据 · claims, as for batch")] = None,
    persons: Annotated[Path | None, typer.Option(help="人员 · persons, as for batch")] = None,
    settled: Annotated[
        Path | None, typer.Option(help="加 --steps 的结算结果 · what batch --steps wrote")
    ] = None,
    parameter: ParameterOption = None,
    ignore: Annotated[
        list[str] | None, typer.Option(help="不读的列 · a column to leave out")
    ] = None,
    policies: PoliciesOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """说明成批结算中的一张单据 · Explain one claim of a batch, every fen of it.

    用当时的单据、人员，和 --steps 写下的结算前累计。 · From the claims and persons of the batch and
    the meters that --steps wrote.
    """
    language = chosen_language(lang)
    with answering(language, as_json=as_json):
        if claim is None or policy is None or claims is None or settled is None:
            raise _missing()
        check_columnar()
        from gongji.batch.explain import explained
        from gongji.batch.sources import opened
        from gongji.cli.show import console, show_settlement
        from gongji.explain.explanation import explain as explain_settlement
        from gongji.explain.record import record_of

        library = library_of(policies)
        one = explained(
            library,
            policy,
            claim,
            opened(claims, "--claims"),
            opened(persons, "--persons") if persons is not None else None,
            opened(settled, "--settled"),
            parameters_of(library, policy, parameter),
            tuple(ignore or ()),
        )
        told = explain_settlement(one, library.document(one.policy.document))
        if as_json:
            print_json(record_of(told))
        else:
            show_settlement(told, language, console())


def _missing() -> Refused:
    return Refused(
        "missing_field",
        Bilingual(
            "要有单据号、--policy、--claims 和 --settled；例如 gongji explain 1001 --policy "
            "城市/制度 --claims claims.parquet --persons persons.parquet --settled settled.parquet",
            "the claim, --policy, --claims and --settled are needed; for example: gongji explain "
            "1001 --policy city/scheme --claims claims.parquet --persons persons.parquet --settled "
            "settled.parquet",
        ),
    )
