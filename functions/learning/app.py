"""Learning: enrolment, progress, time, and what a learner sees of themselves."""

from uuid import UUID

from academy.engagement import rewarding
from academy.engagement.badges import service as badges
from academy.engagement.badges import views as badge_views
from academy.learning import schemas, views
from academy.learning.service import enrolling, offline, reading, studying
from academy.platform.http import Answer, Api, Request, created, member, no_content, ok, page_of, requires
from academy.platform.http.access import Rows

api = Api("learning", tag="Learning")
handler = api.handler

ENROLL = requires("course:enroll", rows=Rows.SELF)
SELF = member()
LEARNERS = member(rows=Rows.LEARNER)
PROGRESS = requires("progress:record", rows=Rows.ENROLLED, limit="progress")


@api.post("/courses/{id}/enroll", access=ENROLL, status=201, answers=views.EnrollmentView, errors=[402, 409, 422])
def enroll_in_course(request: Request, id: UUID) -> Answer:
    """Enrol in a free course; 402 says what a priced one costs."""
    return created(enrolling.enroll(request, id), f"/courses/{id}/progress")


@api.delete("/courses/{id}/enroll", access=ENROLL, status=204)
def unenroll_from_course(request: Request, id: UUID) -> Answer:
    """Leave a course."""
    enrolling.unenroll(request, id)
    return no_content()


@api.get("/enrollments", access=member(), answers=views.MyCourseView, paged=True)
def list_enrollments(request: Request, query: schemas.EnrollmentsQuery) -> Answer:
    """My courses, with how far I am."""
    return page_of(enrolling.my_courses(request, query))


@api.get(
    "/courses/{id}/students",
    access=requires("course:students", rows=Rows.OWNER_OR_ADMIN),
    answers=views.StudentView,
    paged=True,
    errors=[422],
)
def list_students(request: Request, id: UUID, query: schemas.StudentsQuery) -> Answer:
    """A course's learners with their progress; with `Accept: text/csv` all of them as CSV."""
    return enrolling.students(request, id, query)


@api.put("/courses/{id}/rating", access=requires("course:enroll", rows=Rows.ENROLLED), answers=views.MyRatingView)
def rate_course(request: Request, id: UUID, body: schemas.NewRating) -> Answer:
    """Say what I think of a course."""
    return ok(enrolling.rate(request, id, body))


@api.post("/progress/section", access=PROGRESS, answers=views.RecordedView, at_once=True, errors=[404])
def record_section_progress(request: Request, body: schemas.SectionReport) -> Answer:
    """Tell what was done in a section."""
    return ok(rewarding.record_section(request, body))


@api.post("/progress/lessons/{id}/sections/{section_id}/complete", access=PROGRESS, answers=views.RecordedView, at_once=True)
def complete_section(request: Request, id: UUID, section_id: UUID, body: schemas.CompletionReport | None) -> Answer:
    """Complete a section."""
    return ok(rewarding.complete_section(request, id, section_id, body or schemas.CompletionReport()))


@api.post("/progress/lessons/{id}/complete", access=PROGRESS, answers=views.RecordedView, at_once=True)
def complete_lesson(request: Request, id: UUID, body: schemas.CompletionReport | None) -> Answer:
    """Complete every section of a lesson."""
    report = body or schemas.CompletionReport()
    return ok(rewarding.complete_lesson(request, schemas.LessonReport(lesson_id=id, time_spent=report.time_spent)))


@api.post("/lessons/complete", access=PROGRESS, answers=views.RecordedView, at_once=True, errors=[404])
def complete_lesson_by_body(request: Request, body: schemas.LessonReport) -> Answer:
    """Complete every section of a lesson, named in the body."""
    return ok(rewarding.complete_lesson(request, body))


@api.post("/progress/courses/{id}/batch", access=PROGRESS, answers=views.BatchView)
def sync_progress(request: Request, id: UUID, body: schemas.OfflineBatch) -> Answer:
    """Tell what happened while offline."""
    return ok(offline.record_batch(request, id, body))


@api.get("/progress", access=SELF, answers=views.AllProgressView)
def get_my_progress(request: Request) -> Answer:
    """All my courses, down to each section."""
    return ok(reading.all_progress(request))


@api.get("/progress/{user_id}", access=LEARNERS, answers=views.AllProgressView)
def get_progress_of(request: Request, user_id: UUID) -> Answer:
    """Somebody's courses: one's own, all for admins, those they teach for instructors."""
    return ok(reading.all_progress(request, user_id))


@api.get("/progress/courses/{id}", access=LEARNERS, answers=views.CourseProgressView)
def get_course_progress(request: Request, id: UUID, query: schemas.LearnerQuery) -> Answer:
    """My progress in a course; with `userId` a learner's, for the course's owner and admins."""
    return ok(reading.course_progress(request, id, query.user_id))


@api.get("/courses/{id}/progress", access=LEARNERS, answers=views.CourseProgressView)
def get_progress_in_course(request: Request, id: UUID, query: schemas.LearnerQuery) -> Answer:
    """The same by the course's address."""
    return ok(reading.course_progress(request, id, query.user_id))


@api.get("/progress/lessons/{id}", access=LEARNERS, answers=views.LessonProgressView)
def get_lesson_progress(request: Request, id: UUID, query: schemas.LearnerQuery) -> Answer:
    """My progress in a lesson; with `userId` a learner's, for the course's owner and admins."""
    return ok(reading.lesson_progress(request, id, query.user_id))


@api.post(
    "/progress/time",
    access=requires("progress:record", rows=Rows.SELF, limit="progress"),
    answers=views.TimeRecordedView,
    at_once=True,
    errors=[404, 422],
)
def record_study_time(request: Request, body: schemas.StudyTime) -> Answer:
    """Tell that I studied; stretches that overlap count once."""
    return ok(studying.record_time(request, body))


@api.get("/progress/time/summary", access=SELF, answers=views.TimeSummaryView)
def get_time_summary(request: Request, query: schemas.TimeSummaryQuery) -> Answer:
    """My study time by day and by course."""
    return ok(studying.summary(request, query.days))


@api.get("/progress/streak", access=SELF, answers=views.StreakView)
def get_streak(request: Request) -> Answer:
    """My days in a row, in my own time zone."""
    return ok(reading.streak(request))


@api.get("/progress/achievements", access=SELF, answers=badge_views.AchievementsView)
def get_my_achievements(request: Request, query: badge_views.BadgeQuery) -> Answer:
    """My badges, and how far I am with the others."""
    return ok(badges.achievements_of(request, request.caller.id, query.language))


@api.get("/progress/analytics/dashboard", access=SELF, answers=views.DashboardView)
def get_learning_dashboard(request: Request) -> Answer:
    """How my learning goes: velocity, when I will be done, activity."""
    return ok(reading.dashboard(request))


@api.get("/progress/analytics/learning-path", access=SELF, answers=views.LearningPathView)
def get_learning_path(request: Request) -> Answer:
    """What to do next, and why."""
    return ok(reading.learning_path(request))
