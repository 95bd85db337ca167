"""The seeds in the running local academy: its database, user pool, bucket and state machine."""

import json
from functools import cached_property
from typing import Any

from infra.local import stack as local_stack
from infra.local.seed.sign_ins import Cognito
from infra.local.seed.small import seed_small
from infra.local.settings import Settings
from infra.local.stack import Stack


def owner_url(settings: Settings) -> str:
    return settings.database_url or settings.owner_database_url


def seed(settings: Settings, deployed: Stack) -> bool:
    """The small academy, if it is not there. Returns whether there was anything to do; with nothing to do it takes one query."""
    cloud = _Cloud(settings)
    outputs = deployed.outputs
    return seed_small(
        owner_url(settings),
        Cognito(lambda: cloud.client("cognito-idp"), outputs["UserPoolId"]),
        pictures=_Bucket(cloud, outputs["BucketName"]),
        certificates=_Issuance(cloud, outputs["CertificateIssuanceArn"]),
    )


class _Cloud:
    """boto3's clients, made when the first one is asked for: a start that has nothing to seed does without."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = local_stack.client(self._settings, service)
        return self._clients[service]


class _Bucket:
    def __init__(self, cloud: _Cloud, name: str) -> None:
        self._cloud = cloud
        self._name = name

    @cached_property
    def _there(self) -> set[str]:
        pages = self._cloud.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix="media/thumbnails/")
        return {found["Key"] for page in pages for found in page.get("Contents", [])}

    def has(self, key: str) -> bool:
        return key in self._there

    def put(self, key: str, png: bytes) -> None:
        self._cloud.client("s3").put_object(
            Bucket=self._name, Key=key, Body=png, ContentType="image/png", CacheControl="public, max-age=31536000, immutable"
        )


class _Issuance:
    """The product's own state machine, under the name by which the product starts it: a second start is none."""

    def __init__(self, cloud: _Cloud, arn: str) -> None:
        self._cloud = cloud
        self._arn = arn

    def issue(self, user_id: str, course_id: str) -> None:
        machines = self._cloud.client("stepfunctions")
        try:
            machines.start_execution(
                stateMachineArn=self._arn, name=f"{user_id}-{course_id}", input=json.dumps({"userId": user_id, "courseId": course_id})
            )
        except machines.exceptions.ExecutionAlreadyExists:
            return
