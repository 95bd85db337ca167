"""Runs on SAM's own interpreter (its requirements contradict ours): the template as CloudFormation gets it, as JSON."""

import json
import os
import sys
from pathlib import Path
from typing import Any

CODE = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}


class _Policies(dict[str, str]):
    """Managed policies' ARNs by their names: the translator would ask AWS for a list."""

    def __missing__(self, name: str) -> str:
        return f"arn:aws:iam::aws:policy/{name}"

    def __contains__(self, name: object) -> bool:
        return True


def main(template: Path) -> None:
    from samcli.yamlhelper import yaml_parse  # type: ignore[import-not-found]
    from samtranslator.parser.parser import Parser  # type: ignore[import-not-found]
    from samtranslator.translator.translator import Translator  # type: ignore[import-not-found]

    os.environ["AWS_DEFAULT_REGION"] = "ap-south-1"
    whole: dict[str, Any] = yaml_parse(template.read_text())
    for resource in whole["Resources"].values():
        if resource["Type"] in CODE:  # uploaded by then
            resource["Properties"][CODE[resource["Type"]]] = "s3://bucket/key"
        if resource["Type"] == "AWS::Serverless::HttpApi":  # the gateway's routes are of no concern here
            resource["Properties"]["DefinitionBody"] = {"openapi": "3.0.1", "info": {"title": "routes", "version": "1"}, "paths": {}}
    defaults = {name: parameter.get("Default", "") for name, parameter in whole["Parameters"].items()}
    json.dump(Translator(_Policies(), Parser()).translate(whole, defaults), sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
