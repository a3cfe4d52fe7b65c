"""Functions for a benchmark: from source text, with a role that may do everything."""

import contextlib
import json
from typing import Any

from sandbox.aws.clients import Clients
from sandbox.aws.contract.fixtures.account import zip_files
from sandbox.aws.plane import AWS_ACCOUNT

ROLE = f"arn:aws:iam::{AWS_ACCOUNT}:role/any"


def function(clients: Clients, name: str, source: str, **settings: Any) -> str:
    """Make a function whose module is `source` with a `handler`; its ARN."""
    made = clients.lambda_.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=ROLE,
        Handler="main.handler",
        Code={"ZipFile": zip_files({"main.py": source})},
        **{"Timeout": 10, "MemorySize": 256, **settings},
    )
    return str(made["FunctionArn"])


def role_for_all(clients: Clients) -> None:
    """Make `ROLE`, once."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    with contextlib.suppress(clients.iam.exceptions.EntityAlreadyExistsException):
        clients.iam.create_role(RoleName="any", AssumeRolePolicyDocument=_policy(trust))
        clients.iam.put_role_policy(RoleName="any", PolicyName="all", PolicyDocument=_policy(everything))


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
