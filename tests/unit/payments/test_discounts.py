"""What a coupon takes off."""

import pytest

from academy.payments.discounts import discount


@pytest.mark.parametrize(
    ("price", "coupon", "off"),
    [
        (49900, {"percent": 20}, 9980),
        (49999, {"percent": 33}, 16499),
        (49900, {"percent": 50, "max_discount": 5000}, 5000),
        (49900, {"percent": 100}, 49900),
        (49900, {"percent": 100, "max_discount": 49900}, 49900),
        (49900, {"amount": 10000}, 10000),
        (49900, {"amount": 99900}, 49900),
        (49900, {"amount": 99900, "max_discount": 100}, 100),
        (49900, {"amount": 49850}, 49800),  # what is left has to be nothing or a rupee: less the vendor does not take
        (49900, {"amount": 49899}, 49800),
        (49900, {"amount": 49800}, 49800),
        (5000, {"percent": 99}, 4900),
        (50, {"percent": 50}, 0),
        (100, {"amount": 1}, 0),
        (49900, {}, 0),
        (100, {"amount": 500, "max_discount": 300}, 100),
    ],
)
def test_a_discount_is_whole_paise(price: int, coupon: dict[str, int], off: int) -> None:
    rule = {"percent": None, "amount": None, "max_discount": None, **coupon}
    assert discount(price, "INR", **rule) == off


def test_of_another_currency_any_amount_can_be_paid() -> None:
    assert discount(500, "USD", percent=None, amount=499, max_discount=None) == 499
