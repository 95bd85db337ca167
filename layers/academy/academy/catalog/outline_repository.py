"""Statements about what is in a course. Modules, lessons and sections are three levels of one shape, so their statements are made by one rule.

Each is run after the course's row was locked (`LOCKS`), so that positions stay dense and counters right under concurrency.
"""

from dataclasses import dataclass

from academy.catalog.rows import LESSON, MODULE, SECTION
from academy.platform.db import Statement, sql


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the outline. `alias` is that of `rows`; `columns` are what an author sets."""

    name: str
    table: str
    alias: str
    parent: str
    parent_table: str
    parent_column: str
    columns: str
    json: str

    def lock(self) -> Statement:
        """Find the row's course and lock it. After a wait the row itself may have changed or gone: the statement that follows looks again."""
        return sql(f"""
            select c.id, c.instructor_id, c.title, c.status, c.visibility, c.version, c.content_version, c.total_enrollments
            from {self.table} x join courses c on c.id = x.course_id
            where x.id = :id::uuid and x.deleted_at is null and c.deleted_at is null
                and (c.instructor_id = :caller::uuid or :any::bool and c.visibility = 'public')
                and (:course_id::uuid is null or c.id = :course_id::uuid)
            for update of c
        """)

    def insert(self) -> Statement:
        """No row: the parent is gone."""
        a = self.alias
        foreign = "course_id" if self.parent_column == "course_id" else f"course_id, {self.parent_column}"
        keys = "p.id" if self.parent_column == "course_id" else ":course_id::uuid, p.id"
        return sql(f"""
            with p as (
                select id from {self.parent_table} where id = :parent_id::uuid and deleted_at is null
            ), spot as (
                select least(coalesce(:position::bigint, count(*) + 1), count(*) + 1) as position
                from {self.table} where {self.parent_column} = :parent_id::uuid and deleted_at is null
            ), shifted as (
                update {self.table} x set position = x.position + 1 from spot, p
                where x.{self.parent_column} = p.id and x.deleted_at is null and x.position >= spot.position
            ), {a} as (
                insert into {self.table} (id, {foreign}, position, {self.columns})
                select :id::uuid, {keys}, spot.position, {_from_record(self.columns)}
                from p, spot, jsonb_populate_record(null::{self.table}, :values::jsonb) r
                returning *
            ), touched as (
                update courses set {_TOUCH}, {self.name}_count = {self.name}_count + 1 where id = (select course_id from {a})
            )
            select {self.json}::text as json, {a}.version from {a}
        """)

    def update(self) -> Statement:
        """No row: it is gone, or its version is another."""
        a = self.alias
        return sql(f"""
            with target as (
                select id, {self.parent_column} as parent, position from {self.table}
                where id = :id::uuid and deleted_at is null and (:version::bigint is null or version = :version::bigint)
            ), spot as (
                select least(coalesce(:position::bigint, t.position),
                    (select count(*) from {self.table} y where y.{self.parent_column} = t.parent and y.deleted_at is null)) as position
                from target t
            ), shifted as (
                update {self.table} x set position = x.position + case when spot.position < t.position then 1 else -1 end
                from target t, spot
                where x.{self.parent_column} = t.parent and x.deleted_at is null and x.id <> t.id
                    and x.position between least(spot.position, t.position) and greatest(spot.position, t.position)
            ), {a} as (
                update {self.table} x set position = spot.position, version = x.version + 1, updated_at = now(),
                    ({self.columns}) = (select {_from_record(self.columns)} from jsonb_populate_record(x, :changes::jsonb) r)
                from target t, spot where x.id = t.id returning x.*
            ), touched as (
                update courses set {_TOUCH} where id = (select course_id from {a})
            )
            select {self.json}::text as json, {a}.version from {a}
        """)


_TOUCH = "version = version + 1, content_version = content_version + 1, updated_at = now()"


def _from_record(columns: str) -> str:
    return ", ".join(f"r.{column.strip()}" for column in columns.split(","))


LEVELS = {
    level.name: level
    for level in (
        Level("module", "modules", "m", "course", "courses", "course_id", "title, description", MODULE),
        Level(
            "lesson",
            "lessons",
            "l",
            "module",
            "modules",
            "module_id",
            "title, description, estimated_minutes, video_url, materials_key, subtitle_key, objectives, is_preview",
            LESSON,
        ),
        Level("section", "sections", "s", "lesson", "lessons", "lesson_id", "title, type, content, data, estimated_minutes", SECTION),
    )
}
LOCKS = {name: level.lock() for name, level in LEVELS.items()}
INSERTS = {name: level.insert() for name, level in LEVELS.items()}
UPDATES = {name: level.update() for name, level in LEVELS.items()}

# A lesson by the course's address: into the module that is named, else the last, else one made for it.
LESSON_HOME = sql("""
    with named as (
        select id from modules where course_id = :course_id::uuid and deleted_at is null and (:module_id::uuid is null or id = :module_id::uuid)
        order by position desc limit 1
    ), made as (
        insert into modules (id, course_id, title, position)
        select :new_id::uuid, :course_id::uuid, 'Lessons', 1 where :module_id::uuid is null and not exists (select from named) returning id
    ), counted as (
        update courses set module_count = module_count + 1 where id = :course_id::uuid and exists (select from made)
    )
    select id from named union all select id from made
""")

