"""Forged, bent and stale access tokens: each is 401 and nothing else."""

import base64
import hashlib
import hmac
import json
import threading
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwt

from academy.platform.auth import tokens
from academy.platform.auth.tokens import JWKS_REFETCH_INTERVAL, TokenVerifier
from academy.platform.db import Database
from academy.platform.errors import Unauthenticated
from academy.platform.http import signed_in
from academy.platform.http.admission import admit
from tests.api import Client
from tests.factories import Factory
from tests.issuer import Issuer

PROTECTED = "/users/00000000-0000-7000-8000-000000000000/profile"


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(value if isinstance(value, bytes) else json.dumps(value).encode()).rstrip(b"=").decode()


def bent(issuer: Issuer, person: str, **changes: Any) -> str:
    claims = {name: value for name, value in {**issuer.claims(person), **changes}.items() if value is not None}
    return f"{jwt.encode(claims, issuer.pem, algorithm='RS256', headers={'kid': issuer.kid})}"


def refused(client: Client, token: str) -> bool:
    reply = client.get(PROTECTED, user=token)
    return (reply.status, reply.code) == (401, "UNAUTHENTICATED") and reply.headers["WWW-Authenticate"] == "Bearer"


@pytest.fixture
def sub(make: Factory) -> str:
    return str(make.user("admin")["sub"])


def test_the_good_token_gets_in(client: Client, issuer: Issuer, sub: str) -> None:
    assert client.get(PROTECTED, user=issuer.token(sub)).status == 404


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
@pytest.mark.parametrize("signature", ["", "c2ln"])
def test_no_algorithm(client: Client, issuer: Issuer, sub: str, algorithm: str, signature: str) -> None:
    token = f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': issuer.kid})}.{part(issuer.claims(sub))}.{signature}"

    assert refused(client, token)


@pytest.mark.parametrize("form", ["pem", "der", "jwk", "modulus"])
@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_hmac_with_the_public_key(client: Client, issuer: Issuer, sub: str, algorithm: str, form: str) -> None:
    public = serialization.load_pem_public_key(issuer.public_pem.encode())
    secret = {
        "pem": issuer.public_pem.encode(),
        "der": public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
        "jwk": json.dumps(issuer.jwks()["keys"][0]).encode(),
        "modulus": issuer.jwks()["keys"][0]["n"].encode(),
    }[form]
    signed = f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': issuer.kid})}.{part(issuer.claims(sub))}"
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]
    token = f"{signed}.{part(hmac.new(secret, signed.encode(), digest).digest())}"

    assert refused(client, token)


@pytest.mark.parametrize("algorithm", ["RS384", "RS512"])
def test_another_algorithm_of_the_same_key(client: Client, issuer: Issuer, sub: str, algorithm: str) -> None:
    assert refused(client, jwt.encode(issuer.claims(sub), issuer.pem, algorithm=algorithm, headers={"kid": issuer.kid}))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://cognito-idp.ap-south-1.amazonaws.com/ap-south-1_other"},
        {"iss": None},
        {"iss": ["a", "b"]},
        {"client_id": "another-client"},
        {"client_id": None, "aud": "testclient"},
        {"client_id": None},
        {"client_id": ["testclient"]},
        {"token_use": "id"},
        {"token_use": "refresh"},
        {"token_use": None},
        {"token_use": "id", "aud": "testclient", "client_id": None, "email": "a@academy.test"},
        {"exp": 1},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"exp": "never"},
        {"exp": -1},
        {"nbf": int(time.time()) + 86_400},
        {"iat": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"origin_jti": None},
        {"username": None},
        {"auth_time": None},
        {"auth_time": "soon"},
    ],
    ids=",".join,
)
def test_bent_claims(client: Client, issuer: Issuer, make: Factory, sub: str, changes: dict[str, Any]) -> None:
    before = make.value("select count(*) from users")

    assert refused(client, bent(issuer, sub, **changes))
    assert make.value("select count(*) from users") == before


def test_an_id_token_is_no_access_token(client: Client, issuer: Issuer, sub: str) -> None:
    claims = {
        "token_use": "id",
        "aud": "testclient",
        "client_id": None,
        "cognito:username": sub,
        "username": None,
        "email": "a@academy.test",
    }

    assert refused(client, issuer.token(sub, **claims))


def test_a_stripped_and_a_changed_signature(client: Client, issuer: Issuer, sub: str) -> None:
    head, body, signature = issuer.token(sub).split(".")
    other = ("A" if signature[0] != "A" else "B") + signature[1:]

    for token in (
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{body}.{other}",
        f"{head}.{body}.{signature[:-8]}",
        f"{head}.{body}.{signature}.x",
    ):
        assert refused(client, token)


def test_a_changed_body_under_a_good_signature(client: Client, issuer: Issuer, sub: str, make: Factory) -> None:
    head, _, signature = issuer.token(make.user()["sub"]).split(".")

    assert refused(client, f"{head}.{part(issuer.claims(sub))}.{signature}")


def test_a_foreign_key_under_the_known_kid(client: Client, issuer: Issuer, sub: str) -> None:
    assert refused(client, jwt.encode(issuer.claims(sub), Issuer().pem, algorithm="RS256", headers={"kid": issuer.kid}))


@pytest.mark.parametrize("kid", ["key-2", "", None, 7, ["key-1"], {"a": 1}, "../../etc/passwd", "' or 1=1 --", "x" * 10_000])
def test_a_foreign_kid(client: Client, issuer: Issuer, sub: str, kid: Any) -> None:
    head = {"alg": "RS256", "typ": "JWT", "kid": kid}
    signed = jwt.encode(issuer.claims(sub), issuer.pem, algorithm="RS256", headers={"kid": "x"})

    assert refused(client, ".".join([part(head), *signed.split(".")[1:]]))


