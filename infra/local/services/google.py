"""Google as Cognito sees it: an OpenID issuer where anybody may be anybody.

Choose one of the accounts, or type another; the answer is an authorization code, as from Google.
"""

import base64
import hashlib
import html
import secrets
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwt

KEY_ID = "local-google"
CODE_SECONDS = 300
ACCOUNTS = (
    ("Asha Raman", "asha.raman@gmail.test"),
    ("बीना शर्मा", "beena.sharma@gmail.test"),
    ("José Álvarez", "jose.alvarez@gmail.test"),
    ("Instructor One", "instructor1@academy.test"),
    ("Student One", "student1@academy.test"),
)

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in (local Google)</title>
<meta name="viewport" content="width=device-width">
<style>body{{font:16px system-ui;max-width:26rem;margin:8vh auto;padding:0 1rem;color-scheme:light dark}}
button,input{{font:inherit;width:100%;box-sizing:border-box;padding:.6rem .8rem;margin:.25rem 0;text-align:start}}
small{{opacity:.7;display:block}}</style>
<h1>Choose an account</h1><p>This page plays Google on your machine; nothing leaves it.</p>
{accounts}
<form method="post"><h2>Another account</h2>
<label>E-mail <input name="email" type="email" required></label>
<label>Name <input name="name"></label>
<label><input name="unverified" type="checkbox" style="width:auto"> e-mail not verified</label>
{hidden}<button>Continue</button></form></html>"""


@dataclass(frozen=True, slots=True)
class Grant:
    client_id: str
    redirect_uri: str
    email: str
    name: str
    verified: bool
    nonce: str
    expires_at: float


class Issuer:
    def __init__(self, url: str) -> None:
        self.url = url
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self._public = key.public_key().public_numbers()
        self._grants: dict[str, Grant] = {}

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self.configuration)
        app.router.add_get("/jwks", self.jwks)
        app.router.add_get("/authorize", self.choose)
        app.router.add_post("/authorize", self.authorize)
        app.router.add_post("/token", self.token)
        return app

    async def configuration(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def jwks(self, _request: web.Request) -> web.Response:
        key = {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": KEY_ID}
        return web.json_response({"keys": [{**key, "n": _number(self._public.n), "e": _number(self._public.e)}]})

    async def choose(self, request: web.Request) -> web.Response:
        if request.query.get("response_type") != "code" or "redirect_uri" not in request.query:
            raise web.HTTPBadRequest(text="response_type=code and redirect_uri are needed")
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(request.query.get(name, ""))}">'
            for name in ("client_id", "redirect_uri", "state", "nonce")
        )
        accounts = "".join(
            f'<form method="post">{hidden}<input type="hidden" name="name" value="{html.escape(name)}">'
            f'<button name="email" value="{html.escape(email)}">{html.escape(name)}<small>{html.escape(email)}</small></button></form>'
            for name, email in ACCOUNTS
        )
        return web.Response(text=PAGE.format(accounts=accounts, hidden=hidden), content_type="text/html")

    async def authorize(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        code = secrets.token_urlsafe(24)
        self._grants[code] = Grant(
            client_id=form["client_id"],
            redirect_uri=form["redirect_uri"],
            email=form["email"],
            name=form.get("name") or form["email"].partition("@")[0],
            verified="unverified" not in form,
            nonce=form.get("nonce", ""),
            expires_at=time.time() + CODE_SECONDS,
        )
        separator = "&" if "?" in form["redirect_uri"] else "?"
        raise web.HTTPFound(form["redirect_uri"] + separator + urlencode({"code": code, "state": form.get("state", "")}))

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        grant = self._grants.pop(str(form.get("code")), None)
        if (
            grant is None
            or grant.expires_at < time.time()
            or (grant.client_id, grant.redirect_uri) != (form.get("client_id"), form.get("redirect_uri"))
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        given, _, family = grant.name.partition(" ")
        claims = {
            "iss": self.url,
            "aud": grant.client_id,
            "sub": _subject(grant.email),
            "email": grant.email,
            # A string, though Google sends a boolean: MiniStack would write a boolean as "True".
            "email_verified": "true" if grant.verified else "false",
            "name": grant.name,
            "given_name": given,
            "family_name": family,
            **({"nonce": grant.nonce} if grant.nonce else {}),
            "iat": now,
            "exp": now + 3600,
        }
        token = jwt.encode(claims, self._private, algorithm="RS256", headers={"kid": KEY_ID})
        answer = {"access_token": secrets.token_urlsafe(24), "id_token": token, "token_type": "Bearer", "expires_in": 3600}
        return web.json_response(answer)


def _subject(email: str) -> str:
    """A Google account's number: the same for the same address."""
    return str(int.from_bytes(hashlib.sha256(email.lower().encode()).digest(), "big") % 10**21).zfill(21)


def _number(value: int) -> str:
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
