"""Tokens for each caller of the world: good ones, and those that must not pass."""

import time

from tests.authorization.world import World
from tests.issuer import Issuer

_MINUTES_AGO = 600


class Credentials:
    """One token a caller, kept as a frontend keeps it."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._stranger = Issuer()
        self._stranger.url, self._stranger.kid = issuer.url, issuer.kid
        self._made: dict[str, str] = {}

    def of(self, world: World, caller: str) -> str | None:
        if caller == "anonymous":
            return None
        sub = world.users[caller]["sub"]
        if sub not in self._made:
            self._made[sub] = self._make(caller, sub)
        return self._made[sub]

    def _make(self, caller: str, sub: str) -> str:
        match caller:
            case "expired":
                now = int(time.time())
                return self._issuer.token(sub, iat=now - 2 * _MINUTES_AGO, auth_time=now - 2 * _MINUTES_AGO, exp=now - _MINUTES_AGO)
            case "forged":
                return self._stranger.token(sub)  # every claim as it should be, signed by somebody else
            case "foreign":
                return self._issuer.token(sub, iss=f"{self._issuer.url}-of-others")
        return self._issuer.token(sub)
