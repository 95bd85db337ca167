"""What is asked of S3, SES and EventBridge, by the real clients: their own models refuse what they do not know."""

import base64
import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.stub import ANY, Stubber

from academy.platform import aws, events, mail, storage
from academy.platform import config as configuration
from academy.platform.events import Envelope
from academy.platform.mail import Mail

BUCKET = "academy-test"
NOON = datetime(2026, 1, 2, 17, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))


@pytest.fixture(autouse=True)
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    configuration.config.cache_clear()
    aws.client.cache_clear()
    yield
    aws.client.cache_clear()


def read(link: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(link)
    return parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}


def test_a_link_reads_one_object_for_five_minutes() -> None:
    path, query = read(storage.read_link("certificates/1.pdf"))

    assert path.endswith("certificates/1.pdf")
    assert BUCKET in storage.read_link("certificates/1.pdf")
    assert (query["X-Amz-Expires"], query["X-Amz-Algorithm"]) == ("300", "AWS4-HMAC-SHA256")
    assert not [name for name in query if name.startswith("response-")]


def test_a_link_says_what_the_file_is_called_and_how_long_it_lasts() -> None:
    _, query = read(storage.read_link("1", filename="Zertifikat.pdf", content_type="application/pdf", seconds=60))

    assert query["response-content-disposition"] == 'attachment; filename="Zertifikat.pdf"'
    assert query["response-content-type"] == "application/pdf"
    assert query["X-Amz-Expires"] == "60"


def test_a_form_uploads_one_object_of_this_type_and_size_and_nothing_else() -> None:
    before = datetime.now(UTC)

    form = storage.upload_link("sources/1", content_type="text/plain", max_bytes=1000)

    policy = json.loads(base64.b64decode(form.fields["policy"]))
    assert BUCKET in form.url
    assert (form.key, form.fields["key"], form.fields["Content-Type"], form.expires_in) == ("sources/1", "sources/1", "text/plain", 600)
    for condition in ({"bucket": BUCKET}, {"key": "sources/1"}, {"Content-Type": "text/plain"}, ["content-length-range", 1, 1000]):
        assert condition in policy["conditions"]
    lasts = datetime.fromisoformat(policy["expiration"]) - before
    assert timedelta(minutes=9) < lasts < timedelta(minutes=11)


@pytest.mark.parametrize(("options", "sent"), [({}, {}), ({"cache_control": "max-age=5"}, {"CacheControl": "max-age=5"})])
def test_an_object_is_put_with_its_type(options: dict[str, Any], sent: dict[str, Any]) -> None:
    with Stubber(aws.client("s3")) as s3:
        s3.add_response("put_object", {}, {"Bucket": BUCKET, "Key": "media/1", "Body": b"x", "ContentType": "image/webp", **sent})

        storage.put("media/1", b"x", content_type="image/webp", **options)

        s3.assert_no_pending_responses()


def test_an_object_is_read_whole() -> None:
    with Stubber(aws.client("s3")) as s3:
        s3.add_response("get_object", {"Body": BytesIO(b"all of it")}, {"Bucket": BUCKET, "Key": "sources/1"})

        assert storage.get("sources/1") == b"all of it"


@pytest.mark.parametrize(("configured", "told"), [("", {}), ("academy-mail", {"ConfigurationSetName": "academy-mail"})])
def test_a_mail_goes_out_as_text_and_html_with_its_headers_and_tags(
    monkeypatch: pytest.MonkeyPatch, configured: str, told: dict[str, Any]
) -> None:
    monkeypatch.setenv("MAIL_CONFIGURATION_SET", configured)
    expected = {
        "FromEmailAddress": "academy@academy.test",
        "Destination": {"ToAddresses": ["somebody@a.test"]},
        "Content": {
            "Simple": {
                "Subject": {"Data": "Grüße", "Charset": "UTF-8"},
                "Body": {"Text": {"Data": "Dear Ü", "Charset": "UTF-8"}, "Html": {"Data": "<p>Dear Ü</p>", "Charset": "UTF-8"}},
                "Headers": [{"Name": "List-Unsubscribe", "Value": "<https://a.test/leave>"}],
            }
        },
        "EmailTags": [{"Name": "event", "Value": "e1"}],
        **told,
    }
    with Stubber(aws.client("sesv2")) as ses:
        ses.add_response("send_email", {"MessageId": "1"}, expected)

        headers = {"List-Unsubscribe": "<https://a.test/leave>"}
        mail.send(Mail("somebody@a.test", "Grüße", "Dear Ü", "<p>Dear Ü</p>", headers, {"event": "e1"}))

        ses.assert_no_pending_responses()


