"""Firehose streams to S3 that collect records before they write.

A buffer is in memory: it survives a stop and start of the plane, not its being killed, which loses the whole world.
Left to the emulator, which writes each record at once: streams with a function or another processor that changes
records, with conversion of formats, or with another compression than GZIP. A deleted stream's buffers are written at
once; AWS promises nothing about them.
"""

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from aws_emulator.firehose import objects
from aws_emulator.firehose.buffers import ACTIVE_PARTITIONS, Buffers, DeliveryStream, ObjectBatch, OutputPartition
from aws_emulator.firehose.settings import BufferSettings, parse_settings
from aws_emulator.firehose.validation import validate_request
from aws_emulator.firehose.writer import ObjectWriter
from aws_emulator.ministack.emulator import Emulator, ServiceRequest, ServiceResponse
from aws_emulator.ministack.supplement import BackgroundSupplement

# https://docs.aws.amazon.com/firehose/latest/dev/retry.html: 24 hours, then the data is lost.
RETRY_SECONDS = 86_400
LONGEST_PAUSE_SECONDS = 60
WRITERS = 8
# https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-error-handling.html
UNPARTITIONED, TOO_MANY = "processing-failed", "activePartitionExceeded"
EXTRACTION = "DynamicPartitioning.MetadataExtractionFailed"
PARTITIONS = "DynamicPartitioning.ActivePartitionsLimitExceeded"
logger = logging.getLogger("sandbox.firehose")


