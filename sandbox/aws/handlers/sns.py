"""SNS: topics, their policies and subscriptions."""

from typing import Any

from engine.protocol import Properties
from sandbox.aws.handlers.conversion import own_tags, pick, retag, tag_list, tag_pairs
from sandbox.handler import Handler, observe_inputs

# A filter that every message passes: how a subscription's filter is taken away.
NO_FILTER = "{}"


class TopicHandler(Handler):
    """A topic."""

    token = "aws:sns/topic:Topic"
    name_property = "name"
    name_limit = 256
    replaces = frozenset({"name", "namePrefix", "fifoTopic"})

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        attributes = {"FifoTopic": "true"} if inputs.get("fifoTopic") else {}
        if inputs.get("kmsMasterKeyId"):
            attributes["KmsMasterKeyId"] = inputs["kmsMasterKeyId"]
        arn = clients.sns.create_topic(Name=inputs["name"], Attributes=attributes, Tags=tag_list(inputs))["TopicArn"]
        return arn, {"arn": arn}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.sns.get_topic_attributes(TopicArn=id_)["Attributes"]
        tags = clients.sns.list_tags_for_resource(ResourceArn=id_)["Tags"]
        seen = {"kmsMasterKeyId": found.get("KmsMasterKeyId") or None, **own_tags(inputs, tags)}
        return {"arn": id_}, observe_inputs(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        if olds.get("kmsMasterKeyId") != news.get("kmsMasterKeyId"):
            key = news.get("kmsMasterKeyId") or ""
            clients.sns.set_topic_attributes(TopicArn=id_, AttributeName="KmsMasterKeyId", AttributeValue=key)
        retag(
            olds,
            news,
            tag=lambda tags: clients.sns.tag_resource(ResourceArn=id_, Tags=tag_pairs(tags)),
            untag=lambda keys: clients.sns.untag_resource(ResourceArn=id_, TagKeys=keys),
        )
        return {"arn": id_}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.sns.delete_topic(TopicArn=id_)


class TopicPolicyHandler(Handler):
    """A topic's resource policy."""

    token = "aws:sns/topicPolicy:TopicPolicy"
    replaces = frozenset({"arn"})
    documents = frozenset({"policy"})
    note = "Acts on callers with credentials and on alarms, which it must let in; budgets tell nobody here."

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        self._put(clients, inputs["arn"], inputs["policy"])
        return inputs["arn"], {}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.sns.get_topic_attributes(TopicArn=id_)["Attributes"].get("Policy")
        return {}, observe_inputs(self, inputs, {"policy": found}) if found else inputs

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del olds
        self._put(clients, id_, news["policy"])
        return {}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        """Nothing to do: a topic always has a policy, and goes with it."""

    def _put(self, clients: Any, arn: str, policy: str) -> None:
        clients.sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)


class TopicSubscriptionHandler(Handler):
    """A topic's subscriber."""

    token = "aws:sns/topicSubscription:TopicSubscription"
    replaces = frozenset({"topic", "protocol", "endpoint"})
    documents = frozenset({"filterPolicy", "redrivePolicy"})
    note = "Queues and functions are delivered to, with dead letters; e-mail is stored, no mail leaves the sandbox."
    settings = {
        "filterPolicy": "FilterPolicy",
        "rawMessageDelivery": "RawMessageDelivery",
        "redrivePolicy": "RedrivePolicy",
    }

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        made = clients.sns.subscribe(
            TopicArn=inputs["topic"],
            Protocol=inputs["protocol"],
            Endpoint=inputs["endpoint"],
            Attributes=self._attributes(inputs),
            ReturnSubscriptionArn=True,
        )
        return made["SubscriptionArn"], {"arn": made["SubscriptionArn"]}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.sns.get_subscription_attributes(SubscriptionArn=id_)["Attributes"]
        seen: Properties = {mine: found.get(api) or None for mine, api in self.settings.items()}
        seen["rawMessageDelivery"] = found.get("RawMessageDelivery") == "true"
        if seen["filterPolicy"] == NO_FILTER:
            seen["filterPolicy"] = None
        return {"arn": id_}, observe_inputs(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        unset = {"filterPolicy": NO_FILTER, "rawMessageDelivery": "false", "redrivePolicy": ""}
        cleared = {self.settings[key]: unset[key] for key in self.settings if key in olds and key not in news}
        for name, value in {**cleared, **self._attributes(news)}.items():
            clients.sns.set_subscription_attributes(SubscriptionArn=id_, AttributeName=name, AttributeValue=value)
        return {"arn": id_}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.sns.unsubscribe(SubscriptionArn=id_)

    def _attributes(self, inputs: Properties) -> dict[str, str]:
        found = pick(inputs, self.settings)
        return {k: str(v).lower() if isinstance(v, bool) else v for k, v in found.items()}


HANDLERS = (TopicHandler(), TopicPolicyHandler(), TopicSubscriptionHandler())
