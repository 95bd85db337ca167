"""schemathesis over every operation and three roles: no server error, no status, header or body that the document does not have."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS
from schemathesis.generation.case import Case

from academy.platform import config as configuration
from academy.platform import events
from academy.platform.auth import tokens
from academy.platform.db import work as unit_of_work
from infra.openapi.routes import load_apis
from tests.api import Client
from tests.cloud import mocked_cloud
from tests.conftest import Databases
from tests.contract.wsgi import Wsgi
from tests.factories import Factory
from tests.issuer import Issuer

CHECKED = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
EXAMPLES = 6
"""Per operation and role; enough to meet each field once wrong and once right within the suite's minutes."""


@dataclass(frozen=True)
class World:
    """An academy with one of everything, so that ids lead somewhere."""

    users: dict[str, dict[str, Any]]
    ids: dict[str, str]


@pytest.fixture(scope="module")
def fuzzed(databases: Databases, issuer: Issuer) -> Iterator[tuple[Client, World]]:
    """One database for the whole module: what one case leaves behind is the next one's surprise."""
    name = databases.copy()
    make = Factory(databases.owner_url(name))
    with pytest.MonkeyPatch.context() as patch, mocked_cloud(patch, issuer):
        patch.setenv("DATABASE_URL", databases.app_url(name))
        patch.setenv("USER_POOL_ISSUER", issuer.url)
        patch.setattr(events, "put", lambda envelopes: [envelope.id for envelope in envelopes])
        for cached in (configuration.config, tokens.verifier, unit_of_work.database):
            cached.cache_clear()
        yield Client(issuer), build_world(make)
        unit_of_work.database().discard()
        for cached in (configuration.config, tokens.verifier, unit_of_work.database):
            cached.cache_clear()
    make.close()
    databases.drop(name)


def build_world(make: Factory) -> World:
    teacher, student, admin = make.user("instructor"), make.user(), make.user("admin")
    course = make.course(teacher)
    sections = make.outline(course)
    make.enrollment(student, course)
    module_id = make.value("select module_id from lessons where id = :id", id=sections[0]["lesson_id"])
    ids = {
        "courses": course["id"],
        "lessons": sections[0]["lesson_id"],
        "sections": sections[0]["id"],
        "modules": module_id,
        "users": student["id"],
    }
    return World({"student": student, "instructor": teacher, "admin": admin}, {name: str(value) for name, value in ids.items()})


@pytest.fixture(scope="module")
def contract(fuzzed: tuple[Client, World]) -> Any:
    client, _ = fuzzed
    return schemathesis.openapi.from_dict(client.contract.document)


OPERATIONS = [
    (endpoint.method, f"/api/v1{endpoint.path}" if endpoint.prefixed else endpoint.path)
    for api in load_apis().values()
    for endpoint in api.endpoints
    if not endpoint.path.startswith("/docs")
]


@pytest.mark.slow
@pytest.mark.parametrize("role", ["student", "instructor", "admin"])
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_the_api_keeps_its_contract(method: str, path: str, role: str, contract: Any, fuzzed: tuple[Client, World]) -> None:
    client, world = fuzzed
    headers = {"Authorization": f"Bearer {client.token(world.users[role])}"}
    checks: Any = [CHECKS.get_one(name) for name in CHECKED]

    @given(case=contract[path][method].as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    def keeps(case: Case[Any]) -> None:
        for name in case.path_parameters or {}:
            before = path.partition("{" + name + "}")[0].strip("/").rpartition("/")[2]
            if before in world.ids:
                case.path_parameters[name] = world.ids[before]
        case.call_and_validate(app=Wsgi(client), headers=headers, checks=checks)

    keeps()
