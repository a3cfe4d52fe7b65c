"""Policies taken apart into grants, and the count of their uses."""

import json
import threading
from dataclasses import dataclass, field

from aws_emulator.iam import grants, recording
from aws_emulator.iam.checks import UncheckedPermissions
from aws_emulator.iam.recording import PermissionGrant, PermissionRecording, PermissionRefusal
from aws_emulator.iam.unenforced import UNENFORCED, find_unenforced_grant

QUEUE, TOPIC = "arn:aws:sqs:eu-west-1:111122223333:orders", "arn:aws:sns:eu-west-1:111122223333:alarms"
SEND = PermissionGrant("worker", "own", "sqs:SendMessage", QUEUE)
REFUSED = PermissionRefusal("worker", "sqs:PurgeQueue", QUEUE)


@dataclass
class FakeStatement:
    effect: str = "Allow"
    actions: list[str] = field(default_factory=list[str])
    not_actions: list[str] = field(default_factory=list[str])
    resources: list[str] = field(default_factory=list[str])
    not_resources: list[str] = field(default_factory=list[str])


def test_two_actions_on_three_resources_are_six_grants() -> None:
    statement = FakeStatement(actions=["s3:GetObject", "s3:PutObject"], resources=["a", "b", "c"])
    found = list(grants.expand_statement("worker", "own", statement))
    assert len(found) == 6
    assert PermissionGrant("worker", "own", "s3:PutObject", "c") in found


def test_what_denies_grants_nothing() -> None:
    assert list(grants.expand_statement("worker", "own", FakeStatement("Deny", ["s3:*"], resources=["*"]))) == []


def test_what_a_statement_leaves_out_is_one_grant() -> None:
    (found,) = grants.expand_statement("worker", "own", FakeStatement(not_actions=["iam:*", "sts:*"], resources=["*"]))
    assert found.action == "all but iam:*, sts:*"


def test_a_resources_policy_grants_to_the_services_that_it_names() -> None:
    statements = [
        {
            "Sid": "Publish",
            "Effect": "Allow",
            "Principal": {"Service": ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]},
            "Action": "sns:Publish",
            "Resource": TOPIC,
        },
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sns:Subscribe"},
        {"Effect": "Deny", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish"},
        {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish"},
    ]
    found = list(grants.expand_resource_policy(TOPIC, json.dumps({"Statement": statements})))
    assert found == [
        PermissionGrant(TOPIC, "Publish", "sns:Publish", "cloudwatch.amazonaws.com"),
        PermissionGrant(TOPIC, "Publish", "sns:Publish", "budgets.amazonaws.com"),
    ]


def test_a_policy_that_is_none_grants_nothing() -> None:
    for policy in (None, "", "{not json", "[]", {"Statement": ["a", 1]}, {"Statement": {"Effect": "Allow"}}):
        assert list(grants.expand_resource_policy(QUEUE, policy)) == []


def test_parts_of_arns() -> None:
    assert (grants.parse_account(QUEUE), grants.parse_region(QUEUE)) == ("111122223333", "eu-west-1")
    assert (grants.parse_account("arn:aws:s3:::bucket"), grants.parse_account("*")) == ("", "")
    assert grants.parse_role_name("arn:aws:sts::111122223333:assumed-role/worker/session") == "worker"
    assert grants.parse_role_name("arn:aws:iam::111122223333:user/ann") == "arn:aws:iam::111122223333:user/ann"


def test_uses_and_refusals_are_counted_and_survive_a_stop() -> None:
    before = PermissionRecording()
    before.record_use([SEND, SEND])
    before.record_refusal(REFUSED)
    after = PermissionRecording()
    after.load(json.loads(json.dumps(before.dump())))
    after.record_use([SEND])
    assert (after.count_uses(SEND), after.sum_counts()) == (3, (3, 1))
    assert after.list_refusals() == [{**REFUSED._asdict(), "count": 1}]
    after.clear()
    assert after.sum_counts() == (0, 0)


def test_counting_from_many_threads_loses_nothing() -> None:
    found = PermissionRecording()
    threads = [threading.Thread(target=lambda: [found.record_use([SEND]) for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found.count_uses(SEND) == 4_000


def test_refusals_of_ever_new_resources_do_not_fill_the_memory() -> None:
    found = PermissionRecording()
    for number in range(recording.MOST_REFUSALS + 10):
        found.record_refusal(PermissionRefusal("worker", "s3:GetObject", f"arn:aws:s3:::bucket/{number}"))
    found.record_refusal(PermissionRefusal("worker", "s3:GetObject", "arn:aws:s3:::bucket/0"))
    assert len(found.list_refusals()) == recording.MOST_REFUSALS
    assert max(refusal["count"] for refusal in found.list_refusals()) == 2


def test_where_nothing_is_enforced_everything_may_be_done() -> None:
    checks = UncheckedPermissions()
    assert checks.check_role("arn:aws:iam::1:role/r", "sqs:SendMessage", QUEUE) is None
    assert checks.check_resource_policy("sqs", QUEUE, "events.amazonaws.com", "sqs:SendMessage", "") is None


def test_what_only_aws_enforces_has_a_reason_and_a_source() -> None:
    assert len({entry.what for entry in UNENFORCED}) == len(UNENFORCED)
    for entry in UNENFORCED:
        assert entry.why, entry.what
        assert entry.source.startswith("https://docs.aws.amazon.com/"), entry.what


def test_a_grant_that_nothing_here_asks_for_is_distinguished_from_one_that_is_unused() -> None:
    traces = find_unenforced_grant("role", "xray:PutTraceSegments", "*")
    assert traces
    assert "X-Ray" in traces.why
    assert find_unenforced_grant("role", "sqs:SendMessage", QUEUE) is None
    assert find_unenforced_grant("role", "sns:Publish", TOPIC) is None
    assert find_unenforced_grant("resource", "sns:Publish", "budgets.amazonaws.com")
    assert find_unenforced_grant("resource", "sns:Publish", "cloudwatch.amazonaws.com") is None
