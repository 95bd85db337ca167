"""The OpenAPI 3.1 document: paths from the declarations, schemas from the pydantic models."""

import inspect
import types
from typing import Any, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from academy.platform.http import Api, Endpoint
from academy.platform.http.access import Access, Level
from infra.openapi.links import with_links
from infra.openapi.routes import logical_id

REF = "#/components/schemas/{model}"
DESCRIPTIONS = {
    200: "Done.",
    201: "Created; `Location` is its address.",
    202: "Begun.",
    204: "Gone, nothing to say.",
    302: "It is elsewhere: see `Location`.",
    304: "Unchanged since the `ETag` you sent.",
    400: "Malformed: `details` names each field.",
    401: "Not signed in, or no longer.",
    402: "It has to be paid for first.",
    403: "Not permitted, suspended, or onboarding is due.",
    404: "No such thing, or not for you to know of.",
    405: "Not this method.",
    409: "It clashes with what is there; the code says with what.",
    410: "No longer available.",
    412: "Changed since you read it (`If-Match`).",
    413: "Larger than 1 MiB.",
    415: "Not application/json.",
    422: "Well formed, but against a rule; the code names the rule.",
    429: "Too many requests: see `Retry-After`.",
    503: "Waking up or out of reach: see `Retry-After`.",
}
ERROR = {
    "type": "object",
    "required": ["error", "code", "details", "requestId"],
    "properties": {
        "error": {"type": "string", "description": "A sentence a person can read."},
        "code": {"type": "string", "pattern": "^[A-Z][A-Z0-9_]*$"},
        "details": {"type": "array", "items": {"type": "object"}},
        "requestId": {"type": "string"},
    },
}
ERROR_EXAMPLES = {
    400: ("body.title: String should have at least 3 characters.", "VALIDATION_FAILED"),
    401: ("Please sign in.", "UNAUTHENTICATED"),
    402: ("This course has to be paid for first.", "PAYMENT_REQUIRED"),
    403: ("You may not do this.", "FORBIDDEN"),
    404: ("There is no such course.", "COURSE_NOT_FOUND"),
    409: ("The first request with this Idempotency-Key is still being worked on.", "REQUEST_IN_PROGRESS"),
    410: ("This is no longer available.", "GONE"),
    412: ("It has been changed since you read it. Read it again and repeat your change.", "PRECONDITION_FAILED"),
    413: ("The body is larger than 1 MiB.", "BODY_TOO_LARGE"),
    415: ("The body has to be application/json.", "UNSUPPORTED_MEDIA_TYPE"),
    422: ("This Idempotency-Key was used for another request.", "IDEMPOTENCY_KEY_REUSED"),
    429: ("Too many requests. Please wait a moment.", "RATE_LIMITED"),
    500: ("Something went wrong on our side.", "INTERNAL"),
    503: ("The academy is waking up. Please try again in a few seconds.", "TEMPORARILY_UNAVAILABLE"),
}
FIELD_AT_FAULT = {"field": "body.title", "message": "String should have at least 3 characters", "type": "string_too_short"}
TAGS = (
    "Identity",
    "Catalog and authoring",
    "AI course generation",
    "Learning",
    "Assessment",
    "Payments",
    "Certificates",
    "Engagement, community, messages",
    "Insight and administration",
    "System",
)
PAGINATION = {
    "type": "object",
    "required": ["page", "limit", "totalCount", "totalPages", "hasNext", "hasPrev", "nextCursor"],
    "properties": {
        "page": {"type": ["integer", "null"]},
        "limit": {"type": "integer"},
        "totalCount": {"type": ["integer", "null"], "description": "Null with `cursor`: it is not counted then."},
        "totalPages": {"type": ["integer", "null"]},
        "hasNext": {"type": "boolean"},
        "hasPrev": {"type": "boolean"},
        "nextCursor": {"type": ["string", "null"]},
    },
}
PATH_SCHEMAS = {UUID: {"type": "string", "format": "uuid"}, str: {"type": "string"}, int: {"type": "integer"}}


