"""The IAM actions behind each AWS resource type: what Pulumi's provider calls to create, read, change and delete it.

Names: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

_API = ("apigateway", "GET POST PUT PATCH DELETE")
_EVENT_TAGS = "TagResource UntagResource ListTagsForResource"
_QUEUE = ("sqs", "GetQueueAttributes SetQueueAttributes")
_ROLE = ("iam", "PassRole")
_OBJECT = ("s3", "PutObject GetObject DeleteObject PutObjectTagging GetObjectTagging")

_TABLE: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "aws:apigatewayv2/api:Api": (_API,),
        "aws:apigatewayv2/apiMapping:ApiMapping": (_API,),
        "aws:apigatewayv2/authorizer:Authorizer": (_API,),
        "aws:apigatewayv2/domainName:DomainName": (_API,),
        "aws:apigatewayv2/integration:Integration": (_API,),
        "aws:apigatewayv2/route:Route": (_API,),
        # Access logs: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
        "aws:apigatewayv2/stage:Stage": (
            _API,
            ("logs", "CreateLogDelivery GetLogDelivery UpdateLogDelivery DeleteLogDelivery ListLogDeliveries"),
            ("logs", "PutResourcePolicy DescribeResourcePolicies DescribeLogGroups"),
        ),
        "aws:appautoscaling/policy:Policy": (
            ("application-autoscaling", "PutScalingPolicy DescribeScalingPolicies DeleteScalingPolicy"),
        ),
        "aws:appautoscaling/target:Target": (
            ("application-autoscaling", "RegisterScalableTarget DescribeScalableTargets DeregisterScalableTarget"),
            ("iam", "CreateServiceLinkedRole"),
        ),
        "aws:budgets/budget:Budget": (("budgets", "ModifyBudget ViewBudget TagResource ListTagsForResource"),),
        "aws:cloudfront/distribution:Distribution": (
            ("cloudfront", "CreateDistribution GetDistribution UpdateDistribution DeleteDistribution"),
            ("cloudfront", "TagResource UntagResource ListTagsForResource"),
        ),
        "aws:cloudfront/originAccessControl:OriginAccessControl": (
            ("cloudfront", "CreateOriginAccessControl GetOriginAccessControl UpdateOriginAccessControl"),
            ("cloudfront", "DeleteOriginAccessControl"),
        ),
        "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": (
            ("cloudfront", "CreateResponseHeadersPolicy GetResponseHeadersPolicy UpdateResponseHeadersPolicy"),
            ("cloudfront", "DeleteResponseHeadersPolicy"),
        ),
        "aws:cloudwatch/compositeAlarm:CompositeAlarm": (
            ("cloudwatch", "PutCompositeAlarm DescribeAlarms DeleteAlarms"),
            ("cloudwatch", _EVENT_TAGS),
        ),
        "aws:cloudwatch/dashboard:Dashboard": (("cloudwatch", "PutDashboard GetDashboard DeleteDashboards"),),
        "aws:cloudwatch/eventArchive:EventArchive": (
            ("events", "CreateArchive DescribeArchive UpdateArchive DeleteArchive"),
        ),
        "aws:cloudwatch/eventBus:EventBus": (
            ("events", "CreateEventBus DescribeEventBus UpdateEventBus DeleteEventBus"),
            ("events", _EVENT_TAGS),
        ),
        "aws:cloudwatch/eventRule:EventRule": (
            ("events", "PutRule DescribeRule DeleteRule EnableRule DisableRule"),
            ("events", _EVENT_TAGS),
        ),
        "aws:cloudwatch/eventTarget:EventTarget": (("events", "PutTargets RemoveTargets ListTargetsByRule"), _ROLE),
        "aws:cloudwatch/logGroup:LogGroup": (
            ("logs", "CreateLogGroup DescribeLogGroups DeleteLogGroup PutRetentionPolicy"),
            ("logs", "TagResource UntagResource ListTagsForResource"),
        ),
        "aws:cloudwatch/metricAlarm:MetricAlarm": (
            ("cloudwatch", "PutMetricAlarm DescribeAlarms DeleteAlarms"),
            ("cloudwatch", _EVENT_TAGS),
        ),
        "aws:dynamodb/table:Table": (
            ("dynamodb", "CreateTable DescribeTable UpdateTable DeleteTable"),
            ("dynamodb", "UpdateTimeToLive DescribeTimeToLive UpdateContinuousBackups DescribeContinuousBackups"),
            ("dynamodb", "TagResource UntagResource ListTagsOfResource"),
        ),
        "aws:iam/role:Role": (
            ("iam", "CreateRole GetRole UpdateRole UpdateAssumeRolePolicy DeleteRole TagRole UntagRole"),
            ("iam", "ListRolePolicies ListAttachedRolePolicies ListInstanceProfilesForRole"),
            ("iam", "PutRolePermissionsBoundary DeleteRolePermissionsBoundary"),
        ),
        "aws:iam/rolePolicy:RolePolicy": (("iam", "PutRolePolicy GetRolePolicy DeleteRolePolicy"),),
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
            ("iam", "AttachRolePolicy DetachRolePolicy ListAttachedRolePolicies"),
        ),
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (
            ("firehose", "CreateDeliveryStream DescribeDeliveryStream UpdateDestination DeleteDeliveryStream"),
            ("firehose", "TagDeliveryStream UntagDeliveryStream ListTagsForDeliveryStream"),
            _ROLE,
        ),
        "aws:kms/alias:Alias": (("kms", "CreateAlias ListAliases UpdateAlias DeleteAlias"),),
        "aws:kms/key:Key": (
            ("kms", "CreateKey DescribeKey GetKeyPolicy PutKeyPolicy GetKeyRotationStatus EnableKeyRotation"),
            ("kms", "ScheduleKeyDeletion UpdateKeyDescription TagResource UntagResource ListResourceTags"),
        ),
        "aws:lambda/alias:Alias": (("lambda", "CreateAlias GetAlias UpdateAlias DeleteAlias"),),
        "aws:lambda/eventSourceMapping:EventSourceMapping": (
            ("lambda", "CreateEventSourceMapping GetEventSourceMapping UpdateEventSourceMapping"),
            ("lambda", "DeleteEventSourceMapping TagResource UntagResource ListTags"),
        ),
        "aws:lambda/function:Function": (
            ("lambda", "CreateFunction GetFunction UpdateFunctionCode UpdateFunctionConfiguration DeleteFunction"),
            ("lambda", "PublishVersion ListVersionsByFunction GetFunctionCodeSigningConfig GetLayerVersion"),
            ("lambda", "PutFunctionConcurrency DeleteFunctionConcurrency TagResource UntagResource ListTags"),
            _ROLE,
        ),
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": (
            ("lambda", "PutFunctionEventInvokeConfig GetFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig"),
        ),
        "aws:lambda/layerVersion:LayerVersion": (("lambda", "PublishLayerVersion GetLayerVersion DeleteLayerVersion"),),
        "aws:lambda/permission:Permission": (("lambda", "AddPermission GetPolicy RemovePermission"),),
        "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": (
            ("lambda", "PutProvisionedConcurrencyConfig GetProvisionedConcurrencyConfig"),
            ("lambda", "DeleteProvisionedConcurrencyConfig"),
        ),
        # The provider reads every aspect of a bucket, whether it is set or not.
        "aws:s3/bucket:Bucket": (
            ("s3", "CreateBucket ListBucket DeleteBucket GetBucketLocation GetBucketTagging PutBucketTagging"),
            ("s3", "GetBucketAcl GetBucketCORS GetBucketWebsite GetBucketVersioning GetBucketRequestPayment"),
            ("s3", "GetBucketLogging GetBucketPolicy GetBucketObjectLockConfiguration GetAccelerateConfiguration"),
            ("s3", "GetLifecycleConfiguration GetReplicationConfiguration GetEncryptionConfiguration"),
        ),
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
            ("s3", "PutLifecycleConfiguration GetLifecycleConfiguration"),
        ),
        "aws:s3/bucketObject:BucketObject": (_OBJECT,),
        "aws:s3/bucketObjectv2:BucketObjectv2": (_OBJECT,),
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls": (
            ("s3", "PutBucketOwnershipControls GetBucketOwnershipControls"),
        ),
        "aws:s3/bucketPolicy:BucketPolicy": (("s3", "PutBucketPolicy GetBucketPolicy DeleteBucketPolicy"),),
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (
            ("s3", "PutBucketPublicAccessBlock GetBucketPublicAccessBlock"),
        ),
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
            ("s3", "PutEncryptionConfiguration GetEncryptionConfiguration"),
        ),
        "aws:s3/bucketVersioning:BucketVersioning": (("s3", "PutBucketVersioning GetBucketVersioning"),),
        "aws:scheduler/schedule:Schedule": (
            ("scheduler", "CreateSchedule GetSchedule UpdateSchedule DeleteSchedule"),
            _ROLE,
        ),
        "aws:scheduler/scheduleGroup:ScheduleGroup": (
            ("scheduler", "CreateScheduleGroup GetScheduleGroup DeleteScheduleGroup"),
            ("scheduler", _EVENT_TAGS),
        ),
        "aws:secretsmanager/secret:Secret": (
            ("secretsmanager", "CreateSecret DescribeSecret UpdateSecret DeleteSecret GetResourcePolicy"),
            ("secretsmanager", "TagResource UntagResource"),
        ),
        "aws:secretsmanager/secretVersion:SecretVersion": (
            ("secretsmanager", "PutSecretValue GetSecretValue UpdateSecretVersionStage"),
        ),
        "aws:sns/topic:Topic": (
            ("sns", "CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic"),
            ("sns", _EVENT_TAGS),
        ),
        "aws:sns/topicPolicy:TopicPolicy": (("sns", "GetTopicAttributes SetTopicAttributes"),),
        "aws:sns/topicSubscription:TopicSubscription": (
            ("sns", "Subscribe GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe"),
        ),
        "aws:sqs/queue:Queue": (_QUEUE, ("sqs", "CreateQueue DeleteQueue TagQueue UntagQueue ListQueueTags")),
        "aws:sqs/queuePolicy:QueuePolicy": (_QUEUE,),
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": (_QUEUE,),
        "aws:sqs/redrivePolicy:RedrivePolicy": (_QUEUE,),
        "aws:ssm/parameter:Parameter": (
            ("ssm", "PutParameter GetParameter GetParameters DeleteParameter DescribeParameters"),
            ("ssm", "AddTagsToResource RemoveTagsFromResource ListTagsForResource"),
        ),
        "aws:wafv2/webAcl:WebAcl": (
            ("wafv2", "CreateWebACL GetWebACL UpdateWebACL DeleteWebACL"),
            ("wafv2", "TagResource UntagResource ListTagsForResource"),
        ),
    }
)


def list_actions(types: Iterable[str]) -> list[str]:
    """The actions that a deployer of these types needs, sorted; types of other clouds and components need none.

    Raises:
        KeyError: an AWS type that the table lacks.
    """
    found = {
        f"{service}:{name}"
        for type_ in types
        if type_.startswith("aws:")
        for service, names in _TABLE[type_]
        for name in names.split()
    }
    return sorted(found)
