"""What time sets off: jobs whose start or end was lost."""

from typing import Any
from uuid import UUID

from academy.generation import repository, steps, workflow
from academy.generation.events import GenerationFailed
from academy.generation.failures import explained
from academy.platform import outbox
from academy.platform.db import Database, UnitOfWork


def tend(db: Database) -> dict[str, Any]:
    """Start what was accepted and never started (by its name, so never twice); close what outlived its execution."""
    started = closed = 0
    for row in db.read(lambda work: work.rows(repository.FORGOTTEN)):
        if row.status == "queued":
            workflow.start(row.id, row.attempt)
            started += 1
        else:
            closed += _close(db, UUID(row.id))
    return {"started": started, "closed": closed}


def _close(db: Database, job_id: UUID) -> bool:
    reason = explained({"Error": "States.Timeout"})

    def end(work: UnitOfWork) -> bool:
        ended = steps.end(work, job_id, error=reason)
        if ended is not None:
            work.emit(GenerationFailed(job_id=job_id, user_id=ended[0], title=ended[1], code=reason["code"], reason=reason["message"]))
        return ended is not None

    closed, work = db.transact(end)
    outbox.finish(db, work)
    return closed
