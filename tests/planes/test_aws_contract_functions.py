"""What the shop needs of Lambda."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError
from plane_fixture import AwsPlane, eventually, named, zipped

pytestmark = pytest.mark.plane

ECHO = """
    import os
    def handler(event, context):
        print("heard", event)
        return {"event": event, "version": os.environ["AWS_LAMBDA_FUNCTION_VERSION"], "set": os.environ.get("SET")}
"""
SLEEPS = """
    import time
    def handler(event, context):
        print("sleeps")
        time.sleep(event)
        return "awake"
"""


def test_a_function_gets_its_event_and_its_environment(aws_plane: AwsPlane) -> None:
    function = aws_plane.function(ECHO, Environment={"Variables": {"SET": "by the stack"}})
    answer = aws_plane.invoke(function, {"order": "A-1"})
    assert answer["error"] is None
    assert answer["payload"]["event"] == {"order": "A-1"}
    assert answer["payload"]["set"] == "by the stack"


def test_a_function_finds_the_plane_without_being_told_an_endpoint(aws_plane: AwsPlane) -> None:
    queue = aws_plane.queue()
    function = aws_plane.function(
        """
        import boto3
        def handler(event, context):
            print("sends")
            return boto3.client("sqs").send_message(QueueUrl=event, MessageBody="from inside")["MessageId"]
        """,
        Timeout=10,
    )
    assert aws_plane.invoke(function, queue)["error"] is None
    assert aws_plane.taken(queue) == ["from inside"]


def test_a_function_imports_what_its_layer_holds(aws_plane: AwsPlane) -> None:
    layer = aws_plane.clients.lambda_.publish_layer_version(
        LayerName=named("layer"), Content={"ZipFile": zipped({"python/extra.py": "answer = 42"})}
    )
    source = """
        import extra
        def handler(event, context):
            print("imported")
            return extra.answer
    """
    assert aws_plane.invoke(aws_plane.function(source, Layers=[layer["LayerVersionArn"]]))["payload"] == 42


def test_a_function_is_ended_at_its_timeout(aws_plane: AwsPlane) -> None:
    answer = aws_plane.invoke(aws_plane.function(SLEEPS, Timeout=1), 30)
    assert answer["error"] == "Unhandled"
    assert "Task timed out after 1.00 seconds" in answer["payload"]["errorMessage"]


def test_a_function_that_raises_answers_with_an_error_and_works_on(aws_plane: AwsPlane) -> None:
    source = """
        def handler(event, context):
            print("called")
            return 1 / event
    """
    function = aws_plane.function(source)
    failed = aws_plane.invoke(function, 0)
    assert (failed["error"], "division by zero" in failed["payload"]["errorMessage"]) == ("Unhandled", True)
    assert aws_plane.invoke(function, 2)["payload"] == 0.5


def test_a_function_that_raises_at_import_says_so(aws_plane: AwsPlane) -> None:
    answer = aws_plane.invoke(aws_plane.function('raise RuntimeError("no table set")'))
    assert answer["error"] == "Unhandled"
    assert "no table set" in answer["payload"]["errorMessage"]


def test_calls_beyond_the_reserved_concurrency_are_throttled(aws_plane: AwsPlane) -> None:
    function = aws_plane.function(SLEEPS, Timeout=10)
    aws_plane.clients.lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=1)

    def call(_: int) -> str:
        try:
            return str(aws_plane.invoke(function, 0.8)["payload"])
        except ClientError as error:
            return f"{error.response['ResponseMetadata']['HTTPStatusCode']} {error.response['Error']['Code']}"

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(call, range(6)))
    assert answers.count("awake") >= 1
    assert answers.count("429 TooManyRequestsException") >= 1


def test_a_reserved_concurrency_of_zero_stops_a_function(aws_plane: AwsPlane) -> None:
    function = aws_plane.function(ECHO)
    aws_plane.clients.lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError, match="TooManyRequests"):
        aws_plane.invoke(function)


def test_an_alias_runs_its_version_until_it_is_moved(aws_plane: AwsPlane) -> None:
    plane, function = aws_plane.clients.lambda_, aws_plane.function(ECHO, Publish=True)
    live = plane.create_alias(FunctionName=function, Name="live", FunctionVersion="1")["AliasArn"]
    newer = ECHO.replace('"event": event', '"event": "newer"')
    plane.update_function_code(FunctionName=function, ZipFile=zipped({"main.py": newer}), Publish=True)
    assert aws_plane.invoke(live, "old")["payload"]["event"] == "old"
    plane.update_alias(FunctionName=function, Name="live", FunctionVersion="2")
    assert aws_plane.invoke(live, "old")["payload"]["event"] == "newer"


def test_a_changed_environment_reaches_the_next_call(aws_plane: AwsPlane) -> None:
    function = aws_plane.function(ECHO, Environment={"Variables": {"SET": "before"}})
    assert aws_plane.invoke(function)["payload"]["set"] == "before"
    aws_plane.clients.lambda_.update_function_configuration(
        FunctionName=function, Environment={"Variables": {"SET": "after"}}
    )
    assert aws_plane.invoke(function)["payload"]["set"] == "after"


def test_publishing_unchanged_code_gives_the_same_version(aws_plane: AwsPlane) -> None:
    function = aws_plane.function(ECHO)
    versions = [aws_plane.clients.lambda_.publish_version(FunctionName=function)["Version"] for _ in range(2)]
    assert versions == ["1", "1"]


def test_what_a_function_prints_is_in_the_log_group_that_it_names(aws_plane: AwsPlane) -> None:
    group = named("/shop/log")
    aws_plane.clients.logs.create_log_group(logGroupName=group)
    function = aws_plane.function(ECHO, LoggingConfig={"LogGroup": group})
    aws_plane.invoke(function, "a remarkable word")
    eventually(
        lambda: [
            e
            for e in aws_plane.clients.logs.filter_log_events(logGroupName=group)["events"]
            if "a remarkable word" in e["message"]
        ],
        "the printed line in the log group",
    )


def test_an_asynchronous_call_that_keeps_failing_goes_to_the_failure_queue(aws_plane: AwsPlane) -> None:
    lost = aws_plane.queue()
    function = aws_plane.function("def handler(event, context):\n    raise ValueError('always')")
    aws_plane.clients.lambda_.put_function_event_invoke_config(
        FunctionName=function,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": aws_plane.arn_of(lost)}},
    )
    aws_plane.clients.lambda_.invoke(FunctionName=function, InvocationType="Event", Payload=b'{"order": "A-7"}')
    (record,) = eventually(lambda: aws_plane.taken(lost, wait=1), "the event in the failure queue")
    assert '"A-7"' in record


def test_a_code_archive_cannot_write_outside_its_own_directory(aws_plane: AwsPlane) -> None:
    absolute = aws_plane.run_dir / "escaped.txt"
    files = {"main.py": ECHO, "../../../../escaped.txt": "up", str(absolute): "absolute"}
    function = aws_plane.function("", Code={"ZipFile": zipped(files)})
    assert aws_plane.invoke(function, 1)["error"] is None
    temporary = aws_plane.run_dir / "run" / "aws" / "tmp"
    escaped = [p for p in aws_plane.run_dir.parent.rglob("escaped.txt") if not p.is_relative_to(temporary)]
    assert escaped == []
