"""Idempotency-Key: the first answer to a POST again, kept in PostgreSQL inside the business transaction.

Source: IETF draft "The Idempotency-Key HTTP Header Field". The key's lock is an advisory one of the transaction: a second request with the key
is told that the first is still in flight, and a crash frees the key together with everything else the transaction did.
"""

import hashlib
import json
import re

from academy.platform.db import UnitOfWork, sql
from academy.platform.errors import Conflict, RuleBroken, ValidationFailed
from academy.platform.http.answers import Answer

MAX_KEY = 255
_PASSWORD = re.compile(r'("(?:\w*[pP]assword)"\s*:\s*)"(?:[^"\\]|\\.)*"')
"""Left out of the fingerprint: a digest that is kept for a day is a password to be guessed."""

_LOCK = sql("select pg_try_advisory_xact_lock(hashtextextended(:scope || ' ' || :key, 0)) as mine")
_WAIT = sql("select pg_advisory_xact_lock(hashtextextended(:scope || ' ' || :key, 0))::text is not null as mine")
_KNOWN = sql("""
    select fingerprint, status, headers::text as headers, body from idempotency_keys
    where scope = :scope and key = :key and created_at > now() - interval '1 day'
""")
_KEEP = sql("""
    insert into idempotency_keys (scope, key, fingerprint, status, headers, body)
    values (:scope, :key, :fingerprint, :status, :headers::jsonb, :body)
    on conflict (scope, key) do update set fingerprint = excluded.fingerprint, status = excluded.status, headers = excluded.headers,
        body = excluded.body, created_at = now()
""")


def check_key(key: str) -> str:
    """Raises ValidationFailed for a key that is empty, too long or not printable ASCII."""
    if not 1 <= len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        raise ValidationFailed.of("header.Idempotency-Key", f"1 to {MAX_KEY} printable ASCII characters.")
    return key


def fingerprint(method: str, path: str, body: str) -> str:
    return hashlib.sha256(f"{method} {path}\n{_PASSWORD.sub(r'\1""', body)}".encode()).hexdigest()


def first_answer(work: UnitOfWork, *, scope: str, key: str, mark: str, again: bool) -> Answer | None:
    """The answer given before, or None if this is the first time. Raises RuleBroken for another body, Conflict while the first is in flight.

    `again`: this is a further attempt of one request. The key may still be held by the attempt before it, whose connection was lost: it is
    waited for (as long as lock_timeout allows), and its client, which has asked once, is not told of a request in flight.

    Who holds the lock looks with a snapshot that is younger: an answer that was committed while the lock was being taken is seen.
    """
    lock = _WAIT if again else _LOCK
    [[held], known] = work.together(lock.bind(scope=scope, key=key), _KNOWN.bind(scope=scope, key=key))
    if not known:
        if not held.mine:
            raise Conflict(
                "REQUEST_IN_PROGRESS", "The first request with this Idempotency-Key is still being worked on.", headers={"Retry-After": "1"}
            )
        return None
    [row] = known
    if row.fingerprint != mark:
        raise RuleBroken("IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used for another request.")
    answer = Answer(row.status, row.body, headers=json.loads(row.headers))
    answer.headers["Idempotency-Replayed"] = "true"
    return answer


def keep(work: UnitOfWork, answer: Answer, *, scope: str, key: str, mark: str) -> None:
    """Only under the key's lock, after `first_answer` found none."""
    body = answer.body if isinstance(answer.body, str) else answer.body.decode()
    work.with_commit(_KEEP, scope=scope, key=key, fingerprint=mark, status=answer.status, headers=json.dumps(answer.headers), body=body)
