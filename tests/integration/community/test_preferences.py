"""How one wants to be told of what: what holds by default, what the profile's older preference says, what one decides here."""

from typing import Any

import pytest

from academy.platform.db import Database
from academy.platform.mail import Mail
from tests.api import Client
from tests.factories import Factory
from tests.integration.community.telling import badge, certificate, deliver, payment


def channels(client: Client, user: dict[str, Any], kind: str) -> dict[str, bool]:
    view = client.get("/notifications/preferences", user=user).data
    found = next(each for each in view["kinds"] if each["kind"] == kind)
    return {name: switch["on"] for name, switch in found["channels"].items()}


def test_who_decided_nothing_has_the_defaults(client: Client, make: Factory) -> None:
    student = make.user()
    view = client.get("/notifications/preferences", user=student).data
    kinds = {each["kind"]: each for each in view["kinds"]}

    assert view["digest"] == {"mode": "off", "hour": 8}
    assert (view["quietHours"], view["language"], view["timeZone"]) == (None, "en", "Asia/Kolkata")
    assert kinds["streak.ending"]["channels"]["email"] == {"on": False, "fixed": False}
    assert kinds["payment.captured"]["channels"]["email"] == {"on": True, "fixed": True}
    assert "payment.disputed" not in kinds
    assert channels(client, make.user("admin"), "payment.disputed") == {"in_app": True, "email": False, "push": True}


def test_what_is_left_out_stays(client: Client, make: Factory) -> None:
    asha = make.user()
    first = {"kinds": {"badge.earned": {"email": False}}, "quietHours": {"from": "22:00", "to": "07:00"}, "language": "hi"}
    client.put("/notifications/preferences", first, user=asha)
    changed = client.put(
        "/notifications/preferences", {"kinds": {"badge.earned": {"push": False}}, "digest": {"mode": "daily"}}, user=asha
    ).data

    assert channels(client, asha, "badge.earned") == {"in_app": True, "email": False, "push": False}
    assert changed["quietHours"] == {"from": "22:00", "to": "07:00"}
    assert changed["digest"] == {"mode": "daily", "hour": 8}
    assert next(each for each in changed["kinds"] if each["kind"] == "badge.earned")["label"] == "नए बैज"
    assert client.put("/notifications/preferences", {"quietHours": None}, user=asha).data["quietHours"] is None


BAD = {
    "body.kinds.weather.changed": {"kinds": {"weather.changed": {"email": True}}},
    "body.kinds.badge.earned.pigeon": {"kinds": {"badge.earned": {"pigeon": True}}},
    "body.kinds.payment.captured.email": {"kinds": {"payment.captured": {"email": False}}},
    "body.digest.mode": {"digest": {"mode": "hourly"}},
    "body.digest.hour": {"digest": {"mode": "daily", "hour": 24}},
    "body.quietHours.from": {"quietHours": {"from": "25:00", "to": "07:00"}},
    "body.quietHours": {"quietHours": {"from": "07:00", "to": "07:00"}},
    "body.language": {"language": "fr"},
    "body.kinds": {"kinds": 3},
    "body": {"language": None},
}


def test_what_makes_no_sense_is_refused_by_its_name(client: Client, make: Factory) -> None:
    asha = make.user()
    for field, body in BAD.items():
        reply = client.put("/notifications/preferences", body, user=asha)
        assert (reply.status, reply.json["details"][0]["field"]) == (400, field), reply.text
    assert make.value("select count(*) from notification_preferences") == 0


@pytest.mark.parametrize(
    ("older", "expected"),
    [
        (None, {"in_app": True, "email": True, "push": True}),
        ("all", {"in_app": True, "email": True, "push": True}),
        ("email", {"in_app": True, "email": True, "push": False}),
        ("sms", {"in_app": True, "email": False, "push": False}),
        ("none", {"in_app": False, "email": False, "push": False}),
        (False, {"in_app": False, "email": False, "push": False}),
        ({"push": False, "email": True}, {"in_app": True, "email": True, "push": False}),
    ],
)
def test_the_profiles_older_preference_is_honoured(older: Any, expected: dict[str, bool], client: Client, make: Factory) -> None:
    asha = make.user()
    if older is not None:
        assert client.put("/profile/preferences", {"notificationPreference": older}, user=asha).status == 200

    assert channels(client, asha, "badge.earned") == expected
    assert channels(client, asha, "payment.captured")["email"], "a receipt is mailed whatever was said"
    client.put("/notifications/preferences", {"kinds": {"badge.earned": {"email": True}}}, user=asha)
    assert channels(client, asha, "badge.earned")["email"], "what was decided here counts more"


def test_what_was_switched_off_is_not_told_and_says_why(db: Database, client: Client, make: Factory, letters: list[Mail]) -> None:
    asha = make.user()
    off = {"email": False, "in_app": False}
    client.put("/notifications/preferences", {"kinds": {"certificate.issued": off, "badge.earned": off}}, user=asha)

    deliver(certificate(asha), badge(asha), payment(asha))

    assert [letter.subject for letter in letters] == ["You are in"]
    assert make.value("select array_agg(kind) from notifications") == ["payment.captured"]
    skipped = make.rows("select distinct status, reason from deliveries where kind <> 'payment.captured'")
    assert skipped == [{"status": "skipped", "reason": "preference"}]


def test_another_change_in_between_is_noticed(client: Client, make: Factory) -> None:
    asha = make.user()
    etag = client.put("/notifications/preferences", {"language": "hi"}, user=asha).headers["ETag"]
    client.put("/notifications/preferences", {"language": "en"}, user=asha)

    late = client.put("/notifications/preferences", {"language": "hi"}, user=asha, headers={"If-Match": etag})

    assert late.status == 412
    assert client.get("/notifications/preferences", user=asha).data["language"] == "en"
