"""Admins and people: who there is, who may do what, who is out, who did what."""

from datetime import UTC, datetime
from uuid import UUID

from academy.identity import administration_repository as repository
from academy.identity import administration_schemas as schemas
from academy.identity.events import UserReinstated, UserRoleChanged, UserSuspended
from academy.platform.auth.permissions import BY_ROLE
from academy.platform.errors import Conflict, Forbidden, NotFound, RuleBroken, ValidationFailed
from academy.platform.http import Answer, Json, ListQuery, Page, Request, ok, page_of

_LAST_ADMIN = ("LAST_ADMIN", "This is the academy's last admin. Make somebody else an admin first.")


def list_users(request: Request, query: schemas.UserListQuery) -> Answer:
    after = query.after(str, str) or [None, None]
    searched = {"pattern": _containing(query.search)} if query.search else {}
    rows = request.work.rows(
        repository.SEARCH_USERS if searched else repository.LIST_USERS,
        role=query.role,
        active=query.status == "active" or None,
        suspended=query.status == "suspended" or None,
        after_at=after[0],
        after_id=after[1],
        limit=query.limit,
        offset=query.offset,
        counted=query.counted,
        **searched,
    )
    return page_of(Page.of(rows, query))


def set_role(request: Request, user_id: UUID, role: str) -> Answer:
    """Nobody gives away more than they have. The last admin stays one, however many try at once."""
    if not BY_ROLE[role] <= request.caller.permissions:
        raise Forbidden
    request.work.execute(repository.LOCK_ADMINS)
    row = request.work.first(repository.SET_ROLE, id=user_id, role=role)
    if row is None:
        raise NotFound("user")
    if row.last:
        raise RuleBroken(*_LAST_ADMIN)
    if row.before != role:
        request.work.emit(UserRoleChanged(user_id=user_id, role=role))
    request.audit("user.change_role", "user", user_id, before={"role": row.before}, after={"role": role})
    return ok(Json(row.json))


def suspend(request: Request, user_id: UUID, reason: str) -> Answer:
    """Out on their next request. Suspending twice replaces the reason."""
    if user_id == request.caller.id:
        raise RuleBroken("SELF_SUSPENSION", "You can't suspend yourself.")
    request.work.execute(repository.LOCK_ADMINS)
    row = request.work.first(repository.SUSPEND, id=user_id, reason=reason)
    if row is None:
        raise NotFound("user")
    if row.last:
        raise RuleBroken(*_LAST_ADMIN)
    if row.before == "active":
        request.work.emit(UserSuspended(user_id=user_id))
    request.audit("user.suspend", "user", user_id, before={"status": row.before}, after={"status": "suspended", "reason": reason})
    return ok(Json(row.json))


def reinstate(request: Request, user_id: UUID) -> Answer:
    row = request.work.first(repository.REINSTATE, id=user_id)
    if row is None:
        raise NotFound("user")
    if row.before != "suspended":
        raise Conflict("NOT_SUSPENDED", "This user is not suspended.")
    request.work.emit(UserReinstated(user_id=user_id))
    request.audit("user.reinstate", "user", user_id, before={"status": "suspended"}, after={"status": "active"})
    return ok(Json(row.json))


def set_permissions(request: Request, user_id: UUID, change: schemas.PermissionChange) -> Answer:
    """The exceptions of one user. Nobody grants, or gives back, what they don't have themselves; nothing is taken from the last admin."""
    own = request.caller.permissions
    if not set(change.grant) <= own:
        raise Forbidden
    request.work.execute(repository.LOCK_ADMINS)
    row = request.work.first(repository.SET_PERMISSIONS, id=user_id, grant=change.grant, deny=change.deny, own=sorted(own))
    if row is None:
        raise NotFound("user")
    if row.beyond:
        raise Forbidden
    if row.last:
        raise RuleBroken(*_LAST_ADMIN)
    request.audit(
        "user.permit",
        "user",
        user_id,
        before={"granted": row.granted, "denied": row.denied},
        after={"granted": sorted(set(change.grant)), "denied": sorted(set(change.deny))},
    )
    return ok(Json(request.work.value(repository.PERMISSIONS_OF, id=user_id)))


def activity(request: Request, user_id: UUID, query: ListQuery) -> Answer:
    rows = request.work.rows(
        repository.ACTIVITY, id=user_id, after_id=_after_id(query), limit=query.limit, offset=query.offset, counted=query.counted
    )
    if not rows:
        raise NotFound("user")
    return page_of(Page.of(rows, query))


def audit_log(request: Request, query: schemas.AuditQuery) -> Answer:
    of_a_thing = query.action is not None and query.action.endswith(".")
    rows = request.work.rows(
        repository.AUDIT_LOG,
        actor_id=query.actor_id,
        action=None if of_a_thing else query.action,
        actions_of=query.action if of_a_thing else None,
        target_type=query.target_type,
        target_id=query.target_id,
        from_id=_first_id_at(query.from_),
        to_id=_first_id_at(query.to),
        after_id=_after_id(query),
        limit=query.limit,
        offset=query.offset,
        counted=query.counted,
    )
    return page_of(Page.of(rows, query))


def _containing(search: str) -> str:
    """A LIKE pattern in which the search's own characters mean themselves."""
    escaped = search.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _first_id_at(moment: datetime | None) -> UUID | None:
    """Ids of the log are UUIDv7: in the order of time, to the millisecond. A time without a zone is UTC."""
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    milliseconds = int(aware.timestamp() * 1000)
    if not 0 <= milliseconds < 1 << 48:
        raise ValidationFailed.of("query.from", "This time is out of range.", "datetime")
    return UUID(int=milliseconds << 80)


def _after_id(query: ListQuery) -> str | None:
    after = query.after(str)
    return str(after[0]) if after else None
