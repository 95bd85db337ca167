"""A job as its tasks see it: load it, finish a step, end it. Every statement tells the listeners what it did."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from academy.catalog.values import Difficulty
from academy.generation.briefs import CourseBrief
from academy.platform.db import UnitOfWork, sql

_COLUMNS = """
    j.id, j.user_id, j.topic, j.visibility, j.domain, j.status, j.attempt, j.lesson_count, j.source_key, j.course_id, j.brief::text as brief, coalesce((
        select json_object_agg(s.name, json_build_object('state', s.state, 'key', s.object_key, 'detail', s.detail))
        from generation_steps s where s.job_id = j.id
    ), '{}')::text as steps
"""
_LOAD = sql(f"select {_COLUMNS} from generation_jobs j where j.id = :id::uuid")
_BEGIN = sql(f"""
    with begun as (
        update generation_jobs set status = 'processing', stage = 'planning', started_at = coalesce(started_at, now()), updated_at = now(),
            last_seq = last_seq + 1
        where id = :id::uuid and status = 'queued' returning *
    ), told as (
        insert into job_events (job_id, seq, kind, data)
        select id, last_seq, 'progress', jsonb_build_object('jobId', id, 'status', status, 'stage', stage,
            'progress', steps_done * 100 / (lesson_count + 3)) from begun
    )
    select {_COLUMNS} from generation_jobs j where j.id = :id::uuid
""")
_LOCK = sql("select id from generation_jobs where id = :id::uuid for update")

# The insert waits for a second run of the same step and then does nothing; counters are raised, not counted anew, because this
# statement's snapshot is older than the rows that others commit while it waits.
_FINISH = sql("""
    with step as (
        insert into generation_steps as s (job_id, name, state, object_key, detail)
        values (:id::uuid, :name, 'done', :key, :detail::jsonb)
        on conflict (job_id, name) do update set state = 'done', object_key = excluded.object_key, detail = excluded.detail, finished_at = now()
        where s.state = 'failed'
        returning s.name
    ), j as (
        update generation_jobs set steps_done = steps_done + 1, stage = coalesce(:stage::text, stage), updated_at = now(), last_seq = last_seq + 1
        where id = :id::uuid and status in ('queued', 'processing') and exists (select from step)
        returning *
    ), told as (
        insert into job_events (job_id, seq, kind, data)
        select id, last_seq, 'progress', jsonb_build_object('jobId', id, 'status', status, 'stage', stage, 'step', :name::text,
            'progress', steps_done * 100 / (lesson_count + 3)) || :told::jsonb from j
    )
    select exists (select from step) as first
""")
_FAIL_STEP = sql("""
    with step as (
        insert into generation_steps as s (job_id, name, state, detail) values (:id::uuid, :name, 'failed', :detail::jsonb)
        on conflict (job_id, name) do update set detail = excluded.detail, finished_at = now() where s.state = 'failed'
        returning s.name
    ), j as (
        update generation_jobs set updated_at = now(), last_seq = last_seq + 1
        where id = :id::uuid and status = 'processing' and exists (select from step)
        returning *
    )
    insert into job_events (job_id, seq, kind, data)
    select id, last_seq, 'progress', jsonb_build_object('jobId', id, 'status', status, 'stage', stage, 'step', :name::text,
        'failed', true, 'progress', steps_done * 100 / (lesson_count + 3)) || :detail::jsonb from j
""")
_END = sql("""
    with j as (
        update generation_jobs set status = 'failed', error = :error::jsonb, finished_at = now(), updated_at = now(), last_seq = last_seq + 1
        where id = :id::uuid and status in ('queued', 'processing') returning *
    ), told as (
        insert into job_events (job_id, seq, kind, data)
        select id, last_seq, 'error', jsonb_build_object('jobId', id, 'status', status, 'stage', stage,
            'progress', steps_done * 100 / (lesson_count + 3)) || error from j
    )
    select user_id, topic from j
