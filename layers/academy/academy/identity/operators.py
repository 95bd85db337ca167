"""What the academy's operator does from the AWS account, without a sign-in."""

from uuid import UUID

from academy.identity.events import UserRoleChanged
from academy.platform.audit import AuditEntry
from academy.platform.db import UnitOfWork, sql
from academy.platform.errors import NotFound

_MAKE_ADMIN = sql("""
    with before as (
        select id, role from users where lower(email) = lower(:email) and email_verified and status = 'active' for update
    )
    update users u set role = 'admin', version = u.version + 1, updated_at = now(), instructor_approved_at = coalesce(u.instructor_approved_at, now())
    from before b where u.id = b.id returning u.id, b.role as before
""")


def make_admin(work: UnitOfWork, email: str) -> UUID:
    """The first admin, whom no admin can make. Raises NotFound unless somebody has signed up with that address and confirmed it."""
    row = work.first(_MAKE_ADMIN, email=email.strip())
    if row is None:
        raise NotFound("user")
    if row.before != "admin":
        work.emit(UserRoleChanged(user_id=row.id, role="admin"))
    # Nobody of the academy did it: the actor is left empty.
    work.audit(
        AuditEntry(
            actor_id=None,
            action="user.change_role",
            target_type="user",
            target_id=row.id,
            before={"role": row.before},
            after={"role": "admin"},
        )
    )
    return UUID(str(row.id))
