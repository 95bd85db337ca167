"""What one is told in the app: once, in one's language, read by whom it is for."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from academy.platform import outbox
from academy.platform.db import Database, UnitOfWork
from academy.platform.events import Envelope
from academy.platform.ids import uuid7
from functions.events import app as events
from tests.api import Client
from tests.factories import Factory
from tests.integration.community.telling import badge, certificate, deliver, told

APP = ("notifications",)


def listed(client: Client, user: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/notifications", user=user, query=query).data
    return found


def test_one_is_told_in_ones_language_and_of_nobody_elses(client: Client, make: Factory) -> None:
    asha, ravi = make.user(), make.user()
    deliver(certificate(asha, "Bridges"), badge(asha), certificate(ravi), queues=APP)

    first = listed(client, asha)
    client.put("/notifications/preferences", {"language": "hi"}, user=asha)
    then = listed(client, asha)

    assert [row["title"] for row in first] == ["New badge: First Course", "Your certificate is ready"]
    assert first[1]["path"] == "/verify/ABCD-EFGH"
    assert first[1]["data"]["courseTitle"] == "Bridges"
    assert [row["title"] for row in then] == ["नया बैज: पहला कोर्स", "आपका प्रमाणपत्र तैयार है"]
    assert "“Bridges”" in then[1]["body"]
    assert [row["id"] for row in then] == [row["id"] for row in first]


def test_a_list_has_filters_and_pages(client: Client, make: Factory) -> None:
    asha = make.user()
    deliver(*(certificate(asha, f"Course {n}") for n in range(3)), badge(asha), queues=APP)
    newest = listed(client, asha, kind="certificate.issued")[0]["id"]
    client.post("/notifications/read", {"ids": [newest]}, user=asha)

    page = client.get("/notifications?limit=2&kind=certificate.issued", user=asha)
    rest = client.get(f"/notifications?limit=2&kind=certificate.issued&cursor={page.json['pagination']['nextCursor']}", user=asha)

    assert ["Course 2" in row["body"] for row in page.data] == [True, False]
    assert len(rest.data) == 1
    assert {row["data"].get("courseTitle") for row in listed(client, asha, unread="true")} == {"Course 0", "Course 1", None}
    assert page.json["unread"] == {"count": 3, "more": False}


def test_events_of_a_group_are_one_row_until_it_is_read(client: Client, make: Factory) -> None:
    asha = make.user()
    deliver(badge(asha, "first_course"), badge(asha, "early_bird"), queues=APP)
    [seen] = listed(client, asha)
    deliver(badge(asha, "scholar"), queues=APP)

    # They saw two, and say so; the third they could not see.
    missed = client.post("/notifications/read", {"ids": [seen["id"]]}, user=asha).data
    [three] = listed(client, asha)
    client.post("/notifications/read", {"ids": [three["id"]]}, user=asha)
    deliver(badge(asha, "high_scorer"), queues=APP)

    assert (seen["count"], seen["title"]) == (2, "2 new badges")
    assert missed == {"marked": 0, "unread": {"count": 1, "more": False}}
    assert (three["count"], three["title"]) == (3, "3 new badges")
    assert "“Scholar”" in three["body"]
    assert [row["count"] for row in listed(client, asha)] == [1, 3]


def test_what_is_anothers_is_not_there_to_be_read(client: Client, make: Factory) -> None:
    asha, ravi = make.user(), make.user()
    deliver(certificate(asha), certificate(asha), certificate(ravi), queues=APP)
    his = listed(client, ravi)[0]["id"]

    others = client.post("/notifications/read", {"ids": [his]}, user=asha)
    unknown = client.post("/notifications/read", {"ids": [str(uuid7())]}, user=asha)
    everything = client.post("/notifications/read", {"all": True}, user=asha)

    assert others.json == unknown.json == {"data": {"marked": 0, "unread": {"count": 2, "more": False}}}
    assert everything.data == {"marked": 2, "unread": {"count": 0, "more": False}}
    assert client.get("/notifications", user=ravi).json["unread"]["count"] == 1
    bodies: tuple[dict[str, Any], ...] = (
        {},
        {"all": False},
        {"ids": []},
        {"all": True, "ids": [his]},
        {"ids": ["x"]},
        {"ids": [str(uuid7())] * 501},
    )
    for body in bodies:
        assert client.post("/notifications/read", body, user=asha).status == 400


def test_unread_ones_are_counted_up_to_a_hundred(client: Client, make: Factory) -> None:
    asha = make.user()
    make.execute(
        "insert into notifications (id, user_id, event_id, kind, data) select gen_random_uuid(), :user, gen_random_uuid(), 'badge.earned',"
        """ '{"badge": "first_course"}' from generate_series(1, 120)""",
        user=asha["id"],
    )

    assert client.get("/notifications?limit=1", user=asha).json["unread"] == {"count": 99, "more": True}
    assert client.post("/notifications/read", {"all": True}, user=asha).data["unread"] == {"count": 0, "more": False}


def test_the_same_event_and_many_at_once_are_each_told_once(db: Database, make: Factory) -> None:
    """Two workers get every event of a group, each in its own order."""
    asha = make.user()
    envelopes = [badge(asha, slug) for slug in ("first_course", "early_bird", "scholar", "high_scorer")]
    barrier = threading.Barrier(2)

    def work(order: list[Envelope]) -> None:
        own = Database(db._url)
        barrier.wait(60)
        for envelope in order:
            consume(own, envelope)
        own.discard()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(work, order) for order in (envelopes, envelopes[::-1])]:
            done.result(60)

    assert make.rows("select count from notifications") == [{"count": 4}]
    assert make.value("select count(*) from deliveries where channel = 'in_app' and status = 'sent'") == 4


def consume(db: Database, envelope: Envelope) -> None:
    def act(work: UnitOfWork) -> None:
        if outbox.first_time(work, consumer="notifications", event_id=envelope.id):
            events.CONSUMERS["notifications"](work, envelope)

    db.transact(act)


def test_a_place_on_a_leaderboard_says_of_what(client: Client, make: Factory) -> None:
    asha = make.user()
    course = make.course(make.user("instructor"), title="Tides")
    place = {"userId": str(asha["id"]), "span": "weekly", "period": "2026-W46", "points": 1240}
    deliver(told("leaderboard.place_won", **place, rank=2, domain=None, courseId=str(course["id"])), queues=APP)

    [row] = listed(client, asha)

    assert row["body"] == "With 1240 points you came second on the leaderboard of “Tides” in week 46 of 2026. Well done!"
    assert row["path"] == "/leaderboard?period=weekly&at=2026-W46"
