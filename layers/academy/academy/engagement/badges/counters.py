"""What badges count: SQL over the rows that are the truth, for a learner or a batch of them.

A counter is a column of a source; a source is a subquery that is asked for one learner `p` at a time, by their indexes, and only where a badge that
needs it is not theirs yet. Days are of the learner's time zone, as it is now.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from academy.engagement.badges.values import Fact

EARLY = (4, 8)
LATE = (22, 4)
"""Hours of the day, from and to. A night's hours after midnight are of the evening before."""
WEEKEND = (6, 7)
PAUSE_DAYS = 14
LOWEST_GOAL_MINUTES = 30
"""A weekly goal of a minute is no goal."""
HIGH_PERCENT = 90


class Counter(StrEnum):
    LESSONS = "lessons"
    COURSES = "courses"
    DOMAINS = "domains"
    CERTIFICATES = "certificates"
    STREAK = "streak"
    EARLY_MORNINGS = "early_mornings"
    LATE_NIGHTS = "late_nights"
    WEEKEND_DAYS = "weekend_days"
    COMEBACKS = "comebacks"
    WEEKLY_GOALS = "weekly_goals"
    QUIZZES = "quizzes"
    HIGH_QUIZZES = "high_quizzes"
    PERFECT_QUIZZES = "perfect_quizzes"
    POSTS = "posts"
    RATINGS = "ratings"
    PLACES = "places"
    XP = "xp"


class _Source(NamedTuple):
    """`columns` from `rows`, which ends in its `where`."""

    rows: str
    columns: dict[Counter, str]


_COMPLETED = """
    from enrollments e join section_progress s on s.enrollment_id = e.id
    cross join lateral (select s.completed_at at time zone p.time_zone as moment) local
    where e.user_id = p.id and s.completed_at is not null
"""

_SOURCES = {
    "person": _Source("where true", {Counter.STREAK: "p.longest_streak", Counter.XP: "p.xp_total"}),
    "lessons": _Source(
        """from enrollments e join lesson_progress l on l.enrollment_id = e.id
            where e.user_id = p.id and l.completed_at is not null""",
        {Counter.LESSONS: "count(distinct l.lesson_id)"},
    ),
    # A course counts once, however often it is taken, and also after the learner has left it.
    "courses": _Source(
        """from enrollments e join courses c on c.id = e.course_id
            where e.user_id = p.id and e.completed_at is not null""",
        {Counter.COURSES: "count(distinct e.course_id)", Counter.DOMAINS: "count(distinct c.domain)"},
    ),
    "certificates": _Source(
        "from certificates k where k.user_id = p.id and k.status = 'issued'", {Counter.CERTIFICATES: "count(distinct k.course_id)"}
    ),
    "moments": _Source(
        f"""from (select moment::date as day, (moment - interval '{LATE[1]} hours')::date as night, extract(hour from moment) as hour
                {_COMPLETED}) m where true""",
        {
            Counter.EARLY_MORNINGS: f"count(distinct day) filter (where hour >= {EARLY[0]} and hour < {EARLY[1]})",
            Counter.LATE_NIGHTS: f"count(distinct night) filter (where hour >= {LATE[0]} or hour < {LATE[1]})",
            Counter.WEEKEND_DAYS: f"count(distinct day) filter (where extract(isodow from day) in {WEEKEND})",
        },
    ),
    "pauses": _Source(
        f"""from (select day, lag(day) over (order by day) as before from (select distinct moment::date as day
                {_COMPLETED}) d) w where true""",
        {Counter.COMEBACKS: f"count(*) filter (where day - before > {PAUSE_DAYS})"},
    ),
    "weeks": _Source(
        """from (select sum(x.seconds) as seconds from study_sessions x where x.user_id = p.id
                group by date_trunc('week', x.started_at at time zone p.time_zone)) w where true""",
        {
            Counter.WEEKLY_GOALS: f"count(*) filter (where w.seconds >= 60 * greatest(p.weekly_learning_goal, {LOWEST_GOAL_MINUTES})"
            " and p.weekly_learning_goal > 0)"
        },
    ),
    "ratings": _Source("from course_ratings r where r.user_id = p.id", {Counter.RATINGS: "count(*)"}),
    "quizzes": _Source(
        f"from badge_facts f where f.user_id = p.id and f.kind = '{Fact.QUIZ}' and f.voided_at is null",
        {
            Counter.QUIZZES: "count(distinct f.subject)",
            Counter.HIGH_QUIZZES: f"count(distinct f.subject) filter (where f.value >= {HIGH_PERCENT})",
            Counter.PERFECT_QUIZZES: "count(distinct f.subject) filter (where f.value >= 100)",
        },
    ),
    "posts": _Source(
        f"from badge_facts f where f.user_id = p.id and f.kind = '{Fact.POST}' and f.voided_at is null", {Counter.POSTS: "count(*)"}
    ),
    "places": _Source(
        f"from badge_facts f where f.user_id = p.id and f.kind = '{Fact.PLACE}' and f.voided_at is null", {Counter.PLACES: "count(*)"}
    ),
}
_SOURCE_OF = {counter: name for name, source in _SOURCES.items() for counter in source.columns}

ONLY_GROWING = frozenset({Counter.LESSONS, Counter.COURSES, Counter.STREAK, Counter.RATINGS, Counter.PLACES})
"""What is counted here never becomes less. A post can be deleted, an attempt voided, a certificate revoked, XP taken back; hours and days are others in
another time zone, weeks with another goal, a course's field may change."""

MOVED_BY_LEARNING = frozenset({Counter.LESSONS, Counter.COURSES, Counter.STREAK})
"""What moves only when `users.last_learned_at` does."""


def source_of(counter: Counter) -> str:
    return _SOURCE_OF[counter]


def column_of(counter: Counter) -> str:
    """Where `joins` has it."""
    return f"{_SOURCE_OF[counter]}.{counter}"


def joins(counters: Iterable[Counter]) -> str:
    """Joins to a `p`: a row of users with `sources`, a text[] of what is to be counted for them. A source that is not among them is not read at all
    (the planner makes it the filter of a node above), and its counters are zero or null."""
    wanted = set(counters)
    return "\n".join(
        f"""left join lateral (
            select {", ".join(f"({expression})::bigint as {counter}" for counter, expression in source.columns.items() if counter in wanted)}
            {source.rows} and '{name}' = any(p.sources)
        ) {name} on true"""
        for name, source in _SOURCES.items()
        if wanted & source.columns.keys()
    )