DELETES = {
    "module": sql(f"""
        with gone as (
            update modules set deleted_at = now(), version = version + 1
            where id = :id::uuid and deleted_at is null and (:version::bigint is null or version = :version::bigint) returning id, course_id, position
        ), closed as (
            update modules x set position = x.position - 1 from gone
            where x.course_id = gone.course_id and x.deleted_at is null and x.position > gone.position and x.id <> gone.id
        ), lessons_gone as (
            update lessons set deleted_at = now() where module_id = (select id from gone) and deleted_at is null returning id
        ), sections_gone as (
            update sections set deleted_at = now()
            where lesson_id in (select l.id from lessons l join gone on l.module_id = gone.id where l.deleted_at is null) and deleted_at is null returning id
        ), quizzes_gone as (
            update quizzes set deleted_at = now() where module_id = (select id from gone) and deleted_at is null
        ), touched as (
            update courses set {_TOUCH}, module_count = module_count - 1, lesson_count = lesson_count - (select count(*) from lessons_gone),
                section_count = section_count - (select count(*) from sections_gone)
            where id = (select course_id from gone)
        )
        select id from gone
    """),
    "lesson": sql(f"""
        with gone as (
            update lessons set deleted_at = now(), version = version + 1
            where id = :id::uuid and deleted_at is null and (:version::bigint is null or version = :version::bigint)
            returning id, course_id, module_id, position
        ), closed as (
            update lessons x set position = x.position - 1 from gone
            where x.module_id = gone.module_id and x.deleted_at is null and x.position > gone.position and x.id <> gone.id
        ), sections_gone as (
            update sections set deleted_at = now() where lesson_id = (select id from gone) and deleted_at is null returning id
        ), quizzes_gone as (
            update quizzes set deleted_at = now() where lesson_id = (select id from gone) and deleted_at is null
        ), touched as (
            update courses set {_TOUCH}, lesson_count = lesson_count - 1, section_count = section_count - (select count(*) from sections_gone)
            where id = (select course_id from gone)
        )
        select id from gone
    """),
    "section": sql(f"""
        with gone as (
            update sections set deleted_at = now(), version = version + 1
            where id = :id::uuid and deleted_at is null and (:version::bigint is null or version = :version::bigint)
            returning id, course_id, lesson_id, position
        ), closed as (
            update sections x set position = x.position - 1 from gone
            where x.lesson_id = gone.lesson_id and x.deleted_at is null and x.position > gone.position and x.id <> gone.id
        ), touched as (
            update courses set {_TOUCH}, section_count = section_count - 1 where id = (select course_id from gone)
        )
        select id from gone
    """),
}

# All or nothing: places are given to exactly the living rows of the course, otherwise nothing moves and the differences are told.
RESTRUCTURE = sql(f"""
    with wanted as (
        select kind, id, parent, position from json_to_recordset(:places::json) as w(kind text, id uuid, parent uuid, position bigint)
    ), present as (
        select 'module' as kind, id from modules where course_id = :course_id::uuid and deleted_at is null
        union all select 'lesson', id from lessons where course_id = :course_id::uuid and deleted_at is null
        union all select 'section', id from sections where course_id = :course_id::uuid and deleted_at is null
    ), problems as (
        select coalesce(w.kind, p.kind) as kind, coalesce(w.id, p.id) as id, case when p.id is null then 'unknown' else 'missing' end as type
        from wanted w full join present p on p.kind = w.kind and p.id = w.id where p.id is null or w.id is null
    ), fine as (
        select not exists (select from problems) as fine
    ), modules_moved as (
        update modules x set position = w.position from wanted w, fine where fine.fine and w.kind = 'module' and x.id = w.id
    ), lessons_moved as (
        update lessons x set position = w.position, module_id = w.parent from wanted w, fine where fine.fine and w.kind = 'lesson' and x.id = w.id
    ), sections_moved as (
        update sections x set position = w.position, lesson_id = w.parent from wanted w, fine where fine.fine and w.kind = 'section' and x.id = w.id
    ), quizzes_moved as (
        update quizzes q set module_id = w.parent from wanted w, fine
        where fine.fine and w.kind = 'lesson' and q.lesson_id = w.id and q.deleted_at is null and q.module_id <> w.parent
    ), touched as (
        update courses set {_TOUCH} where id = :course_id::uuid and (select fine from fine) returning version
    )
    select (select version from touched) as version,
        (select coalesce(json_agg(json_build_object('kind', kind, 'id', id, 'type', type) order by type, kind, id), '[]') from problems)::text as problems
""")

OUTLINE = sql("""
    select coalesce(json_agg(json_build_object('id', m.id, 'title', m.title, 'order', m.position, 'lessons', (
        select coalesce(json_agg(json_build_object('id', l.id, 'title', l.title, 'order', l.position, 'estimatedTime', l.estimated_minutes, 'sections', (
            select coalesce(json_agg(json_build_object('id', s.id, 'title', s.title, 'type', s.type, 'order', s.position,
                'estimatedMinutes', s.estimated_minutes) order by s.position), '[]')
            from sections s where s.lesson_id = l.id and s.deleted_at is null)) order by l.position), '[]')
        from lessons l where l.module_id = m.id and l.deleted_at is null)) order by m.position), '[]')::text
    from modules m where m.course_id = :course_id::uuid and m.deleted_at is null
""")
