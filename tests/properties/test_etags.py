"""An ETag changes exactly when what it tags does, on every route that has one, whatever is written meanwhile; If-Match lets nobody overwrite the unseen."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.platform.http import Endpoint
from tests.api import Client, Reply, load_endpoints
from tests.authorization.requests import SAMPLES, Sample
from tests.authorization.world import World, build
from tests.factories import Factory
from tests.properties.conftest import examples

READERS = ("enrolled", "owner")
TAGGED = [endpoint for endpoint in load_endpoints() if endpoint.etag and endpoint.method == "GET"]
ROUTES = {endpoint.operation_id: endpoint for endpoint in TAGGED}
WRITTEN = {"update_course", "create_module", "update_module", "update_lesson", "update_section", "create_section", "delete_section"}
WRITTEN |= {
    "rate_course",
    "complete_lesson",
    "record_section_progress",
    "update_profile",
    "set_preferences",
    "submit_course",
    "withdraw_course",
}
WRITTEN |= {"set_prerequisites", "unenroll_from_course", "suspend_user", "reinstate_user", "revoke_certificate", "record_study_time"}
WRITES = [endpoint for endpoint in load_endpoints() if endpoint.operation_id in WRITTEN]
WRITERS = ("enrolled", "owner", "admin")
STORY = st.lists(st.tuples(st.sampled_from(WRITES), st.sampled_from(WRITERS)), min_size=1, max_size=3)


def address(endpoint: Endpoint, world: World) -> tuple[str, Sample]:
    sample = SAMPLES[endpoint.operation_id]
    path = endpoint.path
    for name, value in sample.path(world).items():
        path = path.replace("{" + name + "}", value)
    return path, sample


@pytest.fixture
def ask(client: Client, make: Factory) -> Callable[..., Reply]:
    """One academy for all stories: what a story leaves behind is the next one's beginning."""
    world = build(make)

    def call(endpoint: Endpoint, caller: str | None, **headers: str) -> Reply:
        path, sample = address(endpoint, world)
        body = sample.body(world) if sample.body else None
        user = world.users[caller] if caller else None
        return client.call(endpoint.method, path, body, user=user, headers={**sample.headers, **headers}, query=sample.query(world))

    return call


@given(story=STORY)
@examples(2)
def test_a_tag_changes_exactly_when_what_it_tags_does(story: list[tuple[Endpoint, str]], ask: Callable[..., Reply]) -> None:
    """What is tagged is the very answer, and of a row that can be written the version that If-Match asks for: a write that sets what was set
    already is a write too."""
    told = {(route.operation_id, reader): ask(route, reader) for route in TAGGED for reader in READERS}
    known = {place: reply for place, reply in told.items() if reply.status == 200}
    for write, writer in story:
        ask(write, writer)
        for (name, reader), before in list(known.items()):
            tag = before.headers["ETag"]
            now = ask(ROUTES[name], reader, **{"If-None-Match": f'"other", W/{tag}'})
            place = f"{name} as {reader} after {write.operation_id} of {writer}"
            if now.status == 304:
                # Unchanged, it says: so who asks without a tag gets the very same.
                assert (now.text, now.headers["ETag"]) == ("", tag), place
                again = ask(ROUTES[name], reader)
                assert (again.text, again.headers["ETag"]) == (before.text, tag), place
            elif now.status == 200:
                assert now.headers["ETag"] != tag, place
                assert now.text != before.text or version(now) > version(before), place
                known[name, reader] = now
            else:
                del known[name, reader]


def version(reply: Reply) -> int:
    found = re.match(r'"v(\d+)-', reply.headers["ETag"])
    return int(found.group(1)) if found else 0


GUARDED = {"update_course": "get_course", "update_lesson": "get_lesson", "update_section": "get_section"}
"""Where what is read tells the version that a write asks for."""
EDITS = st.lists(st.tuples(st.sampled_from(sorted(GUARDED)), st.integers(0, 1), st.booleans()), min_size=2, max_size=10)
"""Which thing, by which of two authors, who reads it first or not."""


@given(edits=EDITS)
@examples(8)
def test_nobody_overwrites_what_they_have_not_seen(edits: list[tuple[str, int, bool]], client: Client, make: Factory) -> None:
    # Given two who may write the same course
    authors = [make.user("instructor"), make.user("admin")]
    course = make.course(authors[0])
    section = make.outline(course)[0]
    paths = {"update_course": course["id"], "update_lesson": section["lesson_id"], "update_section": section["id"]}
    ends = {"update_course": "courses", "update_lesson": "lessons", "update_section": "sections"}
    tags: dict[tuple[str, int], str] = {}
    fresh: dict[tuple[str, int], bool] = {}
    for number, (thing, author, reads) in enumerate(edits):
        path, user = f"/{ends[thing]}/{paths[thing]}", authors[author]
        if reads or (thing, author) not in tags:
            tags[thing, author] = client.get(path, user=user).headers["ETag"]
            fresh[thing, author] = True
        # When one writes with the tag that they have
        before = make.rows(f"select title, version from {ends[thing]} where id = :id", id=paths[thing])
        reply = client.put(path, {"title": f"Title {number}"}, user=user, headers={"If-Match": tags[thing, author]})
        # Then it holds exactly when nobody else has written since
        assert reply.status == (200 if fresh[thing, author] else 412), reply.text
        after = make.rows(f"select title, version from {ends[thing]} where id = :id", id=paths[thing])
        assert (after == before) == (reply.status == 412)
        if reply.status == 200:
            fresh |= {key: False for key in fresh if key[0] in (thing, "update_course")}  # a course's version is that of all in it
            tags[thing, author], fresh[thing, author] = reply.headers["ETag"], True
