"""Onboarding and one's own profile."""

import threading
from typing import Any
from uuid import uuid4

import pytest

from academy.identity import accounts as vendor
from academy.identity import profile_repository
from academy.identity.accounts import TooManyAttempts
from academy.platform import config as configuration
from academy.platform.db import Database
from academy.platform.events import Envelope
from tests.accounts import CODE, FakeAccounts
from tests.api import Client
from tests.factories import Factory

ABOUT_ME = {"fullName": "Asha Devi Rao", "role": "student", "domain": "engineering", "branch": "Computer Science", "year": 2}
PASSWORD = "Academy-2026!"


@pytest.fixture
def me(make: Factory, accounts: FakeAccounts) -> dict[str, Any]:
    """Somebody with a row and an account."""
    user = make.user(email="me@academy.test", username="me.myself")
    accounts.add("me@academy.test", sub=user["sub"])
    return user


def test_onboarding_opens_the_academy(client: Client, make: Factory, published: list[Envelope]) -> None:
    newcomer = make.user(onboarded_at=None, full_name=None, first_name=None, last_name=None, domain=None, branch=None, year=None)

    reply = client.post("/auth/onboarding", {**ABOUT_ME, "role": "instructor"}, user=newcomer)

    assert reply.status == 200
    assert {name: reply.data[name] for name in ABOUT_ME} == {**ABOUT_ME, "role": "instructor"}
    assert (reply.data["firstName"], reply.data["lastName"]) == ("Asha", "Devi Rao")
    assert reply.data["onboarded"] is True
    assert client.get(f"/users/{newcomer['id']}/profile", user=newcomer).status == 200
    assert [(event.kind, event.payload["role"]) for event in published] == [("user.onboarded", "instructor")]


def test_onboarding_is_taken_once(client: Client, make: Factory) -> None:
    member = make.user()

    reply = client.post("/auth/onboarding", {**ABOUT_ME, "role": "instructor"}, user=member)

    assert (reply.status, reply.code) == (409, "ALREADY_ONBOARDED")
    assert make.value("select role from users") == "student"


def test_onboarding_is_taken_once_at_the_same_time_too(make: Factory, database_url: str) -> None:
    newcomer = make.user(onboarded_at=None)
    start = threading.Barrier(8)
    outcomes: list[bool] = []

    def onboard() -> None:
        db = Database(database_url)
        db.connection()
        start.wait()
        values = {"full_name": "A B", "role": "instructor", "domain": "law", "branch": None, "year": None}
        row, _ = db.transact(lambda work: work.first(profile_repository.ONBOARD, id=newcomer["id"], **values))
        outcomes.append(row is not None and row.id is not None)
        db.discard()

    threads = [threading.Thread(target=onboard) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes.count(True) == 1


def test_onboarding_makes_no_admin_and_unmakes_none(client: Client, make: Factory) -> None:
    newcomer = make.user(onboarded_at=None)
    promoted = make.user("admin", onboarded_at=None)

    assert client.post("/auth/onboarding", {**ABOUT_ME, "role": "admin"}, user=newcomer).status == 400
    assert client.post("/auth/onboarding", ABOUT_ME, user=promoted).data["role"] == "admin"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": "teacher"}, "body.role"),
        ({"domain": "alchemy"}, "body.domain"),
        ({"domain": ""}, "body.domain"),
        ({"year": 0}, "body.year"),
        ({"year": "2"}, "body.year"),
        ({"year": 42}, "body"),
        ({"branch": None}, "body"),
        ({"fullName": "x"}, "body.fullName"),
        ({"fullName": "a\u0007b"}, "body.fullName"),
        ({"status": "active"}, "body.status"),
        ({"onboardedAt": None}, "body.onboardedAt"),
        ({"userId": str(uuid4())}, "body.userId"),
    ],
)
def test_a_bad_onboarding_names_the_field(client: Client, make: Factory, change: dict[str, Any], field: str) -> None:
    newcomer = make.user(onboarded_at=None)

    reply = client.post("/auth/onboarding", {**ABOUT_ME, **change}, user=newcomer)

    assert (reply.status, reply.code) == (400, "VALIDATION_FAILED")
    assert reply.json["details"][0]["field"] == field
    assert make.value("select onboarded_at from users") is None


