"""Twenty weeks of a large academy's effort: the ledger of XP and the boards as booking and folding would have left them, made by a few statements over all.

A learner has twenty rows on average: one in a hundred two hundred, nine sixty, the rest fourteen. All of it is over all the days, so that about half of the
learners stand on a week's board. `learner-0000000` (by `sub`) is one of the busiest, `learner-0000099` one of the rest.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from academy.engagement.boards.repository import WIDE
from academy.migrations import runner
from academy.platform.db import connect
from academy.platform.db.connection import OneTripConnection
from tests.bench.place import Place

LEARNERS = {"large": 1_000_000, "middle": 100_000, "small": 10_000}
LEARNER = "learner-%07d"
DAYS = 140
ZONE = "Asia/Kolkata"
DOMAINS = ("engineering", "commerce", "arts", "science", "languages", "law")

_FUNCTIONS = """
    create function pg_temp.mixed(n bigint, seed int) returns bigint language sql immutable return hashint8extended(n, seed) & 9223372036854775807;
    create function pg_temp.id(ms bigint, n bigint, seed int) returns uuid language sql immutable return
        (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(pg_temp.mixed(n, seed) % 4096), 3, '0') || '8'
            || lpad(to_hex(pg_temp.mixed(n, seed + 1) % 1152921504606846976), 15, '0'))::uuid;
    create function pg_temp.learner(n bigint) returns uuid language sql immutable return pg_temp.id(1704067200000, n, 10);
    create function pg_temp.course(n bigint) returns uuid language sql immutable return pg_temp.id(1704067200000, n, 20);
