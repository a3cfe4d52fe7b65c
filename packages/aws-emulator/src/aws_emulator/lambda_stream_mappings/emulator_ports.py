"""Streams, functions and destinations of the emulator, as the scheduler of streams asks for them."""

import contextlib
import json
import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from aws_emulator.lambda_invocations import invocations
from aws_emulator.lambda_stream_mappings.batch_queue import DiscardedRecords, StreamBatch
from aws_emulator.lambda_stream_mappings.batch_results import BatchOutcome, InvocationAnswer
from aws_emulator.lambda_stream_mappings.invocation_records import (
    add_payload,
    build_invocation_record,
    build_object_key,
)
from aws_emulator.lambda_stream_mappings.ports import StreamMapping
from aws_emulator.lambda_stream_mappings.settings import StreamSettings
from aws_emulator.ministack.emulator import Emulator

# What a mapping does with its source: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
READ_ACTIONS = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
LIST_ACTION = "dynamodb:ListStreams"
# Errors of the service itself; a function's own errors carry `function_error`.
NOT_INVOKED = frozenset(
    {"InvalidZipFileException", "ResourceNotFoundException", "ServiceException", "TooManyRequestsException"}
)
# https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html
RESULTS = MappingProxyType({BatchOutcome.HANDLED: "OK", BatchOutcome.PARTLY: "OK"})
FAILED = "PROBLEM: Function call failed"
logger = logging.getLogger("sandbox.streams")


