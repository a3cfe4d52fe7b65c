"""EventBridge's and Scheduler's deliveries: retry policies, dead-letter queues, permissions; and PutEvents' refusals.

Not enforced: what API destinations do after their one attempt, resource policies of log groups, customers' keys.
Targets of other kinds than buses, functions, log groups, queues, state machines, streams of Firehose and topics are
not delivered to; their events go to the dead-letter queue or are counted lost.
"""

import asyncio
import contextvars
import json
import time
from collections.abc import Mapping
from typing import Any

from aws_emulator.cloudwatch.service_metrics import build_rule_dimensions
from aws_emulator.eventbridge import validation
from aws_emulator.eventbridge.delivery import (
    NO_PERMISSIONS,
    Delivery,
    DeliveryError,
    build_dead_letter_attributes,
    build_dead_letter_body,
    shorten_rule,
)
from aws_emulator.eventbridge.dispatcher import LOST, Dispatcher
from aws_emulator.eventbridge.targets import Targets
from aws_emulator.eventbridge.validation import validate_rule_deletion, validate_targets
from aws_emulator.ministack.emulator import Emulator
from aws_emulator.ministack.supplement import BackgroundSupplement

# Attempts in one go, between which requests are served.
CHUNK = 20
# The emulator keeps every event for nobody; what is left is enough to look at.
KEPT_EVENTS = 100
API_DESTINATION = ":api-destination/"


