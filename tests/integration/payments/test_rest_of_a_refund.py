"""A refund that we promised by ourselves, and that did not go as promised: a part was given back in between, or the bank did not take it."""

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


def test_one_that_the_learners_bank_did_not_take_is_told_until_an_admin_gives_it_back(shop: Shop) -> None:
    order, _ = shop.sold()
    shop.bank.pending_refunds = True
    second = shop.pay(order)
    shop.deliver()
    shop.work()
    (refund,) = shop.bank.books.refunds
    shop.bank.fail_refund(refund)
    shop.messages()  # which are lost

    found = tasks.handler({"task": "reconcile"}, None)
    assert (found["repaired"], found["differences"]) == (1, [])
    for _ in range(2):
        (difference,) = tasks.handler({"task": "reconcile"}, None)["differences"]
        assert difference.endswith(f"{PRICE} of payment {second} could not be given back. The vendor could not carry it out.")
    assert [row["status"] for row in shop.refunds()] == ["failed"]  # It would fail again: nobody asks but a person.

    shop.bank.pending_refunds = False
    (payment,) = shop.make.rows(f"select id from payments where razorpay_payment_id = '{second}'")
    answer = shop.client.post(f"/payments/{payment['id']}/refund", {"reason": "To another account."}, user=shop.admin)
    assert (answer.status, answer.data["amount"]) == (202, PRICE)
    assert tasks.handler({"task": "reconcile"}, None)["differences"] == []
    assert shop.bank.payment(second)["amount_refunded"] == PRICE
    assert shop.enrolled() == 1
    shop.agrees()
