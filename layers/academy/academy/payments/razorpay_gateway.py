"""Razorpay behind `Gateway`, by its SDK, which is loaded with the first gateway."""

from academy.payments.keys import Keys


class RazorpayGateway:
    def __init__(self, keys: Keys) -> None:
        raise NotImplementedError
