"""Lambda: quotas of concurrency: what may be reserved and provisioned."""

from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.contract.behaviour import behaviour, expect

CONCURRENCY = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"
PROVISIONED = "https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html"
FLOOR = 100
IDLE = "def handler(event, context): return event"


@behaviour(service="lambda", source=CONCURRENCY)
def a_reservation_leaves_100_executions_to_other_functions(aws: AwsAccount) -> None:
    """A reservation that leaves less than 100 executions, or a smaller account's quota, to others is refused."""
    quota = aws.clients.lambda_.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    wanted = max(quota - FLOOR, 0) + 1
    answer = refused_reservation(aws, aws.function(IDLE), wanted)
    expect(answer["Code"] == "InvalidParameterValueException", f"code {answer['Code']}")
    text = f"below its minimum value of [{min(quota, FLOOR)}]."
    expect(answer["Message"].endswith(text), f"text {answer['Message']!r}")


@behaviour(service="lambda", source=CONCURRENCY)
def a_refused_reservation_changes_nothing(aws: AwsAccount) -> None:
    """A function keeps the reservation that it had when a larger one is refused."""
    lambda_, function = aws.clients.lambda_, aws.function(IDLE)
    lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    quota = lambda_.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    refused_reservation(aws, function, quota + 1)
    left = lambda_.get_function_concurrency(FunctionName=function).get("ReservedConcurrentExecutions")
    expect(left == 0, f"the reservation is {left}")


@behaviour(service="lambda", source=CONCURRENCY)
def a_throttled_call_says_which_limit_it_met(aws: AwsAccount) -> None:
    """A call beyond a function's reservation is refused with that reason, in AWS's words."""
    function = aws.function(IDLE)
    aws.clients.lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)

    def throttled() -> dict[str, Any] | None:
        answer = aws.refusal(aws.clients.lambda_.invoke, FunctionName=function, Payload=b"1")
        return answer if answer.get("Reason", "").startswith("Reserved") else None

    answer = aws.wait_for(throttled, "a throttle by the reservation")
    expect(answer["Error"]["Code"] == "TooManyRequestsException", f"code {answer['Error']['Code']}")
    expect(answer["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded", f"reason {answer['Reason']}")
    expect(answer["Error"]["Message"] == "Rate Exceeded.", f"text {answer['Error']['Message']!r}")


@behaviour(service="lambda", source=CONCURRENCY)
def a_function_runs_again_without_its_reservation(aws: AwsAccount) -> None:
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
def nothing_is_provisioned_for_an_unpublished_version(aws: AwsAccount) -> None:
    """Provisioned concurrency needs a published version or an alias of one."""
    put = aws.clients.lambda_.put_provisioned_concurrency_config
    asked = {"FunctionName": aws.function(IDLE), "Qualifier": "$LATEST", "ProvisionedConcurrentExecutions": 1}
    code = aws.refusal(put, **asked)["Error"]["Code"]
    expect(code == "InvalidParameterValueException", f"code {code}")


@behaviour(service="lambda", source=PROVISIONED)
def no_more_is_provisioned_than_reserved(aws: AwsAccount) -> None:
    """Provisioned concurrency above the function's reservation is refused."""
    lambda_, function = aws.clients.lambda_, aws.function(IDLE)
    version = lambda_.publish_version(FunctionName=function)["Version"]
    lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    put, asked = lambda_.put_provisioned_concurrency_config, {"FunctionName": function, "Qualifier": version}
    code = aws.refusal(put, **asked, ProvisionedConcurrentExecutions=1)["Error"]["Code"]
    expect(code == "InvalidParameterValueException", f"code {code}")


def refused_reservation(aws: AwsAccount, function: str, wanted: int) -> Any:
    """The error of a reservation that must be refused."""
    put = aws.clients.lambda_.put_function_concurrency
    return aws.refusal(put, FunctionName=function, ReservedConcurrentExecutions=wanted)["Error"]
