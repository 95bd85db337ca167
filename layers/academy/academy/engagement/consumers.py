"""What engagement does when something happened elsewhere."""

from academy.engagement.badges import awarding
from academy.engagement.facts import GIVES, TAKES
from academy.engagement.xp import booking
from academy.platform.db import UnitOfWork
from academy.platform.events import Envelope

LISTED_ANEW: frozenset[str] = frozenset()
"""After which a learner's place on the boards is put right, or taken away."""
HANDLES = frozenset({*GIVES, *TAKES, *awarding.HANDLES, *LISTED_ANEW})


def handle(work: UnitOfWork, envelope: Envelope) -> None:
    """Points first, then what looks at them. Other kinds pass by."""
    if envelope.kind in GIVES:
        award = GIVES[envelope.kind](envelope.payload, envelope.occurred_at)
        booking.book(work, award.user_id, [award])
    if envelope.kind in TAKES:
        booking.take_back(work, TAKES[envelope.kind](envelope.payload))
    awarding.hear(work, envelope)
