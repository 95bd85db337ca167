"""Badges: what they count, who has earned them, what they look like."""
