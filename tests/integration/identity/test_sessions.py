"""A sign-in's life: the cookie that keeps it, its renewals, its end, and who is signed in."""

from dataclasses import replace

import pytest

from academy.identity.accounts import AccountError, AccountsUnavailable
from academy.platform import config as configuration
from tests.accounts import FakeAccounts
from tests.api import Client
from tests.factories import Factory
from tests.integration.identity.test_sign_in import CALLBACK, PASSWORD, VERIFIER, cookie_of, sign_in
from tests.issuer import Issuer

PATHS = ("/api/v1/auth", "/api/auth")
DROPPED = [f"academy_refresh=; Path={path}; Max-Age=0; HttpOnly; SameSite=Strict" for path in PATHS]


def kept(token: str) -> list[str]:
    """For a month, out of reach of scripts, sent by our own pages alone and to these paths alone."""
    return [f"academy_refresh={token}; Path={path}; Max-Age=2592000; HttpOnly; SameSite=Strict" for path in PATHS]


def test_the_refresh_token_is_a_cookie_out_of_reach(client: Client, accounts: FakeAccounts) -> None:
    reply = sign_in(client, accounts.add("asha@academy.test"))

    assert "refresh" not in reply.text.lower()
    assert reply.cookies == kept(*accounts.refresh_tokens)


def test_the_cookie_is_secure_where_the_academy_is(client: Client, accounts: FakeAccounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://api.academy.test")
    configuration.config.cache_clear()

    reply = sign_in(client, accounts.add("asha@academy.test"))
    out = client.post("/auth/logout", user=reply.data["accessToken"])

    assert reply.cookies == [f"{cookie}; Secure" for cookie in kept(*accounts.refresh_tokens)]
    assert out.cookies == [f"{cookie}; Secure" for cookie in DROPPED]


def test_renewal_rotates_the_cookie(client: Client, accounts: FakeAccounts) -> None:
    first = sign_in(client, accounts.add("asha@academy.test"))

    second = client.post("/auth/refresh", cookies=[cookie_of(first)])
    spent = client.post("/auth/refresh", cookies=[cookie_of(first)])

    assert second.status == 200
    assert second.data["accessToken"] != first.data["accessToken"]
    assert cookie_of(second) != cookie_of(first)
    assert client.post("/auth/refresh", cookies=[cookie_of(second)]).status == 200
    assert (spent.status, spent.code, spent.cookies) == (401, "UNAUTHENTICATED", [])


def test_renewal_needs_the_cookie_and_nothing_else(client: Client, accounts: FakeAccounts) -> None:
    first = sign_in(client, accounts.add("asha@academy.test"))

    assert client.post("/auth/refresh").status == 401
    assert client.post("/auth/refresh", cookies=["academy_refresh="]).status == 401
    assert client.post("/auth/refresh", user=first.data["accessToken"]).status == 401
    assert accounts.calls == ["sign_in"]
    # A stale access token that a client sends along by habit must not be in the way.
    assert client.post("/auth/refresh", user="stale.access.token", cookies=[cookie_of(first)]).status == 200


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ("update users set status = 'suspended'", (403, "ACCOUNT_SUSPENDED")),
        ("update users set status = 'erased'", (401, "UNAUTHENTICATED")),
        ("update users set sessions_valid_from = now() + interval '1 minute'", (401, "UNAUTHENTICATED")),
        ("update sessions set revoked_at = now()", (401, "UNAUTHENTICATED")),
    ],
)
def test_renewal_is_refused_to_who_is_out(
    client: Client, accounts: FakeAccounts, make: Factory, statement: str, answer: tuple[int, str]
) -> None:
    first = sign_in(client, accounts.add("asha@academy.test"))
    make.execute(statement)

    reply = client.post("/auth/refresh", cookies=[cookie_of(first)])

    assert (reply.status, reply.code) == answer
    assert reply.cookies == []
    assert "accessToken" not in reply.text


