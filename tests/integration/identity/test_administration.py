"""Admins and people, and the log of who did what."""

import threading
from typing import Any
from urllib.parse import quote

import pytest

from academy.identity import administration
from academy.platform.auth.caller import Caller
from academy.platform.auth.permissions import BY_ROLE
from academy.platform.db import Database
from academy.platform.errors import RuleBroken
from academy.platform.events import Envelope
from academy.platform.http import Request
from tests.api import Client
from tests.factories import Factory


@pytest.fixture
def admin(make: Factory) -> dict[str, Any]:
    return make.user("admin", full_name="The Admin", email="admin@academy.test", username="theadmin")


def names(client: Client, admin: dict[str, Any], **query: Any) -> list[str]:
    return [user["fullName"] for user in client.get("/users", user=admin, query=query).data]


def test_permissions_are_those_of_the_migration(make: Factory) -> None:
    rows = make.rows("select role, array_agg(permission) as permissions from role_permissions group by role")

    assert {row["role"]: frozenset(row["permissions"]) for row in rows} == BY_ROLE


def test_users_are_listed_newest_first(client: Client, make: Factory, admin: dict[str, Any]) -> None:
    make.user(full_name="Zoya")
    make.user(status="erased", full_name="Gone")

    reply = client.get("/users", user=admin)

    assert reply.status == 200
    assert [user["fullName"] for user in reply.data] == ["Zoya", "The Admin"]
    assert reply.json["pagination"]["totalCount"] == 2
    assert set(reply.data[0]) >= {"id", "email", "username", "role", "status", "suspendedReason", "onboarded", "createdAt"}


def test_users_are_found_by_name_username_and_address(client: Client, make: Factory, admin: dict[str, Any]) -> None:
    make.user(full_name="Kavya Menon", username="kmenon", email="kavya@school.test")
    make.user("instructor", full_name="காவ்யா", status="suspended")

    for search in ("kavya", "MENON", "kmen", "school.test"):
        assert names(client, admin, search=search) == ["Kavya Menon"]
    assert names(client, admin, search="காவ்") == ["காவ்யா"]
    assert names(client, admin, role="instructor") == ["காவ்யா"]
    assert names(client, admin, status="suspended") == ["காவ்யா"]
    assert names(client, admin, role="student", status="suspended") == []


@pytest.mark.parametrize("search", ["%", "_", "\\", "%%%", "a_b", "'; drop table users --", "100%", "\\%"])
def test_the_characters_of_like_and_sql_mean_themselves(client: Client, make: Factory, admin: dict[str, Any], search: str) -> None:
    make.user(full_name="Plain Name")
    make.user(full_name=f"With {search} inside")

    assert names(client, admin, search=search) == [f"With {search} inside"]


def test_both_paginations_walk_everybody_once(client: Client, make: Factory, admin: dict[str, Any]) -> None:
    made = {str(make.user()["id"]) for _ in range(5)} | {str(admin["id"])}

    pages = [client.get("/users", user=admin, query={"limit": 2, "page": page}) for page in (1, 2, 3)]
    by_page = [user["id"] for reply in pages for user in reply.data]
    by_cursor, cursor = [], None
    while True:
        reply = client.get("/users", user=admin, query={"limit": 2, **({"cursor": cursor} if cursor else {})})
        by_cursor += [user["id"] for user in reply.data]
        cursor = reply.json["pagination"]["nextCursor"]
        if cursor is None:
            break

    assert by_page == by_cursor
    assert set(by_page) == made
    assert pages[0].json["pagination"] | {"nextCursor": None} == {
        "page": 1, "limit": 2, "totalCount": 6, "totalPages": 3, "hasNext": True, "hasPrev": False, "nextCursor": None
    }  # fmt: skip


_CROWD = """
    insert into users (id, sub, email, full_name, created_at)
    select gen_random_uuid(), 'crowd-' || n, 'crowd' || n || '@academy.test', case when n % 3 = 0 then 'Often ' when n > 695 then 'Late ' else 'Other ' end
        || case when n in (1, 340, 350, 700) then 'everywhere' when n < 8 then 'early' else '' end || n, now() - (701 - n) * interval '1 minute'
    from generate_series(1, 700) n
"""


