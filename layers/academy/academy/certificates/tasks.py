"""The steps of certificate issuance. Each may run twice, at once or years apart, and leaves what running it once leaves.

Errors that leave here are named for the state machine's Retry and Catch.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from academy.certificates import repository
from academy.certificates.drawing import draw_certificate
from academy.certificates.events import CertificateIssued
from academy.certificates.facts import ACADEMY
from academy.certificates.serials import new_serial
from academy.certificates.service import facts_of
from academy.certificates.values import CertificateStatus
from academy.platform import outbox, storage
from academy.platform.db import ConnectionLost, Database, DatabaseFailure, OutcomeUnknown, UnitOfWork
from academy.platform.ids import uuid7
from academy.platform.observability import logger
from academy.platform.pdf.shaping import FontBook, Role, missing

PDF = "application/pdf"


class CourseNotCompleted(Exception):
    """The learner has not completed this course (any more): there is nothing to certify."""


class DatabaseUnavailable(Exception):
    """Out of reach, waking up or overloaded. Trying again is safe: every step may run twice."""


class StorageUnavailable(Exception):
    """S3 did not take or give the file."""


def reserve(db: Database, *, user_id: UUID, course_id: UUID) -> dict[str, Any]:
    """Make or find the learner's one row. Raises CourseNotCompleted."""
    with _named_errors():
        row, _ = db.transact(
            lambda work: work.first(
                repository.RESERVE, id=uuid7(), user_id=user_id, course_id=course_id, serial=new_serial(), academy=ACADEMY
            )
        )
    if row is None:
        raise CourseNotCompleted
    return {"certificateId": row.id, "status": row.status}


def draw(db: Database, fonts: FontBook, *, certificate_id: UUID) -> dict[str, Any]:
    """Draw the PDF and store it. One that is issued stays as it was stored then."""
    with _named_errors():
        row = db.read(lambda work: work.first(repository.PRINTED, id=certificate_id))
        if row is None:
            raise LookupError(f"there is no certificate {certificate_id}")
        if row.status != CertificateStatus.PENDING:
            return {"key": row.pdf_key, "sha256": row.pdf_sha256}
        facts = facts_of(row)
        unknown = missing(facts.learner + facts.course + facts.instructor, Role.DISPLAY, fonts)
        if unknown:
            # Not the text itself: it may hold a name.
            logger().warning(
                "characters without a font",
                extra={"certificate_id": str(certificate_id), "code_points": [f"U+{ord(c):04X}" for c in unknown]},
            )
        pdf = draw_certificate(facts, fonts)
        key = f"certificates/{certificate_id}.pdf"
        storage.put(key, pdf, content_type=PDF)
    return {"key": key, "sha256": hashlib.sha256(pdf).hexdigest()}


def issue(db: Database, *, certificate_id: UUID, key: str, sha256: str) -> dict[str, Any]:
    """Mark it issued and tell of it, in one transaction; the second time neither."""

    def mark(work: UnitOfWork) -> bool:
        row = work.first(repository.ISSUE, id=certificate_id, key=key, sha256=sha256)
        if row is None:
            return False
        work.emit(
            CertificateIssued(
                certificate_id=certificate_id,
                user_id=row.user_id,
                course_id=row.course_id,
                course_title=row.course_title,
                serial=row.serial,
            )
        )
        return True

    with _named_errors():
        issued, work = db.transact(mark)
    outbox.finish(db, work)
    return {"certificateId": str(certificate_id), "issuedNow": issued}


def record_failure(db: Database, *, user_id: UUID, course_id: UUID, error: str) -> dict[str, Any]:
    """The compensation: the row stays reserved for the next attempt and says what went wrong. Nothing was promised to anybody yet."""
    with _named_errors():
        noted, _ = db.transact(lambda work: work.execute(repository.NOTE_ERROR, user_id=user_id, course_id=course_id, error=error[:500]))
    return {"noted": noted == 1}


@contextmanager
def _named_errors() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (ConnectionLost, OutcomeUnknown) as error:
        raise DatabaseUnavailable(str(error)) from error
    except DatabaseFailure as error:
        if error.sqlstate.startswith(("53", "57", "40", "55")):
            raise DatabaseUnavailable(f"{error.sqlstate}: {error}") from error
        raise
    except (BotoCoreError, ClientError) as error:
        raise StorageUnavailable(str(error)) from error
