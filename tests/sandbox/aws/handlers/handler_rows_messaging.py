"""Rows for queues, topics, events, schedules, delivery streams."""

import json
from typing import Any

from handler_lab import Lab, Made, Row, document
from plane_fixture import named

TAGS = {"tags": {"owner": "platform-team", "env": "dev"}}
RETAGGED = {"tags": {"owner": "another-team"}}


def send(resource: str) -> str:
    principal = {"Service": "events.amazonaws.com"}
    return document({"Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage"}, resource=resource)


def publish(topic: str, service: str = "cloudwatch.amazonaws.com") -> str:
    return document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sns:Publish"}, resource=topic)


def redrive(lab: Lab, receives: int = 5) -> str:
    return json.dumps({"deadLetterTargetArn": lab.queue()["arn"], "maxReceiveCount": receives})


def allowing(queue: Made) -> str:
    return json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [queue["arn"]]})


def queue_policy(lab: Lab) -> dict[str, Any]:
    queue = lab.queue()
    return {"queueUrl": queue.id, "policy": send(queue["arn"])}


def set_queue(lab: Lab, made: Made, **attributes: str) -> None:
    lab.clients.sqs.set_queue_attributes(QueueUrl=made.id, Attributes=attributes)


def rule(lab: Lab) -> Made:
    given = {"name": named("rule"), "eventBusName": lab.bus().id, "eventPattern": '{"source": ["shop.orders"]}'}
    return lab.make("aws:cloudwatch/eventRule:EventRule", given)


def target(lab: Lab) -> dict[str, Any]:
    made = rule(lab)
    return {
        "rule": made.inputs["name"],
        "eventBusName": made.inputs["eventBusName"],
        "targetId": "queue",
        "arn": lab.queue()["arn"],
        "deadLetterConfig": {"arn": lab.queue()["arn"]},
        "retryPolicy": {"maximumRetryAttempts": 185, "maximumEventAgeInSeconds": 86400},
    }


def retarget(lab: Lab, made: Made) -> None:
    given = made.inputs
    lab.clients.events.put_targets(
        Rule=given["rule"], EventBusName=given["eventBusName"], Targets=[{"Id": "queue", "Arn": lab.queue()["arn"]}]
    )


def schedule(lab: Lab) -> dict[str, Any]:
    return {
        "name": named("schedule"),
        "scheduleExpression": "rate(1 minute)",
        "scheduleExpressionTimezone": "UTC",
        "state": "ENABLED",
        "description": "sweeps",
        "flexibleTimeWindow": {"mode": "OFF"},
        "target": schedule_target(lab),
    }


def schedule_target(lab: Lab, text: str = "{}") -> dict[str, Any]:
    return {
        "arn": lab.function()["arn"],
        "roleArn": lab.role("scheduler")["arn"],
        "input": text,
        "deadLetterConfig": {"arn": lab.queue()["arn"]},
        "retryPolicy": {"maximumRetryAttempts": 2, "maximumEventAgeInSeconds": 300},
    }


def reschedule(lab: Lab, made: Made) -> None:
    found = lab.clients.scheduler.get_schedule(Name=made.inputs["name"])
    kept = {k: found[k] for k in ("Name", "FlexibleTimeWindow", "Target", "ScheduleExpressionTimezone")}
    lab.clients.scheduler.update_schedule(**kept, ScheduleExpression="rate(9 minutes)")


def stream(lab: Lab) -> dict[str, Any]:
    return {
        "name": named("stream"),
        "destination": "extended_s3",
        "extendedS3Configuration": destination(lab, 60),
        "serverSideEncryption": {"enabled": True, "keyType": "AWS_OWNED_CMK"},
        **TAGS,
    }


def destination(lab: Lab, seconds: int) -> dict[str, Any]:
    return {
        "bucketArn": lab.bucket()["arn"],
        "roleArn": lab.role("firehose")["arn"],
        "prefix": "events/day=!{timestamp:yyyy-MM-dd}/",
        "errorOutputPrefix": "errors/!{firehose:error-output-type}/",
        "bufferingSize": 64,
        "bufferingInterval": seconds,
        "compressionFormat": "GZIP",
    }


def redeliver(lab: Lab, made: Made) -> None:
    firehose, name = lab.clients.firehose, made.inputs["name"]
    found = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    firehose.update_destination(
        DeliveryStreamName=name,
        CurrentDeliveryStreamVersionId=found["VersionId"],
        DestinationId=found["Destinations"][0]["DestinationId"],
        ExtendedS3DestinationUpdate={"Prefix": "elsewhere/"},
    )