def envelope(number: int) -> Envelope:
    return Envelope(id=str(number), kind="thing.made", version=1, occurred_at=NOON, payload={"slug": "ü"})


def test_events_go_out_ten_at_a_time_and_those_that_were_refused_are_not_accepted() -> None:
    everything = [envelope(number) for number in range(12)]
    with Stubber(aws.client("events")) as bus:
        refusal = {"ErrorCode": "InternalFailure", "ErrorMessage": "x"}
        for batch in (everything[:10], everything[10:]):
            entries = [refusal if each.id in {"3", "11"} else {"EventId": each.id} for each in batch]
            details = [
                {"EventBusName": BUCKET, "Source": "academy", "DetailType": "thing.made", "Detail": ANY, "Time": NOON} for _ in batch
            ]
            bus.add_response("put_events", {"FailedEntryCount": 1, "Entries": entries}, {"Entries": details})

        assert events.put(everything) == ["0", "1", "2", "4", "5", "6", "7", "8", "9", "10"]

        bus.assert_no_pending_responses()


def test_what_a_consumer_gets_is_what_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    sent = envelope(1)
    entries: list[dict[str, Any]] = []
    client = aws.client("events")
    client.meta.events.register("provide-client-params.events.PutEvents", lambda params, **_: entries.extend(params["Entries"]))
    try:
        with Stubber(client) as bus:
            bus.add_response("put_events", {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]})
            events.put([sent])
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()

    detail = json.loads(entries[0]["Detail"])
    assert set(detail) == {"id", "kind", "version", "occurredAt", "payload"}
    assert events.parse_detail(json.dumps({"detail": detail})) == sent
    assert entries[0]["Time"].isoformat() == "2026-01-02T12:00:00+00:00", "botocore takes the clock's hands for UTC, whatever the zone"


@pytest.mark.parametrize(
    ("service", "connect", "read_timeout", "attempts", "seconds"),
    [("s3", 1, 4, 2, 11), ("events", 1, 2, 2, 7), ("stepfunctions", 1, 2, 2, 7), ("cognito-idp", 1, 8, 1, 9), ("sesv2", 1, 4, 1, 5)],
)
def test_each_service_is_waited_for_as_long_as_its_caller_can(
    service: str, connect: float, read_timeout: float, attempts: int, seconds: float
) -> None:
    config = aws.client(service).meta.config

    assert (config.connect_timeout, config.read_timeout) == (connect, read_timeout)
    assert (config.retries["mode"], config.retries["total_max_attempts"]) == ("standard", attempts)
    assert aws.PATIENCE.get(service, aws.USUAL).seconds == seconds
    assert aws.client(service) is aws.client(service)


@pytest.mark.parametrize(
    ("listed", "there"),
    [({"Contents": [{"Key": "invoices/1"}]}, True), ({"Contents": [{"Key": "invoices/10"}]}, False), ({"KeyCount": 0}, False)],
)
def test_an_object_is_there_by_its_whole_name(listed: dict[str, Any], there: bool) -> None:
    with Stubber(aws.client("s3")) as s3:
        s3.add_response("list_objects_v2", listed, {"Bucket": BUCKET, "Prefix": "invoices/1", "MaxKeys": 1})

        assert storage.exists("invoices/1") is there


def test_before_anybody_called_aws_no_error_is_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    assert aws.out_of_reach(EndpointConnectionError(endpoint_url="https://a.test"))
    monkeypatch.delitem(sys.modules, "botocore.parsers")
    assert not aws.out_of_reach(OSError("of the database's socket"))


@pytest.mark.parametrize(
    ("metadata", "code", "passing"),
    [
        ({"ResponseMetadata": {"HTTPStatusCode": 500}}, "InternalError", True),
        ({"ResponseMetadata": {"HTTPStatusCode": 503}}, "X", True),
        ({"ResponseMetadata": {"HTTPStatusCode": 429}}, "X", True),
        ({"ResponseMetadata": {"HTTPStatusCode": 400}}, "ThrottlingException", True),
        ({"ResponseMetadata": {"HTTPStatusCode": 499}}, "X", False),
        ({"ResponseMetadata": {"HTTPStatusCode": 404}}, "NoSuchKey", False),
        ({"ResponseMetadata": {}}, "X", False),
        ({}, "X", False),
    ],
)
def test_trouble_that_passes_is_told_from_a_refusal(metadata: dict[str, Any], code: str, passing: bool) -> None:
    response: Any = {"Error": {"Code": code}, **metadata}

    assert aws.out_of_reach(ClientError(response, "GetObject")) is passing
