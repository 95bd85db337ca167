"""AWS clients, made when first used: importing boto3 costs more than all the rest of a cold start."""

from functools import cache
from typing import Any


@cache
def client(service: str) -> Any:
    """The process's boto3 client of one service, with short timeouts and few retries (a request waits for it)."""
    import boto3
    from botocore.config import Config

    return boto3.client(service, config=Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3}))
