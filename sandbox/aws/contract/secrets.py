"""KMS keys, secrets of Secrets Manager, parameters of Systems Manager."""

from sandbox.aws.contract.fixtures.account import Account
from sandbox.contract.behaviour import behaviour, expect

KMS = "https://docs.aws.amazon.com/kms/latest/developerguide"
SECRETS = "https://docs.aws.amazon.com/secretsmanager/latest/userguide"
SECRETS_API = "https://docs.aws.amazon.com/secretsmanager/latest/apireference"
PARAMETERS = "https://docs.aws.amazon.com/systems-manager/latest"
# https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
LASTING = "a key is billed, and deleted after a week at the earliest"


def key(aws: Account) -> str:
    """The id of a new key."""
    kms = aws.clients.kms
    made = kms.create_key(Tags=[{"TagKey": k, "TagValue": v} for k, v in aws.target.tags.items()])
    found = str(made["KeyMetadata"]["KeyId"])
    aws.undo(kms.schedule_key_deletion, KeyId=found, PendingWindowInDays=7)
    return found


def secret(aws: Account, text: str) -> tuple[str, str]:
    """The name of a new secret, and its first version's id."""
    client, name = aws.clients.secretsmanager, aws.name("secret")
    version = client.create_secret(Name=name, SecretString=text)["VersionId"]
    aws.undo(client.delete_secret, SecretId=name, ForceDeleteWithoutRecovery=True)
    return name, version


def parameter(aws: Account, value: str, kind: str = "String") -> str:
    """The name of a new parameter."""
    ssm, name = aws.clients.ssm, f"/{aws.name('parameter')}"
    ssm.put_parameter(Name=name, Value=value, Type=kind)
    aws.undo(ssm.delete_parameter, Name=name)
    return name


@behaviour(service="kms", source=f"{KMS}/encrypt_context.html", cloud=LASTING)
def a_key_encrypts_under_its_context_alone(aws: Account) -> None:
    """What was encrypted with a context is decrypted with the same context alone."""
    kms, made = aws.clients.kms, key(aws)
    sealed = kms.encrypt(KeyId=made, Plaintext=b"secret", EncryptionContext={"table": "orders"})["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"table": "orders"})["Plaintext"]
    expect(opened == b"secret" and b"secret" not in sealed, "it is not encrypted, or not decrypted")
    answer = aws.refused(kms.decrypt, CiphertextBlob=sealed, EncryptionContext={"table": "other"})
    expect(answer["Error"]["Code"] == "InvalidCiphertextException", f"{answer['Error']}")


@behaviour(service="kms", source=f"{KMS}/enabling-keys.html", cloud=LASTING)
def a_disabled_key_decrypts_nothing(aws: Account) -> None:
    """A disabled key decrypts nothing until it is enabled again."""
    kms, made = aws.clients.kms, key(aws)
    sealed = kms.encrypt(KeyId=made, Plaintext=b"secret")["CiphertextBlob"]
    kms.disable_key(KeyId=made)
    answer = aws.refused(kms.decrypt, CiphertextBlob=sealed)
    expect(answer["Error"]["Code"] == "DisabledException", f"{answer['Error']}")
    kms.enable_key(KeyId=made)
    expect(kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"secret", "another text")


@behaviour(service="kms", source=f"{KMS}/data-keys.html", cloud=LASTING)
def a_data_key_comes_plain_and_sealed(aws: Account) -> None:
    """A data key comes in the plain and encrypted; an alias stands for its key."""
    kms, made, alias = aws.clients.kms, key(aws), f"alias/{aws.name('alias')}"
    kms.create_alias(AliasName=alias, TargetKeyId=made)
    aws.undo(kms.delete_alias, AliasName=alias)
    found = kms.generate_data_key(KeyId=alias, KeySpec="AES_256")
    opened = kms.decrypt(CiphertextBlob=found["CiphertextBlob"])
    expect(len(found["Plaintext"]) == 32 and opened["Plaintext"] == found["Plaintext"], "not the same data key")
    expect(opened["KeyId"].endswith(made), f"key {opened['KeyId']}")


@behaviour(service="secretsmanager", source=f"{SECRETS}/whats-in-a-secret.html")
def a_secret_keeps_its_version_before(aws: Account) -> None:
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
def a_deleted_secret_is_not_readable_and_can_be_restored(aws: Account) -> None:
    """A secret that is scheduled for deletion is not readable, and can be restored."""
    client, (name, _) = aws.clients.secretsmanager, secret(aws, "kept")
    client.delete_secret(SecretId=name, RecoveryWindowInDays=7)
    answer = aws.refused(client.get_secret_value, SecretId=name)
    expect(answer["Error"]["Code"] == "InvalidRequestException", f"{answer['Error']}")
    client.restore_secret(SecretId=name)
    expect(client.get_secret_value(SecretId=name)["SecretString"] == "kept", "another value")


@behaviour(service="secretsmanager", source=f"{SECRETS_API}/API_CreateSecret.html")
def a_secrets_name_is_taken_once(aws: Account) -> None:
    """A secret with a name that is taken is refused; one that does not exist is named as such."""
    client, (name, _) = aws.clients.secretsmanager, secret(aws, "one")
    codes = [
        aws.refused(client.create_secret, Name=name, SecretString="two")["Error"]["Code"],
        aws.refused(client.get_secret_value, SecretId=aws.name("none"))["Error"]["Code"],
    ]
    expect(codes == ["ResourceExistsException", "ResourceNotFoundException"], f"codes {codes}")


@behaviour(service="ssm", source=f"{PARAMETERS}/APIReference/API_GetParameter.html")
def a_secret_parameter_is_decrypted_only_when_asked(aws: Account) -> None:
    """A SecureString is given in the plain only with decryption."""
    ssm, name = aws.clients.ssm, parameter(aws, "hidden", "SecureString")
    plain = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    sealed = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    expect(plain == "hidden" and "hidden" not in sealed, f"plain {plain}, sealed {sealed}")


@behaviour(service="ssm", source=f"{PARAMETERS}/userguide/sysman-paramstore-versions.html")
def a_parameter_has_versions(aws: Account) -> None:
    """A parameter is overwritten only when asked, and its versions stay readable."""
    ssm, name = aws.clients.ssm, parameter(aws, "one")
    code = aws.refused(ssm.put_parameter, Name=name, Value="two", Type="String")["Error"]["Code"]
    expect(code == "ParameterAlreadyExists", f"code {code}")
    version = ssm.put_parameter(Name=name, Value="two", Type="String", Overwrite=True)["Version"]
    found = [ssm.get_parameter(Name=which)["Parameter"]["Value"] for which in (name, f"{name}:1")]
    expect((version, found) == (2, ["two", "one"]), f"version {version}, values {found}")


@behaviour(service="ssm", source=f"{PARAMETERS}/APIReference/API_GetParametersByPath.html")
def parameters_are_read_by_path(aws: Account) -> None:
    """Parameters under a path are read together, those deeper only when asked."""
    ssm, root = aws.clients.ssm, f"/{aws.name('path')}"
    for name in (f"{root}/a", f"{root}/deep/b"):
        ssm.put_parameter(Name=name, Value=name, Type="String")
        aws.undo(ssm.delete_parameter, Name=name)
    found = [
        sorted(p["Name"] for p in ssm.get_parameters_by_path(Path=root, Recursive=deep)["Parameters"])
        for deep in (False, True)
    ]
    expect(found == [[f"{root}/a"], [f"{root}/a", f"{root}/deep/b"]], f"parameters {found}")
