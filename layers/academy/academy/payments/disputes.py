"""Disputes: a learner's bank wants the money back. They only move forward; a lost one is booked as a chargeback."""

from academy.payments import reversal
from academy.payments.gateway import VendorDispute
from academy.payments.policy import policy
from academy.payments.refunds import Heard
from academy.payments.values import Source
from academy.platform.db import UnitOfWork


def dispute_moved(work: UnitOfWork, facts: VendorDispute, source: Source) -> Heard:
    """Make the vendor's word about a dispute ours, as `refunds.refund_moved` does."""
    file = reversal.find(work, facts.payment_id)
    if file is None:
        return "unknown"
    changes = reversal.decide_dispute(file, facts, source, access=policy().dispute_access)
    if changes is None:
        return "unchanged"
    reversal.write(work, changes)
    return "booked"
