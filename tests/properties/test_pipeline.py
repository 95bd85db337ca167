"""The generation of a course under any sequence of vendors' faults: it ends, in a legal state, and what it cost is the sum of its calls."""

from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st

from infra.local.vendors.faults import CLAUDE_FAULTS, OPENAI_FAULTS
from tests.integration.generation.conftest import Studio, cloud, studio, vendor_server, vendors
from tests.properties.conftest import examples
from tests.unit.generation.factories import SOURCE

__all__ = ["cloud", "studio", "vendor_server", "vendors"]  # pytest finds these fixtures here

TARGETS = ("outline", "lesson-1", "lesson-2", "lesson-3")
SLOW = "timeout"
"""Each costs a second of waiting: told apart so that one story has one at most."""


def faults(names: frozenset[str], vendor: str, targets: tuple[str | None, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "vendor": st.just(vendor),
            "fault": st.sampled_from(sorted(names - {SLOW})),
            "target": st.sampled_from(targets),
            "times": st.integers(1, 6),
        }
    )


ANY = st.one_of(faults(CLAUDE_FAULTS, "claude", (None, *TARGETS)), faults(OPENAI_FAULTS, "openai", (None,)))
STILL = st.builds(
    lambda vendor, target: {"vendor": vendor, "fault": SLOW, "target": target if vendor == "claude" else None, "times": 1},
    st.sampled_from(["claude", "openai"]),
    st.sampled_from(TARGETS),
)
STORY = st.builds(lambda orders, still: [*orders, *still], st.lists(ANY, max_size=4), st.lists(STILL, max_size=1))
ATTEMPTS = st.lists(STORY, min_size=1, max_size=3)
"""The first attempt, and each retry with faults of its own."""


@given(attempts=ATTEMPTS, with_source=st.booleans(), twice=st.booleans())
@examples(8)
def test_any_faults_end_in_a_legal_state_that_is_paid_for(
    attempts: list[list[dict[str, Any]]], with_source: bool, twice: bool, studio: Studio
) -> None:
    # Given an instructor who has not spent anything, and vendors that will misbehave
    studio.teacher = studio.make.user("instructor")
    studio.vendors.forget()

    def invoke(event: dict[str, Any]) -> Any:
        if twice:
            studio.invoke(event)
        return studio.invoke(event)

    job_id = studio.ask(**({"sourceText": SOURCE} if with_source else {}))
    for number, orders in enumerate(attempts):
        for order in orders:
            more = {"target": order["target"]} if order["target"] else {}
            studio.vendors.order(order["fault"], vendor=order["vendor"], times=order["times"], **more)
        # When it runs, each task perhaps delivered twice
        ended = studio.work(job_id, invoke=invoke)
        # Then it has ended, as the machine says
        check(studio, job_id, ended)
        if ended == "SUCCEEDED":
            return
        if number + 1 < len(attempts):
            assert studio.retry(job_id).status == 202
    # And when the vendors behave again, a retry finishes it, paying for nothing twice
    httpx.delete(f"{studio.vendors.url}/_faults").raise_for_status()
    assert studio.retry(job_id).status == 202
    assert studio.work(job_id) == "SUCCEEDED"
    check(studio, job_id, "SUCCEEDED")


def check(studio: Studio, job_id: str, ended: str) -> None:
    job = studio.see(job_id)
    courses = studio.make.rows("select id from courses where instructor_id = :id", id=studio.teacher["id"])
    if ended == "SUCCEEDED":
        assert (job["status"], job["progress"], job["error"]) == ("completed", 100, None)
        assert [str(course["id"]) for course in courses] == [job["courseId"]]
        lessons = studio.make.value("select count(*) from lessons where course_id = cast(:id as uuid)", id=job["courseId"])
        assert lessons == job["lessons"]["done"] == 3
    else:
        assert ended == "CourseGenerationFailed"
        assert (job["status"], job["courseId"], courses) == ("failed", None, [])
        assert job["error"]["code"] != "INTERNAL", job["error"]
        assert job["progress"] < 100
    told = [event["data"] for event in studio.events(job_id)]
    steps = [data["step"] for data in told if "step" in data and not data.get("failed")]
    assert len(steps) == len(set(steps)), "a step was finished twice"
    assert studio.paid(job_id) == studio.billed()
