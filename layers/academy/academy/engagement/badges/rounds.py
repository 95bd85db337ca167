"""Rounds: who had earned a badge before it was there, or before it asked for less, gets it too.

A declaration that has no round yet, or one by another rule, begins one. It walks through all learners by id, a piece a transaction: what a piece awards,
what it tells and how far the round is are committed together. Killed at any moment, it goes on where it was; two at a time don't meet.
"""

import time
from collections import Counter

from academy.engagement.badges.awarding import award_of
from academy.engagement.badges.catalogue import BADGES
from academy.platform import outbox
from academy.platform.db import Database, UnitOfWork, sql

LEARNERS_AT_ONCE = 500
LONGEST = 60.0
"""Seconds after which a run begins no further piece; the next one goes on."""
SETTLING = "10 minutes"
"""So long after a badge was declared its round begins: by then nobody acts on events any more who does not know of it."""

_DECLARE = sql("""
    insert into badge_rounds as r (badge, rule) select * from unnest(:badges::text[], :rules::text[])
    on conflict (badge) do update set rule = excluded.rule, declared_at = now(), cursor = null, learners = 0, awarded = 0, done_at = null
    where r.rule <> excluded.rule
""")
# Rounds that are equally far go together: all of a first release are one walk. Who finds them locked has nothing to do.
_TAKE = sql("""
    with open as (
        select * from badge_rounds where done_at is null and badge = any(:badges::text[]) and declared_at <= now() - :settling::interval
    ), next as (
        select cursor from open order by cursor nulls first limit 1
    )
    select r.badge, r.cursor::text as cursor from badge_rounds r join open o on o.badge = r.badge join next n on r.cursor is not distinct from n.cursor
    where r.done_at is null order by r.badge for update of r skip locked
""")
_LEARNERS = sql(
    "select id::text from users where id > coalesce(:after::uuid, '00000000-0000-0000-0000-000000000000') order by id limit :limit::int"
)
_ADVANCE = sql("""
    update badge_rounds r set cursor = coalesce(:last::uuid, r.cursor), learners = r.learners + :learners::bigint, awarded = r.awarded + x.awarded,
        done_at = case when :done::bool then now() end
    from unnest(:badges::text[], :awarded::bigint[]) as x(badge, awarded) where r.badge = x.badge
""")
_OPEN = sql("select count(*) from badge_rounds where done_at is null and badge = any(:badges::text[])")


def award_badges(db: Database, *, at_once: int = LEARNERS_AT_ONCE, settling: str = SETTLING, longest: float = LONGEST) -> dict[str, int]:
    """Goes on with all rounds that are not done. How many learners were looked at, badges awarded, and rounds that are still open."""
    slugs = list(BADGES)
    db.transact(lambda work: work.execute(_DECLARE, badges=slugs, rules=[badge.rule for badge in BADGES.values()]))
    ends = time.monotonic() + longest
    learners = awarded = 0
    while time.monotonic() < ends:
        piece, work = db.transact(lambda work: _piece(work, at_once, settling))
        outbox.finish(db, work)
        if piece is None:
            break
        learners, awarded = learners + piece[0], awarded + piece[1]
    return {"learners": learners, "awarded": awarded, "open": int(db.read(lambda work: work.value(_OPEN, badges=slugs)))}


def _piece(work: UnitOfWork, at_once: int, settling: str) -> tuple[int, int] | None:
    """The next learners of the rounds that are furthest behind. None: nothing to do, or somebody is at it."""
    rounds = work.rows(_TAKE, badges=list(BADGES), settling=settling)
    if not rounds:
        return None
    slugs = [row.badge for row in rounds]
    learners = [row.id for row in work.rows(_LEARNERS, after=rounds[0].cursor, limit=at_once)]
    earned = Counter(each.badge.slug for each in award_of(work, learners, [BADGES[slug] for slug in slugs]))
    work.execute(
        _ADVANCE,
        last=learners[-1] if learners else None,
        learners=len(learners),
        done=len(learners) < at_once,
        badges=slugs,
        awarded=[earned[slug] for slug in slugs],
    )
    return len(learners), earned.total()
