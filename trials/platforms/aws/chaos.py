"""AWS as a platform of experiments.

What AWS's own APIs can do works on a real account too; faults and kills need the sandbox.
"""

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from trials.chaos.platform import Calls, Effect, FaultEffect, PlatformError, Service, Undo
from trials.operators import Operate
from trials.platforms.aws.faults import SandboxFaults

ALIAS = "live"
DONE_SECONDS, POLL_SECONDS = 90.0, 0.1
# Most of one ReceiveMessage:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
RECEIVE, HIDDEN_SECONDS = 10, 60
CHANGED = ("VisibilityTimeout", "RedrivePolicy")
# Which service stands behind a word of the port, as in its endpoint's name, and its operations that write.
SERVICES: Mapping[Service, str] = {"store": "dynamodb", "bus": "events", "queue": "sqs"}
WRITES: Mapping[Service, Sequence[str]] = {
    "store": ("PutItem", "UpdateItem", "TransactWriteItems"),
    "bus": ("PutEvents",),
    "queue": ("SendMessage", "SendMessageBatch"),
}


class AwsPlatform:
    """A deployed stack of the serverless architecture."""

    def __init__(
        self, outputs: Mapping[str, Any], client: Callable[[str], Any], operate: Operate, faults: SandboxFaults | None
    ) -> None:
        """Describe a platform.

        Args:
            outputs: The stack's.
            client: An API client of a service, with the operator's credentials.
            operate: The operators' entry point.
            faults: The sandbox's, None on a real account.
        """
        self._outputs, self._client, self._operate, self._faults = outputs, client, operate, faults

    def refusal(self) -> str:
        """Why this deployment takes no faults; what is deployed counts, not what a file says."""
        found = self._client("lambda").get_function_configuration(FunctionName=self._function("ops"))
        if found.get("Environment", {}).get("Variables", {}).get("FAULTS_ENABLED") == "true":
            return ""
        return "its settings do not enable faults: rules.faults_enabled is false, and prod can't have it true"

    def explain_missing(self, action: str) -> str:
        """Why an action can't be had here."""
        if action in ("inject_fault", "kill") and self._faults is None:
            return f"'{action}' needs the sandbox: AWS has no such switch for functions"
        return ""

    def disturbances(self) -> Sequence[str]:
        """Faults at work, event sources that are off, functions that may not run."""
        active = self._faults.list_active() if self._faults else []
        faults = [f"the fault '{name}' is in force: `scaleshop down` and `up` take it out" for name in active]
        off = [
            f"the event source of {unit} is off: `scaleshop refresh` and `up` switch it on"
            for unit in (*self._outputs["queueUrls"], "relay")
            if any(mapping["State"] in ("Disabled", "Disabling") for mapping in self._mappings(unit))
        ]
        idle = [
            f"{unit} may not run at all: delete its reserved concurrency"
            for unit in self._outputs["functionNames"]
            if self._reserved(unit) == 0
        ]
        return [*faults, *off, *idle]

    def pause(self, unit: str) -> Undo:
        """Switch a consumer's event sources off."""
        mappings = [mapping["UUID"] for mapping in self._mappings(unit)]
        if not mappings:
            msg = f"{unit} has no event source"
            raise PlatformError(msg)
        self._switch(mappings, on=False)
        return lambda: self._switch(mappings, on=True)

    def throttle(self, unit: str, workers: int) -> Undo:
        """Reserve so much concurrency for a function, which is also the most that it gets."""
        function, before, functions = self._function(unit), self._reserved(unit), self._client("lambda")
        functions.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=workers)

        def undo() -> Effect:
            if before is None:
                functions.delete_function_concurrency(FunctionName=function)
            else:
                functions.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=before)
            return Effect(1, [function])

        return undo

    def shorten_redelivery(self, unit: str, seconds: int, deliveries: int) -> Undo:
        """Change a queue's visibility timeout and its redrive policy; AWS may take a minute to follow."""
        queues, url = self._client("sqs"), self._queue(unit)
        before = queues.get_queue_attributes(QueueUrl=url, AttributeNames=list(CHANGED))["Attributes"]
        redrive = {**json.loads(before["RedrivePolicy"]), "maxReceiveCount": deliveries}
        changed = {"VisibilityTimeout": str(seconds), "RedrivePolicy": json.dumps(redrive)}
        queues.set_queue_attributes(QueueUrl=url, Attributes=changed)

        def undo() -> Effect:
            queues.set_queue_attributes(QueueUrl=url, Attributes={name: before[name] for name in CHANGED})
            return Effect(1, [url])

        return undo

    def inject_fault(
        self,
        unit: str,
        service: Service,
        effect: FaultEffect,
        *,
        calls: Calls = "all",
        share: float = 1,
        seconds: float = 0,
    ) -> Undo:
        """Put a fault between functions and a service."""
        actions = list(WRITES[service]) if calls == "writes" else []
        about = {"actions": actions, "share": share, "seconds": seconds}
        caller = self._function(unit) if unit else ""
        return self._sandbox.inject({"service": SERVICES[service], "effect": effect, "caller": caller, **about})

    def kill(self, unit: str) -> Effect:
        """Kill a function's environments at work, or all where none is at work for a while."""
        return self._sandbox.kill(self._function(unit))

    def poison(self, unit: str) -> Effect:
        """Send a message that is no event."""
        sent = self._client("sqs").send_message(QueueUrl=self._queue(unit), MessageBody="this is no event")
        return Effect(1, [sent["MessageId"]])

    def discard(self, unit: str, messages: Sequence[str]) -> Effect:
        """Delete messages from a dead-letter queue."""
        queues, url = self._client("sqs"), self._outputs["deadLetterQueues"][unit]
        letters = self._receive(url)
        for letter in letters:
            if letter["MessageId"] in messages:
                queues.delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
            else:
                queues.change_message_visibility(
                    QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"], VisibilityTimeout=0
                )
        gone = [letter["MessageId"] for letter in letters if letter["MessageId"] in messages]
        return Effect(len(gone), gone)

    def shuffle(self, unit: str) -> Effect:
        """Send a queue's messages again, the last one first; a crash in between delivers some twice."""
        queues, url = self._client("sqs"), self._queue(unit)
        found = self._receive(url)
        for message in reversed(found):
            queues.send_message(QueueUrl=url, MessageBody=message["Body"])
            queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return Effect(len(found))

    def replay_events(self, seconds: int) -> Effect:
        """Replay the bus's archive; the effect names the replay, AWS does not say how many events it had."""
        events, now = self._client("events"), datetime.now(UTC)
        bus = events.describe_event_bus(Name=self._outputs["busName"])["Arn"]
        archives = events.list_archives(EventSourceArn=bus)["Archives"]
        if not archives:
            msg = f"the bus {self._outputs['busName']} has no archive to replay"
            raise PlatformError(msg)
        archive = events.describe_archive(ArchiveName=archives[0]["ArchiveName"])
        name = f"chaos-{uuid.uuid4().hex[:12]}"
        events.start_replay(
            ReplayName=name,
            EventSourceArn=archive["ArchiveArn"],
            EventStartTime=now - timedelta(seconds=seconds),
            EventEndTime=now,
            Destination={"Arn": bus},
        )
        _wait(lambda: events.describe_replay(ReplayName=name)["State"], ("COMPLETED",), f"the replay {name}")
        return Effect(1, [name])

    def redrive(self, unit: str) -> Effect:
        """Send dead letters back."""
        return Effect(int(self._operate("redrive", queue=unit, limit=1_000)["moved"]))

    def sweep(self, ahead_seconds: int = 0) -> Effect:
        """One round of the sweeper."""
        done = self._operate("sweep", **({"ahead_seconds": ahead_seconds} if ahead_seconds else {}))
        return Effect(sum(int(done[name]) for name in ("published", "expired", "settled")))

    @property
    def _sandbox(self) -> SandboxFaults:
        if self._faults is None:
            msg = "only a sandbox can be broken like this"
            raise PlatformError(msg)
        return self._faults

    def _function(self, unit: str) -> str:
        return _pick(self._outputs["functionNames"], unit, "function")

    def _queue(self, unit: str) -> str:
        return _pick(self._outputs["queueUrls"], unit, "queue")

    def _mappings(self, unit: str) -> Sequence[Mapping[str, Any]]:
        pages = self._client("lambda").get_paginator("list_event_source_mappings")
        found = pages.paginate(FunctionName=f"{self._function(unit)}:{ALIAS}")
        return [mapping for page in found for mapping in page["EventSourceMappings"]]

    def _switch(self, mappings: Sequence[str], *, on: bool) -> Effect:
        functions, wanted = self._client("lambda"), "Enabled" if on else "Disabled"
        for name in mappings:
            functions.update_event_source_mapping(UUID=name, Enabled=on)
        for name in mappings:
            _wait(
                lambda name=name: functions.get_event_source_mapping(UUID=name)["State"],
                (wanted,),
                f"the event source mapping {name}",
            )
        return Effect(len(mappings), mappings)

    def _reserved(self, unit: str) -> int | None:
        found = self._client("lambda").get_function_concurrency(FunctionName=self._function(unit))
        return found.get("ReservedConcurrentExecutions")

    def _receive(self, url: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        while True:
            answer = self._client("sqs").receive_message(
                QueueUrl=url, MaxNumberOfMessages=RECEIVE, VisibilityTimeout=HIDDEN_SECONDS, WaitTimeSeconds=0
            )
            if not answer.get("Messages"):
                return found
            found += answer["Messages"]


def _pick(outputs: Mapping[str, str], unit: str, kind: str) -> str:
    if unit not in outputs:
        msg = f"the stack has no {kind} of '{unit}'; there are: {', '.join(sorted(outputs))}"
        raise PlatformError(msg)
    return outputs[unit]


def _wait(state: Callable[[], str], wanted: Sequence[str], what: str) -> None:
    deadline = time.monotonic() + DONE_SECONDS
    while (found := state()) not in wanted:
        if time.monotonic() > deadline:
            msg = f"{what} is {found} after {DONE_SECONDS:g} s, not {wanted[0]}"
            raise PlatformError(msg)
        time.sleep(POLL_SECONDS)
