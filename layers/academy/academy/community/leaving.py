"""Following the link of a mail: asking, and carrying it out. Nobody has signed in; the token is who they are and all that they may do."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from academy.community import unsubscribe_page as pages
from academy.community.notices import KINDS
from academy.community.preferences import EVERYTHING, end_mails
from academy.community.unsubscribing import BadToken, Leaving, read_token
from academy.identity.values import Language
from academy.platform.db import UnitOfWork, sql
from academy.platform.http import Query, Request

_LANGUAGE = sql("select language from notification_preferences where user_id = :user_id::uuid")


class LeavingLink(Query):
    """`token` is the link's, as it stands in the mail."""

    token: Annotated[str, Field(max_length=200)] = ""


@dataclass(frozen=True, slots=True)
class LeavingPage:
    """`status` is HTTP's."""

    status: int
    html: str


_UNKNOWN = LeavingPage(404, pages.unknown())


def ask(work: UnitOfWork, token: str) -> LeavingPage:
    """What the link would do. It does nothing yet."""
    try:
        leaving = read_token(token)
    except BadToken:
        return _UNKNOWN
    language = _language(work, leaving)
    what = _what(leaving, language)
    return LeavingPage(200, pages.asking(what, token, language)) if what else _UNKNOWN


def leave(request: Request, token: str) -> LeavingPage:
    """No more mails of the token's kind; the same again when it is done again."""
    try:
        leaving = read_token(token)
    except BadToken:
        return _UNKNOWN
    if not end_mails(request.work, leaving.user_id, leaving.kind):
        return _UNKNOWN
    request.audit("notifications.unsubscribe", "user", leaving.user_id, after={"kind": leaving.kind})
    language = _language(request.work, leaving)
    return LeavingPage(200, pages.done(_what(leaving, language), language))


def _language(work: UnitOfWork, leaving: Leaving) -> Language:
    return Language(work.value(_LANGUAGE, user_id=leaving.user_id) or Language.ENGLISH)


def _what(leaving: Leaving, language: Language) -> str:
    """What the mails are about; nothing for a kind that is gone."""
    if leaving.kind == EVERYTHING:
        return pages.ALL[language]
    kind = KINDS.get(leaving.kind)
    return "" if kind is None else kind.label[language]
