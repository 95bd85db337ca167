"""Every function's routes in this process, called with the event that API Gateway would send."""

import base64
import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit
from uuid import uuid4

from academy.platform.errors import AcademyError
from academy.platform.http import Api, Endpoint
from infra.openapi.routes import load_apis
from tests.contract.schema import Contract, fitting
from tests.issuer import Issuer

_whole: list[Contract] = []


def load_endpoints() -> list[Endpoint]:
    return [endpoint for api in load_apis().values() for endpoint in api.endpoints]


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    text: str
    cookies: list[str] = field(default_factory=list)

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def code(self) -> str:
        return str(self.json["code"])


class Client:
    """`client.get("/courses", user=somebody)`; a user is a row of the factory's, or a token."""

    def __init__(self, issuer: Issuer, apis: dict[str, Api] | None = None) -> None:
        self._issuer = issuer
        self._apis = apis or load_apis()
        if apis is None and not _whole:
            _whole.append(Contract(self._apis))
        self.contract = Contract(self._apis) if apis else _whole[0]
        self.checked = True
        """Off for measurements alone."""
        self._serving = {endpoint.operation_id: api for api in self._apis.values() for endpoint in api.endpoints}

    def get(self, path: str, **options: Any) -> Reply:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Reply:
        return self.call("POST", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Reply:
        return self.call("PUT", path, body, **options)

    def delete(self, path: str, body: Any = None, **options: Any) -> Reply:
        return self.call("DELETE", path, body, **options)

    def token(self, user: dict[str, Any]) -> str:
        return self._issuer.token(user["sub"])

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        user: dict[str, Any] | str | None = None,
        headers: dict[str, str] | None = None,
        cookies: list[str] | None = None,
        query: dict[str, Any] | None = None,
        raw: str | bytes | None = None,
        raw_query: str | None = None,
        ip: str = "203.0.113.7",
    ) -> Reply:
        parts = urlsplit(path) if raw_query is None else SplitResult("", "", path, "", "")
        sent = {"host": "127.0.0.1:3000", **{name.lower(): value for name, value in (headers or {}).items()}}
        if user is not None:
            sent["authorization"] = f"Bearer {user if isinstance(user, str) else self.token(user)}"
        text = raw if raw is not None else (None if body is None else json.dumps(body))
        if text is not None:
            sent.setdefault("content-type", "application/json")
        raw_path = parts.path if parts.path.startswith(("/api", "/verify", "/.well-known")) else f"/api/v1{parts.path}"
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": raw_path,
            "rawQueryString": raw_query or parts.query or urlencode(query or {}, doseq=True),
            "cookies": cookies or [],
            "headers": sent,
            "requestContext": {
                "http": {"method": method, "path": raw_path, "sourceIp": ip, "protocol": "HTTP/1.1", "userAgent": "tests"},
                "requestId": str(uuid4()),
                "stage": "$default",
            },
            "body": base64.b64encode(text).decode() if isinstance(text, bytes) else text,
            "isBase64Encoded": isinstance(text, bytes),
        }
        context = SimpleNamespace(function_name="test", memory_limit_in_mb=512, invoked_function_arn="arn", aws_request_id="r")
        result = self._api(raw_path).handler(event, context)
        answer = result.get("body") or ""
        reply = Reply(
            status=result["statusCode"],
            headers=dict(result.get("headers") or {}),
            text=base64.b64decode(answer).decode(errors="replace") if result.get("isBase64Encoded") else answer,
            cookies=result.get("cookies") or [],
        )
        if self.checked:
            self._check(method, raw_path, reply)
        return reply

    def _check(self, method: str, raw_path: str, reply: Reply) -> None:
        """Every reply of every test is what the contract says."""
        kind = reply.headers.get("Content-Type")
        body = reply.json if kind and kind.startswith("application/json") else None
        self.contract.check(method, raw_path, reply.status, kind, body)
        if body and 400 <= reply.status < 500:
            assert body["error"] != AcademyError.message, "a refusal says what is wrong, and it is not on our side"

    def _api(self, raw_path: str) -> Api:
        """As the gateway chooses: by path, whatever the method; static parts win over parameters."""
        found = fitting(self.contract.endpoints, raw_path)
        return self._serving[found[0].operation_id] if found else self._apis["system"]
