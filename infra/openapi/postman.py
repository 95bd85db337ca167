"""The Postman collection (format 2.1), made from the OpenAPI document: a folder a tag, a request an operation."""

from typing import Any

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def collection(document: dict[str, Any]) -> dict[str, Any]:
    folders: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            folders[operation["tags"][0]].append(_item(path, method, operation, document["components"]["schemas"]))
    return {
        "info": {"name": document["info"]["title"], "description": document["info"]["description"], "schema": SCHEMA},
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{accessToken}}", "type": "string"}]},
        "variable": [{"key": "baseUrl", "value": "http://127.0.0.1:3000"}, {"key": "accessToken", "value": ""}],
        "item": [{"name": name, "item": items} for name, items in folders.items()],
    }


def _item(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    parameters = operation.get("parameters", [])
    url = {
        "raw": "{{baseUrl}}" + path.replace("{", ":").replace("}", ""),
        "host": ["{{baseUrl}}"],
        "path": [part.replace("{", ":").replace("}", "") for part in path.strip("/").split("/")],
        "query": [{"key": p["name"], "value": "", "disabled": not p["required"]} for p in parameters if p["in"] == "query"],
        "variable": [{"key": p["name"], "value": ""} for p in parameters if p["in"] == "path"],
    }
    request: dict[str, Any] = {"method": method.upper(), "url": url, "header": [], "description": operation.get("description", "")}
    if not operation["security"]:
        request["auth"] = {"type": "noauth"}
    if "requestBody" in operation:
        import json

        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        request["header"] = [{"key": "Content-Type", "value": "application/json"}]
        request["body"] = {"mode": "raw", "raw": json.dumps(_example(schema, schemas, 0), indent=2)}
    return {"name": operation["summary"], "request": request}


def _example(schema: dict[str, Any], schemas: dict[str, Any], depth: int) -> Any:
    """The schema's own example, or a value of its type."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    if schema.get("examples"):
        return schema["examples"][0]
    if "default" in schema and schema["default"] is not None:
        return schema["default"]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], schemas, depth)
    if depth > 6:
        return None
    match schema.get("type"):
        case "object":
            return {name: _example(value, schemas, depth + 1) for name, value in schema.get("properties", {}).items()}
        case "array":
            return [_example(schema.get("items", {}), schemas, depth + 1)]
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return False
        case "string":
            return {"uuid": "00000000-0000-7000-8000-000000000000", "date-time": "2026-01-01T00:00:00Z"}.get(schema.get("format", ""), "")
        case _:
            return None
