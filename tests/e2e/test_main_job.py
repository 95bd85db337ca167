"""The academy's main job on the running system: written by AI, approved, taken to the end, certified, verified by a stranger."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from academy.platform.db import Database, sql
from infra.local.settings import PASSWORD
from tests.e2e.conftest import ROOT, LiveAcademy
from tests.push import Browsers

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SOURCE = """
Photosynthesis turns light into chemical energy. It happens in the chloroplasts of plant cells.
Chlorophyll absorbs red and blue light and reflects green, which is why leaves look green.

The light reactions split water, release oxygen and make ATP and NADPH in the thylakoid membranes.

The Calvin cycle uses that ATP and NADPH to fix carbon dioxide into sugars in the stroma.

Stomata are pores of the leaf. They let carbon dioxide in and water vapour out, and close when water is short.
"""
Headers = dict[str, str]


def sign_in(web: httpx.Client, email: str) -> Headers:
    reply = web.post("/api/v1/auth/signin", json={"email": email, "password": PASSWORD})
    assert reply.status_code == 200, reply.text
    return {"Authorization": f"Bearer {reply.json()['data']['accessToken']}"}


def eventually(look: Callable[[], Any], what: str, seconds: float = 90) -> Any:
    """What `look` finds, as soon as it is truthy."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.5)
    return found


@dataclass
class Story:
    """What the steps of the story hand on."""

    web: httpx.Client
    teacher: Headers
    admin: Headers
    student: Headers
    browsers: Browsers
    ids: dict[str, str] = field(default_factory=dict)
    certificate: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module")
def story(academy: LiveAcademy) -> Iterator[Story]:
    """The whole story, once: each test then looks at one part of it."""
    with httpx.Client(base_url=academy.url, timeout=60) as web:
        told = Story(
            web,
            sign_in(web, "instructor2@academy.test"),
            sign_in(web, "admin@academy.test"),
            sign_in(web, "student3@academy.test"),
            Browsers(academy.settings.push_url),
        )
        subscribe(told)
        generate(told)
        publish(told)
        learn(told)
        certify(told)
        yield told


def subscribe(story: Story) -> None:
    key = story.web.get("/api/v1/notifications/push-key").json()["data"]["publicKey"]
    reply = story.web.put("/api/v1/notifications/push-subscriptions", headers=story.student, json=story.browsers.subscribe(key))
    assert reply.status_code == 200, reply.text


def generate(story: Story) -> None:
    reply = story.web.post(
        "/api/v1/courses/generate",
        headers=story.teacher,
        json={"topic": "Photosynthesis", "difficulty": "beginner", "duration": 60, "lessonCount": 3, "sourceText": SOURCE},
    )
    assert reply.status_code == 202, reply.text
    story.ids["job"] = reply.json()["data"]["jobId"]
    seen: list[int] = []

    def finished() -> dict[str, Any] | None:
        job: dict[str, Any] = story.web.get(f"/api/v1/courses/generate/{story.ids['job']}", headers=story.teacher).json()["data"]
        seen.append(job["progress"])
        assert job["status"] not in {"failed", "cancelled"}, job
        return job if job["status"] == "completed" else None

    job = eventually(finished, "the course to be written", 180)
    assert seen == sorted(seen), "progress never moves back"
    assert job["usage"]["costMicros"] > 0
    story.ids["course"] = job["courseId"]


def publish(story: Story) -> None:
    course = story.ids["course"]
    assert story.web.post(f"/api/v1/courses/{course}/submit", headers=story.teacher).status_code == 200
    queue = story.web.get("/api/v1/admin/courses", params={"status": "in_review", "limit": 100}, headers=story.admin).json()["data"]
    assert course in {row["id"] for row in queue}
    assert story.web.post(f"/api/v1/admin/courses/{course}/approve", headers=story.admin).status_code == 200


def learn(story: Story) -> None:
    course = story.ids["course"]
    assert story.web.post(f"/api/v1/courses/{course}/enroll", headers=story.student).status_code == 201
    page = story.web.get(f"/api/v1/courses/{course}", headers=story.student).json()["data"]
    last: dict[str, Any] = {}
    for module in page["modules"]:
        for lesson in module["lessons"]:
            for section in lesson["sections"]:
                story.ids["section"] = section["id"]
                reply = story.web.post(
                    "/api/v1/progress/section",
                    headers=story.student,
                    json={"courseId": course, "lessonId": lesson["id"], "sectionId": section["id"], "completed": True, "timeSpent": 20},
                )
                assert reply.status_code == 200, reply.text
                last = reply.json()["data"]
    assert (last["courseCompleted"], last["completionPercentage"]) == (True, 100)


def certify(story: Story) -> None:
    def issued() -> dict[str, Any] | None:
        rows = story.web.get("/api/v1/certificates", headers=story.student).json()["data"]
        return next((row for row in rows if row["courseId"] == story.ids["course"] and row["status"] == "issued"), None)

    story.certificate = eventually(issued, "the certificate")


def test_every_section_cites_passages_of_the_source(story: Story) -> None:
    reply = story.web.get(f"/api/v1/sections/{story.ids['section']}", headers=story.teacher)

    assert reply.status_code == 200
    section = reply.json()["data"]
    assert len(section["content"]) >= 100
    assert section["citations"]


