"""Functions whose clocks are minutes apart: what money, grades and certificates depend on is decided by the database's clock alone.

A process's clock makes ids (their order is a convenience, never a rule) and judges a token's last seconds. Everything else asks `now()`.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any
from uuid import UUID

import pytest
import time_machine

from academy.certificates import tasks as certificates
from academy.generation import ledger
from academy.platform import housekeeping, outbox
from academy.platform.auth.tokens import LEEWAY
from academy.platform.db import Database
from academy.platform.events import Envelope
from academy.platform.ids import uuid7
from functions.events import app as consumers
from tests.api import Client
from tests.factories import Factory
from tests.issuer import Issuer

APART = 600
SKEWS = (APART, -APART, 0)
TIMES = """
    select c.relname as thing, a.attname as part from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.atttypid = 'timestamptz'::regtype and not a.attisdropped
        and (c.relname, a.attname) <> ('rate_counters', 'window_start')
"""


@contextmanager
def clock(seconds: int) -> Iterator[None]:
    """This process's clock is so far from everybody else's."""
    with time_machine.travel(time.time() + seconds, tick=True):
        yield


class People:
    """Calls whose function is fast, slow and right in turn. Tokens are the pool's, by the right clock, and live for two hours."""

    def __init__(self, client: Client, issuer: Issuer) -> None:
        self._client, self._issuer = client, issuer
        self._skews = cycle(SKEWS)

    def token(self, user: dict[str, Any], **claims: Any) -> str:
        now = int(time.time())
        return self._issuer.token(user["sub"], iat=now - 5, auth_time=now - 5, exp=now + 7200, **claims)

    def call(self, method: str, path: str, body: Any = None, *, user: dict[str, Any], skew: int | None = None, **options: Any) -> Any:
        token = self.token(user)
        with clock(next(self._skews) if skew is None else skew):
            return self._client.call(method, path, body, user=token, **options)


def times(make: Factory, where: str = "true", **parameters: Any) -> set[tuple[str, str, datetime]]:
    """Every time in every row."""
    found: set[tuple[str, str, datetime]] = set()
    for row in make.rows(TIMES):
        thing, part = row["thing"], row["part"]
        query = f"select {part} as time from {thing} where {part} is not null and ({where.format(part)})"
        found |= {(thing, part, one["time"]) for one in make.rows(query, **parameters)}
    return found


@pytest.fixture
def people(client: Client, issuer: Issuer) -> People:
    return People(client, issuer)


def test_the_clock_of_the_test_is_the_processs() -> None:
    here = uuid7()
    with clock(APART):
        there = uuid7()
    assert APART * 1000 - 60_000 < (there.int >> 80) - (here.int >> 80) < APART * 1000 + 60_000


def test_a_course_is_completed_and_certified_and_no_time_in_any_row_is_a_processs(
    people: People, make: Factory, db: Database, published: list[Envelope]
) -> None:
    migrated, begun = times(make), make.value("select now()")
    student, teacher = make.user(onboarded_at=begun), make.user("instructor", onboarded_at=begun, instructor_approved_at=begun)
    course = make.course(teacher, published_at=begun)
    sections = make.outline(course, modules=1, lessons=2, sections=2)

    assert people.call("POST", f"/courses/{course['id']}/enroll", user=student).status == 201
    percents = [
        people.call(
            "POST",
            "/progress/section",
            {
                "courseId": str(course["id"]),
                "lessonId": str(one["lesson_id"]),
                "sectionId": str(one["id"]),
                "completed": True,
                "timeSpent": 30,
            },
            user=student,
        ).data["completionPercentage"]
        for one in sections
    ]
    people.call("POST", "/progress/time", {"courseId": str(course["id"]), "timeSpent": 60}, user=student)
    for envelope, skew in zip(list(published), cycle(SKEWS), strict=False):
        for queue in ("learning", "notifications"):
            with clock(skew):
                consumers.consume(queue, envelope)
    with clock(APART):
        reserved = certificates.reserve(db, user_id=student["id"], course_id=course["id"])
    with clock(-APART):
        issued = certificates.issue(db, certificate_id=UUID(reserved["certificateId"]), key="certificates/1.pdf", sha256="0" * 64)

    assert percents == [25, 50, 75, 100]
    assert issued["issuedNow"]
    assert (
        make.value("select c.issue_date = (now() at time zone u.time_zone)::date from certificates c join users u on u.id = c.user_id")
        is True
    )
    ended = make.value("select now()")
    outside = times(make, "{0} < :begun or {0} > :ended", begun=begun, ended=ended) - migrated
    told_by_the_learner = {("study_sessions", "started_at")}
    assert {(thing, part) for thing, part, _ in outside} <= told_by_the_learner


