"""What a search means, and how much it finds: words, typing errors, beginnings, and counts by bits."""

import re
from dataclasses import dataclass
from typing import Any

from academy.catalog.bits import CHANGED, TALLY, counted, tallied, tiers, unseen
from academy.catalog.indexing import CONFIG, LONGEST_WORD, STEM
from academy.platform.db import UnitOfWork, sql

MAX_WORDS = 10

_SIGNS_AND_SPACES = re.compile(r"[\s!-/:-@\[-`{-~]+")

TAG = "array[lower(:tag::text)]"
FILTERS = f"""[? and i.domain = :domain::text ?] [? and i.category = :category::text ?] [? and i.difficulty = :difficulty::text ?]
    [? and i.language = :language::text ?] [? and i.tags @> {TAG} ?] [? and i.price = 0 and :free::bool ?]
    [? and i.price > 0 and :paid::bool ?] [? and i.instructor_id = :instructor_id::uuid ?]"""

# A word is known if a course has its stem (for the last word: one that begins like it). Of the others, a last word that dictionary words begin
# with stands for those ("programm", whose stem is longer than that of "programming"); the rest become the nearest word of the dictionary,
# common ones preferred: short words allow one wrong letter, longer ones two (which covers swapped letters).
_MEANT = f"""
    given as (
        select n, w as word, unaccent(w) as plain, length(w) as size, n = max(n) over () as is_last, {STEM % "w"} as stem
        from unnest({unseen("words", "text[]")}) with ordinality as u(w, n)
    ), looked_up as materialized (
        select g.*, exists (select from search_lexemes e where e.stem = g.stem)
            or g.is_last and exists (select from search_lexemes e where e.stem ~>=~ g.stem and e.stem ~<~ (g.stem || chr(1114111))) as known
        from given g where g.stem is not null
    ), meant as materialized (
        select g.n, g.is_last, coalesce(better.word, g.word) as word, better.word is not null as corrected, begun.stems
        from looked_up g left join lateral (
            select array_agg(distinct k.stem) as stems from search_lexemes k
            where not g.known and g.is_last and k.word ~>=~ g.plain and k.word ~<~ (g.plain || chr(1114111))
        ) begun on true left join lateral (
            select k.word from search_lexemes k
            where :correct::bool and not g.known and begun.stems is null and g.size >= 4 and search_deletions(k.word) && search_deletions(g.plain)
                and length(k.word) between g.size - 2 and g.size + 2
                and levenshtein_less_equal(k.word, g.plain, 2) <= case when g.size < 5 then 1 else 2 end
            order by levenshtein(k.word, g.plain) - 0.25 * ln(k.courses), k.word limit 1
        ) better on true
    ), stems as materialized (
        select m.n, stem, m.is_last, stem || case when m.is_last then '*' else '' end as term, cardinality(m.stems) > 1 as any_of
        from meant m, unnest(coalesce(m.stems, tsvector_to_array(to_tsvector({CONFIG}, m.word)))) as stem
    ), parts as (
        select n, '(' || string_agg('''' || replace(replace(stem, '\\', '\\\\'), '''', '''''') || '''' || case when is_last then ':*' else '' end,
            case when any_of then ' | ' else ' & ' end) || ')' as part
        from stems group by n, any_of
    ), asked as materialized (
        select string_agg(part, ' & ' order by n) as both, string_agg(part, ' | ' order by n) as either,
            (select case when bool_or(corrected) then string_agg(word, ' ' order by n) end from meant) as did_you_mean,
            array(select distinct 'b:' || term from stems) as body_words, array(select distinct 't:' || term from stems) as title_words,
            array(select distinct 'b:' || term from stems) || :filters::text[] as anywhere
        from parts
    )"""

# Several stems for one word are a choice, which bits of all terms don't tell.
_KEPT = """coalesce((select bool_and((select t.ready from search_terms t where t.term = w) is true) from unnest({0}) w), false)
    and not exists (select from stems where any_of)"""

_UNDERSTAND = sql(f"""
    with {_MEANT}, {tiers("sets", "(select anywhere from asked)::text[]", "(select title_words from asked)::text[]")}, fresh as materialized (
        select i.* from course_search i, asked a where i.course_id in ({CHANGED}) and ts_match_vq(i.tsv, a.both::tsquery) {FILTERS}
    ) [? , {tallied("m", "fresh")} ?]
    select a.both, a.either, a.did_you_mean, a.anywhere, a.title_words,
        case when {_KEPT.format("a.anywhere || a.title_words")} then {counted("m")} + (select count(*) from fresh) end as total,
        (select array[coalesce(sum(bit_count(titled)), 0), coalesce(sum(bit_count(partly)), 0), coalesce(sum(bit_count(others)), 0)]::int[] from sets) as tiers,
        not ({_KEPT.format("a.body_words || a.title_words")}) as rare
        [? , case when :facets::bool then {TALLY} end as facets ?]
    from asked a where a.both is not null
""")


@dataclass(frozen=True, slots=True)
class Question:
    """A search as tsquery texts: all words, any word. `did_you_mean` is the search as corrected, None if it needed no correction.

    `total` are the courses that have all words anywhere: None where a word or a filter is too rare to be kept as bits. `tiers` are those of them that
    the bits know: with all words in the title, with some of them, the others. The terms are those of the bits. `rare`: a word is, not only a filter.
    """

    both: str
    either: str
    did_you_mean: str | None
    anywhere: list[str]
    title_words: list[str]
    total: int | None
    tiers: list[int]
    rare: bool
    facets: dict[str, Any] | None = None


def understand(work: UnitOfWork, search: str, filters: dict[str, Any], *, terms: list[str], correct: bool, facets: bool) -> Question | None:
    """None for a search made only of signs or of words like "the": it finds nothing."""
    words = [word[:LONGEST_WORD].lower() for word in _SIGNS_AND_SPACES.split(search) if word][:MAX_WORDS]
    row = work.first(_UNDERSTAND, words=words, correct=correct, filters=terms, facets=facets or None, **filters) if words else None
    if row is None:
        return None
    return Question(**row.as_dict())
