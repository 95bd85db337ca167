"""A filled academy: the large seed's, of any size, and what that leaves out."""

from academy.engagement.boards.repository import WIDE
from academy.platform.db import connect
from tests.factories import Factory

# Everybody who is in a course has a certificate, everybody did something, something was told to everybody.
_CERTIFICATES = """
    insert into certificates (id, user_id, course_id, serial, status, learner_name, course_title, instructor_name, issue_date, pdf_key, issued_at)
    select gen_random_uuid(), e.user_id, e.course_id, e.id::text, 'issued', 'Asha Rao', 'Course', 'A Teacher', e.enrolled_at::date, 'x.pdf', e.enrolled_at
    from (select distinct on (user_id, course_id) * from enrollments) e
"""
_AUDIT_LOG = """
    insert into audit_log (id, actor_id, action, target_type, target_id)
    select gen_random_uuid(), u.id, case when n % 3 = 0 then 'course.enroll' else 'certificate.issue' end, 'course', e.course_id::text
    from (select user_id, course_id, row_number() over () as n from enrollments) e join users u on u.id = e.user_id
"""
_OUTBOX = """
    insert into outbox (id, kind, version, payload, occurred_at, published_at)
    select id, 'user.joined', 1, '{}', now(), now() from users on conflict do nothing
"""
_MOST_LEARNERS = "select id from courses where status = 'published' order by total_enrollments desc limit 1"
# Every enrolment was paid for, one of a hundred by money that does not fit; those who teach give coupons, some of them many.
_COUPONS = """
    insert into coupons (id, code, owner_id, percent, course_id, ends_at)
    select gen_random_uuid(), 'CODE-' || c.id || '-' || n, c.instructor_id, 20, case when n % 3 = 0 then c.id end, case when n % 2 = 0 then now() end
    from (select distinct on (instructor_id) * from courses order by instructor_id, total_enrollments desc) c
    cross join lateral generate_series(1, 5 + case when c.total_enrollments > 50 then 500 else 0 end) n
"""
_ORDERS = """
    insert into orders (id, user_id, course_id, instructor_id, status, currency, price, taxable, tax, amount, tax_bp, share_bp, place_of_supply,
        course_title, buyer, expires_at, paid_at)
    select e.id, e.user_id, e.course_id, c.instructor_id, 'paid', 'INR', 49900, 42288, 7612, 49900, 1800, 7000, '33', c.title, '{}', now(), e.enrolled_at
    from enrollments e join courses c on c.id = e.course_id
"""
_PAYMENTS = """
    insert into payments (id, order_id, user_id, course_id, status, amount, currency, amount_captured, review_reason)
    select o.id, o.id, o.user_id, o.course_id, case when n % 100 = 0 then 'needs_review' else 'captured' end, 49900, 'INR', 49900, 'It does not fit.'
    from (select *, row_number() over () as n from orders) o
"""
# Everybody was told of a course of theirs; one person of very much, and has read most of it.
_NOTIFICATIONS = f"""
    insert into notifications (id, user_id, event_id, kind, data, read_at)
    select gen_random_uuid(), user_id, gen_random_uuid(), 'course.published', cast('{{"courseId": "x", "title": "Tides"}}' as jsonb), now() from enrollments
    union all select gen_random_uuid(), user_id, gen_random_uuid(), case when n % 3 = 0 then 'badge.earned' else 'certificate.issued' end,
        cast('{{"badge": "scholar", "courseTitle": "Tides", "serial": "A"}}' as jsonb), case when n % 4 > 0 then now() end
    from (select user_id from enrollments where course_id = ({_MOST_LEARNERS}) order by enrolled_at limit 1) e, generate_series(1, 1000) n
"""
# Everybody is on the boards of all, of a domain and of the most popular course; many have as many points as others.
_BOARDS = f"""
    insert into leaderboards (span, period, domain, course_id, last_day)
    select s.span, s.period, d.domain, d.course_id, s.last_day from (
        select 'weekly' as span, to_char(today, 'IYYY-"W"IW') as period, (today + interval '7 days')::date as last_day
        from (select now() at time zone 'Asia/Kolkata' as today) t union all select 'all', 'all', null
    ) s cross join (
        select null::text as domain, null::uuid as course_id union all select 'engineering', null union all select null, ({_MOST_LEARNERS})
    ) d
"""
_SCORES = """
    insert into leaderboard_scores (user_id, board_id, points, listed, reached_at)
    select u.id, b.id, 10 * (1 + abs(hashtext(u.id::text)) % 500), true, u.created_at from users u cross join leaderboards b
"""
_HISTOGRAM = f"""
    insert into leaderboard_histogram (board_id, width, points, users)
    select board_id, width, points / width * width, count(*) from leaderboard_scores cross join unnest(array[1, {WIDE}]) width group by 1, 2, 3
"""
# Every course has a board of its own, of which only the histogram is here: for what must not be read when somebody else is awarded something.
_COURSES_BOARDS = """
    with made as (insert into leaderboards (span, period, course_id) select 'all', 'all', id from courses on conflict do nothing returning id)
    insert into leaderboard_histogram (board_id, width, points, users) select id, 1, 10 * n, 1 from made, generate_series(1, 5) n
"""
# Everybody has points, one person very many; and of some it is to be decided.
_XP = f"""
    insert into xp (id, user_id, kind, source, points, course_id, rule_version, day, earned_at)
    select gen_random_uuid(), user_id, 'course_complete', course_id::text, 500, course_id, 1, enrolled_at::date, enrolled_at
    from (select distinct on (user_id, course_id) * from enrollments) e
    union all select gen_random_uuid(), user_id, case when n % 5 = 0 then 'forum_post' else 'lesson_complete' end, gen_random_uuid()::text, 50, course_id,
        1, date '2026-01-01' + n / 10, now()
    from (select user_id, course_id from enrollments where course_id = ({_MOST_LEARNERS}) order by enrolled_at limit 1) e, generate_series(1, 1000) n
"""
_HOLDS = """
    insert into xp_holds (id, user_id, kind, source, points, minutes, rule_version, earned_at, status, decided_at)
    select gen_random_uuid(), id, 'lesson_complete', gen_random_uuid()::text, 50, 600, 1, now(), case when n % 10 = 0 then 'held' else 'dismissed' end,
        case when n % 10 > 0 then now() end
    from (select id, row_number() over () as n from users) u
"""
_SUSPENDED = "update users set status = 'suspended' where id in (select id from users where role = 'student' order by id limit 30)"
_WHO = {
    "owner": f"select instructor_id from courses where id = ({_MOST_LEARNERS})",
    "enrolled": f"select user_id from enrollments where course_id = ({_MOST_LEARNERS}) order by enrolled_at limit 1",
    "bystander": "select user_id from enrollments group by 1 order by count(*) desc, 1 limit 1",
    "admin": "select id from users where role = 'admin' order by created_at limit 1",
}


