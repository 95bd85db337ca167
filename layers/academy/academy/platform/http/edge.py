"""The way of a request: request id, token, admission, arguments, unit of work, answer. Every error becomes JSON here and nowhere else."""

import hashlib
import re
import time
from collections.abc import Mapping
from itertools import count
from typing import Any
from uuid import uuid4

from aws_lambda_powertools.event_handler import Response

from academy.platform import outbox
from academy.platform.auth.tokens import Claims, verifier
from academy.platform.aws import out_of_reach
from academy.platform.db import ConnectionLost, DatabaseBusy, DatabaseFailure, OutcomeUnknown, Overdue, UnitOfWork, database
from academy.platform.errors import (
    AcademyError,
    Conflict,
    MethodNotAllowed,
    NotFound,
    PreconditionFailed,
    Unauthenticated,
    Unavailable,
    ValidationFailed,
)
from academy.platform.http import idempotency
from academy.platform.http.admission import admit
from academy.platform.http.answers import Answer, refused
from academy.platform.http.api import Endpoint
from academy.platform.http.binding import decode_body, raw_body
from academy.platform.http.origin import caller_address
from academy.platform.http.request import Request
from academy.platform.observability import logger

SECURITY_HEADERS = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
DEADLINE = 17.0
"""Seconds after which a request begins no further statement: what it then waits for ends within eleven more, and the function after 29."""
PERSONAL = "private, no-store"
PUBLIC = "public, max-age=60, stale-while-revalidate=300"
BUSY = "The academy is busy. Please try again in a few seconds."
_UPDATING = "The academy is being updated. Please try again in a few seconds."
WILL_PASS = {"40001": BUSY, "40P01": BUSY, "42P01": _UPDATING, "42703": _UPDATING, "42883": _UPDATING}
"""SQLSTATE: clashes that retries did not settle; a table, column or function that is not there yet, because a release runs a minute before its
migration does."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._=:-]{8,128}\Z")
_ETAG = re.compile(r'"v(\d+)-[0-9a-f]+"\Z')


def serve(endpoint: Endpoint, event: Mapping[str, Any], path: Mapping[str, str]) -> Response[Any]:
    """Serve one matched request."""
    started = time.perf_counter()
    request_id = _request_id(event)
    log = logger()
    log.set_correlation_id(request_id)
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    rate_headers: dict[str, str] = {}
    visitor = None
    db = database()
    db.deadline = time.monotonic() + DEADLINE
    try:
        claims = None if endpoint.access.limit is None else _claims(headers, lenient=endpoint.access.lenient)
        address = caller_address(event, headers)
        admitted = admit(db, claims, access=endpoint.access, address=address)
        visitor, rate_headers = admitted.caller, admitted.headers
        request = Request(
            id=request_id,
            work=None,  # type: ignore[arg-type]  # given by each attempt below
            headers=headers,
            cookies=_cookies(event),
            source_ip=address,
            visitor=visitor,
            if_match=_if_match(headers.get("if-match")),
        )
        answer = _answer(endpoint, event, path, request)
        answer = _conditional(endpoint, answer, headers, anonymous=visitor is None)
    except Exception as error:  # noqa: BLE001 - the one place where any error becomes an answer
        answer = _error(error, request_id)
    finally:
        db.deadline = None
    answer.headers = {**rate_headers, **answer.headers}
    log.info(
        "request",
        extra={
            "method": endpoint.method,
            "route": endpoint.path,
            "status": answer.status,
            "ms": round((time.perf_counter() - started) * 1000, 1),
            "user_id": str(visitor.id) if visitor else None,
        },
    )
    return _response(answer, request_id)


def serve_unrouted(event: Mapping[str, Any], allowed: list[str]) -> Response[Any]:
    """404 for an unknown address, 405 with Allow for an unknown method."""
    request_id = _request_id(event)
    error: AcademyError = MethodNotAllowed(headers={"Allow": ", ".join(allowed)}) if allowed else NotFound("route")
    return _response(_error(error, request_id), request_id)


def _answer(endpoint: Endpoint, event: Mapping[str, Any], path: Mapping[str, str], request: Request) -> Answer:
    binding = endpoint.binding
    arguments = binding.path_arguments(path)
    if binding.query is not None:
        arguments["query"] = binding.query_argument(event.get("rawQueryString") or "")
    raw = ""
    if binding.raw:
        arguments["raw"] = raw_body(event)
    elif endpoint.method != "GET":
        raw = decode_body(event)
        if binding.body is not None:
            arguments["body"] = binding.body_argument(raw, request.headers.get("content-type", ""))

    def call(work: UnitOfWork) -> Answer:
        request.work = work
        return endpoint.function(request, **arguments)

    db = database()
    if not endpoint.writes:
        return db.read(call)
    key = request.headers.get("idempotency-key") if endpoint.idempotent else None
    if key is None:
        answer, work = db.at_once(call) if endpoint.at_once else db.transact(call)
    else:
        scope = str(request.visitor.id) if request.visitor else f"address {request.source_ip}"
        mark = idempotency.fingerprint(endpoint.method, event["rawPath"], raw)
        idempotency.check_key(key)

        attempts = count()

        def once(work: UnitOfWork) -> Answer:
            known = idempotency.first_answer(work, scope=scope, key=key, mark=mark, again=next(attempts) > 0)
            if known is not None:
                return known
            first = call(work)
            if first.version is not None:
                first.headers["ETag"] = _tag(first)  # kept with the answer: who asks again wants to go on with If-Match too
            idempotency.keep(work, first, scope=scope, key=key, mark=mark)
            return first

        answer, work = db.transact(once)
    outbox.finish(db, work)
    return answer


def _claims(headers: Mapping[str, str], *, lenient: bool) -> Claims | None:
    authorization = headers.get("authorization")
    if not authorization:
        return None
    scheme, _, token = authorization.partition(" ")
    try:
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated
        return verifier().verify(token.strip())
    except Unauthenticated:
        if lenient:
            return None
        raise


def _cookies(event: Mapping[str, Any]) -> dict[str, str]:
    pairs = (cookie.partition("=") for cookie in event.get("cookies") or ())
    return {name.strip(): value for name, _, value in pairs}


def _request_id(event: Mapping[str, Any]) -> str:
    """The gateway's; a client may send its own to follow a request through."""
    sent = next((value for name, value in (event.get("headers") or {}).items() if name.lower() == "x-request-id"), "")
    return sent if _REQUEST_ID.match(sent) else event["requestContext"].get("requestId") or str(uuid4())


