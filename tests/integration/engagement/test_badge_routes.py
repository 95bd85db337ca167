"""What is told of badges, to whom."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from academy.engagement.badges.catalogue import BADGES
from academy.engagement.badges.models import Achievement
from academy.platform.ids import uuid7
from tests.api import Client
from tests.factories import Factory
from tests.integration.engagement.badge_deeds import Deeds

NOW = datetime.now(UTC)


def having(make: Factory, *slugs: str, **values: Any) -> dict[str, Any]:
    """Somebody with these badges, the first one earned last."""
    user = make.user(**values)
    for age, slug in enumerate(slugs):
        make.row(Achievement, user_id=user["id"], badge=slug, event_id=uuid7(), earned_at=NOW - timedelta(days=age))
    return user


def slugs(badges: list[dict[str, Any]]) -> list[str]:
    return [badge["badge"] for badge in badges]


def test_my_badges_and_how_far_i_am_with_the_others(client: Client, make: Factory) -> None:
    user = having(make, "seven_day_streak", "first_step", longest_streak=12, xp_total=730)
    Deeds(make).posts(user, 2)

    mine = client.get("/progress/achievements", user=user).data

    assert slugs(mine["earned"]) == ["seven_day_streak", "first_step"]
    assert datetime.fromisoformat(mine["earned"][0]["earnedAt"]) == NOW
    assert (mine["totalEarned"], mine["points"]) == (2, 730)
    assert slugs(mine["possible"]) == [slug for slug in BADGES if slug not in {"seven_day_streak", "first_step"}]
    progress = {badge["badge"]: badge["progress"] for badge in mine["possible"]}
    assert progress["streak_master"] == {"current": 12, "target": 30}
    assert progress["social_learner"] == {"current": 2, "target": 5}
    assert progress["rising_star"] == {"current": 730, "target": 1000}
    assert progress["champion"] == {"current": 0, "target": 1}
    assert client.get(f"/achievements/{user['id']}", user=user).data == mine


def test_what_is_reached_but_not_given_yet_is_no_more_than_its_target(client: Client, make: Factory) -> None:
    user = make.user(longest_streak=50)

    possible = {badge["badge"]: badge["progress"] for badge in client.get("/progress/achievements", user=user).data["possible"]}

    assert possible["streak_master"] == {"current": 30, "target": 30}


def test_others_see_what_was_earned_and_nothing_of_what_was_not(client: Client, make: Factory) -> None:
    user = having(make, "first_course")

    seen = client.get(f"/achievements/{user['id']}", user=make.user()).data

    assert slugs(seen["earned"]) == ["first_course"]
    assert "possible" not in seen
    assert "possible" in client.get(f"/achievements/{user['id']}", user=make.user("admin")).data


def test_who_keeps_to_themselves_is_not_there_for_others(client: Client, make: Factory) -> None:
    visitor, admin = make.user(), make.user("admin")
    for kept in (
        {"profile_visibility": "private"},
        {"born_on": date.today() - timedelta(days=365 * 15)},
        {"status": "suspended"},
        {"onboarded_at": None},
        {"status": "erased"},
    ):
        user = having(make, "first_course", **kept)

        reply = client.get(f"/achievements/{user['id']}", user=visitor)

        assert (reply.status, reply.code) == (404, "USER_NOT_FOUND"), kept
        assert client.get(f"/achievements/{user['id']}", user=admin).status == (404 if "erased" in kept.values() else 200)


def test_a_minor_may_show_their_badges(client: Client, make: Factory) -> None:
    user = having(make, "first_course", born_on=date.today() - timedelta(days=365 * 15), profile_visibility="public")

    assert slugs(client.get(f"/achievements/{user['id']}", user=make.user()).data["earned"]) == ["first_course"]


def test_badges_speak_hindi(client: Client, make: Factory) -> None:
    user = having(make, "first_course")

    (earned,) = client.get(f"/achievements/{user['id']}?language=hi", user=user).data["earned"]

    assert earned["name"] == "पहला कोर्स"
    assert "पहला कोर्स" in client.get(earned["iconUrl"].removeprefix("http://127.0.0.1:3000")).text
    refused = client.get(f"/achievements/{user['id']}?language=tlh", user=user)
    assert (refused.status, refused.json["details"][0]["field"]) == (400, "query.language")


def test_the_profile_tells_of_badges(client: Client, make: Factory) -> None:
    user = having(make, "seven_day_streak", "first_step")

    told = client.get(f"/users/{user['id']}/profile", user=make.user()).data["achievements"]

    assert slugs(told) == ["seven_day_streak", "first_step"]
    assert told[0] == {
        "badge": "seven_day_streak",
        "name": "Seven-Day Streak",
        "description": "Learn on seven days in a row.",
        "iconUrl": "http://127.0.0.1:3000/api/v1/badges/seven_day_streak/icon.svg",
        "earnedAt": told[0]["earnedAt"],
    }


def test_everybody_may_see_all_badges_and_keep_them(client: Client) -> None:
    reply = client.get("/badges")

    assert slugs(reply.data) == list(BADGES)
    assert reply.headers["Cache-Control"].startswith("public")
    assert client.get("/badges", headers={"If-None-Match": reply.headers["ETag"]}).status == 304


def test_an_icon_is_kept_for_long_and_asked_for_by_its_tag(client: Client) -> None:
    reply = client.get("/badges/early_bird/icon.svg")

    assert (reply.status, reply.headers["Content-Type"]) == (200, "image/svg+xml")
    assert reply.headers["Cache-Control"].startswith("public, max-age=86400")
    assert not reply.headers["ETag"].startswith("W/")
    again = client.get("/badges/early_bird/icon.svg", headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status, again.text) == (304, "")
    unknown = client.get("/badges/early_worm/icon.svg")
    assert (unknown.status, unknown.code) == (404, "BADGE_NOT_FOUND")
