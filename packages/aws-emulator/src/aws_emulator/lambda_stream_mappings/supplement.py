"""Streams of tables read for functions, in place of the emulator's poller.

Not enforced: tumbling windows, which are stored; a record expires a day after it was made, whatever the mapping says.
A stream has one shard, and an item that expires by its time to live makes no record. The wait before a batch is tried
again is ours: from 0.2 s, twice as long each time, at most 10 s.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from aws_emulator.lambda_invocations import invocations
from aws_emulator.lambda_stream_mappings.emulator_ports import EmulatorStreamPorts
from aws_emulator.lambda_stream_mappings.scheduler import StreamScheduler
from aws_emulator.lambda_stream_mappings.validation import MappingError, fill_defaults, validate_create, validate_update
from aws_emulator.ministack.emulator import Emulator, ServiceResponse
from aws_emulator.ministack.supplement import EmulatorSupplement

# Within which batches that are out may end when the plane stops; the plane is killed after 20 s.
STOP_SECONDS = 5.0


class Streams(EmulatorSupplement):
    """Event source mappings of DynamoDB streams."""

    name = "streams"
    adds = "streams are read with retries, bisecting, partial failures, parallel batches and on-failure destinations"

    def __init__(self, emulator: Emulator, settings: Mapping[str, Any]) -> None:
        super().__init__(emulator, settings)
        self._original: dict[str, Callable[..., Any]] = {}

    def install(self) -> None:
        """Take the streams from the emulator's poller, and learn of records and of changed mappings."""
        self._lambda, self._tables = self.emulator.module("lambda_svc"), self.emulator.module("dynamodb")
        self._ports = EmulatorStreamPorts(self.emulator)
        self._scheduler = StreamScheduler(self._ports)
        invocations.keep_request_id(self.emulator)
        self.emulator.replace("lambda_svc", "_poll_dynamodb_streams", lambda: False)
        for module, name, put in (
            ("lambda_svc", "_create_esm", self._create),
            ("lambda_svc", "_update_esm", self._update),
            ("lambda_svc", "_delete_esm", self._delete),
            ("dynamodb", "_emit_stream_event", self._emit_event),
            ("dynamodb", "_build_change_record", self._build_record),
        ):
            self._original[name] = self.emulator.replace(module, name, put)

    def load(self, state: Any) -> None:
        """Records that were not read by all, which the emulator forgets, and what is finished of them."""
        for name in ("_stream_records", "_stream_trimmed", "_closed_streams"):
            store = getattr(self._tables, name)
            for account, region, key, value in state["streams"][name]:
                store.set_scoped(account, region, key, value)
        self._scheduler.load(state["mappings"])

    async def start(self) -> None:
        """Read on."""
        self._scheduler.start()

    async def stop(self) -> None:
        """Wait a moment for batches that are out."""
        await asyncio.to_thread(self._scheduler.stop, STOP_SECONDS)

    def save(self) -> Any:
        """All records of a day, and how far each mapping is."""
        streams = {
            name: [[*scoped, value] for scoped, value in getattr(self._tables, name).all_items()]
            for name in ("_stream_records", "_stream_trimmed", "_closed_streams")
        }
        return {"streams": streams, "mappings": self._scheduler.save()}

    def reset(self) -> None:
        """Forget all mappings."""
        self._scheduler.reset()

    def collect_figures(self) -> Mapping[str, Any]:
        """What each mapping does, by its UUID."""
        return {"mappings": self._scheduler.collect_figures(), "tumbling_windows": "not supported"}

    def _create(self, request: dict[str, Any]) -> ServiceResponse:
        stream = str(request.get("EventSourceArn"))
        if ":dynamodb:" not in stream:
            return self._original["_create_esm"](request)
        function, qualifier, error = self._lambda._resolve_existing_esm_function(request.get("FunctionName", ""))
        error = error or self._lambda._validate_event_source_arn(stream)[1]
        if error:
            return error
        others = [mapping for mapping in self._lambda._esms.values() if mapping.get("Qualifier") == qualifier]
        refusal = validate_create(
            {**request, "FunctionName": function}, others, self._is_valid_pattern
        ) or self._find_read_refusal(stream, function)
        if refusal is not None:
            return self._build_error(refusal)
        request = fill_defaults(request)
        status, headers, body = self._original["_create_esm"](request)
        if status != 202:
            return status, headers, body
        mapping = self._lambda._esms[json.loads(body)["UUID"]]
        mapping["TumblingWindowInSeconds"] = request["TumblingWindowInSeconds"]
        mapping["StateTransitionReason"] = "User action"
        self._scheduler.wake()
        return self._lambda.json_response(self._lambda._esm_response(mapping), 202)

    def _update(self, id_: str, request: dict[str, Any]) -> ServiceResponse:
        mapping = self._lambda._esms.get(id_)
        if mapping is None or ":dynamodb:" not in str(mapping.get("EventSourceArn")):
            return self._original["_update_esm"](id_, request)
        refusal = validate_update(request, self._is_valid_pattern)
        if refusal is not None:
            return self._build_error(refusal)
        answer = self._original["_update_esm"](id_, request)
        self._scheduler.wake()
        return answer

    def _delete(self, id_: str) -> ServiceResponse:
        answer = self._original["_delete_esm"](id_)
        self._scheduler.wake()
        return answer

    def _find_read_refusal(self, stream: str, function: str) -> MappingError | None:
        if not self._ports.exists(stream):
            return MappingError("InvalidParameterValueException", f"Stream not found: {stream}")
        if not self._ports.find_read_refusal(stream, self._lambda._functions[function]["config"]):
            return None
        message = (
            f"Cannot access stream {stream}. Please ensure the role can perform the GetRecords, GetShardIterator, "
            "DescribeStream, and ListStreams Actions on your stream in IAM."
        )
        return MappingError("InvalidParameterValueException", message)

    def _build_error(self, refusal: MappingError) -> ServiceResponse:
        return self._lambda.error_response_json(refusal.code, refusal.message, refusal.status)

    def _is_valid_pattern(self, pattern: str) -> bool:
        return self.emulator.module("eventbridge")._compiled_pattern(pattern) is not None

    def _emit_event(self, table: str, *rest: Any, **named: Any) -> None:
        self._original["_emit_stream_event"](table, *rest, **named)
        responses = self.emulator.module("core.responses")
        if self._scheduler.is_read(responses.get_account_id(), responses.get_region(), table):
            self._scheduler.wake()

    def _build_record(self, *rest: Any, **named: Any) -> dict[str, Any]:
        """A record with its size, which the emulator leaves at 0."""
        record: dict[str, Any] = self._original["_build_change_record"](*rest, **named)
        change, size = record["dynamodb"], self._tables._item_size_bytes
        # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html
        change["SizeBytes"] = sum(size(change.get(part) or {}) for part in ("Keys", "NewImage", "OldImage"))
        return record
