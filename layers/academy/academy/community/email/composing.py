"""A parcel as a mail."""

from academy.community import unsubscribing
from academy.community.email.layout import Block, Page, html_of, text_of
from academy.community.notices import KINDS, say
from academy.community.parcels import Item, Parcel
from academy.community.preferences import EVERYTHING
from academy.community.values import Channel
from academy.identity.values import Language
from academy.platform.config import config
from academy.platform.mail import Mail

SUBJECT_LENGTH = 150
NAMED = 10
"""Of many that are told as one."""

_HELLO = {Language.ENGLISH: "Hello {name},", Language.HINDI: "नमस्ते {name},"}
_HELLO_YOU = {Language.ENGLISH: "Hello,", Language.HINDI: "नमस्ते,"}
_DIGEST = {
    Language.ENGLISH: ("Your day at the academy: 1 thing", "Your day at the academy: {count} things"),
    Language.HINDI: ("अकादमी में आपका दिन: 1 बात", "अकादमी में आपका दिन: {count} बातें"),
}
_ALSO = {Language.ENGLISH: "Among them:", Language.HINDI: "इनमें से:"}


def compose(parcel: Parcel) -> Mail:
    """The mail, with a link that ends mails of its kind unless they can't be switched off."""
    reader, language = parcel.reader, parcel.reader.language
    if reader.email is None:
        raise ValueError("a reader without an address")
    blocks = [_block(item, language) for item in parcel.items]
    title = blocks[0].title
    if parcel.digest:
        one, many = _DIGEST[language]
        title = (one if len(blocks) == 1 else many).format(count=len(blocks))
    leaving = _leaving(parcel)
    hello = _HELLO[language].format(name=reader.name) if reader.name else _HELLO_YOU[language]
    page = Page(
        language=language,
        title=title,
        hello=hello,
        blocks=blocks,
        leave=unsubscribing.link_for(reader.user_id, leaving) if leaving else None,
        preferences=f"{config().public_url}/notifications/preferences",
    )
    return Mail(
        to=reader.email,
        subject=" ".join(title.split())[:SUBJECT_LENGTH],
        text=text_of(page),
        html=html_of(page),
        headers=unsubscribing.headers_for(reader.user_id, leaving) if leaving else {},
        tags={"parcel": str(parcel.id), "kind": EVERYTHING if parcel.digest else parcel.items[0].kind.replace(".", "-")},
    )


def _block(item: Item, language: Language) -> Block:
    said = say(item.kind, item.facts, item.count, language)
    each = [say(item.kind, facts, 1, language).title for facts in item.all_facts[:NAMED]] if item.count > 1 else []
    return Block(said.title, said.body, said.action, f"{config().public_url}{KINDS[item.kind].path(item.facts)}", _ALSO[language], each)


def _leaving(parcel: Parcel) -> str | None:
    """The kind that the mail's link ends; None for receipts."""
    free = [item.kind for item in parcel.items if Channel.EMAIL not in KINDS[item.kind].fixed]
    if not free:
        return None
    return EVERYTHING if parcel.digest else free[0]
