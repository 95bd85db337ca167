"""What is committed is committed: whatever fails afterwards changes neither the answer nor what else has to be done."""

import pytest

from academy.generation import jobs, workflow
from academy.platform.db import Database
from academy.platform.db import work as unit_of_work
from academy.platform.events import DomainEvent, Envelope
from academy.platform.outbox import finish
from tests.api import Client
from tests.authorization.conftest import cloud
from tests.factories import Factory

__all__ = ["cloud"]


class Happened(DomainEvent):
    kind = "test.happened"


def test_an_action_that_fails_keeps_neither_the_next_nor_the_events_from_going_out(db: Database, published: list[Envelope]) -> None:
    # Given a committed unit of work whose first action fails in a way that nobody thought of
    done: list[str] = []

    def broken() -> None:
        raise RuntimeError("nobody thought of this")

    def job(work: unit_of_work.UnitOfWork) -> None:
        work.emit(Happened())
        work.after_commit += [broken, lambda: done.append("second")]

    _, work = db.transact(job)
    # When it is finished
    finish(db, work)
    # Then the rest is done
    assert done == ["second"]
    assert [envelope.kind for envelope in published] == ["test.happened"]


@pytest.mark.usefixtures("cloud")
def test_a_job_that_could_not_be_started_is_accepted_all_the_same_and_started_by_the_sweep(
    client: Client, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = make.user("instructor")
    started: list[str] = []

    def broken(job_id: object, attempt: int) -> None:
        raise TimeoutError("not an error of botocore's")

    # When the start fails after the commit
    with monkeypatch.context() as patch:
        patch.setattr(workflow, "start", broken)
        reply = client.post("/courses/generate", {"topic": "Tides", "difficulty": "beginner"}, user=teacher)
    # Then the answer is what was committed
    assert reply.status == 202, reply.text
    assert make.value("select status from generation_jobs where id = cast(:id as uuid)", id=reply.data["jobId"]) == "queued"
    # And the sweep starts it
    make.execute("update generation_jobs set updated_at = now() - interval '2 minutes'")
    monkeypatch.setattr(workflow, "start", lambda job_id, attempt: started.append(str(job_id)))
    jobs.tend(unit_of_work.database())
    assert started == [reply.data["jobId"]]
