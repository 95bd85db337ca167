"""A refund that we promised by ourselves, and of which somebody gave a part back at the vendor in between."""

from functions.payment_tasks import app as tasks
from tests.integration.payments.shop import PRICE, Shop


def test_what_is_left_is_asked_for_once(shop: Shop) -> None:
    order, _ = shop.sold()
    second = shop.pay(order)
    shop.deliver()
    shop.bank.refund(second, 500)  # before our own refund of all of it was carried out, which the vendor then refuses
    shop.messages()
    shop.work()
    assert [row["status"] for row in shop.refunds()] == ["failed"]

    for _ in range(3):
        tasks.handler({"task": "reconcile"}, None)
        shop.work()

    assert sorted((row["origin"], row["amount"], row["status"]) for row in shop.refunds()) == [
        ("paid_twice", PRICE - 500, "processed"),
        ("paid_twice", PRICE, "failed"),
        ("vendor", 500, "processed"),
    ]
    assert shop.bank.payment(second)["amount_refunded"] == PRICE
    shop.agrees()
