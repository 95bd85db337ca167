"""Counters counted again from the rows that they stand for; where they are right already, nothing is written."""

from infra.local.seed.database import Writer

_LIVING_SECTIONS = """
    sections s join lessons l on l.id = s.lesson_id and l.deleted_at is null join modules m on m.id = l.module_id and m.deleted_at is null
"""

# Each for the courses `:courses`.
_STATEMENTS = (
    """
    update courses c set module_count = t.modules, lesson_count = t.lessons, section_count = t.sections, estimated_minutes = t.minutes
    from (
        select m.course_id, count(distinct m.id) as modules, count(distinct l.id) as lessons, count(s.id) as sections,
            coalesce(sum(s.estimated_minutes), 0) as minutes
        from modules m left join lessons l on l.module_id = m.id and l.deleted_at is null
        left join sections s on s.lesson_id = l.id and s.deleted_at is null
        where m.deleted_at is null and m.course_id = any(cast(:courses as uuid[])) group by m.course_id
    ) t
    where c.id = t.course_id
        and (c.module_count, c.lesson_count, c.section_count, c.estimated_minutes) is distinct from (t.modules, t.lessons, t.sections, t.minutes)
    """,
    """
    update courses c set total_enrollments = t.learners, rating_count = t.ratings, rating_sum = t.stars
    from (
        select id, (select count(*) from enrollments e where e.course_id = k.id and e.status <> 'ended') as learners,
            (select count(*) from course_ratings r where r.course_id = k.id) as ratings,
            (select coalesce(sum(r.rating), 0) from course_ratings r where r.course_id = k.id) as stars
        from courses k where id = any(cast(:courses as uuid[]))
    ) t
    where c.id = t.id and (c.total_enrollments, c.rating_count, c.rating_sum) is distinct from (t.learners, t.ratings, t.stars)
    """,
    f"""
    update lesson_progress p set completed_sections = t.done
    from (
        select g.enrollment_id, s.lesson_id, count(g.completed_at) as done
        from {_LIVING_SECTIONS} join section_progress g on g.section_id = s.id
        where s.deleted_at is null and s.course_id = any(cast(:courses as uuid[])) group by g.enrollment_id, s.lesson_id
    ) t
    where p.enrollment_id = t.enrollment_id and p.lesson_id = t.lesson_id and p.completed_sections <> t.done
    """,
    f"""
    update enrollments e set completed_sections = t.done
    from (
        select g.enrollment_id, count(g.completed_at) as done
        from {_LIVING_SECTIONS} join section_progress g on g.section_id = s.id
        where s.deleted_at is null and s.course_id = any(cast(:courses as uuid[])) group by g.enrollment_id
    ) t
    where e.id = t.enrollment_id and e.completed_sections <> t.done
    """,
)


def recount(writer: Writer, course_ids: list[str]) -> None:
    for statement in _STATEMENTS:
        writer.run(statement, courses=course_ids)
