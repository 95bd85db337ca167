"""How a learner is shown to others, and what their calendar is."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from academy.identity.privacy import LISTED, OPEN, SHOWN_ID, SHOWN_NAME
from academy.platform.events import Envelope
from tests.api import Client
from tests.factories import Factory

TODAY = datetime.now(UTC).date()


def eighteen_on(day: date) -> date:
    """A birthday, up to three days earlier at a month's end, so that there is such a day in every year."""
    return date(day.year - 18, day.month, min(day.day, 28))


def shown(make: Factory, user: dict[str, Any]) -> tuple[bool, str | None, bool, bool]:
    row = make.rows(
        f"select {LISTED} as listed, {SHOWN_NAME} as name, {SHOWN_ID} is not null as known, {OPEN} as open from users u where id = :id",
        id=user["id"],
    )[0]
    return row["listed"], row["name"], row["known"], row["open"]


def test_everybody_is_named_until_they_choose_otherwise_but_minors_are_hidden(make: Factory, client: Client) -> None:
    anybody, grown, minor = make.user(full_name="Uma Devi"), make.user(full_name="Ravi Rao"), make.user(full_name="Mina Das")
    for user, birthday in ((grown, eighteen_on(TODAY)), (minor, eighteen_on(TODAY + timedelta(days=5)))):
        assert client.put("/profile/update", {"dateOfBirth": str(birthday)}, user=user).data["dateOfBirth"] == str(birthday)

    assert shown(make, anybody) == (True, "Uma Devi", True, True)
    assert shown(make, grown) == (True, "Ravi Rao", True, True)
    assert (shown(make, minor)[0], shown(make, minor)[3]) == (False, False)
    assert client.get(f"/users/{minor['id']}/profile", user=anybody).status == 404

    chosen = client.put("/profile/preferences", {"leaderboardVisibility": "named", "profileVisibility": "public"}, user=minor)
    assert (chosen.data["leaderboardVisibility"], chosen.data["profileVisibility"]) == ("named", "public")
    assert shown(make, minor) == (True, "Mina Das", True, True)


@pytest.mark.parametrize("values", [{"status": "suspended"}, {"status": "erased"}, {"onboarded_at": None}])
def test_who_is_not_there_is_on_no_board(make: Factory, values: dict[str, Any]) -> None:
    assert (shown(make, make.user(**values))[0], shown(make, make.user(**values))[3]) == (False, False)


def test_a_pseudonym_stands_where_the_name_would(make: Factory, client: Client, published: list[Envelope]) -> None:
    user = make.user()

    made_up = client.put("/profile/preferences", {"leaderboardVisibility": "pseudonym"}, user=user).data["pseudonym"]
    assert made_up.startswith("Learner ")
    assert str(user["id"]).upper()[-4:] not in made_up
    again = client.put("/profile/preferences", {"leaderboardVisibility": "pseudonym"}, user=user)
    assert again.data["pseudonym"] == made_up
    assert shown(make, user) == (True, made_up, False, True)

    client.put("/profile/preferences", {"pseudonym": "शांत उल्लू 7"}, user=user)
    assert shown(make, user) == (True, "शांत उल्लू 7", False, True)
    assert [(event.kind, event.payload) for event in published] == [("user.privacy_changed", {"userId": str(user["id"])})] * 3


def test_under_a_pseudonym_nobody_is_somebody_else(make: Factory, client: Client) -> None:
    make.user(username="quiet.owl", full_name="Wise % Owl", pseudonym="Night Bird")
    user = make.user(username="mine", full_name="My Own Name")

    for name in ("Quiet.Owl", "night BIRD", "Wise % Owl".replace("% ", ""), "My Own Name"):
        reply = client.put("/profile/preferences", {"pseudonym": name}, user=user)
        expected = 200 if name in ("Wise Owl", "My Own Name") else 409
        assert reply.status == expected, name
    make.user(full_name="Busy Bee")
    assert client.put("/profile/preferences", {"pseudonym": "busy bee"}, user=user).code == "PSEUDONYM_TAKEN"
    assert client.put("/profile/update", {"username": "night"}, user=user).status == 200
    make.user(pseudonym="owl.of.night")
    assert client.put("/profile/update", {"username": "Owl.of.Night"}, user=user).status == 409
    assert client.post("/profile/check-username", {"username": "owl.of.night"}, user=user).data["available"] is False


@pytest.mark.parametrize("name", ["ab", "x" * 31, "two  spaces", "ad.min", "Uma <b>", "\u202eamU", "Аdа Lovelace", "...", "line\nbreak", 7])
def test_a_pseudonym_that_would_mislead_is_refused(make: Factory, client: Client, name: Any) -> None:
    reply = client.put("/profile/preferences", {"pseudonym": name}, user=make.user())
    assert (reply.status, reply.json["details"][0]["field"]) == (400, "body.pseudonym")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/profile/update", {"timeZone": "Asia/Atlantis"}, "body.timeZone"),
        ("/profile/update", {"timeZone": "posix/Asia/Kolkata"}, "body.timeZone"),
        ("/profile/update", {"timeZone": "asia/kolkata"}, "body.timeZone"),
        ("/profile/update", {"timeZone": "UTC+5"}, "body.timeZone"),
        ("/profile/update", {"dateOfBirth": str(TODAY + timedelta(days=2))}, "body.dateOfBirth"),
        ("/profile/update", {"dateOfBirth": "1850-01-01"}, "body.dateOfBirth"),
        ("/profile/update", {"dateOfBirth": "2001-02-30"}, "body.dateOfBirth"),
        ("/profile/preferences", {"leaderboardVisibility": "famous"}, "body.leaderboardVisibility"),
        ("/profile/preferences", {"profileVisibility": True}, "body.profileVisibility"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(make: Factory, client: Client, path: str, body: dict[str, Any], field: str) -> None:
    user = make.user()

    reply = client.put(path, body, user=user)

    assert (reply.status, reply.json["details"][0]["field"]) == (400, field)
    assert make.value("select version from users where id = :id", id=user["id"]) == 1


def test_the_settings_are_shown_to_oneself_alone(make: Factory, client: Client) -> None:
    user, other, admin = make.user(), make.user(), make.user("admin")
    client.put("/profile/update", {"dateOfBirth": "2000-02-29", "timeZone": "Asia/Kathmandu"}, user=user)
    client.put("/profile/preferences", {"leaderboardVisibility": "hidden"}, user=user)

    path = f"/users/{user['id']}/profile"
    own = client.get(path, user=user).data
    assert (own["dateOfBirth"], own["leaderboardVisibility"], own["pseudonym"], own["profileVisibility"], own["timeZone"]) == (
        ("2000-02-29", "hidden", None, "public", "Asia/Kathmandu")
    )
    for reader in (other, admin):
        seen = client.get(path, user=reader).data
        assert not {"dateOfBirth", "leaderboardVisibility", "pseudonym", "profileVisibility"} & seen.keys()


def test_a_private_profile_is_nobody_elses(make: Factory, client: Client) -> None:
    private = {"profile_visibility": "private"}
    learner, teacher, other, admin = make.user(**private), make.user("instructor", **private), make.user(), make.user("admin")

    assert [client.get(f"/users/{learner['id']}/profile", user=reader).status for reader in (learner, other, admin)] == [200, 404, 200]
    assert client.get(f"/users/{teacher['id']}/profile", user=other).data["achievements"] == []
