"""Wrong inputs of SQS, one at a time, with what the user reads."""

from check_rows import Row
from declaration_blocks import DEAD, GONE, ORDERED, WORK

ROWS = (
    Row("queue", {"visibilityTimeoutSeconds": 43_201}, "visibilityTimeoutSeconds: is 43201; use 0 to 43200 seconds"),
    Row("queue", {"visibilityTimeoutSeconds": "-1"}, "visibilityTimeoutSeconds: is -1; use 0 to 43200 seconds"),
    Row("queue", {"messageRetentionSeconds": 59}, "messageRetentionSeconds: is 59; use 60 to 1209600 seconds"),
    Row(
        "queue",
        {"messageRetentionSeconds": 1_209_601},
        "messageRetentionSeconds: is 1209601; use 60 to 1209600 seconds",
    ),
    Row("queue", {"delaySeconds": 901}, "delaySeconds: is 901; use 0 to 900 seconds"),
    Row("queue", {"maxMessageSize": 1_048_577}, "maxMessageSize: is 1048577; use 1024 to 1048576 bytes"),
    Row("queue", {"receiveWaitTimeSeconds": 21}, "receiveWaitTimeSeconds: is 21; use 0 to 20 seconds"),
    Row("queue", {"receiveWaitTimeSeconds": 0.5}, "receiveWaitTimeSeconds: is 0.5; use a whole number"),
    Row(
        "queue",
        {"visibilityTimeoutSeconds": "thirty"},
        'visibilityTimeoutSeconds: is "thirty", not a number; use 0 to 43200 seconds',
    ),
    Row("queue", {"kmsDataKeyReusePeriodSeconds": 59}, "kmsDataKeyReusePeriodSeconds: is 59; use 60 to 86400 seconds"),
    Row(
        "queue", {"name": "work queue"}, 'name: is "work queue"; use up to 80 letters, digits, hyphens and underscores'
    ),
    Row("queue", {"name": "work.fifo"}, 'name: is "work.fifo", a FIFO queue\'s name; set fifoQueue or drop .fifo'),
    Row("ordered", {"name": "ordered"}, 'name: is "ordered"; the name of a FIFO queue ends with .fifo'),
    Row(
        "queue",
        {"contentBasedDeduplication": True},
        "contentBasedDeduplication: is true on a standard queue; set fifoQueue or drop it",
    ),
    Row("ordered", {"deduplicationScope": "all"}, 'deduplicationScope: is "all"; use queue or messageGroup'),
    Row(
        "ordered",
        {"fifoThroughputLimit": "perMessageGroupId"},
        'deduplicationScope: must be "messageGroup" where fifoThroughputLimit is "perMessageGroupId"',
    ),
    Row(
        "queue",
        {"kmsMasterKeyId": "alias/orders"},
        "sqsManagedSseEnabled: is set beside kmsMasterKeyId; set one of them",
    ),
    Row(
        "queue",
        {"redrivePolicy": "{"},
        (
            "redrivePolicy: is not JSON (Expecting property name enclosed in double quotes: line 1 column 2 "
            "(char 1)); use a JSON object"
        ),
    ),
    Row(
        "queue",
        {"redrivePolicy": {"deadLetterTargetArn": DEAD}},
        "redrivePolicy: has no maxReceiveCount; give deadLetterTargetArn and maxReceiveCount",
    ),
    Row(
        "queue",
        {"redrivePolicy": {"deadLetterTargetArn": DEAD, "maxReceiveCount": 0}},
        "redrivePolicy: has a maxReceiveCount of 0; use 1 to 1000",
    ),
    Row(
        "queue",
        {"redrivePolicy": {"deadLetterTargetArn": ORDERED, "maxReceiveCount": 5}},
        ('redrivePolicy: names "arn:aws:sqs:us-east-1:000000000000:dead.fifo", a FIFO queue; use a standard queue'),
    ),
    Row(
        "queue",
        {"redrivePolicy": {"deadLetterTargetArn": GONE, "maxReceiveCount": 5}},
        (
            'redrivePolicy: names "arn:aws:sqs:us-east-1:000000000000:gone", which does not exist; create '
            "the queue first"
        ),
    ),
    Row(
        "queue",
        {"redrivePolicy": {"deadLetterTargetArn": "dead", "maxReceiveCount": 5}},
        'redrivePolicy: names "dead", not a queue; use arn:aws:sqs:<region>:<account>:<queue>',
    ),
    Row(
        "redrive",
        {"redrivePolicy": {"deadLetterTargetArn": DEAD, "maxReceiveCount": 1_001}},
        "redrivePolicy: has a maxReceiveCount of 1001; use 1 to 1000",
    ),
    Row(
        "redrive",
        {"queueUrl": "https://sqs/work.fifo"},
        'redrivePolicy: names "arn:aws:sqs:us-east-1:000000000000:dead", a standard queue; use a FIFO queue',
    ),
    Row(
        "redrive-allow",
        {"redriveAllowPolicy": {"redrivePermission": "some"}},
        'redriveAllowPolicy: has a redrivePermission of "some"; use allowAll, denyAll or byQueue',
    ),
    Row(
        "redrive-allow",
        {"redriveAllowPolicy": {"redrivePermission": "byQueue"}},
        "redriveAllowPolicy: allows byQueue; give 1 to 10 sourceQueueArns, or allowAll",
    ),
    Row(
        "redrive-allow",
        {"redriveAllowPolicy": {"redrivePermission": "denyAll", "sourceQueueArns": [WORK]}},
        "redriveAllowPolicy: has sourceQueueArns beside denyAll; use byQueue or drop them",
    ),
    Row(
        "queue-policy",
        {"policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage"}]}},
        "policy: Statement[0] has no Principal; say who is meant",
    ),
)
