"""Functions as on AWS: what they are given, what they answer, how they fail."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from running_emulator import RunningEmulator, make_name, wait_until, zip_files

pytestmark = [pytest.mark.plane, pytest.mark.xdist_group("aws-functions")]

COUNTS = """
    import os
    calls = 0
    def handler(event, context):
        global calls
        calls += 1
        if event == "raise":
            raise ValueError("no such sku")
        return {"calls": calls, "pid": os.getpid()}
"""
ENVIRONMENT = """
    import os, pathlib, tempfile, time
    def handler(event, context):
        pathlib.Path("written").write_text("mine")
        time.sleep(event)
        return {
            "variables": dict(os.environ), "directory": os.getcwd(), "temporary": tempfile.gettempdir(),
            "read": pathlib.Path("data/stock.txt").read_text(), "home": str(pathlib.Path.home()),
        }
"""


def test_an_error_has_its_class_its_message_and_its_stack_and_the_environment_works_on(plane: RunningEmulator) -> None:
    function = plane.function(COUNTS)
    first = plane.invoke(function)["payload"]
    failed = plane.invoke(function, "raise")
    assert failed["error"] == "Unhandled"
    assert failed["payload"]["errorType"] == "ValueError"
    assert failed["payload"]["errorMessage"] == "no such sku"
    assert 'raise ValueError("no such sku")' in failed["payload"]["stackTrace"][-1]
    assert plane.invoke(function)["payload"] == {"calls": 3, "pid": first["pid"]}


@pytest.mark.parametrize(
    ("source", "handler", "kind", "said"),
    [
        ("import nowhere_to_be_found", "main.handler", "Runtime.ImportModuleError", "No module named"),
        ("", "main.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'main'"),
        ("def handler(:", "main.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'main'"),
        ("", "handler", "Runtime.MalformedHandlerName", "Bad handler 'handler'"),
        ("raise KeyError('TABLE')", "main.handler", "KeyError", "'TABLE'"),
        ("import os; os._exit(7)", "main.handler", "Runtime.ExitError", "exit status 7"),
    ],
)
def test_a_function_that_can_not_initialise_says_why(
    plane: RunningEmulator, source: str, handler: str, kind: str, said: str
) -> None:
    answer = plane.invoke(plane.function(source, Handler=handler))
    assert (answer["error"], answer["payload"]["errorType"]) == ("Unhandled", kind)
    assert said in answer["payload"]["errorMessage"]
    assert answer["payload"].get("requestId", "none is given") != ""


def test_a_function_that_exits_fails_as_on_aws_and_starts_anew(plane: RunningEmulator) -> None:
    function = plane.function("""
        import os, sys
        def handler(event, context):
            if event == "exit":
                os._exit(1)
            if event == "leave":
                sys.exit(0)
            return os.getpid()
    """)
    first = plane.invoke(function)["payload"]
    failed = plane.invoke(function, "exit")["payload"]
    assert failed["errorType"] == "Runtime.ExitError"
    assert failed["errorMessage"].startswith("RequestId: ")
    assert failed["errorMessage"].endswith(" Error: Runtime exited with error: exit status 1")
    left = plane.invoke(function, "leave")["payload"]
    assert left["errorMessage"].endswith(" Error: Runtime exited without providing a reason")
    assert plane.invoke(function)["payload"] not in (None, first)


def test_nothing_of_the_host_is_in_an_environment_and_each_has_directories_of_its_own(plane: RunningEmulator) -> None:
    archive = zip_files({"main.py": ENVIRONMENT, "data/stock.txt": "12"})
    function = plane.function("", Code={"ZipFile": archive}, Environment={"Variables": {"TABLE": "orders"}})
    seen = plane.invoke(function, 0)["payload"]
    variables = seen["variables"]
    assert "of the host" not in json.dumps(seen)
    assert variables["TABLE"] == "orders"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == function.split(":")[6]
    assert variables["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert variables["AWS_ENDPOINT_URL"] == plane.endpoint
    assert seen["read"] == "12"
    assert seen["home"] == seen["temporary"] == variables["TMPDIR"]
    known = {*variables} - {"TABLE"}
    undocumented = {n for n in known if not n.startswith(("AWS_", "LAMBDA_", "_HANDLER", "_X_AMZN_TRACE_ID"))}
    assert undocumented <= {"LANG", "TZ", "PATH", "PYTHONPATH", "TMPDIR", "HOME", "LC_CTYPE"}


def test_a_function_signs_its_calls_and_finds_the_plane(plane: RunningEmulator) -> None:
    queue = plane.queue()
    function = plane.function(
        """
        import boto3
        def handler(event, context):
            return boto3.client("sqs").send_message(QueueUrl=event, MessageBody="from the function")["MessageId"]
        """,
        Timeout=10,
        MemorySize=256,
    )
    assert plane.invoke(function, queue)["error"] is None
    assert plane.take_messages(queue) == ["from the function"]


def test_layers_are_on_the_path_and_a_later_one_wins(plane: RunningEmulator) -> None:
    arns = [
        plane.clients.lambda_.publish_layer_version(
            LayerName=make_name("layer"), Content={"ZipFile": zip_files(files)}
        )["LayerVersionArn"]
        for files in (
            {"python/extra.py": "answer = 1", "python/one.py": "here = True"},
            {"python/extra.py": "answer = 2"},
        )
    ]
    function = plane.function(
        "import extra, one\ndef handler(event, context):\n    return [extra.answer, one.here]", Layers=arns
    )
    assert plane.invoke(function)["payload"] == [2, True]


def test_a_changed_setting_and_changed_code_reach_the_next_call(plane: RunningEmulator) -> None:
    function = plane.function("import os\ndef handler(e, c):\n    return os.environ.get('SET')")
    assert plane.invoke(function)["payload"] is None
    plane.clients.lambda_.update_function_configuration(
        FunctionName=function, Environment={"Variables": {"SET": "after"}}
    )
    assert plane.invoke(function)["payload"] == "after"
    code = zip_files({"main.py": "def handler(e, c):\n    return 'new code'"})
    plane.clients.lambda_.update_function_code(FunctionName=function, ZipFile=code)
    assert plane.invoke(function)["payload"] == "new code"
    wait_until(lambda: len(plane.environments(function)) == 1, "the environments of older revisions are gone")


def test_a_version_runs_its_own_code_even_if_it_was_never_called_before_the_next(plane: RunningEmulator) -> None:
    function = plane.function("def handler(e, c):\n    return c.function_version + ' old'", Publish=True)
    newer = zip_files({"main.py": "def handler(e, c):\n    return c.function_version + ' new'"})
    plane.clients.lambda_.update_function_code(FunctionName=function, ZipFile=newer, Publish=True)
    answers = [plane.invoke(f"{function}:{qualifier}")["payload"] for qualifier in ("1", "2", "$LATEST")]
    assert answers == ["1 old", "2 new", "$LATEST new"]


def test_the_weights_of_an_alias_are_honoured(plane: RunningEmulator) -> None:
    lambda_ = plane.clients.lambda_
    function = plane.function(
        "def handler(e, c):\n    return [c.function_version, c.invoked_function_arn]", Publish=True
    )
    newer = zip_files({"main.py": "def handler(e, c):\n    return [c.function_version, c.invoked_function_arn]  # 2"})
    lambda_.update_function_code(FunctionName=function, ZipFile=newer, Publish=True)
    live = lambda_.create_alias(
        FunctionName=function,
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
    )["AliasArn"]
    seen: list[str] = []
    for _ in range(40):
        found = lambda_.invoke(FunctionName=live)
        version, arn = json.load(found["Payload"])
        assert (found["ExecutedVersion"], arn) == (version, live)
        seen.append(version)
    # 2 in 2^40 runs would give one version alone.
    assert {*seen} == {"1", "2"}


def test_provisioned_concurrency_is_started_ahead_and_taken_back(plane: RunningEmulator) -> None:
    lambda_ = plane.clients.lambda_
    source = "import os\ndef handler(e, c):\n    return [os.environ['AWS_LAMBDA_INITIALIZATION_TYPE'], os.getpid()]"
    function = plane.function(source, Publish=True)
    # The version's code is not the function's any more.
    lambda_.update_function_code(FunctionName=function, ZipFile=zip_files({"main.py": "handler = None"}))
    lambda_.put_provisioned_concurrency_config(FunctionName=function, Qualifier="1", ProvisionedConcurrentExecutions=2)

    def warm() -> list[int] | None:
        found = [e["pid"] for e in plane.environments(function) if e["provisioned"] and e["state"] == "idle"]
        return found if len(found) == 2 else None

    pids = wait_until(warm, "two environments before the first call")
    kind, pid = plane.invoke(f"{function}:1")["payload"]
    assert (kind, pid in pids) == ("provisioned-concurrency", True)
    lambda_.delete_provisioned_concurrency_config(FunctionName=function, Qualifier="1")
    wait_until(lambda: not plane.environments(function), "they are ended when nobody wants them")


def test_nothing_of_a_function_runs_between_two_calls(plane: RunningEmulator) -> None:
    function = plane.function("""
        import threading, time
        ticks = 0
        def tick():
            global ticks
            while True:
                ticks += 1
                time.sleep(0.001)
        threading.Thread(target=tick, daemon=True).start()
        def handler(event, context):
            return ticks
    """)
    other = plane.function("import time\ndef handler(e, c):\n    time.sleep(0.5)")
    before = plane.invoke(function)["payload"]
    plane.invoke(other)  # half a second goes by
    assert plane.invoke(function)["payload"] - before < 200


def test_functions_that_call_themselves_are_stopped(plane: RunningEmulator) -> None:
    name = make_name("recursive")
    plane.function(
        """
        import boto3, json, os
        def handler(event, context):
            answer = boto3.client("lambda").invoke(
                FunctionName=os.environ["AWS_LAMBDA_FUNCTION_NAME"], Payload=json.dumps(event + 1))
            return json.load(answer["Payload"])
        """,
        FunctionName=name,
        Timeout=60,
        MemorySize=256,
    )
    # The last one that ran could not call the next; those before it hand on what it said.
    assert plane.invoke(name, 1)["payload"]["errorType"] == "RecursiveInvocationException"


def test_payloads_above_the_limits_are_refused(plane: RunningEmulator) -> None:
    function = plane.function("def handler(e, c):\n    return len(e)")

    def call(size: int, kind: str = "RequestResponse") -> Any:
        return plane.clients.lambda_.invoke(
            FunctionName=function, InvocationType=kind, Payload=json.dumps("x" * (size - 2)).encode()
        )

    assert json.load(call(6 * 1024 * 1024)["Payload"]) == 6 * 1024 * 1024 - 2
    with pytest.raises(ClientError, match=r"RequestTooLargeException.*6291456 bytes"):
        call(6 * 1024 * 1024 + 1)
    assert call(1024 * 1024, "Event")["StatusCode"] == 202
    with pytest.raises(ClientError, match=r"RequestTooLargeException.*1048576 bytes"):
        call(1024 * 1024 + 1, "Event")
    with pytest.raises(ClientError, match="InvalidRequestContentException"):
        plane.clients.lambda_.invoke(FunctionName=function, Payload=b"{not json")


def test_an_answer_above_the_limit_fails_and_one_at_it_does_not(plane: RunningEmulator) -> None:
    function = plane.function("def handler(e, c):\n    return 'x' * e")
    assert len(plane.invoke(function, 6 * 1024 * 1024)["payload"]) == 6 * 1024 * 1024
    answer = plane.invoke(function, 6 * 1024 * 1024 + 200)
    assert answer["payload"]["errorType"] == "Function.ResponseSizeTooLarge"
    assert plane.invoke(function, 1)["payload"] == "x"


def test_a_failed_asynchronous_call_carries_its_true_error_to_the_failure_queue(plane: RunningEmulator) -> None:
    lost = plane.queue()
    function = plane.function("def handler(event, context):\n    raise LookupError('always')")
    plane.clients.lambda_.put_function_event_invoke_config(
        FunctionName=function,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": plane.arn_of(lost)}},
    )
    plane.clients.lambda_.invoke(FunctionName=function, InvocationType="Event", Payload=b'{"order": "A-7"}')
    (record,) = wait_until(lambda: plane.take_messages(lost, wait=1), "the event in the failure queue")
    assert '"A-7"' in record
    assert "LookupError" in record


def test_a_queue_reaches_its_function_through_an_alias(plane: RunningEmulator) -> None:
    heard, queue = plane.queue(), plane.queue()
    function = plane.function(
        """
        import boto3, os
        sqs = boto3.client("sqs")
        def handler(event, context):
            for record in event["Records"]:
                sqs.send_message(QueueUrl=os.environ["HEARD"], MessageBody=context.invoked_function_arn)
        """,
        Publish=True,
        Environment={"Variables": {"HEARD": heard}},
        Timeout=20,
        MemorySize=256,
    )
    live = plane.clients.lambda_.create_alias(FunctionName=function, Name="live", FunctionVersion="1")["AliasArn"]
    plane.clients.lambda_.create_event_source_mapping(EventSourceArn=plane.arn_of(queue), FunctionName=live)
    plane.clients.sqs.send_message(QueueUrl=queue, MessageBody="one")
    assert wait_until(lambda: plane.take_messages(heard, wait=1), "the message in the other queue") == [live]
