"""The curve of levels that docs/engagement.md publishes."""

from academy.engagement.xp.values import level_of, points_for
from academy.platform.db import Database, sql


def test_the_curve_is_the_published_one() -> None:
    assert [points_for(level) for level in (1, 2, 3, 4, 10, 50)] == [0, 100, 300, 600, 4_500, 122_500]


def test_a_level_begins_with_its_first_point_and_not_one_before(db: Database) -> None:
    statement = sql(f"select array(select {level_of('p')} from unnest(:points::bigint[]) with ordinality as t(p, n) order by n) as levels")
    firsts = [points_for(level) for level in range(1, 3_000)]

    levels = db.read(lambda work: work.value(statement, points=[*firsts, *(first - 1 for first in firsts[1:])]))

    assert levels == [*range(1, 3_000), *range(1, 2_999)]
