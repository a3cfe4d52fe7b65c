"""Asynchronous calls of a function that says what it was called with."""

import json
from typing import Any

from running_emulator import RunningEmulator, wait_until

# Logs its event and request, sleeps and fails as the event says.
SOURCE = """
    import json, time
    def handler(event, context):
        time.sleep(event.get("sleep", 0))
        print("RAN " + json.dumps({"event": event, "request": context.aws_request_id}))
        if event.get("bad"):
            raise ValueError("as asked")
        return {"done": event}
"""


def find_runs(aws: RunningEmulator, function: str, count: int, *, seconds: float = 20) -> list[dict[str, Any]]:
    """What a function was called with, once it was called so often."""
    logs, group = aws.clients.logs, f"/aws/lambda/{function.split(':')[6]}"

    def looked() -> list[dict[str, Any]] | None:
        try:
            events = logs.filter_log_events(logGroupName=group)["events"]
        except logs.exceptions.ResourceNotFoundException:
            return None
        found = [json.loads(e["message"].partition("RAN ")[2]) for e in events if "RAN " in e["message"]]
        return found if len(found) >= count else None

    return wait_until(looked, f"{count} calls of the function", seconds=seconds)


def send_event(aws: RunningEmulator, function: str, event: Any) -> None:
    """Call a function asynchronously."""
    answer = aws.clients.lambda_.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event))
    assert answer["StatusCode"] == 202


def configure(aws: RunningEmulator, function: str, **settings: Any) -> None:
    """Say what becomes of a function's asynchronous calls; `failure` is the ARN of a destination."""
    failure = settings.pop("failure", "")
    destinations = {"OnFailure": {"Destination": failure}} if failure else {}
    aws.clients.lambda_.put_function_event_invoke_config(
        FunctionName=function, DestinationConfig=destinations, MaximumRetryAttempts=0, **settings
    )
