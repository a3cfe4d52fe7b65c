"""Which operation of which service takes a resource's inputs, and where the two spell a property differently.

A property is found by its own name, upper and lower case apart; the tables name only the differences. A route of None
means that the provider treats the property differently from the service, so that its model says nothing about it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.aws.checks.spellings import (
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
class Mapped:
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


def _same(service: str, operation: str, name: str | None = None, **names: str | None) -> Mapped:
    return Mapped(service, operation, {"name": name, **names} if name else names)


_PUT = "SetQueueAttributes"
_OBJECT = Mapped("s3", "PutObject")

MAPPED: Mapping[str, tuple[Mapped, ...]] = {
    "aws:apigatewayv2/api:Api": (Mapped("apigatewayv2", "CreateApi"),),
    "aws:apigatewayv2/apiMapping:ApiMapping": (Mapped("apigatewayv2", "CreateApiMapping"),),
    "aws:apigatewayv2/authorizer:Authorizer": (
        Mapped(
            "apigatewayv2",
            "CreateAuthorizer",
            {"identitySources": "IdentitySource", "jwtConfiguration.audiences": "Audience"},
        ),
    ),
    "aws:apigatewayv2/domainName:DomainName": (
        Mapped("apigatewayv2", "CreateDomainName", {"domainNameConfiguration": "DomainNameConfigurations.[]"}),
    ),
    "aws:apigatewayv2/integration:Integration": (
        Mapped("apigatewayv2", "CreateIntegration", {"timeoutMilliseconds": "TimeoutInMillis"}),
    ),
    "aws:apigatewayv2/route:Route": (Mapped("apigatewayv2", "CreateRoute"),),
    "aws:apigatewayv2/stage:Stage": (_same("apigatewayv2", "CreateStage", "StageName"),),
    "aws:appautoscaling/policy:Policy": (_same("application-autoscaling", "PutScalingPolicy", "PolicyName"),),
    "aws:appautoscaling/target:Target": (Mapped("application-autoscaling", "RegisterScalableTarget"),),
    "aws:budgets/budget:Budget": (
        Mapped("budgets", "CreateBudget", BUDGET, root="Budget", optional=frozenset({"notifications.subscribers"})),
    ),
    "aws:cloudfront/distribution:Distribution": (
        Mapped(
            "cloudfront",
            "CreateDistribution",
            DISTRIBUTION,
            root="DistributionConfig",
            optional=frozenset(f"{name}.grpcConfig.enabled" for name in BEHAVIOURS),
        ),
    ),
    "aws:cloudfront/originAccessControl:OriginAccessControl": (
        Mapped("cloudfront", "CreateOriginAccessControl", root="OriginAccessControlConfig"),
    ),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": (
        Mapped("cloudfront", "CreateResponseHeadersPolicy", root="ResponseHeadersPolicyConfig"),
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": (
        Mapped("cloudwatch", "PutCompositeAlarm", {"actionsSuppressor": None}),
    ),
    "aws:cloudwatch/dashboard:Dashboard": (Mapped("cloudwatch", "PutDashboard"),),
    "aws:cloudwatch/eventArchive:EventArchive": (_same("events", "CreateArchive", "ArchiveName"),),
    "aws:cloudwatch/eventBus:EventBus": (Mapped("events", "CreateEventBus"),),
    "aws:cloudwatch/eventRule:EventRule": (Mapped("events", "PutRule"),),
    "aws:cloudwatch/eventTarget:EventTarget": (Mapped("events", "PutTargets", TARGET, root="Targets.[]"),),
    "aws:cloudwatch/logGroup:LogGroup": (_same("logs", "CreateLogGroup", "logGroupName"),),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (Mapped("cloudwatch", "PutMetricAlarm", ALARM),),
    "aws:dynamodb/table:Table": (
        # Rules ask for index keys, which have two spellings.
        Mapped("dynamodb", "CreateTable", TABLE, optional=frozenset({"globalSecondaryIndexes.hashKey"})),
        Mapped(
            "dynamodb",
            "UpdateContinuousBackups",
            {
                "pointInTimeRecovery": "PointInTimeRecoverySpecification",
                "pointInTimeRecovery.enabled": "PointInTimeRecoveryEnabled",
            },
        ),
        Mapped(
            "dynamodb",
            "UpdateTimeToLive",
            {"ttl": "TimeToLiveSpecification"},
            optional=frozenset({"ttl.enabled", "ttl.attributeName"}),
        ),
    ),
    "aws:iam/role:Role": (_same("iam", "CreateRole", "RoleName", assumeRolePolicy="AssumeRolePolicyDocument"),),
    "aws:iam/rolePolicy:RolePolicy": (
        _same("iam", "PutRolePolicy", "PolicyName", role="RoleName", policy="PolicyDocument"),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (Mapped("iam", "AttachRolePolicy", {"role": "RoleName"}),),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (
        Mapped("firehose", "CreateDeliveryStream", STREAM, optional=frozenset({"serverSideEncryption.keyType"})),
    ),
    "aws:kms/alias:Alias": (_same("kms", "CreateAlias", "AliasName", targetKeyId="TargetKeyId"),),
    "aws:kms/key:Key": (
        Mapped("kms", "CreateKey"),
        Mapped("kms", "ScheduleKeyDeletion", {"deletionWindowInDays": "PendingWindowInDays"}),
        Mapped("kms", "EnableKeyRotation"),
    ),
    "aws:lambda/alias:Alias": (Mapped("lambda", "CreateAlias"),),
    "aws:lambda/eventSourceMapping:EventSourceMapping": (Mapped("lambda", "CreateEventSourceMapping", DESTINATIONS),),
    "aws:lambda/function:Function": (
        Mapped("lambda", "CreateFunction", FUNCTION, optional=frozenset({"ephemeralStorage.size"})),
    ),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": (
        Mapped("lambda", "PutFunctionEventInvokeConfig"),
    ),
    "aws:lambda/layerVersion:LayerVersion": (Mapped("lambda", "PublishLayerVersion", LAYER),),
    "aws:lambda/permission:Permission": (Mapped("lambda", "AddPermission", {"function": "FunctionName"}),),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": (
        Mapped("lambda", "PutProvisionedConcurrencyConfig"),
    ),
    "aws:s3/bucket:Bucket": (Mapped("s3", "CreateBucket", {"acl": None, "grants": None}),),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
        Mapped(
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
        Mapped("s3", "PutBucketOwnershipControls", {"rule": "OwnershipControls.Rules.[]"}),
    ),
    "aws:s3/bucketPolicy:BucketPolicy": (Mapped("s3", "PutBucketPolicy"),),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (
        Mapped("s3", "PutPublicAccessBlock", {"bucket": "Bucket"}, root="PublicAccessBlockConfiguration"),
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        Mapped("s3", "PutBucketEncryption", {"rules": "ServerSideEncryptionConfiguration.Rules"}),
    ),
    "aws:s3/bucketVersioning:BucketVersioning": (
        # "Disabled" is the provider's word for a bucket that never had versions.
        Mapped("s3", "PutBucketVersioning", {"versioningConfiguration.status": None}),
    ),
    "aws:scheduler/schedule:Schedule": (Mapped("scheduler", "CreateSchedule"),),
    "aws:scheduler/scheduleGroup:ScheduleGroup": (Mapped("scheduler", "CreateScheduleGroup"),),
    "aws:secretsmanager/secret:Secret": (Mapped("secretsmanager", "CreateSecret", {"replicas": "AddReplicaRegions"}),),
    "aws:secretsmanager/secretVersion:SecretVersion": (Mapped("secretsmanager", "PutSecretValue"),),
    "aws:sns/topic:Topic": (Mapped("sns", "CreateTopic"),),
    "aws:sns/topicPolicy:TopicPolicy": (Mapped("sns", "SetTopicAttributes", {"arn": "TopicArn"}),),
    "aws:sns/topicSubscription:TopicSubscription": (Mapped("sns", "Subscribe", {"topic": "TopicArn"}),),
    "aws:sqs/queue:Queue": (_same("sqs", "CreateQueue", "QueueName"),),
    "aws:sqs/queuePolicy:QueuePolicy": (Mapped("sqs", _PUT),),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": (Mapped("sqs", _PUT),),
    "aws:sqs/redrivePolicy:RedrivePolicy": (Mapped("sqs", _PUT),),
    "aws:ssm/parameter:Parameter": (Mapped("ssm", "PutParameter"),),
    "aws:wafv2/webAcl:WebAcl": (
        Mapped(
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
