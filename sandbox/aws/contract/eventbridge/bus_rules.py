"""EventBridge: which events a rule passes, and what its target gets."""

import json
import uuid
from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.event_rules import API, GUIDE, make_event_queue, put_rule
from sandbox.contract.behaviour import behaviour, expect

OPERATORS = f"{GUIDE}/eb-create-pattern-operators.html"


def expect_passed(aws: AwsAccount, pattern: Any, details: dict[str, dict[str, Any]], wanted: list[str]) -> None:
    """Expect that of events with these details, by type, a pattern on the detail passes those that are wanted."""
    tried = make_event_queue(aws, {"detail": pattern})
    for kind, detail in details.items():
        tried.put(kind, detail=detail)
    seen = tried.types(len(wanted))
    expect(seen == sorted(wanted), f"{json.dumps(pattern)} passed {seen}")


@behaviour(service="events", source=f"{GUIDE}/eb-event-patterns.html")
def a_rule_passes_the_event_types_that_it_lists(aws: AwsAccount) -> None:
    """A rule passes the event types of its pattern and no others."""
    tried = make_event_queue(aws, {"detail-type": ["shop.order.placed.v1", "shop.order.cancelled.v1"]})
    tried.put("shop.order.confirmed.v1", "shop.order.placed.v1", "shop.order.cancelled.v1")
    seen = tried.types(2)
    expect(seen == ["shop.order.cancelled.v1", "shop.order.placed.v1"], f"passed {seen}")


@behaviour(service="events", source=f"{GUIDE}/eb-event-patterns.html")
def every_field_of_a_pattern_must_match(aws: AwsAccount) -> None:
    """A pattern's fields must all match, of a field's values one."""
    details = {"both": {"a": "1", "b": "2"}, "one": {"a": "1"}, "other": {"a": "1", "b": "3"}}
    expect_passed(aws, {"a": ["1"], "b": ["2", "4"]}, details, ["both"])


@behaviour(service="events", source=OPERATORS)
def a_pattern_can_name_a_prefix_or_a_suffix(aws: AwsAccount) -> None:
    """`prefix` and `suffix` match the beginning and the end of a text."""
    details = {"image": {"key": "in/a.png"}, "text": {"key": "in/a.txt"}, "elsewhere": {"key": "out/a.txt"}}
    expect_passed(aws, {"key": [{"prefix": "out/"}, {"suffix": ".png"}]}, details, ["image", "elsewhere"])


@behaviour(service="events", source=OPERATORS)
def a_pattern_can_exclude_values(aws: AwsAccount) -> None:
    """`anything-but` matches every other value, and no event without the field."""
    details = {"new": {"state": "new"}, "old": {"state": "old"}, "none": {"other": 1}}
    expect_passed(aws, {"state": [{"anything-but": ["old"]}]}, details, ["new"])


@behaviour(service="events", source=OPERATORS)
def a_pattern_can_compare_numbers(aws: AwsAccount) -> None:
    """`numeric` compares numbers, in ranges too."""
    details = {"free": {"total": 0}, "cheap": {"total": 99.5}, "dear": {"total": 100.5}, "text": {"total": "50"}}
    expect_passed(aws, {"total": [{"numeric": [">", 0, "<=", 100]}]}, details, ["cheap"])


@behaviour(service="events", source=OPERATORS)
def a_pattern_can_ask_whether_a_field_exists(aws: AwsAccount) -> None:
    """`exists` matches the presence of a field, or its absence."""
    details = {"with": {"coupon": "c", "total": 1}, "without": {"total": 1}}
    expect_passed(aws, {"coupon": [{"exists": False}]}, details, ["without"])


@behaviour(service="events", source=OPERATORS)
def a_pattern_can_combine_fields_by_or(aws: AwsAccount) -> None:
    """`$or` matches when one of its patterns does."""
    details = {"dear": {"total": 500}, "vip": {"total": 1, "vip": True}, "usual": {"total": 1, "vip": False}}
    expect_passed(aws, {"$or": [{"total": [{"numeric": [">", 100]}]}, {"vip": [True]}]}, details, ["dear", "vip"])


@behaviour(service="events", source=OPERATORS)
def a_pattern_can_have_wildcards_and_ignore_case(aws: AwsAccount) -> None:
    """`wildcard` matches any letters for a star, `equals-ignore-case` a text in any case."""
    details = {"star": {"name": "order-7-eu"}, "case": {"name": "SPECIAL"}, "none": {"name": "order-7-us"}}
    pattern = {"name": [{"wildcard": "order-*-eu"}, {"equals-ignore-case": "special"}]}
    expect_passed(aws, pattern, details, ["star", "case"])


@behaviour(service="events", source=OPERATORS)
def a_pattern_looks_into_lists(aws: AwsAccount) -> None:
    """A field that is a list matches when one of its values does."""
    details = {"has": {"tags": ["a", "b"]}, "has-not": {"tags": ["c"]}, "empty": {"tags": []}}
    expect_passed(aws, {"tags": ["b", "d"]}, details, ["has"])


@behaviour(service="events", source=f"{API}/API_PutRule.html")
def a_pattern_that_is_not_valid_is_refused(aws: AwsAccount) -> None:
    """A rule whose pattern is not valid is refused."""
    put_rule, bus = aws.clients.events.put_rule, aws.bus()
    for pattern in ('{"source": "no list"}', "{not json"):
        answer = aws.refusal(put_rule, Name="bad", EventBusName=bus, EventPattern=pattern)
        code = answer["Error"]["Code"]
        expect(code == "InvalidEventPatternException", f"{pattern}: code {code}")


