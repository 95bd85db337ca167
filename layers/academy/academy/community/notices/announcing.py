"""What is announced to many: in the words of whoever wrote it, whatever language they are in."""

from collections.abc import Mapping
from typing import Any

from academy.community.events import AnnouncementPosted
from academy.community.notices.kind import Facts, Kind, Text
from academy.community.values import Weight
from academy.identity.values import Language

EN, HI = Language.ENGLISH, Language.HINDI


def _told(_payload: Mapping[str, Any]) -> None:
    """Not as one event to one person: `fan_out` tells it, a page of people at a time."""


def _announcement_en(facts: Facts, _count: int) -> Text:
    return Text(facts["title"], facts["body"], "Read it in the app")


def _announcement_hi(facts: Facts, _count: int) -> Text:
    return Text(facts["title"], facts["body"], "ऐप में पढ़ें")


ANNOUNCEMENT = Kind(
    name=AnnouncementPosted.kind,
    label={EN: "Announcements", HI: "घोषणाएँ"},
    told=_told,
    words={EN: _announcement_en, HI: _announcement_hi},
    path=lambda facts: facts["path"],
    weight=Weight.ANNOUNCEMENT,
)
KINDS = (ANNOUNCEMENT,)
