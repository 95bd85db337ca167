"""Money going back: refunds and lost disputes. As in `settlement`: read what is known, decide (a pure function), write all of it at once."""

from academy.payments.reversal.booking import find, write
from academy.payments.reversal.decision import Changes, decide_dispute, decide_refund, decide_refusal
from academy.payments.reversal.state import DisputeState, PaymentFile, RefundState

__all__ = ["Changes", "DisputeState", "PaymentFile", "RefundState", "decide_dispute", "decide_refund", "decide_refusal", "find", "write"]
