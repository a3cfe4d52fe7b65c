"""KMS: keys and their aliases."""

from collections.abc import Mapping
from typing import Any

from engine.protocol import Properties
from sandbox.aws.handlers.conversion import (
    own_tags,
    pick,
    retag,
    tag_map,
)
from sandbox.handler import Handler, observe_inputs

# The only name that a key's policy may have: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
POLICY = "default"


class KeyHandler(Handler):
    """A key."""

    token = "aws:kms/key:Key"
    documents = frozenset({"policy"})
    replaces = frozenset({"keyUsage", "customerMasterKeySpec", "multiRegion"})
    note = "Encrypts for real; the key policy is stored: AWS would refuse those that it does not name."

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        made = clients.kms.create_key(
            Description=inputs.get("description") or "",
            Tags=_key_tags(tag_map(inputs)),
            **pick(inputs, {"policy": "Policy"}),
        )["KeyMetadata"]
        if inputs.get("enableKeyRotation"):
            clients.kms.enable_key_rotation(KeyId=made["KeyId"])
        return made["KeyId"], {"arn": made["Arn"], "keyId": made["KeyId"]}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.kms.describe_key(KeyId=id_)["KeyMetadata"]
        if found.get("KeyState") == "PendingDeletion":
            return None
        tags = clients.kms.list_resource_tags(KeyId=id_)["Tags"]
        seen = {
            "description": found.get("Description") or None,
            "enableKeyRotation": clients.kms.get_key_rotation_status(KeyId=id_)["KeyRotationEnabled"],
            "policy": clients.kms.get_key_policy(KeyId=id_, PolicyName=POLICY)["Policy"],
            **own_tags(inputs, {tag["TagKey"]: tag["TagValue"] for tag in tags}),
        }
        return {"arn": found["Arn"], "keyId": id_}, observe_inputs(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        clients.kms.update_key_description(KeyId=id_, Description=news.get("description") or "")
        if news.get("enableKeyRotation"):
            clients.kms.enable_key_rotation(KeyId=id_)
        else:
            clients.kms.disable_key_rotation(KeyId=id_)
        if news.get("policy"):
            clients.kms.put_key_policy(KeyId=id_, PolicyName=POLICY, Policy=news["policy"])
        retag(
            olds,
            news,
            tag=lambda tags: clients.kms.tag_resource(KeyId=id_, Tags=_key_tags(tags)),
            untag=lambda keys: clients.kms.untag_resource(KeyId=id_, TagKeys=keys),
        )
        return {"keyId": id_}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        clients.kms.schedule_key_deletion(KeyId=id_, PendingWindowInDays=inputs.get("deletionWindowInDays") or 30)


class KeyAliasHandler(Handler):
    """A key's name."""

    token = "aws:kms/alias:Alias"
    name_property = "name"
    name_limit = 250
    replaces = frozenset({"name", "namePrefix"})

    def name_shape(self, made: str) -> str:
        return f"alias/{made}"

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        clients.kms.create_alias(AliasName=inputs["name"], TargetKeyId=inputs["targetKeyId"])
        return inputs["name"], self._outputs(clients, inputs)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        pages = clients.kms.get_paginator("list_aliases").paginate()
        found = next((a for page in pages for a in page["Aliases"] if a["AliasName"] == id_), None)
        if found is None:
            return None
        given, now = inputs.get("targetKeyId", ""), found.get("TargetKeyId")
        seen = {} if given.rsplit("/", 1)[-1] == now else {"targetKeyId": now}  # a program may name a key by its ARN
        return self._outputs(clients, inputs), observe_inputs(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del olds
        clients.kms.update_alias(AliasName=id_, TargetKeyId=news["targetKeyId"])
        return self._outputs(clients, news)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.kms.delete_alias(AliasName=id_)

    def _outputs(self, clients: Any, inputs: Properties) -> Properties:
        return {"arn": f"arn:aws:kms:{clients.region}:{clients.account}:{inputs['name']}"}


HANDLERS = (KeyHandler(), KeyAliasHandler())


def _key_tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in sorted(tags.items())]
