"""The pack's policies, called as the engine calls them: levels, settings, what is unknown, remedies, exemptions."""

import threading
import tomllib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi.runtime.proto import analyzer_pb2

from policies import validation
from policies.core.graph import Graph
from policies.core.registry import all_rules
from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Problem, Rule, View, number
from policies.core.values import UNKNOWN
from policies.pack import EXEMPTIONS_VARIABLE, policies
from policies.sources.bags import SIGNATURE, UNKNOWN_TEXT
from policies.sources.sdk import REDACTED
from tests.policies.analyzing import Pack, Told, secret
from tests.policies.cases import TODAY, all_cases

ROOT = Path(__file__).parents[2]
BUCKET, READER = "demo:index:Bucket", "demo:index:Reader"
MARKER = "s3cr3t-marker"
pb: Any = analyzer_pb2


def roomy(bucket: Resource, view: View) -> Iterator[Problem]:
    if bucket.flag("scratch"):
        raise NotApplicableError("it is scratch")
    size, least = bucket.number("room.size", 1), view.number("least")
    if size < least:
        yield Problem(f"size ({size:g}) must be at least {least:g}", f"set it to {least:g}", size, least)


def read(bucket: Resource, view: View) -> Iterator[Problem]:
    if not view.graph.referrers(bucket, READER, "bucket"):
        yield Problem("nobody reads it", "add a reader")


def broken(_: Resource, __: View) -> Iterator[Problem]:
    raise KeyError(MARKER)


def grown(bucket: Resource, view: View) -> Mapping[str, Any]:
    small = bucket.number("room.size", 1) < view.number("least")
    return {"room": {"size": view.number("least")}} if small else {}


def rule(name: str, check: Any, **facts: Any) -> Rule:
    common = {"title": f"{name} holds", "category": "resilience", "severity": "high", "sources": ("https://demo",)}
    return Rule(**{"id": name, "types": (BUCKET,), "check": check, **common, **facts})


ROOMY = rule("demo-res-01", roomy, settings={"least": number(3, "Least size")}, remedy=grown)
READ = rule("demo-res-02", read, reads=(READER,), severity="low")
# Looks at others too, and can heal.
HEALED = rule("demo-res-03", read, reads=(READER,), settings={"least": number(3, "Least size")}, remedy=grown)
BROKEN = rule("demo-res-04", broken, severity="low")
BROKEN_STACK = rule("demo-res-05", broken, severity="low", reads=(READER,))


def bucket(name: str = "photos", **properties: Any) -> Resource:
    return Resource(urn=f"urn:pulumi:dev::shop::{BUCKET}::{name}", type=BUCKET, properties=properties)


def reader(of: Resource, value: Any = UNKNOWN, *, depends: bool = True) -> Resource:
    urn = f"urn:pulumi:dev::shop::{READER}::reader"
    behind = {"bucket": [of.urn]} if depends else {}
    return Resource(urn=urn, type=READER, properties={"bucket": value}, dependencies=behind)


def pack(*rules: Rule, today: date = TODAY) -> Pack:
    return Pack.of(policies(rules, today=lambda: today))


def told(*resources: Resource, of: Pack) -> list[tuple[str, str, str]]:
    return [(t.policy, t.level, t.urn.rsplit("::", 1)[-1]) for t in of.all(Graph(resources))]