def fill(owner_url: str) -> bool:
    """Whether it was empty still: once in a database, all of it or nothing. Of a large one it takes longer than the product would ever wait."""
    connection = connect(owner_url)
    connection._usock.settimeout(None)
    try:
        if connection.run("select from leaderboards limit 1").row_count:
            return False
        connection.command("begin")
        for statement in (
            _CERTIFICATES,
            _AUDIT_LOG,
            _OUTBOX,
            _COUPONS,
            _ORDERS,
            _PAYMENTS,
            _NOTIFICATIONS,
            _BOARDS,
            _SCORES,
            _HISTOGRAM,
            "discard plans",  # by which foreign keys are checked as long as the session lasts: made when there were six boards
            _COURSES_BOARDS,
            _XP,
            _HOLDS,
            _SUSPENDED,
        ):
            connection.command(statement)
        connection.command("commit")
        # Analyzed; and its pages known to be all visible, as those of tables that are not new: plans depend on both.
        connection.command("vacuum (analyze)")
        return True
    finally:
        connection.close()


class World:
    """Rows by the names that the samples of requests use, each the one with the most to it."""

    def __init__(self, make: Factory) -> None:
        self.users = {name: make.rows(f"select * from users where id = ({which})")[0] for name, which in _WHO.items()}
        self.rows = {
            "course": make.rows(f"select * from courses where id = ({_MOST_LEARNERS})")[0],
            "certificate": make.rows("select * from certificates order by id limit 1")[0],
        }

    def id(self, name: str) -> str:
        return str((self.rows.get(name) or self.users[name])["id"])
