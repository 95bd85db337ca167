"""How many courses: counted on bits, not on rows.

Every listed course has a number. A term that many courses have (a word's stem, a word's beginning, a domain, …) is kept as a row of bits for each
block of `BLOCK` numbers: bit n says whether course n has it. What has all of some terms is then `bit_and`, and counting a hundred thousand
matches, whatever the words and filters, takes a millisecond; so do the counts of every facet. A term that is not kept is in few courses, whose
rows are found by an index and counted themselves.

The bits are made by a schedule. Until then `search_changes` (a trigger of the index writes it) tells which numbers they are not right for: those are
left out of the bits and looked at as rows. So counts are exact at any moment.
"""

from academy.platform.db import Database, UnitOfWork, sql

BLOCK = 4096
COMMON = 1000
"""Courses that a word must be in to be kept as bits: about as many rows as are read in the time that the bits take."""

_PART = 16
_NONE = f"B'0'::bit({BLOCK})"

KINDS = ("domain", "category", "difficulty", "language", "price")
"""What is counted as facets. A term is its kind and its value; words are `b:` (in any of a course's texts) and `t:` (in its title).
A word that is kept is kept for both, however few titles have it."""

FACETS = """array['domain:' || {0}.domain, 'category:' || {0}.category, 'difficulty:' || {0}.difficulty, 'language:' || {0}.language,
    'price:' || case when {0}.price = 0 then 'free' else 'paid' end]"""
_BY_ITSELF = "'all'"

# `…*` stands for all stems with this beginning.
_CHOOSE = sql(f"""
    with stems as materialized (
        select word, ndoc from ts_stat('select tsv from course_search')
    ), words as (
        select word from stems where ndoc >= :common::int
        union
        select left(word, n) || '*' from stems, generate_series(1, length(word)) n group by 1 having sum(ndoc) >= :common::int
    ), wanted as materialized (
        select kind || word as term, false as facet from words, unnest(array['b:', 't:']) as kind
        union
        select unnest({FACETS.format("s")}), true from (select distinct domain, category, difficulty, language, least(price, 1) as price from course_search) s
        union
        select 'tag:' || tag, false from course_search, unnest(tags) as tag group by 1 having count(*) >= :common::int
        union
        select {_BY_ITSELF}, false
    ), gone as (
        delete from search_terms t where not exists (select from wanted w where w.term = t.term) returning term
    ), forgotten as (
        delete from search_bits b using gone where b.term = gone.term
    )
    insert into search_terms (term, facet) select term, facet from wanted on conflict do nothing
""")

# All blocks for a term that is new, else those in which something changed.
_BLOCKS = sql(f"""
    select distinct number / {BLOCK} as block from course_numbers where exists (select from search_terms where not ready)
    union select number / {BLOCK} from search_changes order by 1
""")
# One statement, so one snapshot: the changes that it settles are those that its rows show.
_REBUILD = sql(f"""
    with rows as materialized (
        select (c.number % {BLOCK})::int as n, i.* from course_numbers c join course_search i using (course_id)
        where c.number >= :block::bigint * {BLOCK} and c.number < (:block::bigint + 1) * {BLOCK}
    ), stems as materialized (
        select 'b:' || stem as term, bit_or(set_bit({_NONE}, n, 1)) as bits from rows, unnest(tsvector_to_array(tsv)) as stem group by 1
        union all
        select 't:' || stem, bit_or(set_bit({_NONE}, n, 1)) from rows, unnest(tsvector_to_array(title_tsv)) as stem group by 1
    ), built as materialized (
        select term, bits from stems join search_terms using (term)
        union all
        select t.term, bit_or(s.bits) from stems s cross join generate_series(3, length(s.term)) n
        join search_terms t on t.term = left(s.term, n) || '*' group by 1
        union all
        select f.term, bit_or(set_bit({_NONE}, n, 1))
        from rows r cross join unnest({FACETS.format("r")} || array[{_BY_ITSELF}] || array(select 'tag:' || tag from unnest(r.tags) as tag)) as f(term)
        join search_terms using (term) group by 1
    ), gone as (
        delete from search_bits b where b.block = :block and not exists (select from built where built.term = b.term)
    ), settled as (
        delete from search_changes where number >= :block::bigint * {BLOCK} and number < (:block::bigint + 1) * {BLOCK}
    )
    insert into search_bits as b (term, block, bits) select term, :block, bits from built order by term
    on conflict (term, block) do update set bits = excluded.bits where b.bits <> excluded.bits
""")
_READY = sql("update search_terms set ready = true where not ready")


