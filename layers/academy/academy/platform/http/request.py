"""One request, as a route sees it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from academy.platform.audit import AuditEntry
from academy.platform.auth.caller import Caller
from academy.platform.db import UnitOfWork
from academy.platform.errors import Unauthenticated


@dataclass(slots=True)
class Request:
    """`work` is the open unit of work. `if_match` is the version in the If-Match header, if there was one."""

    id: str
    work: UnitOfWork
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    source_ip: str
    visitor: Caller | None = None
    if_match: int | None = None
    done: dict[str, Any] = field(default_factory=dict)

    @property
    def caller(self) -> Caller:
        """Raises Unauthenticated on a public route called without a token."""
        if self.visitor is None:
            raise Unauthenticated
        return self.visitor

    @property
    def visitor_id(self) -> UUID | None:
        return self.visitor.id if self.visitor else None

    def once[T](self, name: str, act: Callable[[], T]) -> T:
        """Do what reaches outside the database and must not be repeated: a further attempt of the transaction gets the first one's result."""
        if name not in self.done:
            self.done[name] = act()
        result: T = self.done[name]
        return result

    def audit(
        self,
        action: str,
        target_type: str,
        target_id: UUID | str,
        *,
        before: dict[str, object] | None = None,
        after: dict[str, object] | None = None,
    ) -> None:
        """Note a state-changing act of this caller in the audit log, in the request's transaction."""
        self.work.audit(
            AuditEntry(
                actor_id=self.visitor_id,
                action=action,
                target_type=target_type,
                target_id=target_id,
                before=before,
                after=after,
                request_id=self.id,
            )
        )
