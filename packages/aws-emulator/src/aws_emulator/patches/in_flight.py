"""Messages in flight: what a queue gives out before some of it is deleted."""

import time
from typing import Any

from aws_emulator.patches.emulator import Emulator

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
OVER_LIMIT = (
    "Too many messages have been received without being deleted. "
    "Please delete your received messages or let them timeout before receiving more."
)


class InFlightQuota:
    """Messages of a queue that are received and not yet deleted."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator, self._service = emulator, emulator.module("sqs")

    def install(self) -> None:
        """Stand before the choice of messages, and before ReceiveMessage."""
        self._collect = self._emulator.replace("sqs", "_collect_msgs", self.collect)
        self._receive = self._service._HANDLERS["ReceiveMessage"]
        self._service._HANDLERS["ReceiveMessage"] = self.receive

    def collect(self, queue: dict[str, Any], most: int, visibility: int) -> list[Any]:
        """As many messages as there is room for."""
        room = self._count_room(queue, most)
        return self._collect(queue, room, visibility) if room > 0 else []

    async def receive(self, data: dict[str, Any], url: str) -> Any:
        """ReceiveMessage; a standard queue that is full refuses a short poll."""
        queue = self._service._get_q(data.get("QueueUrl", url), "sqs:ReceiveMessage")
        waits = data.get("WaitTimeSeconds")
        waits = queue["attributes"].get("ReceiveMessageWaitTimeSeconds") if waits is None else waits
        if not queue["is_fifo"] and not int(waits or 0) and self._count_room(queue, 1) <= 0:
            raise self._service._Err("OverLimit", OVER_LIMIT, 403)
        return await self._receive(data, url)

    def _count_room(self, queue: dict[str, Any], most: int) -> int:
        limit = self._emulator.quotas.value("sqs.fifo-inflight" if queue["is_fifo"] else "sqs.inflight")
        if len(queue["messages"]) <= limit:
            return most
        now = time.time()
        flying = sum(m.get("visible_at", 0) > now and m.get("receive_count", 0) > 0 for m in queue["messages"])
        return min(most, limit - flying)