def test_the_events_of_the_job_can_be_heard_again_from_any_point(story: Story) -> None:
    path = f"/api/v1/courses/generate/{story.ids['job']}/events"
    everything = story.web.get(path, headers=story.teacher)
    ids = [int(number) for number in re.findall(r"^id: (\d+)$", everything.text, re.MULTILINE)]

    rest = story.web.get(path, headers={**story.teacher, "Last-Event-ID": str(ids[-2])})

    assert everything.headers["content-type"].startswith("text/event-stream")
    assert ids == list(range(1, len(ids) + 1))
    assert "event: complete" in everything.text
    assert re.findall(r"^id: (\d+)$", rest.text, re.MULTILINE) == [str(ids[-1])]


def test_a_misspelt_search_finds_the_course(story: Story) -> None:
    reply = story.web.get("/api/v1/courses", params={"search": "photosynthsis"}).json()

    assert story.ids["course"] in {row["id"] for row in reply["data"]}


def test_the_thumbnail_is_there_for_everybody(story: Story) -> None:
    page = story.web.get(f"/api/v1/courses/{story.ids['course']}").json()["data"]

    picture = story.web.get(page["thumbnailUrl"])

    assert picture.status_code == 200
    assert picture.headers["content-type"].startswith("image/")


def test_the_certificate_says_what_it_should_on_paper(story: Story, tmp_path: Path) -> None:
    link = story.web.get(f"/api/v1/certificates/{story.certificate['id']}/download", headers=story.student)
    assert link.status_code == 302
    pdf = httpx.get(link.headers["location"])

    assert pdf.status_code == 200
    (tmp_path / "certificate.pdf").write_bytes(pdf.content)
    words = subprocess.run(["pdftotext", "-layout", tmp_path / "certificate.pdf", "-"], capture_output=True, text=True, check=True).stdout
    assert story.certificate["learner"] in words
    assert story.certificate["serial"] in words


def test_a_stranger_verifies_it(story: Story) -> None:
    serial = story.certificate["serial"]

    verdict = httpx.get(f"{story.web.base_url}/api/v1/certificates/verify/{serial}").json()["data"]
    page = httpx.get(f"{story.web.base_url}/verify/{serial}")

    assert (verdict["valid"], verdict["learner"]) == (True, story.certificate["learner"])
    assert page.status_code == 200
    assert story.certificate["learner"] in page.text
    wrong = serial[:-1] + ("0" if serial[-1] != "0" else "1")
    assert httpx.get(f"{story.web.base_url}/verify/{wrong}").status_code == 404


def test_the_learner_was_told(story: Story, academy: LiveAcademy) -> None:
    """One mail, though events come at least once."""

    def mailed() -> list[Any]:
        accounts = httpx.get(academy.variables["INBOX_URL"]).json()["messages"].values()
        return [mail for mails in accounts for mail in mails if story.certificate["serial"] in mail["BodyText"]]

    (letter,) = eventually(mailed, "the mail")
    link = re.search(r"https?://\S+/notifications/unsubscribe\?token=\S+", letter["BodyText"])
    assert link is not None
    page = httpx.get(link[0])
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<button>" in page.text

    def shown() -> list[Any]:
        return [each for each in story.browsers.shown() if each["notification"]["navigate"].endswith(story.certificate["serial"])]

    assert len(eventually(shown, "the message in the browser")) == 1


def test_an_address_that_bounced_is_left_alone(story: Story, academy: LiveAcademy) -> None:
    """From the queue on: only SES itself may put its events on the bus, and the local one has no mail servers that refuse."""
    event = json.loads(json.loads((ROOT / "events/ses/permanent_bounce.json").read_text())["Records"][0]["body"])
    event["detail"]["bounce"]["bouncedRecipients"][0]["emailAddress"] = "nobody@academy.test"
    academy.aws("sqs").send_message(QueueUrl=academy.stack.outputs["FeedbackQueueUrl"], MessageBody=json.dumps(event))

    database = Database(academy.variables["DATABASE_URL"])
    known = sql("select cause from email_suppressions where address = sha256('nobody@academy.test')")
    assert eventually(lambda: database.read(lambda work: work.value(known)), "the address to be noted") == "bounce"
    database.discard()


def test_a_suspended_learner_is_out_on_the_next_request(story: Story) -> None:
    student = sign_in(story.web, "student9@academy.test")
    me = story.web.get("/api/v1/auth/check", headers=student).json()["data"]["user"]["id"]
    try:
        assert (
            story.web.post(f"/api/v1/users/{me}/suspend", headers=story.admin, json={"reason": "A test of suspension."}).status_code == 200
        )
        reply = story.web.get("/api/v1/enrollments", headers=student)
    finally:
        story.web.post(f"/api/v1/users/{me}/reinstate", headers=story.admin)

    assert (reply.status_code, reply.json()["code"]) == (403, "ACCOUNT_SUSPENDED")


def test_signing_out_ends_the_access_token_too(story: Story) -> None:
    student = sign_in(story.web, "student8@academy.test")
    assert story.web.get("/api/v1/enrollments", headers=student).status_code == 200

    assert story.web.post("/api/v1/auth/logout", headers=student).status_code == 204

    assert story.web.get("/api/v1/enrollments", headers=student).status_code == 401


def test_older_clients_find_the_same_under_their_base_path(story: Story) -> None:
    assert story.web.get("/api/courses").status_code == 200
    assert story.web.get("/api/v1/nothing").json()["code"] == "ROUTE_NOT_FOUND"


def test_only_the_frontends_origins_may_read(story: Story) -> None:
    ours = story.web.get("/api/v1/courses", headers={"Origin": "http://localhost:5173"})
    theirs = story.web.get("/api/v1/courses", headers={"Origin": "https://evil.example"})

    assert ours.headers["access-control-allow-origin"] == "http://localhost:5173"
    assert "access-control-allow-origin" not in theirs.headers
