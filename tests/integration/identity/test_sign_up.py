"""New accounts, codes and forgotten passwords."""

import threading
from typing import Any

import pytest

from academy.identity import repository
from academy.identity.accounts import AccountsUnavailable
from academy.platform.db import Database, connect, sql
from academy.platform.db import work as unit_of_work
from academy.platform.events import Envelope
from tests.accounts import CODE, FakeAccounts
from tests.api import Client
from tests.conftest import Databases
from tests.factories import Factory

NEW = {
    "email": "Asha@Academy.test",
    "password": "Academy-2026!",
    "firstName": "Asha",
    "lastName": "Rao",
    "username": "asha.rao",
}


def test_sign_up_makes_an_account_and_a_row(client: Client, accounts: FakeAccounts, make: Factory, published: list[Envelope]) -> None:
    reply = client.post("/auth/signup", {**NEW, "preferredStudyTime": "evening"})

    assert reply.status == 201
    assert "code" in reply.json["message"]
    assert reply.headers["Location"] == f"/api/v1/users/{reply.data['id']}/profile"
    assert reply.data["email"] == "asha@academy.test"
    assert reply.data["username"] == "asha.rao"
    assert [reply.data[name] for name in ("firstName", "lastName", "fullName")] == ["Asha", "Rao", "Asha Rao"]
    assert reply.data["role"] == "student"
    assert reply.data["emailVerified"] is False
    assert reply.data["preferredStudyTime"] == "evening"
    assert reply.data["confirmationRequired"] is True
    assert reply.data["onboarded"] is False
    known = accounts.known[0]
    assert make.value("select sub from users") == known.sub
    assert (known.email, known.password, known.first_name, known.last_name) == ("asha@academy.test", NEW["password"], "Asha", "Rao")
    assert [(event.kind, event.payload) for event in published] == [("user.signed_up", {"userId": reply.data["id"], "role": "student"})]
    entries = make.rows("select actor_id, target_type, target_id, after from audit_log where action = 'user.sign_up'")
    assert entries == [{"actor_id": None, "target_type": "user", "target_id": reply.data["id"], "after": {"role": "student"}}]


def test_the_older_name_does_the_same(client: Client) -> None:
    assert client.post("/users/register", NEW).status == 201


def test_an_instructor_starts_unapproved(client: Client) -> None:
    reply = client.post("/auth/signup", {**NEW, "role": "instructor"})

    assert reply.data["role"] == "instructor"
    assert reply.data["instructorApproved"] is False


def test_no_password_reaches_the_database(client: Client, make: Factory) -> None:
    client.post("/auth/signup", NEW, headers={"Idempotency-Key": "sign-up-1"})

    for table in ("users", "audit_log", "outbox", "idempotency_keys"):
        assert make.value(f"select count(*) from {table} t where t::text like '%Academy-2026%'") == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": "admin"}, "body.role"),
        ({"status": "active"}, "body.status"),
        ({"onboardedAt": "2026-01-01T00:00:00Z"}, "body.onboardedAt"),
        ({"instructorApproved": True}, "body.instructorApproved"),
        ({"email": "no address"}, "body.email"),
        ({"email": 'a"b@academy.test'}, "body.email"),
        ({"email": "a@academy.test\r\nBcc: x@y.zz"}, "body.email"),
        ({"username": "ab"}, "body.username"),
        ({"username": "admin"}, "body.username"),
        ({"username": "a b"}, "body.username"),
        ({"username": "../../etc"}, "body.username"),
        ({"firstName": ""}, "body.firstName"),
        ({"firstName": "<script>"}, "body.firstName"),
        ({"lastName": "x" * 101}, "body.lastName"),
        ({"password": ""}, "body.password"),
        ({"password": "short"}, "body.password"),
        ({"password": 1234567890}, "body.password"),
        ({"preferredStudyTime": "noon"}, "body.preferredStudyTime"),
    ],
)
def test_a_bad_sign_up_names_the_field_and_makes_nothing(
    client: Client, accounts: FakeAccounts, make: Factory, change: dict[str, Any], field: str
) -> None:
    reply = client.post("/auth/signup", {**NEW, **change})

    assert (reply.status, reply.code) == (400, "VALIDATION_FAILED")
    assert reply.json["details"][0]["field"] == field
    assert accounts.known == []
    assert make.value("select count(*) from users") == 0


