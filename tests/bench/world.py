"""The matrix's world, grown to the size of a busy academy's: full pages wherever a list is read."""

from dataclasses import replace
from uuid import UUID

from academy.certificates.serials import new_serial
from tests.authorization.world import World, build
from tests.factories import Factory

MODULES, LESSONS, SECTIONS = 3, 4, 4
"""The course page of the bench: an outline of 12 lessons x 4 sections."""
LEARNED = 20
"""Sections that the enrolled learner has completed."""

_JOIN = """
    insert into enrollments (id, user_id, course_id, source, enrolled_at)
    select gen_random_uuid(), :user, id, 'free', now() - interval '30 days' from courses
    where status = 'published' and visibility = 'public' and price = 0 and section_count > 0 and id <> :course limit 30 on conflict do nothing
"""
_STUDENTS = """
    insert into enrollments (id, user_id, course_id, source, enrolled_at)
    select gen_random_uuid(), id, :course, 'free', now() - interval '20 days' from users where sub like 'large-%' limit 200
"""
_RATINGS = """
    insert into course_ratings (course_id, user_id, rating, review)
    select :course, user_id, 4, 'Clear, and to the point.' from enrollments where course_id = :course limit 120
"""
_LEARNED = """
    with done as (
        insert into section_progress (enrollment_id, section_id, lesson_id, time_spent, first_seen_at, last_seen_at, completed_at)
        select e.id, s.id, s.lesson_id, 240, now() - interval '1 day', now() - interval '1 day', now() - interval '1 day'
        from enrollments e join (
            select s.*, row_number() over (order by m.position, l.position, s.position) as n
            from sections s join lessons l on l.id = s.lesson_id join modules m on m.id = l.module_id where s.course_id = :course
        ) s on s.n <= :learned
        where e.id = :enrollment returning *
    ), lessons_done as (
        insert into lesson_progress (enrollment_id, lesson_id, completed_sections, time_spent, completed_at)
        select enrollment_id, lesson_id, count(*), sum(time_spent), case when count(*) = 4 then max(completed_at) end from done group by 1, 2
    )
    update enrollments set completed_sections = :learned, time_spent = 240 * :learned, last_accessed_at = now() - interval '1 day',
        enrolled_at = now() - interval '10 days' where id = :enrollment
"""


def busy_world(make: Factory) -> World:
    """`course` has the large outline, 200 students and 120 ratings; its owner has 40 courses, the enrolled learner 32."""
    world = build(make)
    owner, learner = world.users["owner"], world.users["enrolled"]
    course = make.course(owner)
    sections = make.outline(course, modules=MODULES, lessons=LESSONS, sections=SECTIONS)
    enrollment = make.enrollment(learner, course)
    for _ in range(36):
        make.course(owner)
    make.execute(_JOIN, user=learner["id"], course=course["id"])
    make.execute(_STUDENTS, course=course["id"])
    make.execute(_RATINGS, course=course["id"])
    make.execute(_LEARNED, course=course["id"], enrollment=enrollment["id"], learned=LEARNED)
    make.execute(
        "update courses set total_enrollments = 201, rating_count = 120, rating_sum = 480 where id = :id",
        id=course["id"],
    )
    serial = new_serial()
    make.execute("update certificates set serial = :serial where id = :id", serial=serial, id=world.rows["certificate"]["id"])
    rows = {
        **world.rows,
        "serial": {"id": serial},
        "course": course,
        "module": {"id": _module(make, sections[0]["lesson_id"])},
        "lesson": {"id": sections[0]["lesson_id"]},
        "section": sections[0],
        "last_section": sections[-1],
        "enrollment": enrollment,
    }
    return replace(world, rows=rows)


def _module(make: Factory, lesson_id: UUID) -> UUID:
    found: UUID = make.value("select module_id from lessons where id = :id", id=lesson_id)
    return found
