"""Tokens judged by the verifier itself: each claim counts, keys are fetched seldom, and what passed is remembered for as long as it holds."""

import io
import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from jose import jwt

from academy.platform.auth import tokens
from academy.platform.auth.tokens import Claims, TokenVerifier
from academy.platform.errors import Unauthenticated, Unavailable
from tests.issuer import Issuer

ISSUER = "https://issuer.test/pool"


class Pool:
    """The issuer's key document, and how often it was asked for."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.asked: list[tuple[str, float]] = []

    def open(self, url: str, *, timeout: float) -> io.BytesIO:
        self.asked.append((url, timeout))
        if isinstance(self.document, Exception):
            raise self.document
        return io.BytesIO(json.dumps(self.document).encode())


@pytest.fixture(scope="module")
def signer() -> Issuer:
    issuer = Issuer()
    issuer.url = ISSUER
    return issuer


@pytest.fixture
def pool(signer: Issuer, monkeypatch: pytest.MonkeyPatch) -> Pool:
    made = Pool(signer.jwks())
    monkeypatch.setattr(urllib.request, "urlopen", made.open)
    return made


@pytest.fixture
def verifier() -> TokenVerifier:
    return TokenVerifier(issuer=ISSUER, client_id="testclient")


def signed(signer: Issuer, claims: dict[str, Any], kid: str = "key-1") -> str:
    return str(jwt.encode(claims, signer.pem, algorithm="RS256", headers={"kid": kid}))


def watched(verifier: TokenVerifier, patch: pytest.MonkeyPatch) -> list[str]:
    """The tokens that are looked at, and not only remembered."""
    looked: list[str] = []
    check = verifier._check

    def noted(token: str) -> Claims:
        looked.append(token)
        return check(token)

    patch.setattr(verifier, "_check", noted)
    return looked


def refused(verifier: TokenVerifier, token: str) -> bool:
    try:
        verifier.verify(token)
    except Unauthenticated:
        return True
    return False


def test_a_good_token_tells_who_and_since_when(pool: Pool, signer: Issuer, verifier: TokenVerifier) -> None:
    claims = signer.claims("s", username="u", auth_time=50)

    told = verifier.verify(signed(signer, claims))

    assert told == Claims(sub="s", username="u", session_id="session-of-s", auth_time=50, expires_at=claims["exp"])
    assert pool.asked == [(f"{ISSUER}/.well-known/jwks.json", 3.0)]


@pytest.mark.parametrize(
    "changes",
    [
        {"token_use": "id"},
        {"token_use": None},
        {"client_id": "other"},
        {"client_id": None},
        {"iss": "https://issuer.test/other"},
        {"iss": None},
        {"sub": ""},
        {"sub": None},
        {"iat": None},
        {"exp": None},
        {"username": None},
        {"origin_jti": None},
        {"auth_time": None},
        {"auth_time": "yesterday"},
        {"auth_time": [1]},
    ],
)
def test_each_claim_counts(pool: Pool, signer: Issuer, verifier: TokenVerifier, changes: dict[str, Any]) -> None:
    claims = {name: value for name, value in {**signer.claims("s"), **changes}.items() if value is not None}

    assert refused(verifier, signed(signer, claims))
    assert not refused(verifier, signer.token("s", aud="whoever"))


@pytest.mark.parametrize(("name", "seconds", "good"), [("exp", -3, True), ("exp", -8, False), ("nbf", 3, True), ("nbf", 8, False)])
def test_clocks_may_differ_by_five_seconds(
    pool: Pool, signer: Issuer, verifier: TokenVerifier, name: str, seconds: int, good: bool
) -> None:
    with time_machine.travel(1_800_000_000, tick=False):
        assert refused(verifier, signer.token("s", **{name: 1_800_000_000 + seconds})) is not good


def test_what_passed_is_remembered_until_it_expires(
    pool: Pool, signer: Issuer, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = watched(verifier, monkeypatch)
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        token = signer.token("s", exp=1_800_000_100)
        first = verifier.verify(token)
        clock.shift(104)
        assert verifier.verify(token) is first
        assert len(looked) == 1
        clock.shift(1)
        assert verifier.verify(token) == first
        assert len(looked) == 2, "at the last moment it is looked at"
        clock.shift(1)
        assert refused(verifier, token)
        assert len(looked) == 3
        assert refused(verifier, token)


def test_of_very_many_the_oldest_are_forgotten(
    pool: Pool, signer: Issuer, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED", 2)
    looked = watched(verifier, monkeypatch)
    first, second, third = (signer.token(name) for name in "abc")

    for token in (first, second, third, third, second, first):
        verifier.verify(token)

    assert looked == [first, second, third, first]


def test_a_key_that_nobody_has_is_looked_for_once_a_minute(
    pool: Pool, signer: Issuer, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    strange = signed(signer, signer.claims("s"), "another")

    for moment in (1000.0, 1000.0, 1060.0, 1060.1, 1120.0):
        now = moment
        assert refused(verifier, strange)

    assert len(pool.asked) == 2
    assert not refused(verifier, signer.token("s"))
    assert len(pool.asked) == 2


@pytest.mark.parametrize("kid", [None, 7, ["key-1"]])
def test_a_token_without_the_name_of_a_key_asks_nobody(pool: Pool, signer: Issuer, verifier: TokenVerifier, kid: Any) -> None:
    assert refused(verifier, jwt.encode(signer.claims("s"), signer.pem, algorithm="RS256", headers={} if kid is None else {"kid": kid}))
    assert pool.asked == []


@pytest.mark.parametrize("algorithm", ["RS384", "RS512"])
def test_another_algorithm_is_refused_even_with_the_right_key(pool: Pool, signer: Issuer, verifier: TokenVerifier, algorithm: str) -> None:
    assert refused(verifier, jwt.encode(signer.claims("s"), signer.pem, algorithm=algorithm, headers={"kid": "key-1"}))


def test_a_key_need_not_name_its_algorithm(pool: Pool, signer: Issuer, verifier: TokenVerifier) -> None:
    """RFC 7517, section 4.4: optional."""
    [key] = signer.jwks()["keys"]
    del key["alg"]
    pool.document = {"keys": [key]}

    assert not refused(verifier, signer.token("s"))


def test_keys_for_something_else_are_not_for_tokens(pool: Pool, signer: Issuer, verifier: TokenVerifier) -> None:
    [good] = signer.jwks()["keys"]
    pool.document = {
        "keys": [
            {**good, "kid": "sealing", "use": "enc"},
            {**good, "kid": "elliptic", "kty": "EC"},
            {"kid": "nothing"},
            {name: value for name, value in good.items() if name != "use"},
        ]
    }

    assert [refused(verifier, signed(signer, signer.claims("s"), kid)) for kid in ("sealing", "elliptic", "nothing", "key-1")] == [
        True,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    "document",
    [
        TimeoutError(),
        OSError("no route"),
        [],
        {},
        {"keys": 5},
        {"keys": [{"kty": "RSA"}]},
        {"keys": [{"kty": "RSA", "kid": "key-1"}]},
        "text",
    ],
)
def test_without_the_keys_nobody_can_be_judged_and_they_are_asked_for_again(
    pool: Pool, signer: Issuer, verifier: TokenVerifier, document: Any
) -> None:
    pool.document = document
    for _ in range(2):
        with pytest.raises(Unavailable):
            verifier.verify(signer.token("s"))

    assert len(pool.asked) == 2
    pool.document = signer.jwks()
    assert not refused(verifier, signer.token("s"))


@pytest.mark.parametrize(
    "bend", [lambda token: f"{token}x", lambda token: token.rpartition(".")[0], lambda token: "", lambda token: "a.b.c"]
)
def test_what_is_no_token_of_theirs(pool: Pool, signer: Issuer, verifier: TokenVerifier, bend: Callable[[str], str]) -> None:
    assert refused(verifier, bend(signer.token("s")))


def test_the_verifier_of_the_process_is_for_the_configured_pool(pool: Pool, signer: Issuer) -> None:
    tokens.verifier.cache_clear()

    assert tokens.verifier().verify(signer.token("s")).sub == "s"
    assert tokens.verifier() is tokens.verifier()
    tokens.verifier.cache_clear()
