"""Study time as stretches that never count twice, and what a learner sees of it."""

from academy.identity.streaks import ALIVE, CURRENT, ENDS_AT, FREEZE_EVERY, FREEZES, LEARNED, MOST_FREEZES, TODAY
from academy.learning.repository.fragments import goal_percentage
from academy.platform.db import sql
from academy.platform.events import ENVELOPE
from academy.platform.ids import NEW_ID

CLOCK_GRACE_SECONDS = 60
"""How far a client's clock may be ahead."""

START_GRACE_SECONDS = 300
"""How long before enrolment a stretch may begin: the page was open already."""

ROUNDING_SECONDS = 5
PAUSE_SECONDS = 90
"""A heartbeat that follows within this time prolongs the session."""

LOCK_LEARNER = sql("select id::text from users where id = :caller::uuid for no key update")
"""One learner's heartbeats follow each other; the statement after it sees what the one before wrote."""

RECORD_TIME = sql(f"""
    with place as (
        select coalesce(:course_id::uuid, (select course_id from lessons where id = :lesson_id::uuid and deleted_at is null)) as course_id
    ), me as (
        select u.id, u.time_zone, u.last_learned_on, u.weekly_learning_goal, p.course_id, coalesce(e.enrolled_at, u.created_at) as begins,
            case when :course_id::uuid is not null and e.id is null then 'course'
                when :lesson_id::uuid is not null and (e.id is null or not exists (
                    select from lessons l where l.id = :lesson_id::uuid and l.course_id = p.course_id and l.deleted_at is null)) then 'lesson' end as missing
        from users u cross join place p
        left join (enrollments e join courses c on c.id = e.course_id and c.deleted_at is null)
            on e.user_id = u.id and e.course_id = p.course_id and e.status <> 'ended' where u.id = :caller::uuid
    ), said as (
        select coalesce(:ended_at::timestamptz, now()) as until,
            coalesce(:started_at::timestamptz, coalesce(:ended_at::timestamptz, now()) - make_interval(secs => :seconds::bigint)) as since
    ), judged as (
        select me.*, greatest(case when :seconds::bigint is null then said.since
                else greatest(said.since, said.until - make_interval(secs => :seconds::bigint)) end,
                me.begins - interval '{START_GRACE_SECONDS} seconds') as since,
            least(said.until, now()) as until,
            case when me.missing is not null then me.missing || '_missing'
                when said.until > now() + interval '{CLOCK_GRACE_SECONDS} seconds' then 'future'
                when said.since >= said.until then 'backwards'
                when said.until - said.since > interval '1 day' or said.since < me.begins - interval '{START_GRACE_SECONDS} seconds'
                    or :seconds::bigint > extract(epoch from said.until - said.since) + {ROUNDING_SECONDS} then 'too_much'
                else 'fine' end as says
        from me cross join said
    ), known as (
        select x.* from study_sessions x join judged j on j.id = x.user_id
        where j.says = 'fine' and x.ended_at >= j.since - interval '1 day' and x.started_at <= j.until and x.started_at >= j.since - interval '2 days'
    ), pieces as (
        select lower(r) as since, upper(r) as until, round(extract(epoch from upper(r) - lower(r)))::bigint as seconds, j.course_id, j.time_zone
        from judged j cross join unnest(tstzmultirange(tstzrange(j.since, greatest(j.since, j.until)))
            - coalesce((select range_agg(tstzrange(started_at, ended_at)) from known), '{{}}'::tstzmultirange)) r
        where j.says = 'fine'
    ), prolonged as (
        update study_sessions x set ended_at = p.until, seconds = x.seconds + p.seconds
        from pieces p where x.id = (
            select k.id from known k
            where k.ended_at between p.since - interval '{PAUSE_SECONDS} seconds' and p.since
                and k.course_id is not distinct from p.course_id and k.lesson_id is not distinct from :lesson_id::uuid
                and (k.started_at at time zone p.time_zone)::date = (p.until at time zone p.time_zone)::date
            order by k.ended_at desc limit 1)
        returning p.since
    ), added as (
        insert into study_sessions (id, user_id, course_id, lesson_id, started_at, ended_at, seconds)
        select {NEW_ID}, :caller::uuid, p.course_id, :lesson_id::uuid, p.since, p.until, p.seconds
        from pieces p where p.seconds > 0 and p.since not in (select since from prolonged)
    ), learner as (
        update users u set {LEARNED}
        where u.id = :caller::uuid and exists (select from pieces where seconds > 0)
    ), weekly as (
        select me.weekly_learning_goal * 60 as goal,
            (select coalesce(sum(x.seconds), 0) from study_sessions x where x.user_id = me.id and x.started_at >= w.begins) as before,
            (select coalesce(sum(p.seconds), 0) from pieces p where p.until > w.begins) as more
        from me cross join lateral (select date_trunc('week', now() at time zone me.time_zone) at time zone me.time_zone as begins) w
    ), told as (
        insert into outbox (kind, id, version, payload, occurred_at)
        select 'study.milestone', {NEW_ID}, 1, jsonb_build_object('userId', :caller::uuid, 'milestone', m.milestone), now()
        from (
            select 'day' as milestone from me
            where coalesce(me.last_learned_on < (now() at time zone me.time_zone)::date, true) and exists (select from pieces where seconds > 0)
            union all select 'weekly_goal' from weekly where before < goal and before + more >= goal
        ) m returning *
    )
    select array(select {ENVELOPE} from told) as events, j.says, coalesce((select sum(seconds) from pieces), 0)::bigint as counted,
        round(extract(epoch from greatest(j.until - j.since, interval '0')))::bigint as reported,
        coalesce((select sum(x.seconds) from study_sessions x where x.user_id = j.id
            and x.started_at >= date_trunc('day', now() at time zone j.time_zone) at time zone j.time_zone), 0)::bigint
        + coalesce((select sum(seconds) from pieces
            where until > date_trunc('day', now() at time zone j.time_zone) at time zone j.time_zone), 0)::bigint as today,
        coalesce((select sum(x.seconds) from study_sessions x where x.user_id = j.id), 0)::bigint
        + coalesce((select sum(seconds) from pieces), 0)::bigint as total
    from judged j
""")