def test_a_taken_email_is_told(client: Client, accounts: FakeAccounts, make: Factory) -> None:
    make.user(email="asha@academy.test")

    reply = client.post("/auth/signup", NEW)

    assert (reply.status, reply.code) == (409, "EMAIL_TAKEN")
    assert accounts.calls == []


def test_an_email_that_only_the_vendor_knows_is_taken_too(client: Client, accounts: FakeAccounts, make: Factory) -> None:
    accounts.add("asha@academy.test")

    reply = client.post("/auth/signup", NEW)

    assert (reply.status, reply.code) == (409, "EMAIL_TAKEN")
    assert make.value("select count(*) from users") == 0


def test_a_taken_username_is_told_whatever_its_case(client: Client, accounts: FakeAccounts, make: Factory) -> None:
    make.user(username="ASHA.rao")

    reply = client.post("/auth/signup", NEW)

    assert (reply.status, reply.code) == (409, "USERNAME_TAKEN")
    assert accounts.calls == []


def test_a_vendor_that_is_down_is_503_and_leaves_nothing(client: Client, accounts: FakeAccounts, make: Factory) -> None:
    accounts.broken = AccountsUnavailable()

    assert client.post("/auth/signup", NEW).status == 503
    assert make.value("select count(*) from users") == 0


