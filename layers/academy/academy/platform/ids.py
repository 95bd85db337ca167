"""Identifiers made by the application."""

import os
import time
from datetime import timedelta
from uuid import UUID

NEW_ID = """
    (overlay(lpad(to_hex((extract(epoch from clock_timestamp()) * 1000000)::bigint * 512 / 125), 15, '0') placing '7' from 13 for 0)
        || right(gen_random_uuid()::text, 17))::uuid
"""
"""As `uuid7`, by the database, where only the statement itself knows how many rows it will write: the time in 4096ths of a millisecond with the
version in between, and the variant and its 62 random bits from a random one."""


def uuid7() -> UUID:
    """A UUID of version 7 (RFC 9562, section 5.7): 48 bits of Unix time in milliseconds, 12 of the fraction of one (section 6.2, method 3),
    62 random bits.

    Ordered by time to a quarter of a microsecond: new rows go to the end of an index, and what one process makes one after another is listed so.
    """
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = nanoseconds * 4096 // 1_000_000
    random = int.from_bytes(os.urandom(8)) >> 2
    return UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | random)


def earlier(identifier: UUID, by: timedelta) -> UUID:
    """The smallest identifier of so long before this one was made."""
    return UUID(int=max(0, (identifier.int >> 80) - round(by.total_seconds() * 1000)) << 80)
