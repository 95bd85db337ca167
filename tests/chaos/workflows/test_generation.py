"""Executions of course generation that are aborted, timed out and cut anywhere: redriven, they end as if nothing had happened."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from academy.admin.auditor import generation as audit
from academy.generation import settings
from academy.generation.claude import Claude
from academy.generation.objects import Bucket, ObjectStore
from academy.generation.openai_images import GptImage
from academy.generation.tasks import run
from academy.platform.db import Database
from academy.platform.events import Envelope
from tests.chaos.http.seed import COUNTS, ROUNDS, chance
from tests.chaos.http.wire import Cut, When, Wire, running_wire
from tests.chaos.workflows.standing import Standing, bill_is_right, standing
from tests.conftest import Databases
from tests.integration.generation import conftest
from tests.integration.generation.conftest import Studio
from tests.integration.generation.machine import Aborted, Run, StateFailedError

cloud, vendor_server, vendors, hasty_studio = conftest.cloud, conftest.vendor_server, conftest.vendors, conftest.studio
VENDOR_SECONDS = 60
"""On a busy machine a stand-in may take longer than the second that others wait: it would bill what nobody got."""

FAULTS: dict[str, dict[str, Any]] = {
    "thumbnail_fallback": {"fault": "server_error", "vendor": "openai", "times": 9},
    "lesson_failed": {"fault": "refusal", "target": "lesson-2"},
    "fail": {"fault": "refusal", "target": "lesson-2"},
}
"""What has to go wrong for a state to be reached."""
STATES = ["plan", "thumbnail", "thumbnail_fallback", "lesson", "lesson_failed", "assemble", "fail"]


@pytest.fixture
def studio(hasty_studio: Studio) -> Studio:
    """Nothing times out here but what a test lets time out."""
    claude = Claude(model=settings.TEXT_MODEL, api_key="test", timeout=VENDOR_SECONDS)
    painter = GptImage(model=settings.IMAGE_MODEL, api_key="test", timeout=VENDOR_SECONDS)
    hasty_studio.workshop = replace(hasty_studio.workshop, text_model=lambda: claude, image_model=lambda: painter)
    return hasty_studio


def begin(studio: Studio, task: str) -> str:
    studio.vendors.forget()
    if task in FAULTS:
        studio.vendors.order(**FAULTS[task])
    return studio.ask()


KNOWN: dict[str, tuple[str, Standing]] = {}


def undisturbed(studio: Studio, task: str = "") -> tuple[str, Standing]:
    """The machine's last word on a job in which no more goes wrong than what leads to this state, and what stands then: always the same."""
    fault = str(FAULTS.get(task))
    if fault not in KNOWN:
        job_id = begin(studio, task)
        KNOWN[fault] = studio.work(job_id), standing(studio, job_id)
    return KNOWN[fault]


@pytest.mark.parametrize("task", STATES)
def test_aborted_at_a_state_and_redriven_it_ends_as_if_it_had_not_been(studio: Studio, task: str) -> None:
    wanted = undisturbed(studio, task)
    for done in (False, True):
        # Given an execution that somebody stops as a task is to begin, or has just done its work
        job_id = begin(studio, task)
        stopped: list[str] = []

        def invoke(event: dict[str, Any], done: bool = done, stopped: list[str] = stopped) -> Any:
            if event["task"] != task or stopped:
                return studio.invoke(event)
            stopped.append(task)
            if done:
                studio.invoke(event)
            raise Aborted

        execution = Run(invoke)
        with pytest.raises(Aborted):
            execution.execute({"jobId": job_id})
        # When it is redriven
        ending = execution.execute({"jobId": job_id})
        COUNTS["executions redriven"] += 1
        # Then all is as without that
        assert (ending, standing(studio, job_id)) == wanted
        bill_is_right(studio, job_id)


@pytest.mark.parametrize("error", ["Lambda.Unknown", "States.Timeout", "OutcomeUnknown"])
def test_a_task_whose_work_is_done_but_whose_answer_is_lost_is_not_done_again(
    studio: Studio, error: str, published: list[Envelope]
) -> None:
    _, wanted = undisturbed(studio)
    job_id = begin(studio, "")
    lost: set[tuple[str, int]] = set()

    def invoke(event: dict[str, Any]) -> Any:
        answer = studio.invoke(event)
        which = (event["task"], event.get("position", 0))
        # A picture and the assembly that time out are not waited for again: the one is drawn, the other has the job fail (or be there).
        if which not in lost and not (error == "States.Timeout" and event["task"] in {"thumbnail", "assemble"}):
            lost.add(which)
            raise StateFailedError(error, "{}")
        return answer

    published.clear()
    assert studio.work(job_id, invoke=invoke) == "SUCCEEDED"
    assert len(lost) >= 4
    assert standing(studio, job_id) == wanted
    assert studio.paid(job_id) == studio.billed()
    assert [envelope.kind for envelope in published] == ["generation.completed"]


