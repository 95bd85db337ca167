"""What can be permitted, and to whom by default. A role's set contains that of the role below it."""

from typing import Final

STUDENT: Final = frozenset(
    {
        "course:enroll",
        "course:generate_private",
        "progress:record",
        "certificate:request",
        "payment:make",
    }
)
INSTRUCTOR: Final = STUDENT | frozenset(
    {
        "course:create",
        "course:edit",
        "course:submit",
        "course:generate",
        "course:students",
        "coupon:manage",
        "payment:payouts",
    }
)
ADMIN: Final = INSTRUCTOR | frozenset(
    {
        "course:edit_any",
        "course:review",
        "course:students_any",
        "progress:read_any",
        "user:read",
        "user:suspend",
        "user:change_role",
        "user:permit",
        "certificate:revoke",
        "coupon:manage_any",
        "payment:read_any",
        "payment:refund",
        "payment:reconcile",
        "audit:read",
        "xp:manage",
    }
)

BY_ROLE: Final = {"student": STUDENT, "instructor": INSTRUCTOR, "admin": ADMIN}
