"""An announcement to very many: everybody once, a page at a time, and nobody else's news waits behind it."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from academy.community import fan_out
from academy.community.email import sending
from academy.community.fan_out import Announcement
from academy.platform import outbox
from academy.platform.db import Database
from academy.platform.events import Envelope
from academy.platform.ids import uuid7
from academy.platform.mail import Mail
from functions.events.app import consume
from tests.api import Client
from tests.factories import Factory
from tests.integration.community.telling import certificate, deliver

MANY = 10_000
Announce = Callable[..., UUID]

CROWD = """
    with made as (
        insert into users (id, sub, email, full_name, role, onboarded_at)
        select gen_random_uuid(), 'crowd' || n, 'crowd' || n || '@academy.test', 'Crowd ' || n, 'student', now() from generate_series(1, :many) n
        returning id
    )
    insert into enrollments (id, user_id, course_id, source) select gen_random_uuid(), id, :course, 'free' from made
"""
"""Learners set-wise, all enrolled in the same instant, as by an import."""


@pytest.fixture
def course(make: Factory) -> dict[str, Any]:
    return make.course(make.user("instructor"))


@pytest.fixture
def announce(db: Database, published: list[Envelope]) -> Announce:
    def announce(**whom: Any) -> UUID:
        said = Announcement(title="The exam is moved", body="It is on Monday at nine.", path="/announcements/1", **whom)
        identifier, work = db.transact(lambda unit: fan_out.announce(unit, said))
        outbox.finish(db, work)
        return identifier

    return announce


def carry_out(published: list[Envelope]) -> int:
    """Every page that was asked for, as the queue brings them: each twice. Returns how many there were."""
    done = 0
    while done < len(published):
        for _ in range(2):
            consume("notifications", published[done])
        done += 1
    return done


def test_ten_thousand_learners_are_told_once_in_pages_and_a_certificate_overtakes_them(
    db: Database, make: Factory, published: list[Envelope], announce: Announce, course: dict[str, Any], letters: list[Mail]
) -> None:
    make.execute(CROWD, many=MANY, course=course["id"])
    student, late = make.user(), make.user()
    identifier = announce(course_id=course["id"])

    pages = carry_out(published)

    assert pages == MANY // fan_out.PEOPLE_AT_ONCE + 1
    told = make.rows(
        "select channel, status, reason, count(*), count(distinct user_id) as people from deliveries group by 1, 2, 3 order by 1"
    )
    assert [tuple(row.values()) for row in told] == [
        ("email", "waiting", None, MANY, MANY),
        ("in_app", "sent", None, MANY, MANY),
        ("push", "skipped", "no_address", MANY, MANY),
    ]
    assert make.value("select count(*) from notifications where event_id = :id", id=identifier) == MANY
    assert max(len(envelope.model_dump_json()) for envelope in published) < 1000

    deliver(certificate(student))
    assert [letter.to for letter in letters] == [student["email"]], "it is sent with its event"
    # Another was put off, and takes its turn among the ten thousand when the schedule comes by.
    make.execute("insert into notification_preferences (user_id, quiet_from, quiet_to) values (:id, '00:00', '23:59')", id=late["id"])
    deliver(certificate(late))
    make.execute("delete from notification_preferences")
    make.execute("update deliveries set due_at = now() where user_id = :id", id=late["id"])
    sent: list[str] = []

    def enough(letter: Mail) -> None:
        sent.append(letter.to)
        if len(sent) == 10:
            raise SystemExit

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("academy.platform.mail.send", enough)
        with pytest.raises(SystemExit):
            sending.send_due(db)
    assert sent[0] == late["email"]
    assert all(re.match("crowd", address) for address in sent[1:])


def test_the_same_announcement_again_and_other_announcements(
    client: Client, make: Factory, published: list[Envelope], announce: Announce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_out, "PEOPLE_AT_ONCE", 2)
    people = [make.user() for _ in range(5)]
    gone = make.user(status="suspended")
    teacher = make.user("instructor")
    client.put("/notifications/preferences", {"kinds": {"announcement.posted": {"in_app": False}}}, user=people[0])

    announce(user_ids=[UUID(str(each["id"])) for each in (*people, *people, gone)])
    assert carry_out(published) == 3
    announce(role="instructor")
    announce()
    carry_out(published)

    def titles(user: dict[str, Any]) -> list[str]:
        return [each["title"] for each in client.get("/notifications", user=user).data]

    assert [len(titles(user)) for user in (*people, teacher)] == [0, 2, 2, 2, 2, 2]
    assert make.value("select count(*) from deliveries where user_id = :id and channel <> 'in_app'", id=gone["id"]) == 0
    (latest, *_) = client.get("/notifications", user=teacher).data
    assert (latest["title"], latest["body"], latest["path"]) == ("The exam is moved", "It is on Monday at nine.", "/announcements/1")


def test_who_leaves_or_comes_while_it_is_told_is_no_reason_to_leave_somebody_out(
    db: Database, make: Factory, published: list[Envelope], announce: Announce, course: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_out, "PEOPLE_AT_ONCE", 2)
    people = [make.user() for _ in range(5)]
    for each in people:
        make.enrollment(each, course)
    announce(course_id=course["id"])
    consume("notifications", published[0])
    make.execute("update enrollments set status = 'ended', ended_at = now() where user_id = :id", id=people[0]["id"])
    newcomer = make.user()
    make.enrollment(newcomer, course)

    carry_out(published)

    for page in list(published):
        consume("notifications", page.model_copy(update={"id": str(uuid7())}))
    told = [row["user_id"] for row in make.rows("select user_id from notifications")]
    assert sorted(told) == sorted(each["id"] for each in (*people, newcomer)), "once, also when pages are written again"
    assert make.value("select count(*) from deliveries") == 3 * len(told)
