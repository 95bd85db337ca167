"""S3, EventBridge, Step Functions, Cognito, SES, Secrets Manager: down, slow, throttling, wrong, denied.

The product's own clients against sockets that refuse, keep silent or answer wrong: what a caller sees, and what is tried again by whom.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError
from botocore.exceptions import ClientError

from academy.certificates import tasks as certificates
from academy.generation.objects import Bucket, StorageUnavailable
from academy.generation.vendors import VendorRejected, VendorUnavailable
from academy.identity import accounts as people
from academy.identity import cognito
from academy.identity.cognito import CognitoAccounts
from academy.platform import aws, events, outbox, storage
from academy.platform.auth import tokens
from academy.platform.db import Database
from academy.platform.errors import Unavailable
from academy.platform.events import put as put_on_the_bus
from functions.events import app as consumers
from functions.generation_tasks import app as generation_tasks
from functions.schedules import app as schedules
from tests.api import Client, Reply
from tests.cloud import mocked_cloud
from tests.factories import Factory
from tests.failure import limits
from tests.failure.sockets import answering, nobody, silence
from tests.failure.ways import HTML, PASSING, WAYS, failing
from tests.integration.platform.test_consumers import CONTEXT, message
from tests.issuer import Issuer

ASKED = {"topic": "Sourdough", "difficulty": "beginner", "lessonCount": 3}
SOURCE = "Flour, water, salt and time make bread. " * 20


def told_to_come_back(reply: Reply) -> None:
    assert (reply.status, reply.code) == (503, "TEMPORARILY_UNAVAILABLE")
    assert 1 <= int(reply.headers["Retry-After"]) <= 60
    assert not [word for word in ("boto", "aws", "Throttling", "SlowDown", "127.0.0.1", "html") if word in reply.text]


@pytest.fixture(autouse=True)
def forget_clients() -> Iterator[None]:
    yield
    aws.client.cache_clear()
    generation_tasks.forget_keys()


# ---- S3 ----


def test_a_source_that_can_not_be_kept_begins_nothing(client: Client, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    teacher = make.user("instructor")
    for way in WAYS:
        with failing("s3", way, monkeypatch):
            reply = client.post("/courses/generate", {**ASKED, "sourceText": SOURCE}, user=teacher)
        if way == "denied":
            assert (reply.status, reply.code) == (500, "INTERNAL"), "what a deployment may not do is a mistake of ours"
        else:
            told_to_come_back(reply)
    assert make.value("select count(*) from generation_jobs") == 0


def test_an_uploaded_source_that_can_not_be_read_is_not_called_missing(
    client: Client, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = make.user("instructor")
    for way in PASSING:
        with failing("s3", way, monkeypatch):
            told_to_come_back(client.post("/courses/generate", {**ASKED, "sourceKey": f"sources/{teacher['id']}/a.txt"}, user=teacher))
    with failing("s3", "denied", monkeypatch):
        reply = client.post("/courses/generate", {**ASKED, "sourceKey": f"sources/{teacher['id']}/a.txt"}, user=teacher)
    assert (reply.status, reply.code) == (404, "SOURCE_NOT_FOUND"), "so S3 speaks of what is not there to those who may not list"


@pytest.mark.parametrize("way", WAYS)
def test_storage_has_an_error_that_the_state_machine_retries(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    with failing("s3", way, monkeypatch) as calls, pytest.raises(ClientError if way == "denied" else StorageUnavailable):
        Bucket().put("generation/1/outline.json", b"{}", content_type="application/json")
    assert len(calls.seen) == {"down": 0, "denied": 1}.get(way, aws.USUAL.attempts)


@pytest.mark.parametrize("way", WAYS)
def test_a_certificate_that_can_not_be_stored_is_tried_again(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    with failing("s3", way, monkeypatch), pytest.raises(certificates.StorageUnavailable), certificates._named_errors():
        storage.put("certificates/1.pdf", b"%PDF", content_type="application/pdf")


# ---- EventBridge ----


def test_an_event_that_can_not_be_published_costs_the_caller_nothing_and_is_swept(
    client: Client, make: Factory, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "put", put_on_the_bus)
    student = make.user()
    for number, way in enumerate(WAYS, start=1):
        course = make.course(make.user("instructor"))
        with failing("events", way, monkeypatch) as calls:
            assert client.post(f"/courses/{course['id']}/enroll", user=student).status == 201
        assert make.value("select count(*) from outbox where published_at is null") >= number
        assert len(calls.seen) == {"down": 0, "denied": 1}.get(way, aws.PATIENCE["events"].attempts)

    make.execute("update outbox set occurred_at = now() - interval '1 hour'")
    assert outbox.waiting(db) > 0, "which is what the alarm looks at"
    assert limits.resources("AWS::CloudWatch::Alarm")["OutboxAlarm"]["MetricName"] == "waiting"
    seen: list[str] = []
    monkeypatch.setattr(events, "put", lambda envelopes: [seen.append(one.kind) or one.id for one in envelopes])  # type: ignore[func-returns-value]
    assert schedules.handler({"task": "publish_outbox"}, CONTEXT)["published"] == len(seen) > 0
    assert outbox.waiting(db) == 0


def test_one_event_that_the_bus_never_takes_holds_up_no_other(make: Factory, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(25):
        make.execute(
            "insert into outbox (id, kind, version, payload, occurred_at) values (gen_random_uuid(), :kind, 1, '{}', now() - interval '1 hour')",
            kind="bad" if number % 2 else "good",
        )
    monkeypatch.setattr(events, "put", lambda envelopes: [one.id for one in envelopes if one.kind == "good"])

    assert outbox.sweep(db) == 13
    assert outbox.waiting(db) == 12


def test_a_slow_bus_does_not_undo_what_was_marked(make: Factory, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each transaction of the sweep waits for one call: what went out is marked although the next call fails."""
    for _ in range(15):
        make.execute(
            "insert into outbox (id, kind, version, payload, occurred_at) values (gen_random_uuid(), 'a', 1, '{}', now() - interval '1 hour')"
        )
    calls: list[int] = []

    def put(envelopes: list[events.Envelope]) -> list[str]:
        calls.append(len(envelopes))
        if len(calls) > 1:
            raise TimeoutError("the bus is slow")
        return [one.id for one in envelopes]

    monkeypatch.setattr(events, "put", put)
    with pytest.raises(TimeoutError):
        outbox.sweep(db)
    assert make.value("select count(*) from outbox where published_at is not null") == events.MAX_ENTRIES


