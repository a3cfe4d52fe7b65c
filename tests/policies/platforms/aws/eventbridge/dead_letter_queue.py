"""Fixtures of AWS-RES-09."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import FUNCTION, QUEUE, SCHEDULE, TARGET
from tests.policies.building import Concatenation, Stack
from tests.policies.cases import Cases, FailingCase, PassingCase

ELSEWHERE = "arn:aws:sqs:us-east-1:111122223333:elsewhere"
KINDS = (TARGET, SCHEDULE)


def target(**given: Any) -> Stack:
    stack = Stack()
    stack.add(TARGET, "to-worker", arn=stack.add(FUNCTION, "worker").arn, **given)
    return stack


def schedule(**given: Any) -> Stack:
    stack = Stack()
    stack.add(SCHEDULE, "nightly", target={"arn": stack.add(FUNCTION, "worker").arn, **given})
    return stack


def target_with_queue(kind: str) -> Stack:
    stack = Stack()
    config: dict[str, Any] = {"deadLetterConfig": {"arn": stack.add(QUEUE, "dead").arn}}
    config = config if kind == TARGET else {"target": config}
    stack.add(kind, "to-worker", **config)
    return stack


def unknown_schedule() -> Stack:
    stack = Stack()
    stack.add(SCHEDULE, "nightly", target=UNKNOWN)
    return stack


def target_with_unknown_block() -> Stack:
    """A block of which only the queue is known that it comes from: it may be empty all the same."""
    stack = Stack()
    stack.add(TARGET, "to-worker", deadLetterConfig=Concatenation([stack.add(QUEUE, "dead").arn, UNKNOWN]))
    return stack


SAYS = "has no dead-letter queue (0 of 1)"

CASES = Cases(
    rule="aws-res-09",
    passing=[
        *[PassingCase(partial(target_with_queue, kind)) for kind in KINDS],
        PassingCase(partial(target, deadLetterConfig={"arn": ELSEWHERE})),
        PassingCase(partial(schedule, deadLetterConfig={"arn": ELSEWHERE})),
    ],
    failing=[
        FailingCase(target, "to-worker", SAYS, 0, 1),
        FailingCase(partial(target, deadLetterConfig={}), "to-worker", SAYS, 0, 1),
        FailingCase(partial(target, retryPolicy={"maximumRetryAttempts": 185}), "to-worker", SAYS, 0, 1),
        FailingCase(schedule, "nightly", "to a standard queue in its target", 0, 1),
        FailingCase(partial(schedule, deadLetterConfig={"arn": ""}), "nightly", SAYS, 0, 1),
    ],
    not_applicable=[],
    not_evaluated=[
        (partial(target, deadLetterConfig=UNKNOWN), "deadLetterConfig.arn is not known"),
        (partial(target, deadLetterConfig={"arn": UNKNOWN}), "deadLetterConfig.arn is not known"),
        (target_with_unknown_block, "deadLetterConfig.arn is not known"),
        (unknown_schedule, "target.deadLetterConfig.arn is not known"),
    ],
)
