"""Leaderboards as learners read them."""

import base64
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from academy.engagement.boards import folding
from academy.engagement.boards.closing import tend
from academy.platform.db import Database
from tests.api import Client
from tests.factories import Factory
from tests.integration.engagement.boards import Hall
from tests.integration.engagement.conftest import Earner


@pytest.fixture
def hall(make: Factory, client: Client, db: Database) -> Hall:
    return Hall(make, client, db)


def test_an_event_puts_a_learner_on_every_board_that_it_is_about(earner: Earner) -> None:
    earner.lesson()

    for query in ({"period": "weekly"}, {"period": "monthly"}, {"period": "all"}):
        for scope in ({}, {"domain": "engineering"}, {"courseId": str(earner.course["id"])}):
            reply = earner.client.get("/leaderboard", user=earner.user, query={**query, **scope})
            assert [(row["rank"], row["user"]["id"], row["points"]) for row in reply.data] == [(1, str(earner.user["id"]), 50)], reply.text
            assert reply.json["leaderboard"]["users"] == reply.json["pagination"]["totalCount"] == 1
    elsewhere = earner.client.get("/leaderboard", user=earner.user, query={"domain": "commerce"})
    assert (elsewhere.status, elsewhere.data) == (200, [])


def test_ties_share_a_rank_and_who_got_there_first_stands_first(hall: Hall) -> None:
    a, b, c, d, e = hall.learners(50, 100, 0, 50, 2000)
    hall.award(c, 50)
    hall.award(c, 50)
    hall.fold()

    names = [user["full_name"] for user in (e, b, c, a, d)]

    assert hall.ranks() == list(zip([1, 2, 2, 4, 4], names, [2000, 100, 100, 50, 50], strict=True))


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_by_cursor_and_by_number_are_the_whole_board(hall: Hall, limit: int) -> None:
    """Ties over the edges of pages, points in several ranges of the histogram."""
    hall.learners(50, 100, 50, 3000, 50, 1024, 100, 1023, 50)
    whole = hall.ranks()
    assert [rank for rank, _, _ in whole] == [1, 2, 3, 4, 4, 6, 6, 6, 6]

    by_number, by_cursor, cursor = [], [], None
    for page in range(1, 9 // limit + 2):
        by_number += hall.ranks(limit=limit, page=page)
    while cursor is not False:
        reply = hall.board(limit=limit, **({"cursor": cursor} if cursor else {}))
        by_cursor += [(row["rank"], row["user"]["name"], row["points"]) for row in reply.data]
        cursor = reply.json["pagination"]["nextCursor"] or False

    assert by_number == whole
    assert by_cursor == whole
    assert hall.board(limit=limit, page=50).data == []


def test_what_was_taken_back_and_nothing_are_on_no_board(hall: Hall) -> None:
    first, second, third = hall.learners(50, 60, 70)
    hall.award(first, -50)
    hall.award(second, -100)
    hall.fold()

    assert hall.ranks() == [(1, third["full_name"], 70)]
    assert hall.me(second)["rank"] is None
    assert hall.me(second)["points"] == -40
    assert hall.me(second)["toNextRank"] == 110


def test_my_place_has_neighbours_and_tells_what_is_missing(hall: Hall) -> None:
    users = hall.learners(500, 400, 300, 300, 200, 100, 90, 80)

    mine = hall.me(users[4])

    assert (mine["rank"], mine["points"], mine["listed"], mine["toNextRank"]) == (5, 200, True, 100)
    around = {side: [(place["rank"], place["user"]["id"]) for place in places] for side, places in mine["neighbours"].items()}
    assert around["above"] == [(rank, str(user["id"])) for rank, user in zip((2, 3, 3), users[1:4], strict=True)]
    assert around["below"] == [(rank, str(user["id"])) for rank, user in zip((6, 7, 8), users[5:], strict=True)]
    assert mine["last"] == {"rank": 8, "points": 80}
    assert mine["leaderboard"]["users"] == 8
    assert hall.me(users[0])["toNextRank"] is None
    assert hall.me(users[3])["neighbours"]["above"][-1] == {
        "rank": 3,
        "points": 300,
        "user": {
            "id": str(users[2]["id"]),
            "name": users[2]["full_name"],
            "fullName": users[2]["full_name"],
            "username": users[2]["username"],
            "avatarUrl": None,
        },
    }


def test_without_points_there_is_no_rank_but_the_way_onto_the_board(hall: Hall) -> None:
    users = hall.learners(300, 200, 100, 50)
    nobody = hall.make.user()

    mine = hall.me(nobody)

    assert (mine["rank"], mine["points"], mine["toNextRank"], mine["last"]) == (None, 0, 50, {"rank": 4, "points": 50})
    assert [place["user"]["id"] for place in mine["neighbours"]["above"]] == [str(user["id"]) for user in users[1:]]
    assert mine["neighbours"]["below"] == []
    empty = hall.me(nobody, domain="commerce")
    assert (empty["rank"], empty["toNextRank"], empty["last"], empty["leaderboard"]["users"]) == (None, None, None, 0)


@pytest.mark.parametrize(
    ("gone", "folded"), [({"status": "suspended"}, False), ({"status": "erased"}, True), ({"leaderboard_visibility": "hidden"}, False)]
)
def test_who_may_not_be_shown_is_gone_with_the_next_read_and_ranks_close_up(hall: Hall, gone: dict[str, Any], folded: bool) -> None:
    a, b, c, d = hall.learners(100, 100, 100, 50)

    hall.set(b, **gone)
    if folded:
        hall.fold()

    assert hall.ranks() == [(1, a["full_name"], 100), (1, c["full_name"], 100), (3, d["full_name"], 50)]
    assert hall.board().json["pagination"]["totalCount"] == 3
    assert hall.me(d)["rank"] == 3
    assert [place["rank"] for place in hall.me(d)["neighbours"]["above"]] == [1, 1]
    hall.set(b, status="active", leaderboard_visibility=None)
    hall.fold()
    assert [rank for rank, _, _ in hall.ranks()] == [1, 1, 1, 4]


def test_a_hidden_learner_sees_the_rank_that_they_would_have(hall: Hall) -> None:
    users = hall.learners(300, 200, 100)
    hall.set(users[1], leaderboard_visibility="hidden")
    hall.fold()

    mine = hall.me(users[1])

    assert (mine["rank"], mine["points"], mine["listed"], mine["toNextRank"]) == (2, 200, False, 100)
    assert [place["rank"] for side in ("above", "below") for place in mine["neighbours"][side]] == [1, 2]


def test_a_minor_is_hidden_until_they_come_of_age(hall: Hall) -> None:
    birthday = hall.make.value("select (current_date - interval '18 years')::date")
    grown, child = hall.learners(10, 20)
    hall.set(child, born_on=birthday + timedelta(days=1))
    hall.fold()
    assert hall.ranks() == [(1, grown["full_name"], 10)]

    # As if a day had gone by, of which no row tells.
    hall.make.execute("alter table users disable trigger users_relisted")
    hall.set(child, born_on=birthday)
    tend(hall.db)

    assert [points for _, _, points in hall.ranks()] == [20, 10]


def test_nothing_leads_from_a_pseudonym_to_the_person(hall: Hall) -> None:
    known, unknown, last = hall.learners(300, 200, 100)
    hall.set(unknown, leaderboard_visibility="pseudonym", pseudonym="Quiet Otter", avatar_key="media/avatars/x.png")

    page = hall.board(limit=2)

    assert [row["user"]["name"] for row in page.data] == [known["full_name"], "Quiet Otter"]
    assert page.data[1]["user"] == {"id": None, "name": "Quiet Otter", "fullName": "Quiet Otter", "username": None, "avatarUrl": None}
    for reply in (page, hall.client.get("/leaderboard/me", user=last)):
        for told in (unknown["id"], unknown["username"], unknown["full_name"], unknown["email"]):
            assert str(told) not in reply.text
    cursor = page.json["pagination"]["nextCursor"]
    assert base64.urlsafe_b64decode(cursor + "==") == b"[200, 1]"


NONSENSE: list[tuple[dict[str, Any], str]] = [
    ({"period": "daily"}, "query.period"),
    ({"at": "2026-13-01"}, "query.at"),
    ({"at": "2026-11"}, "query.at"),
    ({"at": "2026-W54"}, "query.at"),
    ({"period": "monthly", "at": "2026-W46"}, "query.at"),
    ({"period": "monthly", "at": "2026-13"}, "query.at"),
    ({"period": "monthly", "at": "９９９９-01"}, "query.at"),
    ({"at": "9000-W01"}, "query.at"),
    ({"period": "all", "at": "2026-11"}, "query.at"),
    ({"domain": "alchemy"}, "query.domain"),
    ({"courseId": "x"}, "query.courseId"),
    ({"domain": "engineering", "courseId": "01a1fecb-ca59-7f26-a29e-bcf21d02c97e"}, "query.domain"),
]


def test_what_makes_no_sense_is_refused_by_its_name(hall: Hall) -> None:
    for path, (query, field) in product(("/leaderboard", "/leaderboard/me"), NONSENSE):
        reply = hall.client.get(path, user=hall.teacher, query=query)

        assert (reply.status, reply.code, [detail["field"] for detail in reply.json["details"]]) == (400, "VALIDATION_FAILED", [field])


def test_limits_and_cursors_of_another_kind_are_refused(hall: Hall) -> None:
    for query, field in (
        ({"limit": 101}, "query.limit"),
        ({"cursor": "WzEsIDk5OTk5OTk5OTldCg"}, "query.cursor"),
        ({"cursor": "x"}, "query.cursor"),
    ):
        reply = hall.board(**query)
        assert (reply.status, reply.json["details"][0]["field"]) == (400, field)


def test_a_course_that_one_may_not_see_has_no_board(hall: Hall) -> None:
    stranger = hall.make.user()
    draft = hall.make.course(hall.teacher, status="draft")

    for course_id in (draft["id"], "01a1fecb-ca59-7f26-a29e-bcf21d02c97e"):
        for path in ("/leaderboard", "/leaderboard/me"):
            reply = hall.client.get(path, user=stranger, query={"courseId": str(course_id)})
            assert (reply.status, reply.code) == (404, "COURSE_NOT_FOUND")
    assert hall.board(courseId=str(draft["id"])).status == 200


def test_everybodys_board_is_the_same_for_everybody_and_asked_for_anew_each_time(hall: Hall) -> None:
    a, b = hall.learners(20, 10)
    first, second = hall.board(reader=a), hall.board(reader=b)

    assert first.text == second.text
    assert first.headers["ETag"] == second.headers["ETag"]
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert hall.client.get("/leaderboard", user=b, headers={"If-None-Match": first.headers["ETag"]}).status == 304
    hall.set(a, status="suspended")
    assert hall.client.get("/leaderboard", user=b, headers={"If-None-Match": first.headers["ETag"]}).status == 200
    assert hall.client.get("/leaderboard/me", user=b).headers["Cache-Control"] == "private, no-store"


def test_a_past_period_stays_readable(hall: Hall) -> None:
    week = f"{hall.last_week.isocalendar().year}-W{hall.last_week.isocalendar().week:02}"
    (user,) = hall.learners(70, day=hall.last_week)

    reply = hall.board(at=week)

    assert [row["points"] for row in reply.data] == [70]
    board = reply.json["leaderboard"]
    assert (board["at"], board["to"], board["closed"]) == (week, hall.last_week.isoformat(), False)
    assert hall.me(user)["rank"] is None
    assert hall.me(user, at=week)["rank"] == 1
    assert hall.board(at="2020-W53").data == []
    assert hall.close()["closed"] >= 3
    assert hall.board(at=week).json["leaderboard"]["closed"] is True
    assert date.fromisoformat(hall.board().json["leaderboard"]["from"]) > hall.last_week


def test_one_folder_at_a_time_takes_bounded_pieces(hall: Hall, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "ROWS_AT_ONCE", 2)
    (user,) = hall.learners(0)
    for _ in range(5):
        hall.award(user, 10)
    other = Database(database_url).connection()
    other.command("begin")
    other.run("select pg_advisory_xact_lock(hashtextextended('leaderboards', 0))")

    assert hall.fold() == 0
    other.command("rollback")
    other.close()
    assert folding.fold(hall.db, pieces=2) == 4
    assert hall.fold() == 1
    assert [points for _, _, points in hall.ranks()] == [50]


def test_of_many_who_are_to_be_hidden_a_piece_takes_some(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "PEOPLE_AT_ONCE", 1)
    for user in hall.learners(10, 20):
        hall.set(user, leaderboard_visibility="hidden")

    folding.fold(hall.db, pieces=1)
    assert hall.make.value("select count(distinct user_id) from leaderboard_scores where listed") == 1

    hall.fold()
    assert hall.make.value("select count(distinct user_id) from leaderboard_scores where listed") == 0
