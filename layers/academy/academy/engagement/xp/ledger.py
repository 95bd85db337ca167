"""A learner's own ledger."""

from typing import Any

from academy.engagement.xp.schemas import XpQuery
from academy.engagement.xp.values import XpKind, level_of
from academy.platform.config import config
from academy.platform.db import nearest, sql
from academy.platform.errors import NotFound
from academy.platform.http import Page, Request

_OF = """(select case a.kind when '{lesson}' then (select '“' || title || '”' from lessons where id = a.source::uuid)
    else (select '“' || title || '”' from courses where id = a.course_id) end)"""
_TITLE = _OF.format(lesson=XpKind.LESSON_COMPLETE.value)
_WORDS = f"""
    case a.kind when '{XpKind.LESSON_COMPLETE.value}' then 'Completed the lesson ' when '{XpKind.COURSE_COMPLETE.value}' then 'Completed the course '
        when '{XpKind.QUIZ_PASS.value}' then 'Passed a quiz of ' else 'Wrote in the forum of ' end || coalesce({_TITLE}, 'a course')
"""
REASON = f"""
    (select case when x.kind = '{XpKind.REVERSAL.value}' then 'Taken back: ' else '' end || {_WORDS}
        || case when x.capped then ' (the day''s limit was reached)' else '' end
    from xp a where a.id = case when x.kind = '{XpKind.REVERSAL.value}' then x.source::uuid else x.id end)
"""
_OWN = "xp x where x.user_id = :user_id::uuid [? and x.kind = :kind::text ?]"
_NEAREST = nearest(f"""
    select x.* from {_OWN} [? and (x.day, x.id) < (:after_day::date, :after_id::uuid) ?] order by x.day desc, x.id desc
""")
_LIST = sql(f"""
    with chosen as ({_NEAREST}), page as (
        select json_build_object('id', x.id, 'kind', x.kind, 'source', x.source, 'points', x.points, 'reason', {REASON}, 'courseId', x.course_id,
                'earnedAt', x.earned_at, 'bookedAt', x.booked_at)::text as item,
            json_build_array(x.day, x.id)::text as cursor
        from chosen x order by x.day desc, x.id desc
    )
    select page.item, page.cursor, case when :counted::bool then (select count(*) from {_OWN}) end as total, me.summary
    from (
        select json_build_object('total', u.xp_total, 'level', l.level, 'levelBegins', 50 * l.level * (l.level - 1),
            'nextLevelBegins', 50 * l.level * (l.level + 1),
            'today', coalesce((select d.points from xp_daily d where d.user_id = u.id and d.day = (now() at time zone :zone::text)::date), 0)) as summary
        from users u cross join lateral (select {level_of("u.xp_total")} as level) l where u.id = :user_id::uuid
    ) me left join page on true
""")


def list_own(request: Request, query: XpQuery) -> tuple[Page, dict[str, Any]]:
    """The caller's rows, the latest booked first, and what they come to."""
    after = query.after(str, str) or [None, None]
    rows = request.work.rows(
        _LIST,
        user_id=request.caller.id,
        kind=query.kind.value if query.kind else None,
        zone=config().academy_time_zone,
        after_day=after[0],
        after_id=after[1],
        limit=query.limit,
        offset=query.offset,
        counted=query.counted,
    )
    if not rows:
        raise NotFound("user")
    return Page.of(rows, query), rows[0].summary
