"""A learner's browser: order, pay at the checkout, verify."""

from collections.abc import Callable
from typing import Any

from academy.payments import orders
from academy.payments.schemas import NewOrder
from academy.platform.auth.caller import Caller
from academy.platform.db import Database, UnitOfWork
from academy.platform.http import Answer, Request
from infra.local.razorpay.bank import Bank
from tests.api import Client, Reply
from tests.factories import Factory
from tests.payments import pay

PRICE = 49900


def order(client: Client, user: dict[str, Any], course: dict[str, Any], **more: Any) -> Reply:
    return client.post("/payments/order", {"courseId": str(course["id"]), **more}, user=user)


def buy(client: Client, bank: Bank, user: dict[str, Any], course: dict[str, Any], **more: Any) -> Reply:
    """Ordered, paid and verified."""
    made = order(client, user, course, **more)
    assert made.status == 201, made.text
    return client.post("/payments/verify", pay(bank, made.data["razorpayOrderId"]), user=user)


def asking(user: dict[str, Any], course: dict[str, Any], **more: Any) -> Callable[[UnitOfWork], Answer]:
    """A request for an order, within a transaction or its repetitions."""
    caller = Caller(user["id"], user["sub"], "student", frozenset({"payment:make"}), True, "s")
    body = NewOrder.model_validate({"courseId": course["id"], **more})
    request = Request(id="request-1", work=None, headers={}, cookies={}, source_ip="", visitor=caller)  # type: ignore[arg-type]

    def call(work: UnitOfWork) -> Answer:
        request.work = work
        return orders.order(request, body)

    return call


def ordering(user: dict[str, Any], course: dict[str, Any], **more: Any) -> Callable[[Database], Answer | str]:
    """The same for a thread with a connection of its own: the answer, or the error's code."""
    from academy.platform.errors import AcademyError

    def job(db: Database) -> Answer | str:
        try:
            return db.transact(asking(user, course, **more))[0]
        except AcademyError as error:
            return error.code

    return job


def count(make: Factory, table: str) -> int:
    return int(make.value(f"select count(*) from {table}"))


def open_orders(make: Factory) -> list[dict[str, Any]]:
    return make.rows("select * from orders where status = 'open' order by id")


def uses(make: Factory, coupon: dict[str, Any]) -> int:
    """As counted; what the uses' rows say is the same."""
    counted = int(make.value("select uses from coupons where id = :id", id=coupon["id"]))
    assert counted == make.value("select count(*) from coupon_uses where coupon_id = :id and status <> 'released'", id=coupon["id"])
    return counted
