"""Finding courses: lists in four orders, search in tiers.

Search does not rank every match. Titles that have all the words come first, then titles that have some of them, then the rest; each tier is
ordered by a stored quality and read no further than the page. How it is read depends on how much there is to find, which the bits tell (see
`bits`): few matches are all looked at, by the index of words or by their numbers; of many, the best are found soon by walking along the quality.
The server can't choose: it may keep one plan for all words.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from academy.catalog.bits import CHANGED, COMMON, KINDS, TALLY, TITLES, counted, matched, numbers, tallied
from academy.catalog.indexing import CONFIG, words_only
from academy.catalog.rows import AUTHORED_COURSE, CARD
from academy.catalog.schemas import CourseQuery
from academy.catalog.understanding import FILTERS, Question, understand
from academy.platform.config import config
from academy.platform.db import LONGEST_PAGE, Row, Statement, UnitOfWork, nearest, sql
from academy.platform.http import Page

FEW = 400
"""Matches that are all looked at: about as much work as walking past all others until a page of that many is found."""

_PEOPLE = "join users u on u.id = c.instructor_id"
_LISTED = "c.status = 'published' and c.visibility = 'public' and c.deleted_at is null"
_ONE = "from (select 1) one left join page on true"
_NO_FACETS: dict[str, Any] = {kind: [] for kind in KINDS}
_NO_MATCHES = "(select 0 as block, b'0' as bits where false)"


@dataclass(frozen=True, slots=True)
class Found:
    """`corrected` is the search as it was understood, None if it needed no correction; `facets` by kind, where they were asked for."""

    page: Page
    corrected: str | None
    facets: dict[str, Any] | None


# ---- few matches: all of them ----

_BY_WORDS = "i.tsv @@ :both::tsquery"
_BY_FILTERS = "ts_match_vq(i.tsv, :both::tsquery)"
_BY_NUMBERS = f"i.course_id in ({numbers('m')} union all {CHANGED}) and ts_match_vq(i.tsv, :both::tsquery)"


def _few(condition: str, chosen: str, order: str, cursor: str) -> Statement:
    bits = f"{matched('m', ':terms::text[]')}, " if condition == _BY_NUMBERS else ""
    return sql(f"""
        with {bits}found as materialized (
            select i.course_id, i.quality, i.domain, i.category, i.difficulty, i.language, i.price, i.published_at,
                case when i.title_tsv @@ :both::tsquery then 3 when i.title_tsv @@ :either::tsquery then 2 else 1 end as tier
            from course_search i where {condition} {FILTERS}
        ), chosen as ({chosen}), page as (
            select {CARD}::text as item, {cursor}::text as cursor from chosen f join courses c on c.id = f.course_id {_PEOPLE} {order}
        ) [? , {tallied(_NO_MATCHES, "found")} ?]
        select page.item, page.cursor, (select count(*) from found) as total [? , case when :facets::bool then {TALLY} end as facets ?] {_ONE}
    """)


_BY_RELEVANCE = "order by f.tier desc, f.quality desc, f.course_id desc"
_RELEVANCE_CURSOR = "json_build_array(f.tier, f.quality, f.course_id)"
_MOST_RELEVANT = nearest(f"""
    select * from found f where true [? and (f.tier, f.quality, f.course_id) < (:after_tier::int, :after_quality::real, :after_id::uuid) ?]
    {_BY_RELEVANCE}
""")
_FEW = {condition: _few(condition, _MOST_RELEVANT, _BY_RELEVANCE, _RELEVANCE_CURSOR) for condition in (_BY_WORDS, _BY_FILTERS, _BY_NUMBERS)}


def _driver(question: Question) -> str:
    """What few matches are found by: the words, if one is rare, else the filters, if one is, else their numbers among the bits."""
    return _BY_NUMBERS if question.total is not None else _BY_WORDS if question.rare else _BY_FILTERS


# ---- many matches: along the quality, tier by tier, no further than the page ----

_ALL_IN_TITLE = "ts_match_vq(i.title_tsv, :both::tsquery)"
# One condition each, which the planner takes every second row to meet: of three it would expect one in twenty-seven, and rather sort them all.
_SOME_IN_TITLE = """case when ts_match_vq(i.tsv, :both::tsquery)
    then ts_match_vq(i.title_tsv, :either::tsquery) and not ts_match_vq(i.title_tsv, :both::tsquery) else false end"""
_NONE_IN_TITLE = "case when ts_match_vq(i.tsv, :both::tsquery) then not ts_match_vq(i.title_tsv, :either::tsquery) else false end"

# By tier: how it is read. A call by its name, as in `ts_match_vq`, is no condition for an index.
_TIERS = {
    (3, "walk"): _ALL_IN_TITLE,
    (3, "index"): "i.title_tsv @@ :both::tsquery",
    (3, "numbers"): f"i.course_id in ({numbers('t')} union all {CHANGED}) and {_ALL_IN_TITLE}",
    (2, "walk"): _SOME_IN_TITLE,
    (2, "index"): f"i.title_tsv @@ :either::tsquery and {_SOME_IN_TITLE}",
    (1, "walk"): _NONE_IN_TITLE,
    (1, "numbers"): f"i.course_id in ({numbers('rest')} union all {CHANGED}) and {_NONE_IN_TITLE}",
}
_REST = """rest as (
        select m.block, case when o.bits is null then m.bits else m.bits & ~o.bits end as bits from m left join (
            select block, bit_or(bits) as bits from search_bits where term = any(:title_words::text[]) group by block
        ) o using (block)
    )"""


def _as_far_as_the_page(walk: str) -> str:
    """`nearest` from the beginning: what comes before the page's offset is on it too, among the rows of other parts."""
    return f"select * from ({walk} limit {LONGEST_PAGE + 1} [? + :offset::int ?]) w limit :limit::int + 1 [? + :offset::int ?]"


