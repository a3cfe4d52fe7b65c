"""Checks of an AWS account before the first deployment of a stack: nothing is created or changed."""

import importlib.metadata
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from scaleshop.architectures.aws.doctor import permissions, quotas
from scaleshop.architectures.aws.doctor.actions import list_actions
from scaleshop.doctor.findings import Finding, fail, ok, warn
from scaleshop.doctor.local import cli_version
from stacks.aws.settings import AwsSettings

SIGN_IN = "sign in (e.g. `aws sso login`, or set AWS_PROFILE), then run this again"
# What the stack calls in its region, in botocore's names.
SERVICES = ("apigatewayv2", "dynamodb", "events", "firehose", "lambda", "logs", "scheduler", "sns", "sqs")
# CloudFront's certificates and web ACLs live there, whatever the stack's region:
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
GLOBAL_REGION = "us-east-1"
QUICK = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})

Connect = Callable[[str, str], Any]
"""An AWS client by service and region."""


def connect(service: str, region: str) -> Any:
    """A client of the operator's own account, with short timeouts and two tries a call."""
    return boto3.client(service, region_name=region, config=QUICK)


@cache
def _offline_session() -> boto3.Session:
    """A session for what boto3 knows without a call; each reads its table of all endpoints, 0.1 s of CPU."""
    return boto3.Session()


@dataclass(frozen=True, slots=True)
class Account:
    """A stack, and the account that it would go to."""

    stack: str
    config: Mapping[str, str]
    """The stack's configuration."""
    settings: AwsSettings
    types: Collection[str]
    """The resource types that its program registers."""
    connect: Connect = connect
    which: Callable[[str], str | None] = shutil.which
    regions: Callable[[str], Collection[str]] = field(default_factory=lambda: _offline_session().get_available_regions)

    @property
    def region(self) -> str:
        """Where the stack goes."""
        return self.config.get("aws:region", "")

    def client(self, service: str) -> Any:
        """A client in the stack's region."""
        return self.connect(service, self.region)


def examine(account: Account) -> Iterator[Finding]:
    """Every finding; without credentials or a region the account itself is not asked."""
    yield _cli(account)
    region = _region(account)
    yield region
    yield from _secrets(account)
    if not account.region:
        return
    identity, finding = _credentials(account)
    yield finding
    if identity is None:
        yield warn("account", "quotas and permissions were not checked: there are no credentials")
        return
    yield from _certificate(account, identity["Account"])
    yield from quotas.examine(account.client, account.settings, account.region)
    yield permissions.examine(account.client, identity["Arn"], list_actions(account.types))


def _cli(account: Account) -> Finding:
    version, sdk = cli_version(account.which), importlib.metadata.version("pulumi")
    install = "install it: https://www.pulumi.com/docs/install/"
    if version is None:
        return fail("pulumi", "the CLI is not on PATH; only it deploys to a cloud", install)
    if not version:
        return fail("pulumi", "the CLI is on PATH and does not answer", install)
    if _numbers(version) < _numbers(sdk):
        return warn("pulumi", f"{version} is older than the SDK ({sdk})", f"update it to {sdk} or newer")
    return ok("pulumi", version)


def _credentials(account: Account) -> tuple[Mapping[str, str] | None, Finding]:
    try:
        identity = account.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        return None, fail("credentials", f"none that AWS takes: {error}", SIGN_IN)
    return identity, ok("credentials", f"account {identity['Account']}, {identity['Arn']}")


def _region(account: Account) -> Finding:
    if not account.region:
        where = f"stacks/config/Pulumi.{account.stack}.yaml"
        return fail(
            "region",
            f"aws:region is not set in {where}",
            f"run `pulumi config set aws:region <region> --stack {account.stack}`",
        )
    missing = [service for service in SERVICES if account.region not in account.regions(service)]
    if missing:
        detail = f"{account.region} is not known to have {', '.join(missing)}"
        return fail("region", detail, "correct aws:region, or update boto3 if the region is new")
    also = f"; the web ACL is made in {GLOBAL_REGION}" if account.settings.edge.web_acl else ""
    return ok("region", f"{account.region} has all services of the stack{also}")


def _secrets(account: Account) -> Iterator[Finding]:
    if not account.settings.edge.origin_verify:
        return
    if account.config.get("scaleshop:originVerify"):
        yield ok("origin secret", "scaleshop:originVerify is set")
        return
    # Two values, so that one can be rotated.
    command = f"pulumi config set --stack {account.stack} --secret scaleshop:originVerify"
    yield fail(
        "origin secret",
        "settings.edge.origin_verify is true and scaleshop:originVerify is not set",
        f"""run `{command} '["<random>", "<another>"]'`""",
    )


def _certificate(account: Account, number: str) -> Iterator[Finding]:
    """An API's certificate lies in its own account and region."""
    domain = account.settings.edge.domain
    if domain is None:
        return
    _, _, _, region, owner, _ = domain.certificate_arn.split(":", maxsplit=5)
    if (region, owner) == (account.region, number):
        yield ok("certificate", domain.certificate_arn)
        return
    yield fail(
        "certificate",
        f"settings.edge.domain.certificate_arn is of account {owner} in {region}, "
        f"the stack goes to {number} in {account.region}",
        f"request one for {domain.name} in {account.region} with ACM and name its ARN",
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.lstrip("v").split("-")[0].split(".") if part.isdigit())
