"""Application Auto Scaling: targets and policies."""

from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, quote
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.resource_names import SCALABLE_TARGET, TABLE
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.values import check_range

POLICY = "aws:appautoscaling/policy:Policy"
TARGETS = "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html"
POLICIES = "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html"
CONFIGURATIONS = {
    "TargetTrackingScaling": "targetTrackingScalingPolicyConfiguration",
    "StepScaling": "stepScalingPolicyConfiguration",
    "PredictiveScaling": "predictiveScalingPolicyConfiguration",
}


@rule(SCALABLE_TARGET, source=TARGETS)
def capacity_bounds(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The least is not above the most."""
    del resources
    low, high = view.number("minCapacity"), view.number("maxCapacity")
    if low is not None and low < 0:
        yield view.fail("minCapacity", f"is {low}; use 0 or more")
    elif low is not None and high is not None and low > high:
        yield view.fail("minCapacity", f"is {low}, above the maxCapacity of {high}; use {high} or less")


@rule(SCALABLE_TARGET, POLICY, source=TARGETS)
def scalable_resource(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The dimension is one of the service's, and a table is named and exists."""
    service, dimension, resource = (view.text(p) for p in ("serviceNamespace", "scalableDimension", "resourceId"))
    if service and dimension and not dimension.startswith(f"{service}:"):
        yield view.fail("scalableDimension", f"is {quote(dimension)}; one of {service} starts with {service}:")
    if service != "dynamodb" or resource is None:
        return
    parts = resource.split("/")
    if parts[0] != "table" or len(parts) not in (2, 4):
        yield view.fail("resourceId", f"is {quote(resource)}; use table/<name> or table/<name>/index/<index>")
    elif resources.is_missing(TABLE, parts[1]):
        yield view.fail("resourceId", f"is {quote(resource)}, which does not exist; create the table first")


@rule(POLICY, source=POLICIES)
def policy_target(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A policy moves a registered target."""
    resource, dimension = view.text("resourceId"), view.text("scalableDimension")
    if resource and dimension and resources.is_missing(SCALABLE_TARGET, f"{resource} {dimension}"):
        yield view.fail("resourceId", f"is {quote(resource)}, no scalable target for {dimension}; register it first")


@rule(POLICY, source=POLICIES)
def policy_configuration(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A policy has the configuration of its type."""
    del resources
    kind = "StepScaling" if view.is_absent("policyType") else view.value("policyType")
    path = CONFIGURATIONS.get(str(kind))
    if path and view.is_absent(path):
        yield view.fail(path, f"is missing; the policyType is {kind}")
    if view.value("serviceNamespace") == "dynamodb":
        target = view.block(CONFIGURATIONS["TargetTrackingScaling"])
        predefined = target and target.text("predefinedMetricSpecification.predefinedMetricType")
        if target and predefined:
            yield from check_range(target, "targetValue", 20, 90, "percent")
