"""What engagement does when something happened elsewhere."""

from academy.engagement.badges import awarding
from academy.engagement.boards.folding import fold
from academy.engagement.facts import GIVES, TAKES
from academy.engagement.xp import booking
from academy.identity.events import UserPrivacyChanged, UserReinstated, UserSuspended
from academy.platform.db import UnitOfWork, database
from academy.platform.events import Envelope

LISTED_ANEW = frozenset({UserSuspended.kind, UserReinstated.kind, UserPrivacyChanged.kind})
"""After which a learner's place on the boards is put right, or taken away: the next fold finds a note of it."""
HANDLES = frozenset({*GIVES, *TAKES, *awarding.HANDLES, *LISTED_ANEW})


def handle(work: UnitOfWork, envelope: Envelope) -> None:
    """Points first, then what looks at them; once that is committed, the boards. Other kinds pass by."""
    if envelope.kind in GIVES:
        award = GIVES[envelope.kind](envelope.payload, envelope.occurred_at)
        booking.book(work, award.user_id, [award])
    if envelope.kind in TAKES:
        booking.take_back(work, TAKES[envelope.kind](envelope.payload))
    awarding.hear(work, envelope)
    if envelope.kind in GIVES or envelope.kind in TAKES or envelope.kind in LISTED_ANEW:
        work.after_commit.append(_fold)


def _fold() -> None:
    """A piece; what is left is left to the next event, or to the schedule."""
    fold(database(), pieces=1)
