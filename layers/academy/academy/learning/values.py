"""Closed sets of learning."""

from enum import StrEnum


class EnrollmentStatus(StrEnum):
    ACTIVE = "active"
    COMPLETED = "completed"
    ENDED = "ended"


class EnrollmentSource(StrEnum):
    """Why the learner is in: the course is free, it was paid for, a coupon of 100 % or an admin's grant."""

    FREE = "free"
    PAYMENT = "payment"
    COUPON = "coupon"
    GRANT = "grant"
