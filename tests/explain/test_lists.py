"""No list reads a large table from end to end, nor more than it has a use for: every list route, by every filter, in every order."""

from typing import Any

import pytest

from academy.platform.http import Endpoint
from tests.api import Reply
from tests.authorization.requests import SAMPLES
from tests.authorization.rule import expected
from tests.explain.conftest import Filled
from tests.explain.exceptions import counts_more, reads_more
from tests.explain.plans import Mode
from tests.explain.questions import LISTS, questions

READ_PER_ROW = 20
DEEP = 40
"""Pages before the one whose cursor is followed, where there are so many."""


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("endpoint", LISTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_a_list_reads_little_more_than_it_shows(endpoint: Endpoint, mode: Mode, filled: Filled) -> None:
    problems = [problem for query in questions(endpoint, filled.world) for problem in _problems(filled, endpoint, query, mode)]

    assert not problems, "\n".join(["", *problems])


def _problems(filled: Filled, endpoint: Endpoint, query: dict[str, str], mode: Mode) -> list[str]:
    found = []
    first = _ask(filled, endpoint, query)
    found += _verdict(filled, endpoint, query, first, mode)
    pages = first.json["pagination"]["totalPages"]
    if pages and pages > 1:
        before = _ask(filled, endpoint, {**query, "page": str(min(pages - 1, DEEP))})
        deep = _ask(filled, endpoint, {**query, "cursor": before.json["pagination"]["nextCursor"]})
        found += _verdict(filled, endpoint, {**query, "cursor": "…"}, deep, mode)
    return found


def _verdict(filled: Filled, endpoint: Endpoint, query: dict[str, str], reply: Reply, mode: Mode) -> list[str]:
    cost = filled.explainer.cost(filled.connection.asked, mode)
    most = READ_PER_ROW * reply.json["pagination"]["limit"]
    said = f"{endpoint.path} {query}: {len(reply.data)} rows, {cost.milliseconds:.1f} ms: "
    found = []
    if cost.end_to_end:
        found.append(f"{said}reads all of {', '.join(sorted(cost.end_to_end))}")
    if cost.page > max(most, reads_more(endpoint.operation_id, query).rows):
        found.append(f"{said}reads {cost.page:.0f} rows for the page")
    if cost.count > most and not counts_more(endpoint.operation_id, query):
        found.append(f"{said}reads {cost.count:.0f} rows for the count")
    return found


def _ask(filled: Filled, endpoint: Endpoint, query: dict[str, Any]) -> Reply:
    sample = SAMPLES[endpoint.operation_id]
    callers = ("owner",) if "mine" in query else ("enrolled", "owner", "admin")
    caller = next(each for each in callers if not expected(endpoint, each, sample))
    path = endpoint.path
    for name, value in sample.path(filled.world).items():  # type: ignore[arg-type]
        path = path.replace("{" + name + "}", value)
    filled.connection.asked.clear()
    reply = filled.client.get(path, query=query, user=filled.world.users[caller])
    assert reply.status == 200, reply.text
    return reply


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
def test_the_course_page_reads_its_own_course(mode: Mode, filled: Filled) -> None:
    filled.connection.asked.clear()
    page = filled.client.get(f"/courses/{filled.world.id('course')}?includeProgress=true", user=filled.world.users["enrolled"])
    shown = sum(len(lesson["sections"]) + 1 for module in page.data["modules"] for lesson in module["lessons"])

    cost = filled.explainer.cost(filled.connection.asked, mode)

    assert shown > 10
    assert not cost.end_to_end
    assert cost.page <= READ_PER_ROW * shown
