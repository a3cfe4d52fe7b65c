"""What all behaviours of one run share: clients, the prefix of names, and the role that functions have."""

import json
import threading
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.contract.removal import Removal
from sandbox.providers.aws.clients import Clients

PREFIX = "scaleshop-contract"
TAG = "scaleshop-contract"
# Services that may take the role: functions, rules, schedules, delivery streams.
TRUSTED = ("lambda", "events", "scheduler", "firehose", "apigateway", "states", "cloudwatch")
# What functions and targets of the behaviours do, by service; on the run's own resources alone.
ACTIONS: Mapping[str, Sequence[str]] = {
    "sqs": ("SendMessage", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "ChangeMessageVisibility"),
    "dynamodb": (
        *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"),
        *("DescribeStream", "GetRecords", "GetShardIterator"),
    ),
    "lambda": ("InvokeFunction",),
    "sns": ("Publish",),
    "events": ("PutEvents",),
    "firehose": ("PutRecord", "PutRecordBatch"),
    "s3": (
        *("GetObject", "PutObject", "ListBucket", "GetBucketLocation"),
        *("AbortMultipartUpload", "ListBucketMultipartUploads"),
    ),
    "logs": ("CreateLogGroup", "CreateLogStream", "PutLogEvents", "DescribeLogStreams", "DescribeLogGroups"),
}
# Log groups of functions begin with their own prefix; a run's functions cannot be told from it in one pattern.
ELSEWHERE: Mapping[str, str] = {"logs": "*"}
# Takes no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
LISTS = {"Effect": "Allow", "Action": "dynamodb:ListStreams", "Resource": "*"}


class World:
    """A run's surroundings: an account, or the sandbox in its place."""

    def __init__(self, clients: Clients, endpoint: str | None) -> None:
        """Describe a run; nothing is made.

        Args:
            clients: Of the sandbox or of a real account.
            endpoint: Where the sandbox serves; None for a real account.
        """
        self.clients, self.endpoint = clients, endpoint
        self.run = uuid.uuid4().hex[:6]
        self.removal = Removal()
        self._role, self._lock = "", threading.Lock()

    @property
    def patience(self) -> float:
        """By how much deadlines are longer than in the sandbox: changes reach all of AWS in seconds to a minute."""
        return 1.0 if self.endpoint else 6.0

    @property
    def prefix(self) -> str:
        """With which every name of the run begins."""
        return f"{PREFIX}-{self.run}"

    @property
    def tags(self) -> dict[str, str]:
        """What every resource of the run carries."""
        return {TAG: self.run}

    def name(self, kind: str) -> str:
        """A name that nothing else has; a bucket's and a function's length bounds `kind` to 28 letters."""
        return f"{self.prefix}-{kind}-{uuid.uuid4().hex[:6]}"

    def role(self) -> str:
        """The ARN of the role that functions and targets have, made at first use."""
        with self._lock:
            if not self._role:
                statements = [_allowed(service, actions, self.prefix) for service, actions in ACTIONS.items()]
                self._role = self.make_role(self.removal, TRUSTED, [*statements, LISTS])
            return self._role

    def make_role(self, removal: Removal, services: Sequence[str], statements: Sequence[Mapping[str, Any]]) -> str:
        """The ARN of a new role that services may take."""
        iam, name = self.clients.iam, self.name("role")
        principal = {"Service": [f"{service}.amazonaws.com" for service in services]}
        trust = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})
        tags = [{"Key": key, "Value": value} for key, value in self.tags.items()]
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, Tags=tags)
        removal.later(iam.delete_role, RoleName=name)
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="behaviour", PolicyDocument=document(*statements))
            removal.later(iam.delete_role_policy, RoleName=name, PolicyName="behaviour")
        return str(made["Role"]["Arn"])


def document(*statements: Mapping[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _allowed(service: str, actions: Sequence[str], prefix: str) -> dict[str, Any]:
    resource = ELSEWHERE.get(service) or f"arn:aws:{service}:*:*:*{prefix}-*"
    return {"Effect": "Allow", "Action": [f"{service}:{action}" for action in actions], "Resource": resource}
