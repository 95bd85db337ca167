"""What an admin asks of payments, and what is answered."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from academy.platform.http import ListQuery, Schema, View, example


class NewRefund(Schema):
    model_config = example(amount=49900, reason="The learner bought the wrong course.")

    amount: Annotated[int | None, Field(gt=0, le=2**53)] = None
    """In the currency's smallest unit; all that is left without it."""
    reason: Annotated[str, Field(min_length=3, max_length=500)]
    overrule: bool = False
    """Also where the policy says no."""


class RequestedRefundView(View):
    """A refund as it was asked for; the payment shows what became of it."""

    id: UUID
    payment_id: UUID
    amount: int
    currency: str
    status: str
    origin: str
    reason: str
    overruled: bool
    requested_at: datetime


class RequestedReconciliationView(View):
    id: UUID


class ReconciliationView(View):
    """`drift` says what differs still, and why; `finishedAt` is null while it runs, and of one that could not look at everything."""

    id: UUID
    requested_by: UUID | None
    checked: int
    repaired: int
    drift: list[str]
    started_at: datetime
    finished_at: datetime | None


class ReconciliationList(ListQuery):
    pass
