"""docs/failure.md is true: its tests and alarms exist, no way of failing is left out, its seconds are the product's."""

import ast
import re
from functools import cache

import pytest

from academy.generation import settings
from academy.payments import razorpay_gateway
from academy.payments.reconciliation import running
from academy.platform.aws import PATIENCE, USUAL
from academy.platform.db import Database, connection
from academy.platform.http import edge
from tests.failure import limits
from tests.failure.test_timeouts import server_settings

PAGE = (limits.ROOT / "docs" / "failure.md").read_text()
COLUMNS = 6
DATABASE = ("asleep", "full", "read-only", "out of connections", "slow", "silent", "gone", "older than the code")
OTHERS = ("down", "slow", "throttling", "wrong")
DEPENDENCIES = {
    "The database": DATABASE,
    **dict.fromkeys(
        (
            "S3",
            "EventBridge",
            "SQS",
            "Step Functions",
            "Lambda",
            "Cognito",
            "SES",
            "Push services",
            "Secrets Manager",
            "Claude",
            "The image model",
            "Razorpay",
        ),
        OTHERS,
    ),
}


def section(title: str) -> str:
    return re.split(r"^## ", PAGE.split(f"\n## {title}\n")[1], flags=re.MULTILINE)[0]


def table(title: str) -> list[list[str]]:
    lines = [line for line in section(title).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines if not line.startswith("| ---")][1:]


@cache
def alarms() -> set[str]:
    return set(limits.resources("AWS::CloudWatch::Alarm")) | set(limits.resources("AWS::RDS::EventSubscription"))


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((limits.ROOT / "tests" / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("title", DEPENDENCIES)
def test_each_way_of_failing_has_a_row_and_each_row_all_its_cells(title: str) -> None:
    rows = table(title)
    assert [next((way for way in DEPENDENCIES[title] if row[0].startswith(way)), row[0]) for row in rows] == list(DEPENDENCIES[title])
    for row in rows:
        assert len(row) == COLUMNS
        assert all(row), row
        assert re.search(r"`\w+/[\w/]+\.py::test_\w+`", row[5]), row


@pytest.mark.parametrize("title", DEPENDENCIES)
def test_the_alarms_are_those_of_the_templates(title: str) -> None:
    for row in table(title):
        named = set(re.findall(r"\b[A-Z]\w+(?:Alarm|Notice)\b", row[3]))
        assert named <= alarms()
        assert named or row[3].startswith("None rings"), row


def test_no_alarm_is_left_out() -> None:
    elsewhere = {"AuditAlarm"}
    assert alarms() - elsewhere <= set(re.findall(r"\b\w+(?:Alarm|Notice)\b", PAGE))


def test_the_tests_exist() -> None:
    named = re.findall(r"`(\w+/[\w/]+\.py)::(test_\w+)`", PAGE)
    assert len(named) > 40
    assert [(path, name) for path, name in named if name not in functions_of(path)] == []


def test_the_seconds_are_the_products(db: Database) -> None:
    server = server_settings(db)
    queue = limits.resources("AWS::SQS::Queue")["EmailQueue"]
    true = [
        server["lock_timeout"],
        server["statement_timeout"],
        connection.CONNECT_TIMEOUT,
        connection.ANSWER_TIMEOUT,
        server["idle_in_transaction_session_timeout"],
        USUAL.seconds,
        PATIENCE["events"].seconds,
        PATIENCE["cognito-idp"].seconds,
        PATIENCE["sesv2"].seconds,
        PATIENCE["lambda"].seconds,
        edge.DEADLINE,
        limits.function_seconds("LearningFunction"),
        limits.GATEWAY,
        limits.function_seconds("TriggersFunction"),
        limits.function_seconds("EventsFunction"),
        queue["VisibilityTimeout"],
        settings.TEXT_SECONDS,
        settings.IMAGE_SECONDS,
        limits.function_seconds("GenerationTasksFunction"),
        razorpay_gateway.READ_SECONDS,
        running.SECONDS,
        limits.function_seconds("PaymentTasksFunction"),
        limits.resources("AWS::SQS::Queue")["PaymentsQueue"]["VisibilityTimeout"],
        540,
    ]
    assert [float(seconds) for _, seconds in table("How long everybody waits")] == true
