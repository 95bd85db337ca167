"""The declarative base of every table. The request path never imports this: it speaks SQL through `platform.db`.

Used by the migrations, the seeds and the tests' factories; a test compares these models with the migrated database.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, MetaData, Text, func
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        str: Text(),
        int: BigInteger(),
        datetime: DateTime(timezone=True),
        UUID: postgresql.UUID(as_uuid=True),
        dict[str, Any]: postgresql.JSONB(),
        list[str]: postgresql.ARRAY(Text()),
    }


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """A closed set, kept as text: the CHECK is built from the enum."""
    members = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} in ({members})", name=column)


def primary_key() -> Mapped[UUID]:
    """A UUIDv7 that the application makes."""
    return mapped_column(primary_key=True)


def created_now() -> Mapped[datetime]:
    return mapped_column(server_default=func.now())
