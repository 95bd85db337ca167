"""The ways in: hosted page and password, and whose an e-mail address is."""

import time
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from jose import jwt

from academy.platform.db import Database
from tests.accounts import FakeAccounts, Known
from tests.api import Client, Reply
from tests.factories import Factory
from tests.issuer import Issuer

CALLBACK = "http://localhost:5173/auth/callback"
VERIFIER = "v" * 43
CHALLENGE = "c" * 43
PASSWORD = "Academy-2026!"


def cookie_of(reply: Reply) -> str:
    first = next(cookie for cookie in reply.cookies if "Path=/api/v1/auth;" in cookie)
    return first.partition(";")[0]


def sign_in(client: Client, known: Known, password: str = PASSWORD, **options: object) -> Reply:
    return client.post("/auth/signin", {"email": known.email, "password": password}, **options)


def test_the_configuration_is_what_an_oauth_client_needs(client: Client) -> None:
    reply = client.get("/auth/config")

    assert reply.status == 200
    assert reply.data == {
        "region": "ap-south-1",
        "userPoolId": "ap-south-1_test",
        "clientId": "testclient",
        "domain": "https://signin.test",
        "loginUrl": "http://127.0.0.1:3000/api/v1/auth/login",
        "providers": ["Google", "Email"],
        "scopes": ["openid", "email", "profile"],
        "redirectUris": ["http://localhost:5173/auth/callback", "http://localhost:3000/auth/callback"],
    }


def test_domains_are_listed_for_everybody_but_those_out_of_use(client: Client, make: Factory) -> None:
    make.execute("update domains set active = false where slug = 'law'")

    slugs = [domain["slug"] for domain in client.get("/domains").data]

    assert slugs[0] == "engineering"
    assert "law" not in slugs


def test_login_leads_to_google_with_pkce(client: Client) -> None:
    reply = client.get("/auth/login", query={"redirectUri": CALLBACK, "state": "state-12345", "codeChallenge": CHALLENGE})

    assert reply.status == 302
    address = urlsplit(reply.headers["Location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://signin.test/oauth2/authorize"
    assert {name: values[0] for name, values in parse_qs(address.query).items()} == {
        "response_type": "code",
        "client_id": "testclient",
        "redirect_uri": CALLBACK,
        "state": "state-12345",
        "scope": "openid email profile",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "identity_provider": "Google",
    }


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.test/auth/callback",
        "http://localhost:5173/auth/callback/",
        "http://localhost:5173/auth/callback?next=https://evil.test",
        "http://localhost:5173/auth/callback#x",
        "http://localhost:5173.evil.test/auth/callback",
        "http://localhost:5173@evil.test/auth/callback",
        "http://LOCALHOST:5173/auth/callback",
        "//evil.test",
        "/auth/callback",
        "javascript:alert(1)",
        "http://localhost:5173/auth/callback\r\nSet-Cookie: a=b",
        "http://localhost:5173/auth/callback,http://localhost:3000/auth/callback",
    ],
)
def test_login_and_exchange_lead_back_only_where_allowed(client: Client, accounts: FakeAccounts, address: str) -> None:
    login = client.get("/auth/login", query={"redirectUri": address, "state": "state-12345", "codeChallenge": CHALLENGE})
    exchange = client.post("/auth/token", {"code": "x", "codeVerifier": VERIFIER, "redirectUri": address})

    assert (login.status, login.code) == (400, "VALIDATION_FAILED")
    assert "Location" not in login.headers
    assert exchange.status == 400
    for reply, field in ((login, "query.redirectUri"), (exchange, "body.redirectUri")):
        assert [(detail["field"], detail["type"]) for detail in reply.json["details"]] == [(field, "redirect_uri")]
    assert accounts.calls == []


@pytest.mark.parametrize("missing", ["redirectUri", "state", "codeChallenge"])
def test_login_wants_redirect_state_and_challenge(client: Client, missing: str) -> None:
    query = {"redirectUri": CALLBACK, "state": "state-12345", "codeChallenge": CHALLENGE}
    del query[missing]

    reply = client.get("/auth/login", query=query)

    assert reply.status == 400
    assert reply.json["details"][0]["field"] == f"query.{missing}"