@pytest.mark.parametrize("skew", [APART, -APART])
def test_no_more_time_is_credited_than_has_passed(people: People, make: Factory, skew: int) -> None:
    """An hour is claimed a moment after the enrolment, by way of a function that thinks ten minutes have gone by."""
    student, course = make.user(), make.course(make.user("instructor"))
    section = make.outline(course, modules=1, lessons=1, sections=2)[0]
    people.call("POST", f"/courses/{course['id']}/enroll", user=student, skew=-skew)
    body = {"courseId": str(course["id"]), "lessonId": str(section["lesson_id"]), "sectionId": str(section["id"]), "completed": False}

    people.call("POST", "/progress/section", {**body, "timeSpent": 3600}, user=student, skew=skew)

    passed = make.value("select extract(epoch from now() - enrolled_at)::int from enrollments")
    assert make.value("select time_spent from enrollments") <= 300 + passed + 1


def test_an_idempotency_key_is_kept_for_the_databases_day(people: People, make: Factory) -> None:
    student, course = make.user(), make.course(make.user("instructor"))
    path, key = f"/courses/{course['id']}/enroll", {"Idempotency-Key": "enrol-once"}
    first = people.call("POST", path, user=student, headers=key, skew=-APART)

    make.execute("update idempotency_keys set created_at = now() - interval '23 hours 58 minutes'")
    again = people.call("POST", path, user=student, headers=key, skew=APART)
    make.execute("update idempotency_keys set created_at = now() - interval '24 hours 2 minutes'")
    anew = people.call("POST", path, user=student, headers=key, skew=-APART)

    assert (first.status, again.status, again.text) == (201, 201, first.text)
    assert "Idempotency-Replayed" in again.headers
    assert anew.status == 409


