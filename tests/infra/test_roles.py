"""Each role may do what its code does, and nothing else.

What a function can ask for is read from its sources (`reach`), what it did ask for was noted by the local cloud, which refuses what
the role may not, while the end-to-end tests ran (`asked.json`, by `make roles`), and what it may comes from the transformed template (`grants`).
"""

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.infra import grants, reach, record
from tests.infra.grants import Grant

DATABASE = "dbuser:Database.Outputs.ClusterResourceId"
NOT_SEEN = {
    (
        "identity",
        "cognito-idp:AdminDeleteUser UserPool",
    ): "A username taken in the same instant: tests/integration/identity/test_sign_up.py.",
    **{
        (function, "ses:SendEmail configuration-set/academy-<Stage>"): "SES tells of bounces and complaints; the local one does not."
        for function in ("events", "schedules")
    },
    ("migrate", "secretsmanager:GetSecretValue Database.Outputs.AdminSecretArn"): "Aurora's administrator; the local database has none.",
    ("schedules", "ses:SendEmail identity/*"): "Mails that were put off for longer than a test waits: tests/integration/community.",
    ("schedules", "states:StartExecution CourseGeneration"): "A job whose start was lost: tests/integration/generation/test_faults.py.",
}
"""Granted, and never asked for on the local cloud."""
NOT_ON_THE_LOCAL_CLOUD = {
    "rds-db:connect": "The local database knows passwords only; on AWS a role signs in to it.",
    "sqs:ReceiveMessage": "Lambda reads the queues in the function's name.",
    "sqs:DeleteMessage": "Lambda reads the queues in the function's name.",
    "sqs:GetQueueAttributes": "Lambda reads the queues in the function's name.",
}
NOT_CALLED = {
    (function, f"sqs:{name}"): "Lambda's poller, not our code."
    for function in ("events", "payment_tasks")
    for name in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
}
"""Granted without a line of code that asks for it."""
SILENT = {"community", "engagement", "generation", "system"}
"""Functions whose routes write no event; the frame's publishing is within their reach, and they may not."""
MANAGED = {
    "AWSLambdaBasicExecutionRole": "Logs. SAM adds it to every function.",
    "AWSXrayWriteOnlyAccess": "Traces (Tracing: Active).",
    "AWSLambdaVPCAccessExecutionRole": "Network interfaces in the database's network.",
}


@pytest.fixture(scope="module")
def asked() -> record.Asked:
    return record.load()


@pytest.mark.parametrize("function", reach.functions())
def test_a_function_lacks_nothing_that_its_code_may_ask_for(function: str, asked: record.Asked) -> None:
    granted = grants.granted(grants.role_of(function))
    needed = reach.actions(function) - ({"events:PutEvents"} if function in SILENT else set())

    assert needed <= {grant.action for grant in granted}
    assert not [ask for ask in asked.get(function, ()) if not any(_covers(grant, ask) for grant in granted)]


@pytest.mark.parametrize("function", reach.functions())
def test_a_function_may_do_nothing_that_its_code_does_not(function: str) -> None:
    allowed = {grant.action for grant in grants.granted(grants.role_of(function))}

    assert allowed - reach.actions(function) == {action for other, action in NOT_CALLED if other == function}


@pytest.mark.parametrize("function", reach.functions())
def test_a_function_may_do_nothing_that_it_was_not_seen_doing(function: str, asked: record.Asked) -> None:
    granted = {grant for grant in grants.granted(grants.role_of(function)) if grant.action not in NOT_ON_THE_LOCAL_CLOUD}
    unseen = {grant for grant in granted if not any(_covers(grant, ask) for ask in asked.get(function, ()))}

    assert record.lines(unseen) == sorted(line for other, line in NOT_SEEN if other == function)


@pytest.mark.parametrize("function", reach.functions())
def test_a_function_signs_in_to_the_database_as_one_user(function: str) -> None:
    users = {grant.resource for grant in grants.granted(grants.role_of(function)) if grant.action == "rds-db:connect"}

    assert users == {f"{DATABASE}/academy_owner" if function == "migrate" else f"{DATABASE}/academy_app"}


def test_what_is_excused_is_still_so(asked: record.Asked) -> None:
    """An excuse that nobody needs any more would hide the next finding."""
    reached = {(function, action) for function in reach.functions() for action in reach.actions(function)}
    granted = {(function, grant.action) for function in reach.functions() for grant in grants.granted(grants.role_of(function))}

    for function in SILENT:
        assert (function, "events:PutEvents") in reached - granted
        assert not reach.calls(function, "emit"), function
    assert NOT_CALLED.keys() <= granted - reached
    assert NOT_ON_THE_LOCAL_CLOUD.keys() <= {action for _, action in granted}
    assert not NOT_ON_THE_LOCAL_CLOUD.keys() & {ask.action for asks in asked.values() for ask in asks}


