"""The two questions that a service asks before it acts for somebody."""

from typing import Literal, Protocol

PolicyKind = Literal["apigateway", "lambda", "s3", "sns", "sqs"]
"""What has a resource policy."""


class PermissionChecks(Protocol):
    """Answers None where AWS would go on, else the text with which AWS refuses."""

    def check_role(self, role_arn: str, action: str, resource_arn: str, *, service: str = "") -> str | None:
        """Whether a service may do something as a role that it was given.

        Args:
            role_arn: The role: an event source mapping's is its function's execution role.
            action: What it does, `sqs:ReceiveMessage`.
            resource_arn: What it does it to; an object is `arn:aws:s3:::bucket/key`.
            service: Who assumes the role, `firehose.amazonaws.com`; the role's trust policy is asked too.
        """
        ...

    def check_resource_policy(
        self, kind: PolicyKind, resource_arn: str, service_principal: str, action: str, source_arn: str
    ) -> str | None:
        """Whether the policy of a resource lets a service reach it.

        Args:
            kind: Whose policy: `lambda` and `sqs` refuse what no statement allows.
            resource_arn: The resource; a function's alias or version with its qualifier.
            service_principal: Who wants in, `events.amazonaws.com`.
            action: What it does, `lambda:InvokeFunction`.
            source_arn: For whom: the rule, bucket, topic, API route or alarm (`aws:SourceArn`).
        """
        ...


class UncheckedPermissions:
    """The answers where permissions are not enforced."""

    def check_role(self, role_arn: str, action: str, resource_arn: str, *, service: str = "") -> str | None:  # noqa: ARG002
        """Everything may be done."""
        return None

    def check_resource_policy(
        self,
        kind: PolicyKind,  # noqa: ARG002
        resource_arn: str,  # noqa: ARG002
        service_principal: str,  # noqa: ARG002
        action: str,  # noqa: ARG002
        source_arn: str,  # noqa: ARG002
    ) -> str | None:
        """Everybody may come in."""
        return None