# ---- Step Functions ----


def test_a_generation_that_can_not_be_started_is_accepted_and_started_by_the_schedule(
    client: Client, make: Factory, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = make.user("instructor")
    for way in WAYS:
        with failing("stepfunctions", way, monkeypatch):
            assert client.post("/courses/generate", ASKED, user=teacher).status == 202
    assert make.rows("select distinct status from generation_jobs") == [{"status": "queued"}]

    make.execute("update generation_jobs set updated_at = now() - interval '2 minutes'")
    with mocked_cloud(monkeypatch, issuer):
        assert schedules.handler({"task": "tend_generation"}, CONTEXT)["started"] == len(WAYS)


def test_a_certificate_that_can_not_be_begun_is_asked_for_again(client: Client, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the learner, who is told so; by the queue, which keeps the event."""
    student, course = make.user(), make.course(make.user("instructor"))
    make.enrollment(student, course, status="completed", completed_at="2026-01-01T00:00:00Z")
    completed = event("course.completed", course["id"], userId=str(student["id"]), courseId=str(course["id"]))
    for way in WAYS:
        with failing("stepfunctions", way, monkeypatch):
            told_to_come_back(client.post(f"/courses/{course['id']}/certificate", user=student))
            fails(completed, "certificates")
    assert make.value("select count(*) from consumed_events") == 0


# ---- SES ----


def test_a_mail_that_can_not_be_sent_stays_in_the_queue(client: Client, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    student = make.user()
    one = str(student["id"])
    issued = event("certificate.issued", one, userId=one, certificateId=one, courseId=one, courseTitle="Bridges", serial="A")
    for way in WAYS:
        with failing("sesv2", way, monkeypatch) as calls:
            fails(issued, "email")
        assert len(calls.seen) == (0 if way == "down" else 1), "the queue tries again, not the SDK: a mail may have gone out"
    assert make.value("select count(*) from consumed_events") == 0


def event(kind: str, identifier: object, **payload: str) -> str:
    """The body of a message as the bus makes it."""
    moment = "2026-01-01T00:00:00Z"
    return json.dumps({"detail": {"id": str(identifier), "kind": kind, "version": 1, "occurredAt": moment, "payload": payload}})


def sqs(body: str, queue: str, number: int = 1) -> dict[str, Any]:
    nothing: Any = None
    return message(nothing, number, queue=queue, body=body)


def fails(body: str, queue: str) -> None:
    """A batch of nothing but failures is an error of the invocation; the queue keeps the message."""
    with pytest.raises(BatchProcessingError):
        consumers.handler({"Records": [sqs(body, queue)]}, CONTEXT)


# ---- SQS: what it brings can be wrong; that it is down, slow or throttling is between it and AWS ----


def test_a_message_that_is_no_event_fails_alone(client: Client, make: Factory) -> None:
    good = event("course.updated", make.user()["id"])
    bodies = [HTML, "{}", '{"detail": {"id": 1}}', good]

    answer = consumers.handler({"Records": [sqs(body, "notifications", number) for number, body in enumerate(bodies)]}, CONTEXT)

    assert answer == {"batchItemFailures": [{"itemIdentifier": str(number)} for number in range(3)]}


# ---- Lambda ----


def test_an_invoice_that_can_not_be_drawn_is_asked_for_again(client: Client, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    learner = make.user()
    order = make.purchase(learner, make.course(make.user("instructor"), price=49900))
    monkeypatch.setattr(storage, "exists", lambda _key: False)
    for way in WAYS:
        with failing("lambda", way, monkeypatch) as calls:
            reply = client.get(f"/payments/{order['id']}/invoice", user=learner)
        if way == "denied":
            assert reply.status == 500
        else:
            told_to_come_back(reply)
        assert len(calls.seen) == (0 if way == "down" else 1), "whoever asked asks again, not the SDK"


def test_whether_an_invoice_is_there_is_asked_of_the_bucket(client: Client, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    learner = make.user()
    order = make.purchase(learner, make.course(make.user("instructor"), price=49900))
    for way in PASSING:
        with failing("s3", way, monkeypatch):
            told_to_come_back(client.get(f"/payments/{order['id']}/invoice", user=learner))


# ---- Cognito ----


@pytest.fixture
def real_pool(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The adapter itself in place of the tests' pool."""
    monkeypatch.setattr(cognito, "CognitoAccounts", CognitoAccounts)
    people.accounts.cache_clear()
    yield
    people.accounts.cache_clear()


CALLS = {
    "sign in": ("/auth/signin", {"email": "a@academy.test", "password": "Academy-2026!"}),
    "sign up": (
        "/auth/signup",
        {
            "email": "a@academy.test",
            "password": "Academy-2026!",
            "username": "asha",
            "firstName": "Asha",
            "lastName": "Rao",
            "role": "student",
        },
    ),
    "confirm": ("/auth/confirm", {"email": "a@academy.test", "code": "123456"}),
}


@pytest.mark.parametrize("call", CALLS)
def test_without_the_user_pool_nobody_signs_in_and_everybody_is_told_when_to_try_again(
    client: Client, real_pool: None, make: Factory, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path, body = CALLS[call]
    for way in WAYS:
        with failing("cognito-idp", way, monkeypatch) as calls:
            reply = client.post(path, body)
        if way == "denied":
            assert reply.status == 500
        else:
            told_to_come_back(reply)
        assert len(calls.seen) <= 1, "a second try of what had happened after all would be told that it is wrong"
    assert make.value("select count(*) from users") == 0
    assert make.value("select coalesce(max(hits), 0) from rate_counters where bucket like 'authentication:%'") == 0, (
        "attempts are given back"
    )


def test_who_is_signed_in_stays_so_without_the_user_pool(
    client: Client, real_pool: None, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    student = make.user()
    with failing("cognito-idp", "down", monkeypatch):
        assert client.get("/auth/check", user=student).data["authenticated"] is True


def test_without_the_pools_keys_a_new_token_can_not_be_judged_and_a_known_one_can(
    client: Client, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "JWKS_TIMEOUT", 0.3)
    token = client.token(make.user())
    assert client.get("/auth/check", user=token).status == 200
    with nobody() as closed, silence() as quiet, answering(200, HTML) as talking, answering(200, {"keys": "none"}) as keyless:
        for port in (closed, quiet.port, talking.port, keyless.port):
            fresh = tokens.TokenVerifier(issuer=f"http://127.0.0.1:{port}", client_id="testclient")
            with pytest.raises(Unavailable):
                fresh.verify(token)
    assert client.get("/auth/check", user=token).status == 200


# ---- Secrets Manager ----


@pytest.mark.parametrize("way", WAYS)
def test_keys_that_can_not_be_read_stop_a_step_by_the_right_name(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    with failing("secretsmanager", way, monkeypatch), pytest.raises(VendorRejected if way == "denied" else VendorUnavailable):
        generation_tasks.keys()


@pytest.mark.parametrize("secret", [{"SecretString": "not json"}, {"SecretString": "{}"}, {}], ids=["no JSON", "no key", "no secret"])
def test_keys_that_are_wrong_are_an_operators_business(monkeypatch: pytest.MonkeyPatch, secret: dict[str, str]) -> None:
    with answering(200, secret, Content_Type="application/x-amz-json-1.1") as calls:
        monkeypatch.setenv("AWS_ENDPOINT_URL", calls.url)
        aws.client.cache_clear()
        with pytest.raises(VendorRejected):
            generation_tasks.keys()


def test_a_key_that_was_refused_is_read_again_and_rings(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Else a key that an operator changed would be found only by new processes, and nobody would know that one has to be."""
    read: list[str] = []

    class Secrets:
        def get_secret_value(self, **_: str) -> dict[str, str]:
            read.append("key")
            return {"SecretString": '{"anthropic": "a", "openai": "b"}'}

    def refused(*_: Any) -> dict[str, Any]:
        generation_tasks.keys()
        raise VendorRejected("no such key")

    monkeypatch.setattr(generation_tasks, "client", lambda _service: Secrets())
    monkeypatch.setattr(generation_tasks, "run", refused)
    monkeypatch.setattr(generation_tasks, "database", lambda: None)
    for _ in range(2):
        with pytest.raises(VendorRejected):
            generation_tasks.handler({"task": "plan", "jobId": "1"}, CONTEXT)
    assert len(read) == 2
    alarm = limits.resources("AWS::CloudWatch::Alarm")["VendorRejectedAlarm"]
    figures = [json.loads(line) for line in capsys.readouterr().out.splitlines() if f'"{alarm["MetricName"]}"' in line]
    assert [line[alarm["MetricName"]] for line in figures] == [[1.0], [1.0]]
    watched = {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}
    assert {name: figures[0][name] for name in figures[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0]} == watched
