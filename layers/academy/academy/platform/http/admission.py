"""Admission: one statement, in a transaction of its own, that finds the caller and counts the call.

The caller by `sub` (made if this is the first sight of them), their status, permissions and whether this sign-in was ended; one hit on the
user's bucket, or on the address's where nobody is signed in (a whole college is one address). It commits by itself: what was counted stays
counted when the request fails.
"""

from dataclasses import dataclass

from academy.platform.auth.caller import Caller
from academy.platform.auth.tokens import Claims
from academy.platform.db import Database, sql
from academy.platform.errors import Forbidden, RateLimited, Unauthenticated
from academy.platform.http.access import Access, Level
from academy.platform.ids import uuid7
from academy.platform.limits import ADDRESS_FACTOR, limit_of

ONBOARDING_PATH = "/auth/onboarding"

_ADMIT = sql("""
    with known as (
        select id, role, status, onboarded_at is not null as onboarded, sessions_valid_from from users where sub = :sub
    ), made as (
        insert into users (id, sub) select :new_id::uuid, :sub where :sub::text is not null and not exists (select from known)
        on conflict do nothing returning id, role, status, false as onboarded, null::timestamptz as sessions_valid_from
    ), caller as (
        select * from known union all select * from made
    ), hits as (
        insert into rate_counters as c (bucket, window_start, hits)
        select coalesce('user:' || :class::text || ':' || (select id from caller), 'address:' || :class::text || ':' || :address::text),
            to_timestamp(floor(extract(epoch from now()) / :seconds::int) * :seconds::int), 1
        on conflict (bucket) do update set
            hits = case when c.window_start = excluded.window_start then c.hits + 1 else 1 end, window_start = excluded.window_start
        returning hits, window_start
    )
    select c.id, c.role, c.status, c.onboarded,
        coalesce(s.revoked_at is not null, false) or coalesce(c.sessions_valid_from > to_timestamp(:auth_time::bigint), false) as ended,
        array(
            select permission from role_permissions where role = c.role
            except select permission from user_permissions where user_id = c.id and not granted
            union select permission from user_permissions where user_id = c.id and granted
        ) as permissions,
        hits.hits, ceil(extract(epoch from hits.window_start) + :seconds::int - extract(epoch from now()))::int as reset
    from hits left join caller c on true left join sessions s on s.id = :session_id
""")


@dataclass(frozen=True, slots=True)
class Admitted:
    """`headers` tell the caller what is left of their limit."""

    caller: Caller | None
    headers: dict[str, str]


def admit(db: Database, claims: Claims | None, *, access: Access, address: str) -> Admitted:
    """Raises Unauthenticated, RateLimited or Forbidden (suspended, onboarding due, not permitted), in this order."""
    if claims is None and access.level is not Level.PUBLIC:
        raise Unauthenticated
    if access.limit is None:
        return Admitted(None, {})  # alive, ready, documentation: nobody is asked who they are, and no database is needed
    limit = limit_of(access.limit)
    for _ in range(2):
        row = db.read(
            lambda work: work.first(
                _ADMIT,
                sub=claims.sub if claims else None,
                new_id=uuid7(),
                seconds=limit.seconds,
                **{"class": access.limit},
                address=address,
                auth_time=claims.auth_time if claims else 0,
                session_id=claims.session_id if claims else None,
            )
        )
        if row is not None and (claims is None or row.id is not None):
            break
        # Two first sights at once: the other made the row after our snapshot. The second look finds it.
    else:
        raise Unauthenticated
    caller = None
    if claims is not None:
        if row.ended or row.status == "erased":
            if not access.lenient:
                raise Unauthenticated("This sign-in has ended. Please sign in again.")
        else:
            caller = Caller(row.id, claims.sub, row.role, frozenset(row.permissions), row.onboarded, claims.session_id)
    allowed = limit.hits if caller else limit.hits * ADDRESS_FACTOR
    headers = {"RateLimit-Limit": str(allowed), "RateLimit-Remaining": str(max(0, allowed - row.hits)), "RateLimit-Reset": str(row.reset)}
    if row.hits > allowed:
        raise RateLimited(row.reset, extra_headers=headers)
    if caller is not None:
        _permit(caller, row.status, access)
    return Admitted(caller, headers)


def _permit(caller: Caller, status: str, access: Access) -> None:
    if status == "suspended":
        raise Forbidden("Your account is suspended. Please write to the academy's support.", code="ACCOUNT_SUSPENDED")
    if access.level is Level.MEMBER and not caller.onboarded:
        raise Forbidden("Please tell us a little about yourself first.", code="ONBOARDING_REQUIRED", extra={"redirect": ONBOARDING_PATH})
    if access.permission is not None and not caller.can(access.permission):
        raise Forbidden
