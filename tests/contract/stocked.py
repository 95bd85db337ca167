"""An academy with several of everything, so that ids lead somewhere and one deletion leaves the next one something to do."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from academy.certificates.models import Certificate
from academy.certificates.serials import new_serial
from academy.community.push.models import PushSubscription
from academy.engagement.badges.catalogue import BADGES
from academy.engagement.xp.models import XpHold
from academy.generation.models import GenerationJob
from academy.platform import config as configuration
from academy.platform import events
from academy.platform.auth import tokens
from academy.platform.db import work as unit_of_work
from academy.platform.ids import uuid7
from tests.api import Client
from tests.cloud import mocked_cloud
from tests.conftest import Databases
from tests.factories import Factory
from tests.issuer import Issuer

ROLES = ("student", "instructor", "admin")
LONG_AGO = timedelta(days=30)


@dataclass(frozen=True)
class Stock:
    """`callers` by role; `ids` by what they are ids of, those of others too. `restore` gives the callers back what they were."""

    callers: dict[str, dict[str, Any]]
    ids: dict[str, list[str]]
    restore: Callable[[], None]


@contextmanager
def stocked_academy(databases: Databases, issuer: Issuer, role: str) -> Iterator[tuple[Client, Stock]]:
    """A database and a mocked cloud of its own: what one request leaves behind is the next one's surprise, and nobody else's."""
    name = databases.copy()
    make = Factory(databases.owner_url(name))
    with pytest.MonkeyPatch.context() as patch, mocked_cloud(patch, issuer):
        patch.setenv("DATABASE_URL", databases.app_url(name))
        patch.setenv("USER_POOL_ISSUER", issuer.url)
        patch.setattr(events, "put", lambda envelopes: [envelope.id for envelope in envelopes])
        for cached in (configuration.config, tokens.verifier, unit_of_work.database):
            cached.cache_clear()
        yield Client(issuer), fill(make, role)
        unit_of_work.database().discard()
        for cached in (configuration.config, tokens.verifier, unit_of_work.database):
            cached.cache_clear()
    make.close()
    databases.drop(name)


def fill(make: Factory, role: str) -> Stock:
    """`role` is who will call: most of the jobs, courses and certificates are theirs."""
    callers = {each: make.user(each) for each in ROLES}
    caller = callers[role]
    others = [make.user(), make.user("instructor"), make.user("admin"), *(make.user(status="suspended") for _ in range(2))]
    author = caller if role == "instructor" else callers["instructor"]
    entered = [make.course(author) for _ in range(3)]
    open_ones = [make.course(callers["instructor"] if role == "instructor" else others[1]) for _ in range(3)]
    waiting = [make.course(author, status="in_review") for _ in range(4)]
    written = [make.course(author, status="draft") for _ in range(4)]
    private = make.course(callers["student"], status="draft", visibility="private")
    courses = [*entered, *open_ones, *waiting, *written, private, make.course(author, price=49900)]
    sections = [section for course in courses for section in make.outline(course, lessons=1)]
    for course in entered:
        for learner in (*callers.values(), others[0]):
            make.enrollment(learner, course, enrolled_at=datetime.now(UTC) - LONG_AGO)
    completed = make.course(author)
    make.enrollment(caller, completed, status="completed", completed_at=datetime.now(UTC), enrolled_at=datetime.now(UTC) - LONG_AGO)
    jobs = [_job(make, caller, status) for status in ("failed", "queued") * 3] + [_job(make, others[1], "failed")]
    payments = [make.purchase(who, make.course(author, price=49900)) for who in (caller, caller, caller, others[0])]
    coupons = [make.coupon(who) for who in (author, author, others[1])]
    certificates = [_certificate(make, who, course, n) for n, (who, course) in enumerate(_pairs([caller, others[0]], entered), 1)]
    found = {
        "course": [course["id"] for course in (*courses, completed)],
        "lesson": list(dict.fromkeys(section["lesson_id"] for section in sections)),
        "section": [section["id"] for section in sections],
        "module": [row["id"] for row in make.rows("select id from modules order by id")],
        "user": [user["id"] for user in (caller, *others)],
        "job": [job["id"] for job in jobs],
        "payment": [payment["id"] for payment in payments],
        "coupon": [coupon["id"] for coupon in coupons],
        "certificate": [certificate["id"] for certificate in certificates],
        "serial": [certificate["serial"] for certificate in certificates],
        "asset": ["start.js", "swagger-ui.min.css"],
        "badge": list(BADGES),
        "hold": [_hold(make, who) for who in (caller, *others)],
        "browser": [_browser(make, who) for who in (caller, caller, others[0])],
        "page": ["leaderboard", "badges", "demo.css"],
    }

    def restore() -> None:
        make.execute(
            "update users set role = :role, status = 'active', sessions_valid_from = null where id = :id", role=role, id=caller["id"]
        )
        make.execute("delete from user_permissions where user_id = :id", id=caller["id"])

    return Stock(callers, {kind: [str(value) for value in values] for kind, values in found.items()}, restore)


def _pairs(users: list[dict[str, Any]], courses: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [(user, course) for user in users for course in courses]


def _job(make: Factory, user: dict[str, Any], status: str) -> dict[str, Any]:
    error = {"code": "X", "message": "It stopped."} if status == "failed" else None
    values = {"topic": "Loops", "visibility": "public", "domain": "engineering", "brief": {}, "lesson_count": 3}
    return make.row(GenerationJob, id=uuid7(), user_id=user["id"], status=status, error=error, **values)


def _hold(make: Factory, user: dict[str, Any]) -> UUID:
    told = {"kind": "lesson_complete", "source": str(uuid7()), "points": 50, "minutes": 600, "rule_version": 1}
    held: UUID = make.row(XpHold, id=uuid7(), user_id=user["id"], earned_at=datetime.now(UTC), **told)["id"]
    return held


def _browser(make: Factory, user: dict[str, Any]) -> UUID:
    identifier = uuid7()
    endpoint = f"https://web.push.apple.com/{identifier}"
    make.row(PushSubscription, id=identifier, user_id=user["id"], endpoint=endpoint, p256dh="", auth="")
    return identifier


def _certificate(make: Factory, user: dict[str, Any], course: dict[str, Any], number: int) -> dict[str, Any]:
    now = datetime.now(UTC)
    names = {"learner_name": user["full_name"], "course_title": course["title"], "instructor_name": "A Teacher"}
    issued = {"status": "issued", "issue_date": now.date(), "issued_at": now, "pdf_key": f"certificates/{number}.pdf"}
    return make.row(Certificate, id=uuid7(), user_id=user["id"], course_id=course["id"], serial=new_serial(), **names, **issued)
