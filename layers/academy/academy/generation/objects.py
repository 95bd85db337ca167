"""What a job has made so far, as JSON objects in S3. Each run of a step writes under a key of its own, and the step's row says which one counts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from uuid import UUID

from pydantic import BaseModel

from academy.platform import storage
from academy.platform.aws import out_of_reach
from academy.platform.ids import uuid7


class StorageUnavailable(Exception):
    """S3 did not take or give an object in time: worth another try. The state machine goes by the name."""


class ObjectStore(Protocol):
    def put(self, key: str, data: bytes, *, content_type: str, cache_control: str | None = None) -> None: ...

    def get(self, key: str) -> bytes: ...


class Bucket:
    """The deployment's. Raises StorageUnavailable."""

    def put(self, key: str, data: bytes, *, content_type: str, cache_control: str | None = None) -> None:
        with _named_errors():
            storage.put(key, data, content_type=content_type, cache_control=cache_control)

    def get(self, key: str) -> bytes:
        with _named_errors():
            return storage.get(key)


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if out_of_reach(error):
            raise StorageUnavailable(str(error)) from error
        raise


def keep(store: ObjectStore, job_id: UUID, step: str, value: BaseModel) -> str:
    """Returns the key."""
    key = f"generation/{job_id}/{step}-{uuid7()}.json"
    store.put(key, value.model_dump_json().encode(), content_type="application/json")
    return key


def fetch[M: BaseModel](store: ObjectStore, key: str, kind: type[M]) -> M:
    return kind.model_validate_json(store.get(key))


def keep_picture(store: ObjectStore, job_id: UUID, content: bytes, content_type: str) -> str:
    """Under `media/`, which the CDN shows. Its name never means another picture, so it may be cached for ever."""
    key = f"media/thumbnails/{job_id}-{uuid7()}.png"
    store.put(key, content, content_type=content_type, cache_control="public, max-age=31536000, immutable")
    return key
