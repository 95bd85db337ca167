"""All badges there are. To add one: an entry here and its drawing in `icons.py`; whoever has earned it already gets it by the next rounds.

A badge is never taken out again: those who have it would lose it. A slug is for ever, names may change.
"""

from dataclasses import dataclass
from typing import NamedTuple

from academy.engagement.badges.counters import Counter
from academy.engagement.badges.values import Tier
from academy.identity.values import Language


class Words(NamedTuple):
    """The same in each language."""

    en: str
    hi: str

    def in_(self, language: Language) -> str:
        return self.hi if language is Language.HINDI else self.en


@dataclass(frozen=True, slots=True)
class Badge:
    """Earned by whoever's `counter` has reached `target`."""

    slug: str
    counter: Counter
    target: int
    tier: Tier
    name: Words
    description: Words

    @property
    def rule(self) -> str:
        """What it asks for, in a word: another rule is another round for those who have fulfilled it already."""
        return f"{self.counter} {self.target}"


_ALL = (
    Badge(
        "first_step",
        Counter.LESSONS,
        1,
        Tier.BRONZE,
        Words("First Step", "पहला कदम"),
        Words("Complete your first lesson.", "अपना पहला पाठ पूरा करें।"),
    ),
    Badge(
        "fifty_lessons",
        Counter.LESSONS,
        50,
        Tier.SILVER,
        Words("Fifty Lessons", "पचास पाठ"),
        Words("Complete fifty lessons.", "पचास पाठ पूरे करें।"),
    ),
    Badge(
        "first_course",
        Counter.COURSES,
        1,
        Tier.BRONZE,
        Words("First Course", "पहला कोर्स"),
        Words("Complete your first course.", "अपना पहला कोर्स पूरा करें।"),
    ),
    Badge(
        "course_completer",
        Counter.COURSES,
        5,
        Tier.SILVER,
        Words("Course Completer", "कोर्स विजेता"),
        Words("Complete five courses.", "पाँच कोर्स पूरे करें।"),
    ),
    Badge(
        "scholar",
        Counter.COURSES,
        20,
        Tier.GOLD,
        Words("Scholar", "विद्वान"),
        Words("Complete twenty courses.", "बीस कोर्स पूरे करें।"),
    ),
    Badge(
        "explorer",
        Counter.DOMAINS,
        3,
        Tier.SILVER,
        Words("Explorer", "अन्वेषक"),
        Words("Complete courses in three different fields.", "तीन अलग-अलग क्षेत्रों के कोर्स पूरे करें।"),
    ),
    Badge(
        "certified",
        Counter.CERTIFICATES,
        1,
        Tier.BRONZE,
        Words("Certified", "प्रमाणित"),
        Words("Receive your first certificate.", "अपना पहला प्रमाणपत्र पाएँ।"),
    ),
    Badge(
        "seven_day_streak",
        Counter.STREAK,
        7,
        Tier.BRONZE,
        Words("Seven-Day Streak", "सात दिन का सिलसिला"),
        Words("Learn on seven days in a row.", "लगातार सात दिन सीखें।"),
    ),
    Badge(
        "streak_master",
        Counter.STREAK,
        30,
        Tier.SILVER,
        Words("Streak Master", "सिलसिले के उस्ताद"),
        Words("Learn on thirty days in a row.", "लगातार तीस दिन सीखें।"),
    ),
    Badge(
        "hundred_days",
        Counter.STREAK,
        100,
        Tier.GOLD,
        Words("A Hundred Days", "सौ दिन"),
        Words("Learn on a hundred days in a row.", "लगातार सौ दिन सीखें।"),
    ),
    Badge(
        "early_bird",
        Counter.EARLY_MORNINGS,
        5,
        Tier.BRONZE,
        Words("Early Bird", "भोर का पंछी"),
        Words("Complete something between 4 and 8 in the morning on five days.", "पाँच दिन सुबह 4 से 8 बजे के बीच कुछ पूरा करें।"),
    ),
    Badge(
        "night_owl",
        Counter.LATE_NIGHTS,
        5,
        Tier.BRONZE,
        Words("Night Owl", "रात का उल्लू"),
        Words("Complete something between 10 at night and 4 in the morning in five nights.", "पाँच रात 10 बजे से सुबह 4 बजे के बीच कुछ पूरा करें।"),
    ),
    Badge(
        "weekend_learner",
        Counter.WEEKEND_DAYS,
        8,
        Tier.BRONZE,
        Words("Weekend Learner", "सप्ताहांत के शिक्षार्थी"),
        Words("Complete something on eight Saturdays or Sundays.", "आठ शनिवार या रविवार को कुछ पूरा करें।"),
    ),
    Badge(
        "comeback",
        Counter.COMEBACKS,
        1,
        Tier.BRONZE,
        Words("Welcome Back", "फिर से स्वागत है"),
        Words("Go on learning after a pause of two weeks or more.", "दो हफ़्ते या उससे लंबे विराम के बाद फिर से सीखना शुरू करें।"),
    ),
    Badge(
        "goal_getter",
        Counter.WEEKLY_GOALS,
        1,
        Tier.BRONZE,
        Words("Goal Getter", "लक्ष्य हासिल"),
        Words("Reach your weekly goal, of half an hour or more.", "आधे घंटे या उससे अधिक का अपना साप्ताहिक लक्ष्य पूरा करें।"),
    ),
    Badge(
        "goal_keeper",
        Counter.WEEKLY_GOALS,
        8,
        Tier.SILVER,
        Words("Goal Keeper", "लक्ष्य के पक्के"),
        Words("Reach your weekly goal in eight weeks.", "आठ हफ़्ते अपना साप्ताहिक लक्ष्य पूरा करें।"),
    ),
    Badge(
        "perfect_score",
        Counter.PERFECT_QUIZZES,
        1,
        Tier.BRONZE,
        Words("Perfect Score", "पूरे अंक"),
        Words("Pass a quiz with 100 %.", "किसी क्विज़ में 100 % अंक पाएँ।"),
    ),
    Badge(
        "perfectionist",
        Counter.PERFECT_QUIZZES,
        10,
        Tier.GOLD,
        Words("Perfectionist", "पूर्णतावादी"),
        Words("Pass ten quizzes with 100 %.", "दस क्विज़ में 100 % अंक पाएँ।"),
    ),
    Badge(
        "high_scorer",
        Counter.HIGH_QUIZZES,
        5,
        Tier.SILVER,
        Words("High Scorer", "ऊँचे अंक"),
        Words("Pass five quizzes with 90 % or more.", "पाँच क्विज़ में 90 % या उससे अधिक अंक पाएँ।"),
    ),
    Badge(
        "quiz_solver",
        Counter.QUIZZES,
        25,
        Tier.SILVER,
        Words("Quiz Solver", "क्विज़ के जानकार"),
        Words("Pass twenty-five quizzes.", "पच्चीस क्विज़ उत्तीर्ण करें।"),
    ),
    Badge(
        "social_learner",
        Counter.POSTS,
        5,
        Tier.BRONZE,
        Words("Social Learner", "साथ सीखने वाले"),
        Words("Write five posts in the forum.", "फ़ोरम में पाँच पोस्ट लिखें।"),
    ),
    Badge(
        "reviewer",
        Counter.RATINGS,
        3,
        Tier.BRONZE,
        Words("Reviewer", "समीक्षक"),
        Words("Rate three courses.", "तीन कोर्स को रेटिंग दें।"),
    ),
    Badge(
        "champion",
        Counter.PLACES,
        1,
        Tier.GOLD,
        Words("Champion", "चैंपियन"),
        Words("End a week or month among the first three of a leaderboard.", "किसी सप्ताह या महीने के अंत में लीडरबोर्ड के पहले तीन में रहें।"),
    ),
    Badge(
        "rising_star",
        Counter.XP,
        1_000,
        Tier.BRONZE,
        Words("Rising Star", "उभरता सितारा"),
        Words("Collect 1,000 XP.", "1,000 XP जुटाएँ।"),
    ),
)

BADGES: dict[str, Badge] = {badge.slug: badge for badge in _ALL}
"""By slug, in the order in which they are shown."""
