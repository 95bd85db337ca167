"""Who is calling: access tokens and what the caller may do."""
