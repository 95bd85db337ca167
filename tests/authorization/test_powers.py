"""Nobody gets, by whatever way, more than they have; the academy is never left without somebody who can do everything."""

from typing import Any

import pytest

from academy.platform.auth.permissions import ADMIN
from tests.api import Client
from tests.factories import Factory

TAKEN = "certificate:revoke"


@pytest.fixture
def chief(make: Factory) -> dict[str, Any]:
    return make.user("admin")


@pytest.fixture
def limited(make: Factory, chief: dict[str, Any], client: Client) -> dict[str, Any]:
    """An admin from whom another has taken one permission."""
    user = make.user("admin")
    assert client.put(f"/users/{user['id']}/permissions", {"deny": [TAKEN]}, user=chief).status == 200
    return user


def denied(make: Factory, user: dict[str, Any]) -> list[str]:
    rows = make.rows("select permission from user_permissions where user_id = :id and not granted order by 1", id=user["id"])
    return [row["permission"] for row in rows]


def test_what_was_taken_is_not_taken_back_by_leaving_it_out(
    client: Client, make: Factory, limited: dict[str, Any], chief: dict[str, Any]
) -> None:
    """A denial is an exception like a grant, and the list of exceptions is replaced as a whole: leaving one out would give the permission back."""
    changes: list[dict[str, list[str]]] = [{}, {"grant": [], "deny": []}, {"deny": ["audit:read"]}, {"grant": [TAKEN]}]
    for change in changes:
        assert client.put(f"/users/{limited['id']}/permissions", change, user=limited).code == "FORBIDDEN"
    assert denied(make, limited) == [TAKEN]

    assert client.put(f"/users/{limited['id']}/permissions", {}, user=chief).status == 200
    assert denied(make, limited) == []


def test_nor_for_somebody_else(client: Client, make: Factory, limited: dict[str, Any], chief: dict[str, Any]) -> None:
    another = make.user("admin")
    client.put(f"/users/{another['id']}/permissions", {"deny": [TAKEN, "audit:read"]}, user=chief)

    refused = client.put(f"/users/{another['id']}/permissions", {"deny": ["audit:read"]}, user=limited)
    allowed = client.put(f"/users/{another['id']}/permissions", {"deny": [TAKEN]}, user=limited)

    assert (refused.code, allowed.status) == ("FORBIDDEN", 200)
    assert denied(make, another) == [TAKEN]


def test_a_denial_of_what_the_role_does_not_have_may_be_left_out(client: Client, make: Factory, limited: dict[str, Any]) -> None:
    student = make.user()
    make.execute("insert into user_permissions (user_id, permission, granted) values (:id, :taken, false)", id=student["id"], taken=TAKEN)

    assert client.put(f"/users/{student['id']}/permissions", {}, user=limited).status == 200


def test_an_admin_with_less_makes_nobody_an_admin(client: Client, make: Factory, limited: dict[str, Any]) -> None:
    student = make.user()

    assert client.put(f"/users/{student['id']}/role", {"role": "admin"}, user=limited).code == "FORBIDDEN"
    assert make.value("select role from users where id = :id", id=student["id"]) == "student"


@pytest.mark.parametrize(
    ("method", "what", "body"),
    [("PUT", "role", {"role": "student"}), ("PUT", "permissions", {"deny": sorted(ADMIN)}), ("POST", "suspend", {"reason": "Away."})],
)
def test_the_last_admin_who_has_everything_stays(
    client: Client, make: Factory, chief: dict[str, Any], limited: dict[str, Any], method: str, what: str, body: dict[str, Any]
) -> None:
    """Admins from whom something was taken can't make another one: without the last whole one nobody ever could."""
    reply = client.call(method, f"/users/{chief['id']}/{what}", body, user=limited)

    assert reply.code == "LAST_ADMIN"
    assert denied(make, chief) == []
    assert make.rows("select role, status from users where id = :id", id=chief["id"]) == [{"role": "admin", "status": "active"}]


def test_a_kept_answer_is_its_callers_alone_and_only_while_they_may_ask(client: Client, make: Factory) -> None:
    """The same Idempotency-Key and body: another caller does their own work, and the first is judged anew before anything kept is looked at."""
    key = {"Idempotency-Key": "0b9b2f6e"}
    body = {
        "title": "Bridges that stand",
        "description": "How a bridge carries what goes over it.",
        "domain": "engineering",
        "category": "science",
        "difficulty": "beginner",
    }
    one, other = make.user("instructor"), make.user("instructor")
    first, second = (client.post("/courses", body, user=user, headers=key) for user in (one, other))
    assert (first.status, second.status) == (201, 201)
    assert first.data["id"] != second.data["id"]
    assert client.post("/courses", body, user=one, headers=key).headers["Idempotency-Replayed"] == "true"

    make.execute("update users set role = 'student' where id = :id", id=one["id"])
    make.execute("update users set status = 'suspended' where id = :id", id=other["id"])

    assert client.post("/courses", body, user=one, headers=key).code == "FORBIDDEN"
    assert client.post("/courses", body, user=other, headers=key).code == "ACCOUNT_SUSPENDED"
    assert client.post("/courses", body, headers=key).code == "UNAUTHENTICATED"
