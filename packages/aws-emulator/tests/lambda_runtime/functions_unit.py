"""Functions and environments for tests without an emulator."""

from collections.abc import Mapping
from typing import Any

from aws_emulator.lambda_runtime.model import Function, Invocation, parse_function

ACCOUNT = "arn:aws:lambda:us-east-1:000000000000:function"


def a_function(name: str = "one", *, revision: str = "r1", **configuration: Any) -> Function:
    """A function as GetFunctionConfiguration describes it."""
    given: Mapping[str, Any] = {
        "FunctionArn": f"{ACCOUNT}:{name}",
        "Version": "$LATEST",
        "RevisionId": revision,
        "CodeSha256": "code",
        "Handler": "main.handler",
        "Runtime": "python3.13",
        "Role": "arn:aws:iam::000000000000:role/any",
        "Timeout": 3,
        "MemorySize": 128,
        **configuration,
    }
    return parse_function(given)


def a_call(function: Function, payload: bytes = b"1", request: str = "request-1") -> Invocation:
    """An invocation of it."""
    return Invocation(request=request, arn=function.arn, payload=payload)
