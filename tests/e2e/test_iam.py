"""What a function's policy does not allow fails on the local cloud as it would on AWS."""

import io
import json
import zipfile
from typing import Any

import pytest

from tests.e2e.conftest import LiveAcademy

pytestmark = pytest.mark.e2e

NAME = "academy-test-permissions"
SOURCE = """
def handler(event, context):
    import boto3
    try:
        getattr(boto3.client(event["service"]), event["call"])(**event["arguments"])
    except Exception as error:
        return getattr(error, "response", {}).get("Error", {}).get("Code", repr(error))
    return "allowed"
"""


def test_a_function_may_do_only_what_its_policy_allows(academy: LiveAcademy) -> None:
    """Given the learning function's own role, when code that runs with it reaches for other things, then it is refused."""
    functions, bucket = academy.aws("lambda"), academy.variables["BUCKET"]
    learning = functions.get_function(FunctionName=academy.stack.resources["LearningFunction"])["Configuration"]
    put = {"service": "s3", "call": "put_object", "arguments": {"Bucket": bucket, "Key": "certificates/forged.pdf", "Body": ""}}
    publish = {
        "service": "events",
        "call": "put_events",
        "arguments": {"Entries": [{"EventBusName": academy.variables["EVENT_BUS"], "Source": "test", "DetailType": "x", "Detail": "{}"}]},
    }
    read_secret = {
        "service": "secretsmanager",
        "call": "get_secret_value",
        "arguments": {"SecretId": academy.stack.outputs["VendorSecretsArn"]},
    }
    _create(functions, role=learning["Role"], layers=[layer["Arn"] for layer in learning["Layers"]])
    try:
        assert _run(functions, publish) == "allowed"
        assert _run(functions, put) == "AccessDenied"
        assert _run(functions, read_secret) == "AccessDeniedException"
    finally:
        functions.delete_function(FunctionName=NAME)


def test_a_function_sees_only_its_package_and_its_layers(academy: LiveAcademy) -> None:
    """Given a function without layers, when it imports what the local cloud is made of, then there is nothing."""
    functions = academy.aws("lambda")
    learning = functions.get_function(FunctionName=academy.stack.resources["LearningFunction"])["Configuration"]
    _create(functions, role=learning["Role"], layers=[])
    try:
        answer = functions.invoke(FunctionName=NAME, Payload=b"{}")
        assert json.loads(answer["Payload"].read())["errorType"] == "ModuleNotFoundError"
    finally:
        functions.delete_function(FunctionName=NAME)


def _create(functions: Any, *, role: str, layers: list[str]) -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", SOURCE)
    functions.create_function(
        FunctionName=NAME, Runtime="python3.13", Role=role, Handler="app.handler", Layers=layers, Timeout=20,
        Code={"ZipFile": package.getvalue()},
    )  # fmt: skip


def _run(functions: Any, call: dict[str, Any]) -> str:
    answer = functions.invoke(FunctionName=NAME, Payload=json.dumps(call).encode())
    outcome: str = json.loads(answer["Payload"].read())
    return outcome
