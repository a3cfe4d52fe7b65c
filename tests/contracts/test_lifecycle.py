"""How every component is built: providers by parentage, outputs once and last, rights no wider than needed."""

import inspect
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from contract_examples import ARGS, REGION, build, children, components, example
from pulumi import ResourceOptions
from pulumi.provider.experimental.util import camel_case
from recorded_plan import record

# Actions that the service does not let one narrow to a resource, with the page that says so.
UNSCOPED = {
    "xray:PutTraceSegments": "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html",
    "xray:PutTelemetryRecords": "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html",
    "dynamodb:ListStreams": "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html",
}


@pytest.mark.parametrize("component", sorted(ARGS))
def test_children_inherit_an_explicit_provider(component: str) -> None:
    def program() -> Mapping[str, Any]:
        elsewhere = aws.Provider("elsewhere", region=REGION)
        build(component, ResourceOptions(providers=[elsewhere]))
        return {}

    made = [r for r in children(record(program)) if r.custom]
    strangers = [r.name for r in made if "pulumi:providers:aws::elsewhere" not in r.provider]
    assert made
    assert strangers == []


@pytest.mark.parametrize("component", sorted(ARGS))
def test_outputs_are_registered_once_and_last(component: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = _construction(component, monkeypatch)
    closed: dict[int, int] = {}
    late: list[str] = []
    for index, (kind, resource, names) in enumerate(steps):
        if kind == "outputs":
            assert id(resource) not in closed, "register_outputs was called twice"
            closed[id(resource)] = index
        elif id(resource) in closed:
            late.extend(names)
    assert late == []
    assert any(kind == "child" for kind, _, _ in steps)
    own = [r for kind, r, _ in steps if kind == "new" and isinstance(r, pulumi.ComponentResource)]
    assert len(closed) == len({id(r) for r in own})


@pytest.mark.parametrize("component", sorted(ARGS))
def test_registered_outputs_are_the_annotated_ones(component: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = components()[component]
    registered = [
        names for step, r, names in _construction(component, monkeypatch) if step == "outputs" and type(r) is kind
    ]
    assert registered == [{camel_case(name) for name in inspect.get_annotations(kind)}]


@pytest.mark.parametrize("component", sorted(ARGS))
def test_rights_name_actions_and_resources(component: str) -> None:
    wide = [
        f"{name}: {statement['Action']} on {statement['Resource']}"
        for name, statement in _statements(component)
        if any("*" in action for action in _listed(statement["Action"]))
        or ("*" in _listed(statement["Resource"]) and not set(_listed(statement["Action"])) <= set(UNSCOPED))
    ]
    assert wide == []


@pytest.mark.parametrize("component", sorted(ARGS))
def test_nobody_is_allowed_without_a_condition(component: str) -> None:
    opened = [
        n for n, s in _statements(component) if s.get("Principal") in ("*", {"AWS": "*"}) and "Condition" not in s
    ]
    unscoped = [n for n, s in _statements(component) if "Service" in s.get("Principal", {}) and "Condition" not in s]
    # A trust policy of a service that only assumes roles it was handed by this account needs none.
    trusted = {r.name for r in children(example(component)) if r.type == "aws:iam/role:Role"}
    assert opened == []
    assert set(unscoped) <= trusted


@pytest.mark.parametrize("component", sorted(ARGS))
def test_invoke_rights_are_scoped_to_their_source(component: str) -> None:
    permissions = [r for r in children(example(component)) if r.type == "aws:lambda/permission:Permission"]
    assert [r.name for r in permissions if not r.inputs.get("sourceArn")] == []


@pytest.mark.parametrize("component", sorted(ARGS))
def test_every_alarm_speaks_to_the_topic(component: str) -> None:
    alarms = [r for r in children(example(component)) if r.type == "aws:cloudwatch/metricAlarm:MetricAlarm"]
    assert [r.name for r in alarms if not r.inputs.get("alarmActions")] == []


@pytest.mark.parametrize("component", sorted(ARGS))
def test_a_boundary_reaches_every_role(component: str) -> None:
    if "permissions_boundary_arn" not in ARGS[component]():
        return
    roles = [r for r in children(example(component)) if r.type == "aws:iam/role:Role"]
    assert roles
    assert [r.name for r in roles if not r.inputs.get("permissionsBoundary")] == []


def _statements(component: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for resource in children(example(component)):
        for key in ("policy", "assumeRolePolicy"):
            document = resource.inputs.get(key)
            if isinstance(document, str):
                for statement in json.loads(document)["Statement"]:
                    if statement["Effect"] == "Allow":
                        yield resource.name, {"Resource": [], **statement}


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _construction(component: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any, set[str]]]:
    """What was constructed under which parent and when outputs were registered, in the program's order."""
    steps: list[tuple[str, Any, set[str]]] = []
    made, registered = pulumi.Resource.__init__, pulumi.ComponentResource.register_outputs

    def creating(self: Any, *args: Any, **kwargs: Any) -> None:
        made(self, *args, **kwargs)
        if isinstance(self, pulumi.ComponentResource) and not isinstance(self, pulumi.runtime.stack.Stack):
            steps.append(("new", self, set()))
        opts = args[4] if len(args) > 4 else kwargs.get("opts")
        if opts is not None and isinstance(opts.parent, pulumi.ComponentResource):
            steps.append(("child", opts.parent, {self._name}))

    def registering(self: Any, outputs: Any) -> None:
        if not isinstance(self, pulumi.runtime.stack.Stack):
            steps.append(("outputs", self, set(outputs)))
        registered(self, outputs)

    monkeypatch.setattr(pulumi.Resource, "__init__", creating)
    monkeypatch.setattr(pulumi.ComponentResource, "register_outputs", registering)
    example(component)
    return steps
