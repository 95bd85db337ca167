"""What each role of the template may do, after SAM's transform, in the template's own names: `Bucket/media/*`, not an ARN."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from infra.local.settings import Settings
from infra.local.tools import ensure_tool
from tests.conftest import ROOT

AWS_MANAGED = "arn:aws:iam::aws:policy/"
CONDITIONS = {"CreateDatabase": True, "OnAws": True, "ReservesConcurrency": True}
"""As in production; whatever else is asked counts as true."""
MACHINES = {
    "CourseGeneration": "infra/statemachines/course_generation.asl.json",
    "CertificateIssuance": "infra/statemachines/certificate_issuance.asl.json",
}
Template = dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    action: str
    resource: str


@cache
def template() -> Template:
    """The template as CloudFormation gets it."""
    python = ensure_tool(Settings.read(), "sam") / "python"
    script = Path(__file__).with_name("transform.py")
    done = subprocess.run([python, script, ROOT / "template.yaml"], capture_output=True, check=True)
    whole: Template = json.loads(done.stdout)
    return whole


def of_type(*types: str) -> dict[str, dict[str, Any]]:
    return {name: resource["Properties"] for name, resource in template()["Resources"].items() if resource["Type"] in types}


def role_of(function: str) -> str:
    """The logical id of a function's role; `function` as its folder is called."""
    properties = of_type("AWS::Lambda::Function")[logical_id(function)]
    return label(properties["Role"])


def logical_id(function: str) -> str:
    return "".join(word.capitalize() for word in function.split("_")) + "Function"


def granted(role: str) -> frozenset[Grant]:
    """By policies of our own; AWS's managed ones are told by `managed`."""
    statements = [statement for document in _documents(of_type("AWS::IAM::Role")[role]) for statement in document["Statement"]]
    assert all(statement["Effect"] == "Allow" for statement in statements)
    return frozenset(grant for statement in statements for grant in grants(statement))


def managed(role: str) -> frozenset[str]:
    arns = of_type("AWS::IAM::Role")[role].get("ManagedPolicyArns", [])
    return frozenset(arn.rsplit("/", 1)[1] for arn in map(_chosen, arns) if isinstance(arn, str) and arn.startswith(AWS_MANAGED))


def grants(statement: dict[str, Any]) -> Iterator[Grant]:
    for action in _list(statement["Action"]):
        for resource in _list(_chosen(statement["Resource"])):
            yield Grant(action, label(resource))


def _documents(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    own = of_type("AWS::IAM::ManagedPolicy")
    for policy in map(_chosen, role.get("Policies", [])):
        if "PolicyDocument" in policy:
            yield policy["PolicyDocument"]
    for arn in map(_chosen, role.get("ManagedPolicyArns", [])):
        if isinstance(arn, dict):
            yield own[arn["Ref"]]["PolicyDocument"]


def label(value: Any) -> str:
    """A reference to a resource in the template's names; an ARN made of a name is told by whose name it is."""
    value = _chosen(value)
    match value:
        case {"Ref": str(name)}:
            return name if not name.startswith("AWS::") else f"<{name}>"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return name if attribute in {"Arn", "Id", "ProviderARN"} else f"{name}.{attribute}"
        case {"Fn::GetAtt": str(path)}:
            return label({"Fn::GetAtt": path.split(".", 1)})
        case {"Fn::Sub": str(text)}:
            return _substituted(text, {})
        case {"Fn::Sub": [str(text), dict(given)]}:
            return _substituted(text, {name: label(part) for name, part in given.items()})
        case str():
            return value
    raise AssertionError(f"a resource written in a way that this does not read: {value}")


def _substituted(text: str, given: dict[str, str]) -> str:
    filled = re.sub(r"\$\{([\w:.]+)\}", lambda found: given.get(found[1]) or _part(found[1]), text)
    return _named(filled)


def _part(name: str) -> str:
    if name.startswith("AWS::") or name in template()["Parameters"]:
        return f"<{name}>"
    return label({"Fn::GetAtt": name}) if "." in name else name


def _named(arn: str) -> str:
    """`arn:<…>:states:…:stateMachine:academy-<Stage>-course-generation` is CourseGeneration."""
    for name, resource in template()["Resources"].items():
        properties = resource.get("Properties", {})
        own = properties.get("StateMachineName") or properties.get("FunctionName")
        if isinstance(own, dict) and "Fn::Sub" in own and (known := re.sub(r"\$\{(\w+)\}", r"<\1>", own["Fn::Sub"])) in arn:
            kind, rest = arn.split(known)
            return f"{name}/executions" if ":execution:" in kind and rest == ":*" else name + rest
    return re.sub(r"^arn:<AWS::Partition>:[\w-]+:(<AWS::Region>)?:(<AWS::AccountId>)?:", "", arn)


def _chosen(value: Any) -> Any:
    """What a condition chooses in production."""
    while isinstance(value, dict) and "Fn::If" in value:
        name, yes, no = value["Fn::If"]
        value = yes if CONDITIONS[name] else no
    return value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
