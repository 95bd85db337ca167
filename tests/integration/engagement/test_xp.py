"""XP by events: what gives points, once, and what the learner reads of it."""

from tests.integration.engagement.conftest import Earner


def test_a_completed_lesson_and_course_give_points_and_reasons(earner: Earner) -> None:
    earner.lesson()
    earner.whole_course()

    reply = earner.xp()

    assert reply.status == 200
    assert [(row["kind"], row["points"], row["reason"]) for row in reply.data] == [
        ("course_complete", 500, "Completed the course “Arches”"),
        ("lesson_complete", 50, f"Completed the lesson “{earner.lessons[0]['title']}”"),
    ]
    assert reply.json["summary"] == {"total": 550, "level": 3, "levelBegins": 300, "nextLevelBegins": 600, "today": 550}
    assert earner.make.rows("select points, awards from xp_daily") == [{"points": 550, "awards": 2}]
    assert earner.make.value("select sum(points) from xp_pending") == 550
