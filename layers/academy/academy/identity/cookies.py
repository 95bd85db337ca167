"""The refresh token's cookie: out of reach of scripts, sent by our own pages only, to the sign-in routes only."""

from academy.platform.config import config
from academy.platform.http import Request

NAME = "academy_refresh"
PATHS = ("/api/v1/auth", "/api/auth")
"""Both base paths of the API: a cookie has one path, so it is set twice."""
MAX_AGE = 30 * 24 * 3600
"""Seconds: the refresh token's own life in the user pool."""


def keep(token: str) -> list[str]:
    return [_cookie(token, path, MAX_AGE) for path in PATHS]


def drop() -> list[str]:
    return [_cookie("", path, 0) for path in PATHS]


def sent(request: Request) -> str | None:
    return request.cookies.get(NAME) or None


def _cookie(value: str, path: str, age: int) -> str:
    secure = "; Secure" if config().public_url.startswith("https:") else ""
    return f"{NAME}={value}; Path={path}; Max-Age={age}; HttpOnly; SameSite=Strict{secure}"
