"""The consumer `email`, and what the schedule sends later."""

from academy.community import delivering
from academy.community.email.composing import compose
from academy.community.parcels import Parcel
from academy.community.pumping import pump
from academy.community.values import Channel
from academy.platform import mail
from academy.platform.db import Database, UnitOfWork, database
from academy.platform.events import Envelope

SECONDS = 50.0
"""The schedule begins anew every minute."""
AFTER_AN_EVENT = 20.0
"""What an event for several people may take of its consumer's time; the schedule goes on from there."""


def deliver(work: UnitOfWork, envelope: Envelope) -> None:
    delivering.deliver(work, envelope, Channel.EMAIL, send, lambda: send_due(database(), seconds=AFTER_AN_EVENT))


def send(_work: UnitOfWork, parcel: Parcel) -> None:
    mail.send(compose(parcel))


def send_due(db: Database, *, seconds: float = SECONDS) -> dict[str, int]:
    """Mails whose time has come: put off by quiet hours or the day's budget, gathered, in a digest, for several people."""
    return pump(db, Channel.EMAIL, send, seconds=seconds)
