"""An academy with one of everything and the callers that the matrix walks."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from academy.community.models import Notification
from academy.community.push.models import PushSubscription
from academy.engagement.xp.models import XpHold
from academy.generation.models import GenerationJob
from academy.identity.models import Session
from academy.learning.models import SectionProgress
from academy.platform.ids import uuid7
from tests.factories import Factory

BAD_TOKENS = ("expired", "forged", "foreign", "revoked")
"""Admins' tokens, so that nothing but the token can be why they are refused."""

CALLERS = (
    "anonymous",
    *BAD_TOKENS,
    "suspended",
    "not_onboarded",
    "student",
    "enrolled",
    "other_student",
    "instructor",
    "other_instructor",
    "new_instructor",
    "owner",
    "admin",
)

KINDS = ("course", "module", "lesson", "section", "job", "certificate", "user", "payment", "coupon", "notification", "hold", "browser")
_KINDS = {"draft": "course", "review": "course", "archived": "course"}


@dataclass(frozen=True)
class World:
    """Rows by name. `course` is the owner's, published, with the enrolled learner in it; `draft` is the owner's; `job` too.

    `sibling_…` are of another course with the same owner and learner; `foreign_…` are the other instructor's or the other student's, who also has the
    private `secret_…` ones, which not even admins see; `gone_…` were removed from `course`, or are that course itself; `buried_…` are in a removed
    course; `random_…` never were.
    """

    users: dict[str, dict[str, Any]]
    rows: dict[str, dict[str, Any]]

    def id(self, name: str) -> str:
        return str((self.rows.get(name) or self.users[name])["id"])

    def kind(self, identifier: str) -> str:
        """What sort of row an id is of: course, module, …, user."""
        if any(str(user["id"]) == identifier for user in self.users.values()):
            return "user"
        name = next(name for name, row in self.rows.items() if str(row["id"]) == identifier).rpartition("_")[2]
        return _KINDS.get(name, name)

    def called(self, start: str, kind: str) -> dict[str, str]:
        """The rows of a sort whose names start so: name → id."""
        rows = {**self.rows, **self.users}
        return {name: self.id(name) for name in rows if name.startswith(f"{start}_") and self.kind(self.id(name)) == kind}


def build(make: Factory) -> World:
    users = _users(make)
    rows = {
        **_course(make, "", make.course(users["owner"])),
        **_course(make, "sibling_", make.course(users["owner"])),
        **_course(make, "small_", make.course(users["owner"]), modules=1, lessons=1, sections=1),
        **_course(make, "foreign_", make.course(users["other_instructor"])),
        **_course(make, "secret_", make.course(users["other_student"], visibility="private")),
        "other_course": make.course(users["owner"]),
        "draft": make.course(users["owner"], status="draft"),
        "review": make.course(users["owner"], status="in_review"),
        "foreign_draft": make.course(users["other_instructor"], status="draft"),
        "foreign_review": make.course(users["other_instructor"], status="in_review"),
        "foreign_archived": make.course(users["other_instructor"], status="archived"),
        "certificate": _certificate(make, users["enrolled"], "0000-0000-0000-0000"),
        "foreign_certificate": _certificate(make, users["other_student"], "0000-0000-0000-0001"),
        "job": _job(make, users["owner"]),
        "foreign_job": _job(make, users["other_student"]),
        "priced_course": make.course(users["owner"], price=49900),
        "payment": make.purchase(users["enrolled"], make.course(users["owner"], price=49900)),
        "foreign_payment": make.purchase(users["other_student"], make.course(users["other_instructor"], price=49900)),
        "coupon": make.coupon(users["owner"]),
        "foreign_coupon": make.coupon(users["other_instructor"]),
        "hold": _hold(make, users["enrolled"]),
        "notification": _notification(make, users["enrolled"]),
        "foreign_notification": _notification(make, users["other_student"]),
        "browser": _browser(make, users["enrolled"]),
        "foreign_browser": _browser(make, users["other_student"]),
        "gone_coupon": make.coupon(users["owner"], deleted_at=datetime.now(UTC)),
        **{f"random_{kind}": {"id": uuid4()} for kind in KINDS},
    }
    for name in ("draft", "review", "foreign_draft", "foreign_review", "foreign_archived"):
        make.outline(rows[name])
    rows |= _removed(make, users["owner"], rows)
    for name, course in (("enrolled", "course"), ("enrolled", "sibling_course"), ("other_student", "foreign_course")):
        rows[f"enrollment_of_{name}_in_{course}"] = make.enrollment(users[name], rows[course])
        make.execute("update courses set total_enrollments = 1 where id = :id", id=rows[course]["id"])
    rows["enrollment"] = rows["enrollment_of_enrolled_in_course"]
    # What was left, and what went under, opens nothing.
    make.enrollment(users["enrolled"], rows["foreign_course"], status="ended", ended_at=datetime.now(UTC))
    make.enrollment(users["enrolled"], rows["gone_course"])
    make.row(
        SectionProgress,
        enrollment_id=rows["enrollment_of_other_student_in_foreign_course"]["id"],
        section_id=rows["foreign_section"]["id"],
        lesson_id=rows["foreign_lesson"]["id"],
        time_spent=60,
    )
    return World(users, rows)


