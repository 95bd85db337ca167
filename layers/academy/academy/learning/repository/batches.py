"""What was told while offline."""

from academy.platform.db import sql

CLAIM = sql("""
    with enrolled as (
        select e.id, e.user_id, e.course_id, e.enrolled_at from enrollments e join courses c on c.id = e.course_id and c.deleted_at is null
        where e.user_id = :caller::uuid and e.course_id = :course_id::uuid and e.status <> 'ended' for update of e
    ), told as (
        select t.*, t.section_id is null or exists (select from sections s join lessons l on l.id = s.lesson_id and l.deleted_at is null
            join modules m on m.id = l.module_id and m.deleted_at is null
            where s.id = t.section_id and s.course_id = :course_id::uuid and s.deleted_at is null
                and s.lesson_id = coalesce(t.lesson_id, s.lesson_id)) as valid
        from json_to_recordset(:updates::json)
            as t(n int, client_id text, kind text, at timestamptz, lesson_id uuid, section_id uuid, data jsonb)
    ), claimed as (
        insert into learning_events (user_id, client_id, course_id, kind, data, occurred_at)
        select distinct on (t.client_id) e.user_id, t.client_id, e.course_id, t.kind, t.data, greatest(e.enrolled_at, least(t.at, now()))
        from enrolled e cross join told t where t.valid order by t.client_id, t.n
        on conflict (user_id, client_id) do nothing returning client_id
    )
    select t.n, t.valid, t.valid and c.client_id is not null and t.n = min(t.n) over (partition by t.client_id, t.valid) as fresh
    from enrolled e cross join told t left join claimed c on c.client_id = t.client_id order by t.n
""")
"""Notes each update once by its `client_id`. `fresh` ones count now; the others counted before. What is not valid is not noted: it may be sent again."""