class Schemas:
    """The components, filled as they are met. A name met twice for different shapes is an error."""

    def __init__(self) -> None:
        self.components: dict[str, Any] = {"Error": ERROR, "Pagination": PAGINATION}
        self._models: dict[str, Any] = {}

    def ref(self, annotation: Any, mode: JsonSchemaMode) -> dict[str, Any]:
        for model in _models_in(annotation):
            known = self._models.setdefault(model.__name__, model)
            if known is not model:
                raise ValueError(f"two schemas are named {model.__name__}: {known.__module__} and {model.__module__}")
        schema = TypeAdapter(annotation).json_schema(by_alias=True, ref_template=REF, mode=mode, schema_generator=GenerateJsonSchema)
        for name, definition in schema.pop("$defs", {}).items():
            self.components.setdefault(name, definition)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel) and "$ref" not in schema:
            self.components.setdefault(annotation.__name__, schema)
            return {"$ref": REF.format(model=annotation.__name__)}
        return schema


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        inner = [model for field in annotation.model_fields.values() for model in _models_in(field.annotation) if model is not annotation]
        return [annotation, *inner]
    if get_origin(annotation) in {Union, types.UnionType, list, dict, tuple} or get_args(annotation):
        return [model for part in get_args(annotation) for model in _models_in(part)]
    return []


def document(apis: dict[str, Api]) -> dict[str, Any]:
    schemas = Schemas()
    paths: dict[str, Any] = {}
    seen: set[str] = set()
    tags: list[str] = []
    for group, api in apis.items():
        for endpoint in api.endpoints:
            if endpoint.operation_id in seen:
                raise ValueError(f"two routes are named {endpoint.operation_id}")
            seen.add(endpoint.operation_id)
            if endpoint.tag not in tags:
                tags.append(endpoint.tag)
            path = f"/api/v1{endpoint.path}" if endpoint.prefixed else endpoint.path
            paths.setdefault(path, {})[endpoint.method.lower()] = _operation(endpoint, schemas, group)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Desired Career Academy",
            "version": "1.0.0",
            "description": "The academy's HTTP API. Older clients find the same routes under `/api`.",
            "contact": {"name": "Kayago Solutions"},
        },
        "servers": [{"url": "/", "description": "Where this document came from"}],
        "tags": [{"name": tag} for tag in sorted(tags, key=TAGS.index)],
        "paths": with_links(dict(sorted(paths.items())), schemas.components),
        "components": {
            "schemas": dict(sorted(schemas.components.items())),
            "securitySchemes": {
                "accessToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The access token of POST /api/v1/auth/signin or /api/v1/auth/token.",
                }
            },
        },
    }


def _operation(endpoint: Endpoint, schemas: Schemas, group: str) -> dict[str, Any]:
    words = inspect.getdoc(endpoint.function) or endpoint.operation_id
    summary, _, description = words.partition("\n")
    operation: dict[str, Any] = {"operationId": endpoint.operation_id, "tags": [endpoint.tag], "summary": summary.rstrip(".")}
    if description.strip():
        operation["description"] = description.strip()
    parameters = _parameters(endpoint, schemas)
    if parameters:
        operation["parameters"] = parameters
    if endpoint.binding.body is not None:
        operation["requestBody"] = {
            "required": type(None) not in get_args(endpoint.binding.body),
            "content": {"application/json": {"schema": schemas.ref(endpoint.binding.body, "validation")}},
        }
    elif endpoint.binding.raw:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
    operation["responses"] = _responses(endpoint, schemas)
    if endpoint.access.level is not Level.PUBLIC:
        operation["security"] = [{"accessToken": []}]
    elif endpoint.public_cache:
        operation["security"] = [{}, {"accessToken": []}]
    else:
        operation["security"] = []
    operation["x-access"] = _access(endpoint.access)
    operation["x-function"] = logical_id(group)
    return operation


def _access(access: Access) -> dict[str, Any]:
    return {"level": access.level.value, "permission": access.permission, "rows": access.rows.value, "limit": access.limit}


