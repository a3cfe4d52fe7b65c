"""SQS: queues and their policies."""

from typing import Any

from engine.protocol import Properties
from sandbox.aws.handlers.conversion import allow_http, own_tags, retag, tag_map
from sandbox.handler import Handler, observe_inputs, parse_document

ATTRIBUTES = {
    "visibilityTimeoutSeconds": "VisibilityTimeout",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "maxMessageSize": "MaximumMessageSize",
    "delaySeconds": "DelaySeconds",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deduplicationScope": "DeduplicationScope",
    "fifoThroughputLimit": "FifoThroughputLimit",
    "policy": "Policy",
    "redrivePolicy": "RedrivePolicy",
    "redriveAllowPolicy": "RedriveAllowPolicy",
}


class QueueHandler(Handler):
    """A queue."""

    token = "aws:sqs/queue:Queue"
    name_property = "name"
    name_limit = 80
    replaces = frozenset({"name", "namePrefix", "fifoQueue"})
    documents = frozenset({"policy", "redrivePolicy", "redriveAllowPolicy"})
    note = (
        "Acts, with dead letters; encryption keys are stored. StartMessageMoveTask is refused, where AWS would move "
        "dead letters back; `scaleshop redrive` sends them again."
    )

    def name_suffix(self, inputs: Properties) -> str:
        return ".fifo" if inputs.get("fifoQueue") else ""

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        attributes = _attributes(inputs)
        if inputs.get("fifoQueue"):
            attributes["FifoQueue"] = "true"
        url = clients.sqs.create_queue(QueueName=inputs["name"], Attributes=attributes, tags=tag_map(inputs))[
            "QueueUrl"
        ]
        return url, self._outputs(clients, url)[0]

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        outputs, found = self._outputs(clients, id_)
        tags = clients.sqs.list_queue_tags(QueueUrl=id_).get("Tags", {})
        return outputs, observe_inputs(self, inputs, {**found, **own_tags(inputs, tags)})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        cleared = {ATTRIBUTES[k]: "" for k in ATTRIBUTES if k in olds and k not in news and k in self.documents}
        clients.sqs.set_queue_attributes(QueueUrl=id_, Attributes={**cleared, **_attributes(news)})
        retag(
            olds,
            news,
            tag=lambda tags: clients.sqs.tag_queue(QueueUrl=id_, Tags=tags),
            untag=lambda keys: clients.sqs.untag_queue(QueueUrl=id_, TagKeys=keys),
        )
        return self._outputs(clients, id_)[0]

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.sqs.delete_queue(QueueUrl=id_)

    def _outputs(self, clients: Any, url: str) -> tuple[Properties, Properties]:
        found = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        now = {mine: _plain(found[api]) if found.get(api) else None for mine, api in ATTRIBUTES.items()}
        return {"url": url, "arn": found["QueueArn"]}, now


class _QueueAttribute(Handler):
    """One attribute of a queue as a resource of its own."""

    attribute = ""
    property = ""
    replaces = frozenset({"queueUrl"})

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        self._put(clients, inputs["queueUrl"], inputs[self.property])
        return inputs["queueUrl"], {}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.sqs.get_queue_attributes(QueueUrl=id_, AttributeNames=["All"])["Attributes"]
        value = found.get(self.attribute)
        return ({}, observe_inputs(self, inputs, {self.property: value})) if value else None

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del olds
        self._put(clients, id_, news[self.property])
        return {}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        self._put(clients, id_, "")

    def _put(self, clients: Any, url: str, value: str) -> None:
        clients.sqs.set_queue_attributes(QueueUrl=url, Attributes={self.attribute: value})


class QueuePolicyHandler(_QueueAttribute):
    """A queue's resource policy."""

    token = "aws:sqs/queuePolicy:QueuePolicy"
    attribute, property = "Policy", "policy"
    documents = frozenset({"policy"})
    note = (
        "Acts on callers with credentials, on SNS and on EventBridge, which the policy must let in. TLS is not "
        "demanded, as there is none here."
    )

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = super().read(clients, id_, {**inputs, "policy": allow_http(inputs["policy"])})
        if found is None:
            return None
        ours = parse_document(found[1]["policy"]) == parse_document(allow_http(inputs["policy"]))
        return found[0], inputs if ours else found[1]

    def _put(self, clients: Any, url: str, value: str) -> None:
        super()._put(clients, url, allow_http(value) if value else value)


class RedrivePolicyHandler(_QueueAttribute):
    """Where a queue's failed messages go."""

    token = "aws:sqs/redrivePolicy:RedrivePolicy"
    attribute, property = "RedrivePolicy", "redrivePolicy"
    documents = frozenset({"redrivePolicy"})


class RedriveAllowPolicyHandler(_QueueAttribute):
    """Which queues may use a dead-letter queue."""

    token = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"
    attribute, property = "RedriveAllowPolicy", "redriveAllowPolicy"
    documents = frozenset({"redriveAllowPolicy"})
    enforcement = "records"
    note = "Stored; AWS would refuse a source that it does not name."


HANDLERS = (QueueHandler(), QueuePolicyHandler(), RedrivePolicyHandler(), RedriveAllowPolicyHandler())


def _attributes(inputs: Properties) -> dict[str, str]:
    return {api: _text(inputs[mine]) for mine, api in ATTRIBUTES.items() if inputs.get(mine) is not None}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain(value: str) -> Any:
    if value in ("true", "false"):
        return value == "true"
    return int(value) if value.isdigit() else value
