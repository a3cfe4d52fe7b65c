"""Lambda: what a caller sees of a function that fails."""

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.function_sources import GUIDE, failure_of
from sandbox.contract.behaviour import behaviour, expect

EXCEPTIONS = f"{GUIDE}/python-exceptions.html"
RAISES = """
    class NoSuchOrder(Exception):
        pass
    def inner():
        raise NoSuchOrder("A-7")
    def handler(event, context):
        if event is None:
            inner()
        return 1 / event
"""


@behaviour(service="lambda", source=EXCEPTIONS)
def an_exception_has_its_type_message_and_trace(aws: AwsAccount) -> None:
    """A function that raises answers with the exception's type, message and stack trace."""
    failed = failure_of(aws, aws.function(RAISES))
    reported = (failed.get("errorType"), failed.get("errorMessage"))
    expect(reported == ("NoSuchOrder", "A-7"), f"answer {failed}")
    trace = "".join(failed.get("stackTrace", ()))
    expect("line 5" in trace and "inner" in trace and "main.py" in trace, f"trace {trace}")
    expect(failed.get("requestId"), "the answer has no request id")


@behaviour(service="lambda", source=EXCEPTIONS)
def a_function_that_raised_works_on(aws: AwsAccount) -> None:
    """A function that raised serves its next call."""
    function = aws.function(RAISES)
    failed = failure_of(aws, function, 0)
    expect(failed.get("errorType") == "ZeroDivisionError", f"answer {failed}")
    expect(aws.invoke(function, 2)["payload"] == 0.5, "the next call fails too")


@behaviour(service="lambda", source=f"{GUIDE}/troubleshooting-deployment.html")
def a_module_that_cannot_be_imported_is_named(aws: AwsAccount) -> None:
    """A function whose module imports what is not there answers with `Runtime.ImportModuleError`."""
    failed = failure_of(aws, aws.function("import nothing_of_that_name\ndef handler(e, c): ..."))
    expect(failed.get("errorType") == "Runtime.ImportModuleError", f"answer {failed}")
    wanted = "Unable to import module 'main': No module named 'nothing_of_that_name'"
    expect(failed["errorMessage"] == wanted, f"message {failed['errorMessage']}")


@behaviour(service="lambda", source=f"{GUIDE}/troubleshooting-deployment.html")
def a_handler_that_is_not_there_is_named(aws: AwsAccount) -> None:
    """A function whose module lacks its handler answers with `Runtime.HandlerNotFound`."""
    failed = failure_of(aws, aws.function("def other(e, c): ..."))
    expect(failed.get("errorType") == "Runtime.HandlerNotFound", f"answer {failed}")


@behaviour(service="lambda", source=f"{GUIDE}/lambda-runtime-environment.html")
def a_module_that_raises_fails_each_call(aws: AwsAccount) -> None:
    """A function whose module raises answers with that error, at each call."""
    function = aws.function('raise LookupError("no table set")')
    for _ in range(2):
        failed = failure_of(aws, function)
        expect("no table set" in failed.get("errorMessage", ""), f"answer {failed}")
        expect(failed.get("errorType") == "LookupError", f"type {failed.get('errorType')}")


@behaviour(service="lambda", source=f"{GUIDE}/troubleshooting-invocation.html")
def a_process_that_exits_is_an_error_of_the_runtime(aws: AwsAccount) -> None:
    """A function whose process exits answers with `Runtime.ExitError`, and serves its next call."""
    source = "import os\ndef handler(event, context):\n    if event: os._exit(3)\n    return 'here'"
    function = aws.function(source)
    failed = failure_of(aws, function, event=True)
    expect(failed.get("errorType") == "Runtime.ExitError", f"answer {failed}")
    expect("exit status 3" in failed["errorMessage"], f"message {failed['errorMessage']}")
    expect(aws.invoke(function)["payload"] == "here", "the next call fails too")


@behaviour(service="lambda", source=f"{GUIDE}/python-handler.html")
def an_answer_that_is_no_json_is_an_error(aws: AwsAccount) -> None:
    """A function whose answer can't be written as JSON answers with `Runtime.MarshalError`."""
    failed = failure_of(aws, aws.function("def handler(event, context):\n    return {1, 2}"))
    expect(failed.get("errorType") == "Runtime.MarshalError", f"answer {failed}")


@behaviour(service="lambda", source=f"{GUIDE}/gettingstarted-limits.html")
def an_answer_above_6_mb_is_an_error(aws: AwsAccount) -> None:
    """A function whose answer is above 6 MB answers with `Function.ResponseSizeTooLarge`."""
    source = "def handler(event, context):\n    return 'x' * event"
    function = aws.function(source, Timeout=15, MemorySize=512)
    failed = failure_of(aws, function, 7 * 1024 * 1024)
    expect(failed.get("errorType") == "Function.ResponseSizeTooLarge", f"type {failed.get('errorType')}")
    expect(len(aws.invoke(function, 5 * 1024 * 1024)["payload"]) == 5 * 1024 * 1024, "5 MB do not pass")


@behaviour(service="lambda", source=f"{GUIDE}/gettingstarted-limits.html")
def an_event_above_6_mb_is_refused(aws: AwsAccount) -> None:
    """An event above 6 MB is refused before the function runs, an asynchronous one above 1 MB."""
    function, invoke = aws.function("def handler(event, context): ..."), aws.clients.lambda_.invoke
    for kind, size in (("RequestResponse", 7), ("Event", 2)):
        payload = b'"' + b"x" * (size * 1024 * 1024) + b'"'
        answer = aws.refusal(invoke, FunctionName=function, InvocationType=kind, Payload=payload)
        code, status = answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]
        expect((code, status) == ("RequestTooLargeException", 413), f"{kind}: {status} {code}")


@behaviour(service="lambda", source="https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html")
def an_event_that_is_no_json_is_refused(aws: AwsAccount) -> None:
    """An event that is no JSON is refused before the function runs."""
    function = aws.function("def handler(event, context): ...")
    answer = aws.refusal(aws.clients.lambda_.invoke, FunctionName=function, Payload=b"{not json")
    expect(answer["Error"]["Code"] == "InvalidRequestContentException", f"{answer['Error']}")


@behaviour(service="lambda", source="https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html")
def a_function_that_does_not_exist_is_named_as_such(aws: AwsAccount) -> None:
    """A call of a function that does not exist is refused by name."""
    answer = aws.refusal(aws.clients.lambda_.invoke, FunctionName=aws.name("none"))
    expect(answer["Error"]["Code"] == "ResourceNotFoundException", f"{answer['Error']}")