def _tier(number: int, way: str, before: list[str], *, cursor: bool) -> str:
    """A tier is read only where those before it leave room on the page."""
    best = "order by i.quality desc, i.course_id desc"
    row = f"select {number} as tier, i.quality, i.course_id from course_search i"
    after = "and (i.quality, i.course_id) < (:after_quality::real, :after_id::uuid)" if cursor else ""
    taken = " + ".join(f"(select count(*) from {each})" for each in before)
    room = f"and {taken} <= :limit::int [? + :offset::int ?]" if before else ""
    condition = f"where {_TIERS[number, way]} {FILTERS} {after} {room}"
    if way == "walk":
        return f"({_as_far_as_the_page(f'{row} {condition} {best}')})"
    # Collected before it is sorted, so that no plan walks along the quality in search of a few.
    return f"(select * from (with collected as materialized ({row} {condition}) select * from collected i {best}) sorted)"


@cache
def _many(ways: tuple[tuple[int, str], ...], cursor_in: int | None) -> Statement:
    tiers: list[str] = []
    for number, way in ways:
        before = [f"tier_{other}" for other, _ in ways if other > number]
        tiers.append(f"tier_{number} as materialized {_tier(number, way, before, cursor=cursor_in == number)}")
    ways_taken = dict(ways).values()
    bits = ""
    if "numbers" in ways_taken:
        bits = f"{matched('m', ':terms::text[]')}, {matched('t', ':title_terms::text[]')}, {_REST}, "
    union = " union all ".join(f"select * from tier_{number}" for number, _ in ways)
    return sql(f"""
        with {bits}{", ".join(tiers)}, chosen as ({nearest(f"select * from ({union}) f {_BY_RELEVANCE}")}), page as (
            select {CARD}::text as item, {_RELEVANCE_CURSOR}::text as cursor
            from chosen f join courses c on c.id = f.course_id {_PEOPLE} {_BY_RELEVANCE}
        )
        select page.item, page.cursor, :total::bigint as total {_ONE}
    """)


