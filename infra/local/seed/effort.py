"""What the people's learning was worth: XP on the days that they learned, leaderboards of all weeks and months, badges. By the product's own rules."""

from academy.engagement.badges.awarding import award_of
from academy.engagement.badges.catalogue import BADGES
from academy.engagement.boards.closing import close
from academy.engagement.boards.folding import fold
from academy.engagement.events import BadgeEarned, PlaceWon
from academy.engagement.xp.repository import BOOKED, SUMS
from academy.platform.config import config
from academy.platform.db import Database, UnitOfWork, sql
from academy.platform.ids import NEW_ID, uuid7

# Booked when it was earned, as if the academy had been there to do it; the ids are of that time, too.
_BOOK = sql(f"""
    with done as (
        select e.user_id, 'lesson_complete' as kind, p.lesson_id::text as source, e.course_id, p.completed_at as at, l.estimated_minutes as minutes
        from enrollments e join lesson_progress p on p.enrollment_id = e.id join lessons l on l.id = p.lesson_id where p.completed_at is not null
        union all
        select user_id, 'course_complete', course_id::text, course_id, completed_at, 0 from enrollments where completed_at is not null
    ), booked as (
        insert into xp ({BOOKED})
        select {NEW_ID.replace("clock_timestamp()", "d.at")}, d.user_id, d.kind, d.source, null, r.points, false, c.domain, d.course_id, d.minutes,
            r.version, (d.at at time zone :zone::text)::date, d.at, d.at
        from done d join courses c on c.id = d.course_id
        join lateral (select points, version from xp_rules where kind = d.kind order by version desc limit 1) r on true
        order by d.at
        on conflict (user_id, kind, source) do nothing
        returning *
    ), {SUMS}
    select count(*) from booked
""")
_PEOPLE = sql("select id::text from users order by id")
# Nobody is told today what they would have been told then.
_UNTELL = sql("delete from outbox where kind = any(:kinds::text[]) and id > :since::uuid and published_at is null")


def reward_all(owner_url: str) -> None:
    """Of whatever has none yet."""
    database, since = Database(owner_url), uuid7()
    try:
        database.transact(lambda work: work.execute(_BOOK, zone=config().academy_time_zone))
        fold(database)
        close(database, grace="0 seconds")
        database.transact(_award)
        database.transact(lambda work: work.execute(_UNTELL, kinds=[BadgeEarned.kind, PlaceWon.kind], since=since))
    finally:
        database.discard()


def _award(work: UnitOfWork) -> None:
    award_of(work, [row.id for row in work.rows(_PEOPLE)], list(BADGES.values()))