def test_a_domain_out_of_use_is_no_domain(client: Client, make: Factory) -> None:
    make.execute("update domains set active = false where slug = 'law'")

    assert client.post("/auth/onboarding", {**ABOUT_ME, "domain": "law"}, user=make.user(onboarded_at=None)).status == 400


def test_onboarding_needs_a_sign_in(client: Client) -> None:
    assert client.post("/auth/onboarding", ABOUT_ME).status == 401


def test_ones_own_profile_is_whole(client: Client, make: Factory, me: dict[str, Any]) -> None:
    teacher = make.user("instructor")
    course, other = make.course(teacher, section_count=8), make.course(teacher, section_count=4)
    make.enrollment(me, course, completed_sections=2, time_spent=600)
    make.enrollment(me, other, status="completed", completed_sections=4, time_spent=900)
    make.execute("insert into course_ratings (course_id, user_id, rating, review) values (:c, :u, 5, 'Clear')", c=other["id"], u=me["id"])

    reply = client.get(f"/users/{me['id']}/profile", user=me)

    assert reply.status == 200
    assert reply.headers["ETag"].startswith('"v1-')
    assert reply.data["email"] == "me@academy.test"
    assert reply.data["statistics"] == {
        "totalEnrollments": 2,
        "completedCourses": 1,
        "inProgressCourses": 1,
        "completedLessons": 0,
        "completedSections": 6,
        "totalTimeSpent": 1500,
        "averageProgress": 63,
    }
    assert {entry["completionPercentage"] for entry in reply.data["enrollments"]} == {25, 100}
    assert reply.data["ratings"][0]["rating"] == 5
    assert reply.data["achievements"] == []
    assert reply.data["currentStreak"] == 0
    assert reply.data["lastLearned"] is None


def test_others_see_the_public_part(client: Client, make: Factory, me: dict[str, Any]) -> None:
    data = client.get(f"/users/{me['id']}/profile", user=make.user()).data

    private = {
        "email",
        "emailVerified",
        "enrollments",
        "ratings",
        "branch",
        "year",
        "weeklyLearningGoal",
        "lastLearned",
        "status",
        "timeZone",
    }
    assert private.isdisjoint(data)
    assert data["fullName"] == me["full_name"]
    assert set(data["statistics"]) == {"completedCourses", "completedLessons", "completedSections"}
    assert "me@academy.test" not in str(data)


def test_admins_see_it_all_and_teachers_show_their_teaching(client: Client, make: Factory, me: dict[str, Any]) -> None:
    teacher = make.user("instructor")
    make.course(teacher, rating_sum=9, rating_count=2, total_enrollments=3)

    assert client.get(f"/users/{me['id']}/profile", user=make.user("admin")).data["email"] == "me@academy.test"
    teaching = client.get(f"/users/{teacher['id']}/profile", user=me).data["teaching"]
    assert teaching == {"courses": 1, "learners": 3, "averageRating": 4.5}


def test_who_is_not_there_for_others_is_missing(client: Client, make: Factory, me: dict[str, Any]) -> None:
    hidden = [make.user(status="suspended"), make.user(onboarded_at=None), make.user(status="erased"), {"id": uuid4()}]

    replies = [client.get(f"/users/{user['id']}/profile", user=me) for user in hidden]

    assert {(reply.status, reply.code) for reply in replies} == {(404, "USER_NOT_FOUND")}
    assert client.get("/users/not-an-id/profile", user=me).status == 400
    assert client.get(f"/users/{me['id']}/profile").status == 401


