"""What the consumer of a channel that reaches out does with an event."""

from collections.abc import Callable
from uuid import UUID

from academy.community import parcels, planning
from academy.community.pumping import Send
from academy.community.values import Channel
from academy.platform.db import UnitOfWork
from academy.platform.events import Envelope


def deliver(work: UnitOfWork, envelope: Envelope, channel: Channel, send: Send, send_due: Callable[[], dict[str, int]]) -> None:
    """Plan an event's deliveries. The one that is due at once to a single person is sent now, before the note in the inbox is committed: a crash in
    between may send it twice, never lose it, and a failure is the queue's to repeat. Several people are told one by one, after the commit."""
    planned = planning.plan(work, envelope, channel)
    if not planned.due:
        return
    if not planned.alone:

        def others() -> None:
            send_due()

        work.after_commit.append(others)
        return
    user_id = UUID(planned.due[0])
    work.value(parcels.LOCK, channel=channel, user_id=user_id)
    parcel = parcels.take(work, channel, user_id, event_id=envelope.id)
    if parcel is not None:
        send(work, parcel)
