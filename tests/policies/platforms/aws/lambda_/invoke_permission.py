"""Fixtures of AWS-SEC-06."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import FUNCTION, PERMISSION, TOPIC
from tests.policies.building import Stack
from tests.policies.cases import Cases, FailingCase, PassingCase


def permission(principal: Any, *, scoped: bool = False, **inputs: Any) -> Stack:
    stack = Stack()
    worker = stack.add(FUNCTION, "worker")
    topic = stack.add(TOPIC, "topic")
    source = {"sourceArn": topic.arn} if scoped else {}
    call = "lambda:InvokeFunction"
    stack.add(PERMISSION, "invoke", function=worker.name, action=call, principal=principal, **source, **inputs)
    return stack


CASES = Cases(
    rule="aws-sec-06",
    passing=[
        PassingCase(partial(permission, "sns.amazonaws.com", scoped=True)),
        PassingCase(partial(permission, "s3.amazonaws.com", sourceAccount="111122223333")),
        PassingCase(partial(permission, "alexa-appkit.amazon.com", eventSourceToken="amzn1.ask.skill.1")),
        PassingCase(partial(permission, "*", principalOrgId="o-1")),
    ],
    failing=[
        FailingCase(
            partial(permission, "sns.amazonaws.com"),
            "invoke",
            "the service may invoke the function on behalf of any account: neither sourceArn nor sourceAccount is set",
        ),
        FailingCase(partial(permission, "alexa-appkit.amazon.com"), "invoke", "on behalf of any account"),
        FailingCase(
            partial(permission, "*"),
            "invoke",
            "everybody may invoke the function, of every account",
            severity="critical",
        ),
        FailingCase(
            partial(permission, "*", functionUrlAuthType="NONE"),
            "invoke",
            "everybody may invoke the function",
            severity="critical",
        ),
    ],
    not_applicable=[
        partial(permission, "111122223333"),
        partial(permission, "arn:aws:iam::111122223333:role/service-role/team.amazon"),
    ],
    not_evaluated=[(partial(permission, UNKNOWN), "principal is not known")],
)
