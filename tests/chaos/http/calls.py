"""What is asked of each writing route so that it has something to do; the authorisation tests' samples, and what these leave open."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from academy.community.unsubscribing import token_for
from academy.identity import cookies
from academy.platform.http import Endpoint
from tests.accounts import FakeAccounts
from tests.api import Client, Reply
from tests.authorization.requests import SAMPLES, Sample
from tests.authorization.rule import expected
from tests.authorization.world import CALLERS, World
from tests.chaos.http import paying

EMAIL, NEW_EMAIL, PASSWORD = "new@academy.test", "newer@academy.test", "Academy-2026!"
VERIFIER, REDIRECT = "a" * 43, "http://localhost:5173/auth/callback"
STUDIED_UNTIL = datetime.now(UTC) - timedelta(seconds=30)
"""One stretch for all runs: reported by its length alone, it would end when it is reported, and a second report would add what lies between."""


@dataclass(frozen=True)
class Preparation:
    """`sql` runs before each call, with the world's ids by name; `pool` fills the user pool, and may answer with cookies to send; `headers` are of a
    body; `query` is in the place of the sample's."""

    sql: str | None = None
    caller: str | None = None
    body: Callable[[World, FakeAccounts], Any] | None = None
    pool: Callable[[World, FakeAccounts], list[str] | None] | None = None
    headers: Callable[[Any], dict[str, str]] = lambda body: {}
    query: Callable[[World], dict[str, str]] | None = None


def _account(world: World, pool: FakeAccounts, **changes: Any) -> None:
    pool.add(EMAIL, PASSWORD, **changes)


def _with_code(world: World, pool: FakeAccounts) -> dict[str, str]:
    return {
        "code": pool.code_for(pool.add(EMAIL), verifier=VERIFIER, redirect_uri=REDIRECT),
        "codeVerifier": VERIFIER,
        "redirectUri": REDIRECT,
    }


def _refresh(world: World, pool: FakeAccounts) -> list[str]:
    tokens = pool.tokens(pool.add(EMAIL))
    return [f"{cookies.NAME}={tokens.refresh}"]


def _new_address(world: World, pool: FakeAccounts) -> None:
    enrolled = world.users["enrolled"]
    pool.add(enrolled["email"], sub=enrolled["sub"], pending_email=NEW_EMAIL)


PREPARED: dict[str, Preparation] = {
    "request_certificate": Preparation(sql="update enrollments set status = 'completed', completed_at = now() where id = :enrollment"),
    "cancel_generation": Preparation(sql="update generation_jobs set status = 'processing', error = null where id = :job"),
    "complete_onboarding": Preparation(caller="not_onboarded"),
    "exchange_code": Preparation(caller="anonymous", body=_with_code),
    "renew_tokens": Preparation(caller="anonymous", pool=_refresh),
    "confirm_sign_up": Preparation(pool=lambda world, pool: _account(world, pool, confirmed=False)),
    "resend_code": Preparation(pool=_account),
    "forgot_password": Preparation(pool=_account),
    "reset_password": Preparation(pool=_account),
    "sign_in": Preparation(pool=_account),
    "confirm_email": Preparation(pool=_new_address),
    "record_section_progress": Preparation(body=lambda world, pool: {**_sampled("record_section_progress", world), "timeSpent": 20}),
    "complete_section": Preparation(body=lambda world, pool: {"timeSpent": 20}),
    "complete_lesson": Preparation(body=lambda world, pool: {"timeSpent": 20}),
    "complete_lesson_by_body": Preparation(body=lambda world, pool: {**_sampled("complete_lesson_by_body", world), "timeSpent": 20}),
    "record_study_time": Preparation(
        body=lambda world, pool: {"startedAt": (STUDIED_UNTIL - timedelta(seconds=60)).isoformat(), "endedAt": STUDIED_UNTIL.isoformat()}
    ),
    "verify_payment": Preparation(sql=paying.ORDERED, body=paying.receipt, caller="enrolled"),
    "receive_payment_webhook": Preparation(sql=paying.ORDERED, body=paying.message, headers=paying.signature),
    "unsubscribe": Preparation(query=lambda world: {"token": token_for(UUID(world.id("enrolled")), "badge.earned")}),
}
NOTHING = Preparation()


def _sampled(operation: str, world: World) -> Any:
    body = SAMPLES[operation].body
    return body(world) if body else None


@dataclass
class Ask:
    """One request that can be sent again and again, word by word."""

    method: str
    path: str
    body: Any
    token: str | None
    headers: dict[str, str]
    query: dict[str, str]
    cookies: list[str] = field(default_factory=list)

    def send(self, client: Client) -> Reply:
        return client.call(self.method, self.path, self.body, user=self.token, headers=self.headers, query=self.query, cookies=self.cookies)


def caller_of(endpoint: Endpoint) -> str:
    prepared = PREPARED.get(endpoint.operation_id, NOTHING)
    sample = SAMPLES[endpoint.operation_id]
    return prepared.caller or next(each for each in ("enrolled", "owner", "admin", *CALLERS) if not expected(endpoint, each, sample))


def ask_of(endpoint: Endpoint, world: World, pool: FakeAccounts, client: Client, *, key: str | None) -> Ask:
    """Fill the pool, and say what to send."""
    prepared = PREPARED.get(endpoint.operation_id, NOTHING)
    sample: Sample = SAMPLES[endpoint.operation_id]
    sent = prepared.pool(world, pool) if prepared.pool else None
    body = prepared.body(world, pool) if prepared.body else sample.body(world) if sample.body else None
    path = endpoint.path
    for name, value in sample.path(world).items():
        path = path.replace("{" + name + "}", value)
    caller = caller_of(endpoint)
    return Ask(
        method=endpoint.method,
        path=path,
        body=body,
        token=None if caller == "anonymous" else client.token(world.users[caller]),
        headers={**sample.headers, **prepared.headers(body), **({"Idempotency-Key": key} if key else {})},
        query=(prepared.query or sample.query)(world),
        cookies=sent or [],
    )
