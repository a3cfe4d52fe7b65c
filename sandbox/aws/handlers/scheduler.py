"""EventBridge Scheduler: groups and schedules."""

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


class ScheduleGroupHandler(Handler):
    """A group of schedules."""

    token = "aws:scheduler/scheduleGroup:ScheduleGroup"
    name_property = "name"
    replaces = frozenset({"name", "namePrefix"})

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        made = clients.scheduler.create_schedule_group(Name=inputs["name"], Tags=tag_list(inputs))
        return inputs["name"], {"arn": made["ScheduleGroupArn"]}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        arn = clients.scheduler.get_schedule_group(Name=id_)["Arn"]
        tags = clients.scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"]
        return {"arn": arn}, observe_inputs(self, inputs, own_tags(inputs, tags))

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        arn = clients.scheduler.get_schedule_group(Name=id_)["Arn"]
        retag(
            olds,
            news,
            tag=lambda tags: clients.scheduler.tag_resource(ResourceArn=arn, Tags=tag_pairs(tags)),
            untag=lambda keys: clients.scheduler.untag_resource(ResourceArn=arn, TagKeys=keys),
        )
        return {"arn": arn}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.scheduler.delete_schedule_group(Name=id_)


class ScheduleHandler(Handler):
    """A schedule."""

    token = "aws:scheduler/schedule:Schedule"
    name_property = "name"
    replaces = frozenset({"name", "namePrefix", "groupName"})
    note = (
        "Runs within 10 s of its time, with retries and a dead-letter queue; the flexible window is stored and "
        "`aws-sdk` targets are not called."
    )
    settings = {
        "scheduleExpression": "ScheduleExpression",
        "scheduleExpressionTimezone": "ScheduleExpressionTimezone",
        "description": "Description",
        "state": "State",
        "kmsKeyArn": "KmsKeyArn",
    }

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        made = clients.scheduler.create_schedule(**self._request(inputs))
        return f"{inputs.get('groupName') or 'default'}/{inputs['name']}", {"arn": made["ScheduleArn"]}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        group, name = id_.split("/", 1)
        found = clients.scheduler.get_schedule(Name=name, GroupName=group)
        seen = {mine: found.get(api) or None for mine, api in self.settings.items()}
        for mine, api in {"flexibleTimeWindow": "FlexibleTimeWindow", "target": "Target"}.items():
            seen[mine] = keep_given(inputs.get(mine), camel_case(found.get(api)))
        return {"arn": found["Arn"]}, observe_inputs(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del id_, olds
        return {"arn": clients.scheduler.update_schedule(**self._request(news))["ScheduleArn"]}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        group, name = id_.split("/", 1)
        clients.scheduler.delete_schedule(Name=name, GroupName=group)

    def _request(self, inputs: Properties) -> dict[str, Any]:
        return {
            "Name": inputs["name"],
            "GroupName": inputs.get("groupName") or "default",
            "FlexibleTimeWindow": pascal_case(inputs["flexibleTimeWindow"]),
            "Target": pascal_case(inputs["target"]),
            **pick(inputs, self.settings),
        }


HANDLERS = (ScheduleGroupHandler(), ScheduleHandler())
