"""Which addresses are left alone: nobody has them, or whoever has them called our mail spam."""

SUPPRESSED = (
    """exists (select from email_suppressions s where s.address = sha256(convert_to(lower(u.email), 'UTF8')) and s.cause is not null)"""
)
"""A condition on a user `u`: nothing is mailed to their present address. Another address is another matter."""
