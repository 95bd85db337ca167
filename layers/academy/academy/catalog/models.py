"""Courses and what is in them: course, module, lesson, section; quizzes with their questions.

Content is never removed by a row's deletion: `deleted_at` hides it, so that what learners did with it stays explained.
Positions are dense and start at 1 among a parent's living children.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Identity, Index, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import BIT, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import REAL, Double, Numeric

from academy.catalog.values import Category, CourseStatus, Difficulty, QuestionType, SectionType, Visibility
from academy.platform.orm import Base, created_now, one_of, primary_key

LIVING = text("deleted_at is null")
LISTED = text("status = 'published' and visibility = 'public' and deleted_at is null")


class Course(Base):
    """A course and its counters. `price` is in the currency's smallest unit.

    `version` (the ETag's) grows with each change that an author makes to the course or to anything in it; counters leave it alone.
    `objective_levels` are Bloom's levels of the objectives of a generated course, in the same order; empty where nobody said.
    """

    __tablename__ = "courses"
    __table_args__ = (
        one_of("status", CourseStatus),
        one_of("visibility", Visibility),
        one_of("category", Category),
        one_of("difficulty", Difficulty),
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("status <> 'rejected' or rejection_reason is not null", name="rejection_reason"),
        Index("ix_courses_instructor_id", "instructor_id", "created_at", "id"),
        Index("ix_courses_status", "status", text("coalesce(submitted_at, created_at)"), "id", postgresql_where=LIVING),
        Index("ix_courses_published", "published_at", "id", postgresql_where=LISTED),
        Index("ix_courses_popular", "total_enrollments", "id", postgresql_where=LISTED),
        Index("ix_courses_rating", "rating_average", "id", postgresql_where=LISTED),
    )

    id: Mapped[UUID] = primary_key()
    instructor_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str]
    description: Mapped[str]
    domain: Mapped[str] = mapped_column(ForeignKey("domains.slug"), index=True)
    category: Mapped[str]
    difficulty: Mapped[str]
    language: Mapped[str] = mapped_column(server_default="en")
    price: Mapped[int] = mapped_column(server_default="0")
    currency: Mapped[str] = mapped_column(server_default="INR")
    tags: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    objectives: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    objective_levels: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    estimated_minutes: Mapped[int] = mapped_column(server_default="0")
    thumbnail_key: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=CourseStatus.DRAFT)
    visibility: Mapped[str] = mapped_column(server_default=Visibility.PUBLIC)
    submitted_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    rejection_reason: Mapped[str | None]
    published_at: Mapped[datetime | None]
    module_count: Mapped[int] = mapped_column(server_default="0")
    lesson_count: Mapped[int] = mapped_column(server_default="0")
    section_count: Mapped[int] = mapped_column(server_default="0")
    total_enrollments: Mapped[int] = mapped_column(server_default="0")
    rating_count: Mapped[int] = mapped_column(server_default="0")
    rating_sum: Mapped[int] = mapped_column(server_default="0")
    rating_average: Mapped[float] = mapped_column(
        Double, Computed("case when rating_count = 0 then 0 else rating_sum::double precision / rating_count end", persisted=True)
    )
    provenance: Mapped[dict[str, Any] | None]
    content_version: Mapped[int] = mapped_column(server_default="1")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = created_now()
    updated_at: Mapped[datetime] = created_now()
    deleted_at: Mapped[datetime | None]


class CourseSearch(Base):
    """The courses that everybody can find, as lists and search read them: narrow, no prose, tags in lower case.

    A row exists exactly while its course is published, public and not deleted. `quality` orders within a tier; it is kept by a job and on publication.
    """

    __tablename__ = "course_search"
    __table_args__ = (
        Index("ix_course_search_tsv", "tsv", postgresql_using="gin"),
        Index("ix_course_search_title_tsv", "title_tsv", postgresql_using="gin"),
        Index("ix_course_search_quality", "quality", "course_id"),
        Index("ix_course_search_domain", "domain", "quality", "course_id"),
        Index("ix_course_search_domain_difficulty", "domain", "difficulty", "quality", "course_id"),
        Index("ix_course_search_free", "quality", "course_id", postgresql_where=text("price = 0")),
        Index("ix_course_search_published_at", "published_at", "course_id"),
        Index("ix_course_search_price", "price", "course_id"),
        Index("ix_course_search_instructor_id", "instructor_id"),
        Index("ix_course_search_tags", "tags", postgresql_using="gin"),
        *(
            Index(f"ix_course_search_{column}_{order}", column, order, "course_id")
            for order in ("published_at", "price")
            for column in ("domain", "category", "language")
        ),
    )

    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"), primary_key=True)
    domain: Mapped[str]
    category: Mapped[str]
    difficulty: Mapped[str]
    language: Mapped[str]
    price: Mapped[int]
    instructor_id: Mapped[UUID]
    tags: Mapped[list[str]]
    quality: Mapped[float] = mapped_column(REAL, server_default="0")
    published_at: Mapped[datetime]
    title_tsv: Mapped[Any] = mapped_column(TSVECTOR)
    tsv: Mapped[Any] = mapped_column(TSVECTOR)


class CourseNumber(Base):
    """The place of a course among the bits of `search_bits`: given when it is first listed, and its own for ever.

    `quality` is that of the index, None while the course is not listed; triggers of the index see to it.
    """

    __tablename__ = "course_numbers"
    __table_args__ = (
        Index(
            "ix_course_numbers_quality", "quality", "course_id", postgresql_include=["number"], postgresql_where=text("quality is not null")
        ),
    )

    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Identity(minvalue=0), unique=True)
    quality: Mapped[float | None] = mapped_column(REAL)


class SearchTerm(Base):
    """What `search_bits` are kept for: a word, a word's beginning or a filter's value that many courses have; `facet`: a value of a filter.

    `ready` once every block has it.
    """

    __tablename__ = "search_terms"
    __table_args__ = (Index("ix_search_terms_facet", "term", postgresql_where=text("facet")),)

    term: Mapped[str] = mapped_column(primary_key=True)
    facet: Mapped[bool]
    ready: Mapped[bool] = mapped_column(server_default=text("false"))


class SearchBits(Base):
    """Which of a block's courses have a term: bit n stands for the number `block` * 4096 + n. No row: none of them. Rebuilt by a schedule."""

    __tablename__ = "search_bits"
    __table_args__ = (PrimaryKeyConstraint("term", "block"),)

    term: Mapped[str]
    block: Mapped[int] = mapped_column(index=True)
    bits: Mapped[str] = mapped_column(BIT(4096))


class SearchChange(Base):
    """A course whose bits are not what its row in the index says. A trigger of the index adds it, the rebuilding of its block takes it away."""

    __tablename__ = "search_changes"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    number: Mapped[int] = mapped_column(index=True)


class SearchLexeme(Base):
    """A word that published courses use and in how many: the dictionary that corrects typing errors. Rebuilt by a schedule.

    `stem` is what the text search configuration makes of the word.
    """

    __tablename__ = "search_lexemes"
    __table_args__ = (
        Index("ix_search_lexemes_stem", "stem", postgresql_ops={"stem": "text_pattern_ops"}),
        Index("ix_search_lexemes_word", "word", postgresql_ops={"word": "text_pattern_ops"}),
        Index("ix_search_lexemes_deletions", text("search_deletions(word)"), postgresql_using="gin"),
    )

    word: Mapped[str] = mapped_column(primary_key=True)
    stem: Mapped[str]
    courses: Mapped[int]


class CoursePrerequisite(Base):
    """`course_id` asks for `required_id` to be completed first. Cycles are refused by the service."""

    __tablename__ = "course_prerequisites"
    __table_args__ = (PrimaryKeyConstraint("course_id", "required_id"), CheckConstraint("course_id <> required_id", name="self"))

    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"))
    required_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"), index=True)


class Module(Base):
    """A chapter of a course."""

    __tablename__ = "modules"
    __table_args__ = (Index("ix_modules_course_id", "course_id", "position", postgresql_where=LIVING),)

    id: Mapped[UUID] = primary_key()
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"))
    title: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    position: Mapped[int]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = created_now()
    updated_at: Mapped[datetime] = created_now()
    deleted_at: Mapped[datetime | None]


class Lesson(Base):
    """A sitting's worth of sections. `is_preview` lessons can be read before enrolment."""

    __tablename__ = "lessons"
    __table_args__ = (
        Index("ix_lessons_course_id", "course_id", postgresql_where=LIVING),
        Index("ix_lessons_module_id", "module_id", "position", postgresql_where=LIVING),
    )

    id: Mapped[UUID] = primary_key()
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"))
    module_id: Mapped[UUID] = mapped_column(ForeignKey("modules.id"))
    title: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    position: Mapped[int]
    estimated_minutes: Mapped[int] = mapped_column(server_default="0")
    video_url: Mapped[str | None]
    materials_key: Mapped[str | None]
    subtitle_key: Mapped[str | None]
    objectives: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    objective_levels: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    accessibility: Mapped[dict[str, Any] | None]
    is_preview: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = created_now()
    updated_at: Mapped[datetime] = created_now()
    deleted_at: Mapped[datetime | None]


class Section(Base):
    """The unit of content. `content` is markdown; `data` is what its type needs (code language, image key and alt text, …)."""

    __tablename__ = "sections"
    __table_args__ = (
        one_of("type", SectionType),
        Index("ix_sections_course_id", "course_id", postgresql_where=LIVING),
        Index("ix_sections_lesson_id", "lesson_id", "position", postgresql_where=LIVING),
    )

    id: Mapped[UUID] = primary_key()
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"))
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id"))
    title: Mapped[str]
    type: Mapped[str]
    content: Mapped[str] = mapped_column(server_default="")
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    position: Mapped[int]
    estimated_minutes: Mapped[int] = mapped_column(server_default="0")
    citations: Mapped[list[Any] | None] = mapped_column(JSONB)
    accessibility: Mapped[dict[str, Any] | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = created_now()
    updated_at: Mapped[datetime] = created_now()
    deleted_at: Mapped[datetime | None]


class Quiz(Base):
    """A test over a module (or one of its lessons). `time_limit` in seconds, `pass_percent` 0..100."""

    __tablename__ = "quizzes"
    __table_args__ = (
        CheckConstraint("pass_percent between 0 and 100", name="pass_percent"),
        Index("ix_quizzes_course_id", "course_id", postgresql_where=LIVING),
        Index("ix_quizzes_module_id", "module_id", postgresql_where=LIVING),
        Index("ix_quizzes_lesson_id", "lesson_id", postgresql_where=LIVING),
    )

    id: Mapped[UUID] = primary_key()
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"))
    module_id: Mapped[UUID] = mapped_column(ForeignKey("modules.id"))
    lesson_id: Mapped[UUID | None] = mapped_column(ForeignKey("lessons.id"))
    title: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    time_limit: Mapped[int | None]
    pass_percent: Mapped[int] = mapped_column(server_default="60")
    max_attempts: Mapped[int | None]
    shuffle: Mapped[bool] = mapped_column(server_default=text("false"))
    draw_count: Mapped[int | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = created_now()
    updated_at: Mapped[datetime] = created_now()
    deleted_at: Mapped[datetime | None]


class Question(Base):
    """One question. `options` and `correct_answer` are JSON whose shape the type fixes; the answer never leaves for a learner."""

    __tablename__ = "questions"
    __table_args__ = (one_of("type", QuestionType), Index("ix_questions_quiz_id", "quiz_id", "position", postgresql_where=LIVING))

    id: Mapped[UUID] = primary_key()
    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("quizzes.id"))
    type: Mapped[str]
    question: Mapped[str]
    options: Mapped[Any] = mapped_column(JSONB, nullable=True)
    correct_answer: Mapped[Any] = mapped_column(JSONB, nullable=True)
    tolerance: Mapped[Decimal | None] = mapped_column(Numeric)
    explanation: Mapped[str] = mapped_column(server_default="")
    points: Mapped[int] = mapped_column(server_default="1")
    position: Mapped[int]
    citations: Mapped[list[Any] | None] = mapped_column(JSONB)
    deleted_at: Mapped[datetime | None]


class CourseRating(Base):
    """One learner's opinion of one course: 1..5 and a few words."""

    __tablename__ = "course_ratings"
    __table_args__ = (
        PrimaryKeyConstraint("course_id", "user_id"),
        CheckConstraint("rating between 1 and 5", name="rating"),
        Index("ix_course_ratings_latest", "course_id", "updated_at", "user_id"),
        Index("ix_course_ratings_user_id", "user_id"),
    )

    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    rating: Mapped[int]
    review: Mapped[str | None]
    created_at: Mapped[datetime] = created_now()
    updated_at: Mapped[datetime] = created_now()
