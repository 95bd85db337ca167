"""Lists that may read more than twenty rows for one that they show, each with its reason and its bound."""

from dataclasses import dataclass


@dataclass(frozen=True)
class More:
    reason: str = ""
    rows: int = 0


_WORDS = More(
    "Among many matches the best are found by walking past all others, until there is a page of them; few matches are all looked at. Both are bounded"
    " by how common a word has to be for its bits to be kept.",
    rows=10_000,
)
_FACETS = More(
    "A row of bits for each value of a facet and each block of 4,096 courses: 35 values in 23 blocks, of a hundred thousand courses.",
    rows=1_000,
)
_COUNTERS = More(
    "Popularity and rating change with every enrolment and rating, which would have to write an index for each filter: a value that one course in fifty"
    " has is found by walking past the others.",
    rows=3_000,
)
_TAG = More(
    "A tag that few courses have, a thousand at most, is collected, and their keys are looked up; a common one is walked to.",
    rows=5_000,
)
_PART_OF_A_NAME = More(
    "People are found by any part of a name: a part that one in a hundred has by walking along the newest, else all who have it by the index of parts,"
    " to be sorted. A sorted index of every part of every name is the price of less.",
    rows=15_000,
)
_STATUS = More(
    "Of a course's learners, those of a status are looked for among all of them: the most popular course of a million people's has 26,000. An index by"
    " status would be written by every enrolment and every completion, for a page that the course's owner opens.",
    rows=30_000,
)

_KIND = More(
    "Of what one person was told, or was given points for, those of a kind are looked for among all of it: some thousand rows of a busy one. An index by"
    " kind would be written by everything that anybody is told or given.",
    rows=2_000,
)

_TIES = More(
    "Of those who have exactly as many points, a cursor says how many were shown and not who was last, which would lead from a pseudonym to a moment: the"
    " next page walks past them. With a million learners and five hundred scores two thousand share one.",
    rows=2_000,
)


def reads_more(operation: str, query: dict[str, str]) -> More:
    if operation == "list_courses" and "search" in query:
        return _WORDS
    if operation == "list_courses" and "tag" in query:
        return _TAG
    if operation == "list_courses" and query.get("facets") == "true":
        return _FACETS
    if operation == "list_courses" and query.get("sort") in {"popular", "rating"}:
        return _COUNTERS
    if operation == "list_students" and "status" in query:
        return _STATUS
    if operation == "list_users" and "search" in query:
        return _PART_OF_A_NAME
    if operation in {"list_notifications", "list_xp"} and "kind" in query:
        return _KIND
    if operation == "get_leaderboard" and "cursor" in query:
        return _TIES
    return More()


# Pages by number say how many there are, and the contract wants the exact number; with a cursor nothing is counted.
COUNTED = {
    "list_users": "all people, or those of a role or status: for admins alone",
    "list_audit_log": "everything that was ever done: for admins alone",
    "list_courses_to_review": "courses of a status, published ones too: for admins alone",
    "list_students": "the learners of one course",
    "list_ratings": "the ratings of one course",
    "list_user_activity": "what one person did",
    "list_notifications": "what one person was told",
    "list_xp": "what one person was given points for",
    "list_xp_holds": "points that an admin is to decide on, or has decided on: for admins alone",
    "list_coupons": "the coupons that one person gave",
    "list_payments_to_review": "payments that an admin has not settled yet",
}


def counts_more(operation: str, query: dict[str, str]) -> bool:
    """Courses are counted by bits, but for a tag that few have."""
    return operation in COUNTED or (operation == "list_courses" and "tag" in query)
