"""The supplement `permissions` on a running plane: what it lists, what it answers, what it keeps."""

import json
from pathlib import Path
from typing import Any

import pytest
from running_emulator import RunningEmulator, make_name, run_emulator, wait_until

pytestmark = pytest.mark.plane
SEND = """
    import boto3
    def handler(event, context):
        boto3.client("sqs").send_message(QueueUrl=event, MessageBody="x")
"""
TALKS = """
    def handler(event, context):
        print("a line")
"""


def role(plane: RunningEmulator, *statements: dict[str, Any], service: str = "lambda") -> str:
    """The ARN of a new role."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": f"{service}.amazonaws.com"}}
    name, iam = make_name("role"), plane.clients.iam
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
    return str(made["Role"]["Arn"])


def document(*statements: dict[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str, resource: str) -> dict[str, Any]:
    """A statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def list_actions(plane: RunningEmulator) -> Any:
    """Everything that is recorded."""
    return plane.http("GET", "/_sandbox/permissions").json()


def uses(plane: RunningEmulator, role_arn: str) -> dict[str, int]:
    """The count of each of a role's grants, by its action."""
    holder = role_arn.rpartition("/")[2]
    return {grant["action"]: grant["used"] for grant in list_actions(plane)["grants"] if grant["holder"] == holder}


def check(plane: RunningEmulator, **question: str) -> str | None:
    """The answer that a service would get."""
    denied: str | None = plane.http("GET", "/_sandbox/permissions/check", params=question).json()["denied"]
    return denied


def test_a_use_is_counted_for_the_grant_that_allowed_it_and_a_refusal_for_nobody(emulator: RunningEmulator) -> None:
    queue, other = emulator.queue(), emulator.queue()
    arn = role(emulator, allow("sqs:Send*", emulator.arn_of(queue)), allow("sqs:ReceiveMessage", "*"))
    function = emulator.function(SEND, Role=arn, Timeout=15)
    assert emulator.invoke(function, queue)["error"] is None
    assert emulator.invoke(function, other)["error"] == "Unhandled"
    assert uses(emulator, arn) == {"sqs:Send*": 1, "sqs:ReceiveMessage": 0}
    refusal = {"holder": arn.rpartition("/")[2], "action": "sqs:SendMessage", "resource": emulator.arn_of(other)}
    assert {**refusal, "count": 1} in list_actions(emulator)["refused"]


def test_a_service_is_answered_in_awss_words_and_counted(emulator: RunningEmulator) -> None:
    queue = emulator.arn_of(emulator.queue())
    arn = role(emulator, allow("sqs:SendMessage", queue), service="scheduler")
    question = {"role": arn, "resource": queue}
    assert check(emulator, **question, action="sqs:SendMessage", service="scheduler.amazonaws.com") is None
    assert uses(emulator, arn) == {"sqs:SendMessage": 1}
    denied = check(emulator, **question, action="sqs:ReceiveMessage") or ""
    assert denied.endswith("because no identity-based policy allows the sqs:ReceiveMessage action")
    assert "sts:AssumeRole" in (
        check(emulator, **question, action="sqs:SendMessage", service="events.amazonaws.com") or ""
    )
    assert "sts:AssumeRole" in (check(emulator, role=f"{arn}-gone", resource=queue, action="sqs:SendMessage") or "")


def test_a_simulation_is_no_use(emulator: RunningEmulator) -> None:
    arn = role(emulator, allow("sqs:SendMessage", "*"))
    emulator.clients.iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["sqs:SendMessage"])
    assert uses(emulator, arn) == {"sqs:SendMessage": 0}


def test_other_paths_and_methods_have_nothing(emulator: RunningEmulator) -> None:
    for method, path in (("GET", "nothing"), ("POST", ""), ("PUT", "check")):
        answer = emulator.http(method, f"/_sandbox/permissions/{path}", headers={"X-Sandbox": "1"})
        assert answer.status_code == 404, (method, path)


def test_counts_survive_a_stop_and_a_start(tmp_path: Path) -> None:
    with run_emulator(tmp_path) as plane:
        arn = role(plane, allow("sqs:SendMessage", "*"))
        check(plane, role=arn, resource="arn:aws:sqs:us-east-1:000000000000:q", action="sqs:SendMessage")
    with run_emulator(tmp_path) as plane:
        assert uses(plane, arn) == {"sqs:SendMessage": 1}
        assert plane.http("DELETE", "/_sandbox/permissions", headers={"X-Sandbox": "1"}).status_code == 200
        assert uses(plane, arn) == {"sqs:SendMessage": 0}


def test_the_emulator_alone_lets_a_function_log_without_the_right(emulator_alone: RunningEmulator) -> None:
    function = emulator_alone.function(TALKS, Role=role(emulator_alone))
    emulator_alone.invoke(function)
    group = f"/aws/lambda/{function.rpartition(':')[2]}"
    found = emulator_alone.clients.logs.filter_log_events
    wait_until(lambda: found(logGroupName=group, filterPattern="line")["events"], "the line")


def test_the_emulator_alone_lets_a_rule_send_to_a_queue_that_is_closed(emulator_alone: RunningEmulator) -> None:
    events, queue, name = emulator_alone.clients.events, emulator_alone.queue(), make_name("rule")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": ["tests"]}))
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": emulator_alone.arn_of(queue)}])
    events.put_events(Entries=[{"Source": "tests", "DetailType": "t", "Detail": "{}"}])
    wait_until(lambda: emulator_alone.take_messages(queue), "the event")
