"""Keys, secrets, parameters, firewalls, autoscaling."""

import uuid
from typing import Any

from sandbox.protocol import Properties
from sandbox.providers.aws.values import tag_list
from sandbox.providers.handler import Handler, observed


class Secret(Handler):
    """A secret's name and settings."""

    token = "aws:secretsmanager/secret:Secret"
    name_property = "name"
    name_limit = 512
    replaces = frozenset({"name", "namePrefix"})
    note = "Values act; rotation is stored."

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        arn = clients.secretsmanager.create_secret(Name=inputs["name"], Tags=tag_list(inputs))["ARN"]
        return arn, {"arn": arn}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.secretsmanager.describe_secret(SecretId=id_)
        return None if found.get("DeletedDate") else ({"arn": id_}, inputs)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del olds
        if tag_list(news):
            clients.secretsmanager.tag_resource(SecretId=id_, Tags=tag_list(news))
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
        return {"arn": found["ARN"], "versionId": version}, inputs

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
        return inputs["name"], self._outputs(clients, inputs)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.ssm.get_parameter(Name=id_, WithDecryption=True)["Parameter"]
        return self._outputs(clients, inputs), observed(self, inputs, {"value": found["Value"]})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del id_, olds
        self._put(clients, news)
        return self._outputs(clients, news)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.ssm.delete_parameter(Name=id_)

    def _put(self, clients: Any, inputs: Properties) -> None:
        clients.ssm.put_parameter(
            Name=inputs["name"], Value=str(inputs["value"]), Type=inputs.get("type", "String"), Overwrite=True
        )

    def _outputs(self, clients: Any, inputs: Properties) -> Properties:
        path = inputs["name"].lstrip("/")
        return {"arn": f"arn:aws:ssm:{clients.region}:{clients.account}:parameter/{path}"}


class Key(Handler):
    """A key."""

    token = "aws:kms/key:Key"
    documents = frozenset({"policy"})
    replaces = frozenset({"keyUsage", "customerMasterKeySpec", "multiRegion"})
    note = "Encrypts for real; the key policy is stored."

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        tags = [{"TagKey": t["Key"], "TagValue": t["Value"]} for t in tag_list(inputs)]
        made = clients.kms.create_key(Description=inputs.get("description") or "", Tags=tags)["KeyMetadata"]
        if inputs.get("enableKeyRotation"):
            clients.kms.enable_key_rotation(KeyId=made["KeyId"])
        return made["KeyId"], {"arn": made["Arn"], "keyId": made["KeyId"]}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.kms.describe_key(KeyId=id_)["KeyMetadata"]
        if found.get("KeyState") == "PendingDeletion":
            return None
        return {"arn": found["Arn"], "keyId": id_}, inputs

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del olds
        clients.kms.update_key_description(KeyId=id_, Description=news.get("description") or "")
        if news.get("enableKeyRotation"):
            clients.kms.enable_key_rotation(KeyId=id_)
        else:
            clients.kms.disable_key_rotation(KeyId=id_)
        return {"keyId": id_}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        clients.kms.schedule_key_deletion(KeyId=id_, PendingWindowInDays=inputs.get("deletionWindowInDays") or 30)


class KeyAlias(Handler):
    """A key's name."""

    token = "aws:kms/alias:Alias"
    name_property = "name"
    name_limit = 256
    replaces = frozenset({"name", "namePrefix"})

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        clients.kms.create_alias(AliasName=inputs["name"], TargetKeyId=inputs["targetKeyId"])
        return inputs["name"], self._outputs(clients, inputs)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        aliases = clients.kms.list_aliases()["Aliases"]
        return (self._outputs(clients, inputs), inputs) if any(a["AliasName"] == id_ for a in aliases) else None

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del olds
        clients.kms.update_alias(AliasName=id_, TargetKeyId=news["targetKeyId"])
        return self._outputs(clients, news)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.kms.delete_alias(AliasName=id_)

    def _outputs(self, clients: Any, inputs: Properties) -> Properties:
        return {"arn": f"arn:aws:kms:{clients.region}:{clients.account}:{inputs['name']}"}


class Recorded(Handler):
    """A type that the data plane does not know: kept in the stack's state and nowhere else."""

    enforcement = "records"

    def __init__(self, token: str, *, note: str, arn: str, replaces: frozenset[str], name: str | None = None) -> None:
        """Describe a type.

        Args:
            token: The type.
            note: What AWS would do.
            arn: The ARN's service and resource part, with `{region}`, `{account}`, `{name}` and `{id}`.
            replaces: Properties whose change replaces it.
            name: The property that is named automatically.
        """
        self.token, self.note, self._arn, self.replaces, self.name_property = token, note, arn, replaces, name

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        id_ = uuid.uuid4().hex
        name = inputs.get(self.name_property or "name") or id_
        return id_, {"arn": self._arn.format(region=clients.region, account=clients.account, name=name, id=id_)}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        del clients, id_
        return {}, inputs

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del clients, id_, olds, news
        return {}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        """Nothing to do: it is in no data plane."""


HANDLERS = (
    Secret(),
    SecretVersion(),
    Parameter(),
    Key(),
    KeyAlias(),
    Recorded(
        "aws:wafv2/webAcl:WebAcl",
        note="Kept in the state; AWS would filter and limit requests.",
        arn="arn:aws:wafv2:{region}:{account}:global/webacl/{name}/{id}",
        replaces=frozenset({"name", "scope"}),
        name="name",
    ),
    Recorded(
        "aws:appautoscaling/target:Target",
        note="Kept in the state; AWS would bound the capacity.",
        arn="arn:aws:application-autoscaling:{region}:{account}:scalable-target/{id}",
        replaces=frozenset({"resourceId", "scalableDimension", "serviceNamespace"}),
    ),
    Recorded(
        "aws:appautoscaling/policy:Policy",
        note="Kept in the state; AWS would follow the load.",
        arn="arn:aws:autoscaling:{region}:{account}:scalingPolicy:{id}",
        replaces=frozenset({"name", "resourceId", "scalableDimension", "serviceNamespace"}),
        name="name",
    ),
)
