"""Objects in S3: private, reached by short-lived presigned links; `media/` is what the CDN shows to everybody."""

from dataclasses import dataclass
from typing import Any

from academy.platform.aws import client
from academy.platform.config import config

READ_SECONDS = 300
UPLOAD_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Upload:
    """A presigned POST: send `fields` and then the file to `url` as multipart/form-data."""

    url: str
    fields: dict[str, str]
    key: str
    expires_in: int = UPLOAD_SECONDS


def read_link(key: str, *, filename: str | None = None, content_type: str | None = None, seconds: int = READ_SECONDS) -> str:
    """A link that reads one object for a while."""
    parameters: dict[str, Any] = {"Bucket": config().bucket, "Key": key}
    if filename:
        parameters["ResponseContentDisposition"] = f'attachment; filename="{filename}"'
    if content_type:
        parameters["ResponseContentType"] = content_type
    return str(client("s3").generate_presigned_url("get_object", Params=parameters, ExpiresIn=seconds))


def upload_link(key: str, *, content_type: str, max_bytes: int) -> Upload:
    """A form that uploads one object of this type and at most this size, and nothing else."""
    form = client("s3").generate_presigned_post(
        config().bucket,
        key,
        Fields={"Content-Type": content_type},
        Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, max_bytes]],
        ExpiresIn=UPLOAD_SECONDS,
    )
    return Upload(form["url"], form["fields"], key)


def put(key: str, data: bytes, *, content_type: str, cache_control: str | None = None) -> None:
    options = {"CacheControl": cache_control} if cache_control else {}
    client("s3").put_object(Bucket=config().bucket, Key=key, Body=data, ContentType=content_type, **options)


def exists(key: str) -> bool:
    """By listing, not by asking for its head: who may not list is told of a missing object that it is forbidden."""
    found = client("s3").list_objects_v2(Bucket=config().bucket, Prefix=key, MaxKeys=1)
    return any(item["Key"] == key for item in found.get("Contents", ()))


def get(key: str) -> bytes:
    return bytes(client("s3").get_object(Bucket=config().bucket, Key=key)["Body"].read())