@behaviour(service="events", source=f"{GUIDE}/eb-events-structure.html")
def an_event_arrives_whole_with_its_envelope(aws: AwsAccount) -> None:
    """A target gets the whole event with id, time, account and region; the id is the one that PutEvents gave."""
    tried, marked = (
        make_event_queue(aws, {"source": ["shop.orders"]}),
        {"id": uuid.uuid4().hex, "n": [1.5, None, "Zoë"]},
    )
    answer = tried.put("shop.order.placed.v1", detail=marked)
    (event,) = tried.receive(1)
    expect(event["detail"] == marked, f"detail {event['detail']}")
    wanted = {"version": "0", "source": "shop.orders", "account": aws.id, "region": aws.region, "resources": []}
    expect(wanted.items() <= event.items(), f"envelope {event}")
    expect(event["id"] == answer["Entries"][0]["EventId"], f"id {event['id']}")


@behaviour(service="events", source=f"{GUIDE}/eb-event-bus.html")
def a_bus_hears_only_its_own_events(aws: AwsAccount) -> None:
    """An event reaches the rules of the bus that it was put on."""
    ours, others = (
        make_event_queue(aws, {"source": ["shop.orders"]}),
        make_event_queue(aws, {"source": ["shop.orders"]}),
    )
    others.put("elsewhere")
    ours.put("here")
    expect(ours.types(1) == ["here"] and others.types(1) == ["elsewhere"], "events changed places")


@behaviour(service="events", source=f"{GUIDE}/eb-rules.html")
def an_event_reaches_every_rule_that_it_matches(aws: AwsAccount) -> None:
    """An event reaches the targets of every rule that it matches, of disabled rules none."""
    tried = make_event_queue(aws, {"source": ["shop.orders"]})
    second, third = aws.queue(), aws.queue()
    for name, queue in (("second", second), ("third", third)):
        aws.allow_sender(queue, "events")
        put_rule(aws, tried.bus, {"detail-type": ["a"]}, [{"Id": "q", "Arn": aws.arn_of(queue)}], name=name)
    aws.clients.events.disable_rule(Name="third", EventBusName=tried.bus)
    aws.wait_for_propagation()
    tried.put("a")
    expect(tried.types(1) == ["a"] and len(aws.collect(second, 1)) == 1, "a rule did not pass it")
    expect(not aws.take(third), "the disabled rule passed it")


@behaviour(service="events", source=f"{GUIDE}/eb-transform-target-input.html")
def a_target_can_get_a_constant_or_a_part(aws: AwsAccount) -> None:
    """A target gets its constant input, or the part of the event at its input path."""
    constant = make_event_queue(aws, {"source": ["shop.orders"]}, Input='{"sweep": true}')
    part = make_event_queue(aws, {"source": ["shop.orders"]}, InputPath="$.detail")
    constant.put("a", detail={"order": "A-1"})
    part.put("a", detail={"order": "A-1"})
    found = constant.receive(1) + part.receive(1)
    expect(found == [{"sweep": True}, {"order": "A-1"}], f"the targets got {found}")


@behaviour(service="events", source=f"{GUIDE}/eb-transform-target-input.html")
def a_target_can_get_a_transformed_event(aws: AwsAccount) -> None:
    """An input transformer puts parts of the event into a template."""
    transformer = {
        "InputPathsMap": {"order": "$.detail.order", "kind": "$.detail-type"},
        "InputTemplate": '{"order": <order>, "what": "<kind> heard"}',
    }
    tried = make_event_queue(aws, {"source": ["shop.orders"]}, InputTransformer=transformer)
    tried.put("placed", detail={"order": {"id": "A-1", "lines": [1]}})
    (found,) = tried.receive(1)
    expect(found == {"order": {"id": "A-1", "lines": [1]}, "what": "placed heard"}, f"the target got {found}")


@behaviour(service="events", source=f"{API}/API_PutEvents.html")
def more_than_ten_events_in_one_call_are_refused(aws: AwsAccount) -> None:
    """A call with eleven events is refused as a whole."""
    tried = make_event_queue(aws, {"source": ["shop.orders"]})
    entries = [{"EventBusName": tried.bus, "Source": "shop.orders", "DetailType": "a", "Detail": "{}"}] * 11
    code = aws.refusal(aws.clients.events.put_events, Entries=entries)["Error"]["Code"]
    expect(code == "ValidationException", f"code {code}")
    expect(not aws.take(tried.queue), "some of them were delivered")


@behaviour(service="events", source=f"{GUIDE}/eb-targets.html")
def a_rule_reaches_a_function(aws: AwsAccount) -> None:
    """A rule calls a function that allows it."""
    queue, bus = aws.queue(), aws.bus()
    source = """
        import boto3, os
        def handler(event, context):
            boto3.client("sqs").send_message(QueueUrl=os.environ["HEARD"], MessageBody=event["detail-type"])
    """
    function = aws.function(source, Environment={"Variables": {"HEARD": queue}}, Timeout=15)
    arn = put_rule(aws, bus, {"source": ["shop.orders"]}, [{"Id": "function", "Arn": function}])
    aws.permit(function, "events", SourceArn=arn)
    aws.wait_for_propagation()
    entry = {"EventBusName": bus, "Source": "shop.orders", "DetailType": "for-the-function", "Detail": "{}"}
    aws.clients.events.put_events(Entries=[entry])
    expect(aws.collect(queue, 1) == ["for-the-function"], "it heard something else")
