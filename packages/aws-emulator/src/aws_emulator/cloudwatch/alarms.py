"""Alarms with a clock: metric alarms evaluated period by period, and the actions of all.

The emulator evaluates an alarm when somebody publishes a metric, whatever its dimensions; composite alarms follow
their children there as on AWS, and are left to it. `SANDBOX_SETTINGS={"alarms": {"seconds_per_minute": 5}}` lets
CloudWatch's minute last 5 seconds here: periods, the sampling of queues and evaluations are as much shorter, and what
is summed in a period is less.

Not enforced: alarms on `Metrics` (metric math), which keep their state; anomaly bands; actions other than topics and
functions (they are recorded in the history as failed); suppression of composite alarms. An alarm is also evaluated when
it is put and when a client publishes values of past periods, where AWS waits for its next turn.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any

from aws_emulator.cloudwatch import query_protocol
from aws_emulator.cloudwatch.alarm_actions import AlarmActionRunner
from aws_emulator.cloudwatch.alarm_definitions import FINE_EVERY, AlarmDefinition, parse_alarm, scale_period
from aws_emulator.cloudwatch.alarm_history import AlarmHistory
from aws_emulator.cloudwatch.evaluation import AlarmEvaluation
from aws_emulator.cloudwatch.metrics import Metrics
from aws_emulator.cloudwatch.notifications import AlarmTransition
from aws_emulator.cloudwatch.queries import MetricRequestError
from aws_emulator.cloudwatch.state_reasons import build_reason, build_reason_data, dump_compact, format_instant
from aws_emulator.cloudwatch.store import MINUTE, Metric
from aws_emulator.ministack.emulator import Emulator, ServiceResponse
from aws_emulator.ministack.supplement import BackgroundSupplement

KEPT = ("Metrics", "EvaluateLowSampleCountPercentile", "ThresholdMetricId")
"""Of a request, what the emulator does not keep."""
OF_ONE_METRIC = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit")
# After the end of a period, so that what was counted in it is there.
LAG_SECONDS = 0.25
Key = tuple[str, str, str]
"""Account, region, name."""
logger = logging.getLogger("sandbox")


class Alarms(BackgroundSupplement):
    """Alarms go off and go back by the clock."""

    name = "alarms"
    adds = (
        "alarms are evaluated each period, with dimensions and missing data, and tell topics and functions; those on "
        "metric math are stored"
    )

    def __init__(self, emulator: Emulator, settings: Mapping[str, Any]) -> None:
        super().__init__(emulator, settings)
        self._definitions: dict[Key, tuple[Any, AlarmDefinition | None]] = {}
        """What each alarm watches, with the record that it was read from; a changed alarm has another."""
        self._seen: dict[Key, int] = {}
        """Until when each was evaluated."""
        self._soon: set[Key] = set()

    def install(self) -> None:
        """Take evaluation and actions from the emulator."""
        self._cloudwatch = self.emulator.module("cloudwatch")
        metrics: Metrics | None = getattr(self._cloudwatch, "sandbox_metrics", None)
        if metrics is None:
            raise SystemExit("error: supplement 'alarms' needs 'metrics'; leave out both or none")
        self._store = metrics.store
        self._store.minute = _parse_minute(self.settings)
        metrics.listeners.append(self._on_published)
        self._actions = AlarmActionRunner(self.emulator)
        replace = self.emulator.replace
        replace("cloudwatch", "_evaluate_alarm", lambda _: None)
        replace("cloudwatch", "_evaluate_all_alarms", lambda: None)
        replace("cloudwatch", "_dispatch_alarm_actions", self._dispatch_actions)
        self._put_original = replace("cloudwatch", "_put_metric_alarm", self._put_metric_alarm)
        self._history = AlarmHistory(self.emulator)

    def reset(self) -> None:
        """No alarms."""
        self._definitions.clear()
        self._seen.clear()
        self._soon.clear()

    def collect_figures(self) -> Mapping[str, Any]:
        """How many there are, how many are in ALARM, and each of those."""
        records = [*self._cloudwatch._alarms.all_items(), *self._cloudwatch._composite_alarms.all_items()]
        firing = [
            {
                "name": alarm["AlarmName"],
                "since": format_instant(alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]),
                "reason": alarm["StateReason"],
                "account": account,
                "region": region,
            }
            for (account, region, _), alarm in records
            if alarm["StateValue"] == "ALARM"
        ]
        short = {} if self._store.minute == MINUTE else {"seconds_per_minute": self._store.minute}
        stored = sum(bool(alarm.get("Metrics")) for _, alarm in records)
        more = {**({"not_evaluated": stored} if stored else {}), **short}
        return {"alarms": len(records), "in_alarm": len(firing), **more, "firing": firing}

    async def _run_due_work(self) -> float:
        now = time.time()
        soon, self._soon = self._soon, set()
        alarms = dict(self._cloudwatch._alarms.all_items())
        every = scale_period(MINUTE, self._store.minute)
        for key, alarm in alarms.items():
            definition = self._find_definition(key, alarm)
            if definition is None:
                continue
            interval = definition.find_interval(self._store.minute)
            every = min(every, interval)
            if key in soon or int(now // interval) * interval > self._seen.get(key, 0):
                self._evaluate(key, alarm, definition, now)
        for gone in set(self._definitions) - set(alarms):
            self._definitions.pop(gone, None)
            self._seen.pop(gone, None)
        return (int(now // every) + 1) * every + LAG_SECONDS

    def _find_definition(self, key: Key, alarm: Mapping[str, Any]) -> AlarmDefinition | None:
        known = self._definitions.get(key)
        if known is None or known[0] is not alarm:
            try:
                known = alarm, parse_alarm(alarm, key[:2])
            except (MetricRequestError, ValueError, TypeError) as error:
                logger.warning("alarm %s is not evaluated: %s", key[2], error)
                known = alarm, None
            self._definitions[key] = known
        return known[1]

    def _evaluate(self, key: Key, alarm: dict[str, Any], definition: AlarmDefinition, now: float) -> None:
        try:
            with self.emulator.scope(key[0], key[1]):
                self._seen[key], evaluation = definition.evaluate(self._store, now)
                if evaluation.state is not None and evaluation.state != alarm["StateValue"]:
                    self._change(alarm, definition, evaluation, now)
        except Exception:  # one broken alarm must not stop the others
            logger.exception("alarm %s was not evaluated", key[2])

    def _change(
        self, alarm: dict[str, Any], definition: AlarmDefinition, evaluation: AlarmEvaluation, now: float
    ) -> None:
        if evaluation.state is None:
            return
        one = alarm.get("ExtendedStatistic") or alarm.get("Statistic")
        data = build_reason_data(
            evaluation, definition.condition, now, {"statistic": one, "period": definition.query.period} if one else {}
        )
        text = build_reason(evaluation, definition.condition, evaluation.state)
        change = AlarmTransition(
            str(alarm["StateValue"]),
            evaluation.state,
            text,
            now,
            dump_compact(data),
            str(alarm["StateReason"]),
            str(alarm.get("StateReasonData") or ""),
            float(alarm["StateUpdatedTimestamp"]),
        )
        alarm |= {
            "StateValue": change.new,
            "StateReason": text,
            "StateReasonData": change.data,
            "StateUpdatedTimestamp": int(now),
            "StateTransitionedTimestamp": int(now),
        }
        self._history.record_transition(alarm["AlarmName"], change.old, change.new, text, "MetricAlarm", data)
        self._act(alarm, change)
        self._cloudwatch._evaluate_parent_alarms(alarm)

    def _dispatch_actions(self, alarm: dict[str, Any], old: str, new: str, text: str) -> None:
        """In place of the emulator's: a composite alarm changed, or SetAlarmState did it."""
        self._act(alarm, AlarmTransition(old, new, text, time.time(), str(alarm.get("StateReasonData") or "")))

    def _act(self, alarm: dict[str, Any], change: AlarmTransition) -> None:
        for arn, failure in self._actions.run(alarm, change):
            self._history.record_action(alarm, arn, failure)

    def _put_metric_alarm(self, params: Any, given: Any, is_cbor: bool, is_json: bool = False) -> ServiceResponse:
        """PutMetricAlarm."""
        service, responses = self._cloudwatch, self.emulator.module("core.responses")
        request = given if is_cbor or is_json else query_protocol.parse_form(params)
        scope = responses.get_account_id(), responses.get_region()
        try:
            parse_alarm(request, scope)
        except (MetricRequestError, ValueError, TypeError, AttributeError) as error:
            code = getattr(error, "code", "ValidationError")
            return service._error(code, str(error), 400, use_json=is_json, use_cbor=is_cbor)
        answer = self._put_original(params, given, is_cbor, is_json)
        if answer[0] == 200:
            name = str(request["AlarmName"])
            _complete_alarm(service._alarms[name], request)
            self._soon.add((*scope, name))
            self._background.wake()
        return answer

    def _on_published(self, metric: Metric, at: float) -> None:
        """Values of past periods: alarms that watch them look again."""
        if at >= self._store.now() - scale_period(FINE_EVERY, self._store.minute):
            return
        watching = [
            key
            for key, (_, definition) in self._definitions.items()
            if definition and metric == definition.query.metric
        ]
        if watching:
            self._soon.update(watching)
            self._background.wake()


def _parse_minute(settings: Mapping[str, Any]) -> int:
    given = settings.get("seconds_per_minute", MINUTE)
    if not isinstance(given, int) or not 1 <= given <= MINUTE:
        raise SystemExit(
            f"error: setting alarms.seconds_per_minute is {given!r}; use a whole number from 1 to {MINUTE}"
        )
    return given


def _complete_alarm(alarm: dict[str, Any], request: Mapping[str, Any]) -> None:
    """What the emulator drops of a request put in, and what it makes up taken out."""
    alarm |= {field: request[field] for field in KEPT if request.get(field)}
    alarm["InsufficientDataActions"] = list(request.get("InsufficientDataActions") or [])
    unset = [field for field in ("TreatMissingData", "Statistic", "ExtendedStatistic") if not request.get(field)]
    for field in [*unset, *(OF_ONE_METRIC if request.get("Metrics") else ())]:
        alarm.pop(field, None)
