"""The account's quotas: concurrency of functions, messages in flight, rules, targets and calls of a bus.

How many executions run is counted where the emulator counts it, which every way to run a function passes. The rates of
APIs are kept by the supplement that serves them, the throughput of tables by `capacity`; all ask `emulator.quotas`.
"""

import json
import time
from collections.abc import Mapping
from typing import Any

from aws_emulator.ministack.emulator import Emulator, ServiceRequest, ServiceResponse
from aws_emulator.ministack.supplement import EmulatorSupplement
from aws_emulator.quotas.concurrency import ConcurrencyQuota
from aws_emulator.quotas.table import QUOTAS, validate_quota

TOO_MANY = "The requested resource exceeds the maximum number allowed."
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
OVER_LIMIT = (
    "Too many messages have been received without being deleted. "
    "Please delete your received messages or let them timeout before receiving more."
)


class Quotas(EmulatorSupplement):
    """Quotas of the account, AWS's unless set by `PUT /_sandbox/quotas`."""

    name = "quotas"
    adds = "the account's quotas hold: concurrency of functions, messages in flight, rules, targets, calls a second"

    def install(self) -> None:
        """Replace what the emulator counts."""
        ConcurrencyQuota(self.emulator).install()
        InFlightQuota(self.emulator).install()
        self.emulator.before("events", EventBridgeQuotas(self.emulator).refuse_exceeding)
        self._publish_concurrency()

    def load(self, state: Any) -> None:
        """The quotas that were set; one that can't be set any more is AWS's again."""
        self.emulator.quotas.change({name: value for name, value in state.items() if not validate_quota(name, value)})
        self._publish_concurrency()

    def save(self) -> Any:
        """The quotas that are set."""
        return dict(self.emulator.quotas.changed)

    def reset(self) -> None:
        """AWS's quotas again."""
        self.emulator.quotas.change({})
        self.emulator.quotas.clear()
        self._publish_concurrency()

    def collect_figures(self) -> Mapping[str, Any]:
        """The quotas that are not AWS's."""
        return self.emulator.quotas.changed

    async def administer(self, request: ServiceRequest) -> tuple[int, Any] | None:
        """`GET` lists all, `PUT` with names and numbers sets these and all others to AWS's."""
        if request.path or request.method not in ("GET", "PUT"):
            return None
        if request.method == "PUT":
            try:
                self.emulator.quotas.change(_parse_numbers(request.body))
            except ValueError as error:
                return 400, {"message": str(error)}
            self._publish_concurrency()
        value = self.emulator.quotas.value
        return 200, {
            "quotas": [{"name": q.name, "value": value(q.name), "default": q.default} for q in QUOTAS.values()]
        }

    def _publish_concurrency(self) -> None:
        """GetAccountSettings answers with this."""
        self.emulator.module("lambda_svc")._ACCOUNT_CONCURRENCY_CAP = self.emulator.quotas.value("lambda.concurrency")


class EventBridgeQuotas:
    """Calls of PutEvents a second, rules of a bus, targets of a rule."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator, self._service = emulator, emulator.module("eventbridge")
        self._responses = emulator.module("core.responses")

    async def refuse_exceeding(self, request: ServiceRequest) -> ServiceResponse | None:
        """The answer where a quota is used up."""
        if request.action == "PutEvents":
            key = self._responses.get_account_id(), self._responses.get_region()
            allowed = self._emulator.quotas.allow("events.putevents-rate", key)
            return None if allowed else self._responses.error_response_json("ThrottlingException", "Rate exceeded", 400)
        counted = {"PutRule": self._exceeds_rules, "PutTargets": self._exceeds_targets}.get(request.action)
        if counted and counted(_parse_object(request.body)):
            return self._responses.error_response_json("LimitExceededException", TOO_MANY, 400)
        return None

    def _exceeds_rules(self, data: Mapping[str, Any]) -> bool:
        bus, rules = data.get("EventBusName") or "default", self._service._rules
        if self._service._rule_key(data.get("Name"), bus) in rules:
            return False
        count = sum(rule.get("EventBusName", "default") == bus for rule in rules.values())
        return count >= self._emulator.quotas.value("events.rules-per-bus")

    def _exceeds_targets(self, data: Mapping[str, Any]) -> bool:
        key = self._service._rule_key(data.get("Rule"), data.get("EventBusName") or "default")
        found = [*(self._service._targets.get(key) or ()), *(data.get("Targets") or ())]
        ids = {target.get("Id") for target in found if isinstance(target, dict)}
        return len(ids) > self._emulator.quotas.value("events.targets-per-rule")


def _parse_object(body: bytes) -> Mapping[str, Any]:
    """A JSON object; empty for anything else, which the service refuses itself."""
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _parse_numbers(body: bytes) -> Mapping[str, Any]:
    """Quotas by name.

    Raises:
        ValueError: the body is no JSON object.
    """
    try:
        found = json.loads(body or b"{}")
    except ValueError as error:
        msg = f'the body is no JSON ({error}); send names and numbers: {{"lambda.concurrency": 10}}'
        raise ValueError(msg) from None
    if not isinstance(found, dict):
        msg = f'the body is {found!r}; send names and numbers: {{"lambda.concurrency": 10}}'
        raise ValueError(msg)  # noqa: TRY004 - what was sent is wrong, not the code
    return found


class InFlightQuota:
    """Messages of a queue that are received and not yet deleted."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator, self._service = emulator, emulator.module("sqs")

    def install(self) -> None:
        """Replace the choice of messages, and ReceiveMessage."""
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