@pytest.fixture
def exempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes the file of exemptions that the next pack uses."""

    def write(text: str) -> None:
        (tmp_path / "exemptions.yaml").write_text(text)
        monkeypatch.setenv(EXEMPTIONS_VARIABLE, str(tmp_path / "exemptions.yaml"))

    return write


def exemption(rules: str = "demo-res-01", resources: str = "*::photos", expires: str = "2026-01-15") -> str:
    return (
        f"exemptions:\n- rules: [{rules}]\n  resources: '{resources}'\n"
        f"  reason: because\n  owner: platform\n  expires: {expires}\n"
    )


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
    [found] = pack(ROOMY).all(Graph([small]))
    assert found == Told("demo-res-01", "mandatory", small.urn, found.message)
    assert found.message == (
        "demo-res-01 holds\nBucket 'photos': size (2) must be at least 3; set it to 3. See docs/rules/demo-res-01.md"
    )
    assert pack(ROOMY).all(Graph([bucket(room={"size": 3})])) == []


def test_a_stack_rule_joins_by_dependencies_where_the_value_is_unknown() -> None:
    photos, films = bucket(), bucket("films")
    assert told(photos, films, reader(photos), of=pack(READ)) == [("demo-res-02", "advisory", "films")]


def test_levels_and_settings_come_from_the_projects_configuration() -> None:
    small = bucket(room={"size": 3})
    given = {"enforcementLevel": "advisory", "least": 4}
    assert told(small, of=pack(ROOMY).configured(demo_res_01=given)) == [("demo-res-01", "advisory", "photos")]
    assert told(small, of=pack(ROOMY).configured(demo_res_01={"enforcementLevel": "disabled"})) == []
    assert told(small, of=pack(READ).configured(demo_res_02={"enforcementLevel": "mandatory"})) == [
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
    one = rule("demo-res-06", read, reads=(READER,)) if stack else ROOMY
    resources = [bucket(), reader(bucket(), UNKNOWN, depends=False)] if stack else [bucket(room={"size": UNKNOWN})]
    configured = pack(one).configured(**{one.id.replace("-", "_"): {"unknown": unknown}})
    twin = "-stack" if stack else ""
    assert told(*resources, of=configured) == [(p.format(twin=twin, rule=one.id), *rest) for p, *rest in found]
    answer = configured.stack(Graph(resources)) if stack else configured.resource(resources[0])
    silent = one.id in {n.policy_name for n in answer.not_applicable}
    assert silent is (unknown != "fail"), "a policy that judged nothing must not count as passed"


def test_what_is_not_evaluated_is_named_with_rule_and_property() -> None:
    [found] = pack(ROOMY).all(Graph([bucket(room={"size": UNKNOWN})]))
    assert "demo-res-01 was not evaluated: room.size is not known" in found.message


def test_a_rule_that_breaks_is_mandatory_whatever_its_level_and_the_others_run() -> None:
    found = pack(BROKEN, ROOMY, BROKEN_STACK, READ).all(Graph([bucket(room={"size": 2})]))
    assert [(t.policy, t.level) for t in found] == [
        ("broken", "mandatory"),
        ("broken-stack", "mandatory"),
        ("demo-res-01", "mandatory"),
        ("demo-res-02", "advisory"),
    ]
    assert "demo-res-04 broke: KeyError at tests/policies/test_pack.py" in found[0].message
    assert not [t for t in found if MARKER in t.message]


def test_a_rule_that_cannot_choose_what_to_judge_breaks_alone() -> None:
    def choose(_: Graph) -> list[Resource]:
        raise KeyError(MARKER)

    found = pack(rule("demo-res-07", read, subjects=choose), READ).all(Graph([bucket()]))
    assert [t.policy for t in found] == ["broken-stack", "demo-res-02"]
    assert "demo-res-07" in found[0].message
    assert MARKER not in found[0].message


def test_what_does_not_concern_a_rule_is_not_applicable_instead_of_passed() -> None:
    other = Resource(urn="urn:pulumi:dev::shop::demo:index:Other::other", type="demo:index:Other", properties={})
    for resource, why in ((other, "demo:index:Other is none of"), (bucket(scratch=True), "it is scratch")):
        [reason] = [n.reason for n in pack(ROOMY).resource(resource).not_applicable if n.policy_name == ROOMY.id]
        assert why in reason
    assert READ.id in {n.policy_name for n in pack(READ).stack(Graph([other])).not_applicable}
    passed = pack(ROOMY, READ)
    photos = bucket(room={"size": 3})
    assert ROOMY.id not in {n.policy_name for n in passed.resource(photos).not_applicable}
    assert READ.id not in {n.policy_name for n in passed.stack(Graph([photos, reader(photos)])).not_applicable}


def test_the_rules_of_a_request_share_one_graph_and_those_of_the_next_have_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built: list[int] = []

    def count(resources: Any) -> Any:
        built.append(len(resources))
        return original(resources)

    original = validation.resources_of
    monkeypatch.setattr(validation, "resources_of", count)
    three = pack(*(rule(f"demo-res-1{i}", read, reads=(READER,)) for i in range(3)))
    photos = bucket()
    assert len(three.stack(Graph([photos])).diagnostics) == 3
    assert built == [1]
    # The same names, with another reader.
    assert not three.stack(Graph([photos, reader(photos)])).diagnostics
    assert len(three.stack(Graph([photos, reader(bucket("films"))])).diagnostics) == 3
    assert built == [1, 2, 2]


def test_another_stack_has_another_graph_even_if_other_rules_judge_it() -> None:
    rules = [rule(f"demo-res-1{i}", read, reads=(READER,)) for i in range(2)]
    two, off = pack(*rules), {"enforcementLevel": "disabled"}
    assert len(two.configured(demo_res_11=off).stack(Graph([bucket()])).diagnostics) == 1
    photos = bucket()
    assert not two.configured(demo_res_10=off).stack(Graph([photos, reader(photos)])).diagnostics


@pytest.mark.parametrize("stack", [False, True])
def test_requests_at_the_same_time_do_not_mix(stack: bool) -> None:
    meet = threading.Barrier(2)

    def check(one: Resource, _: View) -> Iterator[Problem]:
        meet.wait(10)  # both requests are in the midst of it
        one.number("size")
        yield Problem("never", "never")

    judging = pack(rule("demo-res-01", check, reads=(READER,) if stack else ()))

    def ask(name: str) -> list[str]:
        one = bucket(name, size=UNKNOWN)
        answer = judging.stack(Graph([one])) if stack else judging.resource(one)
        return [diagnostic.message.split("'")[1] for diagnostic in answer.diagnostics]

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ask, ("first", "second"))) == [["first"], ["second"]]


def healing(*rules: Rule, policy: str = "demo_res_01") -> Pack:
    return pack(*(rules or (ROOMY,))).configured(**{policy: {"enforcementLevel": "remediate"}})


def test_a_remedy_sets_what_is_wrong_and_nothing_else() -> None:
    assert healing().remedied(bucket(room={"size": 2, "door": "red"}, key=secret(MARKER))) == {
        "room": {"size": 3, "door": "red"},
        "key": secret(MARKER),
    }
    assert healing().remedied(bucket()) == {"room": {"size": 3}}
    assert healing().remedied(bucket(room={"size": 3})) is None
    assert pack(ROOMY).remedied(bucket()) is None, "only the level `remediate` changes anything"


def test_what_is_secret_stays_secret_when_it_is_healed() -> None:
    assert healing().remedied(bucket(room=secret({"size": 2, "door": MARKER}))) == {
        "room": secret({"size": 3, "door": MARKER})
    }
    assert healing().remedied(bucket(room={"size": secret(2)})) == {"room": {"size": secret(3)}}


def test_a_remedy_leaves_alone_what_is_not_known() -> None:
    """In remediations the SDK gives the text that stands for an unknown value."""
    assert healing().remedied(bucket(room={"size": UNKNOWN})) is None
    assert healing().remedied(bucket(room=UNKNOWN)) is None
    assert healing().remedied(bucket(room={"size": 2}, owner=UNKNOWN)) == {"room": {"size": 3}, "owner": UNKNOWN_TEXT}


def test_a_remedy_leaves_lists_and_unknown_changes_alone() -> None:
    def change(_: Resource, __: View) -> Mapping[str, Any]:
        return {"doors": ["red"], "owner": UNKNOWN, "windows": {"north": {"panes": UNKNOWN, "open": True}}}

    one = rule("demo-res-01", roomy, settings=ROOMY.settings, remedy=change)
    doors = bucket(doors=[secret(MARKER)], windows={"north": {"panes": 4}})
    assert healing(one).remedied(doors) == {
        "doors": [secret(MARKER)],
        "windows": {"north": {"panes": 4, "open": True}},
    }


def test_a_remedy_that_breaks_leaves_the_violation() -> None:
    def change(_: Resource, __: View) -> Mapping[str, Any]:
        raise KeyError(MARKER)

    one = healing(rule("demo-res-01", roomy, settings=ROOMY.settings, remedy=change))
    assert one.remedied(bucket()) is None
    assert told(bucket(), of=one) == [("demo-res-01", "mandatory", "photos")]


def test_a_stack_rule_heals_by_a_policy_of_its_own_that_must_be_asked_for() -> None:
    assert pack(HEALED).remedied(bucket()) is None
    assert healing(HEALED, policy="demo_res_03_remedy").remedied(bucket()) == {"room": {"size": 3}}


def test_an_exempted_resource_is_neither_a_violation_nor_healed(exempt: Any) -> None:
    exempt(exemption("demo-res-01, demo-res-02, demo-res-03"))
    rules = (ROOMY, READ, HEALED)
    assert told(bucket(), of=pack(*rules)) == []
    for policy in ("demo_res_01", "demo_res_03_remedy"):
        assert healing(*rules, policy=policy).remedied(bucket()) is None
        assert healing(*rules, policy=policy).remedied(bucket("films")) == {"room": {"size": 3}}


def test_an_expired_exemption_is_reported_and_its_finding_is_back(exempt: Any) -> None:
    exempt(exemption(expires="2026-01-14"))
    first, second = pack(ROOMY).all(Graph([bucket()]))
    assert (first.policy, first.level) == ("demo-res-01", "mandatory")
    assert "exemptions.yaml:2 expired on 2026-01-14" in first.message
    assert (second.policy, second.level) == ("exemptions", "advisory")
    assert "exemptions.yaml:2: the exemption of platform from demo-res-01 expired" in second.message


def test_an_exemption_that_matches_nothing_is_reported(exempt: Any) -> None:
    exempt(exemption(resources="*::gone"))
    [found] = pack(ROOMY).all(Graph([bucket(room={"size": 3})]))
    assert (found.policy, found.level) == ("exemptions", "advisory")
    assert "exemptions.yaml:2: the exemption of platform from demo-res-01 matches no finding" in found.message
    exempt(exemption())
    assert told(bucket(), of=pack(ROOMY)) == [], "one that was needed is not reported"


def test_a_file_of_exemptions_that_cannot_be_read_is_named_and_exempts_nothing(exempt: Any) -> None:
    exempt("exemptions:\n- rules: [demo-res-99]\n")
    first, second = pack(ROOMY).all(Graph([bucket()]))
    assert first.policy == "demo-res-01"
    assert (second.policy, second.level) == ("exemptions", "advisory")
    assert "exemptions.yaml:2" in second.message


def test_a_named_file_that_is_missing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EXEMPTIONS_VARIABLE, "nowhere.yaml")
    [found] = pack(ROOMY).all(Graph([bucket(room={"size": 3})]))
    assert "nowhere.yaml" in found.message


def test_the_environment_can_forbid_every_exemption(monkeypatch: pytest.MonkeyPatch) -> None:
    tagged = bucket(tags={"scaleshop:exempt:demo-res-01": "2026-01-15 platform because"})
    assert told(tagged, of=pack(ROOMY)) == []
    monkeypatch.setenv(EXEMPTIONS_VARIABLE, "")
    assert told(tagged, of=pack(ROOMY)) == [("demo-res-01", "mandatory", "photos")]


def test_a_secret_that_the_cli_could_not_open_is_not_evaluated() -> None:
    assert told(bucket(room={"size": REDACTED}), of=pack(ROOMY)) == [("not-evaluated", "advisory", "photos")]


def test_no_message_holds_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EXEMPTIONS_VARIABLE, "")
    judging, messages = pack(*all_rules()), []
    for cases in all_cases():
        for build in [*(c.build for c in (*cases.passing, *cases.failing)), *(b for b, _ in cases.not_evaluated)]:
            graph = Graph([marked(resource) for resource in build().graph().resources])
            messages += [t.message for t in judging.all(graph)]
            messages += [n.reason for r in graph.resources for n in judging.resource(r).not_applicable]
    assert messages
    assert not [m for m in messages if MARKER in m or SIGNATURE in m]


def marked(resource: Resource) -> Resource:
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
