"""S3: objects, conditions, versions, ranges, access."""

import hashlib
from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide"
API = "https://docs.aws.amazon.com/AmazonS3/latest/API"


def make_versioned_bucket(aws: AwsAccount) -> str:
    """A new bucket that keeps versions."""
    bucket = aws.bucket()
    aws.clients.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def read(aws: AwsAccount, bucket: str, key: str, **more: Any) -> bytes:
    """What an object holds."""
    return aws.clients.s3.get_object(Bucket=bucket, Key=key, **more)["Body"].read()


@behaviour(service="s3", source=f"{API}/API_PutObject.html")
def an_object_keeps_its_content_type_and_metadata(aws: AwsAccount) -> None:
    """An object is read as it was written, with content type, metadata and the hash as its entity tag."""
    bucket, s3 = aws.bucket(), aws.clients.s3
    s3.put_object(Bucket=bucket, Key="a/page.html", Body=b"<p>", ContentType="text/html", Metadata={"made": "now"})
    found = s3.get_object(Bucket=bucket, Key="a/page.html")
    reported = (found["Body"].read(), found["ContentType"], found["Metadata"], found["ETag"])
    tag = f'"{hashlib.md5(b"<p>", usedforsecurity=False).hexdigest()}"'
    expect(reported == (b"<p>", "text/html", {"made": "now"}, tag), f"object {reported}")


@behaviour(service="s3", source=f"{GUIDE}/conditional-writes.html")
def an_object_can_be_written_only_if_it_is_not_there(aws: AwsAccount) -> None:
    """A write with `If-None-Match: *` is refused with 412 where there is an object."""
    bucket, put = aws.bucket(), aws.clients.s3.put_object
    put(Bucket=bucket, Key="once", Body=b"first", IfNoneMatch="*")
    answer = aws.refusal(put, Bucket=bucket, Key="once", Body=b"second", IfNoneMatch="*")
    expect(answer["Error"]["Code"] == "PreconditionFailed", f"{answer['Error']}")
    expect(answer["ResponseMetadata"]["HTTPStatusCode"] == 412, f"status {answer['ResponseMetadata']}")
    expect(read(aws, bucket, "once") == b"first", "it was overwritten")


@behaviour(service="s3", source=f"{GUIDE}/conditional-writes.html")
def an_object_can_be_written_only_if_it_has_not_changed(aws: AwsAccount) -> None:
    """A write with `If-Match` is refused with 412 where the object has another entity tag."""
    bucket, put = aws.bucket(), aws.clients.s3.put_object
    tag = put(Bucket=bucket, Key="a", Body=b"1")["ETag"]
    put(Bucket=bucket, Key="a", Body=b"2", IfMatch=tag)
    answer = aws.refusal(put, Bucket=bucket, Key="a", Body=b"3", IfMatch=tag)
    expect(answer["Error"]["Code"] == "PreconditionFailed", f"{answer['Error']}")
    expect(read(aws, bucket, "a") == b"2", "it was overwritten")


@behaviour(service="s3", source=f"{API}/API_GetObject.html")
def a_range_of_an_object_can_be_read(aws: AwsAccount) -> None:
    """A range is answered with 206 and its place in the whole, one beyond the end with 416."""
    bucket, s3 = aws.bucket(), aws.clients.s3
    s3.put_object(Bucket=bucket, Key="a", Body=b"0123456789")
    found = s3.get_object(Bucket=bucket, Key="a", Range="bytes=2-4")
    reported = (found["ResponseMetadata"]["HTTPStatusCode"], found["ContentRange"], found["Body"].read())
    expect(reported == (206, "bytes 2-4/10", b"234"), f"answer {reported}")
    answer = aws.refusal(s3.get_object, Bucket=bucket, Key="a", Range="bytes=10-")
    expect(answer["Error"]["Code"] == "InvalidRange", f"{answer['Error']}")


@behaviour(service="s3", source=f"{API}/API_GetObject.html")
def an_object_that_has_not_changed_is_not_sent_again(aws: AwsAccount) -> None:
    """A read with the entity tag that is known is answered with 304."""
    bucket, s3 = aws.bucket(), aws.clients.s3
    tag = s3.put_object(Bucket=bucket, Key="a", Body=b"1")["ETag"]
    answer = aws.refusal(s3.get_object, Bucket=bucket, Key="a", IfNoneMatch=tag)
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    expect(status == 304, f"status {status}")


@behaviour(service="s3", source=f"{GUIDE}/versioning-workflows.html")
def a_versioned_bucket_keeps_what_was_overwritten(aws: AwsAccount) -> None:
    """A bucket with versions keeps what was overwritten."""
    bucket = make_versioned_bucket(aws)
    first = aws.clients.s3.put_object(Bucket=bucket, Key="page", Body=b"first")["VersionId"]
    aws.clients.s3.put_object(Bucket=bucket, Key="page", Body=b"second")
    found = (read(aws, bucket, "page", VersionId=first), read(aws, bucket, "page"))
    expect(found == (b"first", b"second"), f"versions {found}")


