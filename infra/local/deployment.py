"""`make deploy ENV=…`: the same template to AWS, with the credentials of your shell."""

import json
import os
import subprocess
import sys
import tomllib
from typing import Any

import boto3
from botocore.config import Config

from infra.local.build import sam_environment
from infra.local.bytecode import compile_artifacts
from infra.local.errors import LocalCloudError
from infra.local.settings import REPOSITORY, Settings
from infra.local.tools import ensure_tool


def deploy(stage: str = "", *more: str) -> None:
    """Build, deploy, bring the schema up to date. `more` goes to `sam deploy`."""
    parameters = target(stage)
    settings = Settings.read()
    if os.environ.get("AWS_ENDPOINT_URL") == settings.aws_url:
        raise LocalCloudError("This shell points at the local AWS (make env): deploy from one with your own credentials.")
    name, region = parameters["stack_name"], parameters["region"]
    _sam(settings, "build", "--parallel", "--cached")
    python = ensure_tool(settings, "build", seed=True) / "python"
    compile_artifacts(REPOSITORY / ".aws-sam" / "build", python, log=settings.logs / "compileall.log")
    _sam(settings, "deploy", "--config-env", stage, "--no-fail-on-empty-changeset", *more)
    cloudformation = boto3.client("cloudformation", region_name=region)
    stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    _fill_in_public_url(cloudformation, stack, outputs)
    _migrate(region, outputs["MigrateFunctionName"])
    print(json.dumps(outputs, indent=2))


def target(stage: str) -> dict[str, Any]:
    """What samconfig.toml says of an environment. Raises LocalCloudError."""
    stages = tomllib.loads((REPOSITORY / "samconfig.toml").read_text())
    known = [name for name in stages if name not in ("version", "default")]
    if stage not in known:
        raise LocalCloudError(f"ENV is one of {', '.join(known)}; not {stage!r}.")
    parameters: dict[str, Any] = stages[stage]["deploy"]["parameters"]
    return parameters


def _sam(settings: Settings, *arguments: str) -> None:
    environment = sam_environment(settings)
    local = settings.aws_environment()
    shell = {key: value for key, value in os.environ.items() if key.startswith("AWS_")}
    environment = {key: value for key, value in environment.items() if key not in local} | shell
    sam = ensure_tool(settings, "sam") / "sam"
    done = subprocess.run([sam, *arguments], cwd=REPOSITORY, env=environment, check=False)
    if done.returncode != 0:
        raise LocalCloudError(f"sam {arguments[0]} failed; what it says is above.")


def _fill_in_public_url(cloudformation: Any, stack: dict[str, Any], outputs: dict[str, str]) -> None:
    """The functions must know the address that people see, which exists only after the first deployment."""
    parameters = {parameter["ParameterKey"]: parameter.get("ParameterValue", "") for parameter in stack["Parameters"]}
    if parameters["PublicUrl"]:
        return
    print(f"The academy's address is {outputs['Address']}; telling the functions.", file=sys.stderr)
    cloudformation.update_stack(
        StackName=stack["StackName"],
        UsePreviousTemplate=True,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[
            {"ParameterKey": key, "ParameterValue": outputs["Address"]}
            if key == "PublicUrl"
            else {"ParameterKey": key, "UsePreviousValue": True}
            for key in parameters
        ],
    )
    cloudformation.get_waiter("stack_update_complete").wait(StackName=stack["StackName"])


def _migrate(region: str, function: str) -> None:
    client = boto3.client("lambda", region_name=region, config=Config(read_timeout=900, retries={"max_attempts": 0}))
    answer = client.invoke(FunctionName=function, Payload=json.dumps({"action": "upgrade"}).encode())
    if "FunctionError" in answer:
        raise LocalCloudError(f"The migration failed: {answer['Payload'].read().decode()}")
