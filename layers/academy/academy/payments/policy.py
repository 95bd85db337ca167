"""What a deployment decides about money: the seller, taxes, shares, deadlines. The template's parameters, read from `PAYMENT_POLICY` (JSON)."""

from functools import cache
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from academy.payments.books.gst import check_gstin
from academy.platform.config import config

BasisPoints = Annotated[int, Field(ge=0, le=10_000)]


class Policy(BaseModel):
    """Rates are in basis points (1800 is 18 %). The defaults are a development's."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid")

    seller_name: str = "Kayago Solutions"
    seller_address: str = "Chennai, Tamil Nadu"
    seller_gstin: Annotated[str, AfterValidator(check_gstin)] = "33AABCK1234A1ZG"
    seller_state: str = "33"
    """GST state code."""
    currencies: tuple[str, ...] = ("INR",)
    """Of the courses that can be bought."""
    prices_include_tax: bool = True
    tax_bp: BasisPoints = 1800
    instructor_share_bp: BasisPoints = 7000
    """Of what a course brings without tax."""
    order_minutes: int = 30
    """How long an order may be paid, and holds its coupon."""
    refund_days: int = 14
    refund_progress_percent: int = 30
    """A refund within the policy: asked for within so many days, with not more than so much of the course completed."""
    dispute_access: Literal["kept", "paused"] = "kept"
    """Of a learner whose bank disputes the payment."""
    webhook_hours: int = 30
    """Older messages of the vendor are refused: it tries for 24 hours."""

    @model_validator(mode="after")
    def _registered_in_its_state(self) -> Self:
        if self.seller_gstin[:2] != self.seller_state:
            raise ValueError("the seller's GSTIN begins with the code of its state")
        return self


@cache
def policy() -> Policy:
    text = config().payment_policy
    return Policy.model_validate_json(text) if text else Policy()
