"""What somebody asked for, as the pipeline reads it: validated and complete, without a trace of who asked."""

from dataclasses import dataclass

from academy.catalog.values import Difficulty

FEWEST_LESSONS = 3
MOST_LESSONS = 12
MINUTES_A_LESSON = 20


@dataclass(frozen=True, kw_only=True)
class CourseBrief:
    """`duration` is the learner's time in minutes; `language` a BCP 47 tag such as `en` or `hi`."""

    topic: str
    difficulty: Difficulty
    duration: int = 120
    language: str = "en"
    description: str = ""
    objectives: tuple[str, ...] = ()
    requirements: str = ""
    tags: tuple[str, ...] = ()
    lesson_count: int | None = None

    @property
    def lessons(self) -> int:
        """As many as were asked for, else one for each twenty minutes within the bounds."""
        if self.lesson_count is not None:
            return self.lesson_count
        return max(FEWEST_LESSONS, min(MOST_LESSONS, round(self.duration / MINUTES_A_LESSON)))

    @property
    def words_a_section(self) -> int:
        """Half of the time is reading at 200 words a minute, over about three sections a lesson."""
        wanted = self.duration * 200 // 2 // (self.lessons * 3)
        return max(280, min(600, wanted))
