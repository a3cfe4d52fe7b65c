"""What one request to an API and one match of a rule add to AWS's metrics, and how a value is recorded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class MetricValue:
    """One value of a metric."""

    name: str
    value: float
    unit: str
    dimensions: Mapping[str, str]


def count_api_request(
    api: str, stage: str, status: int, latency_ms: float, integration_ms: float | None
) -> Iterator[MetricValue]:
    """The counts of a request to an HTTP API, of the API as a whole and of its stage.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    """
    for dimensions in ({"ApiId": api}, {"ApiId": api, "Stage": stage}):
        yield MetricValue("Count", 1, "Count", dimensions)
        yield MetricValue("4xx", int(400 <= status < 500), "Count", dimensions)
        yield MetricValue("5xx", int(status >= 500), "Count", dimensions)
        yield MetricValue("Latency", latency_ms, "Milliseconds", dimensions)
        if integration_ms is not None:
            yield MetricValue("IntegrationLatency", integration_ms, "Milliseconds", dimensions)


def build_rule_dimensions(bus: str, rule: str) -> dict[str, str]:
    """The dimensions of a rule's metrics: those of the default bus name the rule alone.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    """
    return {"RuleName": rule} if bus == "default" else {"EventBusName": bus, "RuleName": rule}


class RecordMetric(Protocol):
    """Takes a value of a metric, in the account and region of the request or in those that are named."""

    def __call__(
        self, namespace: str, name: str, value: float, unit: str, dimensions: Mapping[str, str], scope: Any = None
    ) -> None:
        """Take it."""
        ...
