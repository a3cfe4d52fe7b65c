"""Fixtures of AWS-OBS-03."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import ALARM, COMPOSITE_ALARM, TOPIC
from tests.policies.building import Stack
from tests.policies.cases import Cases, FailingCase, PassingCase


def alarm(type_: str = ALARM, *, heard: bool = False, **inputs: Any) -> Stack:
    stack = Stack()
    topic = stack.add(TOPIC, "topic")
    stack.add(type_, "alarm", **({"alarmActions": [topic.arn]} if heard else {}), **inputs)
    return stack


def composite_alarm(*, rule: str | None = None, heard: bool = True) -> Stack:
    """An alarm that a composite alarm speaks for, by dependency or by the name in its rule."""
    stack = Stack()
    part = stack.add(ALARM, "part", name="part")
    actions: Any = {"alarmActions": ["arn:aws:sns:elsewhere"]} if heard else {}
    stack.add(COMPOSITE_ALARM, "composite", alarmRule=part.arn if rule is None else rule, **actions)
    return stack


def unknown_rule() -> Stack:
    stack = Stack()
    stack.add(ALARM, "part", name="part")
    stack.add(COMPOSITE_ALARM, "composite", alarmRule=UNKNOWN, alarmActions=["arn:aws:sns:elsewhere"])
    return stack


def composite_of_one_of_two(rule: str) -> Stack:
    stack = composite_alarm(rule=rule)
    stack.add(ALARM, "other", name="other", alarmActions=["arn:aws:sns:elsewhere"])
    return stack


CASES = Cases(
    rule="aws-obs-03",
    passing=[
        PassingCase(partial(alarm, heard=True)),
        PassingCase(partial(alarm, heard=True, actionsEnabled=True)),
        PassingCase(partial(alarm, COMPOSITE_ALARM, heard=True, alarmRule="TRUE")),
        PassingCase(composite_alarm),
        PassingCase(partial(composite_of_one_of_two, 'ALARM("part") OR ALARM(other)')),
        PassingCase(partial(composite_alarm, rule="NOT OK( part )")),
    ],
    failing=[
        FailingCase(alarm, "alarm", "it has 0 actions for when it fires; nobody hears it; set alarmActions", 0, 1),
        FailingCase(partial(alarm, okActions=["arn:aws:sns:elsewhere"]), "alarm", "0 actions", 0, 1),
        FailingCase(
            partial(alarm, heard=True, actionsEnabled=False),
            "alarm",
            "it has 1 actions for when it fires, and actionsEnabled is false; nobody hears it; set actionsEnabled",
            0,
            1,
        ),
        FailingCase(partial(alarm, COMPOSITE_ALARM, alarmRule="TRUE"), "alarm", "0 actions", 0, 1),
        FailingCase(partial(composite_alarm, heard=False), "composite", "0 actions", 0, 1),
        FailingCase(partial(composite_of_one_of_two, "ALARM(another)"), "part", "0 actions", 0, 1),
    ],
    not_applicable=[],
    not_evaluated=[
        (partial(alarm, alarmActions=UNKNOWN), "alarmActions is not known"),
        (partial(alarm, heard=True, actionsEnabled=UNKNOWN), "actionsEnabled is not known"),
        (unknown_rule, "what CompositeAlarm 'composite' refers to by alarmRule"),
    ],
)
