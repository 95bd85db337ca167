"""Coupons: who gives what away, on which courses, how often."""

import json
from typing import Any
from uuid import UUID

from academy.payments import coupon_repository as repository
from academy.payments.schemas import CouponChanges, CouponsQuery, NewCoupon
from academy.platform.db import DatabaseFailure, Row, Statement
from academy.platform.errors import Conflict, NotFound, PreconditionFailed, RuleBroken, ValidationFailed
from academy.platform.http import Answer, Page, Request, created, ok
from academy.platform.http.answers import Json
from academy.platform.ids import uuid7

ANY = "coupon:manage_any"
LIFTED_BY_NULL = frozenset({"max_discount", "course_id", "starts_at", "ends_at", "max_uses", "max_uses_per_user"})


def list_coupons(request: Request, query: CouponsQuery) -> Page:
    """One's own; everybody's for who may manage any."""
    after = query.after(str) or [None]
    rows = request.work.rows(
        repository.LIST,
        owner_id=None if request.caller.can(ANY) else request.caller.id,
        course_id=query.course_id,
        active=query.active,
        after_id=after[0],
        limit=query.limit,
        offset=query.offset,
        counted=query.counted,
    )
    return Page.of(rows, query)


def get_coupon(request: Request, coupon_id: UUID) -> Answer:
    row = request.work.first(repository.GET, id=coupon_id, caller=request.caller.id, any=request.caller.can(ANY))
    if row is None:
        raise NotFound("coupon")
    return ok(Json(row.json), version=row.version)


def create_coupon(request: Request, body: NewCoupon) -> Answer:
    """Raises NotFound (course), Conflict."""
    coupon_id, values = uuid7(), body.model_dump(mode="json")
    row = _write(request, repository.CREATE, id=coupon_id, values=json.dumps(values), caller=request.caller.id, any=request.caller.can(ANY))
    if row is None:
        raise NotFound("course")
    request.audit("coupon.create", "coupon", coupon_id, after=body.model_dump(mode="json", exclude_unset=True))
    return created(Json(row.json), f"/coupons/{coupon_id}", version=row.version)


def change_coupon(request: Request, coupon_id: UUID, body: CouponChanges) -> Answer:
    """Orders that are open keep what they were promised. Raises NotFound (coupon, course), PreconditionFailed, Conflict, RuleBroken."""
    given = body.model_dump(mode="json", exclude_unset=True)
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None or name in LIFTED_BY_NULL}
    if changes.get("percent") is not None:
        changes["amount"] = None
    elif changes.get("amount") is not None:
        changes["percent"] = None
    lock = _lock(request, coupon_id, course_id=changes.get("course_id"))
    if not lock.course_fits:
        raise NotFound("course")
    row = _write(request, repository.UPDATE, id=coupon_id, changes=json.dumps(changes))
    if row is None:
        raise AssertionError("the coupon is locked")
    request.audit("coupon.change", "coupon", coupon_id, after=changes)
    return ok(Json(row.json), version=row.version)


def remove_coupon(request: Request, coupon_id: UUID) -> None:
    """Its code is free again; open orders keep their discount."""
    lock = _lock(request, coupon_id)
    request.work.execute(repository.REMOVE, id=coupon_id)
    request.audit("coupon.remove", "coupon", coupon_id, before={"code": lock.code, "uses": lock.uses})


def _lock(request: Request, coupon_id: UUID, *, course_id: str | None = None) -> Row:
    caller = request.caller
    row = request.work.first(repository.LOCK, id=coupon_id, caller=caller.id, any=caller.can(ANY), course_id=course_id)
    if row is None:
        raise NotFound("coupon")
    if request.if_match is not None and request.if_match != row.version:
        raise PreconditionFailed
    return row


def _write(request: Request, statement: Statement, **parameters: Any) -> Row | None:
    try:
        return request.work.first(statement, **parameters)
    except DatabaseFailure as failure:
        if failure.constraint == "uq_coupons_code":
            raise Conflict("COUPON_CODE_TAKEN", "There is a coupon with this code already.") from failure
        if failure.constraint == "ck_coupons_uses":
            raise RuleBroken("MAX_USES_BELOW_USES", "The coupon has been used more often than that.") from failure
        if failure.constraint == "ck_coupons_ends_at":
            raise ValidationFailed.of("body.endsAt", "endsAt comes after startsAt.") from failure
        raise
