"""The fragments that statements share."""

import pytest

from academy.learning.repository.fragments import percent
from academy.learning.schemas import OfflineUpdate, StudyTime
from academy.learning.service.recording import Update
from academy.platform.ids import uuid7


def test_a_percentage_never_divides_by_nothing_and_never_exceeds_a_hundred() -> None:
    text = percent("done", "total")

    assert "case when total > 0" in text
    assert "least(100" in text


@pytest.mark.parametrize(("score", "kept"), [(None, None), (0, 0), (79.4, 79), (100, 100)])
def test_a_score_is_kept_as_a_whole_percentage(score: float | None, kept: int | None) -> None:
    assert Update(section_id=uuid7(), completed=True, score=score).columns(3)["score"] == kept


def test_study_time_says_how_long() -> None:
    with pytest.raises(ValueError, match="timeSpent or startedAt"):
        StudyTime.model_validate_json("{}")


def test_an_update_of_a_section_names_it() -> None:
    with pytest.raises(ValueError, match="needs a sectionId"):
        OfflineUpdate.model_validate_json('{"type": "time_update", "clientId": "a", "timestamp": "2026-01-01T00:00:00Z"}')