def _ways(question: Question, total: int, last: int | None) -> tuple[tuple[int, str], ...]:
    """How each tier is read, from the cursor's on; none for a tier that is empty."""
    ways = []
    if question.titled != 0:
        ways.append((3, "index" if question.titled is None else "walk" if question.titled > FEW else "numbers"))
    if question.words > 1:
        ways.append((2, "walk" if question.some_in_title - (question.titled or 0) > FEW else "index"))
    others = total - question.some_in_title
    if others > 0:
        ways.append((1, "walk" if others - COMMON // TITLES * question.rare_in_title > FEW else "numbers"))
    return tuple(way for way in ways if last is None or way[0] <= last)


# ---- lists in other orders ----


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

    def clause(self, key: str, id: str) -> str:
        return f"order by {key} {self.direction}, {id} {self.direction}"

    def following(self, key: str, id: str) -> str:
        return f"[? and ({key}, {id}) {'>' if self.ascending else '<'} (:after_key::{self.sql_type}, :after_id::uuid) ?]"

    @property
    def keyed(self) -> str:
        """The key of a row `i` of the index, for few of them: looked up one by one, whatever the planner takes their number for."""
        return self.key if self.key.startswith("i.") else f"(select {self.key} from courses c where c.id = i.course_id)"

    @property
    def filters(self) -> str:
        """By the table that is walked along, but for tags, which only the index has in lower case."""
        return FILTERS if self.key.startswith("i.") else FILTERS.replace("i.", "c.").replace("c.tags", "i.tags")

    @property
    def listed(self) -> str:
        """Courses whose key another table has are joined, and said to be listed once more, for the index that has those alone."""
        return "course_search i" if self.key.startswith("i.") else f"course_search i join courses c on c.id = i.course_id and {_LISTED}"


_ORDERS = {
    "newest": _Order("i.published_at", "i.course_id", "timestamptz", str),
    "popular": _Order("c.total_enrollments", "c.id", "bigint", int),
    "rating": _Order("c.rating_average", "c.id", "float8", float),
    "price": _Order("i.price", "i.course_id", "bigint", int, ascending=True),
}
_OWN_ORDERS = {**_ORDERS, "newest": _Order("c.created_at", "c.id", "timestamptz", str)}


_CHOSEN = ("f.key", "f.course_id")


def _sorted_few(order: _Order, condition: str) -> Statement:
    keys = f"select i.course_id, {order.keyed} as key from found i"
    chosen = nearest(f"select * from ({keys}) f where true {order.following(*_CHOSEN)} {order.clause(*_CHOSEN)}")
    return _few(condition, chosen, order.clause(*_CHOSEN), "json_build_array(f.key, f.course_id)")


_COMMON_TAG = "exists (select from search_terms t where t.term = 'tag:' || lower(:tag) and t.ready)"
_KEPT = "(select bool_and(exists (select from search_terms t where t.term = w and t.ready)) from unnest(:terms::text[]) w)"
_BY_BITS = f"{counted('m')} + (select count(*) from course_search i where i.course_id in ({CHANGED}) {FILTERS})"
_COUNTED = f"case when {_KEPT} then {_BY_BITS} else (select count(*) from course_search i where true {FILTERS}) end"


def _sorted_many(order: _Order, *, searched: bool = False, by: str = "order", is_counted: bool = False) -> Statement:
    """Along an index of the order. `by` says what few courses may have, and all of them are then collected and sorted: an instructor, or a tag,
    unless that is a common one."""
    search = "and ts_match_vq(i.tsv, :both::tsquery)" if searched else ""
    chosen = f"""select i.course_id, {order.key} as key from {order.listed}
        where true {search} {order.filters} {order.following(order.key, order.id)} {"{gate}"} {order.clause(order.key, order.id)}"""
    walked = chosen.replace("{gate}", "")
    if by != "order":
        gate = "" if by == "instructor" else f"and not {_COMMON_TAG}"
        collected = f"select i.course_id, {order.keyed} as key from course_search i where true {search} {FILTERS} {gate}"
        source = f"select * from (with collected as materialized ({collected}) select * from collected) f"
        if by == "tag":
            gated = chosen.replace("{gate}", f"and {_COMMON_TAG}")
            source += f" union all (select * from ({_as_far_as_the_page(gated)}) g)"
        walked = f"select * from ({source}) f where true {order.following(*_CHOSEN)} {order.clause(*_CHOSEN)}"
    total = ":total::bigint" if searched else _COUNTED if is_counted else "null::bigint"
    bits = f"{matched('m', ':terms::text[]')}, " if is_counted else ""  # planning them costs as much as the page
    return sql(f"""
        with {bits}chosen as ({nearest(walked)}), page as (
            select {CARD}::text as item, json_build_array(f.key, f.course_id)::text as cursor
            from chosen f join courses c on c.id = f.course_id {_PEOPLE} {order.clause(*_CHOSEN)}
        )
        select page.item, page.cursor, {total} as total {_ONE}
    """)


_SORTED_FEW = {
    (name, condition): _sorted_few(order, condition)
    for name, order in _ORDERS.items()
    for condition in (_BY_WORDS, _BY_FILTERS, _BY_NUMBERS)
}
_SORTED_SEARCH = {name: _sorted_many(order, searched=True) for name, order in _ORDERS.items()}
_SORTED = {
    (name, by, is_counted): _sorted_many(order, by=by, is_counted=is_counted)
    for name, order in _ORDERS.items()
    for by in ("order", "instructor", "tag")
    for is_counted in (True, False)
}
_FACETS = sql(f"""
    with {matched("m", ":terms::text[]")}, fresh as materialized (
        select i.* from course_search i where i.course_id in ({CHANGED}) {FILTERS}
    ), few as materialized (
        select i.* from course_search i where not {_KEPT} {FILTERS}
    ), rows as (select * from fresh where {_KEPT} union all select * from few), {tallied("m", "rows")}
    select {TALLY} as facets
""")

# ---- one's own courses, drafts included ----

_OWN_FILTERS = f"""c.instructor_id = :caller::uuid and c.deleted_at is null [? and c.status = :status::text ?] [? and c.domain = :domain::text ?]
        [? and c.category = :category::text ?] [? and c.difficulty = :difficulty::text ?] [? and c.language = :language::text ?]
        [? and lower(:tag::text) in (select lower(tag) from unnest(c.tags) as tag) ?] [? and c.price = 0 and :free::bool ?]
        [? and c.price > 0 and :paid::bool ?]
        [? and to_tsvector({CONFIG}, {words_only("c.title || ' ' || c.description")}) @@ :both::tsquery ?]"""


def _own_list(order: _Order) -> Statement:
    """All of them are sorted: nobody has many."""
    key = f"c{order.key[1:]}"
    chosen = nearest(f"select * from own f where true {order.following('f.key', 'f.id')} {order.clause('f.key', 'f.id')}")
    return sql(f"""
        with own as materialized (
            select c.id, {key} as key from courses c where {_OWN_FILTERS}
        ), chosen as ({chosen}), page as (
            select {AUTHORED_COURSE}::text as item, json_build_array(f.key, f.id)::text as cursor
            from chosen f join courses c on c.id = f.id {_PEOPLE} {order.clause("f.key", "f.id")}
        )
        select page.item, page.cursor, (select count(*) from own) as total {_ONE}
    """)


_OWN = {name: _own_list(order) for name, order in _OWN_ORDERS.items()}


# ---- which of them ----


def find_courses(work: UnitOfWork, query: CourseQuery, *, caller: UUID | None) -> Found:
    """A page of cards. With `query.mine` the caller's own courses, drafts included."""
    filters: dict[str, Any] = {
        "domain": query.domain,
        "category": query.category,
        "difficulty": query.difficulty,
        "language": query.language,
        "tag": query.tag,
        "free": query.free or None,
        "paid": True if query.free is False else None,
    }
    terms = _terms(query)
    question = None
    if query.search:
        listed = {**filters, "instructor_id": query.instructor_id}
        question = understand(work, query.search, listed, terms=terms, correct=not query.mine, facets=query.facets and not query.mine)
        if question is None:
            return Found(Page((), query, False, None, 0 if query.counted else None), None, _NO_FACETS if query.facets else None)
    asked = {**filters, "limit": query.limit, "offset": query.offset, "media": config().media_url}
    if query.mine:
        return Found(_own_page(work, query, asked, question, caller), question.did_you_mean if question else None, None)
    asked |= {"instructor_id": query.instructor_id, "terms": question.anywhere if question else terms, "facets": query.facets or None}
    if question is None:
        facets = _run(work, _FACETS, asked)[0].facets if query.facets else None
        by = "instructor" if query.instructor_id else "tag" if query.tag else "order"
        asked |= _after(query, _ORDERS)
        return Found(Page.of(_run(work, _SORTED[query.sort or "newest", by, query.counted], asked), query), None, facets)
    rows = _search(work, query, question, asked)
    facets = question.facets if question.total is not None else rows[0].facets if query.facets else None
    return Found(Page.of(rows, query), question.did_you_mean, facets)


def _search(work: UnitOfWork, query: CourseQuery, question: Question, asked: dict[str, Any]) -> list[Row]:
    few = question.total is None or question.total <= FEW
    asked |= {"both": question.both, "either": question.either, "total": question.total}
    if query.sort is not None:
        asked |= _after(query, _ORDERS)
        return _run(work, _SORTED_FEW[query.sort, _driver(question)] if few else _SORTED_SEARCH[query.sort], asked)
    after = query.after(int, float, str) or [None, None, None]
    asked |= {"after_tier": after[0], "after_quality": after[1], "after_id": after[2]}
    if few:
        return _run(work, _FEW[_driver(question)], asked)
    asked |= {"title_terms": question.in_title, "title_words": question.title_words}
    return _run(work, _many(_ways(question, question.total or 0, after[0]), after[0]), asked)


def _own_page(work: UnitOfWork, query: CourseQuery, asked: dict[str, Any], question: Question | None, caller: UUID | None) -> Page:
    asked |= {"both": question.both if question else None, "caller": caller, "status": query.status, **_after(query, _OWN_ORDERS)}
    return Page.of(_run(work, _OWN[query.sort or "newest"], asked), query)


def _run(work: UnitOfWork, statement: Statement, asked: dict[str, Any]) -> list[Row]:
    return work.rows(statement, **{name: asked[name] for name in statement.names})


def _after(query: CourseQuery, orders: dict[str, _Order]) -> dict[str, Any]:
    after = query.after(orders[query.sort or "newest"].kind, str) or [None, None]
    return {"after_key": after[0], "after_id": after[1]}


def _terms(query: CourseQuery) -> list[str]:
    """The filters as terms of the bits; an instructor's courses are few, and no term."""
    given = {
        "domain": query.domain,
        "category": query.category,
        "difficulty": query.difficulty,
        "language": query.language,
        "tag": query.tag and query.tag.lower(),
        "instructor": query.instructor_id,
        "price": None if query.free is None else "free" if query.free else "paid",
    }
    return [f"{kind}:{value}" for kind, value in given.items() if value is not None] or ["all"]
