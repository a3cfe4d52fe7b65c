"""S3: buckets, their settings and objects."""

import ipaddress
import re
from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, quote
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.policy_documents import check_policy
from sandbox.aws.checks.core.resource_names import BUCKET
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.values import check_choice, check_exclusive, read_document

POLICY, VERSIONING = "aws:s3/bucketPolicy:BucketPolicy", "aws:s3/bucketVersioning:BucketVersioning"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
OBJECTS = ("aws:s3/bucketObject:BucketObject", "aws:s3/bucketObjectv2:BucketObjectv2")
SETTINGS = (
    POLICY, VERSIONING, LIFECYCLE, ENCRYPTION,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
)  # fmt: skip
NAMES = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"
API = "https://docs.aws.amazon.com/AmazonS3/latest/API"
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
ACTIONS = (
    "expiration", "transitions", "noncurrentVersionExpiration", "noncurrentVersionTransitions",
    "abortIncompleteMultipartUpload",
)  # fmt: skip
# Objects stay this long before they go to a class for infrequent access:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
INFREQUENT, INFREQUENT_DAYS = ("STANDARD_IA", "ONEZONE_IA"), 30


@rule(BUCKET, source=NAMES)
def bucket_name(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """What a bucket may be called."""
    del resources
    name = view.text("bucket")
    if name is None:
        return
    if not NAME.fullmatch(name) or ".." in name:
        yield view.fail("bucket", f"is {quote(name)}; use 3 to 63 small letters, digits, hyphens and single dots")
    elif _is_address(name):
        yield view.fail("bucket", f"is {quote(name)}, an IP address; use a name")
    elif name.startswith(PREFIXES) or name.endswith(SUFFIXES):
        reason = f"is {quote(name)}; S3 keeps the prefixes {', '.join(PREFIXES)} and the suffixes {', '.join(SUFFIXES)}"
        yield view.fail("bucket", reason)


@rule(*SETTINGS, *OBJECTS, source=f"{API}/ErrorResponses.html")
def bucket_exists(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The bucket exists."""
    name = view.text("bucket")
    if resources.is_missing(BUCKET, name):
        yield view.fail("bucket", f"is {quote(name)}, which does not exist; create the bucket first")


@rule(POLICY, source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html")
def bucket_policy(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Who may use a bucket, and nothing but that bucket."""
    del resources
    yield from check_policy(view, "policy", "resource", resource_required=True)
    policy, failures = read_document(view, "policy")
    name = view.text("bucket")
    statements = policy.get("Statement") if policy and not failures else None
    if name is None or not isinstance(statements, list):
        return
    for index, statement in enumerate(statements):
        found = statement.get("Resource") if isinstance(statement, dict) else None
        for resource in found if isinstance(found, list) else [found]:
            if isinstance(resource, str) and not _may_lie_in(resource, name):
                reason = f"Statement[{index}] has the resource {quote(resource)}, not of the bucket {name}; use its ARN"
                yield view.fail("policy", reason)


@rule(VERSIONING, source=f"{API}/API_PutBucketVersioning.html")
def versioning_status(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """On, suspended, or never used."""
    del resources
    yield from check_choice(view, "versioningConfiguration.status", ("Enabled", "Suspended", "Disabled"))


@rule(LIFECYCLE, source=f"{API}/API_LifecycleRule.html")
def lifecycle_rules(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Rules do something, in days that can be."""
    del resources
    seen: set[str] = set()
    for block in view.blocks("rules"):
        name = block.text("id")
        if name is not None and name in seen:
            yield block.fail("id", f"is {quote(name)}, another rule's as well; make it unique")
        seen |= {name} if name is not None else set()
        if all(block.is_absent(action) for action in ACTIONS):
            yield block.fail("expiration", f"is missing; a rule has one of {', '.join(ACTIONS)}")
        yield from check_exclusive(block, "expiration.days", "expiration.date")
        for path in ("expiration.days", "abortIncompleteMultipartUpload.daysAfterInitiation"):
            days = block.number(path)
            if days is not None and days < 1:
                yield block.fail(path, f"is {days}; use 1 or more")
        for part in block.blocks("transitions"):
            days = part.number("days")
            if part.value("storageClass") in INFREQUENT and days is not None and days < INFREQUENT_DAYS:
                least = f"{part.value('storageClass')} takes objects after {INFREQUENT_DAYS} days"
                yield part.fail("days", f"is {days}; {least}, use {INFREQUENT_DAYS} or more")


@rule(ENCRYPTION, source=f"{API}/API_ServerSideEncryptionByDefault.html")
def encryption_key(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A key goes with KMS."""
    del resources
    for block in view.blocks("rules"):
        path = "applyServerSideEncryptionByDefault.kmsMasterKeyId"
        if block.is_given(path) and block.value("applyServerSideEncryptionByDefault.sseAlgorithm") == "AES256":
            yield block.fail(path, "is set for AES256; use aws:kms or drop it")


@rule(*OBJECTS, source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html")
def object_key(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The key's length, and one content."""
    del resources
    size = len((view.text("key") or "").encode())
    if size > 1_024:
        yield view.fail("key", f"has {size} bytes; use 1024 or less")
    yield from check_exclusive(view, "source", "content", "contentBase64")


def _is_address(name: str) -> bool:
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True


def _may_lie_in(resource: str, bucket: str) -> bool:
    """Whether a resource may lie in a bucket; wildcards and variables are taken as given."""
    if any(mark in resource.split("/", maxsplit=1)[0] for mark in "*?$"):
        return True
    return re.fullmatch(rf"arn:aws[a-z-]*:s3:::{re.escape(bucket)}(?:/.*)?", resource, re.DOTALL) is not None
