"""What comes in and goes out of administering people."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from academy.platform.auth.permissions import ADMIN
from academy.platform.http import ListQuery, Moment, Schema, View, example

RoleName = Literal["student", "instructor", "admin"]


def _known(value: str) -> str:
    if value not in ADMIN:
        raise ValueError("there is no such permission")
    return value


Permission = Annotated[str, AfterValidator(_known)]


class UserListQuery(ListQuery):
    """`search` looks into names, usernames and e-mail addresses."""

    search: Annotated[str | None, Field(max_length=100)] = None
    role: RoleName | None = None
    status: Literal["active", "suspended"] | None = None


class ActivityQuery(ListQuery):
    """The latest first."""


class AuditQuery(ListQuery):
    """The latest first. `action` may end in a dot for all of a thing's (`user.`); `from` is included, `to` is not."""

    actor_id: UUID | None = None
    action: Annotated[str | None, Field(pattern=r"^[a-z_]+\.[a-z_]*$", max_length=60)] = None
    target_type: Annotated[str | None, Field(pattern=r"^[a-z_]+$", max_length=40)] = None
    target_id: Annotated[str | None, Field(max_length=100)] = None
    from_: Annotated[Moment | None, Field(alias="from")] = None
    to: Moment | None = None


class RoleChange(Schema):
    model_config = example(role="instructor")

    role: RoleName


class Suspension(Schema):
    model_config = example(reason="Sold answers to the final quiz.")

    reason: Annotated[str, Field(min_length=3, max_length=500)]


class PermissionChange(Schema):
    """The user's exceptions to their role's permissions, all of them: what is not named is as the role has it."""

    model_config = example(grant=["course:create"], deny=[])

    grant: Annotated[list[Permission], Field(max_length=100)] = Field(default_factory=list)
    deny: Annotated[list[Permission], Field(max_length=100)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _either(self) -> Self:
        if set(self.grant) & set(self.deny):
            raise ValueError("a permission is either granted or denied")
        return self


class AdminUserView(View):
    """A user as admins see them. `instructorApproved` is null for who does not teach."""

    id: UUID
    email: str | None
    email_verified: bool
    username: str | None
    first_name: str | None
    last_name: str | None
    full_name: str | None
    role: RoleName
    status: Literal["active", "suspended"]
    suspended_reason: str | None
    instructor_approved: bool | None
    domain: str | None
    onboarded: bool
    last_learned_at: datetime | None
    created_at: datetime


class UserPermissionsView(View):
    """`permissions` is what comes out of role, grants and denials."""

    id: UUID
    role: RoleName
    granted: list[str]
    denied: list[str]
    permissions: list[str]


class ActivityView(View):
    id: UUID
    action: str
    target_type: str
    target_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str | None
    occurred_at: datetime


class AuditActorView(View):
    id: UUID
    full_name: str | None
    role: RoleName


class AuditEntryView(ActivityView):
    """`actor` is null where the academy itself acted."""

    actor: AuditActorView | None
