"""Wrong inputs of Lambda event source mappings, one at a time, with what the user reads."""

from check_rows import DROP, Row
from declaration_blocks import GONE, NO_TABLE, ORDERED, WORKER, arn

ROWS = (
    Row("queue-mapping", {"batchSize": 0}, "batchSize: is 0; use 1 to 10000"),
    Row("queue-mapping", {"batchSize": 10_001}, "batchSize: is 10001; use 1 to 10000"),
    Row(
        "queue-mapping",
        {"batchSize": 11},
        (
            "maximumBatchingWindowInSeconds: must be 1 or more for a batchSize of 11; set it, or use a "
            "batchSize of 10 or less"
        ),
    ),
    Row(
        "queue-mapping", {"maximumBatchingWindowInSeconds": 301}, "maximumBatchingWindowInSeconds: is 301; use 0 to 300"
    ),
    Row("queue-mapping", {"eventSourceArn": ORDERED, "batchSize": 11}, "batchSize: is 11; a FIFO queue gives 1 to 10"),
    Row(
        "queue-mapping",
        {"eventSourceArn": ORDERED, "maximumBatchingWindowInSeconds": 5},
        "maximumBatchingWindowInSeconds: is 5; a FIFO queue has no batching window, drop it",
    ),
    Row(
        "queue-mapping",
        {"scalingConfig.maximumConcurrency": 1},
        "scalingConfig.maximumConcurrency: is 1; use 2 to 1000",
    ),
    Row(
        "queue-mapping",
        {"scalingConfig.maximumConcurrency": 21},
        ("scalingConfig.maximumConcurrency: is 21, more than the 20 that the function reserves; use 20 or less"),
    ),
    Row(
        "queue-mapping",
        {"startingPosition": "LATEST"},
        "startingPosition: is for streams; the source is a queue, drop it",
    ),
    Row(
        "queue-mapping",
        {"parallelizationFactor": 2},
        "parallelizationFactor: is for streams; the source is a queue, drop it",
    ),
    Row(
        "queue-mapping",
        {"functionName": "unknown"},
        'functionName: is "unknown", which does not exist; create the function first',
    ),
    Row(
        "queue-mapping",
        {"eventSourceArn": GONE},
        (
            'eventSourceArn: names "arn:aws:sqs:us-east-1:000000000000:gone", which does not exist; create '
            "the queue first"
        ),
    ),
    Row(
        "queue-mapping",
        {"eventSourceArn": "work"},
        'eventSourceArn: is "work"; use an ARN such as arn:aws:<service>:...',
    ),
    Row(
        "queue-mapping",
        {"functionResponseTypes": ["ReportFailures"]},
        'functionResponseTypes[0]: is "ReportFailures"; use ReportBatchItemFailures',
    ),
    Row(
        "queue-mapping",
        {"eventSourceArn": arn("sqs", "quick")},
        (
            "eventSourceArn: is a queue that hides messages for 29 s, the function may run 30 s; raise the "
            "queue's visibilityTimeoutSeconds to 30 or more (six times is advised)"
        ),
        beside={"quick": ("queue", {"name": "quick", "visibilityTimeoutSeconds": 29})},
    ),
    Row(
        "queue-mapping",
        {},
        (
            'eventSourceArn: is "arn:aws:sqs:us-east-1:000000000000:work", which the function reads already; '
            "drop one mapping"
        ),
        beside={"again": ("queue-mapping", {})},
    ),
    Row(
        "queue-mapping",
        {"filterCriteria": {"filters": [{"pattern": "kind = order"}]}},
        'filterCriteria.filters[0].pattern: is "kind = order", not a JSON object; use one',
    ),
    Row(
        "queue-mapping",
        {"filterCriteria": {"filters": [{"pattern": "{}"}] * 11}},
        "filterCriteria.filters: has 11 elements; use 10 or less",
    ),
    Row(
        "stream-mapping",
        {"startingPosition": DROP},
        "startingPosition: is missing; a stream is read from TRIM_HORIZON or LATEST",
    ),
    Row(
        "stream-mapping",
        {"startingPosition": "AT_TIMESTAMP"},
        'startingPosition: is "AT_TIMESTAMP"; a table\'s stream is read from TRIM_HORIZON or LATEST',
    ),
    Row(
        "stream-mapping",
        {"eventSourceArn": arn("kinesis", "stream/clicks"), "startingPosition": "AT_TIMESTAMP"},
        'startingPositionTimestamp: is missing; startingPosition is "AT_TIMESTAMP"',
    ),
    Row("stream-mapping", {"parallelizationFactor": 11}, "parallelizationFactor: is 11; use 1 to 10"),
    Row("stream-mapping", {"maximumRetryAttempts": 10_001}, "maximumRetryAttempts: is 10001; use -1 to 10000"),
    Row(
        "stream-mapping",
        {"maximumRecordAgeInSeconds": 30},
        "maximumRecordAgeInSeconds: is 30; use 60 to 604800 seconds, or -1 for no limit",
    ),
    Row("stream-mapping", {"tumblingWindowInSeconds": 901}, "tumblingWindowInSeconds: is 901; use 0 to 900"),
    Row(
        "stream-mapping",
        {"scalingConfig": {"maximumConcurrency": 2}},
        "scalingConfig.maximumConcurrency: is for queues; use parallelizationFactor for a stream",
    ),
    Row(
        "stream-mapping",
        {"eventSourceArn": arn("dynamodb", "table/orders")},
        ('eventSourceArn: is "arn:aws:dynamodb:us-east-1:000000000000:table/orders", a table; use its streamArn'),
    ),
    Row(
        "stream-mapping",
        {"eventSourceArn": NO_TABLE},
        (
            "eventSourceArn: names "
            '"arn:aws:dynamodb:us-east-1:000000000000:table/gone/stream/2026-01-01T00:00:00.000", which does '
            "not exist; create the table first"
        ),
    ),
    Row(
        "stream-mapping",
        {"destinationConfig.onFailure.destinationArn": ORDERED},
        (
            "destinationConfig.onFailure.destinationArn: names "
            '"arn:aws:sqs:us-east-1:000000000000:dead.fifo", a FIFO queue; use a standard queue'
        ),
    ),
    Row(
        "stream-mapping",
        {"destinationConfig.onFailure.destinationArn": WORKER},
        (
            "destinationConfig.onFailure.destinationArn: is "
            '"arn:aws:lambda:us-east-1:000000000000:function:worker"; use an ARN such as '
            "arn:aws:sqs:<region>:<account>:<queue>, arn:aws:sns:<region>:<account>:<topic> or "
            "arn:aws:s3:::<bucket>"
        ),
    ),
)
