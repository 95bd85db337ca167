"""The HTTP API's routes: for each path its function, whatever the method (a method that a path lacks is answered with 405 in our own shape)."""

from typing import Any

from academy.platform.http import Api
from academy.platform.http.api import PREFIXES
from infra.openapi.routes import logical_id

# Here and not in the template: SAM's CorsConfiguration breaks where the origins are computed.
CORS = {
    "allowOrigins": {"Fn::Split": [",", {"Ref": "AllowedOrigins"}]},
    "allowMethods": ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    "allowHeaders": ["authorization", "content-type", "if-match", "if-none-match", "idempotency-key", "last-event-id", "x-request-id"],
    "exposeHeaders": [
        "etag",
        "location",
        "retry-after",
        "x-request-id",
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "content-disposition",
    ],
    "allowCredentials": True,
    "maxAge": 600,
}


def gateway(apis: dict[str, Api]) -> dict[str, Any]:
    """The body of the API. Raises ValueError for a path that two functions serve."""
    owners: dict[str, str] = {}
    for group, api in apis.items():
        for endpoint in api.endpoints:
            for prefix in PREFIXES if endpoint.prefixed else [""]:
                if owners.setdefault(f"{prefix}{endpoint.path}", group) != group:
                    raise ValueError(f"{prefix}{endpoint.path} is served by two functions; a path belongs to one")
    return {
        "openapi": "3.0.1",
        "info": {"title": {"Fn::Sub": "academy-${Stage}"}, "version": "1"},
        "paths": {"/$default": _any("system", default=True)} | {path: _any(group) for path, group in sorted(_grouped(owners).items())},
        "x-amazon-apigateway-cors": CORS,
    }


def _grouped(owners: dict[str, str]) -> dict[str, str]:
    """One greedy route for a first segment whose paths are all one function's: an API may have 300 routes, and every path counts twice.

    A path in there that nobody declared is answered with 404 by that function, as by any.
    """
    trees: dict[str, dict[str, str]] = {}
    for path, group in owners.items():
        trees.setdefault(_tree(path), {})[path] = group
    routes: dict[str, str] = {}
    for root, tree in trees.items():
        groups = set(tree.values())
        below = tree.keys() - {root}
        if len(groups) == 1 and len(below) > 1:
            routes[f"{root}/{{proxy+}}"] = groups.pop()
            routes |= {path: group for path, group in tree.items() if path == root}
        else:
            routes |= tree
    return routes


def _tree(path: str) -> str:
    """`/api/v1/progress/section` → `/api/v1/progress`"""
    prefix = next((prefix for prefix in PREFIXES if path.startswith(f"{prefix}/")), "")
    return prefix + "/" + path[len(prefix) + 1 :].partition("/")[0]


def _any(group: str, *, default: bool = False) -> dict[str, Any]:
    target = (
        f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{{logical_id(group)}.Arn}}/invocations"
    )
    method: dict[str, Any] = {
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "payloadFormatVersion": "2.0",
            "uri": {"Fn::Sub": target},
        }
    }
    return {"x-amazon-apigateway-any-method": {"isDefaultRoute": True, **method} if default else method}