def refresh_bits(db: Database, *, common: int = COMMON) -> int:
    """Bits as the index is now, a transaction a block. Returns how many blocks were made."""
    db.transact(lambda work: work.execute(_CHOOSE, common=common))
    blocks = [row.block for row in db.read(lambda work: work.rows(_BLOCKS))]
    for block in blocks:

        def rebuild(work: UnitOfWork, block: int = block) -> int:
            return work.execute(_REBUILD, block=block)

        db.transact(rebuild)
    db.transact(lambda work: work.execute(_READY))
    return len(blocks)


def matched(name: str, terms: str) -> str:
    """CTEs `name` (block, bits of the courses that have all of `terms`, a text array of kept terms) and `name_stale`, which it leaves out."""
    return f"""{name}_stale as materialized (
        select number / {BLOCK} as block, bit_or(set_bit({_NONE}, (number % {BLOCK})::int, 1)) as bits from search_changes group by 1
    ), {name} as materialized (
        select m.block, case when s.bits is null then m.bits else m.bits & ~s.bits end as bits
        from (select block, bit_and(bits) as bits from search_bits where term = any({terms}) group by block having count(*) = cardinality({terms})) m
        left join {name}_stale s using (block)
    )"""


def unseen(name: str, kind: str) -> str:
    """A parameter that no plan is made for. Planning takes longer than the reading, and the server keeps a plan only if those that it makes for the
    parameters are no cheaper, as they would be by what they leave out."""
    return f"(select :{name}::{kind})::{kind}"


def counted(name: str) -> str:
    return f"coalesce((select sum(bit_count(bits)) from {name}), 0)::bigint"


def tiers(name: str, terms: str, words: str) -> str:
    """CTE `name`: of the courses that have all of `terms`, by block, those with all of `words` (terms of titles) in their title, those with some of
    them, and the others. With the CTEs of `matched`, as "m"."""
    return f"""{matched("m", terms)}, {name} as materialized (
        select m.block, m.bits & w.every as titled, m.bits & w.any & ~w.every as partly, m.bits & ~w.any as others
        from m left join (
            select block, case when count(*) = cardinality({words}) then bit_and(bits) else {_NONE} end as every, bit_or(bits) as any
            from search_bits where term = any({words}) group by block
        ) has using (block) cross join lateral (select coalesce(has.every, {_NONE}) as every, coalesce(has.any, {_NONE}) as any) w
    )"""


def numbers(bits: str) -> str:
    """A select of the numbers of the courses in `bits`, a from-item of (block, bits, tier); for few of them: looked for where there are any, a
    sixteenth of a block, then a sixteenth of that."""
    part, within = BLOCK // _PART, BLOCK // _PART**2
    return f"""select tier, start + n as number from (
            select tier, start + q * {within} as start, substring(bits from q * {within} + 1 for {within}) as bits from (
                select m.tier, m.block * {BLOCK} + p * {part} as start, substring(m.bits from p * {part} + 1 for {part}) as bits
                from {bits} m, generate_series(0, {_PART - 1}) p offset 0
            ) parts, generate_series(0, {_PART - 1}) q where bit_count(bits) > 0 offset 0
        ) places, generate_series(0, {within - 1}) n where bit_count(bits) > 0 and get_bit(bits, n) = 1"""


def has_bit(number: str, bits: str) -> str:
    """Whether a course by its number is in `bits`, a select of (block, bits); for many courses: those are read once."""
    found = f"array(select b.bits from generate_series(0, (select max(block) from search_bits)) every left join ({bits}) b on b.block = every order by every)"
    return f"get_bit(({found})[{number} / {BLOCK} + 1], ({number} % {BLOCK})::int) = 1"


CHANGED = "select n.course_id from search_changes c join course_numbers n using (number)"


def tallied(matches: str, rows: str) -> str:
    """CTE `tallied` (kind, value, courses): how many of `matches` (block, bits) and of `rows` have each facet's values."""
    return f"""tallied as (
        select split_part(term, ':', 1) as kind, substr(term, strpos(term, ':') + 1) as value, sum(courses)::bigint as courses
        from (
            select f.term, sum(bit_count(f.bits & m.bits)) as courses
            from {matches} m join search_bits f on f.block = m.block and f.term = any(array(select term from search_terms where facet)) group by 1
            union all
            select x.term, count(*) from {rows} r, unnest({FACETS.format("r")}) as x(term) group by 1
        ) t group by term having sum(courses) > 0 and :facets::bool
    )"""


TALLY = "json_build_object({})".format(
    ", ".join(
        f"""'{kind}', (select coalesce(json_agg(json_build_object('value', value, 'count', courses) order by courses desc, value), '[]'::json)
        from tallied where kind = '{kind}')"""
        for kind in KINDS
    )
)
