"""What asking for a course leaves behind, what is taken as its source, and what its owner hears first."""

import base64
import json
import re

from academy.generation.schemas import LONGEST_SOURCE
from academy.generation.service import needed_micros
from academy.platform import aws
from academy.platform.config import config
from tests.integration.generation.conftest import ASKED, Studio
from tests.integration.generation.test_course import parse
from tests.unit.generation.factories import SOURCE

PATH = "/courses/generate"


def test_what_was_asked_for_is_kept_whole_and_begins_once(studio: Studio) -> None:
    # Given a request that says all that can be said
    asked = {
        "topic": "खमीर",
        "difficulty": "advanced",
        "duration": 300,
        "language": "hi",
        "description": "Wild yeast, and what it does to flour.",
        "objectives": ["Keep a starter alive for a year"],
        "requirements": ["An oven", "Patience"],
        "tags": ["bread", "yeast"],
        "lessonCount": 4,
        "domain": "science",
        "sourceText": SOURCE,
    }
    job_id = studio.ask(**asked)

    # Then the job knows it for its tasks
    (job,) = studio.make.rows("select brief, domain, visibility, source_key, lesson_count from generation_jobs")
    assert job == {
        "domain": "science",
        "visibility": "public",
        "source_key": f"generation/{job_id}/source.txt",
        "lesson_count": 4,
        "brief": {
            **{
                name: asked[name]
                for name in ("topic", "difficulty", "duration", "language", "description", "objectives", "tags", "lessonCount")
            },
            "requirements": "An oven\nPatience",
            "sourceCharacters": len(SOURCE),
            "estimatedMicros": needed_micros(4, len(SOURCE)),
        },
    }
    # And the source is kept as the text that it is
    kept = aws.client("s3").get_object(Bucket=config().bucket, Key=job["source_key"])
    assert (kept["Body"].read().decode(), kept["ContentType"]) == (SOURCE, "text/plain; charset=utf-8")
    # And it has begun, and the log has it
    assert studio.executions() == {job_id: ("RUNNING", {"jobId": job_id})}
    assert studio.log() == [("generation.start", "generation_job", job_id, {"lessons": 4, "visibility": "public"})]


def test_without_a_source_none_is_kept(studio: Studio) -> None:
    studio.ask()

    assert studio.make.rows("select source_key, domain from generation_jobs") == [{"source_key": None, "domain": studio.teacher["domain"]}]
    assert "Contents" not in aws.client("s3").list_objects_v2(Bucket=config().bucket)


def test_a_field_of_study_that_does_not_exist_is_named(studio: Studio) -> None:
    reply = studio.client.post(PATH, {**ASKED, "domain": "alchemy"}, user=studio.teacher)

    assert (reply.status, reply.json["details"][0]["field"]) == (400, "body.domain")


def test_a_students_job_is_for_a_private_course(studio: Studio) -> None:
    studio.teacher = studio.make.user("student")
    studio.ask()

    assert studio.make.value("select visibility from generation_jobs") == "private"
    assert studio.log()[0][3] == {"lessons": 3, "visibility": "private"}


def test_the_budget_is_asked_for_what_is_needed_to_the_last_micro(studio: Studio) -> None:
    # Given somebody who has spent something
    studio.charge(studio.job(status="cancelled"), 12_345)
    needed = 12_345 + needed_micros(3, len(SOURCE))

    for room, status in ((needed - 1, 402), (needed, 202)):
        studio.limit("user", room)
        assert studio.client.post(PATH, {**ASKED, "sourceText": SOURCE}, user=studio.teacher).status == status


def test_the_first_event_says_where_the_others_are(studio: Studio) -> None:
    reply = studio.client.post("/courses/generate-stream", ASKED, user=studio.teacher)

    ((seq, kind, data),) = parse(reply.text)
    job = studio.see(data["jobId"])
    assert (reply.status, seq, kind) == (200, "1", "progress")
    assert reply.headers["Location"] == f"/api/v1{PATH}/{job['jobId']}/events"
    assert data == {name: job[name] for name in ("jobId", "status", "stage", "progress", "eventsUrl", "estimatedCompletion")}


def test_a_form_takes_one_text_of_the_size_that_was_said(studio: Studio) -> None:
    form = studio.client.post(f"{PATH}/sources", {"size": 500}, user=studio.teacher).data

    assert re.fullmatch(rf"sources/{studio.teacher['id']}/[0-9a-f-]{{36}}\.txt", form["sourceKey"])
    assert (form["fields"]["key"], form["fields"]["Content-Type"]) == (form["sourceKey"], "text/plain")
    policy = json.loads(base64.b64decode(form["fields"]["policy"]))
    assert ["content-length-range", 1, 500] in policy["conditions"]


def test_an_uploaded_text_is_taken_as_a_source_up_to_the_last_character(studio: Studio) -> None:
    key = f"sources/{studio.teacher['id']}/one.txt"
    for text in ("x", "é" * LONGEST_SOURCE):
        aws.client("s3").put_object(Bucket=config().bucket, Key=key, Body=f"\n  {text} \n".encode())
        studio.ask(sourceKey=key)

    kept = [row["source_key"] for row in studio.make.rows("select source_key from generation_jobs order by id")]
    sizes = [len(aws.client("s3").get_object(Bucket=config().bucket, Key=one)["Body"].read().decode()) for one in kept]
    assert sizes == [1, LONGEST_SOURCE]


def test_a_source_that_is_not_there_or_not_the_callers_is_missing(studio: Studio) -> None:
    own = f"sources/{studio.teacher['id']}"
    aws.client("s3").put_object(Bucket=config().bucket, Key=f"{own}/../other/one.txt", Body=SOURCE.encode())
    for key in (f"{own}/never-uploaded.txt", f"{own}/../other/one.txt", f"generation/{own}/one.txt"):
        reply = studio.client.post(PATH, {**ASKED, "sourceKey": key}, user=studio.teacher)
        assert (reply.status, reply.code) == (404, "SOURCE_NOT_FOUND"), key


def test_an_uploaded_source_of_anothers_is_no_source(studio: Studio) -> None:
    upload = studio.client.post(f"{PATH}/sources", {"size": 500}, user=studio.teacher).data
    aws.client("s3").put_object(Bucket=config().bucket, Key=upload["sourceKey"], Body=SOURCE.encode())
    reply = studio.client.post(PATH, {**ASKED, "sourceKey": upload["sourceKey"]}, user=studio.make.user("instructor"))
    assert (reply.status, reply.code) == (404, "SOURCE_NOT_FOUND")
    job_id = studio.ask(sourceKey=upload["sourceKey"])
    assert studio.work(job_id) == "SUCCEEDED"
    assert studio.make.value("select count(*) from sections where jsonb_array_length(citations) = 0") == 0


def test_an_upload_that_is_no_text_is_refused(studio: Studio) -> None:
    key = f"sources/{studio.teacher['id']}/one.txt"
    for content in (b"\xff\xfe not utf-8", b"", b"   ", b"NUL \x00 inside", b"x" * (LONGEST_SOURCE + 1)):
        aws.client("s3").put_object(Bucket=config().bucket, Key=key, Body=content)
        reply = studio.client.post(PATH, {**ASKED, "sourceKey": key}, user=studio.teacher)
        assert (reply.status, reply.code) == (422, "SOURCE_NOT_READABLE"), content[:20]
