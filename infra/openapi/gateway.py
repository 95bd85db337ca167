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
    paths: dict[str, Any] = {"/$default": _any("system", default=True)}
    for group, api in apis.items():
        for endpoint in api.endpoints:
            for prefix in PREFIXES if endpoint.prefixed else [""]:
                path = f"{prefix}{endpoint.path}"
                owner = paths.setdefault(path, _any(group))
                if owner != _any(group):
                    raise ValueError(f"{path} is served by two functions; a path belongs to one")
    return {
        "openapi": "3.0.1",
        "info": {"title": {"Fn::Sub": "academy-${Stage}"}, "version": "1"},
        "paths": dict(sorted(paths.items())),
        "x-amazon-apigateway-cors": CORS,
    }


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
