"""What rules about queues and asynchronous functions say in a first preview, where the cloud has decided nothing."""

from collections.abc import Callable
from functools import partial

import pytest

from policies.rules.aws.links import FUNCTION, INVOKE_CONFIG, MAPPING, QUEUE, TABLE, TARGET, TOPIC
from tests.policies.aws import res_02, res_03, res_07, res_09
from tests.policies.building import Stack, Text
from tests.policies.cases import judged

Build = Callable[[], Stack]


def said(rule: str, build: Build, name: str) -> list[str]:
    return [r.status for r in judged(rule, build().graph(hidden=True)) if r.resource.name == name]


@pytest.mark.parametrize("build", res_02.HELD)
def test_a_queue_that_holds_dead_letters_is_known_before_it_has_an_arn(build: Build) -> None:
    assert said("aws-res-02", build, "dead") == ["not applicable"]


@pytest.mark.parametrize("build", [res_02.inline, res_02.apart])
def test_a_redrive_policy_made_of_an_arn_is_seen_before_it_can_be_read(build: Build) -> None:
    assert said("aws-res-02", build, "orders") == ["pass"]


def test_a_schedule_says_which_of_two_queues_gets_its_failures_only_when_their_arns_are_known() -> None:
    assert said("aws-res-02", partial(res_02.scheduled, dead=True), "orders") == ["not evaluated"]


def test_destinations_that_are_no_queues_do_not_hide_that_a_queue_has_no_dead_letters() -> None:
    def build() -> Stack:
        stack = res_02.alone()
        told, failed = stack.add(TOPIC, "told"), stack.add(FUNCTION, "failed")
        config = {"onSuccess": {"destination": told.arn}, "onFailure": {"destination": failed.arn}}
        stack.add(INVOKE_CONFIG, "c", destinationConfig=config)
        return stack

    assert said("aws-res-02", build, "orders") == ["fail"]


def test_a_function_reading_a_stream_does_not_hide_who_reads_a_queue() -> None:
    def build() -> Stack:
        stack = res_03.redriven(4)
        stack.add(MAPPING, "m", eventSourceArn=stack.add(TABLE, "t").stream_arn)
        return stack

    assert said("aws-res-03", build, "orders") == ["fail"]


def test_a_target_that_is_no_function_does_not_hide_who_invokes_one() -> None:
    def build() -> Stack:
        stack = Stack()
        stack.add(FUNCTION, "worker")
        stack.add(TARGET, "t", arn=stack.add(QUEUE, "orders").arn)
        return stack

    assert said("aws-res-07", build, "worker") == ["not applicable"]


@pytest.mark.parametrize(
    ("build", "verdict"),
    [
        (partial(res_07.letters, res_07.schedule, alias=True), "pass"),
        (partial(res_07.called, res_07.rule, alias=True), "fail"),
        (partial(res_07.on_failure, called_by="live", holds_for="live"), "pass"),
        (partial(res_07.on_failure, called_by="live", holds_for="next"), "fail"),
    ],
)
def test_where_a_function_keeps_failures_is_known_before_anything_has_an_arn(build: Build, verdict: str) -> None:
    assert said("aws-res-07", build, "worker") == [verdict]


@pytest.mark.parametrize("kind", res_09.KINDS)
def test_a_dead_letter_queue_without_an_arn_yet_is_one(kind: str) -> None:
    assert said("aws-res-09", partial(res_09.kept, kind), "to-worker") == ["pass"]


def test_a_block_that_is_unknown_as_a_whole_may_lack_the_dead_letter_queue() -> None:
    def build() -> Stack:
        stack = Stack()
        stack.add(TARGET, "t", deadLetterConfig=Text({"arn": stack.add(QUEUE, "dead").arn}))
        return stack

    assert said("aws-res-09", build, "t") == ["not evaluated"]
