"""What holds for every resource of a kind, so that a new one joins by being declared."""

import tomllib
from collections import Counter
from typing import Any

import pytest

from academy.generation.repository import DAYS_TO_RETRY
from infra.capacity import inputs, template
from infra.capacity import load as loads
from infra.template import load, resources
from tests.conftest import ROOT

TEMPLATE = load()
RESOURCES = resources()
GATEWAY_SECONDS = 30
"""An HTTP API waits no longer."""


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: resource["Properties"] for name, resource in RESOURCES.items() if resource["Type"] == kind}


def test_every_queue_is_encrypted_and_has_dead_letters() -> None:
    queues = of_type("AWS::SQS::Queue")
    assert all(properties["SqsManagedSseEnabled"] is True for properties in queues.values())
    for name in (name for name in queues if name.endswith("Queue")):
        redrive = queues[name]["RedrivePolicy"]
        assert redrive["deadLetterTargetArn"] == {"GetAtt": f"{name.removesuffix('Queue')}DeadLetters.Arn"}
        dead = queues[f"{name.removesuffix('Queue')}DeadLetters"]
        assert dead["MessageRetentionPeriod"] > queues[name]["MessageRetentionPeriod"], "an old message must not die on arrival"


def test_every_dead_letter_rings_an_alarm() -> None:
    given = RESOURCES["Observability"]["Properties"]["Parameters"]
    watched = {
        given[dimension["Value"]["Ref"]]["GetAtt"].split(".")[0]
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
        for dimension in alarm.get("Dimensions", [])
        if dimension["Name"] == "QueueName" and dimension["Value"]["Ref"] in given
    }
    assert {name for name in of_type("AWS::SQS::Queue") if name.endswith("DeadLetters")} <= watched


def test_every_alarm_reaches_somebody() -> None:
    for name, alarm in of_type("AWS::CloudWatch::Alarm").items():
        assert alarm["AlarmActions"] in ([{"Ref": "AlarmTopic"}], [{"Ref": "AlarmTopicArn"}]), name
        assert alarm["TreatMissingData"], name
    for name, stack in of_type("AWS::CloudFormation::Stack").items():
        assert stack["Parameters"]["AlarmTopicArn"] == {"Ref": "AlarmTopic"}, name


def test_every_log_is_forgotten_some_day() -> None:
    for name, properties in of_type("AWS::Logs::LogGroup").items():
        assert properties["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name


def test_every_bucket_is_private_and_encrypted() -> None:
    for name, properties in of_type("AWS::S3::Bucket").items():
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}, name
        assert properties["BucketEncryption"]["ServerSideEncryptionConfiguration"], name
    policies = [policy["PolicyDocument"]["Statement"] for policy in of_type("AWS::S3::BucketPolicy").values()]
    assert len(policies) == len(of_type("AWS::S3::Bucket"))
    assert all("TlsOnly" in {statement["Sid"] for statement in policy} for policy in policies)


def test_what_a_generation_has_made_is_kept_longer_than_it_can_be_tried_again() -> None:
    buckets = of_type("AWS::S3::Bucket").values()
    rules = {rule["Id"]: rule for bucket in buckets for rule in bucket.get("LifecycleConfiguration", {}).get("Rules", [])}
    assert rules["GenerationLeftovers"]["ExpirationInDays"] > DAYS_TO_RETRY


def test_functions_that_nobody_waits_for_are_capped() -> None:
    """The others share the account's concurrency, and answer before the gateway stops waiting."""
    shared = TEMPLATE["Globals"]["Function"]
    called = {permission["FunctionName"]["Ref"] for permission in of_type("AWS::Lambda::Permission").values()}
    for name, properties in of_type("AWS::Serverless::Function").items():
        if name in called:
            assert properties.get("Timeout", shared["Timeout"]) < GATEWAY_SECONDS, name
        else:
            assert "ReservedConcurrentExecutions" in properties, name


def test_queues_take_no_more_functions_than_are_reserved() -> None:
    taking: Counter[str] = Counter()
    for mapping in of_type("AWS::Lambda::EventSourceMapping").values():
        taking[mapping["FunctionName"]["Ref"].removesuffix("Function")] += mapping["ScalingConfig"]["MaximumConcurrency"]
    stack = template.production()
    assert {name for name, most in taking.items() if most > (stack.function(name).reserved or 0)} == set()


def test_everything_is_traced() -> None:
    assert TEMPLATE["Globals"]["Function"]["Tracing"] == "Active"
    assert all(machine["Tracing"] == {"Enabled": True} for machine in of_type("AWS::Serverless::StateMachine").values())


@pytest.mark.parametrize("stage", ["dev", "staging", "prod"])
def test_the_alarm_on_connections_rings_before_they_are_gone(stage: str) -> None:
    deployed = tomllib.loads((ROOT / "samconfig.toml").read_text())[stage]["deploy"]["parameters"]["parameter_overrides"]
    sizes = dict(line.split("=", 1) for line in deployed)
    _, production, others = RESOURCES["ConnectionsAlarm"]["Properties"]["Threshold"]["If"]
    most = loads.max_connections(float(sizes["DatabaseMinCapacity"]), float(sizes["DatabaseMaxCapacity"]), inputs.read())

    assert (production if stage == "prod" else others) <= 0.8 * most


def test_the_database_is_reached_by_functions_alone() -> None:
    (rule,) = RESOURCES["ClusterSecurityGroup"]["Properties"]["SecurityGroupIngress"]
    assert (rule["FromPort"], rule["ToPort"], rule["SourceSecurityGroupId"]) == (5432, 5432, {"Ref": "ClientSecurityGroup"})
    assert RESOURCES["Writer"]["Properties"]["PubliclyAccessible"] is False
    assert RESOURCES["Cluster"]["Properties"]["StorageEncrypted"] is True
    assert RESOURCES["ClusterSettings"]["Properties"]["Parameters"]["rds.force_ssl"] == "1"


def test_the_cdn_keeps_nothing_of_its_own_accord_and_nothing_for_anybody_else() -> None:
    [distribution] = of_type("AWS::CloudFront::Distribution").values()
    config = distribution["DistributionConfig"]
    policies = of_type("AWS::CloudFront::CachePolicy")
    policy = policies[config["DefaultCacheBehavior"]["CachePolicyId"]["Ref"]]["CachePolicyConfig"]
    key = policy["ParametersInCacheKeyAndForwardedToOrigin"]

    assert (policy["MinTTL"], policy["DefaultTTL"]) == (0, 0)
    assert {"Authorization", "Origin", "Accept"} <= set(key["HeadersConfig"]["Headers"])
    assert key["QueryStringsConfig"]["QueryStringBehavior"] == "all"
    assert {each["ErrorCode"] for each in config["CustomErrorResponses"] if each["ErrorCachingMinTTL"] == 0} >= {400, 403, 404, 500, 503}
