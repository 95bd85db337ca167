"""What a domain event becomes for a person: a row in the app, a mail."""

from academy.community.email.sending import deliver
from academy.community.notices import KINDS
from academy.community.planning import notify
from academy.community.values import Channel

__all__ = ["MAILED", "NOTICES", "deliver_mail", "notify"]

deliver_mail = deliver
NOTICES = frozenset(KINDS)
"""All that people are told of. Each kind is planned for every channel: what is not switched on is noted as skipped, with the reason."""
MAILED = frozenset(kind.name for kind in KINDS.values() if Channel.EMAIL in kind.channels)
"""Those of them that are mailed unless somebody switches them off."""
