"""Rows for tables and buckets."""

from typing import Any

from handler_lab import Lab, Made, Row, archive, document
from plane_fixture import named

TAGS = {"tags": {"owner": "platform-team", "env": "dev"}}
RETAGGED = {"tags": {"owner": "another-team"}}
UNTAGGED = {"tags": None}


def table(lab: Lab) -> dict[str, Any]:
    return {
        "name": named("table"),
        "billingMode": "PAY_PER_REQUEST",
        "hashKey": "pk",
        "rangeKey": "sk",
        "attributes": [{"name": n, "type": "S"} for n in ("pk", "sk", "customer_id", "placed_at")],
        "globalSecondaryIndexes": [index("customer", "customer_id", "placed_at")],
        "onDemandThroughput": {"maxWriteRequestUnits": 240},
        "streamEnabled": True,
        "streamViewType": "NEW_IMAGE",
        "ttl": {"attributeName": "ttl", "enabled": True},
        "pointInTimeRecovery": {"enabled": True},
        "deletionProtectionEnabled": False,
        **TAGS,
    }


def index(name: str, partition: str, sort: str) -> dict[str, Any]:
    keys = [{"attributeName": partition, "keyType": "HASH"}, {"attributeName": sort, "keyType": "RANGE"}]
    caps = {"maxWriteRequestUnits": 240}
    return {"name": name, "keySchemas": keys, "projectionType": "ALL", "onDemandThroughput": caps}


def provisioned(reads: int, writes: int) -> dict[str, Any]:
    capacity = {"readCapacity": reads, "writeCapacity": writes}
    kept = {key: value for key, value in index("due", "placed_at", "sk").items() if key != "onDemandThroughput"}
    return {**capacity, "globalSecondaryIndexes": [{**kept, **capacity}]}


def change_table(lab: Lab, made: Made) -> None:
    lab.clients.dynamodb.update_time_to_live(
        TableName=made.id, TimeToLiveSpecification={"AttributeName": "ttl", "Enabled": False}
    )


def bucket_policy(bucket: str, distribution: str) -> str:
    principal = {"Service": "cloudfront.amazonaws.com"}
    condition = {"StringEquals": {"AWS:SourceArn": f"arn:aws:cloudfront::000000000000:distribution/{distribution}"}}
    read = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Condition": condition}
    secure = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return document(read, secure, resource=f"arn:aws:s3:::{bucket}/*")


def with_policy(lab: Lab) -> dict[str, Any]:
    bucket = lab.bucket().id
    return {"bucket": bucket, "policy": bucket_policy(bucket, "ONE")}


def repolicy(lab: Lab, made: Made) -> None:
    lab.clients.s3.put_bucket_policy(Bucket=made.id, Policy=bucket_policy(made.id, "ANOTHER"))


def page(lab: Lab) -> dict[str, Any]:
    return {
        "bucket": lab.bucket().id,
        "key": "index.html",
        "source": archive({"x": "<h1>shop</h1>"})["assets"]["x"],
        "sourceHash": "one",
        "contentType": "text/html",
        "cacheControl": "no-cache",
    }


def overwrite(lab: Lab, made: Made) -> None:
    lab.clients.s3.put_object(
        Bucket=made.inputs["bucket"],
        Key=made.id,
        Body=b"<h1>another</h1>",
        ContentType="text/html",
        CacheControl="no-cache",
    )


def objects(token: str) -> Row:
    return Row(
        token,
        page,
        (
            {"source": archive({"x": "<h1>new</h1>"})["assets"]["x"], "sourceHash": "two"},
            {"contentType": "text/plain"},
            {"cacheControl": "max-age=60"},
        ),
        overwrite,
        "sourceHash",
        unseen={"source": "Its content is compared, and shows in sourceHash."},
    )


def lifecycle(days: int) -> dict[str, Any]:
    rule = {"id": "expire", "status": "Enabled", "filter": {"prefix": ""}, "expiration": {"days": days}}
    return {"rules": [{**rule, "abortIncompleteMultipartUpload": {"daysAfterInitiation": 1}}]}


