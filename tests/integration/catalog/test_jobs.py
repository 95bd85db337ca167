"""The search index put right."""

from uuid import UUID

import pytest

from academy.catalog import jobs
from academy.catalog.indexing import index_courses
from academy.platform.db import Database, UnitOfWork
from tests.factories import Factory


def test_the_index_becomes_what_it_should_be(make: Factory, db: Database) -> None:
    teacher = make.user("instructor")
    stays = make.course(teacher, title="Pottery")
    goes = make.course(teacher, title="Astronomy")
    first = jobs.refresh_search(db)
    assert first == {"removed": 0, "indexed": 2, "quality": 0, "words": first["words"], "blocks": 1}

    make.execute("update courses set status = 'archived' where id = :id", id=goes["id"])
    make.execute(
        "update courses set rating_count = 10, rating_sum = 50, updated_at = now() - interval '1 year' where id = :id", id=stays["id"]
    )
    make.execute("update users set updated_at = now() - interval '1 year'")
    before = make.value("select quality from course_search where course_id = :id", id=stays["id"])
    result = jobs.refresh_search(db)

    assert result == {"removed": 1, "indexed": 0, "quality": 1, "words": result["words"], "blocks": 1}
    assert result["words"] > 0
    assert make.value("select quality from course_search") > before
    assert make.rows("select word, stem, courses from search_lexemes where word in ('pottery', 'astronomy')") == [
        {"word": "pottery", "stem": "potteri", "courses": 1}
    ]
    assert jobs.refresh_search(db) == dict.fromkeys(result, 0)


@pytest.mark.parametrize("pieces", [[3, 3], [3, 3, 1]])
def test_many_changed_courses_are_indexed_in_pieces(
    make: Factory, db: Database, monkeypatch: pytest.MonkeyPatch, pieces: list[int]
) -> None:
    indexed: list[int] = []

    def index(work: UnitOfWork, course_ids: list[UUID]) -> int:
        indexed.append(len(course_ids))
        return index_courses(work, course_ids)

    monkeypatch.setattr(jobs, "BATCH", 3)
    monkeypatch.setattr(jobs, "index_courses", index)
    teacher = make.user("instructor")
    for n in range(sum(pieces)):
        make.course(teacher, title=f"Pottery {n}")

    assert jobs.refresh_search(db)["indexed"] == sum(pieces)
    assert indexed == pieces
    assert make.value("select count(*) from course_search") == sum(pieces)