ROWS = (
    Row(
        "aws:sqs/queue:Queue",
        lambda lab: {
            "visibilityTimeoutSeconds": 30,
            "messageRetentionSeconds": 345600,
            "receiveWaitTimeSeconds": 20,
            "delaySeconds": 1,
            "sqsManagedSseEnabled": True,
            "redrivePolicy": redrive(lab),
            **TAGS,
        },
        (
            {"visibilityTimeoutSeconds": 60, "delaySeconds": 0},
            {"messageRetentionSeconds": 1209600, "receiveWaitTimeSeconds": 0},
            {"sqsManagedSseEnabled": False},
            lambda lab, _: {"redrivePolicy": redrive(lab, 9)},
            {"redrivePolicy": None},
            RETAGGED,
        ),
        lambda lab, made: set_queue(lab, made, VisibilityTimeout="77"),
        "visibilityTimeoutSeconds",
    ),
    Row(
        "aws:sqs/queuePolicy:QueuePolicy",
        queue_policy,
        ({"policy": send("arn:aws:sqs:us-east-1:000000000000:another")},),
        lambda lab, made: set_queue(lab, made, Policy=send("*")),
        "policy",
    ),
    Row(
        "aws:sqs/redrivePolicy:RedrivePolicy",
        lambda lab: {"queueUrl": lab.queue().id, "redrivePolicy": redrive(lab)},
        (lambda lab, _: {"redrivePolicy": redrive(lab, 7)},),
        lambda lab, made: set_queue(lab, made, RedrivePolicy=redrive(lab, 3)),
        "redrivePolicy",
    ),
    Row(
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
        lambda lab: {"queueUrl": lab.queue().id, "redriveAllowPolicy": allowing(lab.queue())},
        (lambda lab, _: {"redriveAllowPolicy": allowing(lab.queue())},),
        lambda lab, made: set_queue(lab, made, RedriveAllowPolicy='{"redrivePermission": "denyAll"}'),
        "redriveAllowPolicy",
    ),
    Row(
        "aws:sns/topic:Topic",
        lambda lab: {"name": named("topic"), "kmsMasterKeyId": lab.key()["arn"], **TAGS},
        (lambda lab, _: {"kmsMasterKeyId": lab.key()["arn"]}, {"kmsMasterKeyId": None}, RETAGGED),
        lambda lab, made: lab.clients.sns.set_topic_attributes(
            TopicArn=made.id, AttributeName="KmsMasterKeyId", AttributeValue="alias/another"
        ),
        "kmsMasterKeyId",
    ),
    Row(
        "aws:sns/topicPolicy:TopicPolicy",
        lambda lab: {"arn": (topic := lab.topic())["arn"], "policy": publish(topic["arn"])},
        ({"policy": publish("*", "budgets.amazonaws.com")},),
        lambda lab, made: lab.clients.sns.set_topic_attributes(
            TopicArn=made.id, AttributeName="Policy", AttributeValue=publish("*")
        ),
        "policy",
        undeletable="A topic always has a policy; it goes with the topic.",
    ),
    Row(
        "aws:sns/topicSubscription:TopicSubscription",
        lambda lab: {
            "topic": lab.topic()["arn"],
            "protocol": "sqs",
            "endpoint": lab.queue()["arn"],
            "filterPolicy": '{"severity": ["high"]}',
            "rawMessageDelivery": True,
        },
        (
            {"filterPolicy": '{"severity": ["high", "low"]}'},
            {"rawMessageDelivery": False},
            {"filterPolicy": None},
        ),
        lambda lab, made: lab.clients.sns.set_subscription_attributes(
            SubscriptionArn=made.id, AttributeName="RawMessageDelivery", AttributeValue="false"
        ),
        "rawMessageDelivery",
    ),
    Row(
        "aws:cloudwatch/eventBus:EventBus",
        lambda lab: {"name": named("bus"), "description": "events", **TAGS},
        ({"description": "all events"}, RETAGGED),
        lambda lab, made: lab.clients.events.update_event_bus(Name=made.id, Description="another"),
        "description",
    ),
    Row(
        "aws:cloudwatch/eventArchive:EventArchive",
        lambda lab: {
            "name": named("archive"),
            "eventSourceArn": lab.bus()["arn"],
            "retentionDays": 30,
            "description": "all",
            "eventPattern": '{"source": ["shop"]}',
        },
        ({"retentionDays": 60}, {"eventPattern": '{"source": ["shop", "other"]}'}, {"description": "all of it"}),
        lambda lab, made: lab.clients.events.update_archive(ArchiveName=made.id, RetentionDays=1),
        "retentionDays",
    ),
    Row(
        "aws:cloudwatch/eventRule:EventRule",
        lambda lab: {
            "name": named("rule"),
            "eventBusName": lab.bus().id,
            "eventPattern": '{"detail-type": ["a"]}',
            "description": "a rule",
            "state": "ENABLED",
            **TAGS,
        },
        (
            {"eventPattern": '{"detail-type": ["a", "b"]}'},
            {"state": "DISABLED"},
            {"description": "another"},
            {"description": None},
            RETAGGED,
        ),
        lambda lab, made: lab.clients.events.disable_rule(
            Name=made.inputs["name"], EventBusName=made.inputs["eventBusName"]
        ),
        "state",
    ),
    Row(
        "aws:cloudwatch/eventTarget:EventTarget",
        target,
        (
            lambda lab, _: {"arn": lab.queue()["arn"]},
            {"retryPolicy": {"maximumRetryAttempts": 1, "maximumEventAgeInSeconds": 60}},
            lambda lab, _: {"deadLetterConfig": {"arn": lab.queue()["arn"]}},
            {"deadLetterConfig": None},
        ),
        retarget,
        "arn",
    ),
    Row(
        "aws:scheduler/scheduleGroup:ScheduleGroup",
        lambda lab: {"name": named("group"), **TAGS},
        (RETAGGED,),
        lambda lab, made: lab.clients.scheduler.untag_resource(ResourceArn=made["arn"], TagKeys=["owner"]),
        "tags",
    ),
    Row(
        "aws:scheduler/schedule:Schedule",
        schedule,
        (
            {"scheduleExpression": "rate(5 minutes)"},
            {"state": "DISABLED", "description": "sweeps no more"},
            {"flexibleTimeWindow": {"mode": "FLEXIBLE", "maximumWindowInMinutes": 5}},
            lambda lab, _: {"target": schedule_target(lab, '{"action": "sweep"}')},
        ),
        reschedule,
        "scheduleExpression",
    ),
    Row(
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        stream,
        (lambda lab, _: {"extendedS3Configuration": destination(lab, 120)}, RETAGGED),
        redeliver,
        "extendedS3Configuration",
    ),
)
