"""What a kind of notification is made of: to whom it is told, what is said in each language, and what may be done with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from academy.community.values import Channel, Weight
from academy.identity.values import Language
from academy.platform.db import UnitOfWork

Facts = Mapping[str, Any]
EVERYWHERE = frozenset(Channel)
NOWHERE: frozenset[Channel] = frozenset()


@dataclass(frozen=True, slots=True)
class Text:
    """What a person reads. `action` is what the link beneath it is called."""

    title: str
    body: str
    action: str


Words = Callable[[Facts, int], Text]
"""Of the facts of the newest event, and of how many events it tells."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it is told to one user, or (None) to every admin. `facts` are all that the words need and what a frontend links to.

    After `until_day`, a day of the reader's own time zone, there is no use in telling it.
    """

    user_id: UUID | None
    facts: dict[str, Any]
    until_day: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A domain event's kind that people are told of.

    `channels` are on until somebody switches them off; those in `fixed` can't be. Where `gathered` says so, events become one: in the app the unread
    row grows; a mail or push message waits that long for more of its kind. `path` is where the app leads to.
    """

    name: str
    label: Mapping[Language, str]
    told: Callable[[Mapping[str, Any]], Told | None]
    words: Mapping[Language, Words]
    path: Callable[[Facts], str]
    weight: Weight = Weight.PERSONAL
    channels: frozenset[Channel] = EVERYWHERE
    fixed: frozenset[Channel] = NOWHERE
    gathered: timedelta | None = None
    for_admins: bool = False
    more: Callable[[UnitOfWork, Facts], dict[str, Any]] | None = field(default=None)
    """Facts that the event does not carry, such as a course's title."""

    @property
    def group_key(self) -> str | None:
        return self.name if self.gathered is not None else None
