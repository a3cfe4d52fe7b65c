"""EventBridge: buses, archives, rules and their targets."""

from typing import Any

from engine.protocol import Properties
from sandbox.aws.handlers.conversion import (
    camel_case,
    keep_given,
    own_tags,
    pascal_case,
    pick,
    retag,
    tag_list,
    tag_pairs,
)
from sandbox.handler import Handler, observe_inputs

DEFAULT_BUS = "default"


class EventBusHandler(Handler):
    """A bus."""

    token = "aws:cloudwatch/eventBus:EventBus"
    name_property = "name"
    name_limit = 256
    replaces = frozenset({"name", "eventSourceName"})
    note = "Acts; a customer's key is stored."
    settings = {"description": "Description", "kmsKeyIdentifier": "KmsKeyIdentifier"}

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        optional = pick(inputs, self.settings)
        made = clients.events.create_event_bus(Name=inputs["name"], Tags=tag_list(inputs), **optional)
        return inputs["name"], {"arn": made["EventBusArn"]}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.events.describe_event_bus(Name=id_)
        seen = {mine: found.get(api) for mine, api in self.settings.items()}
        return {"arn": found["Arn"]}, observe_inputs(self, inputs, {**seen, **_tags(clients, found["Arn"], inputs)})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        arn = clients.events.describe_event_bus(Name=id_)["Arn"]
        if any(olds.get(mine) != news.get(mine) for mine in self.settings):
            given = {api: news.get(mine) or "" for mine, api in self.settings.items() if mine in {*olds, *news}}
            clients.events.update_event_bus(Name=id_, **given)
        _retag(clients, arn, olds, news)
        return {"arn": arn}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.events.delete_event_bus(Name=id_)


