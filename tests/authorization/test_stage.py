"""What the matrix looks at after each call: whoever changes anything is noticed, and it is taken back."""

import pytest

from academy.platform.db import connect
from tests.authorization.stage import Stage
from tests.conftest import Databases

CHANGES = {
    "a row that came": "insert into role_permissions (role, permission) values ('student', 'audit:read')",
    "a row that went": "delete from role_permissions where role = 'admin' and permission = 'audit:read'",
    "a row that was written": "update users set full_name = 'Somebody Else' where email = 'person1@academy.test'",
    "one that came for one that went": (
        "delete from role_permissions where role = 'admin' and permission = 'audit:read'; "
        "insert into role_permissions (role, permission) values ('student', 'audit:read')"
    ),
    "the first row of its table": "insert into consumed_events (consumer, event_id) values ('email', gen_random_uuid())",
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_noticed_and_taken_back(change: str, stage: Stage, databases: Databases, original: dict[str, str]) -> None:
    changing = connect(databases.server.url(stage.name))
    changing.command(CHANGES[change])
    changing.close()

    assert stage.checksum() != original
    stage.restore(original)
    assert stage.checksum() == original


def test_what_was_written_as_it_was_is_no_change(stage: Stage, databases: Databases, original: dict[str, str]) -> None:
    changing = connect(databases.server.url(stage.name))
    changing.command("update users set full_name = full_name")
    changing.close()

    assert stage.checksum() == original
