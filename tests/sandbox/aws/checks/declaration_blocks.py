"""What the valid declarations name: ARNs, policies, and blocks that several have."""

import json
from collections.abc import Mapping
from typing import Any

# By logical name: a type and its inputs.
Bases = Mapping[str, tuple[str, dict[str, Any]]]
ACCOUNT, REGION = "000000000000", "us-east-1"
HOST = {"4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7", "path": "code.zip"}


def arn(service: str, rest: str, *, region: str = REGION, account: str = ACCOUNT) -> str:
    return f"arn:aws:{service}:{region}:{account}:{rest}"


def trust(*services: str) -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": list(services)}}
    return policy(statement)


def policy(*statements: Mapping[str, Any], **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **more})


ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"
WORK, DEAD, ORDERED = arn("sqs", "work"), arn("sqs", "dead"), arn("sqs", "dead.fifo")
WORKER, TOPIC = arn("lambda", "function:worker"), arn("sns", "alarms")
STREAM = arn("dynamodb", "table/orders/stream/2026-01-01T00:00:00.000")
CERTIFICATE = arn("acm", "certificate/00000000-0000-4000-8000-000000000000")
READ = {"Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": "*"}
SEND = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
VISIBLE = {"cloudwatchMetricsEnabled": True, "sampledRequestsEnabled": True, "metricName": "edge"}
BEHAVIOUR = {
    "targetOriginId": "files",
    "viewerProtocolPolicy": "redirect-to-https",
    "cachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    "allowedMethods": ["GET", "HEAD"],
    "cachedMethods": ["GET", "HEAD"],
}
PARTITIONED = {
    "roleArn": ROLE,
    "bucketArn": "arn:aws:s3:::lake-events",
    "prefix": "events/type=!{partitionKeyFromQuery:type}/",
    "errorOutputPrefix": "errors/!{firehose:error-output-type}/",
    "bufferingSize": 64,
    "bufferingInterval": 60,
    "compressionFormat": "GZIP",
    "dynamicPartitioningConfiguration": {"enabled": True},
    "processingConfiguration": {
        "enabled": True,
        "processors": [
            {
                "type": "MetadataExtraction",
                "parameters": [
                    {"parameterName": "JsonParsingEngine", "parameterValue": "JQ-1.6"},
                    {"parameterName": "MetadataExtractionQuery", "parameterValue": "{type: .type}"},
                ],
            }
        ],
    },
    "cloudwatchLoggingOptions": {"enabled": True, "logGroupName": "worker-logs", "logStreamName": "delivery"},
}
# What does not exist, or is not what is asked for.
GONE, NO_TOPIC, NO_BUS = arn("sqs", "gone"), arn("sns", "gone"), arn("events", "event-bus/gone")
NO_FUNCTION, NO_TABLE = arn("lambda", "function:gone"), STREAM.replace("orders", "gone")
STRANGER = f"arn:aws:iam::{ACCOUNT}:role/stranger"
LAYER, FIREHOSE = arn("lambda", "layer:dependencies:1"), arn("firehose", "deliverystream/lake")
FAR_CERTIFICATE = CERTIFICATE.replace(REGION, "eu-west-1")
REGIONAL_ACL = arn("wafv2", "regional/webacl/edge/1")
LONG_TRUST = trust(*["x" * 40 + ".amazonaws.com"] * 80)
HALF_POLICY = policy({**READ, "Resource": ["arn:aws:s3:::" + "x" * 50] * 80})
LONG_POLICY = policy({**READ, "Resource": ["arn:aws:s3:::" + "x" * 50] * 160})