def relax_lifecycle(lab: Lab, made: Made) -> None:
    rule = {"ID": "expire", "Status": "Disabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    lab.clients.s3.put_bucket_lifecycle_configuration(Bucket=made.id, LifecycleConfiguration={"Rules": [rule]})


def encryption(lab: Lab) -> dict[str, Any]:
    default = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": lab.key()["arn"]}
    return {"rules": [{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}]}


def block(lab: Lab) -> dict[str, Any]:
    names = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    return {"bucket": lab.bucket().id, **dict.fromkeys(names, True)}


ROWS = (
    Row(
        "aws:dynamodb/table:Table",
        table,
        (
            {"deletionProtectionEnabled": True},
            {"deletionProtectionEnabled": False, "pointInTimeRecovery": {"enabled": False}},
            {"ttl": {"attributeName": "ttl", "enabled": False}},
            {"onDemandThroughput": {"maxWriteRequestUnits": 400}},
            {
                "globalSecondaryIndexes": [index("due", "placed_at", "sk")],
                "attributes": [{"name": n, "type": "S"} for n in ("pk", "sk", "placed_at")],
            },
            {"streamEnabled": False, "streamViewType": None},
            {"billingMode": "PROVISIONED", "onDemandThroughput": None, **provisioned(5, 6)},
            provisioned(7, 8),
            RETAGGED,
        ),
        change_table,
        "ttl",
        unseen={
            "attributes": "They are the keys' types, which the indexes' own differences show.",
            "6:globalSecondaryIndexes": "Against inputs without capacities they are the service's own.",
            "6:readCapacity": "The inputs from before do not have it.",
            "6:writeCapacity": "The inputs from before do not have it.",
        },
    ),
    Row(
        "aws:s3/bucket:Bucket",
        lambda lab: {"bucket": named("bucket"), "forceDestroy": True, **TAGS},
        (RETAGGED, UNTAGGED, {"forceDestroy": False}),
        lambda lab, made: lab.clients.s3.delete_bucket(Bucket=made.id),
        unseen={"forceDestroy": "It says how the resource is deleted; S3 knows nothing of it."},
    ),
    Row(
        "aws:s3/bucketPolicy:BucketPolicy",
        with_policy,
        (lambda lab, inputs: {"policy": bucket_policy(inputs["bucket"], "TWO")},),
        repolicy,
        "policy",
    ),
    objects("aws:s3/bucketObject:BucketObject"),
    objects("aws:s3/bucketObjectv2:BucketObjectv2"),
    Row(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        block,
        ({"blockPublicAcls": False, "restrictPublicBuckets": False},),
        lambda lab, made: lab.clients.s3.put_public_access_block(
            Bucket=made.id, PublicAccessBlockConfiguration={"BlockPublicAcls": True, "BlockPublicPolicy": False}
        ),
        "blockPublicPolicy",
    ),
    Row(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        lambda lab: {"bucket": lab.bucket().id, "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        ({"rule": {"objectOwnership": "BucketOwnerPreferred"}},),
        lambda lab, made: lab.clients.s3.delete_bucket_ownership_controls(Bucket=made.id),
    ),
    Row(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        lambda lab: {
            "bucket": lab.bucket().id,
            "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}],
        },
        (lambda lab, _: encryption(lab),),
        lambda lab, made: lab.clients.s3.put_bucket_encryption(
            Bucket=made.id,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
            },
        ),
        "rules",
        undeletable="A bucket is always encrypted: S3 falls back to its own key.",
    ),
    Row(
        "aws:s3/bucketVersioning:BucketVersioning",
        lambda lab: {"bucket": lab.bucket().id, "versioningConfiguration": {"status": "Enabled"}},
        ({"versioningConfiguration": {"status": "Suspended"}},),
        lambda lab, made: lab.clients.s3.put_bucket_versioning(
            Bucket=made.id, VersioningConfiguration={"Status": "Suspended"}
        ),
        "versioningConfiguration",
        undeletable="S3 only suspends it.",
    ),
    Row(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        lambda lab: {"bucket": lab.bucket().id, **lifecycle(400)},
        (lifecycle(30),),
        relax_lifecycle,
        "rules",
    ),
)
