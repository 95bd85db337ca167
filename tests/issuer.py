"""A user pool for tests: signs access tokens as Cognito does and serves its keys over HTTP."""

import base64
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwk, jwt


class Issuer:
    """`token(sub)` is a good access token; give claims to bend it."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._signer = jwk.construct(self.pem, "RS256")
        """Reading a PEM checks the key, which takes longer than a request."""
        self.kid = "key-1"
        self.url = ""
        self.fetches = 0

    @property
    def pem(self) -> str:
        return self._key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()

    @property
    def public_pem(self) -> str:
        return self._key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()

    def jwks(self) -> dict[str, Any]:
        numbers = self._key.public_key().public_numbers()

        def encode(value: int) -> str:
            return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8)).rstrip(b"=").decode()

        return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": encode(numbers.n), "e": encode(numbers.e)}]}

    def claims(self, sub: str, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "sub": sub,
            "iss": self.url,
            "client_id": os.environ["USER_POOL_CLIENT_ID"],
            "origin_jti": f"session-of-{sub}",
            "event_id": str(uuid4()),
            "token_use": "access",
            "scope": "openid email profile",
            "auth_time": now - 5,
            "iat": now - 5,
            "exp": now + 600,
            "jti": str(uuid4()),
            "username": sub,
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, sub: str, **changes: Any) -> str:
        return str(jwt.encode(self.claims(sub, **changes), self._signer, algorithm="RS256", headers={"kid": self.kid}))


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.fetches += 1
            body = json.dumps(issuer.jwks()).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.url = f"http://127.0.0.1:{server.server_port}/pool"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield issuer
    server.shutdown()
    server.server_close()
    thread.join()