def _if_match(value: str | None) -> int | None:
    if value is None or value.strip() == "*":
        return None
    match = _ETAG.match(value.strip().removeprefix("W/"))
    if match is None:
        raise PreconditionFailed
    return int(match.group(1))


def _conditional(endpoint: Endpoint, answer: Answer, headers: Mapping[str, str], *, anonymous: bool) -> Answer:
    """Cache-Control, ETag and 304. The tag holds the row's version (for If-Match) and a digest of the very bytes."""
    public = endpoint.public_cache and anonymous
    answer.headers.setdefault("Cache-Control", PUBLIC if public else PERSONAL)
    if endpoint.public_cache:
        answer.headers["Vary"] = "Authorization"
    if (endpoint.etag or answer.version is not None) and answer.status in {200, 201}:
        tag = answer.headers["ETag"] = _tag(answer)
        wanted = headers.get("if-none-match", "")
        if endpoint.etag and wanted and (wanted.strip() == "*" or tag in (part.strip().removeprefix("W/") for part in wanted.split(","))):
            return Answer(304, headers={name: value for name, value in answer.headers.items() if name in {"ETag", "Cache-Control", "Vary"}})
    return answer


def _tag(answer: Answer) -> str:
    digest = hashlib.blake2b(answer.body if isinstance(answer.body, bytes) else answer.body.encode(), digest_size=12).hexdigest()
    return f'"v{answer.version}-{digest}"' if answer.version is not None else f'"{digest}"'


def _error(error: Exception, request_id: str) -> Answer:
    """The error's JSON. What is not ours is logged whole and told as INTERNAL."""
    if not isinstance(error, AcademyError):
        error = _translate(error)
    answer = refused(error, request_id)
    answer.headers = {"Cache-Control": PERSONAL, **answer.headers}
    return answer


def _translate(error: Exception) -> AcademyError:
    log = logger()
    if isinstance(error, ConnectionLost | OutcomeUnknown):
        log.exception("database out of reach")
        return Unavailable()
    if isinstance(error, DatabaseBusy | Overdue) or out_of_reach(error):
        log.exception("the database is overloaded, or AWS out of reach")
        return Unavailable(BUSY)
    if isinstance(error, DatabaseFailure):
        # 22xxx: a value that its type can't hold, let through by our own checks. 23505: somebody was faster.
        if error.sqlstate.startswith("22"):
            log.warning("value refused by the database", extra={"sqlstate": error.sqlstate})
            return ValidationFailed("A value is out of range or not of its type.")
        if error.sqlstate == "23505":
            return Conflict("CONFLICT", "Something with the same name or number exists already.")
        if error.sqlstate in WILL_PASS:
            log.exception("refused for now", extra={"sqlstate": error.sqlstate})
            return Unavailable(WILL_PASS[error.sqlstate])
    log.exception("unexpected error")
    return AcademyError()


def _response(answer: Answer, request_id: str) -> Response[Any]:
    headers = {**SECURITY_HEADERS, "X-Request-Id": request_id, **answer.headers}
    has_body = bool(answer.body) and answer.status not in {204, 304}
    return Response(
        status_code=answer.status,
        content_type=answer.content_type if has_body else None,
        body=answer.body if has_body else "",
        headers=headers,
        cookies=answer.cookies,  # type: ignore[arg-type]  # the serializer only calls str() on each
    )