def test_a_profile_is_one_statement(client: Client, db: Database, me: dict[str, Any]) -> None:
    client.get(f"/users/{me['id']}/profile", user=me)
    before = db.trips

    client.get(f"/users/{me['id']}/profile", user=me)

    assert db.trips - before == 2  # with admission


def test_names_username_and_goal_are_changed(client: Client, make: Factory, me: dict[str, Any], db: Database) -> None:
    client.get("/auth/check", user=me)
    before = db.trips
    reply = client.put(
        "/profile/update", {"firstName": "Āśā", "lastName": "राव", "username": "asha_rao", "weeklyLearningGoal": 300}, user=me
    )

    assert reply.status == 200
    assert reply.data["fullName"] == "Āśā राव"
    assert reply.data["username"] == "asha_rao"
    assert reply.data["weeklyLearningGoal"] == 300
    assert make.rows("select action, after from audit_log") == [
        {"action": "user.update", "after": {"changed": ["first_name", "last_name", "username", "weekly_learning_goal"]}}
    ]
    assert db.trips - before == 4  # admission, clashes, update, what is recorded with COMMIT


def test_what_is_left_out_stays(client: Client, me: dict[str, Any]) -> None:
    data = client.put("/profile/update", {"weeklyLearningGoal": 60}, user=me).data

    assert (data["firstName"], data["fullName"], data["username"]) == (me["first_name"], me["full_name"], me["username"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"role": "admin"}, "body.role"),
        ({"status": "active"}, "body.status"),
        ({"xpTotal": 1}, "body.xpTotal"),
        ({"id": "01900000-0000-7000-8000-000000000000"}, "body.id"),
        ({"username": "a"}, "body.username"),
        ({"username": "root"}, "body.username"),
        ({"email": "x"}, "body.email"),
        ({"weeklyLearningGoal": -1}, "body.weeklyLearningGoal"),
        ({"weeklyLearningGoal": 1.5}, "body.weeklyLearningGoal"),
        ({"weeklyLearningGoal": 10_081}, "body.weeklyLearningGoal"),
        ({"newPassword": "Another-2026!"}, "body"),
        ({"firstName": "a\u0000b"}, "body.firstName"),
    ],
)
def test_a_bad_update_names_the_field(client: Client, me: dict[str, Any], make: Factory, body: dict[str, Any], field: str) -> None:
    reply = client.put("/profile/update", body, user=me)

    assert (reply.status, reply.code) == (400, "VALIDATION_FAILED")
    assert reply.json["details"][0]["field"] == field
    assert make.value("select version from users") == 1


def test_a_taken_username_is_a_conflict_but_ones_own_is_not(client: Client, make: Factory, me: dict[str, Any]) -> None:
    make.user(username="taken")

    assert client.put("/profile/update", {"username": "TAKEN"}, user=me).code == "USERNAME_TAKEN"
    assert client.put("/profile/update", {"username": "Me.Myself"}, user=me).data["username"] == "Me.Myself"


def test_a_stale_version_is_refused(client: Client, me: dict[str, Any]) -> None:
    tag = client.get(f"/users/{me['id']}/profile", user=me).headers["ETag"]
    first = client.put("/profile/update", {"weeklyLearningGoal": 60}, user=me, headers={"If-Match": tag})

    second = client.put("/profile/update", {"weeklyLearningGoal": 90}, user=me, headers={"If-Match": tag})
    third = client.put("/profile/preferences", {"weeklyLearningGoal": 90}, user=me, headers={"If-Match": tag})

    assert (first.status, second.status, third.status) == (200, 412, 412)
    assert (
        client.put("/profile/preferences", {"weeklyLearningGoal": 90}, user=me, headers={"If-Match": first.headers["ETag"]}).status == 200
    )


