"""What a schedule does for the catalog: the search index as it should be, whatever happened since."""

from academy.catalog.indexing import DICTIONARY_WORD, ENTRY, ENTRY_CHANGED, LISTED, QUALITY, STEM, WORDS_OF_COURSES
from academy.platform.db import Database, UnitOfWork, sql

_TAKE_TIME = sql("select set_config('statement_timeout', '300s', true)")

_ORPHANS = sql(f"delete from course_search i where not exists (select from courses c where c.id = i.course_id and {LISTED})")

# Titles of modules and lessons, and a name that an instructor changed, reach the index here; courses and people say when they last changed.
_CHANGED = sql(f"""
    {ENTRY} and (not exists (select from course_search known where known.course_id = c.id)
        or greatest(c.updated_at, u.updated_at) > now() - interval '2 days') {ENTRY_CHANGED}
""")

# Enrolments and ratings shift quality a little every minute; only a shift that could matter is written.
_QUALITY = sql(f"""
    update course_search i set quality = {QUALITY} from courses c
    where c.id = i.course_id and abs(i.quality - {QUALITY}) > 0.01
""")

_COUNT_WORDS = sql(f"""
    with counted as (
        select w.word, count(*) as courses {WORDS_OF_COURSES} where {LISTED} group by w.word
    ), words as (
        select w.word, w.courses, {STEM % "w.word"} as stem from counted w
    ), wanted as (
        select w.word, w.stem, w.courses from words w where {DICTIONARY_WORD}
    ), forgotten as (
        delete from search_lexemes k where not exists (select from wanted w where w.word = k.word)
    )
    insert into search_lexemes as known (word, stem, courses)
    select w.word, w.stem, w.courses from wanted w order by w.word
    on conflict (word) do update set stem = excluded.stem, courses = excluded.courses
        where (known.stem, known.courses) is distinct from (excluded.stem, excluded.courses)
""")

_STEPS = {"removed": _ORPHANS, "indexed": _CHANGED, "quality": _QUALITY, "words": _COUNT_WORDS}


def refresh_search(db: Database) -> dict[str, int]:
    """Entries removed, made anew and weighed anew, words counted anew; each step in a transaction of its own."""

    def run(step: str) -> int:
        def job(work: UnitOfWork) -> int:
            work.execute(_TAKE_TIME)
            return work.execute(_STEPS[step])

        return db.transact(job)[0]

    return {step: run(step) for step in _STEPS}
