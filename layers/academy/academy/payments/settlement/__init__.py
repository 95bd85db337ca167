"""The one way by which what the vendor says becomes ours: read the state, decide (a pure function), apply all of it in one statement."""

from academy.payments.settlement.booking import book_free, settle
from academy.payments.settlement.decision import Settled
from academy.payments.settlement.state import OrderState, PaymentState

__all__ = ["OrderState", "PaymentState", "Settled", "book_free", "settle"]