def test_an_account_whose_row_cannot_be_made_is_taken_back(
    client: Client, accounts: FakeAccounts, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody takes the address between our look and our row."""
    sign_up = accounts.sign_up

    def raced(*arguments: Any, **options: Any) -> Any:
        made = sign_up(*arguments, **options)
        make.user(email="asha@academy.test")
        return made

    monkeypatch.setattr(accounts, "sign_up", raced)

    reply = client.post("/auth/signup", NEW)

    assert (reply.status, reply.code) == (409, "EMAIL_TAKEN")
    assert accounts.known == []
    assert make.value("select count(*) from users") == 1


def test_a_lost_connection_after_the_account_was_made_does_not_make_two(
    client: Client, accounts: FakeAccounts, make: Factory, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction is run again as a whole; the account was made once and is used, and so is the row that its confirmation made meanwhile."""
    sign_up = accounts.sign_up

    def cut(*arguments: Any, **options: Any) -> Any:
        made = sign_up(*arguments, **options)
        make.user(sub=made.sub, email="asha@academy.test", username=None, onboarded_at=None)
        name = make.value("select current_database()")
        admin = connect(databases.server.url("postgres"))
        admin.command(f"select pg_terminate_backend(pid) from pg_stat_activity where usename = 'academy_app' and datname = '{name}'")
        admin.close()
        return made

    monkeypatch.setattr(accounts, "sign_up", cut)

    reply = client.post("/auth/signup", NEW)

    assert reply.status == 201
    assert accounts.calls == ["sign_up"]
    assert len(accounts.known) == 1
    assert make.rows("select username from users") == [{"username": "asha.rao"}]


def test_a_retry_with_its_key_gets_the_first_answer(client: Client, accounts: FakeAccounts) -> None:
    first = client.post("/auth/signup", NEW, headers={"Idempotency-Key": "sign-up-1"})

    again = client.post("/auth/signup", NEW, headers={"Idempotency-Key": "sign-up-1"})

    assert (again.status, again.data) == (first.status, first.data)
    assert accounts.calls == ["sign_up"]


def test_the_row_may_come_by_the_trigger_first(client: Client, accounts: FakeAccounts, db: Database, make: Factory) -> None:
    """As in a pool that confirms by itself: PostConfirmation runs while the sign-up is still being answered."""
    accounts.auto_confirm = True
    sign_up = accounts.sign_up
    names = {"email": "asha@academy.test", "email_verified": "true", "given_name": "Asha", "family_name": "Rao", "name": "Asha Rao"}

    def confirming(*arguments: Any, **options: Any) -> Any:
        made = sign_up(*arguments, **options)
        make.execute(
            "insert into users (id, sub, email, email_verified) values (gen_random_uuid(), :s, :e, true)", s=made.sub, e=names["email"]
        )
        return made

    accounts.sign_up = confirming  # type: ignore[method-assign]

    reply = client.post("/auth/signup", {**NEW, "role": "instructor"})

    assert reply.status == 201
    assert reply.data["confirmationRequired"] is False
    assert "code" not in reply.json["message"]
    assert reply.data["username"] == "asha.rao"
    assert reply.data["role"] == "instructor"
    assert make.value("select count(*) from users") == 1
    assert client.post("/auth/signin", {"email": "asha@academy.test", "password": NEW["password"]}).status == 200


def test_one_username_for_ten_people_at_once_is_one_persons(
    client: Client, accounts: FakeAccounts, make: Factory, database_url: str
) -> None:
    """The lock lets one after the other look: nine are told before an account is made for them."""
    lock, take = repository.LOCK_USERNAME, repository.TAKEN
    start = threading.Barrier(10)
    outcomes: list[bool] = []

    def sign_up(number: int) -> None:
        db = Database(database_url)
        start.wait()

        def job(work: unit_of_work.UnitOfWork) -> bool:
            work.execute(lock, username="Asha.Rao")
            row = work.first(take, username="asha.rao", email=None)
            if row is None or row.username:
                return False
            work.execute(sql("insert into users (id, sub, username) values (gen_random_uuid(), :sub, 'asha.rao')"), sub=f"sub-{number}")
            return True

        outcomes.append(db.transact(job)[0])
        db.discard()

    threads = [threading.Thread(target=sign_up, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == [False] * 9 + [True]


def test_a_username_is_kept_while_the_account_is_made(
    client: Client, accounts: FakeAccounts, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_up, free = accounts.sign_up, []

    def slowly(*arguments: Any, **options: Any) -> Any:
        free.append(make.value("select pg_try_advisory_xact_lock(hashtextextended('username asha.rao', 0))"))
        return sign_up(*arguments, **options)

    monkeypatch.setattr(accounts, "sign_up", slowly)

    assert client.post("/auth/signup", {**NEW, "username": "Asha.Rao"}).status == 201
    assert free == [False]


def test_the_code_confirms(client: Client, accounts: FakeAccounts) -> None:
    client.post("/auth/signup", NEW)
    credentials = {"email": NEW["email"], "password": NEW["password"]}
    before = client.post("/auth/signin", credentials).code

    wrong = client.post("/auth/confirm", {"email": NEW["email"], "code": "000000"})
    right = client.post("/auth/confirm", {"email": NEW["email"], "code": CODE})

    assert before == "EMAIL_NOT_CONFIRMED"
    assert (wrong.status, wrong.json["details"][0]["field"], wrong.json["details"][0]["type"]) == (400, "body.code", "code")
    assert (right.status, right.data) == (200, {"confirmed": True})
    assert client.post("/auth/signin", credentials).status == 200


def test_a_code_of_nobody_is_just_wrong(client: Client) -> None:
    assert client.post("/auth/confirm", {"email": "nobody@academy.test", "code": CODE}).status == 400


@pytest.mark.parametrize("path", ["/auth/confirm/resend", "/auth/password/forgot"])
def test_mail_is_sent_without_telling_who_has_an_account(client: Client, accounts: FakeAccounts, path: str) -> None:
    accounts.add("asha@academy.test")

    known = client.post(path, {"email": "asha@academy.test"})
    unknown = client.post(path, {"email": "nobody@academy.test"})

    assert (known.status, known.data) == (unknown.status, unknown.data) == (200, {"sent": True})
    assert accounts.mails == ["asha@academy.test"]


def test_a_forgotten_password_is_set_anew_by_the_code(client: Client, accounts: FakeAccounts) -> None:
    accounts.add("asha@academy.test")
    body = {"email": "asha@academy.test", "code": CODE, "newPassword": "Another-2026!"}

    weak = client.post("/auth/password/reset", {**body, "newPassword": "weak"})
    wrong = client.post("/auth/password/reset", {**body, "code": "999999"})
    right = client.post("/auth/password/reset", body)

    assert (weak.status, weak.json["details"][0]["field"]) == (400, "body.newPassword")
    assert (wrong.status, wrong.json["details"][0]["field"]) == (400, "body.code")
    assert (right.status, right.data) == (200, {"confirmed": True})
    assert client.post("/auth/signin", {"email": "asha@academy.test", "password": "Another-2026!"}).status == 200
