"""The search index, kept in the transaction that publishes or changes a course.

Words are cut at every ASCII sign, in texts and in questions alike, so that `node.js`, `e-mail` and `C++` mean the same on both sides.
"""

from uuid import UUID

from academy.platform.db import UnitOfWork, sql

CONFIG = "'academy'"
"""The text search configuration: accents off, then English stems."""

_SIGNS = r"'[!-/:-@\[-`{-~]+'"

LONGEST_WORD = 40


def words_only(expression: str) -> str:
    """A text expression with its ASCII signs turned into spaces."""
    return f"regexp_replace({expression}, {_SIGNS}, ' ', 'g')"


# Ten ratings of 3.5 are taken as known of every course, so that a single five does not outweigh a hundred fours.
QUALITY = """(ln(1 + c.total_enrollments) + 2 * (c.rating_sum + 35)::double precision / (c.rating_count + 10)
    + case when c.thumbnail_key is null then 0 else 0.25 end)::real"""

_TEXT = words_only("""concat_ws(' ', c.title, array_to_string(c.tags, ' '), c.category, d.name, u.full_name, c.description,
    array_to_string(c.objectives, ' '),
    (select string_agg(m.title, ' ') from modules m where m.course_id = c.id and m.deleted_at is null),
    (select string_agg(l.title, ' ') from lessons l where l.course_id = c.id and l.deleted_at is null))""")

# What can be mistyped: title, tags, field, and the words of the description.
DICTIONARY_TEXT = words_only("concat_ws(' ', c.title, array_to_string(c.tags, ' '), c.category, d.name, u.full_name, c.description)")

LISTED = "c.status = 'published' and c.visibility = 'public' and c.deleted_at is null"

DICTIONARY_WORD = f"length(w.word) between 3 and {LONGEST_WORD} and w.word !~ '[0-9]' and w.stem is not null"

STEM = f"(tsvector_to_array(to_tsvector({CONFIG}, %s)))[1]"

_INDEX = sql(f"""
    with entry as (
        insert into course_search as i (course_id, domain, category, difficulty, language, price, instructor_id, tags, quality, published_at, title_tsv, tsv)
        select c.id, c.domain, c.category, c.difficulty, c.language, c.price, c.instructor_id,
            array(select lower(tag) from unnest(c.tags) as tag), {QUALITY}, c.published_at,
            to_tsvector({CONFIG}, {words_only("c.title")}), to_tsvector({CONFIG}, {_TEXT})
        from courses c join users u on u.id = c.instructor_id join domains d on d.slug = c.domain
        where c.id = any(:ids::uuid[]) and {LISTED}
        order by c.id
        on conflict (course_id) do update set domain = excluded.domain, category = excluded.category, difficulty = excluded.difficulty,
            language = excluded.language, price = excluded.price, instructor_id = excluded.instructor_id, tags = excluded.tags,
            quality = excluded.quality, published_at = excluded.published_at, title_tsv = excluded.title_tsv, tsv = excluded.tsv
        returning course_id
    ), words as (
        select distinct w.word
        from courses c join users u on u.id = c.instructor_id join domains d on d.slug = c.domain,
            unnest(tsvector_to_array(to_tsvector('simple', unaccent({DICTIONARY_TEXT})))) as w(word)
        where c.id in (select course_id from entry)
    ), stemmed as (
        select word, {STEM % "word"} as stem from words
    ), learned as (
        insert into search_lexemes as known (word, stem, courses)
        select w.word, w.stem, 1 from stemmed w where {DICTIONARY_WORD} order by w.word
        on conflict (word) do nothing
    )
    select count(*) from entry
""")
_REMOVE = sql("delete from course_search where course_id = :course_id::uuid")


def index_course(work: UnitOfWork, course_id: UUID) -> None:
    """Make what search knows of a course equal to the course; a course that is not published and public is left out.

    The dictionary's counts only choose between corrections and are made exact by a schedule.
    """
    index_courses(work, [course_id])


def index_courses(work: UnitOfWork, course_ids: list[UUID]) -> int:
    """The same for many; returns how many are listed."""
    return int(work.value(_INDEX, ids=course_ids))


def remove_course(work: UnitOfWork, course_id: UUID) -> None:
    work.execute(_REMOVE, course_id=course_id)
