"""Time-outs are nested: a vendor's is shorter than that of the task that waits for it, a task's than its function's, a function's than its queue's.

Each test reads both sides from where they are decided. What is bound is one dependency that hangs or fails as slowly as it can.
"""

import re
from math import ceil

import pytest

from academy.generation import repository as generation
from academy.generation import service, settings
from academy.identity import cognito
from academy.migrations import runner
from academy.payments import razorpay_gateway
from academy.payments.reconciliation import running
from academy.platform.auth import tokens
from academy.platform.aws import PATIENCE, USUAL, client
from academy.platform.db import Database, connection, sql
from academy.platform.http import edge
from tests.failure import limits

SERVICES = ["s3", "secretsmanager", "rds", *PATIENCE]
A_STATEMENT = connection.CONNECT_TIMEOUT + connection.ANSWER_TIMEOUT
"""The longest that one takes to fail: connecting only just works, and then no answer comes."""
READS_AND_WRITES = 3 * USUAL.seconds
"""A task of generation reads a source and an outline and keeps what it made: all of them as slow as may be."""


def server_settings(db: Database) -> dict[str, float]:
    """Seconds, as the server itself has them for the application's role."""
    rows = db.read(
        lambda work: work.rows(
            sql("select name, setting::float8 / 1000 as seconds from pg_settings where name like '%timeout' and unit = 'ms'")
        )
    )
    return {row.name: row.seconds for row in rows}


def test_the_server_gives_up_before_its_caller_does(db: Database) -> None:
    """Otherwise a slow statement looks like a lost connection, and runs on."""
    limit = server_settings(db)
    assert 0 < limit["deadlock_timeout"] < limit["lock_timeout"] < limit["statement_timeout"] < connection.ANSWER_TIMEOUT


def test_a_transaction_that_waits_for_somebody_else_outlives_the_longest_such_wait(db: Database) -> None:
    idle = server_settings(db)["idle_in_transaction_session_timeout"]
    inside = [
        USUAL.seconds,
        PATIENCE["events"].seconds,
        2 * PATIENCE["stepfunctions"].seconds,
        PATIENCE["sesv2"].seconds,
        PATIENCE["cognito-idp"].seconds,
    ]
    assert max(inside) < idle
    cluster = limits.resources("AWS::RDS::DBClusterParameterGroup")["ClusterSettings"]["Parameters"]
    assert idle * 1000 <= int(cluster["idle_in_transaction_session_timeout"])


def test_the_connection_waits_as_long_as_it_says(db: Database) -> None:
    assert db.connection()._usock.gettimeout() == connection.ANSWER_TIMEOUT


@pytest.mark.parametrize("service", SERVICES)
def test_botocore_is_told_how_long_and_how_often(service: str) -> None:
    """Its own are a minute for connecting, a minute for each read, and five attempts."""
    patience = PATIENCE.get(service, USUAL)
    config = client(service).meta.config
    assert (config.connect_timeout, config.read_timeout) == (patience.connect, patience.read)
    assert config.retries == {"mode": "standard", "total_max_attempts": patience.attempts}


def test_no_service_is_called_that_nobody_thought_of() -> None:
    text = "".join(path.read_text() for folder in ("layers/academy/academy", "functions") for path in (limits.ROOT / folder).rglob("*.py"))
    assert set(re.findall(r'\bclient\("([a-z0-9-]+)"\)', text)) == set(SERVICES)


@pytest.mark.parametrize("function", limits.api_functions())
def test_a_request_answers_before_its_function_ends_and_the_function_before_the_gateway(function: str) -> None:
    last_begun = max(A_STATEMENT - connection.CONNECT_TIMEOUT, USUAL.seconds)
    assert edge.DEADLINE + last_begun < limits.function_seconds(function) < limits.GATEWAY
    assert "timeoutInMillis" not in (limits.ROOT / "infra" / "openapi" / "gateway.json").read_text()


def test_what_a_request_waits_for_besides_the_database() -> None:
    """One hanging statement, or one service that fails as slowly as it can; the events after the commit included."""
    seconds = limits.function_seconds("IdentityFunction")
    assert seconds > A_STATEMENT
    assert seconds > tokens.JWKS_TIMEOUT + A_STATEMENT
    assert seconds > cognito.EXCHANGE_TIMEOUT + A_STATEMENT
    assert 2 * PATIENCE["cognito-idp"].seconds < seconds, "a sign-up and taking it back"
    assert USUAL.seconds + PATIENCE["events"].seconds < seconds, "readiness asks for bucket and bus"
    assert USUAL.seconds + PATIENCE["stepfunctions"].seconds + PATIENCE["events"].seconds < seconds, (
        "source kept, workflow started, event published"
    )
    assert USUAL.seconds + PATIENCE["lambda"].seconds < seconds, "an invoice that is looked for and drawn"
    assert service.POLLS * service.POLL_SECONDS < connection.ANSWER_TIMEOUT, "a stream waits for news"


def test_a_trigger_fails_before_the_pool_gives_up_and_the_pool_before_its_caller() -> None:
    assert connection.CONNECT_TIMEOUT < limits.function_seconds("TriggersFunction") <= limits.COGNITO_TRIGGER < PATIENCE["cognito-idp"].read


