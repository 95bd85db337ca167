"""How the catalog's rows look as JSON: SQL expressions, used by every statement that answers with such a row.

Aliases are fixed: `c` courses, `u` the instructor's users row, `m` modules, `l` lessons, `s` sections. `:media` is the address of the public objects.
"""

THUMBNAIL_URL = "case when c.thumbnail_key is not null then :media::text || substr(c.thumbnail_key, 6) end"
"""Keys of public objects start with `media`, which is where the CDN's path begins."""

_CARD = f"""
    'id', c.id, 'title', c.title, 'description', c.description, 'domain', c.domain, 'category', c.category, 'difficulty', c.difficulty,
    'language', c.language, 'thumbnailUrl', {THUMBNAIL_URL}, 'price', c.price, 'currency', c.currency,
    'instructor', json_build_object('id', u.id, 'fullName', u.full_name),
    'averageRating', round(c.rating_average::numeric, 2)::double precision, 'totalRatings', c.rating_count, 'totalEnrollments', c.total_enrollments,
    'moduleCount', c.module_count, 'lessonCount', c.lesson_count, 'sectionCount', c.section_count, 'estimatedMinutes', c.estimated_minutes,
    'tags', c.tags, 'publishedAt', c.published_at, 'status', c.status
"""
CARD = f"json_build_object({_CARD})"

AUTHORED_COURSE = f"""json_build_object({_CARD},
    'visibility', c.visibility, 'objectives', c.objectives, 'objectiveLevels', c.objective_levels, 'thumbnailKey', c.thumbnail_key,
    'submittedAt', c.submitted_at, 'reviewedAt', c.reviewed_at, 'rejectionReason', c.rejection_reason, 'provenance', c.provenance,
    'createdAt', c.created_at, 'updatedAt', c.updated_at, 'version', c.version)"""

MODULE = """json_build_object('id', m.id, 'courseId', m.course_id, 'title', m.title, 'description', m.description,
    'position', m.position, 'order', m.position, 'createdAt', m.created_at, 'updatedAt', m.updated_at, 'version', m.version)"""

LESSON = """json_build_object('id', l.id, 'courseId', l.course_id, 'moduleId', l.module_id, 'title', l.title, 'description', l.description,
    'order', l.position, 'position', l.position, 'estimatedTime', l.estimated_minutes, 'videoUrl', l.video_url,
    'materialsKey', l.materials_key, 'subtitleKey', l.subtitle_key, 'objectives', l.objectives, 'isPreview', l.is_preview,
    'createdAt', l.created_at, 'updatedAt', l.updated_at, 'version', l.version)"""

SECTION = """json_build_object('id', s.id, 'courseId', s.course_id, 'lessonId', s.lesson_id, 'title', s.title, 'type', s.type,
    'content', s.content, 'data', s.data, 'order', s.position, 'position', s.position, 'estimatedMinutes', s.estimated_minutes,
    'citations', s.citations, 'createdAt', s.created_at, 'updatedAt', s.updated_at, 'version', s.version)"""