class EventArchiveHandler(Handler):
    """A bus's memory."""

    token = "aws:cloudwatch/eventArchive:EventArchive"
    name_property = "name"
    name_limit = 48
    replaces = frozenset({"name", "eventSourceArn"})
    documents = frozenset({"eventPattern"})
    settings = {"description": "Description", "retentionDays": "RetentionDays", "eventPattern": "EventPattern"}

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        made = clients.events.create_archive(
            ArchiveName=inputs["name"], EventSourceArn=inputs["eventSourceArn"], **pick(inputs, self.settings)
        )
        return inputs["name"], {"arn": made["ArchiveArn"]}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.events.describe_archive(ArchiveName=id_)
        seen = {mine: found.get(api) for mine, api in self.settings.items()}
        return {"arn": found["ArchiveArn"]}, observe_inputs(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del olds
        return {"arn": clients.events.update_archive(ArchiveName=id_, **pick(news, self.settings))["ArchiveArn"]}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.events.delete_archive(ArchiveName=id_)


class EventRuleHandler(Handler):
    """A rule on a bus."""

    token = "aws:cloudwatch/eventRule:EventRule"
    name_property = "name"
    replaces = frozenset({"name", "namePrefix", "eventBusName"})
    documents = frozenset({"eventPattern"})
    settings = {
        "eventPattern": "EventPattern",
        "scheduleExpression": "ScheduleExpression",
        "description": "Description",
        "state": "State",
    }

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        bus = inputs.get("eventBusName") or DEFAULT_BUS
        return f"{bus}/{inputs['name']}", self._put(clients, inputs)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        bus, name = id_.split("/", 1)
        found = clients.events.describe_rule(Name=name, EventBusName=bus)
        seen = {mine: found.get(api) or None for mine, api in self.settings.items()}
        return {"arn": found["Arn"]}, observe_inputs(self, inputs, {**seen, **_tags(clients, found["Arn"], inputs)})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del id_
        cleared = {"description": ""} if "description" in olds else {}
        outputs = self._put(clients, {**cleared, **news})
        _retag(clients, outputs["arn"], olds, news)
        return outputs

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        bus, name = id_.split("/", 1)
        clients.events.delete_rule(Name=name, EventBusName=bus, Force=True)

    def _put(self, clients: Any, inputs: Properties) -> Properties:
        made = clients.events.put_rule(
            Name=inputs["name"],
            EventBusName=inputs.get("eventBusName") or DEFAULT_BUS,
            Tags=tag_list(inputs),
            **pick(inputs, self.settings),
        )
        return {"arn": made["RuleArn"]}


class EventTargetHandler(Handler):
    """What a rule delivers to."""

    token = "aws:cloudwatch/eventTarget:EventTarget"
    name_property = "targetId"
    replaces = frozenset({"rule", "eventBusName", "targetId"})
    note = (
        "Acts: buses, Firehose, functions, log groups, queues, state machines and topics are delivered to, with "
        "retries and dead-letter queues. Other kinds are not delivered to; API destinations are tried once."
    )
    plain = {"arn": "Arn", "roleArn": "RoleArn", "input": "Input", "inputPath": "InputPath"}
    nested = {"deadLetterConfig": "DeadLetterConfig", "retryPolicy": "RetryPolicy"}

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        self._put(clients, inputs)
        return f"{inputs.get('eventBusName') or DEFAULT_BUS}/{inputs['rule']}/{inputs['targetId']}", {}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        bus, rule, target = id_.split("/", 2)
        targets = clients.events.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]
        found = next((t for t in targets if t["Id"] == target), None)
        return ({}, observe_inputs(self, inputs, self._observe(inputs, found))) if found else None

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del id_, olds
        self._put(clients, news)
        return {}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        bus, rule, target = id_.split("/", 2)
        clients.events.remove_targets(Rule=rule, EventBusName=bus, Ids=[target], Force=True)

    def _observe(self, inputs: Properties, found: dict[str, Any]) -> Properties:
        plain = {mine: found.get(api) or None for mine, api in self.plain.items()}
        nested = {mine: keep_given(inputs.get(mine), camel_case(found.get(api))) for mine, api in self.nested.items()}
        transformer = found.get("InputTransformer")
        if transformer:
            paths, template = transformer.get("InputPathsMap") or {}, transformer["InputTemplate"]
            transformer = keep_given(inputs.get("inputTransformer"), {"inputPaths": paths, "inputTemplate": template})
        return {**plain, **nested, "inputTransformer": transformer}

    def _put(self, clients: Any, inputs: Properties) -> None:
        simple = pick(inputs, self.plain)
        nested = {api: pascal_case(inputs[mine]) for mine, api in self.nested.items() if inputs.get(mine)}
        transformer = inputs.get("inputTransformer")
        if transformer:
            nested["InputTransformer"] = {
                "InputPathsMap": transformer.get("inputPaths") or {},
                "InputTemplate": transformer["inputTemplate"],
            }
        target = {"Id": inputs["targetId"], **simple, **nested}
        answer = clients.events.put_targets(
            Rule=inputs["rule"], EventBusName=inputs.get("eventBusName") or DEFAULT_BUS, Targets=[target]
        )
        if answer.get("FailedEntryCount"):
            raise RuntimeError(answer["FailedEntries"][0].get("ErrorMessage", "the target was refused"))


HANDLERS = (EventBusHandler(), EventArchiveHandler(), EventRuleHandler(), EventTargetHandler())


def _tags(clients: Any, arn: str, inputs: Properties) -> Properties:
    return own_tags(inputs, clients.events.list_tags_for_resource(ResourceARN=arn)["Tags"]) if "tags" in inputs else {}


def _retag(clients: Any, arn: str, olds: Properties, news: Properties) -> None:
    retag(
        olds,
        news,
        tag=lambda tags: clients.events.tag_resource(ResourceARN=arn, Tags=tag_pairs(tags)),
        untag=lambda keys: clients.events.untag_resource(ResourceARN=arn, TagKeys=keys),
    )
