"""The API operations that take a resource type's inputs, and where the two spell a property differently.

A property is found by its own name, upper and lower case apart; the tables name only the differences. A route of None
means that the provider treats the property differently from the service, so that its model says nothing about it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.aws.checks.core.spellings import (
    ALARM,
    BEHAVIOURS,
    BUDGET,
    DESTINATIONS,
    DISTRIBUTION,
    FUNCTION,
    LAYER,
    STREAM,
    TABLE,
    TARGET,
)


@dataclass(frozen=True, slots=True)
class MappedOperation:
    """An operation that takes inputs of a resource type."""

    service: str
    operation: str
    names: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    """Members by property path without indices, below `root` for what it does not mention; dotted when nested, `[]`
    steps into a list."""
    root: str = ""
    """The member that holds all properties which `names` does not mention."""
    optional: frozenset[str] = frozenset()
    """Members that the service requires and the provider fills in, by property path."""


def _map_operation(service: str, operation: str, name: str | None = None, **names: str | None) -> MappedOperation:
    return MappedOperation(service, operation, {"name": name, **names} if name else names)


_PUT = "SetQueueAttributes"
_OBJECT = MappedOperation("s3", "PutObject")

OPERATIONS: Mapping[str, tuple[MappedOperation, ...]] = {
    "aws:apigatewayv2/api:Api": (MappedOperation("apigatewayv2", "CreateApi"),),
    "aws:apigatewayv2/apiMapping:ApiMapping": (MappedOperation("apigatewayv2", "CreateApiMapping"),),
    "aws:apigatewayv2/authorizer:Authorizer": (
        MappedOperation(
            "apigatewayv2",
            "CreateAuthorizer",
            {"identitySources": "IdentitySource", "jwtConfiguration.audiences": "Audience"},
        ),
    ),
    "aws:apigatewayv2/domainName:DomainName": (
        MappedOperation("apigatewayv2", "CreateDomainName", {"domainNameConfiguration": "DomainNameConfigurations.[]"}),
    ),
    "aws:apigatewayv2/integration:Integration": (
        MappedOperation("apigatewayv2", "CreateIntegration", {"timeoutMilliseconds": "TimeoutInMillis"}),
    ),
    "aws:apigatewayv2/route:Route": (MappedOperation("apigatewayv2", "CreateRoute"),),
    "aws:apigatewayv2/stage:Stage": (_map_operation("apigatewayv2", "CreateStage", "StageName"),),
    "aws:appautoscaling/policy:Policy": (_map_operation("application-autoscaling", "PutScalingPolicy", "PolicyName"),),
    "aws:appautoscaling/target:Target": (MappedOperation("application-autoscaling", "RegisterScalableTarget"),),
    "aws:budgets/budget:Budget": (
        MappedOperation(
            "budgets", "CreateBudget", BUDGET, root="Budget", optional=frozenset({"notifications.subscribers"})
        ),
    ),
    "aws:cloudfront/distribution:Distribution": (
        MappedOperation(
            "cloudfront",
            "CreateDistribution",
            DISTRIBUTION,
            root="DistributionConfig",
            optional=frozenset(f"{name}.grpcConfig.enabled" for name in BEHAVIOURS),
        ),
    ),
    "aws:cloudfront/originAccessControl:OriginAccessControl": (
        MappedOperation("cloudfront", "CreateOriginAccessControl", root="OriginAccessControlConfig"),
    ),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": (
        MappedOperation("cloudfront", "CreateResponseHeadersPolicy", root="ResponseHeadersPolicyConfig"),
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": (
        MappedOperation("cloudwatch", "PutCompositeAlarm", {"actionsSuppressor": None}),
    ),
    "aws:cloudwatch/dashboard:Dashboard": (MappedOperation("cloudwatch", "PutDashboard"),),
    "aws:cloudwatch/eventArchive:EventArchive": (_map_operation("events", "CreateArchive", "ArchiveName"),),
    "aws:cloudwatch/eventBus:EventBus": (MappedOperation("events", "CreateEventBus"),),
    "aws:cloudwatch/eventRule:EventRule": (MappedOperation("events", "PutRule"),),
    "aws:cloudwatch/eventTarget:EventTarget": (MappedOperation("events", "PutTargets", TARGET, root="Targets.[]"),),
    "aws:cloudwatch/logGroup:LogGroup": (_map_operation("logs", "CreateLogGroup", "logGroupName"),),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (MappedOperation("cloudwatch", "PutMetricAlarm", ALARM),),
    "aws:dynamodb/table:Table": (
        # Rules ask for index keys, which have two spellings.
        MappedOperation("dynamodb", "CreateTable", TABLE, optional=frozenset({"globalSecondaryIndexes.hashKey"})),
        MappedOperation(
            "dynamodb",
            "UpdateContinuousBackups",
            {
                "pointInTimeRecovery": "PointInTimeRecoverySpecification",
                "pointInTimeRecovery.enabled": "PointInTimeRecoveryEnabled",
            },
        ),
        MappedOperation(
            "dynamodb",
            "UpdateTimeToLive",
            {"ttl": "TimeToLiveSpecification"},
            optional=frozenset({"ttl.enabled", "ttl.attributeName"}),
        ),
    ),
    "aws:iam/role:Role": (
        _map_operation("iam", "CreateRole", "RoleName", assumeRolePolicy="AssumeRolePolicyDocument"),
    ),
    "aws:iam/rolePolicy:RolePolicy": (
        _map_operation("iam", "PutRolePolicy", "PolicyName", role="RoleName", policy="PolicyDocument"),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
        MappedOperation("iam", "AttachRolePolicy", {"role": "RoleName"}),
    ),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (
        MappedOperation(
            "firehose", "CreateDeliveryStream", STREAM, optional=frozenset({"serverSideEncryption.keyType"})
        ),
    ),
    "aws:kms/alias:Alias": (_map_operation("kms", "CreateAlias", "AliasName", targetKeyId="TargetKeyId"),),
    "aws:kms/key:Key": (
        MappedOperation("kms", "CreateKey"),
        MappedOperation("kms", "ScheduleKeyDeletion", {"deletionWindowInDays": "PendingWindowInDays"}),
        MappedOperation("kms", "EnableKeyRotation"),
    ),
    "aws:lambda/alias:Alias": (MappedOperation("lambda", "CreateAlias"),),
    "aws:lambda/eventSourceMapping:EventSourceMapping": (
        MappedOperation("lambda", "CreateEventSourceMapping", DESTINATIONS),
    ),
    "aws:lambda/function:Function": (
        MappedOperation("lambda", "CreateFunction", FUNCTION, optional=frozenset({"ephemeralStorage.size"})),
    ),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": (
        MappedOperation("lambda", "PutFunctionEventInvokeConfig"),
    ),
    "aws:lambda/layerVersion:LayerVersion": (MappedOperation("lambda", "PublishLayerVersion", LAYER),),
    "aws:lambda/permission:Permission": (MappedOperation("lambda", "AddPermission", {"function": "FunctionName"}),),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": (
        MappedOperation("lambda", "PutProvisionedConcurrencyConfig"),
    ),
    "aws:s3/bucket:Bucket": (MappedOperation("s3", "CreateBucket", {"acl": None, "grants": None}),),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
        MappedOperation(
            "s3",
            "PutBucketLifecycleConfiguration",
            {
                "bucket": "Bucket",
                "expectedBucketOwner": "ExpectedBucketOwner",
                "transitionDefaultMinimumObjectSize": "TransitionDefaultMinimumObjectSize",
            },
            root="LifecycleConfiguration",
        ),
    ),
    "aws:s3/bucketObject:BucketObject": (_OBJECT,),
    "aws:s3/bucketObjectv2:BucketObjectv2": (_OBJECT,),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": (
        MappedOperation("s3", "PutBucketOwnershipControls", {"rule": "OwnershipControls.Rules.[]"}),
    ),
    "aws:s3/bucketPolicy:BucketPolicy": (MappedOperation("s3", "PutBucketPolicy"),),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (
        MappedOperation("s3", "PutPublicAccessBlock", {"bucket": "Bucket"}, root="PublicAccessBlockConfiguration"),
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        MappedOperation("s3", "PutBucketEncryption", {"rules": "ServerSideEncryptionConfiguration.Rules"}),
    ),
    "aws:s3/bucketVersioning:BucketVersioning": (
        # "Disabled" is the provider's word for a bucket that never had versions.
        MappedOperation("s3", "PutBucketVersioning", {"versioningConfiguration.status": None}),
    ),
    "aws:scheduler/schedule:Schedule": (MappedOperation("scheduler", "CreateSchedule"),),
    "aws:scheduler/scheduleGroup:ScheduleGroup": (MappedOperation("scheduler", "CreateScheduleGroup"),),
    "aws:secretsmanager/secret:Secret": (
        MappedOperation("secretsmanager", "CreateSecret", {"replicas": "AddReplicaRegions"}),
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": (MappedOperation("secretsmanager", "PutSecretValue"),),
    "aws:sns/topic:Topic": (MappedOperation("sns", "CreateTopic"),),
    "aws:sns/topicPolicy:TopicPolicy": (MappedOperation("sns", "SetTopicAttributes", {"arn": "TopicArn"}),),
    "aws:sns/topicSubscription:TopicSubscription": (MappedOperation("sns", "Subscribe", {"topic": "TopicArn"}),),
    "aws:sqs/queue:Queue": (_map_operation("sqs", "CreateQueue", "QueueName"),),
    "aws:sqs/queuePolicy:QueuePolicy": (MappedOperation("sqs", _PUT),),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": (MappedOperation("sqs", _PUT),),
    "aws:sqs/redrivePolicy:RedrivePolicy": (MappedOperation("sqs", _PUT),),
    "aws:ssm/parameter:Parameter": (MappedOperation("ssm", "PutParameter"),),
    "aws:wafv2/webAcl:WebAcl": (
        MappedOperation(
            "wafv2",
            "CreateWebACL",
            optional=frozenset(
                {
                    "rules.statement.rateBasedStatement.aggregateKeyType",
                    *(
                        f"{place}{kind}Config.immunityTimeProperty.immunityTime"
                        for place in ("", "rules.")
                        for kind in ("captcha", "challenge")
                    ),
                }
            ),
        ),
    ),
}
