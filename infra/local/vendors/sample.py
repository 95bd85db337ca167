"""An answer to a schema that the author knows nothing about: the least that fits it."""

from typing import Any

_SENTENCES = "This is said in plain words, so that it can be checked and used. "


def sample(schema: dict[str, Any]) -> Any:
    return _sample(schema, schema.get("$defs", {}), "value")


def _sample(schema: dict[str, Any], definitions: dict[str, Any], name: str) -> Any:
    if "$ref" in schema:
        return _sample(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions, name)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for union in ("anyOf", "allOf"):
        if union in schema:
            return _sample(schema[union][0], definitions, name)
    match schema.get("type"):
        case "object":
            return {key: _sample(value, definitions, key) for key, value in schema.get("properties", {}).items()}
        case "array":
            return [_sample(schema.get("items", {"type": "string"}), definitions, name)] * max(1, schema.get("minItems", 1))
        case "integer" | "number":
            return 0
        case "boolean":
            return True
        case "null":
            return None
    return f"{name.replace('_', ' ').capitalize()}: {_SENTENCES * 2}".strip()
