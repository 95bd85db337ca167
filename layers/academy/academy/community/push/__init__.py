"""Web push: browsers that are told of something while nobody looks at the academy (RFC 8030, 8291, 8292)."""

HAS_BROWSER = "exists (select from push_subscriptions b where b.user_id = u.id)"
"""A condition on a user `u`: there is a browser to push to."""
