"""The search index, by the catalog's own job."""

from academy.catalog.jobs import refresh_search
from academy.platform.db import Database


def index_all(owner_url: str) -> None:
    """Bring the index and the dictionary of words up to date with all courses, in batches."""
    database = Database(owner_url)
    try:
        refresh_search(database)
    finally:
        database.discard()
