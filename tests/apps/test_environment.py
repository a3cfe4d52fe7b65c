"""The shop's environment: everything the stack sets is read, and what is missing, malformed or misspelt is named."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import pytest
from aws_variables import QUEUES, VARIABLES

from apps.contracts.environment import ShopEnvironment, ShopEnvironmentError, read_environment
from apps.contracts.platforms.aws import read_aws_environment
from apps.shop.adapters.aws.shop import shop_on_aws
from apps.shop.config import settings_of

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
OF_LAMBDA = (
    "_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME "
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE "
    "AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY "
    "AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR LANG PATH LD_LIBRARY_PATH "
    "PYTHONPATH AWS_XRAY_CONTEXT_MISSING AWS_XRAY_DAEMON_ADDRESS TZ "
)
# https://docs.aws.amazon.com/powertools/python/latest/#environment-variables
OF_POWERTOOLS = (
    "POWERTOOLS_METRICS_NAMESPACE POWERTOOLS_METRICS_FUNCTION_NAME POWERTOOLS_METRICS_DISABLED "
    "POWERTOOLS_TRACE_DISABLED POWERTOOLS_TRACER_CAPTURE_RESPONSE POWERTOOLS_TRACER_CAPTURE_ERROR "
    "POWERTOOLS_TRACE_MIDDLEWARES POWERTOOLS_LOGGER_LOG_EVENT POWERTOOLS_LOGGER_SAMPLE_RATE "
    "POWERTOOLS_LOG_DEDUPLICATION_DISABLED POWERTOOLS_PARAMETERS_MAX_AGE POWERTOOLS_PARAMETERS_SSM_DECRYPT "
    "POWERTOOLS_DEV POWERTOOLS_DEBUG POWERTOOLS_LOG_LEVEL "
)


def refusal(unit: str, **changes: str | None) -> str:
    given = {name: value for name, value in {**VARIABLES, **changes}.items() if value is not None}
    with pytest.raises(ShopEnvironmentError) as error:
        read_aws_environment(unit, given)
    return str(error.value)


def test_values_have_their_types() -> None:
    found = read_aws_environment("ops", {**VARIABLES, "FAULTS_ENABLED": "true"})
    settings = settings_of(found)
    assert (settings.faults_enabled, settings.payment_slow_seconds, settings.max_pending_orders) == (True, 0.5, 7)
    assert (found["QUEUE_URLS"], found["CATALOG_TABLE"]) == (QUEUES, "catalog-1")


def test_every_variable_that_all_platforms_set_is_a_setting() -> None:
    class Reads(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            read.add(name)
            return super().__getitem__(name)

    read: set[str] = set()
    settings = settings_of(Reads(read_environment(ShopEnvironment, VARIABLES)))
    assert read == set(ShopEnvironment.__required_keys__)
    assert len(asdict(settings)) == len(read)


def test_a_shop_is_put_together_from_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert shop_on_aws(read_aws_environment("ops", VARIABLES)).settings.platform == "aws"
    others = {name: value for name, value in VARIABLES.items() if name != "QUEUE_URLS"}
    assert shop_on_aws(read_aws_environment("orders", others)).settings.platform == "aws"


@pytest.mark.parametrize("name", VARIABLES)
def test_a_missing_variable_is_named(name: str) -> None:
    assert f"\n  {name} is missing" in refusal("ops", **{name: None})


def test_units_have_variables_of_their_own() -> None:
    read_aws_environment("orders", {**VARIABLES, "QUEUE_URLS": "of another unit"})
    assert "ORIGIN_VERIFY_SECRET_ARN" not in read_aws_environment("checkout", VARIABLES)
    arn = {"ORIGIN_VERIFY_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:origin"}
    assert read_aws_environment("checkout", {**VARIABLES, **arn}).items() >= arn.items()


def bad() -> Iterator[tuple[str, str]]:
    for name in ("RESERVATION_TTL_SECONDS", "ORDER_DEADLINE_SECONDS", "PAYMENT_SLOW_SECONDS"):
        yield from ((name, value) for value in ("", "-1", "soon", "nan", "inf"))
    yield from (("MAX_PENDING_ORDERS", value) for value in ("", "-1", "1.5", "many", "\u00b2"))
    yield from (("AUTH_MODE", value) for value in ("", "none", "JWT"))
    yield from (("FAULTS_ENABLED", value) for value in ("", "1", "True", "no"))
    yield from (("ORDERS_TABLE", ""), ("EVENT_BUS", ""), ("SHOP_VERSION", ""))
    texts = ("", "{", "[]", "7", "null", '{"orders": "url"}', '{"orders": {"url": "u"}}', '{"orders": null}')
    yield from (("QUEUE_URLS", value) for value in texts)


@pytest.mark.parametrize(("name", "value"), list(bad()))
def test_a_malformed_variable_is_named_with_what_it_must_be(name: str, value: str) -> None:
    assert f"\n  {name} is '{value}'; it must be " in refusal("ops", **{name: value})


@pytest.mark.parametrize(
    ("name", "misspelt"),
    [
        ("AUTH_MODE", "AUTH_MOD"),
        ("AUTH_MODE", "AUTHMODE"),
        ("ORDERS_TABLE", "ORDER_TABLE"),
        ("EVENT_BUS", "EVENTS_BUS"),
        ("MAX_PENDING_ORDERS", "MAX_PENDING_ORDER"),
        ("RESERVATION_TTL_SECONDS", "RESERVATION_TTL_SECOND"),
        ("QUEUE_URLS", "QUEUE_URL"),
    ],
)
def test_a_misspelt_variable_is_named_with_what_was_meant(name: str, misspelt: str) -> None:
    said = refusal("ops", **{name: None, misspelt: VARIABLES[name]})
    assert f"{name} is missing (there is {misspelt})" in said
    assert f"{misspelt} is unknown; did you mean {name}?" in said


def test_a_misspelt_variable_that_may_be_absent_is_no_silent_default() -> None:
    assert "did you mean ORIGIN_VERIFY_SECRET_ARN?" in refusal("checkout", ORIGIN_VERIFY_SECRET="arn")


def test_half_a_name_is_shown_where_the_whole_one_is_missing() -> None:
    said = refusal("ops", RESERVATION_TTL_SECONDS=None, RESERVATION_TTL="300")
    assert "RESERVATION_TTL_SECONDS is missing (there is RESERVATION_TTL)" in said


def test_all_that_is_wrong_is_named_at_once() -> None:
    said = refusal("ops", AUTH_MODE="none", EVENT_BUS=None, PAYMENT_SLOW_SECONDS="nan", ORDERS_TABEL="x")
    assert len(said.splitlines()) == 5
    for name in ("AUTH_MODE", "EVENT_BUS", "PAYMENT_SLOW_SECONDS", "ORDERS_TABEL"):
        assert f"\n  {name} is " in said


def test_what_others_set_in_a_process_is_left_alone() -> None:
    names = (*OF_LAMBDA.split(), *OF_POWERTOOLS.split(), "ORDERS_SERVICE_HOST", "CATALOG_PORT")
    strangers: Mapping[str, str] = dict.fromkeys(names, "x")
    assert read_aws_environment("ops", {**VARIABLES, **strangers}) == read_aws_environment("ops", VARIABLES)