def test_a_password_is_changed_with_the_current_one(client: Client, accounts: FakeAccounts, me: dict[str, Any]) -> None:
    credentials = {"email": "me@academy.test", "password": PASSWORD}
    phone, laptop = client.post("/auth/signin", credentials), client.post("/auth/signin", credentials)

    reply = client.put("/profile/update", {"currentPassword": PASSWORD, "newPassword": "Another-2026!"}, user=phone.data["accessToken"])

    assert reply.status == 200
    # This sign-in goes on with new tokens, every other one has ended.
    assert client.get("/auth/check", user=reply.data["accessToken"]).data["authenticated"] is True
    assert client.post("/auth/refresh", cookies=[reply.cookies[0].partition(";")[0]]).status == 200
    assert client.get("/auth/check", user=laptop.data["accessToken"]).data["authenticated"] is False
    assert client.get("/auth/check", user=phone.data["accessToken"]).data["authenticated"] is False
    assert client.post("/auth/signin", credentials).status == 401
    assert client.post("/auth/signin", {**credentials, "password": "Another-2026!"}).status == 200


def test_a_wrong_or_a_weak_password_changes_nothing(client: Client, accounts: FakeAccounts, make: Factory, me: dict[str, Any]) -> None:
    wrong = client.put("/profile/update", {"currentPassword": "wrong", "newPassword": "Another-2026!", "firstName": "X"}, user=me)
    weak = client.put("/profile/update", {"currentPassword": PASSWORD, "newPassword": "weak", "firstName": "X"}, user=me)

    assert (wrong.status, wrong.code) == (422, "WRONG_PASSWORD")
    assert (weak.status, weak.json["details"][0]["field"]) == (400, "body.newPassword")
    assert accounts.known[0].password == PASSWORD
    assert make.value("select first_name from users") == "Asha"


def test_a_password_is_not_changed_when_something_else_is_refused(
    client: Client, accounts: FakeAccounts, make: Factory, me: dict[str, Any]
) -> None:
    make.user(username="taken", email="taken@academy.test")
    change = {"currentPassword": PASSWORD, "newPassword": "Another-2026!"}

    assert client.put("/profile/update", {**change, "username": "taken"}, user=me).status == 409
    assert client.put("/profile/update", {**change, "email": "taken@academy.test"}, user=me).status == 409
    assert client.put("/profile/update", change, user=me, headers={"If-Match": '"v9-ab"'}).status == 412
    assert accounts.known[0].password == PASSWORD


