"""Finding courses: lists in four orders, search in tiers.

Search does not rank every match. Titles that have all the words come first, then titles that have some of them, then the rest; each tier is
ordered by a stored quality and read no further than the page. The bits (see `bits`) tell which courses are in a tier, and how many: few are all
looked up by their numbers; of many, the best are found soon by walking along the quality. The server can't choose: it may keep one plan for all
words. What no bits are kept for is in few courses, whose rows are all looked at.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from academy.catalog.bits import CHANGED, KINDS, TALLY, counted, has_bit, matched, numbers, tallied, tiers, unseen
from academy.catalog.indexing import CONFIG, words_only
from academy.catalog.rows import AUTHORED_COURSE, CARD
from academy.catalog.schemas import CourseQuery
from academy.catalog.understanding import FILTERS, TAG, Question, understand
from academy.platform.config import config
from academy.platform.db import LONGEST_PAGE, Row, Statement, UnitOfWork, nearest, sql
from academy.platform.http import Page

FEW = 400
"""Matches whose rows are all looked at: about as much work as walking past the rows of all others until a page of that many is found."""

FEW_NUMBERS = 200
"""The same of a tier's numbers, which are walked past faster than rows."""

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
_BY_NUMBERS = f"""i.course_id in (
    select n.course_id from ({numbers("(select 1 as tier, block, bits from m)")}) found join course_numbers n using (number) union all {CHANGED}
) and ts_match_vq(i.tsv, :both::tsquery)"""


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
_FEW = {condition: _few(condition, _MOST_RELEVANT, _BY_RELEVANCE, _RELEVANCE_CURSOR) for condition in (_BY_WORDS, _BY_FILTERS)}


def _driver(question: Question) -> str:
    """What few matches are found by: the words, if one is rare, else the filters, if one is, else their numbers among the bits."""
    return _BY_NUMBERS if question.total is not None else _BY_WORDS if question.rare else _BY_FILTERS


# ---- matches that the bits know: tier by tier, no further than the page ----

_TIERS = {3: "titled", 2: "partly", 1: "others"}
_LISTED_NUMBERS = "course_numbers n where n.quality is not null"


def _as_far_as_the_page(walk: str) -> str:
    """`nearest` from the beginning: what comes before the page's offset is on it too, among the rows of other parts."""
    return f"select * from ({walk} limit {LONGEST_PAGE + 1} [? + :offset::int ?]) w limit :limit::int + 1 [? + :offset::int ?]"


def _walk(tier: int, bits: str) -> str:
    """The best of a tier, if it is one to be walked to, and if those above it leave room on the page. A cursor may be in it."""
    above = [f"(select count(*) from tier_{other})" for other in _TIERS if other > tier]
    above.append(f"(select count(*) from collected where tier > {tier})")
    walk = f"""
        select {tier} as tier, n.quality, n.course_id from {_LISTED_NUMBERS} and {has_bit("n.number", f"select block, {bits} as bits from sets")}
            and {tier} = any({unseen("walked", "int[]")}) and {" + ".join(above)} <= :limit::int [? + :offset::int ?]
            [? and (n.quality, n.course_id) < (:quality_{tier}::real, :id_{tier}::uuid) ?]
        order by n.quality desc, n.course_id desc"""
    return f"tier_{tier} as materialized ({_as_far_as_the_page(walk)})"


def _collected() -> str:
    sets = " union all ".join(f"select {tier} as tier, block, {bits} as bits from sets" for tier, bits in _TIERS.items())
    return f"""select found.tier, n.quality, n.course_id from (
        {numbers(f"(select * from ({sets}) each where tier = any({unseen('collected', 'int[]')}))")}
    ) found join course_numbers n using (number) where n.quality is not null"""


_AFTER = "[? where (f.tier, f.quality, f.course_id) < (:after_tier::int, :after_quality::real, :after_id::uuid) ?]"
_EACH = " union all ".join(f"select * from {part}" for part in ("fresh", "collected", *(f"tier_{tier}" for tier in _TIERS)))
_TIERED = sql(f"""
    with {tiers("sets", unseen("terms", "text[]"), unseen("title_words", "text[]"))}, fresh as (
        select case when i.title_tsv @@ :both::tsquery then 3 when i.title_tsv @@ :either::tsquery then 2 else 1 end as tier, i.quality, i.course_id
        from course_search i where i.course_id in ({CHANGED}) and ts_match_vq(i.tsv, :both::tsquery) {FILTERS}
    ), collected as materialized (
        {_collected()}
    ), {", ".join(_walk(tier, bits) for tier, bits in _TIERS.items())},
    chosen as ({nearest(f"select * from ({_EACH}) f {_AFTER} {_BY_RELEVANCE}")}), page as (
        select {CARD}::text as item, {_RELEVANCE_CURSOR}::text as cursor
        from chosen f join courses c on c.id = f.course_id {_PEOPLE} {_BY_RELEVANCE}
    )
    select page.item, page.cursor, :total::bigint as total {_ONE}
""")


def _reading(question: Question, after: list[Any] | None) -> dict[str, Any]:
    """How each tier is read from the cursor on; one that is empty is not."""
    counts = {tier: question.tiers[3 - tier] for tier in _TIERS if after is None or tier <= after[0]}
    asked: dict[str, Any] = {
        "walked": [tier for tier, count in counts.items() if count > FEW_NUMBERS],
        "collected": [tier for tier, count in counts.items() if 0 < count <= FEW_NUMBERS],
    }
    asked |= dict(zip(("after_tier", "after_quality", "after_id"), after or (None,) * 3, strict=True))
    for tier in _TIERS:
        asked[f"quality_{tier}"], asked[f"id_{tier}"] = after[1:] if after and after[0] == tier else (None, None)
    return asked


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
        """By the table that is walked along, but for tags, which only the index has in lower case. By its name the test for a tag is no condition for
        an index: those who have a common one would be collected and sorted."""
        walked = FILTERS.replace(f"i.tags @> {TAG}", f"arraycontains(i.tags, {TAG})")
        return walked if self.key.startswith("i.") else walked.replace("i.", "c.").replace("c.tags", "i.tags")

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
    asked |= {"both": question.both, "either": question.either, "total": question.total}
    if query.sort is not None:
        few = question.total is None or question.total <= FEW
        asked |= _after(query, _ORDERS)
        return _run(work, _SORTED_FEW[query.sort, _driver(question)] if few else _SORTED_SEARCH[query.sort], asked)
    after = query.after(int, float, str)
    if question.total is not None:
        return _run(work, _TIERED, asked | {"title_words": question.title_words, **_reading(question, after)})
    asked |= dict(zip(("after_tier", "after_quality", "after_id"), after or (None,) * 3, strict=True))
    return _run(work, _FEW[_driver(question)], asked)


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
