"""Catalog and authoring: courses found, written, submitted; what learners think of them."""

from uuid import UUID

from academy.catalog import outline, schemas, service, views
from academy.learning import content_views, course_views
from academy.learning.schemas import CoursePageQuery
from academy.learning.service import content, course_page
from academy.platform.http import Answer, Api, ListQuery, Request, Rows, created, member, no_content, ok, page_of, public, requires

api = Api("catalog", tag="Catalog and authoring")
handler = api.handler

AUTHOR = requires("course:edit", rows=Rows.OWNER_OR_ADMIN)
"""One's own courses; every course with course:edit_any."""
OWNER = member(rows=Rows.OWNER_OR_ADMIN, unless_private="course:edit")
"""Like AUTHOR, and without course:edit one's own private course."""
READER = member(rows=Rows.READER)


@api.get("/courses", access=public(), answers=views.CourseCardView, paged=True, public_cache=True, errors=[401])
def list_courses(request: Request, query: schemas.CourseQuery) -> Answer:
    """Find courses: search, filters, four orders; `didYouMean` beside `data` tells how a search was corrected, `facets` how many there are of what."""
    found = service.list_courses(request, query)
    return page_of(found.page, didYouMean=found.corrected, facets=found.facets)


@api.post("/courses", access=requires("course:create"), status=201, answers=views.AuthoredCourseView)
def create_course(request: Request, body: schemas.NewCourse) -> Answer:
    """Make a draft."""
    course = service.create_course(request, body)
    return created(course.json, f"/courses/{course.id}", version=course.version)


@api.get("/courses/{id}", access=public(), answers=course_views.CoursePageView, public_cache=True, errors=[401, 404])
def get_course(request: Request, id: UUID, query: CoursePageQuery) -> Answer:
    """The course page: the whole outline without content; `includeProgress=true` adds mine."""
    return course_page.get(request, id, with_progress=query.include_progress)


@api.put("/courses/{id}", access=OWNER, answers=views.AuthoredCourseView, errors=[404, 409, 412])
def update_course(request: Request, id: UUID, body: schemas.CourseChanges) -> Answer:
    """Change a course; what is left out stays."""
    course = service.update_course(request, id, body)
    return ok(course.json, version=course.version)


@api.delete("/courses/{id}", access=OWNER, status=204, errors=[404, 412])
def delete_course(request: Request, id: UUID) -> Answer:
    """Remove a course; one that learners are in is archived and stays theirs."""
    service.delete_course(request, id)
    return no_content()


@api.post(
    "/courses/{id}/submit",
    access=requires("course:submit", rows=Rows.OWNER_OR_ADMIN),
    answers=views.AuthoredCourseView,
    errors=[404, 409, 412, 422],
)
def submit_course(request: Request, id: UUID) -> Answer:
    """Ask for review; 422 lists everything that is missing."""
    course = service.submit_course(request, id)
    return ok(course.json, "Your course is waiting for a review.", version=course.version)


@api.post(
    "/courses/{id}/withdraw",
    access=requires("course:submit", rows=Rows.OWNER_OR_ADMIN),
    answers=views.AuthoredCourseView,
    errors=[404, 409, 412],
)
def withdraw_course(request: Request, id: UUID) -> Answer:
    """Take a course back from review, to go on writing."""
    course = service.withdraw_course(request, id)
    return ok(course.json, version=course.version)


@api.put("/courses/{id}/prerequisites", access=AUTHOR, answers=list[views.PrerequisiteView], errors=[404, 409, 412, 422])
def set_prerequisites(request: Request, id: UUID, body: schemas.Prerequisites) -> Answer:
    """Say which courses have to be completed first, replacing those before; a cycle is 422."""
    prerequisites = service.set_prerequisites(request, id, body)
    return ok(prerequisites.json, version=prerequisites.version)


@api.get("/courses/{id}/ratings", access=public(), answers=views.RatingView, paged=True, public_cache=True, errors=[404])
def list_ratings(request: Request, id: UUID, query: ListQuery) -> Answer:
    """What learners say of a course, latest first."""
    return page_of(service.list_ratings(request, id, query))


@api.put("/courses/{id}/structure", access=AUTHOR, answers=list[views.OutlineModuleView], errors=[404, 409, 412, 422])
def restructure_course(request: Request, id: UUID, body: schemas.Structure) -> Answer:
    """Put modules, lessons and sections into another order in one call, all or nothing."""
    structure = outline.restructure(request, id, body)
    return ok(structure.json, version=structure.version)


@api.post("/courses/{id}/modules", access=AUTHOR, status=201, answers=views.ModuleView, errors=[404, 409, 412])
def create_module(request: Request, id: UUID, body: schemas.NewModule) -> Answer:
    """Add a module."""
    module = outline.create_module(request, id, body)
    return created(module.json, f"/modules/{module.id}", version=module.version)


