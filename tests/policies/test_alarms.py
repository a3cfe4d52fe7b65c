"""What alarms tell even before anything exists."""

from policies.core.values import UNKNOWN
from policies.rules.aws.alarms import topics
from policies.rules.aws.links import ALARM, TOPIC
from tests.policies.aws.obs_01 import alarmed, computed, math
from tests.policies.building import Stack
from tests.policies.cases import judged


def test_a_first_preview_knows_the_topics_of_an_alarm_by_what_its_actions_depend_on() -> None:
    stack = Stack()
    topic = stack.add(TOPIC, "alarms")
    stack.add(ALARM, "alarm", alarmActions=[topic.arn])
    graph = stack.graph(hidden=True)
    alarm, found = graph.of(ALARM)[0], graph.of(TOPIC)
    assert alarm.raw("alarmActions") == [UNKNOWN]
    assert topics(alarm, graph) == (found, False)


def test_a_first_preview_knows_what_an_alarm_watches() -> None:
    verdicts = [
        {r.resource.name: r.status for r in judged("aws-obs-01", stack.graph(hidden=True))}["dead"]
        for stack in (alarmed(), alarmed(2), computed(math("m1")))
    ]
    assert verdicts == ["pass", "fail", "pass"]
