"""Where functions, APIs, rules, topics and tables do what AWS counts: hooks that hand each count to a recorder."""

import contextvars
import time
from collections.abc import Callable
from typing import Any

from aws_emulator.cloudwatch.service_metrics import RecordMetric, build_rule_dimensions, count_api_request
from aws_emulator.cloudwatch.table_metrics import count_table_request
from aws_emulator.ministack.emulator import Emulator, ServiceRequest, ServiceResponse

# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
RESOURCE = 7
"""Where a function's ARN has its version or alias."""
_integration: contextvars.ContextVar[list[float] | None] = contextvars.ContextVar("integration", default=None)
_begun: contextvars.ContextVar[float] = contextvars.ContextVar("begun", default=0.0)


class MetricHooks:
    """All hooks."""

    def __init__(self, emulator: Emulator, record: RecordMetric) -> None:
        self._emulator, self._record = emulator, record

    def install(self) -> None:
        """Put the hooks in."""
        self._hook_functions()
        self._hook_apis()
        self._hook_rules()
        self._hook_topics()
        self._emulator.before("dynamodb", _start_table_timer)
        self._emulator.after("dynamodb", self._record_table)

    def _hook_functions(self) -> None:
        service = self._emulator.module("lambda_svc")
        tell, acquire = service._emit_lambda_logs, service._acquire_execution_slot

        def emit_logs(func: Any, request_id: str, log: str, error: bool, duration_ms: int, **named: Any) -> None:
            config = func.get("config") or func
            for name, value, unit in (
                ("Invocations", 1, "Count"),
                ("Errors", int(error), "Count"),
                ("Throttles", 0, "Count"),
                ("Duration", duration_ms, "Milliseconds"),
            ):
                self._record_function(config, name, value, unit)
            tell(func, request_id, log, error, duration_ms, **named)

        def acquire_counted(func: Any, config: Any) -> Any:
            found = acquire(func, config)
            if found[0] is not None:
                running = service._inflight.get(service._inflight_key(config), 1)
                self._record_function(config, "ConcurrentExecutions", running, "Count")
            return found

        def emit_metrics(function_name: str, duration_ms: float, error: bool, throttle: bool) -> None:
            """Invocations count where they end; of a throttled one the emulator reports twice, once with a duration."""
            del error
            if throttle and not duration_ms:
                self._record("AWS/Lambda", "Throttles", 1, "Count", {"FunctionName": function_name})

        self._emulator.replace("lambda_svc", "_emit_lambda_logs", emit_logs)
        self._emulator.replace("lambda_svc", "_acquire_execution_slot", acquire_counted)
        self._emulator.replace("lambda_svc", "_emit_lambda_metrics", emit_metrics)

    def _record_function(self, config: Any, name: str, value: float, unit: str) -> None:
        parts = str(config.get("FunctionArn") or "").split(":")
        function = str(config.get("FunctionName"))
        scope = (parts[4], parts[3]) if len(parts) > RESOURCE - 1 else None
        self._record("AWS/Lambda", name, value, unit, {"FunctionName": function}, scope)
        if len(parts) > RESOURCE and name != "ConcurrentExecutions":
            resource = {"FunctionName": function, "Resource": f"{function}:{parts[RESOURCE]}"}
            self._record("AWS/Lambda", name, value, unit, resource, scope)

    def _hook_apis(self) -> None:
        service = self._emulator.module("apigateway")
        execute = service.handle_execute

        async def execute_timed(api_id: str, stage: str, *rest: Any, **named: Any) -> Any:
            token, started = _integration.set([]), time.perf_counter()
            try:
                answer = await execute(api_id, stage, *rest, **named)
                self._record_api(api_id, stage, answer[0], (time.perf_counter() - started) * 1000)
            finally:
                _integration.reset(token)
            return answer

        self._emulator.replace("apigateway", "handle_execute", execute_timed)
        for name in ("_invoke_lambda_proxy", "_invoke_http_proxy"):
            self._emulator.replace("apigateway", name, _time_integration(getattr(service, name)))

    def _record_api(self, api_id: str, stage: str, status: int, latency_ms: float) -> None:
        scope = self._emulator.module("apigateway").find_api_scope(api_id)
        if scope is None:
            return
        spent = _integration.get()
        for count in count_api_request(api_id, stage, status, latency_ms, sum(spent) if spent else None):
            self._record("AWS/ApiGateway", count.name, count.value, count.unit, count.dimensions, scope)

    def _hook_rules(self) -> None:
        service = self._emulator.module("eventbridge")
        invoke = service._invoke_target

        def invoke_counted(target: Any, event: Any, rule: Any, view: Any = None) -> None:
            bus, name = rule.get("EventBusName"), rule.get("Name")
            if bus and name:
                targets = service._targets.get(service._rule_key(name, bus)) or [target]
                dimensions = build_rule_dimensions(str(bus), str(name))
                if target.get("Id") == targets[0].get("Id"):
                    for metric in ("MatchedEvents", "TriggeredRules"):
                        self._record("AWS/Events", metric, 1, "Count", dimensions)
            invoke(target, event, rule, view)

        self._emulator.replace("eventbridge", "_invoke_target", invoke_counted)

    def _hook_topics(self) -> None:
        service = self._emulator.module("sns")
        fan = service._fanout

        def fan_out_counted(topic_arn: str, *rest: Any, **named: Any) -> Any:
            parts = topic_arn.split(":")
            topic = {"TopicName": parts[-1]}
            self._record("AWS/SNS", "NumberOfMessagesPublished", 1, "Count", topic, (parts[4], parts[3]))
            return fan(topic_arn, *rest, **named)

        self._emulator.replace("sns", "_fanout", fan_out_counted)

    def _record_table(self, request: ServiceRequest, answer: ServiceResponse) -> None:
        took = (time.perf_counter() - _begun.get()) * 1000
        status, _, body = answer
        text = body if isinstance(body, bytes) else str(body).encode()
        for count in count_table_request(request.action, request.body, status, text, took):
            self._record("AWS/DynamoDB", count.name, count.value, count.unit, count.dimensions)


def _time_integration(invoke: Callable[..., Any]) -> Callable[..., Any]:
    async def invoke_timed(*given: Any, **named: Any) -> Any:
        started = time.perf_counter()
        try:
            return await invoke(*given, **named)
        finally:
            spent = _integration.get()
            if spent is not None:
                spent.append((time.perf_counter() - started) * 1000)

    return invoke_timed


async def _start_table_timer(request: ServiceRequest) -> None:
    del request
    _begun.set(time.perf_counter())
