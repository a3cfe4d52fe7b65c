"""Quotas of an account: what may be reserved and provisioned, and how much of a thing there may be."""

import json
from typing import Any

from sandbox.aws.contract.fixtures.account import Account
from sandbox.contract.behaviour import behaviour, expect

CONCURRENCY = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"
PROVISIONED = "https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html"
EVENTS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html"
FLOOR = 100
IDLE = "def handler(event, context): return event"


@behaviour(service="lambda", source=CONCURRENCY)
def a_reservation_leaves_100_executions_to_other_functions(aws: Account) -> None:
    """A reservation that leaves less than 100 executions, or a smaller account's quota, to others is refused."""
    quota = aws.clients.lambda_.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    wanted = max(quota - FLOOR, 0) + 1
    answer = refused_reservation(aws, aws.function(IDLE), wanted)
    expect(answer["Code"] == "InvalidParameterValueException", f"code {answer['Code']}")
    text = f"below its minimum value of [{min(quota, FLOOR)}]."
    expect(answer["Message"].endswith(text), f"text {answer['Message']!r}")


@behaviour(service="lambda", source=CONCURRENCY)
def a_refused_reservation_changes_nothing(aws: Account) -> None:
    """A function keeps the reservation that it had when a larger one is refused."""
    lambda_, function = aws.clients.lambda_, aws.function(IDLE)
    lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    quota = lambda_.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    refused_reservation(aws, function, quota + 1)
    left = lambda_.get_function_concurrency(FunctionName=function).get("ReservedConcurrentExecutions")
    expect(left == 0, f"the reservation is {left}")


@behaviour(service="lambda", source=CONCURRENCY)
def a_throttled_call_says_which_limit_it_met(aws: Account) -> None:
    """A call beyond a function's reservation is refused with that reason, in AWS's words."""
    function = aws.function(IDLE)
    aws.clients.lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)

    def throttled() -> dict[str, Any] | None:
        answer = aws.refused(aws.clients.lambda_.invoke, FunctionName=function, Payload=b"1")
        return answer if answer.get("Reason", "").startswith("Reserved") else None

    answer = aws.wait_for(throttled, "a throttle by the reservation")
    expect(answer["Error"]["Code"] == "TooManyRequestsException", f"code {answer['Error']['Code']}")
    expect(answer["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded", f"reason {answer['Reason']}")
    expect(answer["Error"]["Message"] == "Rate Exceeded.", f"text {answer['Error']['Message']!r}")


@behaviour(service="lambda", source=CONCURRENCY)
def a_function_runs_again_without_its_reservation(aws: Account) -> None:
    """A function that was stopped by a reservation of 0 runs again when the reservation is deleted."""
    lambda_, function = aws.clients.lambda_, aws.function(IDLE)
    lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    lambda_.delete_function_concurrency(FunctionName=function)

    def runs() -> bool:
        try:
            return aws.invoke(function, 7)["payload"] == 7
        except lambda_.exceptions.TooManyRequestsException:
            return False

    aws.wait_for(runs, "an answer")


@behaviour(service="lambda", source=PROVISIONED)
def nothing_is_provisioned_for_an_unpublished_version(aws: Account) -> None:
    """Provisioned concurrency needs a published version or an alias of one."""
    put = aws.clients.lambda_.put_provisioned_concurrency_config
    asked = {"FunctionName": aws.function(IDLE), "Qualifier": "$LATEST", "ProvisionedConcurrentExecutions": 1}
    code = aws.refused(put, **asked)["Error"]["Code"]
    expect(code == "InvalidParameterValueException", f"code {code}")


@behaviour(service="lambda", source=PROVISIONED)
def no_more_is_provisioned_than_reserved(aws: Account) -> None:
    """Provisioned concurrency above the function's reservation is refused."""
    lambda_, function = aws.clients.lambda_, aws.function(IDLE)
    version = lambda_.publish_version(FunctionName=function)["Version"]
    lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    put, asked = lambda_.put_provisioned_concurrency_config, {"FunctionName": function, "Qualifier": version}
    code = aws.refused(put, **asked, ProvisionedConcurrentExecutions=1)["Error"]["Code"]
    expect(code == "InvalidParameterValueException", f"code {code}")


@behaviour(service="events", source=EVENTS)
def a_rule_has_at_most_five_targets(aws: Account) -> None:
    """A sixth target is refused, and the five stay as they were."""
    events, rule = aws.clients.events, rule_of(aws)
    arn = aws.arn_of(aws.queue())
    events.put_targets(**rule, Targets=targets(arn, 5))
    code = aws.refused(events.put_targets, **rule, Targets=[{"Id": "sixth", "Arn": arn}])["Error"]["Code"]
    expect(code == "LimitExceededException", f"code {code}")
    kept = [target["Id"] for target in events.list_targets_by_rule(**rule)["Targets"]]
    expect(sorted(kept) == [str(number) for number in range(5)], f"targets {kept}")


@behaviour(service="events", source=EVENTS)
def a_target_that_is_put_again_is_no_further_one(aws: Account) -> None:
    """A target is replaced by one of its id, also where the rule has as many as it may have."""
    events, rule = aws.clients.events, rule_of(aws)
    arn = aws.arn_of(aws.queue())
    events.put_targets(**rule, Targets=targets(arn, 5))
    events.put_targets(**rule, Targets=[{"Id": "0", "Arn": arn, "Input": json.dumps({"new": True})}])
    found = {target["Id"]: target for target in events.list_targets_by_rule(**rule)["Targets"]}
    expect(len(found) == 5 and "Input" in found["0"], f"targets {found}")


def refused_reservation(aws: Account, function: str, wanted: int) -> Any:
    """The error of a reservation that must be refused."""
    put = aws.clients.lambda_.put_function_concurrency
    return aws.refused(put, FunctionName=function, ReservedConcurrentExecutions=wanted)["Error"]


def targets(arn: str, count: int) -> list[dict[str, str]]:
    """Targets that all lead to one place."""
    return [{"Id": str(number), "Arn": arn} for number in range(count)]


def rule_of(aws: Account) -> dict[str, str]:
    """A new rule on a new bus."""
    events, bus, name = aws.clients.events, aws.bus(), aws.name("rule")
    events.put_rule(Name=name, EventBusName=bus, EventPattern='{"source": ["contract"]}')
    return {"Rule": name, "EventBusName": bus}
