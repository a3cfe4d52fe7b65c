"""Wrong inputs of Lambda functions, one at a time, with what the user reads."""

from check_rows import DROP, Row
from declaration_blocks import LAYER, NO_TOPIC, ORDERED, STRANGER

ROWS = (
    Row("function", {"timeout": 0}, "timeout: is 0; use 1 to 900 seconds"),
    Row("function", {"timeout": 901}, "timeout: is 901; use 1 to 900 seconds"),
    Row("function", {"memorySize": 127}, "memorySize: is 127; use 128 to 10240 MB"),
    Row("function", {"memorySize": 10_241}, "memorySize: is 10241; use 128 to 10240 MB"),
    Row("function", {"ephemeralStorage.size": 10_241}, "ephemeralStorage.size: is 10241; use 512 to 10240 MB"),
    Row("function", {"layers": [LAYER] * 6}, "layers: has 6 elements; use 5 or less"),
    Row(
        "function",
        {"layers": ["dependencies"]},
        'layers[0]: is "dependencies"; use arn:aws:lambda:<region>:<account>:layer:<name>:<version>',
    ),
    Row(
        "function",
        {"environment.variables": {"AWS_REGION": "eu-west-1"}},
        "environment.variables.AWS_REGION: is a name that Lambda reserves; use another one",
    ),
    Row(
        "function",
        {"environment.variables": {"1ST": "x"}},
        'environment.variables: has the key "1ST"; use a text that matches [a-zA-Z]([a-zA-Z0-9_])+',
    ),
    Row(
        "function",
        {"environment.variables": {"A_KEY": "x" * 4092}},
        "environment.variables: has 4097 bytes; use 4096 or less in all",
    ),
    Row("function", {"handler": DROP}, "handler: is missing; a function from an archive needs handler and runtime"),
    Row(
        "function",
        {"runtime": "python3.14159"},
        (
            'runtime: is "python3.14159"; use one of the service\'s 52 values, e.g. python3.15 or python3.14 '
            "or python3.11"
        ),
    ),
    Row("function", {"runtime": DROP}, "runtime: is missing; a function from an archive needs handler and runtime"),
    Row(
        "function",
        {"packageType": "Image", "imageUri": "x", "handler": DROP, "layers": DROP},
        "runtime: is set for a container image; drop it, the image says it",
    ),
    Row(
        "function",
        {"packageType": "Image", "handler": DROP, "runtime": DROP, "layers": DROP},
        "imageUri: is missing; packageType is Image",
    ),
    Row(
        "function",
        {"imageUri": "repository:tag"},
        "imageUri: is set for an archive; set packageType to Image or drop it",
    ),
    Row("function", {"code": DROP}, "code: is missing; give code, or s3Bucket and s3Key"),
    Row("function", {"code": DROP, "s3Bucket": "lake-events"}, "s3Key: is missing; s3Bucket is set"),
    Row("function", {"architectures": ["arm"]}, 'architectures[0]: is "arm"; use x86_64 or arm64'),
    Row("function", {"architectures": ["arm64", "x86_64"]}, "architectures: has 2 elements; use 1"),
    Row("function", {"name": "work er"}, 'name: is "work er"; use up to 64 letters, digits, hyphens and underscores'),
    Row("function", {"role": "worker"}, 'role: is "worker"; use an ARN such as arn:aws:iam::<account>:role/<name>'),
    Row(
        "function",
        {"role": STRANGER},
        (
            'role: is "arn:aws:iam::000000000000:role/stranger", which lambda.amazonaws.com may not assume; '
            "name it in the role's trust policy"
        ),
    ),
    Row("function", {"tracingConfig": {"mode": "On"}}, 'tracingConfig.mode: is "On"; use Active or PassThrough'),
    Row(
        "function",
        {"loggingConfig": {"logFormat": "Text", "applicationLogLevel": "INFO"}},
        "loggingConfig.applicationLogLevel: is set for the log format Text; use JSON or drop it",
    ),
    Row(
        "function",
        {"deadLetterConfig.targetArn": ORDERED},
        (
            'deadLetterConfig.targetArn: names "arn:aws:sqs:us-east-1:000000000000:dead.fifo", a FIFO queue; '
            "use a standard queue"
        ),
    ),
    Row(
        "function",
        {"deadLetterConfig.targetArn": NO_TOPIC},
        (
            'deadLetterConfig.targetArn: names "arn:aws:sns:us-east-1:000000000000:gone", which does not '
            "exist; create the topic first"
        ),
    ),
    Row(
        "function",
        {"deadLetterConfig.targetArn": "dead"},
        (
            'deadLetterConfig.targetArn: is "dead"; use an ARN such as '
            "arn:aws:sqs:<region>:<account>:<queue> or arn:aws:sns:<region>:<account>:<topic>"
        ),
    ),
    Row(
        "function",
        {"reservedConcurrentExecutions": 901},
        (
            "reservedConcurrentExecutions: is 901; the account runs 1000 at once, and 100 stay unreserved: "
            "use 900 or less, or ask AWS for a higher quota"
        ),
    ),
    Row(
        "function",
        {"reservedConcurrentExecutions": -2},
        "reservedConcurrentExecutions: is -2; use 0 or more, or -1 for no reservation",
    ),
    Row(
        "function",
        {"reservedConcurrentExecutions": 400},
        (
            "reservedConcurrentExecutions: is 400; the account runs 1000 at once and other functions reserve "
            "501, and 100 stay unreserved: use 399 or less, or ask AWS for a higher quota"
        ),
        beside={"other": ("function", {"name": "other", "reservedConcurrentExecutions": 501})},
    ),
    Row(
        "layer",
        {"compatibleRuntimes": ["python2"]},
        (
            'compatibleRuntimes[0]: is "python2"; use one of the service\'s 52 values, e.g. python2.7 or '
            "python3.12 or python3.9"
        ),
    ),
    Row(
        "layer",
        {"layerName": "the layer"},
        (
            'layerName: is "the layer"; use a text that matches '
            "(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]{1,140}|[a-zA-Z0-9-_]{1,140})"
        ),
    ),
    Row(
        "alias",
        {"functionVersion": "one"},
        'functionVersion: is "one"; use a text that matches (\\$LATEST(\\.PUBLISHED)?|[0-9]+)',
    ),
    Row("alias", {"name": "1"}, 'name: is "1"; use a text that matches (?!^[0-9]+$)([a-zA-Z0-9-_]+)'),
    Row(
        "alias",
        {"functionName": "unknown"},
        'functionName: is "unknown", which does not exist; create the function first',
    ),
    Row(
        "alias",
        {"functionVersion": "$LATEST", "routingConfig": {"additionalVersionWeights": {"2": 0.1}}},
        'functionVersion: is "$LATEST" beside a routingConfig; publish, and name a version',
    ),
    Row(
        "alias",
        {"routingConfig": {"additionalVersionWeights": {"2": 1.5}}},
        "routingConfig.additionalVersionWeights.2: is 1.5; use 0.0 to 1.0",
    ),
)
