"""Identifiers made by the application."""

import os
import time
from datetime import timedelta
from uuid import UUID

NEW_ID = """
    encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing
        substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid
"""
"""A UUIDv7 made by the database (RFC 9562, section 5.7), where only the statement itself knows how many rows it will write."""


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
