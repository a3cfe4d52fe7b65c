"""How AWS resources name each other in Pulumi's properties, and the tokens that rules look at."""

from policies.core.graph import Links

FUNCTION = "aws:lambda/function:Function"
ALIAS = "aws:lambda/alias:Alias"
MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
QUEUE = "aws:sqs/queue:Queue"
REDRIVE = "aws:sqs/redrivePolicy:RedrivePolicy"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TOPIC = "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
TABLE = "aws:dynamodb/table:Table"

LINKS = Links(
    identities=("arn", "id", "name", "url", "bucket", "invokeArn", "qualifiedArn", "qualifiedInvokeArn", "streamArn"),
    follows={ALIAS: "functionName"},
)
