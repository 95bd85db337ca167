"""Lists that may read more than twenty rows for one that they show, each with its reason and its bound."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class More:
    reason: str = ""
    rows: int = 0
    tables: frozenset[str] = field(default_factory=frozenset)


_WORDS = More(
    "Among many matches the best are found by walking past all others, until there is a page of them; few matches are all looked at. Both are bounded"
    " by how common a word has to be for its bits to be kept.",
    rows=12_000,
)
_MISTYPED = More(
    "A word that no course has is compared with every word of the dictionary, which grows with the language and not with the catalogue.",
    rows=40_000,
    tables=frozenset({"search_lexemes"}),
)
_COUNTERS = More(
    "Popularity and rating change with every enrolment and rating, which would have to write an index for each filter: a value that one course in fifty"
    " has is found by walking past the others.",
    rows=3_000,
)
_TAG = More(
    "A tag that few courses have is collected and sorted; a common one is walked to, or joined with all counters where that is as much.",
    rows=12_000,
)
_PART_OF_A_NAME = More(
    "People are found by any part of a name: a part that many have by walking along, else by the index of parts. One plan for all parts would walk past"
    " everybody for a part that nobody has; the server keeps none, because it takes it for the dearer one.",
    rows=20_000,
)
_FREE_BY_PRICE = More(
    "Free courses have one price, so their order by price is one by number: the server walks by the number alone, from the first and not from the cursor.",
    rows=4_000,
)
_STATUS = More("Of a course's learners, those of a status are looked for among all of them.", rows=20_000)
UNKNOWN_WORDS = {"pyhton", "xylqzwv"}


def reads_more(operation: str, query: dict[str, str]) -> More:
    if operation == "list_courses" and "search" in query:
        return _MISTYPED if query["search"] in UNKNOWN_WORDS else _WORDS
    if operation == "list_courses" and "tag" in query:
        return _TAG
    if operation == "list_courses" and query.get("sort") == "price" and query.get("free") == "true":
        return _FREE_BY_PRICE
    if operation == "list_courses" and query.get("sort") in {"popular", "rating"}:
        return _COUNTERS
    if operation == "list_students" and "status" in query:
        return _STATUS
    if operation == "list_users" and "search" in query:
        return _PART_OF_A_NAME
    return More()


# Pages by number say how many there are, and the contract wants the exact number; with a cursor nothing is counted.
COUNTED = {
    "list_users": "all people, or those of a role or status: for admins alone",
    "list_audit_log": "everything that was ever done: for admins alone",
    "list_courses_to_review": "courses of a status, published ones too: for admins alone",
    "list_students": "the learners of one course",
    "list_ratings": "the ratings of one course",
    "list_user_activity": "what one person did",
    "list_coupons": "the coupons that one person gave",
    "list_payments_to_review": "payments that an admin has not settled yet",
}


def counts_more(operation: str, query: dict[str, str]) -> bool:
    """Courses are counted by bits, but for a tag that few have."""
    return operation in COUNTED or (operation == "list_courses" and "tag" in query)
