"""What certificates do when they hear of something."""

from uuid import UUID

from academy.certificates import issuance
from academy.learning.events import CourseCompleted
from academy.platform.db import UnitOfWork
from academy.platform.events import Envelope

HANDLES = frozenset({CourseCompleted.kind})


def request_issuance(work: UnitOfWork, envelope: Envelope) -> None:  # noqa: ARG001 - every consumer is given it
    """A completed course earns a certificate. The state machine checks the completion itself: an event may be late or wrong.

    Started before the inbox's note is committed: a crash in between starts it twice, which issues once.
    """
    if envelope.kind not in HANDLES:
        return
    issuance.start(UUID(envelope.payload["userId"]), UUID(envelope.payload["courseId"]), again=envelope.id)