SUMMARY = sql(f"""
    with me as (
        select u.*, {TODAY} as today from users u where u.id = :caller::uuid
    ), mine as (
        select x.course_id, x.seconds, (x.started_at at time zone me.time_zone)::date as day from study_sessions x join me on me.id = x.user_id
    ), recent as (
        select mine.* from mine cross join me where mine.day > me.today - :days::int
    ), sums as (
        select coalesce(sum(seconds), 0)::bigint as total, coalesce(sum(seconds) filter (where day = me.today), 0)::bigint as today,
            coalesce(sum(seconds) filter (where day >= date_trunc('week', me.today)::date), 0)::bigint as week,
            coalesce(sum(seconds) filter (where day > me.today - :days::int), 0)::bigint as period,
            count(*) filter (where day > me.today - :days::int and seconds > 0) as sessions
        from me left join mine on true
    )
    select json_build_object('timeZone', me.time_zone, 'today', s.today, 'thisWeek', s.week, 'period', s.period, 'total', s.total, 'days', :days::int,
        'sessions', s.sessions, 'averagePerDay', s.period / :days::int,
        'weeklyGoal', me.weekly_learning_goal * 60,
        'weeklyGoalPercentage', {goal_percentage("s.week")},
        'byDay', (select json_agg(json_build_object('date', d::date, 'seconds', coalesce(r.seconds, 0)) order by d)
            from generate_series(me.today - (:days::int - 1), me.today, interval '1 day') d
            left join (select day, sum(seconds) as seconds from recent group by day) r on r.day = d::date),
        'byCourse', coalesce((select json_agg(json_build_object('courseId', c.id, 'courseTitle', c.title, 'seconds', r.seconds) order by r.seconds desc)
            from (select course_id, sum(seconds) as seconds from recent group by course_id) r join courses c on c.id = r.course_id), '[]'::json))::text
    from me cross join sums s
""")

STREAK_OF = sql(f"""
    with me as (
        select u.*, {TODAY} as today, {ALIVE} as alive, {CURRENT} as streak, {FREEZES} as freezes, {ENDS_AT} as ends_at,
            coalesce(u.last_learned_on >= {TODAY}, false) as learned
        from users u where u.id = :caller::uuid
    ), active as (
        select (p.completed_at at time zone me.time_zone)::date as day from me join enrollments e on e.user_id = me.id
        join section_progress p on p.enrollment_id = e.id where p.completed_at > now() - interval '9 days'
        union select (p.last_seen_at at time zone me.time_zone)::date from me join enrollments e on e.user_id = me.id
        join section_progress p on p.enrollment_id = e.id where p.last_seen_at > now() - interval '9 days' and p.time_spent > 0
        union select (x.started_at at time zone me.time_zone)::date from me join study_sessions x on x.user_id = me.id
        where x.started_at > now() - interval '9 days'
        union select me.last_learned_on from me
    ), week as (
        select d::date as day, exists (select from active a where a.day = d::date) and (d::date < me.today or me.learned) as active,
            d::date = any(me.streak_frozen_on) or me.alive and d::date > me.last_learned_on and d::date < me.today as frozen
        from me cross join generate_series(me.today - 6, me.today, interval '1 day') d
    ), studied as (
        select coalesce(sum(x.seconds), 0)::bigint as seconds from me join study_sessions x on x.user_id = me.id
        where x.started_at >= date_trunc('week', me.today::timestamp) at time zone me.time_zone
    )
    select json_build_object('currentStreak', me.streak, 'longestStreak', me.longest_streak,
        'lastLearnedOn', me.last_learned_on, 'lastLearnedAt', me.last_learned_at,
        'activeToday', me.learned, 'timeZone', me.time_zone, 'today', me.today, 'endsAt', me.ends_at,
        'freezes', json_build_object('held', me.freezes, 'most', {MOST_FREEZES}, 'nextInDays', {FREEZE_EVERY} - me.streak % {FREEZE_EVERY}),
        'weeklyGoal', json_build_object('goalMinutes', me.weekly_learning_goal, 'minutes', s.seconds / 60, 'percentage', {goal_percentage("s.seconds")}),
        'week', (select json_agg(json_build_object('date', day, 'active', active, 'frozen', frozen and not active) order by day) from week))::text
    from me cross join studied s
""")