def test_a_code_becomes_tokens_and_a_person(client: Client, accounts: FakeAccounts, make: Factory) -> None:
    known = accounts.add("asha@academy.test", password=None)
    code = accounts.code_for(known, verifier=VERIFIER, redirect_uri=CALLBACK)

    body = {"code": code, "codeVerifier": VERIFIER, "redirectUri": CALLBACK}
    reply = client.post("/auth/token", body, headers={"User-Agent": "Browser/1 " * 30})

    assert reply.status == 200
    assert reply.data["expiresIn"] == 600
    assert jwt.get_unverified_claims(reply.data["idToken"])["email"] == "asha@academy.test"
    assert reply.data["onboardingRequired"] is True
    assert reply.data["user"]["email"] == "asha@academy.test"
    assert reply.data["user"]["emailVerified"] is True
    assert [reply.data["user"][name] for name in ("firstName", "lastName", "fullName")] == ["Asha", "Rao", "Asha Rao"]
    assert reply.data["user"]["role"] == "student"
    assert "course:enroll" in reply.data["permissions"]
    assert client.get("/auth/check", user=reply.data["accessToken"]).data["authenticated"] is True
    assert make.rows("select user_agent from sessions") == [{"user_agent": ("Browser/1 " * 30)[:200]}]


def test_who_does_not_say_what_they_come_with_gets_in_too(client: Client, accounts: FakeAccounts, make: Factory) -> None:
    assert sign_in(client, accounts.add("asha@academy.test")).status == 200
    assert make.rows("select user_agent from sessions") == [{"user_agent": ""}]


@pytest.mark.parametrize("flaw", ["issuer", "application", "id token", "stale", "somebody else", "key"])
def test_tokens_that_are_not_of_our_pool_and_person_let_nobody_in(
    client: Client, accounts: FakeAccounts, issuer: Issuer, make: Factory, monkeypatch: pytest.MonkeyPatch, flaw: str
) -> None:
    """Whoever has sent them, and whichever way they come."""
    known = accounts.add("asha@academy.test")
    flaws: dict[str, dict[str, Any]] = {
        "issuer": {"iss": "https://cognito-idp.ap-south-1.amazonaws.com/ap-south-1_other"},
        "application": {"client_id": "another-client"},
        "id token": {"token_use": "id"},
        "stale": {"exp": int(time.time()) - 60},
    }
    signer = Issuer() if flaw == "key" else issuer
    access = signer.token("somebody" if flaw == "somebody else" else known.sub, **{"iss": issuer.url, **flaws.get(flaw, {})})
    given = replace(accounts.tokens(known), access=access)
    monkeypatch.setattr(accounts, "tokens", lambda *_: given)
    code = accounts.code_for(known, verifier=VERIFIER, redirect_uri=CALLBACK)

    for reply in (
        client.post("/auth/token", {"code": code, "codeVerifier": VERIFIER, "redirectUri": CALLBACK}),
        sign_in(client, known),
        client.post("/auth/refresh", cookies=[f"academy_refresh={given.refresh}"]),
    ):
        assert (reply.status, reply.code, reply.cookies) == (401, "UNAUTHENTICATED", [])

    assert accounts.calls == ["exchange", "sign_in", "refresh"]
    assert [make.value(f"select count(*) from {table}") for table in ("users", "sessions")] == [0, 0]


def test_a_code_works_once(client: Client, accounts: FakeAccounts) -> None:
    known = accounts.add("asha@academy.test")
    body = {"code": accounts.code_for(known, verifier=VERIFIER, redirect_uri=CALLBACK), "codeVerifier": VERIFIER, "redirectUri": CALLBACK}
    client.post("/auth/token", body)

    reply = client.post("/auth/token", body)

    assert (reply.status, reply.code) == (401, "UNAUTHENTICATED")


def test_a_stolen_code_is_worth_nothing_without_its_verifier(client: Client, accounts: FakeAccounts) -> None:
    code = accounts.code_for(accounts.add("asha@academy.test"), verifier=VERIFIER, redirect_uri=CALLBACK)

    reply = client.post("/auth/token", {"code": code, "codeVerifier": "w" * 43, "redirectUri": CALLBACK})

    assert reply.status == 401
    assert reply.cookies == []


