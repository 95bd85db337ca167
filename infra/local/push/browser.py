"""A browser that subscribed: its keys, and how it reads what was pushed to it (RFC 8291, from the receiver's side)."""

import base64
import os
import secrets
import struct
from dataclasses import dataclass
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class UnreadableError(ValueError):
    """The message says why the browser would drop it without a word."""


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True, kw_only=True)
class Browser:
    """`server_key` is the `applicationServerKey` that it subscribed with: nobody else may push to it. None: anybody."""

    id: str
    private: ec.EllipticCurvePrivateKey
    auth: bytes
    server_key: str | None

    @classmethod
    def new(cls, server_key: str | None) -> Self:
        return cls(
            id=secrets.token_urlsafe(24), private=ec.generate_private_key(ec.SECP256R1()), auth=os.urandom(16), server_key=server_key
        )

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def keys(self) -> dict[str, str]:
        return {"p256dh": encoded(self.public), "auth": encoded(self.auth)}

    def read(self, body: bytes) -> bytes:
        """Raises UnreadableError."""
        if len(body) < 21:
            raise UnreadableError("no header")
        salt, size, length = struct.unpack("!16sIB", body[:21])
        theirs, record = body[21 : 21 + length], body[21 + length :]
        if len(record) > size:
            raise UnreadableError("more than one record")
        try:
            shared = self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
            material = HKDF(SHA256(), 32, self.auth, b"WebPush: info\0" + self.public + theirs).derive(shared)
            key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(material)
            nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(material)
            padded = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
        except Exception as error:
            raise UnreadableError(f"can't be decrypted: {error!r}") from error
        if not padded.endswith(b"\x02"):
            raise UnreadableError("no mark of the last record")
        return padded[:-1]

    def dump(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "private": encoded(self.private.private_numbers().private_value.to_bytes(32)),
            "auth": encoded(self.auth),
            "server_key": self.server_key,
        }

    @classmethod
    def load(cls, stored: dict[str, Any]) -> Self:
        private = ec.derive_private_key(int.from_bytes(decoded(stored["private"])), ec.SECP256R1())
        return cls(id=stored["id"], private=private, auth=decoded(stored["auth"]), server_key=stored["server_key"])
