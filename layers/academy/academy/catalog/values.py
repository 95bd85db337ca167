"""Closed sets of the catalog."""

from enum import StrEnum


class CourseStatus(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    REJECTED = "rejected"
    ARCHIVED = "archived"


class Visibility(StrEnum):
    """`private` is a course that a student had written for themselves: only they see it, and it needs no review."""

    PUBLIC = "public"
    PRIVATE = "private"


class Category(StrEnum):
    PROGRAMMING = "programming"
    DESIGN = "design"
    BUSINESS = "business"
    MARKETING = "marketing"
    SCIENCE = "science"
    LANGUAGE = "language"
    MUSIC = "music"
    ART = "art"
    OTHER = "other"


class Difficulty(StrEnum):
    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class SectionType(StrEnum):
    TEXT = "text"
    VIDEO = "video"
    QUIZ = "quiz"
    EXERCISE = "exercise"
    CODE = "code"
    IMAGE = "image"
    INTERACTIVE = "interactive"


class QuestionType(StrEnum):
    MULTIPLE_CHOICE = "multiple_choice"
    MULTIPLE_SELECT = "multiple_select"
    TRUE_FALSE = "true_false"
    NUMERIC = "numeric"
    SHORT_ANSWER = "short_answer"
    MATCHING = "matching"
    ORDERING = "ordering"
    ESSAY = "essay"
    CODE = "code"
