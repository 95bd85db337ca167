"""The list of what one is told in the app."""

import json
from dataclasses import dataclass, replace

from academy.community.notices import KINDS, say
from academy.community.schemas import NotificationList, ReadNotifications, ReadView, UnreadView
from academy.identity.values import Language
from academy.platform.db import Row, nearest, sql
from academy.platform.http import Page, Request
from academy.platform.http.answers import dump

COUNTED_UNREAD = 99
"""Nobody wants to know more exactly; a hundred entries of the index of unread ones are all that is ever read for it."""

_OWN = "notifications n where n.user_id = :caller::uuid [? and :unread::bool and n.read_at is null ?] [? and n.kind = :kind::text ?]"
_DATA = """case when n.title is null then n.data
    else n.data || jsonb_build_object('said', jsonb_build_object('en', jsonb_build_object('title', n.title, 'body', n.body))) end"""
"""What an older version of the academy had put into words goes with the facts, as it said it."""
_NEAREST = nearest(f"""
    select json_build_object('id', n.id, 'kind', n.kind, 'count', n.count, 'data', {_DATA},
        'createdAt', n.created_at, 'readAt', n.read_at)::text as item,
        json_build_array(n.id)::text as cursor
    from {_OWN} [? and n.id < :after_id::uuid ?] order by n.id desc
""")


def _unread(others: str = "") -> str:
    return f"""(select count(*) from (
        select from notifications n where n.user_id = :caller::uuid and n.read_at is null {others} limit {COUNTED_UNREAD + 1}) few)"""


_LIST = sql(f"""
    with page as ({_NEAREST})
    select page.item, page.cursor, case when :counted::bool then (select count(*) from {_OWN}) end as total, {_unread()} as unread,
        coalesce((select language from notification_preferences where user_id = :caller::uuid), 'en') as language
    from (select 1) one left join page on true
""")
_MARK = sql(f"""
    with marked as (
        update notifications set read_at = now() where user_id = :caller::uuid and read_at is null [? and id = any(:ids::uuid[]) ?] returning id
    )
    select (select count(*) from marked) as marked, {_unread("and not exists (select from marked m where m.id = n.id)")} as unread
""")


@dataclass(frozen=True, slots=True)
class Listed:
    page: Page
    unread: UnreadView


def list_notifications(request: Request, query: NotificationList) -> Listed:
    """One's own, latest first, in one's language."""
    after = query.after(str) or [None]
    rows = request.work.rows(
        _LIST,
        caller=request.caller.id,
        unread=query.unread or None,
        kind=query.kind,
        after_id=after[0],
        limit=query.limit,
        offset=query.offset,
        counted=query.counted,
    )
    page = Page.of(rows, query)
    language = Language(rows[0].language)
    return Listed(replace(page, items=[_worded(item, language) for item in page.items]), _count(rows[0]))


def mark_read(request: Request, body: ReadNotifications) -> ReadView:
    """What is another's, or not there, or was read already, is passed over without a word."""
    row = request.work.first(_MARK, caller=request.caller.id, ids=body.ids)
    if row is None:
        raise AssertionError("a select without a table has one row")
    return ReadView(marked=row.marked, unread=_count(row))


def _worded(item: str, language: Language) -> str:
    """With its words, and where it leads to."""
    row = json.loads(item)
    facts = row["data"]
    text = say(row["kind"], facts, row["count"], language)
    kind = KINDS.get(row["kind"])
    path = None if kind is None or "said" in facts else kind.path(facts)
    return dump({**row, "title": text.title, "body": text.body, "action": text.action, "path": path})


def _count(row: Row) -> UnreadView:
    return UnreadView(count=min(row.unread, COUNTED_UNREAD), more=row.unread > COUNTED_UNREAD)
