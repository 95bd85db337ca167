"""A payment that the vendor knows of, for the routes that hear of it: the learner of the world's purchase has ordered the priced course and paid."""

import json
from typing import Any, cast

from academy.payments import keys
from infra.local.razorpay.entities import WEBHOOK_SECRET, Entity, new_order, signed
from tests.authorization.world import World
from tests.payments import FakeGateway

ORDER = "order_OfTheTheatre01"
AMOUNT = 49900
ORDERED = f"""
    with made as (
        insert into orders (id, user_id, course_id, instructor_id, currency, price, taxable, tax, amount, tax_bp, share_bp, place_of_supply,
            course_title, buyer, razorpay_order_id, expires_at)
        select '01936d5f-3ad8-7bb5-8e51-27b95b45d001', p.user_id, c.id, c.instructor_id, 'INR', {AMOUNT}, 42288, 7612, {AMOUNT}, 1800, 7000, '33',
            c.title, '{{"name": "Asha Rao"}}', '{ORDER}', now() + interval '30 minutes'
        from courses c, payments p where c.id = :priced_course and p.id = :payment returning *
    )
    insert into payments (id, order_id, user_id, course_id, amount, currency, razorpay_order_id)
    select id, id, user_id, course_id, amount, currency, razorpay_order_id from made
"""


def receipt(world: World, pool: object) -> dict[str, Any]:
    """What the checkout handed over."""
    bank = cast("FakeGateway", keys.gateway()).bank
    if ORDER not in bank.books.orders:
        bank.books.orders[ORDER] = new_order(
            ORDER, amount=AMOUNT, currency="INR", receipt=None, notes=None, automatic=True, now=int(bank.clock())
        )
        bank.pay(ORDER)
    return bank.receipt(_payment()["id"])


def message(world: World, pool: object) -> dict[str, Any]:
    """The vendor's, of the captured payment."""
    receipt(world, pool)
    payment = _payment()
    told = {"entity": "event", "event": "payment.captured", "contains": ["payment"], "payload": {"payment": {"entity": payment}}}
    return {**told, "created_at": payment["created_at"]}


def signature(body: Any) -> dict[str, str]:
    """Over the bytes that the tests' client makes of the body."""
    return {"x-razorpay-signature": signed(json.dumps(body).encode(), WEBHOOK_SECRET)}


def _payment() -> Entity:
    (payment,) = cast("FakeGateway", keys.gateway()).bank.order_payments(ORDER)
    return payment
