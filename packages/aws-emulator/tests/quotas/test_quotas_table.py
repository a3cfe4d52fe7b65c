"""The table of quotas, and the quotas that hold."""

import pytest
from aws_emulator.quotas.account import AccountQuotas
from aws_emulator.quotas.table import QUOTAS, validate_quota


@pytest.mark.parametrize("quota", QUOTAS.values(), ids=list(QUOTAS))
def test_every_quota_says_what_it_is_and_where_aws_says_so(quota: object) -> None:
    found = QUOTAS[getattr(quota, "name", "")]
    assert found.source.startswith("https://docs.aws.amazon.com/")
    assert all((found.unit, found.limits, found.error, found.enforced_by))
    assert found.highest is None or found.lowest <= found.default <= found.highest
    assert not found.burst or found.burst in QUOTAS


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("lambda.concurency", 10, "not known; known are: lambda.concurrency, apigateway.rate"),
        ("lambda.concurrency", 0, "from 1 to 1,000,000"),
        ("lambda.concurrency", -5, "from 1 to 1,000,000"),
        ("lambda.concurrency", "10", "use a whole number of executions"),
        ("lambda.concurrency", 1.5, "use a whole number of executions"),
        ("lambda.concurrency", True, "use a whole number of executions"),
        ("dynamodb.partition-wcu", 2_000, "from 1 to 1,000"),
        ("sqs.message-bytes", 1_000, "1,048,576 bytes for every account"),
    ],
)
def test_what_cannot_be_set_is_refused_with_what_can(name: str, value: object, said: str) -> None:
    assert said in (validate_quota(name, value) or "")


def test_a_quota_that_is_not_set_is_aws_s() -> None:
    limits = AccountQuotas()
    assert limits.value("lambda.concurrency") == 1_000
    assert limits.changed == {}


def test_setting_quotas_sets_the_others_back() -> None:
    limits = AccountQuotas()
    limits.change({"lambda.concurrency": 10, "sqs.inflight": 20})
    limits.change({"sqs.inflight": 30})
    assert limits.changed == {"sqs.inflight": 30}
    assert limits.value("lambda.concurrency") == 1_000


def test_a_default_that_is_set_counts_as_not_set() -> None:
    limits = AccountQuotas()
    limits.change({"lambda.concurrency": 1_000})
    assert limits.changed == {}


def test_one_bad_quota_changes_none_and_every_bad_one_is_named() -> None:
    limits = AccountQuotas()
    limits.change({"sqs.inflight": 30})
    with pytest.raises(ValueError, match=r"'nothing' is not known.*; quota 'lambda\.concurrency' is 0"):
        limits.change({"nothing": 1, "lambda.concurrency": 0, "sqs.inflight": 40})
    assert limits.changed == {"sqs.inflight": 30}


def test_a_rate_with_a_burst_lets_its_burst_through_and_then_its_rate() -> None:
    now = [0.0]
    limits = AccountQuotas(clock=lambda: now[0])
    limits.change({"apigateway.rate": 10, "apigateway.burst": 25})
    assert sum(limits.allow("apigateway.rate", "here") for _ in range(100)) == 25
    now[0] += 1
    assert sum(limits.allow("apigateway.rate", "here") for _ in range(100)) == 10
    assert limits.allow("apigateway.rate", "elsewhere")


def test_a_rate_that_is_changed_holds_at_once() -> None:
    limits = AccountQuotas(clock=lambda: 0.0)
    assert limits.allow("events.putevents-rate")
    limits.change({"events.putevents-rate": 1})
    assert [limits.allow("events.putevents-rate") for _ in range(2)] == [True, False]
