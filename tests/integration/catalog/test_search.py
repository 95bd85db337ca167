"""Courses found: by words, typing errors, beginnings, filters, in every order and page by page."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from academy.platform.db import Database
from tests.api import Client, Reply
from tests.factories import Factory
from tests.integration.catalog.writing import listed


def _titles(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.text
    return [row["title"] for row in reply.data]


def _search(client: Client, words: str, **filters: Any) -> Reply:
    return client.get("/courses", query={"search": words, **filters})


def test_a_card_says_what_a_card_shows(client: Client, make: Factory, db: Database) -> None:
    teacher = make.user("instructor")
    course = listed(db, make, teacher, "Only one", tags=["Maths"], rating_count=3, rating_sum=13, thumbnail_key="media/thumbnails/1.png")[0]

    card = client.get("/courses").data[0]

    assert card == {
        "id": str(course["id"]),
        "title": "Only one",
        "description": course["description"],
        "domain": "engineering",
        "category": "programming",
        "difficulty": "beginner",
        "language": "en",
        "thumbnailUrl": "http://127.0.0.1:3000/media/thumbnails/1.png",
        "price": 0,
        "currency": "INR",
        "instructor": {"id": str(teacher["id"]), "fullName": teacher["full_name"]},
        "averageRating": 4.33,
        "totalRatings": 3,
        "totalEnrollments": 0,
        "moduleCount": 0,
        "lessonCount": 0,
        "sectionCount": 0,
        "estimatedMinutes": 0,
        "tags": ["Maths"],
        "publishedAt": card["publishedAt"],
        "status": "published",
    }


def test_only_what_is_published_for_everybody_is_found(client: Client, make: Factory, db: Database) -> None:
    teacher = make.user("instructor")
    for number, status in enumerate(["draft", "in_review", "rejected", "archived"]):
        make.course(teacher, title=f"Hidden {number}", status=status, rejection_reason="No.")
    make.course(teacher, title="Hidden private", visibility="private")
    make.course(teacher, title="Hidden deleted", deleted_at=datetime.now(UTC))
    listed(db, make, teacher, "Shown")

    assert _titles(client.get("/courses")) == ["Shown"]
    assert _titles(_search(client, "hidden")) == []


def test_titles_with_all_words_come_before_titles_with_some_before_mere_mentions(client: Client, make: Factory, db: Database) -> None:
    teacher = make.user("instructor")
    listed(db, make, teacher, "Cooking rice", description="With a little machine learning on the side.", total_enrollments=9000)
    listed(db, make, teacher, "Learning to sail", description="Know the machine under the deck.", total_enrollments=500)
    listed(db, make, teacher, "Machine learning", total_enrollments=1)
    listed(db, make, teacher, "Deep machine learning", total_enrollments=10)
    listed(db, make, teacher, "Machines of the past")

    assert _titles(_search(client, "machine learning")) == ["Deep machine learning", "Machine learning", "Learning to sail", "Cooking rice"]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("pyhton", "python"),
        ("Pythn", "python"),
        ("databse desgin", "database design"),
        ("javscript", "javascript"),
        ("photografy", "photography"),
        ("hpotography", "photography"),
        ("potograhy", "photography"),
        ("aphotographay", "photography"),
    ],
)
def test_typing_errors_are_corrected_and_told(client: Client, make: Factory, db: Database, words: str, meant: str) -> None:
    listed(db, make, make.user("instructor"), "Python", "Database design", "JavaScript", "Photography")

    reply = _search(client, words)

    assert [title.lower() for title in _titles(reply)] == [meant]
    assert reply.json["didYouMean"] == meant


def test_null_is_a_word(client: Client, make: Factory, db: Database) -> None:
    teacher = make.user("instructor")
    course = client.post(
        "/courses",
        {
            "title": "Values that are not",
            "description": "What a value is that is not there.",
            "domain": "engineering",
            "category": "programming",
            "difficulty": "beginner",
            "tags": ["null"],
        },
        user=teacher,
    )
    listed(db, make, teacher, "Null and void", "Something")

    assert course.data["tags"] == ["null"]
    assert _titles(_search(client, "null")) == ["Null and void"]


def test_words_that_exist_are_not_corrected(client: Client, make: Factory, db: Database) -> None:
    listed(db, make, make.user("instructor"), "Java", "Lava")

    reply = _search(client, "lava")

    assert _titles(reply) == ["Lava"]
    assert "didYouMean" not in reply.json


@pytest.mark.parametrize("words", ["prog", "Programm", "programs", "programmed", "intro prog"])
def test_the_last_word_may_be_a_beginning_and_forms_of_words_are_one(client: Client, make: Factory, db: Database, words: str) -> None:
    listed(db, make, make.user("instructor"), "Intro to programming", "Pottery", category="art")

    assert _titles(_search(client, words)) == ["Intro to programming"]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Node.js in practice", "node.js"),
        ("Café économie", "cafe economie"),
        ("हिन्दी साहित्य", "साहित्य"),
        ("தமிழ் இலக்கணம்", "இலக்கணம்"),
        ("E-mail & manners", "e-mail"),
        ("Rock'n'roll", "rock'n'roll"),
    ],
)
def test_signs_accents_and_scripts_are_no_obstacle(client: Client, make: Factory, db: Database, title: str, words: str) -> None:
    listed(db, make, make.user("instructor"), title, "Something else")

    assert _titles(_search(client, words)) == [title]


@pytest.mark.parametrize(
    "words",
    [
        "%",
        "_",
        "\\",
        "'",
        "''; drop table courses; --",
        ":*",
        "!a & (b | c)",
        "a:*&",
        "<->",
        "$99",
        ":both",
        "the",
        "x" * 200,
        "\u202e",
        "a" + " b" * 90,
        "🙂",
    ],
)
def test_no_sign_breaks_the_search(client: Client, make: Factory, db: Database, words: str) -> None:
    listed(db, make, make.user("instructor"), "Pottery")

    assert _titles(_search(client, words)) == []
    assert _titles(client.get("/courses")) == ["Pottery"]


def test_nul_in_a_search_is_refused(client: Client) -> None:
    assert client.get("/courses?search=a%00b").status == 400


def test_instructors_and_tags_and_lessons_are_found_too(client: Client, make: Factory, db: Database) -> None:
    teacher = make.user("instructor", full_name="Meenakshi Sundaram")
    course = make.course(teacher, title="Waves", tags=["Oscillation"])
    make.lesson(make.module(course), title="Pendulums")
    listed(db, make, make.user("instructor"), "Pottery")

    for words in ("meenakshi", "oscillation", "pendulum", "minakshi"):
        assert _titles(_search(client, words)) == ["Waves"], words


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"domain": "law"}, {"Law"}),
        ({"domain": "LAW"}, {"Law"}),
        ({"category": "music"}, {"Song"}),
        ({"difficulty": "advanced"}, {"Hard"}),
        ({"tag": "green"}, {"Tagged"}),
        ({"tag": "GREEN", "free": "true"}, {"Tagged"}),
        ({"tag": "gre"}, set()),
        ({"language": "hi"}, {"Hindi"}),
        ({"free": "false"}, {"Dear"}),
        ({"free": "true", "language": "en", "domain": "engineering"}, {"Song", "Hard", "Tagged"}),
        ({"search": "the", "domain": "law"}, set()),
        ({"search": "engineer", "category": "music"}, {"Song"}),
        ({"search": "engineer", "category": "music", "sort": "price"}, {"Song"}),
        ({"domain": "nowhere"}, set()),
    ],
)
def test_filters_narrow(client: Client, make: Factory, db: Database, filters: dict[str, str], found: set[str]) -> None:
    teacher = make.user("instructor")
    make.course(teacher, title="Law", domain="law")
    make.course(teacher, title="Song", category="music")
    make.course(teacher, title="Hard", difficulty="advanced")
    make.course(teacher, title="Tagged", tags=["Green", "Blue"])
    make.course(teacher, title="Hindi", language="hi")
    listed(db, make, teacher, "Dear", price=100)

    reply = client.get("/courses", query=filters)

    assert set(_titles(reply)) == found
    assert reply.json["pagination"]["totalCount"] == len(found)


def test_an_instructors_courses_are_found_by_their_id(client: Client, make: Factory, db: Database) -> None:
    one, other = make.user("instructor"), make.user("instructor")
    listed(db, make, one, "One")
    listed(db, make, other, "Other")

    assert _titles(client.get(f"/courses?instructorId={other['id']}")) == ["Other"]


@pytest.mark.parametrize(
    "query",
    ["category=cooking", "difficulty=hard", "instructorId=7", "free=perhaps", "sort=random", "limit=0", "limit=101", "limit=x", "page=0", "page=-1",
     "status=gone", "cursor=%00", "search=" + "x" * 201],
)  # fmt: skip
def test_wrong_parameters_are_named(client: Client, query: str) -> None:
    reply = client.get(f"/courses?{query}")

    assert (reply.status, reply.code) == (400, "VALIDATION_FAILED")
    assert reply.json["details"][0]["field"] == f"query.{query.partition('=')[0]}"


ORDERS = {
    "newest": [4, 3, 2, 1, 0],
    "popular": [2, 0, 4, 3, 1],
    "rating": [1, 3, 4, 2, 0],
    "price": [3, 1, 0, 2, 4],
}


def _shelf(make: Factory, db: Database, teacher: dict[str, Any]) -> list[str]:
    """Five courses that every order puts differently; number 3 and 4 tie in nothing."""
    now = datetime.now(UTC)
    facts = [(50, (10, 20), 300), (1, (4, 20), 200), (70, (10, 25), 400), (20, (2, 9), 0), (30, (3, 12), 900)]
    courses = [
        make.course(
            teacher,
            title=f"Shelf {n}",
            total_enrollments=enrolled,
            rating_count=ratings[0],
            rating_sum=ratings[1],
            price=price,
            published_at=now + timedelta(minutes=n),
            created_at=now + timedelta(minutes=n),
        )
        for n, (enrolled, ratings, price) in enumerate(facts)
    ]
    listed(db, make, teacher)
    return [str(course["id"]) for course in courses]


@pytest.mark.parametrize("scope", ["all", "search", "mine"])
@pytest.mark.parametrize("sort", ["newest", "popular", "rating", "price"])
def test_every_order_reads_the_same_by_page_and_by_cursor(client: Client, make: Factory, db: Database, sort: str, scope: str) -> None:
    teacher = make.user("instructor")
    ids = _shelf(make, db, teacher)
    query = {
        "sort": sort,
        "limit": "2",
        **({"search": "shelf"} if scope == "search" else {}),
        **({"mine": "true"} if scope == "mine" else {}),
    }
    user = teacher if scope == "mine" else None

    pages = [client.get("/courses", query={**query, "page": n}, user=user) for n in (1, 2, 3)]
    seen, cursor = list(pages[0].data), pages[0].json["pagination"]["nextCursor"]
    while cursor:
        reply = client.get("/courses", query={**query, "cursor": cursor}, user=user)
        assert reply.json["pagination"]["totalCount"] is None
        seen += reply.data
        cursor = reply.json["pagination"]["nextCursor"]

    expected = [ids[n] for n in ORDERS[sort]]
    assert [row["id"] for page in pages for row in page.data] == expected
    assert [row["id"] for row in seen] == expected
    assert pages[1].json["pagination"] == {
        "page": 2,
        "limit": 2,
        "totalCount": 5,
        "totalPages": 3,
        "hasNext": True,
        "hasPrev": True,
        "nextCursor": pages[1].json["pagination"]["nextCursor"],
    }


def test_a_search_by_relevance_reads_on_across_its_tiers(client: Client, make: Factory, db: Database) -> None:
    teacher = make.user("instructor")
    listed(db, make, teacher, *[f"Deep water {n}" for n in range(3)])
    listed(db, make, teacher, *[f"Water {n}" for n in range(3)], description="How deep it can be.")
    listed(db, make, teacher, *[f"Swimming {n}" for n in range(3)], description="In deep water, of course.")

    by_page = [_search(client, "deep water", limit=2, page=n) for n in range(1, 6)]
    seen, cursor = list(by_page[0].data), by_page[0].json["pagination"]["nextCursor"]
    while cursor:
        reply = _search(client, "deep water", limit=2, cursor=cursor)
        seen += reply.data
        cursor = reply.json["pagination"]["nextCursor"]

    assert len(seen) == len({row["id"] for row in seen}) == 9
    assert [row["id"] for page in by_page for row in page.data] == [row["id"] for row in seen]
    assert [row["title"].rstrip("012 ") for row in seen] == ["Deep water"] * 3 + ["Water"] * 3 + ["Swimming"] * 3


def _cursor(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "AAAA",
        _cursor(),
        _cursor("2026-01-01T00:00:00Z"),
        _cursor("yesterday-ish", "x"),
        _cursor("2026-01-01T00:00:00Z", "' or 1=1"),
        _cursor(1, 2),
        _cursor(None, None),
        _cursor({"a": 1}, []),
        _cursor("2026-01-01T00:00:00Z", "\x00"),
    ],
)
def test_a_cursor_that_was_tampered_with_is_refused(client: Client, cursor: str) -> None:
    reply = client.get("/courses", query={"cursor": cursor})

    assert (reply.status, reply.code) == (400, "VALIDATION_FAILED")


def test_a_cursor_of_another_order_is_refused(client: Client, make: Factory, db: Database) -> None:
    _shelf(make, db, make.user("instructor"))
    cursor = client.get("/courses?sort=price&limit=1").json["pagination"]["nextCursor"]

    assert client.get("/courses", query={"sort": "newest", "cursor": cursor}).status == 400
    assert client.get("/courses", query={"search": "shelf", "cursor": cursor}).status == 400


def test_mine_are_mine_drafts_included(client: Client, make: Factory, db: Database) -> None:
    teacher = make.user("instructor")
    make.course(teacher, title="Half written draft", status="draft")
    make.course(make.user("instructor"), title="Somebody's draft", status="draft")
    listed(db, make, teacher, "Finished")

    assert _titles(client.get("/courses?mine=true", user=teacher)) == ["Finished", "Half written draft"]
    assert _titles(client.get("/courses?mine=true&status=draft", user=teacher)) == ["Half written draft"]
    assert _titles(client.get("/courses?mine=true&search=writt", user=teacher)) == ["Half written draft"]
    assert (client.get("/courses?mine=true").status, client.get("/courses?mine=true").code) == (401, "UNAUTHENTICATED")


def test_lists_are_cached_for_everybody_and_private_for_callers(client: Client, make: Factory, db: Database) -> None:
    teacher = make.user("instructor")
    listed(db, make, teacher, "Shown")

    first = client.get("/courses")
    again = client.get("/courses", headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "public, max-age=60, stale-while-revalidate=300"
    assert (again.status, again.text) == (304, "")
    assert client.get("/courses", user=teacher).headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(("query", "trips"), [("", 1), ("?sort=popular&domain=law", 1), (f"?search={quote('deep watr')}", 2)])
def test_a_page_of_cards_is_one_statement_and_a_search_two(client: Client, make: Factory, db: Database, query: str, trips: int) -> None:
    listed(db, make, make.user("instructor"), "Deep water")
    client.get("/courses")
    before = db.trips

    client.get(f"/courses{query}")

    assert db.trips - before == trips + 1  # and one for admission
