"""In and out: hosted page, password, renewal, sign-out, and who is signed in."""

import threading
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from academy.identity.accounts import AccountsUnavailable, TooManyAttempts
from academy.platform import config as configuration
from academy.platform.db import Database
from tests.accounts import FakeAccounts, Known
from tests.api import Client, Reply
from tests.factories import Factory

CALLBACK = "http://localhost:5173/auth/callback"
VERIFIER = "v" * 43
CHALLENGE = "c" * 43
PASSWORD = "Academy-2026!"


def cookie_of(reply: Reply) -> str:
    first = next(cookie for cookie in reply.cookies if "Path=/api/v1/auth;" in cookie)
    return first.partition(";")[0]


def sign_in(client: Client, known: Known, password: str = PASSWORD, **options: object) -> Reply:
    return client.post("/auth/signin", {"email": known.email, "password": password}, **options)


@pytest.fixture
def production_limits(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATE_LIMITS", "production")
    configuration.config.cache_clear()


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
    assert login.json["details"][0]["field"] == "query.redirectUri"
    assert exchange.status == 400
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

    reply = client.post("/auth/token", {"code": code, "codeVerifier": VERIFIER, "redirectUri": CALLBACK})

    assert reply.status == 200
    assert reply.data["expiresIn"] == 600
    assert reply.data["onboardingRequired"] is True
    assert reply.data["user"]["email"] == "asha@academy.test"
    assert reply.data["user"]["emailVerified"] is True
    assert reply.data["user"]["fullName"] == "Asha Rao"
    assert reply.data["user"]["role"] == "student"
    assert "course:enroll" in reply.data["permissions"]
    assert client.get("/auth/check", user=reply.data["accessToken"]).data["authenticated"] is True
    assert make.value("select count(*) from sessions") == 1


def test_the_refresh_token_is_a_cookie_out_of_reach(client: Client, accounts: FakeAccounts) -> None:
    reply = sign_in(client, accounts.add("asha@academy.test"))

    assert "refresh" not in reply.text.lower()
    assert [cookie.partition("Path=")[2].partition(";")[0] for cookie in reply.cookies] == ["/api/v1/auth", "/api/auth"]
    for cookie in reply.cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert "Secure" not in cookie


def test_the_cookie_is_secure_where_the_academy_is(client: Client, accounts: FakeAccounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://api.academy.test")
    configuration.config.cache_clear()

    reply = sign_in(client, accounts.add("asha@academy.test"))

    assert all("; Secure" in cookie for cookie in reply.cookies)


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


@pytest.mark.usefixtures("production_limits")
def test_the_sixth_attempt_after_five_failures_is_refused_even_with_the_right_password(client: Client, accounts: FakeAccounts) -> None:
    known = accounts.add("asha@academy.test")
    failures = [sign_in(client, known, "wrong").status for _ in range(5)]

    reply = sign_in(client, known)

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
def test_a_vendor_that_is_down_is_nobodys_failure(client: Client, accounts: FakeAccounts) -> None:
    known = accounts.add("asha@academy.test")
    accounts.broken = AccountsUnavailable()
    replies = [sign_in(client, known) for _ in range(7)]
    accounts.broken = None

    assert {(reply.status, reply.code) for reply in replies} == {(503, "TEMPORARILY_UNAVAILABLE")}
    assert sign_in(client, known).status == 200


def test_the_vendors_own_brake_is_passed_on(client: Client, accounts: FakeAccounts) -> None:
    accounts.broken = TooManyAttempts()

    reply = client.post("/auth/signin", {"email": "asha@academy.test", "password": PASSWORD})

    assert (reply.status, reply.code) == (429, "RATE_LIMITED")


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


def test_a_suspended_user_does_not_get_in(client: Client, accounts: FakeAccounts, make: Factory) -> None:
    user = make.user(status="suspended", email="out@academy.test")

    reply = sign_in(client, accounts.add("out@academy.test", sub=user["sub"]))

    assert (reply.status, reply.code) == (403, "ACCOUNT_SUSPENDED")
    assert reply.cookies == []


def test_renewal_rotates_the_cookie(client: Client, accounts: FakeAccounts) -> None:
    first = sign_in(client, accounts.add("asha@academy.test"))

    second = client.post("/auth/refresh", cookies=[cookie_of(first)])
    spent = client.post("/auth/refresh", cookies=[cookie_of(first)])

    assert second.status == 200
    assert second.data["accessToken"] != first.data["accessToken"]
    assert cookie_of(second) != cookie_of(first)
    assert client.post("/auth/refresh", cookies=[cookie_of(second)]).status == 200
    assert (spent.status, spent.code) == (401, "UNAUTHENTICATED")


def test_renewal_needs_the_cookie_and_nothing_else(client: Client, accounts: FakeAccounts) -> None:
    first = sign_in(client, accounts.add("asha@academy.test"))

    assert client.post("/auth/refresh").status == 401
    assert client.post("/auth/refresh", user=first.data["accessToken"]).status == 401
    # A stale access token that a client sends along by habit must not be in the way.
    assert client.post("/auth/refresh", user="stale.access.token", cookies=[cookie_of(first)]).status == 200


def test_renewal_is_refused_to_the_suspended(client: Client, accounts: FakeAccounts, make: Factory) -> None:
    first = sign_in(client, accounts.add("asha@academy.test"))
    make.execute("update users set status = 'suspended'")

    assert client.post("/auth/refresh", cookies=[cookie_of(first)]).code == "ACCOUNT_SUSPENDED"


def test_sign_out_ends_access_token_and_cookie_at_once(client: Client, accounts: FakeAccounts) -> None:
    first = sign_in(client, accounts.add("asha@academy.test"))
    token = first.data["accessToken"]
    assert client.post("/profile/check-username", {"username": "asha"}, user=token).status == 200

    reply = client.post("/auth/logout", user=token, cookies=[cookie_of(first)])

    assert reply.status == 204
    assert all("Max-Age=0" in cookie for cookie in reply.cookies)
    assert client.post("/profile/check-username", {"username": "asha"}, user=token).status == 401
    assert client.post("/auth/refresh", cookies=[cookie_of(first)]).status == 401
    assert client.get("/auth/check", user=token).data["authenticated"] is False
    assert accounts.revoked == [cookie_of(first).partition("=")[2]]


def test_sign_out_ends_this_sign_in_alone(client: Client, accounts: FakeAccounts) -> None:
    known = accounts.add("asha@academy.test")
    phone, laptop = sign_in(client, known), sign_in(client, known)

    client.post("/auth/logout", user=phone.data["accessToken"])

    assert client.get("/auth/check", user=phone.data["accessToken"]).data["authenticated"] is False
    assert client.get("/auth/check", user=laptop.data["accessToken"]).data["authenticated"] is True
    assert client.post("/auth/refresh", cookies=[cookie_of(laptop)]).status == 200


def test_a_renewed_token_of_an_ended_sign_in_is_refused_too(client: Client, accounts: FakeAccounts) -> None:
    first = sign_in(client, accounts.add("asha@academy.test"))
    second = client.post("/auth/refresh", cookies=[cookie_of(first)])

    client.post("/auth/logout", user=first.data["accessToken"])

    assert client.get("/auth/check", user=second.data["accessToken"]).data["authenticated"] is False
    assert client.post("/auth/refresh", cookies=[cookie_of(second)]).status == 401


def test_sign_out_with_the_cookie_alone_ends_the_sign_in(client: Client, accounts: FakeAccounts) -> None:
    first = sign_in(client, accounts.add("asha@academy.test"))

    reply = client.post("/auth/logout", user="an.expired.token", cookies=[cookie_of(first)])

    assert reply.status == 204
    assert client.get("/auth/check", user=first.data["accessToken"]).data["authenticated"] is False


def test_sign_out_twice_or_of_nobody_is_fine(client: Client, accounts: FakeAccounts) -> None:
    first = sign_in(client, accounts.add("asha@academy.test"))
    client.post("/auth/logout", user=first.data["accessToken"])

    assert client.post("/auth/logout", user=first.data["accessToken"]).status == 204
    assert client.post("/auth/logout").status == 204
    assert client.post("/auth/logout", cookies=["academy_refresh=made-up"]).status == 204


def test_sign_out_holds_even_if_the_vendor_does_not_answer(client: Client, accounts: FakeAccounts) -> None:
    first = sign_in(client, accounts.add("asha@academy.test"))
    accounts.broken = AccountsUnavailable()

    reply = client.post("/auth/logout", user=first.data["accessToken"], cookies=[cookie_of(first)])

    assert reply.status == 204
    assert client.get("/auth/check", user=first.data["accessToken"]).data["authenticated"] is False


def test_check_of_nobody(client: Client) -> None:
    for user in (None, "not.a.token"):
        reply = client.get("/auth/check", user=user)
        assert reply.status == 200
        assert reply.data == {"authenticated": False, "user": None, "onboardingRequired": False, "permissions": []}


def test_check_tells_who_and_what_they_may(client: Client, make: Factory) -> None:
    user = make.user("instructor")

    data = client.get("/auth/check", user=user).data

    assert data["authenticated"] is True
    assert data["user"]["id"] == str(user["id"])
    assert data["user"]["instructorApproved"] is True
    assert data["onboardingRequired"] is False
    assert "course:create" in data["permissions"]
    assert "user:read" not in data["permissions"]


def test_check_of_a_first_sight_asks_the_vendor_for_the_name(client: Client, accounts: FakeAccounts, issuer: object) -> None:
    known = accounts.add("asha@academy.test")

    data = client.get("/auth/check", user={"sub": known.sub}).data

    assert data["user"]["email"] == "asha@academy.test"
    assert data["user"]["fullName"] is None or data["user"]["firstName"] == "Asha"
    assert data["onboardingRequired"] is True
    client.get("/auth/check", user={"sub": known.sub})
    assert accounts.calls == ["find"]


def test_check_of_the_suspended_says_so(client: Client, make: Factory) -> None:
    assert client.get("/auth/check", user=make.user(status="suspended")).code == "ACCOUNT_SUSPENDED"


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
