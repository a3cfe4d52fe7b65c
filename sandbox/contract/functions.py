"""What checks of functions share: sources of handlers, and calls that give the log."""

import base64
import json
from typing import Any

from sandbox.contract.account import Account

GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg"
API = "https://docs.aws.amazon.com/lambda/latest/api"

ECHO = """
    import os
    def handler(event, context):
        return {"event": event, "version": os.environ["AWS_LAMBDA_FUNCTION_VERSION"], "set": os.environ.get("SET")}
"""
SLEEPS = """
    import time
    def handler(event, context):
        time.sleep(event)
        return "awake"
"""
COUNTS = """
    calls = 0
    def handler(event, context):
        global calls
        calls += 1
        return calls
"""


def failure(aws: Account, function: str, event: Any = None) -> dict[str, Any]:
    """What a function that fails answers with; empty if it did not fail."""
    answer = aws.invoke(function, event)
    return answer["payload"] if answer["error"] == "Unhandled" else {}


def log_of(aws: Account, function: str, event: Any = None) -> str:
    """The end of the log of one call."""
    found = aws.clients.lambda_.invoke(FunctionName=function, Payload=json.dumps(event), LogType="Tail")
    return base64.b64decode(found["LogResult"]).decode()


def updated(aws: Account, function: str) -> None:
    """Wait until a change of a function is done."""
    waiter = aws.clients.lambda_.get_waiter("function_updated_v2")
    waiter.wait(FunctionName=function, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
