"""Fixtures of AWS-RES-02."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import (
    EVENT_BUS,
    FUNCTION,
    INVOKE_CONFIG,
    MAPPING,
    PIPE,
    QUEUE,
    REDRIVE,
    REDRIVE_ALLOW,
    SCHEDULE,
    SUBSCRIPTION,
    TARGET,
    TOPIC,
)
from tests.policies.building import Concatenation, Declaration, Ref, Stack, Text
from tests.policies.cases import Cases, FailingCase, PassingCase

ELSEWHERE = "arn:aws:sqs:us-east-1:111122223333:elsewhere"
SAYS = "has no dead-letter queue (0 of 1)"


def redrive_policy(arn: Any, count: Any = 5) -> Text:
    return Text({"deadLetterTargetArn": arn, "maxReceiveCount": count})


def lone_queue(**queue: Any) -> Stack:
    stack = Stack()
    stack.add(QUEUE, "orders", **queue)
    return stack


def inline_redrive() -> Stack:
    stack = Stack()
    dead = stack.add(QUEUE, "orders-dlq")
    stack.add(QUEUE, "orders", redrivePolicy=redrive_policy(dead.arn))
    return stack


def redrive_apart() -> Stack:
    stack = Stack()
    dead, orders = stack.add(QUEUE, "orders-dlq"), stack.add(QUEUE, "orders")
    stack.add(REDRIVE, "orders", queueUrl=orders.url, redrivePolicy=redrive_policy(dead.arn))
    return stack


def _subscription(stack: Stack, dead: Declaration) -> None:
    redrive = Text({"deadLetterTargetArn": dead.arn})
    stack.add(SUBSCRIPTION, "s", topic=stack.add(TOPIC, "t").arn, redrivePolicy=redrive)


def _schedule(stack: Stack, dead: Declaration) -> None:
    worker = stack.add(FUNCTION, "worker")
    stack.add(SCHEDULE, "s", target={"arn": worker.arn, "deadLetterConfig": {"arn": dead.arn}})


def _function(stack: Stack, dead: Declaration) -> None:
    stack.add(FUNCTION, "worker", deadLetterConfig={"targetArn": dead.arn})


def _target(stack: Stack, dead: Declaration) -> None:
    stack.add(TARGET, "t", deadLetterConfig={"arn": dead.arn})


def _bus(stack: Stack, dead: Declaration) -> None:
    stack.add(EVENT_BUS, "b", deadLetterConfig={"arn": dead.arn})


def _mapping(stack: Stack, dead: Declaration) -> None:
    stack.add(MAPPING, "m", destinationConfig={"onFailure": {"destinationArn": dead.arn}})


def _destination(stack: Stack, dead: Declaration) -> None:
    stack.add(INVOKE_CONFIG, "c", destinationConfig={"onFailure": {"destination": dead.arn}})


def _table_pipe(stack: Stack, dead: Declaration) -> None:
    of = {"deadLetterConfig": {"arn": dead.arn}}
    stack.add(PIPE, "p", sourceParameters={"dynamodbStreamParameters": of})


def _stream_pipe(stack: Stack, dead: Declaration) -> None:
    of = {"deadLetterConfig": {"arn": dead.arn}}
    stack.add(PIPE, "p", sourceParameters={"kinesisStreamParameters": of})


def _allowed(stack: Stack, dead: Declaration) -> None:
    stack.add(REDRIVE_ALLOW, "a", queueUrl=dead.url, redriveAllowPolicy=Text({"redrivePermission": "byQueue"}))


def receiver_of(send: Any) -> Stack:
    stack = Stack()
    send(stack, stack.add(QUEUE, "dead"))
    return stack


def scheduled_queue(*, dead: bool) -> Stack:
    """A schedule that sends to one queue, and what fails to another: only the one lacks a dead-letter queue."""
    stack = Stack()
    orders, lost = stack.add(QUEUE, "orders"), stack.add(QUEUE, "lost")
    config = {"deadLetterConfig": {"arn": lost.arn}} if dead else {"deadLetterConfig": {"arn": ELSEWHERE}}
    if not dead:
        stack.made.remove(lost)
    stack.add(SCHEDULE, "s", target={"arn": orders.arn, **config})
    return stack


def destination_queues() -> Stack:
    """A function that sends what it did to one queue, and what it failed to another."""
    stack = Stack()
    done, lost = stack.add(QUEUE, "done"), stack.add(QUEUE, "lost")
    config = {"onSuccess": {"destination": done.arn}, "onFailure": {"destination": lost.arn}}
    stack.add(INVOKE_CONFIG, "c", destinationConfig=config)
    return stack


def denying_queue() -> Stack:
    stack = lone_queue()
    stack.add(REDRIVE_ALLOW, "a", queueUrl=stack.made[0].url, redriveAllowPolicy=Text({"redrivePermission": "denyAll"}))
    return stack


def queue_beside_unknown_sender() -> Stack:
    stack = lone_queue()
    stack.add(FUNCTION, "worker", deadLetterConfig={"targetArn": UNKNOWN})
    return stack


def queue_beside_unknown_schedule() -> Stack:
    stack = lone_queue()
    stack.add(SCHEDULE, "s", target={"arn": ELSEWHERE, "deadLetterConfig": {"arn": UNKNOWN}})
    return stack


def undecided_value(ref: Ref) -> Concatenation:
    """A value of which it is only known what it comes from."""
    return Concatenation([ref, UNKNOWN])


def _undecided_function(stack: Stack, dead: Declaration) -> None:
    stack.add(FUNCTION, "worker", deadLetterConfig={"targetArn": undecided_value(dead.arn)})


def _undecided_schedule(stack: Stack, dead: Declaration) -> None:
    worker = stack.add(FUNCTION, "worker")
    config = {"arn": undecided_value(dead.arn)}
    stack.add(SCHEDULE, "s", target={"arn": undecided_value(worker.arn), "deadLetterConfig": config})


def undecided_between_queues() -> Stack:
    stack = Stack()
    orders, lost = stack.add(QUEUE, "orders"), stack.add(QUEUE, "lost")
    config = {"arn": undecided_value(lost.arn)}
    stack.add(SCHEDULE, "s", target={"arn": undecided_value(orders.arn), "deadLetterConfig": config})
    return stack


SENDERS = (
    _subscription,
    _schedule,
    _function,
    _target,
    _bus,
    _mapping,
    _destination,
    _table_pipe,
    _stream_pipe,
    _allowed,
)
RECEIVERS = [partial(receiver_of, send) for send in SENDERS]

CASES = Cases(
    rule="aws-res-02",
    passing=[
        PassingCase(inline_redrive),
        PassingCase(redrive_apart),
        PassingCase(partial(lone_queue, redrivePolicy=Text({"deadLetterTargetArn": ELSEWHERE, "maxReceiveCount": 5}))),
        PassingCase(partial(lone_queue, redrivePolicy={"deadLetterTargetArn": ELSEWHERE, "maxReceiveCount": 5})),
    ],
    failing=[
        FailingCase(lone_queue, "orders", SAYS, 0, 1),
        FailingCase(partial(lone_queue, fifoQueue=True), "orders", "redrive_allow_policy 'byQueue'", 0, 1),
        FailingCase(partial(lone_queue, redrivePolicy="{}"), "orders", SAYS, 0, 1),
        FailingCase(
            partial(lone_queue, redriveAllowPolicy=Text({"redrivePermission": "denyAll"})), "orders", SAYS, 0, 1
        ),
        FailingCase(denying_queue, "orders", SAYS, 0, 1),
        FailingCase(partial(scheduled_queue, dead=True), "orders", SAYS, 0, 1),
        FailingCase(partial(scheduled_queue, dead=False), "orders", SAYS, 0, 1),
        FailingCase(destination_queues, "done", SAYS, 0, 1),
    ],
    not_applicable=[
        *RECEIVERS,
        partial(receiver_of, _undecided_function),
        partial(receiver_of, _undecided_schedule),
        partial(lone_queue, redriveAllowPolicy=Text({"redrivePermission": "byQueue"})),
    ],
    not_evaluated=[
        (partial(lone_queue, redrivePolicy=UNKNOWN), "redrivePolicy.deadLetterTargetArn is not known"),
        (partial(lone_queue, redrivePolicy="none"), "redrivePolicy is no JSON document"),
        (partial(lone_queue, redriveAllowPolicy=UNKNOWN), "redriveAllowPolicy.redrivePermission is not known"),
        (queue_beside_unknown_sender, "where Function 'worker' sends its failures"),
        (undecided_between_queues, "where Schedule 's' sends its failures"),
        (queue_beside_unknown_schedule, "where Schedule 's' sends its failures"),
    ],
)
