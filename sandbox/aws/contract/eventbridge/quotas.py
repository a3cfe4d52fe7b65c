"""EventBridge: quotas of rules."""

import json

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.contract.behaviour import behaviour, expect

EVENTS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html"


@behaviour(service="events", source=EVENTS)
def a_rule_has_at_most_five_targets(aws: AwsAccount) -> None:
    """A sixth target is refused, and the five stay as they were."""
    events, rule = aws.clients.events, make_empty_rule(aws)
    arn = aws.arn_of(aws.queue())
    events.put_targets(**rule, Targets=targets(arn, 5))
    code = aws.refusal(events.put_targets, **rule, Targets=[{"Id": "sixth", "Arn": arn}])["Error"]["Code"]
    expect(code == "LimitExceededException", f"code {code}")
    kept = [target["Id"] for target in events.list_targets_by_rule(**rule)["Targets"]]
    expect(sorted(kept) == [str(number) for number in range(5)], f"targets {kept}")


@behaviour(service="events", source=EVENTS)
def a_target_that_is_put_again_is_no_further_one(aws: AwsAccount) -> None:
    """A target is replaced by one of its id, also where the rule has as many as it may have."""
    events, rule = aws.clients.events, make_empty_rule(aws)
    arn = aws.arn_of(aws.queue())
    events.put_targets(**rule, Targets=targets(arn, 5))
    events.put_targets(**rule, Targets=[{"Id": "0", "Arn": arn, "Input": json.dumps({"new": True})}])
    found = {target["Id"]: target for target in events.list_targets_by_rule(**rule)["Targets"]}
    expect(len(found) == 5 and "Input" in found["0"], f"targets {found}")


def targets(arn: str, count: int) -> list[dict[str, str]]:
    """Targets that all lead to one place."""
    return [{"Id": str(number), "Arn": arn} for number in range(count)]


def make_empty_rule(aws: AwsAccount) -> dict[str, str]:
    """A new rule on a new bus."""
    events, bus, name = aws.clients.events, aws.bus(), aws.name("rule")
    events.put_rule(Name=name, EventBusName=bus, EventPattern='{"source": ["contract"]}')
    return {"Rule": name, "EventBusName": bus}
