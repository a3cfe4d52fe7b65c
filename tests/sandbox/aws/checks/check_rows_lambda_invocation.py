"""Wrong inputs of Lambda permissions, asynchronous invocations and provisioned concurrency, one at a time."""

from check_rows import Row
from declaration_blocks import NO_FUNCTION, ORDERED, WORKER

ROWS = (
    Row(
        "permission", {"function": "unknown"}, 'function: is "unknown", which does not exist; create the function first'
    ),
    Row(
        "permission",
        {"action": "InvokeFunction"},
        'action: is "InvokeFunction"; use a text that matches (lambda:[*]|lambda:[a-zA-Z]+|[*])',
    ),
    Row("permission", {"sourceArn": "api"}, 'sourceArn: is "api"; use an ARN such as arn:aws:<service>:...'),
    Row(
        "permission",
        {"function": f"{WORKER}:live", "qualifier": "other"},
        'qualifier: is "other", the function says "live"; use one',
    ),
    Row(
        "permission",
        {"functionUrlAuthType": "NONE"},
        "functionUrlAuthType: is set for lambda:InvokeFunction; use lambda:InvokeFunctionUrl",
    ),
    Row("invoke-config", {"maximumRetryAttempts": 3}, "maximumRetryAttempts: is 3; use 0 to 2"),
    Row("invoke-config", {"maximumEventAgeInSeconds": 21_601}, "maximumEventAgeInSeconds: is 21601; use 60 to 21600"),
    Row(
        "invoke-config",
        {"destinationConfig.onFailure.destination": ORDERED},
        (
            'destinationConfig.onFailure.destination: names "arn:aws:sqs:us-east-1:000000000000:dead.fifo", '
            "a FIFO queue; use a standard queue"
        ),
    ),
    Row(
        "invoke-config",
        {"destinationConfig": {"onSuccess": {"destination": "arn:aws:s3:::lake-events"}}},
        (
            'destinationConfig.onSuccess.destination: is "arn:aws:s3:::lake-events"; use an ARN such as '
            "arn:aws:sqs:<region>:<account>:<queue>, arn:aws:sns:<region>:<account>:<topic>, "
            "arn:aws:lambda:<region>:<account>:function:<name> or "
            "arn:aws:events:<region>:<account>:event-bus/<name>"
        ),
    ),
    Row("provisioned", {"qualifier": "$LATEST"}, 'qualifier: is "$LATEST"; use a published version or an alias of one'),
    Row(
        "provisioned",
        {"qualifier": "newest"},
        'qualifier: is "newest", an alias of "$LATEST"; point it to a published version',
    ),
    Row(
        "provisioned",
        {"provisionedConcurrentExecutions": 21},
        ("provisionedConcurrentExecutions: is 21, more than the 20 that the function reserves; use 20 or less"),
    ),
    Row("provisioned", {"provisionedConcurrentExecutions": 0}, "provisionedConcurrentExecutions: is 0; use 1 or more"),
    Row(
        "invoke-config",
        {"destinationConfig.onFailure.destination": NO_FUNCTION},
        (
            "destinationConfig.onFailure.destination: is "
            '"arn:aws:lambda:us-east-1:000000000000:function:gone", which does not exist; create the '
            "function first"
        ),
    ),
    *(
        Row(
            base,
            {"functionName": "unknown"},
            'functionName: is "unknown", which does not exist; create the function first',
        )
        for base in ("provisioned", "invoke-config")
    ),
)
