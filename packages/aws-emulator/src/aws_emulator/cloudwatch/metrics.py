"""AWS's metrics by their names and dimensions, and CloudWatch's answers about them.

A store of ours takes the place of the emulator's list of points, which is walked whole for every request. Any
supplement adds to it by the emulator's own `cloudwatch.record_metric(namespace, name, value, unit, dimensions)`.

Not enforced: percentiles are kept for three hours, minutes for a day (AWS: 15 days); beyond 100 different values in a
period they are kept to 2 %. A function's `Duration` has the wait for an environment in it. Of `ConsumedCapacity` only
what a request asks for is counted. Metric math, search expressions and Metrics Insights are not computed: AWS's own
error for a bad expression says so. Log lines make no metrics: metric filters and the embedded format are stored.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from aws_emulator.cloudwatch import operations, query_protocol
from aws_emulator.cloudwatch.metric_hooks import MetricHooks
from aws_emulator.cloudwatch.put_metric_data import parse_metric_data
from aws_emulator.cloudwatch.queries import MetricRequestError
from aws_emulator.cloudwatch.queue_metrics import QueueMetrics
from aws_emulator.cloudwatch.store import Metric, MetricStore, sort_dimensions
from aws_emulator.ministack.emulator import Emulator, ServiceResponse
from aws_emulator.ministack.supplement import BackgroundSupplement

MetricOperation = Callable[[Mapping[str, Any], MetricStore, tuple[str, str]], Mapping[str, Any]]
OnPublished = Callable[[Metric, float], None]
"""Called with values that a client published, and when."""
logger = logging.getLogger("sandbox")


class Metrics(BackgroundSupplement):
    """CloudWatch's metrics."""

    name = "metrics"
    adds = "metrics of queues, functions, APIs, rules, topics and tables, by their dimensions; percentiles"

    def __init__(self, emulator: Emulator, settings: Mapping[str, Any]) -> None:
        super().__init__(emulator, settings)
        self.store = MetricStore()
        self.listeners: list[OnPublished] = []
        self._queues, self._hooks = QueueMetrics(emulator, self.record), MetricHooks(emulator, self.record)
        self._sampled = 0

    def install(self) -> None:
        """Put the store in place of the emulator's list, and count where services do what AWS counts."""
        self.emulator.module("cloudwatch").sandbox_metrics = self  # where the supplement `alarms` finds it
        for action, answering in (
            ("PutMetricData", self._publish),
            ("GetMetricData", operations.get_metric_data),
            ("GetMetricStatistics", operations.get_metric_statistics),
            ("ListMetrics", operations.list_metrics),
        ):
            name = "_" + "".join(f"_{c.lower()}" if c.isupper() else c for c in action).strip("_")
            self.emulator.replace("cloudwatch", name, self._build_handler(action, answering))
        self.emulator.replace("cloudwatch", "record_metric", self._record_metric)
        self.emulator.replace("cloudwatch", "_evict_old_metrics", lambda: None)
        self._queues.install()
        self._hooks.install()

    def load(self, state: Any) -> None:
        """The values of the run before."""
        self.store.load(state)

    def save(self) -> Any:
        """Every value that is kept."""
        self.store.prune()
        return self.store.dump()

    def reset(self) -> None:
        """No values."""
        self.store.clear()

    def collect_figures(self) -> Mapping[str, Any]:
        """How many metrics there are; and how many values there was no room for, if any."""
        return {"metrics": len(self.store), **({"refused": self.store.refused} if self.store.refused else {})}

    def record(
        self, namespace: str, name: str, value: float, unit: str, dimensions: Mapping[str, str], scope: Any = None
    ) -> None:
        """Take a value; counting must never break what is counted."""
        try:
            account, region, *at = scope or self._read_scope()
            metric = Metric(account, region, namespace, name, sort_dimensions(dimensions))
            self.store.add(metric, float(value), at=at[0] if at else None, unit=unit)
        except Exception:  # as above
            logger.exception("metric %s %s is lost", namespace, name)

    def _record_metric(
        self, namespace: str, metric_name: str, value: float, unit: str = "None", dimensions: Any = None
    ) -> None:
        self.record(namespace, metric_name, value, unit, dimensions or {})

    def _read_scope(self) -> tuple[str, str]:
        responses = self.emulator.module("core.responses")
        return responses.get_account_id(), responses.get_region()

    def _build_handler(self, action: str, answering: MetricOperation) -> Callable[..., ServiceResponse]:
        service = self.emulator.module("cloudwatch")

        def handle(params: Any, given: Any, is_cbor: bool, is_json: bool = False) -> ServiceResponse:
            try:
                request = given if is_cbor or is_json else query_protocol.parse_form(params)
                answer = answering(request, self.store, self._read_scope())
            except (MetricRequestError, TypeError, ValueError, AttributeError) as error:
                code = getattr(error, "code", "MalformedInput")
                return service._error(code, str(error), 400, use_json=is_json, use_cbor=is_cbor)
            if is_cbor:
                return service._cbor_ok(answer)
            if is_json:
                return service._json_ok(answer)
            document = query_protocol.render_xml(action, answer, self.emulator.module("core.responses").new_uuid())
            return 200, {"Content-Type": "application/xml"}, document

        return handle

    def _publish(self, request: Mapping[str, Any], store: MetricStore, scope: tuple[str, str]) -> Mapping[str, Any]:
        data = parse_metric_data(request, scope, store.now())
        for datum in data:
            datum.put(store)
        for datum in data:
            for listener in self.listeners:
                listener(datum.metric, datum.at)
        return {}

    async def _run_due_work(self) -> float:
        minute = self.store.minute
        now = time.time()
        boundary = int(now // minute) * minute
        if self._sampled and boundary > self._sampled:
            self._queues.sample(now, boundary - 1)  # the last look at the minute that has ended
            self.store.prune()
        self._sampled = boundary
        return boundary + minute
