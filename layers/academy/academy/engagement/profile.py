"""A person with what they have learnt and earned: one statement over identity, catalog, learning and engagement."""

import json
from datetime import date, datetime
from functools import cache
from typing import Any, Literal
from uuid import UUID

from academy.engagement.badges.catalogue import BADGES
from academy.engagement.badges.shown import shown
from academy.identity.privacy import BOARD_VISIBILITY, OPEN, PROFILE_VISIBILITY, TEACHES
from academy.identity.streaks import CURRENT
from academy.learning.views import EarnedBadgeView
from academy.platform.db import sql
from academy.platform.errors import NotFound
from academy.platform.http import Answer, Json, Request, View, ok

SHOWN = 50
"""Enrolments and ratings in a profile, the latest first; /enrollments has them all."""

GET_PROFILE = sql(f"""
    with person as (
        select u.*, w.whole, {CURRENT} as streak, {BOARD_VISIBILITY} as on_boards, {PROFILE_VISIBILITY} as for_others
        from users u cross join lateral (select u.id = :caller or :any::bool as whole) w
        where u.id = :id and u.status <> 'erased' and (w.whole or {OPEN} or {TEACHES})
    ), mine as (
        select e.*, c.title, c.thumbnail_key, c.difficulty, c.category, c.section_count, c.deleted_at,
            case when e.status = 'completed' then 100 when c.section_count = 0 then 0
                else least(100, e.completed_sections * 100 / c.section_count) end as percentage
        from enrollments e join courses c on c.id = e.course_id where e.user_id = :id and e.status <> 'ended'
    ), counts as (
        select count(*) as enrolled, count(*) filter (where status = 'completed') as completed,
            count(*) filter (where status = 'active' and (completed_sections > 0 or time_spent > 0)) as in_progress,
            coalesce(sum(completed_sections), 0)::bigint as sections, coalesce(sum(time_spent), 0)::bigint as seconds,
            coalesce(round(avg(percentage)), 0)::int as average
        from mine
    ), lessons as (
        select count(*) as completed from lesson_progress l join mine m on m.id = l.enrollment_id where l.completed_at is not null
    ), taught as (
        select count(*) as courses, coalesce(sum(c.total_enrollments), 0)::bigint as learners,
            round(sum(c.rating_sum)::numeric / nullif(sum(c.rating_count), 0), 2) as rating
        from courses c where c.instructor_id = :id and c.status = 'published' and c.visibility = 'public' and c.deleted_at is null
    )
    select (jsonb_build_object(
        'id', p.id, 'username', p.username, 'firstName', p.first_name, 'lastName', p.last_name, 'fullName', p.full_name, 'role', p.role,
        'domain', p.domain, 'memberSince', p.created_at, 'currentStreak', p.streak, 'longestStreak', p.longest_streak,
        'xpTotal', p.xp_total, 'achievements', coalesce((
            select jsonb_agg(b.shown || jsonb_build_object('earnedAt', a.earned_at) order by a.earned_at desc, a.badge)
            from achievements a join jsonb_each(:badges::jsonb) b(slug, shown) on b.slug = a.badge
            where a.user_id = :id and (p.whole or p.for_others = 'public')), '[]'::jsonb),
        'teaching', case when p.role <> 'student'
            then (select jsonb_build_object('courses', courses, 'learners', learners, 'averageRating', rating) from taught) end,
        'statistics', jsonb_build_object('completedCourses', n.completed, 'completedLessons', l.completed, 'completedSections', n.sections)
            || case when p.whole then jsonb_build_object('totalEnrollments', n.enrolled, 'inProgressCourses', n.in_progress,
                'totalTimeSpent', n.seconds, 'averageProgress', n.average) else '{{}}' end
    ) || case when not p.whole then '{{}}' else jsonb_build_object(
        'email', p.email, 'emailVerified', p.email_verified, 'status', p.status, 'branch', p.branch, 'year', p.year, 'timeZone', p.time_zone,
        'preferredStudyTime', p.preferred_study_time, 'weeklyLearningGoal', p.weekly_learning_goal,
        'notificationPreference', p.preferences -> 'notificationPreference', 'lastLearned', p.last_learned_at, 'lastLearnedOn', p.last_learned_on,
        'onboarded', p.onboarded_at is not null,
        'enrollments', coalesce((
            select jsonb_agg(jsonb_build_object('id', m.id, 'courseId', m.course_id, 'courseTitle', m.title, 'category', m.category,
                'difficulty', m.difficulty, 'thumbnailKey', m.thumbnail_key, 'status', m.status, 'completionPercentage', m.percentage,
                'timeSpent', m.time_spent, 'enrolledAt', m.enrolled_at, 'lastAccessedAt', m.last_accessed_at, 'completedAt', m.completed_at)
                order by m.enrolled_at desc, m.id desc)
            from (select * from mine where deleted_at is null order by enrolled_at desc, id desc limit {SHOWN}) m), '[]'::jsonb),
        'ratings', coalesce((
            select jsonb_agg(jsonb_build_object('courseId', r.course_id, 'courseTitle', r.title, 'rating', r.rating, 'review', r.review,
                'updatedAt', r.updated_at) order by r.updated_at desc)
            from (select r.*, c.title from course_ratings r join courses c on c.id = r.course_id where r.user_id = :id
                order by r.updated_at desc limit {SHOWN}) r), '[]'::jsonb)
    ) end || case when p.id <> :caller then '{{}}' else jsonb_build_object('dateOfBirth', p.born_on, 'leaderboardVisibility', p.on_boards,
        'pseudonym', p.pseudonym, 'profileVisibility', p.for_others) end)::text as json, case when p.whole then p.version end as version
    from person p cross join counts n cross join lessons l
""")


