"""What happened to a person."""

from typing import ClassVar
from uuid import UUID

from academy.platform.events import DomainEvent


class UserSignedUp(DomainEvent):
    """By the academy's own form; who comes by Google is first heard of in `user.onboarded`."""

    kind: ClassVar[str] = "user.signed_up"

    user_id: UUID
    role: str


class UserOnboarded(DomainEvent):
    kind: ClassVar[str] = "user.onboarded"

    user_id: UUID
    role: str
    domain: str


class UserRoleChanged(DomainEvent):
    kind: ClassVar[str] = "user.role_changed"

    user_id: UUID
    role: str


class UserSuspended(DomainEvent):
    kind: ClassVar[str] = "user.suspended"

    user_id: UUID


class UserReinstated(DomainEvent):
    kind: ClassVar[str] = "user.reinstated"

    user_id: UUID


class UserPrivacyChanged(DomainEvent):
    """How a person is shown to others may have changed: their choices, or what goes without saying at their age."""

    kind: ClassVar[str] = "user.privacy_changed"

    user_id: UUID
