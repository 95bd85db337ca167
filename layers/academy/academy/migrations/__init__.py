"""The schema's history: Alembic revisions, small, reversible, expand then contract."""
