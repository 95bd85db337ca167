"""What learning answers with. PostgreSQL builds the JSON; tests hold it against these. Times spent are in seconds, estimates of sections in minutes."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from academy.catalog.values import SectionType
from academy.catalog.views import CourseCardView
from academy.learning.schemas import UpdateType
from academy.learning.values import EnrollmentStatus
from academy.platform.http import View


class NextSectionView(View):
    """Where to go on. `reason`: the next one here, in the next lesson, or one that was skipped."""

    type: Literal["section"]
    course_id: UUID
    lesson_id: UUID
    section_id: UUID
    title: str
    lesson_title: str
    reason: Literal["next_section", "next_lesson", "skipped_earlier"]


class EarnedBadgeView(View):
    """`badge` is its slug; `iconUrl` an SVG."""

    badge: str
    name: str
    description: str
    icon_url: str
    earned_at: datetime


class RecordedView(View):
    """What a report of progress led to. `timeSpent` is the section's (the lesson's, where a whole lesson was completed) after the report,
    `totalTimeSpent` the course's, `estimatedTimeRemaining` what the sections still to do should take: all in seconds. `completedAt` is the
    first completion's, however often it is reported."""

    enrollment_id: UUID
    course_id: UUID
    lesson_id: UUID
    section_id: UUID
    section_completed: bool
    lesson_completed: bool
    course_completed: bool
    completed_at: datetime | None
    course_completed_at: datetime | None
    completion_percentage: float
    completed_sections: int
    total_sections: int
    time_spent: int
    total_time_spent: int
    estimated_time_remaining: int
    current_streak: int
    new_achievements: list[EarnedBadgeView]
    xp_earned: int
    next_recommendation: NextSectionView | None


class UpdateStatus(StrEnum):
    SUCCESS = "success"
    ALREADY_COMPLETED = "already_completed"
    RECORDED = "recorded"
    UPDATED = "updated"
    ERROR = "error"


class UpdateErrorView(View):
    code: str
    message: str


class UpdateResultView(View):
    """What became of one update. `duplicate`: the `clientId` was told before, and counted then."""

    client_id: str
    type: UpdateType
    status: UpdateStatus
    duplicate: bool
    section_id: UUID | None
    completed_at: datetime | None
    error: UpdateErrorView | None


class BatchCountsView(View):
    """How many updates ended in each status."""

    success: int
    already_completed: int
    recorded: int
    updated: int
    error: int


class BatchView(View):
    """One result for each update, in their order; `progress` is the course after all of them, null if none touched a section."""

    course_id: UUID
    results: list[UpdateResultView]
    counts: BatchCountsView
    progress: RecordedView | None


class ProgressNumbersView(View):
    """How far a learner is in a course."""

    completion_percentage: float
    completed_sections: int
    total_sections: int
    time_spent: int
    last_section_id: UUID | None
    last_accessed_at: datetime | None


class EnrollmentView(View):
    """A learner in a course. `source` says why: free, payment, coupon, grant."""

    id: UUID
    user_id: UUID
    course_id: UUID
    status: EnrollmentStatus
    source: str
    enrolled_at: datetime
    completed_at: datetime | None
    ended_at: datetime | None


class MyCourseView(EnrollmentView):
    """One of my courses."""

    course: CourseCardView
    progress: ProgressNumbersView


class LearnerView(View):
    """Somebody as their course's instructor knows them."""

    id: UUID
    full_name: str | None
    username: str | None


class StudentView(EnrollmentView):
    """A learner of a course, for its owner."""

    student: LearnerView
    progress: ProgressNumbersView


class MyRatingView(View):
    """My opinion of a course, and what all opinions make."""

    course_id: UUID
    rating: int
    review: str | None
    created_at: datetime
    updated_at: datetime
    average_rating: float
    total_ratings: int


class SectionProgressView(View):
    """One section and what the learner did there."""

    id: UUID
    title: str
    type: SectionType
    order: int
    estimated_minutes: int
    completed: bool
    completed_at: datetime | None
    time_spent: int
    score: int | None
    last_seen_at: datetime | None


class LessonTreeView(View):
    id: UUID
    title: str
    order: int
    estimated_minutes: int
    completed: bool
    completed_at: datetime | None
    completed_sections: int
    total_sections: int
    completion_percentage: float
    time_spent: int
    sections: list[SectionProgressView]


class ModuleTreeView(View):
    id: UUID
    title: str
    order: int
    completed: bool
    completed_lessons: int
    total_lessons: int
    lessons: list[LessonTreeView]


class CourseStatisticsView(View):
    """Counts over the living sections. `averageScore` is over the sections that have one; `estimatedTimeRemaining` in seconds."""

    total_modules: int
    completed_modules: int
    total_lessons: int
    completed_lessons: int
    total_sections: int
    completed_sections: int
    completion_percentage: float
    total_time_spent: int
    estimated_time_remaining: int
    average_score: float | None