@pytest.mark.parametrize("mapping", limits.resources("AWS::Lambda::EventSourceMapping"))
def test_a_batch_ends_in_time_and_comes_again_only_after_it_has(mapping: str) -> None:
    source = limits.resources("AWS::Lambda::EventSourceMapping")[mapping]
    queue = limits.resources("AWS::SQS::Queue")[source["EventSourceArn"]["Fn::GetAtt"][0]]
    function = limits.function_seconds(source["FunctionName"]["Ref"])
    slowest = max(PATIENCE["sesv2"].seconds, PATIENCE["stepfunctions"].seconds)
    assert slowest * source["BatchSize"] < function, "each message as slow as can be, and the batch still says which of them failed"
    assert queue["VisibilityTimeout"] >= limits.VISIBILITY_FACTOR * function
    assert queue["RedrivePolicy"]["maxReceiveCount"] * queue["VisibilityTimeout"] < queue["MessageRetentionPeriod"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_dead_letters_outlive_a_long_week_of_nobody_looking() -> None:
    queues = limits.resources("AWS::SQS::Queue")
    for queue in [one for one in queues.values() if "RedrivePolicy" in one]:
        dead = queues[queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]]
        assert dead["MessageRetentionPeriod"] >= 14 * 24 * 3600 > queue["MessageRetentionPeriod"]


def test_a_lesson_may_ask_twice_and_keep_what_it_got() -> None:
    """Then the function ends, by whose error the state machine goes, and only then the state's own time."""
    calls = 2 * (settings.CONNECT_SECONDS + settings.TEXT_SECONDS)
    function = limits.function_seconds("GenerationTasksFunction")
    assert calls + PATIENCE.get("secretsmanager", USUAL).seconds + READS_AND_WRITES + A_STATEMENT < function
    for name in ("PlanOutline", "WriteLesson"):
        assert function < limits.tasks("course_generation")[name]["TimeoutSeconds"]


def test_a_picture_and_the_short_steps_end_within_their_states() -> None:
    states = limits.tasks("course_generation")
    picture = settings.CONNECT_SECONDS + settings.IMAGE_SECONDS + USUAL.seconds + 2 * USUAL.seconds + A_STATEMENT
    assert picture < states["DrawThumbnail"]["TimeoutSeconds"]
    short = 2 * USUAL.seconds + A_STATEMENT + PATIENCE["events"].seconds
    for name in ("DrawFallback", "RecordLessonFailure", "AssembleCourse", "RecordFailure"):
        assert short < states[name]["TimeoutSeconds"] < limits.function_seconds("GenerationTasksFunction")


def test_a_certificates_steps_end_within_their_function_and_that_within_the_states() -> None:
    function = limits.function_seconds("DocumentTasksFunction")
    assert USUAL.seconds + A_STATEMENT + PATIENCE["events"].seconds < function
    for state in limits.tasks("certificate_issuance").values():
        assert function < state["TimeoutSeconds"]


@pytest.mark.parametrize(
    ("machine", "path"),
    [
        ("certificate_issuance", ["Reserve", "Draw", "Issue", "RecordFailure"]),
        ("course_generation", ["PlanOutline", *["WriteLesson"] * ceil(12 / settings.LESSONS_AT_ONCE), "AssembleCourse", "RecordFailure"]),
    ],
)
def test_an_execution_has_time_for_every_state_to_run_out_of_its_own(machine: str, path: list[str]) -> None:
    """An execution that runs out of time says so to nobody: no state of it can record the failure."""
    states = limits.tasks(machine)
    assert sum(limits.longest(states[name]) for name in path) < limits.machine(machine)["TimeoutSeconds"]


def test_a_job_is_closed_only_when_its_execution_can_not_be_running() -> None:
    minutes = int(re.findall(r"interval '(\d+) minutes'", generation.FORGOTTEN.text)[0])
    assert minutes * 60 > limits.machine("course_generation")["TimeoutSeconds"]


def test_the_payment_vendor_is_waited_for_no_longer_than_its_function_lasts() -> None:
    """A request asks it twice at most (what a payment is, and to capture it); a comparison stops in time for what is under way to end."""
    call = razorpay_gateway.STALE_SECONDS + razorpay_gateway.CONNECT_SECONDS + razorpay_gateway.READ_SECONDS
    secrets = PATIENCE.get("secretsmanager", USUAL).seconds
    assert 2 * call < limits.function_seconds("PaymentsFunction")
    assert secrets + call < limits.function_seconds("PaymentsFunction")
    assert secrets + A_STATEMENT < limits.function_seconds("WebhooksFunction")
    assert running.SECONDS + secrets + 3 * call + A_STATEMENT + PATIENCE["events"].seconds < limits.function_seconds("PaymentTasksFunction")
    assert limits.function_seconds("PaymentTasksFunction") < 10 * 60, "one is over before the schedule begins the next"


def test_a_migration_gives_up_before_its_function_does() -> None:
    text = (limits.ROOT / "layers/academy/academy/migrations/env.py").read_text()
    statement = int(re.findall(r"set statement_timeout = '(\d+)min'", text)[0]) * 60
    lock = int(re.findall(r"set lock_timeout = '(\d+)s'", text)[0])
    assert lock < connection.ANSWER_TIMEOUT, "whom a migration keeps waiting does not time out because of it"
    assert statement < runner.PATIENCE < limits.function_seconds("MigrateFunction")


def test_nothing_of_a_schedule_outlasts_it(db: Database) -> None:
    assert server_settings(db)["statement_timeout"] + PATIENCE["events"].seconds < limits.function_seconds("SchedulesFunction")


def test_an_alarm_looks_at_a_time_in_which_the_retries_are_over() -> None:
    """Dead letters say that five tries failed; until then `QueuesAlarm` says that something waits."""
    queue = limits.resources("AWS::SQS::Queue")["EmailQueue"]
    tries = queue["RedrivePolicy"]["maxReceiveCount"] * queue["VisibilityTimeout"]
    assert tries <= limits.resources("AWS::CloudWatch::Alarm")["QueuesAlarm"]["Threshold"]
