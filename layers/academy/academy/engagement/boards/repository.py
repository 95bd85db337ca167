"""The statements that keep the boards: folding, listing, closing.

Concurrency (READ COMMITTED): whatever changes a score holds `LOCK`, taken in a statement before, so that one goes after the other and each has a snapshot
from after the wait. Only booking writes `xp_pending`, and only a trigger `leaderboard_relistings`: neither waits for anybody here.
"""

from academy.identity.privacy import LISTED, OF_AGE
from academy.platform.db import sql
from academy.platform.ids import NEW_ID

WIDE = 1024
"""Width of the histogram's wide ranges, in points. A rank reads as many rows of them as the best has points, by 1,024, and as many exact ones as there
are between: with points in steps of ten at most a hundred."""

_KEY = "hashtextextended('leaderboards', 0)"
TRY_LOCK = sql(f"""
    select (exists (select from xp_pending) or exists (select from leaderboard_relistings)) and pg_try_advisory_xact_lock({_KEY})
""")
"""False where there is nothing to do, or somebody is at it."""
LOCK = sql(f"select pg_advisory_xact_lock({_KEY})")

# A row of the histogram for each change of a score: `moved` (board_id, points, users), how many more have exactly so many points.
_HISTOGRAM = f"""
    ranges as (
        select board_id, 1 as width, points, sum(users)::int as users from moved group by board_id, points having sum(users) <> 0
        union all
        select board_id, {WIDE}, points / {WIDE} * {WIDE}, sum(users)::int from moved group by 1, 3 having sum(users) <> 0
    )
    merge into leaderboard_histogram h using ranges r on h.board_id = r.board_id and h.width = r.width and h.points = r.points
    when matched and h.users + r.users = 0 then delete
    when matched then update set users = h.users + r.users
    when not matched then insert (board_id, width, points, users) values (r.board_id, r.width, r.points, r.users)
"""

# What booked rows mean for which boards. Rows of a day whose period is closed count in the first that is not: closing waits until there are none, so this
# is for what nobody thinks of, and nothing stands still over it.
_CHANGES = """
    since as materialized (
        select s.span, coalesce((
            select b.last_day + 1 from leaderboards b where b.span = s.span and b.closed_at is not null order by b.last_day desc limit 1
        ), '-infinity') as day
        from (values ('weekly'), ('monthly')) s (span)
    ), dated as (
        select x.user_id, x.domain, x.course_id, x.points, x.booked_at,
            greatest(x.day, (select day from since where span = 'weekly')) as week_day,
            greatest(x.day, (select day from since where span = 'monthly')) as month_day
        from piece x
    ), changes as (
        select p.span, p.period, p.last_day, s.scope, s.domain, s.course_id, d.user_id, sum(d.points)::int as points, max(d.booked_at) as reached_at
        from dated d cross join lateral (values
            ('weekly', to_char(d.week_day, 'IYYY-"W"IW'), (date_trunc('week', d.week_day::timestamp) + interval '6 days')::date),
            ('monthly', to_char(d.month_day, 'YYYY-MM'), (date_trunc('month', d.month_day::timestamp) + interval '1 month - 1 day')::date),
            ('all', 'all', null)
        ) p (span, period, last_day) cross join lateral (
            select 'academy' as scope, null::text as domain, null::uuid as course_id
            union all select 'domain ' || d.domain, d.domain, null where d.domain is not null
            union all select 'course ' || d.course_id, null, d.course_id where d.course_id is not null
        ) s
        group by p.span, p.period, p.last_day, s.scope, s.domain, s.course_id, d.user_id
    )
"""

PREPARE = sql(f"""
    with piece as materialized (
        select * from xp_pending order by xp_id limit :limit::int
    ), {_CHANGES}, made as (
        insert into leaderboards (span, period, domain, course_id, last_day)
        select span, period, domain, course_id, last_day from (select distinct span, period, scope, domain, course_id, last_day from changes) c
        where (select b.id from leaderboards b where b.period = c.period and b.scope = c.scope) is null
    )
    select array(select xp_id from piece)::text[] as ids
""")
"""The oldest pending rows, and a board for whatever they are of. Here and below each board is looked up by itself, whatever the planner thinks of how many
rows are pending: a join would read all boards for the sake of nine."""

