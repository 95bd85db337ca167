"""AWS by moto, with what the product expects to be there: for tests that need an answer, not a proof."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest
from moto import mock_aws

from academy.identity import accounts, cognito
from academy.payments import documents, keys, razorpay_gateway
from academy.platform import aws
from academy.platform import config as configuration
from infra.local.razorpay.bank import Bank
from tests.accounts import FakeAccounts
from tests.conftest import TEST_ENVIRONMENT
from tests.issuer import Issuer
from tests.painter import Painter
from tests.payments import KEYS, FakeGateway

REGION = TEST_ENVIRONMENT["AWS_REGION"]
TRUST = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"states.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
DEFINITION = '{"StartAt":"Done","States":{"Done":{"Type":"Succeed"}}}'


@contextmanager
def mocked_cloud(patch: pytest.MonkeyPatch, issuer: Issuer) -> Iterator[None]:
    """Bucket, bus and state machines, their names in the environment; a user pool of our own (moto lacks codes by mail)."""
    with mock_aws():
        aws.client.cache_clear()
        boto3.client("s3", REGION).create_bucket(
            Bucket=TEST_ENVIRONMENT["BUCKET"], CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        boto3.client("events", REGION).create_event_bus(Name=TEST_ENVIRONMENT["EVENT_BUS"])
        role = boto3.client("iam", REGION).create_role(RoleName="states", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        states = boto3.client("stepfunctions", REGION)
        patch.setattr(cognito, "CognitoAccounts", lambda: FakeAccounts(issuer))
        for variable, name in (("COURSE_GENERATION_ARN", "course-generation"), ("CERTIFICATE_ISSUANCE_ARN", "certificate-issuance")):
            machine = states.create_state_machine(name=name, definition=DEFINITION, roleArn=role)
            patch.setenv(variable, machine["stateMachineArn"])
        shop = FakeGateway(Bank(time.time, salt=uuid.uuid4().hex))
        patch.setattr(razorpay_gateway, "RazorpayGateway", lambda _keys, _base_url: shop)
        patch.setattr(keys, "read", lambda: KEYS)
        patch.setattr(documents, "client", lambda _service: Painter())
        keys.forget()
        configuration.config.cache_clear()
        accounts.accounts.cache_clear()
        try:
            yield
        finally:
            keys.forget()
            aws.client.cache_clear()
            configuration.config.cache_clear()
            accounts.accounts.cache_clear()