@api.put("/modules/{id}", access=AUTHOR, answers=views.ModuleView, errors=[404, 409, 412])
def update_module(request: Request, id: UUID, body: schemas.ModuleChanges) -> Answer:
    """Change or move a module."""
    module = outline.update_module(request, id, body)
    return ok(module.json, version=module.version)


@api.delete("/modules/{id}", access=AUTHOR, status=204, errors=[404, 409, 412])
def delete_module(request: Request, id: UUID) -> Answer:
    """Remove a module with all that is in it."""
    outline.delete(request, "module", id)
    return no_content()


@api.get("/courses/{id}/lessons", access=member(rows=Rows.ANY), answers=content_views.ListedLessonView, paged=True)
def list_lessons(request: Request, id: UUID, query: ListQuery) -> Answer:
    """A course's lessons in order, with my progress; without their content for who may not read them."""
    return page_of(content.list_lessons(request, id, query))


@api.post("/courses/{id}/lessons", access=AUTHOR, status=201, answers=views.LessonView, errors=[404, 409, 412])
def create_lesson_in_course(request: Request, id: UUID, body: schemas.NewLesson) -> Answer:
    """Add a lesson to the module in the body, or to the last one."""
    lesson = outline.create_lesson_in_course(request, id, body)
    return created(lesson.json, f"/lessons/{lesson.id}", version=lesson.version)


@api.post("/modules/{id}/lessons", access=AUTHOR, status=201, answers=views.LessonView, errors=[404, 409])
def create_lesson(request: Request, id: UUID, body: schemas.NewLesson) -> Answer:
    """Add a lesson."""
    lesson = outline.create_lesson_in_module(request, id, body)
    return created(lesson.json, f"/lessons/{lesson.id}", version=lesson.version)


@api.get("/lessons/{id}", access=READER, answers=content_views.ReadLessonView)
def get_lesson(request: Request, id: UUID) -> Answer:
    """A lesson with its sections and my progress, for learners of the course; a preview for everybody."""
    return content.get_lesson(request, id)


@api.get("/courses/{cid}/lessons/{id}", access=READER, answers=content_views.ReadLessonView)
def get_lesson_of_course(request: Request, cid: UUID, id: UUID) -> Answer:
    """The same by the course's address."""
    return content.get_lesson(request, id, course_id=cid)


@api.put("/lessons/{id}", access=AUTHOR, answers=views.LessonView, errors=[404, 409, 412])
def update_lesson(request: Request, id: UUID, body: schemas.LessonChanges) -> Answer:
    """Change or move a lesson."""
    lesson = outline.update_lesson(request, id, body)
    return ok(lesson.json, version=lesson.version)


@api.put("/courses/{cid}/lessons/{id}", access=AUTHOR, answers=views.LessonView, errors=[404, 409, 412])
def update_lesson_of_course(request: Request, cid: UUID, id: UUID, body: schemas.LessonChanges) -> Answer:
    """Change or move a lesson, by the course's address."""
    lesson = outline.update_lesson(request, id, body, course_id=cid)
    return ok(lesson.json, version=lesson.version)


@api.delete("/lessons/{id}", access=AUTHOR, status=204, errors=[404, 409, 412])
def delete_lesson(request: Request, id: UUID) -> Answer:
    """Remove a lesson with its sections."""
    outline.delete(request, "lesson", id)
    return no_content()


@api.delete("/courses/{cid}/lessons/{id}", access=AUTHOR, status=204, errors=[404, 409, 412])
def delete_lesson_of_course(request: Request, cid: UUID, id: UUID) -> Answer:
    """Remove a lesson with its sections, by the course's address."""
    outline.delete(request, "lesson", id, course_id=cid)
    return no_content()


@api.post("/lessons/{id}/sections", access=AUTHOR, status=201, answers=views.SectionView, errors=[404, 409])
def create_section(request: Request, id: UUID, body: schemas.NewSection) -> Answer:
    """Add a section."""
    section = outline.create_section(request, id, body)
    return created(section.json, f"/sections/{section.id}", version=section.version)


@api.get("/sections/{id}", access=READER, answers=content_views.ReadSectionView)
def get_section(request: Request, id: UUID) -> Answer:
    """A section with its content and my progress, for learners of the course; those of a preview for everybody."""
    return content.get_section(request, id)


@api.put("/sections/{id}", access=AUTHOR, answers=views.SectionView, errors=[404, 409, 412])
def update_section(request: Request, id: UUID, body: schemas.SectionChanges) -> Answer:
    """Change or move a section."""
    section = outline.update_section(request, id, body)
    return ok(section.json, version=section.version)


@api.delete("/sections/{id}", access=AUTHOR, status=204, errors=[404, 409, 412])
def delete_section(request: Request, id: UUID) -> Answer:
    """Remove a section."""
    outline.delete(request, "section", id)
    return no_content()
