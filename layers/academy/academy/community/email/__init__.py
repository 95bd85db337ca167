"""Mails: what is due to a person becomes one, in their language, as HTML and as text."""
