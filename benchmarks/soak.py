"""Messages through a bus, a queue and a function whose handler fails at random: none lost, none stuck, memory flat.

A rule sends every event to a queue with a dead-letter queue; a function takes batches of it, writes what it has done to
a table, reports one record in twenty as failed, and a poisoned one always. Afterwards every number is in the table, or
poisoned and in the dead-letter queue. `--messages` says how many; the default takes some minutes.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from support.functions import function, role_for_all

from sandbox.aws.clients import Clients
from sandbox.aws.plane import AWS_REGION, PLANE
from sandbox.host.sandbox import Sandbox

MESSAGES = 100_000
ENTRIES = 10
"""https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html: at most in a request."""
POISON_EVERY = 1_000
RECEIVES = 6
TIMEOUT = 2
"""Of the function, in seconds; messages are hidden six times as long.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""
# The emulator's receive slows with a queue's depth; a consumer that keeps up is what is wanted here.
DEPTH = 3_000
QUIET_SECONDS = 120
HANDLER = """
import json, os, random
import boto3

table = boto3.client("dynamodb")

def handler(event, context):
    failed, done = [], {}
    for record in event["Records"]:
        detail = json.loads(record["body"])["detail"]
        if detail["poison"] or random.random() < 0.05:
            failed.append({"itemIdentifier": record["messageId"]})
        else:
            done[detail["number"]] = {"PutRequest": {"Item": {"pk": {"N": str(detail["number"])}}}}
    left = {os.environ["TABLE"]: list(done.values())} if done else {}
    while left:
        left = table.batch_write_item(RequestItems=left)["UnprocessedItems"]
    return {"batchItemFailures": failed}
"""


@dataclass
class Course:
    """What is sent through, and what was seen on the way."""

    clients: Clients
    bus: str
    queue: str
    dead: str
    table: str
    memory: list[tuple[int, float]] = field(default_factory=list)
    """Messages sent, and MB of all processes."""