def _users(make: Factory) -> dict[str, dict[str, Any]]:
    users = {
        "owner": make.user("instructor"),
        "instructor": make.user("instructor"),
        "other_instructor": make.user("instructor"),
        "new_instructor": make.user("instructor", instructor_approved_at=None),
        "admin": make.user("admin"),
        "second_admin": make.user("admin"),
        "enrolled": make.user(),
        "student": make.user(),
        "other_student": make.user(),
        "bystander": make.user(),
        "suspended": make.user("admin", status="suspended"),
        "not_onboarded": make.user("admin", onboarded_at=None),
        "gone_user": make.user(status="erased"),
        **{name: make.user("admin") for name in BAD_TOKENS},
    }
    revoked = users["revoked"]
    make.row(Session, id=f"session-of-{revoked['sub']}", user_id=revoked["id"], revoked_at=datetime.now(UTC))
    return users


def _course(make: Factory, prefix: str, course: dict[str, Any], **outline: int) -> dict[str, dict[str, Any]]:
    """A course with an outline; its first module, lesson and section by name."""
    section = make.outline(course, **outline)[0]
    module_id = make.value("select module_id from lessons where id = :id", id=section["lesson_id"])
    return {
        f"{prefix}course": course,
        f"{prefix}module": {"id": module_id},
        f"{prefix}lesson": {"id": section["lesson_id"]},
        f"{prefix}section": section,
        f"{prefix}quiz": make.quiz({"id": module_id, "course_id": course["id"]}),
    }


def _removed(make: Factory, owner: dict[str, Any], rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    now = datetime.now(UTC)
    course_id = rows["course"]["id"]
    module = make.module(rows["course"], 9, deleted_at=now)
    lesson = make.lesson({"id": rows["module"]["id"], "course_id": course_id}, 9, deleted_at=now)
    section = make.section({"id": rows["lesson"]["id"], "course_id": course_id}, 9, deleted_at=now)
    gone = make.course(owner, deleted_at=now)
    buried = make.outline(gone)[0]
    module_id = make.value("select module_id from lessons where id = :id", id=buried["lesson_id"])
    return {
        "gone_course": gone,
        "gone_module": module,
        "gone_lesson": lesson,
        "gone_section": section,
        "buried_module": {"id": module_id},
        "buried_lesson": {"id": buried["lesson_id"]},
        "buried_section": buried,
    }


def _certificate(make: Factory, learner: dict[str, Any], serial: str) -> dict[str, Any]:
    """Of a course that nothing else is known of."""
    return make.certificate(learner, make.course(make.user("instructor")), serial=serial)


def _hold(make: Factory, user: dict[str, Any]) -> dict[str, Any]:
    told = {"kind": "lesson_complete", "source": str(uuid4()), "points": 50, "minutes": 600, "rule_version": 1}
    return make.row(XpHold, id=uuid7(), user_id=user["id"], earned_at=datetime.now(UTC), **told)


def _browser(make: Factory, user: dict[str, Any]) -> dict[str, Any]:
    identifier = uuid7()
    return make.row(
        PushSubscription, id=identifier, user_id=user["id"], endpoint=f"https://web.push.apple.com/{identifier}", p256dh="", auth=""
    )


def _notification(make: Factory, user: dict[str, Any]) -> dict[str, Any]:
    facts = {"badge": "first_course"}
    return make.row(
        Notification, id=uuid7(), user_id=user["id"], event_id=uuid7(), kind="badge.earned", group_key="badge.earned", data=facts
    )


def _job(make: Factory, user: dict[str, Any]) -> dict[str, Any]:
    return make.row(
        GenerationJob,
        id=uuid7(),
        user_id=user["id"],
        status="failed",
        topic="Loops",
        visibility="public",
        domain="engineering",
        brief={},
        lesson_count=3,
        error={"code": "X", "message": "It stopped."},
    )
