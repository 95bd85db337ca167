"""The statements that read a board. Nothing is scanned: a page is a walk along the order of scores, a rank two short sums of the histogram.

Somebody who was suspended or hid a moment ago is listed until the next fold. Their note is there already, written with the change itself: `hidden` are
those, and they are left out of rows and ranks alike. (Laterals with an `offset 0` are fences: there are few of them, whatever the planner thinks of a table
that is mostly empty.)
"""

from academy.engagement.boards.repository import WIDE
from academy.identity.privacy import LISTED, SHOWN_ID, SHOWN_NAME
from academy.platform.db import LONGEST_PAGE, sql

_NAMED = f"{SHOWN_ID} is not null"
_USER = f"""json_build_object('id', {SHOWN_ID}, 'name', {SHOWN_NAME}, 'fullName', {SHOWN_NAME}, 'username', case when {_NAMED} then u.username end,
    'avatarUrl', case when {_NAMED} then :media::text || substr(u.avatar_key, 6) end)"""
_BOARD = "(select id from board)"
_SHOWN = f"leaderboard_scores s where s.board_id = {_BOARD} and s.listed and s.points > 0 and s.id <> all(array(select id from hidden))"
_ORDER = "(- s.points), s.reached_at, s.id"
_BACKWARDS = "(- s.points) desc, s.reached_at desc, s.id desc"
_ALL = f"""((select coalesce(sum(h.users), 0) from leaderboard_histogram h where h.board_id = {_BOARD} and h.width = {WIDE})
    - (select count(*) from hidden))::bigint"""


def _above(points: str) -> str:
    """How many have more."""
    return f"""(
        (select coalesce(sum(h.users), 0) from leaderboard_histogram h
            where h.board_id = {_BOARD} and h.width = {WIDE} and h.points > {points} / {WIDE} * {WIDE})
        + (select coalesce(sum(h.users), 0) from leaderboard_histogram h
            where h.board_id = {_BOARD} and h.width = 1 and h.points > {points} and h.points < ({points} / {WIDE} + 1) * {WIDE})
        - (select count(*) from hidden where hidden.points > {points})
    )::bigint"""


def _equal(points: str) -> str:
    return f"""((select coalesce(sum(h.users), 0) from leaderboard_histogram h where h.board_id = {_BOARD} and h.width = 1 and h.points = {points})
        - (select count(*) from hidden where hidden.points = {points}))::bigint"""


_ASKED = f"""
    asked as materialized (
        select d.first_day, d.first_day > n.today as future,
            case :span::text when 'weekly' then d.first_day + 6 when 'monthly' then (d.first_day + interval '1 month - 1 day')::date end as last_day,
            case :span::text when 'weekly' then to_char(d.first_day, 'IYYY-"W"IW') when 'monthly' then to_char(d.first_day, 'YYYY-MM') else 'all' end as period,
            coalesce('course ' || :course_id::uuid, 'domain ' || :domain::text, 'academy') as scope,
            :domain::text is null or exists (select from domains where slug = :domain::text) as domain_known,
            :course_id::uuid is null or exists (
                select from courses c where c.id = :course_id::uuid and c.deleted_at is null and (
                    c.status = 'published' and c.visibility = 'public' or c.instructor_id = :caller::uuid or :any::bool and c.visibility = 'public'
                    or c.status in ('published', 'archived') and exists (
                        select from enrollments e where e.user_id = :caller::uuid and e.course_id = c.id and e.status <> 'ended'))
            ) as course_known
        from (select (now() at time zone :zone::text)::date as today) n cross join lateral (
            select case :span::text when 'weekly' then date_trunc('week', coalesce(:first::date, n.today)::timestamp)::date
                when 'monthly' then date_trunc('month', coalesce(:first::date, n.today)::timestamp)::date end as first_day
        ) d
    ), board as materialized (
        select b.id, b.closed_at from asked a join leaderboards b on b.period = a.period and b.scope = a.scope where a.course_known
    ), hidden as materialized (
        select s.id, s.points from (select distinct user_id from leaderboard_relistings) r cross join lateral (
            select id, points from leaderboard_scores where user_id = r.user_id and board_id = {_BOARD} and listed and points > 0 offset 0
        ) s cross join lateral (select {LISTED} as listed from users u where u.id = r.user_id offset 0) u where not u.listed
    )
"""
_DESCRIBED = f"""json_build_object('period', :span::text, 'at', nullif(a.period, 'all'), 'from', a.first_day, 'to', a.last_day, 'domain', :domain::text,
    'courseId', :course_id::uuid, 'closed', (select closed_at from board) is not null, 'users', {_ALL})"""

