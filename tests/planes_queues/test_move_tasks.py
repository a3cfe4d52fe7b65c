"""Message move tasks: pace, answers, handles, and requests that are refused."""

import pytest

from sandbox.planes.aws.moves.requests import RefusedError, as_xml, rate_of, results_of
from sandbox.planes.aws.moves.tasks import Task, Tasks, parsed

SOURCE = "arn:aws:sqs:eu-west-1:111122223333:dead"


def task(to_move: int = 1000, rate: int | None = None) -> Task:
    return Task(SOURCE, "", rate, to_move, 1.5)


@pytest.mark.parametrize(
    ("rate", "count", "seconds"), [(None, 50, 0.1), (500, 50, 0.1), (1, 1, 1.0), (4, 1, 0.25), (25, 2, 0.08)]
)
def test_a_task_moves_at_its_rate(rate: int | None, count: int, seconds: float) -> None:
    found = task(rate=rate).step()
    assert found == (count, pytest.approx(seconds))
    assert found[0] / found[1] <= (rate or 500)


def test_a_task_moves_no_more_than_there_was() -> None:
    made = task(to_move=3)
    made.moved = 1
    assert made.step()[0] == 2


def test_only_a_running_task_shows_its_handle() -> None:
    made = task(rate=5)
    assert parsed(made.described()["TaskHandle"]) == (made.id, SOURCE)
    made.end("FAILED", "CouldNotDetermineMessageSource")
    assert made.described() == {
        "Status": "FAILED",
        "SourceArn": SOURCE,
        "MaxNumberOfMessagesPerSecond": 5,
        "ApproximateNumberOfMessagesMoved": 0,
        "ApproximateNumberOfMessagesToMove": 1000,
        "FailureReason": "CouldNotDetermineMessageSource",
        "StartedTimestamp": 1500,
    }


def test_a_queue_keeps_its_ten_newest_tasks_over_a_restart_too() -> None:
    tasks, made = Tasks(), [task(number) for number in range(12)]
    for one in made:
        tasks.add(one)
    again = Tasks()
    again.restore(tasks.saved())
    assert again.of(SOURCE) == made[:1:-1]
    assert again.named(made[-1].handle) == made[-1]
    assert again.named(made[0].handle) is None


@pytest.mark.parametrize("handle", ["", "none", "e30=", "W10=", "bnVsbA==", "é"])
def test_a_handle_that_is_none_names_no_task(handle: str) -> None:
    assert parsed(handle) == ("", "")
    assert Tasks().named(handle) is None


@pytest.mark.parametrize("given", [0, 501, -1, "x", 1.5, True])
def test_a_rate_out_of_range_is_refused_by_its_name(given: object) -> None:
    with pytest.raises(RefusedError, match="MaxNumberOfMessagesPerSecond") as refused:
        rate_of({"MaxNumberOfMessagesPerSecond": given})
    assert refused.value.code == "InvalidParameterValue"


@pytest.mark.parametrize(("given", "rate"), [({}, None), ({"MaxNumberOfMessagesPerSecond": "7"}, 7)])
def test_a_rate_may_be_left_out(given: dict[str, object], rate: int | None) -> None:
    assert rate_of(given) == rate


def test_one_task_is_listed_unless_more_are_wanted() -> None:
    assert (results_of({}), results_of({"MaxResults": 10})) == (1, 10)
    with pytest.raises(RefusedError, match="between 1 and 10"):
        results_of({"MaxResults": 11})


def test_answers_are_flat_lists_in_the_query_protocol() -> None:
    found = as_xml("ListMessageMoveTasks", {"Results": [{"Status": "RUNNING"}, {"Status": "<x>"}]})
    entry = "<ListMessageMoveTasksResultEntry><Status>{}</Status></ListMessageMoveTasksResultEntry>"
    whole = entry.format("RUNNING") + entry.format("&lt;x&gt;")
    assert found == f"<ListMessageMoveTasksResult>{whole}</ListMessageMoveTasksResult>"
    assert as_xml("ListDeadLetterSourceQueues", {"queueUrls": ["a"]}).count("<QueueUrl>a</QueueUrl>") == 1
