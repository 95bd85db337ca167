"""The search index, by the catalog's own job."""

from collections.abc import Sequence
from uuid import UUID

from academy.catalog.indexing import index_courses
from academy.catalog.jobs import refresh_search
from academy.platform.db import Database


def index_all(owner_url: str, *, anew: Sequence[str] = ()) -> None:
    """Index what is not, in batches, and `anew` whatever is known of them; then count the dictionary's words."""
    database = Database(owner_url)
    try:
        if anew:
            database.transact(lambda work: index_courses(work, [UUID(course) for course in anew]))
        refresh_search(database)
    finally:
        database.discard()