@behaviour(service="s3", source=f"{GUIDE}/DeleteMarker.html")
def a_versioned_bucket_keeps_what_was_deleted(aws: AwsAccount) -> None:
    """A delete in a bucket with versions leaves a marker; deleting the marker brings the object back."""
    bucket, s3 = make_versioned_bucket(aws), aws.clients.s3
    s3.put_object(Bucket=bucket, Key="page", Body=b"kept")
    marker = s3.delete_object(Bucket=bucket, Key="page")
    expect(marker.get("DeleteMarker") is True, f"no marker: {marker}")
    code = aws.refusal(s3.get_object, Bucket=bucket, Key="page")["Error"]["Code"]
    expect(code == "NoSuchKey", f"code {code}")
    s3.delete_object(Bucket=bucket, Key="page", VersionId=marker["VersionId"])
    expect(read(aws, bucket, "page") == b"kept", "it is lost")


@behaviour(service="s3", source=f"{GUIDE}/using-prefixes.html")
def keys_are_listed_by_prefix_and_in_order(aws: AwsAccount) -> None:
    """Keys are listed in order, by prefix, grouped at a delimiter, in pages."""
    bucket, s3 = aws.bucket(), aws.clients.s3
    for key in ("a/2", "b", "a/1", "a/c/3"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    found = s3.list_objects_v2(Bucket=bucket, Prefix="a/", Delimiter="/")
    reported = [o["Key"] for o in found["Contents"]], [p["Prefix"] for p in found["CommonPrefixes"]]
    expect(reported == (["a/1", "a/2"], ["a/c/"]), f"listed {reported}")
    page = s3.list_objects_v2(Bucket=bucket, MaxKeys=3)
    rest = s3.list_objects_v2(Bucket=bucket, ContinuationToken=page["NextContinuationToken"])
    keys = [[o["Key"] for o in p["Contents"]] for p in (page, rest)]
    expect(keys == [["a/1", "a/2", "a/c/3"], ["b"]], f"pages {keys}")


@behaviour(service="s3", source=f"{GUIDE}/mpuoverview.html")
def parts_of_an_upload_become_one_object(aws: AwsAccount) -> None:
    """A multipart upload is one object when it is completed, and nothing before."""
    bucket, s3, part = aws.bucket(), aws.clients.s3, b"x" * (5 * 1024 * 1024)
    where = {"Bucket": bucket, "Key": "large"}
    where["UploadId"] = s3.create_multipart_upload(**where)["UploadId"]
    parts = [
        {"PartNumber": n, "ETag": s3.upload_part(**where, PartNumber=n, Body=body)["ETag"]}
        for n, body in ((1, part), (2, b"end"))
    ]
    code = aws.refusal(s3.head_object, Bucket=bucket, Key="large")["Error"]["Code"]
    expect(code == "404", f"before completion: {code}")
    done = s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
    expect(done["ETag"].endswith('-2"'), f"entity tag {done['ETag']}")
    expect(read(aws, bucket, "large", Range=f"bytes={len(part) - 1}-") == b"xend", "the parts are not in order")


@behaviour(service="s3", source=f"{API}/API_DeleteBucket.html")
def a_bucket_that_holds_objects_is_not_deleted(aws: AwsAccount) -> None:
    """A bucket that holds objects is not deleted."""
    bucket, s3 = aws.bucket(), aws.clients.s3
    s3.put_object(Bucket=bucket, Key="kept", Body=b"kept")
    code = aws.refusal(s3.delete_bucket, Bucket=bucket)["Error"]["Code"]
    expect(code == "BucketNotEmpty", f"code {code}")
    expect(read(aws, bucket, "kept") == b"kept", "the object is gone")


@behaviour(service="s3", source=f"{GUIDE}/access-control-block-public-access.html")
def a_bucket_that_blocks_public_access_refuses_a_public_acl(aws: AwsAccount) -> None:
    """A bucket that blocks public ACLs refuses an object with one."""
    bucket, s3 = aws.bucket(ObjectOwnership="ObjectWriter"), aws.clients.s3
    blocked = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(blocked, True))
    code = aws.refusal(s3.put_object, Bucket=bucket, Key="a", Body=b"", ACL="public-read")["Error"]["Code"]
    expect(code == "AccessDenied", f"code {code}")


@behaviour(service="s3", source=f"{GUIDE}/about-object-ownership.html")
def a_new_bucket_refuses_acls(aws: AwsAccount) -> None:
    """A new bucket's owner owns every object in it, and ACLs are refused."""
    bucket, s3 = aws.bucket(), aws.clients.s3
    code = aws.refusal(s3.put_object, Bucket=bucket, Key="a", Body=b"", ACL="public-read")["Error"]["Code"]
    expect(code in {"AccessControlListNotSupported", "AccessDenied"}, f"code {code}")


@behaviour(service="s3", source=f"{API}/API_GetObject.html")
def an_object_that_is_not_there_is_named_as_such(aws: AwsAccount) -> None:
    """A read of a key or a bucket that does not exist is refused by name."""
    bucket, get = aws.bucket(), aws.clients.s3.get_object
    codes = [aws.refusal(get, Bucket=b, Key="a")["Error"]["Code"] for b in (bucket, aws.name("none"))]
    expect(codes == ["NoSuchKey", "NoSuchBucket"], f"codes {codes}")
