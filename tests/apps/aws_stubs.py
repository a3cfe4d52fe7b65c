"""Clients of AWS that answer what was agreed and refuse any other call."""

from collections.abc import Callable
from typing import Any

import boto3
from botocore.stub import Stubber

Stub = Callable[[str], tuple[Any, Stubber]]


def stub_client(service: str) -> tuple[Any, Stubber]:
    """A client, and what tells it its answers; both sides are checked against the service's model."""
    client = boto3.client(service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    stubber = Stubber(client)
    stubber.activate()
    return client, stubber