def test_an_assembly_that_times_out_after_it_committed_stays_complete(studio: Studio) -> None:
    _, wanted = undisturbed(studio)
    job_id = begin(studio, "")

    def invoke(event: dict[str, Any]) -> Any:
        answer = studio.invoke(event)
        if event["task"] == "assemble":
            raise StateFailedError("States.Timeout", "{}")
        return answer

    # The execution counts as failed, but the job is what its row says.
    assert studio.work(job_id, invoke=invoke) == "CourseGenerationFailed"
    assert standing(studio, job_id) == wanted


class Gate:
    """A store at whose door the first to come waits until somebody opens it: a task that is thought to be dead, and is not."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.reached, self.opened = threading.Event(), threading.Event()

    def get(self, key: str) -> bytes:
        return self._store.get(key)

    def put(self, key: str, data: bytes, *, content_type: str, cache_control: str | None = None) -> None:
        self.reached.set()
        assert self.opened.wait(60)
        self._store.put(key, data, content_type=content_type, cache_control=cache_control)


@pytest.mark.parametrize("task", ["plan", "lesson", "thumbnail"])
def test_a_task_that_timed_out_and_lives_on_changes_nothing_when_it_ends(studio: Studio, task: str) -> None:
    wanted = undisturbed(studio)
    job_id = begin(studio, "")
    gate = Gate(Bucket())
    ghosts: list[threading.Thread] = []
    ended: list[Any] = []

    def haunt(event: dict[str, Any]) -> None:
        own = Database(studio.database_url)
        try:
            ended.append(run(replace(studio.workshop, db=own, store=gate), event))
        finally:
            own.discard()

    def invoke(event: dict[str, Any]) -> Any:
        if event["task"] == task and not ghosts:
            # It has asked the vendor, is about to keep what it got, and is not waited for any longer.
            ghosts.append(threading.Thread(target=haunt, args=(event,)))
            ghosts[0].start()
            assert gate.reached.wait(60)
            raise StateFailedError("States.Timeout" if task != "thumbnail" else "Lambda.Unknown", "{}")
        return studio.invoke(event)

    ending = studio.work(job_id, invoke=invoke)
    before = standing(studio, job_id)
    gate.opened.set()
    ghosts[0].join(60)
    assert len(ended) == 1
    assert (ending, before) == wanted
    assert standing(studio, job_id) == before
    # And both of its runs are on the bill, which the auditor takes for no drift: what was paid after the course was made is not in the course.
    assert studio.paid(job_id) == studio.billed()
    assert audit.check(studio.workshop.db)["jobs_cost"] == 0


@pytest.fixture
def wire(databases: Databases) -> Iterator[Wire]:
    with running_wire(databases.server.port) as wire:
        yield wire


class Cutting:
    """Runs each task on a connection of its own through the wire; one of them is cut, once."""

    def __init__(self, studio: Studio, wire: Wire, url: str) -> None:
        self._studio, self._wire, self._url = studio, wire, url
        self.lengths: dict[str, int] = {}
        self.task, self.cut = "", Cut(0, When.BEFORE)
        self.struck = False

    def __call__(self, event: dict[str, Any]) -> Any:
        strikes = event["task"] == self.task and not self.struck
        self._wire.arm(self.cut if strikes else None)
        self.struck = self.struck or strikes
        own = Database(self._wire.through(self._url))
        try:
            return run(replace(self._studio.workshop, db=own), event)
        finally:
            own.discard()
            self.lengths.setdefault(event["task"], len(self._wire.exchanges))
            self._wire.revive()


@pytest.mark.timeout(300 * ROUNDS)
@pytest.mark.parametrize("task", ["plan", "thumbnail", "lesson", "assemble"])
def test_a_task_that_dies_at_any_statement_is_retried_into_the_same_end(studio: Studio, wire: Wire, task: str) -> None:
    dice = chance(f"statements of {task}")
    cutting = Cutting(studio, wire, studio.database_url)
    job_id = begin(studio, "")
    wanted = (studio.work(job_id, invoke=cutting), standing(studio, job_id))
    points = [(at, when, down) for at in range(cutting.lengths[task]) for when in When for down in (True, False)]
    for at, when, down in points if ROUNDS > 1 else dice.sample(points, 2):
        # Given a task that loses its database at a statement, for good or for a moment
        cutting.task, cutting.cut, cutting.struck = task, Cut(at, when, down), False
        job_id = begin(studio, "")
        # When the machine has run
        ending = studio.work(job_id, invoke=cutting)
        # Then all is as without that
        assert (ending, standing(studio, job_id)) == wanted, cutting.cut
        COUNTS["workflow tasks cut"] += 1
        bill_is_right(studio, job_id)
