"""The first admin, made from the AWS account."""

import pytest

from academy.platform.db import Database
from academy.platform.errors import NotFound
from functions.migrate import app as migrate
from tests.factories import Factory


def test_somebody_who_signed_up_becomes_the_first_admin(db: Database, make: Factory) -> None:
    """Given an academy without admins, when the operator names a student's address, then they are one, and the log and the outbox say so."""
    person = make.user(email="Meenakshi@academy.test", onboarded_at=None)

    for _ in range(2):
        assert migrate.handler({"action": "make_admin", "email": " meenakshi@academy.test\n"}, None) == {"userId": str(person["id"])}
        assert make.rows("select kind, payload ->> 'role' as role from outbox") == [{"kind": "user.role_changed", "role": "admin"}]

    assert make.rows("select role from users") == [{"role": "admin"}]
    entries = make.rows("select actor_id, action, target_type, target_id, before, after from audit_log order by id")
    told = {
        "actor_id": None,
        "action": "user.change_role",
        "target_type": "user",
        "target_id": str(person["id"]),
        "after": {"role": "admin"},
    }
    assert entries == [{**told, "before": {"role": role}} for role in ("student", "admin")]


@pytest.mark.parametrize("person", [{"email_verified": False}, {"status": "suspended"}, {"email": "else@academy.test"}])
def test_only_who_confirmed_the_address_and_is_not_out(db: Database, make: Factory, person: dict[str, object]) -> None:
    make.user(**{"email": "somebody@academy.test", **person})  # type: ignore[arg-type]

    with pytest.raises(NotFound) as refusal:
        migrate.handler({"action": "make_admin", "email": "somebody@academy.test"}, None)

    assert (refusal.value.code, str(refusal.value)) == ("USER_NOT_FOUND", "There is no such user.")
    assert make.rows("select role from users") == [{"role": "student"}]


def test_there_is_no_other_action() -> None:
    with pytest.raises(ValueError, match="make_admin"):
        migrate.handler({"action": "downgrade"}, None)
