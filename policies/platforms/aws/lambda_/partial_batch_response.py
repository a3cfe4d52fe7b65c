"""AWS-RES-06: a batch with one bad message does not repeat the good ones."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation
from policies.platforms.aws.links import MAPPING, QUEUE, STREAM, TABLE

GUIDE = (
    "https://docs.aws.amazon.com/prescriptive-guidance/latest/lambda-event-filtering-partial-batch-responses-for-sqs/"
    "best-practices-partial-batch-responses.html"
)
STREAMS = "https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html"
RESPONSE = "ReportBatchItemFailures"
# What Lambda does when no batch size is given:
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
BATCH_SIZES = {"sqs": 10, "dynamodb": 100, "kinesis": 100}
SERVICES = {QUEUE: "sqs", TABLE: "dynamodb", STREAM: "kinesis"}


def check(mapping: Resource, context: RuleContext) -> Iterator[Violation]:
    """Look for the response type that names the failed messages of a batch."""
    default = BATCH_SIZES.get(_service(mapping, context))
    if default is None:
        raise NotApplicableError("it reads neither a queue nor a stream")
    size = mapping.number("batchSize", default)
    if size <= 1:
        raise NotApplicableError("its batches hold one message, which fails or succeeds as a whole")
    if RESPONSE not in mapping.texts("functionResponseTypes"):
        yield Violation(
            f"batches of up to {size:g} fail as a whole: one bad message makes all of them come again",
            f"have the function return batchItemFailures and set function_response_types to ['{RESPONSE}'], "
            "or set batch_size to 1",
            actual=size,
            required=1,
        )


def _service(mapping: Resource, context: RuleContext) -> str:
    if not mapping.has("eventSourceArn"):
        return ""
    read = context.graph.target(mapping, "eventSourceArn", *SERVICES)
    if read is not None:
        return SERVICES[read.type]
    # arn:partition:service:region:account:resource
    _, _, service, *_ = [*mapping.text("eventSourceArn").split(":"), "", ""]
    return service


RULE = Rule(
    id="aws-res-06",
    title="A failed message does not repeat its batch",
    category="resilience",
    severity="medium",
    types=(MAPPING,),
    reads=tuple(SERVICES),
    check=check,
    sources=(GUIDE, STREAMS),
)
