"""Study time that earns: the day's first stretch, and the one that reaches the week's goal, are told of; no other is."""

from academy.platform.events import Envelope
from functions.events.app import consume
from tests.api import Client
from tests.factories import Factory


def test_a_streak_by_study_time_alone_earns_its_badge_on_the_day(client: Client, make: Factory, published: list[Envelope]) -> None:
    # Given somebody who learned on the six days before
    user = make.user()
    make.execute(
        "update users set created_at = now() - interval '30 days', current_streak = 6, longest_streak = 6, last_learned_at = now() - interval '1 day',"
        " last_learned_on = (now() at time zone time_zone)::date - 1 where id = :id",
        id=user["id"],
    )

    for minutes in (20, 10):
        ended = make.value("select now() - make_interval(mins => :ago)", ago=minutes)
        body = {"timeSpent": 300, "endedAt": ended.isoformat()}
        assert client.post("/progress/time", body, user=user).data["counted"] == 300

    assert [envelope.payload["milestone"] for envelope in published] == ["day"]
    consume("engagement", published[0])
    assert make.rows("select badge from achievements") == [{"badge": "seven_day_streak"}]


def test_the_weekly_goal_is_told_of_when_it_is_reached(client: Client, make: Factory, published: list[Envelope]) -> None:
    # Far from the week's beginning, wherever the test runs
    monday = make.value("select extract(isodow from now() at time zone 'Asia/Kolkata') = 1")
    early = make.value("select extract(hour from now() at time zone 'Asia/Kolkata') < 2")
    zone = "America/Los_Angeles" if monday and early else "Asia/Kolkata"
    user = make.user(weekly_learning_goal=40, time_zone=zone)
    make.execute(
        "update users set created_at = now() - interval '30 days', last_learned_at = now(), last_learned_on = (now() at time zone time_zone)::date + 1"
        " where id = :id",
        id=user["id"],
    )
    # Given 35 minutes since Monday, and an hour before it
    for seconds, start in ((2100, "w"), (3600, "w - interval '1 hour'")):
        make.execute(
            "insert into study_sessions (id, user_id, started_at, ended_at, seconds)"
            f" select gen_random_uuid(), id, {start}, {start}, :seconds from users,"
            " lateral (select date_trunc('week', now() at time zone time_zone) at time zone time_zone as w) x where id = :id",
            id=user["id"],
            seconds=seconds,
        )

    told = []
    for seconds, ago in ((290, 30), (10, 20), (60, 10)):
        ended = make.value("select now() - make_interval(mins => :ago)", ago=ago)
        client.post("/progress/time", {"timeSpent": seconds, "endedAt": ended.isoformat()}, user=user)
        told.append(len(published))

    assert told == [0, 1, 1]
    consume("engagement", published[0])
    assert make.rows("select badge from achievements") == [{"badge": "goal_getter"}]
