"""What comes in. Fields that are not named here are refused: nobody sets a status, an owner or a counter."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from academy.catalog.values import Category, CourseStatus, Difficulty, SectionType
from academy.platform.http import ListQuery, Schema, example

MAX_PRICE = 100_000_000
"""A million rupees, in paise."""

MAX_PREREQUISITES = 20


def _without_repeats(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


Title = Annotated[str, StringConstraints(min_length=3, max_length=200)]
Heading = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Description = Annotated[str, StringConstraints(min_length=10, max_length=5000)]
Note = Annotated[str, StringConstraints(max_length=5000)]
Domain = Annotated[str, StringConstraints(min_length=1, max_length=50, to_lower=True)]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Price = Annotated[int, Field(ge=0, le=MAX_PRICE, description="In the currency's smallest unit (paise)")]
Minutes = Annotated[int, Field(ge=0, le=100_000)]
Tags = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=50)]], Field(max_length=20), AfterValidator(_without_repeats)
]
Objectives = Annotated[list[Annotated[str, StringConstraints(min_length=3, max_length=500)]], Field(max_length=20)]
Position = Annotated[int, Field(ge=1, le=10_000, description="From 1 among its siblings; they make room")]
PublicKey = Annotated[
    str, StringConstraints(pattern=r"^media(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$", max_length=500), Field(description="As the upload gave it")
]
MaterialKey = Annotated[
    str,
    StringConstraints(pattern=r"^materials(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$", max_length=500),
    Field(description="As the upload gave it: below `materials/` and the course's id"),
]
WebAddress = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/$.?#][^\s]*$", max_length=2000)]
Markdown = Annotated[str, StringConstraints(max_length=200_000, strip_whitespace=False)]


class NewCourse(Schema):
    """A course to begin with. Price in paise."""

    model_config = example(
        title="Bridges that stand",
        description="How a bridge carries what goes over it.",
        domain="engineering",
        category="science",
        difficulty="beginner",
        price=49900,
        tags=["statics"],
        objectives=["Explain how an arch carries a load"],
        estimatedMinutes=180,
    )

    title: Title
    description: Description
    domain: Domain
    category: Category
    difficulty: Difficulty
    price: Price = 0
    currency: Currency = "INR"
    tags: Tags = Field(default_factory=list)
    objectives: Objectives = Field(default_factory=list)
    language: Language = "en"
    estimated_minutes: Minutes = 0
    thumbnail_key: PublicKey | None = None


class CourseChanges(Schema):
    """What is left out stays as it is; null clears the thumbnail."""

    model_config = example(title="Bridges that last", price=39900)

    title: Title | None = None
    description: Description | None = None
    domain: Domain | None = None
    category: Category | None = None
    difficulty: Difficulty | None = None
    price: Price | None = None
    currency: Currency | None = None
    tags: Tags | None = None
    objectives: Objectives | None = None
    language: Language | None = None
    estimated_minutes: Minutes | None = None
    thumbnail_key: PublicKey | None = None


class Prerequisites(Schema):
    """The whole set, replacing the one before."""

    model_config = example(courseIds=["01900000-0000-7000-8000-000000000001"])

    course_ids: Annotated[list[UUID], Field(max_length=MAX_PREREQUISITES)]


class NewModule(Schema):
    model_config = example(title="Arches", description="The oldest way to cross a river.")

    title: Heading
    description: Note = ""
    position: Position | None = None


class ModuleChanges(Schema):
    title: Heading | None = None
    description: Note | None = None
    position: Position | None = None


class NewLesson(Schema):
    """`estimatedTime` in minutes. Without `moduleId` (by the course's address) it goes to the last module."""

    model_config = example(title="Why an arch stands", estimatedTime=20, objectives=["Name the forces in an arch"])

    title: Heading
    description: Note = ""
    module_id: UUID | None = None
    order: Position | None = None
    estimated_time: Minutes = 0
    video_url: WebAddress | None = None
    materials_key: MaterialKey | None = None
    subtitle_key: MaterialKey | None = None
    objectives: Objectives = Field(default_factory=list)
    is_preview: bool = False


class LessonChanges(Schema):
    """What is left out stays as it is; null clears an address or a key."""

    title: Heading | None = None
    description: Note | None = None
    order: Position | None = None
    estimated_time: Minutes | None = None
    video_url: WebAddress | None = None
    materials_key: MaterialKey | None = None
    subtitle_key: MaterialKey | None = None
    objectives: Objectives | None = None
    is_preview: bool | None = None


class NewSection(Schema):
    """`content` is markdown, stored as given; `data` is what the type needs (code's language, an image's key and alt text, …)."""

    model_config = example(
        title="The keystone", type="text", content="## The keystone\n\nThe last stone locks the arch.", estimatedMinutes=5
    )

    title: Heading
    type: SectionType = SectionType.TEXT
    content: Markdown = ""
    data: dict[str, Any] = Field(default_factory=dict)
    order: Position | None = None
    estimated_minutes: Minutes = 0


class SectionChanges(Schema):
    title: Heading | None = None
    type: SectionType | None = None
    content: Markdown | None = None
    data: dict[str, Any] | None = None
    order: Position | None = None
    estimated_minutes: Minutes | None = None


class LessonPlace(Schema):
    lesson_id: UUID
    sections: Annotated[list[UUID], Field(max_length=500)] = Field(default_factory=list)


class ModulePlace(Schema):
    """A module with its lessons, and theirs with their sections, in the wanted order."""

    module_id: UUID
    lessons: Annotated[list[LessonPlace], Field(max_length=500)] = Field(default_factory=list)


Structure = Annotated[list[ModulePlace], Field(max_length=200)]


class Rejection(Schema):
    model_config = example(reason="The second module has no text yet.")

    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class CourseQuery(ListQuery):
    """`sort` is by relevance for a search and by newest otherwise. `mine` are the caller's own, drafts included; `status` is for those alone.
    `facets=true` adds `facets` beside `data`: how many of all that was found have each value of each filter."""

    search: Annotated[str | None, Field(max_length=200)] = None
    domain: Domain | None = None
    category: Category | None = None
    difficulty: Difficulty | None = None
    tag: Annotated[str | None, Field(max_length=50)] = None
    instructor_id: UUID | None = None
    language: Annotated[str | None, Field(max_length=35)] = None
    free: bool | None = None
    sort: Annotated[str | None, Field(pattern="^(newest|popular|rating|price)$")] = None
    mine: bool = False
    status: CourseStatus | None = None
    facets: bool = False


class ReviewQuery(ListQuery):
    """Longest waiting first."""

    status: CourseStatus = CourseStatus.IN_REVIEW
