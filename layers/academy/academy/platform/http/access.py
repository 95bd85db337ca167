"""Who may call a route: one declaration beside each, walked by the authorisation tests and printed in the documentation."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How far a caller must have come: anyone; signed in (onboarding may be due); a member (onboarded)."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    MEMBER = "member"


class Rows(StrEnum):
    """Whose row it has to be, beyond the permission. Enforced in the statement: another's row is a missing row (404)."""

    ANY = "any"
    SELF = "self"
    SELF_OR_ADMIN = "self_or_admin"
    OWNER = "owner"
    OWNER_OR_ADMIN = "owner_or_admin"
    ENROLLED = "enrolled"
    READER = "reader"
    """Enrolled, owner or admin; previews also for everybody."""


@dataclass(frozen=True, slots=True)
class Access:
    """`limit` names the rate limit's class (platform.limits), None for routes that are not limited.

    `lenient`: a token that does not hold (any more) counts as none. For the routes that a client calls to get out of just that state.
    """

    level: Level
    permission: str | None = None
    rows: Rows = Rows.ANY
    limit: str | None = "general"
    lenient: bool = False


def public(*, limit: str | None = "general", lenient: bool = False) -> Access:
    return Access(Level.PUBLIC, limit=limit, lenient=lenient)


def signed_in(*, rows: Rows = Rows.SELF, limit: str = "general") -> Access:
    """Signed in, even before onboarding."""
    return Access(Level.SIGNED_IN, rows=rows, limit=limit)


def member(*, rows: Rows = Rows.SELF, limit: str = "general") -> Access:
    """Signed in and onboarded; every role."""
    return Access(Level.MEMBER, rows=rows, limit=limit)


def requires(permission: str, *, rows: Rows = Rows.ANY, limit: str = "general") -> Access:
    """Signed in, onboarded and permitted."""
    return Access(Level.MEMBER, permission=permission, rows=rows, limit=limit)
