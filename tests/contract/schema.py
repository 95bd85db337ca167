"""Replies against the OpenAPI document: one hook, called for every reply of every test."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest import mock

import httpx
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from academy.platform.http import Api, Endpoint
from infra.openapi.document import document

ROOT = "urn:contract"


def fitting(endpoints: Sequence[Endpoint], raw_path: str) -> list[Endpoint]:
    """The routes of the path that fits best: static parts win over parameters."""
    prefix = next((prefix for prefix in ("/api/v1", "/api") if raw_path.startswith(f"{prefix}/")), "")
    parts = raw_path.removeprefix(prefix).strip("/").split("/")
    found: dict[int, list[Endpoint]] = {}
    for endpoint in endpoints:
        pattern = endpoint.path.strip("/").split("/")
        if len(pattern) == len(parts) and all(p.startswith("{") or p == q for p, q in zip(pattern, parts, strict=True)):
            found.setdefault(sum(not p.startswith("{") for p in pattern), []).append(endpoint)
    return found[max(found)] if found else []


class Contract:
    """The document of some functions, ready to check replies."""

    def __init__(self, apis: dict[str, Api]) -> None:
        self.document = document(apis)
        self.endpoints = [endpoint for api in apis.values() for endpoint in api.endpoints]
        self._registry: Registry[Any] = Registry().with_resource(ROOT, DRAFT202012.create_resource(self.document))

    @cache  # noqa: B019 - one contract lives as long as the process
    def _validator(self, pointer: str) -> Draft202012Validator:
        return Draft202012Validator({"$ref": f"{ROOT}#{pointer}"}, registry=self._registry, format_checker=FormatChecker())

    def check(self, method: str, raw_path: str, status: int, content_type: str | None, body: Any) -> None:
        """Fails for an answer of one of our routes that is not what the document says."""
        endpoint = next((endpoint for endpoint in fitting(self.endpoints, raw_path) if endpoint.method == method), None)
        problem = self.problem(endpoint, status, content_type, body) if endpoint else None
        assert problem is None, problem

    def problem(self, endpoint: Endpoint, status: int, content_type: str | None, body: Any) -> str | None:
        """What is wrong with this reply, or None."""
        path = f"/api/v1{endpoint.path}" if endpoint.prefixed else endpoint.path
        operation = self.document["paths"][path][endpoint.method.lower()]
        if str(status) not in operation["responses"]:
            return f"{endpoint.method} {endpoint.path} answered {status}, which its declaration does not list"
        content = operation["responses"][str(status)].get("content", {})
        if "application/json" not in content or not (content_type or "").startswith("application/json"):
            return None
        escaped = path.replace("~", "~0").replace("/", "~1")
        pointer = f"/paths/{escaped}/{endpoint.method.lower()}/responses/{status}/content/application~1json/schema"
        errors = sorted(self._validator(pointer).iter_errors(body), key=lambda error: list(error.absolute_path))
        if not errors:
            return None
        told = "; ".join(f"{'.'.join(map(str, error.absolute_path))}: {error.message}"[:300] for error in errors[:5])
        return f"{endpoint.method} {endpoint.path} answered {status} with a body that is not what it declares: {told}"


@contextmanager
def watched(contract: Contract) -> Iterator[None]:
    """Whatever httpx brings from an address of the API is checked, for tests that speak HTTP to a started academy."""
    send = httpx.Client.send

    def checked(self: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
        response = send(self, request, **options)
        path = request.url.path
        if path.startswith(("/api/", "/verify/")) and not options.get("stream"):
            kind = response.headers.get("content-type") if response.content else None  # a gateway says JSON of nothing, too
            body = response.json() if (kind or "").startswith("application/json") else None
            contract.check(request.method, path, response.status_code, kind, body)
        return response

    with mock.patch.object(httpx.Client, "send", checked):
        yield
