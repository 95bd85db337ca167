"""docs/events.md: every domain event, from the code that declares, writes and consumes them and from the template's rules that route them."""

import ast
import importlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from academy.platform.events import DomainEvent
from infra.template import load

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers/academy/academy"

HEAD = """\
# Domain events

<!-- Written by `make openapi`; `make check` and a test fail if it is not what the code says. -->

What happened in one context and others may want to know of. An event is written to the outbox in the transaction that caused it, published on the
academy's EventBridge bus after the commit (what could not be published then is swept every minute), and reaches each consumer by a queue of its own
with dead letters. Delivery is at least once and in no promised order; a consumer acts once for an event id, and ignores fields that it does not know.

The bus carries, as `detail`:

```json
{"id": "<uuid>", "kind": "course.published", "version": 1, "occurredAt": "<RFC 3339, UTC>", "payload": {"courseId": "<uuid>"}}
```

`source` is `academy`, `detail-type` the kind. Payloads carry ids and facts, never an e-mail address or a person's name. A change that a present consumer
could not read is a new version. How to add an event: [the frame](frame.md#an-event).

| kind | version | from | acts on it |
| --- | --- | --- | --- |
"""


def declared() -> list[type[DomainEvent]]:
    """Every event of every context, by kind."""
    for file in PACKAGE.glob("*/events.py"):
        importlib.import_module(f"academy.{file.parent.name}.events")
    found = [event for event in DomainEvent.__subclasses__() if event.__module__.startswith("academy.")]
    return sorted(found, key=lambda event: event.kind)


def emitters(event: type[DomainEvent]) -> list[str]:
    """Modules that make this event, in Python or in a statement that writes the outbox."""
    written = f"select '{event.kind}'"
    return [module for module, (calls, texts) in _said().items() if event.__name__ in calls or any(written in text for text in texts)]


@cache
def _said() -> dict[str, tuple[set[str], list[str]]]:
    """Module → what it calls by a plain name, and its texts that may be statements."""
    said = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        if file.name not in ("events.py", "consumers.py"):
            nodes = list(ast.walk(ast.parse(file.read_text())))
            calls = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
            texts = [
                node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str) and "select '" in node.value
            ]
            said[_module(file)] = (calls, texts)
    return said


def routed() -> dict[str, set[str]]:
    """Consumer → kinds that the template's rules put into its queue."""
    template = load()
    # Also those that are handled before anybody tells of them (`engagement.facts`).
    kinds = {event.kind for event in declared()}.union(*handled().values())
    return {
        name.removesuffix("Rule").lower(): {kind for kind in kinds if _matches(kind, resource["Properties"]["EventPattern"]["detail-type"])}
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Events::Rule"
    }


def handled() -> dict[str, set[str]]:
    """Consumer → kinds that its code acts on; what else reaches its queue passes by."""
    from academy.community import consumers as community
    from academy.engagement import consumers as engagement

    return {
        "certificates": _mentioned("certificates"),
        "learning": _mentioned("learning"),
        "engagement": set(engagement.HANDLES),
        "payments": _mentioned("payments"),
        "notifications": set(community.NOTICES),
        "email": set(community.NOTICES),
        "push": set(community.NOTICES),
        "feedback": set(),  # what SES tells is none of the academy's own
    }


def catalogue() -> str:
    consumers = handled()
    rows, details = [], []
    for event in declared():
        acting = ", ".join(sorted(name for name, kinds in consumers.items() if event.kind in kinds)) or "-"
        rows.append(f"| [`{event.kind}`](#{event.kind.replace('.', '')}) | {event.version} | {_context(event)} | {acting} |\n")
        details.append(_details(event))
    return HEAD + "".join(rows) + "".join(details)


def _details(event: type[DomainEvent]) -> str:
    told = " ".join((event.__doc__ or "").split()) if event.__doc__ != DomainEvent.__doc__ else ""
    schema = event.model_json_schema(by_alias=True)
    fields = "".join(f"| `{name}` | {_type(value)} |\n" for name, value in schema["properties"].items())
    made = ", ".join(f"`{module}`" for module in emitters(event))
    text = f"\n## {event.kind}\n\n" + (f"{told}\n\n" if told else "")
    return f"{text}`{event.__module__}.{event.__name__}`, made in {made}.\n\n| payload | |\n| --- | --- |\n{fields}"


def _type(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(option) for option in schema["anyOf"])
    if schema["type"] == "array":
        return f"list of {_type(schema['items'])}"
    return str(schema.get("format", schema["type"]))


def _context(event: type[DomainEvent]) -> str:
    return event.__module__.split(".")[1]


def _module(file: Path) -> str:
    return ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts)


def _mentioned(context: str) -> set[str]:
    """Kinds that a context's consumers name, as a text or as `<Event>.kind`."""
    tree = ast.parse((PACKAGE / context / "consumers.py").read_text())
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    names = {
        node.value.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "kind" and isinstance(node.value, ast.Name)
    }
    return {event.kind for event in declared() if event.kind in texts or event.__name__ in names}


def _matches(kind: str, patterns: Iterable[str | dict[str, str]]) -> bool:
    return any(kind == pattern if isinstance(pattern, str) else kind.startswith(pattern["prefix"]) for pattern in patterns)
