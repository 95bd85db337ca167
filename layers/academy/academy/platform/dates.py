"""Days as people read them."""

from datetime import date

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def long_date(day: date) -> str:
    """`21 November 2026`, whatever the machine's locale."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
