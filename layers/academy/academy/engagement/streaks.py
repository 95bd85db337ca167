"""Streaks that end tonight: who has one is told in the evening, by their own clock.

Learners are found zone by zone, for only a few zones have evening at any one time, and in each by the day on which they last learned: an index over
living streaks has both, so that a run reads about those whom it tells and nobody else. What was told is noted on the person in the statement that
tells it. A run that was killed, or two at a time, tell nobody twice: the next one goes on with whoever has no note of today.
"""

import time
from collections.abc import Iterator

from academy.identity.streaks import ENDS_ON, MOST_FREEZES, SHORTEST_TOLD
from academy.platform import outbox
from academy.platform.db import Database, sql
from academy.platform.events import ENVELOPE
from academy.platform.ids import NEW_ID

FROM, UNTIL = "20:00", "22:00"
"""By the learner's clock: late enough that most have learned, early enough to learn yet. The time between is there for schedules that were missed."""
LEARNERS_AT_ONCE = 500
LONGEST = 120.0
"""Seconds after which a run begins no further piece."""

_STREAKS = f"u.current_streak >= {SHORTEST_TOLD} and u.status = 'active'"

# One step of the index for each zone, instead of all of its rows.
_EVENING = sql(f"""
    with recursive zones as (
        (select u.time_zone from users u where {_STREAKS} order by u.time_zone limit 1)
        union all
        select (select u.time_zone from users u where {_STREAKS} and u.time_zone > z.time_zone order by u.time_zone limit 1)
        from zones z where z.time_zone is not null
    )
    select time_zone, (now() at time zone time_zone)::date::text as today from zones
    where time_zone is not null and (now() at time zone time_zone)::time >= :from::time and (now() at time zone time_zone)::time < :until::time
""")

_TELL = sql(f"""
    with due as (
        select u.id, u.last_learned_on from users u
        where {_STREAKS} and u.time_zone = :zone::text and {ENDS_ON} = :today::date and u.streak_noted_on is distinct from :today::date
            and u.last_learned_on < :today::date and u.last_learned_on >= :today::date - {1 + MOST_FREEZES}
            [? and (u.last_learned_on, u.id) > (:after_day::date, :after_id::uuid) ?]
        order by u.last_learned_on, u.id limit :limit::int for no key update skip locked
    ), noted as (
        update users u set streak_noted_on = :today::date from due where u.id = due.id returning u.id, u.current_streak
    ), emitted as (
        insert into outbox (kind, id, version, payload, occurred_at)
        select 'streak.ending', {NEW_ID}, 1, jsonb_build_object('userId', id, 'days', current_streak, 'localDay', :today::text), now()
        from noted returning *
    )
    select array(select {ENVELOPE} from emitted) as events, last.last_learned_on::text as day, last.id::text as id
    from due last order by last.last_learned_on desc, last.id desc limit 1
""")


def tell_ending(db: Database, *, at_once: int = LEARNERS_AT_ONCE, longest: float = LONGEST) -> dict[str, int]:
    """Emits `streak.ending` for every streak that ends at the next midnight. How many, and in how many zones it is evening."""
    ends = time.monotonic() + longest
    zones = db.read(lambda work: work.rows(_EVENING, **{"from": FROM, "until": UNTIL}))
    told = 0
    for zone in zones:
        for number in _pieces(db, zone.time_zone, zone.today, at_once):
            told += number
            if time.monotonic() > ends:
                return {"told": told, "zones": len(zones)}
    return {"told": told, "zones": len(zones)}


def _pieces(db: Database, zone: str, today: str, at_once: int) -> Iterator[int]:
    day = person = None
    while True:
        row, work = db.transact(
            lambda work, day=day, person=person: work.first(_TELL, zone=zone, today=today, after_day=day, after_id=person, limit=at_once)  # type: ignore[misc]
        )
        if row is None:
            return
        work.emitted(row.events)
        outbox.finish(db, work)
        yield len(row.events)
        day, person = row.day, row.id
