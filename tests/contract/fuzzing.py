"""One round of schemathesis: every operation of the document as one role, in all of its phases, with every check it has."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from unittest import mock

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.engine.run import PhaseName
from schemathesis.transport.wsgi import WSGITransport

from tests.api import Client
from tests.contract.excused import excused
from tests.contract.stocked import Stock
from tests.contract.wsgi import Wsgi

SEGMENTS = {
    "courses": "course",
    "lessons": "lesson",
    "sections": "section",
    "modules": "module",
    "users": "user",
    "generate": "job",
    "certificates": "certificate",
    "payments": "payment",
    "coupons": "coupon",
    "holds": "hold",
    "push-subscriptions": "browser",
    "badges": "badge",
}
PARAMETERS = {"cid": "course", "section_id": "section", "user_id": "user", "serial": "serial", "asset": "asset", "page": "page"}
"""What a path's parameter names, where the segment before it doesn't say so."""
FIELDS = {"courseId": "course", "lessonId": "lesson", "sectionId": "section", "moduleId": "module", "userId": "user"}
KNOWN = 0.85
"""How often an id is one that exists."""
AGAINST_A_RULE = ["402", "410", "412", "413", "422"]
"""Well formed and refused: what the schemas can't promise, so it is neither a false refusal nor a missing one."""


@dataclass
class Outcome:
    """`answers` by operation and status; `covered` are the operations that the coverage phase sent; `findings` as text, each once."""

    answers: dict[str, Counter[int]] = field(default_factory=dict)
    phases: Counter[str] = field(default_factory=Counter)
    covered: set[str] = field(default_factory=set)
    findings: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return self.phases.total()

    @property
    def served(self) -> set[str]:
        """The operations that did their work at least once."""
        return {operation for operation, statuses in self.answers.items() if any(status < 400 for status in statuses)}


def fuzz(client: Client, stock: Stock, role: str, *, seed: int, examples: int, cover: set[str]) -> Outcome:
    """`examples` are per operation in the fuzzing phase, and how many stories the stateful one tells; `cover` has the coverage phase, too."""
    settings = _settings(client.contract.document, stock, client.token(stock.callers[role]), seed=seed, examples=examples, cover=cover)
    schema = schemathesis.openapi.from_dict(client.contract.document, config=SchemathesisConfig.from_dict(settings))
    schema.app = Wsgi(client, varied=True, afterwards=lambda method, path: _restored(stock, role, method, path))
    schema.hook("filter_failure")(lambda context, failure, case, response: not excused(failure, case, response))
    outcome = Outcome()
    seen: set[Any] = set()
    with mock.patch.object(WSGITransport, "send", _without_socket_settings(WSGITransport.send)):
        for event in from_schema(schema).execute():
            match event:
                case events.FatalError():
                    raise event.exception
                case events.NonFatalError():
                    outcome.findings.append(f"{event.phase} {event.label}: {event.info.format()}")
                case events.ScenarioFinished():
                    _count(outcome, event)
                    outcome.findings += _failures(event.recorder, seen)
                case events.EngineFinished():
                    outcome.findings += [str(failure) for failure in event.failures]
    return outcome


def _settings(document: dict[str, Any], stock: Stock, token: str, *, seed: int, examples: int, cover: set[str]) -> dict[str, Any]:
    return {
        "seed": seed,
        "continue-on-failure": True,
        "auth": {"openapi": {"accessToken": {"bearer": token}}},
        "generation": {"max-examples": examples, "database": "none", "no-shrink": True},
        "dictionaries": {kind: {"values": ids} for kind, ids in stock.ids.items()},
        "operations": [
            {
                "include-operation-id": operation["operationId"],
                "parameters": _known_ids(path),
                "phases": {"coverage": {"enabled": operation["operationId"] in cover}},
            }
            for path, operations in document["paths"].items()
            for operation in operations.values()
        ],
        "phases": {
            "stateful": {
                "generation": {"max-examples": examples * 5},
                # Not by Location: that of an upload is /courses/generate, which looks like a course's.
                "inference": {"algorithms": ["dependency-analysis"]},
            }
        },
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", "401", "403", "404", "409", "429", *AGAINST_A_RULE]},
            "negative_data_rejection": {"expected-statuses": ["400", "401", "403", "404", "405", "409", "415", "429", *AGAINST_A_RULE]},
        },
    }


def _restored(stock: Stock, role: str, method: str, path: str) -> None:
    """An admin who is let loose demotes and suspends themselves too, and would be refused everything from then on."""
    if method != "GET" and path.startswith(f"/api/v1/users/{stock.callers[role]['id']}/"):
        stock.restore()


def _known_ids(path: str) -> dict[str, Any]:
    bound = {f"{place}.{name}": kind for place in ("query", "body") for name, kind in FIELDS.items()}
    for before, part in pairwise(path.split("/")):
        if part.startswith("{"):
            name = part.strip("{}")
            bound[f"path.{name}"] = PARAMETERS.get(name) or SEGMENTS[before]
    return {place: {"dictionary": kind, "probability": KNOWN} for place, kind in bound.items()}


def _without_socket_settings(send: Any) -> Any:
    """The probes of `ignored_auth` hand a socket's settings to an application that has none (schemathesis 4.32.5)."""

    def wrapped(self: WSGITransport, case: Any, **options: Any) -> Any:
        kept = {name: value for name, value in options.items() if name not in {"max_redirects", "verify", "cert", "proxies"}}
        return send(self, case, **kept)

    return wrapped


def _count(outcome: Outcome, event: events.ScenarioFinished) -> None:
    outcome.phases[event.phase.value] += len(event.recorder.interactions)
    for case_id, interaction in event.recorder.interactions.items():
        if interaction.response is not None:
            operation = event.recorder.cases[case_id].value.operation.definition.raw["operationId"]
            outcome.answers.setdefault(operation, Counter())[interaction.response.status_code] += 1
            if event.phase is PhaseName.COVERAGE:
                outcome.covered.add(operation)


def _failures(recorder: ScenarioRecorder, seen: set[Any]) -> list[str]:
    told = []
    for case_id, checks in recorder.checks.items():
        for check in checks:
            info = check.failure_info
            if check.status is not Status.FAILURE or info is None or info.failure in seen:
                continue
            seen.add(info.failure)
            response = recorder.interactions[case_id].response
            answer = f"{response.status_code} {response.text[:500]}" if response is not None else "nothing"
            request = "\n".join(step.curl for step in info.steps) or info.code_sample
            told.append(f"{check.name}: {info.failure.operation}\n{info.failure}\n{request[:2000]}\n-> {answer}")
    return told
