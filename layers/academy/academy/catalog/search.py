"""Finding courses: lists in four orders, search in tiers, corrections of typing errors.

Search does not rank every match. Titles that have all the words come first, then titles that have some of them, then the rest; each tier is
ordered by a stored quality and read no further than the page (0.1 s of ts_rank over 100,000 courses become a few milliseconds).
"""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from academy.catalog.indexing import CONFIG, LONGEST_WORD, STEM, words_only
from academy.catalog.rows import AUTHORED_COURSE, CARD
from academy.catalog.schemas import CourseQuery
from academy.platform.config import config
from academy.platform.db import Statement, UnitOfWork, sql
from academy.platform.http import Page

MAX_WORDS = 10

_SIGNS_AND_SPACES = re.compile(r"[\s!-/:-@\[-`{-~]+")

# A word is known if a course has its stem (for the last word: one that begins like it). Of the others, a last word that dictionary words begin
# with stands for those ("programm", whose stem is longer than that of "programming"); the rest become the nearest word of the dictionary,
# common ones preferred: short words allow one wrong letter, longer ones two (which covers swapped letters).
_UNDERSTAND = sql(f"""
    with given as (
        select n, w as word, n = max(n) over () as is_last, {STEM % "w"} as stem
        from unnest(:words::text[]) with ordinality as u(w, n)
    ), looked_up as (
        select g.*, exists (select from search_lexemes e where e.stem = g.stem)
            or g.is_last and exists (select from search_lexemes e where e.stem ~>=~ g.stem and e.stem ~<~ (g.stem || chr(1114111))) as known
        from given g where g.stem is not null
    ), meant as (
        select g.n, g.is_last, coalesce(better.word, g.word) as word, better.word is not null as corrected, begun.stems
        from looked_up g left join lateral (
            select array_agg(distinct k.stem) as stems from search_lexemes k where not g.known and g.is_last and k.word ^@ unaccent(g.word)
        ) begun on true left join lateral (
            select k.word from search_lexemes k
            where :correct::bool and not g.known and begun.stems is null and length(g.word) >= 4
                and length(k.word) between length(g.word) - 2 and length(g.word) + 2
                and levenshtein_less_equal(k.word, unaccent(g.word), 2) <= case when length(g.word) < 5 then 1 else 2 end
            order by levenshtein(k.word, unaccent(g.word)) - 0.25 * ln(k.courses), k.word limit 1
        ) better on true
    ), parts as (
        select m.*, (
            select '(' || string_agg('''' || replace(replace(lexeme, '\\', '\\\\'), '''', '''''') || '''' || case when m.is_last then ':*' else '' end,
                case when m.stems is null then ' & ' else ' | ' end) || ')'
            from unnest(coalesce(m.stems, tsvector_to_array(to_tsvector({CONFIG}, m.word)))) as lexeme
        ) as part
        from meant m
    )
    select string_agg(part, ' & ' order by n) as both, string_agg(part, ' | ' order by n) as either, count(*) as words,
        case when bool_or(corrected) then string_agg(word, ' ' order by n) end as did_you_mean
    from parts
""")

_FILTERS = """(:domain::text is null or i.domain = :domain) and (:category::text is null or i.category = :category)
        and (:difficulty::text is null or i.difficulty = :difficulty) and (:language::text is null or i.language = :language)
        and (:tag::text is null or i.tags @> array[lower(:tag)]) and (:free::bool is null or (i.price = 0) = :free)
        and (:instructor_id::uuid is null or i.instructor_id = :instructor_id)"""
_FOUND = "(:both::tsquery is null or i.tsv @@ :both::tsquery)"
_COUNTED = f"case when :counted::bool then (select count(*) from course_search i where {_FILTERS} and {_FOUND}) end as total"
_PEOPLE = "join users u on u.id = c.instructor_id"


def _tier(number: int, condition: str) -> str:
    return f"""(select {number} as tier, i.quality, i.course_id from course_search i
            where {condition} and {_FILTERS} and (:after_tier::int is null or {number} < :after_tier
                or ({number} = :after_tier and (i.quality, i.course_id) < (:after_quality::real, :after_id::uuid)))
            order by i.quality desc, i.course_id desc limit :limit::int + 1 + :offset::int)"""


_BY_RELEVANCE = sql(f"""
    with found as (
        {_tier(3, "i.title_tsv @@ :both::tsquery")}
        union all
        {_tier(2, "i.tsv @@ :both::tsquery and :words::int > 1 and i.title_tsv @@ :either::tsquery and not i.title_tsv @@ :both::tsquery")}
        union all
        {_tier(1, "i.tsv @@ :both::tsquery and not i.title_tsv @@ :either::tsquery")}
    ), chosen as (
        select * from found order by tier desc, quality desc, course_id desc limit :limit::int + 1 offset :offset::int
    ), page as (
        select {CARD}::text as item, json_build_array(f.tier, f.quality, f.course_id)::text as cursor
        from chosen f join courses c on c.id = f.course_id {_PEOPLE} order by f.tier desc, f.quality desc, f.course_id desc
    )
    select page.item, page.cursor, {_COUNTED} from (select 1) one left join page on true
""")


@dataclass(frozen=True, slots=True)
class _Order:
    """`key` and `id` are in one table, so that one index serves the order; `kind` is the cursor's JSON type, `sql_type` the column's."""

    key: str
    id: str
    sql_type: str
    kind: type
    ascending: bool = False

    @property
    def direction(self) -> str:
        return "asc" if self.ascending else "desc"

    @property
    def clause(self) -> str:
        return f"{self.key} {self.direction}, {self.id} {self.direction}"

    @property
    def following(self) -> str:
        sign = ">" if self.ascending else "<"
        return f"(:after_key::{self.sql_type} is null or ({self.key}, {self.id}) {sign} (:after_key::{self.sql_type}, :after_id::uuid))"


