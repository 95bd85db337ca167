"""What the user pool refuses, in the academy's words, and how often one may try to prove who one is."""

from typing import Any

import pytest

from academy.identity.accounts import AccountError, AccountsUnavailable, BadEmail, BadPassword, EmailInUse, ResetRequired, TooManyAttempts
from academy.platform import config as configuration
from functions.triggers.app import handler
from tests.accounts import CODE, FakeAccounts
from tests.api import Client, Reply
from tests.factories import Factory
from tests.integration.identity.test_sign_up import NEW, google, trigger

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
        assert answer[0] != 429 or reply.headers["Retry-After"] == "900"


def test_a_password_that_may_no_longer_be_used(client: Client, accounts: FakeAccounts) -> None:
    accounts.broken = ResetRequired()

    assert said(client.post("/auth/signin", {"email": ASHA, "password": "x"})) == (403, "PASSWORD_RESET_REQUIRED", None)


def test_a_renewal_or_an_exchange_that_the_pool_does_not_answer(client: Client, accounts: FakeAccounts) -> None:
    accounts.broken = AccountsUnavailable()
    exchange = {"code": "c", "codeVerifier": "v" * 43, "redirectUri": "http://localhost:5173/auth/callback"}

    assert said(client.post("/auth/refresh", cookies=["academy_refresh=token"])) == (503, "TEMPORARILY_UNAVAILABLE", None)
    assert said(client.post("/auth/token", exchange)) == (503, "TEMPORARILY_UNAVAILABLE", None)


@pytest.mark.usefixtures("production_limits")
@pytest.mark.parametrize("path", PROOFS)
def test_a_code_is_guessed_five_times_and_no_more(client: Client, accounts: FakeAccounts, path: str) -> None:
    accounts.add(ASHA, confirmed=False)
    other = {**PROOFS[path], "email": "other@academy.test"}

    assert [client.post(path, PROOFS[path]).status for _ in range(6)] == [400] * 5 + [429]
    assert client.post(path, {**PROOFS[path], "code": CODE}).status == 429, "not even the right one"
    assert client.post(path, other).status == 400
    assert len(accounts.calls) == 6


@pytest.mark.usefixtures("production_limits")
@pytest.mark.parametrize("path", MAILS)
def test_nobody_is_sent_a_hundred_mails(client: Client, accounts: FakeAccounts, path: str) -> None:
    accounts.add(ASHA)

    assert [client.post(path, {"email": address}).status for address in (ASHA, ASHA.upper(), *[ASHA] * 4)] == [200] * 5 + [429]
    assert len(accounts.mails) == 5
    assert client.post(path, {"email": "other@academy.test"}).status == 200


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


def test_a_confirmation_ends_no_sign_in(client: Client, accounts: FakeAccounts) -> None:
    known = accounts.add(ASHA)
    token = client.post("/auth/signin", {"email": ASHA, "password": "Academy-2026!"}).data["accessToken"]

    handler(trigger("PostConfirmation_ConfirmSignUp", known.sub, email=ASHA, email_verified="true"), None)

    assert client.get("/auth/check", user=token).data["authenticated"] is True


@pytest.mark.parametrize("username", ["google_", "google", "_1234567"])
def test_a_guest_without_a_name_is_not_linked(accounts: FakeAccounts, username: str) -> None:
    accounts.add(ASHA)

    handler({**google(email_verified="true"), "userName": username}, None)

    assert accounts.links == []


def test_a_guest_is_not_linked_where_two_have_the_address(accounts: FakeAccounts) -> None:
    accounts.add(ASHA)
    accounts.add(ASHA)

    handler(google(email_verified="true"), None)

    assert accounts.links == []


def test_a_guest_is_linked_beside_one_who_has_not_proved_the_address(accounts: FakeAccounts) -> None:
    accounts.add(ASHA, email_verified=False)
    known = accounts.add(ASHA)

    handler({**google(email_verified="True"), "userName": "Google_12_34"}, None)

    assert accounts.links == [("Google", "12_34", known.sub)]