# From which points on, and how many of those with exactly so many are passed over. A page by number finds that in the histogram, however deep it is.
_START = f"""
    start as materialized (
        select points, passed from (
            select 2147483647 as points, 0 as passed, 0 as asked
            [? union all select :after_points::int, :after_passed::int, 1 ?]
            [? union all select coalesce(e.points, 0), coalesce(:offset::int - e.above, 0)::int, 1 from (select 1) one left join lateral (
                select exact.points, wide.above + exact.above as above from (
                    select points, above from (
                        select h.points, sum(h.users) over (order by h.points desc) - h.users as above from leaderboard_histogram h
                        where h.board_id = {_BOARD} and h.width = {WIDE}
                    ) w where w.above <= :offset::int order by w.above desc limit 1
                ) wide cross join lateral (
                    select h.points, sum(h.users) over (order by h.points desc) - h.users as above from leaderboard_histogram h
                    where h.board_id = {_BOARD} and h.width = 1 and h.points between wide.points and wide.points + {WIDE - 1}
                ) exact where wide.above + exact.above <= :offset::int order by exact.above desc limit 1
            ) e on true ?]
        ) begins order by asked desc limit 1
    )
"""
LIST = sql(f"""
    with {_ASKED}, {_START}, near as materialized (
        select * from (
            (select s.user_id, s.points, s.reached_at, s.id from {_SHOWN} and (- s.points) = (select - points from start)
                order by {_ORDER} offset (select passed from start) limit {LONGEST_PAGE + 1})
            union all
            (select s.user_id, s.points, s.reached_at, s.id from {_SHOWN} and (- s.points) > (select - points from start)
                order by {_ORDER} limit {LONGEST_PAGE + 1})
        ) s order by {_ORDER} limit :limit::int + 1
    ), best as materialized (
        select points, {_above("n.points")} as above, {_equal("n.points")} as equal from (select max(points) as points from near) n where points is not null
    ), placed as (
        select n.*, row_number() over (order by n.points desc, n.reached_at, n.id) as position,
            row_number() over (partition by n.points order by n.reached_at, n.id)
                + case when n.points = (select points from start) then (select passed from start) else 0 end as passed,
            case when n.points = b.points then b.above + 1
                else b.above + b.equal + rank() over (order by n.points desc) - count(*) filter (where n.points = b.points) over () end as rank
        from near n cross join best b
    ), page as (
        select json_build_object('rank', p.rank, 'user', {_USER}, 'points', p.points)::text as item, json_build_array(p.points, p.passed)::text as cursor
        from placed p join users u on u.id = p.user_id order by p.position
    )
    select a.future, a.domain_known, a.course_known, {_DESCRIBED} as leaderboard, page.item, page.cursor, case when :counted::bool then {_ALL} end as total
    from asked a left join page on true
""")

_MINE = "(- me.counted), me.reached_at, me.id"
STANDING = sql(f"""
    with {_ASKED}, me as materialized (
        select coalesce(s.points, 0) as points, greatest(s.points, 0) as counted, coalesce(s.reached_at, '-infinity') as reached_at, coalesce(s.id, 0) as id,
            {LISTED} as listed
        from users u left join leaderboard_scores s on s.user_id = u.id and s.board_id = {_BOARD} where u.id = :caller::uuid
    ), above as materialized (
        select s.* from me cross join lateral (
            select s.user_id, s.points, s.reached_at, s.id from {_SHOWN} and ({_ORDER}) < ({_MINE}) order by {_BACKWARDS} limit 3
        ) s
    ), below as materialized (
        select s.* from me cross join lateral (
            select s.user_id, s.points, s.reached_at, s.id from {_SHOWN} and ({_ORDER}) > ({_MINE}) order by {_ORDER} limit 3
        ) s
    ), better as materialized (
        select s.points from me cross join lateral (select s.points from {_SHOWN} and (- s.points) < (- me.counted) order by {_BACKWARDS} limit 1) s
    ), last as materialized (
        select s.points from {_SHOWN} order by {_BACKWARDS} limit 1
    ), ranks as materialized (
        select p.points, 1 + {_above("p.points")} as rank from (
            select points from above union select points from below union select points from last union select counted from me where counted > 0
        ) p
    ), told as (
        select side, json_agg(json_build_object('rank', r.rank, 'user', {_USER}, 'points', n.points) order by n.points desc, n.reached_at, n.id) as places
        from (select 'above' as side, * from above union all select 'below', * from below) n
        join ranks r on r.points = n.points join users u on u.id = n.user_id group by side
    )
    select a.future, a.domain_known, a.course_known, json_build_object('leaderboard', {_DESCRIBED},
        'rank', (select r.rank from ranks r where r.points = me.counted), 'points', me.points, 'listed', me.listed,
        'toNextRank', (select b.points - me.points from better b),
        'neighbours', json_build_object('above', coalesce((select places from told where side = 'above'), '[]'::json),
            'below', coalesce((select places from told where side = 'below'), '[]'::json)),
        'last', (select json_build_object('rank', r.rank, 'points', l.points) from last l join ranks r on r.points = l.points))::text as json
    from asked a cross join me
""")
