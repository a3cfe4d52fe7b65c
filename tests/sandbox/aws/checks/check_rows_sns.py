"""Wrong inputs of SNS, one at a time, with what the user reads."""

from check_rows import Row
from declaration_blocks import FIREHOSE, GONE, NO_FUNCTION, NO_TOPIC, ORDERED, arn

ROWS = (
    Row("topic", {"name": "alarms!"}, 'name: is "alarms!"; use up to 256 letters, digits, hyphens and underscores'),
    Row("topic", {"name": "alarms.fifo"}, 'name: is "alarms.fifo", a FIFO topic\'s name; set fifoTopic or drop .fifo'),
    Row("topic", {"fifoTopic": True}, 'name: is "alarms"; the name of a FIFO topic ends with .fifo'),
    Row(
        "topic",
        {"contentBasedDeduplication": True},
        "contentBasedDeduplication: is set on a standard topic; set fifoTopic or drop it",
    ),
    Row(
        "topic-policy",
        {"policy": {"Version": "2012", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sns:Publish"}]}},
        'policy: has the Version "2012"; use "2012-10-17"',
    ),
    Row(
        "subscription",
        {"topic": NO_TOPIC},
        'topic: is "arn:aws:sns:us-east-1:000000000000:gone", which does not exist; create the topic first',
    ),
    Row(
        "subscription",
        {"topic": "alarms"},
        'topic: is "alarms"; use an ARN such as arn:aws:sns:<region>:<account>:<topic>',
    ),
    Row(
        "subscription",
        {"protocol": "mail"},
        'protocol: is "mail"; use email, email-json, http, https, sms, sqs, lambda, firehose or application',
    ),
    Row("subscription", {"endpoint": "oncall"}, 'endpoint: is "oncall"; the protocol email takes an e-mail address'),
    Row(
        "subscription",
        {"protocol": "https", "endpoint": "http://hooks.example.com"},
        'endpoint: is "http://hooks.example.com"; the protocol https takes an https:// address',
    ),
    Row(
        "subscription",
        {"protocol": "lambda", "endpoint": "worker"},
        'endpoint: is "worker"; use an ARN such as arn:aws:lambda:<region>:<account>:function:<name>',
    ),
    Row(
        "subscription",
        {"protocol": "lambda", "endpoint": NO_FUNCTION},
        (
            'endpoint: is "arn:aws:lambda:us-east-1:000000000000:function:gone", which does not exist; '
            "create the function first"
        ),
    ),
    Row(
        "subscription",
        {"protocol": "sqs", "endpoint": ORDERED},
        'endpoint: names "arn:aws:sqs:us-east-1:000000000000:dead.fifo", a FIFO queue; use a standard queue',
    ),
    Row(
        "subscription",
        {"protocol": "firehose", "endpoint": FIREHOSE},
        "subscriptionRoleArn: is missing; the protocol is firehose",
    ),
    Row(
        "subscription",
        {"rawMessageDelivery": True},
        "rawMessageDelivery: is true for the protocol email; it is for sqs, http, https or firehose",
    ),
    Row(
        "subscription",
        {"redrivePolicy": {"deadLetterTargetArn": GONE}},
        (
            'redrivePolicy: names "arn:aws:sqs:us-east-1:000000000000:gone", which does not exist; create '
            "the queue first"
        ),
    ),
    Row("subscription", {"filterPolicy": {"kind": "order"}}, 'filterPolicy: has "order" at kind; use a list of values'),
    Row(
        "subscription",
        {"filterPolicy": {"a": ["x"], "b": ["x"], "c": ["x"], "d": ["x"], "e": ["x"], "f": ["x"]}},
        "filterPolicy: has 6 keys; use 5 or less",
    ),
    Row(
        "subscription",
        {"topic": arn("sns", "orders.fifo")},
        'protocol: is "email"; a FIFO topic delivers to queues only, use sqs',
        beside={"orders": ("topic", {"name": "orders.fifo", "fifoTopic": True})},
    ),
)
