"""Addresses that are not written to."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from academy.community.suppression.values import Cause
from academy.platform.orm import Base, created_now, one_of


class EmailSuppression(Base):
    """What mail servers and readers have told of an address: `address` is the SHA-256 of it in small letters, so no address is kept here.

    With a `cause` nothing is sent to it any more. Without one it only bounced for the time being (`soft_bounces`: how often), which costs nothing yet.
    A row outlives the account: an address that complained is left alone also when somebody signs up with it again.
    """

    __tablename__ = "email_suppressions"
    __table_args__ = (one_of("cause", Cause),)

    address: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    cause: Mapped[str | None]
    soft_bounces: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = created_now()
    updated_at: Mapped[datetime] = created_now()
