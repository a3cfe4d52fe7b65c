"""Properties that Pulumi and a service spell differently, by path; see `operations`."""

from collections.abc import Mapping

Spelling = Mapping[str, str | None]

BEHAVIOUR: Spelling = {
    "cachedMethods": "AllowedMethods.CachedMethods",
    "lambdaFunctionAssociations.lambdaArn": "LambdaFunctionARN",
}
BEHAVIOURS = ("defaultCacheBehavior", "orderedCacheBehaviors")
DISTRIBUTION: Spelling = {
    "origins.originId": "Id",
    "origins.customHeaders.name": "HeaderName",
    "origins.customHeaders.value": "HeaderValue",
    "originGroups.originId": "Id",
    "originGroups.members.originId": "OriginId",
    "orderedCacheBehaviors": "DistributionConfig.CacheBehaviors",
    **{f"{name}.{mine}": api for name in BEHAVIOURS for mine, api in BEHAVIOUR.items()},
    "loggingConfig": "DistributionConfig.Logging",
    "restrictions.geoRestriction.locations": "Items",
    # Both spellings are the service's, the model has one.
    "webAclId": None,
}
INDEX: Spelling = {
    "name": "IndexName",
    "hashKey": "KeySchema.[].AttributeName",
    "rangeKey": "KeySchema.[].AttributeName",
    "keySchemas": "KeySchema",
    "projectionType": "Projection.ProjectionType",
    "nonKeyAttributes": "Projection.NonKeyAttributes",
    # Zero stands for absent in the provider.
    "readCapacity": None,
    "writeCapacity": None,
}
TABLE: Spelling = {
    "name": "TableName",
    "hashKey": "KeySchema.[].AttributeName",
    "rangeKey": "KeySchema.[].AttributeName",
    "attributes": "AttributeDefinitions",
    "attributes.name": "AttributeName",
    "attributes.type": "AttributeType",
    "readCapacity": None,
    "writeCapacity": None,
    "streamEnabled": "StreamSpecification.StreamEnabled",
    "streamViewType": "StreamSpecification.StreamViewType",
    "serverSideEncryption": "SSESpecification",
    "serverSideEncryption.kmsKeyArn": "KMSMasterKeyId",
    **{f"globalSecondaryIndexes.{mine}": api for mine, api in INDEX.items()},
    **{f"localSecondaryIndexes.{mine}": api for mine, api in INDEX.items()},
}
BUFFERED: Spelling = {
    "bufferingSize": "BufferingHints.SizeInMBs",
    "bufferingInterval": "BufferingHints.IntervalInSeconds",
    "kmsKeyArn": "EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN",
}
STREAM: Spelling = {
    "name": "DeliveryStreamName",
    "extendedS3Configuration": "ExtendedS3DestinationConfiguration",
    **{f"extendedS3Configuration.{mine}": api for mine, api in BUFFERED.items()},
    **{f"extendedS3Configuration.s3BackupConfiguration.{mine}": api for mine, api in BUFFERED.items()},
    "extendedS3Configuration.dynamicPartitioningConfiguration.retryDuration": "RetryOptions.DurationInSeconds",
    "kinesisSourceConfiguration": "KinesisStreamSourceConfiguration",
    "serverSideEncryption": "DeliveryStreamEncryptionConfigurationInput",
}
ALARM: Spelling = {
    "name": "AlarmName",
    "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
    "metricQueries": "Metrics",
    "metricQueries.metric": "MetricStat",
    "metricQueries.metric.metricName": "Metric.MetricName",
    "metricQueries.metric.namespace": "Metric.Namespace",
    "metricQueries.metric.dimensions": None,
}
BUDGET: Spelling = {
    "accountId": "AccountId",
    "name": "Budget.BudgetName",
    "limitAmount": "Budget.BudgetLimit.Amount",
    "limitUnit": "Budget.BudgetLimit.Unit",
    "costFilters": None,
    "filterExpression": None,
    "notifications": "NotificationsWithSubscribers",
    **{
        f"notifications.{name[0].lower()}{name[1:]}": f"Notification.{name}"
        for name in ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")
    },
}
FUNCTION: Spelling = {
    "name": "FunctionName",
    "code": None,
    **{name: f"Code.{name}" for name in ("s3Bucket", "s3Key", "s3ObjectVersion", "imageUri")},
    "fileSystemConfig": "FileSystemConfigs.[]",
    "imageConfig.commands": "Command",
    "imageConfig.entryPoints": "EntryPoint",
}
LAYER: Spelling = {
    "code": None,
    **{name: f"Content.{name}" for name in ("s3Bucket", "s3Key", "s3ObjectVersion")},
}
DESTINATIONS: Spelling = {
    "destinationConfig.onFailure.destinationArn": "Destination",
}
TARGET: Spelling = {
    "rule": "Rule",
    "eventBusName": "EventBusName",
    "targetId": "Targets.[].Id",
    "inputTransformer.inputPaths": "InputPathsMap",
    "kinesisTarget": "Targets.[].KinesisParameters",
    "sqsTarget": "Targets.[].SqsParameters",
    "httpTarget": "Targets.[].HttpParameters",
}
