"""The local user pool behaves as the sign-in needs it: what MiniStack lacks is patched, and here it shows."""

import base64
import hashlib
import secrets
import uuid
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from botocore.exceptions import ClientError
from jose import jwt

from infra.local.settings import PASSWORD
from tests.e2e.conftest import LiveAcademy

pytestmark = pytest.mark.e2e

REDIRECT = "http://localhost:5173/auth/callback"
Tokens = dict[str, Any]


@pytest.fixture
def pool(academy: LiveAcademy) -> Any:
    return academy.aws("cognito-idp")


def sign_up(academy: LiveAcademy, pool: Any) -> str:
    email = f"{uuid.uuid4().hex[:12]}@pool.test"
    client = academy.variables["USER_POOL_CLIENT_ID"]
    pool.sign_up(ClientId=client, Username=email, Password=PASSWORD, UserAttributes=[{"Name": "email", "Value": email}])
    return email


def _sign_in(academy: LiveAcademy, pool: Any, email: str, password: str = PASSWORD) -> Tokens:
    answer = pool.admin_initiate_auth(
        UserPoolId=academy.variables["USER_POOL_ID"],
        ClientId=academy.variables["USER_POOL_CLIENT_ID"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": password},
    )
    tokens: Tokens = answer["AuthenticationResult"]
    return tokens


def _refresh(academy: LiveAcademy, pool: Any, token: str) -> Tokens:
    answer = pool.get_tokens_from_refresh_token(ClientId=academy.variables["USER_POOL_CLIENT_ID"], RefreshToken=token)
    tokens: Tokens = answer["AuthenticationResult"]
    return tokens


def test_access_tokens_verify_with_the_keys_at_their_issuer(academy: LiveAcademy, pool: Any) -> None:
    token = _sign_in(academy, pool, sign_up(academy, pool))["AccessToken"]
    issuer = academy.variables["USER_POOL_ISSUER"]
    keys = {key["kid"]: key for key in httpx.get(f"{issuer}/.well-known/jwks.json").json()["keys"]}
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["RS256"], issuer=issuer)
    assert claims["client_id"] == academy.variables["USER_POOL_CLIENT_ID"]
    assert claims["token_use"] == "access"
    assert claims["exp"] - claims["iat"] == 600


def test_a_wrong_password_and_an_unknown_account_look_the_same(academy: LiveAcademy, pool: Any) -> None:
    errors = []
    for email in (sign_up(academy, pool), "nobody@pool.test"):
        with pytest.raises(ClientError) as failure:
            _sign_in(academy, pool, email, "wrong-Password-1")
        errors.append(failure.value.response["Error"])
    assert errors[0] == errors[1]


def test_refresh_tokens_rotate_and_the_session_stays_the_same(academy: LiveAcademy, pool: Any) -> None:
    first = _sign_in(academy, pool, sign_up(academy, pool))
    second = _refresh(academy, pool, first["RefreshToken"])
    assert second["RefreshToken"] != first["RefreshToken"]
    sessions = {jwt.get_unverified_claims(tokens["AccessToken"])["origin_jti"] for tokens in (first, second)}
    assert len(sessions) == 1


def test_a_revoked_session_gets_no_new_tokens(academy: LiveAcademy, pool: Any) -> None:
    tokens = _refresh(academy, pool, _sign_in(academy, pool, sign_up(academy, pool))["RefreshToken"])
    pool.revoke_token(ClientId=academy.variables["USER_POOL_CLIENT_ID"], Token=tokens["RefreshToken"])
    with pytest.raises(ClientError, match="revoked"):
        _refresh(academy, pool, tokens["RefreshToken"])


def test_google_signs_in_with_pkce(academy: LiveAcademy) -> None:
    """Given a code from Google's sign-in, when it is exchanged without its verifier, then it is refused; with it, it works once."""
    verifier = secrets.token_urlsafe(48)
    code = code_from_google(academy, "pkce@gmail.test", verifier)
    assert "access_token" not in _exchange(academy, code, "another-verifier")
    tokens = _exchange(academy, code, verifier)
    identity = jwt.get_unverified_claims(tokens["id_token"])
    assert (identity["email"], identity["email_verified"], identity["name"]) == ("pkce@gmail.test", True, "Asha Raman")
    assert "access_token" not in _exchange(academy, code, verifier)


def code_from_google(academy: LiveAcademy, email: str, verifier: str) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "identity_provider": "Google", "client_id": academy.variables["USER_POOL_CLIENT_ID"], "response_type": "code",
        "redirect_uri": REDIRECT, "state": "s1", "scope": "openid email profile",
        "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    with httpx.Client() as browser:
        google = browser.get(f"{academy.settings.aws_url}/oauth2/authorize", params=asked).headers["location"]
        hidden = {key: values[0] for key, values in parse_qs(urlsplit(google).query).items()}
        chosen = browser.post(google.partition("?")[0], data={**hidden, "email": email, "name": "Asha Raman"})
        back = urlsplit(browser.get(chosen.headers["location"]).headers["location"])
    answer = parse_qs(back.query)
    assert f"{back.scheme}://{back.netloc}{back.path}" == REDIRECT
    assert answer["state"] == ["s1"]
    return answer["code"][0]


def _exchange(academy: LiveAcademy, code: str, verifier: str) -> Tokens:
    form = {
        "grant_type": "authorization_code", "client_id": academy.variables["USER_POOL_CLIENT_ID"],
        "redirect_uri": REDIRECT, "code": code, "code_verifier": verifier,
    }  # fmt: skip
    tokens: Tokens = httpx.post(f"{academy.settings.aws_url}/oauth2/token", data=form).json()
    return tokens