class ProfileStatisticsView(View):
    """Time in seconds. Counts of what was completed are public; the rest is shown to the person and to admins."""

    completed_courses: int
    completed_lessons: int
    completed_sections: int
    total_enrollments: int | None = None
    in_progress_courses: int | None = None
    total_time_spent: int | None = None
    average_progress: int | None = None


class TeachingView(View):
    courses: int
    learners: int
    average_rating: float | None


class ProfileEnrollmentView(View):
    id: UUID
    course_id: UUID
    course_title: str
    category: str
    difficulty: str
    thumbnail_key: str | None
    status: Literal["active", "completed"]
    completion_percentage: int
    time_spent: int
    enrolled_at: datetime
    last_accessed_at: datetime | None
    completed_at: datetime | None


class ProfileRatingView(View):
    course_id: UUID
    course_title: str
    rating: int
    review: str | None
    updated_at: datetime


class ProfileView(View):
    """Fields with a default are left out for others. `teaching` is null for students."""

    id: UUID
    username: str | None
    first_name: str | None
    last_name: str | None
    full_name: str | None
    role: Literal["student", "instructor", "admin"]
    domain: str | None
    member_since: datetime
    current_streak: int
    longest_streak: int
    xp_total: int
    achievements: list[EarnedBadgeView]
    teaching: TeachingView | None
    statistics: ProfileStatisticsView
    email: str | None = None
    email_verified: bool | None = None
    status: Literal["active", "suspended"] | None = None
    branch: str | None = None
    year: int | None = None
    time_zone: str | None = None
    preferred_study_time: str | None = None
    weekly_learning_goal: int | None = None
    notification_preference: Any = None
    last_learned: datetime | None = None
    last_learned_on: date | None = None
    onboarded: bool | None = None
    enrollments: list[ProfileEnrollmentView] | None = None
    ratings: list[ProfileRatingView] | None = None
    date_of_birth: date | None = None
    leaderboard_visibility: Literal["named", "pseudonym", "hidden"] | None = None
    pseudonym: str | None = None
    profile_visibility: Literal["public", "private"] | None = None


@cache
def _badges() -> str:
    return json.dumps({slug: shown(badge) for slug, badge in BADGES.items()}, ensure_ascii=False)


def get(request: Request, user_id: UUID) -> Answer:
    """Whole to the person and to who may read users; to others the public part, and nothing of who keeps to themselves, is suspended or not onboarded."""
    row = request.work.first(GET_PROFILE, id=user_id, caller=request.caller.id, any=request.caller.can("user:read"), badges=_badges())
    if row is None:
        raise NotFound("user")
    return ok(Json(row.json), version=row.version)
