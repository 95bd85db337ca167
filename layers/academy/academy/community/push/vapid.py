"""Who pushes, told to the push service (RFC 8292): a token that the academy's one key signs, for the service that it is shown to."""

import base64
import time
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from academy.community.push.encryption import public_bytes
from academy.community.secret import key_for
from academy.platform.config import config

HOURS = 12
"""How long a token holds; a push service refuses more than 24. It is used again for half of it, as the RFC advises."""
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256's group."""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    renewed_at: float


_tokens: dict[tuple[str, bytes], _Token] = {}


def private_key() -> ec.EllipticCurvePrivateKey:
    """The academy's, the same in every function."""
    return _private_key(key_for("vapid"))


@cache
def _private_key(material: bytes) -> ec.EllipticCurvePrivateKey:
    """By far more random bits than the key has, so that each is as likely as another (FIPS 186-5, A.2.1)."""
    return ec.derive_private_key(int.from_bytes(material) % (_ORDER - 1) + 1, ec.SECP256R1())


def public_key() -> str:
    """The `applicationServerKey` that a browser subscribes with."""
    return _text(public_bytes(private_key().public_key()))


def authorization(origin: str) -> str:
    """The header that a push to a service of this origin (`https://host`) bears."""
    from jose import jwt

    key, now = private_key(), time.time()
    public = public_bytes(key.public_key())
    token = _tokens.get((origin, public))
    if token is None or now > token.renewed_at:
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        claims = {"aud": origin, "exp": int(now) + HOURS * 3600, "sub": f"mailto:{config().mail_from}"}
        token = _tokens[origin, public] = _Token(jwt.encode(claims, pem.decode(), algorithm="ES256"), now + HOURS * 1800)
    return f"vapid t={token.text}, k={_text(public)}"


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