@pytest.mark.parametrize(("search", "expected"), [("often", 233), ("late", 3), ("early", 6), ("everywhere", 4), ("nowhere", 0)])
def test_a_search_walks_everybody_once_wherever_they_are(
    client: Client, make: Factory, admin: dict[str, Any], search: str, expected: int
) -> None:
    """Among the newest, among the oldest, or both: how they are found changes from page to page."""
    make.execute(_CROWD)
    limit = 50 if search == "often" else 2
    found = [user["id"] for user in client.get("/users", user=admin, query={"search": search, "limit": 100}).data]
    by_page, by_cursor, cursor = [], [], None
    for page in range(1, expected // limit + 2):
        reply = client.get("/users", user=admin, query={"search": search, "limit": limit, "page": page})
        by_page += [user["id"] for user in reply.data]
        assert reply.json["pagination"]["totalCount"] == expected
    while True:
        reply = client.get("/users", user=admin, query={"search": search, "limit": limit, **({"cursor": cursor} if cursor else {})})
        by_cursor += [user["id"] for user in reply.data]
        if not (cursor := reply.json["pagination"]["nextCursor"]):
            break

    assert by_page == by_cursor
    assert by_page[:100] == found
    assert len(set(by_page)) == len(by_page) == expected
    ordered = make.rows("select id from users where search_text like :part order by created_at desc, id desc", part=f"%{search}%")
    assert by_page == [str(row["id"]) for row in ordered]


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIl0", "WyJub3QgYSB0aW1lIiwgIm5vIGlkIl0", "bnVsbA", "eyJhIjoxfQ", "AAAA", "WzEsMl0"])
@pytest.mark.parametrize("path", ["/users", "/admin/audit-log"])
def test_a_bent_cursor_is_refused(client: Client, admin: dict[str, Any], path: str, cursor: str) -> None:
    reply = client.get(f"{path}?cursor={quote(cursor)}", user=admin)

    assert (reply.status, reply.code) == (400, "VALIDATION_FAILED")


def test_bad_filters_are_refused(client: Client, admin: dict[str, Any]) -> None:
    for query in ({"role": "king"}, {"status": "erased"}, {"limit": 0}, {"limit": 101}, {"page": 0}, {"search": "x" * 101}):
        assert client.get("/users", user=admin, query=query).status == 400


def test_a_list_is_two_trips(client: Client, db: Database, admin: dict[str, Any]) -> None:
    client.get("/users", user=admin)
    before = db.trips

    client.get("/users", user=admin)

    assert db.trips - before == 2


def test_only_admins_administer(client: Client, make: Factory) -> None:
    target = make.user()
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/users", None),
        ("PUT", f"/users/{target['id']}/role", {"role": "instructor"}),
        ("POST", f"/users/{target['id']}/suspend", {"reason": "because"}),
        ("POST", f"/users/{target['id']}/reinstate", None),
        ("PUT", f"/users/{target['id']}/permissions", {"grant": []}),
        ("GET", f"/users/{target['id']}/activity", None),
        ("GET", "/admin/audit-log", None),
    ]
    for method, path, body in calls:
        assert client.call(method, path, body).status == 401
        for role in ("student", "instructor"):
            reply = client.call(method, path, body, user=make.user(role))
            assert (reply.status, reply.code) == (403, "FORBIDDEN")
    assert make.value("select role from users where id = :id", id=target["id"]) == "student"


def test_a_role_is_changed_and_holds_at_once(client: Client, make: Factory, admin: dict[str, Any], published: list[Envelope]) -> None:
    user = make.user()

    reply = client.put(f"/users/{user['id']}/role", {"role": "instructor"}, user=admin)

    assert reply.status == 200
    assert (reply.data["role"], reply.data["instructorApproved"]) == ("instructor", True)
    assert "course:create" in client.get("/auth/check", user=user).data["permissions"]
    assert [(event.kind, event.payload["role"]) for event in published] == [("user.role_changed", "instructor")]
    assert make.rows("select actor_id, target_id, before, after from audit_log") == [
        {"actor_id": admin["id"], "target_id": str(user["id"]), "before": {"role": "student"}, "after": {"role": "instructor"}}
    ]


def test_bad_roles_and_missing_users(client: Client, make: Factory, admin: dict[str, Any]) -> None:
    user = make.user()
    missing = "00000000-0000-7000-8000-000000000000"

    assert client.put(f"/users/{user['id']}/role", {"role": "owner"}, user=admin).status == 400
    assert client.put(f"/users/{user['id']}/role", {}, user=admin).status == 400
    for method, path, body in (
        ("PUT", "role", {"role": "student"}),
        ("POST", "suspend", {"reason": "because"}),
        ("POST", "reinstate", None),
        ("PUT", "permissions", {"grant": []}),
        ("GET", "activity", None),
    ):
        reply = client.call(method, f"/users/{missing}/{path}", body, user=admin)
        assert (reply.status, reply.code) == (404, "USER_NOT_FOUND")


