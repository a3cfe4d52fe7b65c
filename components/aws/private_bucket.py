"""The private S3 bucket that other components are built on."""

from collections.abc import Mapping

import pulumi_aws as aws
from pulumi import Input, ResourceOptions


def create_private_bucket(
    name: str,
    *,
    force_destroy: Input[bool],
    tags: Input[Mapping[str, Input[str]]] | None,
    opts: ResourceOptions,
    expire_days: int | None = None,
) -> aws.s3.Bucket:
    """An encrypted bucket without public access and without ACLs, whose objects expire after `expire_days` if given.

    Args:
        name: Logical name; the children are called `<name>-bucket`, `-private`, `-owner`, `-encryption`, `-lifecycle`.
        force_destroy: Whether deleting it deletes its objects.
        tags: Tags of the bucket.
        opts: The parent.
        expire_days: Age at which objects are removed.
    """
    bucket = aws.s3.Bucket(f"{name}-bucket", force_destroy=force_destroy, tags=tags, opts=opts)
    aws.s3.BucketPublicAccessBlock(
        f"{name}-private",
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=opts,
    )
    aws.s3.BucketOwnershipControls(
        f"{name}-owner", bucket=bucket.bucket, rule={"object_ownership": "BucketOwnerEnforced"}, opts=opts
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption",
        bucket=bucket.bucket,
        rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
        opts=opts,
    )
    if expire_days is not None:
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.bucket,
            rules=[
                {
                    "id": "expire",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": expire_days},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": 1},
                }
            ],
            opts=opts,
        )
    return bucket
