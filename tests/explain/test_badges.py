"""What a learner has earned is counted from their own rows, whatever the academy has of others."""

from typing import Any
from uuid import UUID

import pytest

from academy.engagement.badges.awarding import MOVES, award
from academy.engagement.badges.catalogue import BADGES
from academy.platform.db import work as unit_of_work
from tests.explain.conftest import Filled
from tests.explain.plans import Mode

OWN_ROWS = 400
"""Of the learner with the most courses; everybody together has a hundred thousand and more."""


def _cost(filled: Filled, mode: Mode, ask: Any) -> Any:
    filled.connection.asked.clear()
    ask()
    assert len(filled.connection.asked) == 1
    return filled.explainer.cost(filled.connection.asked, mode)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
def test_one_learners_badges_are_counted_by_their_own_rows(mode: Mode, filled: Filled) -> None:
    learner, database = filled.world.users["bystander"], unit_of_work.database()
    path = f"/achievements/{learner['id']}"

    def earn() -> None:
        """And lose again: of badges that one has nothing is counted."""
        database.at_once(lambda work: award(work, [UUID(str(learner["id"]))], MOVES))
        database.connection().command(f"delete from achievements where user_id = '{learner['id']}'")

    for ask in (
        earn,
        lambda: filled.client.get(path, user=learner),
        lambda: filled.client.get(path, user=filled.world.users["owner"]),
    ):
        cost = _cost(filled, mode, ask)
        assert not cost.end_to_end
        assert cost.page + cost.count <= OWN_ROWS


def test_what_needs_not_be_counted_is_not_read(filled: Filled) -> None:
    learner, database = filled.world.users["enrolled"], unit_of_work.database()
    have = "insert into achievements (user_id, badge, event_id) select '{}', b, gen_random_uuid() from unnest(array{}) b on conflict do nothing"
    database.connection().command(have.format(learner["id"], list(BADGES)))

    cost = _cost(filled, "force_generic_plan", lambda: database.at_once(lambda work: award(work, [UUID(str(learner["id"]))], MOVES)))

    assert cost.page + cost.count <= 1
