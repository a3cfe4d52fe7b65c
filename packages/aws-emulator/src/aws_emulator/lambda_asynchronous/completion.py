"""Ends of asynchronous invocations: by which settings they are judged, and where the outcome is sent."""

import logging
import time
from collections import Counter

from aws_emulator.lambda_asynchronous import records
from aws_emulator.lambda_asynchronous.destinations import Destinations, UndeliveredError
from aws_emulator.lambda_asynchronous.events import AsynchronousEvent, Condition, InvokePolicy, parse_policy
from aws_emulator.lambda_invocations import invocations
from aws_emulator.ministack.emulator import Emulator

logger = logging.getLogger("sandbox")


class EventCompletion:
    """What ends an event, and what follows."""

    def __init__(self, emulator: Emulator, destinations: Destinations) -> None:
        self._emulator, self._destinations = emulator, destinations
        self.counts: Counter[str] = Counter()
        """Ended events by condition; what could not be delivered by the name of AWS's metric for it."""

    def find_policy(self, event: AsynchronousEvent) -> InvokePolicy:
        """The settings of the version or alias that was invoked; each has its own, and none inherits."""
        # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
        found = invocations.find_function(self._emulator, event.function)
        if found is None:
            return InvokePolicy()
        read = self._emulator.module("lambda_svc")._event_invoke_config
        qualifier = "" if event.qualifier == "$LATEST" else event.qualifier
        config = read(found.function, qualifier) or (None if qualifier else read(found.function, "$LATEST"))
        return parse_policy(config, found.config)

    def complete(self, event: AsynchronousEvent, condition: Condition) -> None:
        """Tell the destination, and of a failure the dead-letter queue or topic too."""
        self.counts[condition] += 1
        found = invocations.find_function(self._emulator, event.function)
        role, policy = str(found.config.get("Role")) if found else "", self.find_policy(event)
        destination = policy.on_success if condition == "Success" else policy.on_failure
        if destination:
            record = records.build_invocation_record(event, condition, time.time())
            try:
                self._destinations.deliver(role, destination, record)
            except UndeliveredError as error:
                self._record_undelivered(event, "DestinationDeliveryFailures", error)
        if policy.dead_letters and condition != "Success":
            try:
                self._destinations.send_dead_letter(
                    role, policy.dead_letters, records.build_dead_letter(event, condition)
                )
            except UndeliveredError as error:
                self._record_undelivered(event, "DeadLetterErrors", error)

    def _record_undelivered(self, event: AsynchronousEvent, metric: str, error: UndeliveredError) -> None:
        # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
        self.counts[metric] += 1
        with self._emulator.scope(*invocations.parse_scope(event.function)):
            self._emulator.module("cloudwatch").record_metric(
                "AWS/Lambda", metric, 1, "Count", {"FunctionName": event.name}
            )
        logger.warning("%s: the end of event %s of %s is not delivered: %s", metric, event.id, event.function, error)