class EventBridge(BackgroundSupplement):
    """Events reach their targets, or their dead-letter queues."""

    name = "eventbridge"
    adds = "targets of rules and schedules are tried again and have dead-letter queues; PutEvents refuses bad entries"

    def __init__(self, emulator: Emulator, settings: Mapping[str, Any]) -> None:
        super().__init__(emulator, settings)
        self._targets = Targets(emulator)
        self.dispatcher = Dispatcher(self._send, self._send_dead_letter, on_count=self._record_metric)

    def install(self) -> None:
        """Take over what the emulator does with an event once a rule has matched it."""
        self._events = self.emulator.module("eventbridge")
        replace = self.emulator.replace
        self._original = {
            name: replace("eventbridge", name, put)
            for name, put in {
                "_invoke_target": self.invoke_target,
                "_put_events": self.put_events,
                "_put_targets": self.put_targets,
                "_delete_rule": self.delete_rule,
            }.items()
        }

    def load(self, state: Any) -> None:
        """The deliveries that waited for another attempt."""
        self.dispatcher.load(state)

    def save(self) -> Any:
        """What waits for another attempt."""
        return self.dispatcher.dump()

    def reset(self) -> None:
        """Nothing waits."""
        self.dispatcher.clear()

    def collect_figures(self) -> Mapping[str, Any]:
        """How deliveries ended, and how many wait."""
        return self.dispatcher.collect_figures()

    def invoke_target(
        self, target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None
    ) -> None:
        """In place of the emulator's: an event for one target of a rule that matched, or of a schedule."""
        if API_DESTINATION in str(target.get("Arn")):
            self._original["_invoke_target"](target, event, rule, view)
            return
        view = view or self._events._pattern_event_view(event)
        body = json.dumps(view.event_with_detail())
        responses = self.emulator.module("core.responses")
        delivery = Delivery(
            account=responses.get_account_id(),
            region=responses.get_region(),
            rule=shorten_rule(rule),
            target=target,
            event=event,
            body=body,
            payload=self._build_input(target, rule, view, body),
            accepted=time.time(),
        )
        if self.dispatcher.deliver(delivery):
            self._background.wake()

    def put_events(self, data: dict[str, Any], allow_aws_source: bool = False) -> Any:
        """In place of the emulator's: entries that AWS does not accept never reach a rule."""
        given = data.get("Entries") or []
        refused = validation.validate_entries(given)
        if refused:
            return self._events.error_response_json("ValidationException", refused, 400)
        problems = [validation.validate_entry(entry) for entry in given]
        accepted = [entry for entry, problem in zip(given, problems, strict=True) if problem is None]
        if len(given) <= 10 and not accepted:
            return self._events.json_response({"FailedEntryCount": len(given), "Entries": problems})
        if len(accepted) == len(given) or len(given) > 10:
            answer = self._original["_put_events"](data, allow_aws_source)
        else:
            answer = _merge_answers(
                self._original["_put_events"]({**data, "Entries": accepted}, allow_aws_source), problems
            )
        log = self._events._events_log_list()
        del log[:-KEPT_EVENTS]
        return answer

    def put_targets(self, data: dict[str, Any]) -> Any:
        """In place of the emulator's: targets that are called as a role need one."""
        lacking = validate_targets(data.get("Targets") or [])
        if lacking:
            return self._events.error_response_json("ValidationException", lacking, 400)
        return self._original["_put_targets"](data)

    def delete_rule(self, data: dict[str, Any]) -> Any:
        """In place of the emulator's: a rule with targets stays."""
        key = self._events._rule_key(data.get("Name"), data.get("EventBusName", "default"))
        refused = validate_rule_deletion(self._events._targets.get(key) or [])
        if refused:
            return self._events.error_response_json("ValidationException", refused, 400)
        return self._original["_delete_rule"](data)

    def _build_input(self, target: Mapping[str, Any], rule: Mapping[str, Any], view: Any, body: str) -> str:
        """What the target is sent; a path that leads nowhere leaves the event whole."""
        if target.get("InputTransformer"):
            return str(self._events._apply_input_transformer(target["InputTransformer"], rule, view))
        if target.get("Input"):
            return str(target["Input"])
        found = view.event_with_detail()
        for part in filter(None, str(target.get("InputPath") or "").strip("$.").split(".")):
            if not isinstance(found, dict) or part not in found:
                return body
            found = found[part]
        return json.dumps(found) if target.get("InputPath") else body

    def _send(self, delivery: Delivery) -> None:
        # The request of whoever put the event says nothing about the delivery: not its caller, not its transport.
        contextvars.Context().run(self._run_in_scope, self._targets.send, delivery)

    def _send_dead_letter(self, delivery: Delivery, failure: DeliveryError, condition: str) -> None:
        attributes = build_dead_letter_attributes(delivery, failure, condition)
        message = {"MessageBody": build_dead_letter_body(delivery), "MessageAttributes": attributes}
        # A rule's events come by the queue's policy, a schedule's as its role.
        role = delivery.target.get("RoleArn") if delivery.scheduled else None
        if delivery.dead_letters.endswith(".fifo"):
            raise DeliveryError(NO_PERMISSIONS, "a FIFO queue can't be a dead-letter queue of EventBridge")
        contextvars.Context().run(
            self._run_in_scope, lambda d: self._targets.send_to_queue(d, d.dead_letters, message, role), delivery
        )

    def _record_metric(self, delivery: Delivery, metric: str) -> None:
        if delivery.scheduled or metric == LOST:  # AWS has no metric of it
            return
        dimensions = build_rule_dimensions(
            str(delivery.rule.get("EventBusName") or "default"), str(delivery.rule.get("Name"))
        )
        with self.emulator.scope(delivery.account, delivery.region):
            self.emulator.module("cloudwatch").record_metric("AWS/Events", metric, 1, "Count", dimensions)

    def _run_in_scope(self, act: Any, delivery: Delivery) -> None:
        with self.emulator.scope(delivery.account, delivery.region):
            act(delivery)

    async def _run_due_work(self) -> float | None:
        while self.dispatcher.retry(CHUNK) == CHUNK:  # noqa: ASYNC110 - no wait for a condition: others get their turn
            await asyncio.sleep(0)
        return self.dispatcher.find_next_due()


def _merge_answers(answer: tuple[int, Any, Any], problems: list[validation.EntryError | None]) -> Any:
    """The answer for the accepted entries, with the others in their places."""
    status, headers, body = answer
    if status != 200:
        return answer
    found = json.loads(body)
    accepted = iter(found["Entries"])
    results = [problem or next(accepted) for problem in problems]
    failed = sum("ErrorCode" in result for result in results)
    return status, headers, json.dumps({"FailedEntryCount": failed, "Entries": results}).encode()
