"""Deliveries of SNS that fail: to the subscription's dead-letter queue, where the emulator loses the message.

A queue or function that is gone or whose policy lets SNS not in is a client-side error, which AWS does not try again.
Functions are invoked asynchronously. Not enforced: retries and dead-letter queues of HTTP(S) subscriptions.
https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
"""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any

from aws_emulator.lambda_invocations.invocations import parse_scope
from aws_emulator.ministack.emulator import Emulator
from aws_emulator.ministack.supplement import EmulatorSupplement

logger = logging.getLogger("sandbox")


class Topics(EmulatorSupplement):
    """Messages that cannot be delivered are not lost."""

    name = "topics"
    adds = "SNS invokes functions asynchronously, and sends what it cannot deliver to the subscription's dead letters"

    def __init__(self, emulator: Emulator, settings: Mapping[str, Any]) -> None:
        super().__init__(emulator, settings)
        self._counts: Counter[str] = Counter()
        self._loop: asyncio.AbstractEventLoop | None = None

    def install(self) -> None:
        """Replace both deliveries."""
        self._sns, self._sqs = self.emulator.module("sns"), self.emulator.module("sqs")
        self._to_queue = self.emulator.replace("sns", "_deliver_to_sqs", self._deliver_to_queue)
        self._to_function = self.emulator.replace("sns", "_deliver_to_lambda", self._deliver_to_function)

    async def start(self) -> None:
        """Know the loop: functions are delivered to from threads, and queues change on the loop alone."""
        self._loop = asyncio.get_running_loop()

    def reset(self) -> None:
        """No counts."""
        self._counts.clear()

    def collect_figures(self) -> Mapping[str, Any]:
        """How many messages went to dead-letter queues, and how many were lost for want of one."""
        return {"dead_lettered": self._counts["dead_lettered"], "lost": self._counts["lost"]}

    def _deliver_to_queue(self, endpoint: str, envelope: str, raw: bool, message: str, **rest: Any) -> None:
        topic = rest.get("topic_arn", "")
        queue = self._sqs._queue_by_arn(endpoint)
        if queue is not None and self._sqs.queue_policy_allows(
            endpoint, "sns.amazonaws.com", topic, parse_scope(topic)[0] if topic else ""
        ):
            self._to_queue(endpoint, envelope, raw, message, **rest)
            return
        group = {"MessageGroupId": rest["message_group_id"]} if rest.get("message_group_id") else {}
        dedup = {"MessageDeduplicationId": rest["message_dedup_id"]} if rest.get("message_dedup_id") else {}
        attributes = {"MessageAttributes": rest.get("message_attributes") or {}} if raw else {}
        letter = {"MessageBody": message if raw else envelope, **attributes, **group, **dedup}
        self._send_dead_letter(
            topic, _match_endpoint(endpoint), letter, f"queue {endpoint} is gone or does not let SNS in"
        )

    def _deliver_to_function(self, endpoint: str, envelope: str, topic: str, subscription: str, *rest: Any) -> None:
        denied = self.emulator.permissions.check_resource_policy(
            "lambda", endpoint, "sns.amazonaws.com", "lambda:InvokeFunction", topic
        )
        record, _, _ = self.emulator.module("lambda_svc")._get_func_record_for_ref(endpoint)
        if denied or record is None:
            letter, why = {"MessageBody": envelope}, denied or f"function {endpoint} is gone"
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._send_dead_letter, topic, _match_arn(subscription), letter, why)
        elif self.emulator.asynchronous is None:
            self._to_function(endpoint, envelope, topic, subscription, *rest)
        else:
            notification = {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription,
                "Sns": json.loads(envelope),
            }
            self.emulator.asynchronous.accept(endpoint, {"Records": [notification]})

    def _send_dead_letter(self, topic: str, wanted: Any, letter: Mapping[str, Any], why: str) -> None:
        found = self._sns._topic_by_arn_any_scope(topic) or {}
        subscription = next(filter(wanted, found.get("subscriptions") or ()), None)
        arn = _find_dead_letter_queue(subscription or {})
        if arn and self._try_send(arn, letter, topic):
            self._counts["dead_lettered"] += 1
            return
        self._counts["lost"] += 1
        logger.warning("a message of %s is lost: %s, and there is no queue for dead letters", topic, why)

    def _try_send(self, arn: str, letter: Mapping[str, Any], topic: str) -> bool:
        queue = self._sqs._queue_by_arn(arn)
        account = parse_scope(topic)[0]
        if queue is None or not self._sqs.queue_policy_allows(arn, "sns.amazonaws.com", topic, account):
            return False
        with self.emulator.scope(*parse_scope(arn)):
            url = self._sqs._queue_url_for_account(account, queue["name"])
            try:
                self._sqs._act_send_message({"QueueUrl": url, **letter}, url)
            except self._sqs._Err as error:
                logger.warning("dead letters of %s: %s", topic, error.message)
                return False
        return True


def _match_endpoint(endpoint: str) -> Any:
    return lambda subscription: subscription.get("endpoint") == endpoint


def _match_arn(arn: str) -> Any:
    return lambda subscription: subscription.get("arn") == arn


def _find_dead_letter_queue(subscription: Mapping[str, Any]) -> str:
    try:
        policy = json.loads((subscription.get("attributes") or {}).get("RedrivePolicy") or "{}")
    except ValueError:
        return ""
    return str(policy.get("deadLetterTargetArn") or "") if isinstance(policy, dict) else ""
