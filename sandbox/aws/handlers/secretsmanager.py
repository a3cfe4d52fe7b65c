"""Secrets Manager: secrets and their versions."""

from typing import Any

from engine.protocol import Properties
from sandbox.aws.handlers.conversion import own_tags, pick, retag, tag_list, tag_pairs
from sandbox.handler import Handler, observe_inputs


class SecretHandler(Handler):
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
        return {"arn": id_}, observe_inputs(self, inputs, {**seen, **own_tags(inputs, found.get("Tags") or [])})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        if any(olds.get(mine) != news.get(mine) for mine in self.settings):
            given = {api: news.get(mine) or "" for mine, api in self.settings.items() if mine in {*olds, *news}}
            clients.secretsmanager.update_secret(SecretId=id_, **given)
        retag(
            olds,
            news,
            tag=lambda tags: clients.secretsmanager.tag_resource(SecretId=id_, Tags=tag_pairs(tags)),
            untag=lambda keys: clients.secretsmanager.untag_resource(SecretId=id_, TagKeys=keys),
        )
        return {"arn": id_}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        window = inputs.get("recoveryWindowInDays", 30)
        how = {"RecoveryWindowInDays": window} if window else {"ForceDeleteWithoutRecovery": True}
        clients.secretsmanager.delete_secret(SecretId=id_, **how)


class SecretVersionHandler(Handler):
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


HANDLERS = (SecretHandler(), SecretVersionHandler())
