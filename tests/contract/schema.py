"""Replies against the OpenAPI document: one hook, called for every reply of every test."""

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from academy.platform.http import Api, Endpoint
from infra.openapi.document import document

ROOT = "urn:contract"


class Contract:
    """The document of some functions, ready to check replies."""

    def __init__(self, apis: dict[str, Api]) -> None:
        self.document = document(apis)
        self._registry: Registry[Any] = Registry().with_resource(ROOT, DRAFT202012.create_resource(self.document))

    @cache  # noqa: B019 - one contract lives as long as the process
    def _validator(self, pointer: str) -> Draft202012Validator:
        return Draft202012Validator({"$ref": f"{ROOT}#{pointer}"}, registry=self._registry, format_checker=FormatChecker())

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
