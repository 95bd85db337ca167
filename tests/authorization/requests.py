"""A request for every route: what is asked of whose row, in the world of `world.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from academy.platform.http import Endpoint
from tests.authorization.world import World

Arguments = Callable[[World], dict[str, Any]]


@dataclass(frozen=True)
class Sample:
    """`path`, `body` and `query` are made in the world, with a row's id wherever the contract has one; `whose` row it is, where the rule says self;
    `also` lists statuses above 399 that are no refusal.

    Of ids: `seen` are the rows (by name) that are there in a place (`path.id`, `body.courseIds.0`) although they are another's or removed; in `told`
    places a row that is not there is told of in the answer, not refused.
    """

    path: Arguments = field(default=lambda world: {})
    body: Callable[[World], Any] | None = None
    query: Arguments = field(default=lambda world: {})
    whose: str | None = None
    also: tuple[int, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    seen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    told: tuple[str, ...] = ()


def of(**names: str) -> Arguments:
    """Path or query parameters by the names of rows."""
    return lambda world: {parameter: world.id(name) for parameter, name in names.items()}


PUBLISHED = {"path.id": ("foreign_course",)}
COURSE = {
    "title": "Bridges that stand",
    "description": "How a bridge carries what goes over it.",
    "domain": "engineering",
    "category": "science",
    "difficulty": "beginner",
}


def structure(world: World) -> list[dict[str, Any]]:
    """The one module, lesson and section of `small_course`."""
    return [
        {"moduleId": world.id("small_module"), "lessons": [{"lessonId": world.id("small_lesson"), "sections": [world.id("small_section")]}]}
    ]


ACCOUNT = {"email": "new@academy.test", "password": "Academy-2026!", "firstName": "Uma", "lastName": "Devi", "username": "uma.devi"}

BROWSER = {
    "endpoint": "https://fcm.googleapis.com/fcm/send/fv3jabydF5c:APA92bEc8gXeukGXEvq",
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}

SAMPLES: dict[str, Sample] = {
    # system
    "get_health": Sample(),
    "get_readiness": Sample(),
    "get_openapi": Sample(),
    "get_postman": Sample(),
    "get_docs": Sample(),
    "get_docs_asset": Sample(path=lambda world: {"asset": "start.js"}),
    "get_demo": Sample(path=lambda world: {"page": "leaderboard"}),
    # certificates
    "list_certificates": Sample(query=of(userId="enrolled", courseId="course"), told=("query.userId", "query.courseId")),
    "get_certificate": Sample(of(id="certificate"), whose="enrolled"),
    "download_certificate": Sample(of(id="certificate"), whose="enrolled"),
    "revoke_certificate": Sample(of(id="certificate"), lambda world: {"reason": "Somebody else sat the course."}),
    "request_certificate": Sample(of(id="course"), also=(422,), seen={"path.id": ("foreign_course", "gone_course")}),
    "verify_certificate": Sample(lambda world: {"serial": "0000-0000-0000-0000"}, also=(404,)),
    "show_verification": Sample(lambda world: {"serial": "0000-0000-0000-0000"}, also=(404,)),
    # engagement
    "list_xp": Sample(),
    "get_achievements": Sample(of(user_id="enrolled")),
    "list_badges": Sample(),
    "get_leaderboard": Sample(query=of(courseId="course"), seen={"query.courseId": ("foreign_course",)}),
    "get_my_standing": Sample(query=of(courseId="course"), seen={"query.courseId": ("foreign_course",)}),
    "get_badge_icon": Sample(lambda world: {"badge": "first_course"}),
    # notifications
    "list_notifications": Sample(),
    "mark_notifications_read": Sample(body=lambda world: {"ids": [world.id("notification")]}, told=("body.ids.0",)),
    "get_notification_preferences": Sample(),
    "get_push_key": Sample(),
    "list_push_subscriptions": Sample(),
    "subscribe_browser": Sample(body=lambda world: BROWSER),
    "unsubscribe_browser": Sample(of(id="browser"), whose="enrolled"),
    "ask_to_unsubscribe": Sample(query=lambda world: {"token": "of-nobody"}, also=(404,)),
    "unsubscribe": Sample(query=lambda world: {"token": "of-nobody"}, also=(404,)),
    "set_notification_preferences": Sample(
        body=lambda world: {
            "kinds": {"badge.earned": {"email": False}},
            "digest": {"mode": "daily", "hour": 8},
            "quietHours": {"from": "22:00", "to": "07:00"},
            "language": "hi",
        }
    ),
    # generation
    "generate_course": Sample(body=lambda world: {"topic": "Loops in Python", "difficulty": "beginner"}),
    "generate_course_streaming": Sample(body=lambda world: {"topic": "Loops in Python", "difficulty": "beginner"}),
    "upload_generation_source": Sample(body=lambda world: {"size": 10}),
    "get_generation": Sample(of(id="job"), whose="owner"),
    "get_generation_status": Sample(of(id="job"), whose="owner"),
    "stream_generation_events": Sample(of(id="job"), whose="owner"),
    "cancel_generation": Sample(of(id="job"), whose="owner", also=(409,)),
    "retry_generation": Sample(of(id="job"), whose="owner"),
    # administration
    "list_users": Sample(),
    "set_user_role": Sample(of(id="bystander"), lambda world: {"role": "instructor"}),
    "suspend_user": Sample(of(id="bystander"), lambda world: {"reason": "Sold answers."}),
    "reinstate_user": Sample(of(id="suspended")),
    "set_user_permissions": Sample(of(id="bystander"), lambda world: {"grant": ["course:create"], "deny": []}),
    "list_user_activity": Sample(of(id="bystander")),
    "list_audit_log": Sample(query=of(actorId="admin"), told=("query.actorId",)),
    "list_xp_rules": Sample(),
    "change_xp_rules": Sample(body=lambda world: {"rules": [{"kind": "lesson_complete", "version": 1, "points": 60, "dailyCap": 9}]}),
    "list_xp_holds": Sample(query=of(userId="enrolled"), told=("query.userId",)),
    "release_xp_hold": Sample(of(id="hold")),
    "dismiss_xp_hold": Sample(of(id="hold")),
    "list_courses_to_review": Sample(),
    "approve_course": Sample(of(id="review")),
    "reject_course": Sample(of(id="review"), lambda world: {"reason": "The second module is empty."}),
    # catalog
    "list_courses": Sample(query=of(instructorId="owner"), told=("query.instructorId",)),
    "get_course": Sample(of(id="course"), seen=PUBLISHED),
    "create_course": Sample(body=lambda world: COURSE),
    "update_course": Sample(of(id="course"), lambda world: {"title": "A better title"}),
    "delete_course": Sample(of(id="course")),
    "submit_course": Sample(of(id="draft"), also=(422,)),
    "withdraw_course": Sample(of(id="review")),
    "set_prerequisites": Sample(
        of(id="course"), lambda world: {"courseIds": [world.id("other_course")]}, seen={"body.courseIds.0": ("foreign_course",)}
    ),
    "list_ratings": Sample(of(id="course"), seen={"path.id": ("foreign_course", "foreign_archived")}),
    "restructure_course": Sample(of(id="small_course"), structure),
    "create_module": Sample(of(id="course"), lambda world: {"title": "One more"}),
    "update_module": Sample(of(id="module"), lambda world: {"title": "Another name"}),
    "delete_module": Sample(of(id="module")),
    "list_lessons": Sample(of(id="course"), seen=PUBLISHED),
    "get_lesson": Sample(of(id="lesson")),
    "get_lesson_of_course": Sample(of(cid="course", id="lesson")),
    "get_section": Sample(of(id="section")),
    "create_lesson_in_course": Sample(of(id="course"), lambda world: {"title": "One more", "moduleId": world.id("module")}),
    "create_lesson": Sample(of(id="module"), lambda world: {"title": "One more", "moduleId": world.id("module")}),
    "update_lesson": Sample(of(id="lesson"), lambda world: {"title": "Another name"}),
    "update_lesson_of_course": Sample(of(cid="course", id="lesson"), lambda world: {"title": "Another name"}),
    "delete_lesson": Sample(of(id="lesson")),
    "delete_lesson_of_course": Sample(of(cid="course", id="lesson")),
    "create_section": Sample(of(id="lesson"), lambda world: {"title": "One more", "content": "Text."}),
    "update_section": Sample(of(id="section"), lambda world: {"title": "Another name"}),
    "delete_section": Sample(of(id="section")),
    # payments
    "order_course": Sample(
        body=lambda world: {"courseId": world.id("priced_course"), "billing": {"state": "33"}},
        also=(422,),
        seen={"body.courseId": ("foreign_course",)},
    ),
    "verify_payment": Sample(
        body=lambda world: {"razorpay_order_id": "order_1", "razorpay_payment_id": "pay_1", "razorpay_signature": "0" * 64}, also=(400,)
    ),
    "list_my_payments": Sample(query=of(courseId="course"), told=("query.courseId",)),
    "get_payouts": Sample(query=of(instructorId="owner"), whose="owner"),
    "list_payments_to_review": Sample(),
    "get_payment": Sample(of(id="payment"), whose="enrolled"),
    "download_invoice": Sample(of(id="payment"), whose="enrolled"),
    "refund_payment": Sample(of(id="payment"), lambda world: {"reason": "The learner bought the wrong course."}),
    "reconcile_payments": Sample(),
    "list_reconciliations": Sample(),
    "receive_payment_webhook": Sample(also=(400,)),
    "list_coupons": Sample(query=of(courseId="course"), told=("query.courseId",)),
    "create_coupon": Sample(body=lambda world: {"code": "WELCOME20", "percent": 20, "courseId": world.id("course")}),
    "get_coupon": Sample(of(id="coupon")),
    "change_coupon": Sample(of(id="coupon"), lambda world: {"maxUses": 50, "courseId": world.id("course")}),
    "remove_coupon": Sample(of(id="coupon")),
    # identity
    "get_auth_config": Sample(),
    "list_domains": Sample(),
    "start_login": Sample(
        query=lambda world: {"redirectUri": "http://localhost:5173/auth/callback", "state": "state-1234", "codeChallenge": "a" * 43}
    ),
    "exchange_code": Sample(
        body=lambda world: {"code": "x", "codeVerifier": "a" * 43, "redirectUri": "http://localhost:5173/auth/callback"},
        also=(400, 401, 503),
    ),
    "sign_up": Sample(body=lambda world: ACCOUNT, also=(409,)),
    "register_user": Sample(body=lambda world: ACCOUNT, also=(409,)),
    "confirm_sign_up": Sample(body=lambda world: {"email": "new@academy.test", "code": "123456"}, also=(400, 503)),
    "resend_code": Sample(body=lambda world: {"email": "new@academy.test"}, also=(503,)),
    "forgot_password": Sample(body=lambda world: {"email": "new@academy.test"}, also=(503,)),
    "reset_password": Sample(
        body=lambda world: {"email": "new@academy.test", "code": "123456", "newPassword": "Academy-2026!"}, also=(400, 503)
    ),
    "sign_in": Sample(body=lambda world: {"email": "new@academy.test", "password": "Academy-2026!"}, also=(401, 503)),
    "renew_tokens": Sample(also=(401,)),
    "sign_out": Sample(),
    "check_sign_in": Sample(),
    "complete_onboarding": Sample(
        body=lambda world: {"fullName": "Asha Rao", "role": "student", "domain": "engineering", "branch": "Civil", "year": 1}, also=(409,)
    ),
    "get_profile": Sample(of(id="enrolled")),
    "update_profile": Sample(body=lambda world: {"firstName": "Uma", "timeZone": "Asia/Kathmandu", "dateOfBirth": "2001-02-03"}),
    "confirm_email": Sample(body=lambda world: {"code": "123456"}, also=(400, 409, 422, 503)),
    "set_preferences": Sample(body=lambda world: {"leaderboardVisibility": "pseudonym", "pseudonym": "Quiet Owl"}),
    "check_username": Sample(body=lambda world: {"username": "uma"}),
    # learning
    "enroll_in_course": Sample(of(id="other_course"), also=(422,), seen=PUBLISHED),
    "unenroll_from_course": Sample(of(id="course"), whose="enrolled", seen={"path.id": ("gone_course",)}),
    "list_enrollments": Sample(),
    "list_students": Sample(of(id="course")),
    "rate_course": Sample(of(id="course"), lambda world: {"rating": 5}),
    "record_section_progress": Sample(
        body=lambda world: {
            "courseId": world.id("course"),
            "lessonId": world.id("lesson"),
            "sectionId": world.id("section"),
            "completed": True,
        }
    ),
    "complete_section": Sample(of(id="lesson", section_id="section"), lambda world: {"timeSpent": 5}),
    "complete_lesson": Sample(of(id="lesson"), lambda world: {"timeSpent": 5}),
    "complete_lesson_by_body": Sample(body=lambda world: {"courseId": world.id("course"), "lessonId": world.id("lesson")}),
    "sync_progress": Sample(
        of(id="course"),
        lambda world: {
            "updates": [
                {
                    "type": "section_completed",
                    "clientId": "c-1",
                    "timestamp": "2026-01-01T00:00:00Z",
                    "lessonId": world.id("lesson"),
                    "sectionId": world.id("section"),
                    "timeSpent": 5,
                }
            ]
        },
        told=("body.updates.0.lessonId", "body.updates.0.sectionId"),
    ),
    "get_my_progress": Sample(),
    "get_progress_of": Sample(of(user_id="enrolled")),
    "get_course_progress": Sample(of(id="course"), query=of(userId="enrolled")),
    "get_progress_in_course": Sample(of(id="course"), query=of(userId="enrolled")),
    "get_lesson_progress": Sample(of(id="lesson"), query=of(userId="enrolled")),
    "record_study_time": Sample(
        body=lambda world: {"courseId": world.id("course"), "lessonId": world.id("lesson"), "timeSpent": 60}, whose="enrolled"
    ),
    "get_time_summary": Sample(),
    "get_streak": Sample(),
    "get_my_achievements": Sample(),
    "get_learning_dashboard": Sample(),
    "get_learning_path": Sample(),
}


def sample_of(endpoint: Endpoint) -> Sample:
    """Raises AssertionError for a new route, with what to do."""
    if endpoint.operation_id not in SAMPLES:
        raise AssertionError(f"{endpoint.operation_id} has no sample yet: add one to tests/authorization/requests.py")
    return SAMPLES[endpoint.operation_id]
