"""What every context stands on: configuration, database, HTTP, authorisation, events, storage."""