""")
_COMPLETE = sql("""
    with step as (
        insert into generation_steps (job_id, name, state, detail) values (:id::uuid, 'assembly', 'done', '{}') on conflict do nothing
    ), j as (
        update generation_jobs set status = 'completed', stage = 'done', course_id = :course_id::uuid, steps_done = lesson_count + 3, error = null,
            finished_at = now(), updated_at = now(), last_seq = last_seq + 1
        where id = :id::uuid returning *
    )
    insert into job_events (job_id, seq, kind, data)
    select id, last_seq, 'complete', jsonb_build_object('jobId', id, 'status', status, 'stage', stage, 'progress', 100, 'courseId', course_id) from j
""")


class JobStopped(Exception):
    """The job was cancelled, ended, or never committed: its tasks have nothing more to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    done: bool
    key: str | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    id: UUID
    user_id: UUID
    topic: str
    status: str
    visibility: str
    domain: str
    attempt: int
    source_key: str | None
    course_id: UUID | None
    brief: CourseBrief
    steps: dict[str, Step]

    def done(self, step: str) -> Step | None:
        found = self.steps.get(step)
        return found if found is not None and found.done else None


def lesson_step(position: int) -> str:
    """`position` counts from 0, people from 1."""
    return f"lesson-{position + 1}"


def begin(work: UnitOfWork, job_id: UUID) -> Job:
    """Raises JobStopped."""
    return _running(work.first(_BEGIN, id=job_id), just_begun=True)


def load(work: UnitOfWork, job_id: UUID) -> Job:
    """Raises JobStopped."""
    return _running(work.first(_LOAD, id=job_id), just_begun=False)


def lock(work: UnitOfWork, job_id: UUID) -> Job:
    """The job, held until the transaction ends, whatever its status. Raises JobStopped if there is none."""
    work.execute(_LOCK, id=job_id)
    return look(work, job_id)


def look(work: UnitOfWork, job_id: UUID) -> Job:
    """The job, whatever its status. Raises JobStopped if there is none."""
    row = work.first(_LOAD, id=job_id)
    if row is None:
        raise JobStopped(str(job_id))
    return _job(row)


def finish(work: UnitOfWork, job_id: UUID, name: str, *, key: str | None, detail: dict[str, Any], stage: str | None = None) -> bool:
    """False if the step was finished before: the earlier result stands."""
    told = {name: value for name, value in detail.items() if name in ("title", "repaired")}
    row = work.first(_FINISH, id=job_id, name=name, key=key, detail=json.dumps(detail), stage=stage, told=json.dumps(told))
    return bool(row and row.first)


def fail_step(work: UnitOfWork, job_id: UUID, name: str, *, error: dict[str, Any]) -> None:
    work.execute(_FAIL_STEP, id=job_id, name=name, detail=json.dumps(error))


def end(work: UnitOfWork, job_id: UUID, *, error: dict[str, Any]) -> tuple[UUID, str] | None:
    """Mark as failed; whose it is and its topic, or None if it had ended before."""
    row = work.first(_END, id=job_id, error=json.dumps(error))
    return (row.user_id, row.topic) if row else None


def complete(work: UnitOfWork, job_id: UUID, course_id: UUID) -> None:
    work.execute(_COMPLETE, id=job_id, course_id=course_id)


def _running(row: Any, *, just_begun: bool) -> Job:
    """`just_begun`: the statement's snapshot still shows a job as queued that it has set to work itself."""
    if row is None or row.status not in (("queued", "processing") if just_begun else ("processing",)):
        raise JobStopped(str(row.id) if row else "no such job")
    return _job(row)


def _job(row: Any) -> Job:
    brief = json.loads(row.brief)
    return Job(
        id=row.id,
        user_id=row.user_id,
        topic=row.topic,
        status=row.status,
        visibility=row.visibility,
        domain=row.domain,
        attempt=row.attempt,
        source_key=row.source_key,
        course_id=row.course_id,
        brief=CourseBrief(
            topic=brief["topic"],
            difficulty=Difficulty(brief["difficulty"]),
            duration=brief["duration"],
            language=brief["language"],
            description=brief["description"],
            objectives=tuple(brief["objectives"]),
            requirements=brief["requirements"],
            tags=tuple(brief["tags"]),
            lesson_count=brief["lessonCount"],
        ),
        steps={
            name: Step(done=step["state"] == "done", key=step["key"], detail=step["detail"]) for name, step in json.loads(row.steps).items()
        },
    )
