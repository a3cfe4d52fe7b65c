"""Lambda: what a function is given, and what stays of it between calls."""

from sandbox.aws.contract.fixtures.account import AwsAccount, zip_files
from sandbox.aws.contract.fixtures.function_sources import COUNTS, ECHO, GUIDE, SLEEPS, failure_of, wait_for_update
from sandbox.contract.behaviour import behaviour, expect

CONTEXT = """
    import json
    def handler(event, context):
        return {
            "name": context.function_name, "version": context.function_version, "request": context.aws_request_id,
            "arn": context.invoked_function_arn, "memory": context.memory_limit_in_mb,
            "left": context.get_remaining_time_in_millis(),
        }
"""
PLACE = """
    import os, pathlib, sys
    def handler(event, context):
        names = ("AWS_REGION", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "_HANDLER", "TZ")
        here = pathlib.Path(__file__).parent
        return {**{n: os.environ.get(n) for n in names}, "root": os.environ["LAMBDA_TASK_ROOT"] == str(here)}
"""
KEEPS = """
    import pathlib, tempfile
    file = pathlib.Path(tempfile.gettempdir(), "kept.txt")
    def handler(event, context):
        before = file.read_text() if file.exists() else None
        file.write_text(event)
        return before
"""
REUSE = "AWS promises no environment to the next call"


@behaviour(service="lambda", source=f"{GUIDE}/python-handler.html")
def a_function_gets_its_event_and_its_environment(aws: AwsAccount) -> None:
    """A function gets its event as it was sent, and the variables of its configuration."""
    function = aws.function(ECHO, Environment={"Variables": {"SET": "by the stack"}})
    event = {"order": "A-1", "total": 12.5, "lines": [1, None, True], "name": "Zoë"}
    answer = aws.invoke(function, event)
    wanted = {"event": event, "version": "$LATEST", "set": "by the stack"}
    expect(answer == {"payload": wanted, "error": None}, f"answer {answer}")


@behaviour(service="lambda", source=f"{GUIDE}/python-context.html")
def a_function_knows_its_call(aws: AwsAccount) -> None:
    """A function's context names its function, version, memory and request, and the time that is left."""
    function = aws.function(CONTEXT, MemorySize=256, Timeout=9)
    found = aws.invoke(function)["payload"]
    name = function.rpartition(":")[2]
    expect((found["name"], found["version"], found["arn"]) == (name, "$LATEST", function), f"context {found}")
    expect(int(found["memory"]) == 256 and len(found["request"]) == 36, f"context {found}")
    expect(0 < found["left"] <= 9000, f"{found['left']} ms left of 9 s")


@behaviour(service="lambda", source=f"{GUIDE}/configuration-envvars.html")
def a_function_knows_its_place(aws: AwsAccount) -> None:
    """A function's environment names region, function, memory and handler; its module lies in the task root."""
    function = aws.function(PLACE, MemorySize=256)
    found = aws.invoke(function)["payload"]
    wanted = {
        "AWS_REGION": aws.region,
        "AWS_LAMBDA_FUNCTION_NAME": function.rpartition(":")[2],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "_HANDLER": "main.handler",
        "TZ": ":UTC",
        "root": True,
    }
    expect(found == wanted, f"environment {found}")


@behaviour(service="lambda", source=f"{GUIDE}/lambda-intro-execution-role.html")
def a_functions_sdk_has_its_roles_rights_without_settings(aws: AwsAccount) -> None:
    """A function's SDK finds region, keys and services by itself."""
    queue = aws.queue()
    source = """
        import boto3
        def handler(event, context):
            return boto3.client("sqs").send_message(QueueUrl=event, MessageBody="from the function")["MessageId"]
    """
    answer = aws.invoke(aws.function(source, Timeout=15), queue)
    expect(answer["error"] is None, f"answer {answer}")
    expect(aws.collect(queue, 1) == ["from the function"], "another message")


@behaviour(service="lambda", source=f"{GUIDE}/python-layers.html")
def a_function_imports_what_its_layer_holds(aws: AwsAccount) -> None:
    """A function imports modules from the directory `python` of its layers."""
    lambda_, name = aws.clients.lambda_, aws.name("layer")
    content = {"ZipFile": zip_files({"python/extra.py": "answer = 42"})}
    layer = lambda_.publish_layer_version(LayerName=name, Content=content)
    aws.undo(lambda_.delete_layer_version, LayerName=name, VersionNumber=layer["Version"])
    source = "import extra\ndef handler(event, context):\n    return extra.answer"
    answer = aws.invoke(aws.function(source, Layers=[layer["LayerVersionArn"]]))
    expect(answer["payload"] == 42, f"answer {answer}")


@behaviour(service="lambda", source=f"{GUIDE}/lambda-runtime-environment.html", cloud=REUSE)
def a_warm_function_keeps_its_globals(aws: AwsAccount) -> None:
    """The next call finds the module as the call before left it."""
    function = aws.function(COUNTS)
    found = [aws.invoke(function)["payload"] for _ in range(3)]
    expect(found == [1, 2, 3], f"calls counted: {found}")


@behaviour(service="lambda", source=f"{GUIDE}/lambda-runtime-environment.html", cloud=REUSE)
def a_warm_function_keeps_its_temporary_files(aws: AwsAccount) -> None:
    """Temporary files stay for the next call of an environment, and no other function sees them."""
    functions = [aws.function(KEEPS) for _ in range(2)]
    found = [aws.invoke(functions[which], text)["payload"] for which, text in ((0, "a"), (0, "b"), (1, "c"))]
    expect(found == [None, "a", None], f"files found: {found}")


@behaviour(service="lambda", source=f"{GUIDE}/lambda-runtime-environment.html")
def a_function_that_timed_out_begins_anew(aws: AwsAccount) -> None:
    """A function is ended at its timeout, and its next call runs in a new environment."""
    source = SLEEPS.replace("def handler", "calls = []\n    def handler").replace(
        "time.sleep(event)", "calls.append(1); time.sleep(event)"
    )
    function = aws.function(source.replace('"awake"', "len(calls)"), Timeout=1)
    failed = failure_of(aws, function, 30)
    expect("Task timed out after 1.00 seconds" in failed.get("errorMessage", ""), f"answer {failed}")
    again = aws.invoke(function, 0)
    expect(again == {"payload": 1, "error": None}, f"the next call: {again}")


@behaviour(service="lambda", source=f"{GUIDE}/configuration-envvars.html")
def a_changed_environment_reaches_the_next_call(aws: AwsAccount) -> None:
    """A changed variable reaches the calls after the change is done."""
    function = aws.function(ECHO, Environment={"Variables": {"SET": "before"}})
    before = aws.invoke(function)["payload"]["set"]
    aws.clients.lambda_.update_function_configuration(
        FunctionName=function, Environment={"Variables": {"SET": "after"}}
    )
    wait_for_update(aws, function)
    after = aws.invoke(function)["payload"]["set"]
    expect((before, after) == ("before", "after"), f"variable {before}, then {after}")


@behaviour(service="lambda", source="https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html")
def a_dry_run_runs_nothing(aws: AwsAccount) -> None:
    """A dry run answers 204 and runs nothing."""
    function = aws.function(COUNTS)
    status = aws.clients.lambda_.invoke(FunctionName=function, InvocationType="DryRun")["StatusCode"]
    expect(status == 204, f"status {status}")
    found = aws.invoke(function)["payload"]
    expect(found == 1, f"calls counted: {found}")
