"""AWS clients, made when first used: importing boto3 costs more than all the rest of a cold start."""

from functools import cache
from typing import Any


@cache
def client(service: str) -> Any:
    """The process's boto3 client of one service, with short timeouts and few retries (a request waits for it)."""
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
    if service == "s3":
        # Left to itself botocore still signs links by version 2 in some regions: refused for KMS-encrypted objects, and longer.
        config = config.merge(Config(signature_version="s3v4"))
    return boto3.client(service, config=config)