class CourseSummaryView(View):
    """Where the learner stands: `nextSection` is the first not completed one in order."""

    status: EnrollmentStatus
    enrolled_at: datetime
    completed_at: datetime | None
    last_accessed_at: datetime | None
    last_section_id: UUID | None
    next_section: NextSectionView | None


class CourseProgressView(View):
    """A learner's course, down to each section's state."""

    enrollment_id: UUID
    user_id: UUID
    course_id: UUID
    course_title: str
    completion_percentage: float
    modules: list[ModuleTreeView]
    statistics: CourseStatisticsView
    summary: CourseSummaryView


class AllStatisticsView(View):
    """Over all courses of a learner that have not ended."""

    total_courses: int
    active_courses: int
    completed_courses: int
    total_lessons: int
    completed_lessons: int
    total_sections: int
    completed_sections: int
    total_time_spent: int
    average_completion: float


class AllSummaryView(View):
    """The learner's habit: days in a row, in their own time zone."""

    current_streak: int
    longest_streak: int
    last_learned_at: datetime | None
    next_section: NextSectionView | None


class AllProgressView(View):
    """Every course of a learner (the hundred last visited) as a tree."""

    user_id: UUID
    courses: list[CourseProgressView]
    statistics: AllStatisticsView
    summary: AllSummaryView


class LessonProgressView(LessonTreeView):
    """A learner's lesson, down to each section's state."""

    enrollment_id: UUID
    course_id: UUID
    module_id: UUID
    started_at: datetime | None
    summary: "LessonSummaryView"


class LessonSummaryView(View):
    estimated_time_remaining: int
    next_section: NextSectionView | None


class TimeRecordedView(View):
    """`counted` are the seconds that were new: what an earlier report covered already counts once."""

    counted: int
    reported: int
    today: int
    total: int


class DayView(View):
    """A day of the learner's own calendar."""

    date: date
    seconds: int


class CourseTimeView(View):
    course_id: UUID
    course_title: str
    seconds: int


class TimeSummaryView(View):
    """Study time, in seconds and in the learner's own days and weeks (from Monday). `weeklyGoal` is null where none was set."""

    time_zone: str
    today: int
    this_week: int
    period: int
    total: int
    days: int
    sessions: int
    average_per_day: int
    weekly_goal: int | None
    weekly_goal_percentage: float | None
    by_day: list[DayView]
    by_course: list[CourseTimeView]


class StreakView(View):
    """Days in a row with learning, in the learner's own time zone. `activeToday`: today counts already. `endsAt`: when the streak ends
    unless something is learned before, all freezes used; null where there is none."""

    current_streak: int
    longest_streak: int
    last_learned_on: date | None
    last_learned_at: datetime | None
    active_today: bool
    time_zone: str
    today: date
    ends_at: datetime | None
    freezes: "FreezesView"
    weekly_goal: "WeeklyGoalView"
    week: list["StreakDayView"]


class FreezesView(View):
    """A freeze stands in for a missed day by itself. `nextInDays`: after so many more days of learning there is another one, up to `most`."""

    held: int
    most: int
    next_in_days: int


class WeeklyGoalView(View):
    """Minutes studied since Monday, and how many were meant to be; null without a goal."""

    goal_minutes: int | None
    minutes: int
    percentage: float | None


class StreakDayView(View):
    """`frozen`: missed, and covered by a freeze."""

    date: date
    active: bool
    frozen: bool


class VelocityView(View):
    """Sections completed: in the last seven days, and a week on average over the last 28 days (or since the first enrolment)."""

    sections_last7_days: int
    sections_per_week: float
    seconds_last7_days: int
    trend: Literal["up", "down", "steady"]


class CourseForecastView(View):
    """A course under way. `estimatedCompletionDate` follows from the learner's velocity in it; null where there is none yet."""

    course_id: UUID
    course_title: str
    status: EnrollmentStatus
    completion_percentage: float
    completed_sections: int
    total_sections: int
    time_spent: int
    last_accessed_at: datetime | None
    sections_per_week: float
    estimated_completion_date: date | None


class ActivityDayView(View):
    date: date
    sections_completed: int
    seconds: int


class DashboardView(View):
    """How learning goes."""

    statistics: AllStatisticsView
    current_streak: int
    longest_streak: int
    velocity: VelocityView
    courses: list[CourseForecastView]
    activity: list[ActivityDayView]
    weekly_goal: int | None
    weekly_goal_percentage: float | None


class PathReason(StrEnum):
    """Why this step."""

    ALMOST_DONE = "almost_done"
    CONTINUE = "continue"
    STALLED = "stalled"
    NOT_STARTED = "not_started"
    UNLOCKED = "unlocked"
    YOUR_FIELD = "your_field"


class PathStepView(View):
    """Do this next. `section` steps lead into a course that the learner is in, `course` steps to one to enrol in."""

    type: Literal["section", "course"]
    course_id: UUID
    course_title: str
    lesson_id: UUID | None
    section_id: UUID | None
    title: str
    completion_percentage: float | None
    estimated_minutes: int
    reason: PathReason
    explanation: str


class LearningPathView(View):
    steps: list[PathStepView]
