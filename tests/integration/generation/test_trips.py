"""How often a request asks the database: admission, at most two statements of a read, four and the commit of a write."""

from tests.integration.generation.conftest import ASKED, Studio


def test_requests_ask_seldom(studio: Studio) -> None:
    db = studio.workshop.db
    job = studio.ask()
    failed = studio.ask()
    studio.vendors.order("refusal", target="outline")
    studio.work(failed)
    path = f"/courses/generate/{job}"
    calls = [
        ("POST", "/courses/generate", ASKED, 6),
        ("POST", "/courses/generate-stream", ASKED, 6),
        ("GET", path, None, 3),
        ("GET", f"{path}/status", None, 3),
        ("GET", f"{path}/events", None, 3),
        ("POST", f"/courses/generate/{failed}/retry", None, 6),
        ("DELETE", path, None, 6),
    ]
    for method, path, body, most in calls:
        before = db.trips
        reply = studio.client.call(method, path, body, user=studio.teacher)
        assert reply.status in {200, 202}, reply.text
        assert db.trips - before <= most, (method, path, db.trips - before)
