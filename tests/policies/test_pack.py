"""The pack's policies, called as the engine calls them: levels, settings, what is unknown or secret, requests."""

import threading
import tomllib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi.runtime.proto import analyzer_pb2

from engine.wire import SIGNATURE
from policies import validation
from policies.core.graph import ResourceGraph
from policies.core.registry import all_rules
from policies.core.resource import Resource
from policies.core.rule import RuleContext, Violation
from policies.core.values import UNKNOWN
from policies.pack import EXEMPTIONS_VARIABLE
from policies.sources.sdk import REDACTED
from tests.policies.analyzing import ReportedViolation, secret
from tests.policies.cases import all_cases
from tests.policies.demo import (
    BROKEN,
    BROKEN_STACK,
    MARKER,
    READ,
    READER,
    ROOMY,
    bucket,
    check_reader,
    pack,
    reader,
    report_violations,
    rule,
)

ROOT = Path(__file__).parents[2]
pb: Any = analyzer_pb2


def test_each_rule_is_a_policy_with_its_level_settings_severity_and_source() -> None:
    found = {policy.name: policy for policy in pack(*all_rules()).info().policies}
    for one in all_rules():
        policy = found[one.id]
        assert policy.enforcementLevel == (pb.MANDATORY if one.severity in {"critical", "high"} else pb.ADVISORY)
        assert set(policy.configSchema.properties.fields) == {*one.settings, "unknown"}
        assert policy.severity == getattr(pb, f"POLICY_SEVERITY_{one.severity.upper()}")
        assert policy.policy_type == (pb.POLICY_TYPE_STACK if one.reads or one.subjects else pb.POLICY_TYPE_RESOURCE), (
            one.id
        )
        assert one.page in policy.remediation_steps
        assert policy.url == one.sources[0]


def test_the_pack_has_the_versions_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert yaml.safe_load((ROOT / "policies/PulumiPolicy.yaml").read_text())["version"] == project["version"]


def test_a_violation_has_the_rules_level_numbers_and_page() -> None:
    small = bucket(room={"size": 2})
    [found] = pack(ROOMY).all(ResourceGraph([small]))
    assert found == ReportedViolation("demo-res-01", "mandatory", small.urn, found.message)
    assert found.message == (
        "demo-res-01 holds\nBucket 'photos': size (2) must be at least 3; set it to 3. See docs/rules/demo-res-01.md"
    )
    assert pack(ROOMY).all(ResourceGraph([bucket(room={"size": 3})])) == []


def test_a_stack_rule_joins_by_dependencies_where_the_value_is_unknown() -> None:
    photos, films = bucket(), bucket("films")
    assert report_violations(photos, films, reader(photos), of=pack(READ)) == [("demo-res-02", "advisory", "films")]


def test_levels_and_settings_come_from_the_projects_configuration() -> None:
    small = bucket(room={"size": 3})
    given = {"enforcementLevel": "advisory", "least": 4}
    assert report_violations(small, of=pack(ROOMY).configure(demo_res_01=given)) == [
        ("demo-res-01", "advisory", "photos")
    ]
    assert report_violations(small, of=pack(ROOMY).configure(demo_res_01={"enforcementLevel": "disabled"})) == []
    assert report_violations(small, of=pack(READ).configure(demo_res_02={"enforcementLevel": "mandatory"})) == [
        ("demo-res-02", "mandatory", "photos")
    ]


@pytest.mark.parametrize("stack", [False, True])
@pytest.mark.parametrize(
    ("unknown", "found"),
    [
        ("warn", [("not-evaluated{twin}", "advisory", "photos")]),
        ("fail", [("{rule}", "mandatory", "photos")]),
        ("ignore", []),
    ],
)
def test_an_unknown_value_stops_nothing_unless_it_is_to_fail(unknown: str, found: Any, stack: bool) -> None:
    one = rule("demo-res-06", check_reader, reads=(READER,)) if stack else ROOMY
    resources = [bucket(), reader(bucket(), UNKNOWN, depends=False)] if stack else [bucket(room={"size": UNKNOWN})]
    configured = pack(one).configure(**{one.id.replace("-", "_"): {"unknown": unknown}})
    twin = "-stack" if stack else ""
    assert report_violations(*resources, of=configured) == [
        (p.format(twin=twin, rule=one.id), *rest) for p, *rest in found
    ]
    answer = configured.stack(ResourceGraph(resources)) if stack else configured.resource(resources[0])
    silent = one.id in {n.policy_name for n in answer.not_applicable}
    assert silent is (unknown != "fail"), "a policy that judged nothing must not count as passed"


def test_what_is_not_evaluated_is_named_with_rule_and_property() -> None:
    [found] = pack(ROOMY).all(ResourceGraph([bucket(room={"size": UNKNOWN})]))
    assert "demo-res-01 was not evaluated: room.size is not known" in found.message


def test_a_rule_that_breaks_is_mandatory_whatever_its_level_and_the_others_run() -> None:
    found = pack(BROKEN, ROOMY, BROKEN_STACK, READ).all(ResourceGraph([bucket(room={"size": 2})]))
    assert [(t.policy, t.level) for t in found] == [
        ("broken", "mandatory"),
        ("broken-stack", "mandatory"),
        ("demo-res-01", "mandatory"),
        ("demo-res-02", "advisory"),
    ]
    assert "demo-res-04 broke: KeyError at tests/policies/demo.py" in found[0].message
    assert not [t for t in found if MARKER in t.message]


def test_a_rule_that_cannot_choose_what_to_judge_breaks_alone() -> None:
    def choose(_: ResourceGraph) -> list[Resource]:
        raise KeyError(MARKER)

    found = pack(rule("demo-res-07", check_reader, subjects=choose), READ).all(ResourceGraph([bucket()]))
    assert [t.policy for t in found] == ["broken-stack", "demo-res-02"]
    assert "demo-res-07" in found[0].message
    assert MARKER not in found[0].message


