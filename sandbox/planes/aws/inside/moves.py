"""Message move tasks of SQS: dead letters go back to the queues that they came from, or to another one.

A moved message is a new one: new id, no receives, the retention begins again. A task moves what it found when it
started. Not enforced: that the caller may also receive from, delete from and send to the queues, which AWS asks for
besides the task's own action; a task's longest time of 36 hours.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
"""

# ruff: noqa: SLF001 - the emulator has no other door
import json
import time
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sandbox.planes.aws.inside import queues
from sandbox.planes.aws.inside.background import Background
from sandbox.planes.aws.inside.emulator import Answer, Emulator
from sandbox.planes.aws.inside.invocations import scope_of
from sandbox.planes.aws.inside.queues import Message, Queue, Queues
from sandbox.planes.aws.moves import requests
from sandbox.planes.aws.moves.requests import RefusedError
from sandbox.planes.aws.moves.tasks import Task, Tasks, parsed

GONE = "AWS.SimpleQueueService.NonExistentQueue"
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-dlq-redrive.html
NO_SOURCE = "CouldNotDetermineMessageSource"
ACTIONS = ("StartMessageMoveTask", "ListMessageMoveTasks", "CancelMessageMoveTask", "ListDeadLetterSourceQueues")


class Moves(Background):
    """Redrive of dead-letter queues."""

    name = "moves"
    adds = "dead letters can be moved back: StartMessageMoveTask, ListMessageMoveTasks, CancelMessageMoveTask"
    needs = MappingProxyType(
        {
            **queues.NEEDS,
            "sqs": (
                *queues.NEEDS["sqs"],
                "_Err",
                "_HANDLERS",
                "_externalize_url",
                "_get_q",
                "_normalise",
                "_p",
                "_to_xml",
                "_xml_resp",
                "queue_delay",
            ),
            "core.iam_actions": ("extract_resource_arn",),
            "core.responses": ("get_account_id", "get_region"),
        }
    )

    def __init__(self, emulator: Emulator, settings: Mapping[str, Any]) -> None:
        super().__init__(emulator, settings)
        self._tasks = Tasks()

    def install(self) -> None:
        """Answer the actions that the emulator has not, in both of its protocols."""
        self._sqs, self._queues = self.emulator.module("sqs"), Queues(self.emulator)
        acts = (self._start, self._list, self._cancel, self._sources)
        self._sqs._HANDLERS.update({name: self._guarded(act) for name, act in zip(ACTIONS, acts, strict=True)})
        self._normalised = self.emulator.replace("sqs", "_normalise", self._normalise)
        self._written = self.emulator.replace("sqs", "_to_xml", self._to_xml)
        self._resource = self.emulator.replace("core.iam_actions", "extract_resource_arn", self._resource_of)

    def load(self, state: Any) -> None:
        """The tasks of the run before; those that ran go on."""
        self._tasks.restore(state)

    def save(self) -> Any:
        """All tasks."""
        return self._tasks.saved()

    def reset(self) -> None:
        """No tasks."""
        self._tasks.clear()

    def figures(self) -> Mapping[str, Any]:
        """The tasks that run."""
        return {"running": [task.described() for task in self._tasks.active()]}

    def _start(self, data: Mapping[str, Any]) -> dict[str, Any]:
        source, destination, rate = self._owned(data, "SourceArn"), data.get("DestinationArn"), requests.rate_of(data)
        arn = str(data["SourceArn"])
        if not any(self._dead_letters_of(queue) == arn for queue in self._queues.all()):
            raise requests.invalid(requests.NO_DEAD_LETTERS)
        if destination:
            if destination == arn:
                raise requests.invalid(requests.SAME)
            if self._owned(data, "DestinationArn")["is_fifo"] != source["is_fifo"]:
                raise RefusedError("UnsupportedOperation", requests.OTHER_KIND)
        if any(task.active for task in self._tasks.of(arn)):
            raise requests.invalid(requests.RUNNING)
        self._queues.tidy(source)
        task = Task(arn, str(destination or ""), rate, self._queues.available(source), time.time())
        self._tasks.add(task)
        self._waker.wake()
        return {"TaskHandle": task.handle}

    def _list(self, data: Mapping[str, Any]) -> dict[str, Any]:
        self._owned(data, "SourceArn")
        most = requests.results_of(data)
        return {"Results": [task.described() for task in self._tasks.of(str(data["SourceArn"]))[:most]]}

    def _cancel(self, data: Mapping[str, Any]) -> dict[str, Any]:
        task = self._tasks.named(str(data.get("TaskHandle")))
        if task is None or not self._ours(task.source):
            raise requests.missing("TaskHandle")
        if task.status != "RUNNING":
            raise RefusedError("UnsupportedOperation", requests.NOT_RUNNING)
        task.end("CANCELLING")
        self._waker.wake()
        return {"ApproximateNumberOfMessagesMoved": task.moved}

    def _sources(self, data: Mapping[str, Any]) -> dict[str, Any]:
        arn = self._sqs._get_q(data.get("QueueUrl", ""))["attributes"]["QueueArn"]
        found = [queue["url"] for queue in self._queues.all() if self._dead_letters_of(queue) == arn]
        first, most = int(data.get("NextToken") or 0), int(data.get("MaxResults") or 1000)
        page = [self._sqs._externalize_url(url) for url in found[first : first + most]]
        more = {"NextToken": str(first + most)} if data.get("MaxResults") and found[first + most :] else {}
        return {"queueUrls": page, **more}

    async def _work(self) -> float | None:
        now = time.time()
        for task in self._tasks.active():
            if task.status == "CANCELLING":
                task.end("CANCELLED")
            elif task.due <= now:
                count, seconds = task.step()
                task.due = now + seconds
                self._step(task, count)
        return min((task.due for task in self._tasks.active()), default=None)

    def _step(self, task: Task, count: int) -> None:
        source = self._queues.find(task.source)
        if source is None:
            task.end("FAILED", GONE)
            return
        messages = self._queues.visible(source, count)
        for message in messages:
            origin = task.destination or str((message.get("sys") or {}).get("DeadLetterQueueSourceArn") or "")
            destination = self._queues.find(origin)
            if destination is None:
                task.end("FAILED", GONE if origin else NO_SOURCE)
                return
            with self.emulator.scope(*scope_of(origin)):
                self._queues.remove(source, message)
                self._queues.put(destination, self._renewed(message, destination))
            task.moved += 1
        if task.moved >= task.to_move or len(messages) < count:
            task.end("COMPLETED")

    def _renewed(self, message: Message, queue: Queue) -> Message:
        now = time.time()
        system = {k: v for k, v in (message.get("sys") or {}).items() if k != "DeadLetterQueueSourceArn"}
        kept = {name: value for name, value in message.items() if name != "enqueued_at"}
        if queue["is_fifo"]:
            queue["fifo_seq"] += 1
            kept["seq"] = str(queue["fifo_seq"]).zfill(20)
        return {
            **kept,
            "id": str(uuid.uuid4()),
            "receipt_handle": None,
            "sent_at": now,
            "visible_at": now + self._sqs.queue_delay(queue),
            "receive_count": 0,
            "first_receive_at": None,
            "sys": {**system, "SentTimestamp": str(int(now * 1000))},
        }

    def _owned(self, data: Mapping[str, Any], parameter: str) -> Queue:
        arn = str(data.get(parameter) or "")
        queue = self._queues.find(arn) if self._ours(arn) else None
        if queue is None:
            raise requests.missing(parameter)
        return queue

    def _ours(self, arn: str) -> bool:
        responses = self.emulator.module("core.responses")
        return arn.count(":") == 5 and scope_of(arn) == (responses.get_account_id(), responses.get_region())

    def _dead_letters_of(self, queue: Queue) -> str:
        try:
            policy = json.loads(queue["attributes"].get("RedrivePolicy") or "{}")
        except ValueError:
            return ""
        return str(policy.get("deadLetterTargetArn") or "") if isinstance(policy, dict) else ""

    def _guarded(self, act: Any) -> Any:
        def handler(data: dict[str, Any], url: str) -> dict[str, Any]:
            try:
                return act({"QueueUrl": url, **data})
            except RefusedError as error:
                raise self._sqs._Err(error.code, error.message, error.status) from error

        return handler

    def _normalise(self, action: str, params: Any) -> dict[str, Any]:
        found: dict[str, Any] = self._normalised(action, params)
        if action in ACTIONS:
            found.update((name, value) for name in requests.PARAMETERS if (value := self._sqs._p(params, name)))
        return found

    def _to_xml(self, action: str, result: dict[str, Any]) -> Answer:
        if action not in ACTIONS:
            return self._written(action, result)
        return self._sqs._xml_resp(200, f"{action}Response", requests.as_xml(action, result))

    def _resource_of(self, service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any) -> str:
        """Of a move the dead-letter queue is what permissions are asked for; the emulator knows queue URLs alone."""
        action = headers.get("x-amz-target", "").rpartition(".")[2] if service == "sqs" else ""
        if action in ACTIONS[:3]:
            try:
                data = json.loads(body)
                arn = data.get("SourceArn") or parsed(str(data.get("TaskHandle")))[1]
            except (ValueError, AttributeError):
                arn = ""
            if arn:
                return str(arn)
        return str(self._resource(service, method, path, headers, body, *rest))
