"""Who did what to what: one row for every privileged or state-changing act, written in the act's own transaction."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """`action` is `<thing>.<verb>` (`course.approve`); before and after hold only what changed, never a secret or an e-mail address."""

    actor_id: UUID | None
    action: str
    target_type: str
    target_id: UUID | str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    request_id: str | None = None

    def columns(self) -> dict[str, Any]:
        return {
            "actor_id": str(self.actor_id) if self.actor_id else None,
            "action": self.action,
            "target_type": self.target_type,
            "target_id": str(self.target_id),
            "before": self.before,
            "after": self.after,
            "request_id": self.request_id,
        }
