"""From a route's declaration to what each caller must get."""

from academy.platform.auth.permissions import BY_ROLE
from academy.platform.http import Endpoint, Level, Rows
from tests.authorization.requests import Sample

ROLES = {
    "student": "student",
    "enrolled": "student",
    "other_instructor": "instructor",
    "owner": "instructor",
    "admin": "admin",
    "suspended": "student",
    "not_onboarded": "student",
}
ALLOWED: tuple[int, ...] = ()
"""Not refused: any status below 400, or one that the sample names."""


def expected(endpoint: Endpoint, caller: str, sample: Sample) -> tuple[int, ...]:
    """The statuses a refused caller may get, or ALLOWED."""
    access = endpoint.access
    if caller == "anonymous":
        return ALLOWED if access.level is Level.PUBLIC else (401,)
    if caller == "suspended":
        return ALLOWED if access.level is Level.PUBLIC and access.limit is None else (403,)
    if access.level is Level.MEMBER and caller == "not_onboarded":
        return (403,)
    permission = access.permission or sample.permission
    if permission is not None and permission not in BY_ROLE[ROLES[caller]]:
        return (403,)
    allowed = _rows_of(access.rows, sample)
    return ALLOWED if allowed is None or caller in allowed else (404,)


def _rows_of(rows: Rows, sample: Sample) -> set[str] | None:
    """The callers whose row the sample's is; None: everybody's."""
    if sample.readers:
        return set(sample.readers)
    match rows:
        case Rows.ANY:
            return None
        case Rows.SELF:
            return {sample.whose} if sample.whose else None
        case Rows.SELF_OR_ADMIN:
            return {sample.whose, "admin"} if sample.whose else None
        case Rows.OWNER:
            return {"owner"}
        case Rows.OWNER_OR_ADMIN:
            return {"owner", "admin"}
        case Rows.ENROLLED:
            return {"enrolled"}
        case Rows.READER:
            return {"enrolled", "owner", "admin"}
