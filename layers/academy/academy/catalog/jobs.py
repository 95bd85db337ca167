"""What a schedule does for the catalog: the search index as it should be, whatever happened since.

In steps that each take a second or two at 100,000 courses: a statement may run no longer than the connection waits for an answer.
"""

from uuid import UUID

from academy.catalog.bits import refresh_bits
from academy.catalog.indexing import LISTED, QUALITY, index_courses
from academy.platform.db import Database, UnitOfWork, sql

BATCH = 500

_FIRST = UUID(int=0)

_ORPHANS = sql(f"delete from course_search i where not exists (select from courses c where c.id = i.course_id and {LISTED})")

# Titles of modules and lessons, and a name that an instructor changed, reach the index here; courses and people say when they last changed.
# The schedule runs every quarter of an hour: an hour back covers runs that failed.
_CHANGED = sql(f"""
    select c.id from courses c join users u on u.id = c.instructor_id
    where {LISTED} and c.id > :after::uuid and (not exists (select from course_search known where known.course_id = c.id)
        or greatest(c.updated_at, u.updated_at) > now() - interval '1 hour')
    order by c.id limit :limit::int
""")

# Enrolments and ratings shift quality a little every minute; only a shift that could matter is written.
_QUALITY = sql(f"""
    update course_search i set quality = {QUALITY} from courses c
    where c.id = i.course_id and abs(i.quality - {QUALITY}) > 0.01
""")

# A word is as common as its stem; a word whose stem no course has any more is forgotten.
_COUNT_WORDS = sql("""
    with stems as materialized (
        select word as stem, ndoc as courses from ts_stat('select tsv from course_search')
    ), forgotten as (
        delete from search_lexemes k where not exists (select from stems s where s.stem = k.stem)
    )
    update search_lexemes k set courses = s.courses from stems s where s.stem = k.stem and s.courses <> k.courses
""")


def refresh_search(db: Database) -> dict[str, int]:
    """Entries removed, made anew and weighed anew, words counted anew, blocks of bits made anew; a transaction a step."""
    return {
        "removed": _run(db, "removed"),
        "indexed": _index_changed(db),
        "quality": _run(db, "quality"),
        "words": _run(db, "words"),
        "blocks": refresh_bits(db),
    }


_STEPS = {"removed": _ORPHANS, "quality": _QUALITY, "words": _COUNT_WORDS}


def _run(db: Database, step: str) -> int:
    return db.transact(lambda work: work.execute(_STEPS[step]))[0]


def _index_changed(db: Database) -> int:
    after, total = _FIRST, 0
    while True:
        start = after

        def batch(work: UnitOfWork, start: UUID = start) -> list[UUID]:
            ids = [row.id for row in work.rows(_CHANGED, after=start, limit=BATCH)]
            if ids:
                index_courses(work, ids)
            return ids

        ids, _ = db.transact(batch)
        total += len(ids)
        if len(ids) < BATCH:
            return total
        after = ids[-1]
