"""The seeded people's accounts in a user pool."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.local.seed import people
from infra.local.seed.sign_ins import Cognito
from infra.local.settings import PASSWORD


@pytest.fixture
def cognito() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("cognito-idp", region_name="ap-south-1")


def test_given_an_empty_pool_when_ensured_twice_then_everybody_has_one_verified_account_with_the_password(cognito: Any) -> None:
    pool = cognito.create_user_pool(PoolName="academy", UsernameAttributes=["email"])["UserPool"]["Id"]
    app = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="web", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    )["UserPoolClient"]["ClientId"]
    everybody = people.read_all()[:5]
    sign_ins = Cognito(lambda: cognito, pool)

    first = sign_ins.ensure(everybody)
    second = sign_ins.ensure(everybody)

    assert first == second
    assert len(set(first.values())) == len(everybody)
    users = cognito.list_users(UserPoolId=pool)["Users"]
    assert len(users) == len(everybody)
    attributes = [{attribute["Name"]: attribute["Value"] for attribute in user["Attributes"]} for user in users]
    assert all(user["email_verified"] == "true" for user in attributes)
    assert {user["email"]: user["sub"] for user in attributes} == first
    signed_in = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=app,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": everybody[0].email, "PASSWORD": PASSWORD},
    )
    assert "AccessToken" in signed_in["AuthenticationResult"]
