"""Ids that are the same in every run, so that seeding again finds what it made."""

import hashlib
from uuid import UUID

_EPOCH_MILLISECONDS = 1_767_225_600_000  # 2026-01-01T00:00:00Z


def seed_id(*names: object) -> UUID:
    """A UUID of version 7's shape whose random bits are a hash of the names and whose time is the seeds' own."""
    digest = hashlib.blake2b("/".join(map(str, names)).encode(), digest_size=10).digest()
    return shaped(_EPOCH_MILLISECONDS, int.from_bytes(digest))


def shaped(milliseconds: int, random_bits: int) -> UUID:
    value = (milliseconds << 80) | (random_bits & ((1 << 80) - 1))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
