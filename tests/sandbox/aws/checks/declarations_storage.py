"""Valid declarations of what keeps and watches: buckets, streams, alarms, keys, secrets."""

import json

from declaration_blocks import ACCOUNT, PARTITIONED, TOPIC, Bases, policy

STORAGE: Bases = {
    "bucket": ("aws:s3/bucket:Bucket", {"bucket": "lake-events"}),
    "bucket-policy": ("aws:s3/bucketPolicy:BucketPolicy", {
        "bucket": "lake-events",
        "policy": policy({
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::lake-events/*",
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        }),
    }),
    "versioning": ("aws:s3/bucketVersioning:BucketVersioning", {
        "bucket": "lake-events", "versioningConfiguration": {"status": "Enabled"},
    }),
    "lifecycle": ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", {
        "bucket": "lake-events",
        "rules": [{
            "id": "expire",
            "status": "Enabled",
            "expiration": {"days": 400},
            "transitions": [{"days": 30, "storageClass": "STANDARD_IA"}],
        }],
    }),
    "encryption": (
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        {"bucket": "lake-events", "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
    ),
    "public-access": ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", {
        "bucket": "lake-events", "blockPublicAcls": True,
    }),
    "ownership": ("aws:s3/bucketOwnershipControls:BucketOwnershipControls", {
        "bucket": "lake-events", "rule": {"objectOwnership": "BucketOwnerEnforced"},
    }),
    "object": ("aws:s3/bucketObject:BucketObject", {"bucket": "lake-events", "key": "a.html", "content": "a"}),
    "object-v2": ("aws:s3/bucketObjectv2:BucketObjectv2", {
        "bucket": "lake-events", "key": "index.html", "content": "<html>", "serverSideEncryption": "AES256",
    }),
    "stream": ("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", {
        "name": "lake", "destination": "extended_s3", "extendedS3Configuration": PARTITIONED,
    }),
    "subscription": ("aws:sns/topicSubscription:TopicSubscription", {
        "topic": TOPIC, "protocol": "email", "endpoint": "oncall@example.com",
    }),
    "alarm": ("aws:cloudwatch/metricAlarm:MetricAlarm", {
        "name": "age",
        "namespace": "AWS/SQS",
        "metricName": "ApproximateAgeOfOldestMessage",
        "statistic": "Maximum",
        "period": 60,
        "evaluationPeriods": 5,
        "datapointsToAlarm": 3,
        "threshold": 300,
        "comparisonOperator": "GreaterThanThreshold",
        "treatMissingData": "notBreaching",
        "dimensions": {"QueueName": "work"},
        "alarmActions": [TOPIC],
    }),
    "ratio-alarm": ("aws:cloudwatch/metricAlarm:MetricAlarm", {
        "name": "errors",
        "evaluationPeriods": 1,
        "threshold": 1,
        "comparisonOperator": "GreaterThanThreshold",
        "metricQueries": [
            {"id": "ratio", "expression": "errors / calls", "returnData": True},
            {"id": "errors", "metric": {
                "namespace": "AWS/Lambda", "metricName": "Errors", "period": 60, "stat": "Sum",
            }},
            {"id": "calls", "metric": {
                "namespace": "AWS/Lambda", "metricName": "Invocations", "period": 60, "stat": "Sum",
            }},
        ],
    }),
    "composite": ("aws:cloudwatch/compositeAlarm:CompositeAlarm", {
        "alarmName": "shop", "alarmRule": 'ALARM("age") OR (ALARM("errors") AND NOT OK("age"))',
    }),
    "dashboard": ("aws:cloudwatch/dashboard:Dashboard", {
        "dashboardName": "overview",
        "dashboardBody": json.dumps({"widgets": [{"type": "metric", "width": 12, "height": 6, "x": 0, "y": 0}]}),
    }),
    "budget": ("aws:budgets/budget:Budget", {
        "name": "spend",
        "budgetType": "COST",
        "timeUnit": "MONTHLY",
        "limitAmount": "50",
        "limitUnit": "USD",
        "notifications": [{
            "notificationType": "ACTUAL",
            "comparisonOperator": "GREATER_THAN",
            "threshold": 100,
            "thresholdType": "PERCENTAGE",
            "subscriberSnsTopicArns": [TOPIC],
        }],
    }),
    "key": ("aws:kms/key:Key", {
        "description": "Orders",
        "deletionWindowInDays": 7,
        "enableKeyRotation": True,
        "policy": policy({
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }),
    }),
    "key-alias": ("aws:kms/alias:Alias", {"name": "alias/orders", "targetKeyId": "1234"}),
    "secret": ("aws:secretsmanager/secret:Secret", {"name": "shop/origin", "recoveryWindowInDays": 7}),
    "secret-version": ("aws:secretsmanager/secretVersion:SecretVersion", {"secretId": "s", "secretString": "x"}),
    "parameter": ("aws:ssm/parameter:Parameter", {"name": "/shop/rate", "type": "String", "value": "5"}),
}  # fmt: skip
