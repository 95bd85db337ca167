"""The browsers that somebody wants to be told in."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, field_validator, model_validator

from academy.community.push.endpoints import MOST_CHARACTERS, ForeignEndpoint, origin_of
from academy.platform.db import sql
from academy.platform.errors import NotFound
from academy.platform.http import Json, Request, Schema, View, example
from academy.platform.ids import uuid7

MOST_BROWSERS = 10
"""Of one user; who subscribes with one more loses the oldest."""

# What still waits for a browser whose user is another from now on was meant for the one before.
_SUBSCRIBE = sql(f"""
    with others as (
        delete from push_retries r using push_subscriptions s
        where r.subscription_id = s.id and s.endpoint = :endpoint::text and s.user_id <> :user_id::uuid
    ), made as (
        insert into push_subscriptions as s (id, user_id, endpoint, p256dh, auth) values (:id::uuid, :user_id::uuid, :endpoint::text, :p256dh, :auth)
        on conflict (endpoint) do update set user_id = excluded.user_id, p256dh = excluded.p256dh, auth = excluded.auth
        returning s.id, s.created_at
    ), oldest as (
        delete from push_subscriptions where id in (
            select s.id from push_subscriptions s where s.user_id = :user_id::uuid and s.endpoint <> :endpoint::text
            order by s.id desc offset {MOST_BROWSERS - 1}
        )
    )
    select json_build_object('id', id, 'service', :service::text, 'createdAt', created_at)::text from made
""")
_LIST = sql("""
    select coalesce(json_agg(json_build_object('id', id, 'service', split_part(endpoint, '/', 3), 'createdAt', created_at) order by id desc), '[]')::text
    from push_subscriptions where user_id = :user_id::uuid
""")
_UNSUBSCRIBE = sql("delete from push_subscriptions where id = :id::uuid and user_id = :user_id::uuid")


class PushKeys(Schema):
    """As the browser made them: a point on P-256 and sixteen bytes, in base64url."""

    p256dh: Annotated[str, Field(alias="p256dh", min_length=80, max_length=100)]
    auth: Annotated[str, Field(min_length=20, max_length=40)]

    @model_validator(mode="after")
    def _usable(self) -> Self:
        from academy.community.push.encryption import AUTH_BYTES, point_of, unpadded

        try:
            point_of(self.p256dh)
        except ValueError:
            raise ValueError("p256dh is not a point on P-256") from None
        if len(unpadded(self.auth)) != AUTH_BYTES:
            raise ValueError(f"auth is not {AUTH_BYTES} bytes")
        return self


class SubscribeBrowser(Schema):
    """What `JSON.stringify(subscription)` says of a browser's PushSubscription."""

    model_config = example(
        endpoint="https://fcm.googleapis.com/fcm/send/fv3jabydF5c:APA92bEc8gXeukGXEvq",
        keys={
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
    )

    endpoint: Annotated[str, Field(max_length=MOST_CHARACTERS)]
    keys: PushKeys
    expiration_time: float | None = None
    """Browsers send it, and never have one."""

    @field_validator("endpoint")
    @classmethod
    def _of_a_service(cls, endpoint: str) -> str:
        try:
            origin_of(endpoint)
        except ForeignEndpoint as error:
            raise ValueError(f"the endpoint {error}") from error
        return endpoint


class PushSubscriptionView(View):
    """A browser of the caller's. `service` is whose push service it is reached by; the endpoint itself is never told."""

    id: UUID
    service: str
    created_at: str


class PushKeyView(View):
    """`applicationServerKey` of `pushManager.subscribe()`."""

    public_key: str


def subscribe(request: Request, body: SubscribeBrowser) -> Json:
    """Once for a browser, however often it says so. Whoever subscribes with it last is told in it, and nobody else."""
    return Json(
        request.work.value(
            _SUBSCRIBE,
            id=uuid7(),
            user_id=request.caller.id,
            endpoint=body.endpoint,
            p256dh=body.keys.p256dh,
            auth=body.keys.auth,
            service=body.endpoint.split("/")[2],
        )
    )


def key() -> PushKeyView:
    from academy.community.push import vapid

    return PushKeyView(public_key=vapid.public_key())


def listed(request: Request) -> Json:
    return Json(request.work.value(_LIST, user_id=request.caller.id))


def unsubscribe(request: Request, id: UUID) -> None:
    """Raises NotFound."""
    if not request.work.execute(_UNSUBSCRIBE, id=id, user_id=request.caller.id):
        raise NotFound("subscription")
