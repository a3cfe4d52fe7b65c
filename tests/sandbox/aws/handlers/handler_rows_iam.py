"""Rows for roles, keys, secrets, parameters."""

from typing import Any

from handler_lab import Lab, Made, Row, document, trust
from plane_fixture import named

TAGS = {"tags": {"owner": "platform-team", "env": "dev"}}
RETAGGED = {"tags": {"owner": "another-team"}}


def role(lab: Lab) -> dict[str, Any]:
    return {
        "assumeRolePolicy": trust("lambda.amazonaws.com"),
        "description": "runs",
        "maxSessionDuration": 7200,
        "permissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess",
        **TAGS,
    }


def statement(action: str) -> str:
    return document({"Effect": "Allow", "Action": [action]})


def role_policy(lab: Lab) -> dict[str, Any]:
    return {"role": lab.role().id, "name": "own", "policy": statement("dynamodb:GetItem")}


def widen(lab: Lab, made: Made) -> None:
    lab.clients.iam.put_role_policy(RoleName=made.inputs["role"], PolicyName="own", PolicyDocument=statement("*"))


def secret_version(lab: Lab) -> dict[str, Any]:
    secret = lab.make("aws:secretsmanager/secret:Secret", {"name": named("secret"), "recoveryWindowInDays": 0})
    return {"secretId": secret.id, "secretString": '{"accepted": ["a"]}'}


def key_policy(principal: str) -> str:
    return document({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*"})


ROWS = (
    Row(
        "aws:iam/role:Role",
        role,
        (
            {"assumeRolePolicy": trust("scheduler.amazonaws.com")},
            {"description": "runs more"},
            {"maxSessionDuration": 3600},
            {"permissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
            {"permissionsBoundary": None},
            RETAGGED,
        ),
        lambda lab, made: lab.clients.iam.update_assume_role_policy(
            RoleName=made.id, PolicyDocument=trust("ec2.amazonaws.com")
        ),
        "assumeRolePolicy",
    ),
    Row("aws:iam/rolePolicy:RolePolicy", role_policy, ({"policy": statement("dynamodb:PutItem")},), widen, "policy"),
    Row(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        lambda lab: {"role": lab.role().id, "policyArn": "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"},
        (),
        lambda lab, made: lab.clients.iam.detach_role_policy(
            RoleName=made.inputs["role"], PolicyArn=made.inputs["policyArn"]
        ),
    ),
    Row(
        "aws:secretsmanager/secret:Secret",
        lambda lab: {"name": named("secret"), "description": "a secret", "recoveryWindowInDays": 0, **TAGS},
        ({"description": "the secret"}, {"recoveryWindowInDays": 7}, RETAGGED),
        lambda lab, made: lab.clients.secretsmanager.update_secret(SecretId=made.id, Description="another"),
        "description",
        unseen={"recoveryWindowInDays": "It says how the resource is deleted; the service knows nothing of it."},
    ),
    Row(
        "aws:secretsmanager/secretVersion:SecretVersion",
        secret_version,
        (),
        lambda lab, made: lab.clients.secretsmanager.delete_secret(
            SecretId=made.inputs["secretId"], ForceDeleteWithoutRecovery=True
        ),
        undeletable="A version goes with its secret.",
    ),
    Row(
        "aws:ssm/parameter:Parameter",
        lambda lab: {"name": f"/{named('p')}", "type": "String", "value": "1", "description": "a number", **TAGS},
        ({"value": "2"}, {"description": "the number"}, {"type": "SecureString"}, RETAGGED),
        lambda lab, made: lab.clients.ssm.put_parameter(Name=made.id, Value="9", Type="String", Overwrite=True),
        "value",
    ),
    Row(
        "aws:kms/key:Key",
        lambda lab: {
            "description": "a key",
            "enableKeyRotation": True,
            "deletionWindowInDays": 7,
            "policy": key_policy("arn:aws:iam::000000000000:root"),
            **TAGS,
        },
        (
            {"description": "the key"},
            {"enableKeyRotation": False},
            {"policy": key_policy("*")},
            {"deletionWindowInDays": 30},
            RETAGGED,
        ),
        lambda lab, made: lab.clients.kms.disable_key_rotation(KeyId=made.id),
        "enableKeyRotation",
        unseen={"deletionWindowInDays": "It says how the resource is deleted; the service knows nothing of it."},
    ),
    Row(
        "aws:kms/alias:Alias",
        lambda lab: {"name": f"alias/{named('key')}", "targetKeyId": lab.key().id},
        (lambda lab, _: {"targetKeyId": lab.key().id},),
        lambda lab, made: lab.clients.kms.update_alias(AliasName=made.id, TargetKeyId=lab.key().id),
        "targetKeyId",
    ),
)
