"""Every list of the API, with how its rows come and go: each shelf is new, so that only its own rows are on it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from academy.catalog import jobs
from academy.catalog.models import CourseRating
from academy.certificates.serials import new_serial
from academy.community.models import Notification
from academy.engagement.xp.models import XpHold
from academy.payments.models import Payment, Reconciliation
from academy.platform.db import Database
from academy.platform.ids import uuid7
from academy.platform.tables import AuditLogEntry
from tests.factories import Factory
from tests.integration.engagement.boards import Ledger

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Shelf:
    """`add` puts a row in with this age in days (rows of one age are told apart by their id alone) and returns its name; `remove` is None where
    rows stay for ever. `name_of` finds the name in an item."""

    path: str
    user: dict[str, Any] | None
    add: Callable[[int], str]
    remove: Callable[[str], None] | None
    name_of: Callable[[dict[str, Any]], str]
    query: dict[str, Any] = field(default_factory=dict)


def _by_id(item: dict[str, Any]) -> str:
    return str(item["id"])


def _at(age: int) -> datetime:
    return EPOCH - timedelta(days=age)


def _courses(sort: str, **query: Any) -> Callable[[Factory, Database], Shelf]:
    def build(make: Factory, db: Database) -> Shelf:
        teacher = make.user("instructor")

        def add(age: int) -> str:
            course = make.course(
                teacher, title="Bridges of stone", published_at=_at(age), price=age, total_enrollments=age, rating_count=1, rating_sum=age
            )
            jobs.refresh_search(db)
            return str(course["id"])

        def remove(name: str) -> None:
            make.execute("update courses set deleted_at = now() where id = :id", id=UUID(name))
            jobs.refresh_search(db)

        return Shelf("/courses", None, add, remove, _by_id, {"sort": sort, "instructorId": str(teacher["id"]), **query})

    return build


def _own_courses(make: Factory, db: Database) -> Shelf:
    teacher = make.user("instructor")

    def add(age: int) -> str:
        return str(make.course(teacher, status="draft", created_at=_at(age))["id"])

    def remove(name: str) -> None:
        make.execute("update courses set deleted_at = now() where id = :id", id=UUID(name))

    return Shelf("/courses", teacher, add, remove, _by_id, {"mine": "true"})


def _queue(make: Factory, db: Database) -> Shelf:
    make.execute("update courses set deleted_at = now() where status = 'in_review'")
    teacher = make.user("instructor")

    def add(age: int) -> str:
        return str(make.course(teacher, status="in_review", submitted_at=_at(age))["id"])

    def remove(name: str) -> None:
        make.execute("update courses set status = 'published', published_at = now() where id = :id", id=UUID(name))

    return Shelf("/admin/courses", make.user("admin"), add, remove, _by_id)


def _ratings(make: Factory, db: Database) -> Shelf:
    course = make.course(make.user("instructor"))

    def add(age: int) -> str:
        learner = make.user()
        make.row(CourseRating, course_id=course["id"], user_id=learner["id"], rating=4, updated_at=_at(age))
        return str(learner["id"])

    def remove(name: str) -> None:
        make.execute("delete from course_ratings where course_id = :course and user_id = :user", course=course["id"], user=UUID(name))

    return Shelf(f"/courses/{course['id']}/ratings", None, add, remove, lambda item: str(item["user"]["id"]))


def _lessons(make: Factory, db: Database) -> Shelf:
    """New ones come last, as everywhere in the list where they are not moved: what moves may be met twice or not at all."""
    teacher = make.user("instructor")
    module = make.module(make.course(teacher))

    def add(age: int) -> str:
        return str(make.lesson(module, make.number())["id"])

    def remove(name: str) -> None:
        make.execute("update lessons set deleted_at = now() where id = :id", id=UUID(name))

    return Shelf(f"/courses/{module['course_id']}/lessons", teacher, add, remove, _by_id)


def _enrollments(make: Factory, db: Database) -> Shelf:
    teacher, learner = make.user("instructor"), make.user()

    def add(age: int) -> str:
        return str(make.enrollment(learner, make.course(teacher), enrolled_at=_at(age))["id"])

    return Shelf("/enrollments", learner, add, _leaving(make), _by_id)


def _students(make: Factory, db: Database) -> Shelf:
    teacher = make.user("instructor")
    course = make.course(teacher)

    def add(age: int) -> str:
        return str(make.enrollment(make.user(), course, enrolled_at=_at(age))["id"])

    return Shelf(f"/courses/{course['id']}/students", teacher, add, _leaving(make), _by_id, {"status": "active"})


def _leaving(make: Factory) -> Callable[[str], None]:
    return lambda name: make.execute("delete from enrollments where id = :id", id=UUID(name))


def _certificates(make: Factory, db: Database) -> Shelf:
    teacher, learner = make.user("instructor"), make.user()

    def add(age: int) -> str:
        certificate = make.certificate(learner, make.course(teacher), serial=new_serial(), issue_date=EPOCH.date(), issued_at=_at(age))
        return str(certificate["id"])

    return Shelf("/certificates", learner, add, None, _by_id)


def _users(make: Factory, db: Database) -> Shelf:
    mark = f"Mark{make.number()}x"

    def add(age: int) -> str:
        return str(make.user(first_name=mark, full_name=f"{mark} Rao", created_at=_at(age))["id"])

    def remove(name: str) -> None:
        make.execute("update users set first_name = 'Gone', last_name = 'Gone', full_name = 'Gone' where id = :id", id=UUID(name))

    return Shelf("/users", make.user("admin"), add, remove, _by_id, {"search": mark})


def _logged(path: str, **query: str) -> Callable[[Factory, Database], Shelf]:
    """A log only grows; its actor is somebody new."""

    def build(make: Factory, db: Database) -> Shelf:
        actor = make.user()

        def add(age: int) -> str:
            entry = make.row(AuditLogEntry, id=uuid7(), actor_id=actor["id"], action="user.preferences", target_type="user", target_id="x")
            return str(entry["id"])

        given = {name: value.format(actor=actor["id"]) for name, value in query.items()}
        return Shelf(path.format(actor=actor["id"]), make.user("admin"), add, None, _by_id, given)

    return build


def _coupons(make: Factory, db: Database) -> Shelf:
    teacher = make.user("instructor")

    def remove(name: str) -> None:
        make.execute("update coupons set deleted_at = now() where id = :id", id=UUID(name))

    return Shelf("/coupons", teacher, lambda _: str(make.coupon(teacher)["id"]), remove, _by_id)


def _payments(make: Factory, db: Database) -> Shelf:
    learner = make.user()

    def add(_: int) -> str:
        return str(make.row(Payment, id=uuid7(), user_id=learner["id"], amount=49900, currency="INR")["id"])

    return Shelf("/payments/history", learner, add, None, _by_id)


def _payments_to_review(make: Factory, db: Database) -> Shelf:
    make.execute("delete from payments where status = 'needs_review'")

    def add(_: int) -> str:
        row = make.row(Payment, id=uuid7(), status="needs_review", review_reason="It fits no order.", amount=49900, currency="INR")
        return str(row["id"])

    return Shelf("/payments", make.user("admin"), add, None, _by_id)


def _reconciliations(make: Factory, db: Database) -> Shelf:
    make.execute("delete from reconciliations")

    def add(age: int) -> str:
        return str(make.row(Reconciliation, id=uuid7(), started_at=_at(age))["id"])

    return Shelf("/payments/reconciliations", make.user("admin"), add, None, _by_id)


def _xp(make: Factory, db: Database) -> Shelf:
    """Nothing is ever taken out of the ledger."""
    ledger, learner = Ledger(make, db), make.user()

    def add(age: int) -> str:
        return str(ledger.award(learner, 50, day=_at(age).date())["id"])

    return Shelf("/xp", learner, add, None, _by_id)


def _xp_holds(make: Factory, db: Database) -> Shelf:
    learner = make.user()

    def add(age: int) -> str:
        hold = make.row(
            XpHold,
            id=uuid7(),
            user_id=learner["id"],
            kind="lesson_complete",
            source=str(uuid7()),
            points=50,
            minutes=20,
            rule_version=1,
            earned_at=_at(age),
        )
        return str(hold["id"])

    def remove(name: str) -> None:
        make.execute("update xp_holds set status = 'dismissed', decided_at = now() where id = :id", id=UUID(name))

    return Shelf("/admin/xp/holds", make.user("admin"), add, remove, _by_id, {"userId": str(learner["id"])})


def _standing(points: Callable[[int, int], int], *, leaving: bool) -> Callable[[Factory, Database], Shelf]:
    """The board of a course, everybody with these `points` of their age and their number."""

    def build(make: Factory, db: Database) -> Shelf:
        ledger = Ledger(make, db)

        def add(age: int) -> str:
            learner = make.user()
            ledger.award(learner, points(age, make.number()))
            ledger.fold()
            return str(learner["id"])

        def remove(name: str) -> None:
            ledger.set({"id": UUID(name)}, leaderboard_visibility="hidden")

        query = {"period": "all", "courseId": str(ledger.course["id"])}
        return Shelf("/leaderboard", ledger.teacher, add, remove if leaving else None, lambda item: str(item["user"]["id"]), query)

    return build


def _notifications(make: Factory, db: Database) -> Shelf:
    """No row goes, but one that the next event of its group takes over gets a new id, and is the latest then."""
    learner = make.user()

    def take_over(name: str) -> None:
        make.execute("update notifications set id = :new, count = count + 1 where id = :id", id=UUID(name), new=uuid7())

    return Shelf("/notifications", learner, _telling(make, learner), take_over, _by_id)


def _unread(make: Factory, db: Database) -> Shelf:
    learner = make.user()

    def read(name: str) -> None:
        make.execute("update notifications set read_at = now() where id = :id", id=UUID(name))

    return Shelf("/notifications", learner, _telling(make, learner), read, _by_id, {"unread": "true"})


def _telling(make: Factory, user: dict[str, Any]) -> Callable[[int], str]:
    def add(age: int) -> str:
        facts = {"badge": "first_course"}
        row = make.row(Notification, id=uuid7(), user_id=user["id"], event_id=uuid7(), kind="badge.earned", data=facts, created_at=_at(age))
        return str(row["id"])

    return add


SHELVES: dict[str, tuple[Callable[[Factory, Database], Shelf], ...]] = {
    "list_courses": (
        *(_courses(sort) for sort in ("newest", "popular", "rating", "price")),
        _courses("newest", search="bridges"),
        _own_courses,
    ),
    "list_courses_to_review": (_queue,),
    "list_ratings": (_ratings,),
    "list_lessons": (_lessons,),
    "list_enrollments": (_enrollments,),
    "list_students": (_students,),
    "list_certificates": (_certificates,),
    "list_users": (_users,),
    "list_coupons": (_coupons,),
    "list_my_payments": (_payments,),
    "list_payments_to_review": (_payments_to_review,),
    "list_reconciliations": (_reconciliations,),
    "list_xp": (_xp,),
    "list_xp_holds": (_xp_holds,),
    # A cursor tells how many with equal points are passed: who they are and when they got there would tell who a pseudonym is. So whoever of those
    # with the same points as the page's last leaves before the next page moves the ones behind; others may leave as from any list.
    "get_leaderboard": (
        _standing(lambda age, number: 1_000 * age + number, leaving=True),
        _standing(lambda age, number: 10 * age, leaving=False),
    ),
    "list_notifications": (_notifications, _unread),
    "list_user_activity": (_logged("/users/{actor}/activity"),),
    "list_audit_log": (_logged("/admin/audit-log", actorId="{actor}"),),
}
"""By operation."""
