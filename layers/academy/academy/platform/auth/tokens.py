"""Cognito access tokens, verified here (the gateway's authorizer could not answer in the contract's error shape).

Checked: RS256 signature by a key of the pool's JWKS chosen by `kid`, issuer, expiry and not-before, `token_use` = access, `client_id`.
Source: Amazon Cognito developer guide, "Verifying JSON web tokens".
"""

import json
import time
import urllib.request
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException
from typing import Any

from jose import JOSEError, JWTError, jwk, jwt

from academy.platform.config import config
from academy.platform.errors import Unauthenticated, Unavailable

JWKS_TIMEOUT = 3.0
JWKS_REFETCH_INTERVAL = 60.0
"""Seconds between fetches at the least, so that made-up key ids cannot make us hammer Cognito."""
REMEMBERED = 1000
LEEWAY = 5
"""Seconds of clock difference that are forgiven."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Of a verified access token. `session_id` is `origin_jti`, the same over all refreshes of one sign-in."""

    sub: str
    username: str
    session_id: str
    auth_time: int
    expires_at: int


class TokenVerifier:
    """Verifies one pool's tokens and remembers those that passed, until they expire."""

    def __init__(self, *, issuer: str, client_id: str) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._keys: dict[str, Any] = {}
        self._fetched_at = float("-inf")
        self._passed: OrderedDict[str, Claims] = OrderedDict()

    def verify(self, token: str) -> Claims:
        """Raises Unauthenticated for any flaw (without saying which), Unavailable if the keys cannot be had."""
        known = self._passed.get(token)
        if known is not None:
            if known.expires_at + LEEWAY > time.time():
                return known
            del self._passed[token]
        claims = self._check(token)
        self._passed[token] = claims
        if len(self._passed) > REMEMBERED:
            self._passed.popitem(last=False)
        return claims

    def _check(self, token: str) -> Claims:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = self._key(kid)
            if key is None:
                raise Unauthenticated
            payload = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                issuer=self._issuer,
                options={"verify_aud": False, "require_exp": True, "require_iat": True, "require_sub": True, "leeway": LEEWAY},
            )
        except (JWTError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise Unauthenticated from error
        if payload.get("token_use") != "access" or payload.get("client_id") != self._client_id or not payload["sub"]:
            raise Unauthenticated
        try:
            return Claims(
                sub=str(payload["sub"]),
                username=str(payload["username"]),
                session_id=str(payload["origin_jti"]),
                auth_time=int(payload["auth_time"]),
                expires_at=int(payload["exp"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise Unauthenticated from error

    def _key(self, kid: Any) -> Any:
        if not isinstance(kid, str):
            return None
        if kid not in self._keys and time.monotonic() - self._fetched_at > JWKS_REFETCH_INTERVAL:
            self._fetch()
        return self._keys.get(kid)

    def _fetch(self) -> None:
        try:
            with urllib.request.urlopen(f"{self._issuer}/.well-known/jwks.json", timeout=JWKS_TIMEOUT) as response:  # noqa: S310 - the issuer is configuration
                document = json.load(response)
            self._keys = {
                key["kid"]: jwk.construct(key, "RS256")
                for key in document["keys"]
                if key.get("kty") == "RSA" and key.get("use", "sig") == "sig"
            }
        except (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError, JOSEError) as error:
            raise Unavailable("Signing in cannot be checked right now. Please try again in a few seconds.") from error
        self._fetched_at = time.monotonic()


@cache
def verifier() -> TokenVerifier:
    return TokenVerifier(issuer=config().user_pool_issuer, client_id=config().user_pool_client_id)
