"""S3: buckets, their policies, objects."""

import base64
import hashlib
from typing import Any

from engine.protocol import Properties
from sandbox.aws.clients import error_code
from sandbox.aws.handlers.conversion import allow_http, own_tags, pick, read_asset, tag_list
from sandbox.handler import Handler, observe_inputs, parse_document


class BucketHandler(Handler):
    """A bucket."""

    token = "aws:s3/bucket:Bucket"
    name_property = "bucket"
    name_limit = 63
    replaces = frozenset({"bucket", "bucketPrefix"})

    def name_shape(self, made: str) -> str:
        return made.lower()

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        name = inputs["bucket"]
        clients.s3.create_bucket(Bucket=name)
        self._tag(clients, name, inputs)
        return name, self._outputs(clients, name)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        clients.s3.head_bucket(Bucket=id_)
        seen = own_tags(inputs, self._tags(clients, id_)) if inputs.get("tags") else {}
        return self._outputs(clients, id_), observe_inputs(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del olds
        self._tag(clients, id_, news)
        return self._outputs(clients, id_)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        if inputs.get("forceDestroy"):
            for page in clients.s3.get_paginator("list_object_versions").paginate(Bucket=id_):
                for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                    clients.s3.delete_object(Bucket=id_, Key=item["Key"], VersionId=item["VersionId"])
            for page in clients.s3.get_paginator("list_objects_v2").paginate(Bucket=id_):
                for item in page.get("Contents", []):
                    clients.s3.delete_object(Bucket=id_, Key=item["Key"])
        clients.s3.delete_bucket(Bucket=id_)

    def _tag(self, clients: Any, name: str, inputs: Properties) -> None:
        if tag_list(inputs):
            clients.s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_list(inputs)})
        else:
            clients.s3.delete_bucket_tagging(Bucket=name)

    def _tags(self, clients: Any, name: str) -> list[dict[str, str]]:
        try:
            return clients.s3.get_bucket_tagging(Bucket=name)["TagSet"]
        except Exception as error:
            if error_code(error) == "NoSuchTagSet":
                return []
            raise

    def _outputs(self, clients: Any, name: str) -> Properties:
        return {
            "arn": f"arn:aws:s3:::{name}",
            "bucketDomainName": f"{name}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{name}.s3.{clients.region}.amazonaws.com",
            "region": clients.region,
        }


class BucketPolicyHandler(Handler):
    """A bucket's policy."""

    token = "aws:s3/bucketPolicy:BucketPolicy"
    replaces = frozenset({"bucket"})
    documents = frozenset({"policy"})
    note = (
        "CloudFront's access is enforced; other statements are stored, AWS would enforce them. TLS is not demanded, as "
        "there is none here."
    )

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        clients.s3.put_bucket_policy(Bucket=inputs["bucket"], Policy=allow_http(inputs["policy"]))
        return inputs["bucket"], {}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.s3.get_bucket_policy(Bucket=id_)["Policy"]
        ours = parse_document(found) == parse_document(allow_http(inputs["policy"])) if inputs.get("policy") else False
        return {}, inputs if ours else observe_inputs(self, inputs, {"policy": found})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del olds
        clients.s3.put_bucket_policy(Bucket=id_, Policy=allow_http(news["policy"]))
        return {}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.s3.delete_bucket_policy(Bucket=id_)


class BucketObjectHandler(Handler):
    """An object."""

    replaces = frozenset({"bucket", "key"})

    def __init__(self, name: str) -> None:
        """Describe one of the two spellings of the type."""
        self.token = f"aws:s3/{name[0].lower()}{name[1:]}:{name}"

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        return inputs["key"], self._put(clients, inputs)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.s3.head_object(Bucket=inputs["bucket"], Key=id_)
        seen = {"contentType": found.get("ContentType"), "cacheControl": found.get("CacheControl")}
        if self._overwritten(clients, id_, inputs, found["ETag"].strip('"')):
            seen["sourceHash"] = ""  # somebody has written other content
        return {"etag": found["ETag"].strip('"')}, observe_inputs(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del id_, olds
        return self._put(clients, news)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        clients.s3.delete_object(Bucket=inputs["bucket"], Key=id_)

    def _overwritten(self, clients: Any, id_: str, inputs: Properties, etag: str) -> bool:
        """Whether the content is another one; of an asset in the state the CLI tells the hash alone."""
        expected = (inputs.get("source") or {}).get("hash")
        if expected:
            content = clients.s3.get_object(Bucket=inputs["bucket"], Key=id_)["Body"].read()
            return hashlib.sha256(content).hexdigest() != expected
        body = _body(inputs)
        return body is not None and etag != _etag(body)

    def _put(self, clients: Any, inputs: Properties) -> Properties:
        optional = pick(inputs, {"contentType": "ContentType", "cacheControl": "CacheControl"})
        made = clients.s3.put_object(Bucket=inputs["bucket"], Key=inputs["key"], Body=_body(inputs) or b"", **optional)
        return {"etag": made["ETag"].strip('"'), "arn": f"arn:aws:s3:::{inputs['bucket']}/{inputs['key']}"}


HANDLERS = (
    BucketHandler(),
    BucketPolicyHandler(),
    BucketObjectHandler("BucketObject"),
    BucketObjectHandler("BucketObjectv2"),
)


def _body(inputs: Properties) -> bytes | None:
    if inputs.get("source"):
        return read_asset(inputs["source"])
    if inputs.get("contentBase64"):
        return base64.b64decode(inputs["contentBase64"])
    return str(inputs["content"]).encode() if inputs.get("content") is not None else None


def _etag(data: bytes | None) -> str:
    return hashlib.md5(data or b"", usedforsecurity=False).hexdigest()
