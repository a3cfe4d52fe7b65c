"""Policies taken apart into grants, and the count of their uses."""

import json
import threading
from dataclasses import dataclass, field

from aws_emulator.permissions import grants, recording
from aws_emulator.permissions.checks import Unchecked
from aws_emulator.permissions.recording import Grant, Recording, Refusal
from aws_emulator.permissions.unenforced import UNENFORCED, unenforced_grant

QUEUE, TOPIC = "arn:aws:sqs:eu-west-1:111122223333:orders", "arn:aws:sns:eu-west-1:111122223333:alarms"
SEND = Grant("worker", "own", "sqs:SendMessage", QUEUE)
REFUSED = Refusal("worker", "sqs:PurgeQueue", QUEUE)


@dataclass
class Statement:
    effect: str = "Allow"
    actions: list[str] = field(default_factory=list[str])
    not_actions: list[str] = field(default_factory=list[str])
    resources: list[str] = field(default_factory=list[str])
    not_resources: list[str] = field(default_factory=list[str])


def test_two_actions_on_three_resources_are_six_grants() -> None:
    statement = Statement(actions=["s3:GetObject", "s3:PutObject"], resources=["a", "b", "c"])
    found = list(grants.of_statement("worker", "own", statement))
    assert len(found) == 6
    assert Grant("worker", "own", "s3:PutObject", "c") in found


def test_what_denies_grants_nothing() -> None:
    assert list(grants.of_statement("worker", "own", Statement("Deny", ["s3:*"], resources=["*"]))) == []


def test_what_a_statement_leaves_out_is_one_grant() -> None:
    (found,) = grants.of_statement("worker", "own", Statement(not_actions=["iam:*", "sts:*"], resources=["*"]))
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
    found = list(grants.of_resource_policy(TOPIC, json.dumps({"Statement": statements})))
    assert found == [
        Grant(TOPIC, "Publish", "sns:Publish", "cloudwatch.amazonaws.com"),
        Grant(TOPIC, "Publish", "sns:Publish", "budgets.amazonaws.com"),
    ]


def test_a_policy_that_is_none_grants_nothing() -> None:
    for policy in (None, "", "{not json", "[]", {"Statement": ["a", 1]}, {"Statement": {"Effect": "Allow"}}):
        assert list(grants.of_resource_policy(QUEUE, policy)) == []


def test_parts_of_arns() -> None:
    assert (grants.account_of(QUEUE), grants.region_of(QUEUE)) == ("111122223333", "eu-west-1")
    assert (grants.account_of("arn:aws:s3:::bucket"), grants.account_of("*")) == ("", "")
    assert grants.role_of("arn:aws:sts::111122223333:assumed-role/worker/session") == "worker"
    assert grants.role_of("arn:aws:iam::111122223333:user/ann") == "arn:aws:iam::111122223333:user/ann"


def test_uses_and_refusals_are_counted_and_survive_a_stop() -> None:
    before = Recording()
    before.used([SEND, SEND])
    before.refused(REFUSED)
    after = Recording()
    after.restore(json.loads(json.dumps(before.saved())))
    after.used([SEND])
    assert (after.count(SEND), after.totals()) == (3, (3, 1))
    assert after.refusals() == [{**REFUSED._asdict(), "count": 1}]
    after.forget()
    assert after.totals() == (0, 0)


def test_counting_from_many_threads_loses_nothing() -> None:
    found = Recording()
    threads = [threading.Thread(target=lambda: [found.used([SEND]) for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found.count(SEND) == 4_000


def test_refusals_of_ever_new_resources_do_not_fill_the_memory() -> None:
    found = Recording()
    for number in range(recording.MOST_REFUSALS + 10):
        found.refused(Refusal("worker", "s3:GetObject", f"arn:aws:s3:::bucket/{number}"))
    found.refused(Refusal("worker", "s3:GetObject", "arn:aws:s3:::bucket/0"))
    assert len(found.refusals()) == recording.MOST_REFUSALS
    assert max(refusal["count"] for refusal in found.refusals()) == 2


def test_where_nothing_is_enforced_everything_may_be_done() -> None:
    checks = Unchecked()
    assert checks.check_role("arn:aws:iam::1:role/r", "sqs:SendMessage", QUEUE) is None
    assert checks.check_resource_policy("sqs", QUEUE, "events.amazonaws.com", "sqs:SendMessage", "") is None


def test_what_only_aws_enforces_has_a_reason_and_a_source() -> None:
    assert len({entry.what for entry in UNENFORCED}) == len(UNENFORCED)
    for entry in UNENFORCED:
        assert entry.why, entry.what
        assert entry.source.startswith("https://docs.aws.amazon.com/"), entry.what


def test_a_grant_that_nothing_here_asks_for_is_told_from_one_that_is_unused() -> None:
    traces = unenforced_grant("role", "xray:PutTraceSegments", "*")
    assert traces
    assert "X-Ray" in traces.why
    assert unenforced_grant("role", "sqs:SendMessage", QUEUE) is None
    assert unenforced_grant("role", "sns:Publish", TOPIC) is None
    assert unenforced_grant("resource", "sns:Publish", "budgets.amazonaws.com")
    assert unenforced_grant("resource", "sns:Publish", "cloudwatch.amazonaws.com") is None
