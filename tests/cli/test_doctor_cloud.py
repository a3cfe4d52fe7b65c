"""`scaleshop doctor --cloud` against stubbed AWS clients: no network, no account."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from command_runner import run_command

from sandbox.aws.package import AwsPackage
from scaleshop.architectures import registry
from scaleshop.architectures.aws.doctor import quotas
from scaleshop.architectures.aws.doctor.account import QUICK, Account, connect, examine
from scaleshop.architectures.aws.doctor.actions import list_actions
from scaleshop.architectures.aws.doctor.permissions import BATCH
from scaleshop.doctor.findings import CheckOutcome, Finding
from scaleshop.project import find
from stacks.aws.settings import AwsSettings, parse

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/deployer"
TYPES = {"aws:sqs/queue:Queue", "aws:lambda/function:Function", "pulumi:pulumi:Stack", "scaleshop:index:SqsQueue"}
# Actions that IAM knows by another name than the API's operation, with the page that says so.
RENAMED = "https://docs.aws.amazon.com/service-authorization/latest/reference/"
OTHER_NAMES = {
    "budgets": {"ModifyBudget", "ViewBudget"},
    "iam": {"PassRole"},
    "logs": {"CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries"},
    "s3": {
        "GetAccelerateConfiguration", "GetBucketCORS", "GetBucketObjectLockConfiguration",
        "GetBucketPublicAccessBlock", "GetEncryptionConfiguration", "GetLifecycleConfiguration",
        "GetReplicationConfiguration", "ListBucket", "PutBucketPublicAccessBlock", "PutEncryptionConfiguration",
        "PutLifecycleConfiguration",
    },
}  # fmt: skip


@cache
def make_client(service: str, region: str) -> Any:
    """A client that is shared by tests, each of which stubs it anew."""
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    return boto3.client(service, region_name=region, config=QUICK, **keys)


class Aws:
    """Stubbed clients; what a test does not stub answers as a generous account."""

    def __init__(self) -> None:
        self.stubs: dict[str, Stubber] = {}
        self.clients: dict[str, Any] = {}
        self.asked: list[str] = []

    def connect(self, service: str, region: str) -> Any:
        if service not in self.clients:
            self.clients[service] = make_client(service, region)
            self.stubs[service] = Stubber(self.clients[service])
            self.stubs[service].activate()
        self.asked.append(service)
        return self.clients[service]

    def answers(self, service: str, operation: str, answer: Mapping[str, Any], times: int = 1) -> None:
        self.connect(service, "us-east-1")
        for _ in range(times):
            self.stubs[service].add_response(operation, answer)

    def refuses(self, service: str, operation: str, code: str) -> None:
        self.connect(service, "us-east-1")
        self.stubs[service].add_client_error(operation, code, "no")

    def identity(self, arn: str = USER) -> None:
        self.answers("sts", "get_caller_identity", {"Account": ACCOUNT, "Arn": arn, "UserId": "U"})

    def generous(self, *, concurrency: int = 1000, denied: frozenset[str] = frozenset(), quota: float = 1e6) -> None:
        limit = {"AccountLimit": {"ConcurrentExecutions": concurrency}}
        self.answers("lambda", "get_account_settings", limit)
        self.answers("service-quotas", "get_service_quota", {"Quota": {"Value": quota, "Adjustable": True}}, times=5)
        self.simulates(denied)

    def simulates(self, denied: frozenset[str] = frozenset()) -> None:
        wanted = list_actions(TYPES)
        for start in range(0, len(wanted), BATCH):
            results = [
                {"EvalActionName": name, "EvalDecision": "implicitDeny" if name in denied else "allowed"}
                for name in wanted[start : start + BATCH]
            ]
            self.answers("iam", "simulate_principal_policy", {"EvaluationResults": results})


@pytest.fixture
def aws() -> Iterator[Aws]:
    made = Aws()
    yield made
    for stub in made.stubs.values():
        stub.deactivate()
    for stub in made.stubs.values():
        stub.assert_no_pending_responses()


@pytest.fixture
def cli(tmp_path: Path) -> Callable[[str], str | None]:
    path = tmp_path / "pulumi"
    path.write_text(f"#!{sys.executable}\nprint('v99.0.0')\n")
    path.chmod(0o755)
    return lambda _: str(path)


@pytest.fixture
def account(aws: Aws, cli: Callable[[str], str | None]) -> Callable[..., Account]:
    def made(stack: str = "aws-dev", *, config: Mapping[str, str] | None = None, **changes: Any) -> Account:
        found = {**find(ROOT).config(stack), **(config or {})}
        settings = parse({**json.loads(found["scaleshop:settings"]), **changes}, stack=stack)
        return Account(stack, found, settings, TYPES, aws.connect, cli)

    return made


def check(account: Account, name: str) -> Finding:
    return next(finding for finding in examine(account) if finding.check == name)


def test_an_account_that_has_everything_fails_in_nothing(aws: Aws, account: Callable[..., Account]) -> None:
    aws.identity()
    aws.generous()
    findings = list(examine(account()))
    assert {finding.outcome for finding in findings} == {CheckOutcome.OK}
    assert f"account {ACCOUNT}" in next(f.detail for f in findings if f.check == "credentials")


def test_without_credentials_the_account_is_not_asked_further(aws: Aws, account: Callable[..., Account]) -> None:
    aws.refuses("sts", "get_caller_identity", "ExpiredToken")
    findings = list(examine(account()))
    assert [(f.check, f.outcome) for f in findings][-2:] == [
        ("credentials", CheckOutcome.FAIL),
        ("account", CheckOutcome.WARN),
    ]
    assert "aws sso login" in findings[-2].fix
    assert set(aws.asked) == {"sts"}


def test_a_stated_quota_that_the_account_lacks_fails_with_the_command_that_asks_for_it(
    aws: Aws, account: Callable[..., Account]
) -> None:
    aws.identity()
    aws.generous(concurrency=10)
    sizing = {"peak_orders_per_second": 5, "account_concurrency": 1000}
    findings = {finding.check: finding for finding in examine(account(sizing=sizing))}
    finding = findings["Lambda concurrency"]
    assert finding.outcome == CheckOutcome.FAIL
    assert "the account has 10, sizing.account_concurrency states 1000" in finding.detail
    assert "--service-code lambda --quota-code L-B99A9384 --desired-value 1000 --region us-east-1" in finding.fix


def test_an_unstated_quota_below_the_peak_is_a_warning(aws: Aws, account: Callable[..., Account]) -> None:
    aws.identity()
    aws.generous(concurrency=10)
    findings = {finding.check: finding for finding in examine(account())}
    assert findings["Lambda concurrency"].outcome == CheckOutcome.WARN
    assert "throttled" in findings["Lambda concurrency"].detail


def test_each_quota_of_the_sizing_is_compared_and_the_lacking_ones_are_asked_for(
    aws: Aws, account: Callable[..., Account]
) -> None:
    aws.identity()
    aws.generous(quota=100)
    findings = {finding.check: finding for finding in examine(account())}
    needed = {need.name: need for need in quotas.list_needs(account().settings.sizing)}
    assert {name for name, need in needed.items() if need.value > 100} == {
        name for name in needed if findings[name].outcome == CheckOutcome.FAIL
    }
    burst = needed["API burst"]
    assert f"--quota-code {burst.code} --desired-value {burst.value}" in findings["API burst"].fix


def test_a_quota_that_aws_does_not_raise_points_to_the_sizing(aws: Aws, account: Callable[..., Account]) -> None:
    aws.identity()
    aws.answers("lambda", "get_account_settings", {"AccountLimit": {"ConcurrentExecutions": 1000}})
    aws.answers("service-quotas", "get_service_quota", {"Quota": {"Value": 1.0, "Adjustable": False}}, times=5)
    aws.simulates()
    findings = {finding.check: finding for finding in examine(account())}
    assert "lower sizing.peak_orders_per_second" in findings["API burst"].fix


def test_a_quota_that_was_never_applied_is_read_from_the_defaults(aws: Aws) -> None:
    aws.refuses("service-quotas", "get_service_quota", "NoSuchResourceException")
    aws.answers("service-quotas", "get_aws_default_service_quota", {"Quota": {"Value": 5.0}})
    need = quotas.Need("API requests", "apigateway", "L-8A5B8E43", 4, "requests/s", "api.rate_limit")
    client = aws.connect("service-quotas", "us-east-1")
    assert quotas._quota(client, need)["Value"] == 5.0


def test_what_may_not_be_read_is_a_warning_that_names_the_missing_right(
    aws: Aws, account: Callable[..., Account]
) -> None:
    aws.identity()
    aws.refuses("lambda", "get_account_settings", "AccessDeniedException")
    for _ in range(5):
        aws.refuses("service-quotas", "get_service_quota", "AccessDeniedException")
    aws.refuses("iam", "simulate_principal_policy", "AccessDenied")
    findings = [f for f in examine(account()) if f.outcome != CheckOutcome.OK]
    assert {f.outcome for f in findings} == {CheckOutcome.WARN}
    rights = {right for f in findings for right in f.fix.removeprefix("allow ").split(" and ")}
    assert rights == {
        "lambda:GetAccountSettings", "servicequotas:GetServiceQuota", "iam:SimulatePrincipalPolicy", "iam:GetRole",
    }  # fmt: skip


def test_denied_actions_are_named_to_ask_for(aws: Aws, account: Callable[..., Account]) -> None:
    aws.identity()
    aws.generous(denied=frozenset({"iam:PassRole", "sqs:CreateQueue"}))
    finding = check(account(), "permissions")
    assert finding.outcome == CheckOutcome.FAIL
    assert finding.fix == "ask your administrator to allow them: iam:PassRole sqs:CreateQueue"


def test_a_session_is_simulated_as_its_role_with_the_roles_path(aws: Aws, account: Callable[..., Account]) -> None:
    aws.identity(f"arn:aws:sts::{ACCOUNT}:assumed-role/Deployer/somebody")
    role = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso/Deployer"
    created = {"Path": "/aws-reserved/sso/", "RoleName": "Deployer", "RoleId": "A" * 16, "CreateDate": "2026-01-01"}
    aws.answers("iam", "get_role", {"Role": {**created, "Arn": role}})
    aws.generous()
    assert role in check(account(), "permissions").detail


def test_the_root_user_is_warned_of(aws: Aws, account: Callable[..., Account]) -> None:
    aws.identity(f"arn:aws:iam::{ACCOUNT}:root")
    aws.answers("lambda", "get_account_settings", {"AccountLimit": {"ConcurrentExecutions": 1000}})
    aws.answers("service-quotas", "get_service_quota", {"Quota": {"Value": 1e6}}, times=5)
    assert check(account(), "permissions").outcome == CheckOutcome.WARN


@pytest.mark.parametrize(("region", "said"), [("", "aws:region is not set"), ("us-esat-1", "is not known to have")])
def test_a_region_that_is_missing_or_misspelt_is_reported(
    account: Callable[..., Account], region: str, said: str
) -> None:
    finding = check(account(config={"aws:region": region}), "region")
    assert finding.outcome == CheckOutcome.FAIL
    assert said in finding.detail


def test_production_needs_its_secret_and_a_certificate_of_its_own_account(
    aws: Aws, account: Callable[..., Account]
) -> None:
    aws.answers("sts", "get_caller_identity", {"Account": "444455556666", "Arn": USER, "UserId": "U"})
    aws.generous()
    findings = {finding.check: finding for finding in examine(account("aws-prod"))}
    assert findings["origin secret"].outcome == CheckOutcome.FAIL
    assert "pulumi config set --stack aws-prod --secret scaleshop:originVerify" in findings["origin secret"].fix
    assert findings["certificate"].outcome == CheckOutcome.FAIL
    assert "of account 111122223333 in us-east-1" in findings["certificate"].detail
    assert "the web ACL is made in us-east-1" in findings["region"].detail


def test_production_with_both_passes(aws: Aws, account: Callable[..., Account]) -> None:
    aws.identity()
    aws.generous()
    findings = list(examine(account("aws-prod", config=registry.load("aws").placeholders)))
    assert {finding.outcome for finding in findings} == {CheckOutcome.OK}


def test_a_missing_or_old_cli_is_reported(aws: Aws, account: Callable[..., Account], tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_text(f"#!{sys.executable}\nprint('v3.1.0')\n")
    old.chmod(0o755)
    for which, outcome in ((lambda _: None, CheckOutcome.FAIL), (lambda _: str(old), CheckOutcome.WARN)):
        made = account()
        findings = examine(Account(made.stack, made.config, made.settings, TYPES, aws.connect, which))
        assert next(findings).outcome == outcome


def test_every_type_of_the_sandboxs_catalog_has_its_actions() -> None:
    assert list_actions(entry.token for entry in AwsPackage.catalog())


def test_every_action_is_one_that_the_service_has() -> None:
    """By botocore's models; IAM's other names are listed above with their source, and API Gateway's are HTTP verbs."""
    unknown = []
    for action in list_actions(entry.token for entry in AwsPackage.catalog()):
        service, name = action.split(":")
        if service == "apigateway" or name in OTHER_NAMES.get(service, ()):
            continue
        client = boto3.client(service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        if name not in client.meta.service_model.operation_names:
            unknown.append(action)
    assert unknown == []


def test_calls_give_up_soon() -> None:
    config = connect("sts", "us-east-1").meta.config
    assert config.connect_timeout + config.read_timeout <= 15
    assert config.retries["total_max_attempts"] == 2


def test_the_command_without_credentials_ends_with_three_and_no_traceback() -> None:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    nothing = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}
    variables = {**clean, **nothing, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    done = run_command("doctor", "--cloud", "--json", directory=ROOT, environment=variables)
    document = json.loads(done.stdout)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    credentials = next(f for f in document["findings"] if f["check"] == "credentials")
    assert credentials["outcome"] == "fail"


def test_the_needs_follow_from_the_sizing() -> None:
    small, large = (
        AwsSettings.model_validate(
            {"environment": "dev", "owner": "o", "cost_center": "c", "sizing": {"peak_orders_per_second": peak}}
        ).sizing
        for peak in (5, 50)
    )
    for few, many in zip(quotas.list_needs(small), quotas.list_needs(large), strict=True):
        assert many.value == 10 * few.value