def test_keys_that_a_token_brings_along_are_not_looked_at(client: Client, issuer: Issuer, sub: str) -> None:
    mine = Issuer()
    mine.kid = "mine"
    key = mine.jwks()["keys"][0]
    fetches = issuer.fetches
    headers: list[dict[str, Any]] = [
        {"kid": "mine", "jku": "http://127.0.0.1:1/jwks.json"},
        {"kid": "mine", "x5u": "http://127.0.0.1:1/cert.pem"},
        {"kid": "mine", "jwk": key},
        {"kid": "mine", "x5c": ["MIIB"]},
        {"kid": issuer.kid, "jwk": key},
        {"kid": issuer.kid, "jku": "http://127.0.0.1:1/jwks.json"},
    ]
    for header in headers:
        assert refused(client, jwt.encode(issuer.claims(sub), mine.pem, algorithm="RS256", headers=header))
    assert issuer.fetches <= fetches + 1


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "..",
        "...",
        "a.b.c",
        "Bearer",
        "null",
        "eyJ.eyJ.eyJ",
        "\u00e9.\u00e9.\u00e9",
        "A" * 20_000,
        "e30.e30.e30",
        "W10.W10.W10",
        "MQ.MQ.MQ",
    ],
)
def test_garbage(client: Client, token: str) -> None:
    assert refused(client, token)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "token", "Bearer  ", "bearer\tx"])
def test_another_scheme(client: Client, header: str) -> None:
    assert client.get(PROTECTED, headers={"authorization": header}).status == 401


def test_a_small_key_is_no_way_in(client: Client, issuer: Issuer, sub: str) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    pem = weak.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()

    assert refused(client, jwt.encode(issuer.claims(sub), pem, algorithm="RS256", headers={"kid": issuer.kid}))


def test_a_revoked_session(client: Client, issuer: Issuer, make: Factory) -> None:
    user = make.user()
    token = issuer.token(user["sub"], origin_jti="the-session")
    assert client.get("/auth/check", user=token).data["authenticated"] is True

    make.execute("insert into sessions (id, user_id, revoked_at) values ('the-session', :id, now())", id=user["id"])

    assert refused(client, token)


def test_a_session_from_before_all_were_ended(client: Client, issuer: Issuer, make: Factory) -> None:
    user = make.user()
    token = issuer.token(user["sub"], auth_time=int(time.time()) - 60)
    make.execute("update users set sessions_valid_from = now() - interval '30 seconds'")

    assert refused(client, token)
    assert client.get(PROTECTED, user=issuer.token(user["sub"])).status == 404


def test_an_erased_person(client: Client, make: Factory, issuer: Issuer) -> None:
    assert refused(client, issuer.token(make.user(status="erased")["sub"]))


def test_a_remembered_token_still_expires(issuer: Issuer) -> None:
    verifier = TokenVerifier(issuer=issuer.url, client_id="testclient")
    token = issuer.token("sub-1", exp=int(time.time()) - tokens.LEEWAY + 2)
    verifier.verify(token)

    time.sleep(3.1)

    with pytest.raises(Unauthenticated):
        verifier.verify(token)


def test_made_up_kids_do_not_make_us_hammer_the_issuer(issuer: Issuer) -> None:
    verifier = TokenVerifier(issuer=issuer.url, client_id="testclient")
    fetches = issuer.fetches

    for number in range(20):
        with pytest.raises(Unauthenticated):
            verifier.verify(jwt.encode(issuer.claims("sub-1"), issuer.pem, algorithm="RS256", headers={"kid": f"made-up-{number}"}))

    assert issuer.fetches == fetches + 1
    assert JWKS_REFETCH_INTERVAL >= 30


def test_role_and_permissions_in_a_token_count_for_nothing(client: Client, issuer: Issuer, make: Factory) -> None:
    student = make.user()
    claims = {"cognito:groups": ["admin"], "custom:role": "admin", "role": "admin", "permissions": ["user:read"], "scope": "admin"}

    token = issuer.token(student["sub"], **claims)

    assert client.get("/users", user=token).status == 403
    assert client.get("/auth/check", user=token).data["user"]["role"] == "student"


def test_a_suspended_user_is_out_on_the_next_request(client: Client, issuer: Issuer, make: Factory) -> None:
    user = make.user()
    token = issuer.token(user["sub"])
    assert client.get(PROTECTED, user=token).status == 404

    make.execute("update users set status = 'suspended'")

    assert client.get(PROTECTED, user=token).code == "ACCOUNT_SUSPENDED"


def test_the_onboarding_gate(client: Client, make: Factory) -> None:
    newcomer = make.user(onboarded_at=None)

    reply = client.get(PROTECTED, user=newcomer)

    assert (reply.status, reply.code, reply.json["redirect"]) == (403, "ONBOARDING_REQUIRED", "/auth/onboarding")
    assert client.get("/auth/check", user=newcomer).data["onboardingRequired"] is True


def test_twenty_first_requests_at_once_make_one_row(issuer: Issuer, database_url: str, make: Factory) -> None:
    verifier = TokenVerifier(issuer=issuer.url, client_id="testclient")
    claims = verifier.verify(issuer.token("brand-new"))
    access = signed_in()
    start = threading.Barrier(20)
    seen: list[object] = []

    def first_request() -> None:
        db = Database(database_url)
        db.connection()
        start.wait()
        caller = admit(db, claims, access=access, address="203.0.113.7").caller
        seen.append(caller.id if caller else None)
        db.discard()

    threads = [threading.Thread(target=first_request) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(seen) == 20
    assert len(set(seen)) == 1
    assert make.rows("select id, role, status from users") == [{"id": seen[0], "role": "student", "status": "active"}]
