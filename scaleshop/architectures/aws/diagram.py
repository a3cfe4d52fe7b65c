"""The drawing of AWS resource types."""

from types import MappingProxyType

from scaleshop.diagram.vocabulary import Flow, Kind, Layer, Link, Vocabulary

_LAYERS = {
    "AlarmTopic": Layer.OPERATIONS,
    "EventBus": Layer.MESSAGING,
    "S3EventLake": Layer.DATA,
    "EventBusSubscription": Layer.MESSAGING,
    "HttpApi": Layer.EDGE,
    "DynamoTable": Layer.DATA,
    "LambdaSchedule": Layer.OPERATIONS,
    "LambdaService": Layer.COMPUTE,
    "CloudWatchDashboard": Layer.OPERATIONS,
    "DynamoStreamRelay": Layer.MESSAGING,
    "AwsBudget": Layer.OPERATIONS,
    "CloudFrontSite": Layer.EDGE,
    "SqsQueue": Layer.MESSAGING,
}

AWS = Vocabulary(
    nodes=MappingProxyType(
        {
            "aws:apigatewayv2/api:Api": Kind("HTTP API", "aws.network.APIGateway", Layer.EDGE, public=True),
            "aws:budgets/budget:Budget": Kind("Budget", "aws.cost.Budgets", Layer.OPERATIONS),
            "aws:cloudfront/distribution:Distribution": Kind(
                "CloudFront", "aws.network.CloudFront", Layer.EDGE, public=True
            ),
            "aws:cloudwatch/dashboard:Dashboard": Kind(
                "CloudWatch dashboard", "aws.management.Cloudwatch", Layer.OPERATIONS
            ),
            "aws:cloudwatch/eventBus:EventBus": Kind(
                "EventBridge bus", "aws.integration.Eventbridge", Layer.MESSAGING, right=Flow.EVENT
            ),
            "aws:dynamodb/table:Table": Kind("DynamoDB table", "aws.database.Dynamodb", Layer.DATA),
            "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": Kind(
                "Firehose", "aws.analytics.KinesisDataFirehose", Layer.DATA
            ),
            "aws:lambda/function:Function": Kind("Lambda", "aws.compute.Lambda", Layer.COMPUTE),
            "aws:s3/bucket:Bucket": Kind("S3 bucket", "aws.storage.SimpleStorageServiceS3", Layer.DATA),
            "aws:scheduler/schedule:Schedule": Kind(
                "EventBridge Scheduler", "aws.integration.EventbridgeScheduler", Layer.OPERATIONS
            ),
            "aws:secretsmanager/secret:Secret": Kind("Secret", "aws.security.SecretsManager", Layer.OPERATIONS),
            "aws:sns/topic:Topic": Kind("SNS topic", "aws.integration.SimpleNotificationServiceSns", Layer.OPERATIONS),
            "aws:sqs/queue:Queue": Kind("SQS queue", "aws.integration.SimpleQueueServiceSqs", Layer.MESSAGING),
            "aws:wafv2/webAcl:WebAcl": Kind("Web ACL", "aws.security.WAF", Layer.EDGE),
        }
    ),
    links=(
        Link("aws:apigatewayv2/route:Route", "apiId", "target", Flow.REQUEST, "{n} routes"),
        Link("aws:budgets/budget:Budget", None, "notifications", Flow.NOTICE),
        Link("aws:cloudfront/distribution:Distribution", None, "origins", Flow.REQUEST),
        Link("aws:cloudfront/distribution:Distribution", None, "webAclId", Flow.REQUEST),
        Link("aws:cloudwatch/eventTarget:EventTarget", "eventBusName", "arn", Flow.EVENT, "rule"),
        Link("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", None, "extendedS3Configuration", Flow.EVENT),
        Link("aws:lambda/eventSourceMapping:EventSourceMapping", "eventSourceArn", "functionName", Flow.EVENT),
        Link(
            "aws:lambda/eventSourceMapping:EventSourceMapping",
            "functionName",
            "destinationConfig",
            Flow.EVENT,
            "failed",
        ),
        Link("aws:scheduler/schedule:Schedule", None, "target", Flow.EVENT),
    ),
    rights=(Link("aws:iam/rolePolicy:RolePolicy", "role", "policy", Flow.ACCESS),),
    layers=MappingProxyType({f"scaleshop:index:{name}": layer for name, layer in _LAYERS.items()}),
    passes=MappingProxyType(
        {
            "aws:apigatewayv2/apiMapping:ApiMapping": "apiId",
            "aws:apigatewayv2/integration:Integration": "integrationUri",
            "aws:lambda/alias:Alias": "functionName",
        }
    ),
    borne=MappingProxyType({"aws:apigatewayv2/domainName:DomainName": "domainName", "aws:iam/role:Role": "role"}),
    dead_letters=MappingProxyType(
        {"aws:sqs/queue:Queue": ("aws:lambda/eventSourceMapping:EventSourceMapping", "eventSourceArn")}
    ),
    counted=MappingProxyType({"aws:cloudwatch/metricAlarm:MetricAlarm": ("alarmActions", "alarms")}),
)
