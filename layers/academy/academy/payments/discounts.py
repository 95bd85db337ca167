"""What a coupon takes off a price, in paise."""

LEAST = {"INR": 100}
"""What the vendor takes no less than, by currency: an order of a few paise could not be paid."""


def discount(price: int, currency: str, *, percent: int | None, amount: int | None, max_discount: int | None) -> int:
    """What a coupon takes off, rounded down to whole paise. What is left is nothing, or enough to be paid."""
    off = price * percent // 100 if percent is not None else amount or 0
    off = min(off, price, max_discount if max_discount is not None else price)
    left, least = price - off, LEAST.get(currency, 1)
    return max(0, price - least) if 0 < left < least else off
