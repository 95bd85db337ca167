"""The seeded academies hold every invariant that the product's own rows hold: all counters are counted again here."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from academy.admin.auditor import books, engagement, leaderboards
from academy.catalog.indexing import index_course
from academy.migrations import runner
from academy.platform.db import Database
from infra.local.seed import course_files, people, seed_large, seed_small
from infra.local.seed.coupons import PASSES
from infra.local.seed.people import Person
from infra.local.seed.sign_ins import NoSignIns
from tests.conftest import Databases
from tests.factories import Factory

# Each finds rows that must not be.
BROKEN = {
    "course counters": """
        select c.title from courses c where (c.module_count, c.lesson_count, c.section_count, c.estimated_minutes) <> (
            (select count(*) from modules where course_id = c.id), (select count(*) from lessons where course_id = c.id),
            (select count(*) from sections where course_id = c.id), (select coalesce(sum(estimated_minutes), 0) from sections where course_id = c.id))
    """,
    "course learners and ratings": """
        select c.title from courses c where (c.total_enrollments, c.rating_count, c.rating_sum) <> (
            (select count(*) from enrollments where course_id = c.id and status <> 'ended'),
            (select count(*) from course_ratings where course_id = c.id),
            (select coalesce(sum(rating), 0) from course_ratings where course_id = c.id))
    """,
    "lesson minutes": """
        select l.title from lessons l where l.estimated_minutes <> (select sum(estimated_minutes) from sections where lesson_id = l.id)
    """,
    "positions": """
        select parent from (
            select course_id as parent, position from modules union all select module_id, position from lessons
            union all select lesson_id, position from sections union all select quiz_id, position from questions
        ) p group by parent having count(distinct position) <> count(*) or min(position) <> 1 or max(position) <> count(*)
    """,
    "enrolment counters": """
        select e.id from enrollments e left join section_progress p on p.enrollment_id = e.id
        group by e.id having e.completed_sections <> count(p.completed_at) or e.time_spent <> coalesce(sum(p.time_spent), 0)
    """,
    "completion": """
        select e.id from enrollments e join courses c on c.id = e.course_id
        where (e.status = 'completed') <> (c.section_count > 0 and e.completed_sections = c.section_count)
            or (e.status = 'completed') <> (e.completed_at is not null)
            or e.completed_at <> (select max(completed_at) from section_progress where enrollment_id = e.id)
    """,
    "lesson progress": """
        with truth as (
            select p.enrollment_id, p.lesson_id, count(p.completed_at) as done, sum(p.time_spent) as seconds, max(p.completed_at) as latest,
                count(p.completed_at) = (select count(*) from sections s where s.lesson_id = p.lesson_id) as complete
            from section_progress p group by p.enrollment_id, p.lesson_id
        )
        select 1 from truth t full join lesson_progress l using (enrollment_id, lesson_id)
        where l.lesson_id is null or t.lesson_id is null or l.completed_sections <> t.done or l.time_spent <> t.seconds
            or t.complete <> (l.completed_at is not null) or l.completed_at <> t.latest
    """,
    "progress in another course": """
        select 1 from section_progress p join enrollments e on e.id = p.enrollment_id join sections s on s.id = p.section_id
        where s.course_id <> e.course_id or s.lesson_id <> p.lesson_id
    """,
    "priced courses without a reason": """
        select 1 from enrollments e join courses c on c.id = e.course_id where (c.price > 0) <> (e.source in ('grant', 'coupon'))
    """,
    "coupons without papers": """
        select 1 from enrollments e left join orders o on o.enrollment_id = e.id and o.status = 'paid' and o.amount = 0
        left join payments p on p.order_id = o.id and p.applied and p.status = 'captured'
        left join coupon_uses w on w.order_id = o.id and w.status = 'redeemed'
        left join invoices i on i.payment_id = p.id and i.total = 0
        where (e.source = 'coupon') <> (o.id is not null and p.id is not null and w.order_id is not null and i.id is not null)
    """,
    "coupons miscounted": """
        select 1 from coupons k where k.uses <> (select count(*) from coupon_uses w where w.coupon_id = k.id and w.status <> 'released')
            or k.uses = 0 and k.code = 'FREEPASS'
    """,
    "invoices with gaps": """
        select 1 from invoice_series s join invoices i using (series, financial_year)
        group by s.series, s.financial_year having max(s.last_number) <> count(*) or max(i.number) <> count(*)
    """,
    "learners of what was never published": """
        select 1 from enrollments e join courses c on c.id = e.course_id where c.status not in ('published', 'archived')
    """,
    "ratings by strangers": """
        select 1 from course_ratings r where not exists (select from enrollments e where e.user_id = r.user_id and e.course_id = r.course_id)
    """,
    "prerequisites": """
        select 1 from enrollments e join course_prerequisites p on p.course_id = e.course_id
        where not exists (
            select from enrollments d where d.user_id = e.user_id and d.course_id = p.required_id and d.completed_at < e.enrolled_at)
    """,
    "times": """
        select 1 from enrollments e join users u on u.id = e.user_id join courses c on c.id = e.course_id
        where e.enrolled_at < u.created_at or e.enrolled_at < c.published_at or e.enrolled_at > now() or e.last_accessed_at > now()
            or exists (select from section_progress p where p.enrollment_id = e.id and (p.first_seen_at < e.enrolled_at or p.last_seen_at > now()))
    """,
    "search index": """
        select 1 from courses c full join course_search s on s.course_id = c.id
        where (c.status = 'published' and c.visibility = 'public' and c.deleted_at is null) <> (s.course_id is not null)
    """,
    "people": "select 1 from users where onboarded_at is null or status <> 'active' or domain is null or username is null",
}


class CountingSignIns(NoSignIns):
    def __init__(self) -> None:
        self.asked = 0

    def ensure(self, people: Iterable[Person]) -> dict[str, str]:
        self.asked += 1
        return super().ensure(people)


class Shelf:
    """Keeps pictures and asked-for certificates."""

    def __init__(self) -> None:
        self.pictures: dict[str, bytes] = {}
        self.certificates: list[tuple[str, str]] = []

    def has(self, key: str) -> bool:
        return key in self.pictures

    def put(self, key: str, png: bytes) -> None:
        self.pictures[key] = png

    def issue(self, user_id: str, course_id: str) -> None:
        self.certificates.append((user_id, course_id))


@pytest.fixture
def owner_url(databases: Databases, database_name: str) -> str:
    """As a deployment leaves it: a copy of a database has not the grants of its original."""
    runner.prepare(databases.server.url(database_name))
    return databases.owner_url(database_name)


def everything(make: Factory) -> dict[str, str]:
    """A digest of each table."""
    tables = make.rows("select tablename from pg_tables where schemaname = 'public'")
    return {
        row["tablename"]: make.value(f"select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {row['tablename']} t")
        for row in tables
    }


def broken(make: Factory) -> list[str]:
    return [name for name, statement in BROKEN.items() if make.rows(statement)]


def test_given_an_empty_database_when_seeded_then_it_is_a_consistent_academy(make: Factory, owner_url: str) -> None:
    done = seed_small(owner_url, NoSignIns())

    assert done
    assert broken(make) == []
    counts = make.rows("""
        select (select count(*) from courses where status = 'published') as published, (select count(distinct status) from courses) as statuses,
            (select count(*) from users where role = 'instructor') as instructors, (select count(*) from users where role = 'student') as students,
            (select count(*) from enrollments where status = 'completed') as completed, (select count(*) from course_ratings) as ratings
    """)[0]
    assert counts["published"] >= 12
    assert counts["statuses"] == 5
    assert counts["instructors"] >= 5
    assert counts["students"] >= 30
    assert counts["completed"] >= 10
    assert counts["ratings"] >= 20


def test_given_the_seeded_academy_then_the_nights_audit_finds_its_books_and_its_points_in_order(
    make: Factory, owner_url: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed_small(owner_url, NoSignIns())
    monkeypatch.setattr(books, "DAYS", 1000)  # ids of seeds are older than what the audit looks at each night
    db = Database(database_url)

    figures, points, boards = books.check(db), engagement.check(db), leaderboards.check(db)
    db.discard()

    assert figures.pop("checked") > PASSES
    assert +figures == Counter()
    for effort in (points, boards):
        assert effort.pop("checked") > 30
        assert +effort == Counter()
    shown = make.rows("""
        select (select count(*) from users where xp_total >= 300) as learners, (select count(distinct badge) from achievements) as badges,
            (select count(*) from leaderboards where closed_at is not null) as closed, (select count(*) from outbox) as untold,
            (select count(*) from leaderboard_scores s join leaderboards b on b.id = s.board_id where b.span = 'all' and b.scope = 'academy') as ranked
    """)[0]
    assert shown.pop("untold") == 0
    assert min(shown.values()) >= 5, shown


def test_given_a_seeded_database_when_seeded_again_then_nothing_changes_and_nobody_is_asked(make: Factory, owner_url: str) -> None:
    sign_ins = CountingSignIns()
    seed_small(owner_url, sign_ins)
    before = everything(make)

    done = seed_small(owner_url, sign_ins)

    assert not done
    assert sign_ins.asked == 1
    assert everything(make) == before


def test_given_an_older_version_when_seeded_again_then_what_is_there_stays_as_it_is(make: Factory, owner_url: str) -> None:
    seed_small(owner_url, NoSignIns())
    before = everything(make)
    make.execute("update seeding.markers set version = 'older'")

    done = seed_small(owner_url, NoSignIns())

    assert done
    assert everything(make) == before


def test_given_rows_of_an_older_file_when_seeded_again_then_they_are_renewed_unless_somebody_edited_the_course(
    make: Factory, owner_url: str
) -> None:
    seed_small(owner_url, NoSignIns())
    before = everything(make)
    make.execute("update sections set content = 'old'")
    make.execute("update courses set title = 'Old'")
    make.execute("update seeding.markers set version = 'older'")
    seed_small(owner_url, NoSignIns())
    renewed = everything(make)
    make.execute("update courses set title = 'Mine', version = 2")
    make.execute("update seeding.markers set version = 'older'")

    seed_small(owner_url, NoSignIns())

    assert renewed["sections"] == before["sections"]
    assert renewed["courses"] == before["courses"]
    assert make.value("select count(*) from courses where title <> 'Mine'") == 0


def test_given_missing_rows_when_seeded_again_then_they_are_back_and_all_counters_hold(make: Factory, owner_url: str) -> None:
    seed_small(owner_url, NoSignIns())
    before = everything(make)
    for table in ("course_ratings", "section_progress", "lesson_progress", "course_search", "questions"):
        make.execute(f"delete from {table}")
    make.execute("update seeding.markers set version = 'older'")

    seed_small(owner_url, NoSignIns())

    assert broken(make) == []
    after = everything(make)
    assert after["questions"] == before["questions"]
    assert after["lesson_progress"] == before["lesson_progress"]


def test_given_a_learner_with_an_enrolment_of_their_own_when_seeded_again_then_theirs_stands(make: Factory, owner_url: str) -> None:
    seed_small(owner_url, NoSignIns())
    mine = make.rows("""
        select e.* from enrollments e join users u on u.id = e.user_id join courses c on c.id = e.course_id
        where u.email = 'student2@academy.test' and e.status = 'active' and c.price = 0 limit 1
    """)[0]
    make.execute("delete from section_progress where enrollment_id = :id", id=mine["id"])
    make.execute("delete from lesson_progress where enrollment_id = :id", id=mine["id"])
    make.execute("delete from enrollments where id = :id", id=mine["id"])
    make.enrollment({"id": mine["user_id"]}, {"id": mine["course_id"]})
    make.execute("update seeding.markers set version = 'older'")

    seed_small(owner_url, NoSignIns())

    assert broken(make) == []


def test_given_a_new_user_pool_when_seeded_again_then_people_have_their_new_names(make: Factory, owner_url: str) -> None:
    seed_small(owner_url, NoSignIns())

    class NewPool(NoSignIns):
        name = "new"

        def ensure(self, people: Iterable[Person]) -> dict[str, str]:
            return {person.email: f"new-{person.username}" for person in people}

    seed_small(owner_url, NewPool())

    assert make.value("select count(*) from users where sub not like 'new-%'") == 0


def test_given_somewhere_for_files_when_seeded_then_courses_have_pictures_and_a_few_learners_get_certificates(
    make: Factory, owner_url: str
) -> None:
    shelf = Shelf()

    seed_small(owner_url, NoSignIns(), pictures=shelf, certificates=shelf)

    keys = {row["thumbnail_key"] for row in make.rows("select thumbnail_key from courses")}
    assert keys == shelf.pictures.keys()
    assert all(png.startswith(b"\x89PNG") for png in shelf.pictures.values())
    completed = {
        (str(row["user_id"]), str(row["course_id"]))
        for row in make.rows("select user_id, course_id from enrollments where status = 'completed'")
    }
    assert 5 <= len(shelf.certificates) == len(set(shelf.certificates))
    assert set(shelf.certificates) <= completed


def test_given_the_seeds_index_when_the_catalog_indexes_each_course_itself_then_they_are_the_same(
    make: Factory, owner_url: str, db: Database
) -> None:
    seed_small(owner_url, NoSignIns())
    index = "select course_id, tags, quality, published_at, strip(title_tsv)::text, strip(tsv)::text from course_search order by course_id"
    words = "select word, stem from search_lexemes order by word"
    bulk = make.rows(index), make.rows(words)
    make.execute("delete from course_search")
    make.execute("delete from search_lexemes")

    for course in make.rows("select id from courses"):
        db.transact(lambda work, id=course["id"]: index_course(work, id))  # type: ignore[misc]

    assert (make.rows(index), make.rows(words)) == bulk


def test_given_the_course_files_when_read_then_there_is_much_to_read_in_many_fields() -> None:
    courses = [course for course in course_files.read_all() if course.status == "published"]

    assert len({course.values["domain"] for course in courses}) >= 7
    long = [section for course in courses for section in course.sections if len(section.content.split()) >= 200]
    assert len(long) >= 30
    assert all(2 <= len(course.modules) <= 4 for course in courses)
    assert all(2 <= len(module.lessons) <= 4 for course in courses for module in course.modules)
    assert all(len(module.quiz.questions) >= 3 for course in courses for module in course.modules if module.quiz)


def test_given_a_course_file_with_a_mistake_when_read_then_the_error_names_file_and_place() -> None:
    with pytest.raises(course_files.CourseFileError, match=r"broken\.md: .*instructor"):
        course_files.parse("broken", "---\ntitle: A\ndomain: law\ncategory: other\ndifficulty: beginner\n---\nText.\n")


def test_given_names_in_many_scripts_when_people_are_read_then_each_has_one_address_and_one_username() -> None:
    everybody = people.read_all()

    assert len({person.email for person in everybody}) == len({person.username for person in everybody}) == len(everybody)
    assert {person.email for person in everybody} >= {"admin@academy.test", "instructor1@academy.test", "student1@academy.test"}


def test_given_a_large_seed_of_small_numbers_then_it_is_consistent_and_done_once(make: Factory, owner_url: str) -> None:
    said: list[str] = []

    done = seed_large(owner_url, courses=300, users=1_000, say=said.append)

    assert done
    assert broken(make) == []
    counts: dict[str, Any] = make.rows("""
        select (select count(*) from courses) as courses, (select count(*) from users) as users, (select count(*) from enrollments) as enrollments,
            (select count(*) from section_progress) as sections, (select max(total_enrollments) from courses) as most
    """)[0]
    assert (counts["courses"], counts["users"]) == (300, 1_000)
    assert 1_200 <= counts["enrollments"] <= 2_000
    assert counts["sections"] > 0
    assert counts["most"] > 30
    assert said
    assert not seed_large(owner_url, courses=300, users=1_000)
