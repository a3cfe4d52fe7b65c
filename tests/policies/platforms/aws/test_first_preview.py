"""What rules about queues and asynchronous functions say in a first preview, where the cloud has decided nothing."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import pytest

from policies.core.values import UNKNOWN
from policies.platforms.aws.cloudwatch.alarms import alarm_topics
from policies.platforms.aws.links import ALARM, FUNCTION, INVOKE_CONFIG, MAPPING, QUEUE, TABLE, TARGET, TOPIC
from tests.policies.building import Stack, Text
from tests.policies.cases import judge_rule
from tests.policies.platforms.aws.apigateway.throttle_capacity import throttled_stage
from tests.policies.platforms.aws.dynamodb.autoscaling import table_with_scaling
from tests.policies.platforms.aws.dynamodb.autoscaling_bounds import table_with_indexes
from tests.policies.platforms.aws.eventbridge import dead_letter_queue as target_dead_letters
from tests.policies.platforms.aws.lambda_ import async_failures
from tests.policies.platforms.aws.sqs import dead_letter_queue, receive_count
from tests.policies.platforms.aws.sqs.dead_letter_alarm import math, queue_with_alarm, queue_with_computed_alarm

BOTH = ("Read", "Write")
Build = Callable[[], Stack]


def statuses(rule: str, stack: Stack) -> Mapping[str, str]:
    return {result.resource.name: result.status for result in judge_rule(rule, stack.graph(hidden=True))}


def statuses_of(rule: str, build: Build, name: str) -> list[str]:
    return [r.status for r in judge_rule(rule, build().graph(hidden=True)) if r.resource.name == name]


@pytest.mark.parametrize("build", dead_letter_queue.RECEIVERS)
def test_a_queue_that_holds_dead_letters_is_known_before_it_has_an_arn(build: Build) -> None:
    assert statuses_of("aws-res-02", build, "dead") == ["not applicable"]


@pytest.mark.parametrize("build", [dead_letter_queue.inline_redrive, dead_letter_queue.redrive_apart])
def test_a_redrive_policy_made_of_an_arn_is_seen_before_it_can_be_read(build: Build) -> None:
    assert statuses_of("aws-res-02", build, "orders") == ["pass"]


def test_a_schedule_says_which_of_two_queues_gets_its_failures_only_when_their_arns_are_known() -> None:
    assert statuses_of("aws-res-02", partial(dead_letter_queue.scheduled_queue, dead=True), "orders") == [
        "not evaluated"
    ]


def test_destinations_that_are_no_queues_do_not_hide_that_a_queue_has_no_dead_letters() -> None:
    def build() -> Stack:
        stack = dead_letter_queue.lone_queue()
        done, failed = stack.add(TOPIC, "done"), stack.add(FUNCTION, "failed")
        config = {"onSuccess": {"destination": done.arn}, "onFailure": {"destination": failed.arn}}
        stack.add(INVOKE_CONFIG, "c", destinationConfig=config)
        return stack

    assert statuses_of("aws-res-02", build, "orders") == ["fail"]


def test_a_function_reading_a_stream_does_not_hide_who_reads_a_queue() -> None:
    def build() -> Stack:
        stack = receive_count.queue_with_redrive(4)
        stack.add(MAPPING, "m", eventSourceArn=stack.add(TABLE, "t").stream_arn)
        return stack

    assert statuses_of("aws-res-03", build, "orders") == ["fail"]


def test_a_target_that_is_no_function_does_not_hide_who_invokes_one() -> None:
    def build() -> Stack:
        stack = Stack()
        stack.add(FUNCTION, "worker")
        stack.add(TARGET, "t", arn=stack.add(QUEUE, "orders").arn)
        return stack

    assert statuses_of("aws-res-07", build, "worker") == ["not applicable"]


@pytest.mark.parametrize(
    ("build", "verdict"),
    [
        (partial(async_failures.function_with_queue, async_failures.schedule, alias=True), "pass"),
        (partial(async_failures.triggered_function, async_failures.rule, alias=True), "fail"),
        (partial(async_failures.alias_with_destination, called_by="live", holds_for="live"), "pass"),
        (partial(async_failures.alias_with_destination, called_by="live", holds_for="next"), "fail"),
    ],
)
def test_where_a_function_keeps_failures_is_known_before_anything_has_an_arn(build: Build, verdict: str) -> None:
    assert statuses_of("aws-res-07", build, "worker") == [verdict]


@pytest.mark.parametrize("kind", target_dead_letters.KINDS)
def test_a_dead_letter_queue_without_an_arn_yet_is_one(kind: str) -> None:
    assert statuses_of("aws-res-09", partial(target_dead_letters.target_with_queue, kind), "to-worker") == ["pass"]


def test_a_block_that_is_unknown_as_a_whole_may_lack_the_dead_letter_queue() -> None:
    def build() -> Stack:
        stack = Stack()
        stack.add(TARGET, "t", deadLetterConfig=Text({"arn": stack.add(QUEUE, "dead").arn}))
        return stack

    assert statuses_of("aws-res-09", build, "t") == ["not evaluated"]


def test_a_first_preview_knows_the_topics_of_an_alarm_by_what_its_actions_depend_on() -> None:
    stack = Stack()
    topic = stack.add(TOPIC, "alarms")
    stack.add(ALARM, "alarm", alarmActions=[topic.arn])
    graph = stack.graph(hidden=True)
    alarm, found = graph.of_type(ALARM)[0], graph.of_type(TOPIC)
    assert alarm.raw("alarmActions") == [UNKNOWN]
    assert alarm_topics(alarm, graph) == (found, False)


def test_a_first_preview_knows_what_an_alarm_watches() -> None:
    verdicts = [
        {r.resource.name: r.status for r in judge_rule("aws-obs-01", stack.graph(hidden=True))}["dead"]
        for stack in (queue_with_alarm(), queue_with_alarm(2), queue_with_computed_alarm(math("m1")))
    ]
    assert verdicts == ["pass", "fail", "pass"]


@pytest.mark.parametrize(("accesses", "status"), [(BOTH, "pass"), (["Read"], "fail"), ([], "fail")])
def test_a_policy_that_passes_on_what_its_target_says_scales_the_targets_table(
    accesses: Sequence[str], status: str
) -> None:
    assert statuses("aws-sca-07", table_with_scaling("PROVISIONED", accesses))["orders"] == status


def test_an_index_that_a_target_names_beside_an_unknown_table_is_not_evaluated_and_the_table_is() -> None:
    stack = table_with_indexes({"due": BOTH})
    assert statuses("aws-sca-08", stack)["orders"] == "not evaluated"
    assert statuses("aws-sca-07", stack)["orders"] == "pass"


def test_a_route_leads_through_its_integration_to_the_function_of_an_alias() -> None:
    assert statuses("aws-sca-05", throttled_stage(400, reserved=100, alias=True))["stage"] == "pass"
    assert statuses("aws-sca-05", throttled_stage(401, reserved=100, alias=True))["stage"] == "fail"
