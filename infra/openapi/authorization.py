"""docs/authorization.md: who may call what, from the routes' declarations. The rule is the one that the tests hold the running handlers to."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from academy.platform.auth.permissions import BY_ROLE
from academy.platform.http import Access, Api, Endpoint, Level, Rows
from infra.openapi.document import TAGS
from infra.openapi.readme import LEVELS, ROWS

HEAD = """\
# Who may call what

<!-- Written by `make openapi`; `make check` and a test fail if it is not what the code says. -->

Each route declares its rule beside it (`access=`, see [the frame](frame.md#a-route)); this page is those declarations, worked out for each kind of caller.
`tests/authorization` sends every one of these calls to the running handlers, and after each refusal a checksum over all tables is what it was.

A call is judged in this order, and the first that says no answers:

1. **token** 401: none where one is needed; expired, forged, another pool's, of a sign-in that was ended (routes that lead out of that take it for none).
2. **rate limit** 429: by user and by address.
3. **account** 403: `ACCOUNT_SUSPENDED`, then `ONBOARDING_REQUIRED`.
4. **permission** 403 `FORBIDDEN`, before any row is looked at. Roles bring permissions, and single ones can be granted or denied to a user.
5. **form** 400: a member that the body's schema does not name is refused by its name, whatever it is (`role`, `ownerId`, `status`, …).
6. **row** 404: another's row, a removed one and one that never was are answered with the same words.

What the columns' marks say:

| mark | |
| --- | --- |
| ✓ | served |
| own | served for rows of their own; for others' 404 |
| 401, 403, 404 | refused |

The callers:

| caller | |
| --- | --- |
"""


class Standing(StrEnum):
    """How far a caller comes before roles and rows are asked for."""

    NO_TOKEN = "no_token"
    BAD_TOKEN = "bad_token"
    SUSPENDED = "suspended"
    NEW = "new"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of caller. Suspended and new ones are admins here: nothing but their standing may be why they are refused."""

    name: str
    told: str
    role: str
    standing: Standing = Standing.MEMBER


KINDS = (
    Kind("anonymous", "without a token", "student", Standing.NO_TOKEN),
    Kind(
        "bad token", "an admin's token that is expired, forged, another pool's, or of a sign-in that was ended", "admin", Standing.BAD_TOKEN
    ),
    Kind("suspended", "a suspended account, whatever its role", "admin", Standing.SUSPENDED),
    Kind("not onboarded", "signed in, whatever the role, onboarding still due", "admin", Standing.NEW),
    Kind("student", "in no course", "student"),
    Kind("enrolled", "a student in the course in question", "student"),
    Kind("other student", "a student in another course, with progress, a certificate and a generation of their own", "student"),
    Kind("instructor", "approved, with no course", "instructor"),
    Kind("other instructor", "owner of other courses", "instructor"),
    Kind(
        "new instructor",
        "not approved yet: writes and submits like the others ([decision 10](decisions/0010-unapproved-instructors.md))",
        "instructor",
    ),
    Kind("owner", "the instructor whose course it is", "instructor"),
    Kind("admin", "", "admin"),
)


class Refusal(NamedTuple):
    status: int
    code: str


SIGN_IN = Refusal(401, "UNAUTHENTICATED")
SUSPENDED = Refusal(403, "ACCOUNT_SUSPENDED")
ONBOARDING = Refusal(403, "ONBOARDING_REQUIRED")
FORBIDDEN = Refusal(403, "FORBIDDEN")


def refusal(access: Access, kind: Kind) -> Refusal | None:
    """What this kind of caller is told before any row is looked at; None: their rows decide."""
    public = access.level is Level.PUBLIC
    if public and access.limit is None:
        return None  # nobody is asked who they are
    match kind.standing:
        case Standing.NO_TOKEN:
            return None if public else SIGN_IN
        case Standing.BAD_TOKEN:
            return None if public and access.lenient else SIGN_IN
        case Standing.SUSPENDED:
            return SUSPENDED
        case Standing.NEW if access.level is Level.MEMBER:
            return ONBOARDING
    permission = access.permission or access.unless_private
    return FORBIDDEN if permission is not None and permission not in BY_ROLE[kind.role] else None


def whose(rows: Rows) -> frozenset[str] | None:
    """The kinds of callers who see the row that is in question; None: everybody. For SELF it depends on the row."""
    match rows:
        case Rows.ANY | Rows.SELF:
            return None
        case Rows.SELF_OR_ADMIN:
            return frozenset({"admin"})
        case Rows.OWNER:
            return frozenset({"owner"})
        case Rows.OWNER_OR_ADMIN:
            return frozenset({"owner", "admin"})
        case Rows.ENROLLED:
            return frozenset({"enrolled"})
        case Rows.READER | Rows.LEARNER:
            return frozenset({"enrolled", "owner", "admin"})


def mark(access: Access, kind: Kind) -> str:
    """A cell of the table."""
    refused = refusal(access, kind)
    if refused is not None:
        return str(refused.status)
    seers = whose(access.rows)
    if (seers is not None and kind.name in seers) or kind.standing in {Standing.NO_TOKEN, Standing.BAD_TOKEN}:
        return "✓"
    if access.rows in {Rows.SELF, Rows.SELF_OR_ADMIN} and access.level is not Level.PUBLIC:
        return "own"
    return "✓" if seers is None else "404"


def page(apis: dict[str, Api]) -> str:
    endpoints = [endpoint for api in apis.values() for endpoint in api.endpoints]
    callers = "".join(f"| {kind.name} | {kind.told} |\n" for kind in KINDS)
    tables = (_table(tag, [endpoint for endpoint in endpoints if endpoint.tag == tag]) for tag in TAGS)
    return HEAD + callers + "".join(tables)


def _table(tag: str, endpoints: Iterable[Endpoint]) -> str:
    ordered = sorted(endpoints, key=lambda endpoint: (endpoint.path, endpoint.method))
    if not ordered:
        return ""
    heads = ["route", "level", "permission", "whose row", *(kind.name for kind in KINDS)]
    lines = [heads, ["---"] * 4 + [":-:"] * len(KINDS), *([*_rule(endpoint), *_marks(endpoint.access)] for endpoint in ordered)]
    return f"\n## {tag}\n\n" + "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _rule(endpoint: Endpoint) -> list[str]:
    access = endpoint.access
    permission = f"`{access.permission}`" if access.permission else ""
    if access.unless_private:
        permission = f"`{access.unless_private}`, except for one's own private course"
    public = access.level is Level.PUBLIC
    return [f"{endpoint.method} `{endpoint.path}`", LEVELS[access.level], permission, "" if public else ROWS.get(access.rows, "any")]


def _marks(access: Access) -> list[str]:
    return [mark(access, kind) for kind in KINDS]