def _sorted_list(order: _Order) -> Statement:
    return sql(f"""
        with chosen as (
            select i.course_id, {order.key} as key
            from course_search i join courses c on c.id = i.course_id and c.status = 'published' and c.visibility = 'public' and c.deleted_at is null
            where {_FILTERS} and {_FOUND} and {order.following}
            order by {order.clause} limit :limit::int + 1 offset :offset::int
        ), page as (
            select {CARD}::text as item, json_build_array(f.key, f.course_id)::text as cursor
            from chosen f join courses c on c.id = f.course_id {_PEOPLE}
            order by f.key {order.direction}, f.course_id {order.direction}
        )
        select page.item, page.cursor, {_COUNTED} from (select 1) one left join page on true
    """)


_OWN_FILTERS = f"""c.instructor_id = :caller::uuid and c.deleted_at is null and (:status::text is null or c.status = :status)
        and (:domain::text is null or c.domain = :domain) and (:category::text is null or c.category = :category)
        and (:difficulty::text is null or c.difficulty = :difficulty) and (:language::text is null or c.language = :language)
        and (:tag::text is null or lower(:tag) in (select lower(tag) from unnest(c.tags) as tag)) and (:free::bool is null or (c.price = 0) = :free)
        and (:both::tsquery is null or to_tsvector({CONFIG}, {words_only("c.title || ' ' || c.description")}) @@ :both::tsquery)"""


def _own_list(order: _Order) -> Statement:
    return sql(f"""
        with chosen as (
            select c.id, {order.key} as key from courses c where {_OWN_FILTERS} and {order.following}
            order by {order.clause} limit :limit::int + 1 offset :offset::int
        ), page as (
            select {AUTHORED_COURSE}::text as item, json_build_array(f.key, f.id)::text as cursor
            from chosen f join courses c on c.id = f.id {_PEOPLE}
            order by f.key {order.direction}, f.id {order.direction}
        )
        select page.item, page.cursor, case when :counted::bool then (select count(*) from courses c where {_OWN_FILTERS}) end as total
        from (select 1) one left join page on true
    """)


_ORDERS = {
    "newest": _Order("i.published_at", "i.course_id", "timestamptz", str),
    "popular": _Order("c.total_enrollments", "c.id", "bigint", int),
    "rating": _Order("c.rating_average", "c.id", "float8", float),
    "price": _Order("i.price", "i.course_id", "bigint", int, ascending=True),
}
_OWN_ORDERS = {
    "newest": _Order("c.created_at", "c.id", "timestamptz", str),
    "popular": _ORDERS["popular"],
    "rating": _ORDERS["rating"],
    "price": _Order("c.price", "c.id", "bigint", int, ascending=True),
}
_SORTED = {name: _sorted_list(order) for name, order in _ORDERS.items()}
_OWN = {name: _own_list(order) for name, order in _OWN_ORDERS.items()}


@dataclass(frozen=True, slots=True)
class _Question:
    """What was searched for, as tsquery texts: all words, any word. `did_you_mean` is the search as corrected, None if it needed no correction."""

    both: str
    either: str
    words: int
    did_you_mean: str | None


_NOTHING = _Question("", "", 0, None)


def find_courses(work: UnitOfWork, query: CourseQuery, *, caller: UUID | None) -> tuple[Page, str | None]:
    """A page of cards and what the search was corrected to, if it was. With `query.mine` the caller's own courses, drafts included."""
    question = _understand(work, query.search, correct=not query.mine) if query.search else None
    parameters: dict[str, Any] = {
        "domain": query.domain,
        "category": query.category,
        "difficulty": query.difficulty,
        "language": query.language,
        "tag": query.tag,
        "free": query.free,
        "both": question.both if question else None,
        "limit": query.limit,
        "offset": query.offset,
        "counted": query.counted,
        "media": config().media_url,
    }
    if question is not None and not query.mine and query.sort is None:
        after = query.after(int, float, str) or [None, None, None]
        rows = work.rows(
            _BY_RELEVANCE,
            **parameters,
            instructor_id=query.instructor_id,
            either=question.either,
            words=question.words,
            after_tier=after[0],
            after_quality=after[1],
            after_id=after[2],
        )
    else:
        sort = query.sort or "newest"
        after = query.after((_OWN_ORDERS if query.mine else _ORDERS)[sort].kind, str) or [None, None]
        parameters |= {"after_key": after[0], "after_id": after[1]}
        if query.mine:
            rows = work.rows(_OWN[sort], **parameters, caller=caller, status=query.status)
        else:
            rows = work.rows(_SORTED[sort], **parameters, instructor_id=query.instructor_id)
    return Page.of(rows, query), question.did_you_mean if question else None


def _understand(work: UnitOfWork, search: str, *, correct: bool) -> _Question:
    """A search made only of signs or of words like "the" finds nothing."""
    words = [word[:LONGEST_WORD].lower() for word in _SIGNS_AND_SPACES.split(search) if word][:MAX_WORDS]
    row = work.first(_UNDERSTAND, words=words, correct=correct) if words else None
    if row is None or row.both is None:
        return _NOTHING
    return _Question(row.both, row.either, row.words, row.did_you_mean)
