"""What only an event tells, kept so that it can be counted: of today's badges, and of those that are thought of later.

Each under the learner's lock, so that of two that come at the same moment the second one to be counted sees the first.
"""

from collections.abc import Callable
from datetime import datetime
from math import floor
from typing import Any, NamedTuple
from uuid import UUID

from academy.engagement.badges.values import Fact
from academy.engagement.events import PlaceWon
from academy.engagement.facts import AttemptVoided, PostCreated, PostDeleted, QuizPassed
from academy.platform.db import UnitOfWork, sql
from academy.platform.events import Envelope


class Noted(NamedTuple):
    user_id: UUID
    kind: Fact
    source: str
    subject: str | None = None
    value: int | None = None
    voided: bool = False


# A deletion that is heard of before what it deletes stays a deletion.
_NOTE = sql("""
    with person as (
        select id from users where id = :user_id::uuid and status <> 'erased' for no key update
    )
    insert into badge_facts as f (user_id, kind, source, subject, value, happened_at, voided_at)
    select id, :kind, :source, :subject, :value::bigint, :happened_at::timestamptz, case when :voided::bool then now() end from person
    on conflict (user_id, kind, source) do update set subject = coalesce(f.subject, excluded.subject), value = coalesce(f.value, excluded.value),
        voided_at = coalesce(f.voided_at, excluded.voided_at)
""")


def _quiz(payload: dict[str, Any]) -> Noted:
    told = QuizPassed.model_validate(payload)
    return Noted(told.user_id, Fact.QUIZ, str(told.attempt_id), str(told.quiz_id), floor(told.percent))


def _voided(payload: dict[str, Any]) -> Noted:
    told = AttemptVoided.model_validate(payload)
    return Noted(told.user_id, Fact.QUIZ, str(told.attempt_id), voided=True)


def _post(payload: dict[str, Any]) -> Noted:
    told = PostCreated.model_validate(payload)
    return Noted(told.user_id, Fact.POST, str(told.post_id))


def _deleted(payload: dict[str, Any]) -> Noted:
    told = PostDeleted.model_validate(payload)
    return Noted(told.user_id, Fact.POST, str(told.post_id), voided=True)


def _place(payload: dict[str, Any]) -> Noted:
    told = PlaceWon.model_validate(payload)
    board = f"{told.span} {told.period} {told.domain or '-'} {told.course_id or '-'}"
    return Noted(told.user_id, Fact.PLACE, board, value=told.rank)


NOTED: dict[str, Callable[[dict[str, Any]], Noted]] = {
    QuizPassed.kind: _quiz,
    AttemptVoided.kind: _voided,
    PostCreated.kind: _post,
    PostDeleted.kind: _deleted,
    PlaceWon.kind: _place,
}


def note(work: UnitOfWork, envelope: Envelope) -> None:
    """Once, however often it is told of."""
    if envelope.kind in NOTED:
        fact = NOTED[envelope.kind](envelope.payload)
        happened_at: datetime = envelope.occurred_at
        work.execute(_NOTE, **{**fact._asdict(), "kind": fact.kind.value}, happened_at=happened_at)