FOLD = sql(f"""
    with piece as (
        delete from xp_pending where xp_id = any(:ids::uuid[]) returning *
    ), {_CHANGES}, deltas as materialized (
        select b.id as board_id, c.user_id, c.points, c.reached_at, coalesce(s.points, 0) as before, coalesce(s.listed, {LISTED}) as listed
        from changes c cross join lateral (select id from leaderboards where period = c.period and scope = c.scope offset 0) b
        join users u on u.id = c.user_id left join leaderboard_scores s on s.user_id = c.user_id and s.board_id = b.id
    ), scored as (
        insert into leaderboard_scores as s (user_id, board_id, points, listed, reached_at)
        select user_id, board_id, points, listed, reached_at from deltas order by board_id, user_id
        on conflict (user_id, board_id) do update set points = s.points + excluded.points, reached_at = greatest(s.reached_at, excluded.reached_at)
    ), moved as (
        select board_id, before + points as points, 1 as users from deltas where listed and before + points > 0
        union all
        select board_id, before, -1 from deltas where listed and before > 0
    ), {_HISTOGRAM}
""")
"""Those rows, gone from what is pending and part of the scores at once."""

RELIST = sql(f"""
    with looked_at as (
        delete from leaderboard_relistings where id = any(array(select id from leaderboard_relistings order by id limit :limit::int)) returning user_id
    ), people as (
        select u.id, {LISTED} as listed from users u where u.id in (select user_id from looked_at)
    ), changed as (
        update leaderboard_scores s set listed = p.listed from people p where s.user_id = p.id and s.listed <> p.listed
        returning s.board_id, s.points, s.listed
    ), moved as (
        select board_id, points, case when listed then 1 else -1 end as users from changed where points > 0
    ), {_HISTOGRAM}
""")
"""Scores say of some learners what their rows say now. A change that is not committed yet has its note still to come."""

COMES_OF_AGE = sql(f"""
    insert into leaderboard_relistings (user_id)
    select u.id from users u
    where u.born_on between (current_date - interval '{OF_AGE} years 3 days')::date and (current_date - interval '{OF_AGE} years')::date
        and {LISTED} and exists (select from leaderboard_scores s where s.user_id = u.id and not s.listed)
""")
"""Whoever has had their eighteenth birthday, of which no row tells."""

OVER = """
    b.closed_at is null and b.last_day < ((now() - :grace::interval) at time zone :zone::text)::date
"""
"""Of a board `b`: its last day has been over for a while, in the academy's time zone."""

DUE = sql(f"""
    select exists (select from leaderboards b where {OVER}) as due, exists (
        select from leaderboards b join pg_stat_activity a on a.datname = current_database() and a.pid <> pg_backend_pid()
            and a.xact_start < (b.last_day + 1)::timestamp at time zone :zone::text
        where {OVER}
    ) as awaited
""")
"""`awaited`: a transaction that began before the period ended is still open, and may book in it."""

CLOSE = sql(f"""
    with due as (
        select b.id from leaderboards b where {OVER} and not exists (select from xp_pending x where x.day <= b.last_day)
        order by b.last_day, b.id limit :limit::int
    ), closed as (
        update leaderboards b set closed_at = now() from due where b.id = due.id returning b.id, b.span, b.period, b.domain, b.course_id
    ), won as (
        insert into leaderboard_champions (board_id, user_id, rank, points)
        select c.id, s.user_id, p.rank, p.points from closed c cross join lateral (
            select h.points, h.users, sum(h.users) over (order by h.points desc) - h.users + 1 as rank from (
                select points, users from leaderboard_histogram where board_id = c.id and width = 1 order by points desc limit 3
            ) h
        ) p cross join lateral (
            select user_id from leaderboard_scores where board_id = c.id and (- points) = (- p.points) and listed and points > 0 offset 0
        ) s cross join lateral (select {LISTED} as listed from users u where u.id = s.user_id offset 0) u
        where p.rank <= 3 and p.rank + p.users - 1 <= :most::int and u.listed and (c.course_id is null or :least::int <= (
            select sum(h.users) from leaderboard_histogram h where h.board_id = c.id and h.width = {WIDE}))
        on conflict do nothing returning *
    ), told as (
        insert into outbox (id, kind, version, payload, occurred_at)
        select {NEW_ID}, e.kind, e.version, jsonb_build_object('userId', w.user_id, 'span', c.span, 'period', c.period, 'domain', c.domain,
            'courseId', c.course_id, 'rank', w.rank, 'points', w.points), now()
        from won w join closed c on c.id = w.board_id cross join (select 'leaderboard.place_won' as kind, 1 as version) e
    )
    select (select count(*) from closed) as closed, (select count(*) from won) as champions
""")
"""Some boards of a period that is over: their points stay from now on, and the first three places are told of, by the
outbox's next sweep."""
