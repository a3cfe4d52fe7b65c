"""AWS-OBS-05: a function's errors and throttles raise alarms, and its calls are traced."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.core.resource import Resource
from policies.core.rule import Rule, RuleContext, Violation, texts
from policies.platforms.aws.cloudwatch.alarms import function_metric, has_alarm
from policies.platforms.aws.links import ALARM, FUNCTION

ALARMS = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html"
)
TRACING = "https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html"
MODE = "tracingConfig.mode"
ACTIVE = "Active"


def check(function: Resource, context: RuleContext) -> Iterator[Violation]:
    """Look for a function's alarms and at its tracing."""
    wanted = context.texts("metrics")
    missing: list[str] = []
    for name in wanted:
        with context.part():
            if not has_alarm(function, function_metric(name), context.graph, lambda condition: condition.is_rising):
                missing.append(name)
    if missing:
        yield Violation(
            f"{len(wanted) - len(missing)} of {len(wanted)} alarms watch it: none of this stack fires on "
            f"{' or '.join(missing)}",
            f"add a MetricAlarm on {' and on '.join(missing)} of AWS/Lambda with its FunctionName",
            actual=len(wanted) - len(missing),
            required=len(wanted),
        )
    if not _is_traced(function, context):
        yield Violation(
            f"its calls are not traced: {MODE} is none of {', '.join(context.texts('modes'))}",
            f"set {MODE} to {ACTIVE}; its role needs xray:PutTraceSegments",
        )


def remedy(function: Resource, context: RuleContext) -> Mapping[str, Any]:
    """Switch tracing on."""
    return {} if _is_traced(function, context) else {"tracingConfig": {"mode": ACTIVE}}


def _is_traced(function: Resource, context: RuleContext) -> bool:
    modes = context.texts("modes")
    return not modes or function.text(MODE, "PassThrough") in modes


RULE = Rule(
    id="aws-obs-05",
    title="A function's errors, throttles and traces are seen",
    category="observability",
    severity="medium",
    types=(FUNCTION,),
    reads=(ALARM,),
    check=check,
    remedy=remedy,
    sources=(ALARMS, TRACING),
    settings={
        "metrics": texts(("Errors", "Throttles"), "Metrics of AWS/Lambda that need an alarm", source=ALARMS),
        "modes": texts((ACTIVE,), "Tracing modes that do; none where another tracer is used", source=TRACING),
    },
)