def test_what_does_not_concern_a_rule_is_not_applicable_instead_of_passed() -> None:
    other = Resource(urn="urn:pulumi:dev::shop::demo:index:Other::other", type="demo:index:Other", properties={})
    for resource, why in ((other, "demo:index:Other is none of"), (bucket(scratch=True), "it is scratch")):
        [reason] = [n.reason for n in pack(ROOMY).resource(resource).not_applicable if n.policy_name == ROOMY.id]
        assert why in reason
    assert READ.id in {n.policy_name for n in pack(READ).stack(ResourceGraph([other])).not_applicable}
    passed = pack(ROOMY, READ)
    photos = bucket(room={"size": 3})
    assert ROOMY.id not in {n.policy_name for n in passed.resource(photos).not_applicable}
    assert READ.id not in {n.policy_name for n in passed.stack(ResourceGraph([photos, reader(photos)])).not_applicable}


def test_the_rules_of_a_request_share_one_graph_and_those_of_the_next_have_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built: list[int] = []

    def count(resources: Any, links: Any) -> Any:
        built.append(len(resources))
        return original(resources, links)

    original = validation.read_resources
    monkeypatch.setattr(validation, "read_resources", count)
    three = pack(*(rule(f"demo-res-1{i}", check_reader, reads=(READER,)) for i in range(3)))
    photos = bucket()
    assert len(three.stack(ResourceGraph([photos])).diagnostics) == 3
    assert built == [1]
    # The same names, with another reader.
    assert not three.stack(ResourceGraph([photos, reader(photos)])).diagnostics
    assert len(three.stack(ResourceGraph([photos, reader(bucket("films"))])).diagnostics) == 3
    assert built == [1, 2, 2]


def test_another_stack_has_another_graph_even_if_later_rules_alone_judge_it() -> None:
    off = {"enforcementLevel": "disabled"}
    after = {"broken_stack": off, "not_evaluated_stack": off, "exemptions": off}
    two, photos = pack(*(rule(f"demo-res-1{i}", check_reader, reads=(READER,)) for i in range(2))), bucket()
    assert len(two.configure(demo_res_11=off, **after).stack(ResourceGraph([photos])).diagnostics) == 1
    assert not two.configure(demo_res_10=off, **after).stack(ResourceGraph([photos, reader(photos)])).diagnostics


@pytest.mark.parametrize("stack", [False, True])
def test_requests_at_the_same_time_do_not_mix(stack: bool) -> None:
    meet = threading.Barrier(2)

    def check(one: Resource, _: RuleContext) -> Iterator[Violation]:
        meet.wait(10)  # both requests are in the midst of it
        one.number("size")
        yield Violation("never", "never")

    judging = pack(rule("demo-res-01", check, reads=(READER,) if stack else ()))

    def ask(name: str) -> list[str]:
        one = bucket(name, size=UNKNOWN)
        answer = judging.stack(ResourceGraph([one])) if stack else judging.resource(one)
        return [diagnostic.message.split("'")[1] for diagnostic in answer.diagnostics]

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ask, ("first", "second"))) == [["first"], ["second"]]


@pytest.mark.parametrize(
    "sent", [REDACTED, UNKNOWN, {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "path": "photo.jpg"}]
)
def test_secrets_that_the_cli_could_not_open_and_assets_are_not_known(sent: Any) -> None:
    def check_owner(one: Resource, _: RuleContext) -> Iterator[Violation]:
        if one.text("owner"):
            yield Violation("has an owner", "remove it")

    for one in (rule("demo-res-01", check_owner), rule("demo-res-01", check_owner, reads=(READER,))):
        [found] = pack(one).all(ResourceGraph([bucket(owner=sent)]))
        assert found.policy.startswith("not-evaluated")
        assert "owner is not known" in found.message


def test_the_properties_that_pulumi_keeps_for_itself_are_none_of_the_resources() -> None:
    def check_bare(one: Resource, _: RuleContext) -> Iterator[Violation]:
        yield from (Violation(f"has {name}", "remove it") for name in one.keys("") if name.startswith("__"))

    assert report_violations(bucket(__defaults=["size"]), of=pack(rule("demo-res-01", check_bare))) == []


def test_no_message_holds_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EXEMPTIONS_VARIABLE, "")
    judging, messages = pack(*all_rules()), []
    # Many fixtures differ in texts alone, which are all the same here.
    graphs = {
        repr([(r.urn, r.type, r.value, r.dependencies) for r in graph.resources]): graph
        for graph in _list_secret_graphs()
    }
    for graph in graphs.values():
        messages += [found.message for found in judging.stack(graph).diagnostics]
        for answer in map(judging.resource, graph.resources):
            messages += [found.message for found in answer.diagnostics] + [one.reason for one in answer.not_applicable]
    assert messages
    assert not [m for m in messages if MARKER in m or SIGNATURE in m]


def _list_secret_graphs() -> Iterator[ResourceGraph]:
    """Every fixture of every rule, with secrets in the place of texts."""
    for cases in all_cases():
        for build in [*(c.build for c in (*cases.passing, *cases.failing)), *(b for b, _ in cases.not_evaluated)]:
            yield ResourceGraph([mark_secrets(resource) for resource in build().graph().resources])


def mark_secrets(resource: Resource) -> Resource:
    """A resource with a secret in the place of every text."""

    def change(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: change(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [change(inner) for inner in value]
        return secret(MARKER) if isinstance(value, str) else value

    return Resource(
        urn=resource.urn, type=resource.type, properties=change(resource.value), dependencies=resource.dependencies
    )