def test_a_limit_counts_in_the_databases_window(people: People, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    student = make.user()
    window = "select max(window_start) from rate_counters where bucket like 'user:general:%'"
    for _ in range(5):  # a window can end in the middle
        left, windows = [], []
        for skew in SKEWS * 2:
            reply = people.call("GET", "/certificates", user=student, skew=skew)
            left.append(int(reply.headers["RateLimit-Remaining"]))
            windows.append(make.value(window))
        if len(set(windows)) == 1:
            break
    assert left == list(range(left[0], left[0] - len(left), -1))


@pytest.mark.parametrize("skew", [APART, -APART])
def test_an_ended_sign_in_stays_ended(people: People, make: Factory, client: Client, skew: int) -> None:
    student = make.user()
    token = people.token(student)
    assert client.get("/certificates", user=token).status == 200
    make.execute("update users set sessions_valid_from = now() where sub = :sub", sub=student["sub"])
    with clock(skew):
        assert client.get("/certificates", user=token).status == 401


def test_a_token_is_judged_by_the_process_and_forgiven_seconds_not_minutes(client: Client, make: Factory, issuer: Issuer) -> None:
    """Decided: a slow process honours a token for as long as it is slow, unless the sign-in was ended; a fast one asks for a new one."""
    student, now = make.user(), int(time.time())
    token = issuer.token(student["sub"], exp=now + 300)
    assert 0 < LEEWAY <= 60
    with clock(300 + LEEWAY + 60):
        assert client.get("/certificates", user=token).status == 401
    with clock(-APART):
        assert client.get("/certificates", user=issuer.token(student["sub"], iat=now - 900, exp=now - 300)).status == 200
    with clock(0):
        assert client.get("/certificates", user=issuer.token(student["sub"], iat=now - 900, exp=now - 300)).status == 401


@pytest.mark.parametrize("skew", [APART, -APART])
def test_a_budgets_window_is_the_databases(db: Database, make: Factory, skew: int) -> None:
    """What was spent five minutes before the window's end still counts, what was spent five minutes before its beginning no more."""
    teacher = make.user("instructor")
    job = uuid7()
    make.execute(
        "insert into generation_jobs (id, user_id, topic, visibility, domain, brief, lesson_count, status, error)"
        " values (:id, :user, 'Bread', 'public', 'engineering', '{}', 3, 'failed', '{}')",
        id=job,
        user=teacher["id"],
    )
    limit, hours = next(
        (row["limit_micros"], row["window_hours"]) for row in make.rows("select * from generation_budgets where scope = 'user'")
    )
    make.execute(
        "insert into generation_charges (id, job_id, user_id, step, model, cost_micros, settled, created_at)"
        " values (:id, :job, :user, 'outline', 'm', :cost, true, now() - make_interval(hours => :hours) + interval '5 minutes')",
        id=uuid7(),
        job=job,
        user=teacher["id"],
        cost=limit,
        hours=hours,
    )
    with clock(skew), pytest.raises(ledger.UserBudgetExceeded):
        db.transact(lambda work: ledger.require_room(work, user_id=teacher["id"], micros=1000))
    make.execute("update generation_charges set created_at = created_at - interval '10 minutes'")
    with clock(skew):
        db.transact(lambda work: ledger.require_room(work, user_id=teacher["id"], micros=1000))


def test_ids_out_of_order_lose_no_event_no_seal_and_no_row_of_a_list(
    people: People, make: Factory, db: Database, published: list[Envelope]
) -> None:
    """Ids made ten minutes in the future and in the past: each is published, sealed and shown once all the same."""
    admin = make.user("admin")
    courses = [make.course(make.user("instructor")) for _ in range(6)]
    student = make.user()
    for course in courses:
        assert people.call("POST", f"/courses/{course['id']}/enroll", user=student).status == 201
    ids = [row["id"].int for row in make.rows("select id from audit_log order by occurred_at")]
    assert ids != sorted(ids), "or this proves nothing"

    published.clear()
    make.execute("update outbox set published_at = null, occurred_at = now() - interval '1 hour'")
    with clock(-APART):
        outbox.sweep(db)
    assert sorted(one.id for one in published) == sorted(str(row["id"]) for row in make.rows("select id from outbox"))

    entries = make.value("select count(*) from audit_log")
    make.execute("alter table audit_log disable trigger all")
    make.execute("update audit_log set occurred_at = now() - interval '2 minutes'")
    make.execute("alter table audit_log enable trigger all")
    with clock(APART):
        assert housekeeping.seal_audit_log(db) == entries
    assert housekeeping.first_broken_seal(db) is None

    seen: list[str] = []
    cursor: str | None = None
    while True:
        reply = people.call("GET", "/admin/audit-log", user=admin, query={"limit": 2, **({"cursor": cursor} if cursor else {})})
        seen += [entry["id"] for entry in reply.data]
        cursor = reply.json["pagination"].get("nextCursor")
        if not cursor:
            break
    assert sorted(seen) == sorted(str(row["id"]) for row in make.rows("select id from audit_log"))


def test_what_a_learner_says_of_the_time_is_measured_by_the_databases_clock(people: People, make: Factory) -> None:
    student, course = make.user(), make.course(make.user("instructor"))
    make.enrollment(student, course)
    now: datetime = make.value("select now()")
    body = {
        "courseId": str(course["id"]),
        "startedAt": (now + timedelta(minutes=4)).isoformat(),
        "endedAt": (now + timedelta(minutes=9)).isoformat(),
    }
    answers = [people.call("POST", "/progress/time", body, user=student, skew=skew).status for skew in SKEWS]
    assert len(set(answers)) == 1, "whichever function is asked"
