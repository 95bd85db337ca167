"""Pieces of SQL that several statements share. They must say the same everywhere, or two pages disagree about one course."""

LIVING_SECTIONS = """
    sections s
    join lessons l on l.id = s.lesson_id and l.deleted_at is null
    join modules m on m.id = l.module_id and m.deleted_at is null
"""
"""Add `where s.deleted_at is null and s.course_id = …`. What counts for completion: a section whose lesson and module live too."""

IN_ORDER = "m.position, m.id, l.position, l.id, s.position, s.id"


def percent(done: str, total: str) -> str:
    """Two decimals, 0 for an empty whole, never more than 100."""
    return f"(case when {total} > 0 then least(100, round(100.0 * {done} / {total}, 2)) else 0 end)::float8"


def goal_percentage(seconds: str) -> str:
    """How far a week's seconds are on the way to the goal of `me`, which is in minutes; null without a goal."""
    return f"""(case when me.weekly_learning_goal > 0
        then least(100, round(100.0 * {seconds} / (me.weekly_learning_goal * 60), 2)) end)::float8"""


def media(key: str) -> str:
    """The public address of an object below the CDN's path; takes the parameter `media`."""
    return f":media::text || '/' || regexp_replace({key}, '^media/', '')"
