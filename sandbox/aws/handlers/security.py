"""Keys, secrets, parameters."""

from collections.abc import Mapping
from typing import Any

from engine.protocol import Properties
from sandbox.aws.handlers.values import pairs, pick, retag, seen_tags, tag_list, tag_map
from sandbox.handler import Handler, observe_inputs

# The only name that a key's policy may have: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
POLICY = "default"


class Secret(Handler):
    """A secret's name and settings."""

    token = "aws:secretsmanager/secret:Secret"
    name_property = "name"
    name_limit = 512
    replaces = frozenset({"name", "namePrefix"})
    note = "Values act; a rotation that the API turns on is stored and calls no function, where AWS would rotate."
    settings = {"description": "Description", "kmsKeyId": "KmsKeyId"}

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        optional = pick(inputs, self.settings)
        arn = clients.secretsmanager.create_secret(Name=inputs["name"], Tags=tag_list(inputs), **optional)["ARN"]
        return arn, {"arn": arn}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.secretsmanager.describe_secret(SecretId=id_)
        if found.get("DeletedDate"):
            return None
        seen = {mine: found.get(api) or None for mine, api in self.settings.items()}
        return {"arn": id_}, observe_inputs(self, inputs, {**seen, **seen_tags(inputs, found.get("Tags") or [])})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        if any(olds.get(mine) != news.get(mine) for mine in self.settings):
            given = {api: news.get(mine) or "" for mine, api in self.settings.items() if mine in {*olds, *news}}
            clients.secretsmanager.update_secret(SecretId=id_, **given)
        retag(
            olds,
            news,
            tag=lambda tags: clients.secretsmanager.tag_resource(SecretId=id_, Tags=pairs(tags)),
            untag=lambda keys: clients.secretsmanager.untag_resource(SecretId=id_, TagKeys=keys),
        )
        return {"arn": id_}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        window = inputs.get("recoveryWindowInDays", 30)
        how = {"RecoveryWindowInDays": window} if window else {"ForceDeleteWithoutRecovery": True}
        clients.secretsmanager.delete_secret(SecretId=id_, **how)


class SecretVersion(Handler):
    """A secret's value."""

    token = "aws:secretsmanager/secretVersion:SecretVersion"
    replaces = frozenset({"secretId", "secretString"})

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        made = clients.secretsmanager.put_secret_value(SecretId=inputs["secretId"], SecretString=inputs["secretString"])
        version = made["VersionId"]
        return f"{inputs['secretId']}|{version}", {"arn": made["ARN"], "versionId": version}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        secret, version = id_.rsplit("|", 1)
        found = clients.secretsmanager.get_secret_value(SecretId=secret, VersionId=version)
        seen = {"secretString": found.get("SecretString")}
        return {"arn": found["ARN"], "versionId": version}, observe_inputs(self, inputs, seen)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        """Nothing to do: a version goes with its secret."""


class Parameter(Handler):
    """A parameter."""

    token = "aws:ssm/parameter:Parameter"
    name_property = "name"
    name_limit = 1011
    replaces = frozenset({"name"})

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        self._put(clients, inputs)
        if tag_list(inputs):
            clients.ssm.add_tags_to_resource(Tags=tag_list(inputs), **_parameter(inputs["name"]))
        return inputs["name"], self._outputs(clients, inputs)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.ssm.get_parameter(Name=id_, WithDecryption=True)["Parameter"]
        named = [{"Key": "Name", "Option": "Equals", "Values": [id_]}]
        (about,) = clients.ssm.describe_parameters(ParameterFilters=named)["Parameters"]
        tags = clients.ssm.list_tags_for_resource(**_parameter(id_))["TagList"]
        seen = {"value": found["Value"], "type": found["Type"], "description": about.get("Description") or None}
        return self._outputs(clients, inputs), observe_inputs(self, inputs, {**seen, **seen_tags(inputs, tags)})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        cleared = {"description": ""} if "description" in olds else {}
        self._put(clients, {**cleared, **news})
        retag(
            olds,
            news,
            tag=lambda tags: clients.ssm.add_tags_to_resource(Tags=pairs(tags), **_parameter(id_)),
            untag=lambda keys: clients.ssm.remove_tags_from_resource(TagKeys=keys, **_parameter(id_)),
        )
        return self._outputs(clients, news)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.ssm.delete_parameter(Name=id_)

    def _put(self, clients: Any, inputs: Properties) -> None:
        clients.ssm.put_parameter(
            Name=inputs["name"],
            Value=str(inputs["value"]),
            Type=inputs.get("type", "String"),
            Overwrite=True,
            **pick(inputs, {"description": "Description", "keyId": "KeyId"}),
        )

    def _outputs(self, clients: Any, inputs: Properties) -> Properties:
        path = inputs["name"].lstrip("/")
        return {"arn": f"arn:aws:ssm:{clients.region}:{clients.account}:parameter/{path}"}


class Key(Handler):
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
            **seen_tags(inputs, {tag["TagKey"]: tag["TagValue"] for tag in tags}),
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


class KeyAlias(Handler):
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


HANDLERS = (
    Secret(),
    SecretVersion(),
    Parameter(),
    Key(),
    KeyAlias(),
)


def _parameter(name: str) -> dict[str, str]:
    return {"ResourceType": "Parameter", "ResourceId": name}


def _key_tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in sorted(tags.items())]
