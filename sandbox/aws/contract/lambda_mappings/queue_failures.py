"""Lambda: what becomes of messages of a queue that a function does not process."""

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.function_sources import GUIDE
from sandbox.aws.contract.fixtures.queue_consumers import FIRST, make_consumer
from sandbox.contract.behaviour import behaviour, expect

ERRORS = f"{GUIDE}/services-sqs-errorhandling.html"
PARTIAL = f"{GUIDE}/services-sqs-errorhandling.html#services-sqs-batchfailurereporting"
REPORTS_ALL = 'return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in records]}'
# Says what it leaves done, and reports the rest.
AT_RANDOM = """
        failed = {r["messageId"] for r in records if random.random() < 0.3}
        done = [b["n"] for r, b in zip(records, bodies) if r["messageId"] not in failed]
        print("HEARD " + json.dumps({"done": done, "bodies": [], "began": began}))
        return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}
"""


def check_retries(aws: AwsAccount, reply: str, times: int) -> None:
    """Two messages reach a function so often that answers their first batch so."""
    made = make_consumer(aws, FIRST + reply, partial=True, visible=2, MaximumBatchingWindowInSeconds=1)
    made.send({"n": 0}, {"n": 1})
    made.wait_for_batches(2 * times)
    aws.wait_for(made.is_empty, "an empty queue")
    seen = [message["n"] for call in made.list_calls() for message in call["bodies"]]
    expect((seen.count(0), seen.count(1)) == (times, times), f"they were tried as {seen}, not {times} times each")


@behaviour(service="lambda", source=ERRORS)
def a_failed_batch_comes_back_after_its_visibility_timeout(aws: AwsAccount) -> None:
    """Messages of a batch that failed are received again once their visibility timeout is over, not before."""
    made = make_consumer(aws, FIRST + 'if first: raise ValueError("once")', visible=3)
    made.send({"n": 0})
    first, second = made.wait_for_calls(lambda calls: len(calls) == 2)
    waited = second["began"] - first["began"]
    expect(waited > 2, f"tried again after {waited:.1f} s")
    count = second["first"][0]["attributes"]["ApproximateReceiveCount"]
    expect(count == "2", f"receive count {count}")
    aws.wait_for(made.is_empty, "an empty queue")


@behaviour(service="lambda", source=ERRORS)
def a_failed_batch_does_not_hold_up_the_others(aws: AwsAccount) -> None:
    """While a failed message waits for its visibility timeout, the other messages of the queue are processed."""
    made = make_consumer(aws, visible=10, BatchSize=1)
    made.send({"n": 0, "bad": True})
    made.wait_for_batches(1)
    made.send(*({"n": number} for number in range(1, 9)))
    seen = sorted(message["n"] for batch in made.wait_for_batches(9, seconds=8) for message in batch)
    expect(seen == list(range(9)), f"before that time was over it was given {seen}")


@behaviour(service="lambda", source=PARTIAL)
def an_empty_list_of_failures_is_a_success(aws: AwsAccount) -> None:
    """An empty list of failures means that the whole batch is done."""
    check_retries(aws, 'return {"batchItemFailures": []}', times=1)


@behaviour(service="lambda", source=PARTIAL)
def a_null_answer_is_a_success(aws: AwsAccount) -> None:
    """A function that returns nothing has processed its whole batch."""
    check_retries(aws, "return None", times=1)


@behaviour(service="lambda", source=PARTIAL)
def an_answer_without_a_list_is_a_success(aws: AwsAccount) -> None:
    """A function that returns an object without failures has processed its whole batch."""
    check_retries(aws, 'return {"statusCode": 200}', times=1)


@behaviour(service="lambda", source=PARTIAL)
def an_empty_identifier_fails_the_whole_batch(aws: AwsAccount) -> None:
    """An empty identifier among the failures fails the whole batch."""
    check_retries(aws, 'return {"batchItemFailures": [{"itemIdentifier": ""}] if first else []}', times=2)


@behaviour(service="lambda", source=PARTIAL)
def a_null_identifier_fails_the_whole_batch(aws: AwsAccount) -> None:
    """A null identifier among the failures fails the whole batch."""
    check_retries(aws, 'return {"batchItemFailures": [{"itemIdentifier": None}] if first else []}', times=2)


@behaviour(service="lambda", source=PARTIAL)
def a_misnamed_identifier_fails_the_whole_batch(aws: AwsAccount) -> None:
    """A failure whose key has another name fails the whole batch."""
    check_retries(aws, 'return {"batchItemFailures": [{"id": records[0]["messageId"]}] if first else []}', times=2)


@behaviour(service="lambda", source=PARTIAL, cloud="the documentation names empty, null and misnamed identifiers alone")
def an_unknown_identifier_fails_the_whole_batch(aws: AwsAccount) -> None:
    """An identifier that is none of the batch's fails the whole batch."""
    check_retries(aws, 'return {"batchItemFailures": [{"itemIdentifier": "unknown"}] if first else []}', times=2)


@behaviour(service="lambda", source=PARTIAL)
def failures_are_not_read_unless_the_mapping_asks(aws: AwsAccount) -> None:
    """Without ReportBatchItemFailures a function that returns has processed its whole batch."""
    made = make_consumer(aws, REPORTS_ALL, visible=2)
    made.send({"n": 0})
    made.wait_for_batches(1)
    aws.wait_for(made.is_empty, "an empty queue")
    expect(len(made.list_calls()) == 1, "it was tried again")


@behaviour(service="lambda", source=ERRORS, seconds=60)
def a_consumer_that_fails_at_random_loses_nothing(aws: AwsAccount) -> None:
    """A function that fails three messages in ten at random processes every message in the end."""
    made = make_consumer(aws, AT_RANDOM, partial=True, visible=2)
    made.send(*({"n": number} for number in range(40)))
    calls = made.wait_for_calls(
        lambda calls: {n for c in calls for n in c.get("done", ())} == set(range(40)), seconds=50
    )
    aws.wait_for(made.is_empty, "an empty queue")
    expect(sum(len(call["bodies"]) for call in calls) > 40, "none failed")
