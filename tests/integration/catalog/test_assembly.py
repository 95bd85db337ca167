"""A generated course stored at once."""

from dataclasses import replace

from academy.catalog import assembly
from academy.catalog.values import Category, Difficulty, QuestionType, SectionType, Visibility
from academy.platform.db import Database
from academy.platform.ids import uuid7
from tests.factories import Factory
from tests.integration.catalog.writing import counted, counters


def _course() -> assembly.AssembledCourse:
    section = assembly.AssembledSection(
        title="What a loop is",
        type=SectionType.TEXT,
        content="Again and again. " * 20,
        minutes=3,
        citations=[{"passage": 1, "quote": "Again", "start": 0, "end": 5}],
        accessibility={"words": 60},
    )
    lesson = assembly.AssembledLesson(
        title="Loops", description="Doing it again.", minutes=6, objectives=[("Write a loop", "create")], sections=[section, section]
    )
    question = assembly.AssembledQuestion(
        type=QuestionType.MULTIPLE_CHOICE,
        question="What does a loop do?",
        options=["It repeats", "It stops", "It sings"],
        correct_answer="It repeats",
        explanation="To repeat is what a loop is for.",
    )
    module = assembly.AssembledModule(
        title="Control",
        description="What comes next.",
        lessons=[lesson, lesson],
        quiz=assembly.AssembledQuiz(title="Control", pass_percent=70, questions=[question]),
    )
    return assembly.AssembledCourse(
        id=uuid7(),
        title="Loops for all",
        description="All about doing things again and again.",
        domain="engineering",
        category=Category.PROGRAMMING,
        difficulty=Difficulty.BEGINNER,
        language="en",
        tags=["loops"],
        objectives=[("Explain loops", "understand"), ("Write loops", "create")],
        minutes=24,
        thumbnail_key="media/thumbnails/loops.png",
        visibility=Visibility.PUBLIC,
        modules=[module, module],
        provenance={"models": ["claude"], "costMicros": 1200},
    )


def test_everything_is_stored_in_two_statements_once(make: Factory, db: Database) -> None:
    teacher, course = make.user("instructor"), _course()

    first, work = db.transact(lambda work: assembly.create_generated_course(work, teacher["id"], course))
    second, _ = db.transact(lambda work: assembly.create_generated_course(work, teacher["id"], course))

    assert (first, second, work.statements) == (True, False, 2)
    assert counters(make, course.id) == counted(make, course.id) == (2, 4, 8)
    row = make.rows("select * from courses")[0]
    assert (row["status"], row["objectives"], row["objective_levels"]) == (
        "draft",
        ["Explain loops", "Write loops"],
        ["understand", "create"],
    )
    assert row["provenance"] == course.provenance
    lesson = make.rows("select * from lessons order by module_id, position")[1]
    assert (lesson["position"], lesson["objective_levels"], lesson["estimated_minutes"]) == (2, ["create"], 6)
    section = make.rows("select * from sections where lesson_id = :id order by position", id=lesson["id"])[1]
    assert (section["position"], section["citations"][0]["quote"], section["accessibility"]) == (2, "Again", {"words": 60})
    question = make.rows("select * from questions")[0]
    assert (question["options"][0], question["correct_answer"], question["position"]) == ("It repeats", "It repeats", 1)
    assert make.value("select count(*) from quizzes") == 2


def test_a_students_own_course_can_be_learned_at_once_and_is_found_by_nobody(make: Factory, db: Database) -> None:
    student = make.user("student")

    db.transact(lambda work: assembly.create_generated_course(work, student["id"], replace(_course(), visibility=Visibility.PRIVATE)))

    row = make.rows("select status, visibility, published_at is not null as published from courses")[0]
    assert row == {"status": "published", "visibility": "private", "published": True}
    assert make.value("select count(*) from course_search") == 0
