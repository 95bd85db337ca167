"""What is pushed, so that the browser alone can read it: RFC 8291 (the keys), RFC 8188 with the coding aes128gcm (the body)."""

import base64
import binascii
import os
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

__all__ = ["AUTH_BYTES", "MOST_BYTES", "BrowserKeys", "InvalidTag", "encrypt", "point_of", "public_bytes", "unpadded"]

RECORD_BYTES = 4096
"""A push service takes no more for a body (RFC 8030, section 7.2); one record holds it all."""
_HEADER = struct.Struct("!16sIB")
KEY_BYTES = 65
"""An uncompressed point of P-256."""
AUTH_BYTES = 16
MOST_BYTES = RECORD_BYTES - _HEADER.size - KEY_BYTES - 16 - 1
"""What may be said: a body without its header, the tag of AES-GCM and the mark of the last record."""
_LAST = b"\x02"


@dataclass(frozen=True, slots=True)
class BrowserKeys:
    """What a browser made for its subscription: its point on P-256 and the shared secret."""

    public: ec.EllipticCurvePublicKey
    auth: bytes


def encrypt(text: bytes, keys: BrowserKeys, *, ephemeral: ec.EllipticCurvePrivateKey | None = None, salt: bytes | None = None) -> bytes:
    """The body of one push. `ephemeral` and `salt` are chosen anew for each, save by tests of the RFC's own example.

    Raises ValueError for more than `MOST_BYTES`.
    """
    if len(text) > MOST_BYTES:
        raise ValueError(f"{len(text)} bytes do not fit: {MOST_BYTES} do")
    ephemeral = ephemeral or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(16)
    ours, theirs = public_bytes(ephemeral.public_key()), public_bytes(keys.public)
    shared = ephemeral.exchange(ec.ECDH(), keys.public)
    material = _derive(keys.auth, shared, b"WebPush: info\0" + theirs + ours, 32)
    key = _derive(salt, material, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(salt, material, b"Content-Encoding: nonce\0", 12)
    return _HEADER.pack(salt, RECORD_BYTES, len(ours)) + ours + AESGCM(key).encrypt(nonce, text + _LAST, None)


def point_of(text: str) -> ec.EllipticCurvePublicKey:
    """A browser's `p256dh`. Raises ValueError for what is no point of the curve."""
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpadded(text))


def public_bytes(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def unpadded(text: str) -> bytes:
    """base64url with or without its padding. Raises ValueError."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def _derive(salt: bytes, material: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(material)