def test_the_last_admin_stays_one(client: Client, make: Factory, admin: dict[str, Any]) -> None:
    make.user("admin", status="suspended")  # does not count
    make.user("admin", onboarded_at=None)  # neither

    demotion = client.put(f"/users/{admin['id']}/role", {"role": "student"}, user=admin)
    denial = client.put(f"/users/{admin['id']}/permissions", {"deny": ["user:permit"]}, user=admin)

    assert (demotion.status, demotion.code) == (422, "LAST_ADMIN")
    assert (denial.status, denial.code) == (422, "LAST_ADMIN")
    assert make.value("select count(*) from user_permissions") == 0
    make.user("admin")
    assert client.put(f"/users/{admin['id']}/role", {"role": "student"}, user=admin).status == 200


def request_of(user: dict[str, Any]) -> Request:
    caller = Caller(user["id"], user["sub"], "admin", BY_ROLE["admin"], True, "s")
    return Request("r", None, {}, {}, "203.0.113.7", visitor=caller)  # type: ignore[arg-type]


def test_admins_who_demote_each_other_at_the_same_time_leave_one(make: Factory, database_url: str) -> None:
    admins = [make.user("admin") for _ in range(6)]
    start = threading.Barrier(6)
    outcomes: list[str] = []

    def demote(number: int) -> None:
        request, target = request_of(admins[number]), admins[(number + 1) % 6]
        db = Database(database_url)
        db.connection()
        start.wait()

        def job(work: Any) -> None:
            request.work = work
            if number % 2:
                administration.suspend(request, target["id"], "a coup")
            else:
                administration.set_role(request, target["id"], "student")

        try:
            db.transact(job)
            outcomes.append("done")
        except RuleBroken as error:
            outcomes.append(error.code)
        db.discard()

    threads = [threading.Thread(target=demote, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["LAST_ADMIN"] + ["done"] * 5
    assert make.value("select count(*) from users where role = 'admin' and status = 'active'") == 1


def test_suspension_holds_on_the_next_request(client: Client, make: Factory, admin: dict[str, Any]) -> None:
    user = make.user()
    profile = f"/users/{user['id']}/profile"
    assert client.get(profile, user=user).status == 200

    reply = client.post(f"/users/{user['id']}/suspend", {"reason": "Sold answers"}, user=admin)

    assert reply.status == 200
    assert (reply.data["status"], reply.data["suspendedReason"]) == ("suspended", "Sold answers")
    out = client.get(profile, user=user)
    assert (out.status, out.code) == (403, "ACCOUNT_SUSPENDED")
    assert "Sold answers" not in out.text


def test_a_suspension_needs_a_reason_and_another_person(client: Client, make: Factory, admin: dict[str, Any]) -> None:
    user = make.user()

    assert client.post(f"/users/{user['id']}/suspend", {}, user=admin).status == 400
    assert client.post(f"/users/{user['id']}/suspend", {"reason": "  "}, user=admin).status == 400
    own = client.post(f"/users/{admin['id']}/suspend", {"reason": "tired"}, user=admin)
    assert (own.status, own.code) == (422, "SELF_SUSPENSION")


def test_who_is_reinstated_has_to_sign_in_anew(client: Client, make: Factory, admin: dict[str, Any]) -> None:
    user = make.user()
    token = client.token(user)
    client.post(f"/users/{user['id']}/suspend", {"reason": "a mistake"}, user=admin)

    reply = client.post(f"/users/{user['id']}/reinstate", user=admin)
    again = client.post(f"/users/{user['id']}/reinstate", user=admin)

    assert (reply.status, reply.data["status"], reply.data["suspendedReason"]) == (200, "active", None)
    assert (again.status, again.code) == (409, "NOT_SUSPENDED")
    assert client.get(f"/users/{user['id']}/profile", user=token).status == 401


def test_permissions_are_granted_and_denied_at_run_time(client: Client, make: Factory, admin: dict[str, Any]) -> None:
    user = make.user()
    path = f"/users/{user['id']}/permissions"
    assert client.get("/users", user=user).status == 403

    granted = client.put(path, {"grant": ["user:read"], "deny": ["course:enroll"]}, user=admin)

    assert granted.status == 200
    assert granted.data["granted"] == ["user:read"]
    assert granted.data["denied"] == ["course:enroll"]
    assert "course:enroll" not in granted.data["permissions"]
    assert client.get("/users", user=user).status == 200
    swapped = client.put(path, {"grant": ["course:enroll"]}, user=admin)
    assert (swapped.data["granted"], swapped.data["denied"]) == (["course:enroll"], [])
    assert client.get("/users", user=user).status == 403
    assert client.put(path, {}, user=admin).data["granted"] == []


def test_a_denial_beats_the_role(client: Client, make: Factory, admin: dict[str, Any]) -> None:
    other = make.user("admin")

    client.put(f"/users/{other['id']}/permissions", {"deny": ["user:read"]}, user=admin)

    assert client.get("/users", user=other).status == 403
    assert client.get("/admin/audit-log", user=other).status == 200


@pytest.mark.parametrize(
    "body", [{"grant": ["fly"]}, {"grant": ["user:read"], "deny": ["user:read"]}, {"grant": "user:read"}, {"role": "admin"}, {"grant": [1]}]
)
def test_bad_permissions_are_refused(client: Client, make: Factory, admin: dict[str, Any], body: dict[str, Any]) -> None:
    assert client.put(f"/users/{make.user()['id']}/permissions", body, user=admin).status == 400


def test_nobody_gives_away_more_than_they_have(client: Client, make: Factory, admin: dict[str, Any]) -> None:
    helper = make.user()
    client.put(f"/users/{helper['id']}/permissions", {"grant": ["user:permit", "user:change_role"]}, user=admin)

    grant = client.put(f"/users/{helper['id']}/permissions", {"grant": ["audit:read"]}, user=helper)
    promotion = client.put(f"/users/{helper['id']}/role", {"role": "admin"}, user=helper)

    assert (grant.status, promotion.status) == (403, 403)
    assert client.get("/auth/check", user=helper).data["user"]["role"] == "student"


def test_activity_is_what_a_user_did(client: Client, make: Factory, admin: dict[str, Any]) -> None:
    user = make.user()
    for goal in (10, 20, 30):
        client.put("/profile/preferences", {"weeklyLearningGoal": goal}, user=user)
    client.post(f"/users/{user['id']}/suspend", {"reason": "a test"}, user=admin)

    first = client.get(f"/users/{user['id']}/activity", user=admin, query={"limit": 2})
    cursor = first.json["pagination"]["nextCursor"]
    rest = client.get(f"/users/{user['id']}/activity", user=admin, query={"limit": 2, "cursor": cursor})
    idle = client.get(f"/users/{make.user()['id']}/activity", user=admin)

    assert [entry["action"] for entry in first.data + rest.data] == ["user.preferences"] * 3
    assert first.json["pagination"]["totalCount"] == 3
    assert rest.json["pagination"]["hasNext"] is False
    assert (idle.status, idle.data) == (200, [])


def test_the_audit_log_tells_who_did_what(client: Client, make: Factory, admin: dict[str, Any]) -> None:
    user = make.user()
    client.put("/profile/preferences", {"weeklyLearningGoal": 10}, user=user)
    client.put(f"/users/{user['id']}/role", {"role": "instructor"}, user=admin, headers={"X-Request-Id": "request-number-1"})

    def actions(**query: Any) -> list[str]:
        reply = client.get("/admin/audit-log", user=admin, query=query)
        assert reply.status == 200
        return [entry["action"] for entry in reply.data]

    entry = client.get("/admin/audit-log", user=admin).data[0]
    assert entry["actor"] == {"id": str(admin["id"]), "fullName": "The Admin", "role": "admin"}
    assert (entry["action"], entry["targetType"], entry["targetId"]) == ("user.change_role", "user", str(user["id"]))
    assert (entry["before"], entry["after"], entry["requestId"]) == ({"role": "student"}, {"role": "instructor"}, "request-number-1")
    assert actions() == ["user.change_role", "user.preferences"]
    assert actions(actorId=str(user["id"])) == ["user.preferences"]
    assert actions(action="user.change_role") == ["user.change_role"]
    assert actions(action="user.") == ["user.change_role", "user.preferences"]
    assert actions(action="course.") == []
    assert actions(targetType="user", targetId=str(user["id"])) == ["user.change_role", "user.preferences"]
    assert actions(**{"from": "2020-01-01T00:00:00Z"}) == ["user.change_role", "user.preferences"]
    assert actions(to="2020-01-01T00:00:00Z") == []
    assert actions(limit=1, page=2) == ["user.preferences"]


def test_bad_questions_to_the_audit_log(client: Client, admin: dict[str, Any]) -> None:
    for query in (
        {"actorId": "x"},
        {"action": "%"},
        {"from": "yesterday"},
        {"from": "0.5"},
        {"from": "2026-01-31T09:00:00"},
        {"from": "0001-01-01T00:00:00Z"},
        {"targetType": "Users;"},
    ):
        assert client.get("/admin/audit-log", user=admin, query=query).status == 400


def test_no_address_and_no_password_in_the_audit_log(client: Client, make: Factory, admin: dict[str, Any]) -> None:
    user = make.user()
    client.put("/profile/update", {"username": "someone.new", "firstName": "Secret"}, user=user)

    assert make.value("select count(*) from audit_log a where a::text like '%Secret%' or a::text like '%@%'") == 0
