"""Administration: people, their roles and permissions, the audit log; the review of courses."""

from uuid import UUID

from academy.catalog import review
from academy.catalog import schemas as catalog
from academy.catalog import views as catalog_views
from academy.engagement.xp import deciding
from academy.engagement.xp import schemas as xp
from academy.identity import administration
from academy.identity import administration_schemas as people
from academy.platform.http import Answer, Api, Request, ok, page_of, requires

api = Api("admin", tag="Insight and administration")
handler = api.handler


@api.get("/users", access=requires("user:read"), answers=people.AdminUserView, paged=True)
def list_users(request: Request, query: people.UserListQuery) -> Answer:
    """Everybody, the newest first; by name, username or e-mail address, role, status."""
    return administration.list_users(request, query)


@api.put("/users/{id}/role", access=requires("user:change_role"), answers=people.AdminUserView, errors=[422])
def set_user_role(request: Request, id: UUID, body: people.RoleChange) -> Answer:
    """Give a user another role. The last admin stays one."""
    return administration.set_role(request, id, body.role)


@api.post("/users/{id}/suspend", access=requires("user:suspend"), answers=people.AdminUserView, errors=[422])
def suspend_user(request: Request, id: UUID, body: people.Suspension) -> Answer:
    """Shut a user out, from their next request on."""
    return administration.suspend(request, id, body.reason)


@api.post("/users/{id}/reinstate", access=requires("user:suspend"), answers=people.AdminUserView, errors=[409])
def reinstate_user(request: Request, id: UUID) -> Answer:
    """Let a suspended user in again; they have to sign in anew."""
    return administration.reinstate(request, id)


@api.put("/users/{id}/permissions", access=requires("user:permit"), answers=people.UserPermissionsView, errors=[422])
def set_user_permissions(request: Request, id: UUID, body: people.PermissionChange) -> Answer:
    """Grant or deny a user single permissions, whatever their role says."""
    return administration.set_permissions(request, id, body)


@api.get("/users/{id}/activity", access=requires("user:read"), answers=people.ActivityView, paged=True)
def list_user_activity(request: Request, id: UUID, query: people.ActivityQuery) -> Answer:
    """What a user has done, the latest first."""
    return administration.activity(request, id, query)


@api.get("/admin/audit-log", access=requires("audit:read"), answers=people.AuditEntryView, paged=True)
def list_audit_log(request: Request, query: people.AuditQuery) -> Answer:
    """Who did what to what, before and after, the latest first."""
    return administration.audit_log(request, query)


@api.get("/admin/courses", access=requires("course:review"), answers=catalog_views.AuthoredCourseView, paged=True)
def list_courses_to_review(request: Request, query: catalog.ReviewQuery) -> Answer:
    """Courses by status, those waiting for a review if none is named; longest waiting first."""
    return page_of(review.list_queue(request, query))


@api.post("/admin/courses/{id}/approve", access=requires("course:review"), answers=catalog_views.AuthoredCourseView, errors=[404, 409, 412])
def approve_course(request: Request, id: UUID) -> Answer:
    """Publish a course; its instructor becomes an approved one."""
    course = review.approve_course(request, id)
    return ok(course.json, "The course is published.", version=course.version)


@api.post("/admin/courses/{id}/reject", access=requires("course:review"), answers=catalog_views.AuthoredCourseView, errors=[404, 409, 412])
def reject_course(request: Request, id: UUID, body: catalog.Rejection) -> Answer:
    """Send a course back to its author, with the reason."""
    course = review.reject_course(request, id, body)
    return ok(course.json, version=course.version)


@api.get("/admin/xp/rules", access=requires("xp:manage"), answers=list[xp.XpRuleView])
def list_xp_rules(request: Request) -> Answer:
    """What gives how many points, how often a day, and how that came about."""
    return ok(deciding.rules(request))


@api.put("/admin/xp/rules", access=requires("xp:manage"), answers=list[xp.XpRuleView], errors=[409])
def change_xp_rules(request: Request, body: xp.XpRuleChanges) -> Answer:
    """Give other points from now on; what was booked stays."""
    return ok(deciding.change_rules(request, body))


@api.get("/admin/xp/holds", access=requires("xp:manage"), answers=xp.XpHoldView, paged=True)
def list_xp_holds(request: Request, query: xp.XpHoldsQuery) -> Answer:
    """Points that came impossibly fast and wait for somebody to look, the longest waiting first."""
    return page_of(deciding.holds(request, query))


@api.post("/admin/xp/holds/{id}/release", access=requires("xp:manage"), answers=xp.XpHoldView, errors=[404, 409])
def release_xp_hold(request: Request, id: UUID) -> Answer:
    """Book points that were held, today."""
    return ok(deciding.release(request, id), "The points are booked.")


@api.post("/admin/xp/holds/{id}/dismiss", access=requires("xp:manage"), answers=xp.XpHoldView, errors=[404, 409])
def dismiss_xp_hold(request: Request, id: UUID) -> Answer:
    """Decide that points that were held are not given."""
    return ok(deciding.dismiss(request, id))
