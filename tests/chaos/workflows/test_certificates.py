"""Executions of certificate issuance that are aborted, cut and answered by nobody anywhere: redriven, they issue one certificate."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from academy.certificates import tasks
from academy.platform import config as configuration
from academy.platform import storage
from academy.platform.db import Database
from academy.platform.db import work as unit_of_work
from academy.platform.events import Envelope
from functions.document_tasks.app import handler
from tests.chaos.http.seed import COUNTS
from tests.chaos.http.wire import Cut, When, Wire, running_wire
from tests.conftest import Databases
from tests.factories import Factory
from tests.integration.certificates import conftest
from tests.integration.certificates.conftest import Cloud
from tests.integration.generation.machine import Aborted, Run, StateFailedError, machine_of

cloud = conftest.cloud

MACHINE = machine_of("certificate_issuance")
TASKS = ["reserve_certificate", "draw_certificate", "issue_certificate"]
SUCCEEDED = "SUCCEEDED"


@pytest.fixture
def wire(
    db: Database, databases: Databases, database_url: str, monkeypatch: pytest.MonkeyPatch, published: list[Envelope]
) -> Iterator[Wire]:
    """The tasks' way to the database. What is drawn is not looked at here, and costs a tenth of a second."""
    monkeypatch.setattr(tasks, "draw_certificate", lambda facts, fonts: b"%PDF of " + facts.serial.encode())
    with running_wire(databases.server.port) as wire:
        monkeypatch.setenv("DATABASE_URL", wire.through(database_url))
        restart()
        yield wire
        unit_of_work.database().discard()


def restart() -> None:
    """A new process."""
    unit_of_work.database().discard()
    configuration.config.cache_clear()
    unit_of_work.database.cache_clear()


@dataclass
class Order:
    """One learner's certificate, and what stands of it."""

    make: Factory
    cloud: Cloud
    learner: dict[str, Any]
    course: dict[str, Any]

    @property
    def input(self) -> dict[str, str]:
        return {"userId": str(self.learner["id"]), "courseId": str(self.course["id"])}

    def is_issued_once(self) -> None:
        (row,) = self.make.rows("select * from certificates where user_id = :user", user=self.learner["id"])
        assert (row["status"], row["last_error"]) == ("issued", None)
        stored = self.cloud.keys()
        assert [key for key in stored if str(row["id"]) in key] == [row["pdf_key"]]
        assert hashlib.sha256(self.cloud.file(row["pdf_key"])).hexdigest() == row["pdf_sha256"]
        told = self.make.rows("select kind from outbox where payload->>'certificateId' = :id", id=str(row["id"]))
        assert [event["kind"] for event in told] == ["certificate.issued"]

    def is_pending(self) -> None:
        (row,) = self.make.rows("select status, last_error from certificates where user_id = :user", user=self.learner["id"])
        assert row["status"] == "pending"
        assert row["last_error"]
        assert self.make.rows("select kind from outbox where payload->>'userId' = :id", id=str(self.learner["id"])) == []


@pytest.fixture
def teacher(make: Factory) -> dict[str, Any]:
    return make.user("instructor")


def order(make: Factory, cloud: Cloud, teacher: dict[str, Any]) -> Order:
    learner, course = make.user(), make.course(teacher)
    make.enrollment(learner, course, status="completed", completed_at=datetime.now(UTC))
    return Order(make, cloud, learner, course)


def invoke(event: dict[str, Any]) -> Any:
    return handler(event, None)


@pytest.mark.parametrize("done", [False, True], ids=["before it began", "when it was done"])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.usefixtures("wire")
def test_aborted_at_a_state_and_redriven_it_issues_once(
    task: str, done: bool, make: Factory, cloud: Cloud, teacher: dict[str, Any]
) -> None:
    mine = order(make, cloud, teacher)
    stopped: list[str] = []

    def stopping(event: dict[str, Any]) -> Any:
        if event["task"] == task and not stopped:
            stopped.append(task)
            if done:
                invoke(event)
            raise Aborted
        return invoke(event)

    execution = Run(stopping)
    with pytest.raises(Aborted):
        execution.execute(mine.input, MACHINE)
    assert execution.execute(mine.input, MACHINE) == SUCCEEDED
    mine.is_issued_once()
    COUNTS["executions redriven"] += 1


@pytest.mark.parametrize("done", [False, True], ids=["before it began", "when it was done"])
@pytest.mark.usefixtures("wire")
def test_aborted_while_a_failure_is_noted_it_says_so_and_the_next_execution_issues(
    done: bool, make: Factory, cloud: Cloud, teacher: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = order(make, cloud, teacher)
    stopped: list[str] = []

    def broken(key: str, data: bytes, *, content_type: str) -> None:
        raise MemoryError("nobody thought of this")

    def stopping(event: dict[str, Any]) -> Any:
        if event["task"] == "record_certificate_failure" and not stopped:
            stopped.append(event["task"])
            if done:
                invoke(event)
            raise Aborted
        return invoke(event)

    with monkeypatch.context() as patch:
        patch.setattr(storage, "put", broken)
        execution = Run(stopping)
        with pytest.raises(Aborted):
            execution.execute(mine.input, MACHINE)
        assert execution.execute(mine.input, MACHINE) == "MemoryError"
    mine.is_pending()
    assert Run(invoke).execute(mine.input, MACHINE) == SUCCEEDED
    mine.is_issued_once()


@pytest.mark.parametrize("error", ["Lambda.Unknown", "States.Timeout", "Sandbox.Timedout", "DatabaseUnavailable"])
@pytest.mark.usefixtures("wire")
def test_tasks_whose_work_is_done_but_whose_answer_is_lost_issue_once(
    error: str, make: Factory, cloud: Cloud, teacher: dict[str, Any]
) -> None:
    mine = order(make, cloud, teacher)
    lost: list[str] = []

    def losing(event: dict[str, Any]) -> Any:
        answer = invoke(event)
        if event["task"] not in lost:
            lost.append(event["task"])
            raise StateFailedError(error, "{}")
        return answer

    assert Run(losing).execute(mine.input, MACHINE) == SUCCEEDED
    assert lost == TASKS
    mine.is_issued_once()


@pytest.mark.parametrize("task", TASKS)
def test_a_task_that_dies_at_any_statement_is_retried_and_issues_once(
    task: str, wire: Wire, make: Factory, cloud: Cloud, teacher: dict[str, Any]
) -> None:
    lengths: dict[str, int] = {}

    def counted(event: dict[str, Any]) -> Any:
        wire.arm()
        try:
            return invoke(event)
        finally:
            lengths.setdefault(event["task"], len(wire.exchanges))

    Run(counted).execute(order(make, cloud, teacher).input, MACHINE)
    cuts = [Cut(at, when, down) for at in range(lengths[task]) for when in When for down in (True, False)]
    assert len(cuts) >= 4
    for cut in cuts:
        # Given a task that loses its database at a statement, for good or for a moment
        mine = order(make, cloud, teacher)
        struck: list[str] = []

        def dying(event: dict[str, Any], cut: Cut = cut, struck: list[str] = struck) -> Any:
            if event["task"] == task and not struck:
                struck.append(task)
                wire.arm(cut)
            try:
                return invoke(event)
            finally:
                if cut.down and wire.done:
                    restart()
                wire.revive()

        # When the machine has run
        assert Run(dying).execute(mine.input, MACHINE) == SUCCEEDED, cut
        # Then there is one certificate, told once
        assert wire.done, cut
        mine.is_issued_once()
        COUNTS["workflow tasks cut"] += 1