def main() -> None:
    """Send, wait until the queue is empty, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=MESSAGES)
    messages = parser.parse_args().messages
    with tempfile.TemporaryDirectory(prefix="scaleshop-soak-") as directory:
        sandbox = Sandbox(Path(directory), [PLANE])
        try:
            endpoint = sandbox.start("aws").endpoint or ""
            course = _laid(Clients(lambda: endpoint, AWS_REGION))
            started = time.monotonic()
            _send(course, messages, lambda: _memory(sandbox))
            _drain(course)
            taken = time.monotonic() - started
            print(f"{messages} messages in {taken:.0f} s, {messages / taken:.0f}/s")
            sound = _compared(course, messages)
        finally:
            sandbox.stop()
    sys.exit(0 if sound else 1)


def _laid(clients: Clients) -> Course:
    dead = clients.sqs.create_queue(QueueName="soak-dead")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": _arn(clients, dead), "maxReceiveCount": RECEIVES})
    attributes = {"VisibilityTimeout": str(6 * TIMEOUT), "RedrivePolicy": redrive}
    queue = clients.sqs.create_queue(QueueName="soak", Attributes=attributes)["QueueUrl"]
    clients.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": _open_to_rules(_arn(clients, queue))})
    clients.dynamodb.create_table(
        TableName="soak",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "N"}],
    )
    clients.events.create_event_bus(Name="soak")
    clients.events.put_rule(Name="soak", EventBusName="soak", EventPattern='{"source": ["soak"]}')
    clients.events.put_targets(Rule="soak", EventBusName="soak", Targets=[{"Id": "queue", "Arn": _arn(clients, queue)}])
    role_for_all(clients)
    made = function(clients, "soak", HANDLER, Timeout=TIMEOUT, Environment={"Variables": {"TABLE": "soak"}})
    clients.lambda_.create_event_source_mapping(
        EventSourceArn=_arn(clients, queue),
        FunctionName=made,
        BatchSize=ENTRIES,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        ScalingConfig={"MaximumConcurrency": 5},
    )
    return Course(clients, "soak", queue, dead, "soak")


def _send(course: Course, messages: int, measured: Callable[[], float]) -> None:
    numbers = iter(range(messages))
    sent = 0
    with ThreadPoolExecutor(4) as pool:
        while sent < messages:
            room = max(0, DEPTH - _depth(course))
            batches = list(_batches(numbers, room))
            sent += sum(pool.map(lambda batch: _put(course, batch), batches))
            course.memory.append((sent, measured()))
            _progress(f"{sent} of {messages} sent, {course.memory[-1][1]:.0f} MB")
            if not batches:
                time.sleep(0.1)  # between two looks at the depth


def _batches(numbers: Iterator[int], room: int) -> Iterator[list[int]]:
    for _ in range(room // ENTRIES):
        batch = [number for _, number in zip(range(ENTRIES), numbers, strict=False)]
        if not batch:
            return
        yield batch


def _put(course: Course, numbers: list[int]) -> int:
    entries = [
        {
            "EventBusName": course.bus,
            "Source": "soak",
            "DetailType": "number",
            "Detail": json.dumps({"number": number, "poison": _poisoned(number)}),
        }
        for number in numbers
    ]
    answer = course.clients.events.put_events(Entries=entries)
    if answer["FailedEntryCount"]:
        raise SystemExit(f"entries were refused: {answer['Entries']}")
    return len(numbers)


def _drain(course: Course) -> None:
    """Wait until nothing waits and nothing is in flight; gives up when nothing moves."""
    seen, since = -1, time.monotonic()
    while (left := _depth(course)) > 0:
        if left != seen:
            seen, since = left, time.monotonic()
        if time.monotonic() - since > QUIET_SECONDS:
            return
        _progress(f"{left} left in the queue")
        time.sleep(0.5)  # between two looks at the depth


def _compared(course: Course, messages: int) -> bool:
    done = _written(course)
    poisoned = {number for number in range(messages) if _poisoned(number)}
    dead = _dead(course)
    lost = set(range(messages)) - done - dead
    figures: Mapping[str, int] = {
        "done": len(done),
        "dead letters": len(dead),
        "lost": len(lost),
        "stuck": _depth(course),
        "poisoned and not a dead letter": len(poisoned - dead),
        # One in twenty, six times in a row: 2e-8 of the messages.
        "dead letters that were not poisoned": len(dead - poisoned),
    }
    for name, number in figures.items():
        print(f"  {name}: {number}")
    half, end = _at(course, messages // 2), _at(course, messages)
    print(f"  memory of all processes at half and at the end: {half:.0f} and {end:.0f} MB ({end / half:.2f} times)")
    return not any((lost, figures["stuck"], poisoned - dead, dead - poisoned))


def _written(course: Course) -> set[int]:
    pages = course.clients.dynamodb.get_paginator("scan").paginate(TableName=course.table)
    return {int(item["pk"]["N"]) for page in pages for item in page["Items"]}


def _dead(course: Course) -> set[int]:
    found: set[int] = set()
    while messages := course.clients.sqs.receive_message(QueueUrl=course.dead, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.add(json.loads(message["Body"])["detail"]["number"])
            course.clients.sqs.delete_message(QueueUrl=course.dead, ReceiptHandle=message["ReceiptHandle"])
    return found


def _poisoned(number: int) -> bool:
    return number % POISON_EVERY == POISON_EVERY - 1


def _depth(course: Course) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = course.clients.sqs.get_queue_attributes(QueueUrl=course.queue, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


def _at(course: Course, sent: int) -> float:
    return next(memory for at, memory in course.memory if at >= sent)


def _memory(sandbox: Sandbox) -> float:
    (status,) = sandbox.status()
    pids = [status.pid, *(companion.pid for companion in status.companions)]
    return sum(_uss(process) for pid in pids if pid for process in _family(pid)) / 1e6


def _family(pid: int) -> list[psutil.Process]:
    leader = psutil.Process(pid)
    return [leader, *leader.children(recursive=True)]


def _uss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().uss)
    except psutil.Error:
        return 0


def _arn(clients: Clients, queue: str) -> str:
    found = clients.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    return str(found["Attributes"]["QueueArn"])


def _open_to_rules(queue: str) -> str:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


if __name__ == "__main__":
    main()
