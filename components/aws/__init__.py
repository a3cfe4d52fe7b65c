"""Components for AWS, each in the module of its name."""

from components.aws.alarm_topic import AlarmTopic
from components.aws.aws_budget import AwsBudget
from components.aws.cloudfront_site import CloudFrontSite
from components.aws.cloudwatch_dashboard import CloudWatchDashboard
from components.aws.dynamo_stream_relay import DynamoStreamRelay
from components.aws.dynamo_table import DynamoTable
from components.aws.event_bus import EventBus
from components.aws.event_bus_subscription import EventBusSubscription
from components.aws.http_api import HttpApi
from components.aws.lambda_layer import LambdaLayer
from components.aws.lambda_schedule import LambdaSchedule
from components.aws.lambda_service import LambdaService
from components.aws.s3_event_lake import S3EventLake
from components.aws.sqs_queue import SqsQueue

__all__ = [
    "AlarmTopic",
    "AwsBudget",
    "CloudFrontSite",
    "CloudWatchDashboard",
    "DynamoStreamRelay",
    "DynamoTable",
    "EventBus",
    "EventBusSubscription",
    "HttpApi",
    "LambdaLayer",
    "LambdaSchedule",
    "LambdaService",
    "S3EventLake",
    "SqsQueue",
]