def test_a_pool_that_keeps_the_refresh_token_leaves_the_cookie_alone(
    client: Client, accounts: FakeAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (sign_in(client, accounts.add(email)) for email in ("asha@academy.test", "uma@academy.test"))
    tokens = accounts.tokens
    monkeypatch.setattr(accounts, "tokens", lambda *known: replace(tokens(*known), refresh=None))

    renewed = client.post("/auth/refresh", cookies=[cookie_of(first)])
    client.post("/auth/logout", cookies=[cookie_of(second)])

    assert (renewed.status, renewed.cookies) == (200, [])
    assert accounts.revoked == [cookie_of(second).partition("=")[2]]


@pytest.mark.parametrize(
    ("path", "act", "status", "sign_ins"),
    [
        ("/auth/signin", "sign_in", 200, 2),
        ("/auth/token", "exchange", 200, 2),
        ("/auth/refresh", "refresh", 200, 1),
        ("/auth/logout", "refresh", 204, 0),
    ],
)
def test_a_transaction_that_is_run_again_does_not_spend_a_proof_twice(
    client: Client, accounts: FakeAccounts, make: Factory, path: str, act: str, status: int, sign_ins: int
) -> None:
    """The vendor takes a code or a token once, and counts passwords: it is not asked again where the database alone wants another try."""
    known = accounts.add("asha@academy.test")
    first = sign_in(client, known)
    exchange = {"codeVerifier": VERIFIER, "redirectUri": CALLBACK}
    exchange["code"] = accounts.code_for(known, verifier=VERIFIER, redirect_uri=CALLBACK)
    body = {"/auth/signin": {"email": known.email, "password": PASSWORD}, "/auth/token": exchange}.get(path)
    accounts.calls.clear()
    first_session_clashes(make)

    assert client.post(path, body, cookies=[cookie_of(first)]).status == status
    assert accounts.calls.count(act) == 1
    assert make.value("select count(*) from sessions where revoked_at is null") == sign_ins
    assert make.value("select last_value from tries") == 2


def first_session_clashes(make: Factory) -> None:
    """As in a deadlock: the server asks for the whole transaction again."""
    make.execute("create sequence tries")
    make.execute("""
        create function clash() returns trigger language plpgsql security definer as $$ begin
            if nextval('tries') = 1 then raise 'deadlock detected' using errcode = '40P01'; end if;
            return new;
        end $$
    """)
    make.execute("create trigger clash before insert on sessions for each row execute function clash()")


def test_sign_out_ends_access_token_and_cookie_at_once(client: Client, accounts: FakeAccounts, make: Factory) -> None:
    first = sign_in(client, accounts.add("asha@academy.test"))
    token = first.data["accessToken"]
    assert client.post("/profile/check-username", {"username": "asha"}, user=token).status == 200

    reply = client.post("/auth/logout", user=token, cookies=[cookie_of(first)])

    assert reply.status == 204
    assert reply.cookies == DROPPED
    assert client.post("/profile/check-username", {"username": "asha"}, user=token).status == 401
    assert client.post("/auth/refresh", cookies=[cookie_of(first)]).status == 401
    assert client.get("/auth/check", user=token).data["authenticated"] is False
    assert accounts.revoked == [cookie_of(first).partition("=")[2]]
    person = first.data["user"]["id"]
    entries = make.rows("select actor_id::text, target_type, target_id from audit_log where action = 'session.end'")
    assert entries == [{"actor_id": person, "target_type": "user", "target_id": person}]


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
    known = accounts.add("asha@academy.test")
    first, laptop = sign_in(client, known), sign_in(client, known)
    others = {*accounts.refresh_tokens} - {cookie_of(first).partition("=")[2]}

    reply = client.post("/auth/logout", user="an.expired.token", cookies=[cookie_of(first)])

    assert (reply.status, reply.cookies) == (204, DROPPED)
    assert client.get("/auth/check", user=first.data["accessToken"]).data["authenticated"] is False
    assert client.get("/auth/check", user=laptop.data["accessToken"]).data["authenticated"] is True
    assert {*accounts.revoked} == {*accounts.refresh_tokens} - others, "the one that the vendor gave in its place"


def test_a_sign_in_that_is_somebody_elses_is_neither_entered_nor_ended(
    client: Client, accounts: FakeAccounts, issuer: Issuer, make: Factory
) -> None:
    owner, other = make.user(), make.user()
    make.execute("insert into sessions (id, user_id) values ('the-owners', :id)", id=owner["id"])
    known = accounts.add(other["email"], sub=other["sub"])
    cookies = [[f"academy_refresh={accounts.tokens(known, 'the-owners').refresh}"] for _ in range(2)]

    entered = client.post("/auth/refresh", cookies=cookies[0])
    by_cookie = client.post("/auth/logout", cookies=cookies[1])
    by_token = client.post("/auth/logout", user=issuer.token(other["sub"], origin_jti="the-owners"))

    assert (entered.status, by_cookie.status, by_token.status) == (401, 204, 204)
    assert make.rows("select user_id, revoked_at from sessions") == [{"user_id": owner["id"], "revoked_at": None}]


def test_sign_out_twice_or_of_nobody_is_fine(client: Client, accounts: FakeAccounts) -> None:
    first = sign_in(client, accounts.add("asha@academy.test"))
    client.post("/auth/logout", user=first.data["accessToken"])

    assert client.post("/auth/logout", user=first.data["accessToken"]).status == 204
    assert accounts.calls == ["sign_in"]
    for cookies, revoked in (([], []), (["academy_refresh=made-up"], ["made-up"])):
        reply = client.post("/auth/logout", cookies=cookies)
        assert (reply.status, reply.cookies, accounts.revoked) == (204, DROPPED, revoked)


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


def test_check_of_a_first_sight_asks_the_vendor_for_the_name(client: Client, accounts: FakeAccounts) -> None:
    known = accounts.add("asha@academy.test")

    data = client.get("/auth/check", user={"sub": known.sub}).data

    told = [data["user"][name] for name in ("email", "emailVerified", "firstName", "lastName")]
    assert told == ["asha@academy.test", True, "Asha", "Rao"]
    assert data["onboardingRequired"] is True
    client.get("/auth/check", user={"sub": known.sub})
    assert accounts.calls == ["find"]


@pytest.mark.parametrize("broken", [None, AccountsUnavailable()])
def test_check_of_a_first_sight_tells_nothing_of_whom_the_vendor_does_not(
    client: Client, accounts: FakeAccounts, broken: AccountError | None
) -> None:
    accounts.broken = broken

    data = client.get("/auth/check", user={"sub": "of-nobody"}).data

    assert (data["authenticated"], data["user"]["email"], data["user"]["fullName"]) == (True, None, None)
    assert accounts.calls == ["find"]


def test_check_of_the_suspended_says_so(client: Client, make: Factory) -> None:
    assert client.get("/auth/check", user=make.user(status="suspended")).code == "ACCOUNT_SUSPENDED"
