"""What comes in and goes out about notifications."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from academy.community.values import Channel, Digest
from academy.identity.values import Language
from academy.platform.http import ListQuery, Schema, View, example

MARKED_AT_ONCE = 500


class NotificationList(ListQuery):
    """`unread=true` shows only what was not read yet, `kind` only one kind."""

    unread: bool = False
    kind: Annotated[str | None, Field(max_length=60)] = None


class NotificationView(View):
    """Something the caller is told, in their language. `count` is how many events it sums up, `path` where an app leads to; `data` has the ids and facts."""

    id: UUID
    kind: str
    title: str
    body: str
    action: str
    path: str | None
    count: int
    data: dict[str, Any]
    created_at: datetime
    read_at: datetime | None


class ReadNotifications(Schema):
    """`ids` of those that were read, or `all`."""

    model_config = example(all=True)

    ids: Annotated[list[Annotated[UUID, Field(strict=False)]] | None, Field(min_length=1, max_length=MARKED_AT_ONCE)] = None
    all: bool = False

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.ids is None) != self.all:
            raise ValueError("either ids or all")
        return self


class UnreadView(View):
    """How many were not read yet, up to 99; `more` says that there are others still."""

    count: int
    more: bool


class ReadView(View):
    """`marked`: those that had not been read before."""

    marked: int
    unread: UnreadView


Hour = Annotated[int, Field(ge=0, le=23)]
TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class DigestChange(Schema):
    """`hour` is of the caller's own time zone; left out it stays."""

    mode: Annotated[Digest, Field(strict=False)]
    hour: Hour | None = None


class QuietHours(Schema):
    """From and to as `HH:MM` of the caller's own time zone; 22:00 to 07:00 goes over midnight."""

    from_: Annotated[TimeOfDay, Field(alias="from")]
    to: TimeOfDay

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.from_ == self.to:
            raise ValueError("from and to are the same")
        return self


class PreferencesChange(Schema):
    """What is left out stays. `kinds` has a switch for each kind and channel that is to change; `quietHours: null` ends them."""

    model_config = example(
        kinds={"badge.earned": {"email": False}},
        digest={"mode": "daily", "hour": 8},
        quietHours={"from": "22:00", "to": "07:00"},
        language="hi",
    )

    kinds: Annotated[dict[str, dict[str, bool]], Field(max_length=100)] | None = None
    digest: DigestChange | None = None
    quiet_hours: QuietHours | None = None
    language: Annotated[Language, Field(strict=False)] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("there is nothing to change")
        for name in ("kinds", "digest", "language"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} can't be null")
        return self


class SwitchView(View):
    """`fixed`: it can't be switched off."""

    on: bool
    fixed: bool


class KindPreferenceView(View):
    kind: str
    label: str
    channels: dict[Channel, SwitchView]


class DigestView(View):
    mode: Digest
    hour: int


class QuietHoursView(View):
    from_: Annotated[TimeOfDay, Field(alias="from")]
    to: TimeOfDay


class NotificationPreferencesView(View):
    """`daily`: how many mails and push messages a day there are at most; beyond that it waits for the next digest. Payments and refunds don't count."""

    kinds: list[KindPreferenceView]
    digest: DigestView
    quiet_hours: QuietHoursView | None
    language: Language
    time_zone: str
    daily: dict[Channel, int]