def test_a_password_signs_in(client: Client, accounts: FakeAccounts, make: Factory) -> None:
    user = make.user("instructor", email="teacher@academy.test")
    known = accounts.add("teacher@academy.test", sub=user["sub"])

    reply = sign_in(client, known)

    assert reply.status == 200
    assert reply.data["user"]["id"] == str(user["id"])
    assert reply.data["user"]["role"] == "instructor"
    assert reply.data["onboardingRequired"] is False
    assert "challenge" not in reply.data


def test_a_password_is_not_trimmed(client: Client, accounts: FakeAccounts) -> None:
    known = accounts.add("asha@academy.test", password=" spaces belong to it ")

    assert sign_in(client, known, " spaces belong to it ").status == 200
    assert sign_in(client, known, "spaces belong to it").status == 401


def test_the_email_is_written_as_one_likes(client: Client, accounts: FakeAccounts) -> None:
    accounts.add("asha@academy.test")

    assert client.post("/auth/signin", {"email": " Asha@Academy.TEST ", "password": PASSWORD}).status == 200


def test_a_second_factor_is_asked_for(client: Client, accounts: FakeAccounts, make: Factory) -> None:
    reply = sign_in(client, accounts.add("asha@academy.test", mfa="TOTP"))

    assert reply.status == 200
    assert reply.data == {"challenge": "TOTP", "session": "challenge-session"}
    assert reply.cookies == []
    assert make.value("select count(*) from sessions") == 0


def test_wrong_password_and_unknown_account_are_one_answer(client: Client, accounts: FakeAccounts, db: Database) -> None:
    known = accounts.add("asha@academy.test")

    trips = db.trips
    wrong = sign_in(client, known, "not the password")
    wrong_trips, trips = db.trips - trips, db.trips
    unknown = client.post("/auth/signin", {"email": "nobody@academy.test", "password": "not the password"})
    unknown_trips = db.trips - trips
    nonsense = client.post("/auth/signin", {"email": "not an address", "password": "x"})

    assert (wrong.status, wrong.code) == (401, "UNAUTHENTICATED")
    for reply in (unknown, nonsense):
        assert (reply.status, reply.code, reply.json["error"]) == (wrong.status, wrong.code, wrong.json["error"])
    assert {*wrong.headers} == {*unknown.headers}
    # The same work, so about the same time: as many database trips, and the same calls of the vendor.
    assert wrong_trips == unknown_trips
    assert accounts.calls == ["sign_in"] * 3


def test_an_account_without_its_code_entered_is_told_so(client: Client, accounts: FakeAccounts) -> None:
    reply = sign_in(client, accounts.add("asha@academy.test", confirmed=False))

    assert (reply.status, reply.code) == (403, "EMAIL_NOT_CONFIRMED")
    assert "code" in reply.json["error"]


def test_a_suspended_user_does_not_get_in(client: Client, accounts: FakeAccounts, make: Factory) -> None:
    user = make.user(status="suspended", email="out@academy.test")

    reply = sign_in(client, accounts.add("out@academy.test", sub=user["sub"]))

    assert (reply.status, reply.code) == (403, "ACCOUNT_SUSPENDED")
    assert "suspended" in reply.json["error"]
    assert reply.cookies == []


def test_an_email_goes_to_who_has_verified_it(client: Client, accounts: FakeAccounts, make: Factory) -> None:
    squatter = make.user(email="asha@academy.test", email_verified=False)
    known = accounts.add("asha@academy.test")

    reply = sign_in(client, known)

    assert reply.data["user"]["email"] == "asha@academy.test"
    assert make.value("select email from users where id = :id", id=squatter["id"]) is None


def test_an_email_that_another_has_verified_is_not_taken_over(client: Client, accounts: FakeAccounts, make: Factory) -> None:
    owner = make.user(email="asha@academy.test", email_verified=True)
    known = accounts.add("asha@academy.test")

    reply = sign_in(client, known)

    assert reply.status == 200
    assert reply.data["user"]["email"] is None
    assert reply.data["user"]["id"] != str(owner["id"])
    assert make.value("select email from users where id = :id", id=owner["id"]) == "asha@academy.test"


def test_a_sign_in_is_one_statement_in_one_transaction(client: Client, accounts: FakeAccounts, db: Database) -> None:
    known = accounts.add("asha@academy.test")
    sign_in(client, known)
    before = db.trips

    sign_in(client, known)

    # Admission, the attempt counted and given back, the statement, the commit.
    assert db.trips - before == 5
