"""A parcel as a push message: a declarative one (WebKit's "Declarative Web Push"), which browsers that know it show by themselves and a service worker
of any other shows from the same words."""

import base64
import hashlib
import json

from academy.community.notices import KINDS, say
from academy.community.parcels import Parcel
from academy.community.push.service import Push
from academy.community.values import Weight
from academy.identity.values import Language
from academy.platform.config import config

MARK = 8030
"""Says that the message is declarative; the number of the RFC."""
MOST_CHARACTERS = 300
"""Of a body: a notification shows two or three lines."""
DAY, SOON = 24 * 3600, 4 * 3600
_SEVERAL = {Language.ENGLISH: "{count} new things at the academy", Language.HINDI: "अकादमी में {count} नई बातें"}
_URGENCY = {Weight.MONEY: "high", Weight.PERSONAL: "normal"}


def compose(parcel: Parcel) -> Push:
    """The words and where a click leads to, and nothing else of the person. A light one is of no use hours later."""
    language = parcel.reader.language
    said = [(item, say(item.kind, item.facts, item.count, language)) for item in parcel.items]
    first, text = said[0]
    title, body, path = text.title, text.body, KINDS[first.kind].path(first.facts)
    if len(said) > 1:
        title, path = _SEVERAL[language].format(count=len(said)), "/notifications"
        body = "\n".join(each.title for _, each in said)
    weight = min(KINDS[item.kind].weight for item in parcel.items)
    topic = _topic(parcel)
    message = {
        "web_push": MARK,
        "notification": {
            "title": _short(title, 120),
            "body": _short(body, MOST_CHARACTERS),
            "lang": language,
            "dir": "auto",
            "tag": topic,
            "navigate": f"{config().public_url}{path}",
        },
    }
    return Push(
        text=json.dumps(message, ensure_ascii=False).encode(),
        topic=topic,
        seconds=SOON if weight >= Weight.LIGHT else DAY,
        urgency=_URGENCY.get(weight, "low"),
    )


def _topic(parcel: Parcel) -> str:
    """The same for the same, however often it is sent: a message that is repeated takes the place of the first, at the push service and on the screen.
    So does a later one of events that are told as one."""
    kind = KINDS[parcel.items[0].kind]
    gathered = "several" if len(parcel.items) > 1 else kind.group_key
    told = gathered or min(parcel.event_ids)
    digest = hashlib.sha256(f"{parcel.reader.user_id} {told}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()


def _short(text: str, most: int) -> str:
    words = text.strip()
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"
