"""Every quota of AWS that the shop leans on: its number, what enforces it here, and where AWS says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
CONCURRENCY = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"
API = "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"
HTTP_API = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"
QUEUES = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html"
FIFO_QUEUES = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-fifo.html"
MESSAGES = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"
EVENTS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html"
PUT_EVENTS = "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html"
TABLES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"
PARTITIONS = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html"
ITEMS = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"
MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota of an account in a region."""

    name: str
    default: int
    """What AWS gives; a new account may have less."""
    unit: str
    limits: str
    """What it bounds."""
    error: str
    """What AWS answers above it."""
    source: str
    enforced_by: str
    """Which part of the sandbox enforces it: a supplement, `emulator`, or the `checks` of a deployment."""
    highest: int | None = MOST
    """The most it can be set to; None if it can't be set here, because AWS fixes it for everyone."""
    lowest: int = 1
    burst: str = ""
    """For a rate: the quota that is the size of its bucket; empty for a bucket of one second."""


_ALL = (
    Quota(
        "lambda.concurrency",
        1_000,
        "executions",
        "functions running at once; new accounts often have 10",
        "`TooManyRequestsException`, reason `ConcurrentInvocationLimitExceeded`",
        LAMBDA,
        "quotas",
    ),
    Quota(
        "lambda.unreserved",
        100,
        "executions",
        "what reservations must leave to other functions; the whole quota where that is smaller",
        "`InvalidParameterValueException`",
        CONCURRENCY,
        "quotas",
        highest=None,
    ),
    Quota(
        "lambda.request-bytes",
        6_291_456,
        "bytes",
        "request and response of a synchronous invocation",
        "`RequestTooLargeException`, `Function.ResponseSizeTooLarge`",
        LAMBDA,
        "functions",
        highest=None,
    ),
    Quota(
        "lambda.event-bytes",
        1_048_576,
        "bytes",
        "request of an asynchronous invocation",
        "`RequestTooLargeException`",
        LAMBDA,
        "functions",
        highest=None,
    ),
    Quota(
        "apigateway.rate",
        10_000,
        "requests/s",
        "requests to all APIs of a region",
        "429 `Too Many Requests`",
        API,
        "apigateway",
        burst="apigateway.burst",
    ),
    Quota(
        "apigateway.burst",
        5_000,
        "requests",
        "bucket of that rate; AWS sets it by the rate",
        "429 `Too Many Requests`",
        API,
        "apigateway",
    ),
    Quota(
        "apigateway.payload-bytes",
        10_485_760,
        "bytes",
        "body of a request to an HTTP API",
        "413 `Request Entity Too Large`",
        HTTP_API,
        "apigateway",
        highest=None,
    ),
    Quota(
        "apigateway.integration-ms",
        30_000,
        "ms",
        "how long an HTTP API waits for its integration",
        "503 `Service Unavailable`",
        HTTP_API,
        "apigateway",
        highest=None,
    ),
    Quota(
        "sqs.inflight",
        120_000,
        "messages",
        "received and not yet deleted, per standard queue",
        "`OverLimit` with short polling; nothing is received with long polling",
        QUEUES,
        "quotas",
    ),
    Quota(
        "sqs.fifo-inflight",
        120_000,
        "messages",
        "received and not yet deleted, per FIFO queue",
        "none: nothing is received",
        FIFO_QUEUES,
        "quotas",
    ),
    Quota(
        "sqs.message-bytes",
        1_048_576,
        "bytes",
        "a message, and the sum of a batch",
        "`InvalidParameterValue`, `BatchRequestTooLong`",
        MESSAGES,
        "emulator",
        highest=None,
    ),
    Quota(
        "events.putevents-rate",
        10_000,
        "calls/s",
        "calls of PutEvents (in us-east-1; other regions have less)",
        "`ThrottlingException`",
        EVENTS,
        "quotas",
    ),
    Quota(
        "events.entries",
        10,
        "entries",
        "events of one PutEvents call",
        "`ValidationException`",
        PUT_EVENTS,
        "emulator",
        highest=None,
    ),
    Quota("events.rules-per-bus", 300, "rules", "rules of a bus", "`LimitExceededException`", EVENTS, "quotas"),
    Quota("events.targets-per-rule", 5, "targets", "targets of a rule", "`LimitExceededException`", EVENTS, "quotas"),
    Quota(
        "dynamodb.table-wcu",
        40_000,
        "units/s",
        "writes of a table or index on demand",
        "`RequestLimitExceeded`",
        TABLES,
        "capacity",
    ),
    Quota(
        "dynamodb.table-rcu",
        40_000,
        "units/s",
        "reads of a table or index on demand",
        "`RequestLimitExceeded`",
        TABLES,
        "capacity",
    ),
    Quota(
        "dynamodb.partition-wcu",
        1_000,
        "units/s",
        "writes to one partition key; it can only be lowered",
        "`ProvisionedThroughputExceededException`, or `ThrottlingException` on demand",
        PARTITIONS,
        "capacity",
        highest=1_000,
    ),
    Quota(
        "dynamodb.partition-rcu",
        3_000,
        "units/s",
        "reads of one partition key; it can only be lowered",
        "`ProvisionedThroughputExceededException`, or `ThrottlingException` on demand",
        PARTITIONS,
        "capacity",
        highest=3_000,
    ),
    Quota(
        "dynamodb.item-bytes",
        409_600,
        "bytes",
        "an item with its attribute names",
        "`ValidationException`",
        ITEMS,
        "emulator",
        highest=None,
    ),
    Quota(
        "dynamodb.transaction-items",
        100,
        "items",
        "actions of a transaction",
        "`ValidationException`",
        ITEMS,
        "emulator",
        highest=None,
    ),
)

QUOTAS: Mapping[str, Quota] = MappingProxyType({quota.name: quota for quota in _ALL})
"""All of them, by name."""


def validate_quota(name: str, value: object) -> str | None:
    """Why a quota can't be set to a value, with what could be done instead; None if it can."""
    quota = QUOTAS.get(name)
    if quota is None:
        return f"quota '{name}' is not known; known are: {', '.join(q.name for q in _ALL if q.highest)}"
    if quota.highest is None:
        return f"quota '{name}' is {quota.default:,} {quota.unit} for every account of AWS and can't be set"
    if isinstance(value, int) and not isinstance(value, bool) and quota.lowest <= value <= quota.highest:
        return None
    return f"quota '{name}' is {value!r}; use a whole number of {quota.unit} from {quota.lowest} to {quota.highest:,}"
