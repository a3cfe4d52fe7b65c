"""Ends of asynchronous invocations: by which settings they are judged, and who is told."""

import logging
import time
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from aws_emulator.asynchronous import records
from aws_emulator.asynchronous.events import Condition, Event, Policy, policy_of
from aws_emulator.patches import invocations
from aws_emulator.patches.destinations import Destinations, UndeliveredError
from aws_emulator.patches.emulator import Emulator

NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"lambda_svc": ("_event_invoke_config",), "cloudwatch": ("record_metric",)}
)
_said = logging.getLogger("sandbox")


class Endings:
    """What ends an event, and what follows."""

    def __init__(self, emulator: Emulator, destinations: Destinations) -> None:
        self._emulator, self._destinations = emulator, destinations
        self.counts: Counter[str] = Counter()
        """Ended events by condition; what could not be delivered by the name of AWS's metric for it."""

    def policy(self, event: Event) -> Policy:
        """The settings of the version or alias that was invoked; each has its own, and none inherits."""
        # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
        found = invocations.callee(self._emulator, event.function)
        if found is None:
            return Policy()
        read = self._emulator.module("lambda_svc")._event_invoke_config
        qualifier = "" if event.qualifier == "$LATEST" else event.qualifier
        config = read(found.function, qualifier) or (None if qualifier else read(found.function, "$LATEST"))
        return policy_of(config, found.config)

    def end(self, event: Event, condition: Condition) -> None:
        """Tell the destination, and of a failure the dead-letter queue or topic too."""
        self.counts[condition] += 1
        found = invocations.callee(self._emulator, event.function)
        role, policy = str(found.config.get("Role")) if found else "", self.policy(event)
        destination = policy.on_success if condition == "Success" else policy.on_failure
        if destination:
            record = records.invocation_record(event, condition, time.time())
            try:
                self._destinations.deliver(role, destination, record)
            except UndeliveredError as error:
                self._undelivered(event, "DestinationDeliveryFailures", error)
        if policy.dead_letters and condition != "Success":
            try:
                self._destinations.bury(role, policy.dead_letters, records.dead_letter(event, condition))
            except UndeliveredError as error:
                self._undelivered(event, "DeadLetterErrors", error)

    def _undelivered(self, event: Event, metric: str, error: UndeliveredError) -> None:
        # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
        self.counts[metric] += 1
        with self._emulator.scope(*invocations.scope_of(event.function)):
            self._emulator.module("cloudwatch").record_metric(
                "AWS/Lambda", metric, 1, "Count", {"FunctionName": event.name}
            )
        _said.warning("%s: the end of event %s of %s is not delivered: %s", metric, event.id, event.function, error)
