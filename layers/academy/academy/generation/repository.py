"""Jobs as their owners see them. Another's job is a missing row."""

from academy.platform.db import sql

DAYS_TO_RETRY = 28
"""What a job has made is kept in the bucket for 30 days."""

# A course takes about 45 s for plan and assembly and 60 s for each six lessons, which are written side by side.
_VIEW = """
    json_build_object(
        'jobId', j.id, 'topic', j.topic, 'status', j.status, 'stage', j.stage, 'attempt', j.attempt, 'courseId', j.course_id,
        'progress', j.steps_done * 100 / (j.lesson_count + 3),
        'lessons', (
            select json_build_object('total', j.lesson_count, 'done', count(*) filter (where s.state = 'done'),
                'failed', count(*) filter (where s.state = 'failed'))
            from generation_steps s where s.job_id = j.id and s.name like 'lesson-%'
        ),
        'usage', (
            select json_build_object('inputTokens', coalesce(sum(c.input_tokens + c.cache_write_tokens + c.cache_read_tokens), 0),
                'outputTokens', coalesce(sum(c.output_tokens), 0), 'cacheReadTokens', coalesce(sum(c.cache_read_tokens), 0),
                'costMicros', coalesce(sum(c.cost_micros), 0))
            from generation_charges c where c.job_id = j.id and c.settled
        ),
        'error', j.error,
        'estimatedCompletion', case when j.status in ('queued', 'processing') then
            greatest(coalesce(j.started_at, j.created_at) + make_interval(secs => 45 + 60 * ceil(j.lesson_count / 6.0)::int), now()) end,
        'eventsUrl', :base::text || '/courses/generate/' || j.id || '/events',
        'createdAt', j.created_at, 'startedAt', j.started_at, 'finishedAt', j.finished_at
    )::text as json
"""

CREATE = sql(f"""
    with j as (
        insert into generation_jobs (id, user_id, topic, visibility, domain, brief, source_key, lesson_count, last_seq)
        select :id::uuid, u.id, :topic, :visibility, coalesce(:domain::text, u.domain, 'general'), :brief::jsonb, :source_key, :lesson_count::bigint, 1
        from users u where u.id = :caller::uuid
        returning *
    ), told as (
        insert into job_events (job_id, seq, kind, data)
        select id, 1, 'progress', jsonb_build_object('jobId', id, 'status', status, 'stage', stage, 'progress', 0) from j
    )
    select {_VIEW} from j
""")

GET = sql(f"select {_VIEW} from generation_jobs j where j.id = :id::uuid and j.user_id = :caller::uuid")

CANCEL = sql(f"""
    with j as (
        update generation_jobs set status = 'cancelled', finished_at = now(), updated_at = now(), last_seq = last_seq + 1
        where id = :id::uuid and user_id = :caller::uuid and status in ('queued', 'processing')
        returning *
    ), told as (
        insert into job_events (job_id, seq, kind, data)
        select id, last_seq, 'error', jsonb_build_object('jobId', id, 'status', status, 'stage', stage, 'code', 'JOB_CANCELLED',
            'message', 'You cancelled this.', 'progress', steps_done * 100 / (lesson_count + 3)) from j
    )
    select attempt, {_VIEW} from j
""")

# What late tasks of a cancelled attempt finished after all is counted now.
RETRY = sql(f"""
    with j as (
        update generation_jobs g set status = 'queued', stage = 'waiting', attempt = attempt + 1, error = null, finished_at = null,
            updated_at = now(), last_seq = last_seq + 1,
            steps_done = (select count(*) from generation_steps s where s.job_id = g.id and s.state = 'done')
        where id = :id::uuid and user_id = :caller::uuid and status in ('failed', 'cancelled')
        returning *
    ), told as (
        insert into job_events (job_id, seq, kind, data)
        select id, last_seq, 'progress', jsonb_build_object('jobId', id, 'status', status, 'stage', stage, 'attempt', attempt,
            'progress', steps_done * 100 / (lesson_count + 3)) from j
    )
    select attempt, {_VIEW} from j
""")

# Holds the ledger's lock from here on, so that the statement after it sees what others have promised.
FOR_RETRY = sql(f"""
    select pg_advisory_xact_lock(hashtextextended('generation_charges', 0))::text as held, status, lesson_count,
        coalesce((brief->>'sourceCharacters')::bigint, 0) as source_characters,
        (select count(*) from generation_steps s where s.job_id = j.id and s.state = 'done' and s.name like 'lesson-%') as lessons_done,
        created_at < now() - interval '{DAYS_TO_RETRY} days' as expired
    from generation_jobs j where id = :id::uuid and user_id = :caller::uuid
""")

EVENTS = sql("""
    select j.status in ('completed', 'failed', 'cancelled') as finished, j.last_seq, coalesce((
        select json_agg(json_build_object('seq', e.seq, 'kind', e.kind, 'data', e.data::text) order by e.seq)
        from job_events e where e.job_id = j.id and e.seq > :after::bigint
    ), '[]')::text as events
    from generation_jobs j where j.id = :id::uuid and j.user_id = :caller::uuid
""")

# Queued for longer than a start takes, or at work for longer than an execution may last: the start was lost, or the end.
FORGOTTEN = sql("""
    select id::text as id, attempt, status from generation_jobs
    where status in ('queued', 'processing') and updated_at < now() - case status when 'queued' then interval '1 minute' else interval '100 minutes' end
    order by updated_at limit 50
""")