def test_every_role_is_somebodys() -> None:
    """Functions', state machines' and schedules'; each can be assumed by the one service that needs it."""
    services = {"Function": "lambda.amazonaws.com", "Schedule": "scheduler.amazonaws.com", "StateMachine": "states.amazonaws.com"}
    owners = {grants.role_of(function): "Function" for function in reach.functions()}
    owners |= {grants.label(p["Target"]["RoleArn"]): "Schedule" for p in grants.of_type("AWS::Scheduler::Schedule").values()}
    owners |= {grants.label(p["RoleArn"]): "StateMachine" for p in grants.of_type("AWS::StepFunctions::StateMachine").values()}
    roles = grants.of_type("AWS::IAM::Role")

    assert owners.keys() == roles.keys()
    for name, properties in roles.items():
        trust = [statement["Principal"] for statement in properties["AssumeRolePolicyDocument"]["Statement"]]
        assert trust == [{"Service": [services[owners[name]]]}], name


def test_of_awss_own_policies_only_what_lambda_needs() -> None:
    assert {policy for role in grants.of_type("AWS::IAM::Role") for policy in grants.managed(role)} == MANAGED.keys()


@pytest.mark.parametrize("name", sorted(grants.MACHINES))
def test_a_state_machine_may_invoke_what_its_definition_names(name: str) -> None:
    properties = grants.of_type("AWS::StepFunctions::StateMachine")[name]
    definition = json.loads((ROOT / grants.MACHINES[name]).read_text())
    given = {key: grants.label(value) for key, value in properties["DefinitionSubstitutions"].items()}
    tasks = list(_tasks(definition))
    invoked = {given[task["Parameters"]["FunctionName"].strip("${}")] for task in tasks}

    assert {task["Resource"] for task in tasks} == {"arn:aws:states:::lambda:invoke"}
    assert grants.granted(grants.label(properties["RoleArn"])) == {Grant("lambda:InvokeFunction", function) for function in invoked}


def test_a_schedule_may_invoke_its_target() -> None:
    for name, properties in grants.of_type("AWS::Scheduler::Schedule").items():
        target = properties["Target"]
        allowed = grants.granted(grants.label(target["RoleArn"]))
        assert allowed == {Grant("lambda:InvokeFunction", grants.label(target["Arn"]))}, name


def test_functions_are_invoked_by_what_the_template_names() -> None:
    """Each permission names its source: the API, the user pool."""
    for name, properties in grants.of_type("AWS::Lambda::Permission").items():
        assert properties["Action"] == "lambda:InvokeFunction", name
        assert properties["Principal"] in {"apigateway.amazonaws.com", "cognito-idp.amazonaws.com"}, name
        assert grants.label(properties["SourceArn"]) in {"HttpApi/*", "UserPool"}, name


def test_a_queue_takes_what_its_own_rule_sends() -> None:
    rules = grants.of_type("AWS::Events::Rule")
    policies = grants.of_type("AWS::SQS::QueuePolicy")
    targets = {
        name: {grants.label(target["Arn"]) for target in rule["Targets"]}
        | {grants.label(t["DeadLetterConfig"]["Arn"]) for t in rule["Targets"]}
        for name, rule in rules.items()
    }
    allowed: dict[str, set[str]] = {}
    for properties in policies.values():
        (statement,) = properties["PolicyDocument"]["Statement"]
        assert (statement["Principal"], statement["Action"]) == ({"Service": "events.amazonaws.com"}, "sqs:SendMessage")
        rule = grants.label(statement["Condition"]["ArnEquals"]["aws:SourceArn"])
        allowed[rule] = {grants.label(resource) for resource in statement["Resource"]}
        assert {grants.label(queue) for queue in properties["Queues"]} == allowed[rule]

    assert allowed == targets


def test_every_queue_that_is_read_is_one_that_the_function_may_read() -> None:
    mappings = grants.of_type("AWS::Lambda::EventSourceMapping").values()
    read = {(grants.label(p["FunctionName"]), grants.label(p["EventSourceArn"])) for p in mappings}
    may = {
        (grants.logical_id(function), grant.resource)
        for function in reach.functions()
        for grant in grants.granted(grants.role_of(function))
        if grant.action == "sqs:ReceiveMessage"
    }

    assert {function for function, _ in read} == {"EventsFunction", "PaymentTasksFunction"}
    assert may == read


def test_the_bucket_is_for_tls_and_its_media_for_the_cdn() -> None:
    policy = grants.of_type("AWS::S3::BucketPolicy")["BucketPolicy"]
    tls, media = policy["PolicyDocument"]["Statement"]

    assert (tls["Effect"], tls["Principal"], tls["Action"]) == ("Deny", "*", "s3:*")
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert {grants.label(resource) for resource in tls["Resource"]} == {"Bucket", "Bucket/*"}
    assert (media["Principal"], set(grants.grants(media))) == (
        {"Service": "cloudfront.amazonaws.com"},
        {Grant("s3:GetObject", "Bucket/media/*")},
    )
    assert grants.label(media["Condition"]["StringEquals"]["aws:SourceArn"]) == "distribution/Cdn"


def test_no_statement_of_ours_is_for_everything() -> None:
    for role in grants.of_type("AWS::IAM::Role"):
        for grant in grants.granted(role):
            assert "*" not in grant.action, (role, grant)
            assert not grant.resource.startswith("*"), (role, grant)


def _covers(grant: Grant, ask: Grant) -> bool:
    return grant.action == ask.action and fnmatchcase(ask.resource, grant.resource)


def _tasks(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [task for part in node for task in _tasks(part)]
    if not isinstance(node, dict):
        return []
    own = [node] if node.get("Type") == "Task" else []
    return own + [task for part in node.values() for task in _tasks(part)]