def test_a_stolen_token_is_no_way_to_guess_the_password(
    client: Client, accounts: FakeAccounts, me: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RATE_LIMITS", "production")
    configuration.config.cache_clear()
    body = {"currentPassword": "guess", "newPassword": "Another-2026!"}
    for _ in range(5):
        client.put("/profile/update", body, user=me)

    reply = client.put("/profile/update", {**body, "currentPassword": PASSWORD}, user=me)

    assert (reply.status, reply.code) == (429, "RATE_LIMITED")
    assert accounts.known[0].password == PASSWORD


def test_a_new_email_holds_once_its_code_is_entered(client: Client, make: Factory, me: dict[str, Any]) -> None:
    pending = client.put("/profile/update", {"email": "new@academy.test"}, user=me)

    assert pending.status == 200
    assert pending.data["emailPending"] is True
    assert pending.data["email"] == "me@academy.test"
    assert client.post("/profile/email/confirm", {"code": "000000"}, user=me).status == 400
    confirmed = client.post("/profile/email/confirm", {"code": CODE}, user=me)
    assert (confirmed.status, confirmed.data["email"], confirmed.data["emailVerified"]) == (200, "new@academy.test", True)


def test_an_email_that_holds_at_once_is_not_yet_verified(client: Client, accounts: FakeAccounts, me: dict[str, Any]) -> None:
    accounts.verify_changes = False

    data = client.put("/profile/update", {"email": "new@academy.test"}, user=me).data

    assert (data["email"], data["emailVerified"]) == ("new@academy.test", False)
    assert "emailPending" not in data


def test_anothers_email_is_a_conflict(client: Client, accounts: FakeAccounts, make: Factory, me: dict[str, Any]) -> None:
    make.user(email="theirs@academy.test")
    accounts.add("vendor-only@academy.test")

    for email in ("theirs@academy.test", "vendor-only@academy.test"):
        reply = client.put("/profile/update", {"email": email, "firstName": "X"}, user=me)
        assert (reply.status, reply.code) == (409, "EMAIL_TAKEN")
    assert make.value("select first_name from users where id = :id", id=me["id"]) == "Asha"


def test_an_account_that_google_keeps_changes_nothing_here(client: Client, make: Factory, accounts: FakeAccounts) -> None:
    guest = make.user()

    password = client.put("/profile/update", {"currentPassword": "x", "newPassword": "Another-2026!"}, user=guest)
    email = client.put("/profile/update", {"email": "new@academy.test"}, user=guest)

    assert (password.status, password.code) == (422, "WRONG_PASSWORD")
    assert (email.status, email.code) == (422, "EMAIL_NOT_CHANGEABLE")


def test_preferences_are_kept(client: Client, me: dict[str, Any]) -> None:
    body = {"notificationPreference": {"email": True, "push": False}, "preferredStudyTime": "night", "weeklyLearningGoal": 120}

    reply = client.put("/profile/preferences", body, user=me)
    later = client.put("/profile/preferences", {"preferredStudyTime": "morning"}, user=me)

    assert {name: reply.data[name] for name in body} == body
    assert later.data["notificationPreference"] == {"email": True, "push": False}
    assert later.data["preferredStudyTime"] == "morning"
    assert client.put("/profile/preferences", {"notificationPreference": "email"}, user=me).data["notificationPreference"] == "email"


@pytest.mark.parametrize(
    "body", [{}, {"preferredStudyTime": "noon"}, {"notificationPreference": "carrier pigeon"}, {"weeklyLearningGoal": "60"}, {"xp": 1}]
)
def test_bad_preferences_are_refused(client: Client, me: dict[str, Any], body: dict[str, Any]) -> None:
    assert client.put("/profile/preferences", body, user=me).status == 400


def test_a_username_is_looked_up_with_suggestions(client: Client, make: Factory, me: dict[str, Any]) -> None:
    for name in ("asha", "asha1", "ASHA7"):
        make.user(username=name)

    taken = client.post("/profile/check-username", {"username": "Asha"}, user=me)
    free = client.post("/profile/check-username", {"username": "nobody.has.this"}, user=me)
    own = client.post("/profile/check-username", {"username": "ME.myself"}, user=me)
    reserved = client.post("/profile/check-username", {"username": "admin"}, user=me)

    assert taken.data["available"] is False
    assert taken.data["suggestions"] == ["Asha21", "Asha_learns", "Asha_1"]
    assert (free.data, own.data) == ({"available": True, "suggestions": []}, {"available": True, "suggestions": []})
    assert reserved.data["available"] is False
    assert len(reserved.data["suggestions"]) == 3
    for name in taken.data["suggestions"]:
        assert client.post("/profile/check-username", {"username": name}, user=me).data["available"] is True
    assert client.post("/profile/check-username", {"username": "a b"}, user=me).status == 400
    assert client.post("/profile/check-username", {"username": "asha"}).status == 401


def test_the_vendors_brake_on_changes_is_passed_on(client: Client, accounts: FakeAccounts, me: dict[str, Any]) -> None:
    accounts.broken = TooManyAttempts()

    assert client.put("/profile/update", {"email": "new@academy.test"}, user=me).status == 429
    assert client.put("/profile/update", {"currentPassword": "x", "newPassword": "Another-2026!"}, user=me).status == 429


def test_the_vendor_is_cognito(monkeypatch: pytest.MonkeyPatch) -> None:
    from academy.identity.cognito import CognitoAccounts

    vendor.accounts.cache_clear()

    assert isinstance(vendor.accounts(), CognitoAccounts)
    vendor.accounts.cache_clear()
