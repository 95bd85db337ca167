"""What was paid, with the life of each payment; and what an admin has to look at."""

from uuid import UUID

from academy.payments.schemas import PaymentHistoryQuery, PaymentsQuery
from academy.platform.config import config
from academy.platform.db import nearest, sql
from academy.platform.errors import NotFound
from academy.platform.http import Json, Page, Request

READ_ANY = "payment:read_any"

_FIELDS = """
    'id', p.id, 'orderId', p.order_id, 'courseId', p.course_id, 'courseTitle', o.course_title, 'amount', p.amount, 'currency', p.currency,
    'price', o.price, 'discount', o.discount, 'tax', o.tax, 'refunded', p.amount_refunded, 'status', p.status, 'method', p.method,
    'razorpayOrderId', p.razorpay_order_id, 'razorpayPaymentId', p.razorpay_payment_id, 'errorDescription', p.error_description,
    'invoiceUrl', case when exists (select from invoices i where i.payment_id = p.id and i.kind = 'invoice')
        then :site::text || '/api/v1/payments/' || p.id || '/invoice' end,
    'createdAt', p.created_at, 'capturedAt', p.captured_at
"""
_REVIEWED = f"{_FIELDS}, 'userId', p.user_id, 'reviewReason', p.review_reason"

_MINE = """payments p where p.user_id = :user_id::uuid [? and p.status = :status::text ?] [? and p.course_id = :course_id::uuid ?]"""
_TO_REVIEW = "payments p where p.status = 'needs_review'"


def _listed(which: str, fields: str) -> str:
    page = nearest(f"select p.* from {which} [? and p.id < :after_id::uuid ?] order by p.id desc")
    return f"""
        with chosen as ({page}), page as (
            select json_build_object({fields})::text as item, json_build_array(p.id)::text as cursor
            from chosen p left join orders o on o.id = p.order_id order by p.id desc
        )
        select page.item, page.cursor, case when :counted::bool then (select count(*) from {which}) end as total
        from (select 1) one left join page on true
    """


LIST = sql(_listed(_MINE, _FIELDS))
LIST_TO_REVIEW = sql(_listed(_TO_REVIEW, _REVIEWED))

# What the vendor charges us is no step of the learner's.
GET = sql(f"""
    select json_build_object({_REVIEWED},
        'timeline', (
            select coalesce(json_agg(json_build_object('kind', s.kind, 'at', s.occurred_at, 'source', s.source, 'amount', s.amount, 'note', s.note)
                order by s.occurred_at, s.id), '[]')
            from payment_events s where s.payment_id = p.id and (:any::bool or s.kind <> 'charged')),
        'refunds', (
            select coalesce(json_agg(json_build_object('id', r.id, 'amount', r.amount, 'status', r.status, 'origin', r.origin, 'reason', r.reason,
                'requestedAt', r.requested_at, 'processedAt', r.processed_at,
                'creditNoteUrl', (select :site::text || '/api/v1/payments/' || i.id || '/invoice' from invoices i where i.refund_id = r.id))
                order by r.requested_at, r.id), '[]')
            from refunds r where r.payment_id = p.id)
    )::text as json
    from payments p left join orders o on o.id = p.order_id
    where p.id = :id::uuid and (p.user_id = :caller::uuid or :any::bool)
""")


def my_payments(request: Request, query: PaymentHistoryQuery) -> Page:
    """The latest first, attempts that failed or were never begun among them."""
    after = query.after(str) or [None]
    rows = request.work.rows(
        LIST,
        user_id=request.caller.id,
        status=query.status,
        course_id=query.course_id,
        after_id=after[0],
        limit=query.limit,
        offset=query.offset,
        counted=query.counted,
        site=config().public_url,
    )
    return Page.of(rows, query)


def to_review(request: Request, query: PaymentsQuery) -> Page:
    after = query.after(str) or [None]
    rows = request.work.rows(
        LIST_TO_REVIEW,
        after_id=after[0],
        limit=query.limit,
        offset=query.offset,
        counted=query.counted,
        site=config().public_url,
    )
    return Page.of(rows, query)


def payment(request: Request, payment_id: UUID) -> Json:
    """Raises NotFound, also for another's."""
    caller = request.caller
    row = request.work.first(GET, id=payment_id, caller=caller.id, any=caller.can(READ_ANY), site=config().public_url)
    if row is None:
        raise NotFound("payment")
    return Json(row.json)