def _parameters(endpoint: Endpoint, schemas: Schemas) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": PATH_SCHEMAS.get(kind) or schemas.ref(kind, "validation")}
        for name, kind in endpoint.binding.path.items()
    ]
    query = endpoint.binding.query
    if query is not None:
        schema = query.model_json_schema(by_alias=True, ref_template=REF)
        for name, definition in schema.pop("$defs", {}).items():
            schemas.components.setdefault(name, definition)
        required = schema.get("required", [])
        for name, value in schema["properties"].items():
            described = {key: value.pop(key) for key in ("description",) if key in value}
            parameters.append({"name": name, "in": "query", "required": name in required, "schema": _without_null(value), **described})
    if endpoint.idempotent:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
                "description": "The same key and body gets the first answer again.",
            }
        )
    if endpoint.method == "PUT" and 412 in endpoint.errors:
        parameters.append(
            {"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"}, "description": "The `ETag` you read."}
        )
    if endpoint.etag:
        parameters.append({"name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"}})
    return parameters


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that may be left out is not one that may be null: a query string has no null."""
    options = [option for option in schema.get("anyOf", []) if option.get("type") != "null"]
    kept = {key: value for key, value in schema.items() if key not in {"anyOf", "title"} and not (key == "default" and value is None)}
    if len(options) == 1:
        return {**options[0], **kept}
    return {**kept, "anyOf": options} if options else kept


def _responses(endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    responses: dict[str, Any] = {str(endpoint.status): _success(endpoint, schemas)}
    statuses = {500, *endpoint.errors}
    if endpoint.binding.path or endpoint.binding.query or endpoint.binding.body is not None or endpoint.method != "GET":
        statuses.add(400)
    if endpoint.binding.body is not None:
        statuses |= {413, 415}
    elif endpoint.method != "GET":
        statuses.add(413)
    if endpoint.access.level is not Level.PUBLIC:
        statuses |= {401, 403}
    elif endpoint.access.limit:
        statuses |= {401, 403}  # a token that is sent is looked at
    if endpoint.binding.path:
        statuses.add(404)
    if endpoint.idempotent:
        statuses |= {409, 422}
    if endpoint.access.limit:
        statuses |= {429, 503}
    for status in sorted(statuses):
        response: dict[str, Any] = {"description": DESCRIPTIONS.get(status, "Something went wrong on our side.")}
        if status >= 400:
            response["content"] = _error(endpoint, status)
        responses.setdefault(str(status), response)
    if endpoint.etag:
        responses["304"] = {"description": DESCRIPTIONS[304]}
    return dict(sorted(responses.items()))


def _error(endpoint: Endpoint, status: int) -> dict[str, Any]:
    content: dict[str, Any] = {"application/json": {"schema": {"$ref": REF.format(model="Error")}}}
    if status in ERROR_EXAMPLES:
        sentence, code = ERROR_EXAMPLES[status]
        details = [FIELD_AT_FAULT] if status == 400 else []
        content["application/json"]["example"] = {"error": sentence, "code": code, "details": details, "requestId": "JKJaXmPLvHcESHA="}
    if endpoint.media_type == "text/html":
        content["text/html"] = {"schema": {"type": "string"}}  # a page says it in its own words
    return content


def _success(endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    response: dict[str, Any] = {"description": DESCRIPTIONS.get(endpoint.status, "Done.")}
    if endpoint.status in {201, 302}:
        response["headers"] = {"Location": {"schema": {"type": "string"}}}
    if endpoint.status in {204, 302}:
        return response
    if endpoint.media_type != "application/json":
        # A stream has no one schema in OpenAPI 3.1; what its events carry is told in the route's description.
        stream = endpoint.media_type == "text/event-stream"
        response["content"] = {endpoint.media_type: {} if stream else {"schema": {"type": "string"}}}
        return response
    if endpoint.answers is None:
        response["content"] = {"application/json": {"schema": {"type": "object"}}}
        return response
    data = schemas.ref(endpoint.answers, "serialization")
    envelope: dict[str, Any] = {"type": "object", "required": ["data"], "properties": {"data": data, "message": {"type": "string"}}}
    if endpoint.paged:
        envelope = {
            "type": "object",
            "required": ["data", "pagination"],
            "properties": {"data": {"type": "array", "items": data}, "pagination": {"$ref": REF.format(model="Pagination")}},
        }
    response["content"] = {"application/json": {"schema": envelope}}
    return response
