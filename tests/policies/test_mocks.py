"""Programs captured on mocks: what rules then see of their resources."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from policies.core.resource import Resource
from policies.core.values import UNKNOWN, has_unknown
from policies.sources.mocks import capture
from policies.sources.state import resources as from_documents
from scaleshop.diagram.plan import plan
from scaleshop.session import Session, open_session
from tests.policies.programs import capture_text, find_resource


@pytest.fixture
def run_text(tmp_path: Path) -> Any:
    return partial(capture_text, tmp_path)


def edges(resources: Iterable[Resource]) -> Counter[tuple[str, str, str]]:
    return Counter((r.urn, name, urn) for r in resources for name, urns in r.dependencies.items() for urn in urns)


@pytest.fixture(scope="module")
def session() -> Session:
    return open_session(None, "aws-prod", engine="embedded")


@pytest.fixture(scope="module")
def reference(session: Session) -> Any:
    def run(*, known: bool) -> Sequence[Resource]:
        project, placeholders = session.project, session.architecture.placeholders
        config = {**session.config, **placeholders}
        return capture(
            project.program, project=project.name, stack="aws-prod", config=config, secret_config=placeholders.keys(),
            root=project.root, known=known,
        )  # fmt: skip

    return {known: run(known=known) for known in (True, False)}


@pytest.mark.parametrize("known", [True, False])
def test_no_edge_of_the_reference_stack_is_missing(known: bool, reference: Any, session: Session) -> None:
    engine = from_documents(plan(session).resources)
    expected = edges(engine)
    assert len(expected) > 400
    assert edges(reference[known]) == expected
    made_by_engine = {r.urn for r in engine if "::default_" not in r.urn}
    assert {r.urn for r in reference[known]} == made_by_engine


def test_with_known_values_nothing_of_the_reference_stack_is_unknown(reference: Any) -> None:
    unknown = [(r.urn, name) for r in reference[True] for name, value in r.value.items() if has_unknown(value)]
    assert unknown == []


def test_values_of_the_cloud_are_made_up_and_documents_from_them_can_be_read(run_text: Any) -> None:
    queue, other = (
        find_resource(run_text("""
            dead = aws.sqs.Queue("dead")
            aws.sqs.Queue("orders", redrive_policy=dead.arn.apply(
                lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})))
        """), name) for name in ("orders", "dead")
    )  # fmt: skip
    assert queue.number("redrivePolicy.maxReceiveCount") == 5
    assert queue.text("redrivePolicy.deadLetterTargetArn") == other.text("arn")
    assert queue.text("arn") != other.text("arn")
    assert queue.text("url").startswith("https://sqs.us-east-1.amazonaws.com/")
    assert queue.dependencies == {"redrivePolicy": (other.urn,)}


def test_unknown_values_stay_unknown_wherever_they_are_nested_and_keep_their_edges(run_text: Any) -> None:
    resources = run_text(
        """
        topic = aws.sns.Topic("topic")
        aws.cloudwatch.MetricAlarm("alarm", comparison_operator="GreaterThanThreshold", evaluation_periods=1,
            alarm_actions=[topic.arn], dimensions={"TopicName": topic.name, "Fixed": "x"})
        """,
        known=False,
    )
    alarm, topic = find_resource(resources, "alarm"), find_resource(resources, "topic")
    assert (topic.raw("arn"), topic.raw("id"), topic.raw("name")) == (UNKNOWN, UNKNOWN, UNKNOWN)
    assert alarm.value["alarmActions"] == [UNKNOWN]
    assert alarm.value["dimensions"] == {"TopicName": UNKNOWN, "Fixed": "x"}
    assert alarm.dependencies == {"alarmActions": (topic.urn,), "dimensions": (topic.urn,)}


def test_a_type_of_no_table_gets_its_text_outputs_from_the_providers_sdk(run_text: Any) -> None:
    fleet = find_resource(run_text("""
        fleet = aws.gamelift.Fleet("fleet", build_id="b", ec2_instance_type="c5.large")
        pulumi.export("arn", fleet.build_arn.apply(str.upper))
    """), "fleet")  # fmt: skip
    assert fleet.text("buildArn").startswith("arn:aws:gamelift:us-east-1:")
    assert fleet.raw("description") is None, "an input that was not given stays away"


def test_what_nobody_can_make_up_is_unknown_and_does_not_stop_the_program(run_text: Any) -> None:
    record = find_resource(run_text("""
        cert = aws.acm.Certificate("cert", domain_name="example.com", validation_method="DNS")
        option = cert.domain_validation_options[0]
        aws.route53.Record("record", zone_id="Z1", name=option.resource_record_name, type="CNAME", ttl=60,
                           records=[option.resource_record_value])
    """), "record")  # fmt: skip
    assert (record.raw("name"), record.raw("records")) == (UNKNOWN, [UNKNOWN])
    assert "name" in record.dependencies


def test_secrets_are_unwrapped_for_rules(run_text: Any) -> None:
    text = "aws.ssm.Parameter('p', type='SecureString', value=pulumi.Config().require_secret('word'))"
    (parameter,) = [
        r for r in run_text(text, config={"shop:word": "hush"}, secret_config=["shop:word"]) if r.name == "p"
    ]
    assert parameter.text("value") == "hush"


def test_components_are_parents_in_urns_and_have_their_outputs(run_text: Any) -> None:
    resources = run_text("""
        class Outer(pulumi.ComponentResource):
            def __init__(self, name, opts=None):
                super().__init__("my:index:Outer", name, {}, opts)
                self.inner = Inner(f"{name}-inner", pulumi.ResourceOptions(parent=self))
                self.register_outputs({"arn": self.inner.arn})

        class Inner(pulumi.ComponentResource):
            def __init__(self, name, opts=None):
                super().__init__("my:index:Inner", name, {}, opts)
                self.arn = aws.sqs.Queue(f"{name}-q", opts=pulumi.ResourceOptions(parent=self, protect=True)).arn
                self.register_outputs({})

        Outer("shop")
    """)
    queue, inner, outer = (find_resource(resources, name) for name in ("shop-inner-q", "shop-inner", "shop"))
    assert queue.urn == "urn:pulumi:prod::shop::my:index:Outer$my:index:Inner$aws:sqs/queue:Queue::shop-inner-q"
    assert (queue.parent, inner.parent) == (inner.urn, outer.urn)
    assert (queue.protect, inner.protect) == (True, False)
    assert outer.text("arn") == queue.text("arn")


def test_explicit_providers_decide_region_and_default_tags(run_text: Any) -> None:
    resources = run_text("""
        west = aws.Provider("west", region="eu-west-1", default_tags={"tags": {"owner": "team"}})
        opts = pulumi.ResourceOptions(provider=west)
        aws.sqs.Queue("far", tags={"env": "prod"}, opts=opts)
        aws.sqs.Queue("near", name="near.fifo", fifo_queue=True)
        aws.sqs.Queue("apart", region="ap-south-1")
        aws.sns.Topic("topic", name=aws.get_region_output(opts=pulumi.InvokeOptions(provider=west)).region)
    """)
    far = find_resource(resources, "far")
    assert far.text("arn").startswith("arn:aws:sqs:eu-west-1:")
    assert far.value["tagsAll"] == {"owner": "team", "env": "prod"}
    assert find_resource(resources, "near").text("arn") == "arn:aws:sqs:us-east-1:111122223333:near.fifo"
    assert find_resource(resources, "apart").text("arn").startswith("arn:aws:sqs:ap-south-1:")
    assert find_resource(resources, "topic").text("name") == "eu-west-1"


def test_arns_that_a_program_writes_out_name_its_own_resources(run_text: Any) -> None:
    resources = run_text("""
        mine = "arn:aws:sqs:us-east-1:123456789012:"
        aws.sqs.Queue("dead", name="dead")
        aws.sqs.Queue("orders", name="orders", redrive_policy=json.dumps({"deadLetterTargetArn": mine + "dead"}))
        aws.lambda_.Function("f", role="arn:aws:iam::123456789012:role/f", handler="f.f", runtime="python3.13",
                             layers=["arn:aws:lambda:us-east-1:017000801446:layer:Powertools:1"])
        aws.ssm.Parameter("who", type="String", value=aws.get_caller_identity().account_id)
    """)
    dead, orders = find_resource(resources, "dead"), find_resource(resources, "orders")
    assert dead.text("arn") == "arn:aws:sqs:us-east-1:123456789012:dead"
    assert orders.text("redrivePolicy.deadLetterTargetArn") == dead.text("arn")
    assert dead.text("url") == "https://sqs.us-east-1.amazonaws.com/123456789012/dead"
    assert find_resource(resources, "who").text("value") == "123456789012"


def test_aliases_reads_and_other_stacks_are_no_resources_of_this_one(run_text: Any) -> None:
    resources = run_text("""
        other = pulumi.StackReference("org/net/prod")
        shared = aws.sns.Topic.get("shared", "arn:aws:sns:us-east-1:111122223333:shared")
        aws.sqs.Queue("new", name=other.get_output("queue"), tags={"t": shared.arn},
                      opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")]))
    """)
    assert [r.name for r in resources if r.type != "pulumi:pulumi:Stack"] == ["new"]
    new = find_resource(resources, "new")
    assert new.raw("name") is UNKNOWN
    assert new.value["tags"] == {"t": "arn:aws:sns:us-east-1:111122223333:shared"}


def test_a_policy_document_is_computed_from_its_statements(run_text: Any) -> None:
    resources = run_text("""
        queue = aws.sqs.Queue("q")
        base = aws.iam.get_policy_document(statements=[{"sid": "A", "actions": ["sqs:*"], "resources": ["*"]}])
        document = aws.iam.get_policy_document_output(
            source_policy_documents=[base.json],
            statements=[{"sid": "A", "actions": ["sqs:SendMessage"], "resources": [queue.arn],
                         "principals": [{"type": "Service", "identifiers": ["events.amazonaws.com"]}],
                         "conditions": [{"test": "StringEquals", "variable": "aws:SourceAccount",
                                         "values": [aws.get_caller_identity().account_id]}]},
                        aws.iam.GetPolicyDocumentStatementArgs(
                             effect="Deny", not_actions=["sqs:SendMessage", "sqs:GetQueueUrl"], resources=["*"],
                             principals=[{"type": "*", "identifiers": ["*"]}])])
        aws.sqs.QueuePolicy("p", queue_url=queue.url, policy=document.json)
    """)
    policy, queue = find_resource(resources, "p"), find_resource(resources, "q")
    assert json.loads(policy.text("policy"))["Statement"] == [
        {
            "Sid": "A",
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": queue.text("arn"),
            "Principal": {"Service": "events.amazonaws.com"},
            "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
        },
        {
            "Effect": "Deny",
            "NotAction": ["sqs:SendMessage", "sqs:GetQueueUrl"],
            "Resource": "*",
            "Principal": "*",
        },
    ]
    assert policy.dependencies["policy"] == (queue.urn,)


@pytest.mark.parametrize("known", [True, False])
def test_transforms_of_the_stack_and_of_parents_are_applied(run_text: Any, known: bool) -> None:
    resources = run_text(
        """
        def tagged(args):
            if args.type_.startswith("aws:sqs"):
                return pulumi.ResourceTransformResult({**args.props, "tags": {"owner": "team"}}, args.opts)

        def longer(args):
            if args.type_ == "aws:sqs/queue:Queue":
                return pulumi.ResourceTransformResult({**args.props, "delaySeconds": 7}, args.opts)

        pulumi.runtime.register_resource_transform(tagged)

        class Box(pulumi.ComponentResource):
            def __init__(self, name, opts=None):
                super().__init__("my:index:Box", name, {}, opts)
                aws.sqs.Queue(f"{name}-q", opts=pulumi.ResourceOptions(parent=self))

        Box("box", pulumi.ResourceOptions(transforms=[longer]))
        """,
        known=known,
    )
    assert find_resource(resources, "box-q").value["tags"] == {"owner": "team"}
    assert find_resource(resources, "box-q").number("delaySeconds") == 7
