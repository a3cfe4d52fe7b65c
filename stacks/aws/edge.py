"""What only some stacks have in front of the API: the origin's secret and the web ACL."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from apps.contracts.platforms.aws import CheckoutVariables
from components.aws.iam import IamStatement, allow
from stacks.aws.settings import AwsSettings

# Requests from one address in five minutes: https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html
RATE_LIMIT = 2_000
MANAGED_RULES = ("AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet")


@dataclass(frozen=True, slots=True)
class OriginSecret:
    """The header that proves a request came through CloudFront; two values are accepted, so that it rotates."""

    header: Output[str] | None
    """What CloudFront sends."""
    environment: CheckoutVariables[Input[str]]
    """What tells the function where the accepted values are."""
    grants: Sequence[Input[IamStatement]]
    """What lets it read them."""

    @classmethod
    def create(cls, settings: AwsSettings, values: Output[str] | None, tags: Mapping[str, str]) -> "OriginSecret":
        """The secret of a stack, or an empty one where `edge.origin_verify` is off.

        Raises:
            pulumi.RunError: it is on and the config secret is missing.
        """
        if not settings.edge.origin_verify:
            return cls(None, {}, [])
        if values is None:
            msg = (
                "settings.edge.origin_verify is true, but the secret scaleshop:originVerify is not set; run "
                """`pulumi config set --secret scaleshop:originVerify '["<random>", "<another>"]'`."""
            )
            raise pulumi.RunError(msg)
        secret = aws.secretsmanager.Secret(
            "origin-verify", recovery_window_in_days=0 if settings.ephemeral else 30, tags=dict(tags)
        )
        aws.secretsmanager.SecretVersion(
            "origin-verify-values",
            secret_id=secret.id,
            secret_string=values.apply(lambda text: json.dumps({"accepted": json.loads(text)})),
        )
        grants = [allow(["secretsmanager:GetSecretValue"], [secret.arn])]
        return cls(values.apply(lambda text: json.loads(text)[0]), {"ORIGIN_VERIFY_SECRET_ARN": secret.arn}, grants)


def create_web_acl(settings: AwsSettings, tags: Mapping[str, str]) -> Output[str] | None:
    """The ARN of a web ACL for CloudFront, or None where `edge.web_acl` is off.

    A web ACL of scope CLOUDFRONT lives in us-east-1, whatever the stack's region:
    https://docs.aws.amazon.com/waf/latest/developerguide/cloudfront-features.html
    """
    if not settings.edge.web_acl:
        return None
    global_region = aws.Provider("us-east-1", region="us-east-1")
    rules = [_managed(priority, name) for priority, name in enumerate(MANAGED_RULES)]
    acl = aws.wafv2.WebAcl(
        "edge",
        scope="CLOUDFRONT",
        default_action={"allow": {}},
        rules=[*rules, _rate(len(rules))],
        visibility_config=_visibility("edge"),
        tags=dict(tags),
        opts=ResourceOptions(provider=global_region),
    )
    return acl.arn


def _managed(priority: int, name: str) -> Any:
    return {
        "name": name,
        "priority": priority,
        "override_action": {"none": {}},
        "statement": {"managed_rule_group_statement": {"name": name, "vendor_name": "AWS"}},
        "visibility_config": _visibility(name),
    }


def _rate(priority: int) -> Any:
    return {
        "name": "rate",
        "priority": priority,
        "action": {"block": {}},
        "statement": {"rate_based_statement": {"limit": RATE_LIMIT, "aggregate_key_type": "IP"}},
        "visibility_config": _visibility("rate"),
    }


def _visibility(name: str) -> Any:
    return {"cloudwatch_metrics_enabled": True, "sampled_requests_enabled": True, "metric_name": name}