class EmulatorStreamPorts:
    """The emulator behind `StreamPorts`."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._lambda, self._tables = emulator.module("lambda_svc"), emulator.module("dynamodb")
        self.shard: str = emulator.module("dynamodb_streams")._DEFAULT_SHARD_ID
        """The id of the one shard that a stream has here."""
        self._damaged: set[str] = set()

    def list_mappings(self) -> Iterator[StreamMapping]:
        """All mappings of tables' streams."""
        for (account, region, id_), mapping in self._lambda._esms.all_items():
            stream = str(mapping.get("EventSourceArn"))
            if ":dynamodb:" not in stream:
                continue
            try:
                enabled, settings = bool(mapping.get("Enabled", True)), StreamSettings.of(mapping)
                yield StreamMapping(account, region, id_, stream, str(mapping["FunctionArn"]), enabled, settings)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                if id_ not in self._damaged:
                    logger.error("mapping %s is damaged, not read: %r", id_, error)  # noqa: TRY400 - the text says it all
                self._damaged.add(id_)

    def find_start(self, source: StreamMapping) -> int:
        """Where the emulator put it when the mapping was made, or where it was when the emulator ended."""
        found = self._lambda._dynamodb_stream_positions.get_scoped(source.account, source.region, source.id)
        return int(found or 0)

    def exists(self, stream: str) -> bool:
        """There is such a stream, or was within its retention."""
        return self._is_live(stream) or self._find_closed(stream) is not None

    def read(self, source: StreamMapping, position: int, limit: int) -> tuple[int, Sequence[Mapping[str, Any]]]:
        """Records of a stream, of one too that was closed."""
        if self._is_live(source.stream):
            scope = {"account_id": source.account, "region": source.region}
            first = max(position, self._tables.stream_start_position(source.table, **scope))
            return first, self._tables.stream_records_since(source.table, first, limit, **scope)
        closed = self._find_closed(source.stream)
        if closed is None:
            return position, ()
        first = max(position, closed["trimmed"])
        return first, closed["records"][first - closed["trimmed"] :][:limit]

    def matches(self, patterns: Sequence[str], body: Mapping[str, Any]) -> bool:
        """A record matches one of the patterns, as rules of EventBridge do."""
        # https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
        events = self._emulator.module("eventbridge")
        return any(
            events._matches_detail(body, alternative)
            for pattern in patterns
            for alternative in events._compiled_pattern(pattern) or ()
        )

    def call(self, source: StreamMapping, batch: StreamBatch) -> InvocationAnswer:
        """Run the function, by its alias's weights and within its concurrency."""
        found = invocations.find_function(self._emulator, source.function)
        if found is None:
            return InvocationAnswer(invoked=False, error="ResourceNotFoundException")
        denied = self.find_read_refusal(source.stream, found.config)
        if denied:
            return InvocationAnswer(invoked=False, error=denied)
        age = max(0.0, time.time() - batch.records[-1].created)
        self._record_metric(source, "IteratorAge", age * 1000, "Milliseconds")
        request, event = str(uuid.uuid4()), {"Records": [record.body for record in batch.records]}
        result = invocations.execute_in_thread(self._emulator, found, event, request_id=request)
        return _parse_answer(result, request)

    def find_read_refusal(self, stream: str, config: Mapping[str, Any]) -> str:
        """Why a function's role may not read a stream; empty if it may."""
        role, check = str(config.get("Role")), self._emulator.permissions.check_role
        asked = [*((action, stream) for action in READ_ACTIONS), (LIST_ACTION, "*")]
        return next((denied for action, of in asked if (denied := check(role, action, of))), "")

    def deliver(self, source: StreamMapping, discard: DiscardedRecords) -> bool:
        """Send the invocation record, by the function's role."""
        now, arn = time.time(), source.settings.destination
        request = (discard.answer and discard.answer.request) or str(uuid.uuid4())
        record = build_invocation_record(
            discard, function=source.function, stream=source.stream, shard=self.shard, request=request, now=now
        )
        sent = False
        with self._emulator.scope(source.account, source.region):
            if arn.startswith("arn:aws:s3:"):
                key = build_object_key(source.id, self.shard, now, str(uuid.uuid4()))
                body = json.dumps(add_payload(record, discard)).encode()
                sent = self._is_allowed(source, "s3:PutObject", f"{arn}/{key}") and self._put(arn, key, body)
            elif ":sqs:" in arn:
                sent = self._is_allowed(source, "sqs:SendMessage", arn) and self._send(arn, json.dumps(record))
            elif ":sns:" in arn:
                sent = self._is_allowed(source, "sns:Publish", arn) and self._publish(arn, json.dumps(record))
        if arn and not sent:
            self._record_metric(source, "DestinationDeliveryFailures", 1, "Count")
        return sent

    def save_checkpoint(self, source: StreamMapping, position: int) -> None:
        """Keep it where the emulator keeps its own."""
        if self._lambda._esms.contains_scoped(source.account, source.region, source.id):
            self._lambda._dynamodb_stream_positions.set_scoped(source.account, source.region, source.id, position)

    def record_result(self, source: StreamMapping, outcome: BatchOutcome) -> None:
        """Show it as the mapping's last result."""
        mapping = self._lambda._esms.get_scoped(source.account, source.region, source.id)
        if mapping is not None:
            mapping["LastProcessingResult"] = RESULTS.get(outcome, FAILED)

    def spawn(self, work: Callable[[], None]) -> None:
        """Do something in a thread that the emulator counts."""
        self._emulator.module("core.concurrency").spawn_background(work, thread_name="stream-batch")

    def _is_live(self, stream: str) -> bool:
        account, region = invocations.parse_scope(stream)
        table = self._tables._tables.get_scoped(account, region, stream.partition(":table/")[2].partition("/")[0])
        if table is None or not (table.get("StreamSpecification") or {}).get("StreamEnabled"):
            return False
        return bool(table.get("LatestStreamArn") == stream)

    def _find_closed(self, stream: str) -> Mapping[str, Any] | None:
        with self._emulator.scope(*invocations.parse_scope(stream)):
            found: Mapping[str, Any] | None = self._tables.closed_stream(stream)
            return found

    def _is_allowed(self, source: StreamMapping, action: str, resource: str) -> bool:
        found = invocations.find_function(self._emulator, source.function)
        role = str(found.config.get("Role")) if found else ""
        return bool(role) and self._emulator.permissions.check_role(role, action, resource) is None

    def _put(self, bucket: str, key: str, body: bytes) -> bool:
        name = bucket.rpartition(":")[2]
        status, _, _ = self._emulator.module("s3")._put_object(name, key, body, {"content-type": "application/json"})
        return bool(status == 200)

    def _send(self, arn: str, body: str) -> bool:
        sqs = self._emulator.module("sqs")
        queue = sqs._queue_by_arn(arn)
        if queue is None or queue["is_fifo"]:  # FIFO queues and topics are no destinations
            return False
        account, region = invocations.parse_scope(arn)
        with self._emulator.scope(account, region), contextlib.suppress(sqs._Err):
            sqs._act_send_message({"QueueUrl": sqs._queue_url(arn.rpartition(":")[2]), "MessageBody": body}, "")
            return True
        return False

    def _publish(self, arn: str, body: str) -> bool:
        sns = self._emulator.module("sns")
        topic = sns._topic_by_arn_any_scope(arn)
        if topic is None or sns._is_fifo_topic(topic):
            return False
        with contextlib.suppress(sns.SnsPublishError):
            return sns.publish_internal(arn, body) is not None
        return False

    def _record_metric(self, source: StreamMapping, name: str, value: float, unit: str) -> None:
        function = {"FunctionName": source.function.split(":")[6]}
        with self._emulator.scope(source.account, source.region):
            self._emulator.module("cloudwatch").record_metric("AWS/Lambda", name, value, unit, function)


def _parse_answer(result: Mapping[str, Any], request: str) -> InvocationAnswer:
    body, version = result.get("body"), str(result.get("version") or "$LATEST")
    kind = body.get("errorType") if isinstance(body, Mapping) else None
    if result.get("throttle") or (result.get("error") and "function_error" not in result and kind in NOT_INVOKED):
        return InvocationAnswer(invoked=False, error=str(kind or "TooManyRequestsException"), request=request)
    error = str(result.get("function_error") or "Unhandled") if result.get("error") else ""
    return InvocationAnswer(True, error, body, version, request)
