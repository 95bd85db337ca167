"""An award is folded in by the boards on which it counts, however many there are of others."""

from datetime import UTC, datetime
from typing import Any

import pytest

from academy.engagement.boards import repository
from academy.engagement.boards.folding import ROWS_AT_ONCE, fold
from academy.engagement.facts import Award
from academy.engagement.xp import booking
from academy.engagement.xp.values import XpKind
from academy.platform.db import Statement
from academy.platform.db import work as unit_of_work
from academy.platform.ids import uuid7
from tests.explain.conftest import Filled
from tests.explain.plans import Mode

OWN_ROWS = 200
"""Nine boards, with a score and two ranges of the histogram each, and the learner's own."""


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
def test_folding_an_award_reads_its_own_boards_alone(mode: Mode, filled: Filled) -> None:
    learner, course, database = filled.world.users["enrolled"]["id"], filled.world.rows["course"]["id"], unit_of_work.database()
    award = Award(learner, XpKind.QUIZ_PASS, uuid7(), datetime.now(UTC), course)
    database.transact(lambda work: booking.book(work, learner, [award]))
    ids = [str(row[0]) for row in database.connection().run("select xp_id from xp_pending").rows]

    cost = filled.explainer.cost(
        [
            _asked(repository.PREPARE, limit=ROWS_AT_ONCE),
            _asked(repository.FOLD, ids=ids),
        ],
        mode,
    )

    assert ids
    assert not cost.end_to_end
    assert 0 < cost.page + cost.count <= OWN_ROWS
    assert fold(database) == len(ids)


def _asked(statement: Statement, **parameters: Any) -> tuple[str, tuple[Any, ...]]:
    variant = statement.asked_with(parameters)
    return variant.text, variant.values(parameters)
