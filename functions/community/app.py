"""Talk among people: what one is told, and how one wants to be told."""

from uuid import UUID

from academy.community import inbox, leaving, preferences, schemas
from academy.community.push import subscriptions
from academy.community.unsubscribe_page import CONTENT_TYPE, POLICY
from academy.platform.http import Answer, Api, Request, member, no_content, ok, page_of, public
from academy.platform.http.access import Rows

api = Api("community", tag="Engagement, community, messages")
handler = api.handler


@api.get("/notifications", access=member(rows=Rows.SELF), answers=schemas.NotificationView, paged=True)
def list_notifications(request: Request, query: schemas.NotificationList) -> Answer:
    """What I am told, latest first, in my language; `unread` beside `data` counts what I have not read, up to 99."""
    listed = inbox.list_notifications(request, query)
    return page_of(listed.page, unread=listed.unread)


@api.post("/notifications/read", access=member(rows=Rows.SELF), answers=schemas.ReadView, at_once=True)
def mark_notifications_read(request: Request, body: schemas.ReadNotifications) -> Answer:
    """I have read these, or all of them"""
    return ok(inbox.mark_read(request, body))


@api.get("/notifications/preferences", access=member(rows=Rows.SELF), answers=schemas.NotificationPreferencesView)
def get_notification_preferences(request: Request) -> Answer:
    """Of what I am told on which channel, my quiet hours, digest and language"""
    view, version = preferences.get(request)
    return ok(view, version=version)


@api.put("/notifications/preferences", access=member(rows=Rows.SELF), answers=schemas.NotificationPreferencesView, errors=[412])
def set_notification_preferences(request: Request, body: schemas.PreferencesChange) -> Answer:
    """Switch kinds and channels, set quiet hours, digest and language; what is left out stays"""
    view, version = preferences.change(request, body)
    return ok(view, version=version)


@api.get("/notifications/push-key", access=public(), answers=subscriptions.PushKeyView)
def get_push_key(request: Request) -> Answer:
    """The key that a browser subscribes to push messages with (`applicationServerKey`)"""
    return ok(subscriptions.key())


@api.get("/notifications/push-subscriptions", access=member(rows=Rows.SELF), answers=list[subscriptions.PushSubscriptionView])
def list_push_subscriptions(request: Request) -> Answer:
    """The browsers in which I am told, the latest first"""
    return ok(subscriptions.listed(request))


@api.put("/notifications/push-subscriptions", access=member(rows=Rows.SELF), answers=subscriptions.PushSubscriptionView, at_once=True)
def subscribe_browser(request: Request, body: subscriptions.SubscribeBrowser) -> Answer:
    """Tell me in this browser, too: what its `pushManager.subscribe()` gave"""
    return ok(subscriptions.subscribe(request, body))


@api.delete("/notifications/push-subscriptions/{id}", access=member(rows=Rows.SELF), status=204)
def unsubscribe_browser(request: Request, id: UUID) -> Answer:
    """No longer in this browser"""
    subscriptions.unsubscribe(request, id)
    return no_content()


@api.get("/notifications/unsubscribe", access=public(), media_type="text/html", errors=[404])
def ask_to_unsubscribe(request: Request, query: leaving.LeavingLink) -> Answer:
    """The page behind a mail's link: asks whether there should be no more mails like it. Following the link changes nothing"""
    page = leaving.ask(request.work, query.token)
    return Answer(page.status, page.html, CONTENT_TYPE, headers={"Content-Security-Policy": POLICY})


@api.post("/notifications/unsubscribe", access=public(), media_type="text/html", idempotent=False, errors=[404])
def unsubscribe(request: Request, query: leaving.LeavingLink, raw: bytes) -> Answer:
    """No more mails like this one: the page's button, and the mail program's own (RFC 8058). Once is as often as you like"""
    page = leaving.leave(request, query.token)
    return Answer(page.status, page.html, CONTENT_TYPE, headers={"Content-Security-Policy": POLICY})