"""
_TODAY = f"(now() at time zone '{ZONE}')::date"
_REBUILT = (
    ("xp", "uq_xp_source", "ix_xp_user_id"),
    ("users", "ix_users_search_text"),
    ("leaderboard_scores", "ix_leaderboard_scores_standing"),
)
"""Indexes that are made at once when all rows are there."""


@dataclass(frozen=True, slots=True)
class Size:
    learners: int

    @property
    def courses(self) -> int:
        return max(20, self.learners // 500)


def _effort(size: Size) -> str:
    """The numbers that all follows from: of learner n the row j. One learner in ten is in course 0, all are in two others."""
    return f"""
        create unlogged table effort as
        select n, j, key, day, points, kind, course, (extract(epoch from day::timestamp at time zone '{ZONE}') * 1000)::bigint
            + pg_temp.mixed(key, 3) % 86399000 as ms
        from (
            select n, j, n * 256 + j as key, {_TODAY} - (pg_temp.mixed(n * 256 + j, 1) % {DAYS})::int as day,
                case when m < 1 then 500 when m < 4 then 100 when m < 6 then 10 else 50 end as points,
                case when m < 1 then 'course_complete' when m < 4 then 'quiz_pass' when m < 6 then 'forum_post' else 'lesson_complete' end as kind,
                case when n % 10 = 5 and j % 3 = 0 then 0 when j % 2 = 0 then n * 7 % {size.courses} else n * 13 % {size.courses} end as course
            from generate_series(0::bigint, {size.learners - 1}) n
            cross join lateral generate_series(1, case when n % 100 = 0 then 200 when n % 100 < 10 then 60 else 14 end) j
            cross join lateral (select pg_temp.mixed(n * 256 + j, 2) % 20 as m) kinds
        ) rows
        where day < {_TODAY} or pg_temp.mixed(key, 4) % 2 = 0
    """


def _rows(size: Size) -> dict[str, str]:
    domain = f"(array{list(DOMAINS)})[1 + course % {len(DOMAINS)}]"
    about = "'engineering', 'Computer Science', 2, timestamptz '2024-01-01'"
    return {
        "domains": f"""
            insert into domains (slug, name) select s, initcap(s) from unnest(array{list(DOMAINS)}) s on conflict do nothing""",
        "people": f"""
            insert into users (id, sub, email, username, full_name, role, xp_total, domain, branch, year, onboarded_at, created_at)
            select pg_temp.learner(n), 'learner-' || lpad(n::text, 7, '0'), 'learner' || n || '@large.test', 'learner' || n, 'Asha Rao ' || n,
                case when n = 1 then 'instructor' when n = 2 then 'admin' else 'student' end, total, {about}, timestamptz '2024-01-01'
            from (select n, sum(points) as total from effort group by n) e""",
        "courses": f"""
            insert into courses (id, instructor_id, title, description, domain, category, difficulty, status, published_at)
            select pg_temp.course(course), pg_temp.learner(1), 'Bridges ' || course, 'What every engineer should know, told from the beginning.',
                {domain}, 'programming', 'beginner', 'published', timestamptz '2024-01-01' from generate_series(0::bigint, {size.courses - 1}) course""",
        "ledger": f"""
            insert into xp (id, user_id, kind, source, points, domain, course_id, minutes, rule_version, day, earned_at, booked_at)
            select pg_temp.id(ms, key, 30), pg_temp.learner(n), kind, pg_temp.id(ms, key, 40)::text, points, {domain}, pg_temp.course(course), 10, 1, day,
                to_timestamp(ms / 1000.0), to_timestamp(ms / 1000.0) from effort order by day""",
        "daily sums": """
            insert into xp_daily (user_id, day, points, awards)
            select pg_temp.learner(n), day, sum(points), count(*) from effort group by n, day""",
    }  # fmt: skip


_PERIODS = {
    "weekly": (
        "day - (day - date '2024-01-01') % 7",
        "to_char(first, 'IYYY-\"W\"IW')",
        "first + 6",
        "date_trunc('week', {today}::timestamp)::date - 7",
    ),
    "monthly": (
        "date_trunc('month', day::timestamp)::date",
        "to_char(first, 'YYYY-MM')",
        "(first + interval '1 month - 1 day')::date",
        "(date_trunc('month', {today}::timestamp) - interval '1 month')::date",
    ),
    "all": ("null::date", "'all'", "null::date", "date '2024-01-01'"),
}
"""This period and the last one: by a day the first one, by that the name and the last one, and from when on."""


def _boards(size: Size) -> dict[str, str]:
    """Each larger scope is summed from the smaller one."""
    made = {
        "sums": "create unlogged table sums (scope text, part bigint, span text, period text, last_day date, n bigint, points bigint, ms bigint)"
    }
    for span, (first, period, last_day, since) in _PERIODS.items():
        made[f"sums: {span}"] = f"""
            insert into sums select 'course', course, '{span}', {period}, {last_day}, n, points, ms from (
                select n, course, {first} as first, sum(points) as points, max(ms) as ms from effort where day >= {since.format(today=_TODAY)} group by 1, 2, 3
            ) s"""
    for scope, of, part in (("domain", "course", f"part % {len(DOMAINS)}"), ("academy", "domain", "0")):
        made[f"sums: {scope}"] = f"""
            insert into sums select '{scope}', {part}, span, period, last_day, n, sum(points), max(ms) from sums
            where scope = '{of}' group by 2, 3, 4, 5, 6"""
    made["boards"] = f"""
        insert into leaderboards (span, period, domain, course_id, last_day)
        select span, period,
            case scope when 'domain' then (array{list(DOMAINS)})[1 + part] end, case scope when 'course' then pg_temp.course(part) end, last_day
        from (select distinct scope, part, span, period, last_day from sums) s"""
    made["numbers of boards"] = f"""
        create unlogged table numbered as select b.id, b.period, s.scope, s.part from (select distinct scope, part, period from sums) s join leaderboards b
        on b.period = s.period and b.scope = case s.scope when 'academy' then 'academy' when 'domain' then 'domain ' || (array{list(DOMAINS)})[1 + part]
            else 'course ' || pg_temp.course(part) end"""
    made["people's ids"] = (
        f"create unlogged table ids as select n, pg_temp.learner(n) as id from generate_series(0::bigint, {size.learners - 1}) n"
    )
    made["scores"] = """
        insert into leaderboard_scores (user_id, board_id, points, listed, reached_at)
        select i.id, b.id, s.points, true, to_timestamp(s.ms / 1000.0) from sums s join numbered b using (scope, part, period) join ids i using (n)"""
    for width in (1, WIDE):
        made[f"histogram of {width}"] = f"""
            insert into leaderboard_histogram (board_id, width, points, users)
            select board_id, {width}, points / {width} * {width}, count(*) from leaderboard_scores group by 1, 3"""
    return made


def seed(owner_url: str, learners: int, say: Callable[[str], None] = print) -> None:
    """Into a migrated database without people, by its superuser: what triggers and foreign keys would check row by row is true by construction."""
    connection = connect(owner_url)
    connection._usock.settimeout(None)
    size = Size(learners)

    def step(what: str, statement: str) -> None:
        started = time.monotonic()
        connection.command(statement)
        say(f"{time.monotonic() - started:6.1f} s  {what}")

    try:
        connection.command("set session_replication_role = replica; set work_mem = '512MB'; set maintenance_work_mem = '1GB'")
        connection.command(_FUNCTIONS)
        indexes = _dropped(connection)
        connection.command("alter table leaderboard_scores drop constraint pk_leaderboard_scores")
        for what, statement in {"effort": _effort(size), **_rows(size), **_boards(size)}.items():
            step(what, statement)
        step("pk_leaderboard_scores", "alter table leaderboard_scores add constraint pk_leaderboard_scores primary key (user_id, board_id)")
        for name, definition in indexes.items():
            step(name, definition)
        step("the time of seeding is over", "drop table sums, numbered, ids, effort")
        step("vacuum and statistics", "vacuum (analyze)")
    finally:
        connection.close()


def _dropped(connection: OneTripConnection) -> dict[str, str]:
    names = [name for _, *indexes in _REBUILT for name in indexes]
    definitions = dict(connection.run("select indexname, indexdef from pg_indexes where indexname = any($1::text[])", (names,)).rows)
    for name in definitions:
        connection.command(f"drop index {name}")
    return definitions


def ensure(place: Place, scale: str, say: Callable[[str], None] = print) -> None:
    """Seeds once; later migrations are applied to what is there."""
    admin = connect(place.url("postgres"))
    there = admin.run("select from pg_database where datname = $1", (place.seed,)).row_count
    admin.close()
    if there and not _is_whole(place):
        place.command(f"drop database {place.seed}")
        there = 0
    if not there:
        place.command(f"create database {place.seed}")
    runner.prepare(place.url(place.seed), owner_password=place.password, app_password=place.password)
    runner.upgrade(place.owner_url(place.seed))
    if not there:
        seed(place.url(place.seed), LEARNERS[scale], say)


def _is_whole(place: Place) -> bool:
    """The table for the time of seeding is dropped at the end."""
    connection = connect(place.url(place.seed))
    try:
        return bool(
            connection.run("select to_regclass('effort') is null and to_regclass('leaderboards') is not null").rows[0][0]
            and connection.run("select exists (select from xp)").rows[0][0]
        )
    finally:
        connection.close()
