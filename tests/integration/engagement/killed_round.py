"""A process that gives badges to a learner at a time and stops dead in the middle: python -m …killed_round before|after N.

Before or after the Nth commit of a piece it says so and waits to be killed.
"""

import sys
import time

from academy.engagement.badges.rounds import award_badges
from academy.platform import events
from academy.platform.db import UnitOfWork, database
from academy.platform.events import Envelope

PIECES_AFTER = 1
"""The first commit is the declaration's."""


def main(where: str, number: int) -> None:
    commits = 0
    commit = UnitOfWork.commit

    def stop() -> None:
        print("here", flush=True)
        time.sleep(600)

    def counted(work: UnitOfWork) -> None:
        nonlocal commits
        commits += 1
        here = commits == PIECES_AFTER + number
        if here and where == "before":
            stop()
        commit(work)
        if here:
            stop()

    def put(envelopes: list[Envelope]) -> list[str]:
        return [envelope.id for envelope in envelopes]

    UnitOfWork.commit = counted  # type: ignore[method-assign, assignment]
    events.put = put
    award_badges(database(), at_once=1, settling="0")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
