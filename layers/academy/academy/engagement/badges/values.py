"""Closed sets of badges."""

from enum import StrEnum


class Fact(StrEnum):
    """What counts for a badge and stands in no other table: a quiz that was passed, a post, a place on a leaderboard."""

    QUIZ = "quiz"
    POST = "post"
    PLACE = "place"


class Tier(StrEnum):
    """How much a badge asks for: an afternoon or so, weeks, months."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"
