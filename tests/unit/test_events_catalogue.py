"""docs/events.md is what the code says, and what is routed is handled."""

from functions.events.app import CONSUMERS
from infra.openapi import events


def test_the_catalogue_is_what_the_code_says() -> None:
    written = (events.ROOT / "docs/events.md").read_text()
    assert written == events.catalogue(), "run `make openapi`"


def test_every_event_is_made_somewhere() -> None:
    """Given the declared events, then each has a place that writes it: one without is a promise to consumers that nobody keeps."""
    assert [event.kind for event in events.declared() if not events.emitters(event)] == []


def test_kinds_are_one_events_each_and_carry_no_personal_data() -> None:
    declared = events.declared()
    assert len({event.kind for event in declared}) == len(declared)
    fields = {name for event in declared for name in event.model_fields}
    assert not fields & {"email", "full_name", "first_name", "last_name", "username", "name", "address"}


def test_what_a_consumer_acts_on_reaches_its_queue() -> None:
    """Given the template's rules and the consumers' code, then there is a queue for each consumer, and no handler waits in vain."""
    routed, handled = events.routed(), events.handled()
    assert set(routed) == set(handled) == {*CONSUMERS, "payments"}  # which has a function of its own
    assert {name: kinds - routed[name] for name, kinds in handled.items()} == {name: set() for name in handled}
