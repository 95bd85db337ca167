"""The person behind a request, as the database knows them at this moment."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Caller:
    """`session_id` is the sign-in's `origin_jti`. Role and permissions come from the database, never from the token."""

    id: UUID
    sub: str
    role: str
    permissions: frozenset[str]
    onboarded: bool
    session_id: str

    def can(self, permission: str) -> bool:
        return permission in self.permissions
