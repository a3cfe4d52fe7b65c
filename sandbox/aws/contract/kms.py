"""KMS: keys and data keys."""

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.contract.behaviour import behaviour, expect

KMS = "https://docs.aws.amazon.com/kms/latest/developerguide"
# https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
LASTING = "a key is billed, and deleted after a week at the earliest"


def key(aws: AwsAccount) -> str:
    """The id of a new key."""
    kms = aws.clients.kms
    made = kms.create_key(Tags=[{"TagKey": k, "TagValue": v} for k, v in aws.target.tags.items()])
    found = str(made["KeyMetadata"]["KeyId"])
    aws.undo(kms.schedule_key_deletion, KeyId=found, PendingWindowInDays=7)
    return found


@behaviour(service="kms", source=f"{KMS}/encrypt_context.html", cloud=LASTING)
def a_key_encrypts_under_its_context_alone(aws: AwsAccount) -> None:
    """What was encrypted with a context is decrypted with the same context alone."""
    kms, made = aws.clients.kms, key(aws)
    sealed = kms.encrypt(KeyId=made, Plaintext=b"secret", EncryptionContext={"table": "orders"})["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"table": "orders"})["Plaintext"]
    expect(opened == b"secret" and b"secret" not in sealed, "it is not encrypted, or not decrypted")
    answer = aws.refusal(kms.decrypt, CiphertextBlob=sealed, EncryptionContext={"table": "other"})
    expect(answer["Error"]["Code"] == "InvalidCiphertextException", f"{answer['Error']}")


@behaviour(service="kms", source=f"{KMS}/enabling-keys.html", cloud=LASTING)
def a_disabled_key_decrypts_nothing(aws: AwsAccount) -> None:
    """A disabled key decrypts nothing until it is enabled again."""
    kms, made = aws.clients.kms, key(aws)
    sealed = kms.encrypt(KeyId=made, Plaintext=b"secret")["CiphertextBlob"]
    kms.disable_key(KeyId=made)
    answer = aws.refusal(kms.decrypt, CiphertextBlob=sealed)
    expect(answer["Error"]["Code"] == "DisabledException", f"{answer['Error']}")
    kms.enable_key(KeyId=made)
    expect(kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"secret", "another text")


@behaviour(service="kms", source=f"{KMS}/data-keys.html", cloud=LASTING)
def a_data_key_comes_plain_and_sealed(aws: AwsAccount) -> None:
    """A data key comes in the plain and encrypted; an alias stands for its key."""
    kms, made, alias = aws.clients.kms, key(aws), f"alias/{aws.name('alias')}"
    kms.create_alias(AliasName=alias, TargetKeyId=made)
    aws.undo(kms.delete_alias, AliasName=alias)
    found = kms.generate_data_key(KeyId=alias, KeySpec="AES_256")
    opened = kms.decrypt(CiphertextBlob=found["CiphertextBlob"])
    expect(len(found["Plaintext"]) == 32 and opened["Plaintext"] == found["Plaintext"], "not the same data key")
    expect(opened["KeyId"].endswith(made), f"key {opened['KeyId']}")
