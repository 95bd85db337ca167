"""What a domain event becomes for a person: a row in the app, a mail, a message in a browser. And what SES tells of mails."""

from academy.community import fan_out, planning
from academy.community.email.sending import deliver as deliver_mail
from academy.community.events import AnnouncementPosted
from academy.community.notices import KINDS
from academy.community.push.sending import deliver_push
from academy.community.suppression.feedback import handle as take_feedback
from academy.community.suppression.feedback import parse as parse_feedback
from academy.community.values import Channel
from academy.platform.db import UnitOfWork
from academy.platform.events import Envelope

__all__ = ["MAILED", "NOTICES", "deliver_mail", "deliver_push", "notify", "parse_feedback", "take_feedback"]

NOTICES = frozenset(KINDS)
"""All that people are told of. Each kind is planned for every channel: what is not switched on is noted as skipped, with the reason."""
MAILED = frozenset(kind.name for kind in KINDS.values() if Channel.EMAIL in kind.channels)
"""Those of them that are mailed unless somebody switches them off."""


def notify(work: UnitOfWork, envelope: Envelope) -> None:
    """A row in the app; an announcement's people are told on every channel at once, a page after the other."""
    if envelope.kind == AnnouncementPosted.kind:
        fan_out.page(work, envelope)
    else:
        planning.notify(work, envelope)
