"""The whole API from its own description: no 5xx, every status and content type described.

`GONGJI_API_EXAMPLES` says how many requests are made up for each endpoint.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import CHECKS, load_all_checks
from sqlalchemy import insert, select

from api_place import PASSWORD, House, house_at, key, write
from gongji.api.application import rooms
from gongji.book.acts import moment_of
from gongji.book.schema.users import TOKEN, USER
from gongji.policy.versions import Library

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXAMPLES = int(os.environ.get("GONGJI_API_EXAMPLES", "12"))

load_all_checks()
schemathesis.serializer.alias("text/csv", "text/plain")
schemathesis.serializer.alias(XLSX, "application/octet-stream")
described = schemathesis.openapi.from_dict(rooms().openapi())
REFUSED_FOR_GOOD_REASON: list[Any] = [CHECKS.get_one("positive_data_acceptance")]
"""What fits the description can be refused all the same, with a reason."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with house_at(str(folder / "book.db"), folder, library) as found:
        with found.client("supervisor") as boss, found.client("institution") as hospital:
            write(boss, "/areas", {"code": "321100", "name": {"zh": "镇江", "en": "Zhenjiang"}})
            said = {"name": "far-away", "role": "supervisor", "area": "321100"}
            write(boss, "/users", {**said, "password": PASSWORD})
            visit = {
                "person": found.town.person, "institution": "H1", "day": "2024-03-01",
                "facts": {"setting": "inpatient"},
            }  # fmt: skip
            for number in (1, 2):
                write(hospital, "/visits", visit)
                write(hospital, f"/visits/{number}/lines", {"lines": [{"in_scope": "10.00"}]})
            write(hospital, "/visits/2/settlement")
        yield found


def token_of(house: House, name: str) -> str:
    """A token of a user, given without a log-in, which would be slowed down."""
    book, at = house.book, house.clock()
    with book.store.writing() as connection:
        user = connection.scalar(select(USER.c.id).where(USER.c.name == name))
        token = f"token of {name} {key()['Idempotency-Key']}".replace(" ", "-")
        until = moment_of(at + timedelta(hours=1))
        connection.execute(insert(TOKEN).values(hash=book.seal.hash(token), user=user, until=until))
    return token


@described.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_every_answer_is_described(case: Case[Any], house: House) -> None:
    operation = case.operation.definition.raw
    roles = operation.get("x-roles", [])
    name = "the-institution" if "institution" in roles else f"the-{roles[0]}" if roles else ""
    if "/users/{user}" in case.path:
        name = "far-away"  # who may close none of those that the other requests need
    headers = {"Authorization": f"Bearer {token_of(house, name)}"} if name else {}
    case.call_and_validate(
        base_url=house.url, headers=headers, excluded_checks=REFUSED_FOR_GOOD_REASON
    )


def test_examples_are_what_they_are_examples_of(house: House) -> None:
    """Every body and every answer has an example or is made of what has one, and it fits."""
    with house.client() as nobody:
        found = nobody.get(f"{house.url}/openapi.json").json()
    assert found["openapi"].startswith("3.1")
    shown = 0
    for name, schema in found["components"]["schemas"].items():
        for example in schema.get("examples", []):
            shown += 1
            whole = {"$ref": f"#/components/schemas/{name}", "components": found["components"]}
            jsonschema.validate(example, whole)
    assert shown > 25
    for methods in found["paths"].values():
        for operation in methods.values():
            for kind, media in operation.get("requestBody", {}).get("content", {}).items():
                if kind != "application/json":  # a file, of which CSV shows an example
                    assert kind == XLSX or media["example"], operation["operationId"]
                    continue
                body = media["schema"].get("anyOf", [media["schema"]])[0]  # it may be left out
                schema = body["$ref"].rpartition("/")[2]
                assert found["components"]["schemas"][schema]["examples"], operation["operationId"]
