"""Payments: ordering a course, paying for it, what was paid, coupons, and what instructors earn."""

from uuid import UUID

from academy.payments import coupons, history, orders, payouts, schemas, verification
from academy.platform.http import Answer, Api, Request, member, no_content, ok, page_of, requires
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


@api.get("/payments/payouts", access=requires("payment:payouts", rows=Rows.SELF_OR_ADMIN), answers=schemas.PayoutsView)
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


@api.get("/coupons", access=COUPONS, answers=schemas.CouponView, paged=True)
def list_coupons(request: Request, query: schemas.CouponsQuery) -> Answer:
    """My coupons, the latest first; everybody's for admins."""
    return page_of(coupons.list_coupons(request, query))


@api.post("/coupons", access=requires("coupon:manage", rows=Rows.SELF), status=201, answers=schemas.CouponView, errors=[404, 409])
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
