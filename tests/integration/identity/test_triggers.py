"""What the user pool tells the academy, and whom it asks about: triggers at a confirmation, a new password and a guest's first sign-in."""

from typing import Any

import pytest

from academy.platform.db import Database
from functions.triggers.app import handler
from tests.accounts import FakeAccounts
from tests.api import Client
from tests.factories import Factory

ASHA = "asha@academy.test"


def trigger(source: str, sub: str, *, username: str | None = None, **attributes: str) -> dict[str, Any]:
    return {
        "version": "1",
        "triggerSource": source,
        "userPoolId": "ap-south-1_test",
        "userName": username or sub,
        "request": {"userAttributes": {"sub": sub, **attributes}},
        "response": {},
    }


def google(**attributes: str) -> dict[str, Any]:
    return trigger("PreSignUp_ExternalProvider", "", username="google_1234567", **{"email": "asha@academy.test", **attributes})


def test_post_confirmation_makes_the_row_once(db: Database, make: Factory) -> None:
    event = trigger(
        "PostConfirmation_ConfirmSignUp",
        "sub-1",
        email="asha@academy.test",
        email_verified="true",
        given_name="Asha",
        family_name="Rao",
        name="Asha M. Rao",
    )

    assert handler(event, None) == event
    assert handler(event, None) == event

    assert make.rows("select sub, email, email_verified, first_name, last_name, full_name from users") == [
        {
            "sub": "sub-1",
            "email": "asha@academy.test",
            "email_verified": True,
            "first_name": "Asha",
            "last_name": "Rao",
            "full_name": "Asha M. Rao",
        }
    ]


@pytest.mark.parametrize("verified", ["false", "", "1", None])
def test_post_confirmation_takes_nothing_for_told_that_is_not(db: Database, make: Factory, verified: str | None) -> None:
    """An empty name would stand in the way of the real one; an address counts as verified where the pool says just that."""
    said = {"given_name": "", "family_name": "", "name": "", **({} if verified is None else {"email_verified": verified})}

    handler(trigger("PostConfirmation_ConfirmSignUp", "sub-1", email="asha@academy.test", **said), None)
    handler(trigger("PostConfirmation_ConfirmSignUp", "sub-2", email=""), None)

    rows = make.rows("select email, email_verified, first_name, last_name, full_name from users order by sub")
    nothing = {"email_verified": False, "first_name": None, "last_name": None, "full_name": None}
    assert rows == [{"email": "asha@academy.test", **nothing}, {"email": None, **nothing}]


def test_post_confirmation_keeps_what_the_person_has_written(db: Database, make: Factory) -> None:
    user = make.user(first_name="Aasha", email="old@academy.test", role="instructor")

    handler(trigger("PostConfirmation_ConfirmSignUp", user["sub"], email="new@academy.test", email_verified="true", given_name="X"), None)

    row = make.rows("select first_name, email, role from users")[0]
    assert row == {"first_name": "Aasha", "email": "new@academy.test", "role": "instructor"}


def test_a_role_among_the_attributes_counts_for_nothing(db: Database, make: Factory) -> None:
    attributes = {"email": "a@academy.test", "email_verified": "true", "custom:role": "admin", "role": "admin"}
    handler(trigger("PostConfirmation_ConfirmSignUp", "sub-1", **attributes), None)

    assert make.value("select role from users") == "student"


def test_a_reset_password_ends_every_sign_in(client: Client, accounts: FakeAccounts) -> None:
    known = accounts.add("asha@academy.test")
    token = client.post("/auth/signin", {"email": known.email, "password": "Academy-2026!"}).data["accessToken"]

    handler(trigger("PostConfirmation_ConfirmForgotPassword", known.sub, email=known.email, email_verified="true"), None)

    assert client.get("/auth/check", user=token).data["authenticated"] is False


def test_pre_sign_up_confirms_nobody(db: Database) -> None:
    event = trigger("PreSignUp_SignUp", "sub-1", email="asha@academy.test")

    assert handler(event, None)["response"] == {}


def test_google_is_linked_where_both_have_verified_the_address(accounts: FakeAccounts) -> None:
    known = accounts.add("asha@academy.test")

    handler(google(email_verified="true"), None)

    assert accounts.links == [("Google", "1234567", known.sub)]


def test_google_without_an_address_is_not_linked(accounts: FakeAccounts) -> None:
    accounts.add("")

    handler(google(email="", email_verified="true"), None)

    assert accounts.calls == [], "nor looked for"


@pytest.mark.parametrize("verified", ["false", "", "TRUE-ish"])
def test_google_without_a_verified_address_is_not_linked(accounts: FakeAccounts, verified: str) -> None:
    accounts.add("asha@academy.test")

    handler(google(email_verified=verified), None)

    assert accounts.links == []


@pytest.mark.parametrize("values", [{"confirmed": False, "email_verified": False}, {"email_verified": False}, {"confirmed": False}])
def test_an_account_that_waits_for_its_owner_is_not_linked(accounts: FakeAccounts, values: dict[str, Any]) -> None:
    """Pre-hijacking: somebody signs up with another's address and hopes that its owner comes by Google."""
    accounts.add(ASHA, **values)

    handler(google(email_verified="true"), None)

    assert accounts.links == []


def test_a_guest_is_not_linked_to_a_guest(accounts: FakeAccounts) -> None:
    accounts.add(ASHA, password=None)

    handler(google(email_verified="true"), None)

    assert accounts.links == []


def test_an_unknown_provider_is_not_linked(accounts: FakeAccounts) -> None:
    accounts.add("asha@academy.test")

    handler({**google(email_verified="true"), "userName": "evil_1234567"}, None)

    assert accounts.links == []


def test_a_confirmation_ends_no_sign_in(client: Client, accounts: FakeAccounts) -> None:
    known = accounts.add(ASHA)
    token = client.post("/auth/signin", {"email": ASHA, "password": "Academy-2026!"}).data["accessToken"]

    handler(trigger("PostConfirmation_ConfirmSignUp", known.sub, email=ASHA, email_verified="true"), None)

    assert client.get("/auth/check", user=token).data["authenticated"] is True


@pytest.mark.parametrize("username", ["google_", "google", "_1234567"])
def test_a_guest_without_a_name_is_not_linked(accounts: FakeAccounts, username: str) -> None:
    accounts.add(ASHA)

    handler({**google(email_verified="true"), "userName": username}, None)

    assert accounts.links == []


def test_a_guest_is_not_linked_where_two_have_the_address(accounts: FakeAccounts) -> None:
    accounts.add(ASHA)
    accounts.add(ASHA)

    handler(google(email_verified="true"), None)

    assert accounts.links == []


def test_a_guest_is_linked_beside_one_who_has_not_proved_the_address(accounts: FakeAccounts) -> None:
    accounts.add(ASHA, email_verified=False)
    known = accounts.add(ASHA)

    handler({**google(email_verified="True"), "userName": "Google_12_34"}, None)

    assert accounts.links == [("Google", "12_34", known.sub)]
