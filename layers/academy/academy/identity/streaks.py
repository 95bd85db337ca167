"""Streaks: pieces of SQL about a row `u` of `users`. The rules, for people, are in docs/engagement.md.

`current_streak` is the number of days learned on up to `last_learned_on`, in the calendar of `time_zone`; nobody writes a row because a day went by, so
whether the streak still lives is told by CURRENT. Every expression reads only the row that it is about: an UPDATE that waited for another
report goes on with the row's newest version, and counts a day once.
"""

MOST_FREEZES = 2
FREEZE_EVERY = 7
"""Days of a streak for which a freeze is earned."""

SHORTEST_TOLD = 3
"""The shortest streak whose end is announced. The index ix_users_streaks has those alone."""

_SLACK = "interval '2 hours'"
"""By how much days in a row may be shorter than 24 hours each: clocks that are put forward."""

TODAY = "(now() at time zone u.time_zone)::date"

_PASSED = f"({TODAY} - u.last_learned_on)"
"""Midnights since the last day of learning; null before the first."""

ALIVE = f"(u.current_streak > 0 and coalesce({_PASSED} - 1 <= u.streak_freezes, false))"
CURRENT = f"(case when {ALIVE} then u.current_streak else 0 end)"
"""The streak as of now: what every page shows."""

FREEZES = f"(case when {ALIVE} then u.streak_freezes - greatest({_PASSED} - 1, 0) else 0 end)"
"""Those that no missed day needs yet."""

ENDS_ON = "(u.last_learned_on + 1 + u.streak_freezes::int)"
"""The last day of a living streak if nothing more is learned: the freezes cover the days before it."""

ENDS_AT = f"(case when {ALIVE} then ({ENDS_ON} + 1)::timestamp at time zone u.time_zone end)"

_STARTED = "coalesce(u.streak_started_at, u.last_learned_at - make_interval(days => greatest(u.current_streak, 1)::int - 1))"
"""A streak from before beginnings were noted began as many days before its last."""

_POSSIBLE = f"2 + floor(extract(epoch from now() - {_STARTED} + {_SLACK}) / 86400)::bigint"
"""The first and the last day may be short; each between them lasts 24 hours. Who changes zones to and fro gets no more days than others."""

_DAYS = f"""case when {_PASSED} <= 0 then greatest(u.current_streak, 1)
        when {ALIVE} then greatest(u.current_streak, least(u.current_streak + 1, {_POSSIBLE})) else 1 end"""

LEARNED = f"""
    current_streak = {_DAYS},
    longest_streak = greatest(u.longest_streak, {_DAYS}),
    streak_freezes = case when {_PASSED} <= 0 then u.streak_freezes
        when {ALIVE} then least({MOST_FREEZES}, u.streak_freezes - ({_PASSED} - 1)
            + case when {_DAYS} > u.current_streak and ({_DAYS}) % {FREEZE_EVERY} = 0 then 1 else 0 end)
        else 0 end,
    streak_frozen_on = case when {_PASSED} > 1 and {ALIVE}
        then (array(select u.last_learned_on + n from generate_series({_PASSED} - 1, 1, -1) n) || u.streak_frozen_on)[1:7] else u.streak_frozen_on end,
    streak_started_at = case when {_PASSED} <= 0 or {ALIVE} then coalesce({_STARTED}, now()) else now() end,
    last_learned_on = greatest(u.last_learned_on, {TODAY}),
    last_learned_at = greatest(u.last_learned_at, now())
"""
"""For `update users u set …` when something was learned now."""

MOVED_TO = f"""coalesce(greatest((u.last_learned_at at time zone :time_zone::text)::date, case
        when {ALIVE} and now() - u.last_learned_at < make_interval(days => 2 + u.streak_freezes::int) + {_SLACK}
        then (now() at time zone :time_zone::text)::date - {_PASSED} end), u.last_learned_on)"""
"""`last_learned_on` in the calendar of another zone. Going there ends no streak: a day that was missed only by the new calendar is not
missed. That grace ends with the time that any calendar gives, so that going on and on is no way to keep a streak without learning."""