class Firehose(BackgroundSupplement):
    """Records are buffered, partitioned and compressed."""

    name = "firehose"
    adds = "records are collected by size and time, compressed, and written as one object for each partition"

    def __init__(self, emulator: Emulator, settings: Mapping[str, Any]) -> None:
        super().__init__(emulator, settings)
        self.buffers, self._writer = Buffers(), ObjectWriter(emulator)
        self._counts: Counter[str] = Counter()
        self._writing: set[asyncio.Task[None]] = set()
        self._writers = asyncio.Semaphore(WRITERS)

    def install(self) -> None:
        """Take over the records that are meant for S3."""
        self._service = self.emulator.module("firehose")
        self._deliver_at_once = self.emulator.replace("firehose", "_deliver_records_to_s3", self.deliver)
        self.emulator.before("firehose", self._refuse)
        self.emulator.after("firehose", self._on_deleted)

    def load(self, state: Any) -> None:
        """The records that waited."""
        found = ((saved, parse_settings(saved["config"])) for saved in state)
        self.buffers.load(ObjectBatch.load(saved, settings) for saved, settings in found if settings)

    async def stop(self) -> None:
        """Finish what is being written."""
        await super().stop()
        await asyncio.gather(*self._writing)

    def save(self) -> Any:
        """The records that wait."""
        return [batch.dump() for batch in self.buffers.list_batches()] or None

    def reset(self) -> None:
        """Nothing waits."""
        self.buffers.clear()
        self._counts.clear()

    def collect_figures(self) -> Mapping[str, Any]:
        """What waits, what was written, what had no place, what was lost."""
        waiting = self.buffers.list_batches()
        return {
            "buffered_records": sum(len(batch.records) for batch in waiting),
            "buffered_bytes": sum(batch.size for batch in waiting),
            "retried_objects": sum(batch.attempts > 0 for batch in waiting),
            **{name: self._counts[name] for name in ("objects", "failed_records", "lost_records")},
        }

    def deliver(self, stream: dict[str, Any], dest: dict[str, Any], records: list[tuple[str, bytes]]) -> None:
        """In place of the emulator's, which writes each record at once."""
        config = dest["config"]
        settings = parse_settings(config)
        if settings is None:
            self._deliver_at_once(stream, dest, records)
            return
        dest["records"].clear()  # the emulator keeps them for nobody
        responses = self.emulator.module("core.responses")
        where = DeliveryStream(responses.get_account_id(), responses.get_region(), stream["name"])
        now, sooner = time.time(), False
        for _, data in records:
            place, record = self._find_partition(where, config, settings, data, now)
            batch = ObjectBatch(where, place, int(stream.get("version", 1)), config, settings, now)
            sooner = self.buffers.add(batch, record) or sooner
        if sooner:
            self._background.wake()

    def _find_partition(
        self, stream: DeliveryStream, config: Mapping[str, Any], settings: BufferSettings, data: bytes, now: float
    ) -> tuple[OutputPartition, bytes]:
        """The partition of a record, and its bytes there."""
        if not settings.partitioned:
            return OutputPartition(), data + settings.delimiter
        try:
            keys = self._service._metadata_extraction_keys(config, data) or {}
            if not all(keys.values()):
                return self._build_failed(
                    UNPARTITIONED, EXTRACTION, "partitionKeys values must not be null or empty", data, now
                )
            self._writer.evaluate_prefix(config, str(config.get("Prefix") or ""), now, keys, "")
        except self._service._DeliveryError as error:
            return self._build_failed(UNPARTITIONED, EXTRACTION, str(error.message), data, now)
        place = OutputPartition(tuple(sorted(keys.items())))
        if self.buffers.count_partitions(stream, place) > ACTIVE_PARTITIONS:
            message = f"The stream has {ACTIVE_PARTITIONS} active partitions."
            return self._build_failed(TOO_MANY, PARTITIONS, message, data, now)
        return place, data + settings.delimiter

    def _build_failed(
        self, error: str, code: str, message: str, data: bytes, now: float
    ) -> tuple[OutputPartition, bytes]:
        self._counts["failed_records"] += 1
        return OutputPartition(error=error), objects.build_failed_record(data, code, message, now)

    async def _run_due_work(self) -> float | None:
        for batch in self.buffers.take(time.time()):
            task = asyncio.create_task(self._write(batch))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)
        return self.buffers.find_next_due()

    async def _write(self, batch: ObjectBatch) -> None:
        async with self._writers:
            with self.emulator.scope(batch.stream.account, batch.stream.region):
                try:
                    problem = await self._writer.put(batch)
                except Exception as error:  # the batch is kept, whatever it is
                    logger.exception("stream %s", batch.stream.name)
                    problem = "InternalError", f"{type(error).__name__}: {error}"
                if problem is None:
                    self._counts["objects"] += 1
                    return
                self._writer.log_error(batch, *problem)
        self._retry(batch, *problem)

    def _retry(self, batch: ObjectBatch, code: str, message: str) -> None:
        now = time.time()
        if now - batch.oldest >= RETRY_SECONDS:
            self._counts["lost_records"] += len(batch.records)
            logger.warning(
                "%d records of stream %s lost after 24 hours: %s: %s",
                len(batch.records),
                batch.stream.name,
                code,
                message,
            )
            return
        batch.attempts += 1
        batch.due = now + min(LONGEST_PAUSE_SECONDS, 2 ** min(batch.attempts - 1, 10))
        self.buffers.put_back(batch)
        self._background.wake()

    async def _refuse(self, request: ServiceRequest) -> ServiceResponse | None:
        if request.action not in ("PutRecord", "PutRecordBatch"):
            return None
        try:
            data = json.loads(request.body or b"{}")
        except ValueError:
            return None
        refused = validate_request(request.action, data) if isinstance(data, dict) else None
        answer: ServiceResponse | None = self._service.error_response_json(*refused, 400) if refused else None
        return answer

    def _on_deleted(self, request: ServiceRequest, answer: ServiceResponse) -> None:
        if request.action != "DeleteDeliveryStream" or answer[0] != 200:
            return
        responses = self.emulator.module("core.responses")
        name = json.loads(request.body).get("DeliveryStreamName", "")
        self.buffers.close(DeliveryStream(responses.get_account_id(), responses.get_region(), name))
        self._background.wake()
