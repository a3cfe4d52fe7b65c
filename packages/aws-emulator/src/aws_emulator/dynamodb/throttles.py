"""What AWS answers when a table's throughput is used up.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html and
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ThrottlingReason.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_emulator.dynamodb.throughput import Kind

PROVISIONED = "ProvisionedThroughputExceededException"
THROTTLING = "ThrottlingException"
ACCOUNT = "RequestLimitExceeded"
TABLE_TEXT = (
    "The level of configured provisioned throughput for the table was exceeded. "
    "Consider increasing your provisioning level with the UpdateTable API."
)
INDEX_TEXT = (
    "The level of configured provisioned throughput for one or more global secondary indexes of the table was "
    "exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with "
    "the UpdateTable API"
)
ON_DEMAND_TEXT = "Throughput exceeds the maximum OnDemandThroughput configured on table or index"
ACCOUNT_TEXT = (
    "Throughput exceeds the current throughput limit for your account. "
    "Please contact AWS Support at https://aws.amazon.com/support request a limit increase"
)
PARTITION_TEXT = (
    "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or "
    "index so please try again shortly. If exceptions persist, check if you have a hot key: "
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html"
)


@dataclass(frozen=True, slots=True)
class TableThrottle:
    """Why a request is refused."""

    code: str
    message: str
    reason: str
    """In AWS's words: `TableWriteProvisionedThroughputExceeded`."""
    resource: str
    """The ARN of the table or index."""

    @property
    def body(self) -> dict[str, Any]:
        """The answer to a request that it refuses."""
        reasons = [{"reason": self.reason, "resource": self.resource}]
        return {"__type": self.code, "message": self.message, "ThrottlingReasons": reasons}

    @property
    def cancellation(self) -> dict[str, Any]:
        """Its place among the reasons of a transaction that it cancels."""
        code = "ProvisionedThroughputExceeded" if self.code == PROVISIONED else "ThrottlingError"
        return {"Code": code, "Message": self.message}


def build_throttle(limit: str, kind: Kind, arn: str, index: str, *, provisioned: bool) -> TableThrottle:
    """What refuses a request.

    Args:
        limit: `ProvisionedThroughput`, `MaxOnDemandThroughput`, `Account` or `KeyRangeThroughput`.
        kind: Reads or writes.
        arn: The table's ARN.
        index: The index whose limit it is; empty for the table's.
        provisioned: Whether the table's throughput is provisioned.
    """
    suffix = "AccountLimitExceeded" if limit == "Account" else f"{limit}Exceeded"
    reason = f"{'Index' if index else 'Table'}{kind.capitalize()}{suffix}"
    resource = f"{arn}/index/{index}" if index else arn
    return TableThrottle(*_find_code_and_message(limit, index, provisioned=provisioned), reason, resource)


def build_cancellation(count: int, refused: Mapping[int, TableThrottle]) -> dict[str, Any]:
    """The answer to a transaction of `count` actions, some of which are refused."""
    reasons: Sequence[dict[str, Any]] = [
        refused[position].cancellation if position in refused else {"Code": "None"} for position in range(count)
    ]
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    return {"__type": "TransactionCanceledException", "message": message, "CancellationReasons": reasons}


def _find_code_and_message(limit: str, index: str, *, provisioned: bool) -> tuple[str, str]:
    if limit == "MaxOnDemandThroughput":
        return THROTTLING, ON_DEMAND_TEXT
    if limit == "Account":
        return ACCOUNT, ACCOUNT_TEXT
    if not provisioned:
        return THROTTLING, PARTITION_TEXT
    return PROVISIONED, INDEX_TEXT if index else TABLE_TEXT
