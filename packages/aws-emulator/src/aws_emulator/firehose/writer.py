"""Objects in the emulator's S3, and the log of what could not be written."""

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from aws_emulator.firehose import objects
from aws_emulator.firehose.buffers import ObjectBatch
from aws_emulator.ministack.emulator import Emulator

PRINCIPAL = "firehose.amazonaws.com"
logger = logging.getLogger("sandbox.firehose")


class ObjectWriter:
    """Writes batches as the stream's role, in the account's scope."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    async def put(self, batch: ObjectBatch) -> tuple[str, str] | None:
        """Write an object; the code and message of what is wrong."""
        config = batch.config
        bucket = self._emulator.module("firehose")._s3_bucket_from_arn(config.get("BucketARN", ""))
        key = objects.build_key(
            batch,
            lambda template, at, keys, error: self.evaluate_prefix(config, template, at, keys, error),
            lambda pattern, at: self._emulator.module("firehose")._java_time(pattern, _convert_to_zone(config, at)),
        )
        arn = f"{config['BucketARN']}/{key}"
        denied = self._emulator.permissions.check_role(
            str(config.get("RoleARN") or ""), "s3:PutObject", arn, service=PRINCIPAL
        )
        if denied:
            return "S3.AccessDenied", denied
        body = await asyncio.to_thread(objects.build_body, batch)
        headers = {
            "content-type": "application/octet-stream",
            "content-length": str(len(body)),
            "host": "s3.localhost",
        }
        s3 = self._emulator.module("s3")
        status, _, answer = await s3.handle_request("PUT", f"/{bucket}/{key}", headers, body, {}, internal=True)
        if status < 300:
            return None
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
        missing = "NoSuchBucket" in text
        return ("S3.NoSuchBucket" if missing else "S3.InternalError"), f"S3 answered {status}: {text[:300]}"

    def log_error(self, batch: ObjectBatch, code: str, message: str) -> None:
        """An error for the stream's own log: https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html."""
        options = batch.config.get("CloudWatchLoggingOptions") or {}
        logs, group, name = (
            self._emulator.module("cloudwatch_logs"),
            options.get("LogGroupName"),
            options.get("LogStreamName"),
        )
        if not options.get("Enabled") or not name or group not in logs._log_groups:
            return
        account, region, stream = batch.stream
        arn = f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:{name}"
        role = str(batch.config.get("RoleARN") or "")
        if self._emulator.permissions.check_role(role, "logs:PutLogEvents", arn, service=PRINCIPAL):
            return
        if name not in logs._log_groups[group]["streams"]:
            logs._create_log_stream({"logGroupName": group, "logStreamName": name})
        line = {
            "deliveryStreamARN": f"arn:aws:firehose:{region}:{account}:deliverystream/{stream}",
            "destination": batch.config.get("BucketARN"),
            "deliveryStreamVersionId": batch.version,
            "message": message,
            "errorCode": code,
        }
        entry = {"timestamp": int(time.time() * 1000), "message": json.dumps(line)}
        logs._put_log_events({"logGroupName": group, "logStreamName": name, "logEvents": [entry]})

    def evaluate_prefix(
        self, config: Mapping[str, Any], template: str, at: float, keys: dict[str, str], error: str
    ) -> str:
        """What a prefix expression says; raises the emulator's `_DeliveryError` where a key is missing."""
        return str(
            self._emulator.module("firehose")._evaluate_prefix(
                template, _convert_to_zone(config, at), keys, None, error or None
            )
        )


def _convert_to_zone(config: Mapping[str, Any], at: float) -> time.struct_time:
    """A time in the zone of the destination; UTC where it names none that is known."""
    zone: tzinfo = UTC
    try:
        zone = ZoneInfo(str(config.get("CustomTimeZone") or "UTC"))
    except (ValueError, OSError, KeyError):
        logger.warning("CustomTimeZone %r is not known here; UTC is used", config.get("CustomTimeZone"))
    return datetime.fromtimestamp(at, zone).timetuple()
