"""Payments: ordering a course, paying for it, what was paid, coupons, and what instructors earn."""

from uuid import UUID

from academy.payments import admin_schemas, coupons, documents, history, orders, payouts, reconciliation, refunds, schemas, verification
from academy.platform.http import Answer, Api, Request, accepted, member, no_content, ok, page_of, redirect, requires
from academy.platform.http.access import Rows

api = Api("payments", tag="Payments")
handler = api.handler

PAY = requires("payment:make", rows=Rows.SELF)
COUPONS = requires("coupon:manage", rows=Rows.OWNER_OR_ADMIN)


@api.post("/payments/order", access=PAY, status=201, answers=schemas.OrderView, errors=[404, 409, 422, 503])
def order_course(request: Request, body: schemas.NewOrder) -> Answer:
    """Order a course: what is to be paid, for the checkout. The same again while it is open; a coupon of 100 % enrols at once."""
    return orders.order(request, body)


@api.post("/payments/verify", access=PAY, answers=schemas.VerifiedView, errors=[402, 404, 503])
def verify_payment(request: Request, body: schemas.Checkout) -> Answer:
    """What the checkout handed over: enrols at once, or says what becomes of the money."""
    return verification.verify(request, body)


@api.get("/payments/history", access=member(), answers=schemas.PaymentView, paged=True)
def list_my_payments(request: Request, query: schemas.PaymentHistoryQuery) -> Answer:
    """My payments, the latest first."""
    return page_of(history.my_payments(request, query))


@api.get("/payments/payouts", access=requires("payment:payouts", rows=Rows.SELF_OR_ADMIN), answers=schemas.PayoutsView, errors=[404])
def get_payouts(request: Request, query: schemas.PayoutsQuery) -> Answer:
    """What I earned, month by month; with `Accept: text/csv` as CSV."""
    return payouts.payouts(request, query)


@api.get("/payments", access=requires("payment:read_any"), answers=schemas.ReviewedPaymentView, paged=True)
def list_payments_to_review(request: Request, query: schemas.PaymentsQuery) -> Answer:
    """Payments that do not fit what was ordered: held until an admin has looked at them."""
    return page_of(history.to_review(request, query))


@api.get("/payments/{id}", access=member(rows=Rows.SELF_OR_ADMIN), answers=schemas.WholePaymentView)
def get_payment(request: Request, id: UUID) -> Answer:
    """A payment of mine with its life, step by step."""
    return ok(history.payment(request, id))


@api.get("/payments/{id}/invoice", access=member(rows=Rows.SELF_OR_ADMIN), status=302, etag=False, errors=[503])
def download_invoice(request: Request, id: UUID, query: schemas.InvoiceQuery) -> Answer:
    """The invoice of a payment of mine as a PDF, or its last credit note; by the id of one, that one. The link lasts a few minutes."""
    return redirect(documents.invoice_link(request, id, query))


@api.post("/payments/{id}/refund", access=requires("payment:refund"), status=202, answers=admin_schemas.RequestedRefundView, errors=[422])
def refund_payment(request: Request, id: UUID, body: admin_schemas.NewRefund) -> Answer:
    """Give a learner money back, all that is left or a part. When nothing is left of it, they are out of the course."""
    return accepted(refunds.request_refund(request, id, body), "The refund is under way.")


@api.post("/payments/reconcile", access=requires("payment:reconcile"), status=202, answers=admin_schemas.RequestedReconciliationView)
def reconcile_payments(request: Request) -> Answer:
    """Compare with the payment vendor now; `GET /payments/reconciliations` tells what it found."""
    return accepted({"id": str(reconciliation.request_reconciliation(request))}, "The comparison is under way.")


@api.get("/payments/reconciliations", access=requires("payment:reconcile"), answers=admin_schemas.ReconciliationView, paged=True)
def list_reconciliations(request: Request, query: admin_schemas.ReconciliationList) -> Answer:
    """Comparisons with the payment vendor, the latest first: what was put right, and what differs still."""
    return page_of(reconciliation.list_reconciliations(request, query))


@api.get("/coupons", access=requires("coupon:manage", rows=Rows.SELF_OR_ADMIN), answers=schemas.CouponView, paged=True)
def list_coupons(request: Request, query: schemas.CouponsQuery) -> Answer:
    """My coupons, the latest first; everybody's for admins."""
    return page_of(coupons.list_coupons(request, query))


@api.post("/coupons", access=COUPONS, status=201, answers=schemas.CouponView, errors=[404, 409])
def create_coupon(request: Request, body: schemas.NewCoupon) -> Answer:
    """Make a coupon for my courses, or for one of them."""
    return coupons.create_coupon(request, body)


@api.get("/coupons/{id}", access=COUPONS, answers=schemas.CouponView)
def get_coupon(request: Request, id: UUID) -> Answer:
    """A coupon, with how often it was used."""
    return coupons.get_coupon(request, id)


@api.put("/coupons/{id}", access=COUPONS, answers=schemas.CouponView, errors=[409, 412, 422])
def change_coupon(request: Request, id: UUID, body: schemas.CouponChanges) -> Answer:
    """Change a coupon; what is left out stays, and so do orders that are open."""
    return coupons.change_coupon(request, id, body)


@api.delete("/coupons/{id}", access=COUPONS, status=204, errors=[412])
def remove_coupon(request: Request, id: UUID) -> Answer:
    """Remove a coupon; its code is free again."""
    coupons.remove_coupon(request, id)
    return no_content()
