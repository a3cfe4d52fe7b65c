"""Systems Manager: parameters of the Parameter Store."""

from typing import Any

from engine.protocol import Properties
from sandbox.aws.handlers.conversion import (
    own_tags,
    pick,
    retag,
    tag_list,
    tag_pairs,
)
from sandbox.handler import Handler, observe_inputs


class ParameterHandler(Handler):
    """A parameter."""

    token = "aws:ssm/parameter:Parameter"
    name_property = "name"
    name_limit = 1011
    replaces = frozenset({"name"})

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        self._put(clients, inputs)
        if tag_list(inputs):
            clients.ssm.add_tags_to_resource(Tags=tag_list(inputs), **_parameter(inputs["name"]))
        return inputs["name"], self._outputs(clients, inputs)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.ssm.get_parameter(Name=id_, WithDecryption=True)["Parameter"]
        named = [{"Key": "Name", "Option": "Equals", "Values": [id_]}]
        (about,) = clients.ssm.describe_parameters(ParameterFilters=named)["Parameters"]
        tags = clients.ssm.list_tags_for_resource(**_parameter(id_))["TagList"]
        seen = {"value": found["Value"], "type": found["Type"], "description": about.get("Description") or None}
        return self._outputs(clients, inputs), observe_inputs(self, inputs, {**seen, **own_tags(inputs, tags)})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        cleared = {"description": ""} if "description" in olds else {}
        self._put(clients, {**cleared, **news})
        retag(
            olds,
            news,
            tag=lambda tags: clients.ssm.add_tags_to_resource(Tags=tag_pairs(tags), **_parameter(id_)),
            untag=lambda keys: clients.ssm.remove_tags_from_resource(TagKeys=keys, **_parameter(id_)),
        )
        return self._outputs(clients, news)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.ssm.delete_parameter(Name=id_)

    def _put(self, clients: Any, inputs: Properties) -> None:
        clients.ssm.put_parameter(
            Name=inputs["name"],
            Value=str(inputs["value"]),
            Type=inputs.get("type", "String"),
            Overwrite=True,
            **pick(inputs, {"description": "Description", "keyId": "KeyId"}),
        )

    def _outputs(self, clients: Any, inputs: Properties) -> Properties:
        path = inputs["name"].lstrip("/")
        return {"arn": f"arn:aws:ssm:{clients.region}:{clients.account}:parameter/{path}"}


HANDLERS = (ParameterHandler(),)


def _parameter(name: str) -> dict[str, str]:
    return {"ResourceType": "Parameter", "ResourceId": name}
