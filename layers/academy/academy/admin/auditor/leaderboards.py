"""Leaderboards: scores against the ledger, the histogram against the scores, and that nobody is shown who may not be.

Of all time, and of the periods of these last weeks: older ones are closed, and the database refuses to change them.
"""

import json
from collections import Counter
from datetime import timedelta

from academy.admin.auditor import walk
from academy.engagement.boards.repository import WIDE
from academy.identity.privacy import LISTED
from academy.platform.db import Database, sql

LEARNERS_AT_ONCE = 200
ROWS_AT_ONCE, SCORES_AT_ONCE = 2_000, 20_000
"""Of the histogram, and that they count. Those who have exactly as many points are counted at once: half a second for 235,000, eight where none of them is
in memory."""
DAYS = timedelta(days=40)

_RECENT = "(b.last_day is null or b.last_day >= current_date - :days::interval)"

# Laterals with an `offset 0` are fences, as for XP.
_SCORES = sql(f"""
    with u as (
        select u.id, {LISTED} as listed from users u where u.id > :after::uuid order by u.id limit :limit::int
    ), waiting as materialized (
        select xp_id from xp_pending
    ), earned as (
        select x.* from u cross join lateral (
            select x.user_id, x.domain, x.course_id, x.day, x.points, x.booked_at from xp x
            where x.user_id = u.id and x.points <> 0 and not exists (select from waiting w where w.xp_id = x.id) offset 0
        ) x
    ), due as (
        select e.user_id, p.period, s.scope, sum(e.points) as points, max(e.booked_at) as reached_at from earned e cross join lateral (values
            (to_char(e.day, 'IYYY-"W"IW'), (date_trunc('week', e.day::timestamp) + interval '6 days')::date),
            (to_char(e.day, 'YYYY-MM'), (date_trunc('month', e.day::timestamp) + interval '1 month - 1 day')::date),
            ('all', null)
        ) p (period, last_day) cross join lateral (values ('academy'), ('domain ' || e.domain), ('course ' || e.course_id)) s (scope)
        where s.scope is not null and (p.last_day is null or p.last_day >= current_date - :days::interval) group by e.user_id, p.period, s.scope
    ), kept as (
        select s.*, b.period, b.scope, u.listed as may_be from u cross join lateral (
            select user_id, board_id, points, reached_at, listed from leaderboard_scores where user_id = u.id offset 0
        ) s join leaderboards b on b.id = s.board_id where {_RECENT}
    )
    select (select id::text from u order by id desc limit 1) as last, (select count(*) from u) as checked,
        (select count(*) from due d full join kept k on k.user_id = d.user_id and k.period = d.period and k.scope = d.scope
            where (d.points, d.reached_at) is distinct from (k.points::bigint, k.reached_at)) as boards_scores,
        (select count(*) from kept k where k.listed <> k.may_be
            and not exists (select from leaderboard_relistings r where r.user_id = k.user_id)) as boards_listed,
        (select count(*) from kept k where k.listed and k.points > 0 and not exists (
            select from leaderboard_histogram h where h.board_id = k.board_id and h.width = 1 and h.points = k.points)) as boards_uncounted
""")

# As many rows of the histogram as have so many scores between them: on one board of everybody there may be a million.
_HISTOGRAM = sql(f"""
    with walked as (
        select h.*, sum(h.scores) over (order by h.board_id, h.width, h.points) - h.scores as before from (
            select h.*, case when h.width = 1 then h.users else 0 end as scores from leaderboards b cross join lateral (
                select * from leaderboard_histogram x where x.board_id = b.id and (b.id > :board::int or (x.width, x.points) > (:width::int, :points::int))
                order by x.width, x.points limit :limit::int
            ) h where b.id >= :board::int and {_RECENT} order by b.id, h.width, h.points limit :limit::int
        ) h
    ), piece as materialized (
        select * from walked where before <= :scores::bigint
    )
    select (select json_build_object('board', board_id, 'width', width, 'points', points)::text from piece
            order by board_id desc, width desc, points desc limit 1) as last,
        (select count(*) from piece) as checked,
        (select count(*) from piece p cross join lateral (
            select count(*) as users from leaderboard_scores s
            where s.board_id = p.board_id and (- s.points) = (- p.points) and s.listed and s.points > 0 offset 0
        ) s where p.width = 1 and p.users <> s.users) as boards_counted,
        (select count(*) from piece p cross join lateral (
            select sum(x.users) as users from leaderboard_histogram x
            where x.board_id = p.board_id and x.width = 1 and x.points between p.points and p.points + {WIDE - 1}
        ) x where p.width = {WIDE} and p.users is distinct from x.users)
        + (select count(*) from piece p where p.width = 1 and not exists (
            select from leaderboard_histogram x where x.board_id = p.board_id and x.width = {WIDE} and x.points = p.points / {WIDE} * {WIDE}
        )) as boards_ranges
""")


def check(db: Database) -> Counter[str]:
    """`boards_scores`: not the sum of the ledger's rows that were folded in, or not of their last moment. `boards_listed`: shown though hidden, or the other
    way round. `boards_uncounted`, `boards_counted`: a score that the histogram does not know, or a number that is not that of the scores.
    `boards_ranges`: a wide range that is not the sum of what is in it, or a row of the histogram that is in none."""
    found = walk.count(db, _SCORES, limit=LEARNERS_AT_ONCE, days=DAYS)
    last: str | None = '{"board": 0, "width": 0, "points": 0}'
    while last:
        place = json.loads(last)
        row = db.read(
            lambda work, place=place: work.first(_HISTOGRAM, limit=ROWS_AT_ONCE, scores=SCORES_AT_ONCE, days=DAYS, **place)  # type: ignore[misc]
        )
        found.update(walk.numbers(row))
        last = row.last
    return found
