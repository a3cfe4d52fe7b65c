"""S3: a bucket's settings, each a resource of its own."""

from collections.abc import Mapping
from typing import Any

from engine.protocol import Properties
from sandbox.aws.handlers.conversion import camel_case, keep_given, pascal_case, pick
from sandbox.handler import Enforcement, Handler, observe_inputs


class BucketSettingHandler(Handler):
    """One of a bucket's settings, put and deleted as a whole."""

    replaces = frozenset({"bucket"})

    def __init__(self, name: str, calls: tuple[str, str, str], *, enforcement: Enforcement, note: str) -> None:
        """Describe a setting.

        Args:
            name: Type name, e.g. `BucketPublicAccessBlock`.
            calls: Names of the calls that put, get and delete it.
            enforcement: Whether it has an effect here.
            note: What AWS would do, or what is not enforced.
        """
        self.token = f"aws:s3/{name[0].lower()}{name[1:]}:{name}"
        self._put, self._get, self._delete = calls
        self.enforcement, self.note = enforcement, note

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        getattr(clients.s3, self._put)(Bucket=inputs["bucket"], **_setting(self.token, inputs))
        return inputs["bucket"], {}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = _parse_setting(self.token, getattr(clients.s3, self._get)(Bucket=id_))
        if not found:
            return None
        return {}, observe_inputs(
            self, inputs, {key: keep_given(inputs.get(key), value) for key, value in found.items()}
        )

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del olds
        getattr(clients.s3, self._put)(Bucket=id_, **_setting(self.token, news))
        return {}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        if self._delete:
            getattr(clients.s3, self._delete)(Bucket=id_)
        elif inputs["versioningConfiguration"]["status"] == "Enabled":
            clients.s3.put_bucket_versioning(Bucket=id_, VersioningConfiguration={"Status": "Suspended"})


HANDLERS = (
    BucketSettingHandler(
        "BucketPublicAccessBlock",
        ("put_public_access_block", "get_public_access_block", "delete_public_access_block"),
        enforcement="acts",
        note="Public ACLs are refused; public policies are stored, AWS would refuse them.",
    ),
    BucketSettingHandler(
        "BucketOwnershipControls",
        ("put_bucket_ownership_controls", "get_bucket_ownership_controls", "delete_bucket_ownership_controls"),
        enforcement="acts",
        note="ACLs are refused where the bucket's owner owns everything.",
    ),
    BucketSettingHandler(
        "BucketServerSideEncryptionConfiguration",
        ("put_bucket_encryption", "get_bucket_encryption", "delete_bucket_encryption"),
        enforcement="records",
        note="Stored; objects are plain files here. AWS would encrypt them at rest.",
    ),
    BucketSettingHandler(
        "BucketVersioning", ("put_bucket_versioning", "get_bucket_versioning", ""), enforcement="acts", note=""
    ),
    BucketSettingHandler(
        "BucketLifecycleConfiguration",
        ("put_bucket_lifecycle_configuration", "get_bucket_lifecycle_configuration", "delete_bucket_lifecycle"),
        enforcement="records",
        note="Stored; nothing expires here. AWS would delete objects at the stated age.",
    ),
)


def _setting(token: str, inputs: Properties) -> dict[str, Any]:
    kind = token.rsplit(":", 1)[1]
    if kind == "BucketPublicAccessBlock":
        names = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        return {"PublicAccessBlockConfiguration": {n[0].upper() + n[1:]: bool(inputs.get(n)) for n in names}}
    if kind == "BucketOwnershipControls":
        return {"OwnershipControls": {"Rules": [pascal_case(inputs["rule"])]}}
    if kind == "BucketVersioning":
        return {"VersioningConfiguration": {"Status": inputs["versioningConfiguration"]["status"]}}
    if kind == "BucketServerSideEncryptionConfiguration":
        return {"ServerSideEncryptionConfiguration": {"Rules": [_encryption(r) for r in inputs["rules"]]}}
    return {"LifecycleConfiguration": {"Rules": [_lifecycle(rule) for rule in inputs["rules"]]}}


def _parse_setting(token: str, answer: Mapping[str, Any]) -> Properties:
    """A setting as the service gives it, in the program's spelling; empty when it was never made."""
    kind = token.rsplit(":", 1)[1]
    if kind == "BucketPublicAccessBlock":
        return camel_case(answer["PublicAccessBlockConfiguration"])
    if kind == "BucketOwnershipControls":
        return {"rule": camel_case(answer["OwnershipControls"]["Rules"][0])}
    if kind == "BucketVersioning":
        return {"versioningConfiguration": {"status": answer["Status"]}} if answer.get("Status") else {}
    if kind == "BucketServerSideEncryptionConfiguration":
        rules = camel_case(answer["ServerSideEncryptionConfiguration"]["Rules"])
        return {"rules": [_renamed(rule, "sSEAlgorithm", "kMSMasterKeyID") for rule in rules]}
    return {"rules": [{"id": rule.get("iD"), **camel_case(rule)} for rule in camel_case(answer["Rules"])]}


def _renamed(rule: Properties, algorithm: str, key: str) -> Properties:
    default = rule.get("applyServerSideEncryptionByDefault") or {}
    return {
        **rule,
        "applyServerSideEncryptionByDefault": {
            "sseAlgorithm": default.get(algorithm),
            "kmsMasterKeyId": default.get(key),
        },
    }


def _encryption(rule: Mapping[str, Any]) -> dict[str, Any]:
    given = rule.get("applyServerSideEncryptionByDefault") or {}
    default = {"SSEAlgorithm": given.get("sseAlgorithm", "AES256")}
    if given.get("kmsMasterKeyId"):
        default["KMSMasterKeyID"] = given["kmsMasterKeyId"]
    return {"ApplyServerSideEncryptionByDefault": default, **pick(dict(rule), {"bucketKeyEnabled": "BucketKeyEnabled"})}


def _lifecycle(rule: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "ID": rule["id"],
        "Status": rule["status"],
        "Filter": pascal_case(rule.get("filter") or {"prefix": ""}),
    }
    if rule.get("expiration"):
        made["Expiration"] = pascal_case(rule["expiration"])
    if rule.get("abortIncompleteMultipartUpload"):
        made["AbortIncompleteMultipartUpload"] = pascal_case(rule["abortIncompleteMultipartUpload"])
    return made
