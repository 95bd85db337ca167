"""What the user pool refuses, in the academy's words, and how often one may try to prove who one is."""

import threading
import time
from typing import Any

import pytest

from academy.identity.accounts import AccountError, AccountsUnavailable, BadEmail, BadPassword, EmailInUse, ResetRequired, TooManyAttempts
from academy.platform import config as configuration
from academy.platform.db import Database
from tests.accounts import CODE, FakeAccounts
from tests.api import Client, Reply
from tests.factories import Factory
from tests.integration.identity.test_sign_in import PASSWORD, sign_in
from tests.integration.identity.test_sign_up import NEW

ASHA = "asha@academy.test"
PROOFS: dict[str, dict[str, Any]] = {
    "/auth/confirm": {"email": ASHA, "code": "000000"},
    "/auth/password/reset": {"email": ASHA, "code": "000000", "newPassword": "Another-2026!"},
}
MAILS = ("/auth/confirm/resend", "/auth/password/forgot")
"""Each of these routes counts by itself."""


@pytest.fixture
def production_limits(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATE_LIMITS", "production")
    configuration.config.cache_clear()


def said(reply: Reply) -> tuple[int, str, str | None]:
    details = reply.json["details"]
    return reply.status, reply.code, details[0]["field"] if details else None


@pytest.mark.parametrize(
    ("refusal", "answer"),
    [
        (BadPassword("Too short."), (400, "VALIDATION_FAILED", "body.password")),
        (BadEmail(), (400, "VALIDATION_FAILED", "body.email")),
        (EmailInUse(), (409, "EMAIL_TAKEN", None)),
        (TooManyAttempts(), (429, "RATE_LIMITED", None)),
        (AccountsUnavailable(), (503, "TEMPORARILY_UNAVAILABLE", None)),
    ],
)
def test_a_sign_up_that_the_pool_refuses(
    client: Client, accounts: FakeAccounts, make: Factory, refusal: AccountError, answer: tuple[int, str, str | None]
) -> None:
    accounts.broken = refusal

    reply = client.post("/auth/signup", NEW)

    assert said(reply) == answer
    assert make.value("select count(*) from users") == 0
    if isinstance(refusal, BadPassword):
        assert reply.json["details"][0] == {"field": "body.password", "message": "Too short.", "type": "password"}
    if isinstance(refusal, BadEmail):
        assert reply.json["details"][0]["type"] == "email"
    if isinstance(refusal, TooManyAttempts):
        assert reply.headers["Retry-After"] == "900"


def test_codes_and_mails_that_the_pool_refuses(client: Client, accounts: FakeAccounts) -> None:
    reset = "/auth/password/reset"
    for path, body, refusal, answer in (
        ("/auth/confirm", PROOFS["/auth/confirm"], EmailInUse(), (409, "EMAIL_TAKEN", None)),
        ("/auth/confirm", PROOFS["/auth/confirm"], AccountsUnavailable(), (503, "TEMPORARILY_UNAVAILABLE", None)),
        (reset, PROOFS[reset], BadPassword(), (400, "VALIDATION_FAILED", "body.newPassword")),
        (reset, PROOFS[reset], TooManyAttempts(), (429, "RATE_LIMITED", None)),
        *((path, {"email": ASHA}, TooManyAttempts(), (429, "RATE_LIMITED", None)) for path in MAILS),
        *((path, {"email": ASHA}, AccountsUnavailable(), (503, "TEMPORARILY_UNAVAILABLE", None)) for path in MAILS),
    ):
        accounts.broken = refusal
        reply = client.post(path, body)
        assert said(reply) == answer, path
        assert not isinstance(refusal, BadPassword) or reply.json["details"][0]["message"] == "This password is too weak."
        assert answer[0] != 429 or reply.headers["Retry-After"] == "900"


def test_a_password_that_may_no_longer_be_used(client: Client, accounts: FakeAccounts) -> None:
    accounts.broken = ResetRequired()

    reply = client.post("/auth/signin", {"email": ASHA, "password": "x"})

    assert said(reply) == (403, "PASSWORD_RESET_REQUIRED", None)
    assert "new password" in reply.json["error"]


def test_a_renewal_or_an_exchange_that_the_pool_does_not_answer(client: Client, accounts: FakeAccounts) -> None:
    accounts.broken = AccountsUnavailable()
    exchange = {"code": "c", "codeVerifier": "v" * 43, "redirectUri": "http://localhost:5173/auth/callback"}

    assert said(client.post("/auth/refresh", cookies=["academy_refresh=token"])) == (503, "TEMPORARILY_UNAVAILABLE", None)
    assert said(client.post("/auth/token", exchange)) == (503, "TEMPORARILY_UNAVAILABLE", None)


@pytest.mark.usefixtures("production_limits")
def test_the_sixth_attempt_after_five_failures_is_refused_even_with_the_right_password(client: Client, accounts: FakeAccounts) -> None:
    known = accounts.add("asha@academy.test")
    failures = [sign_in(client, known, "wrong").status for _ in range(5)]

    reply = client.post("/auth/signin", {"email": "ASHA@academy.test", "password": PASSWORD})

    assert failures == [401] * 5
    assert (reply.status, reply.code) == (429, "RATE_LIMITED")
    assert int(reply.headers["Retry-After"]) > 0
    assert accounts.calls == ["sign_in"] * 5


@pytest.mark.usefixtures("production_limits")
def test_failures_count_for_an_account_and_an_address(client: Client, accounts: FakeAccounts) -> None:
    known, other = accounts.add("asha@academy.test"), accounts.add("other@academy.test")
    for _ in range(5):
        sign_in(client, known, "wrong")

    assert sign_in(client, other).status == 200
    assert sign_in(client, known, ip="198.51.100.9").status == 200
    assert sign_in(client, known).status == 429


@pytest.mark.usefixtures("production_limits")
def test_success_does_not_count(client: Client, accounts: FakeAccounts) -> None:
    known = accounts.add("asha@academy.test")

    assert [sign_in(client, known).status for _ in range(8)] == [200] * 8


@pytest.mark.usefixtures("production_limits")
def test_the_right_password_is_right_though_the_attempts_were_used_up_meanwhile(
    client: Client, accounts: FakeAccounts, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the vendor compares it, somebody else at this address tries the account too, and too often."""
    check = accounts.sign_in

    def slowly(email: str, password: str) -> Any:
        make.execute("update rate_counters set hits = 20 where bucket like 'authentication:%'")
        return check(email, password)

    monkeypatch.setattr(accounts, "sign_in", slowly)

    assert sign_in(client, accounts.add("asha@academy.test")).status == 200
    assert make.value("select hits from rate_counters where bucket like 'authentication:%'") == 19


@pytest.mark.usefixtures("production_limits")
def test_a_vendor_that_is_down_is_nobodys_failure(client: Client, accounts: FakeAccounts) -> None:
    known = accounts.add("asha@academy.test")
    accounts.broken = AccountsUnavailable()
    replies = [sign_in(client, known) for _ in range(7)]
    accounts.broken = None

    assert {(reply.status, reply.code) for reply in replies} == {(503, "TEMPORARILY_UNAVAILABLE")}
    assert sign_in(client, known).status == 200


def test_the_vendors_own_brake_is_passed_on_and_nobodys_failure(client: Client, accounts: FakeAccounts, make: Factory) -> None:
    accounts.broken = TooManyAttempts()

    reply = client.post("/auth/signin", {"email": "asha@academy.test", "password": PASSWORD})

    assert (reply.status, reply.code, reply.headers["Retry-After"]) == (429, "RATE_LIMITED", "900")
    assert make.value("select hits from rate_counters where bucket like 'authentication:%'") == 0


@pytest.mark.usefixtures("production_limits")
def test_attempts_at_the_same_time_do_not_pass_the_limit_together(
    client: Client, accounts: FakeAccounts, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each counts before it tries; counting afterwards would let all of them through."""
    from academy.identity import signing_in
    from academy.platform import limits
    from academy.platform.errors import RateLimited
    from academy.platform.http import Request

    passed, refused = [], []
    here = threading.local()
    monkeypatch.setattr(signing_in, "database", lambda: here.db)

    def attempt() -> None:
        here.db = Database(database_url)
        request = Request("r", None, {}, {}, "203.0.113.7")  # type: ignore[arg-type]
        try:
            with signing_in.attempt(request, "asha@academy.test"):
                time.sleep(0.3)
                passed.append(1)
        except RateLimited:
            refused.append(1)
        finally:
            here.db.discard()

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(passed) <= limits.PRODUCTION["authentication"].hits
    assert len(passed) + len(refused) == 12


def test_no_email_is_kept_in_the_counters(client: Client, accounts: FakeAccounts, make: Factory) -> None:
    sign_in(client, accounts.add("asha@academy.test"), "wrong")

    assert make.value("select count(*) from rate_counters where bucket like 'authentication:%'") == 1
    assert make.value("select count(*) from rate_counters where bucket like '%asha%'") == 0


@pytest.mark.usefixtures("production_limits")
@pytest.mark.parametrize("path", PROOFS)
def test_a_code_is_guessed_five_times_and_no_more(client: Client, accounts: FakeAccounts, path: str) -> None:
    accounts.add(ASHA, confirmed=False)
    other = {**PROOFS[path], "email": "other@academy.test"}

    assert [client.post(path, PROOFS[path]).status for _ in range(6)] == [400] * 5 + [429]
    assert client.post(path, {**PROOFS[path], "code": CODE}).status == 429, "not even the right one"
    assert client.post(path, other).status == 400
    assert len(accounts.calls) == 6
    for proof in PROOFS.keys() - {path}:
        assert client.post(proof, PROOFS[proof]).status == 400, "each kind of proof has its own five"


@pytest.mark.usefixtures("production_limits")
@pytest.mark.parametrize("path", MAILS)
def test_nobody_is_sent_a_hundred_mails(client: Client, accounts: FakeAccounts, path: str) -> None:
    accounts.add(ASHA)

    assert [client.post(path, {"email": address}).status for address in (ASHA, ASHA.upper(), *[ASHA] * 4)] == [200] * 5 + [429]
    assert len(accounts.mails) == 5
    assert client.post(path, {"email": "other@academy.test"}).status == 200
    assert client.post(path, {"email": ASHA}, ip="198.51.100.9").status == 200


def test_a_username_that_is_taken_between_look_and_row(
    client: Client, accounts: FakeAccounts, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_up = accounts.sign_up

    def raced(*arguments: Any, **options: Any) -> Any:
        make.user(username="ASHA.RAO")
        return sign_up(*arguments, **options)

    monkeypatch.setattr(accounts, "sign_up", raced)

    assert said(client.post("/auth/signup", NEW)) == (409, "USERNAME_TAKEN", None)
    assert accounts.known == [], "the account is taken back"
