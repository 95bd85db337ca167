"""Can the academy do its work: each thing it depends on, asked once."""

from collections.abc import Callable

from academy.platform.aws import client
from academy.platform.config import config
from academy.platform.db import UnitOfWork, sql
from academy.platform.errors import Unavailable

_ALIVE = sql("select 1")


def stage() -> str:
    return config().stage


def check(work: UnitOfWork) -> dict[str, str]:
    """`ok` for database, bucket and event bus. Raises Unavailable naming the first that does not answer."""
    from botocore.exceptions import BotoCoreError, ClientError

    work.value(_ALIVE)
    checks = {"database": "ok"}
    probes: dict[str, Callable[[], object]] = {
        "bucket": lambda: client("s3").head_bucket(Bucket=config().bucket),
        "events": lambda: client("events").describe_event_bus(Name=config().event_bus),
    }
    for name, probe in probes.items():
        try:
            probe()
        except (BotoCoreError, ClientError) as error:
            raise Unavailable(f"The {name} can't be reached.") from error
        checks[name] = "ok"
    return checks
