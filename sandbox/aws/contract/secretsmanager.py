"""Secrets Manager: secrets and their versions."""

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.contract.behaviour import behaviour, expect

SECRETS = "https://docs.aws.amazon.com/secretsmanager/latest/userguide"
SECRETS_API = "https://docs.aws.amazon.com/secretsmanager/latest/apireference"


def secret(aws: AwsAccount, text: str) -> tuple[str, str]:
    """The name of a new secret, and its first version's id."""
    client, name = aws.clients.secretsmanager, aws.name("secret")
    version = client.create_secret(Name=name, SecretString=text)["VersionId"]
    aws.undo(client.delete_secret, SecretId=name, ForceDeleteWithoutRecovery=True)
    return name, version


@behaviour(service="secretsmanager", source=f"{SECRETS}/whats-in-a-secret.html")
def a_secret_keeps_its_version_before(aws: AwsAccount) -> None:
    """A new value becomes AWSCURRENT, the one before stays readable as AWSPREVIOUS and by its version."""
    client, (name, first) = aws.clients.secretsmanager, secret(aws, "one")
    client.put_secret_value(SecretId=name, SecretString="two")
    get = client.get_secret_value
    found = [
        get(SecretId=name, **which)["SecretString"]
        for which in ({}, {"VersionStage": "AWSPREVIOUS"}, {"VersionId": first})
    ]
    expect(found == ["two", "one", "one"], f"values {found}")


@behaviour(service="secretsmanager", source=f"{SECRETS_API}/API_DeleteSecret.html")
def a_deleted_secret_is_not_readable_and_can_be_restored(aws: AwsAccount) -> None:
    """A secret that is scheduled for deletion is not readable, and can be restored."""
    client, (name, _) = aws.clients.secretsmanager, secret(aws, "kept")
    client.delete_secret(SecretId=name, RecoveryWindowInDays=7)
    answer = aws.refusal(client.get_secret_value, SecretId=name)
    expect(answer["Error"]["Code"] == "InvalidRequestException", f"{answer['Error']}")
    client.restore_secret(SecretId=name)
    expect(client.get_secret_value(SecretId=name)["SecretString"] == "kept", "another value")


@behaviour(service="secretsmanager", source=f"{SECRETS_API}/API_CreateSecret.html")
def a_secrets_name_is_taken_once(aws: AwsAccount) -> None:
    """A secret with a name that is taken is refused; one that does not exist is named as such."""
    client, (name, _) = aws.clients.secretsmanager, secret(aws, "one")
    codes = [
        aws.refusal(client.create_secret, Name=name, SecretString="two")["Error"]["Code"],
        aws.refusal(client.get_secret_value, SecretId=aws.name("none"))["Error"]["Code"],
    ]
    expect(codes == ["ResourceExistsException", "ResourceNotFoundException"], f"codes {codes}")
